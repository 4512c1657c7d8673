"""交流汇报: the year's meeting in which the branches report, and their page for it (年度小结)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from secrets import SystemRandom
from typing import assert_never

from bot.actions import (
    AskMaterials,
    BranchExchange,
    DrawLots,
    Exchange,
    Exchanging,
    OrderOfRoll,
    ShowAssignment,
    Summaries,
    SummariesFile,
    SummaryPage,
    TickMinutes,
    TypedExchange,
)
from bot.dialogue import assigning
from bot.dialogue.branches import named_in
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Attachment, Message, Reply
from bot.paper import yearly
from bot.paper.texts import file_name
from bot.paper.yearly import Summary
from bot.permissions import Me, Rater, hold_exchange, may_see_sheet, see_branch
from bot.screens import exchange as screens
from bot.screens.layout import part
from bot.store import assignments, facts, rectifications, results, roll, terms
from bot.store import exchange as store
from bot.store.arrangements import working_days
from bot.values import Branch, Meeting, Rectification, Term
from jobs.duties.calendar import ONE_DAY, full_day, month_day, year_name
from jobs.duties.due import parse_due
from scoring.facts import Fact
from scoring.numerals import halfwidth, quoted
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread
from scoring.sheet import Sheet

LISTED = 12  # branches on a page
TERMS = 2  # of a school year
_DATED = pattern(r"[0-9]\s*[月./-]\s*[0-9]")
_ABOUT = pattern(
    r"(?:交流|汇报|会议?|日期|时间|改|换|定|到|成|为|是|于|在|开|召开|举行|[的吧了：:，,。 ])*"
)  # what is said beside a day
_ORDER = pattern(r"\s*(?:汇报)?的?(?:顺序|次序)\s*(?:[:：]|是|为|改成|改为|定为)?\s*")
_BETWEEN = pattern(r"(?:党?支部|校区|先|再|然后|最后|和|与|及|[\s0-9、,，;；:：.。>→-])*")
EXAMPLE = "日期请写成 6月20日；顺序请写成 顺序 双龙 常营。"


def respond(work: Work, action: Exchanging) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case BranchExchange(branch, year):
            return Reply(_of_branch(work, branch, year))
        case SummaryPage(branch, year):
            return Reply(_summary(work, branch, year))
        case _:
            of = _of(work, action.committee, action.year)
    match action:
        case Exchange():
            return Reply(_show(work, of))
        case TypedExchange(_, _, text):
            return _typed(work, of, text)
        case DrawLots(_, _, revision):
            return _draw(work, of, revision)
        case OrderOfRoll():
            return _put_in_order(work, of, (), "已改回名册顺序")
        case AskMaterials():
            return _ask_materials(work, of)
        case TickMinutes(_, _, on):
            return _minutes(work, of, there=bool(on))
        case Summaries(_, _, number):
            meeting = _meeting(work, of)
            shown = part(meeting.ordered(_branches(work, of)), number, LISTED, LISTED)
            return Reply(screens.summaries(meeting, shown))
        case SummariesFile():
            return Reply(_summaries_file(work, of))
        case _:
            assert_never(action)


# --- the meeting --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Year:
    """A school year of a committee: its terms, the oldest first, those of the year before, and all years in which
    something can be seen, the newest first."""

    committee_id: int
    year: int
    terms: tuple[Term, ...]
    last: tuple[Term, ...]
    years: tuple[int, ...]

    @classmethod
    def among(cls, every: Sequence[Term], year: int, seen: Sequence[Term]) -> "_Year":
        """A year of all terms of a committee, of which the newest comes first. Raises Refused where it has none."""
        its = tuple(term for term in reversed(every) if term.year == year)[-TERMS:]
        if not its:
            raise Refused(f"{year_name(year)}还没有设置学期，请选别的学年。")
        last = tuple(term for term in reversed(every) if term.year == year - 1)
        return cls(its[0].committee_id, year, its, last, tuple(dict.fromkeys(term.year for term in seen)))


def _of(work: Work, committee_id: int, year: int) -> _Year:
    """A school year (0: that of this term) of a committee of mine. Raises Refused."""
    hold_exchange(work.me, committee_id)
    every = terms.terms_of(work.session, [committee_id])
    return _Year.among(every, year or terms.current(every, committee_id, work.today).year, every)


def _branches(work: Work, of: _Year) -> tuple[Branch, ...]:
    """Who speaks: the branches of its last term."""
    return roll.of_term(work.session, of.terms[-1])


def _meeting(work: Work, of: _Year) -> Meeting:
    return store.of_year(work.session, committee_id=of.committee_id, year=of.year)


def _to_change(work: Work, of: _Year) -> Meeting:
    """The meeting, which nobody else changes meanwhile. Raises Refused once its minutes are there."""
    meeting = store.to_change(work.session, committee_id=of.committee_id, year=of.year)
    if meeting.minutes_at is not None:
        raise Refused("会议记录已登记。要改，请先点「撤销登记」。")
    return meeting


def _show(work: Work, of: _Year) -> Message:
    meeting = _meeting(work, of)
    view = screens.ExchangeView(
        meeting=meeting,
        branches=meeting.ordered(_branches(work, of)),
        materials=store.materials(work.session, meeting),
        days=working_days(work.session, of.committee_id),
        years=of.years,
    )
    return screens.exchange(view, work.today)


def _typed(work: Work, of: _Year, text: str) -> Reply:
    """The day of the meeting, or the order. Raises Refused, and NotUnderstood for what may be meant for others."""
    shown = _meeting(work, of).ordered(_branches(work, of))
    if (order := _read_order(text, shown)) is not None:
        rest = tuple(branch.id for branch in shown if branch.id not in order)
        toast = "顺序已定" + ("，其余按原来的顺序排在后面" if rest else "")
        return _put_in_order(work, of, (*order, *rest), toast)
    day, hour = _read_day(text, of.year, work.today)
    store.hold_on(work.session, me=work.me, meeting=_to_change(work, of), day=day, hour=hour)
    return Reply(_show(work, of), toast=f"已定在{month_day(day)}")


def _read_day(text: str, year: int, today: date) -> tuple[date, str]:
    """The day and hour of a text that says nothing else: one to come or, as a date, any of its school year."""
    first, last = date(year, 9, 1), date(year + 1, 10, 31)
    since = [today, first] if _DATED.search(halfwidth(text)) else [today]
    refused: Refused | None = None
    for begins in since:
        try:
            found = parse_due(text, begins)
        except Unread:
            raise NotUnderstood(text, EXAMPLE) from None
        except Refused as why:
            refused = refused or why
            continue
        if not _ABOUT.fullmatch(found.task):
            raise NotUnderstood(text, EXAMPLE)
        if first <= found.day <= last:
            return found.day, found.hour
        refused = Refused(
            f"{full_day(found.day)}不在{year_name(year)}，请填{full_day(first)}至{full_day(last)}的一天。"
        )
    raise refused or NotUnderstood(text, EXAMPLE)


def _read_order(text: str, shown: Sequence[Branch]) -> tuple[int, ...] | None:
    """The branches that a text puts first, by their names or by the numbers that are shown; None where it says none."""
    said = _ORDER.match(text)
    rest = halfwidth(text[said.end() :] if said else text)
    mentions = named_in(rest, shown)
    left = "".join(
        rest[end:start]
        for end, start in zip(
            [0, *(one.end for one in mentions)], [*(one.start for one in mentions), len(rest)], strict=True
        )
    )
    unknown = _BETWEEN.sub("", left)
    if said is None and (len(mentions) < 2 or unknown):
        return None
    if unknown:
        raise Refused(f"没有认准{quoted(unknown)}是哪个支部。请写成：顺序 双龙 常营。")
    if unsure := next((one for one in mentions if len(one.branches) > 1), None):
        several = "、".join(branch.name for branch in unsure.branches)
        raise Refused(f"{quoted(rest[unsure.start : unsure.end])}可能是{several}，请写全名。")
    order = [one.branches[0].id for one in mentions] or _by_numbers(rest, shown)
    if not order:
        raise NotUnderstood(text, EXAMPLE)
    if len(set(order)) < len(order):
        raise Refused("有的支部写了两次，请核对后再输入。")
    return tuple(order)


def _by_numbers(text: str, shown: Sequence[Branch]) -> list[int]:
    numbers = [int(one) for one in re.findall("[0-9]{1,4}", text)]
    if any(not 1 <= number <= len(shown) for number in numbers):
        raise Refused(f"只有 1 到 {len(shown)} 号支部，请核对后再输入。")
    return [shown[number - 1].id for number in numbers]


def _draw(work: Work, of: _Year, revision: int) -> Reply:
    """Draw the order by lot, once for each order that was seen: a second press of the same button draws no other."""
    meeting = _to_change(work, of)
    if screens.revision(meeting) != revision:
        return Reply(_show(work, of), toast="顺序刚定过，请先看一看")
    order = [branch.id for branch in _branches(work, of)]
    SystemRandom().shuffle(order)
    store.put_in_order(work.session, me=work.me, meeting=meeting, order=tuple(order), drawn=True)
    return Reply(_show(work, of), toast=f"已抽签，{len(order)} 个支部")


def _put_in_order(work: Work, of: _Year, order: tuple[int, ...], toast: str) -> Reply:
    meeting = _to_change(work, of)
    if meeting.order != order:
        store.put_in_order(work.session, me=work.me, meeting=meeting, order=order, drawn=False)
    return Reply(_show(work, of), toast=toast)


def _ask_materials(work: Work, of: _Year) -> Reply:
    """The task that asks for the materials: the one that there is, else a draft of it, which is confirmed as any is.

    There is one draft, of whoever pressed last, so that nothing is asked twice.
    """
    meeting = _to_change(work, of)
    if meeting.held_on is None:
        raise Refused("请先输入交流汇报的日期，再请各支部交材料。")
    task = meeting.task
    if task and not meeting.given:
        if meeting.made_by != work.me.person_id:
            assignments.take_over(work.session, me=work.me, assignment_id=task)
    elif not store.materials(work.session, meeting):
        every = {branch.id for branch in assigning.every_of(work, of.committee_id)}
        asked = frozenset(branch.id for branch in _branches(work, of) if branch.id in every)
        task = assignments.draft(
            work.session,
            me=work.me,
            committee_id=of.committee_id,
            title=f"上交{meeting.name}交流汇报材料",
            due=_due(work, meeting.held_on, of.committee_id),
            hour="",
            branches=None if asked == every else asked,
        )
        store.ask_by(work.session, meeting=meeting, assignment_id=task)
    return assigning.respond(work, ShowAssignment(task))


def _due(work: Work, day: date, committee_id: int) -> date:
    """The last working day before a day, or today where that is past."""
    return max(working_days(work.session, committee_id).previous_working(day - ONE_DAY), work.today)


def _minutes(work: Work, of: _Year, *, there: bool) -> Reply:
    meeting = store.to_change(work.session, committee_id=of.committee_id, year=of.year)
    if there and meeting.held_on is None:
        raise Refused("请先输入交流汇报的日期，再登记会议记录。")
    if there and meeting.held_on is not None and meeting.held_on > work.today:
        raise Refused(f"交流汇报定在{month_day(meeting.held_on)}，开了以后再登记会议记录。")
    if there != (meeting.minutes_at is not None):
        store.tick_minutes(work.session, me=work.me, meeting=meeting, there=there)
    return Reply(_show(work, of), toast="会议记录已登记" if there else "已撤销登记")


# --- of a branch --------------------------------------------------------------------------------------------------


def _of_its_branch(work: Work, branch_id: int, year: int) -> tuple[Branch, _Year, tuple[Term, ...]]:
    """A branch that I may see, as it is called in a school year (0: this one or, of a closed branch, its last); the
    year, and the terms of it in which it is rated. One query. Raises Refused."""
    found = terms.of_branch(work.session, branch_id)
    see_branch(work.me, found.branch.committee_id, found.branch.id)
    year = year or found.rated_in(0, work.today)[1].year
    of = _Year.among(found.every, year, found.rated)
    rated = tuple(term for term in of.terms if term in found.rated)
    return found.named((rated or of.terms)[-1]), of, rated


def _of_branch(work: Work, branch_id: int, year: int) -> Message:
    branch, of, _ = _of_its_branch(work, branch_id, year)
    meeting = _meeting(work, of)
    every = meeting.ordered(_branches(work, of))
    places = {one.id: place for place, one in enumerate(every, start=1)}
    return screens.of_branch(
        screens.BranchView(
            branch=branch,
            meeting=meeting,
            place=places.get(branch.id, 0),
            of=len(every),
            material=store.materials(work.session, meeting).get(branch.id),
            days=working_days(work.session, branch.committee_id),
            years=of.years,
            of_committee=not work.me.in_branch(branch.id),
        )
    )


# --- 年度小结 -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """What is on record of some branches in a school year, and of what they promised in the one before."""

    of: _Year
    committee: str
    sheets: dict[int, results.Sheets]
    facts: dict[tuple[int, int], tuple[Fact, ...]]
    plans: tuple[Rectification, ...]


def _found(work: Work, of: _Year, branches: Sequence[Branch]) -> _Found:
    """Three queries."""
    numbers, its = [branch.id for branch in branches], [term.id for term in of.terms]
    last = [term.id for term in of.last]
    return _Found(
        of,
        next(seat.committee for seat in work.me.seats if seat.committee_id == of.committee_id),
        results.in_terms(work.session, branch_ids=numbers, term_ids=its),
        facts.in_terms(work.session, branch_ids=numbers, term_ids=its, now=work.me.now),
        rectifications.in_terms(work.session, branch_ids=numbers, term_ids=last),
    )


def _plans(me: Me, branch: Branch, found: _Found) -> list[Rectification]:
    """What a branch handed in of its plans after the year before, as somebody may see it."""
    return [plan.seen(me) for plan in found.plans if plan.branch.id == branch.id and plan.handed_in]


def _page(me: Me, branch: Branch, rated: Sequence[Term], found: _Found) -> Summary:
    """The page of a branch, in the terms in which it is rated, as somebody may see it: what is published and, for its
    own people, their own sheet."""
    reader = Rater.SELF if me.in_branch(branch.id) else Rater.COMMITTEE
    counting = [_counting(me, branch, term, found.sheets.get(term.id, {})) for term in rated]
    names = dict.fromkeys(one.name for term in rated for one in term.table.categories)
    measures = [one for plan in _plans(me, branch, found) for one in plan.measures]
    return Summary(
        branch=branch.name,
        committee=found.committee,
        year=year_name(found.of.year),
        last=year_name(found.of.year - 1),
        results=[
            (term.name, *screens.result(term, sheet, reader))
            for term, sheet in zip(rated, counting, strict=True)
        ],
        categories=[(name, *(screens.category(sheet, name) for sheet in counting)) for name in names],
        numbers=[
            (term.name, screens.numbers(term, found.facts.get((term.id, branch.id), ()))) for term in rated
        ],
        promises=[screens.promise(one) for one in measures],
    )


def _counting(me: Me, branch: Branch, term: Term, found: results.Sheets) -> Sheet | None:
    """The sheet that counts in a term: the committee's once it is published; until then the branch's own, which only
    its people see on their page."""
    rater = Rater.COMMITTEE if term.published else Rater.SELF
    sheet = found.get((branch.id, rater))
    if sheet is None or not (term.published or me.in_branch(branch.id)):
        return None
    may = may_see_sheet(
        me, branch.committee_id, branch.id, rater, submitted=sheet.submitted, published=term.published
    )
    return sheet if may else None


def _summary(work: Work, branch_id: int, year: int) -> Message:
    """The page of one branch. Four queries."""
    branch, of, rated = _of_its_branch(work, branch_id, year)
    found = _found(work, of, [branch])
    page = _page(work.me, branch, rated, found)
    measures = [one for plan in _plans(work.me, branch, found) for one in plan.measures]
    return screens.summary_page(
        screens.SummaryView(
            branch=branch,
            meeting=Meeting(of.committee_id, of.year),
            results=[(term, " ".join(filter(None, said))) for term, *said in page.results],
            promised=len(measures),
            kept=sum(one.accepted for one in measures),
            file=_file(work, [page], (page.year, branch.name, "年度小结")),
        )
    )


def _summaries_file(work: Work, of: _Year) -> Message:
    """The pages of all branches, as the committee sees them. Six queries."""
    me = replace(work.me, seats=tuple(seat for seat in work.me.seats if seat.branch_id is None))
    meeting = _meeting(work, of)
    names = roll.in_terms(work.session, [term.id for term in of.terms])
    last = names[of.terms[-1].id].items()
    branches = meeting.ordered([Branch(number, of.committee_id, name) for number, name in last])
    found = _found(work, of, branches)
    pages = [
        _page(me, branch, [term for term in of.terms if branch.id in names[term.id]], found)
        for branch in branches
    ]
    file = _file(work, pages, (meeting.name, found.committee, "各支部年度小结"))
    return screens.summaries_file(meeting, len(branches), file)


def _file(work: Work, pages: Sequence[Summary], name: tuple[str, str, str]) -> Attachment:
    title = "".join(name[1:])
    return Attachment(file_name(*name, ending="docx"), yearly.MIME, yearly.file(pages, title, work.me.now))
