"""What somebody does reaches the open pages of others, over real HTTP with the real conversation behind it."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bot.actions import Card, Inbox, OpenSheet, Overview, wire
from bot.channels.web import live as web_live
from bot.conversation import Conversation
from bot.permissions import Rater
from tests.channels.test_web_doors import Browser, Place, served
from tests.conversation.test_logging_out import log_in_code
from tests.phone import World


class Looked(Conversation):
    """The conversation, which notes from where pages look."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database, world.evidence, world.clock, lambda _: ())
        self.looked: list[str] = []

    def watches(self, channel: str, address: str) -> frozenset[str]:
        """As of any."""
        self.looked.append(address)
        return super().watches(channel, address)


@pytest.fixture
def looked(desk: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(web_live, "PAUSE", 0.01)
    desk.conversation = conversation = Looked(desk)
    return conversation.looked


@pytest.fixture
def place(desk: World, looked: list[str]) -> Iterator[Place]:
    yield from served(desk)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def at(place: Place, who: str, *presses: str) -> Browser:
    """The page of somebody of the demo, on some screen."""
    browser = place.browser(who)
    browser.open()
    for press in presses:
        browser.say(press=press)
    return browser


def test_what_a_secretary_marks_is_on_the_officers_page_and_what_the_committee_marks_is_not_looked_for(
    desk: World, place: Place, looked: list[str], stack: ExitStack
) -> None:
    sheet = desk.sheet(0)
    assert sheet is not None
    member = at(place, "member", wire(OpenSheet(sheet.branch.id, sheet.term.id, int(Rater.COMMITTEE))))
    rated = desk.sheet(0, Rater.COMMITTEE)
    assert rated is not None
    officer = stack.enter_context(at(place, "officer", wire(Overview(sheet.id))).events())
    others = stack.enter_context(at(place, "other member", wire(Overview(rated.id))).events())
    before, unrated = next(officer)["screen"], next(others)["screen"]
    looked.clear()
    member.say(press=f"m:{rated.id}:1:2")
    assert next(others)["screen"] != unrated
    assert World.PERSONAS["officer"] not in looked
    at(place, "secretary", wire(Card(sheet.id, 13))).say(press=f"m:{sheet.id}:13:2")
    assert next(officer)["screen"] != before
    assert looked.count(World.PERSONAS["officer"]) == 1


def test_a_new_opinion_appears_in_the_open_inbox(place: Place, stack: ExitStack) -> None:
    inbox = stack.enter_context(at(place, "administrator", wire(Inbox(1))).events())
    assert "字太小" not in str(next(inbox))
    secretary = at(place, "secretary")
    secretary.say(text="/feedback")
    assert "已转给管理员" in secretary.say(text="字太小了，看不清").json()["toast"]
    assert "字太小" in str(next(inbox)["screen"]["lines"])


def test_a_device_that_is_logged_out_from_elsewhere_shows_the_way_in(
    desk: World, place: Place, stack: ExitStack
) -> None:
    phone = desk.phone("secretary")
    second = place.browser()
    second.open()
    second.say(text=log_in_code(phone))
    lost = stack.enter_context(second.events())
    assert next(lost)["screen"]["title"] == "您好，常营主校区书记"
    phone.say("我的职务").tap("登录的设备").tap("退出其他设备").tap("确认退出")
    assert next(lost)["screen"]["title"] == "输入邀请码"
