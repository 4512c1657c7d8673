"""Who has not opened the bot of WeCom (93006): the committee reads so, until they do; then what waited arrives."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.channels.wecom.bot.channel import Bot
from bot.channels.wecom.tenant import Tenant
from bot.delivery import RefusedError
from bot.message import plain
from bot.store import notices
from bot.store.notices import Owed
from bot.store.tables import NOTICE
from tests.conftest import Clock
from tests.phone import World
from tests.reminder_job import REMINDED, deliver, only_the_party_day
from tests.wecom import Phone, running, tenant

WHY = "还没有打开企业微信里的机器人"
NAME = "新源里校区书记"


async def refused(desk: World, clock: Clock, there: Tenant, bot: Bot) -> Phone:
    """The secretary of 新源里, whose reminder did not arrive."""
    only_the_party_day(desk, clock, "wecom", "liming")
    await deliver(desk, clock, "wecom", bot)
    assert {code for _, code, _ in there.refused} == {93006}
    return Phone(there, "liming")


def undelivered(desk: World) -> str:
    """What an administrator reads under 未送达."""
    return plain(desk.phone("administrator").say("首页").tap("未送达").screen)


def chasing(desk: World) -> str:
    """What a member of the committee reads under 催办."""
    return plain(desk.phone("member").say("催办").screen)


def states(desk: World) -> set[str]:
    """What became of what was owed to them."""
    person = desk.conversation.who("wecom", "liming").person_id
    with desk.database.read() as session:
        return set(session.execute(sa.select(NOTICE.c.state).where(NOTICE.c.person_id == person)).scalars())


async def test_the_committee_reads_who_has_not_opened_it(desk: World, clock: Clock) -> None:
    async with tenant() as there, running(desk.conversation, there) as bot:
        await refused(desk, clock, there, bot)
        with pytest.raises(RefusedError):
            await bot.push("liming", desk.conversation.look("wecom", "liming").screen, stands=False)
        desk.phone("member").say("首页")
    assert f"没有送达：{WHY}" in undelivered(desk)
    assert f"（{WHY}）" in chasing(desk)
    assert "停用" not in undelivered(desk) + chasing(desk)


async def test_what_is_owed_afterwards_says_the_same(desk: World, clock: Clock) -> None:
    async with tenant() as there, running(desk.conversation, there) as bot:
        await refused(desk, clock, there, bot)
        now, person = clock(), desk.conversation.who("wecom", "liming").person_id or 0
        with desk.database.write() as session:
            owed = Owed(person, "later", "hp", now, now + timedelta(hours=1))
            notices.owe(session, committee_id=1, notices=[owed])
        await deliver(desk, clock, "wecom", bot)
    theirs = [line for line in undelivered(desk).splitlines() if NAME in line]
    assert [line.partition("：")[2] for line in theirs] == [f"没有送达：{WHY}"] * 2


async def says(phone: Phone) -> None:
    await phone.say("首页")


async def asks_for_more(phone: Phone) -> None:
    await phone.say("更多")


async def says_what_is_refused(phone: Phone) -> None:
    await phone.say("好" * 2000)


async def opens(phone: Phone) -> None:
    phone.person.chat.opened = True  # whether this is enough is Tencent's to say: else it is refused again
    await phone.answered(phone.person.enter())


@pytest.mark.parametrize("comes", [says, asks_for_more, says_what_is_refused, opens])
async def test_it_goes_away_when_they_open_it_and_the_reminder_comes(
    desk: World, clock: Clock, comes: Callable[[Phone], Awaitable[None]]
) -> None:
    async with tenant() as there, running(desk.conversation, there) as bot:
        phone = await refused(desk, clock, there, bot)
        await comes(phone)
        assert WHY not in undelivered(desk) + chasing(desk)
        await deliver(desk, clock, "wecom", bot)
        await phone.until(REMINDED)
    assert states(desk) == {"sent"}


async def test_what_is_no_longer_of_use_does_not_come_then(desk: World, clock: Clock) -> None:
    async with tenant() as there, running(desk.conversation, there) as bot:
        phone = await refused(desk, clock, there, bot)
        clock.now += timedelta(days=1)
        await phone.say("首页")
        await deliver(desk, clock, "wecom", bot)
        assert REMINDED not in phone.said
    assert WHY not in undelivered(desk)
    assert states(desk) == {"void"}


async def test_those_beside_hear_what_to_pass_on(desk: World, clock: Clock) -> None:
    async with tenant() as there, running(desk.conversation, there) as bot:
        await refused(desk, clock, there, bot)
    with desk.database.read() as session:
        told = session.execute(sa.select(NOTICE.c.said).where(NOTICE.c.key.startswith("r:"))).scalars().all()
    assert set(told) == {f"{NAME}{WHY}，收不到提醒，请转告一声：打开以后发一句话。"}
