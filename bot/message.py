"""What the bot shows: a Message, the same on every channel.

A screen returns one. A channel gives it its own shape: Telegram's HTML and inline keyboard, the web page's bubbles,
plain text with numbered buttons. Texts are plain; whoever prints them escapes them.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from bot.actions import Action, Home, Upload

TYPED_LIMIT = 1000  # characters a person may type at once; a longer text is refused with a sentence


CHOSEN, ADVISED = "✓", "⭐"
"""In front of a label: what is chosen (done, switched on), and what is suggested. No other place says so."""


@dataclass(frozen=True, slots=True)
class Button:
    """A label and what pressing it asks for. `main` marks the one most people want next.

    `name` is what a label of signs (「‹」) is called, where it is read aloud or typed. `short` is what a long label is
    called where only four 汉字 are seen.
    """

    label: str
    action: Action
    main: bool = False
    name: str = ""
    short: str = ""

    @property
    def sign(self) -> str:
        """CHOSEN or ADVISED, or empty."""
        return self.label[:1] if self.label.startswith((CHOSEN, ADVISED)) else ""

    @property
    def words(self) -> str:
        """The label without its sign."""
        return self.label.removeprefix(self.sign)


class Source(Protocol):
    """Gives a file's bytes when they are wanted: where they lie on disk, or what draws them. Its name names them."""

    @property
    def name(self) -> str:
        """Another one where the bytes are others: a file lies under its SHA-256."""

    def read_bytes(self) -> bytes:
        """The bytes. Blocks."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that is made when somebody fetches it. Its name says of what, but for the time; `make` may block."""

    name: str
    make: Callable[[], bytes] = field(compare=False, repr=False)

    def read_bytes(self) -> bytes:
        """The bytes, made anew."""
        return self.make()


@dataclass(frozen=True, slots=True)
class Streamed:
    """A large file that is made while it is sent, a piece at a time, and is never whole in memory."""

    name: str
    chunks: Callable[[], Iterator[bytes]] = field(compare=False, repr=False)

    def read_bytes(self) -> bytes:
        """All of it at once."""
        return b"".join(self.chunks())


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to show with a screen: its bytes, or what gives them once it is sent; the name and type to give it."""

    name: str
    mime: str
    data: bytes | Source
    wide: bool = False
    """Whether it is a picture with text in it: what is read first, and as wide as the screen."""

    @property
    def picture(self) -> bool:
        """Whether a channel can show it as a picture."""
        return self.mime in ("image/jpeg", "image/png", "image/webp")

    @property
    def digest(self) -> str:
        """Names the content, so that an address with it changes when that does."""
        told = self.data if isinstance(self.data, bytes) else self.data.name.encode()
        return hashlib.sha256(told).hexdigest()[:16]

    def read(self) -> bytes:
        """The bytes. Blocks unless they are here already."""
        return self.data if isinstance(self.data, bytes) else self.data.read_bytes()


Line = str | tuple[str, str]
"""A paragraph: a text, or a (label, text) pair whose label stands out; the text may be one ToCopy."""


class ToCopy(str):
    """A code, a link or an address, which people take elsewhere: a channel lets them copy it with one tap."""

    __slots__ = ()


class Invitation(str):
    """A line that invites to type or to send something here: said only where this screen is the one that hears it."""

    __slots__ = ()


class Cells(str):
    """The text of a line that is a row of a table; `cells` say the whole line, for a channel that draws tables."""

    __slots__ = ("cells",)
    cells: tuple[str, ...]

    def __new__(cls, text: str, *cells: str) -> "Cells":
        """The text, and the same with its label cell by cell."""
        made = super().__new__(cls, text)
        made.cells = cells
        return made


Row = tuple[Button, ...]
"""Buttons that stand side by side."""


@dataclass(frozen=True, slots=True)
class Message:
    """One screen.

    `here` is the action that shows it again; `hears` makes the action that a typed text means on it, `takes` the one
    that a sent file means; without them a text is understood as a word of its own and a file asks where it belongs.
    `foremost` are the buttons that come first where only a few are seen at once; the others follow in reading order.
    `columns` stand above the cells of the lines that are Cells, where they are drawn as a table.
    """

    title: str
    lines: tuple[Line, ...] = ()
    rows: tuple[Row, ...] = ()
    here: Action = field(default_factory=Home)
    hears: Callable[[str], Action] | None = None
    takes: Callable[[Upload], Action] | None = None
    hint: str = ""  # what may be typed here: the placeholder of an input field
    attachment: Attachment | None = None
    place: str = ""  # by which buttons one comes here, of a screen that is none of Home's
    foremost: Row = ()
    columns: tuple[str, ...] = ()
    in_words: bool | None = (
        None  # whether its reader wants words, not buttons (文字模式); None: not known yet
    )

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All buttons, in reading order."""
        return tuple(button for row in self.rows for button in row)

    @property
    def options(self) -> frozenset[type[Action]]:
        """The kinds of action of which one is chosen: whoever cannot see the screen hears of each whether it is."""
        return frozenset(type(button.action) for button in self.buttons if button.sign == CHOSEN)

    @property
    def waits(self) -> bool:
        """Whether it waits for a text, and says what to type; others hear one all the same."""
        return self.hears is not None and bool(self.hint)

    def aside(self, way: str) -> "Message":
        """The same screen where another one hears what is typed: it invites nobody, and says how to come here."""
        if not (self.hears or self.takes):
            return self
        lines = tuple(line for line in self.lines if not isinstance(line, Invitation))
        way = f"请在{self.place}里改。" if self.place else way
        opens = Button("打开", self.here, main=not any(button.main for button in self.buttons))
        return replace(
            self, lines=(*lines, way), rows=((opens,), *self.rows), hint="", hears=None, takes=None
        )

    def headed(self, line: str) -> "Message":
        """The same screen with one sentence on top, for a channel that has no other place for it."""
        return replace(self, lines=(line, *self.lines)) if line else self


