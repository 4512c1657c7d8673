"""Joining by a code, wrong codes, handing over, leaving."""

import pytest

from bot.actions import DeadCode, HandOver, Leave, Result
from bot.message import plain
from bot.permissions import Role
from tests.conftest import Clock
from tests.phone import Phone, World, code_for


def test_a_code_typed_in_small_letters_with_spaces_works(world: World) -> None:
    code = code_for(world, Role.MEMBER)
    phone = Phone(world.conversation, "new").say(f" {code[:4].lower()} {code[4:].lower()} ")
    assert phone.reply.receipt is not None
    assert "总支委员" in phone.say("我的职务").text


def test_a_stranger_who_types_anything_is_told_how_to_get_in(world: World) -> None:
    phone = Phone(world.conversation, "new").say("你好")
    assert "邀请码" in phone.text
    assert "8 位" in phone.text
    phone.press(Result(1, 0))
    assert "邀请码" in phone.text


def test_a_used_an_expired_and_a_wrong_code_each_say_so(world: World, clock: Clock) -> None:
    used, late = code_for(world, Role.MEMBER), code_for(world, Role.OFFICER, branch=1)
    Phone(world.conversation, "first").say(used)
    assert "已经用过" in Phone(world.conversation, "second").say(used).text
    clock.forward(days=15)
    assert "已过期" in Phone(world.conversation, "third").say(late).text
    assert "没有找到" in Phone(world.conversation, "fourth").say("ABCD2345").text


def test_five_wrong_codes_in_an_hour_block_even_a_right_one_until_the_hour_is_over(
    world: World, clock: Clock
) -> None:
    code = code_for(world, Role.MEMBER)
    phone = Phone(world.conversation, "guesser")
    for n in range(5):
        assert "没有找到" in phone.say(f"ABCD234{n + 2}").text
    assert "10:05 后再试" in phone.say(code).text
    assert not phone.conversation.watches("web", "guesser")
    clock.forward(hours=1)
    assert phone.say(code).reply.receipt is not None


def test_using_a_code_twice_from_one_phone_gives_one_seat(world: World) -> None:
    code = code_for(world, Role.MEMBER, uses=3)
    phone = Phone(world.conversation, "new", name="新委员").say(code).say("邀请码").say(code)
    assert phone.say("我的职务").text.count("总支委员") == 1


def test_a_used_code_of_ones_own_says_that_one_is_in(world: World) -> None:
    code = code_for(world, Role.MEMBER)
    phone = Phone(world.conversation, "new", "telegram").say(f"/start {code}")
    assert phone.reply.receipt is not None
    phone.say(f"/start {code}")
    assert phone.toast == "您已经加入了，不用再输入"
    assert phone.screen.title.startswith("您好")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/start {used}", "这个邀请码已经用过。请向邀请您的常营主校区书记要一个新的。"),
        ("/start {used}", "「登录的设备」要一个登录码，输入到这里"),
        ("/start ABCD2345", "这里没有找到这个邀请码"),
        ("/start ABCD234", "这里有 7 位"),
        ("/start 无", "这不像邀请码"),
    ],
)
def test_a_dead_link_of_telegram_says_why(desk: World, text: str, says: str) -> None:
    phone = desk.phone("secretary").say("我的职务").tap("邀请支委")
    used = next(line[1] for line in phone.screen.lines if line[0] == "邀请码")
    Phone(desk.conversation, "first").say(used)
    late = Phone(desk.conversation, "second", "telegram").say(text.format(used=used))
    assert says in late.text
    assert late.screen.hears is not None, "another code can be typed"


def test_why_a_code_gives_nothing_is_said_again_when_the_page_is_drawn_again(world: World) -> None:
    phone = world.phone("secretary").say("我的职务").tap("邀请支委")
    used = next(line[1] for line in phone.screen.lines if line[0] == "邀请码")
    Phone(world.conversation, "first").say(used)
    for who, says in (("second", "请向邀请您的常营主校区书记要"), (world.PERSONAS["member"], "已经用过")):
        late = Phone(world.conversation, who).say(used)
        assert says in late.text
        assert plain(world.conversation.look("web", who).screen) == late.text, "the page connects again"
    wrong = Phone(world.conversation, "third").say("ABCD2345")
    assert "这里没有找到" in plain(world.conversation.look("web", "third").screen)
    assert wrong.say("邀请码").text.startswith("输入邀请码\n请输入 8 位")


def test_a_forged_button_tells_nothing_of_an_invitation(world: World) -> None:
    phone = world.phone("secretary").say("我的职务").tap("邀请支委").tap("取消这个邀请码")
    stranger = Phone(world.conversation, "stranger")
    for number in range(1, 30):
        assert "常营" not in stranger.press(DeadCode(number, 0)).text
        assert "常营" not in stranger.press(DeadCode(number, 12345)).text
    assert phone.toast.startswith("已取消")


def test_a_seat_handed_over_is_the_other_persons_and_no_longer_mine(world: World) -> None:
    secretary = world.phone("secretary").say("我的职务").tap("移交")
    code = next(line[1] for line in secretary.screen.lines if line[0] == "移交码")
    follower = Phone(world.conversation, "follower", name="接任书记").say(code)
    assert "常营主校区党支部 支部书记" in str(follower.reply.receipt)
    assert "继续填报" in follower.say("首页").labels
    assert "没有职务" in secretary.say("首页").text
    assert "已经用过" in Phone(world.conversation, "third").say(code).text


