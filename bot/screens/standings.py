"""排名 and 结果: the table of branches, one branch's result, the way to the next star, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from bot.actions import (
    BranchExchange,
    BranchPaper,
    Card,
    CheckList,
    Exchange,
    HandoverPack,
    Objections,
    OpenSheet,
    OverTerms,
    Profile,
    RadarChart,
    Rectify,
    Register,
    Result,
    Standings,
    StandingsBy,
    StandingsChart,
    StandingsWays,
    TermFiles,
    Trial,
    WayUp,
    WhyTotal,
    YearEnd,
)
from bot.message import CHOSEN, Button, Cells, Line, Message, Row
from bot.permissions import Rater
from bot.screens import amending, publishing, wording
from bot.screens.layout import back, grid, home_row
from bot.screens.scoring import category_lines
from bot.values import Branch, Term
from scoring import stars
from scoring.numerals import percent, plain
from scoring.rubric import Category, Edition, Grade
from scoring.sheet import Mark, Sheet
from scoring.standings import Standing, Trend

MANY_OPEN, SHOWN_WAYS = 6, 8  # open items from which the way up is only a guess; items of it that are listed
SHOWN = 60  # branches in one table; beyond that a name is typed
ON_BUTTONS = "自评还没有提交的，按钮上是已评的项数。"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """排名 as it is `seen`: the rows that are listed, and how official results changed from the term before.

    `category`: by whose points the rows are ordered, None for the total. `campus`: whose alone they are, empty for all.
    `publishes`: whether whoever looks publishes the term.
    """

    term: Term
    ranked: Sequence[Standing]
    changes: Mapping[int, Decimal]
    terms: Sequence[Term]
    seen: StandingsBy
    category: Category | None
    campus: str
    publishes: bool


def table(view: TableView) -> Message:
    """The term's table: places, then what is 预计, in lines; a button for each branch, with its progress till then."""
    term, seen, shown = view.term, view.seen, view.ranked[:SHOWN]
    told = [(row, row.result) for row in shown if row.result]
    rated = [_line(view, row, worth) for row, worth in told if row.place]
    expected = [_line(view, row, worth) for row, worth in told if not row.place]
    lines: list[Line] = [("校区", view.campus)] if view.campus else []
    if view.category:
        lines.append(("按这一类排", f"{view.category.name}，满分 {wording.points(view.category.points)}"))
    lines += rated
    if expected:
        lines += ["下面的按已提交的自评预计，不排名次：", *expected]
    if len(told) < len(shown):
        lines.append(ON_BUTTONS)
    if not view.ranked:
        lines.append("还没有支部。管理员在「工作安排」的「支部」里新增后，就可以用了。")
    if len(view.ranked) > SHOWN:
        lines.append(f"共 {len(view.ranked)} 个支部，这里列出前 {SHOWN} 个；其余请输入支部名称。")
    if rated:
        lines.append(f"名次按总支评价{'这一类的得分' if view.category else ''}排，分数相同的并列。")
    if any(row.key in view.changes for row in shown):
        lines.append("升、降：与上学期的总支评价相比。")
    rows = grid([Button(_label(row), _about(row, term)) for row in shown], 2)
    if view.ranked:
        chart = (Button("看图", StandingsChart(term.id, seen.category, seen.campus)),) if told else ()
        rows.append(
            (Button("按类别或校区看", StandingsWays(term.id, seen.category, seen.campus), short="怎么看"),)
        )
        rows.append((*chart, Button("试算", Trial(term.id, 0, 0, 0, 0))))
    if term.published:
        rows.append((Button("异议", Objections(term.id)), Button("整改台账", Register(term.id, 0))))
    if term.published or term.dates.half == 2:  # what comes at the end of a school year
        ways = Button("年度评议与评选", YearEnd(term.committee_id, term.year), short="年度评议")
        rows.append((Button("交流汇报", Exchange(term.committee_id, term.year)), ways))
    after = [Button("打包下载", TermFiles(term.id))] if view.ranked else []
    if view.publishes:
        after.append(
            Button(
                "公示和公开" if term.published else "公布",
                CheckList(term.id),
                short="公示公开" * term.published,
            )
        )
    rows += [tuple(after)] if after else []
    if elsewhere := tuple(Button(_short(t), seen_as(seen, t.id)) for t in view.terms if t.id != term.id)[:2]:
        rows.append(elsewhere)
    rows.append(home_row())
    return Message(
        title=f"排名 · {term.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=seen_as(seen, term.id),
        hint="可输入支部名称",
        columns=_columns(view) if told else (),
    )


