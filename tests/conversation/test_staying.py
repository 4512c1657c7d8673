"""What stays in the chat under what was said; what a button says of itself; what can be copied."""

from bot.actions import CalendarLink, Card, Home, SetHour
from bot.channels.web.shape import screen_shape
from bot.message import ADVISED, CHOSEN, Button, Message, ToCopy
from bot.pressing import heard
from tests.phone import World


def test_why_a_text_was_refused_stays_and_why_a_press_was_passes(desk: World) -> None:
    phone = desk.phone("officer")
    assert phone.say("胡言乱语").reply.stays
    assert phone.toast.startswith("没看懂「胡言乱语」。")
    assert not phone.press(Card(999, 1)).reply.stays
    assert phone.toast


def test_why_a_file_was_refused_stays_alone_or_among_others(desk: World) -> None:
    sheet = desk.sheet(0)
    assert sheet is not None
    phone = desk.phone("secretary").press(Card(sheet.id, 13))
    assert phone.attach("录音.mp3", b"ID3", "audio/mpeg").reply.stays
    assert not phone.attach("照片.png", group="g").reply.stays
    assert phone.attach("录音.mp3", b"ID3", "audio/mpeg", group="g").reply.stays
    assert "没有收下" in phone.toast


def test_what_was_written_down_passes_and_why_nothing_was_stays(desk: World) -> None:
    sheet = desk.sheet(0)
    assert sheet is not None
    phone = desk.phone("secretary").press(Card(sheet.id, 13))
    phone.say("3.5 缺一次记录", message="1")
    assert "已存" in phone.toast
    assert not phone.reply.stays
    phone.edit("1", "3.5 缺一次记录")
    assert phone.toast == "和记下的一样，没有要改的"
    assert phone.reply.stays


def test_a_screen_that_answers_a_text_needs_no_line(desk: World) -> None:
    assert desk.phone("member").say("排名").toast == ""


def test_a_label_says_whether_it_is_chosen_or_suggested() -> None:
    chosen, advised, other = (Button(f"{sign}优秀 4", Home()) for sign in (CHOSEN, ADVISED, ""))
    assert [one.sign for one in (chosen, advised, other)] == ["✓", "⭐", ""]
    assert {one.words for one in (chosen, advised, other)} == {"优秀 4"}
    assert Button("备注 ✓", Home()).sign == ""


def test_each_option_of_a_kind_says_whether_it_is_chosen_once_one_is() -> None:
    hours = [Button(f"{CHOSEN if hour == 8 else ''}{hour}:00", SetHour(hour * 60)) for hour in (7, 8, 9)]
    rows = screen_shape(Message("提醒设置", rows=(tuple(hours), (Button("首页", Home()),))))["rows"]
    assert [key.get("chosen") for key in rows[0]] == [False, True, False]
    assert "chosen" not in rows[1][0]
    none = screen_shape(Message("提醒设置", rows=(tuple(hours[:1]),)))["rows"]
    assert "chosen" not in none[0][0]


def test_a_button_is_found_by_its_words_by_its_name_and_as_it_is_written() -> None:
    message = Message("", rows=((Button("⭐优秀 4", Card(1, 1)), Button("›", Card(1, 2), name="下一项")),))
    assert {heard(text, message) for text in ("优秀4", "⭐优秀 4", "优秀 4")} == {Card(1, 1)}
    assert {heard(text, message) for text in ("›", "下一项")} == {Card(1, 2)}


def test_signs_alone_have_a_name(desk: World) -> None:
    sheet = desk.sheet(0)
    assert sheet is not None
    phone = desk.phone("secretary").press(Card(sheet.id, 5))
    assert [(b.label, b.name) for b in phone.screen.buttons if b.name] == [("‹", "上一项"), ("›", "下一项")]
    assert phone.say("下一项").text.startswith("第 6 项")
    assert phone.say("上一项").text.startswith("第 5 项")


def copyable(message: Message) -> list[str]:
    """What a screen lets people copy."""
    texts = [line if isinstance(line, str) else line[1] for line in message.lines]
    return [text for text in texts if isinstance(text, ToCopy)]


def test_codes_links_and_addresses_can_be_copied(desk: World) -> None:
    phone = desk.phone("secretary").say("我的职务").tap("邀请支委")
    copied = copyable(phone.screen)
    code = next(text for text in copied if len(text) == 8)
    assert copied == [code, f"http://127.0.0.1:8000/join/{code}"]
    assert screen_shape(phone.screen)["lines"][0] == ["邀请码", code, True]
    listed = phone.say("我的职务").tap("未用的邀请码")
    assert copyable(listed.screen) == [code]
    device = phone.say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    assert len(copyable(device.screen)) == 2
    address, webcal = copyable(phone.press(CalendarLink()).tap("生成地址").screen)
    assert address.startswith("http://127.0.0.1:8000/calendar/")
    assert webcal == address.replace("http://", "webcal://")


def test_what_only_others_may_use_cannot_be_copied(desk: World) -> None:
    desk.phone("secretary").say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    listed = desk.phone("administrator").say("我的职务").tap("未用的邀请码")
    assert copyable(listed.screen) == []


def test_a_screen_tells_a_page_how_to_come_back_and_whether_it_takes_files(desk: World) -> None:
    sheet = desk.sheet(0)
    assert sheet is not None
    phone = desk.phone("secretary").press(Card(sheet.id, 5))
    shape = screen_shape(phone.screen)
    assert (shape["here"], shape["takes"]) == (f"c:{sheet.id}:5", True)
    shape = screen_shape(phone.tap("首页").screen)
    assert (shape["here"], shape["takes"]) == ("h", False)
