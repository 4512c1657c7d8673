"""提醒: one digest a day, closing what it names, putting it off, silence, 催办 and 未送达."""

import asyncio
import math
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.actions import Card, ChaseBranches, Nudge, Reminder, SnoozeAll, Task
from bot.conversation import Conversation
from bot.demo import PERSONA
from bot.message import plain
from bot.store import duties, heartbeat, laying_out, preferences, terms
from bot.store.arrangements import arrangements
from bot.store.tables import ADDRESS, BRANCH, NOTICE, OCCURRENCE
from bot.values import COUNTED
from jobs import reminders
from jobs.duties.calendar import TermDates
from jobs.preview import preview
from tests.conftest import NOW, Clock
from tests.conversation.test_todo import owing
from tests.phone import Phone, World
from tests.wire import Clockwork, lose_a_notice

LEFT = "要打开网页才看得到，提醒已留在网页上"
MIDNIGHT = NOW.replace(hour=0, minute=1)
DAY = timedelta(days=1)


@pytest.fixture
def clockwork(world: World, clock: Clock) -> Clockwork:
    """The demo at midnight of Monday 28 December, when the handbooks fall due."""
    clock.now = MIDNIGHT
    return Clockwork(world, clock)


def morning(clockwork: Clockwork, days: int = 0) -> None:
    """Until noon of a day, on which everything that is to be said has been said; three ticks a day."""
    for n in range(days + 1):
        for hour in (0, 9, 12):
            clockwork.clock.now = max(clockwork.clock.now, (MIDNIGHT + n * DAY).replace(hour=hour))
            clockwork.tick()


def test_everybody_with_something_to_do_gets_one_digest_in_the_morning(clockwork: Clockwork) -> None:
    morning(clockwork)
    assert clockwork.wire.count == {f"demo-{n}": 1 for n in range(8)}
    for _, who, message in clockwork.wire.arrived:
        of_committee = who in ("demo-0", "demo-1", "demo-2")
        assert ("各支部还没完成" if of_committee else "《党员手册》上交与讲评") in plain(message)
        assert "本月第 1 次提醒" in plain(message)
    morning(clockwork)
    assert sum(clockwork.wire.count.values()) == 8, "never twice"


def test_a_digest_is_drawn_as_things_are_when_it_leaves(clockwork: Clockwork) -> None:
    clockwork.tick()
    world = clockwork.world
    world.phone("officer").press(Task(owing(world, "summary", 0).id)).tap("已完成")
    morning(clockwork)
    (message,) = clockwork.wire.at("demo-3")
    assert "学期总结" not in plain(message)
    assert "《党员手册》上交与讲评" in plain(message)


def test_when_all_is_done_before_it_leaves_nothing_is_sent(clockwork: Clockwork) -> None:
    clockwork.tick()
    world = clockwork.world
    me = world.me("secretary of 新源里")
    with world.database.write() as session:
        for owed in duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id):
            duties.close(session, me=me, owed=owed, answer="")
    morning(clockwork)
    assert "demo-6" not in clockwork.wire.count


def chased(phone: Phone, duty: str) -> Phone:
    """The committee's view of one duty, by its row in 催办."""
    return phone.say("首页").tap("催办").turn_to(duty).tap(duty)


def alone(clockwork: Clockwork, duty: str) -> Phone:
    """The phone of 新源里's secretary, reminded of one duty and nothing else."""
    world = clockwork.world
    world.phone("secretary of 新源里").say("首页")
    me = world.me("secretary of 新源里")
    with world.database.write() as session:
        for owed in duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id):
            if owed.duty != duty:
                duties.close(session, me=me, owed=owed, answer="")
    morning(clockwork)
    return world.phone("secretary of 新源里")


def test_one_thing_alone_is_answered_by_typing_under_the_reminder(clockwork: Clockwork) -> None:
    phone = alone(clockwork, "handbook")
    assert phone.screen.title == "提醒 · 《党员手册》上交与讲评"
    phone.say("应交18 上交18 合格17 优秀6")
    assert "已完成" in phone.text
    phone.say("自评")
    phone.press(Card(phone.at("sheet"), 7))
    assert "⭐优秀 4" in phone.labels
    assert "18/18" in phone.text


