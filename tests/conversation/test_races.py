"""Two members on one 总支评价, the branch on its 自评 and a publication at the same time: nobody loses unheard.

Every run has an order in which they begin. Each begins when the one before is about to commit, and commits once the
next one has come as far as it can: what they do overlaps, and whoever is second meets what the first one holds.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import permutations

import pytest
import sqlalchemy as sa

from bot import actions
from bot.permissions import Rater, Role
from bot.store.database import Database
from bot.store.tables import HISTORY, SHEET, TERM
from bot.values import SheetFile
from tests.conftest import trials
from tests.conversation.test_evaluating import replayed
from tests.phone import Phone, World, code_for
from tests.published import evaluated

ITEM, RETURNED = 5, 7  # the item that two members mark, and the one that is returned
PEOPLE = ("administrator", "member", "other member", "secretary", "officer", "returner")
SAVED: dict[str, str | tuple[str, ...]] = {  # how a toast begins when it counts
    "administrator": "已公布",
    "member": "第 5 项 已存 优秀",
    "other member": "第 5 项 已存 不合格",
    "secretary": ("第 7 项 已存", "已提交"),
    "officer": "第 7 项 已存",
    "returner": "已退回，并通知支部",
}
REFUSED = ("还没有保存：", "不能再改", "不能再提交", "不能再退回", "在您确认前有改动")
BEHIND = {  # what somebody is told who came behind another one
    "administrator": ("的结果已公布", "总支评价已提交"),
    "member": ("还没有保存：",),
    "other member": ("还没有保存：",),
    "secretary": ("支部自评已提交",),
    "officer": ("在您确认前有改动",),
    "returner": (),
}


class Relay:
    """Several people one after the other, each met by the next one before the commit."""

    COMES = 0.004  # seconds: how far somebody comes who need not wait

    def __init__(self, order: tuple[str, ...]) -> None:
        self.order = order
        self._ready = {who: threading.Event() for who in order}
        self._here = threading.local()

    def run(self, does: Mapping[str, Callable[[Callable[[], None]], str]]) -> dict[str, str]:
        """What each was told. Each is given what to call before the step that is to be met."""
        told: dict[str, str] = {}
        broken: list[BaseException] = []

        def one(who: str, before: str | None) -> None:
            if before:
                self._ready[before].wait(20)

            def decisive() -> None:
                self._here.who = who

            try:
                told[who] = does[who](decisive)
            except BaseException as wrong:
                broken.append(wrong)
            finally:
                self._ready[who].set()

        threads = [
            threading.Thread(target=one, args=pair)
            for pair in zip(self.order, (None, *self.order), strict=False)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if broken:
            raise broken[0]
        return told

    @contextmanager
    def on(self, database: Database) -> Iterator["Relay"]:
        """Stand before the commits of a database."""
        sa.event.listen(database.engine, "commit", self._commits)
        try:
            yield self
        finally:
            sa.event.remove(database.engine, "commit", self._commits)

    def _commits(self, connection: sa.Connection) -> None:
        who = getattr(self._here, "who", None)
        if who is None or connection.get_execution_options().get("looks"):
            return
        self._here.who = None
        self._ready[who].set()
        for follower in self.order[self.order.index(who) + 1 :][:1]:
            self._ready[follower].wait(self.COMES)


def sheet_of(world: World, rater: Rater) -> SheetFile:
    file = world.sheet(0, rater)
    assert file is not None
    return file


class Race:
    """常营: the committee's sheet is filled and open, its own is submitted or, on every second run, was returned."""

    def __init__(self, world: World) -> None:
        self.world = evaluated(world)
        world.phone("secretary").say("自评").say("1-24合").tap("保存")
        self.rated, self.own = (sheet_of(world, rater).id for rater in (Rater.COMMITTEE, Rater.SELF))
        returner = Phone(world.conversation, "returner", name="退回的委员").say(code_for(world, Role.MEMBER))
        self.phones = {who: world.phone(who) for who in PEOPLE[:-1]} | {"returner": returner}
        self.names = {
            world.conversation.who("web", phone.address).person_id: who for who, phone in self.phones.items()
        }
        self.orders: Counter[tuple[str, str]] = Counter()

    def run(self, order: tuple[str, ...], number: int) -> None:
        """One run in which people begin in this order."""
        world, phones = self.world, self.phones
        self._prepare(again=number % 2 == 1)
        for who in ("member", "other member"):
            phones[who].press(actions.Card(self.rated, ITEM))
        mark = self._other_mark()
        taps: dict[str, str | actions.Action] = {"member": "优秀", "other member": "不合格"}
        if "officer" in order:
            phones["secretary"].press(actions.Overview(self.own)).tap("提交")
            taps |= {"secretary": "确认提交", "officer": mark}
        else:  # she taps on a card that she drew before she submitted
            phones["returner"].press(actions.Return(self.own)).tap(f"{RETURNED} ").say("缺会议记录")
            taps |= {"secretary": mark, "returner": "确认退回 1 项"}
        since = self._last()
        does = {who: partial(self._tap, phones[who], what) for who, what in taps.items()}
        with Relay(order).on(world.database) as relay:
            told = relay.run({**does, "administrator": self._publish})
        self._judge(told, self._stored(since))
        for rater in Rater:
            file = sheet_of(world, rater)
            assert replayed(world, file.id) == file.sheet.marks, told

    def _prepare(self, *, again: bool) -> None:
        """Nothing is published, both sheets are as they were; the own one is returned `again`."""
        world, administrator, secretary = self.world, self.phones["administrator"], self.phones["secretary"]
        with world.database.write() as session:
            session.execute(sa.update(TERM).where(TERM.c.id == world.terms[0].id).values(published_at=None))
            opened = {"submitted_at": None, "submitted_by": None}
            session.execute(sa.update(SHEET).where(SHEET.c.id == self.rated).values(**opened))
        administrator.press(actions.Card(self.rated, ITEM)).tap("合格")
        if not sheet_of(world, Rater.SELF).submitted_at:
            secretary.press(actions.Overview(self.own)).tap("提交").tap("确认提交")
        if again:
            returner = self.phones["returner"].press(actions.Return(self.own)).tap(f"{RETURNED} ")
            returner.say("缺会议记录").tap("确认退回 1 项")

    def _other_mark(self) -> actions.Mark:
        """Another grade for what was returned."""
        had = sheet_of(self.world, Rater.SELF).sheet.marks[RETURNED].grade
        return actions.Mark(self.own, RETURNED, (int(had) + 1) % 3)

    @staticmethod
    def _tap(phone: Phone, what: str | actions.Action, decisive: Callable[[], None]) -> str:
        decisive()
        return (phone.tap(what) if isinstance(what, str) else phone.press(what)).toast

    def _publish(self, decisive: Callable[[], None]) -> str:
        """Submit the sheet and publish, as often as somebody is faster; what was said at last."""
        phone = self.phones["administrator"]
        for _ in range(10):
            phone.press(actions.Overview(self.rated))
            if "提交" in phone.labels:
                phone.tap("提交").tap("确认提交")
            phone.say("公布")
            if "确认公布" in phone.labels:
                decisive()
                if phone.tap("确认公布").toast.startswith("已公布"):
                    break
        return phone.toast

    def _last(self) -> int:
        with self.world.database.read() as session:
            return int(session.execute(sa.select(sa.func.max(HISTORY.c.id))).scalar_one())

    def _stored(self, since: int) -> dict[str, int]:
        """Who changed something since, with the number of the (first) row of what they did."""
        query = sa.select(HISTORY.c.id, HISTORY.c.person_id, HISTORY.c.subject).where(HISTORY.c.id > since)
        with self.world.database.read() as session:
            rows = session.execute(query.order_by(HISTORY.c.id.desc())).all()
        did = [(self.names[row.person_id], row) for row in rows if row.subject in ("mark", "sheet", "term")]
        return {who: row.id for who, row in did if who != "administrator" or row.subject == "term"}

    def _judge(self, told: dict[str, str], stored: dict[str, int]) -> None:
        """Whoever changed something was told so, everybody else why not; and who was before whom."""
        for who, said in told.items():
            assert said.startswith(SAVED[who]) == (who in stored), (told, stored)
            assert who in stored or any(word in said for word in REFUSED), (told, stored)
        for first, second in permutations(told, 2):
            if first in stored and second in stored:
                before = stored[first] < stored[second]
            elif (first, second) == (
                "secretary",
                "returner",
            ):  # what was not returned yet could not be marked
                before = second in stored and "支部自评已提交" in told[first]
            else:
                before = first in stored and any(word in told[second] for word in BEHIND[first])
            self.orders[first, second] += before


def orders(number: int) -> Iterator[tuple[str, ...]]:
    """In which order people begin: on every second run the officer marks what was returned while the secretary submits,
    on the others somebody returns what the secretary marks. A publication comes first or last more often than by
    chance: in between, it is not known what else somebody came too late for."""
    luck = random.Random(2017)
    for n in range(number):
        others = ["member", "other member", "secretary", "officer" if n % 2 else "returner"]
        luck.shuffle(others)
        others.insert(luck.choice((0, 0, 1, 2, 3, 4, 4, 4, 4)), "administrator")
        yield tuple(others)


@pytest.mark.slow
@pytest.mark.random
def test_whoever_is_second_is_told_and_the_history_gives_both_sheets(world: World) -> None:
    race, number = Race(world), trials(160)
    for n, order in enumerate(orders(number)):
        race.run(order, n)
    met = [
        ("member", "other member"),
        ("secretary", "returner"),
        ("secretary", "officer"),
        *((who, "administrator") for who in PEOPLE if who != "administrator"),
    ]
    seen = {pair: race.orders[pair] for two in met for pair in (two, two[::-1])}
    assert min(seen.values()) >= number // 10, seen
