"""The walk: from every role's Home, press everything that can be pressed, and type on every kind of screen."""

from collections import Counter, deque
from dataclasses import replace

import pytest
import sqlalchemy as sa

import bot.conversation
import bot.dialogue
from bot.actions import (
    WIRE_LIMIT,
    Action,
    Give,
    Home,
    Invite,
    Leave,
    NewCalendarLink,
    Say,
    Send,
    SignOut,
    Submit,
    Undo,
    Unreadable,
    all_actions,
    wire,
)
from bot.channels.telegram import as_html
from bot.conversation import Event
from bot.dialogue.work import Work
from bot.message import TEXT_LIMIT, Message, Reply, heard, numbered
from tests.conftest import Clock
from tests.phone import Phone, World
from tests.wire import Clockwork, lose_a_notice

ROLES = (
    "secretary of 新源里",
    "secretary of 劲松",
    "secretary",
    "officer",
    "member",
    "administrator",
    "stranger",
)
BRANCH = ROLES[:4]  # what one of them typed, the others need not type again
LAST = (Submit, Leave, Give)  # these close doors: they are walked through after all others
OUT = SignOut(0)  # and this one after these
TEXTS = (
    "优",
    "16/18",
    "3.5 缺一次记录",
    "2.5",
    "9 2.5",
    "6优 7合 8 3.5（缺记录）",
    "缺一次记录",
    "4",
    "3人请假",
    "ABCD2345",
    "提前 3、1",
    "10月5日至1月15日",
)
ROW_LIMIT, LABEL_LIMIT = 8, 40  # buttons of a row and characters of a label that a phone still shows
ENOUGH = 30  # presses of one kind per role: more than a whole sheet; the rest differ in their numbers alone
FEW = 6  # presses of a kind whose screen offers the same again under a number never used before
ENDLESS = (Invite, NewCalendarLink, Undo)
BUTTON_LIMIT = 100  # buttons of an inline keyboard; https://core.telegram.org/bots/api#inlinekeyboardmarkup


