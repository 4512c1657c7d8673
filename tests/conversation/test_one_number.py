"""One number, one truth: what is reported and what is typed by hand is never counted twice, and never lost."""

import pytest
import sqlalchemy as sa

from bot.actions import AlsoFor, Card, Done, FactCard, Ledger, Task, UndoFact
from bot.permissions import Rater
from bot.store import duties, facts, terms
from bot.store.database import insert
from bot.store.tables import HISTORY, OCCURRENCE
from bot.values import Owing
from jobs import reminders
from scoring.facts import Fact
from scoring.rubric import Grade
from tests.conftest import Clock
from tests.conversation.test_todo import ledger, on, owing
from tests.phone import PNG, Phone, World

OWN = "secretary of 新源里"


def card_of(world: World, kind: str, month: str = "") -> Phone:
    """The card of one kind of number."""
    term = world.terms[0]
    number = term.table.facts[kind].number
    there = FactCard(world.branches[3].id, term.id, number, int(month.replace("-", "") or 0))
    return world.phone(OWN).press(there)


def number(world: World, kind: str, month: str = "") -> tuple[int, int | None] | None:
    fact = ledger(world).get((kind, month))
    return (fact.count, fact.of) if fact else None


def december(world: World, duty: str) -> int:
    """The occurrence of December, which is open."""
    with world.database.read() as session:
        found = duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
    return next(o.id for o in found if (o.duty, o.period) == (duty, "2026-12"))


def test_reports_typed_and_reported_are_one_number(world: World) -> None:
    phone = card_of(world, "reports", "2026-12").say("3")
    assert phone.toast == "12月信息上报 已完成，谢谢"
    assert number(world, "reports", "2026-12") == (3, None)
    assert world.phone(OWN).press(Task(december(world, "reports"))).say("3").toast == "这项已经完成了"
    assert number(world, "reports", "2026-12") == (3, None)


def test_handbooks_typed_and_reported_are_one_number(desk: World) -> None:
    card_of(desk, "handbook_in").say("18/18")
    card_of(desk, "handbook_passed").say("17/18")
    phone = on(desk, "handbook").say("18 18 17 6")
    assert phone.screen.here == Task(owing(desk, "handbook").id)
    assert number(desk, "handbook_in") == (18, 18)
    assert number(desk, "handbook_passed") == (17, 18)
    assert number(desk, "handbook_excellent") == (6, 18)


def test_what_was_typed_by_hand_holds_until_it_is_decided(world: World) -> None:
    task = december(world, "reports")
    phone = world.phone(OWN).press(Task(task)).say("3")
    phone = card_of(world, "reports", "2026-12").say("5")
    assert phone.toast == "信息上报 12月 5 篇 已记，代替任务报的 3 篇"
    assert "手填的代替任务报的 3 篇。" in phone.text
    assert number(world, "reports", "2026-12") == (5, None)
    phone = world.phone(OWN).press(Task(task)).tap("改").say("4")
    assert phone.screen.title == "以哪个为准？· 12月信息上报"
    assert "台账手填 5 篇" in phone.text
    assert "任务报的 4 篇" in phone.text
    assert number(world, "reports", "2026-12") == (5, None), "neither 6 nor 9"
    assert "已改用任务报的数" in phone.tap("用任务报的").toast
    assert number(world, "reports", "2026-12") == (4, None)


def test_what_was_typed_by_hand_is_taken_back_to_what_was_reported(world: World) -> None:
    world.phone(OWN).press(Task(december(world, "reports"))).say("3")
    phone = card_of(world, "reports", "2026-12").say("5").tap("改回任务报的 3 篇")
    assert phone.toast == "信息上报 已改回任务报的 3 篇"
    assert number(world, "reports", "2026-12") == (3, None)
    assert "删除" not in str(phone.labels)
    phone.tap("撤销")
    assert number(world, "reports", "2026-12") == (5, None)


def test_a_number_that_several_tasks_ask_for_closes_none_and_is_offered_to_those_that_are_open(
    desk: World,
) -> None:
    phone = card_of(desk, "attendance", "2026-12").say("17/18")
    assert phone.toast == "党员活动出勤 12月 17/18 已记"
    offered = [label for label in phone.labels if label.startswith("也是")]
    assert offered == ["也是「12月主题党日」的结果", "也是「12月党员集中学习」的结果"]
    phone.tap("也是「12月党员集中学习」的结果")
    assert ("记下的是", "党员活动出勤 17/18，94.4 %") in phone.screen.lines
    assert number(desk, "attendance", "2026-12") == (17, 18), "it was counted before"
    assert number(desk, "studies", "2026-12") == (1, None)
    desk.phone(OWN).press(Task(december(desk, "party_day"))).say("16/18")
    assert number(desk, "attendance", "2026-12") == (33, 36)


