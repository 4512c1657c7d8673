"""交办任务: a task typed by the committee, given to branches, answered, counted for item 4, and taken back."""

import json
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from bot.actions import (
    Assign,
    AssignTo,
    Card,
    ChooseBranches,
    ClearFact,
    Done,
    FactCard,
    Give,
    ItemFacts,
    OpenSheet,
    ShowAssignment,
    Task,
    TypedFact,
    Withdraw,
    read,
)
from bot.dialogue import respond
from bot.dialogue.work import Work
from bot.permissions import Rater, Role
from bot.store import assignments, duties, facts, seats, terms
from bot.store.database import Session
from bot.store.tables import PERSON, SEAT, TERM, HistoryRow, NoticeRow
from bot.values import Owing
from scoring.facts import Fact
from scoring.refusal import Refused
from scoring.rubric import read_edition
from tests.conftest import ZONE, Clock
from tests.conversation.test_bad_input import kept
from tests.objects import objects
from tests.phone import Phone, World, code_for
from tests.store.at_once import at_once

OWN = "secretary of 新源里"
COMPLETION = read_edition("jinsong_2017").facts["completion"].number


def draft(world: World, text: str = "12月31日前交工会活动小结", who: str = "member") -> Phone:
    return world.phone(who).say("首页").tap("交办任务").say(text)


def give(world: World, text: str = "12月31日前交工会活动小结") -> int:
    """A task given to all branches; its number."""
    return number(draft(world, text).tap("确认交办"))


def number(phone: Phone) -> int:
    here = phone.screen.here
    assert isinstance(here, ShowAssignment)
    return here.assignment


def tasks(world: World, branch: int = 3) -> list[Owing]:
    """What the n-th branch was given this term."""
    with world.database.read() as session:
        found = duties.of_branch(session, branch_id=world.branches[branch].id, term_id=world.terms[0].id)
    return [o for o in found if o.assigned]


def notices(world: World) -> list[NoticeRow]:
    with world.database.read() as session:
        return [n for n in objects(session).exec(select(NoticeRow)).all() if n.key.startswith("a:")]


def history(world: World) -> list[HistoryRow]:
    with world.database.read() as session:
        rows = objects(session).exec(select(HistoryRow).order_by(sa.text("id"))).all()
    return [row for row in rows if row.subject == "assignment"]


def done(world: World, task: Owing, who: str = OWN) -> None:
    assert "已完成" in world.phone(who).press(Task(task.id)).tap("已完成").text


def card(world: World, item: int = 4, who: str = OWN) -> Phone:
    phone = world.phone(who).say("自评")
    return phone.press(Card(getattr(phone.screen.here, "sheet", 0), item))


# --- a draft ----------------------------------------------------------------------------------------------------


def test_a_typed_task_is_shown_with_its_day_and_its_branches_before_it_is_given(world: World) -> None:
    phone = draft(world)
    assert "任务：交工会活动小结" in phone.text
    assert "截止：12月31日（周四，工作日）" in phone.text
    assert "交给：全部 4 个支部" in phone.text
    assert tasks(world) == []
    assert notices(world) == []


def test_a_day_without_work_and_another_year_are_said(world: World) -> None:
    phone = draft(world, "1月3日前交总结")
    assert "2027年1月3日（周日，" in phone.text
    assert "休息日" in draft(world, "2027年1月1日交总结").text


def test_a_day_after_the_term_is_said(desk: World) -> None:
    assert "在本学期（1月18日结束）之后" in draft(desk, "2027年3月1日交总结").text
    assert "之后" not in draft(desk).text


def test_typing_again_on_a_draft_takes_its_place_and_keeps_its_branches(world: World) -> None:
    phone = draft(world).tap("支部：").tap("劲松").tap("选好了").say("明天交学习小结")
    assert "任务：交学习小结" in phone.text
    assert "12月29日（周二，工作日）" in phone.text
    assert "3 个支部" in phone.text


