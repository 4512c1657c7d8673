"""What people are called: one rule for what a channel brings and for what is typed."""

import pytest

from bot.permissions import Role
from bot.store import people
from tests.phone import Phone, World, code_for

NAMES = {
    "李老师": "李老师",
    "  李  老师\t": "李 老师",
    "李\n老师": "李 老师",
    "李\r\n\u2028老师": "李 老师",
    "\u202e师老李": "师老李",
    "李\u2066老\u2069师\u200f": "李老师",
    "李\x00老\x1b[31m师": "李老[31m师",
    "李\u200b老\ufeff师\u00ad": "李老师",
    "李\u3164老师": "李 老师",
    "\u3000李老师\u2800": "李老师",
    "Zoe\u0308": "Zoë",
    "李\ud800老师": "李老师",
    "😀李老师👍🏽": "😀李老师👍🏽",
    "👨\u200d👩\u200d👧": "👨\u200d👩\u200d👧",
    "李\u200d老师\u200d": "李老师",
}
BLANK = [
    "",
    " ",
    "\n",
    "\u3164",
    "\u115f\u1160\uffa0",
    "\u200b",
    "\u2800",
    "\u3000\u00a0",
    "\u202e\u202d",
    "\x00",
    "\u200d",
    "\ufe0f\u200d\ufe0f",
    "\u0301",
    "\U000e0041",
]


@pytest.mark.parametrize(("raw", "name"), NAMES.items())
def test_a_name_is_one_line_and_all_of_it_can_be_seen(raw: str, name: str) -> None:
    assert people.clean_name(raw) == name
    assert people.clean_name(name) == name


@pytest.mark.parametrize("raw", BLANK)
def test_a_name_without_ink_is_none(raw: str) -> None:
    assert people.clean_name(raw) == ""


@pytest.mark.parametrize(
    ("brought", "called"),
    [
        ("王\n\u202e强\u3164", "王 强"),
        ("名" * 145, "名" * 20),
        ("名" * 19 + " 字", "名" * 19),
        ("😀" * 145, "😀" * 20),
        ("\u3164", "支部书记"),
        ("\u200b\u202e", "支部书记"),
        ("", "支部书记"),
    ],
)
def test_who_joins_is_called_as_the_channel_calls_them_as_far_as_that_is_a_name(
    world: World, brought: str, called: str
) -> None:
    code = code_for(world, Role.SECRETARY, world.branches[3].id)
    phone = Phone(world.conversation, "4711", channel="telegram", name=brought).say(code)
    assert phone.say("首页").screen.title == f"您好，{called}"
    assert ("称呼", called) in phone.say("我的职务").screen.lines


def test_a_typed_name_goes_through_the_same_rule_and_is_refused_where_it_is_too_long(world: World) -> None:
    phone = world.phone("secretary").say("我的职务").tap("改称呼").say("李\u202e \u3164 老师")
    assert "称呼已改" in phone.toast
    assert world.me("secretary").name == "李 老师"
    phone.tap("改称呼")
    for text in ("\u3164", "\u2800", "\u200b\u2800", "名" * 21, "名" * 145):
        phone.say(text)
        assert "1 到 20 个字" in phone.toast
        assert phone.screen.title == "改称呼"
    assert world.me("secretary").name == "李 老师"
    phone.say("😀" * 20)
    assert world.me("secretary").name == "😀" * 20
