"""排名 and 结果: which sheet counts, who may see it, and what is shown of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from msgspec import structs

from bot.actions import Ranking, Result, Standings, StandingsBy, StandingsWays, WayUp, WhyTotal
from bot.dialogue import publishing
from bot.dialogue.place import place
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Me, Rater, Role, fill_sheet, may_see_sheet, see_branch, see_sheet, see_standings
from bot.screens import standings as screens
from bot.store import results, roll, sheets, terms
from bot.store.results import Sheets
from bot.values import Branch, Term
from scoring.refusal import Refused
from scoring.rubric import Category
from scoring.sheet import Sheet
from scoring.standings import Entry, Standing, changes, standings, trend


def respond(work: Work, action: Ranking) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Standings(term):
            opened = publishing.for_branches(work, term)
            return Reply(opened or screens.table(table_view(work, StandingsBy(term, 0, 0))))
        case StandingsBy():
            return Reply(screens.table(table_view(work, action)))
        case StandingsWays():
            return Reply(_ways(work, action))
        case Result(branch, term):
            return Reply(result(work, branch, term))
        case WayUp(branch, term):
            where, when, sheet, official = counting(work, branch, term)
            sheet_id = None
            if not official and work.me.in_branch(where.id):
                sheet_id = sheets.find(work.session, branch_id=where.id, term_id=when.id, rater=Rater.SELF)
            return Reply(screens.way_up(where, when, sheet, sheet_id))
        case WhyTotal(branch, term):
            where, when, sheet, official = counting(work, branch, term)
            taken = sheets.taken_over(work.session, branch_id=where.id, term_id=when.id) if official else None
            beside = publishing.beside(work, where, when)
            return Reply(screens.why_total(where, when, sheet, taken, beside))
        case _:
            assert_never(action)


def table_view(work: Work, seen: StandingsBy) -> screens.TableView:
    """The table as it is seen: five queries at most, whatever the number of branches. Raises Refused."""
    every, term = of_term(work, seen.term)
    seen = structs.replace(seen, term=term.id)
    branches = roll.with_campuses(work.session, term)
    campus = _campus(branches, seen.campus)
    last = terms.before(every, term)
    found, before = results.with_last(
        work.session, committee_id=term.committee_id, term_id=term.id, last_id=last.id if last else 0
    )
    category = _category(term, seen.category)
    listed = entries([branch for branch, _ in branches], term, found)
    here = {branch.id for branch, at in branches if not campus or at == campus}
    return screens.TableView(
        term=term,
        ranked=[row for row in standings(listed, seen.category) if row.key in here],
        changes=changes(listed, before, seen.category),
        terms=every,
        seen=seen,
        category=category,
        campus=campus,
        publishes=work.me.in_committee(term.committee_id, Role.ADMINISTRATOR),
    )


def _ways(work: Work, seen: StandingsWays) -> Message:
    _, term = of_term(work, seen.term)
    branches = roll.with_campuses(work.session, term)
    _campus(branches, seen.campus)
    _category(term, seen.category)
    first: dict[str, int] = {}
    for branch, campus in branches:
        first.setdefault(campus, branch.id)
    campuses = {number: campus for campus, number in first.items() if campus}
    chosen = next((first[campus] for branch, campus in branches if branch.id == seen.campus), 0)
    return screens.ways(term, campuses, structs.replace(seen, term=term.id, campus=chosen))


def of_term(work: Work, term_id: int) -> tuple[tuple[Term, ...], Term]:
    """All terms of a committee of mine, and the one that is asked for (0: this one). Raises Refused."""
    me = work.me
    if term_id == 0:
        mine = next((s.committee_id for s in me.seats if me.in_committee(s.committee_id)), None)
        see_standings(me, mine or 0)
        every = terms.terms_of(work.session, [mine or 0])
        return every, terms.current(every, mine or 0, work.today)
    every = terms.beside(work.session, term_id)
    term = next(one for one in every if one.id == term_id)
    see_standings(me, term.committee_id)
    return every, term


def _campus(branches: Sequence[tuple[Branch, str]], number: int) -> str:
    """The campus of a branch by its number; empty for 0. Raises Refused when the committee has no such branch."""
    if number and not any(branch.id == number for branch, _ in branches):
        raise Refused("没有找到这个校区，请点「按类别或校区看」重新选择。")
    return next((campus for branch, campus in branches if branch.id == number), "")


def _category(term: Term, number: int) -> Category | None:
    """A category by its number; None for 0. Raises Refused when the term's table has none."""
    found = next((one for one in term.table.categories if one.number == number), None)
    if number and found is None:
        raise Refused(f"{term.name}的评价表没有这一类，请点「按类别或校区看」重新选择。")
    return found


