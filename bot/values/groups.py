"""Group chats, and what is sent into one."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

WEBHOOK = "wecom_group"
"""The channel of the group chat that this installation sends into and hears nothing from (群机器人)."""


@dataclass(frozen=True, slots=True)
class GroupChat:
    """A group chat that a committee knows: whether 排名 is shown there, and who last switched that, and when."""

    id: int
    committee_id: int
    name: str
    shows: bool
    switched_by: str
    switched_at: datetime | None
    channel: str
    address: str

    @property
    def posted_to(self) -> bool:
        """Whether nobody asks there: what is published is sent into it (群机器人)."""
        return self.channel == WEBHOOK


class Part(IntEnum):
    """What is sent into a group chat, one message each. The numbers travel in buttons and stand in rows, for ever."""

    TABLE = 0
    PICTURE = 1
    FILE = 2

    @property
    def word(self) -> str:
        """What people call it."""
        return ("表格", "排名图", "Excel 文件")[self]


@dataclass(frozen=True, slots=True)
class Posted:
    """A part that somebody had sent into a group chat: as it was at a `revision`, the how-manieth attempt, how far it
    has come (the state of its notice) and why, by whom, and when."""

    revision: int
    part: Part
    attempt: int
    state: str
    why: str
    by: str
    at: datetime
