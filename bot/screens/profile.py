"""支部情况: a branch beside the others, what it lost, 差距, and its terms in a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.actions import (
    Differences,
    Ledger,
    LostPoints,
    OpenSheet,
    OverTerms,
    Profile,
    RadarChart,
    Result,
    TermsChart,
)
from bot.message import Button, Line, Message, Row
from bot.permissions import Rater
from bot.screens import wording
from bot.screens.layout import back
from bot.screens.ledger import numbers
from bot.values import Branch, Term
from scoring.facts import Fact
from scoring.numerals import plain
from scoring.profile import Beside, Comparison, Step, lost
from scoring.rubric import Edition
from scoring.sheet import Sheet
from scoring.standings import Gap, Standing, gaps

TERMS_SHOWN = 20  # ten years


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """支部情况: a branch's row among the others, beside their mean where its result is told, and what stays weak.

    `weak_again`: the numbers of the items that were weak last term, too. `taken`: how many marks the
    committee took over from 自评 in one go. `may_rate`: whether who looks may evaluate it.
    """

    branch: Branch
    term: Term
    standing: Standing
    beside: Comparison | None
    official: bool
    weak_again: Sequence[int]
    taken: int
    may_rate: bool


def profile(view: ProfileView) -> Message:
    """The branch beside the mean of all whose result is of the same kind."""
    branch, term, row = view.branch, view.term, view.standing
    lines: list[Line] = [("学期", term.name)]
    if view.beside is None or row.result is None:
        lines += [
            ("自评", wording.marked(row.filled, term.table)),
            "还没有提交；提交后，这里能看到各类得分。",
        ]
    else:
        kind = "总支评价" if view.official else "已提交的自评"
        many = view.beside.count > 1
        lines.append(("星级" if view.official else "预计星级", wording.star_span(row.result)))
        if row.place:
            lines.append(("名次", wording.place_of(row.place)))
        if many:
            lines.append(f"{kind}，与 {view.beside.count} 个支部的平均分比：")
        else:
            lines.append(f"下面是{kind}；还没有别的支部可比，不列平均分。")
        lines += [_beside(one, many) for one in (view.beside.total, *view.beside.categories)]
        if view.taken:
            lines.append(("其中", f"{view.taken} 项一次同自评"))
        if view.weak_again:
            titles = "、".join(_named(term.table, number) for number in view.weak_again)
            lines.append(("上学期也薄弱", titles))
    here = (branch.id, term.id)
    chart = (Button("看图", RadarChart(*here)),) if view.beside else ()
    return Message(
        title=f"支部情况 · {branch.name}",
        lines=tuple(lines),
        rows=(
            *((_rate(branch, term),) if view.may_rate else ()),
            (Button("丢分", LostPoints(*here)), Button("差距", Differences(*here))),
            (Button("台账", Ledger(*here)), Button("走势", OverTerms(branch.id)), *chart),
            back(Result(*here), "看结果", main=True),
        ),
        here=Profile(*here),
    )


def _rate(branch: Branch, term: Term) -> Row:
    return (Button("评价这个支部", OpenSheet(branch.id, term.id, int(Rater.COMMITTEE)), short="去评价"),)


def _beside(one: Beside, many: bool) -> Line:
    """20.4，平均 19.83，高 0.57; without others 20.4 / 22."""
    said = f"{plain(one.points)} / {plain(one.of)}"
    if many:
        said = f"{plain(one.points)}，平均 {plain(one.mean)}，{_apart(one.difference)}"
    return (one.name, f"{said}{' ⚠ 薄弱' if one.weak else ''}")


def _apart(difference: Decimal) -> str:
    if not difference:
        return "持平"
    return f"{'高' if difference > 0 else '低'} {plain(abs(difference))}"


def _named(edition: Edition, number: int) -> str:
    return f"第 {number} 项 {edition.item(number).title}"


def lost_points(branch: Branch, term: Term, sheet: Sheet | None, kind: str, known: Sequence[Fact]) -> Message:
    """丢分: the items below all their points, most first; and what 台账 has of what they count."""
    lines: list[Line] = [("学期", term.name)]
    if sheet is None:
        lines.append("自评还没有提交，提交后才能看。")
    else:
        found = lost(sheet)
        edition = sheet.edition
        gone = sum((one.lost for one in found), Decimal(0))
        lines.append(
            f"{kind}丢分 {len(found)} 项，共 {wording.points(gone)}。" if found else f"{kind}没有丢分。"
        )
        lines += [
            (
                _named(edition, one.number),
                f"{plain(one.points)} / {plain(one.of)}，丢 {plain(one.lost)}",
            )
            for one in found
        ]
        counted = dict.fromkeys(m.fact for one in found for m in edition.item(one.number).measures)
        said = [line for key in counted if (line := numbers(edition.facts[key], known))]
        lines += ["这些项的台账：", *said] if said else []
    return Message(
        title=f"丢分 · {branch.name}",
        lines=tuple(lines),
        rows=(back(Profile(branch.id, term.id), "支部情况", main=True),),
        here=LostPoints(branch.id, term.id),
    )


def differences(branch: Branch, term: Term, own: Sheet | None, theirs: Sheet | None) -> Message:
    """差距: the items that both sides marked differently, the largest difference first, with both marks."""
    lines: list[Line] = [("学期", term.name)]
    if own is None:
        lines.append("自评还没有提交，提交后才能比。")
    elif theirs is None:
        lines.append("总支还没有评，评了才能比。")
    else:
        if theirs.open:
            lines.append(f"总支评价还在填写（{theirs.filled}/{len(theirs.edition.items)}），先比已评的项。")
        else:
            apart = theirs.least - own.least
            lines.append(
                f"自评 {wording.points(own.least)}，总支 {wording.points(theirs.least)}，{_moved(apart)}。"
            )
        lines += [_gap(own.edition, gap) for gap in gaps(own, theirs)] or ["每一项都和自评相同。"]
    return Message(
        title=f"差距 · {branch.name}",
        lines=tuple(lines),
        rows=(back(Profile(branch.id, term.id), "支部情况", main=True),),
        here=Differences(branch.id, term.id),
    )


def _gap(edition: Edition, gap: Gap) -> Line:
    """第 18 项 信息上报: 自评 3.2，总支 0，低 3.2 分."""
    marks = f"自评 {plain(gap.self_mark.points)}，总支 {plain(gap.committee_mark.points)}"
    return (_named(edition, gap.number), f"{marks}，{_moved(gap.difference)}")


def _moved(difference: Decimal) -> str:
    """How the committee's points differ from the branch's own: 低 3.2 分."""
    return f"{_apart(difference)} 分" if difference else "相同"


def over_terms(branch: Branch, steps: Sequence[tuple[Term, Step]]) -> Message:
    """走势: the official totals and stars, the newest term first."""
    lines: list[Line] = [
        (term.name, f"{wording.points(step.total)} {'★' * step.stars}{_since(step.change)}")
        for term, step in reversed(steps[-TERMS_SHOWN:])
    ]
    if len(lines) == 1:
        lines.append("是总支评价；有了下学期的，就能看出变化。")
    elif lines:
        lines.append("都是总支评价；评价表改版的学期，不和前一学期比。")
    else:
        lines.append("还没有公布的总支评价，公布后这里列出各学期的得分。")
    return Message(
        title=f"走势 · {branch.name}",
        lines=tuple(lines),
        rows=(
            *(((Button("看图", TermsChart(branch.id)),),) if steps else ()),
            back(Result(branch.id, 0), "看结果", main=True),
        ),
        here=OverTerms(branch.id),
    )


def _since(change: Decimal | None) -> str:
    return "" if change is None else f"，{wording.change(change)}"
