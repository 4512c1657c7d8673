"""Codes end with their maker's right to give what they give; what is open can be seen and cancelled."""

import pytest
from sqlmodel import col, select

from bot.actions import CancelInvitation, Invite, InviteMenu, Newcomers, OpenInvitations, ShowInvitation
from bot.permissions import Role
from bot.store import invitations
from bot.store.tables import HistoryRow
from tests.conftest import Clock
from tests.objects import objects
from tests.phone import Phone, World, code_for


def shown_code(phone: Phone) -> str:
    return next(line[1] for line in phone.screen.lines if line[0] in ("邀请码", "移交码"))


def officers_code(phone: Phone) -> str:
    """A code for a 支委 that a secretary makes."""
    return shown_code(phone.say("我的职务").tap("邀请支委"))


def committee_code(phone: Phone, role: str = "总支委员") -> str:
    """A code for the committee itself that an administrator makes."""
    return shown_code(phone.say("我的职务").tap("邀请人员").tap(role))


def hand_over(world: World, phone: Phone, seat: str = "移交") -> Phone:
    """Somebody new takes the seat."""
    return Phone(world.conversation, f"after {phone.address}").say(
        shown_code(phone.say("我的职务").tap(seat))
    )


def leave(phone: Phone, seat: str = "退出") -> None:
    phone.say("我的职务").tap(seat).tap("确认退出")


def refusal(world: World, code: str, address: str = "newcomer") -> str:
    """What somebody reads who uses a code that gives nothing."""
    phone = Phone(world.conversation, address).say(code)
    assert phone.reply.receipt is None
    assert phone.screen.title == "输入邀请码"
    return phone.text


def test_a_secretary_who_handed_over_does_not_come_back_with_a_stocked_code(world: World) -> None:
    phone = world.phone("secretary")
    code = officers_code(phone)
    follower = hand_over(world, phone)
    assert "作废" in refusal(world, code, phone.address)
    assert "请向示范职业高中党总支的管理员要一个新的邀请码" in refusal(world, code)
    assert not world.me("secretary").known
    assert Phone(world.conversation, "officer").say(officers_code(follower)).reply.receipt is not None


def test_an_administrator_who_left_does_not_come_back_with_a_stocked_code(world: World) -> None:
    phone = world.phone("administrator")
    codes = [committee_code(phone, role) for role in ("管理员", "总支委员")]
    Phone(world.conversation, "second").say(code_for(world, Role.ADMINISTRATOR))
    leave(phone)
    for code in codes:
        assert "作废" in refusal(world, code, phone.address)
    assert not world.me("administrator").known


def test_who_is_only_a_member_now_has_no_codes_of_an_administrator_left(world: World) -> None:
    phone = world.phone("administrator").say(code_for(world, Role.MEMBER))
    code = committee_code(phone)
    Phone(world.conversation, "second").say(code_for(world, Role.ADMINISTRATOR))
    leave(phone, "退出 示范职业高中党总支 管理员")
    assert [seat.role for seat in world.me("administrator").seats] == [Role.MEMBER]
    assert "作废" in refusal(world, code)


@pytest.mark.parametrize("left", ["示范职业高中党总支 管理员", "常营主校区党支部 支部书记"])
def test_of_two_seats_that_both_may_invite_the_one_that_is_left_keeps_the_code_good(
    world: World, left: str
) -> None:
    phone = world.phone("administrator").say(code_for(world, Role.SECRETARY, world.branches[0].id))
    Phone(world.conversation, "second").say(code_for(world, Role.ADMINISTRATOR))
    code = shown_code(phone.say("我的职务").tap("邀请支委"))
    leave(phone, f"退出 {left}")
    assert Phone(world.conversation, "officer").say(code).reply.receipt is not None


def test_a_code_that_ended_stays_dead_though_its_maker_gets_the_seat_again(world: World) -> None:
    phone = world.phone("secretary")
    code = officers_code(phone)
    leave(phone)
    phone.say(code_for(world, Role.SECRETARY, world.branches[0].id))
    assert world.me("secretary").known
    assert "已作废" in refusal(world, code)
    assert officers_code(phone) != code


def test_a_code_made_before_codes_ended_with_seats_asks_for_its_maker(world: World) -> None:
    phone = world.phone("secretary")
    code = officers_code(phone)
    leave(phone)
    with world.database.write() as session:
        session.connection().exec_driver_sql("UPDATE invitation SET ended_at = NULL")
    assert "职务已经变动" in refusal(world, code)


def test_a_code_from_the_terminal_stays_good_whoever_leaves(world: World) -> None:
    code = code_for(world, Role.OFFICER, world.branches[0].id)
    leave(world.phone("secretary"))
    assert Phone(world.conversation, "officer").say(code).reply.receipt is not None


