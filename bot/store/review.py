"""年度评议 and 优秀党支部 of a school year: what was set up, opened, closed, entered by hand and decided."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import ballots, history, roll
from bot.store.database import Session, insert, lock, put
from bot.store.history import About
from bot.store.tables import AWARD, BRANCH, EXPERT_OPINION, PAPER_BALLOTS, REVIEW
from bot.values import Award, Branch, ExpertOpinion, Review
from scoring.refusal import Refused
from scoring.review import Box, Count, Electorate, Tally, few

_r, _e, _a = REVIEW.c, EXPERT_OPINION.c, AWARD.c
_REVIEWS = sa.select(
    _r.id,
    _r.committee_id,
    _r.year,
    _r.edition,
    _r.branches,
    _r.own,
    _r.voters,
    _r.present,
    _r.issued,
    _r.returned,
    _r.weights,
    _r.opened_at,
    _r.closed_at,
    _r.voided_at,
)
_ONE = _REVIEWS.where(_r.id == sa.bindparam("review"))
_OF_YEAR = _REVIEWS.where(
    _r.committee_id == sa.bindparam("committee"), _r.year == sa.bindparam("year")
).order_by(_r.id)
_CLOSED_ROUNDS = _REVIEWS.where(
    _r.committee_id == sa.bindparam("committee"), _r.closed_at.is_not(None), _r.voided_at.is_(None)
).order_by(_r.year, _r.id)


def _review(row: Any) -> Review:
    number, committee, year, edition, branches, own, *counts, opened, closed, voided = row
    voters, present, issued, returned, weights = map(_by_group, counts)
    return Review(
        id=number,
        committee_id=committee,
        year=year,
        edition=edition,
        branches=tuple(int(branch) for branch in branches.split(",") if branch),
        own=own,
        voters=voters,
        present=present,
        issued=issued,
        returned=returned,
        weights=weights,
        opened_at=opened,
        closed_at=closed,
        voided_at=voided,
    )


def _by_group(text: str) -> dict[Electorate, int]:
    return {Electorate(int(group)): count for group, count in json.loads(text or "{}").items()}


def one(session: Session, review_id: int, *, to_write: bool = False) -> Review:
    """A round by its number. Raises Refused. `to_write`: nobody else changes it until the unit of work ends."""
    if to_write:
        lock(session, REVIEW, review_id)
    row = session.execute(_ONE, {"review": review_id}).first()
    if row is None:
        raise Refused("没有找到这次评议。请回首页重新选择。")
    return _review(row)


_NAMES = (
    sa.select(BRANCH.c.id, BRANCH.c.committee_id, roll.name_in(sa.bindparam("year")))
    .where(BRANCH.c.id.in_(sa.bindparam("branches", expanding=True)))
    .order_by(BRANCH.c.id)
)


def on_ballot(session: Session, review: Review) -> tuple[Branch, ...]:
    """The branches on the ballots of a round, in the order in which they were set up, by their names in its year."""
    rows = session.execute(_NAMES, {"branches": list(review.branches), "year": review.year})
    return tuple(Branch(*row) for row in rows)


def of_year(session: Session, *, committee_id: int, year: int) -> tuple[Review, ...]:
    """All rounds of a school year, the earliest first."""
    rows = session.execute(_OF_YEAR, {"committee": committee_id, "year": year})
    return tuple(map(_review, rows))


def closed(session: Session, committee_id: int) -> tuple[Review, ...]:
    """The rounds of all years that were closed and count, the earliest first."""
    return tuple(map(_review, session.execute(_CLOSED_ROUNDS, {"committee": committee_id})))


def _about(review: Review) -> About:
    return About("review", review.id, review.committee_id)


def _counts(counts: Mapping[Electorate, int]) -> dict[str, int]:
    return {str(int(group)): n for group, n in sorted(counts.items())}


# --- setting up, opening, closing ---------------------------------------------------------------------------------


def prepare(session: Session, *, me: Me, committee_id: int, year: int, edition: str) -> int:
    """Begin the draft of a round; its number."""
    number = insert(
        session,
        REVIEW,
        committee_id=committee_id,
        year=year,
        edition=edition,
        made_by=me.person_id,
        made_at=me.now,
    )
    history.add(session, me, About("review", number, committee_id), after={"prepared": year})
    return number


def keep(session: Session, *, me: Me, review: Review, what: str, counts: Mapping[Electorate, int]) -> None:
    """Keep `what` was counted by group: voters, present, issued or weights."""
    said = _counts(counts)
    session.execute(sa.update(REVIEW).where(_r.id == review.id).values({what: json.dumps(said)}))
    history.add(
        session, me, _about(review), before={what: _counts(getattr(review, what))}, after={what: said}
    )


def set_own(session: Session, *, me: Me, review: Review, own: bool) -> None:
    """Say whether one's own branch may be marked."""
    session.execute(sa.update(REVIEW).where(_r.id == review.id).values(own=own))
    history.add(session, me, _about(review), before={"own": review.own}, after={"own": own})


