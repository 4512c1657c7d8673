"""The screens of 评选优秀党支部: the year's table, the choice with its reason, what everybody hears, the budget."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.actions import (
    AwardCard,
    Awarded,
    BudgetNote,
    BudgetSeenTo,
    ChooseWinner,
    GiveAward,
    ReviewCard,
    TypedForAward,
    YearEnd,
    YearTable,
    fingerprint,
)
from bot.message import Button, Line, Message, Row
from bot.screens import wording
from bot.screens.layout import back, grid, home_row
from bot.screens.reviewed import LISTED, weights_said
from bot.values import Award, Review, Term
from jobs.duties.calendar import year_name
from scoring.numerals import plain
from scoring.review import Shown
from scoring.year import YearRow

NOTE = "请在安排今年党建经费时，对优秀党支部给予倾斜和支持。"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A school year side by side. `stars`: of each branch in each term, in words; `hindrance`: why nobody can be chosen
    yet; `mine`: the branches in which whoever looks holds a seat."""

    committee: int
    year: int
    terms: Sequence[Term]
    rows: Sequence[YearRow]
    stars: dict[int, Sequence[str]]
    review: Review | None
    shown: Shown | None
    award: Award | None
    hindrance: str
    mine: frozenset[int]

    @property
    def on_ballot(self) -> tuple[int, ...]:
        """The branches that were reviewed: one of them can be chosen."""
        return self.review.branches if self.review else ()


def table(view: TableView) -> Message:
    """Both terms, the mean, the review, the order; who is equal says so. One is chosen below it, by hand."""
    lines: list[Line] = [(_named(row), _worth(view, row)) for row in view.rows[:LISTED]]
    if not view.rows:
        lines.append("还没有参评的支部。")
    lines.append(f"均分：{'、'.join(term.name for term in view.terms)} 总支评价的平均。")
    if view.review is not None:
        lines.append(("评议", weights_said(view.review, view.shown)))
    if view.shown is not None and view.shown.uncounted:
        lines.append(f"其他代表 {view.shown.uncounted} 张票太少，未计入。")
    rows: list[Row] = []
    if view.award is not None and view.award.decided_at is not None:
        lines.append(("优秀党支部", view.award.branch.name))
        rows.append((Button("看优秀党支部", AwardCard(view.award.id), main=True),))
    elif view.hindrance:
        lines.append(view.hindrance)
    else:
        lines.append("请点要评为优秀党支部的支部。系统不会自动评选，分数相同的由党总支决定。")
        rows += grid(
            [
                Button(
                    f"评 {wording.short(row.name.removesuffix('党支部'), 10)}",
                    ChooseWinner(view.committee, view.year, row.key),
                )
                for row in view.rows
                if row.key not in view.mine and row.key in view.on_ballot
            ],
            2,
        )
    if view.review is not None:
        rows.append((Button("评议结果", ReviewCard(view.review.id)),))
    rows.append(back(YearEnd(view.committee, view.year), main=not rows))
    return Message(
        title=f"学年总表 · {year_name(view.year)}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=YearTable(view.committee, view.year),
    )


def _named(row: YearRow) -> str:
    """第 2 名（并列） 双龙校区."""
    name = row.name.removesuffix("党支部")
    return f"第 {row.rank} 名{'（并列）' if row.shared else ''} {name}" if row.rank else name


def _worth(view: TableView, row: YearRow) -> str:
    if row.points is None:
        return "没有总支评价"
    terms = "、".join(view.stars.get(row.key, ()))
    said = f"{plain(row.points)} 分（{terms}）"
    boxes = view.shown.boxes if view.shown else ()
    given = [
        f"{box.name} {plain(one)}" for box, one in zip(boxes, row.scores, strict=True) if one is not None
    ]
    return f"{said}；{'、'.join(given)}" if given else said


# --- the choice ---------------------------------------------------------------------------------------------------


def seen(award: Award, row: YearRow | None, equals: Sequence[str]) -> int:
    """What somebody saw who gives an award: the branch, what is written, and where it stands."""
    standing = (row.points, row.rank, sorted(equals)) if row else ()
    return fingerprint(f"{award.branch.id} {award.reason} {award.note} {standing}")


def card(award: Award, row: YearRow | None, equals: Sequence[str], open_to_me: bool) -> Message:
    """The choice that is not decided yet, with what speaks for and against it."""
    lines: list[Line] = [("支部", award.branch.name)]
    if row is not None and row.points is not None:
        lines.append(("学年总分", f"{plain(row.points)} 分，第 {row.rank} 名"))
        if equals:
            lines.append(f"与{'、'.join(equals)}并列，请在理由里说明为什么评这个支部。")
        elif row.rank > 1:
            lines.append("不是第一名，请在理由里说明。")
    lines.append(("理由", award.reason or "还没有写，请直接输入"))
    lines.append(("经费", award.note or f"{NOTE}（默认；要改请输入，例如：经费 增拨活动经费）"))
    rows: list[Row] = []
    if not open_to_me:
        lines.append("您在这个支部任职，请其他总支委员确认。")
    elif award.reason:
        lines.append("确认后通知各支部，不能再改。")
        label = "确认评选并通知各支部"
        rows.append(
            (Button(label, GiveAward(award.id, seen(award, row, equals)), main=True, short="确认评选"),)
        )
    return Message(
        title=f"评选优秀党支部 · {year_name(award.year)}",
        lines=tuple(lines),
        rows=(*rows, back(YearTable(award.committee_id, award.year), "换一个支部", main=not rows)),
        here=AwardCard(award.id),
        hears=(lambda text: TypedForAward(award.id, text)) if open_to_me else None,
        hint="请输入理由；或：经费 增拨活动经费" if open_to_me else "",
    )


def decided(award: Award, committee: bool) -> Message:
    """Who is 优秀党支部, and why; the committee has its ways from there."""
    rows: list[Row] = []
    if committee:
        rows.append(
            (
                Button("学年总表", YearTable(award.committee_id, award.year)),
                Button("经费提示", BudgetNote(award.id)),
            )
        )
    return Message(
        title=f"{year_name(award.year)}优秀党支部",
        lines=(
            ("优秀党支部", award.branch.name),
            ("理由", award.reason),
            "这个支部接着要做一次支部活动展示交流。",
        ),
        rows=(*rows, home_row(main=True)),
        here=AwardCard(award.id) if committee else Awarded(award.id),
    )


def budget(award: Award) -> Message:
    """What the next year's budget is to do for it."""
    rows: list[Row] = []
    if award.noted_at is None:
        rows.append((Button("已安排", BudgetSeenTo(award.id), main=True),))
    return Message(
        title="经费提示",
        lines=(
            ("优秀党支部", f"{award.branch.name}（{year_name(award.year)}）"),
            ("经费", award.note or NOTE),
            "已安排。" if award.noted_at else f"{year_name(award.year + 1)}的经费安排好以后，请在这里登记。",
        ),
        rows=(*rows, back(YearEnd(award.committee_id, award.year), main=not rows)),
        here=BudgetNote(award.id),
    )
