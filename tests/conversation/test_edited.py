"""A message that was edited: what it says now is shown, and counts when the person says so."""

from decimal import Decimal

import pytest

from bot.actions import Card, Correct, Edited, Reminder
from bot.store.codes import looks_like_code
from tests.conversation.test_todo import ledger, on, owing
from tests.everything import everything
from tests.phone import Phone, World, picture

WHO = "secretary of 新源里"


def reported(world: World) -> tuple[int, int | None]:
    fact = ledger(world)["attendance", "2026-10"]
    return fact.count, fact.of


def kept(world: World) -> object:
    """Everything but where people stand and what was typed."""
    return everything(world.database, "address", "saying")


def card(world: World, item: int) -> Phone:
    phone = world.phone(WHO).say("自评")
    return phone.press(Card(phone.at("sheet"), item))


def points(world: World, item: int) -> tuple[Decimal, str] | None:
    file = world.sheet(3)
    assert file is not None
    mark = file.sheet.marks.get(item)
    return (mark.points, mark.reason) if mark else None


def test_an_edited_report_is_shown_and_changes_nothing_before_it_is_confirmed(world: World) -> None:
    phone = on(world, "party_day").say("12/18 参观香山", message="5")
    before = kept(world)
    phone.edit("5", "17/18 参观香山")
    assert "12/18 参观香山 → 17/18 参观香山？" in phone.text
    assert phone.labels == ["改", "不改", "首页"]
    assert kept(world) == before
    phone.tap("改")
    assert phone.screen.title == "10月主题党日"
    assert reported(world) == (17, 18)
    assert owing(world, "party_day").answer == "出勤 17/18，94.4 % · 志愿服务 否 · 主题 参观香山"


def test_an_edit_that_is_not_wanted_leads_back_and_leaves_all_as_it_was(world: World) -> None:
    phone = on(world, "party_day").say("12/18", message="5").edit("5", "17/18").tap("不改")
    assert phone.screen.title == "10月主题党日"
    assert reported(world) == (12, 18)


def test_edited_points_change_the_item_they_were_given_to(world: World) -> None:
    phone = card(world, 7).say("3.5 缺一次记录", message="5")
    assert phone.screen.title.startswith("第 8 项")
    phone.edit("5", "3 缺两次记录")
    assert points(world, 7) == (Decimal("3.5"), "缺一次记录")
    phone.tap("改")
    assert points(world, 7) == (Decimal("3"), "缺两次记录")
    assert points(world, 8) is None


def test_an_edited_fact_on_a_card_replaces_it(world: World) -> None:
    card(world, 6).say("12/18", message="5").edit("5", "17/18").tap("改")
    fact = ledger(world)["attendance", "2026-12"]
    assert (fact.count, fact.of) == (17, 18)


def test_an_edited_note_replaces_the_note(world: World) -> None:
    phone = card(world, 7).tap("备注").say("签到表在书记处", message="5")
    phone.edit("5", "签到表在办公室").tap("改")
    file = world.sheet(3)
    assert file is not None
    assert file.written[7].note == "签到表在办公室"


def test_an_edit_is_known_after_a_restart(world: World) -> None:
    on(world, "party_day").say("12/18", message="5")
    later = World(world.database, world.folder, world.clock).phone(WHO).edit("5", "17/18")
    World(world.database, world.folder, world.clock)
    again = World(world.database, world.folder, world.clock).phone(WHO)
    assert again.text == later.text
    again.tap("改")
    assert reported(world) == (17, 18)


def test_an_edit_delivered_twice_asks_once_and_its_button_pressed_twice_changes_once(world: World) -> None:
    phone = on(world, "party_day").say("12/18", message="5")
    event = phone.event(edits="5", text="17/18")
    for _ in range(2):
        phone.send(event)
        assert phone.screen.title == "要改吗？"
    button = phone.screen.buttons[0].action
    phone.press(button)
    before = kept(world)
    phone.press(button)
    assert phone.toast == "已经改过了"
    assert kept(world) == before
    assert reported(world) == (17, 18)