def test_a_number_for_a_month_that_has_not_begun_closes_nothing(desk: World) -> None:
    phone = card_of(desk, "reports", "2027-01").say("3")
    assert phone.toast == "信息上报 1月 3 篇 已记"
    assert not any(label.startswith("也是") for label in phone.labels)
    assert not any(o.done for o in every(desk))


def every(world: World) -> list[Owing]:
    with world.database.read() as session:
        found = duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
    return list(found)


def test_a_number_typed_on_a_card_is_offered_there_and_can_be_taken_back(desk: World) -> None:
    phone = desk.phone(OWN).say("自评")
    sheet = phone.at("sheet")
    phone.press(Card(sheet, 6)).say("17/18")
    assert phone.screen.here == Card(sheet, 6)
    assert "也是「12月主题党日」的结果" in phone.labels
    phone.tap("撤销刚才的数字")
    assert phone.toast == "已撤销：党员活动出勤"
    assert ledger(desk) == {}


def test_taking_a_line_back_takes_its_number_back(world: World) -> None:
    phone = world.phone(OWN).say("自评").say("6优 8 16/18 9合").tap("保存")
    assert number(world, "attendance", "2026-12") == (16, 18)
    phone.tap("撤销")
    assert "党员活动出勤" in phone.toast
    assert ledger(world) == {}
    file = world.sheet(3, Rater.SELF)
    assert file is not None
    assert file.sheet.marks == {}


def test_a_line_of_numbers_alone_is_taken_back_too(desk: World) -> None:
    phone = desk.phone(OWN).say("自评").say("6 16/18，8 16/18").tap("保存").tap("撤销刚才的数字")
    assert ledger(desk) == {}
    assert phone.toast == "已撤销：党员活动出勤"


def test_what_closed_by_a_number_opens_when_that_is_taken_back(desk: World) -> None:
    card_of(desk, "reports", "2026-12").say("3").tap("撤销")
    assert not any(o.done for o in every(desk))
    assert ledger(desk) == {}


def test_a_number_that_was_changed_since_is_not_taken_back(desk: World) -> None:
    phone = card_of(desk, "talks").say("4")
    undo = next(button.action for button in phone.screen.buttons if button.label == "撤销")
    phone.say("5")
    phone.press(undo)
    assert "后来又改过，不能撤销" in phone.toast
    assert number(desk, "talks") == (5, None)
    assert card_of(desk, "talks").tap("删除这个数字").toast == "谈心谈话 已删除"


def test_a_correction_keeps_what_was_on_time_and_is_shown(world: World, clock: Clock) -> None:
    task = december(world, "study")
    clock.now = clock.now.replace(day=17)
    world.phone(OWN).press(Task(task)).say("15/18")
    clock.now = clock.now.replace(day=30)
    phone = world.phone(OWN).press(Task(task)).tap("改")
    assert "现在记的是：党员活动出勤 15/18" in phone.text
    assert phone.labels[:2] == ["不改了", "其实没完成"]
    phone.say("17/18")
    with world.database.read() as session:
        owed = duties.one(session, task)
    assert owed.done_at is not None
    assert owed.done_at.astimezone(clock.now.tzinfo).day == 17
    assert "改过：党员活动出勤 15/18，83.3 % → 党员活动出勤 17/18，94.4 %" in phone.text
    assert "逾期" not in phone.say("待办").tap("已完成").text


def test_leaving_the_correction_changes_nothing(desk: World) -> None:
    task = december(desk, "study")
    before = desk.phone(OWN).press(Task(task)).say("15/18").text
    assert desk.phone(OWN).tap("改").tap("不改了").text == before


def test_a_file_handed_in_on_time_stays_on_time(desk: World, clock: Clock) -> None:
    on(desk, "summary").attach("总结.png")
    assert number(desk, "summary") == (1, None)
    clock.forward(days=30)
    on(desk, "summary").press(Done(owing(desk, "summary").id))
    assert number(desk, "summary") == (1, None)


