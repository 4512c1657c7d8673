"""What changes elsewhere reaches the open pages as server-sent events, over real HTTP."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from prometheus_client import REGISTRY

from bot.channels.web import live as web_live
from bot.message import Message, Reply
from tests.browser import serving
from tests.channels.web_fakes import START, Place, Talk, Visitor, card


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(web_live, "PAUSE", 0.2)
    return Place()


@pytest.fixture
def visitor(place: Place) -> Iterator[Visitor]:
    with serving(place.app()) as url, Visitor(url) as it:
        it.open()
        it.say(press="h")
        yield it


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def own(place: Place) -> str:
    return place.talk.heard[0].address


def test_a_page_first_gets_its_whole_state(visitor: Visitor, place: Place) -> None:
    visitor.say(text="提交")
    with visitor.events() as states:
        state = next(states)
    assert state["screen"]["title"] == "首页"
    assert state["screen"]["hint"] == "如 16/18"
    assert [bubble["mine"] for bubble in state["log"]] == [True, False]


def test_a_change_that_the_page_watches_is_pushed(visitor: Visitor, place: Place) -> None:
    with visitor.events() as states:
        next(states)
        place.talk.screens[own(place)] = card(7)
        place.talk.tell("telegram", "5", frozenset({"b1", "c1"}))
        assert next(states)["screen"]["title"] == "第 7 项"


def test_a_reminder_in_the_log_is_pushed_when_its_address_is_named(visitor: Visitor, place: Place) -> None:
    with visitor.events() as states:
        next(states)
        place.log.append(own(place), False, "提醒", ("主题党日 还有 1 天",), START)
        place.talk.tell("web", own(place), frozenset())
        assert next(states)["log"][0]["title"] == "提醒"


@pytest.mark.parametrize("topics", [frozenset({"b2"}), frozenset()])
def test_what_the_page_does_not_watch_causes_no_look(
    visitor: Visitor, place: Place, topics: frozenset[str]
) -> None:
    with visitor.events(quiet=0.6) as states:
        next(states)
        looks = place.talk.looks
        place.talk.screens[own(place)] = card(7)
        place.talk.tell("telegram", own(place), topics)
        with pytest.raises(httpx.ReadTimeout):
            next(states)
    assert place.talk.looks == looks


def test_nothing_is_pushed_when_the_screen_is_the_same(visitor: Visitor, place: Place) -> None:
    with visitor.events(quiet=0.6) as states:
        next(states)
        looks = place.talk.looks
        place.talk.tell("telegram", "5", frozenset({"b1"}))
        with pytest.raises(httpx.ReadTimeout):
            next(states)
    assert place.talk.looks == looks + 1


def test_many_changes_in_a_short_time_make_few_looks(visitor: Visitor, place: Place) -> None:
    with visitor.events() as states:
        next(states)
        looks, start = place.talk.looks, time.monotonic()
        for n in range(200):
            place.talk.screens[own(place)] = Message(f"{n}")
            place.talk.tell("telegram", "5", frozenset({"b1"}))
        while next(states)["screen"]["title"] != "199":
            pass
        spent = time.monotonic() - start
    assert place.talk.looks - looks <= 1 + spent / 0.2


class OneByOne(Talk):
    """A conversation in which a look takes a moment; how many were under way at once."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way: list[None] = []
        self.most = 0

    def look(self, channel: str, address: str, message: str | None = None) -> Reply:
        """As of any."""
        self.under_way.append(None)
        time.sleep(0.02)
        self.most = max(self.most, len(self.under_way))
        self.under_way.pop()
        return super().look(channel, address, message)


def test_many_pages_that_look_at_once_look_one_after_the_other(place: Place, stack: ExitStack) -> None:
    place.talk = talk = OneByOne()
    url = stack.enter_context(serving(place.app()))
    visitors = [stack.enter_context(Visitor(url)) for _ in range(3)]
    for visitor in visitors:
        visitor.open()
        visitor.say(press="h")
    pages = [stack.enter_context(visitor.events()) for visitor in visitors]
    assert [next(page)["screen"]["title"] for page in pages] == ["首页"] * 3
    for address in list(talk.screens):
        talk.screens[address] = card(7)
    talk.tell("telegram", "5", frozenset({"b1"}))
    assert [next(page)["screen"]["title"] for page in pages] == ["第 7 项"] * 3
    assert talk.most == 1


