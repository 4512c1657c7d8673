"""日历: one deadline as a file, and a person's deadlines at an address that only they know."""

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from icalendar import Calendar

from bot import demo
from bot.actions import CalendarLink, NewCalendarLink, Task, TaskCalendar
from bot.conversation import Conversation
from bot.permissions import Role
from bot.store import duties, laying_out, schema
from bot.store.database import Database
from bot.store.laying_out import Share, Wanted
from bot.store.tables import HISTORY, PREFERENCE
from bot.values import Owing
from tests.browser import serving
from tests.channels.web_fakes import Place
from tests.conftest import Clock
from tests.phone import Phone, World, code_for

BASE = "http://127.0.0.1:8000/calendar/"


def owing(world: World, duty: str, branch: int = 3) -> Owing:
    """The last occurrence of a duty that the n-th branch owes this term."""
    with world.database.read() as session:
        found = duties.of_branch(session, branch_id=world.branches[branch].id, term_id=world.terms[0].id)
    return [o for o in found if o.duty == duty][-1]


def address(phone: Phone) -> str:
    """The address on the screen."""
    return next(line[1] for line in phone.screen.lines if line[0] == "地址")


def subscribe(phone: Phone) -> str:
    """The secret of the calendar that a person has just asked for."""
    url = address(phone.say("日历订阅").tap("生成地址"))
    assert url.startswith(BASE)
    return url.removeprefix(BASE).removesuffix(".ics")


def events(data: bytes | None) -> list[Any]:
    assert data is not None
    return list(Calendar.from_ical(data).walk("VEVENT"))


def feed(world: World, key: str) -> list[Any]:
    """The entries that a phone's calendar gets under a secret."""
    return events(world.conversation.calendar(key))


def titles(world: World, key: str) -> list[str]:
    return [str(event["SUMMARY"]) for event in feed(world, key)]


# --- one task ---------------------------------------------------------------------------------------------------


def test_a_task_is_taken_into_the_phones_calendar_as_a_file(world: World) -> None:
    owed = owing(world, "summary")
    phone = world.phone("secretary of 新源里").press(Task(owed.id)).tap("日历")
    file = phone.screen.attachment
    assert file is not None
    assert (file.mime, file.name) == ("text/calendar", f"{owed.due.month}月{owed.due.day}日截止.ics")
    [event] = events(file.read())
    assert event["SUMMARY"] == "学期总结"
    assert event["DTSTART"].dt == owed.due
    assert event["UID"] == f"{owed.uid}@star-branch-bot.invalid"
    assert "新源里校区党支部" in event["DESCRIPTION"]
    assert "制度：" in event["DESCRIPTION"]
    assert "点「已完成」" in event["DESCRIPTION"]
    assert phone.tap("返回").screen.here == Task(owed.id)


@pytest.mark.slow
def test_no_other_installation_gives_an_entry_the_same_name(
    desk: World, tmp_path: Path, clock: Clock
) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'other.db'}")) as database:
        schema.migrate(database)
        demo.build(database, clock(), fresh=True)
        other = World(database, tmp_path, clock)
        ours, theirs = (
            {str(event["UID"]) for event in feed(world, subscribe(world.phone("secretary of 新源里")))}
            for world in (desk, other)
        )
    assert len(ours) == len(theirs) > 10
    assert not ours & theirs


def test_a_monthly_task_carries_its_month_and_says_what_to_type(desk: World) -> None:
    owed = owing(desk, "party_day")
    phone = desk.phone("secretary of 新源里").press(TaskCalendar(owed.id))
    assert phone.screen.attachment is not None
    [event] = events(phone.screen.attachment.read())
    assert event["SUMMARY"] == f"{int(owed.period[5:7])}月主题党日"
    assert "例如：17/18" in event["DESCRIPTION"]


def test_the_committee_sees_in_the_title_whose_task_it_is(desk: World) -> None:
    phone = desk.phone("member").press(TaskCalendar(owing(desk, "summary").id))
    assert phone.screen.attachment is not None
    [event] = events(phone.screen.attachment.read())
    assert event["SUMMARY"] == "学期总结 · 新源里校区"