def test_too_few_reports_are_recorded_and_stay_open_till_their_day(world: World, clock: Clock) -> None:
    clock.now = clock.now.replace(day=16)
    task = december(world, "reports")
    phone = world.phone(OWN).press(Task(task)).say("1")
    assert phone.toast == "12月信息上报 已记 信息上报 1 篇，还差 1 篇；12月25日前可以补报"
    assert ("已报", "信息上报 1 篇，还差 1 篇") in phone.screen.lines
    assert number(world, "reports", "2026-12") == (1, None)
    phone.say("待办").turn_to("🟢 12月信息上报，12月25日，还差 1 篇")
    clock.now = clock.now.replace(day=26)
    reminders.tick(world.database, clock())
    phone = world.phone(OWN).press(Task(task))
    assert ("记下的是", "信息上报 1 篇，不足 2 篇") in phone.screen.lines
    with world.database.read() as session:
        owed = duties.one(session, task)
    assert owed.done
    assert owed.done_at == owed.answered_at
    phone.tap("改").say("3")
    assert ("记下的是", "信息上报 3 篇") in phone.screen.lines
    assert number(world, "reports", "2026-12") == (3, None)


def test_too_few_reports_after_their_day_close_at_once(desk: World) -> None:
    phone = desk.phone(OWN).press(Task(december(desk, "reports"))).say("0")
    assert phone.toast == "12月信息上报 已完成，不足 2 篇，谢谢"
    assert number(desk, "reports", "2026-12") == (0, None)


def test_a_life_meeting_is_asked_one_by_one(desk: World) -> None:
    phone = on(desk, "life_meeting")
    assert phone.labels[:2] == ["会议记录、党员总结、整改措施都有", "逐项回答"]
    phone.tap("逐项回答")
    assert "有会议记录吗？" in phone.text
    phone.tap("有").tap("没有")
    assert not owing(desk, "life_meeting").done
    phone.tap("有")
    assert owing(desk, "life_meeting").answer == "有会议记录 · 没有党员总结 · 有整改措施"
    assert number(desk, "life_summaries") == (0, None)


def test_a_life_meeting_is_closed_at_once_where_all_is_written_out(desk: World) -> None:
    on(desk, "life_meeting").tap("会议记录、党员总结、整改措施都有")
    assert [number(desk, kind) for kind in ("life_minutes", "life_summaries", "life_measures")] == [
        (1, None)
    ] * 3


@pytest.mark.parametrize("duty", ["life_meeting", "committee_meeting"])
def test_an_old_button_that_says_done_asks_what_it_does_not_know(desk: World, duty: str) -> None:
    phone = on(desk, duty).press(Done(owing(desk, duty).id))
    assert "有会议记录吗？" in phone.text
    assert not owing(desk, duty).done


@pytest.mark.parametrize("duty", ["life_meeting", "committee_meeting", "integrity", "handbook_check"])
def test_a_photo_alone_closes_nothing_that_it_does_not_show(desk: World, duty: str) -> None:
    phone = on(desk, duty).attach("合影.png", PNG)
    assert "已收到材料" in phone.toast
    assert not owing(desk, duty).done


def test_a_committee_meeting_without_minutes_is_recorded_so(desk: World) -> None:
    on(desk, "committee_meeting").tap("没有会议记录")
    assert owing(desk, "committee_meeting").answer == "没有会议记录"


def test_numbers_of_answers_reach_the_card(desk: World) -> None:
    desk.phone(OWN).press(Task(december(desk, "study"))).say("17/18")
    phone = desk.phone(OWN).say("自评")
    phone.press(Card(phone.at("sheet"), 6))
    assert f"⭐{Grade.EXCELLENT.word} 4" in phone.labels
    assert "在任务里报" in phone.tap("为什么").text


def test_the_ledger_shows_where_a_number_is_from(desk: World) -> None:
    desk.phone(OWN).press(Task(december(desk, "study"))).say("17/18")
    phone = card_of(desk, "attendance", "2026-12")
    assert "在任务里报" in phone.text
    assert "删除这个数字" not in phone.labels
    term, branch = desk.terms[0], desk.branches[3]
    assert "12月 17/18" in phone.press(Ledger(branch.id, term.id)).text
    with desk.database.read() as session:
        (first, *_) = facts.recorded(session, branch_id=branch.id, term_id=term.id)
    assert not first.typed
    assert first.fact == Fact("attendance", 17, 18, "2026-12")


