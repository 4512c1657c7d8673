"""The screens of what came of a round of 年度评议: each branch in each box, the turn-out, the weights, the opinions."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.actions import (
    AskVoidReview,
    BallotOpinions,
    BranchReview,
    Experts,
    PaperBallots,
    ReviewCard,
    ReviewFile,
    ReviewWeights,
    TypedCounts,
    YearTable,
)
from bot.message import Button, Line, Message, Row
from bot.screens import wording
from bot.screens.layout import back, grid, part, turning
from bot.screens.review import way_back
from bot.values import Branch, ExpertOpinion, Review
from jobs.duties.calendar import year_name
from scoring.numerals import plain
from scoring.review import LEAST, Box, Count, Electorate, Shown, in_points, score
from scoring.rubric import Edition

LISTED = 60  # branches in one message
OPINIONS = 8  # of a page
MARKS = ("优秀", "合格", "不合格", "弃权")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """What came of a round: what may be shown, the branches, how far what is on paper is entered.

    `manages`: whoever looks enters what is on paper and the weights. `open`: the award is not decided yet.
    `unfinished`: groups whose paper ballots are not entered for all branches.
    """

    review: Review
    shown: Shown
    branches: Sequence[Branch]
    manages: bool
    open: bool
    unfinished: Sequence[Electorate]


def results(view: ResultView) -> Message:
    """What each box gives each branch, and the turn-out as an office counts it."""
    review, boxes, table = view.review, view.shown.boxes, view.review.table
    lines: list[Line] = [(branch.name, _scores(boxes, branch, table)) for branch in view.branches[:LISTED]]
    if not boxes:
        lines = [f"收回的票不足 {LEAST} 张，不公布结果，也不计入。"]
    lines += _turnout(view)
    if view.shown.uncounted:
        lines.append(f"其他代表 {view.shown.uncounted} 张，不足 {LEAST} 张，未计入。")
    if alike := sum(box.uniform for box in boxes):
        lines.append(f"有 {alike} 张票从头到尾选的都一样，照常计入。")
    if view.unfinished:
        groups = "、".join(group.word for group in view.unfinished)
        lines.append(f"{groups}的纸质票还没有录完，录完才计入。")
    lines.append(("权重", weights_said(review, view.shown)))
    rows = grid(
        [
            Button(wording.short(branch.name.removesuffix("党支部"), 12), BranchReview(review.id, branch.id))
            for branch in view.branches
        ],
        2,
    )
    if view.open and view.manages:
        rows.append(
            (
                Button("录纸质票", PaperBallots(review.id)),
                Button("专家意见", Experts(review.id, 0)),
                Button("设权重", ReviewWeights(review.id)),
            )
        )
        rows.append((Button("作废重来", AskVoidReview(review.id)),))
    files = (Button("下载结果", ReviewFile(review.id, 0)),) if boxes else ()
    rows.append((*files, Button("学年总表", YearTable(review.committee_id, review.year), main=True)))
    return Message(
        title=f"评议结果 · {year_name(review.year)}",
        lines=tuple(lines),
        rows=(*rows, way_back(review)),
        here=ReviewCard(review.id),
        hears=(lambda text: TypedCounts(review.id, text)) if view.open and view.manages else None,
        hint="例如：实到 党员38 群众18" if view.open and view.manages else "",
    )


def _scores(boxes: Sequence[Box], branch: Branch, table: Edition) -> str:
    """群众 86.4、党员 90.25 分."""
    said = []
    for box in boxes:
        given = score(box.tally[branch.id], table)
        said.append(f"{box.name} {plain(in_points(given)) if given is not None else '弃权多，没有分数'}")
    return "、".join(said)


def _turnout(view: ResultView) -> list[Line]:
    """应到 · 实到 · 发出 · 收回 · 有效, group by group; what is valid only where a group is shown by itself."""
    review = view.review
    valid = {box.groups[0]: box.valid for box in view.shown.boxes if len(box.groups) == 1 and not box.paper}
    lines: list[Line] = []
    for group in dict.fromkeys((*review.voters, *review.present, *review.issued)):
        voters = review.voters.get(group, 0)
        counted = [
            ("应到", voters),
            ("实到", review.present.get(group)),
            ("发出", review.issued.get(group, voters)),
            ("收回", review.returned.get(group, 0)),
            ("有效", valid.get(group)),
        ]
        said = " · ".join(f"{word} {count}" for word, count in counted if count is not None)
        lines.append((group.word, said))
    pooled = next((box for box in view.shown.boxes if len(box.groups) > 1), None)
    if pooled:
        groups = "、".join(group.word for group in pooled.groups)
        lines.append(("其他代表", f"{groups}合计 {pooled.ballots} 张，有效 {pooled.valid}"))
    lines += [(box.name, f"{box.ballots} 张，手工计票") for box in view.shown.boxes if box.paper]
    return lines


def weights_said(review: Review, shown: Shown | None = None) -> str:
    """总支评价 80 %，党员 10 %…; or that it is advisory. Once it is `shown`: whose weight goes to the committee."""
    weights = {group: weight for group, weight in review.weights.items() if weight}
    if not weights:
        return "评议供参考，不计入总分"
    counted = {group for box in shown.boxes for group in box.groups} if shown else set(weights)
    said = [f"总支评价 {100 - sum(weights.values())} %"]
    for group, weight in weights.items():
        said.append(f"{group.word} {weight} %{'' if group in counted else '（未计入，归总支评价）'}")
    return "，".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchView:
    """What a round says of a branch: the boxes, how many ballots said something in words, and the experts."""

    review: Review
    branch: Branch
    shown: Shown
    opinions: int
    experts: Sequence[ExpertOpinion]


def of_branch(view: BranchView) -> Message:
    """A branch category by category, in each box."""
    table, lines = view.review.table, list[Line]()
    for box in view.shown.boxes:
        counts = box.tally[view.branch.id]
        given = score(counts, table)
        worth = f"{plain(in_points(given))} 分" if given is not None else "弃权多，没有分数"
        lines.append((box.name, f"{box.ballots} 张，{worth}"))
        lines += [
            f"{category.name}：{count_said(count)}"
            for category, count in zip(table.categories, counts, strict=True)
        ]
    if not view.shown.boxes:
        lines.append(f"收回的票不足 {LEAST} 张，不公布结果。")
    lines += [(f"专家 {one.name}", one.text) for one in view.experts]
    rows: list[Row] = []
    if view.opinions:
        rows.append(
            (Button(f"看意见（{view.opinions} 条）", BallotOpinions(view.review.id, view.branch.id, 0)),)
        )
    return Message(
        title=f"{view.branch.name} · 评议",
        lines=tuple(lines),
        rows=(*rows, back(ReviewCard(view.review.id), "评议结果", main=True)),
        here=BranchReview(view.review.id, view.branch.id),
    )


def count_said(count: Count) -> str:
    """优秀 10 合格 2 弃权 1."""
    return " ".join(f"{word} {n}" for word, n in zip(MARKS, count, strict=True) if n) or "没有票"


def opinions(review: Review, branch: Branch, said: Sequence[str], number: int) -> Message:
    """What ballots said of a branch in words, shuffled."""
    page = part(said, number, OPINIONS, OPINIONS)
    first = OPINIONS * (0 if page.newer is None else page.newer + 1)

    def to(at: int) -> BallotOpinions:
        return BallotOpinions(review.id, branch.id, at)

    return Message(
        title=f"{branch.name} · 意见",
        lines=(
            "顺序是打乱的，与选票无关。",
            *((f"{n}", text) for n, text in enumerate(page.shown, start=first + 1)),
        ),
        rows=(*turning(page, to), back(BranchReview(review.id, branch.id), main=True)),
        here=to(0 if page.newer is None else page.newer + 1),
    )
