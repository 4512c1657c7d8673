"""What stands in chats, how letters go, and why something does not arrive."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.message import Line

UNOPENED, BLOCKED = "还没有打开企业微信里的机器人", "聊天已停用机器人"
OUT_OF_RANGE = "不在企业微信应用的可见范围里"


def refusal(channel: str) -> str:
    """Why a chat takes nothing: WeCom's bot reaches who has opened its chat, and its app who may use it."""
    return {"wecom": UNOPENED, "wecom_app": OUT_OF_RANGE}.get(channel, BLOCKED)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A frozen bubble of a web chat: what was typed (mine), a receipt."""

    mine: bool
    title: str
    lines: tuple[Line, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The confirmed `address` of a person, empty without one, and whether it `refused`.

    `asked`: another one, or the same once more, to which a code is to be mailed; `asked_sent`: it was; `asked_refused`:
    it took none.
    """

    address: str = ""
    refused: bool = False
    asked: str = ""
    asked_sent: bool = False
    asked_refused: bool = False


@dataclass(frozen=True, slots=True)
class MailedCode:
    """A code on its way to an address, which it confirms; `failures`: how often it could not be sent."""

    id: int
    person_id: int
    address: str = field(repr=False)
    code: str = field(repr=False)
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Lying:
    """Notices that a person has not seen: how many, since when. `branch` as of Problem.

    They lie in the web page, which was not opened since, or are `held`: the channel has no connection.
    """

    name: str
    since: datetime
    count: int
    branch: str
    held: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A notice that may not have arrived: to whom, since when, uncertain or failed, and why.

    `branch`: in which that person sits; empty where in none.
    """

    id: int
    committee_id: int
    name: str
    at: datetime
    state: str
    why: str
    branch: str


@dataclass(frozen=True, slots=True)
class Saying:
    """A typed text and the screens (as actions, with a few words) where it was heard or, until then, may belong.

    `message` is what the channel calls it; `was` the text that it corrects, or the answer that it is to replace;
    `files` what was sent with it and waits with it: name, type and SHA-256 of each. A file alone has an empty text.
    """

    id: int
    text: str
    places: tuple[tuple[str, str], ...]
    heard: bool
    message: str | None
    was: str
    files: tuple[tuple[str, str, str], ...] = ()