def test_what_is_done_needs_no_file(desk: World) -> None:
    owed = owing(desk, "summary")
    phone = desk.phone("secretary of 新源里").press(Task(owed.id)).tap("已完成")
    assert "日历" not in phone.labels
    phone.press(TaskCalendar(owed.id))
    assert phone.screen.attachment is None
    assert "已经完成" in phone.text


def test_a_day_that_moves_raises_the_number_of_its_entry(world: World) -> None:
    owed = owing(world, "summary")
    later = owed.due + timedelta(days=1)
    wanted = Wanted(owed.term_id, owed.period, owed.opens, later)
    share = Share(owed.duty, (owed.branch_id or 0,), (wanted,))
    with world.database.write() as session:
        laying_out.lay_out(session, committee_id=1, share=share, wanted=wanted)
    phone = world.phone("secretary of 新源里").press(TaskCalendar(owed.id))
    assert phone.screen.attachment is not None
    [event] = events(phone.screen.attachment.read())
    assert (event["SEQUENCE"], event["DTSTART"].dt) == (1, later)


# --- the subscription -------------------------------------------------------------------------------------------


def test_the_subscription_is_reached_from_the_tasks_and_nothing_is_open_before_it_is_asked_for(
    world: World,
) -> None:
    phone = world.phone("secretary of 新源里").say("待办").tap("日历订阅")
    assert "http" not in phone.text
    url = address(phone.tap("生成地址"))
    assert len(url.removeprefix(BASE)) == 32 + len(".ics")
    assert "iPhone" in phone.text
    assert "安卓" in phone.text
    assert address(phone.say("首页").say("日历订阅")) == url
    assert phone.tap("待办").screen.title.startswith("待办")


def test_the_committee_reaches_it_from_the_settings_of_reminders(desk: World) -> None:
    phone = desk.phone("member").say("首页").tap("提醒设置").tap("日历订阅").tap("生成地址")
    assert address(phone).startswith(BASE)
    assert "待办" not in phone.labels


def test_it_lists_the_branchs_tasks_from_sixty_days_ago_on_done_ones_ticked(
    world: World, clock: Clock
) -> None:
    phone = world.phone("secretary of 新源里")
    key = subscribe(phone)
    phone.press(Task(owing(world, "summary").id)).tap("已完成")
    since = clock().date() - timedelta(days=60)
    with world.database.read() as session:
        known = duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
    uids = {f"{o.uid}@star-branch-bot.invalid" for o in known if o.due >= since}
    found = feed(world, key)
    assert {event["UID"] for event in found} >= uids
    assert min(event["DTSTART"].dt for event in found) >= since
    assert "✓ 学期总结" in titles(world, key)
    assert all("新源里" in event["DESCRIPTION"] for event in found)


def test_a_task_that_the_committee_gives_appears_by_itself_and_goes_with_it(world: World) -> None:
    key = subscribe(world.phone("secretary of 新源里"))
    phone = world.phone("member").say("首页").tap("交办任务").say("12月31日前交工会活动小结").tap("确认交办")
    [event] = [event for event in feed(world, key) if "工会活动小结" in event["SUMMARY"]]
    assert event["DTSTART"].dt == date(2026, 12, 31)
    assert "点「已完成」" in event["DESCRIPTION"]
    phone.tap("撤回").tap("确认撤回")
    assert "工会活动小结" not in str(titles(world, key))


def test_a_committee_member_gets_the_committees_own_tasks_and_no_branchs(world: World) -> None:
    found = titles(world, subscribe(world.phone("member")))
    assert any("总支评价" in title for title in found)
    assert not any("校区" in title or "主题党日" in title for title in found)


def test_whoever_sits_in_two_bodies_sees_which_is_meant(desk: World, clock: Clock) -> None:
    code = code_for(desk, Role.OFFICER, desk.branches[0].id)
    phone = desk.phone("secretary of 新源里")
    key = subscribe(phone)
    phone.say("邀请码").say(code)
    found = titles(desk, key)
    assert {"学期总结 · 新源里校区", "学期总结 · 常营主校区"} <= set(found)


def test_it_follows_the_seats_a_person_has_now(world: World) -> None:
    phone = world.phone("officer")
    key = subscribe(phone)
    assert titles(world, key)
    phone.say("我的职务").tap("退出").tap("确认退出")
    assert titles(world, key) == []


