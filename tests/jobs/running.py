"""A committee whose days pass, and what its people are told on them."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

from bot.message import Line, Message
from bot.permissions import Me, Role
from bot.store import chats, duties, invitations, joining, terms
from bot.values import Owing
from jobs.duties.calendar import TermDates, propose_terms
from tests.conftest import ZONE, Clock, sqlite_database
from tests.phone import Phone, World
from tests.wire import Clockwork

EDITION = "jinsong_2017"
DAY = timedelta(days=1)
HOURS = (time(0, 5), time(9, 5), time(20, 30))


class Running:
    """A committee with one branch, from the beginning of a day on; nobody has joined."""

    def __init__(
        self,
        folder: Path,
        first: date,
        *,
        dates: tuple[TermDates, ...] = propose_terms(2026),
        begins: bool = True,
    ) -> None:
        self.clock = Clock(datetime.combine(first, time(0), ZONE))
        self.world = World(sqlite_database(folder / "running.db", "empty"), folder, self.clock)
        with self.world.database.write() as session:
            begins_on = first if begins else None
            self.committee = terms.add_committee(session, name="总支", edition=EDITION, begins_on=begins_on)
            for term in dates:
                terms.add_term(session, committee_id=self.committee, dates=term, edition=EDITION)
            self.branch = terms.add_branch(session, committee_id=self.committee, name="一支部", campus="")
        self.work = Clockwork(self.world, self.clock)

    def join(self, who: str, role: Role = Role.SECRETARY) -> Phone:
        """Somebody takes a seat now."""
        with self.world.database.write() as session:
            branch = self.branch if role.of_branch else None
            code = invitations.invite(
                session, me=Me(0, "", self.clock()), committee_id=self.committee, branch_id=branch, role=role
            ).code
            me = chats.chat_at(session, channel="web", external=who, now=self.clock()).me
            joining.join(session, me=me, text=code, name=who)
        return Phone(self.world.conversation, who)

    def until(self, last: date, hour: int = 22) -> None:
        """Let time pass to an hour of a day, ticking thrice a day."""
        ends = datetime.combine(last, time(hour), ZONE)
        day = self.clock.now.date()
        while day <= last:
            for at in (datetime.combine(day, hour, ZONE) for hour in HOURS):
                if self.clock.now < at <= ends:
                    self.clock.now = at
                    self.work.tick()
            day += DAY
        self.clock.now = ends

    def heard(self, who: str) -> dict[str, Message]:
        """What came to somebody, by its day; two on one day are an error."""
        found: dict[str, Message] = {}
        for at, where, message in self.work.wire.arrived:
            if where == who:
                assert f"{at:%m-%d}" not in found, (at, message.title)
                found[f"{at:%m-%d}"] = message
        return found

    def of(self, who: str, word: str) -> dict[str, str]:
        """What somebody was told, by the day, where a line or the title has a word: that line, or the whole message."""
        found: dict[str, str] = {}
        for day, message in self.heard(who).items():
            lines = [said(line) for line in message.lines]
            if word in message.title:
                found[day] = "；".join(lines)
            elif with_word := [line for line in lines if word in line]:
                found[day] = with_word[0]
        return found

    def owed(self, duty: str, period: str = "") -> Owing:
        """The task of a duty, or the one of a period."""
        with self.world.database.read() as session:
            every = [
                owed
                for term in terms.terms_of(session, [self.committee])
                for owed in duties.of_branch(session, branch_id=self.branch, term_id=term.id)
            ]
        return min((o for o in every if o.duty == duty and period in ("", o.period)), key=lambda o: o.due)


def said(line: Line) -> str:
    """A line as one text."""
    return line if isinstance(line, str) else " ".join(line)