def test_an_old_reminder_says_that_all_is_done(clockwork: Clockwork) -> None:
    phone = alone(clockwork, "handbook").say("18 18 17 6")
    phone.press(Reminder(20261228, 20261227))
    assert "都办好了" in phone.toast


def test_what_is_put_off_comes_back_once_on_its_day(clockwork: Clockwork) -> None:
    phone = alone(clockwork, "handbook").tap("明天再提醒")
    assert "明天再提醒您" in phone.toast
    morning(clockwork, 1)
    assert clockwork.wire.count["demo-6"] == 2
    assert "《党员手册》上交与讲评" in plain(clockwork.wire.at("demo-6")[-1])
    morning(clockwork, 3)
    assert clockwork.wire.count["demo-6"] == 2, "putting off never changes the rule"


def test_what_is_put_off_before_the_digest_leaves_is_not_in_it(clockwork: Clockwork) -> None:
    clockwork.tick()
    world = clockwork.world
    world.phone("secretary").press(Task(owing(world, "handbook", 0).id)).tap("明天再提醒")
    morning(clockwork)
    assert "《党员手册》上交与讲评" not in plain(clockwork.wire.at("demo-3")[0])
    assert "《党员手册》上交与讲评" in plain(clockwork.wire.at("demo-7")[0]), "the officer put nothing off"


def test_an_old_snooze_button_says_so_and_changes_nothing(world: World) -> None:
    phone = world.phone("secretary").press(SnoozeAll(20261220, 20261219, 20261221))
    assert "已经过期" in phone.toast


@pytest.mark.slow
def test_the_chosen_hour_is_kept_and_half_past_eight_is_usual(clockwork: Clockwork) -> None:
    clockwork.world.phone("secretary").say("首页").tap("提醒设置").tap("12:00")
    clockwork.until(MIDNIGHT.replace(hour=13), timedelta(minutes=5))
    at = next(at for at, address, _ in clockwork.wire.arrived if address == "demo-3")
    assert (at.hour, at.minute > 0) == (12, True)
    usual = [at for at, address, _ in clockwork.wire.arrived if address == "demo-4"]
    assert [(8, 30) < (at.hour, at.minute) < (9, 0) for at in usual] == [True]


@pytest.mark.slow
def test_silence_until_a_day_and_then_again(clockwork: Clockwork) -> None:
    phone = clockwork.world.phone("secretary").say("首页").tap("提醒设置").say("到12月30日")
    assert "12月30日" in phone.text
    morning(clockwork, 2)
    assert "demo-3" not in clockwork.wire.count
    assert "demo-7" in clockwork.wire.count
    morning(clockwork, 7)
    assert "demo-3" in clockwork.wire.count
    phone.say("首页").tap("提醒设置")
    assert "静音" not in [line[0] for line in phone.screen.lines if isinstance(line, tuple)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("永远", "静音到哪一天"),
        ("到2月30日", "没有2月30日"),
        ("到2026年12月1日", "已经过去"),
        ("到6月1日", "最长两个月"),
        ("寒假", "寒假、暑假期间不提醒"),
        ("到暑假结束", "不用设静音"),
        ("好" * 900, "太长"),
    ],
)
def test_silence_without_a_usable_end_is_refused(desk: World, text: str, says: str) -> None:
    phone = desk.phone("secretary").say("首页").tap("提醒设置").say(text)
    assert says in phone.toast
    assert phone.screen.title == "提醒设置"


def test_a_digest_is_in_groups_and_names_nothing_twice(clockwork: Clockwork) -> None:
    morning(clockwork)
    (message,) = clockwork.wire.at("demo-6")
    lines = plain(message).splitlines()
    assert lines[1] == "快到期的 4 项："
    assert lines[2].startswith("1. 《党员手册》上交与讲评：🟠")
    assert lines[6] == "已超期的 26 项："
    assert all("🔴" in line for line in lines[7:13])
    assert lines[13] == "还有 20 项更早的，请在「待办」里看。"
    named = [line.partition("：")[0] for line in lines[2:13]]
    assert len(named) == len(set(named))


@pytest.mark.slow
def test_a_committee_that_was_never_reminded_hears_in_the_middle_of_a_week(clockwork: Clockwork) -> None:
    clockwork.clock.now = MIDNIGHT + DAY
    clockwork.until((MIDNIGHT + 2 * DAY).replace(hour=12), timedelta(hours=1))
    assert [at.day for at, who, _ in clockwork.wire.arrived if who == "demo-3"] == [29]


