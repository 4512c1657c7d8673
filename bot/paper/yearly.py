"""年度小结: what a branch did in a school year, on one page of Word; those of several branches in one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.message import Made
from bot.paper import desk, measure, word
from bot.paper.texts import inert
from bot.paper.word import Cell, write

if TYPE_CHECKING:
    from docx.document import Document

MIME: Final = word.MIME
CATEGORIES, PROMISES = 8, 5  # rows for which a page has room; more is counted
LINES: Final = 12  # of the numbers of all terms
_TERM, _NUMBERS, _POINTS = 28.0, 152.0, 50.0  # millimetres of a column


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A branch in a school year, all of it in words.

    `results`: each term with its total, its stars and whose they are. `categories`: each with its points in each term.
    `numbers`: each term with what 台账 says of it. `promises`: the measures of `last`, the school year before, each
    with its post, its day and how it stands.
    """

    branch: str
    committee: str
    year: str
    last: str
    results: Sequence[tuple[str, str, str, str]]
    categories: Sequence[Sequence[str]]
    numbers: Sequence[tuple[str, Sequence[str]]]
    promises: Sequence[tuple[str, str, str, str]]


def file(summaries: Sequence[Summary], title: str, made: datetime) -> Made:
    """The pages as a file that is made when it is fetched."""
    return Made(f"docx {summaries!r}", partial(desk.made, partial(document, summaries, title, made)))


def document(summaries: Sequence[Summary], title: str, made: datetime) -> bytes:
    """The pages as a file of Word, one for each branch."""
    document = word.new(title, made, margins=(15, 13))
    for number, summary in enumerate(summaries):
        _page(document, summary, begins=number > 0)
    said = f"{made:%Y}年{made.month}月{made.day}日 {made:%H:%M}"
    word.foot(document, inert(title)[:40], f"{said} 打印")
    return word.finished(document, made)


def _page(document: "Document", summary: Summary, *, begins: bool) -> None:
    head = document.add_paragraph()
    head.paragraph_format.page_break_before = begins
    write(head, f"{inert(summary.branch)[:40]}年度小结", size=14, bold=True, font=word.HEI)
    word.middle(head)
    write(document.add_paragraph(), inert(f"{summary.committee}　{summary.year}")[:50], size=word.SIZE)
    word.part(
        document,
        "一、星级和总分",
        (("学期", 70.0), ("总分", 30.0), ("星级", 40.0), ("依据", 40.0)),
        summary.results,
        "这个学年还没有结果。",
    )
    terms = [(word.cut(inert(term), _POINTS), _POINTS) for term, *_ in summary.results]
    word.part(
        document,
        "二、各类工作的得分",
        (("工作内容", 70.0), *terms),
        summary.categories[:CATEGORIES],
        "还没有得分。",
    )
    _more(document, len(summary.categories), CATEGORIES, "类")
    _numbers(document, summary)
    word.part(
        document,
        f"四、去年的承诺（{summary.last}的整改措施）",
        (("措施", 84.0), ("责任人", 30.0), ("时限", 22.0), ("情况", 44.0)),
        summary.promises[:PROMISES],
        "上一学年没有整改措施。",
    )
    _more(document, len(summary.promises), PROMISES, "条")


def _numbers(document: "Document", summary: Summary) -> None:
    word.heading(document, "三、台账里的主要数字")
    told = [(term, said) for term, said in summary.numbers if said]
    if not told:
        write(document.add_paragraph(), "台账还没有数字。", size=word.SIZE)
        return
    room = LINES // len(told)
    rows = [
        [Cell(inert(term), word.SIZE), Cell(fitting(said, room), word.SIZE, centred=False)]
        for term, said in told
    ]
    word.table(document, rows, (_TERM, _NUMBERS), heads=0)


def fitting(said: Sequence[str], room: int) -> str:
    """As many of these as so many lines hold, and how many there are where some are left out."""
    for kept in range(len(said), 0, -1):
        text = "；".join(map(inert, said[:kept])) + (f"…等 {len(said)} 条" if kept < len(said) else "。")
        if measure.lines(text, _NUMBERS, word.SIZE) <= room:
            return text
    return f"共 {len(said)} 条，请看「台账」。"


def _more(document: "Document", every: int, shown: int, unit: str) -> None:
    if every > shown:
        write(document.add_paragraph(), f"…等 {every} {unit}。", size=word.SIZE)
