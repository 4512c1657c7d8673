"""Filling a sheet: suggestions, other points, typed lines, facts, notes, evidence, undo."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.actions import Card, Contents, Mark, SaveLine, ShowEvidence, Undo
from bot.conversation import Event
from bot.screens import card
from bot.store import sheets
from scoring.rubric import Grade
from scoring.sheet import Mark as Scored
from scoring.sheet import Sheet
from tests.conftest import Clock
from tests.files.making import pdf, saved
from tests.phone import PNG, Phone, World, picture
from tests.scoring.tables import worth


def on(world: World, item: int, who: str = "secretary of 新源里") -> Phone:
    """A secretary on an item's card."""
    phone = world.phone(who).say("自评")
    sheet = getattr(phone.screen.here, "sheet", 0)
    return phone.press(Card(sheet, item))


def marks(world: World, branch: int = 3) -> dict[int, Scored]:
    file = world.sheet(branch)
    assert file is not None
    return dict(file.sheet.marks)


def test_a_typed_grade_marks_and_moves_on(world: World) -> None:
    phone = on(world, 7).say("优")
    assert phone.screen.title.startswith("第 8 项")
    assert marks(world)[7].grade is Grade.EXCELLENT


def test_a_screen_can_be_looked_at_while_somebody_else_writes(world: World) -> None:
    phone = on(world, 7).tap("其他分值")
    with world.database.write() as session:
        sheets.open_file(session, getattr(phone.screen.here, "sheet", 0), to_write=True)
        assert world.phone("secretary of 新源里").screen.title == phone.screen.title


def test_other_points_by_buttons_by_text_and_by_both(world: World) -> None:
    on(world, 7).tap("其他分值").tap("3.5").tap("材料不全")
    on(world, 8).say("2.5 缺一次记录")
    on(world, 9).say("1.5").say("还没有谈完")
    found = marks(world)
    assert found[7] == Scored(Grade.PASSED, Decimal("3.5"), "材料不全")
    assert found[8] == Scored(Grade.PASSED, Decimal("2.5"), "缺一次记录")
    assert found[9] == Scored(Grade.PASSED, Decimal("1.5"), "还没有谈完")


@pytest.mark.parametrize(
    ("most", "offered", "example"),
    [
        ("5", "4.5 3.5 3 2.5 2 1.5 1 0.5", "4.5"),
        ("2.5", "1.5 1 0.5", "1.5"),
        ("12", "11 10 9 8 7 6 5 4 3 2 1", "11"),
        ("12.3", "11.3 10.3 9.3 8.3 7.3 6.3 5.3 4.3 3.3 2.3 1.3 0.3", "11.3"),
        ("40", "38 36 34 30 28 26 24 22 20 18 16 14 12 10 8 6 4 2", "38"),
        ("100", "95 90 85 75 70 65 60 55 50 45 40 35 30 25 20 15 10 5", "95"),
        ("0.5", "", "0.3"),
        ("0.1", "", "0"),
    ],
)
def test_other_points_are_offered_in_few_steps_and_any_may_be_typed(
    desk: World, most: str, offered: str, example: str
) -> None:
    file = desk.sheet(0)
    assert file is not None
    edition = worth(most)
    other = replace(file, sheet=Sheet(edition))
    screen = card.other_points(other, edition.item(1))
    assert [button.label for row in screen.rows for button in row][:-2] == offered.split()
    assert f"{example} 缺一次记录" in screen.lines
    assert Sheet(edition).pointed(1, Decimal(example), "缺一次记录").marks


def test_a_number_that_is_a_grades_own_needs_no_reason(world: World) -> None:
    phone = on(world, 7).say("3.2")
    assert marks(world)[7] == Scored(Grade.PASSED, Decimal("3.2"))
    assert phone.screen.title.startswith("第 8 项")


def test_a_typed_line_shows_what_changes_and_is_saved_on_confirmation(world: World) -> None:
    phone = on(world, 1).say("6优 7合 8 3.5 17:16/18")
    assert "第 8 项是其他分值" in phone.text
    assert marks(world) == {}
    phone.say("缺一次记录")
    assert "8 主题党日：未评 → 合格 3.5 分（缺一次记录）" in phone.text
    phone.tap("保存")
    assert {n: m.points for n, m in marks(world).items()} == {
        6: Decimal(4),
        7: Decimal("3.2"),
        8: Decimal("3.5"),
    }
    assert "12月 16/18" in phone.say("台账").text
    phone.say("自评").tap("总览").tap("撤销")
    assert marks(world) == {}, "what was saved together is taken back together"


