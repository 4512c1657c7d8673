"""Lists that fit: 待办 and 催办 of who is behind, 目录, many branches; each thing once, with a name of its own."""

import asyncio
from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot.actions import (
    Branches,
    Chase,
    ChaseBranches,
    ChaseTask,
    Contents,
    Finished,
    MoreTodo,
    Reminder,
    Task,
    Todo,
    wire,
)
from bot.message import plain
from bot.screens.duties import titled
from bot.screens.reminding import VACATION
from bot.store import duties, terms
from bot.store.tables import ADDRESS, NoticeRow
from jobs import reminders
from jobs.duties.catalogue import read_duties
from tests.conftest import Clock
from tests.conversation.test_assigning import give
from tests.conversation.test_reminding import LEFT, leave
from tests.conversation.test_todo import owing, through
from tests.objects import objects
from tests.phone import World
from tests.wire import Clockwork

OWN = "secretary of 新源里"


def crowd(world: World, count: int) -> None:
    """So many branches more, in which nobody holds a seat, that owe what all owe."""
    with world.database.write() as session:
        for n in range(count):
            terms.add_branch(session, committee_id=1, name=f"第{n + 1}校区党支部", campus=f"第{n + 1}校区")
    reminders.tick(world.database, world.clock())


# --- names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "period", "name"),
    [
        ("party_day", "2026-10", "10月主题党日"),
        ("party_day", "2026-11", "11月主题党日"),
        ("party_day", "2026-11/2", "11月第 2 次主题党日"),
        ("talks", "T2", "第 1 次谈心谈话"),
        ("talks", "T2/2", "第 2 次谈心谈话"),
        ("notes", "T2", "读书心得"),
        ("notes", "T2/2", "第 2 次读书心得"),
        ("rule_study", "2026", "学习本制度"),
        ("award", "2027-06-30", "评选优秀党支部"),
        ("rectification", "2027-01-18", "第 1 次整改"),
        ("rectification", "2027-01-18/3", "第 3 次整改"),
    ],
)
def test_what_sets_an_occurrence_apart_leads_its_name(key: str, period: str, name: str) -> None:
    assert titled(read_duties("jinsong_2017")[key], period) == name


def test_all_that_a_branch_owes_or_has_done_has_a_name_of_its_own(desk: World) -> None:
    for branch in range(4):
        with desk.database.read() as session:
            owed = duties.of_branch(session, branch_id=desk.branches[branch].id, term_id=desk.terms[0].id)
        names = Counter(titled(one.behind, one.period) for one in owed if one.behind)
        assert [name for name, count in names.items() if count > 1] == []


def test_two_tasks_of_one_name_are_told_apart_wherever_they_are_listed(desk: World, clock: Clock) -> None:
    give(desk, "1月6日前交计划")
    give(desk, "1月8日前交计划")
    give(desk, "1月8日前交计划")
    expected = ["交办：交计划（1月6日）", "交办：交计划（1月8日） 之1", "交办：交计划（1月8日） 之2"]
    phone = desk.phone(OWN).say("待办")
    rows = through(phone)
    assert [name for name in expected if not any(f" {name}，" in row for row in rows)] == []
    assert len({row.partition("，")[0] for row in rows}) == len(rows)
    for _ in expected:
        phone.say("待办").turn_to("交办：交计划").tap("交办：交计划").tap("已完成")
    phone.press(Finished(desk.branches[3].id))
    assert [name for name in expected if f". {name}：" not in phone.text] == []
    rows = through(desk.phone("member").press(Chase(1)))
    assert len({row.partition("，")[0] for row in rows}) == len(rows)


def test_a_digest_names_nothing_twice(desk: World, clock: Clock) -> None:
    give(desk, "1月6日前交计划")
    give(desk, "1月8日前交计划")
    phone = desk.phone(OWN).press(Reminder(20261229, 20261220))
    names = [line[0].partition(". ")[2] for line in phone.screen.lines if isinstance(line, tuple)]
    assert {"交办：交计划（1月6日）", "交办：交计划（1月8日）"} <= set(names)
    assert len(set(names)) == len(names)


# --- 待办 ---------------------------------------------------------------------------------------------------------


def test_what_is_open_stands_once_by_urgency_and_the_rest_behind_one_button(desk: World) -> None:
    phone = desk.phone(OWN).say("待办")
    assert phone.labels[-4:] == ["还有 31 项", "提醒设置", "日历订阅", "首页"]
    assert phone.labels[0] == "🔴 10月主题党日，超期 71 天"
    assert "10月主题党日" not in phone.text, "the row is the button"
    first = [label for label in phone.labels if label[0] in "🔴🟠🟡🟢"]
    assert len(first) == 6
    rows = through(phone)
    assert rows[:6] == first
    assert len(set(rows)) == 37
    assert phone.labels[-4:] == ["上一页", "提醒设置", "日历订阅", "首页"]
    phone.press(MoreTodo(desk.branches[3].id, 99))
    assert phone.screen.here == MoreTodo(desk.branches[3].id, 3), "the last page for one that is none"
    assert phone.press(Todo(0)).say("10月主题党日").screen.title == "10月主题党日", "typed as it is named"