# --- what was tried against it ------------------------------------------------------------------------------------


def test_a_total_that_was_typed_offers_a_task_only_what_the_others_leave(desk: World) -> None:
    desk.phone(OWN).press(Task(december(desk, "party_day"))).say("17/18")
    phone = card_of(desk, "attendance", "2026-12").say("33/36")
    phone.tap("其中 16/18 是「12月党员集中学习」的结果")
    assert number(desk, "attendance", "2026-12") == (33, 36)
    assert ("记下的是", "党员活动出勤 16/18，88.9 %") in phone.screen.lines


def test_one_of_several_attendances_says_what_it_comes_to_with_the_others(desk: World) -> None:
    desk.phone(OWN).press(Task(december(desk, "party_day"))).say("17/18")
    phone = card_of(desk, "attendance", "2026-12").say("16/18")
    phone.tap("是「12月党员集中学习」的（合计 33/36）")
    assert number(desk, "attendance", "2026-12") == (33, 36)


def test_a_number_below_what_was_reported_is_offered_to_nobody(desk: World) -> None:
    on(desk, "talks").say("3")
    phone = card_of(desk, "talks").say("2")
    assert not [button for button in phone.screen.buttons if isinstance(button.action, AlsoFor)]
    assert number(desk, "talks") == (2, None)


def test_an_accepted_offer_can_be_taken_back(desk: World) -> None:
    phone = card_of(desk, "attendance", "2026-12").say("17/18").tap("也是「12月党员集中学习」的结果")
    phone.tap("撤销")
    assert number(desk, "attendance", "2026-12") == (17, 18)
    assert not any(o.done for o in every(desk))


def test_marks_of_a_line_are_taken_back_though_its_number_went_elsewhere(desk: World) -> None:
    phone = desk.phone(OWN).say("自评").say("6优 8 16/18").tap("保存")
    phone.tap("也是「12月主题党日」的结果")
    phone.say("自评").tap("总览").tap("撤销")
    file = desk.sheet(3, Rater.SELF)
    assert file is not None
    assert file.sheet.marks == {}
    assert number(desk, "attendance", "2026-12") == (16, 18)


def test_a_forged_undo_opens_no_task_that_no_number_closed(desk: World) -> None:
    on(desk, "notes").say("17/18")
    with desk.database.read() as session:
        rows = session.execute(sa.select(HISTORY.c.id).where(HISTORY.c.subject == "occurrence")).scalars()
        changes = list(rows)
    term, branch = desk.terms[0], desk.branches[3]
    for change in changes:
        desk.phone(OWN).press(UndoFact(branch.id, term.id, 1, 202612, change))
    assert number(desk, "notes") == (17, 18)
    assert owing(desk, "notes").done


def test_undo_spares_an_answer_that_was_corrected_back_to_the_same(desk: World) -> None:
    task = december(desk, "reports")
    phone = card_of(desk, "reports", "2026-12").say("3")
    undo = next(button.action for button in phone.screen.buttons if button.label == "撤销")
    phone.press(Task(task)).tap("改").say("5").tap("改").say("3")
    phone.press(undo)
    assert "后来又改过，不能撤销" in phone.toast
    assert number(desk, "reports", "2026-12") == (3, None)


def test_that_it_was_not_done_can_be_taken_back_with_the_day_of_the_answer(
    world: World, clock: Clock
) -> None:
    task = december(world, "study")
    world.phone(OWN).press(Task(task)).say("17/18")
    with world.database.read() as session:
        before = duties.one(session, task)
    clock.forward(days=2)
    phone = world.phone(OWN).press(Task(task)).tap("改").tap("其实没完成")
    assert number(world, "attendance", "2026-12") is None
    phone.tap("撤销")
    with world.database.read() as session:
        assert duties.one(session, task) == before
    assert number(world, "attendance", "2026-12") == (17, 18)


def test_an_old_button_for_what_was_reported_spares_a_newer_number(desk: World) -> None:
    task = december(desk, "reports")
    desk.phone(OWN).press(Task(task)).say("3")
    card_of(desk, "reports", "2026-12").say("5")
    old = desk.phone(OWN).press(Task(task)).tap("以哪个为准").screen.buttons[0].action
    card_of(desk, "reports", "2026-12").say("6")
    phone = desk.phone(OWN).press(old)
    assert phone.toast == "手填的数后来改过，请再看一下"
    assert number(desk, "reports", "2026-12") == (6, None)


