"""The screens of 年度评议: the end of a school year, and a round until it is closed (then: reviewed.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.actions import (
    AskCloseReview,
    AskVoidReview,
    AwardCard,
    BallotCodes,
    BallotSlide,
    CheckList,
    CloseReview,
    Exchange,
    OpenReview,
    PrepareReview,
    ReviewCard,
    SetOwnBranch,
    Standings,
    TypedCounts,
    VoidReview,
    YearEnd,
    YearTable,
    fingerprint,
)
from bot.message import Attachment, Button, Line, Message, Row
from bot.screens.layout import back, grid, home_row
from bot.values import Award, Review, Term
from jobs.duties.calendar import year_name
from scoring.review import LEAST, Electorate

COUNTS_HINT = "例如：专家3 支委12 党员40 群众20 民主党派2"


# --- the end of a school year -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class YearView:
    """How far the end of a school year is: its terms, the round that counts, those that do not, the award.

    `manages`: whoever looks opens and closes rounds. `last`: the award of the year before. `others`: years to look at.
    """

    committee: int
    year: int
    terms: Sequence[Term]
    review: Review | None
    used: Mapping[Electorate, int]
    voided: int
    award: Award | None
    last: Award | None
    manages: bool
    others: Sequence[int]


def year_end(view: YearView) -> Message:
    """What is done and what comes next: 自评 → 总支评价 → 评议 → 评选."""
    lines: list[Line] = [
        (f"{number}. 评价", f"{term.name}：{'已公布' if term.published else '还没有公布'}")
        for number, term in enumerate(view.terms, start=1)
    ]
    after = len(view.terms) + 1
    lines.append((f"{after}. 年度评议", _review_state(view)))
    lines.append((f"{after + 1}. 优秀党支部", _award_state(view.award)))
    if view.voided:
        lines.append(f"作废的评议：{view.voided} 次，不计结果。")
    if view.last is not None and view.last.note and view.last.noted_at is None:
        lines.append(("今年经费", f"上学年优秀党支部是{view.last.branch.name}：{view.last.note}"))
    rows: list[Row] = []
    if button := _next(view):
        rows.append((button,))
    if view.award is not None and view.review is not None and view.review.state == "closed":
        rows.append((Button("看评议结果", ReviewCard(view.review.id)),))
    if view.terms:
        rows.append(
            (
                Button("交流汇报", Exchange(view.committee, view.year)),
                Button("学年总表", YearTable(view.committee, view.year)),
                Button("看排名", Standings(view.terms[-1].id)),
            )
        )
    rows += grid([Button(f"看 {year_name(year)}", YearEnd(view.committee, year)) for year in view.others], 2)
    return Message(
        title=f"年度评议与评选 · {year_name(view.year)}",
        lines=tuple(lines),
        rows=(*rows, home_row(main=not rows)),
        here=YearEnd(view.committee, view.year),
    )


def _review_state(view: YearView) -> str:
    if view.review is None:
        return "还没有开始"
    voters = sum(view.review.voters.values())
    return {
        "draft": "正在准备，还没有打开",
        "open": f"进行中{_so_far(view.review, view.used)}",
        "closed": f"已结束，收回 {sum(view.review.returned.values())}/{voters} 张",
    }[view.review.state]


def _award_state(award: Award | None) -> str:
    if award is None:
        return "还没有评选"
    return award.branch.name if award.decided_at else f"准备评{award.branch.name}，还没有确认"


def _next(view: YearView) -> Button | None:
    """What is to be done next, by whoever looks."""
    closed = view.review is not None and view.review.state == "closed"
    if view.award is not None and (closed or view.award.decided_at is not None):
        return Button(
            "看优秀党支部" if view.award.decided_at else "继续评选", AwardCard(view.award.id), main=True
        )
    if view.review is not None and view.review.state == "closed":
        return Button("看评议结果", ReviewCard(view.review.id), main=True)
    if view.review is not None:
        return Button("看评议", ReviewCard(view.review.id), main=True)
    waits = next((term for term in view.terms if not term.published), None)
    if waits is not None and view.manages:
        return Button(f"去公布 {waits.name}", CheckList(waits.id), main=True, short="去公布")
    if view.terms and view.manages:
        return Button("准备年度评议", PrepareReview(view.committee, view.year), main=True)
    return None


# --- a round ------------------------------------------------------------------------------------------------------


def way_back(review: Review, *, main: bool = False) -> Row:
    return back(YearEnd(review.committee_id, review.year), main=main)


def groups_said(counts: Mapping[Electorate, int]) -> str:
    """党建专家 3、党员 40."""
    return "、".join(f"{group.word} {count}" for group, count in counts.items() if count)


def draft(review: Review) -> Message:
    """Who gets a ballot, before it is opened; `review.voters` may be empty."""
    voters = sum(review.voters.values())
    lines: list[Line] = [
        ("参评人数", f"{groups_said(review.voters)}，共 {voters} 人" if voters else "还没有填"),
        ("自己的支部", "可以评" if review.own else "请选弃权（系统不知道谁是哪个支部的，只在选票上提醒）"),
        "请输入各组人数，" + COUNTS_HINT + "。没有写的组不投票。",
        *_small(review),
        "每人一个码，打印剪开后抽签领取。打开以后不能再加人，也不能改。",
        "评议期间不要恢复备份：一旦恢复，这次评议作废，要用新的码重来。",
    ]
    label = f"打开评议，生成 {voters} 个码" if voters else "都用纸质票，打开评议"
    opens = OpenReview(review.id, opened_as(review))
    return Message(
        title=f"准备年度评议 · {year_name(review.year)}",
        lines=tuple(lines),
        rows=(
            (Button(label, opens, main=bool(voters), short="打开评议"),),
            (
                Button(
                    "自己的支部不评" if review.own else "自己的支部也评",
                    SetOwnBranch(review.id, int(not review.own)),
                ),
                Button("不评了", AskVoidReview(review.id)),
            ),
            way_back(review, main=not voters),
        ),
        here=ReviewCard(review.id),
        hears=lambda text: TypedCounts(review.id, text),
        hint=COUNTS_HINT,
    )


def _small(review: Review) -> list[Line]:
    """Which groups are too small to be shown by themselves, and whether they count at all."""
    small = {group: count for group, count in review.voters.items() if 0 < count < LEAST}
    if not small:
        return []
    voters, named = sum(small.values()), "、".join(group.word for group in small)
    if voters < LEAST:
        return [
            f"{named}共 {voters} 人，收回的票不满 {LEAST} 张，一般不计入结果；"
            f"别的组收回也不满 {LEAST} 张时，合在一起公布。专家的意见可以署名录入。"
        ]
    return [f"{named}各不满 {LEAST} 人，收回的票合在一起，按其他代表公布。"]


def opened_as(review: Review) -> int:
    """What somebody saw who opens a round."""
    return fingerprint(f"{sorted(review.voters.items())} {review.own}")


def _so_far(review: Review, used: Mapping[Electorate, int]) -> str:
    """，已投 12/20: of those groups alone of which it may be told while they vote."""
    told = [group for group, count in review.voters.items() if count >= LEAST]
    voters = sum(review.voters[group] for group in told)
    return f"，已投 {sum(used.get(group, 0) for group in told)}/{voters}" if voters else ""


def progress(review: Review, used: Mapping[Electorate, int]) -> list[Line]:
    """群众 12/20; of groups of which nobody is to be known, together and only where they are enough."""
    lines: list[Line] = [
        (group.word, f"已投 {used.get(group, 0)}/{count}")
        for group, count in review.voters.items()
        if count >= LEAST
    ]
    small = [group for group, count in review.voters.items() if 0 < count < LEAST]
    voters = sum(review.voters[group] for group in small)
    if voters >= LEAST:
        lines.append(("其他代表", f"已投 {sum(used.get(group, 0) for group in small)}/{voters}"))
    elif voters:
        lines.append(("其他代表", f"共 {voters} 人，人数少，投票期间不显示进度"))
    return lines


def under_way(review: Review, used: Mapping[Electorate, int], page: str, manages: bool) -> Message:
    """How many have voted; `page`: where they vote."""
    lines = progress(review, used)
    if not lines:
        lines.append("都用纸质票：结束以后录入。")
    elif page:
        lines.append(f"投票页面：{page}")
    lines.append("系统不提醒投票的人，也不知道谁投了。")
    lines += _office(review)
    rows: list[Row] = []
    if manages:
        lines.append("登记到会和发票的人数，请输入，例如：实到 党员38 群众18；发出 党员38 群众18。")
        if review.voters:
            rows.append(
                (Button("打印码单", BallotCodes(review.id)), Button("投影二维码", BallotSlide(review.id)))
            )
        rows.append(
            (
                Button("结束评议", AskCloseReview(review.id), main=True),
                Button("作废重来", AskVoidReview(review.id)),
            )
        )
    return Message(
        title=f"年度评议 · {year_name(review.year)}",
        lines=tuple(lines),
        rows=(*rows, way_back(review, main=not manages)),
        here=ReviewCard(review.id),
        hears=(lambda text: TypedCounts(review.id, text)) if manages else None,
        hint="例如：实到 党员38 群众18" if manages else "",
    )


def _office(review: Review) -> list[Line]:
    said = (("实到", review.present), ("发出", review.issued))
    return [(word, groups_said(counts)) for word, counts in said if counts]


def code_sheet(review: Review, count: int, file: Attachment) -> Message:
    """The codes as a file to print."""
    return Message(
        title="评议码单",
        lines=(
            f"共 {count} 个码，每页 8 张。打印后沿虚线剪开，按组分开，请各人自己抽一张。",
            "不要登记谁抽了哪一张，也不要把码发到群里：码就是选票。",
            "不用的码请当场销毁。",
        ),
        rows=(back(ReviewCard(review.id), "看进度", main=True),),
        here=BallotCodes(review.id),
        attachment=file,
    )


def slide(review: Review, page: str, picture: Attachment) -> Message:
    """The way to the page where people vote, to be projected; it gives nobody a code."""
    return Message(
        title="投影二维码",
        lines=("扫码打开投票页面，再输入抽到的码。二维码里没有码，可以投影。", ("投票页面", page)),
        rows=(back(ReviewCard(review.id), "看进度", main=True),),
        here=BallotSlide(review.id),
        attachment=picture,
    )


def ask_close(review: Review, used: Mapping[Electorate, int]) -> Message:
    """Nobody can vote afterwards."""
    voters = sum(review.voters.values())
    return Message(
        title="结束年度评议？",
        lines=(
            *(progress(review, used) if voters else ["没有网页投票。"]),
            "结束后没投的码全部作废，不能再打开，也不能补投；要补只能作废重来，用新的码。",
            "结束时，全部选票按随机编号重新写一遍，码全部删除。",
        ),
        rows=(
            (
                Button("确认结束", CloseReview(review.id)),
                Button("先不结束", ReviewCard(review.id), main=True),
            ),
        ),
        here=AskCloseReview(review.id),
    )


def ask_void(review: Review) -> Message:
    """It counts for nothing afterwards."""
    what = "已经投的票和码全部删除，不能恢复。" if review.opened_at else "填好的人数不再保留。"
    return Message(
        title="作废这次评议？",
        lines=(what, "作废后可以重新准备，码是新的。"),
        rows=(
            (Button("确认作废", VoidReview(review.id)), Button("不作废", ReviewCard(review.id), main=True)),
        ),
        here=AskVoidReview(review.id),
    )


def void(review: Review) -> Message:
    """A round that counts for nothing."""
    return Message(
        title="评议已作废",
        lines=("这次评议不计结果，码和选票都已删除。评议期间恢复过备份的，也会作废。",),
        rows=(way_back(review, main=True),),
        here=ReviewCard(review.id),
    )
