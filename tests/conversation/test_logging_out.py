"""Where somebody is logged in: seeing it, logging in somewhere else, logging out here and elsewhere."""

from functools import partial

import pytest
from sqlmodel import col, select

from bot.actions import SignOut
from bot.conversation import Entered, Entry
from bot.permissions import Me, Role
from bot.store import calendars, chats, invitations, joining, logins, seats, terms
from bot.store.tables import HistoryRow, InvitationRow, SayingRow, WebLineRow
from bot.store.weblog import WebLog
from tests.conftest import Clock
from tests.conversation.test_invitations import shown_code
from tests.objects import objects
from tests.phone import Phone, World, code_for
from tests.store.at_once import at_once


def log_in_code(phone: Phone) -> str:
    shown = phone.say("我的职务").tap("登录的设备").tap("在另一台设备上登录").screen
    return next(line[1] for line in shown.lines if line[0] == "登录码")


def who(world: World, address: str, channel: str = "web") -> str:
    with world.database.read() as session:
        return chats.chat_at(
            session, channel=channel, external=address, now=world.clock(), create=False
        ).me.name


def test_one_person_on_the_page_and_on_telegram_by_a_code_of_ones_own(world: World, clock: Clock) -> None:
    phone = world.phone("secretary")
    code = log_in_code(phone)
    assert phone.screen.title == "在另一台设备上登录"
    assert "登录码" in phone.text
    assert "不要发给别人：用它的人就是您" in phone.text
    assert "到 12月30日 09:05" in phone.text
    assert log_in_code(phone) == code, "asking twice makes one code"
    telegram = Phone(world.conversation, "77", "telegram", name="别的名字").say(f"/start {code}")
    assert telegram.reply.receipt is not None
    assert "常营主校区书记" in str(telegram.reply.receipt)
    assert telegram.reply.commands is not None
    assert telegram.screen.title == "您好，常营主校区书记"
    clock.forward(minutes=5)
    assert phone.say("我的职务").tap("登录的设备").text == (
        "登录的设备\n这里：网页\n其他：Telegram，最近使用 12月28日 09:05\n"
        "换手机，或在另一处也要用，请点「在另一台设备上登录」。\n"
        "手机丢了，或在别人的设备上登录过，请点「退出其他设备」。"
    )
    assert "这个登录码已经用过" in Phone(world.conversation, "another").say(code).text
    with world.database.read() as session:
        assert len(seats.in_branches(session, 1, [world.branches[0].id])[world.branches[0].id]) == 2


def test_a_code_to_log_in_ends_after_two_days_and_with_the_last_seat(world: World, clock: Clock) -> None:
    late = log_in_code(world.phone("secretary"))
    officer = world.phone("officer")
    ended = log_in_code(officer)
    officer.say("我的职务").tap("退出").tap("确认退出")
    assert "职务已经变动" in Phone(world.conversation, "new").say(ended).text
    clock.forward(days=2)
    assert "这个登录码已过期" in Phone(world.conversation, "new").say(late).text
    assert who(world, "new") == ""


def test_with_a_second_seat_the_code_outlives_the_first(world: World) -> None:
    phone = world.phone("officer").say(code_for(world, Role.OFFICER, world.branches[3].id))
    code = log_in_code(phone)
    phone.say("我的职务").tap("退出 常营主校区党支部 支委").tap("确认退出")
    assert Phone(world.conversation, "new").say(code).screen.title == "您好，常营主校区支委"


def test_a_code_to_log_in_ends_with_the_last_seat_in_whichever_committee_that_is(world: World) -> None:
    with world.database.write() as session:
        body = terms.add_committee(session, name="另一个党总支", edition="jinsong_2017")
        branch = terms.add_branch(session, committee_id=body, name="另一个党支部", campus="")
        theirs = invitations.invite(
            session, me=Me(0, "", world.clock()), committee_id=body, branch_id=branch, role=Role.OFFICER
        ).code
    phone = world.phone("officer").say(theirs)
    code = log_in_code(phone)
    phone.say("我的职务").tap("退出 常营主校区党支部 支委").tap("确认退出")
    with world.database.read() as session:
        [made] = objects(session).exec(select(InvitationRow).where(InvitationRow.code == code)).all()
        assert (made.committee_id, made.ended_at) == (1, None), "one seat is left"
    phone.say("我的职务").tap("退出").tap("确认退出")
    with world.database.read() as session:
        [made] = objects(session).exec(select(InvitationRow).where(InvitationRow.code == code)).all()
    assert made.ended_at == world.clock()
    phone.say(code_for(world, Role.OFFICER, world.branches[0].id))
    assert "这个登录码已作废" in Phone(world.conversation, "new").say(code).text


