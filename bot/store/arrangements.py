"""What a committee arranged otherwise: its own working days, and the duties it or a branch chose differently."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

import bot.store.tables  # noqa: F401  registers the tables
from jobs.calendar import WorkDays
from jobs.duties import Duty, DutyChoice, choose, settled

_CHOICE, _DAY = (SQLModel.metadata.tables[name] for name in ("duty_choice", "day"))


@dataclass(frozen=True, slots=True)
class Arrangements:
    """The working days of a committee, and the choices by body (0 the committee, else a branch) and duty."""

    days: WorkDays
    choices: Mapping[tuple[int, str], DutyChoice]

    def choices_for(self, branch_id: int | None, duty: str) -> tuple[DutyChoice, ...]:
        """The committee's choice for a duty, then the branch's."""
        found = [self.choices.get((body, duty)) for body in dict.fromkeys((0, branch_id or 0))]
        return tuple(choice for choice in found if choice)

    def of(self, duty: Duty, branch_id: int | None) -> Duty:
        """A duty as a branch has it; without a branch, as the committee has it."""
        return settled(duty, *self.choices_for(branch_id, duty.key))

    @property
    def own_choices(self) -> frozenset[int]:
        """The branches that chose anything for themselves."""
        return frozenset(body for body, _ in self.choices if body)


def arrangements(session: Session, committee_id: int, catalogue: Mapping[str, Duty]) -> Arrangements:
    """Everything a committee and its branches arranged. Two queries."""
    days = session.execute(
        sa.select(_DAY.c.day, _DAY.c.works).where(_DAY.c.committee_id == committee_id)
    ).all()
    rows = session.execute(
        sa.select(_CHOICE.c.body, _CHOICE.c.duty, _CHOICE.c.active, _CHOICE.c.rule, _CHOICE.c.leads).where(
            _CHOICE.c.committee_id == committee_id
        )
    ).all()
    choices = {
        (body, duty): choose(catalogue[duty], on=active, rule=rule, leads=leads)
        for body, duty, active, rule, leads in rows
        if duty in catalogue
    }
    return Arrangements(WorkDays({row.day: row.works for row in days}), choices)