def test_a_weekly_digest_that_silence_kept_away_comes_after_it(clockwork: Clockwork) -> None:
    secretary, other = clockwork.world.phone("secretary of 新源里"), clockwork.world.phone("secretary")
    secretary.say("首页").tap("提醒设置").say("到12月29日")
    with clockwork.world.database.rehearse() as session:
        foreseen = {
            (one.person, one.at.date())
            for one in preview(session, 1, MIDNIGHT.date(), MIDNIGHT.date() + 2 * DAY, clockwork.clock())
        }
    morning(clockwork)
    other.say("首页").tap("提醒设置").say("到12月29日")  # who has heard it already
    morning(clockwork, days=2)
    heard = [at.day for at, who, _ in clockwork.wire.arrived if who == "demo-6"]
    assert heard == [30]
    assert "12月28日以来的提醒，都在这一条里" in plain(clockwork.wire.at("demo-6")[0])
    assert [at.day for at, who, _ in clockwork.wire.arrived if who == "demo-3"] == [28]
    name = clockwork.world.me("secretary of 新源里").name
    assert [day.day for person, day in foreseen if person == name] == [30]


@pytest.mark.slow
def test_nobody_hears_anything_between_terms_not_even_what_was_put_off(clockwork: Clockwork) -> None:
    world = clockwork.world
    with world.database.write() as session:
        dates = TermDates("下学期", date(2027, 2, 22), date(2027, 7, 10))
        terms.add_term(session, committee_id=1, dates=dates, edition="jinsong_2017")
        notes = owing(world, "notes")
        me = world.me("secretary of 新源里")
        preferences.snooze(
            session, person_id=me.person_id or 0, occurrences=[notes.id], until=date(2027, 1, 25)
        )
    clockwork.clock.now = datetime(2027, 1, 18, 0, 1, tzinfo=NOW.tzinfo)  # the last day of the term
    clockwork.until(datetime(2027, 2, 23, 12, 0, tzinfo=NOW.tzinfo), timedelta(hours=4))
    days = sorted({at.date() for at, _, _ in clockwork.wire.arrived})
    assert days == [date(2027, 1, 18), date(2027, 2, 22)]
    with world.database.read() as session:
        told = reminders.digests(session, 1, arrangements(session, 1), date(2027, 1, 18), date(2027, 2, 22))
    assert notes.id in {one.number for one in told[me.person_id or 0].told}


def test_the_committee_hears_of_what_is_overdue_for_three_weeks(clockwork: Clockwork) -> None:
    world = clockwork.world
    plan = owing(world, "plan", 3)
    assert plan.due == date(2026, 10, 23)
    with world.database.write() as session:
        laying_out.reminded(session, committee_id=1, today=date(2026, 11, 6))
    clockwork.clock.now = datetime(2026, 11, 9, 0, 1, tzinfo=NOW.tzinfo)
    clockwork.until(clockwork.clock.now.replace(hour=12), timedelta(minutes=30))
    (message,) = clockwork.wire.at("demo-1")
    assert "支部工作计划" in plain(message)
    assert "1 个支部还没完成" in plain(message)
    phone = world.phone("member").tap("催办")
    assert phone.screen.title.startswith("催办")


@pytest.mark.slow
def test_a_weekly_summary_for_who_wants_it(clockwork: Clockwork) -> None:
    phone = clockwork.world.phone("member").say("首页").tap("提醒设置").tap("要每周汇总")
    assert "每周" in phone.toast
    clockwork.until((MIDNIGHT + 4 * DAY).replace(hour=12), timedelta(hours=1))
    first, *others = clockwork.wire.at("demo-1")
    assert "学期总结" in plain(first)
    assert not any("学期总结" in plain(other) for other in others), (
        "on the first working day of the week alone"
    )


