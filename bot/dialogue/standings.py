"""排名 and 结果: which sheet counts, who may see it, and what is shown of it."""

from collections.abc import Mapping
from typing import assert_never

from bot.actions import Ranking, Result, Standings, WayUp, WhyTotal
from bot.dialogue import publishing
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Me, Rater, Role, fill_sheet, may_see_sheet, see_branch, see_sheet, see_standings
from bot.screens import standings as screens
from bot.store import results, sheets, terms
from bot.store.results import Sheets
from bot.values import Branch, Term
from scoring.refusal import Refused
from scoring.sheet import Sheet
from scoring.standings import Entry, Standing, standings, trend


def respond(work: Work, action: Ranking) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Standings(term):
            return Reply(_table(work, term))
        case Result(branch, term):
            return Reply(result(work, branch, term))
        case WayUp(branch, term):
            where, when, sheet, official = _counting(work, branch, term)
            sheet_id = None
            if not official and work.me.in_branch(where.id):
                sheet_id = sheets.find(work.session, branch_id=where.id, term_id=when.id, rater=Rater.SELF)
            return Reply(screens.way_up(where, when, sheet, sheet_id))
        case WhyTotal(branch, term):
            counting = _counting(work, branch, term)
            return Reply(screens.why_total(*counting, publishing.beside(work, *counting[:2])))
        case _:
            assert_never(action)


def _table(work: Work, term_id: int) -> Message:
    me = work.me
    if (opened := publishing.for_branches(work, term_id)) is not None:
        return opened
    if term_id == 0:
        mine = next((s.committee_id for s in me.seats if me.in_committee(s.committee_id)), None)
        see_standings(me, mine or 0)
        term = terms.term(work.session, 0, mine or 0, work.today)
    else:
        term = terms.any_term(work.session, term_id)
        see_standings(me, term.committee_id)
    found = results.of_committee(work.session, term_id=term.id, committee_id=term.committee_id)
    ranked = _ranked(work, term, found)
    publishes = me.in_committee(term.committee_id, Role.ADMINISTRATOR)
    return screens.table(term, ranked, terms.terms_of(work.session, [term.committee_id]), publishes)


def _ranked(work: Work, term: Term, found: Sheets) -> tuple[Standing, ...]:
    """All branches of a term's committee in their order: every place that a screen shows is taken from here."""
    entries = []
    for branch in terms.branches_of(work.session, term.committee_id):
        both = {rater: sheet for rater in Rater if (sheet := found.get((branch.id, rater)))}
        sheet, official = _which(both)
        entries.append(Entry(branch.id, branch.name, sheet or Sheet(term.table), official))
    return standings(entries)


def _which(both: Mapping[Rater, Sheet]) -> tuple[Sheet | None, bool]:
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


def _where(work: Work, branch_id: int, term_id: int) -> tuple[Branch, Term]:
    """A branch that one may see, and the term (0: this one). Raises Refused."""
    branch = terms.branch(work.session, branch_id)
    see_branch(work.me, branch.committee_id, branch.id)
    return branch, terms.term(work.session, term_id, branch.committee_id, work.today)


def _counting(work: Work, branch_id: int, term_id: int) -> tuple[Branch, Term, Sheet, bool]:
    branch, term = _where(work, branch_id, term_id)
    found = results.of_branch(work.session, term_id=term.id, branch_id=branch.id)
    sheet, official = _which(_seen(work.me, found, branch, term))
    if sheet is None:
        see_sheet(
            work.me, branch.committee_id, branch.id, Rater.SELF, submitted=False, published=term.published
        )
        raise Refused("这个学期还没有填写，填了才能算。")
    return branch, term, sheet, official


def result(work: Work, branch_id: int, term_id: int) -> Message:
    """A branch's result, with the change from last term and, for its own people after publishing, its place."""
    me = work.me
    branch = terms.branch(work.session, branch_id)
    see_branch(me, branch.committee_id, branch.id)
    all_terms = terms.terms_of(work.session, [branch.committee_id])
    term = (
        terms.current(all_terms, branch.committee_id, work.today)
        if term_id == 0
        else terms.term(work.session, term_id, branch.committee_id, work.today)
    )
    of_committee = me.in_committee(branch.committee_id)
    whole = of_committee or term.published
    found = (
        results.of_committee(work.session, term_id=term.id, committee_id=branch.committee_id)
        if whole
        else results.of_branch(work.session, term_id=term.id, branch_id=branch.id)
    )
    sheet, official = _which(_seen(me, found, branch, term))
    last = terms.before(all_terms, term)
    change, was_official = None, False
    if sheet is not None and last is not None:
        before = results.of_branch(work.session, term_id=last.id, branch_id=branch.id)
        earlier, was_official = _which(_seen(me, before, branch, last))
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
        terms=all_terms,
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
