"""A letter a day to whom nothing rings, over a real SMTP conversation on this machine."""

import asyncio
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog

from bot.actions import ByMail, Reminder, Todo, day_number, wire
from bot.channels.channel import SettingsRefusedError
from bot.channels.mail import channel as mail_channel
from bot.channels.mail import letters
from bot.channels.mail.channel import Mail
from bot.channels.web import Web
from bot.delivery import LETTER_AFTER, Delivery
from bot.message import Message
from bot.screens import duties as tasks
from bot.screens import mailing as screens
from bot.settings import MailServer
from bot.store import chats, duties, mailing, notices
from bot.store.mailing import MailedCodes
from bot.store.notices import Owed
from bot.store.outbox import LEASE
from bot.store.tables import ADDRESS, MAIL_CODE, NOTICE
from bot.store.weblog import WebLog
from jobs.duties.assignments import assigned
from tests.conftest import NOW, Clock
from tests.phone import Phone, World
from tests.smtpd import PostOffice, post_office, text
from tests.wire import Wire

MORNING = NOW.replace(hour=9, minute=5)  # Monday 28 December 2026
MINE = "reader@example.com"
SENDER = ("", "bot@example.cn")
LINK = "https://bot.example.cn/"
OPENSSL = shutil.which("openssl")


def channel(office: PostOffice, world: World, clock: Clock, **how: object) -> Mail:
    """The mail channel before this server."""
    server = MailServer(office.host, office.port, False, "", "", SENDER)
    return Mail(server, LINK, MailedCodes(world.database), clock)


@dataclass
class Post:
    """A world with a web page, mail, and what else a test puts there."""

    world: World
    clock: Clock
    office: PostOffice
    mail: Mail
    web: Web

    def hire(self, **more: object) -> Delivery:
        """A postman; channels in the order in which they are tried."""
        wires = {**more, "web": self.web, "mail": self.mail}
        return Delivery(self.world.database, self.world.conversation, wires, self.clock, "one")  # type: ignore[arg-type]

    async def carry(self, **more: object) -> None:
        """Carry all that is due, and what follows from it within a minute."""
        postman = self.hire(**more)
        for _ in range(2):
            while await postman.round():
                pass
            self.clock.now += LETTER_AFTER
        while await postman.round():
            pass

    def owe(self, who: str, key: str = "d:2026-12-28", action: str = "") -> None:
        """One notice to a persona, due now: the digest of the day, unless another is named."""
        now = self.clock()
        day = Reminder(day_number(now.date()), day_number(now.date() - timedelta(days=30)))
        person = self.world.me(who).person_id or 0
        owed = Owed(person, key, action or wire(day), now, now.replace(hour=21))
        with self.world.database.write() as session:
            notices.owe(session, committee_id=1, notices=[owed])

    def states(self) -> dict[str, str]:
        """What became of the notices, by key."""
        with self.world.database.read() as session:
            rows = session.execute(sa.select(NOTICE.c.key, NOTICE.c.state)).all()
        return {row.key: row.state for row in rows}

    async def codes(self) -> None:
        """The channel mails the codes that wait."""
        running = asyncio.create_task(self.mail.run())
        try:
            async with asyncio.timeout(20):
                while self.open_codes():  # noqa: ASYNC110  nobody is told of it
                    await asyncio.sleep(0.01)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def open_codes(self) -> bool:
        """Whether a code is still to be mailed, or just being."""
        with self.world.database.read() as session:
            open_ = MAIL_CODE.c.state.in_(("asked", "sending")) & (MAIL_CODE.c.failures == 0)
            return session.execute(sa.select(MAIL_CODE.c.id).where(open_)).first() is not None

    def code(self, address: str = MINE) -> str:
        """The code in the last letter to an address."""
        [*_, last] = self.office.to(address)
        found = re.search(r"验证码：([0-9]{6})", last)
        assert found
        return found[1]

    async def confirmed(self, who: str = "secretary", address: str = MINE) -> Phone:
        """Somebody's phone, on which they gave an address and its code."""
        phone = self.world.phone(who).say("首页").tap("提醒设置").tap("邮件提醒").say(address)
        await self.codes()
        phone.say(self.code(address))
        assert phone.toast == "邮箱已确认，以后的提醒会发到这里", phone.text
        return phone