def _columns(view: TableView) -> tuple[str, ...]:
    worth = ("得分", "得分率") if view.category else ("总分", "星级")
    return ("名次", "支部", *worth, *["变化"] * bool(view.changes))


def _line(view: TableView, row: Standing, worth: stars.StarResult) -> tuple[str, Cells]:
    """A branch whose total is told: in words, and as a row of the table."""
    change = view.changes.get(row.key)
    moved = "" if change is None else wording.change(change)
    said = f"{'' if row.place else '预计 '}{worth_of(view, row)}{'，' * bool(moved)}{moved}"
    if row.category and view.category:
        amounts = wording.points(row.points), _rate(view, row)
    else:
        amounts = wording.total(worth), wording.star(worth.stars) if worth.stars else ""
    cells = wording.rank(row.place), row.name.removesuffix("党支部"), *amounts, moved
    return placed(row), Cells(said, *cells[: len(_columns(view))])


def seen_as(seen: StandingsBy, term: int) -> Standings | StandingsBy:
    """The table of a term, seen the same way."""
    if seen.category or seen.campus:
        return StandingsBy(term, seen.category, seen.campus)
    return Standings(term)


def worth_of(view: TableView, row: Standing) -> str:
    """86.4 分 ★★★★; of a category 20.4 分 92.7 %; empty where nothing is told."""
    if row.category and view.category:
        return f"{wording.points(row.points)} {_rate(view, row)}"
    return total_of(row.result) if row.result else ""


def _rate(view: TableView, row: Standing) -> str:
    """92.7 %; what is weak is marked."""
    if not (row.category and view.category):
        return ""
    rate = percent(Fraction(row.points) / Fraction(view.category.points), view.term.table.weak_below)
    return f"{rate}{' ⚠ 薄弱' if row.category.weak else ''}"


def placed(row: Standing) -> str:
    """第 2 名 双龙校区; the name alone of what is 预计. Without 党支部 it fits on one line with its total."""
    name = row.name.removesuffix("党支部")
    return f"{wording.place(row.place)} {name}" if row.place else name


def ways(term: Term, campuses: Mapping[int, str], seen: StandingsWays) -> Message:
    """By which category, and of which campus, the table is to be seen; what it is seen by now is marked."""

    def button(label: str, category: int, campus: int, chosen: bool) -> Button:
        return Button(
            f"{CHOSEN if chosen else ''}{label}", seen_as(StandingsBy(term.id, category, campus), term.id)
        )

    rows: list[Row] = [(button("按总分", 0, seen.campus, seen.category == 0),)]
    rows += grid(
        [
            button(one.name, one.number, seen.campus, seen.category == one.number)
            for one in term.table.categories
        ],
        2,
    )
    lines: list[Line] = ["点一类，就按这一类的得分排。"]
    if len(campuses) > 1:
        lines.append("点一个校区，就只列这个校区的支部；名次仍是全部支部里的。")
        rows.append((button("全部校区", seen.category, 0, seen.campus == 0),))
        rows += grid(
            [
                button(name, seen.category, number, seen.campus == number)
                for number, name in list(campuses.items())[:SHOWN]
            ],
            2,
        )
    rows.append(back(seen_as(StandingsBy(term.id, seen.category, seen.campus), term.id), "看排名", main=True))
    return Message(title=f"排名怎么看 · {term.name}", lines=tuple(lines), rows=tuple(rows), here=seen)


def _label(row: Standing) -> str:
    """A branch's button: its name where a line says its total; else how far it is."""
    return row.name if row.result else f"{placed(row)} {row.filled}/{row.items}"


def _about(row: Standing, term: Term) -> Profile | Result:
    """What a branch's button opens: where its total is told, how it stands beside the others."""
    return Profile(row.key, term.id) if row.result else Result(row.key, term.id)