def test_confirming_a_line_again_later_changes_nothing(world: World) -> None:
    phone = on(world, 1).say("6优 7合")
    save = next(b.action for b in phone.screen.buttons if isinstance(b.action, SaveLine))
    phone.press(save)
    phone.say("自评").say("目录").tap("6 优").tap("不合格")
    phone.press(save)
    assert marks(world)[6].grade is Grade.FAILED


def test_undo_goes_back_step_by_step_to_the_empty_sheet(world: World) -> None:
    phone = on(world, 1)
    for label in ("优秀", "合格", "不合格"):
        phone.tap(label)
    phone.press(Card(phone.at("sheet"), 2)).tap("优秀")
    for expected in ({1: 2, 2: 1, 3: 0}, {1: 2, 2: 1}, {1: 2}, {}):
        phone.tap("撤销")
        assert {n: int(m.grade) for n, m in marks(world).items()} == expected
    assert "撤销" not in phone.labels


def test_an_undo_of_something_overwritten_is_refused(world: World) -> None:
    phone = on(world, 1).tap("优秀")
    undo = next(b.action for b in phone.screen.buttons if isinstance(b.action, Undo))
    phone.press(Card(phone.at("sheet"), 1)).tap("合格")
    phone.press(undo)
    assert "又有新的修改" in phone.toast
    assert marks(world)[1].grade is Grade.PASSED


def test_attendance_typed_once_feeds_every_item_that_counts_it(world: World) -> None:
    phone = on(world, 6).say("17/18")
    assert "党员活动出勤" in phone.toast
    assert "建议" in phone.text
    assert "⭐优秀 4" in phone.labels
    for item in (5, 8, 17):
        assert "17/18 = 94.4 %" in phone.press(Card(phone.at("sheet"), item)).text


def test_awards_suggest_points_that_one_tap_gives(world: World) -> None:
    phone = on(world, 23).tap("台账").tap("获奖").say("3").tap("第 23 项")
    phone.tap("⭐3 分")
    assert marks(world)[23] == Scored(Grade.PASSED, Decimal(3), "依据台账数字")


def test_where_excellence_asks_for_more_than_numbers_passed_is_suggested_and_the_rest_named(
    world: World,
) -> None:
    phone = on(world, 9).say("2/2")
    assert "⭐合格 4" in phone.labels
    assert "⭐优秀 5" not in phone.labels
    reason = "评议较差党员谈心 2/2 = 100 %，达到优秀要求（全部）；优秀还要看：党员整改有成效"
    assert f"合格 — {reason}" in phone.text
    why = phone.tap("为什么").text
    assert f"合格 — {reason}" in why
    assert "评议较差党员谈心 2/2" in why


def test_where_passing_has_no_number_either_the_card_names_what_else_to_look_at(world: World) -> None:
    phone = on(world, 11).tap("台账").tap("党费拖延").say("0").tap("第 11 项")
    phone.tap("台账").tap("党员信息统计按时完成").say("是").tap("第 11 项")
    assert "⭐" not in str(phone.labels)
    assert "优秀还要看：党支部档案管理规范、齐全" in phone.text


def test_before_self_evaluation_what_must_stay_low_is_not_yet_the_terms(world: World, clock: Clock) -> None:
    clock.forward(days=-30)
    phone = on(world, 19).tap("台账").tap("越级上访").say("0").tap("第 19 项")
    assert "，越级上访（自评开始后再看）" in phone.text
    clock.forward(days=30)
    assert "自评开始后再看" not in on(world, 19).text


def test_a_number_without_a_threshold_is_shown_beside_its_items_and_suggests_nothing(world: World) -> None:
    phone = on(world, 5).say("45/50")
    for item in (2, 19, 20):
        card = phone.press(Card(phone.at("sheet"), item))
        assert "党员评议满意度 45/50 = 90 %（供参考）" in card.text
        assert "⭐" not in str(card.labels)
    assert "优秀、合格由您判断" in phone.press(Card(phone.at("sheet"), 20)).text


def test_minutes_are_typed_for_their_month_and_a_month_without_is_missing(world: World) -> None:
    phone = on(world, 2).tap("台账").tap("支委会有记录/召开").tap("10月").say("1/2").tap("第 2 项")
    assert "最少 1/2 = 50 %（10月），未达到优秀要求（每月全部）" in phone.text
    phone.tap("台账").tap("支委会有记录/召开").tap("10月").say("2/2").tap("第 2 项")
    assert "2 个月报了 1 个月，最少 2/2 = 100 %（10月），目前达到优秀要求（每月全部）" in phone.text
    assert "还缺：支委会有记录/召开" in phone.text
    assert "⭐" not in str(phone.labels)
    phone.tap("台账").tap("支委会有记录/召开").tap("11月").say("1/1").tap("第 2 项")
    assert "⭐优秀 4" in phone.labels