def test_of_ten_edits_in_a_row_each_question_does_what_it_says(world: World) -> None:
    phone = on(world, "party_day").say("1/18", message="5")
    questions = []
    for n in range(2, 12):
        phone.edit("5", f"{n}/18")
        assert f"1/18 → {n}/18？" in phone.text
        questions.append(phone.screen.buttons[0].action)
    phone.press(questions[-1])
    assert reported(world) == (11, 18)
    phone.press(questions[3])  # an older question that is still there
    assert reported(world) == (5, 18)


def test_an_edit_after_an_edit_is_compared_with_what_counts(world: World) -> None:
    phone = on(world, "party_day").say("12/18", message="5").edit("5", "17/18").tap("改").edit("5", "16/18")
    assert "17/18 → 16/18？" in phone.text
    phone.tap("改")
    assert reported(world) == (16, 18)


@pytest.mark.parametrize("text", ["12/18", " 12/18 "])
def test_an_edit_to_what_was_said_already_asks_nothing(world: World, text: str) -> None:
    phone = on(world, "party_day").say("12/18", message="5").edit("5", "17/18").edit("5", text)
    assert phone.toast == "和记下的一样，没有要改的"
    assert phone.screen.title == "10月主题党日"
    assert reported(world) == (12, 18)


def test_a_text_that_was_refused_may_be_put_right_by_an_edit(world: World) -> None:
    phone = on(world, "party_day").say("十七个人参观香山", message="5")
    assert "没有看懂" in phone.toast
    phone.edit("5", "17/18 参观香山")
    assert "十七个人参观香山 → 17/18 参观香山？" in phone.text
    phone.tap("改")
    assert reported(world) == (17, 18)


def test_an_edit_that_cannot_be_read_is_refused_when_it_is_to_count_and_the_old_answer_stays(
    world: World,
) -> None:
    phone = on(world, "party_day").say("12/18", message="5").edit("5", "参观香山").tap("改")
    assert "没有看懂" in phone.toast
    assert owing(world, "party_day").done
    assert reported(world) == (12, 18)


def test_what_was_reported_anew_since_is_not_overwritten_by_an_edit(world: World) -> None:
    phone = on(world, "party_day").say("12/18", message="5").tap("改").say("15/18", message="6")
    phone.edit("5", "17/18").tap("改")
    assert "后来又填过" in phone.toast
    assert reported(world) == (15, 18)


def test_an_edit_of_what_nobody_remembers_is_refused_with_what_to_do(desk: World) -> None:
    phone = on(desk, "party_day")
    before = kept(desk)
    phone.edit("5", "17/18")
    assert phone.toast == "这条消息发出较久，改动没有读取。请打开要改的那一项，重新输入。"
    for n in range(30):
        phone.say("台账", message=f"{n}")
    phone.edit("0", "17/18")
    assert "重新输入" in phone.toast
    assert kept(desk) == before


def test_a_file_that_was_exchanged_is_said_not_to_be_taken(desk: World) -> None:
    phone = on(desk, "party_day")
    phone.send(phone.event(edits="5"))
    assert phone.toast == "换过的照片或文件没有重新收取，请再发一次。"


def test_an_edited_caption_is_an_edited_text(world: World) -> None:
    phone = on(world, "party_day")
    phone.attach("合影.png", caption="12/18", message="5")
    phone.edit("5", "17/18").tap("改")
    assert reported(world) == (17, 18)


def test_an_edit_of_what_waits_for_its_place_asks_again_with_the_new_text(world: World) -> None:
    phone = card(world, 6).say("12/18", message="5", quotes="an old message")
    assert phone.screen.title == "记到这里吗？"
    phone.edit("5", "17/18")
    assert phone.screen.title == "记到这里吗？"
    assert "17/18" in phone.text
    phone.tap("第 6 项")
    fact = ledger(world)["attendance", "2026-12"]
    assert (fact.count, fact.of) == (17, 18)


