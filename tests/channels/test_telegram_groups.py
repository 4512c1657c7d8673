"""Group chats on Telegram, with the real conversation behind: nothing is sent to a group that is not open to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.actions import GroupChats, wire
from bot.channels.telegram import groups as telegram_groups
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.groups import PRIVATELY
from bot.permissions import Openness, Rater
from bot.store import chats, groups, terms
from scoring.numerals import plain
from tests.botapi import TOKEN, USERNAME, BotApi, Phone
from tests.conversation.test_groups import OFF, neighbour
from tests.everything import everything
from tests.phone import World
from tests.published import TOTALS, evaluated, published

PEOPLE = {"member": 21, "administrator": 22, "secretary": 23, "stranger": 24, "neighbour": 25}
POINTS = [total.removesuffix(" 分") for total in TOTALS.values()]  # of the term that is evaluated


@dataclass
class Stage:
    """A running bot, people of the demo who are on Telegram, and a group that they all are in."""

    api: BotApi
    world: World
    group: Phone

    async def say(self, who: str, text: str) -> str:
        """Somebody types a command in the group; what the bot says there."""
        before = self._said()
        self.group.hears(self.api.phone(PEOPLE[who]), text)
        await self.api.until(lambda: len(self._said()) > len(before), f"{text} of {who} is not answered")
        return self._said()[-1]

    def _said(self) -> list[str]:
        return [message.text for message in self.group.messages if message.by_bot]

    async def private(self, who: str, text: str) -> Phone:
        """Somebody says something in private: what was said before is heard by then."""
        phone = self.api.phone(PEOPLE[who])
        phone.say(text)
        await phone.settle()
        return phone

    def open(self, openness: Openness) -> None:
        """Branches see so much of one another."""
        me = self.world.me("administrator")
        with self.world.database.write() as session:
            terms.open_to_branches(session, me=me, committee_id=1, chosen=openness)

    def bytes_to(self, group: Phone) -> str:
        """All that was ever sent to a group."""
        to = [call.sent for call in self.api.calls if str(call.sent.get("chat_id")) == str(group.chat_id)]
        return json.dumps(to, ensure_ascii=False)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next answer to be allowed, but where that is tested."""
    monkeypatch.setattr(telegram_groups, "GAP", 0.0)


@pytest.fixture
async def stage(desk: World) -> AsyncIterator[Stage]:
    _, phone = neighbour(desk)
    people = {who: desk.me(who) for who in ("member", "administrator", "secretary")}
    people["neighbour"] = desk.conversation.who("web", phone.address)
    with desk.database.write() as session:
        for who, me in people.items():
            chat = chats.chat_at(session, channel="telegram", external=str(PEOPLE[who]), now=desk.clock())
            chats.belongs(session, address_id=chat.me.address_id, person_id=me.person_id)
    async with BotApi() as api:
        bot = Telegram(desk.conversation, TOKEN, api.url)
        await bot.start()
        polling = asyncio.create_task(bot.run())
        try:
            yield Stage(api, desk, api.group())
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await bot.close()


async def switch_on(stage: Stage) -> None:
    """A member asks in the group, and the administrator finds it in private and switches it on."""
    assert await stage.say("member", "/standings") == OFF
    phone = await stage.private("administrator", "首页")
    for label in ("工作安排", "群聊", "打开 支部群"):
        phone.tap(label)
        await phone.settle()
    assert phone.toasts[-1] == "已打开"


async def test_a_group_that_is_off_says_who_switches_it_on(stage: Stage) -> None:
    evaluated(stage.world)
    assert await stage.say("member", f"/standings@{USERNAME}") == OFF
    assert await stage.say("administrator", "/Standings") == OFF
    assert stage.group.newest.rows == [[{"text": "私聊", "url": f"https://t.me/{USERNAME}"}]]


async def test_to_anybody_else_a_group_is_what_it_was(stage: Stage) -> None:
    published(stage.world)
    await switch_on(stage)
    stage.open(Openness.TOTALS)
    before = everything(stage.world.database, "address")
    for who in ("secretary", "stranger"):
        for text in ("/standings", "/start", "/standings 排名"):
            assert await stage.say(who, text) == PRIVATELY
    assert await stage.say("member", "/help") == PRIVATELY
    assert everything(stage.world.database, "address") == before
    assert not any(points in stage.bytes_to(stage.group) for points in POINTS)


async def test_a_group_sees_what_branches_see_of_one_another(stage: Stage) -> None:
    published(stage.world)
    await switch_on(stage)
    assert (await stage.say("member", "/standings")).startswith("各支部的结果没有公开")
    stage.open(Openness.STARS)
    stars = await stage.say("administrator", "/standings")
    assert "双龙校区：★★★☆☆ 三星" in stars
    assert not any(points in stage.bytes_to(stage.group) for points in POINTS)
    assert "第 1 名" not in stage.bytes_to(stage.group)
    stage.open(Openness.TOTALS)
    totals = await stage.say("member", "/standings")
    assert all(total in totals for total in TOTALS.values())
    assert "第 1 名" in totals
    assert stage.group.newest.buttons == ["私聊"]
    edited = {call["chat_id"] for call in stage.api.called("editMessageText")}
    assert edited == {PEOPLE["administrator"]}, "what stands in a group stays as it is"