@pytest.mark.parametrize("said", ["提醒大家", "催各支部", "请提醒双龙"])
def test_asking_for_a_reminder_gives_a_draft_to_nobody_else(world: World, said: str) -> None:
    phone = draft(world).tap("支部：").tap("全不选").tap("劲松").tap("选好了")
    plan = number(phone)
    phone.say(said)
    assert phone.screen.title.startswith("催办") or "请输入「催办」" in phone.toast
    assert "交给：1 个支部：劲松校区党支部" in phone.press(ShowAssignment(plan)).text
    assert "交给：1 个支部：双龙校区党支部" in phone.say("通知双龙").text


def test_branches_are_chosen_by_button_and_by_name(world: World) -> None:
    phone = draft(world).tap("支部：")
    assert "✓劲松校区党支部" in phone.labels
    phone.tap("全不选")
    assert "还没有选择支部" in phone.text
    assert "确认交办" not in phone.tap("选好了").labels
    phone.tap("支部：").tap("劲松校区党支部").say("双龙")
    assert "2 个支部：劲松校区党支部、双龙校区党支部" in phone.text
    phone.say("劲松校区党支部").tap("选好了").tap("确认交办")
    assert [len(tasks(world, n)) for n in range(4)] == [0, 0, 1, 0]
    assert {n.person_id for n in notices(world)} == {world.me("secretary of 双龙").person_id}


def test_choosing_every_branch_one_by_one_is_choosing_all(desk: World) -> None:
    phone = draft(desk).tap("支部：").tap("全不选")
    for branch in desk.branches:
        phone.say(branch.name)
    assert "全部 4 个支部" in phone.text


def test_in_a_large_committee_a_branch_without_a_button_is_chosen_by_its_name(desk: World) -> None:
    with desk.database.write() as session:
        for n in range(100):
            terms.add_branch(session, committee_id=1, name=f"第{n:03}党支部", campus="本部")
    phone = draft(desk).tap("支部：").tap("全不选")
    assert "前 30 个支部" in phone.text
    assert len(phone.screen.buttons) <= 40
    assert "1 个支部：第099党支部" in phone.say("第099").text
    before = kept(desk)
    for text, says in (("党支部", "个支部符合"), ("月球", "没有找到"), ("", "没有找到")):
        assert says in phone.say(text).toast
    assert kept(desk) == before
    phone.tap("选好了").tap("确认交办")
    assert "已交办 1 个支部" in phone.toast


def test_a_draft_is_for_whoever_made_it_alone(world: World) -> None:
    plan = number(draft(world, "12月31日前交团课小结"))
    before = kept(world)
    for who in ("other member", "administrator", "secretary"):
        phone = world.phone(who).say("首页")
        for action in (ShowAssignment(plan), ChooseBranches(plan), AssignTo(plan, 1, 0), Give(plan)):
            assert phone.press(action).toast
            assert phone.screen.title.startswith("您好")
    assert kept(world) == before
    assert "团课" not in world.phone("other member").press(Assign(1)).text


# --- giving -----------------------------------------------------------------------------------------------------


def test_giving_asks_every_branch_once_and_tells_everybody_in_it_once(world: World, clock: Clock) -> None:
    phone = draft(world)
    plan = number(phone)
    phone.tap("确认交办")
    assert "已交办 4 个支部" in phone.toast
    again = phone.press(Give(plan))
    assert "已经交办过" in again.toast
    assert [len(tasks(world, n)) for n in range(4)] == [1, 1, 1, 1]
    (task,) = tasks(world)
    assert (task.assigned, task.due, task.opens) == ("交工会活动小结", date(2026, 12, 31), clock().date())
    told = notices(world)
    assert len(told) == 5, "four secretaries and one officer"
    assert {n.send_at for n in told} == {clock()}, "a working day, in the morning: at once"
    assert {n.expires_at for n in told} == {datetime(2026, 12, 31, 21, 0, tzinfo=ZONE)}
    own = next(n for n in told if n.person_id == world.me(OWN).person_id)
    assert read(own.action) == Task(task.id)
    (row,) = history(world)
    assert json.loads(row.after) == {"title": "交工会活动小结", "due": "2026-12-31", "branches": 4}
    assert row.person_id == world.me("member").person_id


