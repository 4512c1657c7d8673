"""What a committee arranged otherwise: its own working days, and the duties it or a branch chose differently."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
import structlog

from bot.permissions import Me
from bot.store import history, laying_out, terms
from bot.store.database import Session, put
from bot.store.history import About
from bot.store.tables import COMMITTEE, DAY, DUTY_CHOICE, TERM
from jobs.duties.calendar import presumed_terms
from jobs.duties.catalogue import Duty, DutyChoice, choose, read_duties, settled
from jobs.duties.telling import Rhythm
from jobs.duties.workdays import WorkDays
from scoring.refusal import Refused

log = structlog.get_logger()
MOST_NAMED = 2000  # branches that one statement names


@dataclass(frozen=True, slots=True)
class Arrangements:
    """A committee's edition, working days and terms, and choices by body (0 the committee, else a branch) and duty."""

    committee_id: int
    edition: str
    rhythm: Rhythm
    choices: Mapping[tuple[int, str], DutyChoice]

    @property
    def days(self) -> WorkDays:
        """Its working days."""
        return self.rhythm.days

    @property
    def catalogue(self) -> Mapping[str, Duty]:
        """The duties that a committee and its branches may have."""
        return read_duties(self.edition)

    def choices_for(self, branch_id: int | None, duty: str) -> tuple[DutyChoice, ...]:
        """The committee's choice for a duty, then the branch's."""
        found = [self.choices.get((body, duty)) for body in dict.fromkeys((0, branch_id or 0))]
        return tuple(choice for choice in found if choice)

    def of(self, duty: Duty, branch_id: int | None) -> Duty:
        """A duty as a branch has it; without a branch, as the committee has it."""
        return settled(duty, *self.choices_for(branch_id, duty.key))

    def shares(self, duty: Duty) -> Iterator[tuple[tuple[int, ...] | None, tuple[DutyChoice, ...]]]:
        """Who owes a duty by which choices: the committee itself (0), or all branches that chose nothing (None), then
        those that chose alike."""
        usual = self.choices_for(None, duty.key)
        if duty.who == "committee":
            yield (0,), usual
            return
        yield None, usual
        alike: dict[DutyChoice, list[int]] = {}
        for (body, key), choice in sorted(self.choices.items(), key=lambda item: item[0]):
            if body and key == duty.key:
                alike.setdefault(choice, []).append(body)
        for choice, bodies in alike.items():
            for start in range(0, len(bodies), MOST_NAMED):
                yield tuple(bodies[start : start + MOST_NAMED]), (*usual, choice)


_DECLARE = put(DAY, "works")
_DAYS = sa.select(DAY.c.day, DAY.c.works).where(DAY.c.committee_id == sa.bindparam("committee"))
_DAYS_AND_TERMS = sa.union_all(  # a day with whether it is worked, or a term's first with its last
    sa.select(DAY.c.day, DAY.c.works, sa.cast(sa.null(), sa.Date)).where(
        DAY.c.committee_id == sa.bindparam("committee")
    ),
    sa.select(TERM.c.starts, sa.cast(sa.null(), sa.Boolean), TERM.c.ends).where(
        TERM.c.committee_id == sa.bindparam("committee")
    ),
)
_CHOICES = (  # a row without a choice where nobody chose: the edition is there in any case
    sa.select(
        COMMITTEE.c.edition,
        DUTY_CHOICE.c.body,
        DUTY_CHOICE.c.duty,
        DUTY_CHOICE.c.active,
        DUTY_CHOICE.c.rule,
    )
    .select_from(COMMITTEE)
    .outerjoin(DUTY_CHOICE, DUTY_CHOICE.c.committee_id == COMMITTEE.c.id)
    .where(COMMITTEE.c.id == sa.bindparam("committee"))
)


def working_days(session: Session, committee_id: int) -> WorkDays:
    """The working days of a committee. One query."""
    days = session.execute(_DAYS, {"committee": committee_id}).all()
    return WorkDays({row.day: row.works for row in days})


def rhythm(session: Session, committee_id: int) -> Rhythm:
    """The working days and the terms of a committee, after the last one the usual ones. One query."""
    rows = session.execute(_DAYS_AND_TERMS, {"committee": committee_id}).all()
    days = WorkDays({day: works for day, works, ends in rows if ends is None})
    known = sorted((starts, ends) for starts, _, ends in rows if ends is not None)
    presumed = presumed_terms(known[-1][1]) if known else ()
    until = known[-1][1] if known else date.max
    return Rhythm(days, (*known, *((term.starts, term.ends) for term in presumed)), until)


def arrangements(session: Session, committee_id: int) -> Arrangements:
    """Everything a committee and its branches arranged. Two queries. Raises Refused when there is no such committee."""
    rows = session.execute(_CHOICES, {"committee": committee_id}).all()
    if not rows:
        raise Refused("没有找到这个党总支。请回首页重新选择。")
    edition = rows[0].edition
    catalogue = read_duties(edition)
    choices: dict[tuple[int, str], DutyChoice] = {}
    for _, body, duty, active, rule in rows:
        try:
            if duty in catalogue:
                choices[body, duty] = choose(catalogue[duty], on=active, rule=rule)
        except Refused:  # a newer catalogue has the duty come round otherwise: as if nothing were chosen
            log.warning("a chosen rule no longer fits its duty", committee=committee_id, duty=duty)
    return Arrangements(committee_id, edition, rhythm(session, committee_id), choices)