# --- 催办 ---------------------------------------------------------------------------------------------------------


def test_two_taps_remind_a_branch_of_everything_and_it_is_written_once(world: World) -> None:
    phone = world.phone("member").say("首页").tap("催办").tap("提醒 新源里校区")
    assert phone.toast == f"新源里校区{LEFT}"
    assert ("今天发过提醒", "新源里校区") in phone.screen.lines
    with world.database.read() as session:
        rows = objects(session).exec(select(NoticeRow).where(col(NoticeRow.key).startswith("n"))).all()
        told = [(row.key, row.action, row.said) for row in rows]
    branch = world.branches[3].id
    assert told == [(f"n1:2026-12-28:b{branch}", wire(Todo(branch)), "党总支提醒您：")]
    phone.tap("提醒 新源里校区")
    assert phone.screen.title == "已经安排了提醒"
    assert phone.tap("再提醒一次").toast == f"新源里校区{LEFT}"
    phone.tap("提醒 新源里校区").tap("再提醒一次")
    assert phone.toast == "今天已经提醒过两次了，请明天再提醒"


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_reminder_of_everything_is_the_branchs_todo_unless_all_was_done(
    desk: World, clock: Clock, meanwhile: bool
) -> None:
    clockwork = Clockwork(desk, clock)
    desk.phone("member").press(Chase(1)).tap("提醒 新源里校区")
    if meanwhile:
        branch, me = desk.branches[3].id, desk.me(OWN)
        with desk.database.write() as session:
            for one in duties.of_branch(session, branch_id=branch, term_id=desk.terms[0].id):
                duties.close(session, me=me, owed=one, answer="")
    asyncio.run(clockwork.postman.round())
    assert len(clockwork.wire.arrived) == (0 if meanwhile else 1)
    for _, address, message in clockwork.wire.arrived:
        assert address == World.PERSONAS[OWN]
        assert plain(message).startswith("待办 · 新源里校区党支部\n党总支提醒您：\n🔴 超期 33 项")
        assert message.buttons[0].label == "🔴 10月主题党日，超期 71 天"


def test_a_branch_that_owes_one_thing_is_reminded_of_that(desk: World) -> None:
    me, branch = desk.me(OWN), desk.branches[3]
    with desk.database.write() as session:
        owed = duties.of_branch(session, branch_id=branch.id, term_id=desk.terms[0].id)
        for one in owed:
            if one.duty != "summary":
                duties.close(session, me=me, owed=one, answer="")
    desk.phone("member").press(Chase(1)).tap("提醒 新源里校区")
    with desk.database.read() as session:
        (row,) = objects(session).exec(select(NoticeRow).where(col(NoticeRow.key).startswith("n"))).all()
        assert row.action == wire(Task(next(one.id for one in owed if one.duty == "summary")))


def test_it_says_who_cannot_be_reached_before_and_after(desk: World) -> None:
    leave(desk, OWN, "secretary of 双龙")
    desk.conversation.reaches("web", "demo-4", takes=False)
    lines = (
        ("没有人可提醒", "双龙校区、新源里校区，要先发邀请码"),
        ("提醒不到", "劲松校区（聊天停用了机器人）"),
        ("要打开网页才看得到", "常营主校区"),
    )
    phone = desk.phone("administrator").say("首页").tap("催办")
    assert set(lines) <= set(phone.screen.lines)
    assert "邀请人员" in phone.labels
    assert "邀请人员" not in desk.phone("member").press(Chase(1)).labels
    phone.tap("提醒全部（1 个能提醒到）")
    assert phone.toast == (
        f"常营主校区{LEFT}；没有人可提醒：2 个支部，要先发邀请码；提醒不到：劲松校区（聊天停用了机器人）"
    )
    assert {*lines, ("今天发过提醒", "常营主校区")} <= set(phone.screen.lines)


def test_who_is_on_a_channel_that_rings_is_reminded_at_once(world: World) -> None:
    with world.database.write() as session:
        there = sa.update(ADDRESS).where(ADDRESS.c.external == "demo-6")
        session.execute(there.values(channel="telegram"))
    phone = world.phone("member").say("首页").tap("催办").tap("提醒全部 4 个支部")
    assert phone.toast == f"已提醒 新源里校区；3 个支部{LEFT}"