def _ranked(work: Work, term: Term, found: Sheets) -> tuple[Standing, ...]:
    """All branches of a term's committee in their order: every place that a screen shows is taken from here."""
    return standings(entries(roll.of_term(work.session, term), term, found))


def entries(branches: Iterable[Branch], term: Term, found: Sheets) -> list[Entry]:
    """Each branch with the sheet that counts for it."""
    made = []
    for branch in branches:
        both = {rater: sheet for rater in Rater if (sheet := found.get((branch.id, rater)))}
        sheet, official = which(both)
        made.append(Entry(branch.id, branch.name, sheet or Sheet(term.table), official))
    return made


def which(both: Mapping[Rater, Sheet]) -> tuple[Sheet | None, bool]:
    """The sheet that counts of a branch's: the committee's once it is submitted, until then the branch's own."""
    rated = both.get(Rater.COMMITTEE)
    if rated is not None and rated.submitted:
        return rated, True
    return both.get(Rater.SELF), False


def _seen(me: Me, found: Sheets, branch: Branch, term: Term) -> dict[Rater, Sheet]:
    """Those of a branch's sheets that I may see."""
    seen = {}
    for rater in Rater:
        sheet = found.get((branch.id, rater))
        if sheet is not None and may_see_sheet(
            me,
            branch.committee_id,
            branch.id,
            rater,
            submitted=sheet.submitted,
            published=term.published,
        ):
            seen[rater] = sheet
    return seen


def counting(work: Work, branch_id: int, term_id: int) -> tuple[Branch, Term, Sheet, bool]:
    """A branch's sheet that counts, as far as I may see it, and whether it is official. Raises Refused."""
    branch, term = place(work, branch_id, term_id)
    found = results.of_branch(work.session, term_id=term.id, branch_id=branch.id)
    sheet, official = which(_seen(work.me, found, branch, term))
    if sheet is None:
        see_sheet(
            work.me, branch.committee_id, branch.id, Rater.SELF, submitted=False, published=term.published
        )
        raise Refused("这个学期还没有填写，填了才能算。")
    return branch, term, sheet, official


def result(work: Work, branch_id: int, term_id: int) -> Message:
    """A branch's result, with the change from last term and, for its own people after publishing, its place."""
    me = work.me
    over_terms = terms.of_branch(work.session, branch_id)
    see_branch(me, over_terms.branch.committee_id, branch_id)
    branch, term = over_terms.rated_in(term_id, work.today)
    all_terms = over_terms.every
    of_committee = me.in_committee(branch.committee_id)
    whole = of_committee or term.published
    found = (
        results.of_committee(work.session, term_id=term.id, committee_id=branch.committee_id)
        if whole
        else results.of_branch(work.session, term_id=term.id, branch_id=branch.id)
    )
    sheet, official = which(_seen(me, found, branch, term))
    last = terms.before(all_terms, term)
    change, was_official = None, False
    if sheet is not None and last is not None:
        before = results.of_branch(work.session, term_id=last.id, branch_id=branch.id)
        earlier, was_official = which(_seen(me, before, branch, last))
        if earlier is not None:
            change = trend(earlier, sheet)
    row = next((r for r in _ranked(work, term, found) if r.key == branch.id), None) if whole else None
    view = screens.ResultView(
        branch=branch,
        term=term,
        sheet=sheet,
        official=official,
        trend=change,
        was_official=was_official,
        standing=row,
        of_committee=of_committee,
        terms=over_terms.rated,
        may_open=_may_open(me, branch, term),
        beside=publishing.beside(work, branch, term),
    )
    return screens.result(view)


def _may_open(me: Me, branch: Branch, term: Term) -> Rater | None:
    for rater in Rater:
        try:
            fill_sheet(me, branch.committee_id, branch.id, rater)
        except Refused:
            continue
        return rater
    return None
