"""A whole school year, tick by tick, against the list that was read, and against what `preview` foresees."""

import re
from collections import Counter
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.actions import Task
from bot.message import Message
from bot.permissions import Me, Role
from bot.screens import reminding
from bot.screens.duties import titled
from bot.store import chats, duties, invitations, joining, terms
from bot.store.database import Session
from bot.values import Owing
from jobs.duties.answers import example
from jobs.duties.calendar import propose_terms
from jobs.duties.catalogue import read_duties
from jobs.duties.workdays import WorkDays
from jobs.preview import Foreseen, preview
from tests.conftest import ZONE, Clock, sqlite_database
from tests.jobs.test_rhythm import digests_of
from tests.phone import Phone, World
from tests.wire import Clockwork

FIRST, LAST = date(2026, 8, 31), date(2027, 7, 14)
TICKS = (time(0, 5), time(9, 5), time(20, 30))
SECRETARIES = ("demo-3", "demo-4", "demo-5", "demo-6")
PROMPT, NEVER, MEMBER = "demo-3", "demo-4", "demo-1"
Said = set[tuple[date, str]]


class Year:
    """Four branches in the two terms of 2026-27. The first does everything on its due day, the others nothing."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock = world, clock
        clock.now = datetime.combine(FIRST, time(0, 0), ZONE)
        with world.database.write() as session:
            self.committee = terms.add_committee(session, name="党总支", edition="jinsong_2017")
            for proposed in propose_terms(2026):
                terms.add_term(session, committee_id=self.committee, dates=proposed, edition="jinsong_2017")
            for n, address in enumerate(SECRETARIES):
                branch = terms.add_branch(
                    session, committee_id=self.committee, name=f"第{n + 1}党支部", campus=""
                )
                self._seat(session, address, Role.SECRETARY, branch)
            self._seat(session, MEMBER, Role.MEMBER, None)
        self.clockwork = Clockwork(world, clock)

    def _seat(self, session: Session, address: str, role: Role, branch: int | None) -> None:
        now = self.clock()
        code = invitations.invite(
            session, me=Me(0, "", now), committee_id=self.committee, branch_id=branch, role=role
        ).code
        me = chats.chat_at(session, channel="web", external=address, now=now).me
        joining.join(session, me=me, text=code, name=role.word)

    def foreseen(self, *, late: bool = False) -> list[Foreseen]:
        """What `preview` says before the year begins."""
        with self.world.database.rehearse() as session:
            return list(preview(session, self.committee, FIRST, LAST, self.clock(), late=late))

    def pass_by(self) -> None:
        """Three ticks a day; what the prompt branch owes is answered in the evening of its due day."""
        day = FIRST
        while day <= LAST:
            for hour in TICKS:
                self.clock.now = datetime.combine(day, hour, ZONE)
                self.clockwork.tick()
            for owed in self._due(day):
                self._answer(owed)
            day += timedelta(days=1)

    def _due(self, day: date) -> tuple[Owing, ...]:
        with self.world.database.read() as session:
            branch = terms.branches_of(session, self.committee)[0].id
            return duties.open_for(
                session, branch_ids=[branch], committee_ids=[self.committee], since=day, until=day
            )

    def _answer(self, owed: Owing) -> None:
        duty = read_duties("jinsong_2017")[owed.duty]
        if duty.closes in ("sheet", "sheets", "none"):  # closed by what later happens elsewhere in the bot
            with self.world.database.write() as session:
                me = chats.chat_at(session, channel="web", external=PROMPT, now=self.clock()).me
                duties.close(session, me=me, owed=owed, answer="")
            return
        who = PROMPT if owed.branch_id else MEMBER
        phone = Phone(self.world.conversation, who).press(Task(owed.id))
        if "已完成" in phone.labels:
            phone.tap("已完成")
        else:
            phone.say(example(duty))
        assert "已完成" in phone.toast

    def said(self, address: str) -> Said:
        """What one chat was told, by day and the duty's name."""
        return {
            (at.date(), name)
            for at, where, message in self.clockwork.wire.arrived
            if where == address
            for name in names(message)
        }


def names(message: Message) -> list[str]:
    """The duties a digest names."""
    known = {duty.title for duty in read_duties("jinsong_2017").values()}
    lines = [re.sub(r"^\d+\. ", "", line[0]) for line in message.lines if isinstance(line, tuple)]
    listed = [message.title.removeprefix("提醒 · "), *lines]
    return [name for name in listed if re.sub("^(?:[0-9]+月)?(?:第 [0-9]+ 次)?", "", name) in known]


def as_read(*, late: bool) -> Said:
    """The list that was read (golden_years.txt), as what a branch is told by day."""
    return {
        (day, titled(duty, occurrence.period))
        for day, told in digests_of(*propose_terms(2026), late=late).items()
        for (occurrence, duty), _ in told
    }


@pytest.mark.slow
def test_a_year_of_reminders(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """One year for all its facts: it takes a while to pass."""
    monkeypatch.setattr(reminding, "SAID", 100)  # a digest lists all it names, so that it can be compared
    with closing(sqlite_database(tmp_path / "bot.db", "empty")) as database:
        year = Year(World(database, tmp_path, clock), clock)
        foreseen, late = year.foreseen(), year.foreseen(late=True)
        year.pass_by()
    said_as_read(year)
    said_once_a_day_on_working_days(year)
    foreseen_by_preview(year, foreseen, late)


def said_as_read(year: Year) -> None:
    expected = as_read(late=False)
    assert len(expected) >= 100
    assert year.said(PROMPT) == expected
    assert year.said(NEVER) == as_read(late=True)
    member = {name for _, name in year.said(MEMBER)}
    assert {"总支评价", "年度交流汇报与评议"} <= member


def said_once_a_day_on_working_days(year: Year) -> None:
    days, counted = WorkDays(), Counter((at.date(), who) for at, who, _ in year.clockwork.wire.arrived)
    assert set(counted.values()) == {1}
    assert all(days.works(day) for day, _ in counted)


def foreseen_by_preview(year: Year, foreseen: list[Foreseen], late: list[Foreseen]) -> None:
    for who, body, said in ((PROMPT, "第1党支部", foreseen), (NEVER, "第2党支部", late)):
        mine = {
            (one.at.date(), titled(read_duties("jinsong_2017")[one.duty], one.period))
            for one in said
            if one.body == body
        }
        assert mine == year.said(who)
    assert {(one.at.hour, one.at.minute % 30 != 0) for one in foreseen} == {(8, True)}