class Walk:
    """What was reached, and what was wrong on the way."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, enough: int = ENOUGH) -> None:
        self.world, self.enough = world, enough
        self.reached: set[type[Action]] = set()
        self.typed: dict[str, set[type[Action]]] = {}  # kinds of screens that were typed on, by kind of seat
        self.wrong: list[str] = []
        respond = bot.dialogue.respond

        def watched(work: Work, action: Action) -> Reply:
            self.reached.add(type(action))
            return respond(work, action)

        monkeypatch.setattr(bot.conversation, "respond", watched)

    def check(self, who: str, asked: object, screen: Message) -> None:
        """The limits of one screen."""

        def expect(holds: bool, what: str) -> None:
            if not holds:
                self.wrong.append(f"{who}: {asked} → {screen.title}: {what}")

        expect(bool(screen.title) and bool(screen.buttons), "no title or no button")
        expect(screen.title != "抱歉，出了点问题", "broke")
        expect(len(as_html(screen)) <= TEXT_LIMIT, "too long for Telegram")
        expect(len(screen.buttons) <= BUTTON_LIMIT, "too many buttons")
        expect(all(0 < len(row) <= ROW_LIMIT for row in screen.rows), "a row is empty or too wide")
        expect(len(wire(screen.here).encode()) <= WIRE_LIMIT, "its own address is too long")
        for button in screen.buttons:
            expect(len(wire(button.action).encode()) <= WIRE_LIMIT, f"{button.label}: too long a wire form")
            expect(0 < len(button.label) <= LABEL_LIMIT, f"{button.label}: label")
        labels = [button.label for button in screen.buttons]
        expect(len(set(labels)) == len(labels), f"two buttons of one name: {labels}")

    def walk(self, who: str) -> None:
        """Press everything from Home and the reminder that stands, each action once; type on each kind of screen."""
        phone = self.world.phone(who)
        leads: dict[str, set[str]] = {}
        pressed: Counter[type[Action]] = Counter()
        queue: deque[Action] = deque([Home(), phone.screen.here])
        late: deque[Action] = deque()
        out: deque[Action] = deque()
        typed_on = self.typed.setdefault("branch" if who in BRANCH else who, set())
        while queue or late or out:
            action = (queue or late or out).popleft()
            enough = min(self.enough, FEW) if isinstance(action, ENDLESS) else self.enough
            if wire(action) in leads or pressed[type(action)] >= enough:
                continue
            pressed[type(action)] += 1
            phone.press(action)
            screens = self._type(phone, typed_on)
            for screen in screens:
                self.check(who, action, screen)
                for button in screen.buttons:
                    last = out if button.action == OUT else late if isinstance(button.action, LAST) else queue
                    last.append(button.action)
            leads[wire(action)] = {wire(button.action) for button in screens[0].buttons}
        home = wire(Home())
        for asked, buttons in leads.items():
            if home not in buttons and not any(home in leads.get(button, {home}) for button in buttons):
                self.wrong.append(f"{who}: {asked} leads nowhere near Home")

    def _type(self, phone: Phone, typed_on: set[type[Action]]) -> list[Message]:
        """The screen that stands and, if its kind is new, all that typing and sending on it leads to."""
        shown = [phone.screen]
        here = phone.screen.here
        if type(here) in typed_on:
            return shown
        typed_on.add(type(here))
        self._look(phone)
        phone.attach("照片.png")
        shown.append(phone.screen)
        for text in TEXTS:
            if phone.screen.here != here:
                phone.press(here)
            phone.say(text)
            shown += self._type(phone, typed_on)
        return shown

    def _look(self, phone: Phone) -> None:
        """Drawing a screen again writes nothing: `look` does it in a transaction that is never kept."""
        writes: list[str] = []

        def watch(_c: object, _k: object, statement: str, *_: object) -> None:
            if statement.startswith(("INSERT", "UPDATE", "DELETE")):
                writes.append(statement)

        engine = self.world.database.engine
        sa.event.listen(engine, "before_cursor_execute", watch)
        drawn = self.world.conversation.look(phone.channel, phone.address).screen
        sa.event.remove(engine, "before_cursor_execute", watch)
        if writes or drawn.title != phone.screen.title:
            self.wrong.append(
                f"{phone.address}: {phone.screen.title}: looking at it gives {drawn.title} {writes}"
            )


@pytest.mark.slow
def test_from_a_members_home_every_kind_of_button_leads_somewhere_with_a_way_back(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(desk, monkeypatch, enough=2)
    desk.phone("member").say("首页")
    walk.walk("member")
    assert not walk.wrong, "\n".join(walk.wrong[:20])


@pytest.mark.slow
def test_from_every_home_every_button_leads_somewhere_with_a_way_back(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(world, monkeypatch)
    world.phone("officer").say("自评").attach("照片.png")  # something to show and remove
    for _ in range(4):
        world.phone("secretary").say("提意见").say("意见一条" * 240)  # more than one page
    world.phone("secretary").say("我的职务").tap("邀请支委")  # something to show and cancel
    elsewhere = world.phone("secretary").say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    Phone(world.conversation, "elsewhere").say(next(x[1] for x in elsewhere.screen.lines if x[0] == "登录码"))
    administrator = world.phone("administrator").say("首页").tap("工作安排")
    administrator.tap("放假调休").say("10月10日 上班")  # something to show and remove
    for who in ROLES:
        world.phone(who).say("首页")
    lose_a_notice(world)
    clockwork = Clockwork(world, clock)
    clock.forward(minutes=40)
    clockwork.tick()
    assert clockwork.wire.arrived
    world.phone("officer").say("待办").tap("读书心得").say("12/25 16/18")  # a question to answer
    for who in ROLES:
        walk.walk(who)
    phone = world.phone("member")
    phone.say("天气")
    phone.send(phone.event(unreadable="voice"))
    phone.say("首页").attach("照片.png")
    phone = world.phone("other member").say("双龙", message="1")
    walk.check("other member", "an edit", phone.edit("1", "劲松").screen)
    walk.check("other member", "改", phone.tap("改").screen)
    assert not walk.wrong, "\n".join(walk.wrong[:20])
    assert set(all_actions()) - walk.reached == set()


def test_a_typed_label_presses_the_button_and_a_number_only_one_that_shows_it(desk: World) -> None:
    phone = desk.phone("secretary of 新源里").say("首页")
    phone.say("开始自评")
    assert phone.screen.title.startswith("第 1 项")
    phone.say("目录")
    assert phone.screen.title.startswith("目录")
    phone.say("7")
    assert phone.screen.title.startswith("第 7 项")
    phone.say("首页").say("2")
    assert "没看懂「2」" in phone.toast, "no digit stands in front of a button there"


@pytest.mark.parametrize("digits", [False, True])
@pytest.mark.parametrize("digit", ["1", "2", "3", "１"])
def test_a_digit_submits_nothing_and_gives_up_nothing(desk: World, digits: bool, digit: str) -> None:
    phone = desk.phone("secretary of 新源里").say("自评").say("1-24优").tap("保存").tap("提交")
    phone.send(replace(phone.event(text=digit), digits=digits))
    file = desk.sheet(3)
    assert file is not None
    assert file.sheet.total == 100
    assert not file.sheet.submitted
    phone.say("我的职务").tap("退出")
    phone.send(replace(phone.event(text=digit), digits=digits))
    assert desk.me("secretary of 新源里").seats


def test_a_digit_presses_the_button_that_shows_it(desk: World) -> None:
    phone = (
        desk.phone("member")
        .say("首页")
        .tap("交办任务")
        .say("12月30日前交小结")
        .tap("确认交办")
        .tap("交办任务")
    )
    assert phone.say("1").screen.title == "交办 · 交小结"


def test_a_numbered_list_presses_by_its_numbers_but_not_what_cannot_be_taken_back(desk: World) -> None:
    phone = desk.phone("secretary of 新源里").say("首页")
    shown = numbered(phone.screen).splitlines()
    assert shown[-len(phone.labels) :] == [f"{n} {label}" for n, label in enumerate(phone.labels, start=1)]
    for n, button in enumerate(phone.screen.buttons, start=1):
        assert heard(str(n), phone.screen, digits=True) == button.action
        assert heard(str(n), phone.screen) is None
    leaving = phone.say("我的职务").tap("退出").screen
    assert numbered(leaving).splitlines()[-2:] == ["请输入「确认退出」", "2 不退出"]
    assert heard("1", leaving, digits=True) is None
    assert heard("确认退出", leaving) == leaving.buttons[0].action


def test_an_event_of_no_known_kind_is_answered(desk: World) -> None:
    phone = desk.phone("secretary")
    event = replace(phone.event(text="x"), text=None)
    assert isinstance(event, Event)
    phone.send(event)
    assert "这种消息暂时用不了" in phone.toast


def test_actions_that_no_button_makes_are_the_said_ones() -> None:
    for action in (Say("x"), Send, Unreadable("voice")):
        with pytest.raises((KeyError, TypeError)):
            wire(action)  # type: ignore[arg-type]
