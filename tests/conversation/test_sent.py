"""Files with and without a caption, one or many: each is kept where it was meant, and a caption is heard as a text."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from threading import Thread

import pytest
from PIL import Image

from bot.actions import Card, Reminder, Upload
from bot.files import apart
from bot.message import plain
from bot.permissions import Rater
from bot.screens.duties import task
from bot.store import chats, evidence
from bot.store.evidence import FILES_PER_ITEM
from jobs.duties.catalogue import read_duties
from scoring.rubric import Grade
from tests.conversation.test_todo import ledger, on, owing
from tests.phone import PNG, Phone, World, picture

WHO = "secretary of 新源里"


def kept(world: World, item: int) -> list[bytes]:
    """What is attached to an item of 新源里's own sheet, oldest first."""
    with world.database.read() as session:
        files = evidence.files_of(
            session,
            branch_id=world.branches[3].id,
            term_id=world.terms[0].id,
            item=item,
            raters=[Rater.SELF],
        )
    return [world.evidence.where(file).read_bytes() for file in files]


def card(world: World, item: int) -> Phone:
    phone = world.phone(WHO).say("自评")
    return phone.press(Card(phone.at("sheet"), item))


def marked(world: World, item: int) -> tuple[Decimal, str] | None:
    file = world.sheet(3)
    assert file is not None
    mark = file.sheet.marks.get(item)
    return (mark.points, mark.reason) if mark else None


# --- one by one -------------------------------------------------------------------------------------------------


def test_the_first_of_three_photos_closes_the_plan_and_the_others_are_kept_with_it(world: World) -> None:
    phone = on(world, "plan").attach("1.png", picture(1))
    assert phone.toast == "支部工作计划（第 3 项） 已收到材料（第 1 份）；支部工作计划 已完成，谢谢"
    assert owing(world, "plan").done
    for n in (2, 3):
        phone.attach(f"{n}.png", picture(n))
        assert phone.toast == f"支部工作计划（第 3 项） 已收到材料（第 {n} 份）"
        assert phone.screen.title == "支部工作计划"
    assert kept(world, 3) == [picture(1), picture(2), picture(3)]
    phone.attach("又.png", picture(2))
    assert phone.toast == "支部工作计划（第 3 项） 已有这份材料（第 3 份）"


def test_a_photo_where_numbers_are_asked_for_is_kept_and_the_numbers_are_asked_for(world: World) -> None:
    phone = on(world, "party_day").attach("合影.png", picture(1))
    assert phone.toast.startswith("10月主题党日（第 8 项） 已收到材料（第 1 份）；请再输入结果，例如：17/18")
    assert not owing(world, "party_day").done
    assert kept(world, 8) == [picture(1)]
    phone.say("17/18 参观香山")
    assert owing(world, "party_day").done
    phone.attach("签到表.png", picture(2))
    assert kept(world, 8) == [picture(1), picture(2)]


def test_where_no_item_is_served_no_file_is_asked_for(desk: World) -> None:
    duty = read_duties("jinsong_2017")["rule_study"]
    assert (duty.closes, duty.items) == ("tick", ())
    owed = replace(owing(desk, "plan"), duty=duty.key)
    shown = task(desk.me(WHO), owed, duty, True)
    assert shown.takes is None
    assert "照片" not in plain(shown)
    assert "照片" in on(desk, "committee_meeting").text


def test_who_may_not_report_may_not_send_a_file_either(world: World) -> None:
    phone = on(world, "plan", "member").attach("1.png")
    assert "请先打开" in phone.toast
    assert kept(world, 3) == []


# --- captions ---------------------------------------------------------------------------------------------------


def test_a_caption_on_a_card_gives_the_points_and_its_photo_is_kept_with_that_item(world: World) -> None:
    phone = card(world, 7).attach("手册.png", picture(1), caption="3.5 缺一次记录")
    assert marked(world, 7) == (Decimal("3.5"), "缺一次记录")
    assert kept(world, 7) == [picture(1)]
    assert kept(world, 8) == []
    assert phone.toast == "第 7 项 已收到材料（第 1 份）；第 7 项 已存 合格 3.5 分（缺一次记录）"
    assert phone.screen.title.startswith("第 8 项")


def test_a_caption_reports_a_party_day_and_its_photo_is_kept(world: World) -> None:
    phone = on(world, "party_day").attach("合影.png", picture(1), caption="17/18 参观香山 志愿")
    assert owing(world, "party_day").done
    assert owing(world, "party_day").answer == "出勤 17/18，94.4 % · 志愿服务 是 · 主题 参观香山"
    month = ledger(world)["attendance", "2026-10"]
    assert (month.count, month.of) == (17, 18)
    assert kept(world, 8) == [picture(1)]
    assert "10月主题党日 已完成，谢谢" in phone.toast
    assert "已收到材料" in phone.toast


