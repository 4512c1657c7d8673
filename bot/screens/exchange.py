"""交流汇报: the meeting of a school year as the committee sees it, as a branch does, and the pages of the branches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.actions import (
    Action,
    AskMaterials,
    BranchExchange,
    DrawLots,
    Exchange,
    OrderOfRoll,
    ShowAssignment,
    Summaries,
    SummariesFile,
    SummaryPage,
    Task,
    TickMinutes,
    TypedExchange,
    fingerprint,
)
from bot.message import Attachment, Button, Line, Message, Row
from bot.permissions import Rater
from bot.screens import ledger, wording
from bot.screens.layout import back, grid, home_row, turning
from bot.values import Branch, Material, Measure, Meeting, Page, Term
from jobs.duties.calendar import full_day, weekday_word, year_name
from jobs.duties.workdays import WorkDays
from scoring import stars
from scoring.facts import Fact
from scoring.numerals import plain
from scoring.sheet import Sheet

HINT = "例如：6月20日，或：顺序 双龙 常营"
NAMED, SOME = 60, 8  # branches whose order one line says, and who owe their materials
YEARS = 2  # other school years with a button


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeView:
    """The meeting of a school year: the branches in the order in which they speak, what they were asked to hand in, the
    committee's working days, and the school years of which something can be seen."""

    meeting: Meeting
    branches: Sequence[Branch]
    materials: Mapping[int, Material]
    days: WorkDays
    years: Sequence[int]


def revision(meeting: Meeting) -> int:
    """What a button says of the order that was seen by whoever draws lots."""
    return fingerprint(",".join(map(str, meeting.order)))


def exchange(view: ExchangeView, today: date) -> Message:
    """The meeting: its day, the order, the materials, the minutes; what is missing comes first."""
    meeting = view.meeting
    lines: list[Line] = [
        ("日期", _day(meeting, view.days) or "还没有定"),
        ("顺序", _order(view)),
        ("材料", _materials(view)),
        ("会议记录", "已登记" if meeting.minutes_at else "未登记"),
    ]
    if not meeting.minutes_at:
        lines.append(
            "要定日期或顺序，请直接输入。" + ("" if meeting.held_on else "先定日期，再请各支部交材料。")
        )
    return Message(
        title=f"交流汇报 · {meeting.name}",
        lines=tuple(lines),
        rows=(*_rows(view, today), home_row()),
        here=Exchange(meeting.committee_id, meeting.year),
        hears=None
        if meeting.minutes_at
        else lambda text: TypedExchange(meeting.committee_id, meeting.year, text),
        hint="" if meeting.minutes_at else HINT,
    )


def _rows(view: ExchangeView, today: date) -> list[Row]:
    meeting, rows = view.meeting, list[Row]()
    where = (meeting.committee_id, meeting.year)
    if not meeting.minutes_at and len(view.branches) > 1:
        draw = Button("重新抽签" if meeting.order else "抽签", DrawLots(*where, revision(meeting)))
        roll = (Button("按名册顺序", OrderOfRoll(*where), short="按名册"),) if meeting.order else ()
        rows.append((draw, *roll))
    if view.materials:
        rows.append((Button("看材料", ShowAssignment(meeting.task)),))
    elif meeting.held_on and not meeting.minutes_at:
        ask = AskMaterials(*where)
        rows.append((Button("请各支部交汇报材料", ask, main=meeting.held_on >= today, short="交材料"),))
    if meeting.minutes_at:
        rows.append((Button("撤销登记", TickMinutes(*where, 0)),))
    elif meeting.held_on and meeting.held_on <= today:
        rows.append((Button("会议记录已登记", TickMinutes(*where, 1), main=True, short="已登记"),))
    rows.append((Button("年度小结", Summaries(*where, 0), main=meeting.minutes_at is not None),))
    return [*rows, *_elsewhere(meeting, view.years, lambda year: Exchange(meeting.committee_id, year))]


def _elsewhere(meeting: Meeting, years: Sequence[int], to: Callable[[int], Action]) -> list[Row]:
    """The ways to the last other school years."""
    others = tuple(Button(f"看 {year_name(year)}", to(year)) for year in years if year != meeting.year)
    return [others[:YEARS]] if others else []


def _day(meeting: Meeting, days: WorkDays) -> str:
    """2027年6月20日（周日，休息日）14:30; empty where none is set."""
    day = meeting.held_on
    if day is None:
        return ""
    rests = "" if days.works(day) else "，休息日"
    return f"{full_day(day)}（{weekday_word(day)}{rests}）{meeting.hour}"


def _order(view: ExchangeView) -> str:
    """1 双龙校区、2 常营主校区: who speaks when."""
    if not view.branches:
        return "还没有支部"
    named = [f"{n} {_brief(branch)}" for n, branch in enumerate(view.branches[:NAMED], start=1)]
    more = f"等 {len(view.branches)} 个支部" if len(view.branches) > NAMED else ""
    return "、".join(named) + more + ("" if view.meeting.order else "（按名册）")


def _materials(view: ExchangeView) -> str:
    """3/4，未交：新源里校区."""
    asked = view.materials
    if not asked:
        return "还没有请各支部交"
    owed = [_brief(branch) for branch in view.branches if branch.id in asked and not asked[branch.id].done]
    more = f"等 {len(owed)} 个支部" if len(owed) > SOME else ""
    missing = f"，未交：{'、'.join(owed[:SOME])}{more}" if owed else "，都交了"
    return f"{sum(one.done for one in asked.values())}/{len(asked)}{missing}"


def _brief(branch: Branch) -> str:
    return branch.name.removesuffix("党支部")