# --- choosing ---------------------------------------------------------------------------------------------------


def choose_duty(
    session: Session, *, me: Me, committee_id: int, body: int, duty: str, **chosen: bool | str
) -> bool:
    """A committee (body 0) or a branch chooses `active` or `rule` of a duty; False when it had already.

    The rule is kept as typed: the caller has read it with `choose`.
    """
    before = _chosen(session, committee_id, body, duty)
    if all(before.get(name) == value for name, value in chosen.items()):
        return False
    key = {"committee_id": committee_id, "body": body, "duty": duty}
    session.execute(put(DUTY_CHOICE, *chosen), {**key, **chosen})
    about = About("duty_choice", body, committee_id, body or None)
    history.add(session, me, about, before={"duty": duty, **before}, after={"duty": duty, **chosen})
    return True


def forget_choice(session: Session, *, me: Me, committee_id: int, body: int, duty: str) -> bool:
    """A body has a duty as it was before it chose; False when it had not chosen."""
    before = _chosen(session, committee_id, body, duty)
    if not before:
        return False
    session.execute(sa.delete(DUTY_CHOICE).where(*_is_choice(committee_id, body, duty)))
    about = About("duty_choice", body, committee_id, body or None)
    history.add(session, me, about, before={"duty": duty, **before}, after={"duty": duty, "chosen": False})
    return True


def _is_choice(committee_id: int, body: int, duty: str) -> tuple[Any, ...]:
    return (
        DUTY_CHOICE.c.committee_id == committee_id,
        DUTY_CHOICE.c.body == body,
        DUTY_CHOICE.c.duty == duty,
    )


def _chosen(session: Session, committee_id: int, body: int, duty: str) -> dict[str, Any]:
    """What a body chose for a duty, when nobody else is changing it."""
    laying_out.lay_out_again(session, committee_id=committee_id)
    found = sa.select(DUTY_CHOICE.c.active, DUTY_CHOICE.c.rule)
    row = session.execute(found.where(*_is_choice(committee_id, body, duty))).first()
    return dict(row._mapping) if row else {}


def enter_days(
    session: Session, *, me: Me, committee_id: int, days: Mapping[date, bool]
) -> tuple[dict[date, bool], int | None]:
    """Declare days to be of work or of rest.

    Returns those that were not so declared before, and the change with which they can be taken back, if there are any.
    """
    before = _entered(session, committee_id)
    changed = {day: works for day, works in days.items() if before.get(day) is not works}
    first: int | None = None
    for day, works in changed.items():
        session.execute(_DECLARE, {"committee_id": committee_id, "day": day, "works": works})
        was, now = {"works": before.get(day)}, {"works": works}
        change = history.add(session, me, _about(committee_id, day), before=was, after=now, batch=first)
        first = first or change
    _keep_usual(session, me, committee_id, before, {**before, **changed})
    return changed, first


def undo_days(session: Session, *, me: Me, committee_id: int, change: int) -> tuple[date, ...]:
    """Let days be again what they were before they were entered; which they are.

    Raises Refused where somebody has entered or deleted one of them since.
    """
    rows = history.days_together(session, committee_id=committee_id, change=change)
    now = _entered(session, committee_id) if rows else {}
    undone: dict[date, bool | None] = {}
    for row in rows:
        day = date(row.subject_id // 10_000, row.subject_id // 100 % 100, row.subject_id % 100)
        was, entered = (json.loads(said)["works"] for said in (row.before, row.after))
        if now.get(day) is not entered:
            raise Refused("这些日子后来又改过，不能撤销。请直接输入，例如：10月10日 上班。")
        undone[day] = was
    for day in (day for day, was in undone.items() if was is None):
        clear_day(session, me=me, committee_id=committee_id, day=day)
    if again := {day: was for day, was in undone.items() if was is not None}:
        enter_days(session, me=me, committee_id=committee_id, days=again)
    return tuple(sorted(undone))


def clear_day(session: Session, *, me: Me, committee_id: int, day: date) -> bool:
    """A day is again what the calendar says; False when nobody had declared it."""
    entered = _entered(session, committee_id)
    before = entered.get(day)
    if before is None:
        return False
    session.execute(sa.delete(DAY).where(DAY.c.committee_id == committee_id, DAY.c.day == day))
    about = _about(committee_id, day)
    history.add(session, me, about, before={"works": before}, after={"works": None})
    _keep_usual(session, me, committee_id, entered, {d: w for d, w in entered.items() if d != day})
    return True


def _keep_usual(
    session: Session, me: Me, committee_id: int, before: Mapping[date, bool], after: Mapping[date, bool]
) -> None:
    was, now = (WorkDays(days).entered for days in (before, after))
    terms.keep_usual(session, me=me, committee_id=committee_id, before=was, after=now)


def _entered(session: Session, committee_id: int) -> dict[date, bool]:
    """The days a committee declared, when nobody else is changing them."""
    laying_out.lay_out_again(session, committee_id=committee_id)
    rows = session.execute(_DAYS, {"committee": committee_id})
    return {row.day: row.works for row in rows}


def _about(committee_id: int, day: date) -> About:
    return About("day", int(f"{day:%Y%m%d}"), committee_id)