def test_a_chat_that_is_somebody_elses_takes_no_code_to_log_in(world: World) -> None:
    code = log_in_code(world.phone("secretary"))
    member = world.phone("member").say(code)
    assert "这里现在是" in member.text
    assert "退出登录" in member.text
    assert world.me("member").known
    assert Phone(world.conversation, "new").say(code).reply.receipt is not None


def test_nobody_else_reads_a_code_to_log_in_and_its_holder_may_cancel_it(world: World) -> None:
    phone = world.phone("secretary")
    code = log_in_code(phone)
    administrator = world.phone("administrator").say("我的职务").tap("未用的邀请码 1 个")
    assert f"登录码：{code[:4]}····\n用途：常营主校区书记" in administrator.text
    assert code not in administrator.text
    phone.tap("取消这个登录码")
    assert "已取消" in phone.toast
    assert "已作废" in Phone(world.conversation, "new").say(code).text


def test_logging_out_is_asked_first_and_keeps_the_seat(world: World) -> None:
    phone = world.phone("secretary")
    phone.say("我的职务").tap("退出登录")
    assert phone.screen.title == "退出登录？"
    assert "退出后要用新的邀请码才能再进来" in phone.text
    phone.tap("不退出")
    assert phone.screen.title == "我的职务"
    phone.tap("退出登录").say("1")
    assert world.me("secretary").known, "no digit logs out"
    phone.press(phone.say("我的职务").tap("退出登录").screen.here).tap("确认退出登录")
    assert phone.toast == "已退出登录"
    assert "邀请码" in phone.text
    assert phone.reply.commands == (("start", "首页"), ("help", "帮助"))
    assert world.me("secretary").person_id is None
    assert "邀请码" in phone.say("首页").text
    with world.database.read() as session:
        assert len(seats.in_branches(session, 1, [world.branches[0].id])[world.branches[0].id]) == 2
        last = objects(session).exec(select(HistoryRow).order_by(col(HistoryRow.id).desc())).first()
    assert last is not None
    assert (last.subject, last.after) == ("login", '{"what": "out", "addresses": 1}')


def test_what_was_said_there_goes_with_the_log_in(world: World) -> None:
    phone = world.phone("secretary").say("自评").say("7 2.5（缺记录）", message="1")
    WebLog(world.database).append(phone.address, True, "", ("我说的",), world.clock())
    phone.say("我的职务").tap("退出登录").tap("确认退出登录")
    with world.database.read() as session:
        assert (
            objects(session).exec(select(WebLineRow).where(WebLineRow.external == phone.address)).all() == []
        )
        assert objects(session).exec(select(SayingRow)).all() == []
    assert world.conversation.look("web", phone.address).stranger


def say_everywhere(world: World, phone: Phone) -> None:
    """A person says something here and in another browser, where they are logged in, too."""
    other = Phone(world.conversation, "another browser").say(log_in_code(phone))
    for one in (phone, other):
        one.say("我说的", message="1")
        WebLog(world.database).append(one.address, True, "", ("我说的",), world.clock())


def said(world: World, *addresses: str) -> int:
    """How much is kept of what was said at these addresses, by anybody."""
    with world.database.read() as session:
        lines = objects(session).exec(select(WebLineRow).where(col(WebLineRow.external).in_(addresses))).all()
        return len(lines) + len(objects(session).exec(select(SayingRow)).all())


def test_what_was_said_goes_with_the_last_seat_that_is_left_and_one_can_log_out(world: World) -> None:
    phone = world.phone("officer").say(code_for(world, Role.OFFICER, world.branches[3].id))
    say_everywhere(world, phone)
    phone.say("我的职务").tap("退出 常营主校区党支部 支委")
    assert "对话会删除" not in phone.text
    phone.tap("确认退出")
    assert said(world, phone.address, "another browser") == 4, "one seat is left"
    phone.say("我的职务").tap("退出")
    assert "这里显示的对话会删除" in phone.text
    phone.tap("确认退出")
    assert said(world, phone.address, "another browser") == 0
    assert "您目前没有职务" in phone.text
    phone.tap("退出登录")
    assert phone.labels == ["确认退出登录", "不退出"]
    assert "您目前没有职务" in phone.tap("不退出").text
    phone.tap("退出登录").tap("确认退出登录")
    assert phone.toast == "已退出登录"
    assert world.me("officer").person_id is None
    assert "退出登录" not in phone.labels
    assert who(world, "another browser") == "常营主校区支委", "there one is logged in still"


