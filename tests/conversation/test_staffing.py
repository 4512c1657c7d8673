"""人员: who holds which seat, removing one, passing it on, a lost phone cut off."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import col, select

from bot import actions
from bot.message import plain
from bot.permissions import Role
from bot.store import joining
from bot.store.tables import HistoryRow
from tests.conftest import Clock
from tests.conversation.test_logging_out import log_in_code
from tests.objects import objects
from tests.phone import Phone, World, code_for
from tests.wire import Clockwork

SECRETARY = "常营主校区书记"


def card(world: World, name: str = SECRETARY) -> Phone:
    """An administrator before one person's screen."""
    return world.phone("administrator").say("首页").tap("人员").turn_to(name).tap(name)


def code_on(phone: Phone) -> str:
    return next(line[1] for line in phone.screen.lines if line[0] in ("移交码", "邀请码"))


def test_everybody_is_listed_with_seat_since_when_last_seen_and_reached_by_what(world: World) -> None:
    world.phone("secretary").say("首页")
    phone = card(world)
    assert "常营主校区党支部 支部书记，20" in phone.text
    assert "最近 12月28日 09:05 用过；提醒到：网页。" in phone.text
    phone.say("人员")
    assert phone.screen.title == "人员 · 示范职业高中党总支"
    assert "共 8 人" in phone.text
    assert phone.text.index("总支") < phone.text.index("常营"), "the committee's own people come first"
    found = phone.say("双龙")
    assert found.screen.title == "人员 · 双龙校区书记"
    assert "没有找到称呼含「天宫」的同志" in phone.say("人员").say("天宫").toast


@pytest.mark.parametrize("who", ["secretary", "member", "officer"])
def test_only_an_administrator_sees_them(desk: World, who: str) -> None:
    phone = desk.phone(who).press(actions.People(1, 0))
    assert phone.toast == "人员由管理员查看和调整。需要调整的，请用「提意见」说明。"
    assert "人员" not in desk.phone(who).say("首页").labels


def test_a_removed_seat_is_gone_at_the_next_tap_and_its_holder_is_told(world: World, clock: Clock) -> None:
    secretary = world.phone("secretary").say("自评")
    asked = card(world).tap("移除")
    assert "移除后马上不能再查看和填写，本人会收到通知" in asked.text
    assert asked.tap("不移除").screen.title == f"人员 · {SECRETARY}"
    done = asked.tap("移除").tap("确认移除")
    assert done.toast == f"已移除 {SECRETARY}（常营主校区党支部 支部书记），并通知本人"
    assert SECRETARY not in done.text
    secretary.tap("合格")
    assert "您目前没有职务。" in secretary.text
    clockwork = Clockwork(world, clock)
    clock.forward(minutes=1)
    clockwork.tick()
    told = [plain(message) for message in clockwork.wire.at(secretary.address)]
    assert len(told) == 1
    assert told[0].startswith("您的职务已移除")
    assert "职务：常营主校区党支部 支部书记\n移除：12月28日 09:05，由管理员移除" in told[0]
    with world.database.read() as session:
        row = (
            objects(session)
            .exec(select(HistoryRow).where(HistoryRow.subject == "seat").order_by(col(HistoryRow.id).desc()))
            .first()
        )
    assert row is not None
    assert '"what": "removed"' in row.after
    assert row.person_id == world.me("administrator").person_id


def test_of_two_seats_the_other_one_stays(desk: World) -> None:
    desk.phone("secretary").say("邀请码").say(code_for(desk, Role.MEMBER))
    phone = card(desk).tap("移除 示范职业高中党总支 总支委员").tap("确认移除")
    assert phone.screen.title == f"人员 · {SECRETARY}"
    assert [seat.role for seat in desk.me("secretary").seats] == [Role.SECRETARY]


