"""What is inside of a callback: something that was said to an app, or that happened."""

import hashlib
from dataclasses import dataclass, field
from typing import NoReturn, Self
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from bot.channels.wecom.frames import CONTROL

LIFECYCLE = frozenset(
    {
        "inactive_alert",
        "close_inactive_agent",
        "reopen_inactive_agent",
        "low_active_alert",
        "low_active",
        "active_restored",
    }
)
"""What WeCom does to an app that is hardly used: it warns, suspends it, lets it go on. Administrators should know."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A message (`kind`: text, image, voice, video, location, link, …) or an event (`kind`: event). Never log it whole.

    `key` is the same when it comes again, and of no other one. `user` is the UserID casefolded, which names its person;
    `sender` is as WeCom wrote it. `at` is in seconds since 1970. What there is none of is empty.
    """

    key: str
    user: str
    sender: str
    kind: str
    at: int
    content: str = field(default="", repr=False)
    media_id: str = field(default="", repr=False)
    event: str = ""
    event_key: str = ""
    task_id: str = ""
    response_code: str = field(default="", repr=False)

    @property
    def about_the_app(self) -> bool:
        """Whether it is of no person, but of what WeCom does to the app."""
        return self.event in LIFECYCLE

    @classmethod
    def of(cls, said: dict[str, str]) -> Self:
        """From the elements of a message. Raises ValueError where it lacks its sender, its time or its kind."""
        sender, kind, at = said.get("FromUserName", ""), said.get("MsgType", ""), said.get("CreateTime", "")
        if not sender or not kind or not (at.isascii() and at.isdecimal() and len(at) < 12):
            raise ValueError("incomplete")
        return cls(
            key=_key(said),
            user=sender.casefold(),
            sender=sender,
            kind=kind,
            at=int(at),
            content=said.get("Content", ""),
            media_id=said.get("MediaId", ""),
            event=said.get("Event", ""),
            event_key=said.get("EventKey", ""),
            task_id=said.get("TaskId", ""),
            response_code=said.get("ResponseCode", ""),
        )


def _key(said: dict[str, str]) -> str:
    """Events have no MsgId. Two presses within one second differ in their ResponseCode."""
    event = ("FromUserName", "CreateTime", "Event", "EventKey", "TaskId", "ResponseCode")
    names = ("MsgId",) if said.get("MsgId") else event
    return hashlib.sha256("\0".join(said.get(name, "") for name in names).encode()).hexdigest()[:32]


def read(plain: bytes) -> dict[str, str]:
    """The texts of the elements of an XML that was signed and decrypted, by name. Raises ValueError.

    Nothing but elements and CDATA is XML of WeCom's: a DOCTYPE, by which a few bytes become gigabytes, ends it.
    """
    parser = XMLParser(target=_NoDoctype())  # noqa: S314  what comes here has WeCom's signature
    try:
        parser.feed(CONTROL.sub("", plain.decode()))
        root: Element = parser.close()
    except (ParseError, UnicodeDecodeError):
        raise ValueError("xml") from None
    return {element.tag: (element.text or "").strip() for element in root}


class _NoDoctype(TreeBuilder):
    def doctype(self, name: str, pubid: str, system: str) -> NoReturn:
        raise ValueError("doctype")
