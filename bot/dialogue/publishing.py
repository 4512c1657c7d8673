"""公布: the check list, publishing, what branches hear and see of it, 公示."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import assert_never

from bot.actions import (
    AskOpenness,
    CheckList,
    Outcome,
    PublicNotice,
    Publish,
    Publishing,
    SetOpenness,
    fingerprint,
    wire,
)
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import (
    NOT_YOURS,
    Me,
    Openness,
    Rater,
    Role,
    publish,
    see_published,
)
from bot.screens import publishing as screens
from bot.store import (
    facts,
    groups,
    laying_out,
    notices,
    rectifications,
    results,
    returns,
    roll,
    seats,
    sheets,
    terms,
)
from bot.store import publishing as store
from bot.store.arrangements import working_days
from bot.store.results import Sheets
from bot.values import Branch, Rectification, Term
from jobs.duties.calendar import months_expected
from scoring import stars
from scoring.agreement import contradicts
from scoring.facts import Fact, suggest
from scoring.rectification import reasons
from scoring.refusal import Refused
from scoring.sheet import Sheet
from scoring.standings import Entry, Standing, standings

NOT_PUBLISHED = "的结果还没有公布。"


def respond(work: Work, action: Publishing) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case CheckList(term):
            return Reply(_check_list(work, _to_publish(work, term)))
        case Publish(term, revision):
            return _publish(work, term, revision)
        case Outcome(term):
            return Reply(_outcome(work, term))
        case AskOpenness(committee):
            publish(work.me, committee)
            return Reply(_openness(work, committee))
        case SetOpenness(committee, openness):
            return _set_openness(work, committee, openness)
        case PublicNotice(term):
            return Reply(_public_notice(work, term))
        case _:
            assert_never(action)


# --- publishing -------------------------------------------------------------------------------------------------


def _to_publish(work: Work, term_id: int) -> Term:
    """A term (0: the current one) of whoever publishes it. Raises Refused."""
    if term_id:
        term = terms.any_term(work.session, term_id)
        publish(work.me, term.committee_id)
        return term
    own = next((s.committee_id for s in work.me.seats if s.role is Role.ADMINISTRATOR), 0)
    publish(work.me, own)
    return terms.term(work.session, 0, own, work.today)


def _check_list(work: Work, term: Term) -> Message:
    if term.published:
        return screens.published(_published(work, term))
    found = results.of_committee(work.session, term_id=term.id, committee_id=term.committee_id)
    branches = roll.of_term(work.session, term)
    heard = seats.in_branches(work.session, term.committee_id)
    returned = returns.open_in(
        work.session, branch_ids=[branch.id for branch in branches], term_ids=[term.id]
    )
    known = facts.of_committee(work.session, committee_id=term.committee_id, term_id=term.id, now=work.me.now)
    rated = sheets.rated_in(work.session, committee_id=term.committee_id, term_id=term.id)
    checked = [
        replace(
            _checked(work.me, branch, found, branch.id in heard, (branch.id, term.id) in returned),
            sheet=rated.get(branch.id, 0),
            against=_against(work, term, found.get((branch.id, Rater.COMMITTEE)), known.get(branch.id, ())),
        )
        for branch in branches
    ]
    openness = terms.openness(work.session, term.committee_id)
    return screens.check_list(term, checked, openness, _revision(branches, found), work.today)


def _checked(me: Me, branch: Branch, found: Sheets, heard: bool, returned: bool) -> screens.Checked:
    rated, own = found.get((branch.id, Rater.COMMITTEE)), found.get((branch.id, Rater.SELF))
    return screens.Checked(
        branch=branch,
        worth=stars.result(rated) if rated is not None and rated.submitted else None,
        filled=rated.filled if rated else 0,
        self_submitted=own is not None and own.submitted,
        returned=returned,
        heard=heard,
        mine=me.in_branch(branch.id),
    )


def _against(work: Work, term: Term, rated: Sheet | None, known: Sequence[Fact]) -> tuple[int, ...]:
    """The items of a submitted 总支评价 that the reported numbers contradict."""
    if rated is None or not rated.submitted:
        return ()
    months, final = months_expected(term.dates, work.today), work.today >= term.opens
    return tuple(
        number
        for number, mark in sorted(rated.marks.items())
        if contradicts(suggest(rated.edition, number, known, months, final=final), mark)
    )


def _revision(branches: Sequence[Branch], found: Sheets) -> int:
    """A fingerprint of all that would be published: what was seen by who confirms (31 bits)."""
    said = [
        (branch.id, branch.name, rated.submitted, rated.revision) if rated else (branch.id, branch.name)
        for branch in branches
        for rated in (found.get((branch.id, Rater.COMMITTEE)),)
    ]
    return fingerprint(json.dumps(said))


def _publish(work: Work, term_id: int, revision: int) -> Reply:
    term = terms.any_term(work.session, term_id)
    publish(work.me, term.committee_id)
    term = terms.to_publish(
        work.session, term.id
    )  # what is marked meanwhile comes before this line, or is refused
    if term.published:
        return Reply(_check_list(work, term), toast="已经公布过了")
    found = results.of_committee(work.session, term_id=term.id, committee_id=term.committee_id)
    branches = roll.of_term(work.session, term)
    rated = [found.get((branch.id, Rater.COMMITTEE)) for branch in branches]
    if not branches or not all(sheet is not None and sheet.submitted for sheet in rated):
        raise Refused("还有支部的总支评价没有提交，都提交了才能公布。请看「公布」里缺什么。")
    if revision != _revision(branches, found):
        raise Refused("评价在您确认前有改动，没有公布。请在「公布」里重新核对。")
    terms.publish(work.session, me=work.me, term=term, revision=revision)
    published = terms.any_term(work.session, term.id)
    for branch, sheet in zip(branches, rated, strict=True):
        if sheet is not None:
            owe_plan(work, branch, published, sheet)
    persons = {p for sits in seats.in_branches(work.session, term.committee_id).values() for p in sits}
    notices.tell(
        work.session,
        committee_id=term.committee_id,
        persons=sorted(persons),
        key=f"p:{term.id}",
        action=wire(Outcome(term.id)),
        said="总支评价已公布。",
        now=work.me.now,
    )
    return Reply(_check_list(work, published), toast=f"已公布，{len(branches)} 个支部马上收到结果")


def owe_plan(work: Work, branch: Branch, term: Term, sheet: Sheet) -> Rectification | None:
    """Let a branch owe 整改 where its published result asks for it, and nothing where it does not.

    The plan as it was before; None where the result asks for nothing else than it did.
    """
    before = rectifications.owe(
        work.session, me=work.me, branch=branch, term=term, why=reasons(sheet), on=work.today
    )
    if before is not None:
        laying_out.lay_out_again(work.session, committee_id=branch.committee_id)
    return before


def _period(work: Work, term: Term, at: datetime) -> tuple[date, date]:
    """The day on which a term was published, and the last one of its 公示."""
    on = at.astimezone(work.me.now.tzinfo).date()
    return on, working_days(work.session, term.committee_id).working_after(on, screens.OPEN_DAYS)


def _since(work: Work, term: Term) -> datetime:
    """When a term was published. Raises Refused while it is not."""
    at = terms.published_at(work.session, term.id)
    if at is None:
        raise Refused(f"{term.name}{NOT_PUBLISHED}")
    return at


def last_day(work: Work, term: Term) -> date:
    """The last day of the 公示 of a published term. Raises Refused while it is not."""
    return _period(work, term, _since(work, term))[1]


def _published(work: Work, term: Term) -> screens.PublishedView:
    at, group = _since(work, term), groups.webhook(work.session, term.committee_id)
    return screens.PublishedView(
        term=term,
        at=at,
        until=_period(work, term, at)[1],
        objections=store.objections(work.session, committee_id=term.committee_id, term_id=term.id),
        openness=terms.openness(work.session, term.committee_id),
        now=work.me.now,
        posts=group is not None and group.shows,
    )


def newest(work: Work, committee_id: int, term_id: int) -> Term:
    """A published term of a committee; 0 is the newest. Raises Refused when it is none."""
    if term_id:
        term = terms.term(work.session, term_id, committee_id, work.today)
        if not term.published:
            raise Refused(f"{term.name}{NOT_PUBLISHED}")
        return term
    found = terms.terms_of(work.session, [committee_id])
    if newest := next((term for term in found if term.published), None):
        return newest
    raise Refused("还没有公布过结果。")


# --- what branches hear and see -----------------------------------------------------------------------------------


def own_outcome(work: Work, term_id: int) -> Term:
    """A term that was published, for people of a branch. Raises Refused."""
    term = terms.any_term(work.session, term_id)
    if not any(s.committee_id == term.committee_id and s.branch_id for s in work.me.seats):
        raise Refused("各支部的结果请看「排名」。" if work.me.in_committee(term.committee_id) else NOT_YOURS)
    if not term.published:
        raise Refused(f"{term.name}{NOT_PUBLISHED}")
    return term


def _outcome(work: Work, term_id: int) -> Message:
    term = own_outcome(work, term_id)
    found = results.of_committee(work.session, term_id=term.id, committee_id=term.committee_id)
    own = [
        (branch, sheet)
        for branch in roll.of_term(work.session, term)
        if work.me.in_branch(branch.id)
        and (sheet := found.get((branch.id, Rater.COMMITTEE)))
        and sheet.submitted
    ]
    until = last_day(work, term)
    return screens.outcome(term, own, until, bool(own) and work.today <= until)


def for_branches(work: Work, term_id: int) -> Message | None:
    """排名 as people of a branch see it once it is published and opened; None for the committee's. Raises Refused."""
    view = opened(work, term_id)
    return screens.table(view) if view else None