def test_a_caption_that_answers_in_full_is_heard_before_its_photo_closes_the_task(world: World) -> None:
    on(world, "life_meeting").attach("记录.png", picture(1), caption="是 否 是")
    assert owing(world, "life_meeting").answer == "有会议记录 · 没有党员总结 · 有整改措施"
    assert ledger(world)["life_summaries", ""].count == 0
    assert kept(world, 12) == [picture(1)]


@pytest.mark.parametrize("send", [card, lambda world, _: on(world, "party_day")])
def test_a_caption_that_means_nothing_is_said_and_its_photo_is_kept(
    world: World, send: Callable[[World, int], Phone]
) -> None:
    phone = send(world, 8).attach("合影.png", picture(1), caption="大家辛苦了")
    assert kept(world, 8) == [picture(1)]
    assert "已收到材料" in phone.toast
    assert "大家辛苦了" in phone.toast + phone.text, "it is refused, or asked about"


def test_a_caption_of_a_file_that_is_refused_is_heard_and_both_are_said(world: World) -> None:
    phone = card(world, 7).attach("坏.png", b"", caption="3.5 缺一次记录")
    assert marked(world, 7) == (Decimal("3.5"), "缺一次记录")
    assert "第 7 项 已存 合格 3.5 分" in phone.toast
    assert "文件是空的" in phone.toast


def test_where_file_and_caption_mean_nothing_both_reasons_are_given_and_nothing_changes(desk: World) -> None:
    phone = card(desk, 7).attach("坏.png", b"", caption="大家辛苦了")
    assert "大家辛苦了" in phone.text
    assert "文件是空的" in phone.toast
    assert phone.screen.title == "第 7 项 · 这句话怎么记？"
    assert marked(desk, 7) is None


def test_a_caption_of_what_cannot_be_used_is_heard(world: World) -> None:
    phone = card(world, 7)
    phone.send(phone.event(unreadable="other", text="3.5 缺一次记录"))
    assert marked(world, 7) == (Decimal("3.5"), "缺一次记录")
    assert "暂时用不了" in phone.toast


def test_a_caption_that_is_too_long_costs_the_photo_nothing(desk: World) -> None:
    phone = card(desk, 7).attach("手册.png", picture(1), caption="好" * 1001)
    assert kept(desk, 7) == [picture(1)]
    assert "太长" in phone.toast


def test_a_photo_and_its_caption_count_once_though_they_are_delivered_twice(world: World) -> None:
    phone = on(world, "party_day")
    event = phone.event(upload=Upload("a.png", "image/png", PNG), text="17/18 参观香山", message="1")
    for _ in range(2):
        phone.send(event)
    assert kept(world, 8) == [PNG]
    month = ledger(world)["attendance", "2026-10"]
    assert (month.count, month.of) == (17, 18)


# --- sent together ----------------------------------------------------------------------------------------------


def test_an_album_stays_with_the_item_it_began_with_though_its_caption_moves_on(world: World) -> None:
    phone = card(world, 7).attach("1.png", picture(1), caption="3.5 缺一次记录", group="g")
    for n in range(2, 11):
        phone.attach(f"{n}.png", picture(n), group="g")
    assert kept(world, 7) == [picture(n) for n in range(1, 11)]
    assert kept(world, 8) == []
    assert marked(world, 7) == (Decimal("3.5"), "缺一次记录")
    assert phone.toast == "第 7 项 已收到 10 份材料（现有 10 份）；第 7 项 已存 合格 3.5 分（缺一次记录）"
    assert phone.screen.title.startswith("第 8 项")


def test_an_album_is_kept_with_the_task_that_its_first_photo_closed(world: World) -> None:
    phone = on(world, "plan")
    for n in range(1, 4):
        phone.attach(f"{n}.png", picture(n), group="g")
    assert kept(world, 3) == [picture(1), picture(2), picture(3)]
    assert phone.toast == "支部工作计划（第 3 项） 已收到 3 份材料（现有 3 份）；支部工作计划 已完成，谢谢"


def test_an_albums_caption_is_heard_wherever_in_it_it_comes_and_once(world: World) -> None:
    phone = card(world, 7).attach("1.png", picture(1), group="g")
    assert phone.screen.title.startswith("依据")
    phone.attach("2.png", picture(2), group="g", caption="优秀")
    assert phone.screen.title.startswith("第 8 项")
    phone.attach("3.png", picture(3), group="g", caption="优秀")
    assert len(kept(world, 7)) == 3
    file = world.sheet(3)
    assert file is not None
    assert file.sheet.marks[7].grade is Grade.EXCELLENT
    assert 8 not in file.sheet.marks