def test_two_phones_that_give_it_at_the_same_moment_give_it_once(world: World) -> None:
    plan = number(draft(world))
    phones = [world.phone("member") for _ in range(4)]
    at_once([lambda phone=phone: phone.press(Give(plan)) for phone in phones])  # type: ignore[misc]
    assert sorted("已交办 4 个支部" in phone.toast for phone in phones) == [False, False, False, True]
    assert [len(tasks(world, n)) for n in range(4)] == [1, 1, 1, 1]
    assert len(history(world)) == 1
    assert len(notices(world)) == 5


def test_who_sits_in_two_branches_is_told_once(world: World) -> None:
    codes = [code_for(world, Role.OFFICER, branch.id) for branch in world.branches[:3]]
    for code in codes:
        world.phone("secretary").say("邀请码").say(code)
    give(world)
    mine = [n for n in notices(world) if n.person_id == world.me("secretary").person_id]
    assert len(mine) == 1
    with world.database.read() as session:
        sits = seats.in_branches(session, 1)
        assert seats.in_branches(session, 1, [world.branches[1].id]).keys() == {world.branches[1].id}
    assert all(world.me("secretary").person_id in sits[b.id] for b in world.branches[:3])
    assert all(len(set(persons)) == len(persons) for persons in sits.values())


def test_a_task_given_at_night_is_told_on_the_next_working_morning(world: World, clock: Clock) -> None:
    clock.now = datetime(2026, 12, 31, 21, 30, tzinfo=ZONE)  # then New Year: three days without work
    give(world, "1月2日前交假期值班表")
    told = notices(world)
    assert {n.send_at.astimezone(ZONE).date() for n in told} == {date(2027, 1, 4)}
    assert all(n.send_at < n.expires_at for n in told), (
        "the due day is over before anybody hears: told anyway"
    )


@pytest.mark.parametrize("when", ["the day passes", "nobody is chosen", "the term is published"])
def test_a_draft_that_cannot_be_given_any_more_is_refused(world: World, clock: Clock, when: str) -> None:
    phone = draft(world, "今天交小结")
    plan = number(phone)
    match when:
        case "the day passes":
            clock.forward(days=1)
            says = "已经过去"
        case "nobody is chosen":
            phone.press(AssignTo(plan, 0, 0))
            says = "还没有选择支部"
        case _:
            with world.database.write() as session:
                session.execute(
                    sa.update(TERM).where(TERM.c.id == world.terms[0].id).values(published_at=clock())
                )
            says = "已公布"
    before = kept(world)
    assert says in phone.press(Give(plan)).toast
    assert kept(world) == before


def test_a_task_that_is_given_is_not_changed_any_more(world: World) -> None:
    plan = give(world)
    phone = world.phone("member")
    before = kept(world)
    for action in (ChooseBranches(plan), AssignTo(plan, 0, 0)):
        assert "已经交办" in phone.press(action).toast
    assert kept(world) == before


def test_only_the_committee_gives_tasks(world: World) -> None:
    for who in ("secretary", "officer"):
        phone = world.phone(who).say("首页")
        assert "交办任务" not in phone.labels
        assert "总支委员和管理员" in phone.press(Assign(1)).toast


# --- answering --------------------------------------------------------------------------------------------------


def test_a_branch_finds_it_in_its_duties_and_answers_with_a_tap_or_a_file(world: World) -> None:
    give(world)
    phone = world.phone(OWN).say("待办").turn_to("交办：交工会活动小结").tap("交办：交工会活动小结")
    assert "12月31日" in phone.text
    assert "第 4 项" in phone.tap("为什么").text
    phone.tap("返回").attach("小结.png")
    assert "已完成" in phone.text
    card(world)
    file = world.sheet(3)
    assert file is not None
    assert file.behind.files == {4: 1}
    done(world, tasks(world, 1)[0], "secretary of 劲松")
    member = world.phone("member").say("首页").tap("交办任务")
    assert "完成 2/4" in member.text


