"""移交包: what is open in a branch, on one page of Word for whoever takes over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.message import Made
from bot.paper import desk, word
from bot.paper.texts import inert
from bot.paper.word import write

if TYPE_CHECKING:
    from docx.document import Document

MIME: Final = word.MIME
_SIZE: Final = word.SIZE
TASKS, MEASURES = 14, 5  # what a page has room for; more is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What a branch has open, all of it in words.

    `tasks`: each with its day; `missing`: what 台账 has no number of, by month; `measures`: each with its post, its day
    and how it stands; `results`: the last terms, each with its total and stars.
    """

    branch: str
    committee: str
    term: str
    tasks: Sequence[tuple[str, str]]
    missing: Sequence[tuple[str, str]]
    measures: Sequence[tuple[str, str, str, str]]
    results: Sequence[tuple[str, str, str]]


def file(pack: Pack, made: datetime) -> Made:
    """The page as a file that is made when it is fetched."""
    return Made(f"docx {pack!r}", partial(desk.made, partial(document, pack, made)))


def document(pack: Pack, made: datetime) -> bytes:
    """The page as a file of Word."""
    title = f"{inert(pack.branch)}移交包"
    document = word.new(title, made, margins=(15, 13))
    head = document.add_paragraph()
    write(head, title, size=16, bold=True, font=word.HEI)
    word.middle(head)
    write(document.add_paragraph(), f"{inert(pack.committee)}　{inert(pack.term)}", size=_SIZE)
    _tasks(document, pack)
    _missing(document, pack)
    word.part(
        document,
        f"三、在办的整改（{len(pack.measures)} 条）",
        (("措施", 84.0), ("责任人", 30.0), ("时限", 22.0), ("情况", 44.0)),
        pack.measures[:MEASURES],
        "没有在办的整改。",
    )
    _more(document, len(pack.measures) - MEASURES, "条，请看「整改」")
    word.part(
        document,
        "四、最近的结果",
        (("学期", 90.0), ("总分", 40.0), ("星级", 50.0)),
        pack.results,
        "还没有公布过的结果。",
    )
    said = f"{made:%Y}年{made.month}月{made.day}日 {made:%H:%M}"
    word.foot(document, inert(pack.branch)[:40], f"{said} 打印")
    return word.finished(document, made)


def _tasks(document: "Document", pack: Pack) -> None:
    columns = (("工作", 100.0), ("什么时候", 80.0))
    word.part(
        document, f"一、没办完的工作（{len(pack.tasks)} 项）", columns, pack.tasks[:TASKS], "现在没有。"
    )
    _more(document, len(pack.tasks) - TASKS, "项，请看「待办」")


def _missing(document: "Document", pack: Pack) -> None:
    """What 台账 lacks, as running text: there may be much of it."""
    word.heading(document, "二、本学期台账里还没有的")
    for when, what in pack.missing or [("", "都有了。")]:
        write(document.add_paragraph(), f"{when}：{what}" if when else what, size=_SIZE)


def _more(document: "Document", left: int, words: str) -> None:
    if left > 0:
        write(document.add_paragraph(), f"还有 {left} {words}。", size=_SIZE)
