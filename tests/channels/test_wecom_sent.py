"""What people send to the bot of WeCom besides texts, and the files that it sends to them."""

import pytest

from bot.channels.wecom.frames import UPLOAD_CHUNK, UPLOAD_FINISH
from bot.channels.wecom.tenant import FETCH, Fault
from bot.message import Message
from tests.channels.test_sent_together import kept, marked
from tests.everything import everything
from tests.files.making import pdf
from tests.paper.forms import cells
from tests.phone import PNG, World, picture
from tests.wecom import Phone, at_home, on_item_7, patience, running, tenant

WHO = "secretary of 新源里"


async def test_a_picture_becomes_evidence_of_the_item_that_stands(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        await phone.answered(phone.person.send_picture(PNG, "党员大会.png"))
        await phone.until("第 7 项 已收到材料（第 1 份）")
    assert kept(desk, 7) == [PNG]
    assert there.refused == []


async def test_pictures_with_a_text_are_answered_once(desk: World) -> None:
    five = [picture(n) for n in range(5)]
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        before = len(phone.shown)
        await phone.answered(phone.person.send_mixed("3.5 缺一次记录", *five))
        await phone.until("第 7 项 已收到 5 份材料（现有 5 份）；第 7 项 已存 合格 3.5 分（缺一次记录）")
        await phone.say("首页")
        assert len([one for one in phone.shown[before:] if "已收到" in one.words]) == 1
    assert kept(desk, 7) == five
    assert marked(desk, 7)[1] == "缺一次记录"


async def test_a_file_is_evidence_with_its_name(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        await phone.answered(phone.person.send_file("会议记录（第三季度）.pdf", data := pdf()))
        await phone.until("第 7 项 已收到材料（第 1 份）")
    assert kept(desk, 7) == [data]


async def test_a_file_that_is_lost_or_of_no_use_is_answered_with_what_to_do(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        there.fail(FETCH, Fault(404))
        await phone.answered(phone.person.send_picture(PNG))
        await phone.until("再发一次")
        await phone.answered(phone.person.send_other("video"))
        await phone.until("照片")
    assert kept(desk, 7) == []


async def test_a_strangers_file_is_left_where_it_is(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        before = everything(desk.database)
        there.fail(FETCH, Fault(500), Fault(500), Fault(500))
        phone = Phone(there, "nobody-yet")
        await phone.answered(phone.person.send_picture(PNG))
        await phone.until("邀请码")
        assert there.pending(FETCH) == 3, "it was not asked for"
        assert everything(desk.database) == before


async def test_what_was_spoken_is_shown_before_it_counts(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = at_home(desk, WHO, there, "liming")
        await phone.say("第6项")
        await phone.until("第 6 项")
        before = everything(desk.database, "saying", "address")
        await phone.answered(phone.person.speak("十七比十八"))
        await phone.until("十七比十八")
        assert everything(desk.database, "saying", "address") == before
        await phone.tap("第 6 项")
        await phone.until("17/18")
    assert everything(desk.database, "saying", "address") != before


async def test_the_official_form_comes_as_a_file_and_the_way_on_below_it(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = at_home(desk, "secretary", there, "zhangsan")
        await phone.say("打印")
        await phone.until("测评表")
        await phone.tap("Excel")
        async with patience():
            await there.until(lambda: [one.kind for one in phone.shown[-2:]] == ["file", "template_card"])
        file = phone.shown[-2]
        assert file.file_name.endswith(".xlsx")
        assert cells(file.data)
        assert phone.shown[-1].buttons
    assert there.refused == []


@pytest.mark.parametrize("step", [UPLOAD_CHUNK, UPLOAD_FINISH])
async def test_a_form_whose_way_is_bumpy_arrives_once_and_one_that_does_not_is_told(
    desk: World, step: str
) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = at_home(desk, "secretary", there, "zhangsan")
        await phone.say("打印")
        await phone.until("测评表")
        there.fail(step, Fault(846609), Fault(-1))
        await phone.tap("Excel")
        async with patience():
            await there.until(lambda: [one.kind for one in phone.shown[-2:]] == ["file", "template_card"])
        assert [one.kind for one in phone.shown].count("file") == 1
        there.fail(step, *[Fault(40007)] * 3)
        await phone.tap("Word")
        async with patience():
            await there.until(lambda: "文件没有发出去" in phone.said and phone.shown[-1].versions)
        assert [one.kind for one in phone.shown].count("file") == 1


async def test_a_long_text_with_marks_of_markdown_arrives_whole_and_as_it_is(desk: World) -> None:
    lines = tuple(f"{number}. *第 {number} 项* [缺_记录] <b> # ~ | `x`" for number in range(1, 401))
    async with tenant() as there, running(desk.conversation, there) as bot:
        phone = at_home(desk, WHO, there, "liming")
        await bot.push("liming", Message("很长", lines), stands=False)
        assert len(phone.shown) > 1
        assert phone.said.splitlines() == ["很长", *lines]
    assert there.refused == []
