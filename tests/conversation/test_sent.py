"""Files with and without a caption, one or many: each is kept where it was meant, and a caption is heard as a text."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image

from bot.actions import Card, Upload
from bot.files import apart
from bot.message import plain
from bot.permissions import Rater
from bot.screens.duties import task
from bot.store import evidence, people
from bot.store.evidence import FILES_PER_ITEM
from jobs.duties import read_duties
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
            rater=Rater.SELF,
        )
    return [world.evidence.where(file).read_bytes() for file in files]


def card(world: World, item: int) -> Phone:
    phone = world.phone(WHO).say("自评")
    return phone.press(Card(phone.screen.here.sheet, item))  # type: ignore[attr-defined]


def marked(world: World, item: int) -> tuple[Decimal, str] | None:
    file = world.sheet(3)
    assert file is not None
    mark = file.sheet.marks.get(item)
    return (mark.points, mark.reason) if mark else None


# --- one by one -------------------------------------------------------------------------------------------------


def test_the_first_of_three_photos_closes_the_plan_and_the_others_are_kept_with_it(world: World) -> None:
    phone = on(world, "plan").attach("1.png", picture(1))
    assert phone.toast == "支部工作计划（第3项） 已收到材料（第 1 份）；支部工作计划 已完成，谢谢"
    assert owing(world, "plan").done
    for n in (2, 3):
        phone.attach(f"{n}.png", picture(n))
        assert phone.toast == f"支部工作计划（第3项） 已收到材料（第 {n} 份）"
        assert phone.screen.title == "支部工作计划"
    assert kept(world, 3) == [picture(1), picture(2), picture(3)]
    phone.attach("又.png", picture(2))
    assert phone.toast == "支部工作计划（第3项） 已有这份材料（第 3 份）"


def test_a_photo_where_numbers_are_asked_for_is_kept_and_the_numbers_are_asked_for(world: World) -> None:
    phone = on(world, "party_day").attach("合影.png", picture(1))
    assert phone.toast.startswith(
        "主题党日（10月）（第5项） 已收到材料（第 1 份）；请再输入结果，例如：17/18"
    )
    assert not owing(world, "party_day").done
    assert kept(world, 5) == [picture(1)]
    phone.say("17/18 参观香山")
    assert owing(world, "party_day").done
    phone.attach("签到表.png", picture(2))
    assert kept(world, 5) == [picture(1), picture(2)]


def test_where_no_item_is_served_no_file_is_asked_for(desk: World) -> None:
    duty = read_duties()["rule_study"]
    assert (duty.closes, duty.items) == ("tick", ())
    owed = replace(owing(desk, "plan"), duty=duty.key)
    shown = task(desk.me(WHO), desk.clock().date(), owed, duty, True)
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
    assert phone.toast == "第7项 已收到材料（第 1 份）；第7项 已存 合格 3.5 分（缺一次记录）"
    assert phone.screen.title.startswith("第 8 项")


def test_a_caption_reports_a_party_day_and_its_photo_is_kept(world: World) -> None:
    phone = on(world, "party_day").attach("合影.png", picture(1), caption="17/18 参观香山 志愿")
    assert owing(world, "party_day").done
    assert owing(world, "party_day").answer == "出勤 17/18，94.4 % · 志愿服务 是 · 主题 参观香山"
    month = ledger(world)["attendance", "2026-10"]
    assert (month.count, month.of) == (17, 18)
    assert kept(world, 5) == [picture(1)]
    assert "主题党日（10月） 已完成，谢谢" in phone.toast
    assert "已收到材料" in phone.toast


def test_a_caption_that_answers_in_full_is_heard_before_its_photo_closes_the_task(world: World) -> None:
    on(world, "life_meeting").attach("记录.png", picture(1), caption="是 否 是")
    assert (
        owing(world, "life_meeting").answer
        == "生活会有会议记录 是 · 生活会有党员总结 否 · 生活会有整改措施 是"
    )
    assert ledger(world)["life_summaries", ""].count == 0
    assert kept(world, 12) == [picture(1)]


@pytest.mark.parametrize("send", [card, lambda world, _: on(world, "party_day")])
def test_a_caption_that_means_nothing_is_said_and_its_photo_is_kept(
    world: World, send: Callable[[World, int], Phone]
) -> None:
    phone = send(world, 5).attach("合影.png", picture(1), caption="大家辛苦了")
    assert kept(world, 5) == [picture(1)]
    assert "已收到材料" in phone.toast
    assert "大家辛苦了" in phone.toast + phone.text, "it is refused, or asked about"


def test_a_caption_of_a_file_that_is_refused_is_heard_and_both_are_said(world: World) -> None:
    phone = card(world, 7).attach("坏.png", b"", caption="3.5 缺一次记录")
    assert marked(world, 7) == (Decimal("3.5"), "缺一次记录")
    assert "第7项 已存 合格 3.5 分" in phone.toast
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
    assert kept(world, 5) == [PNG]
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
    assert phone.toast == "第7项 已收到 10 份材料（现有 10 份）；第7项 已存 合格 3.5 分（缺一次记录）"
    assert phone.screen.title.startswith("第 8 项")


def test_an_album_is_kept_with_the_task_that_its_first_photo_closed(world: World) -> None:
    phone = on(world, "plan")
    for n in range(1, 4):
        phone.attach(f"{n}.png", picture(n), group="g")
    assert kept(world, 3) == [picture(1), picture(2), picture(3)]
    assert phone.toast == "支部工作计划（第3项） 已收到 3 份材料（现有 3 份）；支部工作计划 已完成，谢谢"


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
    assert later.toast == "第7项 已收到 2 份材料（现有 2 份）"


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
    assert phone.toast == "第7项 已收到 3 份材料（现有 3 份）；第7项 已存 优秀 4 分"
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
        "第7项 已收到 2 份材料，另有 1 份已有（现有 20 份）。1 份没有收下：文件是空的，请重新选择。"
        "2 份没有收下：每项最多 20 份材料。请先移除不需要的，再发新的。"
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
    assert phone.toast == "第7项 已收到 3 份材料（现有 3 份）；第7项 已存 合格 3.5 分（缺一次记录）"


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
        chat = people.chat_at(session, channel="web", external=phone.address, now=world.clock())
        odd = json.dumps({**json.loads(chat.album), "colour": "red"})
        people.remember(session, chat=replace(chat, album=odd), screen=chat.screen)
    phone.attach("2.png", picture(2), group="g")
    assert phone.toast == "第7项 已收到 2 份材料（现有 2 份）"


def test_another_album_begins_where_one_is_then(world: World) -> None:
    phone = card(world, 7).attach("1.png", picture(1), group="g")
    phone.press(Card(phone.screen.here.sheet, 9)).attach("2.png", picture(2), group="h")  # type: ignore[attr-defined]
    assert kept(world, 7) == [picture(1)]
    assert kept(world, 9) == [picture(2)]


def test_nobody_waits_for_the_database_while_a_picture_is_decoded(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[bool] = []

    def as_jpeg(data: bytes) -> bytes:
        waited.append(desk.database._turn.locked())
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
