"""更多, typed instead of pressed: the next page of the screen that stands, or of the one that is quoted."""

from datetime import timedelta

from bot.actions import Help, wire
from bot.channels.wecom.cards import FIRST, MORE
from bot.store import notices
from bot.store.notices import Owed
from tests.conftest import Clock
from tests.everything import everything
from tests.phone import World
from tests.reminder_job import REMINDED, deliver, only_the_party_day
from tests.wecom import Phone, on_item_7, running, tenant

WHO = "secretary of 新源里"


def keys(phone: Phone) -> list[str]:
    """The buttons of the newest card, but the one that turns it."""
    return [key for name, key in phone.shown[-1].buttons.items() if name not in (MORE, FIRST)]


async def more(phone: Phone, how: str = "更多") -> None:
    """Type it, and get a fresh card for it."""
    before = len(phone.shown)
    await phone.say(how)
    assert len(phone.shown) == before + 1
    assert phone.shown[-1].buttons


async def test_it_brings_what_a_press_brings_and_begins_again_at_the_end(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        pressed = [keys(phone)]
        while MORE in phone.shown[-1].buttons:
            await phone.tap(MORE)
            pressed.append(keys(phone))
        assert len(pressed) == 3
        await phone.say("第7项")
        typed = [keys(phone)]
        for _ in range(2):
            await more(phone)
            typed.append(keys(phone))
        assert typed == pressed
        await more(phone, "更多。")
        assert keys(phone) == pressed[0]
        assert "第 7 项" in phone.text
    assert there.refused == []


async def test_it_goes_on_from_the_page_that_was_turned_to(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        await phone.tap(MORE)
        second = keys(phone)
        await phone.tap(MORE)
        third = keys(phone)
        await phone.tap(FIRST)
        await phone.tap(MORE)
        assert keys(phone) == second
        await more(phone)
        assert keys(phone) == third


async def test_what_is_pressed_and_typed_there_counts_as_on_any_card(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        await more(phone)
        before = everything(desk.database)
        await more(phone)
        changed = {table for table, rows in everything(desk.database).items() if rows != before[table]}
        assert changed <= {"address"}, "it is a look, and stands where it stood"
        await phone.say("优秀")
        await phone.until("第 8 项")
    file = desk.sheet(3)
    assert file is not None
    assert int(file.sheet.marks[7].grade) == 2


async def test_of_a_card_that_is_quoted_it_brings_the_next_page_and_that_stands(
    desk: World, clock: Clock
) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        card = phone.shown[-1]
        await more(phone)
        second = keys(phone)
        await phone.say("更多", card)
        assert keys(phone) == second, "the one that is quoted shows its first page"
        await phone.say("首页")
        await phone.say("更多", card)
        assert keys(phone) == second, "another screen stood"
        await phone.say("优秀")
        await phone.until("第 8 项")
    assert there.refused == []


async def test_of_a_quoted_notice_too(desk: World, clock: Clock) -> None:
    async with tenant() as there, running(desk.conversation, there) as bot:
        phone = await on_item_7(desk, there)
        owed = Owed(desk.me(WHO).person_id or 0, "n", wire(Help()), clock(), clock() + timedelta(hours=1))
        with desk.database.write() as session:
            notices.owe(session, committee_id=1, notices=[owed])
        await deliver(desk, clock, "wecom", bot)
        await phone.until("帮助")
        notice = phone.shown[-1]
        await phone.say("第7项")
        await phone.until("第 7 项")
        await phone.say("更多", notice)
        assert "帮助" in phone.text
        assert phone.shown[-1].words != notice.words


async def test_where_nothing_goes_on_it_is_a_text_like_any_other(desk: World, clock: Clock) -> None:
    only_the_party_day(desk, clock, "wecom", "liming")
    async with tenant() as there, running(desk.conversation, there) as bot:
        phone = Phone(there, "liming")
        phone.person.chat.opened = True
        await deliver(desk, clock, "wecom", bot)
        await phone.until(REMINDED)
        assert MORE not in phone.shown[-1].buttons
        await phone.say("更多")
        assert "没有看懂「更多」" in phone.said
        await phone.tap("待办")