def test_ones_own_seat_and_one_that_is_gone_are_not_removed(desk: World) -> None:
    phone = desk.phone("administrator")
    own, other = desk.me("administrator").seats[0].id, desk.me("secretary").seats[0].id
    for action in (actions.AskRemove(own), actions.RemoveSeat(own), actions.PassOn(own)):
        assert phone.press(action).toast == "这是您自己的职务，请在「我的职务」里退出或移交。"
    phone.press(actions.RemoveSeat(other))
    for action in (actions.AskRemove(other), actions.RemoveSeat(other), actions.PassOn(other)):
        assert phone.press(action).toast == "这个职务已经变动了，请回首页重新选择。"
    assert "移除" not in "".join(card(desk, "管理员").labels)


def test_a_seat_passed_on_is_whoevers_uses_the_code(desk: World, clock: Clock) -> None:
    phone = card(desk).tap("发移交码")
    successor = Phone(desk.conversation, "successor", name="接任书记").say(code_on(phone))
    assert "常营主校区党支部 支部书记" in str(successor.reply.receipt)
    assert not desk.me("secretary").known
    clockwork = Clockwork(desk, clock)
    clock.forward(minutes=1)
    clockwork.tick()
    (told,) = clockwork.wire.at(desk.PERSONAS["secretary"])
    assert told.title == "您的职务已移交"
    assert ("移交", "12月28日 09:05") in told.lines


def test_of_a_hand_over_that_the_administrator_cancels_both_sides_are_told(desk: World, clock: Clock) -> None:
    code = code_on(desk.phone("secretary").say("我的职务").tap("移交"))
    desk.phone("administrator").say("谁没加入").tap("取消 ")
    clockwork = Clockwork(desk, clock)
    clock.forward(minutes=1)
    clockwork.tick()
    told = [line for message in clockwork.wire.at(desk.PERSONAS["secretary"]) for line in message.lines]
    assert "您的移交码已由管理员取消，职务没有变。" in told
    successor = Phone(desk.conversation, "successor").say(code)
    assert "这个移交码已作废" in successor.text
    assert desk.me("secretary").known


def test_a_code_that_passes_a_seat_on_ends_with_its_makers_right(desk: World) -> None:
    code = code_on(card(desk).tap("发移交码"))
    desk.phone("other member").say("邀请码").say(code_for(desk, Role.ADMINISTRATOR))
    desk.phone("administrator").say("我的职务").tap("退出").tap("确认退出")
    late = Phone(desk.conversation, "late").say(code)
    assert late.reply.receipt is None
    assert "职务已经变动" in late.text
    assert desk.me("secretary").known


def test_a_lost_phone_is_cut_off_at_once_and_the_seat_stays(world: World) -> None:
    secretary = world.phone("secretary")
    other = Phone(world.conversation, "another phone").say(log_in_code(secretary))
    code = log_in_code(other)
    watched = world.conversation.watches("web", secretary.address)
    phone = card(world).tap("丢手机")
    assert "1. 网页" in phone.text
    assert "2. 网页" in phone.text
    phone.tap("全部退出")
    assert phone.toast == f"已退出 {SECRETARY} 的 2 处登录，原来的码也作废了"
    assert "没有登录，提醒不到。" in phone.text
    for lost in (secretary, other):
        assert lost.say("自评").screen.title == "输入邀请码"
        assert not world.conversation.who("web", lost.address).known
    assert f"p{phone.at('person')}" in watched, "its open page looks again"
    assert Phone(world.conversation, "finder").say(code).reply.receipt is None
    again = Phone(world.conversation, "new phone", name="常营书记").say(code_on(phone.tap("发移交码")))
    assert again.say("自评").screen.title.startswith("第")


