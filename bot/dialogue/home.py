"""Finding one's way: home, help, privacy, and texts and files that no screen asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import assert_never

from bot.actions import (
    Branches,
    Finding,
    Help,
    Home,
    Privacy,
    Send,
    Unreadable,
)
from bot.dialogue.work import Work
from bot.files import ACCEPTED, TOO_LARGE
from bot.message import Message, Reply
from bot.permissions import Rater, Role, Seat, see_standings
from bot.screens import duties as tasks
from bot.screens import home as screens
from bot.screens.layout import part
from bot.store import duties, joining, results, returns, roll, terms
from bot.values import Branch, Page, Term
from jobs.duties.telling import LOOK_BACK, wants_term
from scoring.refusal import Refused
from scoring.rubric import Edition

LISTED = 12  # branches listed on an evaluator's home, and on a page of all of them


def respond(work: Work, action: Finding) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Home():
            return Reply(home(work) if work.me.known else screens.welcome(work.me))
        case Branches(committee, number):
            return Reply(_branches(work, committee, number))
        case Help():
            return Reply(screens.help_screen(work.me, _table(work), work.mails))
        case Privacy():
            return Reply(screens.privacy(work.me))
        case Send():
            raise Refused("请先打开要附材料的那一项，再发照片或文件。")
        case Unreadable(kind):
            raise Refused(_unreadable(kind))
        case _:
            assert_never(action)


def home(work: Work) -> Message:
    """What is open for me. The number of queries does not depend on how many branches there are."""
    seats = work.me.seats
    all_terms = terms.terms_of(work.session, sorted({s.committee_id for s in seats}))
    current = {}
    for committee_id in {t.committee_id for t in all_terms}:
        current[committee_id] = terms.current(all_terms, committee_id, work.today)
    own = [s for s in seats if s.branch_id is not None]
    bodies = [s for s in seats if s.branch_id is None and s.role in (Role.MEMBER, Role.ADMINISTRATOR)]
    progress = (
        results.progress(
            work.session,
            branch_ids=[s.branch_id or 0 for s in own],
            term_ids=[t.id for t in current.values()],
        )
        if own
        else {}
    )
    unsubmitted = [key for key, (filled, done) in progress.items() if filled and not done]
    returned = (
        returns.open_in(
            work.session,
            branch_ids=[branch for branch, _, _ in unsubmitted],
            term_ids=[t.id for t in current.values()],
        )
        if unsubmitted
        else {}
    )
    open_tasks = duties.open_for(
        work.session,
        branch_ids=[s.branch_id or 0 for s in own],
        committee_ids=[],
        since=min([work.today - LOOK_BACK, *(t.starts for t in current.values())]),
        until=date.max,
    )
    todo = tasks.behind([owed for owed in open_tasks if owed.opens <= work.today])
    ended = _not_rated(work, own, current)
    branches = []
    for seat in own:
        term = None if seat in ended else current.get(seat.committee_id)
        filled, done = (
            progress.get((seat.branch_id or 0, term.id, Rater.SELF), (0, False)) if term else (0, False)
        )
        mine = tuple(
            (owed, duty)
            for owed, duty in todo
            if owed.branch_id == seat.branch_id
            and ((term and owed.term_id == term.id) or owed.due >= work.today - LOOK_BACK)
        )
        branches.append(
            screens.OwnBranch(
                seat=seat,
                term=term,
                filled=filled,
                submitted=done,
                todo=mine,
                next_starts=terms.next_starts(all_terms, seat.committee_id, work.today),
                returned=returned.get((seat.branch_id or 0, term.id), ()) if term else (),
                ended=seat in ended,
                rectifies=next(
                    (
                        owed.term_id
                        for owed, duty in tasks.behind(open_tasks)
                        if duty.event == "result" and owed.branch_id == seat.branch_id
                    ),
                    0,
                ),
            )
        )
    seen: set[int] = set()
    committees = []
    for seat in sorted(bodies, key=lambda s: s.role is not Role.ADMINISTRATOR):
        if seat.committee_id in seen:
            continue
        seen.add(seat.committee_id)
        committee = _committee(work, seat, current.get(seat.committee_id))
        ends = [t.ends for t in all_terms if t.committee_id == seat.committee_id]
        committees.append(
            replace(
                committee,
                next_starts=terms.next_starts(all_terms, seat.committee_id, work.today),
                unset=bool(ends) and wants_term(max(ends), work.today),
            )
        )
    invites = any(s.role in (Role.SECRETARY, Role.ADMINISTRATOR) for s in seats)
    joined = joining.unseen(work.session, me=work.me) if invites else ()
    return screens.home(work.me, work.today, branches, committees, joined)


def _not_rated(work: Work, own: Sequence[Seat], current: Mapping[int, Term]) -> frozenset[Seat]:
    """The seats in branches that are closed and no longer rated."""
    closed = [seat for seat in own if seat.closed and seat.committee_id in current]
    if not closed:
        return frozenset()
    asked = roll.asked_in(work.session, sorted({current[seat.committee_id].id for seat in closed}))
    return frozenset(seat for seat in closed if seat.branch_id not in asked[current[seat.committee_id].id])


def _table(work: Work) -> Edition | None:
    """The rating table that a person fills now; None for who fills none, and before there is a term."""
    own = next((seat.committee_id for seat in work.me.seats if seat.role.of_branch), 0)
    found = terms.terms_of(work.session, [own]) if own else ()
    return terms.current(found, own, work.today).table if found else None


def _committee(work: Work, seat: Seat, term: Term | None) -> screens.OwnCommittee:
    if term is None:
        return screens.OwnCommittee(seat=seat)
    count, submitted, rated = results.counts(work.session, term_id=term.id)
    first = roll.of_term(work.session, term, limit=LISTED)
    listed = _rated(work, first, term)
    then, back = None, tuple[Branch, ...]()
    if not term.published:
        back = returns.back_in(work.session, committee_id=seat.committee_id, term_id=term.id)
        then = results.next_to_evaluate(
            work.session, committee_id=seat.committee_id, term_id=term.id, but=work.me.own_branches
        )
    return screens.OwnCommittee(
        seat=seat,
        term=term,
        count=count,
        submitted=submitted,
        rated=rated,
        first=listed,
        then=then,
        back=back,
    )


def _branches(work: Work, committee: int, number: int) -> Message:
    see_standings(work.me, committee)
    term = terms.term(work.session, 0, committee, work.today)
    shown = part(roll.of_term(work.session, term), number, LISTED, LISTED)
    rated = _rated(work, shown.shown, term)
    name = next(s.committee for s in work.me.seats if s.committee_id == committee)
    return screens.branches(work.me, term, name, Page(rated, shown.newer, shown.older))


def _rated(work: Work, branches: Sequence[Branch], term: Term) -> tuple[screens.Rated, ...]:
    """How far the committee's evaluation of each branch is."""
    progress = results.progress(work.session, branch_ids=[b.id for b in branches], term_ids=[term.id])
    return tuple((b, *progress.get((b.id, term.id, Rater.COMMITTEE), (0, False))) for b in branches)


def _unreadable(kind: str) -> str:
    match kind:
        case "voice":
            return "暂时听不懂语音，请改发文字，或点按钮。"
        case "sticker":
            return "看不懂表情贴图，请改发文字，或点按钮。"
        case "large":
            return TOO_LARGE
        case "early":
            return "请先发邀请码，加入以后再发文件。"
        case "lost":
            return "文件没有收到，请再发一次。"
        case _:
            return f"这种消息暂时用不了。请发文字，或发{ACCEPTED}。"
