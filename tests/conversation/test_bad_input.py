"""Bad input gets one clear sentence, and nothing changes."""

from typing import Any

import pytest

from bot.actions import UPLOAD_LIMIT
from tests.everything import everything
from tests.phone import PNG, Phone, World


def kept(world: World) -> dict[str, list[Any]]:
    """All rows but those that say where people stand."""
    return everything(world.database, "address")


@pytest.fixture
def on_card(desk: World) -> Phone:
    """A secretary on the card of item 6, which has 4 points and an attendance."""
    phone = desk.phone("secretary of 新源里").say("自评").say("目录").tap("6 ·")
    assert phone.screen.title.startswith("第 6 项")
    return phone


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("4.25", "最高 4 分"),
        ("3.25", "最多一位小数"),
        ("5.1", "最高 4 分"),
        ("-1", "不能小于 0"),
        ("3.5.2", "没有看懂"),
        ("1e3", "没看懂"),
        ("99999999999999999999999", "太长"),
        ("6优 25合", "没有第 25 项"),
        ("6优 6合", "不止一次"),
        ("6优 7好", "没有看懂"),
        ("7 9", "最高 4 分"),
        ("9/8", "9"),
        ("0/0", "0"),
        ("😀👍", "没看懂"),
        ("好" * 5000, "太长"),
        ("6优 " * 400, "太长"),
        ("\x00\x01", "没有收到"),
        ("\ud800", "没有收到"),
        ("' OR 1=1 --", "没看懂"),
        ("<b>OK</b>", "没看懂"),
    ],
)
def test_a_wrong_text_on_a_card_is_refused_with_a_reason(
    desk: World, on_card: Phone, text: str, says: str
) -> None:
    before = kept(desk)
    on_card.say(text)
    assert says in on_card.toast
    assert on_card.toast.count("\n") == 0
    assert len(on_card.toast) <= 120
    assert on_card.screen.title.startswith("第 6 项"), "the screen stays where it was"
    assert kept(desk) == before


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("大.png", PNG + bytes(UPLOAD_LIMIT), "太大"),
        ("空.png", b"", "空的"),
        ("录音.mp3", b"ID3", "不能作依据"),
        ("程序.exe", b"MZ", "不能作依据"),
        ("没有结尾", bytes(9), "不能作依据"),
        ("冒充.png", b"<html>", "网页"),
        ("冒充.docx", b"PK\x03\x04", "重新导出"),
    ],
)
def test_a_wrong_file_is_refused_with_a_reason(
    desk: World, on_card: Phone, name: str, data: bytes, says: str
) -> None:
    before = kept(desk)
    on_card.attach(name, data)
    assert says in on_card.toast
    assert kept(desk) == before
    assert not list((desk.folder / "evidence").glob("*/*"))


@pytest.mark.parametrize(
    ("kind", "says"),
    [("voice", "语音"), ("sticker", "表情"), ("large", "太大"), ("lost", "再发一次"), ("other", "用不了")],
)
def test_a_message_the_bot_cannot_use_is_answered(desk: World, on_card: Phone, kind: str, says: str) -> None:
    before = kept(desk)
    on_card.send(on_card.event(unreadable=kind))
    assert says in on_card.toast
    assert on_card.screen.title.startswith("第 6 项")
    assert kept(desk) == before


@pytest.mark.parametrize(
    ("labels", "text", "says"),
    [
        (("其他分值",), "abc", "没看懂"),
        (("其他分值",), "4.1", "最高 4 分"),
        (("其他分值",), "", "没有收到"),
        (("其他分值", "3.5"), " ", "请写一句原因"),
        (("其他分值", "3.5"), "长" * 201, "200"),
        (("备注",), "长" * 501, "500"),
    ],
)
def test_a_wrong_answer_to_a_question_is_refused(
    desk: World, on_card: Phone, labels: tuple[str, ...], text: str, says: str
) -> None:
    for label in labels:
        on_card.tap(label)
    title, before = on_card.screen.title, kept(desk)
    on_card.say(text)
    assert says in on_card.toast
    assert on_card.screen.title == title
    assert kept(desk) == before