@pytest.fixture
async def post(desk: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    monkeypatch.setattr(mail_channel, "A_SECOND", 1000)
    monkeypatch.setattr(mail_channel, "PAUSE", 0.01)
    clock.now = MORNING
    async with post_office() as office:
        web = Web(
            desk.conversation,
            WebLog(desk.database),
            address="https://bot.example.cn",
            base_url="https://bot.example.cn",
            secret_key=lambda: "a key for the tests alone, long enough",
            secure_cookies=True,
            personas=None,
            now=clock,
        )
        yield Post(desk, clock, office, channel(office, desk, clock), web)


def held(post: Post) -> list[tuple[str, str]]:
    """What the administrators see under 未送达."""
    with post.world.database.read() as session:
        return [(p.state, p.why) for p in notices.undelivered(session, committee_id=1, limit=99)]


# An address -------------------------------------------------------------------------------------------------------


async def test_an_address_is_given_confirmed_changed_and_forgotten(post: Post) -> None:
    phone = post.world.phone("secretary").say("首页").tap("提醒设置")
    assert "手机不会响" in phone.text
    phone.tap("邮件提醒").say("Reader@EXAMPLE.com")
    assert "验证码正在发到这个邮箱" in phone.text
    await post.codes()
    assert "验证码已发到这个邮箱" in phone.press(phone.screen.here).text
    address, letter = post.office.letters[0]
    assert address == "Reader@example.com"
    assert letter["Subject"] == "邮件提醒验证码"
    assert "http" not in text(letter)
    phone.say(post.code(address))
    assert ("邮箱", "Reader@example.com") in phone.screen.lines
    assert "邮件发到 Reader@example.com" in phone.tap("提醒设置").text
    post.clock.forward(minutes=1)
    phone.tap("邮件提醒").say(MINE)
    assert ("邮箱", MINE) in phone.screen.lines
    assert "邮件发到 Reader@example.com" in phone.tap("提醒设置").text, "until the new one is confirmed"
    phone.tap("邮件提醒")
    await post.codes()
    phone.say(post.code())
    phone.tap("不用邮件提醒")
    assert "请输入您的邮箱地址" in phone.text
    with post.world.database.read() as session:
        kept = session.execute(sa.select(ADDRESS.c.external).where(ADDRESS.c.channel == "mail")).scalars()
        assert not [one for one in kept if "@" in one]


@pytest.mark.parametrize(
    "typed",
    [
        "a@b",
        "a b@example.com",
        "a@example.com\r\nBcc: x@example.com",
        "a@example.com, b@example.com",
        "<script>@example.com",
        "a@例子.cn",
        "a..b@example.com",
        "@example.com",
        f"{'a' * 70}@example.com",
        f"a@{'b' * 99}.com",
    ],
)
def test_what_is_no_address_is_refused_and_nothing_is_mailed(desk: World, typed: str) -> None:
    phone = desk.phone("secretary").say("首页").tap("提醒设置").tap("邮件提醒").say(typed)
    assert "邮箱地址不完整" in phone.toast
    assert not MailedCodes(desk.database).take(desk.clock())


@pytest.mark.parametrize(
    "typed", ["ｒｅａｄｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ", " reader@example.com ", "reader@EXAMPLE.com。"]
)
def test_an_address_is_understood_as_it_is_typed_on_a_phone(desk: World, typed: str) -> None:
    phone = desk.phone("secretary").say("首页").tap("提醒设置").tap("邮件提醒").say(typed)
    assert ("邮箱", MINE) in phone.screen.lines


@pytest.mark.parametrize("at", ["首页", "提醒设置"])
@pytest.mark.parametrize("typed", [MINE, "我的邮箱是reader@example.com", "邮箱：ｒｅａｄｅｒ＠example.com"])
def test_an_address_typed_elsewhere_is_taken_as_on_its_screen(desk: World, at: str, typed: str) -> None:
    phone = desk.phone("secretary").say("首页").say(at).say(typed)
    assert ("邮箱", MINE) in phone.screen.lines
    assert phone.toast == "验证码马上发到这个邮箱"
    [mailed] = MailedCodes(desk.database).take(desk.clock())
    assert "邮箱已确认" in phone.say(mailed.code).toast


@pytest.mark.parametrize("at", ["首页", "提醒设置"])
@pytest.mark.parametrize("typed", ["邮件提醒", "邮箱", "邮件"])
def test_its_name_opens_it(desk: World, at: str, typed: str) -> None:
    phone = desk.phone("secretary").say("首页").say(at).say(typed)
    assert phone.screen.here == ByMail()


@pytest.mark.parametrize("typed", ["邮件提醒", "邮箱", MINE])
def test_where_no_mail_is_sent_it_says_so(desk: World, typed: str) -> None:
    desk.conversation._running = {"web"}
    phone = desk.phone("secretary").say("首页").tap("提醒设置").say(typed)
    assert "本单位没有开通邮件提醒" in phone.text
    assert not MailedCodes(desk.database).take(desk.clock())


def test_a_code_is_tried_five_times_and_typed_as_one_likes(world: World, clock: Clock) -> None:
    phone = world.phone("secretary").say("首页").tap("提醒设置").tap("邮件提醒").say(MINE)
    [mailed] = MailedCodes(world.database).take(clock())
    wrong = "000000" if mailed.code != "000000" else "111111"
    for left in (4, 3, 2, 1):
        assert f"还可以试 {left} 次" in phone.say(wrong).text
    assert "错了太多次" in phone.say(wrong).text
    assert "已经失效" in phone.say(mailed.code).text
    clock.forward(minutes=2)
    phone.tap("重新发送")
    [mailed] = MailedCodes(world.database).take(clock())
    code = mailed.code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert "邮箱已确认" in phone.say(f"{code[:3]} {code[3:]}").toast


def test_a_code_is_of_use_for_half_an_hour_and_forgotten_after_a_day(world: World, clock: Clock) -> None:
    phone = world.phone("secretary").say("首页").tap("提醒设置").tap("邮件提醒").say(MINE)
    codes = MailedCodes(world.database)
    [mailed] = codes.take(clock())
    clock.forward(minutes=31)
    assert "已经失效" in phone.say(mailed.code).text
    assert codes.take(clock()) == []
    clock.forward(days=1)
    assert codes.take(clock()) == []
    with world.database.read() as session:
        assert not session.execute(sa.select(MAIL_CODE.c.id)).all()


def test_codes_are_few_so_that_nobody_fills_the_box_of_another(desk: World, clock: Clock) -> None:
    phone = desk.phone("secretary").say("首页").tap("提醒设置").tap("邮件提醒").say("a@example.com")
    assert "等一分钟" in phone.say("a@example.com").toast
    for address in ("b@example.com", "c@example.com"):
        assert "马上发到" in phone.say(address).toast, "it was mistyped: nobody need wait for that"
    clock.forward(minutes=2)
    assert "太多了" in phone.say("d@example.com").toast
    for _ in range(3):
        clock.forward(minutes=2)
        phone.press(phone.screen.here).tap("重新发送")
    clock.forward(minutes=2)
    assert "够多了" in phone.tap("重新发送").toast
    other = desk.phone("officer").say("首页").tap("提醒设置").tap("邮件提醒")
    assert "够多了" in other.say("c@example.com").toast
    clock.forward(days=1)
    assert "马上发到" in other.say("c@example.com").toast


async def test_one_address_is_one_persons(post: Post) -> None:
    await post.confirmed()
    other = post.world.phone("officer").say("首页").tap("提醒设置").tap("邮件提醒").say(MINE)
    post.clock.forward(minutes=2)
    await post.codes()
    assert "另一位同志" in other.say(post.code()).text
    post.owe("secretary")
    await post.carry()
    assert len(post.office.to(MINE)) == 3


async def test_an_address_that_takes_no_code_is_told_where_its_person_is_and_not_tried_again(
    post: Post,
) -> None:
    post.office.says = lambda address: "550 5.1.1 no such user reader@example.com"
    phone = post.world.phone("secretary").say("首页").tap("提醒设置").tap("邮件提醒").say(MINE)
    await post.codes()
    assert "拒收，验证码没有送到" in phone.press(phone.screen.here).text
    wire = Wire(post.clock)
    await Delivery(post.world.database, post.world.conversation, {"web": wire}, post.clock, "one").round()
    [told] = wire.at("demo-3")
    assert [*told.lines] == [
        ("邮箱", MINE),
        "这个邮箱拒收，验证码没有送到。",
        "请在「提醒设置」—「邮件提醒」里改。",
    ]
    post.clock.forward(minutes=10)
    await post.codes()
    assert post.office.tried == [MINE]


async def test_after_a_refusal_or_a_removal_the_right_address_is_taken_at_once(post: Post) -> None:
    post.office.says = lambda address: "250 OK" if address == "right@example.com" else "550 5.1.1 nobody"
    phone = post.world.phone("secretary").say("首页").tap("提醒设置").tap("邮件提醒").say(MINE)
    await post.codes()
    assert "马上发到" in phone.say(MINE).toast, "the box may have been full"
    await post.codes()
    assert "马上发到" in phone.say("right@example.com").toast
    assert ("邮箱", "right@example.com") in phone.screen.lines
    await post.codes()
    assert "邮箱已确认" in phone.say(post.code("right@example.com")).toast
    phone.tap("不用邮件提醒")
    assert "马上发到" in phone.say("other@example.com").toast


@pytest.mark.parametrize("wait", [0, 31])
def test_what_a_refusal_of_codes_names_is_there(desk: World, clock: Clock, wait: int) -> None:
    phone = desk.phone("secretary").say("首页").tap("提醒设置").tap("邮件提醒").say(MINE)
    phone.tap("不用邮件提醒")
    for said in (MINE, "123456"):
        clock.forward(minutes=wait)
        phone.say(said)
        for named in re.findall("「(.+?)」", f"{phone.toast}{phone.text}"):
            assert named in phone.labels, (said, named)


async def test_a_refusal_that_is_overtaken_by_another_address_is_not_told(post: Post) -> None:
    post.office.says = lambda address: "550 5.1.1 nobody"
    phone = post.world.phone("secretary").say("首页").tap("提醒设置").tap("邮件提醒").say(MINE)
    await post.codes()
    phone.say("right@example.com")
    wire = Wire(post.clock)
    await Delivery(post.world.database, post.world.conversation, {"web": wire}, post.clock, "one").round()
    assert not wire.at("demo-3")


async def test_who_leaves_the_last_seat_leaves_no_address(post: Post) -> None:
    phone = await post.confirmed("officer")
    phone.say("我的职务").tap("退出").tap("确认退出")
    with post.world.database.read() as session:
        kept = session.execute(sa.select(ADDRESS.c.external).where(ADDRESS.c.channel == "mail")).scalars()
        assert not [one for one in kept if "@" in one]


async def test_an_address_is_no_device_and_stays_where_others_are_logged_out(post: Post) -> None:
    phone = await post.confirmed()
    phone.say("我的职务").tap("登录的设备")
    assert "mail" not in phone.text
    assert "退出其他设备" not in phone.labels
    with post.world.database.read() as session:
        found = chats.addresses(session, post.world.me("secretary").person_id or 0)
    assert {one.channel for one in found} == {"web", "mail"}


# A letter ---------------------------------------------------------------------------------------------------------


async def test_the_digest_that_waits_in_the_page_is_mailed_once_with_titles_and_days_alone(
    post: Post,
) -> None:
    await post.confirmed()
    post.office.letters.clear()
    post.owe("secretary")
    await post.carry()
    assert post.states() == {"d:2026-12-28": "unseen", "m:2026-12-28": "sent"}
    [(address, letter)] = post.office.letters
    assert address == MINE
    said = text(letter)
    assert re.search(r"^· .+：12月\d+日(截止|开展)(，已超期)?$", said, re.MULTILINE)
    assert "常营" not in said
    assert not re.search(r"\d+/\d+|第 \d+ 次|\d+ 项|\d+ 天", said)
    assert re.findall(r"https?://\S+", said) == [LINK]
    assert letter["Subject"] == "12月28日工作提醒"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["From"] == "bot@example.cn"
    assert letter["To"] == MINE
    assert letter["Date"].datetime == post.clock.now - LETTER_AFTER
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content_charset() == "utf-8"
    assert not list(letter.iter_attachments())
    post.owe("secretary", "n1:2026-12-28:1", "tk:1")
    await post.carry()
    assert len(post.office.letters) == 1, "one a day"
    post.clock.now = MORNING + timedelta(days=1)
    post.owe("secretary", "d:2026-12-29")
    await post.carry()
    assert len(post.office.letters) == 2


async def test_who_looks_at_the_page_at_once_gets_no_letter(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    post.owe("secretary")
    postman = post.hire()
    await postman.round()
    assert WebLog(post.world.database).shown("demo-3", post.clock(), post.clock()) == 1
    await post.carry()
    assert post.states() == {"d:2026-12-28": "sent", "m:2026-12-28": "void"}
    assert not post.office.letters


def open_tasks(post: Post) -> list[tuple[int, str]]:
    """The number and title of what the secretary's branch owes, the earliest first."""
    with post.world.database.read() as session:
        until = post.clock().date() + timedelta(days=7)
        since = until - timedelta(days=60)
        found = duties.open_for(
            session, branch_ids=[post.world.branches[0].id], committee_ids=[], since=since, until=until
        )
    return [(owed.id, tasks.title(owed, duty)) for owed, duty in tasks.behind(found)]


def rows_of(letter: str) -> list[str]:
    """What a letter names."""
    return [line for line in letter.splitlines() if line.startswith("· ")]


async def test_a_letter_is_about_what_was_not_seen_though_it_was_owed_for_what_was(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    [(first, _), (second, title), *_] = open_tasks(post)
    postman = post.hire()
    post.owe("secretary", "n1:2026-12-28:1", f"tk:{first}")
    await postman.round()
    assert WebLog(post.world.database).shown("demo-3", post.clock(), post.clock()) == 1
    post.clock.forward(seconds=10)
    post.owe("secretary", "n1:2026-12-28:2", f"tk:{second}")
    await postman.round()
    await post.carry()
    assert post.states() == {"n1:2026-12-28:1": "sent", "n1:2026-12-28:2": "unseen", "m:2026-12-28": "sent"}
    [(_, letter)] = post.office.letters
    [row] = rows_of(text(letter))
    assert row.startswith(f"· {title}：")


async def test_a_letter_that_went_void_leaves_for_what_comes_later_that_day(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    [(first, _), (second, title), *_] = open_tasks(post)
    post.owe("secretary", "n1:2026-12-28:1", f"tk:{first}")
    await post.hire().round()
    WebLog(post.world.database).shown("demo-3", post.clock(), post.clock())
    await post.carry()
    assert post.states()["m:2026-12-28"] == "void"
    post.owe("secretary", "n1:2026-12-28:2", f"tk:{second}")
    await post.carry()
    [(_, letter)] = post.office.letters
    assert title in text(letter)


async def test_a_letter_tells_of_all_that_nobody_saw(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    [(first, one), (second, other), *_] = open_tasks(post)
    post.owe("secretary", "n1:2026-12-28:1", f"tk:{first}")
    await post.hire().round()
    post.clock.forward(seconds=5)
    post.owe("secretary", "n1:2026-12-28:2", f"tk:{second}")
    await post.carry()
    [(_, letter)] = post.office.letters
    assert len(rows_of(text(letter))) == 2
    assert one in text(letter)
    assert other in text(letter)


async def test_being_reminded_of_several_things_at_once_is_mailed(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    branch = post.world.branches[0].id
    post.owe("secretary", f"n1:2026-12-28:b{branch}", wire(Todo(branch)))
    await post.carry()
    [(_, letter)] = post.office.letters
    assert len(rows_of(text(letter))) == len(set(open_tasks(post)))


async def test_who_is_reached_by_mail_alone_hears_of_all_that_came_before_it_left(post: Post) -> None:
    phone = await post.confirmed()
    post.office.letters.clear()
    me = post.world.me("secretary").person_id or 0
    found = open_tasks(post)
    phone.say("我的职务").tap("登录的设备").tap("退出登录").tap("确认退出")
    with post.world.database.write() as session:
        now = post.clock()
        owed = [
            Owed(me, f"n1:2026-12-28:{n}", f"tk:{task}", now, now.replace(hour=21))
            for n, (task, _) in enumerate(found[:2])
        ]
        notices.owe(session, committee_id=1, notices=owed)
    await post.carry()
    assert post.states() == {"n1:2026-12-28:0": "void", "n1:2026-12-28:1": "void", "m:2026-12-28": "sent"}
    [(_, letter)] = post.office.letters
    assert len(rows_of(text(letter))) == 2
    assert held(post) == []


async def test_mail_is_said_to_reach_nobody_whose_letter_of_the_day_has_left(post: Post) -> None:
    phone = await post.confirmed()
    me, branch = post.world.me("secretary").person_id or 0, post.world.branches[0].id

    def way(days: int = 0) -> str:
        now = post.clock.now
        with post.world.database.read() as session:
            found = chats.reach(session, [branch], now=now, day=now.date() + timedelta(days=days))
        return found[branch][me].way

    post.owe("secretary")
    await post.hire().round()
    assert way() == chats.MAIL, "it has not left yet"
    await post.carry()
    assert (way(), way(days=1)) == (chats.ON_PAGE, chats.MAIL)
    phone.say("我的职务").tap("登录的设备").tap("退出登录").tap("确认退出")
    assert way() == "mailed"


async def test_who_did_it_all_meanwhile_gets_no_letter(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    post.owe("secretary", action="rm:20261228:20261227")
    with post.world.database.write() as session:
        session.execute(sa.text("UPDATE occurrence SET done_at = opens"))
    await post.carry()
    assert not post.office.letters


async def test_a_chat_that_rang_is_enough(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    with post.world.database.write() as session:
        chat = chats.chat_at(session, channel="telegram", external="77", now=post.clock())
        chats.belongs(
            session, address_id=chat.me.address_id, person_id=post.world.me("secretary").person_id or 0
        )
    phone = Wire(post.clock)
    post.owe("secretary")
    await post.carry(telegram=phone)
    assert len(phone.at("77")) == 1
    assert not post.office.letters
    assert post.states() == {"d:2026-12-28": "sent"}


async def test_who_is_logged_in_nowhere_is_reached_by_mail(post: Post) -> None:
    phone = await post.confirmed()
    post.office.letters.clear()
    phone.say("我的职务").tap("登录的设备").tap("退出登录").tap("确认退出")
    with post.world.database.read() as session:
        me = session.execute(sa.select(ADDRESS.c.person_id).where(ADDRESS.c.channel == "mail")).scalar_one()
    day = Reminder(20261228, 20261128)
    with post.world.database.write() as session:
        now = post.clock()
        notices.owe(
            session,
            committee_id=1,
            notices=[Owed(me, "d:2026-12-28", wire(day), now, now.replace(hour=21))],
        )
    await post.carry()
    assert len(post.office.letters) == 1
    assert held(post) == []


async def test_who_takes_the_address_back_gets_no_letter_and_nobody_is_troubled(post: Post) -> None:
    phone = await post.confirmed()
    post.office.letters.clear()
    post.owe("secretary")
    await post.hire().round()
    phone.tap("不用邮件提醒")
    await post.carry()
    assert post.states() == {"d:2026-12-28": "unseen", "m:2026-12-28": "void"}
    assert not post.office.letters
    assert held(post) == []


async def test_silence_is_kept_by_mail(post: Post) -> None:
    phone = await post.confirmed()
    post.office.letters.clear()
    post.owe("secretary")
    await post.hire().round()
    phone.tap("提醒设置").tap("静音 3 天")
    await post.carry()
    assert not post.office.letters


def test_what_a_title_leads_to_is_not_mailed(desk: World, clock: Clock) -> None:
    with desk.database.read() as session:
        branch = desk.branches[0].id
        owed = duties.of_branch(session, branch_id=branch, term_id=desk.terms[0].id)[0]
    given = assigned("看 http://elsewhere.example 填\n表", "jinsong_2017")
    [line] = screens.letter([(owed, given)], (), (), clock().date()).lines
    title = line[0]
    assert "elsewhere" not in title
    assert "\n" not in title
    assert title == "交办：看 （链接请在网页里看） 填 表"


# What goes wrong --------------------------------------------------------------------------------------------------


async def test_an_address_that_refuses_is_marked_told_to_its_person_and_not_tried_again(post: Post) -> None:
    phone = await post.confirmed()
    post.office.letters.clear()
    post.office.tried.clear()
    post.office.says = lambda address: "550 5.1.1 no such user here"
    post.owe("secretary")
    await post.carry()
    assert post.states()["m:2026-12-28"] == "failed"
    assert ("failed", "邮箱收不到信") in held(post)
    said = [bubble.title for bubble in WebLog(post.world.database).recent("demo-3")]
    assert "邮件提醒" in said
    assert "已经停用" in phone.say("首页").tap("提醒设置").text
    assert "重新验证" in phone.tap("邮件提醒").labels
    post.clock.now = MORNING + timedelta(days=1)
    post.owe("secretary", "d:2026-12-29")
    await post.carry()
    assert post.office.tried == [MINE]
    post.office.says = lambda address: "250 OK"
    phone.tap("重新验证")
    await post.codes()
    phone.say(post.code())
    post.clock.now = MORNING + timedelta(days=2)
    post.owe("secretary", "d:2026-12-30")
    await post.carry()
    assert "12月30日工作提醒" in [letter["Subject"] for _, letter in post.office.letters]


@pytest.mark.parametrize("answer", ["451 4.3.0 try again", "421 4.7.0 too many"])
async def test_an_address_that_is_busy_is_tried_later_under_the_same_name(post: Post, answer: str) -> None:
    await post.confirmed()
    post.office.letters.clear()
    post.office.ends = lambda address: answer
    post.owe("secretary")
    await post.carry()
    assert post.states()["m:2026-12-28"] == "waiting"
    post.office.ends = lambda address: "250 OK"
    post.clock.forward(minutes=2)
    await post.carry()
    assert post.states()["m:2026-12-28"] == "sent"
    assert len(post.office.letters) > 1
    assert len({letter["Message-ID"] for _, letter in post.office.letters}) == 1


async def test_a_server_that_is_down_gets_it_later_and_the_administrators_hear_of_it(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    await post.office.close()
    post.owe("secretary")
    await post.carry()
    assert post.states() == {"d:2026-12-28": "unseen", "m:2026-12-28": "waiting"}
    assert post.mail.ailment() is None
    post.clock.forward(minutes=6)
    await post.carry()
    ailment = post.mail.ailment()
    assert ailment
    assert "连不上邮件服务器" in ailment.said
    await post.office.open()
    post.clock.forward(minutes=6)
    await post.carry()
    assert post.states()["m:2026-12-28"] == "sent"
    assert post.mail.ailment() is None
    assert len(post.office.letters) == 1


async def test_a_server_that_is_down_all_day_gets_nothing_afterwards(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    await post.office.close()
    post.owe("secretary")
    await post.carry()
    post.clock.now = MORNING.replace(hour=21, minute=30)
    await post.office.open()
    await post.carry()
    assert post.states()["m:2026-12-28"] == "expired"
    assert not post.office.letters


def lost(address: str) -> str:
    raise ConnectionResetError


async def test_a_letter_whose_answer_was_lost_is_uncertain_and_never_sent_twice(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    post.office.ends = lost
    post.owe("secretary")
    await post.carry()
    assert post.states()["m:2026-12-28"] == "uncertain"
    assert held(post) == [("uncertain", "没有收到渠道的回答，不知道是否送达")]
    post.office.ends = lambda address: "250 OK"
    for _ in range(6):
        post.clock.forward(hours=1)
        await post.carry()
    assert len(post.office.letters) == 1


async def test_a_process_that_died_between_the_letter_and_its_answer_leaves_it_uncertain(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    post.owe("secretary")
    postman = post.hire()
    while await postman.round():
        pass
    post.clock.now += LETTER_AFTER
    [notice] = postman.claim(9)
    [chat] = postman.find_chats(notice)
    drawn = postman.begin(notice, chat)
    assert drawn
    await post.mail.push(chat.external, drawn.message, stands=False)  # and nothing is written down
    post.clock.now += LEASE * 2
    await post.carry()
    assert post.states()["m:2026-12-28"] == "uncertain"
    assert len(post.office.letters) == 1


async def test_a_letter_that_is_not_taken_is_listed_and_its_address_is_not_to_blame(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    post.office.ends = lambda address: "554 5.7.1 looks like spam"
    post.owe("secretary")
    await post.carry()
    assert ("failed", "渠道不接受这条消息：DATA 554") in held(post)
    with post.world.database.read() as session:
        assert (
            session.execute(sa.select(ADDRESS.c.refused_at).where(ADDRESS.c.channel == "mail")).scalar()
            is None
        )


@pytest.mark.parametrize(
    "wrong",
    [
        lambda office: setattr(office, "says", lambda address: f"550 unknown {address}"),
        lambda office: setattr(office, "says", lambda address: f"450 later {address}"),
        lambda office: setattr(office, "ends", lambda address: f"554 spam for {address}"),
        lambda office: setattr(office, "ends", lost),
    ],
)
async def test_no_address_and_no_code_reaches_a_log(
    post: Post, wrong: Callable[[PostOffice], None], capfd: pytest.CaptureFixture[str]
) -> None:
    with structlog.testing.capture_logs() as logged:
        await post.confirmed()
        code = post.code()
        wrong(post.office)
        post.owe("secretary")
        await post.carry()
        post.clock.forward(minutes=2)
        post.world.phone("officer").say("首页").tap("提醒设置").tap("邮件提醒").say("other@example.com")
        await post.codes()
    seen = f"{logged} {''.join(capfd.readouterr())}"
    assert "example.com" not in seen
    assert code not in seen


async def test_nothing_of_a_name_or_a_title_gets_into_the_headers() -> None:
    made = letters.notice(
        ("支部\r\nBcc: x@example.com", "bot@example.cn"),
        MINE,
        LINK,
        Message("12月28日工作提醒\r\nBcc: y@example.com", (("计划\r\n.\r\nQUIT", "12月31日截止"),)),
        MORNING,
    )
    raw = made.as_bytes()
    assert b"\r\nBcc:" not in raw
    assert set(made.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert all(len(line) < 999 for line in raw.split(b"\r\n"))


# The server -------------------------------------------------------------------------------------------------------


def server(office: PostOffice, user: str = "", password: str = "") -> MailServer:
    return MailServer(office.host, office.port, False, user, password, SENDER)


async def test_check_logs_in_and_says_in_words_what_is_wrong(desk: World, clock: Clock) -> None:
    async with post_office(login=("name@example.cn", "a code:of@theirs")) as office:
        good = Mail(
            server(office, "name@example.cn", "a code:of@theirs"), LINK, MailedCodes(desk.database), clock
        )
        assert [line async for line in good.check()] == [f"✓ 邮件：127.0.0.1:{office.port}"]
        bad = Mail(server(office, "name@example.cn", "no"), LINK, MailedCodes(desk.database), clock)
        with pytest.raises(SettingsRefusedError, match="授权码") as wrong:
            _ = [line async for line in bad.check()]
        assert "name@example.cn" not in str(wrong.value)
    with pytest.raises(SettingsRefusedError, match="连不上邮件服务器"):
        _ = [line async for line in good.check()]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """One that nobody has signed."""
    if OPENSSL is None:
        pytest.skip("no openssl on PATH")
    key, made = (tmp_path_factory.mktemp("tls") / name for name in ("key.pem", "made.pem"))
    new = [OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    named = ["-keyout", str(key), "-out", str(made), "-days", "2", "-subj", "/CN=post.invalid"]
    subprocess.run([*new, *named], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return context


async def test_what_is_offered_is_taken_and_the_letter_goes_encrypted(
    post: Post, certificate: ssl.SSLContext
) -> None:
    async with post_office(tls=certificate, login=("name", "word")) as office:
        mail = Mail(server(office, "name", "word"), LINK, MailedCodes(post.world.database), post.clock)
        await mail.push(MINE, Message("12月28日工作提醒", (("计划", "12月31日截止"),)), stands=False)
        assert office.encrypted == [True]


async def test_a_password_leaves_this_machine_through_tls_to_a_known_server_alone(
    desk: World, clock: Clock, certificate: ssl.SSLContext
) -> None:
    class Away(MailServer):
        """As if it were on another machine."""

        local = False

    async with post_office(login=("name", "word")) as office:
        away = Away(office.host, office.port, False, "name", "word", SENDER)
        mail = Mail(away, LINK, MailedCodes(desk.database), clock)
        with pytest.raises(SettingsRefusedError, match="连不上邮件服务器"):
            _ = [line async for line in mail.check()]
        office.tls = certificate
        with pytest.raises(SettingsRefusedError, match="加密连接"):
            _ = [line async for line in mail.check()]
        assert not office.logins


async def test_a_login_that_is_refused_is_told_to_the_administrators_at_once(post: Post) -> None:
    await post.confirmed()
    post.office.letters.clear()
    async with post_office(login=("name", "word")) as strict:
        post.mail = Mail(server(strict, "name", "other"), LINK, MailedCodes(post.world.database), post.clock)
        post.owe("secretary")
        await post.carry()
        ailment = post.mail.ailment()
        assert ailment
        assert "登录被拒绝" in ailment.said
    assert post.states()["m:2026-12-28"] == "waiting"


def test_the_store_and_the_channel_mean_the_same() -> None:
    assert Mail.name == mailing.CHANNEL
