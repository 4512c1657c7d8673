"""What strangers may cost: wrong codes are counted by chat and by network, and nothing is kept of whoever is nobody."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from bot.dialogue.strangers import GUESSES, KEPT, Strangers
from bot.permissions import Role
from bot.store import chats, codes
from bot.store.tables import NOTICE, AddressRow, NoticeRow, WebLineRow
from bot.store.weblog import WebLog
from jobs import reminders
from tests.conftest import NOW, Clock
from tests.everything import everything
from tests.objects import objects
from tests.phone import Phone, World, code_for
from tests.wire import lose_a_notice

LETTERS = codes.CODE_LETTERS


def wrong_codes(count: int) -> list[str]:
    return [f"ABCD2{LETTERS[n // 30]}{LETTERS[n % 30]}2" for n in range(count)]


def guess(world: World, address: str, text: str, network: str, channel: str = "web") -> Phone:
    phone = Phone(world.conversation, address, channel)
    return phone.send(replace(phone.event(text=text), network=network))


def addresses(world: World) -> set[str]:
    with world.database.read() as session:
        found = (
            objects(session).exec(select(AddressRow.external).where(sa.column("person_id").is_(None))).all()
        )
    return set(found)


def test_sixty_wrong_codes_an_hour_from_a_network_block_it_whatever_the_chat_and_the_way(
    desk: World, clock: Clock
) -> None:
    right = code_for(desk, Role.MEMBER)
    for n, code in enumerate(wrong_codes(60)):
        text = f"/start {code}" if n % 2 else code
        assert "没有找到" in guess(desk, f"guesser {n // 4}", text, "192.0.2.1").text
    for text in (right, f"/start {right}", f"http://127.0.0.1:8000/join/{right}"):
        said = guess(desk, "newcomer", text, "192.0.2.1").text
        assert "您所在的网络试错的次数太多了，请在 12月28日 10:05 后再试" in said
        assert "没有用掉" in said
    assert "newcomer" not in addresses(desk)
    assert "没有找到" in guess(desk, "elsewhere", "ABCD2345", "192.0.2.2").text
    clock.forward(hours=1)
    assert guess(desk, "newcomer", right, "192.0.2.1").reply.receipt is not None


def test_words_that_are_no_code_are_no_guesses(desk: World) -> None:
    right = code_for(desk, Role.MEMBER)
    for n in range(70):
        said = guess(desk, f"newcomer {n % 10}", ("您好", "我是新来的", "ABCD 234")[n % 3], "192.0.2.1").text
        assert "不像邀请码" in said
    assert guess(desk, "newcomer", right, "192.0.2.1").reply.receipt is not None


def test_a_stranger_who_sends_a_file_is_told_what_comes_first(desk: World) -> None:
    phone = Phone(desk.conversation, "nobody", "telegram")
    assert phone.send(phone.event(unreadable="early")).reply.toast == "请先发邀请码，加入以后再发文件。"


def test_where_the_network_is_unknown_chats_are_counted_alone(desk: World) -> None:
    for n, code in enumerate(wrong_codes(61)):
        guess(desk, f"chat {n}", code, "", "telegram")
    right = code_for(desk, Role.MEMBER)
    assert guess(desk, "newcomer", right, "", "telegram").reply.receipt is not None


def test_five_wrong_codes_from_one_chat_block_it_in_text_and_link_together(world: World) -> None:
    right = code_for(world, Role.MEMBER)
    phone = Phone(world.conversation, "guesser")
    for n, code in enumerate(wrong_codes(5)):
        assert "没有找到" in phone.say(f"/start {code}" if n % 2 else code).text
    for text in (right, f"/start {right}"):
        assert "这个聊天试错的次数太多了，请在 12月28日 10:05 后再试" in phone.say(text).text
    assert Phone(world.conversation, "another").say(right).reply.receipt is not None


def test_a_code_that_was_right_once_is_no_guess(world: World) -> None:
    used, right = code_for(world, Role.MEMBER), code_for(world, Role.OFFICER, world.branches[1].id)
    Phone(world.conversation, "first").say(used)
    phone = Phone(world.conversation, "late")
    for _ in range(6):
        assert "已经用过" in phone.say(used).text
    assert phone.say(right).reply.receipt is not None


def test_a_clock_that_steps_back_blocks_nobody(world: World, clock: Clock) -> None:
    right = code_for(world, Role.MEMBER)
    phone = Phone(world.conversation, "guesser")
    for code in wrong_codes(5):
        phone.say(code)
    clock.forward(hours=-8)
    assert phone.say(right).reply.receipt is not None


def test_only_the_latest_strangers_are_remembered() -> None:
    strangers, names = Strangers(), [f"stranger {n}" for n in range(3 * KEPT)]
    for name in names:
        strangers.stand("web", name, "hp", "key")
    standing = [name for name in names if strangers.standing("web", name) == ("hp", ("key",))]
    assert standing == names[-KEPT:]


def test_only_the_latest_networks_are_remembered() -> None:
    strangers = Strangers()
    for _ in range(GUESSES):
        strangers.guessed("a school", NOW)
    for n in range(KEPT - 1):
        strangers.guessed(f"network {n}", NOW)
    assert strangers.blocked_until("a school", NOW)
    strangers.guessed("one more", NOW)
    assert strangers.blocked_until("a school", NOW) is None


@pytest.mark.parametrize("step", [timedelta(hours=-8), timedelta(hours=1), timedelta(days=2600)])
def test_an_hour_of_guesses_ends_however_the_clock_moves(step: timedelta) -> None:
    strangers = Strangers()
    for _ in range(60):
        strangers.guessed("network", NOW)
    assert strangers.blocked_until("network", NOW) == NOW + timedelta(hours=1)
    moved: datetime = NOW + step
    assert strangers.blocked_until("network", moved) is None
    strangers.guessed("network", moved)
    assert strangers.blocked_until("network", moved) is None


def test_a_stranger_who_tries_no_code_leaves_no_trace_and_still_stands_somewhere(world: World) -> None:
    before = everything(world.database)
    phone = Phone(world.conversation, "nobody knows")
    for text in ("你好", "长" * 5000, "ABCD234", "电话 13800138000", "/start 无", "/start"):
        phone.say(text)
    phone.attach("照片.png")
    phone.send(phone.event(press="c:1:7"))
    phone.say("首页").tap("帮助")
    assert world.conversation.look("web", phone.address).screen.title == "帮助"
    phone.say("隐私说明")
    assert phone.screen.title == "隐私说明"
    assert everything(world.database) == before
    phone.say("ABCD2345")
    assert phone.address in addresses(world)


def test_a_code_that_is_used_up_makes_no_rows_without_end(world: World) -> None:
    used = code_for(world, Role.MEMBER)
    Phone(world.conversation, "first").say(used)
    before = len(addresses(world))
    for n in range(80):
        phone = Phone(world.conversation, f"nobody {n}")
        phone.send(replace(phone.event(text=used), network="one"))
    assert len(addresses(world)) == before + 60


def test_a_right_code_from_a_new_chat_gives_one_seat_though_its_event_comes_twice(world: World) -> None:
    phone = Phone(world.conversation, "new")
    event = phone.event(text=code_for(world, Role.MEMBER, uses=3))
    assert phone.send(event).reply.receipt is not None
    again = phone.send(event)
    assert again.reply.receipt is None
    assert again.screen.title.startswith("您好")


def test_an_address_of_nobody_goes_after_a_day_with_all_that_was_said_there(
    world: World, clock: Clock
) -> None:
    Phone(world.conversation, "guesser").say("ABCD2345")
    Phone(world.conversation, "guesser", "telegram").say("ABCD2345")
    officer = world.phone("officer")
    officer.say("我的职务").tap("退出").tap("确认退出")
    log = WebLog(world.database)
    for address in ("guesser", officer.address):
        log.append(address, True, "ABCD2345", (), clock())
    with world.database.write() as session:
        chat = chats.chat_at(session, channel="web", external="signed out", now=clock()).me
    lost = lose_a_notice(world)
    with world.database.write() as session:
        session.execute(sa.update(NOTICE).where(NOTICE.c.id == lost).values(address_id=chat.address_id))
    clock.forward(hours=12)
    Phone(world.conversation, "later").say("ABCD2345")
    clock.forward(hours=13)
    reminders.tick(world.database, clock())
    assert addresses(world) == {"later"}
    with world.database.read() as session:
        assert objects(session).exec(select(WebLineRow.external)).all() == [officer.address]
        assert objects(session).get_one(NoticeRow, lost).address_id is None
        assert (
            len(objects(session).exec(select(AddressRow)).all()) == 9
        )  # the demo's eight people, and one stranger
    assert world.phone("secretary").say("首页").screen.title.startswith("您好")


def test_an_address_that_was_never_heard_goes_too_and_a_crowd_goes_whole(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "AT_ONCE", 10)
    with world.database.write() as session:
        for n in range(31):
            chats.chat_at(session, channel="web", external=f"stranger {n}", now=clock())
        session.connection().exec_driver_sql(
            "UPDATE address SET heard_at = NULL WHERE external = 'stranger 7'"
        )
    reminders.tick(world.database, clock())
    assert len(addresses(world)) == 30
    clock.forward(days=1, minutes=1)
    reminders.tick(world.database, clock())
    assert addresses(world) == set()
    assert len(world.me("secretary").seats) == 1


def test_strangers_are_looked_for_once_an_hour_and_a_step_of_the_clock_stops_that_for_no_longer(
    desk: World, clock: Clock
) -> None:
    reminders.tick(desk.database, clock())
    with desk.database.write() as session:
        chats.chat_at(session, channel="web", external="old", now=clock() - timedelta(days=3))
    clock.forward(minutes=30)
    reminders.tick(desk.database, clock())
    assert addresses(desk) == {"old"}
    clock.forward(hours=-8)
    reminders.tick(desk.database, clock())
    assert addresses(desk) == set()
