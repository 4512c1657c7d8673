"""The web chat reaches only who looks at a page: what came waits (等待查看) until somebody saw it."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from bot.channels.web import Web
from bot.channels.web import live as web_live
from bot.delivery import Channel, Delivery
from bot.message import Message
from bot.store import chats, notices
from bot.store.notices import Owed
from bot.store.outbox import LEASE
from bot.store.tables import NOTICE
from bot.store.weblog import WebLog
from bot.values import WEB_LOGIN
from tests.browser import Phone as Page
from tests.browser import serving, web_app
from tests.channels.test_web_doors import SECRET, Browser
from tests.chromium import chromium, needs_chromium
from tests.conftest import NOW, Clock
from tests.conversation.test_logging_out import log_in_code
from tests.phone import Phone, World
from tests.reminder_job import REMINDED, only_the_party_day
from tests.wire import alone

MORNING = NOW.replace(hour=9, minute=5)


class Street:
    """The web chat behind a real server, and the postman who comes there."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock = world, clock
        self.app = web_app(
            world.conversation,
            WebLog(world.database),
            secret_key=SECRET,
            secure_cookies=False,
            personas=None,
            chat=True,
            ready=list,
            now=clock,
        )
        self.url = ""

    @property
    def web(self) -> Web:
        """The channel."""
        channel: Web = self.app.state.channel
        return channel

    def run(self, what: Coroutine[Any, Any, Any]) -> None:
        """Do something on the server's loop if a page is open there, else on one of its own."""
        loop = self.web.live._loop
        if loop is None:
            alone(what)
        else:
            asyncio.run_coroutine_threadsafe(what, loop).result(20)

    def deliver(self, channel: Channel | None = None) -> None:
        """A round of the postman."""
        wires = {"web": channel or self.web}
        self.run(Delivery(self.world.database, self.world.conversation, wires, self.clock, "one").round())

    def owe(self, who: str, key: str = "n") -> None:
        """One notice to a persona, due now."""
        owed = Owed(
            self.world.me(who).person_id or 0, key, "hp", self.clock(), self.clock() + timedelta(hours=5), key
        )
        with self.world.database.write() as session:
            notices.owe(session, committee_id=1, notices=[owed])

    def state(self, key: str = "n") -> str:
        """What became of a notice."""
        with self.world.database.read() as session:
            return str(session.execute(sa.select(NOTICE.c.state).where(NOTICE.c.key == key)).scalar_one())

    def become(self, state: str, key: str = "n") -> None:
        """Wait until it is so."""
        deadline = time.monotonic() + 120
        while self.state(key) != state:
            assert time.monotonic() < deadline, self.state(key)
            time.sleep(0.01)