def opened(work: Work, term_id: int) -> screens.OpenedView | None:
    """What people of a branch see of all branches; None where the committee's own table is meant. Raises Refused."""
    me = work.me
    own = next((s.committee_id for s in me.seats if s.branch_id), 0)
    if not own or (not term_id and any(me.in_committee(s.committee_id) for s in me.seats)):
        return None
    committee_id = terms.any_term(work.session, term_id).committee_id if term_id else own
    if me.in_committee(committee_id):
        return None
    openness = terms.openness(work.session, committee_id)
    see_published(me, committee_id, openness)
    term = newest(work, committee_id, term_id)
    mine = frozenset(s.branch_id for s in me.seats if s.branch_id)
    return as_opened(work, term, openness, mine)


def as_opened(
    work: Work, term: Term, openness: Openness, mine: frozenset[int] = frozenset()
) -> screens.OpenedView:
    """All branches of a published term, in the order in which what is opened of them is told; some are `mine`."""
    rows = _official(work, term)
    if openness is not Openness.TOTALS:
        rows = tuple(sorted(rows, key=lambda row: row.key))  # no order tells who is first
    return screens.OpenedView(term=term, ranked=rows, openness=openness, mine=mine)


def _official(work: Work, term: Term) -> tuple[Standing, ...]:
    """All branches in the order of their 总支评价 alone: what nobody published is told to nobody."""
    found = results.of_committee(work.session, term_id=term.id, committee_id=term.committee_id)
    return standings(
        Entry(branch.id, branch.name, rated if rated and rated.submitted else Sheet(term.table), True)
        for branch in roll.of_term(work.session, term)
        for rated in (found.get((branch.id, Rater.COMMITTEE)),)
    )