def test_a_long_task_is_cut_on_buttons_and_whole_on_its_screen(world: World) -> None:
    long = "报送本学期党员发展计划和积极分子培养情况汇总表并附支委会会议记录和照片不少于三张"
    give(world, f"明天{long}")
    phone = world.phone(OWN).say("待办").turn_to("交办：")
    label = next(label for label in phone.labels if "交办：" in label)
    assert len(label) <= 40
    assert long in phone.tap(label).text
    assert long in world.phone("member").press(Assign(1)).tap("1.").text


def test_in_a_published_term_a_task_is_not_answered_any_more(world: World, clock: Clock) -> None:
    give(world)
    (task,) = tasks(world)
    with world.database.write() as session:
        session.execute(sa.update(TERM).where(TERM.c.id == world.terms[0].id).values(published_at=clock()))
    phone = world.phone(OWN).press(Task(task.id))
    before = kept(world)
    assert "已公布，不再填报" in phone.text
    assert "已公布" in phone.press(Done(task.id)).toast
    phone.press(Task(task.id)).attach("小结.png")
    assert kept(world) == before


# --- what it counts for -----------------------------------------------------------------------------------------


def test_two_of_three_done_and_one_of_them_late_is_what_item_four_suggests(
    world: World, clock: Clock
) -> None:
    for text in ("明天交小结甲", "明天交小结乙", "明天交小结丙"):
        give(world, text)
    first, second, _ = tasks(world)
    done(world, first)
    clock.now = datetime(2026, 12, 30, 0, 5, tzinfo=ZONE)  # in UTC it is still the due day
    done(world, second)
    phone = card(world)
    assert "交办任务完成 2/3 = 66.7 %" in phone.text
    assert "交办任务按时 1/3 = 33.3 %" in phone.text
    assert "⭐不合格 0" in phone.labels
    why = phone.tap("为什么").text
    assert "交办任务完成 2/3 · 由交办任务自动统计" in why
    assert "未达到合格要求 90 %" in why
    member = world.phone("member").press(FactCard(world.branches[3].id, world.terms[0].id, 0, 0))
    rated = member.press(OpenSheet(world.branches[3].id, world.terms[0].id, int(Rater.COMMITTEE))).screen.here
    assert isinstance(rated, Card)
    assert member.press(ItemFacts(rated.sheet, 4)).text.count("/3") == 2


def test_all_done_by_the_last_minute_of_the_due_day_suggests_excellent(world: World, clock: Clock) -> None:
    give(world, "明天交小结")
    clock.now = datetime(2026, 12, 29, 23, 59, tzinfo=ZONE)
    done(world, tasks(world)[0])
    phone = card(world)
    assert "⭐优秀 5" in phone.labels
    assert "1/1 = 100 %" in phone.text


def test_a_task_that_is_open_and_not_due_counts_for_nothing_yet(world: World, clock: Clock) -> None:
    give(world, "明天交小结")
    phone = card(world)
    assert "⭐" not in str(phone.labels)
    assert "还缺：交办任务完成、交办任务按时" in phone.text
    phone.tap("台账").tap("交办任务完成")
    assert "还没有到期或完成的任务" in phone.text
    clock.forward(days=2)
    assert "0/1" in phone.press(phone.screen.here).text


