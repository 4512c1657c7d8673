"""The screens of what is entered by hand beside ballots: paper ballots, weights, experts' opinions."""

from collections.abc import Sequence

from bot.actions import (
    AskDropExpert,
    AskDropPaper,
    DropExpert,
    DropPaper,
    Experts,
    PaperBallots,
    PaperOfBranch,
    PaperOfGroup,
    ReviewCard,
    ReviewWeights,
    TypedExpert,
    TypedPaperBallots,
    TypedPaperCounts,
    TypedWeights,
    YearTable,
)
from bot.message import Button, Line, Message, Row
from bot.screens import wording
from bot.screens.layout import back, column, grid
from bot.screens.reviewed import count_said, weights_said
from bot.values import Branch, ExpertOpinion, Review
from scoring.review import LEAST, Box, Electorate


def paper_ballots(review: Review, boxes: Sequence[Box]) -> Message:
    """Of which groups there are paper ballots."""
    entered = {box.groups[0]: box for box in boxes}

    def label(group: Electorate) -> str:
        box = entered.get(group)
        return f"{group.word} {f'{box.ballots} 张' if box else '没有'}"

    return Message(
        title="录纸质票",
        lines=(
            "现场用纸质票的，由人工计票，在这里录合计。录入的注明「纸质票」。",
            f"同一人只能投一次：领了码的不要再发纸质票。一组满 {LEAST} 张才能录，不够的不计。",
        ),
        rows=(
            *column(Button(label(group), PaperOfGroup(review.id, group)) for group in Electorate),
            back(ReviewCard(review.id), "评议结果", main=True),
        ),
        here=PaperBallots(review.id),
    )


def paper_of_group(review: Review, group: Electorate, box: Box | None, branches: Sequence[Branch]) -> Message:
    """How many paper ballots of a group there are, and which branches are entered."""
    rows: list[Row] = []
    lines: list[Line] = [("有效的纸质票", f"{box.ballots} 张" if box else "还没有录")]
    if box:
        left = [branch for branch in branches if branch.id not in box.tally]
        lines.append("都录完了，已计入。" if not left else f"还有 {len(left)} 个支部没有录，录完才计入。")
        first = left[0].id if left else 0
        rows += grid(
            [
                Button(
                    wording.short(branch.name.removesuffix("党支部"), 10) + " ✓" * (branch.id in box.tally),
                    PaperOfBranch(review.id, group, branch.id),
                    main=branch.id == first,
                )
                for branch in branches
            ],
            2,
        )
        rows.append((Button("没有纸质票，删去", AskDropPaper(review.id, group), short="删去"),))
    lines.append("请输入张数，例如：共12票。")
    return Message(
        title=f"纸质票 · {group.word}",
        lines=tuple(lines),
        rows=(*rows, back(PaperBallots(review.id), main=not rows)),
        here=PaperOfGroup(review.id, group),
        hears=lambda text: TypedPaperBallots(review.id, group, text),
        hint="例如：共12票",
    )


def ask_drop_paper(review: Review, box: Box) -> Message:
    """What was counted is not kept."""
    group, counted = box.groups[0], f"和 {len(box.tally)} 个支部的票数" if box.tally else ""
    return Message(
        title=f"删去{group.word}的纸质票？",
        lines=(f"已经录的 {box.ballots} 张{counted}都会删去，不再计入。",),
        rows=(
            (
                Button("确认删去", DropPaper(review.id, group)),
                Button("不删", PaperOfGroup(review.id, group), main=True),
            ),
        ),
        here=AskDropPaper(review.id, group),
    )


def paper_of_branch(review: Review, box: Box, branch: Branch) -> Message:
    """What the paper ballots of a group gave a branch, and how that is typed."""
    group, table = box.groups[0], review.table
    counts = box.tally.get(branch.id)
    lines: list[Line] = [("纸质票", f"{box.ballots} 张")]
    if counts:
        lines += [
            (category.name, count_said(count))
            for category, count in zip(table.categories, counts, strict=True)
        ]
    such = f"{box.ballots - 1}/1/0 " * 2
    lines.append(
        f"请按类别的顺序输入优秀/合格/不合格的票数，共 {len(table.categories)} 组，例如：{such}…其余算弃权。"
    )
    if not counts:
        lines.append("顺序：" + "、".join(category.name for category in table.categories))
    return Message(
        title=f"{branch.name} · {group.word}纸质票",
        lines=tuple(lines),
        rows=(back(PaperOfGroup(review.id, group), "返回本组", main=bool(counts)),),
        here=PaperOfBranch(review.id, group, branch.id),
        hears=lambda text: TypedPaperCounts(review.id, group, branch.id, text),
        hint=f"例如：{such}…",
    )


def weights(review: Review) -> Message:
    """How much each group counts."""
    return Message(
        title="评议的权重",
        lines=(
            ("现在", weights_said(review)),
            "制度没有规定评议占多少。请输入各组的百分比，例如：专家5 党员10 群众5；没有写的组不变，剩下的是总支评价。",
            "评议只供参考的，输入：不计。未计入的组，它的权重归总支评价。",
        ),
        rows=(
            (Button("学年总表", YearTable(review.committee_id, review.year), main=True),),
            back(ReviewCard(review.id), "评议结果"),
        ),
        here=ReviewWeights(review.id),
        hears=lambda text: TypedWeights(review.id, text),
        hint="例如：专家5 党员10 群众5",
    )


def experts(review: Review, branches: Sequence[Branch], said: Sequence[ExpertOpinion]) -> Message:
    """What experts said over their names, and of which branch one can be added."""
    names = {branch.id: branch.name for branch in branches}
    lines: list[Line] = [
        (f"{n}. {one.name}", f"{names.get(one.branch_id, '')}：{one.text}")
        for n, one in enumerate(said, start=1)
    ]
    return Message(
        title="专家意见",
        lines=(*(lines or ["还没有专家署名的意见。"]), "请点支部，写上专家姓名和意见。"),
        rows=(
            *grid(
                [
                    Button(
                        wording.short(branch.name.removesuffix("党支部"), 12), Experts(review.id, branch.id)
                    )
                    for branch in branches
                ],
                2,
            ),
            *grid(
                [
                    Button(f"删去 {n}", AskDropExpert(review.id, one.id))
                    for n, one in enumerate(said, start=1)
                ],
                3,
            ),
            back(ReviewCard(review.id), "评议结果", main=True),
        ),
        here=Experts(review.id, 0),
    )


def ask_drop_expert(review: Review, branch: Branch, said: ExpertOpinion) -> Message:
    """What was written down is not kept."""
    return Message(
        title="删去这条专家意见？",
        lines=((f"{said.name} · {branch.name}", said.text),),
        rows=(
            (
                Button("确认删去", DropExpert(review.id, said.id)),
                Button("不删", Experts(review.id, 0), main=True),
            ),
        ),
        here=AskDropExpert(review.id, said.id),
    )


def expert_of(review: Review, branch: Branch, said: Sequence[ExpertOpinion]) -> Message:
    """Of a branch an expert's opinion is typed."""
    return Message(
        title=f"专家意见 · {branch.name}",
        lines=(
            *((one.name, one.text) for one in said),
            "请输入姓名和意见，例如：王建国：党日活动有特色，台账要及时。",
        ),
        rows=(back(Experts(review.id, 0), "专家意见", main=True),),
        here=Experts(review.id, branch.id),
        hears=lambda text: TypedExpert(review.id, branch.id, text),
        hint="例如：王建国：党日活动有特色",
    )
