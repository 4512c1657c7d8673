"""The bot of WeCom against the stand-in of Tencent's side, as people use it."""

from bot.store import duties
from tests.conftest import Clock
from tests.conversation.test_returning import returned
from tests.everything import everything
from tests.main_job import check_stored, invited, main_job
from tests.phone import World
from tests.reminder_job import BRANCH, REMINDED, check_reported, deliver, only_the_party_day, reminder_job
from tests.wecom import Phone, at_home, running, see_what_was_returned, tenant


async def test_the_main_job_on_cards(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = Phone(there, "liming")
        for verb, what, then in main_job(code := invited(desk)):
            await getattr(phone, verb)(f"绑定 {what}" if what == code else what)
            await phone.until(then)
        assert "已提交" in phone.said
    assert there.refused == []
    check_stored(desk)


async def test_the_main_job_in_words_alone(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = Phone(there, "liming")
        for _, what, then in main_job(code := invited(desk)):
            await phone.say(f"绑定 {what}" if what == code else what)
            await phone.until(then)
            if what == code:
                await phone.say("文字模式")
                await phone.until("回复")
        assert "已提交" in phone.said
        cards = [one for one in phone.shown if one.versions]
    assert len(cards) <= 1, "the one by which somebody was greeted"
    assert there.refused == []
    check_stored(desk)


async def test_a_reminder_is_answered_by_typing(desk: World, clock: Clock) -> None:
    only_the_party_day(desk, clock, "wecom", "liming")
    async with tenant() as there, running(desk.conversation, there) as bot:
        phone = Phone(there, "liming")
        phone.person.chat.opened = True
        await deliver(desk, clock, "wecom", bot)
        await phone.until(REMINDED)
        for verb, what, then in reminder_job():
            await getattr(phone, verb)(what)
            await phone.until(then)
    assert there.refused == []
    check_reported(desk, clock)


async def test_a_reminder_that_is_quoted_is_answered_whatever_stands(desk: World, clock: Clock) -> None:
    only_the_party_day(desk, clock, "wecom", "liming")
    async with tenant() as there, running(desk.conversation, there) as bot:
        phone = Phone(there, "liming")
        phone.person.chat.opened = True
        await deliver(desk, clock, "wecom", bot)
        await phone.until(REMINDED)
        reminder = phone.shown[-1]
        await phone.say("第7项")
        await phone.until("第 7 项")
        await phone.say("17/18", reminder)
        await phone.until("17/18")
        assert "12月主题党日" in phone.text
        assert "这句话怎么记" not in phone.said, "it is sure what is meant"
    with desk.database.read() as session:
        owing = duties.of_branch(session, branch_id=desk.branches[BRANCH].id, term_id=desk.terms[0].id)
    assert {owed.done for owed in owing if owed.duty == "party_day"} == {True}
    file = desk.sheet(BRANCH)
    assert file is None or 7 not in file.written, "the item that stood has heard nothing"


async def test_a_reminder_is_answered_on_its_card(desk: World, clock: Clock) -> None:
    only_the_party_day(desk, clock, "wecom", "liming")
    async with tenant() as there, running(desk.conversation, there) as bot:
        phone = Phone(there, "liming")
        phone.person.chat.opened = True
        await deliver(desk, clock, "wecom", bot)
        await phone.until(REMINDED)
        card = phone.shown[-1]
        await phone.tap("明天再提醒")
        await phone.until("提醒")
        assert phone.shown[-1] is card
        assert len(card.versions) == 2, "it is changed in place"
        await phone.say("我的职务")
        await phone.tap("登录的设备")
        await phone.until("企业微信")


async def test_the_screen_that_stands_hears_its_own_quote(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = at_home(desk, "secretary of 新源里", there, "liming")
        await phone.say("第6项")
        await phone.until("第 6 项")
        await phone.tap("›")
        await phone.until("第 7 项")
        await phone.tap("‹")
        await phone.until("第 6 项")
        await phone.say("17/18", phone.shown[-1])
        await phone.until("17/18")
        assert "怎么记" not in phone.said


async def test_standings_a_returned_sheet_and_the_way_to_it(desk: World) -> None:
    returned(desk)
    async with tenant() as there, running(desk.conversation, there):
        secretary = at_home(desk, "secretary of 双龙", there, "hanmei")
        await see_what_was_returned(secretary, at_home(desk, "member", there, "weiyuan"))
    assert there.refused == []


async def test_pages_are_turned_on_the_card_and_nothing_is_stored(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = at_home(desk, "member", there, "weiyuan")
        await phone.say("首页")
        before = everything(desk.database)
        sent, first = len(phone.shown), phone.shown[-1].card
        seen = set(phone.shown[-1].buttons.values())
        while "更多" in phone.shown[-1].buttons:
            await phone.tap("更多")
            seen |= set(phone.shown[-1].buttons.values())
        await phone.tap("第一页")
        assert phone.shown[-1].card == {**first, "task_id": phone.shown[-1].task_id}
        assert len(phone.shown) == sent, "it is the same card"
        assert everything(desk.database) == before
    assert len(seen) > 6


async def test_what_was_begun_on_the_page_goes_on_here(desk: World) -> None:
    page = desk.phone("secretary of 新源里").say("自评").tap("优秀")
    async with tenant() as there, running(desk.conversation, there):
        phone = at_home(desk, "secretary of 新源里", there, "liming")
        await phone.say("自评")
        await phone.until("第 2 项")
        await phone.tap("优秀")
        await phone.until("第 3 项")
    assert page.say("自评").screen.title.startswith("第 3 项")


async def test_who_opens_the_chat_sees_where_they_were_and_a_stranger_how_to_come_in(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = at_home(desk, "secretary of 新源里", there, "liming")
        await phone.say("第6项")
        await phone.until("第 6 项")
        await phone.answered(phone.person.enter())
        await phone.until("第 6 项")
        assert phone.shown[-1].buttons
        stranger = Phone(there, "nobody-yet")
        await stranger.answered(stranger.person.enter())
        await stranger.until("邀请码")
        assert stranger.shown[-1].kind == "text"
    assert there.refused == []


async def test_a_group_sees_what_branches_may_see_and_nothing_else(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        at_home(desk, "administrator", there, "guanli")
        group = Phone(there, "guanli", "wr-group")
        await group.say("排名")
        assert "群聊" in group.text
        await group.say("自评")
        await group.until("私聊")
        assert not group.shown[-1].versions, "nothing can be pressed in a group"
    assert there.refused == []
