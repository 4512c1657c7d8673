"""What would be said to whom, when and why, without saying it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.permissions import Role
from bot.screens.duties import titled
from bot.store import duties, people, seats, terms
from bot.store.arrangements import arrangements
from bot.store.database import Session
from bot.store.preferences import Preference, preferences
from bot.values import Group
from jobs.duties import hours
from jobs.duties.catalogue import Duty
from jobs.duties.occurrences import answer_by
from jobs.duties.telling import LOOK_BACK, asks_for_term, tells_committee
from jobs.reminders import all_digests, lay_out, silenced

BRANCHES = "各支部"  # whose a thing is that members of the committee are told of
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One thing that one person would be told: when, of what (duty, period, due day), and how long before."""

    at: datetime
    person: str
    body: str
    duty: str
    title: str
    period: str
    due: date
    held: bool
    """Whether it happens on that day."""
    lead: int | None
    """None where it is said because the person put it off."""
    by: date
    """The last day on which an answer is on time."""
    why: str

    @property
    def words(self) -> str:
        """How long before or after its day: 提前 5 天, 当天, 待报, 逾期 7 天; or 推迟的提醒."""
        if self.lead is None:
            return "推迟的提醒"
        if self.lead >= 0:
            return f"提前 {self.lead} 天" if self.lead else "当天"
        late = (self.at.date() - self.by).days
        return f"逾期 {late} 天" if late > 0 else "待报"


def preview(
    session: Session, committee_id: int, first: date, last: date, now: datetime, *, late: bool = False
) -> Iterator[Foreseen]:
    """Every reminder from one day to another, as if all that is still open were done on its due day.

    With `late`, as if nothing were done. It lays the duties out as they would be then: call it in a unit of work
    that is not kept.
    """
    lay_out(session, committee_id, first)
    arranged = arrangements(session, committee_id)
    names = {branch.id: branch.name for branch in terms.branches_of(session, committee_id)}
    committee = terms.committee_name(session, committee_id)
    members = seats.in_committee(session, committee_id)
    administrators = seats.in_committee(session, committee_id, Role.ADMINISTRATOR)
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        if not arranged.rhythm.speaks(day):
            continue
        since = arranged.rhythm.spoke(day)
        then = now.replace(year=day.year, month=day.month, day=day.day)
        begun = silenced(session, committee_id, arranged, since, then)
        found = all_digests(session, committee_id, arranged, since, day, begun)
        wishes = preferences(session, found)
        persons = people.names(session, found)
        groups = _open(session, committee_id, day)
        for person, digest in sorted(found.items()):
            wish = wishes.get(person, Preference())
            if wish.muted(day):
                continue
            at = hours.at(day, wish.minute, person, now)
            for told in digest.told:
                if told.occurrence.due < day and not late:
                    continue
                duty = arranged.of(told.duty, told.branch_id)
                yield Foreseen(
                    at,
                    persons[person],
                    names.get(told.branch_id or 0, committee),
                    duty.key,
                    titled(duty, told.occurrence.period),
                    told.occurrence.period,
                    told.occurrence.due,
                    duty.held,
                    told.lead,
                    answer_by(duty, told.occurrence.due, told.occurrence.closes, told.occurrence.told_on),
                    duty.rule or "党总支交办",
                )
            if person in administrators and asks_for_term(arranged.rhythm, since, day):
                yield _unset(at, persons[person], committee, arranged.rhythm.until)
            if person in members:
                for group, duty in groups:
                    told_of = tells_committee(
                        duty, group.counts_from, arranged.rhythm, since, day, wish.weekly
                    )
                    if not told_of or (group.due < day and not late):
                        continue
                    yield Foreseen(
                        at,
                        persons[person],
                        BRANCHES,
                        duty.key,
                        titled(duty, group.period),
                        group.period,
                        group.due,
                        duty.held,
                        (group.due - day).days,
                        group.by,
                        "每周汇总" if wish.weekly else "各支部连续三周逾期",
                    )


def _unset(at: datetime, person: str, committee: str, ends: date) -> Foreseen:
    """An administrator is told that no term follows the last one, which ends on a day."""
    lead, why = (ends - at.date()).days, "下学期还没有设置"
    return Foreseen(at, person, committee, "next_term", "设置下学期", "", ends, False, lead, ends, why)


def _open(session: Session, committee_id: int, day: date) -> list[tuple[Group, Duty]]:
    """What branches owe that the committee may be told of on a day."""
    groups = duties.open_groups(session, committee_id=committee_id, since=day - LOOK_BACK, until=day + SOON)
    return [(group, duty) for group in groups if (duty := group.behind)]
