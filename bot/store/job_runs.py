"""How each nightly job went when it last ended: one row a job."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from bot.store.database import Session, put
from bot.store.tables import JOB_RUN


@dataclass(frozen=True, slots=True)
class Run:
    """The last run of a job: for which day, when it ended, and how.

    `told`: what the administrators of committees heard of it and still holds, by the committee's number.
    """

    day: date
    at: datetime
    failed: bool
    result: str
    told: Mapping[int, str] = field(default_factory=dict)


_j = JOB_RUN.c
_LAST = sa.select(_j.day, _j.at, _j.failed, _j.result, _j.told).where(_j.name == sa.bindparam("of"))
_NOTE = put(JOB_RUN, "day", "at", "failed", "result", "told")


def last(session: Session, name: str) -> Run | None:
    """How a job went last, if it ever ended."""
    row = session.execute(_LAST, {"of": name}).first()
    if row is None:
        return None
    told = {int(committee): words for committee, words in json.loads(row.told or "{}").items()}
    return Run(row.day, row.at, row.failed, row.result, told)


def note(session: Session, name: str, run: Run) -> None:
    """A job has ended."""
    told = json.dumps(dict(run.told), ensure_ascii=False) if run.told else ""
    values = {"day": run.day, "at": run.at, "failed": run.failed, "result": run.result, "told": told}
    session.execute(_NOTE, {"name": name, **values})