@pytest.mark.parametrize("text", ["十七个", "-3", "3.5", "", "1000000", "3人多"])
def test_a_wrong_count_is_refused(desk: World, text: str) -> None:
    phone = desk.phone("secretary of 新源里").say("台账").tap("党支部自身建设").tap("谈心谈话")
    before = kept(desk)
    phone.say(text)
    assert phone.toast
    assert phone.screen.title.startswith("谈心谈话")
    assert kept(desk) == before


def test_a_name_of_nothing_or_of_too_much_is_refused(desk: World) -> None:
    phone = desk.phone("secretary").say("我的职务").tap("改称呼")
    before = kept(desk)
    for text in (" ", "长" * 21):
        phone.say(text)
        assert "1 到 20 个字" in phone.toast
    assert kept(desk) == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026年12月20日前交工会活动小结", "已经过去"),
        ("昨天交小结", "已经过去"),
        ("2月30日前交小结", "没有2月30日"),
        ("交工会活动小结", "没有看到截止日期"),
        ("2035年1月1日交小结", "太远"),
        ("明天交" + "好" * 100, "太长"),
        ("明天交" + "好" * 600, "太长"),
        ("明天交" + "好" * 1200, "太长"),
        ("", "没有看到截止日期"),
        ("😀", "没有看到截止日期"),
        ("' OR 1=1 --", "没有看到截止日期"),
    ],
)
def test_a_text_that_is_no_task_is_refused_with_a_reason(desk: World, text: str, says: str) -> None:
    phone = desk.phone("member").say("首页").tap("交办任务")
    for _ in range(2):  # where a task is first typed, and on its draft
        title, before = phone.screen.title, kept(desk)
        phone.say(text)
        assert says in phone.toast
        assert phone.toast.count("。") == 1
        assert len(phone.toast) <= 120
        assert phone.screen.title == title
        assert kept(desk) == before
        phone.say("明天交学习小结")
        assert phone.screen.title == "请核对"


@pytest.mark.parametrize(
    ("text", "says"),
    [("月球", "没有找到"), ("党支部", "个支部符合"), ("", "没有找到"), ("长" * 1200, "太长")],
)
def test_a_name_of_no_branch_or_of_several_is_refused_with_a_reason(
    desk: World, text: str, says: str
) -> None:
    phone = desk.phone("member").say("首页").tap("交办任务").say("明天交学习小结").tap("支部：")
    before = kept(desk)
    phone.say(text)
    assert says in phone.toast
    assert phone.screen.title == "选择支部"
    assert kept(desk) == before


def test_an_incomplete_sheet_cannot_be_submitted(desk: World) -> None:
    from bot.actions import AskSubmit, Submit

    phone = desk.phone("secretary")
    file = desk.sheet(0)
    assert file is not None
    before = kept(desk)
    for action in (AskSubmit(file.id), Submit(file.id, file.sheet.revision)):
        phone.press(action)
        assert "还有 12 项未评" in phone.toast
    assert kept(desk) == before


def test_a_submit_of_what_was_seen_before_a_change_is_refused(desk: World) -> None:
    from bot.actions import Submit

    phone = desk.phone("secretary of 劲松")
    file = desk.sheet(1)
    assert file is not None
    phone.say("自评").tap("目录").tap("1 优").tap("不合格")
    before = kept(desk)
    phone.press(Submit(file.id, file.sheet.revision))
    assert "有改动" in phone.toast
    assert kept(desk) == before


@pytest.mark.parametrize(
    "path",
    [
        ("任务目录", "主题党日"),
        ("任务目录", "主题党日", "某支部单独安排"),
        ("放假调休",),
        ("学期", "（本学期）"),
    ],
)
@pytest.mark.parametrize(
    "text",
    [" ", "天气", "%", "\x00\x01", "\ud800", "' OR 1=1 --", "²月³日", "好" * 900, "9" * 900, "提前" * 50],
)
def test_nothing_that_cannot_be_read_is_arranged(desk: World, path: tuple[str, ...], text: str) -> None:
    phone = desk.phone("administrator").say("首页").tap("工作安排")
    for label in path:
        phone.tap(label)
    title, before = phone.screen.title, kept(desk)
    phone.say(text)
    assert phone.toast
    assert phone.toast.count("\n") == 0
    assert len(phone.toast) <= 120
    assert phone.screen.title == title
    assert kept(desk) == before