def test_one_branch_is_nudged_and_a_second_time_only_when_confirmed(clockwork: Clockwork) -> None:
    morning(clockwork)
    world = clockwork.world
    phone = chased(world.phone("member"), "《党员手册》上交与讲评").tap("提醒 新源里校区")
    assert "今天已收到提醒" in phone.text
    phone.tap("再提醒一次")
    clockwork.tick()
    message = clockwork.wire.at("demo-6")[-1]
    assert "党总支提醒您" in plain(message)
    assert clockwork.wire.count["demo-6"] == 2
    phone.tap("提醒 新源里校区").tap("再提醒一次")
    clockwork.tick()
    assert clockwork.wire.count["demo-6"] == 2
    assert "已经提醒过两次" in phone.toast


def test_all_who_still_owe_are_nudged_and_nobody_else(clockwork: Clockwork) -> None:
    world = clockwork.world
    clockwork.clock.now = MIDNIGHT.replace(hour=15)
    world.phone("secretary of 双龙").press(Task(owing(world, "summary", 2).id)).tap("已完成")
    phone = chased(world.phone("administrator"), "学期总结").tap("提醒全部 3 个支部")
    assert phone.toast == f"3 个支部{LEFT}"
    asyncio.run(clockwork.postman.round())
    assert set(clockwork.wire.count) == {"demo-3", "demo-4", "demo-6", "demo-7"}


def leave(world: World, *who: str) -> None:
    """These personas give up their seats."""
    for one in who:
        world.phone(one).say("首页").tap("我的职务").tap("退出").tap("确认退出")


def test_what_arrived_says_whom_it_did_not_reach(clockwork: Clockwork) -> None:
    world = clockwork.world
    clockwork.clock.now = MIDNIGHT.replace(hour=15)
    leave(world, "secretary of 新源里", "secretary of 双龙")
    world.phone("officer").say("首页").tap("提醒设置").tap("静音 3 天")
    world.conversation.reaches("web", "demo-4", takes=False)
    phone = chased(world.phone("administrator"), "学期总结").tap("提醒全部（1 个能提醒到）")
    assert phone.toast == (
        f"常营主校区{LEFT}；没有人可提醒：2 个支部，要先发邀请码；提醒不到：劲松校区（聊天停用了机器人）"
    )
    asyncio.run(clockwork.postman.round())
    assert "demo-3" in clockwork.wire.count
    assert not {"demo-4", "demo-7"} & set(clockwork.wire.count)


def test_who_heard_today_is_asked_about_and_who_cannot_hear_is_named(clockwork: Clockwork) -> None:
    morning(clockwork)
    world = clockwork.world
    leave(world, "secretary of 新源里")
    phone = chased(world.phone("member"), "学期总结").tap("提醒全部（3 个能提醒到）")
    assert "有 4 人今天已收到提醒" in phone.text
    nobody = "没有人可提醒：新源里校区，要先发邀请码"
    assert f"{nobody}。" in phone.text
    assert phone.tap("再提醒一次").toast == f"3 个支部{LEFT}；{nobody}"
    phone.tap("提醒全部").tap("再提醒一次")
    assert phone.toast == f"今天已经提醒过两次了，请明天再提醒；{nobody}"


def test_who_is_about_to_hear_has_not_heard_yet(clockwork: Clockwork) -> None:
    clockwork.clock.now = MIDNIGHT.replace(hour=15)
    member = clockwork.world.phone("member")
    chased(member, "学期总结").tap("提醒 新源里")
    assert member.toast == f"新源里校区{LEFT}"
    member.tap("提醒 新源里")
    assert member.screen.title == "已经安排了提醒"
    assert "有 1 人已安排提醒，本人还没有看到。要再提醒一次吗？" in member.text
    asyncio.run(clockwork.postman.round())
    member.tap("不用了").tap("提醒 新源里")
    assert member.screen.title == "今天已经提醒过"
    assert "有 1 人今天已收到提醒。要再提醒一次吗？" in member.text
    chased(member, "《党员手册》上交与讲评").tap("提醒 常营主校区")
    chased(member, "《党员手册》上交与讲评").tap("提醒全部 4 个支部")
    assert f"2 个支部{LEFT}。\n有 1 人今天已收到提醒；2 人已安排提醒，本人还没有看到。" in member.text


def last_heard(world: World, days: int, *addresses: str) -> None:
    """Nothing came from these addresses for so many days."""
    at = world.clock() - timedelta(days=days)
    with world.database.write() as session:
        there = sa.update(ADDRESS).where(ADDRESS.c.external.in_(addresses))
        session.execute(there.values(heard_at=at))