def test_an_album_goes_on_where_it_began_after_a_restart_and_after_other_presses(world: World) -> None:
    phone = card(world, 7).attach("1.png", picture(1), group="g")
    later = World(world.database, world.folder, world.clock).phone(WHO).say("首页")
    later.attach("2.png", picture(2), group="g")
    assert kept(world, 7) == [picture(1), picture(2)]
    assert later.screen.title == phone.say("首页").screen.title
    assert later.toast == "第 7 项 已收到 2 份材料（现有 2 份）"


def test_of_an_album_delivered_again_nothing_is_kept_twice_and_the_answer_is_the_same(world: World) -> None:
    phone = card(world, 7)
    events = [
        phone.event(
            upload=Upload(f"{n}.png", "image/png", picture(n)), group="g", text="优秀" if n == 0 else None
        )
        for n in range(3)
    ]
    for event in (*events, *events):
        phone.send(event)
    assert kept(world, 7) == [picture(n) for n in range(3)]
    assert phone.toast == "第 7 项 已收到 3 份材料（现有 3 份）；第 7 项 已存 优秀 4 分"
    assert phone.screen.title.startswith("第 8 项")


def test_what_an_album_could_not_keep_is_said_with_the_reason(world: World) -> None:
    phone = card(world, 7)
    for n in range(FILES_PER_ITEM - 2):
        phone.attach(f"{n}.png", picture(n))
    phone.attach("坏.png", b"", group="g")
    for n in (100, 101, 1, 102, 103):
        phone.attach(f"{n}.png", picture(n), group="g")
    assert len(kept(world, 7)) == FILES_PER_ITEM
    assert phone.toast == (
        "第 7 项 已收到 2 份材料，另有 1 份已有（现有 20 份）。1 份（坏.png）没有收下：文件是空的，请重新选择。"
        "2 份（102.png、103.png）没有收下：每项最多 20 份材料。请先移除不需要的，再发新的。"
    )


def test_an_album_for_which_nothing_is_open_is_refused_once_for_all(world: World) -> None:
    phone = world.phone(WHO).say("首页")
    for n in range(3):
        phone.attach(f"{n}.png", picture(n), group="g")
    assert phone.toast == "3 份没有收下：请先打开要附材料的那一项，再发照片或文件。"


def test_what_was_typed_with_files_on_the_page_is_heard_first_and_the_files_stay_with_its_item(
    world: World,
) -> None:
    phone = card(world, 7)
    phone.send(phone.event(text="3.5 缺一次记录", group="g"))
    assert phone.screen.title.startswith("第 8 项")
    for n in range(3):
        phone.attach(f"{n}.png", picture(n), group="g")
    assert kept(world, 7) == [picture(n) for n in range(3)]
    assert phone.screen.title.startswith("第 8 项")
    assert phone.toast == "第 7 项 已收到 3 份材料（现有 3 份）；第 7 项 已存 合格 3.5 分（缺一次记录）"


def test_what_was_typed_with_files_and_means_nothing_costs_them_nothing(world: World) -> None:
    phone = card(world, 7)
    phone.send(phone.event(text="大家辛苦了", group="g"))
    assert phone.screen.title == "第 7 项 · 这句话怎么记？"
    phone.attach("1.png", picture(1), group="g")
    assert kept(world, 7) == [picture(1)]
    assert "已收到材料" in phone.toast
    assert "大家辛苦了" in phone.text


def test_an_album_that_another_version_began_goes_on(world: World) -> None:
    phone = card(world, 7).attach("1.png", picture(1), group="g")
    with world.database.write() as session:
        chat = chats.chat_at(session, channel="web", external=phone.address, now=world.clock())
        odd = json.dumps([{**json.loads(chat.album)[0], "colour": "red"}])
        chats.remember(session, chat=replace(chat, album=odd), screen=chat.screen)
    phone.attach("2.png", picture(2), group="g")
    assert phone.toast == "第 7 项 已收到 2 份材料（现有 2 份）"


def test_another_album_begins_where_one_is_then(world: World) -> None:
    phone = card(world, 7).attach("1.png", picture(1), group="g")
    phone.press(Card(phone.at("sheet"), 9)).attach("2.png", picture(2), group="h")
    assert kept(world, 7) == [picture(1)]
    assert kept(world, 9) == [picture(2)]