def test_what_was_said_goes_with_the_last_seat_that_is_handed_over(world: World) -> None:
    phone = world.phone("secretary")
    say_everywhere(world, phone)
    code = shown_code(phone.say("我的职务").tap("移交"))
    Phone(world.conversation, "newcomer").say(code)
    assert said(world, phone.address, "another browser") == 0
    phone.say("首页").tap("退出登录").tap("确认退出登录")
    assert world.me("secretary").person_id is None


def test_without_a_seat_nobody_logs_out_elsewhere(world: World) -> None:
    phone = world.phone("officer")
    say_everywhere(world, phone)
    phone.say("我的职务").tap("退出").tap("确认退出").press(SignOut(1))
    assert "您目前没有职务" in phone.text
    assert who(world, "another browser") == "常营主校区支委"


def test_a_code_made_before_logging_out_lets_one_in_again_as_the_same_person(world: World) -> None:
    phone = world.phone("secretary")
    code = log_in_code(phone)
    phone.say("我的职务").tap("退出登录").tap("确认退出登录")
    assert phone.say(code).screen.title == "您好，常营主校区书记"
    assert world.me("secretary").known


def test_logging_out_elsewhere_leaves_one_here_alone_and_gives_the_calendar_another_address(
    world: World,
) -> None:
    phone = world.phone("secretary").say("日历订阅").tap("生成地址")
    with world.database.read() as session:
        before = calendars.key_of(session, world.me("secretary").person_id)
    for channel in ("web", "telegram"):
        Phone(world.conversation, "elsewhere", channel).say(log_in_code(phone))
        assert who(world, "elsewhere", channel) == "常营主校区书记"
    stocked = log_in_code(phone)
    phone.say("我的职务").tap("登录的设备").tap("退出其他设备")
    assert "日历订阅会换新地址" in phone.text
    phone.tap("确认退出其他设备")
    assert phone.toast == "已退出其他 2 处登录；日历订阅换了新地址"
    assert "退出其他设备" not in phone.labels
    assert {who(world, "elsewhere", channel) for channel in ("web", "telegram")} == {""}
    assert world.me("secretary").known
    with world.database.read() as session:
        assert calendars.key_of(session, world.me("secretary").person_id) not in (None, before)
    assert "已作废" in Phone(world.conversation, "elsewhere").say(stocked).text
    phone.press(SignOut(1))
    assert phone.toast.startswith("没有其他登录")


@pytest.mark.parametrize("others", [0, 1])
def test_logging_out_touches_nobody_else(world: World, others: int) -> None:
    Phone(world.conversation, "nobody").say("ABCD2345")
    world.phone("secretary").press(SignOut(others))
    Phone(world.conversation, "nobody").press(SignOut(others))
    for persona in ("officer", "member", "administrator", "secretary of 劲松"):
        assert world.me(persona).known
    assert world.me("secretary").known == bool(others)


def test_a_code_that_hands_over_is_no_code_to_log_in_nor_the_reverse(world: World) -> None:
    phone = world.phone("secretary")
    moving = shown_code(phone.say("我的职务").tap("移交"))
    entering = log_in_code(phone)
    with world.database.write() as session:
        me = chats.chat_at(session, channel="web", external="x", now=world.clock()).me
        for use, code, words in (
            (logins.log_in, moving, "不是登录码"),
            (lambda s, **more: joining.join(s, name="", **more), entering, "不是邀请码"),
        ):
            with pytest.raises(Exception, match=words):
                use(session, me=me, text=code)


def test_one_form_that_comes_several_times_at_once_makes_one_person(world: World) -> None:
    code = code_for(world, Role.SECRETARY, world.branches[3].id, uses=5)
    entry = Entry("web", "old", "key-of-the-form", code, fresh="fresh")
    answers = at_once([partial(world.conversation.enter, entry)] * 4)
    assert [answer.address for answer in answers if isinstance(answer, Entered)] == ["fresh"] * 4
    with world.database.read() as session:
        assert len(seats.in_branches(session, 1, [world.branches[3].id])[world.branches[3].id]) == 2
    assert who(world, "old") == ""