def open_round(session: Session, *, me: Me, review: Review, branches: Sequence[int], edition: str) -> None:
    """From now on its codes give ballots with these branches on them, and nothing of it is changed any more."""
    listed = ",".join(map(str, branches))
    values = {"opened_at": me.now, "branches": listed, "edition": edition}
    session.execute(sa.update(REVIEW).where(_r.id == review.id).values(**values))
    ballots.enrol(session, review.id, review.voters)
    history.add(session, me, _about(review), after={"opened": True, "voters": _counts(review.voters)})


def close_round(session: Session, *, me: Me, review: Review) -> None:
    """Nobody votes any more; what the files could tell of the order of the votes is gone. Behind `ballots.hold()`."""
    used = ballots.used(session, review.id)
    returned = _counts(used)
    values = {"closed_at": me.now, "closed_on": me.now.date(), "returned": json.dumps(returned)}
    session.execute(sa.update(REVIEW).where(_r.id == review.id).values(**values))
    ballots.pool(session, review.id, few(used))
    ballots.seal(session, review.id)
    history.add(session, me, _about(review), after={"closed": True, "returned": returned})


def void_round(session: Session, *, me: Me, review: Review) -> None:
    """It counts for nothing: its codes and ballots are deleted. Behind `ballots.hold()`."""
    session.execute(sa.update(REVIEW).where(_r.id == review.id).values(voided_at=me.now))
    ballots.drop(session, review.id)
    history.add(session, me, _about(review), after={"voided": True})


# --- what is entered by hand --------------------------------------------------------------------------------------

_PAPER = (
    sa.select(PAPER_BALLOTS.c.group, PAPER_BALLOTS.c.ballots, PAPER_BALLOTS.c.tally)
    .where(PAPER_BALLOTS.c.review_id == sa.bindparam("review"))
    .order_by(PAPER_BALLOTS.c.group)
)
_KEEP_PAPER = put(PAPER_BALLOTS, "ballots", "tally", "person_id", "at")


def paper(session: Session, review_id: int) -> tuple[Box, ...]:
    """The paper ballots that were counted by hand, a box a group; perhaps not of all branches yet."""
    return tuple(
        Box((Electorate(group),), count, _tally(text), paper=True)
        for group, count, text in session.execute(_PAPER, {"review": review_id})
    )


def _tally(text: str) -> Tally:
    return {
        int(branch): tuple(Count(*row) for row in rows) for branch, rows in json.loads(text or "{}").items()
    }


def keep_paper(session: Session, *, me: Me, review: Review, box: Box) -> None:
    """Keep how many paper ballots of a group there are, and what was counted in them so far."""
    written = {str(branch): [list(count) for count in counts] for branch, counts in sorted(box.tally.items())}
    row = {"review_id": review.id, "group": int(box.groups[0]), "ballots": box.ballots}
    session.execute(
        _KEEP_PAPER, {**row, "tally": json.dumps(written), "person_id": me.person_id, "at": me.now}
    )
    history.add(
        session,
        me,
        _about(review),
        after={"paper": int(box.groups[0]), "ballots": box.ballots, "tally": written},
    )


def drop_paper(session: Session, *, me: Me, review: Review, group: Electorate) -> None:
    """There are no paper ballots of a group."""
    of_group = (PAPER_BALLOTS.c.review_id == review.id, PAPER_BALLOTS.c.group == int(group))
    was = session.execute(sa.select(PAPER_BALLOTS.c.ballots, PAPER_BALLOTS.c.tally).where(*of_group)).first()
    session.execute(sa.delete(PAPER_BALLOTS).where(*of_group))
    before = (
        {"paper": int(group), "ballots": was.ballots, "tally": was.tally} if was else {"paper": int(group)}
    )
    history.add(session, me, _about(review), before=before, after={"paper": 0})


_EXPERTS = (
    sa.select(_e.id, _e.branch_id, _e.name, _e.text)
    .where(_e.review_id == sa.bindparam("review"))
    .order_by(_e.id)
)


def experts(session: Session, review_id: int) -> tuple[ExpertOpinion, ...]:
    """What experts said over their own names, in the order in which it was written down."""
    return tuple(ExpertOpinion(*row) for row in session.execute(_EXPERTS, {"review": review_id}))


def add_expert(session: Session, *, me: Me, review: Review, branch_id: int, name: str, text: str) -> None:
    """Write down what an expert said of a branch."""
    values = {"review_id": review.id, "branch_id": branch_id, "name": name, "text": text}
    insert(session, EXPERT_OPINION, **values, person_id=me.person_id, at=me.now)
    history.add(session, me, _about(review), after={"expert": branch_id})


def drop_expert(session: Session, *, me: Me, review: Review, opinion_id: int) -> None:
    """Delete what an expert said: it was written down wrongly."""
    said = next((one for one in experts(session, review.id) if one.id == opinion_id), None)
    if said is None:
        return
    session.execute(sa.delete(EXPERT_OPINION).where(_e.id == opinion_id))
    before = {"expert": said.branch_id, "name": said.name, "text": said.text}
    history.add(session, me, _about(review), before=before, after={"expert": 0})