def test_the_calendar_changes_only_with_what_it_shows(world: World, clock: Clock) -> None:
    phone = world.phone("secretary of 新源里")
    key = subscribe(phone)
    before = world.conversation.calendar(key)
    clock.forward(hours=9)
    assert world.conversation.calendar(key) == before
    phone.press(Task(owing(world, "summary").id)).tap("已完成")
    assert world.conversation.calendar(key) != before


def test_another_address_makes_the_old_one_worthless_and_pressing_twice_changes_it_once(
    world: World,
) -> None:
    phone = world.phone("secretary of 新源里")
    old = subscribe(phone)
    button = next(b.action for b in phone.screen.buttons if b.label == "换一个地址")
    new = address(phone.press(button))
    assert "旧的已作废" in phone.toast
    assert address(phone.press(button)) == new
    assert address(phone.press(NewCalendarLink(0))) == new
    assert world.conversation.calendar(old) is None
    assert titles(world, new.removeprefix(BASE).removesuffix(".ics"))


def test_everybody_has_a_secret_of_their_own_that_no_button_and_no_history_tells(world: World) -> None:
    phones = [world.phone(who) for who in ("secretary", "officer", "member")]
    keys = [subscribe(phone) for phone in phones]
    assert len(set(keys)) == 3
    for phone, key in zip(phones, keys, strict=True):
        phone.tap("换一个地址")
        with world.database.read() as session:
            rows = session.execute(sa.select(HISTORY)).all()
        assert sum(row.subject == "calendar" for row in rows) >= 2
        assert key not in str(rows)
        assert key not in str(phone.screen.buttons)


def test_a_secret_leaves_the_other_settings_of_a_person_as_they_are(world: World) -> None:
    phone, table = world.phone("secretary"), PREFERENCE
    person = world.me("secretary").person_id
    values = {"person_id": person, "minute": 540, "weekly": True, "muted_until": date(2027, 1, 3)}
    with world.database.write() as session:
        session.execute(sa.insert(table).values(values))
    subscribe(phone)
    phone.tap("换一个地址")
    with world.database.read() as session:
        [row] = session.execute(sa.select(table)).all()
    assert values.items() <= row._mapping.items()


@pytest.mark.parametrize("key", ["", "x" * 32, "'; --", "支部"])
def test_what_is_no_secret_opens_nothing(world: World, key: str) -> None:
    subscribe(world.phone("secretary"))
    assert world.conversation.calendar(key) is None


def test_reading_a_calendar_takes_the_same_few_queries_whatever_it_holds(world: World) -> None:
    keys = [subscribe(world.phone(who)) for who in ("secretary", "member")]
    for key in keys:
        asked: list[str] = []

        def note(_c: object, _k: object, statement: str, *_: object, to: list[str] = asked) -> None:
            if statement.startswith("SELECT"):
                to.append(statement)

        sa.event.listen(world.database.engine, "before_cursor_execute", note)
        world.conversation.calendar(key)
        sa.event.remove(world.database.engine, "before_cursor_execute", note)
        assert len(asked) == 2


def test_a_phones_calendar_reads_it_over_http(world: World) -> None:
    place = Place()
    place.talk = world.conversation  # type: ignore[assignment]
    with serving(place.app(chat=False)) as url:
        phone = world.phone("secretary of 新源里")
        path = f"{url}/calendar/{subscribe(phone)}.ics"
        assert "学期总结" in [event["SUMMARY"] for event in events(httpx.get(path, trust_env=False).content)]
        phone.tap("换一个地址")
        assert httpx.get(path, trust_env=False).status_code == 404


def test_where_people_know_no_address_of_ours_the_screen_says_what_to_do_instead(desk: World) -> None:
    conversation = Conversation(desk.database, desk.evidence, desk.clock, lambda _: [])
    phone = Phone(conversation, desk.PERSONAS["secretary"]).press(CalendarLink())
    assert "暂时不能订阅" in phone.text
    assert phone.labels == ["待办", "首页"]


def test_whoever_holds_no_seat_is_shown_the_way_in(desk: World) -> None:
    phone = desk.phone("stranger").press(NewCalendarLink(0))
    assert "输入邀请码" in phone.labels
    with desk.database.read() as session:
        assert session.execute(sa.select(PREFERENCE)).all() == []