def test_nobody_waits_for_the_database_while_a_picture_is_decoded(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[bool] = []

    def write() -> None:
        with desk.database.write():
            pass

    def as_jpeg(data: bytes) -> bytes:
        beside = Thread(target=write)
        beside.start()
        beside.join(1)
        waited.append(beside.is_alive())
        return decode(data)

    decode = apart.as_jpeg
    monkeypatch.setattr(apart, "as_jpeg", as_jpeg)
    out = BytesIO()
    Image.new("RGB", (3, 2), "red").save(out, "BMP")
    phone = card(desk, 7).attach("照片.bmp", out.getvalue())
    assert "已收到材料" in phone.toast
    assert kept(desk, 7)[0].startswith(b"\xff\xd8\xff")
    assert waited == [False]
    Phone(desk.conversation, "a stranger").attach("照片.bmp", out.getvalue())
    assert waited == [False], "who holds no seat has nothing decoded"


# --- where an item or a task is in sight under another name -----------------------------------------------------------

SIX = 6


def under(phone: Phone, *steps: str) -> Phone:
    """Go down by buttons, and by texts in 「」."""
    for step in steps:
        phone = phone.say(step.strip("「」")) if step.startswith("「") else phone.tap(step)
    return phone


@pytest.mark.parametrize(
    ("steps", "title"),
    [
        (("其他分值",), "第 6 项 · 其他分值"),
        (("其他分值", "「3」"), "第 6 项 · 3 分"),
        (("备注",), "第 6 项 · 备注"),
        (("为什么",), "为什么 · 第 6 项"),
        (("台账",), "台账 · 第 6 项 党员大会与出勤"),
        (("「1优 2优」",), "请核对"),
        (("「大家辛苦了」",), "第 6 项 · 这句话怎么记？"),
    ],
)
def test_on_every_screen_of_an_item_a_photo_is_kept_with_it_and_the_screen_stays(
    world: World, steps: tuple[str, ...], title: str
) -> None:
    phone = under(card(world, SIX), *steps)
    assert phone.screen.title == title
    for n in (1, 2):
        phone.attach(f"{n}.png", picture(n))
        assert phone.toast == f"第 6 项 已收到材料（第 {n} 份）"
        assert phone.screen.title == title
    assert kept(world, SIX) == [picture(1), picture(2)]


def test_a_photo_with_points_for_caption_under_other_points_is_kept_and_the_points_count(
    world: World,
) -> None:
    phone = card(world, 1).tap("其他分值").attach("1.png", picture(1), caption="3.5 缺一次记录")
    assert marked(world, 1) == (Decimal("3.5"), "缺一次记录")
    assert kept(world, 1) == [picture(1)]
    assert kept(world, 2) == []
    assert "没有收下" not in phone.toast


@pytest.mark.parametrize("steps", [("1.png",), ()])
def test_after_a_photo_its_item_listens_as_its_card_does(world: World, steps: tuple[str, ...]) -> None:
    phone = under(card(world, SIX).attach("1.png", picture(1)), *steps)
    phone.say("3.5 缺一次记录")
    assert marked(world, SIX) == (Decimal("3.5"), "缺一次记录")
    assert marked(world, SIX + 1) is None


def test_after_a_photo_a_second_one_may_bring_the_points(world: World) -> None:
    phone = card(world, SIX).attach("1.png", picture(1))
    assert "打分也可以直接输入" in phone.text
    phone.attach("2.png", picture(2), caption="3.5 缺一次记录")
    assert marked(world, SIX) == (Decimal("3.5"), "缺一次记录")
    assert kept(world, SIX) == [picture(1), picture(2)]


def test_after_two_albums_the_grade_is_the_items(world: World) -> None:
    phone = card(world, SIX)
    for group in ("g", "h"):
        for n in range(2):
            phone.attach(f"{group}{n}.png", picture(ord(group) + 10 * n), group=group)
    phone.say("合")
    file = world.sheet(3)
    assert file is not None
    assert file.sheet.marks[SIX].grade is Grade.PASSED
    assert len(kept(world, SIX)) == 4


def test_a_photo_where_an_answer_is_asked_about_is_kept_and_the_question_stays(world: World) -> None:
    phone = on(world, "party_day").say("12/25 17/18")
    assert phone.screen.title == "请确认 · 10月主题党日"
    phone.attach("合影.png", picture(1))
    assert phone.screen.title == "请确认 · 10月主题党日"
    assert phone.toast == "10月主题党日（第 8 项） 已收到材料（第 1 份）；请在下面选一项"
    assert kept(world, 8) == [picture(1)]
    phone.tap("出勤 17/18")
    assert (ledger(world)["attendance", "2026-10"].count, owing(world, "party_day").done) == (17, True)


def test_a_photo_whose_caption_is_asked_about_is_not_asked_for_a_result_but_for_a_choice(desk: World) -> None:
    phone = on(desk, "party_day").attach("合影.png", picture(1), caption="12/25 17/18")
    assert phone.screen.title == "请确认 · 10月主题党日"
    assert "请再输入" not in phone.toast
    assert "请在下面选一项" in phone.toast


def test_under_why_a_task_a_photo_and_an_answer_are_the_tasks(world: World) -> None:
    phone = on(world, "party_day").tap("为什么").attach("合影.png", picture(1))
    assert kept(world, 8) == [picture(1)]
    on(world, "party_day").tap("为什么").say("17/18")
    assert owing(world, "party_day").done
    assert phone.screen.title == "10月主题党日"


DIGEST = Reminder(20261228, 20261101)


def test_photos_with_a_text_of_which_it_is_asked_where_it_belongs_go_with_it(world: World) -> None:
    phone = world.phone(WHO).press(DIGEST)
    phone.attach("1.png", picture(1), caption="17/18", group="g")
    assert phone.screen.title == "记到哪一项？"
    for n in (2, 3):
        phone.attach(f"{n}.png", picture(n), group="g")
    assert "没有收下" not in phone.toast
    assert "还有 3 份材料，选好后一起收下。" in phone.text
    assert kept(world, 8) == []
    phone.tap("12月主题党日")
    assert kept(world, 8) == [picture(1), picture(2), picture(3)]
    assert phone.toast == "12月主题党日（第 8 项） 已收到 3 份材料（现有 3 份）；12月主题党日 已完成，谢谢"
    phone.attach("4.png", picture(4), group="g")
    assert kept(world, 8) == [picture(1), picture(2), picture(3), picture(4)], "the last of them came late"


def test_files_that_wait_are_still_there_after_a_restart_and_for_another_text(world: World) -> None:
    phone = world.phone(WHO).press(DIGEST).attach("1.png", picture(1), caption="17/18")
    later = World(world.database, world.folder, world.clock).phone(WHO).say("16/18 参观香山")
    assert phone.screen.title == later.screen.title == "记到哪一项？"
    later.tap("12月主题党日")
    assert kept(world, 8) == [picture(1)]
    fact = ledger(world)["attendance", "2026-12"]
    assert (fact.count, fact.of) == (16, 18)


def test_a_file_that_waits_and_is_not_wanted_is_kept_nowhere_and_a_bad_one_is_refused_at_once(
    world: World,
) -> None:
    phone = world.phone(WHO).press(DIGEST).attach("坏.png", b"", caption="17/18")
    assert phone.screen.title == "记到哪一项？"
    assert "文件是空的" in phone.toast
    phone.attach("1.png", picture(1)).tap("都不记")
    assert phone.screen.title != "记到哪一项？"
    assert [kept(world, item) for item in (5, 6, 17)] == [[], [], []]


def test_a_file_that_waited_and_is_gone_from_the_disk_is_asked_for_again_and_the_text_counts(
    world: World,
) -> None:
    phone = world.phone(WHO).press(DIGEST).attach("1.png", picture(1), caption="17/18")
    for file in world.evidence.folder.rglob("*"):
        if file.is_file():
            file.unlink()
    phone.tap("12月主题党日")
    assert "文件没有收到，请再发一次" in phone.toast
    assert ledger(world)["attendance", "2026-12"].count == 17


def test_of_two_albums_at_once_each_photo_goes_to_its_own_item(world: World) -> None:
    phone = card(world, SIX).attach("a1.png", picture(1), group="a")
    phone.press(Card(phone.at("sheet"), 7)).attach("b1.png", picture(11), group="b")
    phone.attach("a2.png", picture(2), group="a").attach("b2.png", picture(12), group="b")
    assert kept(world, SIX) == [picture(1), picture(2)]
    assert kept(world, 7) == [picture(11), picture(12)]
    assert phone.toast == "第 7 项 已收到 2 份材料（现有 2 份）"


def test_of_mixed_files_each_that_is_refused_is_named_with_its_reason(desk: World) -> None:
    phone = card(desk, 7).attach("好.png", picture(1), group="g")
    phone.attach("空.png", b"", group="g").attach("短.docx", b"PK\x03\x04", group="g")
    assert "1 份（空.png）没有收下：文件是空的" in phone.toast
    assert "1 份（短.docx）没有收下：" in phone.toast