# --- what follows -------------------------------------------------------------------------------------------------

_CLOSED = (
    sa.select(_r.year, _r.closed_on)
    .where(_r.committee_id == sa.bindparam("committee"), _r.closed_on.is_not(None), _r.voided_at.is_(None))
    .order_by(_r.year)
)
_GIVEN = (
    sa.select(_a.year, _a.decided_on, _a.branch_id)
    .where(_a.committee_id == sa.bindparam("committee"), _a.decided_on.is_not(None))
    .order_by(_a.year)
)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened at the end of a school year, after which something is owed: by a branch, or (0) the committee."""

    kind: str
    year: int
    on: date
    branch_id: int = 0


def events(session: Session, committee_id: int) -> tuple[Event, ...]:
    """The rounds that were closed and the awards that were given. Two queries."""
    asked = {"committee": committee_id}
    closed = [Event("review", year, on) for year, on in session.execute(_CLOSED, asked)]
    given = [Event("award", year, on, branch) for year, on, branch in session.execute(_GIVEN, asked)]
    return (*closed, *given)


# --- the award ----------------------------------------------------------------------------------------------------

_AWARDS = sa.select(
    _a.id,
    _a.committee_id,
    _a.year,
    _a.branch_id,
    roll.name_in(_a.year),
    _a.reason,
    _a.note,
    _a.decided_at,
    _a.noted_at,
).join(BRANCH, BRANCH.c.id == _a.branch_id)
_AWARD = _AWARDS.where(_a.committee_id == sa.bindparam("committee"), _a.year == sa.bindparam("year"))
_AWARD_BY_ID = _AWARDS.where(_a.id == sa.bindparam("award"))
_DECIDED = _AWARDS.where(_a.committee_id == sa.bindparam("committee"), _a.decided_at.is_not(None)).order_by(
    _a.year.desc()
)


def _read_award(row: Any) -> Award:
    number, committee, year, branch, name, *rest = row
    return Award(number, committee, year, Branch(branch, committee, name), *rest)


def award(session: Session, *, committee_id: int, year: int) -> Award | None:
    """优秀党支部 of a school year, or the draft of it."""
    row = session.execute(_AWARD, {"committee": committee_id, "year": year}).first()
    return None if row is None else _read_award(row)


def award_by_id(session: Session, award_id: int, *, to_write: bool = False) -> Award:
    """An award by its number. Raises Refused. `to_write`: nobody else changes it until the unit of work ends."""
    if to_write:
        lock(session, AWARD, award_id)
    row = session.execute(_AWARD_BY_ID, {"award": award_id}).first()
    if row is None:
        raise Refused("没有找到这次评选。请回首页重新选择。")
    return _read_award(row)


def awards(session: Session, committee_id: int) -> tuple[Award, ...]:
    """What was decided in all years, the newest first."""
    return tuple(map(_read_award, session.execute(_DECIDED, {"committee": committee_id})))


def choose(session: Session, *, me: Me, committee_id: int, year: int, branch_id: int) -> Award:
    """Choose a branch, as a draft, without what was written for another one."""
    was = award(session, committee_id=committee_id, year=year)
    values: dict[str, Any] = {"branch_id": branch_id, "made_by": me.person_id, "made_at": me.now}
    if was is None:
        insert(session, AWARD, committee_id=committee_id, year=year, **values)
    else:
        if was.branch.id != branch_id:  # what was written is about another one
            values |= {"reason": "", "note": ""}
        session.execute(sa.update(AWARD).where(_a.id == was.id).values(**values))
    chosen = award(session, committee_id=committee_id, year=year)
    assert chosen is not None
    history.add(session, me, About("award", chosen.id, committee_id), after={"chosen": branch_id})
    return chosen


def write(session: Session, *, me: Me, found: Award, **texts: str) -> None:
    """Keep the reason or the note of an award."""
    session.execute(sa.update(AWARD).where(_a.id == found.id).values(**texts))
    before = {name: getattr(found, name) for name in texts}
    history.add(session, me, About("award", found.id, found.committee_id), before=before, after=dict(texts))


def decide(session: Session, *, me: Me, found: Award, branches: Sequence[int]) -> None:
    """The award is given, which all branches hear."""
    given = {"made_by": me.person_id, "decided_at": me.now, "decided_on": me.now.date()}
    session.execute(sa.update(AWARD).where(_a.id == found.id).values(**given))
    about = About("award", found.id, found.committee_id, branches=branches)
    history.add(
        session, me, about, after={"year": found.year, "branch": found.branch.id, "reason": found.reason}
    )


def noted(session: Session, *, me: Me, found: Award) -> None:
    """Somebody has seen to what the next budget is to do for it."""
    session.execute(sa.update(AWARD).where(_a.id == found.id).values(noted_at=me.now))
    history.add(session, me, About("award", found.id, found.committee_id), after={"noted": True})