def test_who_is_logged_in_nowhere_is_not_reminded(clockwork: Clockwork) -> None:
    world = clockwork.world
    clockwork.clock.now = MIDNIGHT.replace(hour=15)
    last_heard(world, 180, "demo-3")
    last_heard(world, 181, "demo-4", "demo-6")
    world.phone("secretary of 双龙").say("我的职务").tap("退出登录").tap("确认退出登录")
    phone = chased(world.phone("administrator"), "学期总结").tap("提醒全部（1 个能提醒到）")
    assert phone.toast == f"常营主校区{LEFT}；提醒不到：3 个支部（没有登录或登录已过期）"
    phone.tap("提醒 新源里")
    assert phone.toast == "提醒不到：新源里校区（没有登录或登录已过期）。请用其他方式告诉他们。"
    world.conversation.visited("web", "demo-6")
    phone.tap("提醒 新源里")
    assert phone.toast == f"新源里校区{LEFT}"


def test_whose_channel_does_not_run_here_is_not_reminded(clockwork: Clockwork) -> None:
    world = clockwork.world
    clockwork.clock.now = MIDNIGHT.replace(hour=15)
    with world.database.write() as session:
        there = sa.update(ADDRESS).where(ADDRESS.c.external.in_(["demo-6", "demo-7"]))
        session.execute(there.values(channel="telegram"))
    web = Conversation(world.database, world.evidence, world.clock, lambda _: [], channels=frozenset({"web"}))
    phone = chased(Phone(web, "demo-0"), "学期总结").tap("提醒全部（3 个能提醒到）")
    assert phone.toast == f"3 个支部{LEFT}；提醒不到：新源里校区（所用的聊天渠道没有开通）"
    both = Conversation(
        world.database, world.evidence, world.clock, lambda _: [], channels=frozenset({"web", "telegram"})
    )
    assert chased(Phone(both, "demo-0"), "学期总结").tap("提醒 新源里").toast == "已提醒 新源里校区"


def test_what_did_not_arrive_is_nudged_again_and_is_not_taken_for_a_reminder(clockwork: Clockwork) -> None:
    world = clockwork.world
    clockwork.clock.now = MIDNIGHT.replace(hour=15)
    phone = chased(world.phone("administrator"), "学期总结").tap("提醒 新源里")
    assert phone.toast == f"新源里校区{LEFT}"
    for state in ("failed", "expired"):
        with world.database.write() as session:
            nudges = sa.update(NOTICE).where(NOTICE.c.key.like("n%:%"))
            session.execute(nudges.values(state=state))
        assert phone.tap("提醒 新源里").toast == f"新源里校区{LEFT}"
    assert phone.tap("提醒 新源里").tap("再提醒一次").toast == f"新源里校区{LEFT}"
    assert f"3 个支部{LEFT}。\n有 1 人已安排提醒" in phone.tap("提醒全部 4 个支部").text
    assert phone.tap("再提醒一次").toast.endswith(f"{LEFT}；1 人今天已经提醒过两次")


def test_in_the_demo_no_login_ends(clockwork: Clockwork) -> None:
    world = clockwork.world
    clockwork.clock.now = MIDNIGHT.replace(hour=15)
    last_heard(world, 181, "demo-6")
    demo = Conversation(world.database, world.evidence, world.clock, lambda _: [], kept=PERSONA)
    assert chased(Phone(demo, "demo-0"), "学期总结").tap("提醒 新源里").toast == f"新源里校区{LEFT}"


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        (
            lambda world: leave(world, "secretary of 新源里"),
            "没有人可提醒：新源里校区，要先发邀请码。",
        ),
        (
            lambda world: world.conversation.reaches("web", "demo-6", takes=False),
            "提醒不到：新源里校区（聊天停用了机器人）。请用其他方式告诉他们。",
        ),
        (
            lambda world: world.phone("secretary of 新源里").say("首页").tap("提醒设置").tap("静音 1 周"),
            "提醒不到：新源里校区（设了静音）。请用其他方式告诉他们。",
        ),
    ],
)
def test_when_nobody_can_be_reminded_it_says_why(
    clockwork: Clockwork, happens: Callable[[World], object], says: str
) -> None:
    clockwork.clock.now = MIDNIGHT.replace(hour=15)
    happens(clockwork.world)
    phone = chased(clockwork.world.phone("member"), "学期总结")
    phone.press(Nudge(owing(clockwork.world, "summary", 3).id, 0, 0))
    assert phone.toast == says


