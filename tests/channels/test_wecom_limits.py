"""What is wrong with a template card is said, field by field, in the words of either side of WeCom."""

from copy import deepcopy
from typing import Any

import pytest

from bot.channels.wecom.limits import APP, BOT, Dialect, broken

CARD: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "第 7 项", "desc": "党员手册"},
    "sub_title_text": "合格：……",
    "horizontal_content_list": [{"keyname": "现在", "value": "优秀 4 分"}],
    "button_list": [
        {"text": "优秀", "style": 1, "key": "m:12:7:2"},
        {"text": "合格", "style": 4, "key": "m:12:7:1"},
    ],
    "task_id": "sc-12_7@a",
}
VOTE: dict[str, Any] = {
    "card_type": "vote_interaction",
    "main_title": {"title": "得分"},
    "checkbox": {
        "question_key": "score",
        "mode": 0,
        "option_list": [{"id": "4.5", "text": "4.5 分", "is_checked": False}],
    },
    "submit_button": {"text": "提交", "key": "submit"},
    "task_id": "a",
}
SELECTS: dict[str, Any] = {
    "card_type": "multiple_interaction",
    "main_title": {"title": "三项"},
    "select_list": [
        {
            "question_key": "i7",
            "title": "党员手册",
            "option_list": [{"id": "4", "text": "4 分"}],
            "selected_id": "4",
        }
    ],
    "submit_button": {"text": "提交", "key": "submit"},
    "task_id": "a",
}
NOTICE: dict[str, Any] = {
    "card_type": "text_notice",
    "main_title": {"title": "已提交"},
    "card_action": {"type": 1, "url": "https://work.weixin.qq.com"},
    "task_id": "a",
}
BUTTON = {"text": "是", "style": 1}
OPTION = {"text": "4 分"}


def changed(card: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The card with something else at a place, or without it (None)."""
    new = deepcopy(card)
    *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    place: Any = new
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return new


@pytest.mark.parametrize("card", [CARD, VOTE, SELECTS, NOTICE])
@pytest.mark.parametrize("dialect", [BOT, APP])
def test_a_card_within_all_limits_can_be_sent(card: dict[str, Any], dialect: Dialect) -> None:
    assert broken(card, dialect) == []
    assert broken(card, dialect, event=card["task_id"]) == []


@pytest.mark.parametrize("dialect", [BOT, APP])
@pytest.mark.parametrize(
    ("card", "path", "value", "wrong"),
    [
        (CARD, "card_type", "button", "card_type: 'button'"),
        (CARD, "main_title", None, "main_title: missing"),
        (CARD, "main_title.title", "", "main_title.title: 0 characters, not 1 to 26"),
        (CARD, "main_title.title", "题" * 27, "main_title.title: 27 characters, not 1 to 26"),
        (CARD, "main_title.desc", "字" * 31, "main_title.desc: 31 characters, not 0 to 30"),
        (CARD, "sub_title_text", "字" * 113, "sub_title_text: 113 characters, not 0 to 112"),
        (CARD, "horizontal_content_list", [{"keyname": "行"}] * 7, "horizontal_content_list: 7, not 0 to 6"),
        (
            CARD,
            "horizontal_content_list.0.keyname",
            "六个字的名称",
            "horizontal_content_list[0].keyname: 6 characters, not 1 to 5",
        ),
        (
            CARD,
            "horizontal_content_list.0.value",
            "字" * 31,
            "horizontal_content_list[0].value: 31 characters, not 0 to 30",
        ),
        (CARD, "horizontal_content_list.0.type", 4, "horizontal_content_list[0].type: 4"),
        (CARD, "horizontal_content_list.0.colour", "red", "horizontal_content_list[0].colour: unknown"),
        (CARD, "button_list", None, "button_list: missing"),
        (CARD, "button_list", [], "button_list: 0, not 1 to 6"),
        (CARD, "button_list", [{**BUTTON, "key": f"{n}"} for n in range(7)], "button_list: 7, not 1 to 6"),
        (CARD, "button_list", [{**BUTTON, "key": "m"}] * 2, "button_list: the same key twice"),
        (CARD, "button_list.0.text", "字" * 11, "button_list[0].text: 11 characters, not 1 to 10"),
        (CARD, "button_list.0.style", 5, "button_list[0].style: 5"),
        (CARD, "button_list.0.key", "键" * 342, "button_list[0].key: not 1 to 1024 bytes"),
        (CARD, "button_list.1", "合格", "button_list[1]: not an object"),
        (CARD, "task_id", None, "task_id: missing"),
        (CARD, "task_id", "sc:12", "task_id: 'sc:12'"),
        (CARD, "task_id", "第7项", "task_id: '第7项'"),
        (CARD, "task_id", "a" * 129, f"task_id: '{'a' * 129}'"),
        (CARD, "colour", "red", "colour: unknown"),
        (VOTE, "checkbox.mode", 2, "checkbox.mode: 2"),
        (
            VOTE,
            "checkbox.option_list",
            [{**OPTION, "id": f"{n}"} for n in range(21)],
            "checkbox.option_list: 21, not 1 to 20",
        ),
        (VOTE, "checkbox.option_list.0.id", "a" * 129, "checkbox.option_list[0].id: not 1 to 128 bytes"),
        (VOTE, "submit_button", None, "submit_button: missing"),
        (SELECTS, "select_list", SELECTS["select_list"] * 4, "select_list: 4, not 1 to 3"),
        (
            SELECTS,
            "select_list.0.option_list",
            [{**OPTION, "id": f"{n}"} for n in range(11)],
            "select_list[0].option_list: 11, not 1 to 10",
        ),
        (NOTICE, "card_action", None, "card_action: missing"),
        (NOTICE, "card_action.type", 0, "card_action.type: 0"),
    ],
)
def test_what_is_over_a_limit_is_named(
    card: dict[str, Any], path: str, value: Any, wrong: str, dialect: Dialect
) -> None:
    assert wrong in broken(changed(card, path, value), dialect)


def test_the_dialects_differ() -> None:
    source = changed(CARD, "source", {"desc": "党建考核"})
    assert (broken(source, BOT), broken(source, APP)) == (["source: unknown"], [])
    link = changed(CARD, "button_list.0", {"type": 1, "text": "打开", "url": "https://a.cn"})
    assert broken(link, BOT) == ["button_list[0].type: unknown", "button_list[0].url: unknown"]
    assert broken(link, APP) == []
    file = changed(
        CARD, "horizontal_content_list.0", {"type": 2, "keyname": "附件", "value": "a", "media_id": "M"}
    )
    assert (broken(file, BOT), broken(file, APP)) == (["horizontal_content_list[0].type: 2"], [])
    long = changed(VOTE, "checkbox.option_list.0.text", "字" * 11)
    assert (len(broken(long, BOT)), broken(long, APP)) == (1, [])
    unnamed = changed(NOTICE, "task_id", None)
    assert (broken(unnamed, BOT), broken(unnamed, APP)) == (["task_id: missing"], [])
    menu = unnamed | {"action_menu": {"desc": "更多", "action_list": [{"text": "跳过", "key": "k"}]}}
    assert broken(menu, APP) == ["task_id: missing"]


def test_an_update_has_the_task_id_of_its_event() -> None:
    assert broken(CARD, BOT, event="another") == ["task_id: not another, which is answered"]