def test_a_party_day_without_service_says_nothing_against_one_with_it(desk: World) -> None:
    card_of(desk, "volunteer").say("1")
    phone = desk.phone(OWN).press(Task(december(desk, "party_day"))).say("17/18")
    assert phone.screen.here == Task(december(desk, "party_day"))
    assert number(desk, "volunteer") == (1, None)


@pytest.mark.parametrize("caption", ["否", "没有完成", "还没写完", "还差照片"])
@pytest.mark.parametrize("duty", ["plan", "summary"])
def test_a_file_of_which_it_is_said_that_something_is_lacking_closes_nothing(
    desk: World, duty: str, caption: str
) -> None:
    phone = on(desk, duty).attach("a.png", PNG, caption=caption)
    assert not owing(desk, duty).done or owing(desk, duty).answer == "没有完成"
    assert number(desk, duty) != (1, None)
    assert "已完成，谢谢" not in phone.toast


def test_what_is_written_beside_a_file_that_is_the_answer_need_be_none(desk: World) -> None:
    phone = on(desk, "summary").attach("a.png", PNG, caption="学期总结")
    assert owing(desk, "summary").done
    assert "没有看懂" not in phone.toast


def test_an_honest_no_is_recorded_and_closes_with_its_day(desk: World, clock: Clock) -> None:
    clock.now = clock.now.replace(month=11, day=30)
    reminders.tick(desk.database, clock())
    phone = on(desk, "integrity").say("没有")
    assert "还没有完成，已记" in phone.toast
    assert not owing(desk, "integrity").done
    clock.now = clock.now.replace(month=12, day=28)
    reminders.tick(desk.database, clock())
    assert owing(desk, "integrity").answer == "没有完成"
    assert owing(desk, "integrity").done
    assert number(desk, "integrity") == (0, None)
    phone = on(desk, "integrity")
    assert "已填报" in phone.text
    assert "已完成" not in phone.text, "it was not"
    phone.tap("改")
    assert phone.labels == ["已经完成了", "不改了", "首页"]
    phone.tap("已经完成了")
    assert number(desk, "integrity") == (1, None)
    late = owing(desk, "integrity")
    assert late.done_at is not None
    assert late.done_at.astimezone(clock.now.tzinfo).date() > late.by, "what was done late is late"


def test_a_tick_typed_in_the_ledger_is_offered_to_what_is_handed_in(desk: World) -> None:
    phone = card_of(desk, "summary").say("是").tap("也是「学期总结」的结果")
    assert owing(desk, "summary").done
    assert "已完成" in phone.text


def test_one_word_goes_on_with_the_question_that_is_asked(desk: World) -> None:
    on(desk, "life_meeting").tap("逐项回答").say("否").say("是").say("没有")
    assert owing(desk, "life_meeting").answer == "没有会议记录 · 有党员总结 · 没有整改措施"


@pytest.mark.slow
def test_a_photo_of_a_party_day_stands_behind_the_item_that_asks_for_it(desk: World) -> None:
    assert "（第 8 项）" in on(desk, "party_day").attach("a.png", PNG).toast
    assert "（第 17 项）" in on(desk, "study").attach("a.png", PNG).toast


def test_nothing_is_typed_where_the_results_are_published(desk: World) -> None:
    task = december(desk, "study")
    with desk.database.write() as session:
        terms.publish(session, me=desk.me("administrator"), term=desk.terms[0])
    phone = desk.phone(OWN).press(Task(task))
    assert "结果已公布，不再填报" in phone.text
    assert "明天再提醒" not in str(phone.labels)


def test_the_committee_closes_its_review_after_the_results_are_published(desk: World) -> None:
    term = desk.terms[0]
    with desk.database.write() as session:
        days = {"opens": desk.clock().date(), "due": desk.clock().date()}
        review = {
            "committee_id": 1,
            "body": 0,
            "term_id": term.id,
            "duty": "review",
            "period": "2026",
            **days,
        }
        number = insert(session, OCCURRENCE, **review)
        terms.publish(session, me=desk.me("administrator"), term=term)
    assert "已完成" in desk.phone("member").press(Task(number)).tap("已完成").toast
