"""What stands in the chats of a channel of WeCom, and what a screen is made of there: texts first, then its card."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.wecom.cards import Shown, shown
from bot.channels.wecom.limits import Dialect
from bot.channels.wecom.naming import name_of, new_task, words_of
from bot.message import Attachment, Button, Message, Reply

MOST_SCREENS = 10_000  # chats whose newest card is remembered
PICTURE_LIMIT = 10 * 1024 * 1024  # bytes; https://developer.work.weixin.qq.com/document/path/101463 and 90253
PICTURES = ("image/jpeg", "image/png")
BELOW = Message("已在下面打开", ("请看下面新的一条。",))
NO_FILE = "文件没有发出去，请稍后再点一次。"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Newest:
    """The message that shows what stands in a chat: its name, what its words would be called now, and its page."""

    name: str
    reads: str
    page: int


class Standing:
    """The message that shows what stands, by chat, as far as this process knows."""

    def __init__(self) -> None:
        self._newest: OrderedDict[str, Newest] = OrderedDict()

    def newest(self, chat: str) -> str | None:
        """The name of the message that shows what stands."""
        return self._newest[chat].name if chat in self._newest else None

    def quoted(self, chat: str, reads: str | None) -> str | None:
        """The message that is answered, by what its words are called; None where that is the one that stands."""
        return None if chat in self._newest and reads == self._newest[chat].reads else reads

    def page(self, chat: str) -> int:
        """Which page of the screen that stands is seen."""
        return self._newest[chat].page if chat in self._newest else 1

    def stands(self, chat: str, name: str, reads: str, page: int = 1) -> None:
        """This message stands in a chat from now on."""
        self._newest[chat] = Newest(name, reads, page)
        self._newest.move_to_end(chat)
        if len(self._newest) > MOST_SCREENS:
            self._newest.popitem(last=False)


def alone(reply: Reply, found: Shown) -> bool:
    """Whether the answer to a press is a card and nothing else, so that the card that was pressed can become it."""
    along = reply.receipt is not None or reply.screen.attachment is not None
    return found.card is not None and not found.texts and not along


def below(screen: Message, dialect: Dialect) -> Json | None:
    """What is left of a card that was pressed when its answer comes below: a way there."""
    return shown(replace(BELOW, rows=((Button("打开", screen.here),),)), dialect).card


def stays(reply: Reply) -> str:
    """What goes before the answer to something said, as a text that stays in the chat; empty: nothing."""
    return reply.toast if reply.stays and not reply.screen.in_words else ""


def receipt(reply: Reply, dialect: Dialect) -> tuple[str, ...]:
    """What stays in the chat for good, as texts."""
    return shown(replace(reply.receipt, rows=()), dialect).texts if reply.receipt is not None else ()


def before(found: Shown) -> tuple[str, ...]:
    """The texts that go before the message that ends a screen."""
    return found.texts if found.card else found.texts[:-1]


def last(found: Shown) -> tuple[Json | str, str]:
    """The message that ends a screen, its card or its last text, and the name by which it is quoted."""
    if found.card is None:
        return found.texts[-1], name_of(found.texts[-1])
    name = name_of(words_of(found.card))
    return {**found.card, "task_id": new_task(name)}, name


def kind_of(file: Attachment, size: int) -> str:
    """As what a file is uploaded and sent: as a picture where it can be, so that it is seen in the chat."""
    return "image" if file.mime in PICTURES and size <= PICTURE_LIMIT else "file"