def test_an_edit_of_an_answer_that_was_placed_goes_to_its_place(world: World) -> None:
    phone = card(world, 6).say("12/18", message="5", quotes="an old message").tap("第 6 项").say("首页")
    phone.edit("5", "17/18").tap("改")
    fact = ledger(world)["attendance", "2026-12"]
    assert (fact.count, fact.of) == (17, 18)


def test_an_edit_of_what_was_refused_under_a_list_asks_where_it_belongs(world: World) -> None:
    phone = world.phone(WHO).press(Reminder(20261228, 20261101)).say("十七个人参观香山", message="5")
    assert "没看懂" in phone.toast
    phone.edit("5", "17/18 参观香山").tap("改")
    assert phone.screen.title == "记到哪一项？"
    phone.tap("12月主题党日")
    fact = ledger(world)["attendance", "2026-12"]
    assert (fact.count, fact.of) == (17, 18)


def test_a_question_about_an_edit_belongs_to_its_chat(world: World) -> None:
    phone = on(world, "party_day").say("12/18", message="5").edit("5", "17/18")
    number = phone.at("saying")
    other = world.phone("secretary of 双龙")
    for action in (Edited(number), Correct(number)):
        other.press(action)
        assert "重新输入" in other.toast
    assert reported(world) == (12, 18)


def test_a_code_that_was_mistyped_may_be_put_right_by_an_edit(world: World) -> None:
    phone = world.phone("secretary").say("我的职务").tap("邀请支委")
    code = next(line for line in phone.text.replace("：", "\n").split("\n") if looks_like_code(line))
    other = world.phone("stranger").say("ABCD2345", message="5")
    assert "没有找到" in other.toast + other.text
    other.edit("5", code)
    assert "支委" in other.text


def test_an_answer_to_an_old_message_is_a_code_to_somebody_who_is_not_in_yet(world: World) -> None:
    phone = world.phone("secretary").say("我的职务").tap("邀请支委")
    code = next(line for line in phone.text.replace("：", "\n").split("\n") if looks_like_code(line))
    other = world.phone("stranger").say(code, quotes="9")
    assert "支委" in other.text


# --- what is done -----------------------------------------------------------------------------------------------------

IN_WORDS = "出勤 17/18，94.4 % · 志愿服务 否"


def test_an_answer_to_what_is_done_is_asked_about_and_replaces_it_when_wanted(world: World) -> None:
    phone = on(world, "party_day").say("17/18")
    before = kept(world)
    phone.say("16/18 参观香山")
    assert phone.screen.title == "要改吗？"
    assert (
        f"「10月主题党日」已完成，记下的是：{IN_WORDS}\n要改成 出勤 16/18，88.9 % · 志愿服务 否 · 主题 参观香山？"
        in phone.text
    )
    assert kept(world) == before
    button = phone.screen.buttons[0].action
    phone.tap("改")
    assert reported(world) == (16, 18)
    assert owing(world, "party_day").answer == "出勤 16/18，88.9 % · 志愿服务 否 · 主题 参观香山"
    assert phone.toast == "10月主题党日 已改为：出勤 16/18，88.9 % · 志愿服务 否 · 主题 参观香山"
    after = kept(world)
    assert phone.press(button).toast == "已经改过了"
    assert kept(world) == after


def test_the_same_answer_again_to_what_is_done_asks_nothing(world: World) -> None:
    phone = on(world, "party_day").say("17/18").say("17/18")
    assert phone.toast == "这项已经完成了"
    assert phone.screen.title == "10月主题党日"
    assert on(world, "plan").tap("已完成").say("完成").toast == "这项已经完成了"


def test_of_two_who_answer_the_slower_is_asked_and_a_third_answer_is_not_overwritten(world: World) -> None:
    first, second = on(world, "party_day"), on(world, "party_day")
    first.say("17/18")
    second.say("16/18", message="9")
    assert "要改成 出勤 16/18，88.9 % · 志愿服务 否？" in second.text
    first.tap("改").say("18/18")
    second.tap("改")
    assert "后来又填过" in second.toast
    assert reported(world) == (18, 18)