def test_what_is_counted_is_not_typed_over(world: World) -> None:
    branch, term = world.branches[3].id, world.terms[0].id
    phone = world.phone(OWN).press(FactCard(branch, term, COMPLETION, 0)).say("9/10")
    assert "已记" in phone.toast, "without tasks it is typed as ever"
    give(world, "今天交小结")
    phone.press(FactCard(branch, term, COMPLETION, 0))
    assert "9/10" in phone.text, "nothing is counted yet"
    done(world, tasks(world)[0])
    phone.press(FactCard(branch, term, COMPLETION, 0))
    assert "本学期：1/1" in phone.text
    assert "由交办任务自动统计" in phone.text
    assert "请直接输入" not in phone.text
    assert "删除这个数字" not in phone.labels
    assert "9/10" not in card(world).text
    sheet = world.sheet(3)
    assert sheet is not None
    before = kept(world)
    for text in ("9/10", "4:9/10 5优"):
        assert "自动统计" in card(world).say(text).toast
    assert "自动统计" in phone.press(ClearFact(branch, term, COMPLETION, 0)).toast
    with world.database.write() as session:
        work = Work(session, world.me(OWN), world.evidence, lambda code: [])
        with pytest.raises(
            Refused, match="自动统计"
        ):  # typed on a card that was drawn before the task was given
            respond(work, TypedFact(branch, term, COMPLETION, 0, "9/10"))
    assert kept(world) == before
    with world.database.read() as session:
        typed = facts.recorded(session, branch_id=branch, term_id=term)
        known = facts.known(session, branch_id=branch, term_id=term, now=world.clock())
    assert [r.fact for r in typed] == [Fact("completion", 9, 10)]
    assert [r.fact for r in known] == [Fact("completion", 1, 1), Fact("timeliness", 1, 1)]


def test_one_branchs_tasks_do_not_count_for_another(world: World, clock: Clock) -> None:
    phone = draft(world, "今天交小结").tap("支部：").tap("全不选").tap("劲松").tap("选好了")
    phone.tap("确认交办")
    clock.forward(days=1)
    with world.database.read() as session:
        counted = [
            len(assignments.given(session, branch_id=b.id, term_id=world.terms[0].id)) for b in world.branches
        ]
    assert counted == [0, 1, 0, 0]
    assert "0/1" in card(world, who="secretary of 劲松").text
    assert "0/1" not in card(world).text


# --- the committee's view ---------------------------------------------------------------------------------------


def test_the_committee_sees_who_has_done_it_who_was_late_and_who_is(world: World, clock: Clock) -> None:
    plan = give(world, "明天交小结")
    done(world, tasks(world, 1)[0], "secretary of 劲松")
    phone = world.phone("other member").press(ShowAssignment(plan))
    assert "完成率：1/4 = 25 %" in phone.text
    assert "还没有完成：常营主校区党支部、双龙校区党支部、新源里校区党支部" in phone.text
    clock.forward(days=2)
    done(world, tasks(world, 2)[0], "secretary of 双龙")
    phone.press(ShowAssignment(plan))
    for line in (
        "完成率：2/4 = 50 %",
        "及时率：1/4 = 25 %",
        "按时完成：劲松校区党支部",
        "逾期完成：双龙校区党支部",
        "逾期未完成：常营主校区党支部、新源里校区党支部",
    ):
        assert line in phone.text
    world.phone("member").say("首页").tap("催办").turn_to("交办：交小结")


def test_taking_a_task_back_cancels_what_is_open_and_keeps_what_is_done(world: World, clock: Clock) -> None:
    plan = give(world, "明天交小结")
    done(world, tasks(world, 1)[0], "secretary of 劲松")
    phone = world.phone("member").press(ShowAssignment(plan)).tap("撤回")
    assert "3 个支部不用再做，1 个支部已完成的保留" in phone.text
    (open_,) = tasks(world)
    phone.tap("确认撤回")
    assert "已撤回" in phone.toast
    assert "撤回" not in phone.labels
    assert [len(tasks(world, n)) for n in range(4)] == [0, 1, 0, 0]
    assert "可能已经取消" in world.phone(OWN).press(Task(open_.id)).toast
    assert "没有要撤回" in phone.press(Withdraw(plan)).toast
    assert [json.loads(row.after).get("withdrawn") for row in history(world)] == [None, True]
    clock.forward(days=3)
    assert "0/1" not in card(world).text, "what was taken back counts against nobody"
    assert "1/1" in card(world, who="secretary of 劲松").text
    assert "完成 1/1" in phone.press(Assign(1)).text