def test_every_code_that_moves_a_seat_dies_when_it_has_moved(world: World, clock: Clock) -> None:
    phone = world.phone("secretary")
    first = shown_code(phone.say("我的职务").tap("移交"))
    clock.forward(days=1, hours=1)
    second = shown_code(phone.say("我的职务").tap("移交"))
    Phone(world.conversation, "follower").say(second)
    assert "已经用过" in refusal(world, second)
    assert "职务已经变动" in refusal(world, first)


def test_what_ends_with_a_seat_is_in_the_history(world: World) -> None:
    phone = world.phone("secretary")
    officers_code(phone)
    leave(phone)
    with world.database.read() as session:
        last, before = (
            objects(session).exec(select(HistoryRow).order_by(col(HistoryRow.id).desc()).limit(2)).all()
        )
    assert (last.subject, last.before, last.after) == ("invitation", '{"uses": 1}', '{"uses": 0}')
    assert (before.subject, before.person_id) == ("seat", last.person_id)
    assert (last.at, last.channel) == (world.clock(), "web")


# --- seeing and cancelling ---


def test_a_secretary_sees_the_open_codes_of_the_branch_and_cancels_one_with_one_tap(world: World) -> None:
    phone = world.phone("secretary")
    code = officers_code(phone)
    officers_code(world.phone("secretary of 劲松"))
    listed = phone.say("我的职务").tap("未用的邀请码 1 个")
    assert listed.text == (
        "未用的邀请码 · 常营主校区党支部\n"
        f"邀请码：{code}\n"
        "用途：常营主校区党支部 支委，常营主校区书记 12月28日 09:05生成，到 1月11日 09:05，还可用 1 次\n"
        "点「取消」后那个码马上作废；需要时可以重新生成。"
    )
    listed.tap(f"取消 {code}")
    assert "已取消：常营主校区党支部 支委的邀请码" in listed.toast
    assert "没有未用的邀请码" in listed.text
    assert "已作废" in refusal(world, code)
    assert not any("未用" in label for label in phone.say("我的职务").labels)
    assert officers_code(phone) != code


def test_the_administrator_sees_all_of_the_committee_but_not_whole_what_moves_another_ones_seat(
    world: World,
) -> None:
    made = [
        officers_code(world.phone("secretary")),
        committee_code(world.phone("administrator")),
        code_for(world, Role.SECRETARY, world.branches[3].id, uses=3),
    ]
    moving = shown_code(world.phone("secretary").say("我的职务").tap("移交"))
    phone = world.phone("administrator").say("我的职务")
    assert "未用的邀请码 4 个" in phone.labels
    phone.tap("未用的邀请码")
    for code in made:
        assert f"取消 {code}" in phone.labels
    assert "维护人员" in phone.text
    assert "还可用 3 次" in phone.text
    assert moving not in phone.text
    phone.tap(f"取消 {moving[:4]}")
    assert "已作废" in refusal(world, moving)
    assert world.me("secretary").known


def test_a_secretary_neither_reads_nor_cancels_a_code_that_makes_another_secretary(world: World) -> None:
    code = code_for(world, Role.SECRETARY, world.branches[0].id)
    phone = world.phone("secretary").say("我的职务").tap("未用的邀请码 1 个")
    assert "常营主校区党支部 支部书记" in phone.text
    assert code not in phone.text
    assert not any("取消" in label for label in phone.labels)
    with world.database.read() as session:
        made = invitations.invitation_with(session, text=code, now=world.clock())
    assert made is not None
    for who in ("secretary", "secretary of 劲松", "officer", "member"):
        phone = world.phone(who).press(CancelInvitation(made.id))
        assert "由管理员或发出它的同志取消" in phone.toast
        phone.press(ShowInvitation(made.id))
        assert "没有找到这个邀请" in phone.toast
    assert Phone(world.conversation, "new secretary").say(code).reply.receipt is not None


def test_the_open_codes_of_another_branch_or_of_all_are_not_shown_to_a_secretary(world: World) -> None:
    code = officers_code(world.phone("secretary of 劲松"))
    phone = world.phone("secretary")
    for branch in (world.branches[1].id, 0):
        phone.press(OpenInvitations(1, branch, 0))
        assert "由管理员查看" in phone.toast
        assert code not in phone.text


def test_an_invitation_can_be_cancelled_where_it_is_shown_and_only_once(world: World) -> None:
    phone = world.phone("member").say("我的职务").tap("移交")
    code = shown_code(phone)
    cancel = next(b.action for b in phone.screen.buttons if b.label == "取消这个移交码")
    phone.tap("取消这个移交码")
    assert phone.screen.title == "我的职务"
    assert "已作废" in refusal(world, code)
    phone.press(cancel)
    assert "已作废，不用再取消" in phone.toast