def test_why_names_the_sentence_the_inputs_who_and_when(world: World) -> None:
    phone = on(world, 6).say("17/18").tap("优秀")
    phone.press(Card(phone.at("sheet"), 6)).tap("为什么")
    for part in (
        "出勤率不低于80%",
        "出勤率达到90%以上",
        "17/18 = 94.4 %",
        "新源里校区书记",
        "12月28日 09:05",
        "星级管理制度",
    ):
        assert part in phone.text, part


def test_a_note_stands_on_the_card_until_it_is_removed(world: World) -> None:
    phone = on(world, 7).tap("备注").say("手册周五交齐 <b>&")
    assert "手册周五交齐 <b>&" in phone.text
    phone.tap("优秀")
    assert "手册周五交齐" in phone.press(Card(phone.at("sheet"), 7)).text
    phone.tap("备注").tap("删除备注")
    assert "手册周五交齐" not in phone.text
    assert marks(world)[7].grade is Grade.EXCELLENT


def test_a_photo_sent_on_a_card_is_attached_shown_and_removed(world: World) -> None:
    phone = on(world, 7).attach("活动 照片.PNG")
    assert "已收到材料" in phone.toast
    phone.attach("同一张.png")
    assert "已有这份材料" in phone.toast
    show = next(b.action for b in phone.screen.buttons if isinstance(b.action, ShowEvidence))
    phone.press(show)
    assert phone.screen.attachment is not None
    assert phone.screen.attachment.read() == PNG
    phone.tap("移除这份材料")
    assert "还没有材料" in phone.text
    assert "已被移除" in phone.press(show).toast


def test_a_file_is_taken_for_what_is_in_it_whatever_it_is_called(world: World) -> None:
    phone = on(world, 7).attach("微信截图.png", saved("JPEG", placed=True))
    phone.attach("image:1641", picture(), "application/octet-stream")
    phone.attach("计划.pdf(1)", b"\r\n" + pdf(), "application/octet-stream")
    assert phone.labels[:3] == ["1. 微信截图.jpg", "2. 照片.png", "3. 计划.pdf"]
    files, shown = phone.screen, []
    for button in files.buttons[:3]:
        file = phone.press(button.action).screen.attachment
        assert file is not None
        shown.append((file.name, file.mime, file.picture))
    assert shown == [
        ("微信截图.jpg", "image/jpeg", True),
        ("照片.png", "image/png", True),
        ("计划.pdf", "application/pdf", False),
    ]
    phone.press(files.here)
    assert "已有这份材料" in phone.attach("再发一次.jpg", saved("JPEG", placed=True)).toast
    assert "请去掉密码再发" in phone.attach("计划.pdf", pdf(user="secret")).toast
    assert phone.labels[:3] == ["1. 微信截图.jpg", "2. 照片.png", "3. 计划.pdf"]


def test_the_privacy_screen_says_that_the_place_is_taken_out_of_photos(desk: World) -> None:
    assert "照片里记的拍摄地点会先去掉" in desk.phone("secretary").say("帮助").tap("隐私说明").text


def test_a_file_sent_where_no_item_is_open_says_where_to_send_it(world: World) -> None:
    phone = world.phone("secretary").say("首页").attach("照片.png")
    assert "先打开" in phone.toast


def test_an_officer_fills_but_does_not_submit(world: World) -> None:
    phone = world.phone("officer").say("自评")
    while "优秀" in str(phone.labels):
        phone.tap("优秀")
    assert "请支部书记提交" in phone.text
    assert "提交" not in phone.labels


def test_twenty_four_times_excellent_is_flagged_and_not_blocked(world: World) -> None:
    phone = on(world, 1)
    for _ in range(24):
        phone.tap("优秀")
    assert "24 项全部为优秀" in phone.text
    phone.tap("提交")
    assert "24 项全部为优秀" in phone.text
    phone.tap("确认提交")
    assert "100 分" in str(phone.reply.receipt)


def test_before_self_evaluation_opens_one_can_fill_but_not_submit(world: World, clock) -> None:  # type: ignore[no-untyped-def]
    clock.forward(days=-20)
    phone = world.phone("secretary of 劲松").say("首页")
    assert "现在可以先填" in phone.text
    phone.tap("去提交").tap("提交")
    assert "开始提交" in phone.toast