def total_of(worth: stars.StarResult) -> str:
    """86.4 分 ★★★★."""
    return f"{wording.total(worth)} {'★' * (worth.stars or 0)}"


def _short(term: Term) -> str:
    return f"看 {term.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """A branch's result in a term: the sheet that counts, the change from last term's, its row among the others.

    `sheet` is None where whoever looks may see none. `official`, `was_official`: whether the sheet that counts, this
    term and last, is the committee's. `standing` is None as long as the others are not to be known. `of_committee`:
    whether one of the committee looks. `may_open`: whose sheet is for the one who looks to fill. `beside`: what stands
    beside a published result.
    """

    branch: Branch
    term: Term
    sheet: Sheet | None
    official: bool
    trend: Trend | None
    was_official: bool
    standing: Standing | None
    of_committee: bool
    terms: Sequence[Term]
    may_open: Rater | None
    beside: publishing.Beside | None = None


def result(view: ResultView) -> Message:
    """A branch's result: stars, categories, weak areas, the change from last term; what counts says so."""
    branch, term, sheet = view.branch, view.term, view.sheet
    rows: list[Row] = []
    if view.may_open is not None:
        label = "打开评价表" if view.official else "评价这个支部"
        label = "打开自评表" if view.may_open is Rater.SELF else label
        short = label.removeprefix("打开").removesuffix("这个支部")
        rows.append((Button(label, OpenSheet(branch.id, term.id, int(view.may_open)), short=short),))
    lines: list[Line] = [("学期", term.name)]
    if sheet is None and view.standing is not None and view.standing.filled:
        lines.append(("自评", wording.marked(view.standing.filled, term.table)))
        lines.append("还没有提交；提交后，才能看到得分和星级。")
    elif sheet is None:
        lines.append("这个学期还没有填写。")
    else:
        worth = stars.result(sheet)
        lines += [
            ("星级" if view.official else "预计星级", wording.star_span(worth)),
            (
                "总分" if worth.total is not None else "总分区间",
                f"{wording.total(worth)}（{'总支评价' if view.official else '支部自评'}）",
            ),
        ]
        lines.append(("名次", _place(view)))
        if view.trend and view.trend.difference is not None:
            last = "总支评价" if view.was_official else "自评"
            lines.append((f"比上学期{last}", _change(view.trend.difference)))
        lines += category_lines(sheet.edition, worth)
        if owed := publishing.follows(worth, sheet.edition):
            lines.append(("接下来", owed))
        if view.official and view.beside:
            lines += publishing.beside_lines(view.beside)
        rows.append(
            (Button("差多少", WayUp(branch.id, term.id)), Button("为什么", WhyTotal(branch.id, term.id)))
        )
    paper = Button("打印测评表", BranchPaper(branch.id, term.id), short="打印")
    pack = Button("移交包", HandoverPack(branch.id))
    meeting = Button("交流汇报", BranchExchange(branch.id, term.year))
    if view.of_committee:
        rows.append((Button("支部情况", Profile(branch.id, term.id)), paper, pack))
    elif sheet is not None:
        chart = (Button("看图", RadarChart(branch.id, term.id)),) if not sheet.open else ()
        rows.append((Button("走势", OverTerms(branch.id)), *chart))
        rows.append((paper, pack, meeting))
    else:
        rows.append((paper, pack, meeting))
    if view.official and view.beside:
        rows.append((Button("整改", Rectify(branch.id, term.id)),))
        rows += publishing.beside_rows(view.beside)
    others = tuple(Button(_short(t), Result(branch.id, t.id)) for t in view.terms if t.id != term.id)[:2]
    if others:
        rows.append(others)
    rows.append(home_row())
    return Message(
        title=f"结果 · {branch.name}", lines=tuple(lines), rows=tuple(rows), here=Result(branch.id, term.id)
    )


def _place(view: ResultView) -> str:
    """The place or, while there is none, when there will be one."""
    if view.standing is not None and view.standing.place is not None:
        return wording.place_of(view.standing.place)
    if view.term.published:
        return "没有总支评价，不排名次"
    return f"总支评价{'提交' if view.of_committee else '公布'}后才有名次"