def test_of_fourteen_branches_that_are_behind_none_is_left_out(desk: World) -> None:
    crowd(desk, 10)
    phone = desk.phone("member").say("首页").tap("催办")
    assert phone.text.splitlines()[1].startswith("🔴 超期"), "whoever joins late makes nobody else less late"
    assert sum(isinstance(row[0].action, Todo) for row in phone.screen.rows) == 4
    assert "还有 10 个支部" in phone.labels
    names = {row[0].label for row in phone.screen.rows if isinstance(row[0].action, Todo)}
    phone.tap("还有 10 个支部")
    assert phone.screen.here == ChaseBranches(1, 1)
    names |= {row[0].label for row in phone.screen.rows if isinstance(row[0].action, Todo)}
    assert len(names) == 14


def test_who_has_owed_something_longest_comes_first_and_not_who_owes_most(world: World) -> None:
    crowd(world, 6)
    longest, *others = reversed(world.branches)
    me = world.me(OWN)
    with world.database.write() as session:
        for one in duties.of_branch(session, branch_id=longest.id, term_id=world.terms[0].id)[1:]:
            duties.close(session, me=me, owed=one, answer="")
        for branch in others:
            first, *_ = duties.of_branch(session, branch_id=branch.id, term_id=world.terms[0].id)
            duties.close(session, me=me, owed=first, answer="")
        days: dict[str, Any] = {"committee_id": 1, "since": date(2026, 9, 1), "until": date(2027, 1, 31)}
        every = duties.behind(session, **days, limit=99)
        pages = [duties.behind(session, **days, limit=4, skip=skip) for skip in (0, 4, 8, 12)]
        owing = {number: count for number, _, count, _ in duties.open_by_branch(session, **days)}
    assert every[0].branch_id == longest.id
    assert owing[longest.id] == 1 < min(owing[b.id] for b in others)
    assert [one for page in pages for one in page] == list(every)
    assert {one.branch_id for one in every} == set(owing)
    assert {one.all for one in every} == {len(owing)}
    rows = world.phone("member").press(Chase(1)).screen.rows
    assert next(row[0].action for row in rows if isinstance(row[0].action, Todo)) == Todo(longest.id)


def test_many_branches_without_people_hide_neither_the_others_nor_who_was_reminded(desk: World) -> None:
    crowd(desk, 14)
    first = desk.phone("administrator").press(Chase(1))
    lines = dict(line for line in first.screen.lines if isinstance(line, tuple))
    assert lines["没有人可提醒"] == "第1校区、第2校区、第3校区 等 14 个支部，要先发邀请码"
    assert lines["要打开网页才看得到"] == "常营主校区、劲松校区、双龙校区、新源里校区"
    assert "提醒全部（4 个能提醒到）" in first.labels
    first.tap("提醒全部")
    assert first.toast == f"4 个支部{LEFT}；没有人可提醒：14 个支部，要先发邀请码"


def test_a_branch_without_people_is_invited_and_not_reminded(desk: World) -> None:
    leave(desk, "secretary of 双龙")
    for at in (Chase(1), ChaseTask(owing(desk, "summary", 2).id)):
        admin = desk.phone("administrator").press(at)
        assert "提醒 双龙校区" not in admin.labels
        assert admin.tap("发邀请码 双龙校区").screen.title == "邀请到双龙校区党支部"
        member = desk.phone("member").press(at)
        assert not any("提醒 双龙" in label or "发邀请码" in label for label in member.labels)


def test_in_the_vacation_the_committee_is_told_that_nothing_is_asked(desk: World, clock: Clock) -> None:
    assert "假期" not in desk.phone("member").press(Chase(1)).text
    clock.now = datetime(2027, 2, 5, 10, tzinfo=clock.now.tzinfo)
    assert desk.phone("member").press(Chase(1)).text.splitlines()[1] == VACATION


# --- 目录, 首页 -----------------------------------------------------------------------------------------------------


def test_every_item_stands_in_the_contents_with_its_title_and_grade(desk: World) -> None:
    phone = desk.phone("secretary").say("自评").say("目录")
    table = desk.terms[0].table
    assert [label.split(" ", 2)[2] for label in phone.labels[:24]] == [item.title for item in table.items]
    assert phone.labels[0] == "1 优 支委会分工履职"
    assert phone.labels[12].startswith("13 · ")
    assert all(len(row) <= 2 for row in phone.screen.rows)
    assert isinstance(phone.screen.here, Contents)
    assert ("党支部自身建设", "第 1–5 项 5/5") in phone.screen.lines


def test_fourteen_branches_are_a_list_with_a_search(desk: World) -> None:
    crowd(desk, 10)
    phone = desk.phone("administrator").say("首页")
    assert phone.screen.hint == "可输入支部名称的一部分"
    assert "评价 常营主校区 0/24" in phone.labels
    assert sum(label.startswith("评价") for label in phone.labels) == 12
    phone.tap("全部 14 个支部")
    assert phone.screen.here == Branches(1, 0)
    listed = [label for label in phone.labels if label.startswith("评价")]
    listed += [label for label in phone.tap("下一页").labels if label.startswith("评价")]
    assert len(set(listed)) == 14
    assert phone.say("第9").screen.title == "结果 · 第9校区党支部"