def test_the_same_event_again_changes_nothing_and_shows_where_one_stands(world: World) -> None:
    phone = on(world, 7)
    sheet = phone.at("sheet")
    event = phone.event(press=f"m:{sheet}:7:2")
    phone.send(event)
    phone.press(Mark(sheet, 7, 0))
    phone.send(event)
    assert phone.screen.title.startswith("第 8 项")
    assert marks(world)[7].grade is Grade.FAILED
    typed = phone.event(text="2.5 缺记录")
    phone.press(Card(sheet, 9)).send(typed)
    assert phone.screen.title.startswith("第 10 项")
    phone.press(Card(sheet, 14)).send(typed)
    assert phone.screen.title.startswith("第 14 项")
    assert set(marks(world)) == {7, 9}


def test_a_tap_on_an_old_card_does_what_it_says(world: World) -> None:
    phone = on(world, 1)
    first = next(b.action for b in phone.screen.buttons if b.label.startswith("不合格"))
    for _ in range(9):
        phone.tap("优秀")
    phone.press(first)
    assert marks(world)[1].grade is Grade.FAILED
    assert phone.screen.title.startswith("第 10 项")


def test_two_phones_of_one_person_go_on_from_each_other(world: World) -> None:
    phone = on(world, 1).tap("优秀")
    screen = phone.say("我的职务").tap("登录的设备").tap("在另一台设备上登录").screen
    code = next(line[1] for line in screen.lines if line[0] == "登录码")
    other = Phone(world.conversation, "7", channel="telegram").say(code).say("自评")
    assert other.screen.title.startswith("第 2 项")


def test_an_unknown_button_leads_home(world: World) -> None:
    phone = world.phone("secretary")
    phone.send(Event("web", phone.address, "x1", press="zz:1:2"))
    assert phone.screen.title.startswith("您好")


def test_the_committee_sees_a_branchs_files_and_removes_only_its_own(world: World) -> None:
    branch = on(world, 7).attach("支部的.png")
    branch.say("自评").say("1-24优").tap("保存").tap("提交").tap("确认提交")
    member = world.phone("member").say("首页").tap("评价 新源里")
    sheet = member.at("sheet")
    member.press(Card(sheet, 7)).attach("总支的.png", picture(2))
    assert "支部的.png" in member.text
    assert "总支的.png" in member.text
    show = next(b.action for b in member.screen.buttons if "支部的" in b.label)
    assert "移除这份材料" not in member.press(show).labels
    assert "总支的.png" not in branch.press(Card(world.sheet(3).id, 7)).tap("依据 1").text  # type: ignore[union-attr]


# --- what stood there before ------------------------------------------------------------------------------------------


def test_a_number_that_takes_the_place_of_another_one_says_which(world: World) -> None:
    phone = world.phone("secretary of 新源里").say("自评")
    phone.press(Card(phone.at("sheet"), 6))
    assert "原来" not in phone.say("17/18").toast
    assert phone.say("16/18").toast == "党员活动出勤 12月 16/18 已记（原来 17/18）"
    assert "原来" not in phone.say("16/18").toast
    phone.say("6优 6:15/18")
    assert ("台账", "党员活动出勤 12月 15/18（原来 16/18）") in phone.screen.lines


def test_a_line_that_waits_is_shown_again_where_somebody_marked_meanwhile(world: World) -> None:
    phone = world.phone("secretary").say("自评")
    sheet = phone.at("sheet")
    phone.press(Contents(sheet)).say("6优 7合")
    other = world.phone("officer")
    other.press(Mark(sheet, 6, 0))
    phone.tap("保存")
    assert phone.toast == "期间有改动，还没有保存，请再核对"
    assert "6 党员大会与出勤：不合格 0 分 → 优秀 4 分" in phone.text
    file = world.sheet(0)
    assert file is not None
    assert file.sheet.marks[6].grade is Grade.FAILED
    phone.tap("保存")
    assert phone.toast == "已保存这一行"
    file = world.sheet(0)
    assert file is not None
    assert (file.sheet.marks[6].grade, file.sheet.marks[7].grade) == (Grade.EXCELLENT, Grade.PASSED)


def test_a_line_that_waits_is_saved_at_once_where_only_other_items_were_marked(world: World) -> None:
    phone = world.phone("secretary").say("自评")
    sheet = phone.at("sheet")
    phone.press(Contents(sheet)).say("6优 7合")
    world.phone("officer").press(Mark(sheet, 9, 2))
    assert phone.tap("保存").toast == "已保存这一行"


@pytest.mark.parametrize("text", ["1-5不合格 其余合格", "1-5不合格，其余合格"])
def test_the_rest_is_said_behind_items_with_a_space_or_a_comma(desk: World, text: str) -> None:
    phone = desk.phone("secretary of 新源里").say("自评").say(text)
    assert phone.screen.title == "请核对"
    phone.tap("保存")
    file = desk.sheet(3)
    assert file is not None
    assert [file.sheet.marks[n].grade.word for n in (1, 5, 6, 24)] == ["不合格", "不合格", "合格", "合格"]