def test_a_draft_is_not_taken_back(desk: World) -> None:
    plan = number(draft(desk))
    assert "还没有交办" in desk.phone("member").press(Withdraw(plan)).toast


@pytest.mark.parametrize(
    ("text", "shows"),
    [("谁没交", "催办"), ("谁还没交学期总结", "催办 · 学期总结"), ("谁没交党费？", "催办 · 党费收缴")],
)
def test_a_question_on_a_draft_is_answered_and_is_no_task(desk: World, text: str, shows: str) -> None:
    phone = desk.phone("member").say("12月31日前交工会活动小结")
    draft, there = phone.text, phone.screen.here
    assert phone.say(text).screen.title.startswith(shows)
    assert phone.press(there).text == draft, "it is still there"
    assert phone.tap("支部：").say(text).screen.title.startswith(shows)


def test_the_list_shows_the_last_eight_newest_first(desk: World) -> None:
    for n in range(10):
        give(desk, f"明天交小结{n}")
    phone = desk.phone("member").press(Assign(1))
    assert phone.labels[0] == "1. 交小结9"
    assert len(phone.labels) == 9


# --- cost -------------------------------------------------------------------------------------------------------


def statements(world: World, phone: Phone, action: ShowAssignment | Assign | Card | FactCard) -> int:
    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        if not statement.lstrip().upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            seen.append(statement)

    sa.event.listen(world.database.engine, "before_cursor_execute", note)
    phone.press(action)
    sa.event.remove(world.database.engine, "before_cursor_execute", note)
    return len(seen)


def test_no_screen_costs_more_queries_when_there_are_more_tasks_and_branches(world: World) -> None:
    member, own = world.phone("member"), world.phone(OWN)
    plan = give(world, "明天交小结")
    sheet = card(world).screen.here
    assert isinstance(sheet, Card)
    fact = FactCard(world.branches[3].id, world.terms[0].id, COMPLETION, 0)

    def cost() -> list[int]:
        shown = [statements(world, member, action) for action in (Assign(1), ShowAssignment(plan))]
        return shown + [statements(world, own, action) for action in (sheet, fact)]

    before = cost()
    with world.database.write() as session:
        for n in range(50):
            terms.add_branch(session, committee_id=1, name=f"第{n:03}党支部", campus="本部")
    for n in range(5):
        give(world, f"明天交小结{n}")
    assert cost() == before
    assert before[2] <= 4, "an item's card: who, where, what stands on it, and where one is now"


def test_a_task_given_to_three_hundred_branches_reaches_each_once(world: World) -> None:
    with world.database.write() as session:
        _settle(session, world, 300)
    phone = draft(world).tap("确认交办")
    assert "已交办 304 个支部" in phone.toast
    assert "还没有完成：" in phone.text
    assert len({n.person_id for n in notices(world)}) == len(notices(world)) == 305


def _settle(session: Session, world: World, count: int) -> None:
    """More branches, each with a secretary."""
    now = world.clock() - timedelta(days=1)
    for n in range(count):
        branch = terms.add_branch(session, committee_id=1, name=f"第{n:03}党支部", campus="本部")
        person = session.execute(
            sa.insert(PERSON).values(name="支部书记", joined_at=now).returning(PERSON.c.id)
        ).scalar_one()
        seat = {"committee_id": 1, "branch_id": branch, "person_id": person, "role": int(Role.SECRETARY)}
        session.execute(sa.insert(SEAT).values(**seat, since=now))


def test_what_was_done_before_a_task_was_withdrawn_is_not_owed_again(world: World) -> None:
    give(world)
    (task,) = tasks(world)
    world.phone(OWN).press(Task(task.id)).tap("已完成")
    given = world.phone("member").press(Assign(1)).tap("1.")
    given.tap("撤回").tap("确认撤回")
    phone = world.phone(OWN).press(Task(task.id)).tap("改").tap("其实没完成")
    assert "已经撤回，不用再做" in phone.toast
    assert tasks(world)[0].done
