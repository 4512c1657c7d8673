"""公布: the check list and its confirmation, what branches hear, 公示, 异议 and 更正."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.actions import (
    AmendItems,
    AskObjection,
    AskOpenness,
    AskPost,
    Card,
    Chase,
    CheckList,
    InviteMenu,
    NoticeFile,
    Objections,
    OpenSheet,
    Outcome,
    PublicNotice,
    Publish,
    Rectify,
    Register,
    Result,
    SetOpenness,
    ShowObjection,
    Standings,
    StandingsChart,
)
from bot.message import CHOSEN, Button, Cells, Line, Message, Row, ToCopy
from bot.permissions import Openness, Rater
from bot.screens import amending, wording
from bot.screens.layout import back, column, home_row
from bot.values import After, Branch, NoticeText, Objection, Term
from jobs.duties.calendar import full_day
from scoring import stars
from scoring.rectification import reasons
from scoring.rubric import Edition
from scoring.sheet import Sheet
from scoring.standings import Standing
from scoring.stars import StarResult

LISTED, OFFERED = 60, 8  # branches in the lines of one screen, and with a button of their own
NAMED = 8  # branches named in one line
OPEN_DAYS = 5  # working days of 公示


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A branch before publication: its 总支评价 once that is submitted, and how far it is till then; whether its 自评
    is submitted or was returned and is not back, whether anybody is there to hear of it, and whether whoever looks sits
    in it. `sheet` is the number of the 总支评价, `against` are the items of it that the reported numbers contradict."""

    branch: Branch
    worth: StarResult | None
    filled: int
    self_submitted: bool
    returned: bool
    heard: bool
    mine: bool
    sheet: int = 0
    against: tuple[int, ...] = ()


def check_list(
    term: Term, checked: Sequence[Checked], openness: Openness, revision: int, today: date
) -> Message:
    """What is missing before a term can be published or, where nothing is, what would be, to be confirmed."""
    missing = [one for one in checked if one.worth is None]
    lines: list[Line] = []
    rows: list[Row] = []
    if missing or not checked:
        lines.append(("总支评价", f"已提交 {len(checked) - len(missing)}/{len(checked)}，都提交了才能公布。"))
        every = len(term.table.items)
        lines += [(_brief(one.branch), _lacks(one, every)) for one in missing[:OFFERED]]
        lines += _more(missing, OFFERED)
        rows += column(
            Button(
                f"评价 {one.branch.name}", OpenSheet(one.branch.id, term.id, int(Rater.COMMITTEE)), main=not n
            )
            for n, one in enumerate(one for one in missing[:OFFERED] if not one.mine)
        )
    else:
        lines.append(("总支评价", f"{len(checked)} 个支部都已提交。"))
        lines += [(_brief(one.branch), wording.worth(one.worth)) for one in checked[:LISTED] if one.worth]
        lines += _more(checked, LISTED)
        lines.append("公布后评价不能再改，确实有误的只能更正；各支部马上收到本支部的结果。")
    if without := [_brief(one.branch) for one in checked if not (one.self_submitted or one.returned)]:
        late = (
            "不影响公布。"
            if today > term.closes
            else f"{wording.day(term.closes)}才截止，公布后就不能再提交了。"
        )
        lines.append(("自评", f"{len(without)} 个支部没有提交：{_names(without)}。{late}"))
        rows.append((Button("催办", Chase(term.committee_id)),))
    if back_to := [_brief(one.branch) for one in checked if one.returned]:
        lines.append(("退回", f"{_names(back_to)}的自评退回后还没有重新提交；公布后就不能再提交了。"))
    if deaf := [one.branch for one in checked if not one.heard]:
        lines.append(("没有人", f"{_names([_brief(b) for b in deaf])}还没有人加入，收不到结果。"))
        rows += column(
            Button(f"邀请 {branch.name}", InviteMenu(term.committee_id, branch.id))
            for branch in deaf[:OFFERED]
        )
    if against := [one for one in checked if one.against]:
        lines.append("下面的评分与台账不一致，不影响公布，请看一看是不是有意这样评：")
        lines += [
            (_brief(one.branch), f"第 {'、'.join(map(str, one.against))} 项") for one in against[:OFFERED]
        ]
        lines += _more(against, OFFERED)
        rows += column(
            Button(f"看 {_brief(one.branch)} 第 {one.against[0]} 项", Card(one.sheet, one.against[0]))
            for one in against[:OFFERED]
        )
    if not missing and checked:
        rows.insert(0, (Button("确认公布", Publish(term.id, revision), main=True),))
    lines.append(("各支部可以", openness.word))
    rows.append((Button("各支部可以看什么", AskOpenness(term.committee_id), short="公开什么"),))
    rows.append(back(Standings(term.id), "看排名"))
    return Message(title=f"公布 · {term.name}", lines=tuple(lines), rows=tuple(rows), here=CheckList(term.id))