def beside(work: Work, branch: Branch, term: Term) -> screens.Beside | None:
    """What stands beside a branch's published result for whoever looks."""
    if not term.published:
        return None
    after = store.after(work.session, branch_id=branch.id, term_id=term.id)
    if after is None:
        return None
    me = work.me
    return screens.Beside(
        after=after,
        branch=branch,
        term=term,
        until=_period(work, term, after.published_at)[1],
        now=me.now,
        may_object=me.in_branch(branch.id, Role.SECRETARY),
        may_amend=me.in_committee(branch.committee_id) and not me.in_branch(branch.id),
        of_branch=me.in_branch(branch.id),
    )


def _openness(work: Work, committee_id: int) -> Message:
    chosen = terms.openness(work.session, committee_id)
    return screens.openness(committee_id, chosen, terms.term(work.session, 0, committee_id, work.today))


def _set_openness(work: Work, committee_id: int, openness: int) -> Reply:
    publish(work.me, committee_id)
    if openness not in tuple(Openness):
        raise Refused("没有这种选择。请从「各支部可以看什么」里选。")
    changed = terms.open_to_branches(
        work.session, me=work.me, committee_id=committee_id, chosen=Openness(openness)
    )
    return Reply(_openness(work, committee_id), toast="已保存" if changed else "本来就是这样，没有改动")


def _public_notice(work: Work, term_id: int) -> Message:
    return screens.public_notice(*noticed(work, term_id))


def noticed(work: Work, term_id: int) -> tuple[Term, str, Sequence[Standing], Openness, tuple[date, date]]:
    """What 公示 of a term (0: the newest that was published) says. Raises Refused."""
    if term_id:
        committee_id = terms.any_term(work.session, term_id).committee_id
    else:
        committee_id = next((s.committee_id for s in work.me.seats if s.role is Role.ADMINISTRATOR), 0)
    publish(work.me, committee_id)
    term = newest(work, committee_id, term_id)
    days = _period(work, term, _since(work, term))
    rows = sorted(_official(work, term), key=lambda row: row.key)
    name, openness = (
        terms.committee_name(work.session, committee_id),
        terms.openness(work.session, committee_id),
    )
    return term, name, rows, openness, days


def tell(work: Work, persons: Sequence[int], branch: Branch, notice: tuple[str, str], said: str) -> None:
    """Owe persons a notice (its key, and what draws it), but not whoever does it."""
    key, action = notice
    notices.tell(
        work.session,
        committee_id=branch.committee_id,
        persons=[person for person in persons if person != work.me.person_id],
        key=key,
        action=action,
        said=said,
        now=work.me.now,
    )