class Held(Talk):
    """A conversation in which the look of one address takes as long as a test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self.looks_there, self.goes_on = threading.Event(), threading.Event()

    def look(self, channel: str, address: str, message: str | None = None) -> Reply:
        """As of any."""
        if address == self.address:
            self.looks_there.set()
            assert self.goes_on.wait(30)
        return super().look(channel, address, message)


@pytest.mark.slow
def test_whose_page_waits_for_the_looks_of_others_is_answered(place: Place, stack: ExitStack) -> None:
    place.talk = talk = Held()
    url = stack.enter_context(serving(place.app()))
    stack.callback(talk.goes_on.set)
    first, second = (stack.enter_context(Visitor(url)) for _ in range(2))
    for visitor in (first, second):
        visitor.open()
        visitor.say(press="h")
    pages = [stack.enter_context(visitor.events()) for visitor in (first, second)]
    assert [next(page)["screen"]["title"] for page in pages] == ["首页"] * 2
    talk.address = talk.heard[0].address
    talk.tell("telegram", "5", frozenset({"b1"}))
    assert talk.looks_there.wait(10)
    talk.tell("telegram", "5", frozenset({"b1"}))
    time.sleep(0.6)  # the second page was looked at before or is waiting; now it surely waits
    second.http.timeout = 5
    assert second.say(press="h").json()["screen"]["title"] == "首页"


@pytest.mark.slow
def test_what_one_tab_does_is_pushed_to_the_other_tab_only(visitor: Visitor, place: Place) -> None:
    with visitor.events("other") as others:
        next(others)
        with visitor.events("mine", quiet=0.6) as mine:
            next(mine)
            time.sleep(0.3)
            visitor.say(headers=visitor.headers | {"X-Chat-Tab": "mine"}, press="m:1:3:2")
            assert next(others)["screen"]["title"] == "第 4 项"
            with pytest.raises(httpx.ReadTimeout):
                next(mine)


def test_a_tab_that_moved_on_is_told_when_another_moves_back(visitor: Visitor, place: Place) -> None:
    with visitor.events("one") as states:
        assert next(states)["screen"]["title"] == "首页"
        visitor.say(headers=visitor.headers | {"X-Chat-Tab": "one"}, press="c:1:5")
        visitor.say(headers=visitor.headers | {"X-Chat-Tab": "two"}, press="h")
        assert next(states)["screen"]["title"] == "首页"


def test_a_silent_stream_beats(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_live, "HEARTBEAT", 0.1)
    with visitor.http.stream("GET", "/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        assert any(line == ": still here" for line in stream.iter_lines())


def test_the_oldest_of_too_many_pages_gives_way(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_live, "PAGES_PER_ADDRESS", 1)
    with visitor.events("one") as first:
        next(first)
        with visitor.events("two") as second:
            next(second)
            assert list(first) == []


def test_strangers_take_no_seated_persons_place(
    visitor: Visitor, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_live, "PAGES_OF_STRANGERS", 2)
    with visitor.events("seated") as seated, ExitStack() as stack:
        next(seated)
        place.talk.known = False
        streams = []
        for _ in range(3):
            stranger = stack.enter_context(Visitor(visitor.url))
            stranger.open()
            streams.append(stack.enter_context(stranger.events()))
            next(streams[-1])
        assert list(streams[0]) == [], "the first one of a stranger gives way"
        visitor.say({**visitor.headers, "X-Chat-Tab": "another"}, press="m:1:1:2")
        assert next(seated)["screen"]["title"] == "第 2 项"


def test_a_server_that_is_full_says_when_to_come_back(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_live, "PAGES", 0)
    answer = visitor.http.get("/events")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def test_streams_end_at_once_when_the_server_shuts_down(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_live, "PAUSE", 600)  # longer than anybody here would wait
    with ExitStack() as server, Visitor(server.enter_context(serving(place.app()))) as visitor:
        visitor.open()
        with visitor.events() as states:
            next(states)
            server.close()
            assert list(states) == []


def pages() -> float:
    """How many pages are said to be open."""
    return REGISTRY.get_sample_value("web_open_pages") or 0


def test_a_closed_page_is_forgotten(visitor: Visitor, place: Place) -> None:
    before = pages()
    with visitor.events() as states:
        next(states)
        assert pages() == before + 1
    deadline = time.monotonic() + 60
    while pages() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert pages() == before


async def test_of_a_page_that_was_closed_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_live, "PAUSE", 0)
    live = web_live.Live(lambda _: frozenset({"b1", "c1"}), lambda _: b"{}", lambda *_: None, lambda: START)
    streams = [live.stream("somebody", tab, stranger=False) for tab in ("one", "other")]
    for stream in streams:
        assert b"event: state" in await anext(stream)
    live.changed("telegram", "5", frozenset({"b1"}))
    assert {len(pages) for pages in (live._pages, live._at["somebody"], live._watching["b1"])} == {2}
    for stream in streams:
        await stream.aclose()  # type: ignore[attr-defined]
    assert [live._pages, live._at, live._watching] == [{}, {}, {}]


@pytest.mark.parametrize("gap", [60, 0.01])
async def test_a_look_lets_those_go_first_who_tap_but_not_for_ever(
    gap: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_live, "GAP", gap)
    live = web_live.Live(lambda _: frozenset(), lambda _: b"{}", lambda *_: None, lambda: START)
    stream = live.stream("somebody", "one", stranger=False)
    look = asyncio.ensure_future(anext(stream))
    with live.answering("another", "tab"):
        if gap > 1:
            assert not (await asyncio.wait({look}, timeout=0.1))[0]
        else:
            await look
    assert b"event: state" in await look
    await stream.aclose()  # type: ignore[attr-defined]