@pytest.fixture
def street(world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    monkeypatch.setattr(web_live, "PAUSE", 0.02)
    monkeypatch.setattr(web_live, "WRITTEN", 0.1)
    clock.now = MORNING
    it = Street(world, clock)
    with serving(it.app) as it.url:
        yield it


def until(so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + 120
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def undelivered(street: Street) -> Phone:
    """What the administrator reads under 未送达."""
    return street.world.phone("administrator").say("首页").tap("未送达")


def test_what_came_while_no_page_was_open_waits_until_a_page_shows_it(street: Street) -> None:
    before = REGISTRY.get_sample_value("web_notices_shown_total") or 0
    street.owe("secretary")
    street.deliver()
    assert street.state() == "unseen"
    assert ("等待查看", "常营主校区书记，从 12月28日 09:05 起") in undelivered(street).screen.lines
    street.clock.now += LEASE * 3
    street.deliver()
    assert street.state() == "unseen", "nobody carries it once more"
    browser = Browser(street.url)
    with browser:
        browser.be("demo-3", street.world).open()
        assert street.state() == "unseen", "the frame of a page shows nothing yet"
        with browser.events() as states:
            assert [bubble["title"] for bubble in next(states)["log"]] == ["帮助"]
            assert street.state() == "unseen", "nobody may look at an open page"
            assert browser.look().status_code == 204
            assert street.state() == "sent"
    assert undelivered(street).screen.lines == ("提醒都送到了。",)
    assert REGISTRY.get_sample_value("web_notices_shown_total") == before + 1


def test_on_an_open_page_it_is_sent_as_soon_as_somebody_saw_it(street: Street) -> None:
    browser = Browser(street.url)
    with browser:
        browser.be("demo-3", street.world).open()
        with browser.events() as states:
            next(states)
            browser.look()
            street.owe("secretary")
            street.deliver()
            assert next(states)["log"]
            browser.look()
            street.become("sent")


def test_what_a_hidden_page_got_waits_until_it_is_looked_at(street: Street) -> None:
    browser = Browser(street.url)
    with browser:
        browser.be("demo-3", street.world).open()
        with browser.events() as states:
            next(states)
            browser.look()
            before = browser.turn
            street.owe("secretary")
            street.deliver()
            assert next(states)["log"], "a hidden page has it too: its title counts it"
            now, browser.turn = browser.turn, before
            browser.look()
            assert street.state() == "unseen", "an older state has nothing of it"
            browser.turn = now
            browser.look(tab="another")
            assert street.state() == "unseen", "another page shows something else"
            browser.look()
            street.become("sent")


def test_what_is_no_turn_is_refused_and_so_is_who_has_no_token(street: Street) -> None:
    browser = Browser(street.url)
    with browser:
        browser.be("demo-3", street.world).open()
        for body in (b"", b"[]", b"{", b'{"turn": "1"}', b'{"turn": 1' + b" " * 2000 + b"}"):
            assert browser.http.post("/seen", content=body, headers=browser.headers).status_code == 400
        assert browser.http.post("/seen", json={"turn": 1}).status_code == 403


def test_the_page_of_somebody_else_shows_nothing_of_it(street: Street) -> None:
    street.owe("secretary")
    street.deliver()
    browser = Browser(street.url)
    with browser:
        browser.be("demo-7", street.world).open()
        with browser.events() as states:
            next(states)
            street.owe("officer", "theirs")
            street.deliver()
            next(states)
            browser.look()
            street.become("sent", "theirs")
    assert street.state() == "unseen"


def test_what_a_page_could_not_have_seen_yet_is_not_taken_for_shown(desk: World, clock: Clock) -> None:
    clock.now = MORNING
    street, log = Street(desk, clock), WebLog(desk.database)
    looked = clock.now
    clock.forward(seconds=1)
    street.owe("secretary")
    street.deliver()
    assert log.shown("demo-3", looked, clock.now) == 0
    assert log.shown("demo-3", clock.now, clock.now) == 1
    assert log.shown("demo-3", clock.now, clock.now) == 0


def test_it_lies_where_its_person_was_last(desk: World, clock: Clock) -> None:
    clock.now = MORNING
    street = Street(desk, clock)
    second = Phone(desk.conversation, "second")
    second.say(log_in_code(desk.phone("secretary")))
    clock.forward(minutes=5)
    desk.phone("secretary").say("首页")
    street.owe("secretary")
    street.deliver()
    assert [line.title for line in WebLog(desk.database).recent("demo-3")] == ["帮助"]
    assert not WebLog(desk.database).recent("second")


def test_what_is_on_its_way_is_not_said_to_have_arrived(desk: World, clock: Clock) -> None:
    clock.now = MORNING
    street = Street(desk, clock)
    street.owe("secretary")
    assert undelivered(street).screen.lines == ("还有 1 条正在发送。",)


def test_where_the_login_ended_nothing_waits_any_more(desk: World, clock: Clock) -> None:
    clock.now = MORNING
    street = Street(desk, clock)
    street.owe("secretary")
    street.deliver()
    desk.phone("secretary").say("我的职务").tap("登录的设备").tap("退出登录").tap("确认退出")
    assert street.state() == "void"
    assert undelivered(street).screen.lines == ("提醒都送到了。",)


def test_a_process_that_dies_before_it_is_written_down_leaves_it_uncertain_and_it_is_not_put_there_twice(
    desk: World, clock: Clock
) -> None:
    clock.now = MORNING
    street = Street(desk, clock)

    class Dies(Web):
        async def push(self, address: str, message: Message, *, stands: bool) -> Any:
            await super().push(address, message, stands=stands)
            raise asyncio.CancelledError

    web = street.web
    web.__class__ = Dies
    street.owe("secretary")
    with pytest.raises(asyncio.CancelledError):
        street.deliver(web)
    clock.now += LEASE * 2
    street.deliver(web)
    assert street.state() == "uncertain"
    assert len(WebLog(desk.database).recent("demo-3")) == 1


def test_by_what_people_can_be_told_something(desk: World, clock: Clock) -> None:
    me = {who: desk.me(who).person_id or 0 for who in ("secretary", "officer", "secretary of 劲松")}
    clock.now = MORNING + WEB_LOGIN + timedelta(days=1)
    with desk.database.write() as session:
        for channel, person in (
            ("telegram", "secretary"),
            ("mail", "secretary of 劲松"),
            ("mail", "secretary"),
        ):
            chat = chats.chat_at(session, channel=channel, external=f"{channel} {person}", now=clock.now)
            chats.belongs(session, address_id=chat.me.address_id, person_id=me[person])
        for number in me.values():
            for chat_of in chats.addresses(session, number):
                if chat_of.channel == "web":
                    chats.visited(session, address_id=chat_of.id, now=MORNING)

        branches = [branch.id for branch in desk.branches[:2]]

        def reach(**more: Any) -> list[str]:
            found = chats.reach(session, branches, now=clock.now, day=clock.now.date(), **more)
            ways = {person: one.way for some in found.values() for person, one in some.items()}
            return [ways[number] for number in me.values()]

        assert reach() == ["rings", "out", "mail"]
        assert reach(kept="demo-") == ["rings", "page", "mail"]
        assert reach(channels={"web", "mail"}, kept="demo-") == ["mail", "page", "mail"]
        assert reach(channels={"telegram"}) == ["rings", "closed", "closed"]


@needs_chromium
@pytest.mark.slow
def test_the_page_that_is_opened_later_shows_it(desk: World, clock: Clock) -> None:
    only_the_party_day(desk, clock, "web", "demo-6")
    street = Street(desk, clock)
    street.deliver()
    with desk.database.read() as session:
        assert "新源里校区书记" in {one.name for one in notices.unseen(session, committee_id=1, now=clock())}
    with serving(street.app) as url, chromium() as browser:
        visitor = Browser(url).be("demo-6", desk)
        page = Page.of(browser)
        page.page.context.add_cookies([{"name": "chat", "value": visitor.cookie, "url": url}])
        page.open(url)
        page.wait_for(REMINDED)
        deadline = time.monotonic() + 120
        while True:
            with desk.database.read() as session:
                if "新源里校区书记" not in {
                    one.name for one in notices.unseen(session, committee_id=1, now=clock())
                }:
                    break
            assert time.monotonic() < deadline
            time.sleep(0.05)


@needs_chromium
@pytest.mark.slow
def test_a_tab_that_nobody_sees_has_it_and_it_waits_until_the_tab_is_looked_at(street: Street) -> None:
    with chromium() as browser:
        visitor = Browser(street.url).be("demo-3", street.world)
        page = Page.of(browser)
        page.page.context.add_cookies([{"name": "chat", "value": visitor.cookie, "url": street.url}])
        page.page.add_init_script(
            "window.shows = false;"
            "for (const [name, get] of [['hidden', () => !window.shows],"
            " ['visibilityState', () => window.shows ? 'visible' : 'hidden']])"
            " Object.defineProperty(document, name, { get, configurable: true });"
        )
        said: list[str] = []
        page.page.on("request", lambda request: said.append(request.url))
        page.open(street.url)
        page.page.wait_for_selector("#screen > *")
        street.owe("secretary")
        street.deliver()
        until(lambda: page.page.title().startswith("(1)"))
        assert not [url for url in said if url.endswith("/seen")]
        assert street.state() == "unseen"
        page.page.evaluate("window.shows = true; document.dispatchEvent(new Event('visibilitychange'))")
        street.become("sent")
        until(lambda: not page.page.title().startswith("("))


@needs_chromium
@pytest.mark.slow
def test_what_is_read_stays_when_something_comes_and_typed_words_wait_until_it_was_seen(
    street: Street,
) -> None:
    with chromium() as browser:
        visitor = Browser(street.url).be("demo-1", street.world)
        page = Page.of(browser)
        page.page.context.add_cookies([{"name": "chat", "value": visitor.cookie, "url": street.url}])
        page.open(street.url)
        page.say("排名")
        page.wait_for("排名 · 2026")
        read, labels = page.title, page.labels
        street.clock.forward(minutes=1)
        street.owe("member")
        street.deliver()
        until(lambda: page.notice.startswith("来了新消息：帮助"))
        assert (page.title, page.labels) == (read, labels), "what is read stays"
        street.become("sent")
        page.say("待办")
        until(lambda: page.title == "帮助")
        assert page.page.get_by_label("输入", exact=True).input_value() == "待办", "nothing typed is lost"
        page.page.go_back()
        until(lambda: page.title == read)
        street.owe("member", "n2")
        street.deliver()
        until(lambda: page.notice.startswith("来了新消息：帮助"))
        street.owe("member", "n3")
        street.deliver()
        until(lambda: page.notice.startswith("来了 2 条新消息。"))
        page.page.get_by_role("button", name="打开", exact=True).click()
        until(lambda: page.title == "帮助")
        assert not page.notice