async def test_nothing_of_an_unpublished_term_is_in_any_byte_sent_to_a_group(stage: Stage) -> None:
    evaluated(stage.world, 劲松="优" * 13 + "合" * 11, 双龙="优" * 5 + "合" * 18 + "不")
    await switch_on(stage)
    unpublished = stage.world.terms[0]
    for openness in Openness:
        stage.open(openness)
        for who in ("member", "administrator", "secretary", "stranger", "neighbour"):
            await stage.say(who, "/standings")
    sent = stage.bytes_to(stage.group)
    rated = [stage.world.sheet(branch, Rater.COMMITTEE) for branch in range(4)]
    secret = [plain(file.sheet.total) for file in rated if file and file.sheet.total]
    assert len(set(secret)) == 4
    assert stage.world.terms[1].name in sent
    assert unpublished.name not in sent
    assert not [total for total in secret if f"{total} 分" in sent]


async def test_another_committees_member_is_shown_nothing_of_ours(stage: Stage) -> None:
    published(stage.world)
    await switch_on(stage)
    stage.open(Openness.TOTALS)
    assert await stage.say("neighbour", "/standings") == OFF
    assert not any(total in stage.bytes_to(stage.group) for total in TOTALS.values())


async def test_another_bots_command_a_press_and_plain_words_show_nothing(stage: Stage) -> None:
    published(stage.world)
    await switch_on(stage)
    stage.open(Openness.TOTALS)
    before, calls = everything(stage.world.database, "address", "saying"), stage.bytes_to(stage.group)
    member = stage.api.phone(PEOPLE["member"])
    for text in ("/standings@another_bot", "排名", "standings", "/standingsx@another_bot"):
        stage.group.hears(member, text)
    screen = (await stage.private("member", "首页")).newest
    stage.group.press(screen, wire(GroupChats(1)))
    await stage.api.until(lambda: stage.group.alerts)
    assert stage.group.alerts == [PRIVATELY]
    await stage.private("member", "首页")
    assert stage.bytes_to(stage.group) == calls
    assert everything(stage.world.database, "address", "saying") == before


async def test_who_asks_twice_at_once_is_answered_once_and_others_as_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_groups, "GAP", 3600.0)
    assert await stage.say("member", "/standings") == OFF
    stage.group.hears(stage.api.phone(PEOPLE["member"]), "/standings")
    assert await stage.say("stranger", "/standings") == PRIVATELY
    await stage.private("member", "首页")
    assert [m.text for m in stage.group.messages if m.by_bot] == [OFF, PRIVATELY]
    other = stage.api.group(-600)
    other.hears(stage.api.phone(PEOPLE["member"]), "/standings")
    await stage.api.until(lambda: any(m.by_bot for m in other.messages))


async def test_a_group_that_becomes_a_supergroup_stays_switched_on(stage: Stage) -> None:
    published(stage.world)
    await switch_on(stage)
    stage.open(Openness.STARS)
    stage.group = stage.group.become(-1000000000500)
    assert (await stage.say("member", "/standings")).startswith("各支部星级")
    with stage.world.database.read() as session:
        assert [one.shows for one in groups.of_committee(session, 1)] == [True]


async def test_an_answer_to_a_group_that_moved_meanwhile_follows_it(stage: Stage) -> None:
    published(stage.world)
    await switch_on(stage)
    stage.open(Openness.STARS)
    there = stage.api.group(-1000000000500)
    stage.group.moved_to = there.chat_id  # and its update is still to come
    stage.group.hears(stage.api.phone(PEOPLE["member"]), "/standings")
    await stage.api.until(lambda: any(m.by_bot for m in there.messages))
    assert there.newest.text.startswith("各支部星级")
    stage.group = there
    assert (await stage.say("member", "/standings")).startswith("各支部星级")


async def test_a_group_that_throws_the_bot_out_breaks_nothing_and_begins_anew(stage: Stage) -> None:
    published(stage.world)
    await switch_on(stage)
    stage.open(Openness.TOTALS)
    stage.group.block()
    stage.group.hears(stage.api.phone(PEOPLE["member"]), "/help")  # the answer cannot be sent
    await stage.api.until(lambda: PRIVATELY in stage.bytes_to(stage.group))
    await stage.private("member", "首页")
    with stage.world.database.read() as session:
        assert groups.of_committee(session, 1) == ()
    stage.group.unblock()
    assert await stage.say("member", "/standings") == OFF