@dataclass(frozen=True, slots=True)
class Filed:
    """A file that was received: what it belongs to, in words, how many are there now, and whether it is new there."""

    where: str
    count: int
    new: bool

    @property
    def words(self) -> str:
        """What is said of one file."""
        return f"{self.where} {'已收到材料' if self.new else '已有这份材料'}（第 {self.count} 份）"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one event.

    The screen; a receipt that stays in the chat for good; a toast that passes (「第 7 项 已存 4 分」); a file that was
    received, which the toast need not say; and, when the person's seats changed, the commands that fit them now, as
    (word, explanation) pairs. A `stranger` is whoever holds no seat: nothing of theirs is kept.

    `stays`: something was typed or sent and nothing came of it. Then the toast, which says why or what to do, is a line
    in the chat for good, under what it answers.

    `at` is the address where the person is from now on, when that is another one; `opens` a code that is used only
    after it was asked who joins; `person` whose the address is, where a look is answered.
    """

    screen: Message
    receipt: Message | None = None
    toast: str = ""
    stays: bool = False
    filed: Filed | None = None
    commands: tuple[tuple[str, str], ...] | None = None
    stranger: bool = False
    at: str = ""
    opens: str = ""
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a code would give, before it is used: to be read, and the ways to go on; none when it cannot be used."""

    title: str
    lines: tuple[Line, ...]
    ways: tuple["Way", ...] = ()
    code: bool = False  # whether another code may be typed here
    uses: str = ""  # the code by which its ways go


@dataclass(frozen=True, slots=True)
class Way:
    """A button of an offer and what it means: to join as somebody `new`, or as who one is already."""

    label: str
    new: bool
    words: str = ""


def plain(message: Message) -> str:
    """The message as plain text, without its buttons."""
    parts = [line if isinstance(line, str) else f"{line[0]}：{line[1]}" for line in message.lines]
    return "\n".join([message.title, *parts])