# --- of a branch --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchView:
    """The meeting as a branch sees it: as how-manieth of how many it speaks (0: it is not among them), what it was
    asked to hand in, the committee's working days, its school years, and whether one of the committee looks."""

    branch: Branch
    meeting: Meeting
    place: int
    of: int
    material: Material | None
    days: WorkDays
    years: Sequence[int]
    of_committee: bool


def of_branch(view: BranchView) -> Message:
    """When the meeting is, when the branch speaks, and what it owes."""
    meeting, branch, material = view.meeting, view.branch, view.material
    lines: list[Line] = [
        ("支部", branch.name),
        ("日期", _day(meeting, view.days) or "还没有定"),
        ("顺序", _place(view)),
        ("材料", _material(material)),
    ]
    rows: list[Row] = []
    if material is not None:
        owes = not material.done and not view.of_committee
        rows.append((Button("交材料" if owes else "看材料", Task(material.task), main=owes),))
    rows.append((Button("年度小结", SummaryPage(branch.id, meeting.year)),))
    rows += _elsewhere(meeting, view.years, lambda year: BranchExchange(branch.id, year))
    way = Exchange(meeting.committee_id, meeting.year)
    return Message(
        title=f"交流汇报 · {meeting.name}",
        lines=tuple(lines),
        rows=(*rows, back(way, "交流汇报") if view.of_committee else home_row()),
        here=BranchExchange(branch.id, meeting.year),
    )


def _place(view: BranchView) -> str:
    if not view.place:
        return "本支部不在汇报顺序里"
    roll = "" if view.meeting.order else "（按名册）"
    return f"第 {view.place} 个，共 {view.of} 个支部{roll}"


def _material(material: Material | None) -> str:
    if material is None:
        return "总支还没有请本支部交"
    return "已交" if material.done else f"还没有交，{wording.day(material.due)}截止"


# --- 年度小结 -----------------------------------------------------------------------------------------------------


def summaries(meeting: Meeting, branches: Page[Branch]) -> Message:
    """The pages of the branches, one by one or all in one file."""
    where = (meeting.committee_id, meeting.year)

    def to(number: int) -> Summaries:
        return Summaries(*where, number)

    named = [Button(_brief(one), SummaryPage(one.id, meeting.year)) for one in branches.shown]
    rows: list[Row] = [(Button("全部支部 Word", SummariesFile(*where), main=True, short="全部"),)]
    rows += [*grid(named, 2), *turning(branches, to)]
    return Message(
        title=f"年度小结 · {meeting.name}",
        lines=("每个支部一页：星级、各类得分、台账数字、去年的承诺。要一个支部的，请点它的名称。",),
        rows=(*(rows if named else []), back(Exchange(*where), "交流汇报")),
        here=to(0 if branches.newer is None else branches.newer + 1),
    )


def summaries_file(meeting: Meeting, count: int, file: Attachment) -> Message:
    """The pages of all branches, in the order in which they speak."""
    where = (meeting.committee_id, meeting.year)
    return Message(
        title=f"年度小结 · {meeting.name}",
        lines=(f"{count} 个支部，每个支部一页，按汇报顺序。星级和得分只列已公布的。",),
        rows=((Button("单个支部", Summaries(*where, 0)),), back(Exchange(*where), "交流汇报", main=True)),
        here=SummariesFile(*where),
        attachment=file,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryView:
    """The page of a branch in short: each term with what it is worth, and how many promises of last year are kept."""

    branch: Branch
    meeting: Meeting
    results: Sequence[tuple[str, str]]
    promised: int
    kept: int
    file: Attachment


def summary_page(view: SummaryView) -> Message:
    """What stands on the page in short; the page that comes with it has it all."""
    branch, meeting = view.branch, view.meeting
    promises = f"{view.promised} 条，已销号 {view.kept} 条" if view.promised else "没有"
    return Message(
        title=f"年度小结 · {branch.name}",
        lines=(
            ("学年", meeting.name),
            *view.results,
            ("去年的承诺", promises),
            "各类得分、台账数字和整改措施都在这一页纸上，可以打印。",
        ),
        rows=(back(BranchExchange(branch.id, meeting.year), "交流汇报", main=True),),
        here=SummaryPage(branch.id, meeting.year),
        attachment=view.file,
    )


# --- words for the page -------------------------------------------------------------------------------------------


def result(term: Term, sheet: Sheet | None, reader: Rater) -> tuple[str, str, str]:
    """A term's total, its stars and whose they are, for the page; without a sheet why there is none."""
    if sheet is None:
        missing = "没有总支评价" if term.published else "还没有自评"
        return (missing if term.published or reader is Rater.SELF else "未公布", "", "")
    worth = stars.result(sheet)
    whose = "总支评价" if term.published else f"支部自评（{'预计' if sheet.submitted else '没有提交'}）"
    return wording.total(worth), wording.star_span(worth), whose


def category(sheet: Sheet | None, name: str) -> str:
    """The points of a category out of how many: 20.5/22."""
    found = next((one for one in stars.result(sheet).categories if one.name == name), None) if sheet else None
    if sheet is None or found is None:
        return ""
    most = next(one.points for one in sheet.edition.categories if one.name == name)
    return f"{plain(found.points)}/{plain(most)}" if found.points is not None else "没有评完"


def numbers(term: Term, facts: Sequence[Fact]) -> list[str]:
    """What 台账 says of a term, each number with its name: 主题党日出勤 9月 17/18，10月 16/18."""
    lines = (ledger.numbers(kind, facts) for kind in term.table.facts.values())
    return [" ".join(line) for line in lines if line is not None]


def promise(measure: Measure) -> tuple[str, str, str, str]:
    """A measure with its post, its day and how it stands."""
    day = wording.day(measure.due) if measure.due else ""
    state = "已销号" if measure.accepted else "进行中，已报完成" if measure.closed else "进行中"
    return measure.text, measure.post, day, state
