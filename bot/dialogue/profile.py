"""支部情况: how a branch stands beside the others, what it lost, where both sides differ, and its terms in a row."""

from typing import assert_never

from bot.actions import Differences, LostPoints, OverTerms, Profile, Profiling
from bot.dialogue.standings import entries, which
from bot.dialogue.work import Work
from bot.message import Reply
from bot.permissions import Rater, may_see_sheet, see_branch, see_standings
from bot.screens import profile as screens
from bot.store import results, roll, sheets, terms
from bot.values import Branch, Term
from scoring.profile import Step, comparison, over_terms, weak_again
from scoring.standings import standings


def respond(work: Work, action: Profiling) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Profile(branch, term):
            return Reply(screens.profile(profile_view(work, branch, term)))
        case LostPoints(branch, term):
            where, when = _where(work, branch, term)
            both, behind = sheets.for_committee(work.session, branch_id=where.id, term=when)
            sheet, official = which(both)
            return Reply(
                screens.lost_points(
                    where, when, sheet, "总支评价" if official else "自评", behind.known(work.me.now)
                )
            )
        case Differences(branch, term):
            where, when = _where(work, branch, term)
            both, _ = sheets.for_committee(work.session, branch_id=where.id, term=when)
            return Reply(screens.differences(where, when, both.get(Rater.SELF), both.get(Rater.COMMITTEE)))
        case OverTerms(branch):
            return Reply(screens.over_terms(*in_a_row(work, branch)))
        case _:
            assert_never(action)


def _where(work: Work, branch_id: int, term_id: int) -> tuple[Branch, Term]:
    """A branch of one's committee, and the term (0: this one). Raises Refused."""
    found = terms.of_branch(work.session, branch_id)
    see_standings(work.me, found.branch.committee_id)
    return found.rated_in(term_id, work.today)


def profile_view(work: Work, branch_id: int, term_id: int) -> screens.ProfileView:
    """A branch beside the others. Raises Refused."""
    over = terms.of_branch(work.session, branch_id)
    committee = over.branch.committee_id
    see_standings(work.me, committee)
    branch, term = over.rated_in(term_id, work.today)
    last = terms.before(over.every, term)
    found, before = results.with_last(
        work.session, committee_id=committee, term_id=term.id, last_id=last.id if last else 0
    )
    listed = entries(roll.of_term(work.session, term), term, found)
    mine = next(entry for entry in listed if entry.key == branch.id)
    earlier = before.get(branch.id)
    again = weak_again(earlier, mine.sheet) if mine.official and earlier is not None else ()
    return screens.ProfileView(
        branch=branch,
        term=term,
        standing=next(row for row in standings(listed) if row.key == branch.id),
        beside=comparison(mine, listed) if mine.told else None,
        official=mine.official,
        weak_again=again,
        taken=sheets.taken_over(work.session, branch_id=branch.id, term_id=term.id) if mine.official else 0,
        may_rate=not (mine.official or work.me.in_branch(branch.id)),
    )


def in_a_row(work: Work, branch_id: int) -> tuple[Branch, list[tuple[Term, Step]]]:
    """A branch and those of its official results that I may see, the oldest first. Raises Refused."""
    of = terms.of_branch(work.session, branch_id)
    branch = of.branch
    see_branch(work.me, branch.committee_id, branch.id)
    found = results.over_terms(work.session, branch_id=branch.id)
    told = [
        (term, sheet)
        for term in reversed(of.every)
        if (sheet := found.get(term.id)) is not None
        and sheet.total is not None
        and may_see_sheet(
            work.me,
            branch.committee_id,
            branch.id,
            Rater.COMMITTEE,
            submitted=sheet.submitted,
            published=term.published,
        )
    ]
    steps = over_terms(sheet for _, sheet in told)
    return branch, list(zip([term for term, _ in told], steps, strict=True))