def test_a_nudge_at_night_waits_for_the_morning(clockwork: Clockwork) -> None:
    clockwork.clock.now = MIDNIGHT.replace(hour=22)
    phone = chased(clockwork.world.phone("member"), "学期总结").tap("提醒 新源里")
    assert phone.toast == f"新源里校区{LEFT}，下个工作日早上发出"
    clockwork.until((MIDNIGHT + DAY).replace(hour=7), timedelta(hours=1))
    assert not clockwork.wire.arrived
    morning(clockwork, 1)
    assert clockwork.wire.at("demo-6")


def test_an_administrator_sees_what_did_not_arrive_and_settles_it(world: World) -> None:
    lose_a_notice(world)
    phone = world.phone("administrator").say("首页").tap("未送达")
    assert "聊天已停用机器人" in phone.text
    phone.tap("1 已处理")
    assert "提醒都送到了" in phone.text


def test_feedback_reaches_the_administrator_as_a_notice(clockwork: Clockwork) -> None:
    clockwork.clock.now = MIDNIGHT.replace(hour=14)
    clockwork.world.phone("secretary").say("提意见").say("字太小了")
    clockwork.tick()
    assert any("字太小了" in plain(message) for message in clockwork.wire.at("demo-0"))


def test_a_reminder_does_not_take_the_place_of_a_screen_that_waits_for_a_text(clockwork: Clockwork) -> None:
    clockwork.clock.now = MIDNIGHT.replace(hour=8, minute=35)
    phone = clockwork.world.phone("secretary").say("提意见")
    clockwork.clock.now = MIDNIGHT.replace(hour=8, minute=42)
    clockwork.tick()
    assert clockwork.wire.at("demo-3")
    phone.say("字太小了")
    assert "谢谢" in phone.toast


def test_the_clock_beats(world: World, clock: Clock) -> None:
    Clockwork(world, clock).tick()
    with world.database.read() as session:
        assert heartbeat.last(session, "tick") == clock()


def test_of_very_many_branches_it_is_said_that_there_are_more(desk: World) -> None:
    more = range(100, 100 + COUNTED)
    overdue = re.search(r"超期 (\d+) 项", desk.phone("member").say("催办").text)
    late = int(overdue[1]) if overdue else 0
    with desk.database.write() as session:
        branch = [{"id": n, "committee_id": 1, "name": f"第{n}党支部"} for n in more]
        session.execute(sa.insert(BRANCH), branch)
        what = {"duty": "party_day", "period": "2026-09", "opens": date(2026, 9, 1), "due": date(2026, 9, 25)}
        its = {"committee_id": 1, "term_id": desk.terms[0].id, **what}
        session.execute(sa.insert(OCCURRENCE), [{"branch_id": n, "body": n, **its} for n in more])
    assert f"🔴 超期 {COUNTED + late} 项" in desk.phone("member").say("催办").text, "all are counted"
    with desk.database.write() as session:
        session.execute(sa.insert(BRANCH), [{"id": 99, "committee_id": 1, "name": "第99党支部"}])
        session.execute(sa.insert(OCCURRENCE), [{"branch_id": 99, "body": 99, **its}])
    phone = desk.phone("member").say("催办")
    assert f"🔴 超期 {COUNTED + late} 多项" in phone.text
    assert {"其余支部", f"提醒全部 {COUNTED} 多个支部"} <= set(phone.labels)
    assert "前 100 个支部里：" in phone.text, "whom a reminder reaches is not asked about all of them"
    phone.tap("其余支部")
    assert f"共 {COUNTED} 多个支部还有没完成的工作。" in phone.text
    everybody = next(label for label in phone.say("催办").labels if f"，{COUNTED} 多个支部，" in label)
    assert "前 200 个支部里：" in phone.tap(everybody).text
    last = math.ceil((COUNTED + 1) / 12)  # a page holds twelve
    assert "下一页" in phone.press(ChaseBranches(1, last - 1)).labels
    assert "下一页" not in phone.press(ChaseBranches(1, last)).labels