def test_a_caption_or_an_answer_to_ones_own_message_is_asked_about_where_the_task_is_done(
    world: World,
) -> None:
    phone = on(world, "party_day").say("17/18", message="5").say("首页").say("16/18", quotes="5")
    assert "要改成 出勤 16/18，88.9 % · 志愿服务 否？" in phone.text
    phone.tap("不改").attach("合影.png", picture(1), caption="15/18", message="7")
    assert "要改成 出勤 15/18，83.3 % · 志愿服务 否？" in phone.text
    assert "10月主题党日（第 8 项） 已收到材料（第 1 份）" in phone.toast
    phone.edit("7", "14/18")
    assert "要改成 出勤 14/18，77.8 % · 志愿服务 否？" in phone.text
    phone.attach("又.png", picture(2)).tap("改")
    assert reported(world) == (14, 18)


@pytest.mark.parametrize("text", ["12/25 17/18", "大家辛苦了", "17.5/18"])
def test_what_is_no_plain_answer_to_what_is_done_is_refused_with_what_to_do(world: World, text: str) -> None:
    phone = on(world, "party_day").say("17/18")
    before = kept(world)
    phone.say(text)
    assert "例如" in phone.toast
    assert kept(world) == before
    assert phone.screen.title == "10月主题党日"


@pytest.mark.parametrize("text", ["待办", "首页", "为什么", "明天再提醒", "改", "12/25 17/18"])
def test_an_edit_that_is_no_answer_takes_nothing_back(desk: World, text: str) -> None:
    phone = on(desk, "party_day").say("17/18", message="5")
    before = kept(desk)
    phone.edit("5", text).tap("改")
    assert "例如" in phone.toast
    assert kept(desk) == before
    assert owing(desk, "party_day").answer == IN_WORDS


# --- what replaces its own ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["", "签到表在书记处"])
def test_an_edited_remark_takes_the_place_of_its_line_in_the_note(world: World, before: str) -> None:
    phone = card(world, 6)
    if before:
        phone.tap("备注").say(before)
    phone.press(Card(phone.at("sheet"), 6))
    phone.say("3人请假", message="5").tap("写进备注")
    phone.edit("5", "4人请假").tap("改").tap("写进备注")
    file = world.sheet(3)
    assert file is not None
    assert file.written[6].note == f"{before}\n4人请假".strip()
    assert "已存" in phone.toast


def test_a_task_that_is_given_is_not_given_again_by_an_edit(world: World) -> None:
    phone = world.phone("member").say("首页").tap("交办任务")
    phone.say("1月25日前交工会小结", message="5").edit("5", "1月26日前交工会小结").tap("改")
    assert ("任务", "交工会小结") in phone.screen.lines
    assert "1月26日" in phone.text
    phone.tap("确认交办")
    before = kept(world)
    phone.edit("5", "1月27日前交工会小结")
    assert phone.toast == "这项任务已经交办，不能再改；需要时可以撤回，重新交办。"
    assert phone.screen.title.startswith("交办 · ")
    assert kept(world) == before


def test_a_caption_that_is_added_to_a_photo_is_heard(world: World) -> None:
    phone = on(world, "party_day").attach("合影.png", picture(1), message="5").say("首页")
    phone.edit("5", "17/18 参观香山")
    assert phone.screen.title == "要改吗？"
    assert "17/18 参观香山？" in phone.text
    assert not owing(world, "party_day").done
    phone.tap("改")
    assert reported(world) == (17, 18)


def test_a_caption_that_is_added_to_a_photo_on_a_card_is_its_items(world: World) -> None:
    phone = card(world, 7).attach("1.png", picture(1), message="5").say("首页").edit("5", "3.5 缺一次记录")
    assert points(world, 7) is None
    phone.tap("改")
    assert points(world, 7) == (Decimal("3.5"), "缺一次记录")


def test_twenty_photos_do_not_make_a_text_forgotten(desk: World) -> None:
    phone = on(desk, "party_day").say("12/18", message="text")
    for n in range(26):
        phone.attach(f"{n}.png", picture(n), message=f"photo {n}", group="g")
    phone.edit("text", "17/18").tap("改")
    assert reported(desk) == (17, 18)