def _lacks(one: Checked, every: int) -> str:
    """What is missing of a 总支评价."""
    if one.filled == every:
        return "评完了，还没有提交。"
    aside = "由其他总支委员评价。" if one.mine else "还没有提交。"
    return f"已评 {one.filled}/{every}，{aside}"


def _more(every: Sequence[object], most: int) -> list[Line]:
    return [f"还有 {len(every) - most} 个支部没有列出。"] if len(every) > most else []


def _brief(branch: Branch) -> str:
    """A branch's name as it fits on one line with its total."""
    return branch.name.removesuffix("党支部")


def _names(names: Sequence[str]) -> str:
    return "、".join(names[:NAMED]) + (f"等 {len(names)} 个支部" if len(names) > NAMED else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedView:
    """A term that was published: when, the last day of its 公示, what was objected, and what branches may see.

    `posts`: whether it can be sent into a group chat.
    """

    term: Term
    at: datetime
    until: date
    objections: Sequence[Objection]
    openness: Openness
    now: datetime
    posts: bool


def published(view: PublishedView) -> Message:
    """What there is to do after publication."""
    term, open_ = view.term, [one for one in view.objections if one.answered_at is None]
    said = f"{len(view.objections)} 条，{len(open_)} 条没有答复。" if view.objections else "没有。"
    rows = [
        (
            Button("公示", PublicNotice(term.id), main=not open_),
            Button("异议", Objections(term.id), main=bool(open_)),
        ),
        (
            Button("整改台账", Register(term.id, 0)),
            Button("各支部可以看什么", AskOpenness(term.committee_id), short="公开什么"),
        ),
        *column([Button("发到群里", AskPost(term.id))] * view.posts),
        back(Standings(term.id), "看排名"),
    ]
    return Message(
        title=f"公布 · {term.name}",
        lines=(
            ("公布", wording.moment(view.at, view.now)),
            ("公示期", _period(view.until, view.now.date())),
            ("异议", said),
            ("各支部可以", view.openness.word),
        ),
        rows=tuple(rows),
        here=CheckList(term.id),
    )


def _period(until: date, today: date) -> str:
    return f"到 {wording.day(until)}为止{'，已经结束' if today > until else ''}。"


def openness(committee_id: int, chosen: Openness, term: Term) -> Message:
    """What branches may see of one another, to be chosen."""
    rows = column(
        Button(f"{CHOSEN if one is chosen else ''}{one.word}", SetOpenness(committee_id, int(one)))
        for one in Openness
    )
    return Message(
        title="各支部可以看什么",
        lines=(
            "结果公布后，支部书记和支委除了本支部的结果，还可以看到什么？选了马上生效，已公布的学期也一样。",
            "公示里写不写总分和名次，也按这里的选择。",
        ),
        rows=(*rows, back(CheckList(term.id), "公布")),
        here=AskOpenness(committee_id),
    )


# --- what branches see --------------------------------------------------------------------------------------------


def follows(worth: StarResult, edition: Edition) -> str:
    """What a result asks of its branch; empty where it asks nothing."""
    if worth.stars == edition.lowest and edition.stars:
        return f"{wording.star(edition.lowest)}支部要制定整改措施并落实。"
    if worth.weak:
        return f"{'、'.join(worth.weak)}较薄弱，党总支会给予指导，支部要制定整改措施。"
    return ""


def outcome(term: Term, own: Sequence[tuple[Branch, Sheet]], until: date, may_object: bool) -> Message:
    """What came out for one's branches, and what follows from it."""
    lines: list[Line] = []
    for branch, sheet in own:
        worth = stars.result(sheet)
        lines.append((_brief(branch), wording.worth(worth)))
        if owed := follows(worth, sheet.edition):
            lines.append(("接下来", owed))
    if may_object:
        lines.append(f"有异议的，到 {wording.day(until)}为止，支部书记可以在结果里点「提出异议」。")
    several = len(own) > 1
    plans = column(
        Button(
            f"写整改措施 {branch.name}" if several else "写整改措施", Rectify(branch.id, term.id), main=True
        )
        for branch, sheet in own
        if reasons(sheet)
    )
    rows = column(
        Button(
            f"看结果 {branch.name}" if several else "看结果",
            Result(branch.id, term.id),
            main=not n and not plans,
        )
        for n, (branch, _) in enumerate(own)
    )
    return Message(
        title=f"结果公布 · {term.name}",
        lines=tuple(lines) or ("本支部没有总支评价。",),
        rows=(*plans, *rows, home_row()),
        here=Outcome(term.id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedView:
    """All branches of a published term as far as branches may see them: by total, or in the committee's order.

    `mine`: the branches in which whoever looks has a seat.
    """

    term: Term
    ranked: Sequence[Standing]
    openness: Openness
    mine: frozenset[int]

    @property
    def totals(self) -> bool:
        """Whether totals and places are opened."""
        return self.openness is Openness.TOTALS

    @property
    def columns(self) -> tuple[str, ...]:
        """What is told of each branch."""
        return ("名次", "支部", "总分", "星级") if self.totals else ("支部", "星级")

    def named(self, row: Standing) -> str:
        """A branch's name; one's own is marked."""
        name = row.name.removesuffix("党支部")
        return f"{name}（本支部）" if row.key in self.mine else name


def table(view: OpenedView) -> Message:
    """排名, or the stars alone, as people of a branch see them."""
    lines: list[Line] = []
    for row in view.ranked[:LISTED]:
        if row.result is None or row.result.stars is None:
            said = "没有总支评价"
        elif view.totals and row.place:
            said = f"{wording.place(row.place)}，{wording.worth(row.result)}"
        else:
            said = wording.stars(row.result.stars)
        lines.append((view.named(row), Cells(said, *_cells(view, row))))
    lines += _more(view.ranked, LISTED)
    term = view.term
    own = [Button(f"看{row.name}", Result(row.key, term.id)) for row in view.ranked if row.key in view.mine]
    chart = [Button("看图", StandingsChart(term.id, 0, 0))] if view.totals else []
    return Message(
        title=f"{'排名' if view.totals else '各支部星级'} · {term.name}",
        lines=tuple(lines),
        rows=(*column([*own[:OFFERED], *chart]), home_row()),
        here=Standings(term.id),
        columns=view.columns if view.ranked else (),
    )


def _cells(view: OpenedView, row: Standing) -> tuple[str, ...]:
    """A branch as a row of the table."""
    if row.result is None or row.result.stars is None:
        place, total, star = "", "", "没有总支评价"
    else:
        place, total, star = (
            wording.rank(row.place),
            wording.total(row.result),
            wording.star(row.result.stars),
        )
    name = view.named(row)
    return (place, name, total, star) if view.totals else (name, star)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside a published result for whoever looks: `until` is the last day of 公示."""

    after: After
    branch: Branch
    term: Term
    until: date
    now: datetime
    may_object: bool
    may_amend: bool
    of_branch: bool


def beside_lines(view: Beside) -> list[Line]:
    """Until when one may object, and what was amended."""
    lines: list[Line] = [*amending.amended_lines(view.after.amended, view.now)]
    if view.of_branch and view.now.date() <= view.until:
        lines.append(("公示期", f"到 {wording.day(view.until)}为止，有异议可以由支部书记提出。"))
    return lines


def beside_rows(view: Beside) -> list[Row]:
    """The ways to object, to amend, and to see the others, as far as they are open."""
    after, row = view.after, []
    if after.objection and view.of_branch:
        row.append(Button("我的异议", ShowObjection(after.objection)))
    if view.may_object and view.now.date() <= view.until:
        row.append(Button("提出异议", AskObjection(view.branch.id, view.term.id)))
    if view.may_amend and after.sheet:
        row.append(Button("更正", AmendItems(after.sheet)))
    if view.of_branch and after.openness:
        row.append(Button("看各支部", Standings(view.term.id)))
    return [tuple(row)] if row else []


# --- 公示 ---------------------------------------------------------------------------------------------------------


def public_notice(
    term: Term, committee: str, ranked: Sequence[Standing], openness: Openness, days: tuple[date, date]
) -> Message:
    """The text that announces a term's results, to be copied; `days` are that of publication and the last of 公示."""
    text = notice_text(term, committee, ranked, openness, days)
    named, signed = "\n".join(text.branches), "\n".join(text.signed)
    whole = "\n\n".join((text.title, text.opens, named, text.closes, signed))
    return Message(
        title=f"公示 · {term.name}",
        lines=(("公示", ToCopy(whole)), "复制后，再贴到需要的地方。"),
        rows=(
            (Button("Word 文件", NoticeFile(term.id), short="Word"),),
            back(CheckList(term.id), "公示和公开", main=True),
        ),
        here=PublicNotice(term.id),
    )


def notice_text(
    term: Term, committee: str, ranked: Sequence[Standing], openness: Openness, days: tuple[date, date]
) -> NoticeText:
    """公示, part by part. The branches stand in the committee's own order."""
    on, until = days
    return NoticeText(
        f"关于{term.name}党支部星级评定结果的公示",
        f"根据《{term.table.name}》，经各支部自评、党总支评价，现将{term.name}各党支部星级评定结果公示如下：",
        tuple(f"{n}. {_noted(row, openness)}" for n, row in enumerate(ranked, start=1)),
        f"公示期为{full_day(on)}公布后的 {OPEN_DAYS} 个工作日，至{full_day(until)}止。"
        "公示期内如有异议，请以书面形式，由支部书记提交党总支。",
        (committee, full_day(on)),
    )


def _noted(row: Standing, openness: Openness) -> str:
    if row.result is None or row.result.stars is None:
        return f"{row.name}：没有总支评价"
    if openness is Openness.TOTALS and row.place:
        return f"{row.name}：{wording.star(row.result.stars)}，{wording.total(row.result)}，{wording.place(row.place)}"
    return f"{row.name}：{wording.star(row.result.stars)}"
