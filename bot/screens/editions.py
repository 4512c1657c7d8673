"""The screens of 评价表: what is in force, what an edition changes, from when it holds, and today's as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.actions import (
    Adopt,
    Arrange,
    AskAdopt,
    DropEdition,
    EditionCard,
    EditionFile,
    Editions,
    EditionTerms,
    SentEdition,
    TypedEditionReason,
)
from bot.message import Attachment, Button, Invitation, Line, Message, Row
from bot.screens import wording
from bot.screens.layout import back, column, turning
from bot.values import Adopted, Beginning, KeptEdition, Page, Term
from scoring.comparison import Difference
from scoring.numerals import plain
from scoring.rubric import Edition

KINDS, ENDINGS = ("Excel", "TOML"), ("xlsx", "toml")
PAGE_LETTERS = 2200  # of what an edition changes, in one message
LISTED = 12  # editions in one message
DUTIES = 6  # that are named
NAME = 40  # letters of a name in a line
REASON_HINT = "例如：党委 12 月的新要求，支委会讨论通过"
PACKAGED = "程序自带的"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionsView:
    """What is in force today, in the terms that are not over (the newest first) and later, and all that are kept."""

    committee_id: int
    today: Edition
    terms: Sequence[Term]
    later: str
    kept: Sequence[KeptEdition]
    now: datetime

    @property
    def names(self) -> Mapping[str, str]:
        """What the editions are called, by key."""
        return {one.key: called(one, self.now) for one in self.kept}


def called(kept: KeptEdition, now: datetime) -> str:
    """What an edition is called on screen: by when it was sent, as most have the same name."""
    return f"{wording.moment(kept.made_at, now)}的修订" if kept.text else PACKAGED


def editions(view: EditionsView) -> Message:
    """Which table is in force from when on, and all that were sent; a new one is taken here."""
    names, today = view.names, view.today
    lines: list[Line] = [
        ("名称", f"《{wording.short(today.name, NAME)}》"),
        ("现在", f"{len(today.categories)} 类 {len(today.items)} 项，{plain(today.total)} 分"),
    ]
    lines += [(term.name, names.get(term.edition, PACKAGED)) for term in reversed(view.terms)]
    lines.append(("以后新增的学期", names.get(view.later, PACKAGED)))
    lines.append(Invitation("要换评价表，请把它发到这里：TOML 文件，或改过字句、分值的 Excel 测评表。"))
    rows = column(
        Button(f"{n}. {called(one, view.now)}{'（草稿）' * one.draft}", EditionCard(one.id, 0))
        for n, one in enumerate(view.kept[:LISTED], start=1)
    )
    rows.append(_files(view.committee_id, 0))
    rows.append(back(Arrange(view.committee_id), main=True))
    return Message(
        title="评价表",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Editions(view.committee_id),
        takes=lambda upload: SentEdition(view.committee_id, upload),
        hint="请发送评价表文件",
    )


def _files(committee_id: int, number: int) -> Row:
    return tuple(Button(f"下载 {kind}", EditionFile(committee_id, number, n)) for n, kind in enumerate(KINDS))


# --- what an edition changes --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """An edition, what it changes in today's table, of which duties it says something else, and how it was put in force
    last, if it was."""

    kept: KeptEdition
    changes: Sequence[Difference]
    duties: Sequence[str]
    adopted: Adopted | None
    now: datetime


def card(view: CardView, number: int) -> Message:
    """A page of what an edition changes, item by item and word by word."""
    kept = view.kept
    found = _page(view.changes, number)
    lines: list[Line] = []
    if not found.newer:
        lines += _head(view)
    lines += found.shown
    rows: list[Row] = turning(found, lambda page: EditionCard(kept.id, page))
    rows.append((Button("从某学期起用", EditionTerms(kept.id), main=True, short="起用"),))
    rows.append(_files(kept.committee_id, kept.id))
    if kept.draft:
        rows.append((Button("删除草稿", DropEdition(kept.id)),))
    rows.append(back(Editions(kept.committee_id), "评价表"))
    return Message(
        title=f"评价表 · {called(kept, view.now)}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=EditionCard(kept.id, (found.newer + 1) if found.newer is not None else 0),
        takes=lambda upload: SentEdition(kept.committee_id, upload),
    )


def _head(view: CardView) -> list[Line]:
    kept, said = view.kept, view.adopted
    lines: list[Line] = []
    if kept.draft:
        lines.append(("状态", f"草稿，还没有起用（{kept.by} {wording.moment(kept.made_at, view.now)}）"))
    if said:
        lines.append(("起用", f"{said.since}起（{said.by} {wording.moment(said.at, view.now)}）"))
        lines.append(("理由", said.reason))
    lines.append(_summary(view.changes))
    if lost := unmeasured(view.changes):
        lines.append(lost)
    if view.duties:
        more = f"等 {len(view.duties)} 项" if len(view.duties) > DUTIES else ""
        named = "、".join(view.duties[:DUTIES])
        lines.append(("任务目录", f"{named}{more}所依据的原文有改动，任务和日期照旧。"))
    return lines


def _summary(changes: Sequence[Difference]) -> str:
    if not changes:
        return "和现在用的没有不同。"
    items = sum(one.number > 0 for one in changes)
    parts = ["整张表的规则"] * (items < len(changes)) + [f" {items} 项"] * bool(items)
    return f"和现在用的相比，改动了{'和'.join(parts)}。删〔〕是去掉的，增〔〕是新写的。"


def unmeasured(changes: Sequence[Difference]) -> str:
    """第 7 项文字有改动，不再自动建议等级."""
    numbers = [str(one.number) for one in changes if one.unmeasured]
    return f"第 {'、'.join(numbers)} 项文字有改动，不再自动建议等级。" if numbers else ""


def _page(changes: Sequence[Difference], number: int) -> Page[Line]:
    """As many changes as one message shows; the last page for one beyond."""
    pages: list[list[Line]] = [[]]
    room = PAGE_LETTERS
    for one in changes:
        for said in one.said:
            label = f"第 {one.number} 项 {one.title} {said.of}" if one.number else said.of
            size = len(label) + len(said.words)
            if size > room and pages[-1]:
                pages.append([])
                room = PAGE_LETTERS
            pages[-1].append((label, said.words))
            room -= size
    number = min(number, len(pages) - 1)
    return Page(
        tuple(pages[number]), number - 1 if number else None, number + 1 if number + 1 < len(pages) else None
    )


# --- from when on -------------------------------------------------------------------------------------------------


def from_when(kept: KeptEdition, every: Sequence[Beginning], now: datetime) -> Message:
    """From which term an edition may be in force, and why from another one it may not."""
    lines: list[Line] = ["请选择从哪个学期起用。以后的学期也按这一版；已经填过的测评表和以前的结果不变。"]
    lines += [(one.name, f"{one.why}，不能选" if one.why else "可以选") for one in every]
    rows = column(Button(one.name, AskAdopt(kept.id, one.number)) for one in every if not one.why)
    rows.append(back(EditionCard(kept.id, 0), "看改动", main=True))
    return Message(
        title=f"从哪个学期起用 · {called(kept, now)}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=EditionTerms(kept.id),
    )


def ask_adopt(
    kept: KeptEdition,
    since: Beginning,
    others: Sequence[Beginning],
    changes: Sequence[Difference],
    revision: int,
) -> Message:
    """What will be in force from when on and why, to confirm; the reason is typed here."""
    lines: list[Line] = [("起用", f"{since.name}起"), _summary(changes)]
    if lost := unmeasured(changes):
        lines.append(lost)
    lines += [(one.name, f"不变：{one.why}" if one.why else "也改用这一版") for one in others]
    lines.append("以前的学期和已公布的结果都不变。")
    rows: list[Row] = []
    if kept.reason:
        lines += [("理由", kept.reason), "要改理由，请重新输入。"]
        rows.append((Button("确认起用", Adopt(kept.id, since.number, revision), main=True),))
    else:
        lines.append("请输入更换的理由，会记入修改记录。")
    rows.append(back(EditionTerms(kept.id), "换个学期"))
    return Message(
        title="起用评价表？",
        lines=tuple(lines),
        rows=tuple(rows),
        here=AskAdopt(kept.id, since.number),
        hears=lambda text: TypedEditionReason(kept.id, since.number, text),
        hint=REASON_HINT,
    )


def file(asked: EditionFile, table: Edition, sent: Attachment) -> Message:
    """An edition as a file, to be changed and sent back."""
    said = (
        "类别、工作内容、优秀指标、测评方式和分值都可以改，也可以加行、删行；表头和「合计」请保留。"
        if asked.kind == 0
        else "短标题、台账、得分比例和星级都写在里面，可以用记事本改，存为 UTF-8。"
    )
    return Message(
        title=f"评价表 {KINDS[asked.kind]}",
        lines=(
            ("名称", f"《{wording.short(table.name, NAME)}》"),
            said,
            Invitation("改好存盘后，发到这里。"),
        ),
        rows=(back(Editions(asked.committee), "评价表", main=True),),
        here=asked,
        takes=lambda upload: SentEdition(asked.committee, upload),
        attachment=sent,
    )