def test_one_of_several_places_is_cut_off_alone(desk: World) -> None:
    secretary = desk.phone("secretary")
    other = Phone(desk.conversation, "another phone").say(log_in_code(secretary))
    phone = card(desk).tap("丢手机")
    first = next(b.action for b in phone.screen.buttons if b.label == "退出 1. 网页")
    phone.press(first)
    assert phone.toast.startswith(f"已退出 {SECRETARY} 的 1 处登录")
    known = [desk.conversation.who("web", one.address).known for one in (secretary, other)]
    assert sorted(known) == [False, True]
    assert phone.press(first).toast == "那里已经退出了"


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("人员", "人员 · 示范职业高中党总支"),
        ("人员名单", "人员 · 示范职业高中党总支"),
        ("丢手机", "人员 · 示范职业高中党总支"),
        ("移除 常营主校区书记", "移除职务？"),
        ("常营主校区书记丢手机了", "丢手机"),
        ("谁没加入", "未用的邀请码 · 示范职业高中党总支"),
    ],
)
def test_what_an_administrator_types(desk: World, text: str, shows: str) -> None:
    assert desk.phone("administrator").say("首页").say(text).screen.title == shows


def test_a_branch_without_a_secretary_is_named_where_codes_are(desk: World) -> None:
    assert "没有书记" not in desk.phone("administrator").say("谁没加入").text
    card(desk).tap("移除").tap("确认移除")
    phone = desk.phone("administrator").say("谁没加入")
    assert ("没有书记", "常营主校区党支部") in phone.screen.lines
    assert code_on(phone.tap("邀请 常营主校区 书记"))


def test_no_list_of_party_members_is_kept(desk: World) -> None:
    assert "这里不保存党员名单" in desk.phone("secretary").say("党员名单").toast


@pytest.mark.slow
@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_of_two_administrators_who_remove_each_other_at_once_one_is_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds an own seat and waits for the other one's: PostgreSQL ends one of the two, who is asked once more."""
    other = Phone(world.conversation, "second", name="另一位管理员")
    other.say(code_for(world, Role.ADMINISTRATOR))
    first = world.phone("administrator")
    seats = {who.address: world.conversation.who("web", who.address).seats[-1].id for who in (first, other)}
    both, remove, tried = threading.Barrier(2), joining.remove, list[int]()

    def together(*args: Any, **kwargs: Any) -> None:
        tried.append(1)
        if len(tried) <= 2:
            both.wait(20)
        remove(*args, **kwargs)

    monkeypatch.setattr(joining, "remove", together)
    with ThreadPoolExecutor(2) as pool:
        done = [
            pool.submit(one.press, actions.RemoveSeat(seats[another.address]))
            for one, another in ((first, other), (other, first))
        ]
        screens = [each.result(60) for each in done]
    assert "抱歉，出了点问题" not in [phone.screen.title for phone in screens]
    left = [who for who in (first, other) if world.conversation.who("web", who.address).seats]
    assert len(left) == 1
    assert left[0].toast.startswith("已移除")


# --- the last secretary -------------------------------------------------------------------------------------------


def asked_by_all(world: World) -> list[str]:
    """The three screens on which the seat of the secretary of 常营 ends: taken, deleted with its holder, left."""
    person, seat = world.me("secretary").person_id or 0, world.me("secretary").seats[0].id
    administrator = world.phone("administrator")
    taken = administrator.press(actions.AskRemove(seat)).text
    deleted = administrator.press(actions.AskForget(1, person)).text
    return [taken, deleted, world.phone("secretary").press(actions.AskLeave(seat)).text]


def test_that_a_branch_is_left_without_a_secretary_is_said_before(world: World) -> None:
    taken, deleted, left = asked_by_all(world)
    says = "移除后，常营主校区党支部就没有书记了，请再邀请一位。有人接任的，请改用「发移交码」。"
    assert says in taken
    assert says in deleted
    assert "退出后，常营主校区党支部就没有书记了。有人接任的，请先点「移交」。" in left


def test_it_is_not_said_where_another_secretary_stays(desk: World) -> None:
    code = code_for(desk, Role.SECRETARY, desk.branches[0].id)
    Phone(desk.conversation, "another").say(code)
    assert not any("没有书记" in text for text in asked_by_all(desk))


def test_it_is_not_said_of_who_leads_no_branch(desk: World) -> None:
    officer = desk.me("officer").seats[0].id
    assert "没有书记" not in desk.phone("administrator").press(actions.AskRemove(officer)).text
    assert "没有书记" not in desk.phone("officer").press(actions.AskLeave(officer)).text
