"""文字模式: each button is a word, a number or a letter, and no text is cut within a line or a character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import Home, Submit, Task
from bot.channels.cutting import octets
from bot.channels.wecom.words import split, spoken
from bot.message import Button, Message
from bot.pressing import heard
from bot.screens.layout import turning
from bot.values import Page
from tests.phone import World

HOME = Button("首页", Home())


def test_the_item_card_says_its_buttons_by_their_words(desk: World) -> None:
    text = spoken(desk.phone("secretary of 新源里").say("自评").screen)
    assert text.startswith("第 1 项 · 支委会分工履职\n党支部自身建设 · 4 分 · 已评 0/24")
    assert text.endswith(
        "\n回复：优秀 4、合格 3.2、不合格 0、其他分值、备注、依据、上一项、目录、总览、下一项、为什么、首页"
    )


def test_long_labels_are_a_numbered_list() -> None:
    rows = (
        (Button("🔴 10月主题党日，超期 3 天", Task(1)),),
        (Button("🟡 12月信息上报，1月5日", Task(2)),),
        (HOME,),
    )
    screen = Message("待办", ("2 项",), rows)
    assert spoken(screen) == (
        "待办\n2 项\n回复编号：\n1. 🔴 10月主题党日，超期 3 天\n2. 🟡 12月信息上报，1月5日\n也可以回复：首页"
    )
    for word in ("2", "２", "2。"[:1], "12月信息上报"):
        assert heard(word, screen, marked=True) == Task(2)
    assert heard("2", screen) is None, "no number is seen there"


def test_where_numbers_mean_something_else_the_list_has_letters() -> None:
    rows = ((Button("会议记录、党员总结、整改措施都有", Task(1)),), (HOME,))
    screen = Message("组织生活会", rows=rows, hears=lambda text: Task(int(text)))
    assert "回复字母：\nA. 会议记录、党员总结、整改措施都有\n" in spoken(screen)
    assert heard("a", screen, marked=True) == Task(1)
    assert heard("3", screen, marked=True) == Task(3)


def test_what_cannot_be_taken_back_has_no_mark() -> None:
    screen = Message("提交", rows=((Button("确认提交，不再修改", Submit(1, 2)), HOME),))
    assert spoken(screen) == "提交\n回复：确认提交，不再修改、首页"
    assert heard("1", screen, marked=True) is None
    assert heard("确认提交，不再修改", screen, marked=True) == Submit(1, 2)


def test_equal_labels_are_told_apart() -> None:
    screen = Message("题", rows=((Button("改", Task(1)), Button("改", Task(2))),))
    assert spoken(screen) == "题\n回复编号：\n1. 改\n也可以回复：改"
    assert heard("改", screen, marked=True) == Task(1)
    assert heard("1", screen, marked=True) == Task(2)


@pytest.mark.parametrize("limit", range(7, 40))
def test_a_text_is_cut_at_a_lines_end(limit: int) -> None:
    text = "第一行\n第二行在这里\n🔴 第三行"
    pieces = split(text, limit)
    assert "".join(pieces) == text
    assert all(0 < octets(piece) <= limit for piece in pieces)
    if limit >= octets("第二行在这里\n"):
        assert [piece.endswith("\n") for piece in pieces] == [True] * (len(pieces) - 1) + [False]


def test_no_number_is_cut() -> None:
    assert split("党员活动出勤 136/144 = 94.4 %", octets("党员活动出勤 136/144 = 9")) == (
        "党员活动出勤 136/144 = ",
        "94.4 %",
    )


@given(st.text(max_size=300), st.integers(4, 60))
def test_no_text_is_cut_within_a_character(text: str, limit: int) -> None:
    try:
        octets(text)
    except UnicodeEncodeError:  # half a surrogate pair is no text
        return
    pieces = split(text, limit)
    assert "".join(pieces) == text
    assert all(octets(piece) <= limit for piece in pieces)


def test_more_is_the_next_page_of_a_long_list() -> None:
    rows = turning(Page(("一",), 0, 2), lambda page: Task(page))
    screen = Message("很长的清单", rows=(*rows, (HOME,)))
    assert spoken(screen).endswith("回复：上一页、下一页、首页")
    assert heard("更多", screen, marked=True) == Task(2)
    assert heard("更多", screen) is None, "where no marks are shown the label says what to type"
