"""A screen as a card: what stands on it first, and that each word and button of a screen is two 更多 away at most."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions import Card, Home, Task
from bot.channels.wecom.cards import page_of, shown
from bot.channels.wecom.demo.drawing import card_html, text_html
from bot.channels.wecom.limits import APP, BOT
from bot.channels.wecom.markdown import escaped, read
from bot.message import Button, Message, ToCopy
from tests.cards import cards_of, faces, wrong_in
from tests.conftest import trials
from tests.phone import World

HOME = Button("首页", Home())


def test_the_item_card_is_marked_without_turning_it(desk: World) -> None:
    first, *others = cards_of(desk.phone("secretary of 新源里").say("自评").screen, BOT)
    assert faces(first) == ["优秀 4", "合格 3.2", "不合格 0", "‹", "›", "更多"]
    assert first["main_title"] == {"title": "第 1 项 · 支委会分工履职"}
    assert first["sub_title_text"].startswith("党支部自身建设 · 4 分 · 已评 0/24 □□□□□□□□\n优秀：支委会")
    assert first["horizontal_content_list"][0]["keyname"] == "合格"
    assert faces(others[-1])[-1] == "第一页"


def test_the_committees_item_card_has_the_branches_own_mark_first(desk: World) -> None:
    phone = desk.phone("member").say("首页").tap("评价 双龙校区")
    assert [face.strip("✓⭐") for face in faces(cards_of(phone.screen, BOT)[0])] == [
        "优秀 4",
        "合格 3.2",
        "不合格 0",
        "同自评",
        "›",
        "更多",
    ]


def test_marking_all_items_changes_one_card_and_needs_no_text(desk: World) -> None:
    phone = desk.phone("secretary of 新源里").say("自评")
    for number in range(1, 25):
        assert phone.screen.title.startswith(f"第 {number} 项")
        assert shown(phone.screen.headed(phone.toast), BOT).texts == ()
        phone.tap("优秀")


def test_what_is_chosen_and_what_is_advised_is_said_where_the_button_has_no_room(desk: World) -> None:
    screen = Message("题", rows=((Button("✓全体支委", Task(1), main=True), Button("⭐不合格 0", Task(2))),))
    [card] = cards_of(screen, BOT)
    assert faces(card) == ["全体支委", "不合格 0"]
    assert card["horizontal_content_list"] == [
        {"keyname": "已选", "value": "✓全体支委"},
        {"keyname": "建议", "value": "⭐不合格 0"},
    ]
    assert [button["style"] for button in card["button_list"]] == [1, 4]


def test_a_long_label_has_a_number_or_a_letter_where_numbers_mean_something_else() -> None:
    rows = (
        (Button("🔴 10月主题党日，超期 3 天", Task(1)),),
        (Button("明天再提醒", Task(2), short="再提醒"), HOME),
    )
    [card] = cards_of(Message("待办", rows=rows), BOT)
    assert faces(card) == ["1", "再提醒", "首页"]
    assert card["horizontal_content_list"] == [
        {"keyname": "1", "value": "🔴 10月主题党日，超期 3 天"},
        {"keyname": "再提醒", "value": "明天再提醒"},
    ]
    [card] = cards_of(Message("待办", rows=rows, hears=lambda text: Task(int(text))), BOT)
    assert faces(card) == ["A", "再提醒", "首页"]


def test_a_list_that_is_too_long_for_three_pages_is_typed(desk: World) -> None:
    phone = desk.phone("secretary of 新源里").say("自评").tap("目录")
    assert len(phone.screen.buttons) == 26
    found = shown(phone.screen, APP)
    assert "回复编号：\n1 · 支委会分工履职\n" in "".join(found.texts)
    assert found.card is not None
    assert faces(found.card) == ["总览", "首页"]
    assert phone.say("7").screen.title == "第 7 项 · 党员手册"


def test_what_is_to_be_copied_stands_in_a_text(desk: World) -> None:
    screen = Message("邀请码", (("邀请码", ToCopy("ABCD2345")), "有效 7 天。"), ((HOME,),))
    found = shown(screen, BOT)
    assert found.texts == ("邀请码\n邀请码：ABCD2345\n有效 7 天。",)
    assert found.card is not None
    assert found.card["main_title"] == {"title": "邀请码", "desc": "详见上面的文字。"}


def test_a_label_longer_than_a_row_stands_whole_in_the_text() -> None:
    label = "评价 " + "一个名称很长的" * 5 + "党支部"
    screen = Message("首页", rows=((Button(label, Task(1)), HOME),))
    [card] = cards_of(screen, BOT)
    assert card["sub_title_text"] == f"1. {label}"
    assert card["horizontal_content_list"] == [{"keyname": "1", "value": f"{label[:29]}…"}]
    assert wrong_in(screen) == []


def test_two_buttons_that_do_the_same_are_one_and_a_word() -> None:
    screen = Message("排名怎么看", rows=((Button("✓按总分", Task(1)), Button("看排名", Task(1)), HOME),))
    [card] = cards_of(screen, BOT)
    assert faces(card) == ["✓按总分", "首页"]
    assert card["main_title"] == {"title": "排名怎么看", "desc": "回复：看排名"}
    assert wrong_in(screen) == []


def test_empty_lines_take_no_row() -> None:
    screen = Message(
        "题", ("", "", "一" * 113, "", "二"), tuple((Button(f"第 {n} 条", Task(n)),) for n in range(7))
    )
    first, second = cards_of(screen, BOT)
    assert (len(first["sub_title_text"]), "horizontal_content_list" in first) == (112, False)
    assert second["sub_title_text"] == "一\n\n二"


def test_a_screen_without_a_button_is_a_text() -> None:
    assert shown(Message("已收到", ("谢谢。",)), BOT) == shown(
        Message("已收到", ("谢谢。",)), BOT, in_words=True
    )
    assert shown(Message("已收到", ("谢谢。",)), BOT).card is None


def test_the_key_of_a_page_is_no_actions_and_a_page_that_is_gone_is_the_first() -> None:
    screen = Message("题", rows=tuple((Button(f"第 {n} 条", Task(n)),) for n in range(1, 12)))
    assert [page_of(card["button_list"][-1]["key"]) for card in cards_of(screen, BOT)] == [2, 3, 1]
    assert page_of("m:12:7:2") is None
    few = Message("题", rows=((HOME,),))
    assert shown(few, BOT, page=3).card == shown(few, BOT).card


@pytest.mark.parametrize(
    "who", ["secretary of 新源里", "secretary", "officer", "member", "administrator", "stranger"]
)
def test_the_screens_that_are_seen_most_lose_nothing(desk: World, who: str) -> None:
    phone = desk.phone(who)
    for word in (
        "首页",
        "自评",
        "目录",
        "待办",
        "结果",
        "台账",
        "排名",
        "催办",
        "提醒设置",
        "我的职务",
        "帮助",
        "隐私",
    ):
        assert wrong_in(phone.say(word).screen) == [], word
    for label in [label for label in phone.say("首页").labels if label != "退出登录"]:
        assert wrong_in(phone.say("首页").tap(label).screen) == [], label


def test_a_drawn_card_has_its_buttons_and_no_markup_of_others() -> None:
    screen = Message("<题>", ("a & b",), ((Button("改", Task(1)), HOME),))
    [card] = cards_of(screen, BOT)
    assert card_html(card) == (
        "<div class=card><h2>&lt;题&gt;</h2><p class=desc>a &amp; b</p><div class=buttons>"
        "<button class=style4 name=key value='tk:1'>改</button>"
        "<button class=style4 name=key value='h'>首页</button></div></div>"
    )
    assert text_html(read(escaped("<b>\n1. *"))) == "<div class=text>&lt;b&gt;\n1. *</div>"


CHINESE = st.text("党支部书记会议学习手册，。；、：0123456789AB 🔴\n", min_size=1).filter(str.strip)
ONE_LINE = st.text("党支部书记会议学习手册，。；、：0123456789AB 🔴✓⭐", min_size=1).filter(
    lambda text: text.strip() == text and bool(text.strip("🔴✓⭐，。；、： "))
)
LINES = st.lists(CHINESE | st.tuples(ONE_LINE, CHINESE), max_size=12) | st.lists(
    st.tuples(ONE_LINE, CHINESE.map(lambda text: text * 20)), max_size=30
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """A screen of any length, with up to forty buttons of any labels and of one kind or several."""
    shorts = st.sampled_from(["", "", "甲", "乙乙", "丙丙丙", "丁丁丁丁"])
    buttons, used = [], set[str]()
    for number, label in enumerate(
        draw(st.lists(ONE_LINE.filter(lambda text: len(text) <= 40), min_size=1, max_size=40))
    ):
        short = draw(shorts)
        kind = draw(st.sampled_from([Task, Task, Task, Card]))
        action = Task(number) if kind is Task else Card(number, 1)
        buttons.append(Button(label, action, draw(st.booleans()), short=short if short not in used else ""))
        used.add(short)
    few = draw(st.integers(0, min(len(buttons), 5)))
    return Message(
        draw(ONE_LINE.filter(lambda text: len(text) <= 60)),
        tuple(draw(LINES)),
        tuple((button,) for button in buttons),
        hears=(lambda text: Task(0)) if draw(st.booleans()) else None,
        foremost=tuple(buttons[-few:]) if few else (),
    )


@pytest.mark.random
@settings(max_examples=trials(1000), deadline=None)
@given(messages())
def test_no_screen_breaks_a_limit_or_loses_a_word(message: Message) -> None:
    assert wrong_in(message) == []
