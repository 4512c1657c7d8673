"""意见箱: a few an hour from one person, all of them to be read, one notice an hour, and each can be answered."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot.actions import AnswerOpinion, Inbox, OlderInbox, OpinionCard, wire
from bot.permissions import Role
from bot.store.database import insert
from bot.store.tables import FEEDBACK, FeedbackRow, NoticeRow
from tests.conftest import Clock
from tests.objects import objects
from tests.phone import Phone, World, code_for


def opine(world: World, who: str, text: str) -> Phone:
    return world.phone(who).say("提意见").say(text)


def put(world: World, count: int, text: str = "第 {n} 条意见") -> None:
    """So many messages, as if they had come over weeks."""
    person = world.me("officer").person_id or 0
    with world.database.write() as session:
        for n in range(1, count + 1):
            at = world.clock() - timedelta(days=count - n + 1)
            insert(session, FEEDBACK, committee_id=1, person_id=person, at=at, text=text.format(n=n))


def test_the_sixth_message_in_an_hour_is_refused_with_the_time_and_the_screen_goes_on_waiting(
    world: World, clock: Clock
) -> None:
    for n in range(5):
        assert "谢谢" in opine(world, "officer", f"第 {n + 1} 条").toast
        clock.forward(minutes=1)
    phone = opine(world, "officer", "第 6 条")
    assert phone.toast == "这一条没有发出：一小时最多提 5 条意见。请在 12月28日 10:05 后再发一次。"
    assert phone.screen.title == "提意见"
    for _ in range(29):
        phone.say("再来一条")
    assert "谢谢" in opine(world, "secretary", "别人的").toast
    clock.now = clock.now.replace(hour=10, minute=5)
    assert "谢谢" in phone.say("第 6 条").toast
    assert "10:06" in opine(world, "officer", "第 7 条").toast
    with world.database.read() as session:
        kept = objects(session).exec(select(FeedbackRow.text).order_by(col(FeedbackRow.id))).all()
    assert kept == [*(f"第 {n} 条" for n in range(1, 6)), "别人的", "第 6 条"]


def test_a_clock_that_steps_back_silences_nobody(world: World, clock: Clock) -> None:
    for n in range(5):
        opine(world, "officer", f"第 {n + 1} 条")
    clock.forward(hours=-1)
    assert "谢谢" in opine(world, "officer", "第 6 条").toast


def test_everything_in_the_inbox_can_be_paged_to_and_fro(world: World) -> None:
    put(world, 34)
    phone = world.phone("administrator").say("首页").tap("意见箱")
    pages = [phone.text]
    while "下一页" in phone.labels:
        pages.append(phone.tap("下一页").text)
    numbers = [[int(line.split("第 ")[1].split(" ")[0]) for line in page.splitlines()[1:]] for page in pages]
    assert numbers == [
        list(range(34, 24, -1)),
        list(range(24, 14, -1)),
        list(range(14, 4, -1)),
        [4, 3, 2, 1],
    ]
    back = [phone.tap("上一页").text for _ in range(3)]
    assert back == pages[2::-1]
    assert "上一页" not in phone.labels


def test_a_page_shows_the_same_though_more_comes_in_meanwhile(world: World) -> None:
    put(world, 12)
    phone = world.phone("administrator").say("首页").tap("意见箱").tap("下一页")
    before = phone.text
    opine(world, "secretary", "新来的")
    assert wire(world.conversation.look("web", phone.address).screen.here) == wire(phone.screen.here)
    assert phone.press(phone.screen.here).text == before
    assert "新来的" in phone.tap("上一页").tap("上一页").text


def test_long_messages_are_shown_whole(desk: World) -> None:
    put(desk, 7, "长" * 990 + "尾 {n} 条")
    phone = desk.phone("administrator").say("首页").tap("意见箱")
    found = phone.text
    while "下一页" in phone.labels:
        found += phone.tap("下一页").text
    for n in range(1, 8):
        assert f"尾 {n} 条" in found


@pytest.mark.parametrize("before", [1, 2, 2**31 - 1])
def test_a_forged_page_is_empty_or_the_newest_and_leads_back(desk: World, before: int) -> None:
    put(desk, 1)
    phone = desk.phone("administrator").press(OlderInbox(1, before))
    assert ("没有更早的意见" in phone.text) == (before == 1)
    assert phone.tap("上一页").screen.here == Inbox(1)


def notices_of(world: World) -> list[tuple[str, str]]:
    """When administrators hear of feedback, and what."""
    with world.database.read() as session:
        rows = (
            objects(session)
            .exec(select(NoticeRow).where(col(NoticeRow.key).startswith("f:")).order_by(col(NoticeRow.id)))
            .all()
        )
    return [(f"{row.send_at.astimezone(world.clock().tzinfo):%H:%M}", row.said) for row in rows]


def test_the_administrator_hears_at_most_once_an_hour_and_of_everything(world: World, clock: Clock) -> None:
    for who in ("officer", "secretary", "member"):
        for n in range(5):
            opine(world, who, f"第 {n + 1} 条")
            clock.forward(minutes=2)
    assert notices_of(world) == [("09:05", "常营主校区支委提了意见。"), ("10:05", "意见箱里有新的意见。")]
    clock.now = clock.now.replace(hour=11, minute=30)
    with world.database.write() as session:
        session.execute(sa.update(NoticeRow).values(state="sent"))
    opine(world, "secretary", "晚一些")
    assert notices_of(world)[2:] == [("11:30", "常营主校区书记提了意见。")]


# --- answering ------------------------------------------------------------------------------------------------------


def told(world: World) -> list[tuple[int, str, str]]:
    """Who hears of answers, where they lead, and what is said."""
    with world.database.read() as session:
        rows = (
            objects(session)
            .exec(select(NoticeRow).where(col(NoticeRow.key).startswith("o:")).order_by(col(NoticeRow.id)))
            .all()
        )
    return [(row.person_id, row.action, row.said) for row in rows]


def test_an_opinion_is_answered_once_seen_and_its_author_hears_of_it(world: World) -> None:
    opine(world, "officer", "字太小")
    phone = world.phone("administrator").say("意见").tap("答复 1").say("已经放大了")
    assert phone.toast == "还没有发出，请核对"
    assert ("准备答复", "已经放大了") in phone.screen.lines
    mine = world.phone("officer").say("提意见").tap("1. 没有答复：字太小")
    assert "已经放大了" not in mine.text, "what is not sent is not there"
    phone.say("已经放大了，请看").tap("发出答复")
    assert phone.toast == "已答复，并通知常营主校区支委"
    number = getattr(phone.screen.here, "opinion", 0)
    assert told(world) == [
        (world.me("officer").person_id, wire(OpinionCard(number)), "管理员答复了您的意见。")
    ]
    mine = world.phone("officer").say("提意见").tap("1. 已答复：字太小")
    assert ("答复", "已经放大了，请看") in mine.screen.lines
    assert "（已答复）" in phone.say("意见箱").text
    assert "看 1" in phone.labels


def test_an_answer_is_sent_once_and_not_changed(world: World) -> None:
    opine(world, "officer", "字太小")
    phone = world.phone("administrator").say("意见").tap("答复 1").say("已经放大了")
    again = world.phone("administrator")
    number = getattr(phone.screen.here, "opinion", 0)
    phone.tap("发出答复")
    assert again.press(AnswerOpinion(number, 0)).toast == "已经答复过了"
    assert len(told(world)) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [("长" * 501, "写得太长了，请控制在 500 字以内，现在是 501 字。"), ("", "还没有写答复，请先输入。")],
)
def test_what_is_no_answer_is_not_sent(desk: World, text: str, says: str) -> None:
    opine(desk, "officer", "字太小")
    phone = desk.phone("administrator").say("意见").tap("答复 1")
    number = getattr(phone.screen.here, "opinion", 0)
    assert (phone.say(text) if text else phone.press(AnswerOpinion(number, 0))).toast == says
    assert told(desk) == []


def test_nobody_else_sees_it(desk: World) -> None:
    opine(desk, "officer", "字太小")
    number = getattr(desk.phone("administrator").say("意见").tap("答复 1").screen.here, "opinion", 0)
    for who in ("secretary", "member", "secretary of 双龙"):
        phone = desk.phone(who).press(OpinionCard(number))
        assert phone.toast == "意见由管理员查看。"
        assert "字太小" not in phone.text


def test_what_somebody_else_wrote_meanwhile_is_not_sent_unseen(desk: World) -> None:
    other = Phone(desk.conversation, "second").say(code_for(desk, Role.ADMINISTRATOR))
    opine(desk, "officer", "字太小")
    phone = desk.phone("administrator").say("意见").tap("答复 1").say("同意")
    number = getattr(phone.screen.here, "opinion", 0)
    other.press(OpinionCard(number)).say("不同意")
    assert phone.tap("发出答复").toast == "答复刚有改动，还没有发出，请再核对。"
    assert ("准备答复", "不同意") in phone.screen.lines
    assert told(desk) == []
    assert "已答复" in phone.tap("发出答复").toast


def test_an_author_who_left_is_not_said_to_be_told(desk: World) -> None:
    opine(desk, "officer", "字太小")
    desk.phone("officer").say("我的职务").tap("退出").tap("确认退出")
    phone = desk.phone("administrator").say("意见").tap("答复 1").say("已经放大了").tap("发出答复")
    assert phone.toast == "已答复；常营主校区支委已不在任，收不到通知"
    assert told(desk) == []