def test_a_hand_over_code_dies_with_the_seat_it_hands_over(world: World) -> None:
    secretary = world.phone("secretary").say("我的职务").tap("移交")
    code = next(line[1] for line in secretary.screen.lines if line[0] == "移交码")
    secretary.say("我的职务").tap("退出").tap("确认退出")
    assert "职务已经变动" in Phone(world.conversation, "follower").say(code).text


def test_asking_for_an_invitation_twice_shows_the_same_code(world: World) -> None:
    phone = world.phone("secretary").say("我的职务").tap("邀请支委")
    first = phone.text
    assert phone.say("我的职务").tap("邀请支委").text == first
    assert phone.screen.attachment is not None
    assert phone.screen.attachment.read().startswith(b"\x89PNG")


def test_the_last_administrator_cannot_leave(world: World) -> None:
    phone = world.phone("administrator").say("我的职务").tap("退出").tap("确认退出")
    assert "唯一的管理员" in phone.toast
    assert "管理员" in phone.say("我的职务").text


def test_a_seat_cannot_be_left_or_handed_over_for_somebody_else(world: World) -> None:
    seat = next(s.id for s in world.me("secretary").seats)
    phone = world.phone("administrator")
    for action in (Leave(seat), HandOver(seat)):
        phone.press(action)
        assert "不在您名下" in phone.toast
    assert world.me("secretary").seats


def test_commands_follow_the_seats(world: World) -> None:
    phone = Phone(world.conversation, "new").say(code_for(world, Role.SECRETARY, branch=1))
    assert phone.reply.commands is not None
    assert ("score", "自评") in phone.reply.commands
    assert ("standings", "排名") not in phone.reply.commands
    assert len(phone.reply.commands) <= 5


def test_feedback_reaches_the_administrator(world: World) -> None:
    phone = world.phone("officer").say("/feedback").say("第 7 项的说明看不懂")
    assert "谢谢" in phone.toast
    inbox = world.phone("administrator").say("首页").tap("意见箱")
    assert "第 7 项的说明看不懂" in inbox.text
    assert "常营主校区支委" in inbox.text


def test_another_invitation_for_the_same_role_is_a_tap_away(world: World) -> None:
    phone = world.phone("secretary").say("我的职务").tap("邀请支委")
    first = phone.text
    phone.tap("再要一个")
    second = phone.text
    assert second != first
    assert phone.say("我的职务").tap("邀请支委").text == first


def test_an_invitation_that_was_used_is_shown_as_used(world: World) -> None:
    phone = world.phone("secretary").say("我的职务").tap("邀请支委")
    code = next(line[1] for line in phone.screen.lines if line[0] == "邀请码")
    Phone(world.conversation, "new").say(code)
    shown = world.conversation.look("web", phone.address).screen
    assert "已经用过" in shown.title
    assert code not in str(shown.lines)


@pytest.mark.parametrize(
    "wrapped",
    [
        "{code}",
        " {small} ",
        "{wide}",
        "{first} {last}",
        "{first}-{last}",
        "http://127.0.0.1:8000/join/{code}",
        "https://t.me/jinsong_star_bot?start={code}",
        "您好，请点这个链接加入：http://127.0.0.1:8000/join/{code} 谢谢",
        "邀请\n邀请码：{code}\n用途：新源里校区党支部 支部书记\n有效期：到 1月11日 09:05\n网页链接：http://127.0.0.1:8000/join/{code}\n请把邀请码或链接只发给本人。",
        "邀请码：{code}。用途：新源里校区党支部 支部书记",
        "我的码是{wide}，请查收",
        "邀请码：{first} {last}",
        "邀请码＝{code}",
        "{first}·{last}",
        "「{code}」",
        "{code}。",
        "https://share.example.cn/?to=https%3A%2F%2Fbot.example.cn%2Fjoin%2F{code}&x=1",
        "/start {code}",
    ],
)
def test_a_code_is_found_in_whatever_was_pasted(desk: World, wrapped: str) -> None:
    code = code_for(desk, Role.SECRETARY, desk.branches[3].id)
    text = wrapped.format(
        code=code,
        small=code.lower(),
        wide="".join(chr(ord(c) + 0xFEE0) for c in code),
        first=code[:4],
        last=code[4:],
    )
    phone = Phone(desk.conversation, "newcomer").say(text)
    assert phone.screen.title.startswith("这个月三件事")
    assert "新源里校区党支部" in phone.text


def test_somebody_who_is_in_may_paste_a_link_anywhere_and_a_sentence_is_no_code(world: World) -> None:
    code = code_for(world, Role.SECRETARY, world.branches[3].id)
    member = world.phone("member").say("首页").say("车牌 ABCD2345 停错了")
    assert "没看懂" in member.toast
    member.say(f"http://127.0.0.1:8000/join/{code}")
    assert "新源里校区党支部" in member.text


@pytest.mark.parametrize(
    "text",
    [
        "请问怎么加入",
        "TWENTY22 ABCD2345",
        "ABCD234",
        "电话 13800138000",
        "电话 23456789",
        "请看 Exchange 邮箱",
        "ABCDEFGH@qq.com",
        "https://t.me/bot?startapp=x",
    ],
)
def test_what_has_no_code_in_it_is_not_tried_as_one(desk: World, text: str) -> None:
    phone = Phone(desk.conversation, "newcomer").say(text)
    assert "不像邀请码" in phone.text
