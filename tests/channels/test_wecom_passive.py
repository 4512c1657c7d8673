"""A card as JSON and the XML that changes it say the same."""

import re
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.app import passive
from bot.channels.wecom.limits import APP, broken

BUTTONS = [{"text": "优秀", "style": 1, "key": "m:12:7:2"}, {"text": "合格", "style": 4, "key": "m:12:7:1"}]
OPTIONS = [{"id": "4.5", "text": "4.5 分"}, {"id": "5", "text": "5 分"}]
ROWS = [
    {"keyname": "支部", "value": "第一党支部"},
    {"type": 1, "keyname": "说明", "value": "查看", "url": "https://x.example/?a=1&b=<2>"},
    {"type": 3, "keyname": "联系人", "value": "张三", "userid": "zhangsan"},
]
CARDS: list[dict[str, Any]] = [
    {
        "card_type": "button_interaction",
        "source": {"desc": "党建考核", "desc_color": 0},
        "main_title": {"title": "第 7 项 三会一课", "desc": "a ]]> b"},
        "sub_title_text": "]]>&lt;<b>",
        "horizontal_content_list": ROWS,
        "button_selection": {
            "question_key": "q",
            "title": "得分",
            "selected_id": "5",
            "disable": True,
            "option_list": OPTIONS,
        },
        "button_list": BUTTONS,
        "replace_text": "已提交",
        "action_menu": {
            "desc": "更多",
            "action_list": [{"text": "跳过", "key": "k1"}, {"text": "退出", "key": "k2"}],
        },
        "task_id": "t",
    },
    {
        "card_type": "vote_interaction",
        "main_title": {"title": "第 8 项"},
        "checkbox": {
            "question_key": "score",
            "mode": 0,
            "option_list": [{**one, "is_checked": one["id"] == "5"} for one in OPTIONS],
            "disable": False,
        },
        "submit_button": {"text": "提交", "key": "k"},
        "task_id": "t",
    },
    {
        "card_type": "multiple_interaction",
        "main_title": {"title": "三项"},
        "select_list": [
            {
                "question_key": f"i{number}",
                "title": f"第 {number} 项",
                "selected_id": "5",
                "option_list": OPTIONS,
            }
            for number in (7, 8, 9)
        ],
        "submit_button": {"text": "提交", "key": "k"},
        "task_id": "t",
    },
    {
        "card_type": "text_notice",
        "main_title": {"title": "已提交"},
        "emphasis_content": {"title": "92.5", "desc": "总分"},
        "quote_area": {"type": 0, "title": "说明", "quote_text": "一\n二"},
        "jump_list": [{"type": 1, "title": "打开", "url": "https://x.example/"}],
        "card_action": {"type": 1, "url": "https://x.example/"},
    },
    {
        "card_type": "news_notice",
        "main_title": {"title": "排名"},
        "card_image": {"url": "https://x.example/a.png", "aspect_ratio": 1.3},
        "vertical_content_list": [{"title": "第一", "desc": "92.5"}, {"title": "第二", "desc": "90"}],
        "card_action": {"type": 1, "url": "https://x.example/"},
    },
]
NAMES = {"KeyName": "keyname", "CheckBox": "checkbox", "UserId": "userid"}
LISTS = re.compile(r".*_list|.*List")


def parsed(message: passive.Answer) -> Element:
    xml = passive.written(message, to="ZhangSan", sender="ww1", at=1798419900)
    return ElementTree.fromstring(xml)  # noqa: S314


def back(element: Element) -> Any:
    """What an element says, as JSON: numbers and truth values were written bare, what is repeated is a list."""
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for one in element:
        name = NAMES.get(one.tag) or re.sub("(?<!^)(?=[A-Z])", "_", one.tag).lower()
        if LISTS.fullmatch(name):
            found.setdefault(name, []).append(back(one))
        else:
            assert name not in found
            found[name] = back(one)
    return found


def plain(value: Any) -> Any:
    """A card in which everything is a text, and which has no name."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name != "task_id"}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if isinstance(value, str) else str(value).lower()


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card["card_type"])
def test_a_card_comes_back_from_its_xml(card: dict[str, Any]) -> None:
    assert broken(card, APP) == []
    element = parsed(passive.card(card)).find("TemplateCard")
    assert element is not None
    assert back(element) == plain(card)


def test_names_are_as_wecom_writes_them() -> None:
    cards = (passive.card(CARDS[number]) for number in (0, 1, 4))
    xml = "".join(passive.written(card, to="ZhangSan", sender="ww1", at=0).decode() for card in cards)
    for tag in (
        "CardType",
        "MainTitle",
        "SubTitleText",
        "HorizontalContentList",
        "KeyName",
        "UserId",
        "ButtonList",
    ):
        assert f"<{tag}>" in xml
    for tag in (
        "CheckBox",
        "IsChecked",
        "SubmitButton",
        "ReplaceText",
        "ActionMenu",
        "ActionList",
        "AspectRatio",
    ):
        assert f"<{tag}>" in xml


def test_the_whole_message_names_both_sides() -> None:
    said = {one.tag: one.text for one in parsed(passive.text("好"))}
    about = {"ToUserName": "ZhangSan", "FromUserName": "ww1", "CreateTime": "1798419900", "MsgType": "text"}
    assert said == {**about, "Content": "好"}
    button = parsed(passive.button("已记录：优秀"))
    assert (button.findtext("MsgType"), button.findtext("Button/ReplaceName")) == (
        "update_button",
        "已记录：优秀",
    )


@given(st.text())
def test_any_text_is_whole_but_for_what_xml_cannot_hold(content: str) -> None:
    held = passive.NO_XML.sub("", content).replace("\r\n", "\n").replace("\r", "\n")
    assert (parsed(passive.text(content)).findtext("Content") or "") == held
