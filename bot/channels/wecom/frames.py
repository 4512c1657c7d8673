"""Frames of the long connection (JSON texts) and what the codes in their answers mean.

https://developer.work.weixin.qq.com/document/path/101463; the codes that no page lists are from Tencent's own client
(@wecom/aibot-node-sdk 1.0.7) and its issues.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from bot.delivery import LimitedError, NotArrivedError, NotSentError, RefusedError, UndeliverableError

SUBSCRIBE, PING = "aibot_subscribe", "ping"
SAID, HAPPENED = "aibot_msg_callback", "aibot_event_callback"
RESPOND, WELCOME, UPDATE = "aibot_respond_msg", "aibot_respond_welcome_msg", "aibot_respond_update_msg"
SEND = "aibot_send_msg"
UPLOAD_INIT, UPLOAD_CHUNK, UPLOAD_FINISH = (
    f"aibot_upload_media_{step}" for step in ("init", "chunk", "finish")
)
SINGLE, GROUP = 1, 2  # chat_type

BAD_CREDENTIALS = 853000
NOT_SUBSCRIBED = 846609  # on an open socket: this connection is dead, though nobody says so
PASSING = {-1, 6000, 846601, 846602}  # busy; another frame is in flight there: the same again, a little later
LIMITED = {45009, 45033}
PENALTY = 60.0  # seconds for which a chat is blocked that was over its limit of a minute
LATE = {846605, 846608}  # the time in which this event could be answered so is over
UNKNOWN_CHAT = 93006  # nobody has written to the bot there, or it is of the other kind
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # Tencent leaves them raw inside of JSON strings


class LateError(UndeliverableError):
    """An event can no longer be answered like this (a card, a welcome: within 5 s): send a message of its own."""


class UnansweredError(Exception):
    """No answer came, so nobody knows whether it arrived; a card may be there although its answer is missing."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What came over the connection; `at`: when, in seconds of the event loop's clock. Never log its body."""

    cmd: str
    req_id: str
    body: dict[str, Any] = field(repr=False)
    errcode: int | None
    at: float

    @property
    def chat(self) -> str:
        """Where it was said: a group's id, or the person's userid as given; empty where it names neither."""
        sender = self.body.get("from")
        chat = self.body.get("chatid") or (sender.get("userid") if isinstance(sender, dict) else "")
        return chat if isinstance(chat, str) else ""

    @property
    def event(self) -> str:
        """What happened (enter_chat, template_card_event, …); empty for what was said."""
        event = self.body.get("event")
        kind = event.get("eventtype") if isinstance(event, dict) else ""
        return kind if isinstance(kind, str) else ""


def read(text: str, at: float) -> Frame | None:
    """The frame that a text is; None for anything else."""
    try:
        sent = json.loads(CONTROL.sub("", text), strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(sent, dict):
        return None
    headers, body, code = sent.get("headers"), sent.get("body"), sent.get("errcode")
    return Frame(
        cmd=_text(sent.get("cmd")),
        req_id=_text(headers.get("req_id")) if isinstance(headers, dict) else "",
        body=body if isinstance(body, dict) else {},
        errcode=code if type(code) is int else None,
        at=at,
    )


def written(cmd: str, req_id: str, body: dict[str, Any] | None) -> str:
    """The text of a frame. Without a body it has no such key: `{}` in a heartbeat is followed by a disconnect."""
    frame: dict[str, Any] = {"cmd": cmd, "headers": {"req_id": req_id}}
    if body is not None:
        frame["body"] = body
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def new_id(cmd: str) -> str:
    """A req_id that no other frame has."""
    return f"{cmd}_{uuid4().hex}"


def refusal(cmd: str, errcode: int) -> NotArrivedError:
    """What a code that is not 0 means for the message: it surely did not arrive."""
    words = f"{cmd} {errcode}"
    if errcode in LIMITED:
        return LimitedError(PENALTY)
    if errcode == UNKNOWN_CHAT:
        return RefusedError(words)
    if errcode in LATE:
        return LateError(words)
    if errcode in PASSING or errcode == NOT_SUBSCRIBED:
        return NotSentError(words)
    return UndeliverableError(words)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