def test_a_code_that_was_used_cannot_be_cancelled(world: World) -> None:
    phone = world.phone("secretary")
    code = officers_code(phone)
    cancel = next(b.action for b in phone.screen.buttons if b.label == "取消这个邀请码")
    Phone(world.conversation, "new").say(code)
    phone.press(cancel)
    assert "已经用过" in phone.toast


def test_what_has_expired_is_not_listed(world: World, clock: Clock) -> None:
    phone = world.phone("secretary")
    officers_code(phone)
    clock.forward(days=14)
    assert "没有未用的邀请码" in phone.press(OpenInvitations(1, world.branches[0].id, 0)).text


def test_many_open_codes_are_paged_to_and_fro(desk: World) -> None:
    codes = [code_for(desk, Role.MEMBER, uses=n + 1) for n in range(20)]
    phone = desk.phone("administrator").say("我的职务").tap("未用的邀请码 20 个")
    pages = [{label.removeprefix("取消 ") for label in phone.labels if label.startswith("取消 ")}]
    while "下一页" in phone.labels:
        phone.tap("下一页")
        pages.append({label.removeprefix("取消 ") for label in phone.labels if label.startswith("取消 ")})
    assert pages == [set(codes[12:]), set(codes[4:12]), set(codes[:4])]
    for page in (pages[1], pages[0]):
        phone.tap("上一页")
        assert {f"取消 {code}" for code in page} <= set(phone.labels)
    assert "上一页" not in phone.labels


# Who came in ------------------------------------------------------------------------------------------------


def test_who_joined_shows_on_the_invitation_and_on_home_until_it_was_seen(world: World) -> None:
    secretary, other = world.phone("secretary"), world.phone("secretary of 劲松")
    code = officers_code(secretary)
    assert "已加入" not in secretary.text
    Phone(world.conversation, "new", "telegram", name="李老师").say(code)
    shown = world.conversation.look("web", secretary.address).screen
    assert ("已加入", "常营主校区支委 李老师，12月28日 09:05") in shown.lines
    secretary.say("首页")
    assert "新加入：常营主校区支委 李老师" in secretary.text
    assert "李老师" not in other.say("首页").text
    assert "李老师" not in world.phone("administrator").say("首页").text, "the administrator did not invite"
    secretary.tap("看新加入的")
    assert ("12月28日 09:05", "常营主校区支委 李老师") in secretary.screen.lines
    assert "新加入" not in secretary.say("首页").text
    assert "李老师" in secretary.press(Newcomers()).text


def test_nine_who_joined_are_one_line(world: World) -> None:
    admin = world.phone("administrator")
    for n in range(9):
        admin.press(Invite(1, world.branches[n % 4].id, int(Role.OFFICER), 0))
        Phone(world.conversation, f"new {n}").say(shown_code(admin))
    admin.say("首页")
    line = next(line for line in admin.screen.lines if line[0] == "新加入")
    assert line[1] == "常营主校区支委、新源里校区支委、双龙校区支委等 9 人"
    assert len(admin.tap("看新加入的").screen.lines) == 9


def test_ones_own_second_seat_and_device_are_no_news(world: World) -> None:
    admin = world.phone("administrator")
    admin.press(Invite(1, world.branches[1].id, int(Role.OFFICER), 0)).say(shown_code(admin))
    admin.say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    code = next(line[1] for line in admin.screen.lines if line[0] == "登录码")
    Phone(world.conversation, "other phone").say(code)
    assert "新加入" not in admin.say("首页").text


def test_where_somebody_is_invited_to_is_typed_by_a_part_of_its_name(desk: World) -> None:
    admin = desk.phone("administrator").press(InviteMenu(1, 0))
    assert "可直接输入名称的一部分" in admin.text
    assert admin.say("双龙").screen.title == "邀请到双龙校区党支部"


def test_an_inviter_who_is_only_called_by_a_role_is_said_to_be_somewhere(desk: World) -> None:
    admin = desk.phone("administrator").press(Invite(1, desk.branches[1].id, int(Role.OFFICER), 0))
    with desk.database.read() as session:
        made = invitations.invitation_with(session, text=shown_code(admin), now=desk.clock())
    assert made is not None
    assert made.by == "管理员（示范职业高中党总支）"


def test_who_joined_is_typed_and_stands_first(desk: World) -> None:
    secretary = desk.phone("secretary")
    code = officers_code(secretary)
    Phone(desk.conversation, "new").say(code)
    home = secretary.say("首页").screen
    assert home.lines[0] == ("新加入", "常营主校区支委")
    assert home.rows[0][0].label == "看新加入的"
    for word in ("新加入", "谁加入了"):
        assert secretary.say(word).screen.title == "谁加入了"