def _change(difference: Decimal) -> str:
    if not difference:
        return "持平"
    return f"{'提高' if difference > 0 else '下降'} {wording.points(abs(difference))}"


def way_up(branch: Branch, term: Term, sheet: Sheet, sheet_id: int | None) -> Message:
    """差多少: the distance to the next star and the cheapest items to lift; each is a button to its card."""
    way = stars.way_up(sheet)
    rows: list[Row] = []
    if way is None:
        lines: list[Line] = [_no_way_up(sheet)]
    else:
        lines = [
            ("目标", f"{wording.stars(way.target)}，还差 {wording.points(way.distance)}"),
            f"最省力的办法：把下面 {len(way.items)} 项提到优秀。",
        ]
        if len(sheet.open) > MANY_OPEN:
            lines.append(f"还有 {len(sheet.open)} 项未评，评完后再看更准。")
        for number, gain in way.items[:SHOWN_WAYS]:
            was, title = _worth(sheet.marks.get(number)), sheet.edition.item(number).title
            lines.append(f"第 {number} 项 {title}：{was}，可加 {wording.points(gain)}")
        if sheet_id is not None:
            buttons = [
                Button(f"第 {number} 项", Card(sheet_id, number)) for number, _ in way.items[:SHOWN_WAYS]
            ]
            rows += grid(buttons, 4)
        if not sheet.open:
            lines.append("只有实际做到了，才应该改评。")
    rows.append(back(Result(branch.id, term.id), "看结果", main=True))
    return Message(
        title=f"差多少 · {branch.name}", lines=tuple(lines), rows=tuple(rows), here=WayUp(branch.id, term.id)
    )


def _no_way_up(sheet: Sheet) -> str:
    above = stars.next_star(sheet)
    if above is None:
        return f"已经达到{wording.star(stars.stars_of(sheet.edition, sheet.least))}的分数，请保持。"
    return f"按这份评价表，各项都提到优秀也达不到{wording.star(above[0])}。"


def _worth(mark: Mark | None) -> str:
    return wording.points(mark.points) if mark else "未评"


def star_limits(edition: Edition) -> str:
    """From which total on a branch has how many stars."""
    if not edition.stars:
        return f"不设分数线，都是{wording.star(edition.lowest)}。"
    lines = "；".join(f"{plain(least)} 分以上{wording.star(count)}" for count, least in edition.stars)
    return f"{lines}；其余{wording.star(edition.lowest)}。「以上」含本数。"


def why_total(
    branch: Branch, term: Term, sheet: Sheet, taken: int | None, beside: publishing.Beside | None = None
) -> Message:
    """为什么: the sum behind the total, the thresholds behind the stars, the edition, what was amended.

    `taken`: how many marks of a 总支评价 were taken over from 自评 in one go; None where the 自评 counts.
    """
    edition, worth = sheet.edition, stars.result(sheet)
    rated = f"总支评价，其中 {taken} 项一次同自评。" if taken else "总支评价。"
    lines: list[Line] = [
        ("依据", f"《{edition.name}》"),
        ("评分", "官方结果以总支评价为准；在此之前用支部自评，标为预计。" if taken is None else rated),
        (
            "分值",
            "，".join(f"{g.word}得 {percent(edition.shares[g])}" for g in reversed(Grade))
            + "；其他分值须有原因。",
        ),
        ("星级", star_limits(edition)),
        ("薄弱", f"某类得分低于该类分值的 {percent(edition.weak_below)}。"),
    ]
    for category in edition.categories:
        parts = [
            f"{item.number}:{plain(sheet.marks[item.number].points)}"
            if item.number in sheet.marks
            else f"{item.number}：未评"
            for item in category.items
        ]
        lines.append((category.name, " ".join(parts)))
    lines.append(("合计", f"{wording.total(worth)} → {wording.star_span(worth)}"))
    if taken is not None and beside:
        lines += amending.amended_lines(beside.after.amended, beside.now)
    return Message(
        title=f"为什么 · {branch.name} {term.name}",
        lines=tuple(lines),
        rows=(back(Result(branch.id, term.id), "看结果", main=True),),
        here=WhyTotal(branch.id, term.id),
    )
