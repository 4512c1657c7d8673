"""发到群里: what of a published term goes into a group chat, when, and that it goes there once."""

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from bot.actions import AskPost, ForgetGroupChat, GroupChats, Post, PostedPart
from bot.delivery import LimitedError, NotSentError, UndeliverableError
from bot.message import Message, plain
from bot.permissions import Openness, Role
from bot.store import groups, terms
from bot.store.tables import HISTORY, NOTICE
from tests.conftest import Clock
from tests.conversation.test_groups import neighbour
from tests.everything import everything
from tests.phone import Phone, World, code_for
from tests.posted import ADDRESS, Group, asked, open_results, set_up, switched_on
from tests.published import amended, evaluated, published

TABLE = """\
排名 · 2026–2027学年第一学期
示范职业高中党总支，12月28日公布。
劲松校区：第 1 名，100 分 ★★★★★ 五星
新源里校区：第 2 名，90.4 分 ★★★★★ 五星
常营主校区：第 3 名，80 分 ★★★★☆ 四星
双龙校区：第 4 名，76.8 分 ★★★☆☆ 三星
随后是排名图、Excel 文件。"""
PICTURE, FILE = "排名 2026–2027学年第一学期.png", "2026–2027学年第一学期 星级评定结果.xlsx"


@pytest.fixture
def group(desk: World, clock: Clock) -> Group:
    """This term is published, and the group is open."""
    published(desk)
    switched_on(desk)
    return settled(desk, clock)


def settled(world: World, clock: Clock) -> Group:
    """Everybody has heard by now that the term is published."""
    group = Group(world, clock)
    group.carry()
    group.wire.arrived.clear()
    return group


def told(phone: Phone) -> dict[str, str]:
    """What became of each part."""
    parts = ("表格", "排名图", "Excel 文件")
    return {line[0]: line[1] for line in phone.screen.lines if isinstance(line, tuple) and line[0] in parts}


def states(world: World) -> dict[str, str]:
    with world.database.read() as session:
        rows = session.execute(sa.select(NOTICE.c.key, NOTICE.c.state).where(NOTICE.c.key.startswith("g:")))
        return {":".join(key.split(":")[-2:]): state for key, state in rows}


# --- the group ----------------------------------------------------------------------------------------------------


def test_the_group_stands_among_the_others_and_is_off(world: World) -> None:
    set_up(world)
    phone = world.phone("administrator").say("首页").tap("工作安排").tap("群聊")
    assert phone.screen.lines[0] == ("企业微信群", "不能发排名，还没有打开过")
    assert phone.labels[0] == "打开 企业微信群"
    assert not any(label.startswith("删去") for label in phone.labels)
    phone.tap("打开 企业微信群")
    assert phone.screen.lines[0] == ("企业微信群", "可以发排名，12月28日 09:05 由管理员打开")


def test_it_is_not_forgotten_by_a_button_but_by_the_settings(desk: World) -> None:
    switched_on(desk)
    with desk.database.read() as session:
        known = groups.webhook(session, 1)
    assert known is not None
    assert "由维护人员在设置里指定" in desk.phone("administrator").press(ForgetGroupChat(known.id)).toast
    set_up(desk)  # the same again
    with desk.database.read() as session:
        assert groups.webhook(session, 1) == known
    set_up(desk, "")
    with desk.database.read() as session:
        assert groups.of_committee(session, 1) == ()


def test_another_key_is_another_group_and_off(group: Group, desk: World) -> None:
    asked(desk).tap("确认发送")
    set_up(desk, "fedcba9876543210")
    group.carry_all()
    assert group.seen == []
    assert "发到群里" not in desk.phone("administrator").say("公布").labels
    desk.phone("administrator").press(GroupChats(1)).tap("打开 企业微信群")
    assert asked(desk).labels[0] == "确认发送", "that group was sent nothing"


def test_of_several_committees_nobody_knows_whose_group_it_is(world: World) -> None:
    switched_on(world)
    number, _ = neighbour(world)
    set_up(world)
    with world.database.read() as session:
        assert [groups.webhook(session, one) for one in (1, number)] == [None, None]


def test_twenty_groups_that_ask_leave_room_for_it(desk: World) -> None:
    with desk.database.write() as session:
        for n in range(groups.MOST):
            me = desk.me("administrator")
            groups.meet(session, me=me, committee_id=1, channel="web", external=f"-{n}", name=f"群{n}")
    switched_on(desk)
    with desk.database.read() as session:
        assert len(groups.of_committee(session, 1)) == groups.MOST + 1


# --- who may, and what is seen before it is sent ------------------------------------------------------------------


def test_the_button_is_there_where_the_group_is_open_and_the_term_published(desk: World) -> None:
    evaluated(desk)
    administrator = desk.phone("administrator")
    switched_on(desk)
    assert "发到群里" not in administrator.say("公布").labels
    administrator.tap("确认公布")
    assert "发到群里" in administrator.labels
    desk.phone("administrator").say("首页").tap("工作安排").tap("群聊").tap("关闭 企业微信群")
    assert "发到群里" not in administrator.say("公布").labels


@pytest.mark.parametrize("who", ["member", "secretary", "officer", "stranger"])
def test_nobody_else_sees_or_sends_it(group: Group, desk: World, who: str) -> None:
    revision = getattr(asked(desk).screen.buttons[0].action, "revision", 0)
    before = everything(desk.database, "address", "web_line")
    for action in (AskPost(desk.terms[0].id), Post(desk.terms[0].id, revision, 0)):
        phone = desk.phone(who).press(action)
        assert "100 分" not in phone.text
    assert everything(desk.database, "address", "web_line") == before


def test_what_is_confirmed_is_what_arrives(group: Group, desk: World, clock: Clock) -> None:
    phone = asked(desk)
    shown = plain(phone.screen)
    assert shown.endswith(TABLE.partition("\n")[2])
    assert "群里的人都能看到，发出后机器人不能收回" in shown
    seen = {
        label: phone.tap(label).screen.attachment or phone.screen.title
        for label in ("看图", "发到群里", "看文件")
    }
    phone.tap("发到群里").tap("确认发送")
    assert told(phone) == dict.fromkeys(("表格", "排名图", "Excel 文件"), "正在发送")
    group.carry_all()
    assert group.seen == [TABLE, PICTURE, FILE]
    arrived = [one.attachment for _, _, one in group.there.arrived]
    assert arrived[1] == seen["看图"]
    assert arrived[2] == seen["看文件"]
    assert {address for _, address, _ in group.there.arrived} == {ADDRESS}
    assert not any(one.rows for _, _, one in group.there.arrived)
    phone.tap("看发送结果")
    assert told(phone)["表格"] == "已发到群里，12月28日 09:05 由管理员发送"
    assert phone.labels == ["看图", "看文件", "公示和公开", "首页"]


def test_looking_and_going_on_send_nothing(group: Group, desk: World) -> None:
    before = everything(desk.database, "address", "web_line")
    asked(desk).tap("看图").tap("发到群里").tap("公示和公开")
    group.carry_all()
    assert group.seen == []
    assert everything(desk.database, "address", "web_line") == before


def test_a_picture_and_a_file_that_there_are_not_lead_back(group: Group, desk: World) -> None:
    phone = asked(desk)
    for part in (0, 3, 99):
        assert phone.press(PostedPart(desk.terms[0].id, 1, part)).screen.here == AskPost(desk.terms[0].id)


# --- once ---------------------------------------------------------------------------------------------------------


def test_it_is_sent_once_however_often_and_by_whomever_it_is_pressed(group: Group, desk: World) -> None:
    other = Phone(desk.conversation, "other").say(code_for(desk, Role.ADMINISTRATOR))
    phone = asked(desk)
    confirm = phone.screen.buttons[0].action
    other.press(AskPost(desk.terms[0].id))
    for one in (phone, phone, other):
        one.press(confirm)
    assert "没有重复发" in other.toast
    group.carry_all()
    for one in (phone, other):
        one.press(confirm)
    assert "没有重复发" in phone.toast
    group.carry_all()
    assert group.seen == [TABLE, PICTURE, FILE]


def test_a_forged_attempt_sends_nothing(group: Group, desk: World) -> None:
    phone = asked(desk)
    confirm = phone.screen.buttons[0].action
    assert isinstance(confirm, Post)
    phone.press(Post(confirm.term, confirm.revision, 7))
    phone.press(Post(confirm.term, confirm.revision + 1, 0))
    assert "改动" in phone.toast
    phone.press(Post(desk.terms[1].id, confirm.revision, 0))
    group.carry_all()
    assert group.seen == []


def test_the_history_keeps_who_sent_what(group: Group, desk: World) -> None:
    asked(desk).tap("确认发送")
    with desk.database.read() as session:
        row = session.execute(sa.select(HISTORY).order_by(HISTORY.c.id.desc()).limit(1)).one()
    assert (row.subject, row.person_id) == ("group", desk.me("administrator").person_id)
    assert json.loads(row.after) == {
        "posted": "2026–2027学年第一学期",
        "parts": ["表格", "排名图", "Excel 文件"],
    }


def test_who_is_sent_nothing_themselves_counts_as_not_reminded(group: Group, desk: World) -> None:
    asked(desk).tap("确认发送")
    group.carry_all()
    assert group.wire.arrived == []
    assert "都送到了" in desk.phone("administrator").say("未送达").text


# --- amended, opened, closed --------------------------------------------------------------------------------------


def test_after_an_amendment_it_is_sent_again_and_says_so(group: Group, desk: World) -> None:
    phone = asked(desk).tap("确认发送")
    group.carry_all()
    amended(desk).tap("确认更正")
    phone = asked(desk)
    assert phone.labels[0] == "确认发送"
    assert "有改动，请以这一次为准。" in phone.text
    phone.tap("确认发送")
    group.carry_all()
    assert len(group.seen) == 6
    assert group.seen[3].splitlines()[1] == "有改动，请以这一次为准。"
    assert "双龙校区：第 3 名，80 分 ★★★★☆ 四星" in group.seen[3].replace("并列", "")


def test_what_was_amended_before_it_was_confirmed_is_looked_at_again(group: Group, desk: World) -> None:
    phone = asked(desk)
    amended(desk).tap("确认更正")
    phone.tap("确认发送")
    assert "有改动，没有发" in phone.toast
    group.carry_all()
    assert group.seen == []


def narrow(world: World) -> None:
    open_results(world, Openness.STARS)


def close(world: World) -> None:
    world.phone("administrator").press(GroupChats(1)).tap("关闭 企业微信群")


def amend(world: World) -> None:
    amended(world).tap("确认更正")


@pytest.mark.parametrize("change", [narrow, close, amend])
def test_what_changed_before_it_left_is_not_sent(
    group: Group, desk: World, change: Callable[[World], None]
) -> None:
    asked(desk).tap("确认发送")
    change(desk)
    group.carry_all()
    assert group.seen == []
    assert set(states(desk).values()) == {"void"}


def test_stars_alone_are_sent_where_they_alone_are_opened(desk: World, clock: Clock) -> None:
    published(desk)
    switched_on(desk, Openness.STARS)
    group = settled(desk, clock)
    asked(desk).tap("确认发送")
    group.carry_all()
    table, file = group.seen
    assert (file, "分" in table, "名" in table.splitlines()[0]) == (FILE, False, False)
    assert "双龙校区：★★★☆☆ 三星" in table
    assert table.endswith("随后是Excel 文件。")


def test_nothing_is_sent_where_branches_see_nothing_of_one_another(group: Group, desk: World) -> None:
    confirm = asked(desk).screen.buttons[0].action
    open_results(desk, Openness.OWN)
    phone = asked(desk)
    assert phone.text.endswith("各支部的结果没有公开，群里也不能发。要改，请点「各支部可以看什么」。")
    assert phone.labels == ["各支部可以看什么", "公示和公开", "首页"]
    phone.press(confirm)
    group.carry_all()
    assert group.seen == []


def test_a_closed_group_leads_to_its_switch(group: Group, desk: World) -> None:
    confirm = asked(desk).screen.buttons[0].action
    close(desk)
    phone = desk.phone("administrator").press(confirm)
    assert phone.labels == ["群聊", "公示和公开", "首页"]
    group.carry_all()
    assert group.seen == []


# --- what goes wrong ----------------------------------------------------------------------------------------------


def failing(group: Group, error: Exception, *parts: int) -> None:
    """The wire says this of the parts with these numbers, counted from 0."""
    count = iter(range(99))

    def says(_: str, message: Message) -> None:
        if next(count) in parts:
            raise error

    group.there.says = says


def test_what_is_surely_not_sent_comes_later_by_itself(group: Group, desk: World, clock: Clock) -> None:
    failing(group, NotSentError("down"), 0)
    phone = asked(desk).tap("确认发送")
    group.carry_all()
    assert group.seen == [PICTURE, FILE]
    phone.tap("看发送结果")
    assert told(phone)["表格"] == "还没有发出：连不上聊天渠道，会自动再试"
    clock.forward(seconds=60)
    group.carry()
    assert group.seen == [PICTURE, FILE, TABLE]
    assert phone.tap("看发送结果").labels[0] == "看图"


def test_a_limit_is_waited_for(group: Group, desk: World, clock: Clock) -> None:
    failing(group, LimitedError(60), 2)
    asked(desk).tap("确认发送")
    group.carry_all()
    assert group.seen == [TABLE, PICTURE]
    clock.forward(seconds=60)
    group.carry()
    assert group.seen == [TABLE, PICTURE, FILE]


def test_a_refusal_says_why_and_offers_again(group: Group, desk: World, clock: Clock) -> None:
    failing(group, UndeliverableError("企业微信不认识这个群机器人（93000）。"), 0, 1, 2)
    phone = asked(desk).tap("确认发送")
    group.carry_all()
    assert group.seen == []
    assert [plain(one).splitlines()[1] for _, _, one in group.wire.arrived] == [
        "发到群里的，有的没有成功，或不知道有没有发到。"
    ], "who sent it is told, once"
    phone.tap("看发送结果")
    assert told(phone)["表格"] == "没有发出：渠道不接受这条消息：企业微信不认识这个群机器人（93000）。"
    assert "发到群里 12月28日 09:05" in desk.phone("administrator").say("未送达").text
    group.there.says = lambda address, message: None
    phone.press(AskPost(desk.terms[0].id)).tap("再发一次")
    group.carry_all()
    assert group.seen == [TABLE, PICTURE, FILE]


def test_what_nobody_knows_of_is_said_and_sent_again_only_where_somebody_wants_that(
    group: Group, desk: World, clock: Clock
) -> None:
    failing(group, TimeoutError(), 1)
    phone = asked(desk).tap("确认发送")
    group.carry_all()
    clock.forward(hours=1)
    group.carry()
    assert group.seen == [TABLE, FILE]
    phone.press(AskPost(desk.terms[0].id))
    assert told(phone)["排名图"] == "不知道有没有发到。请先到群里看一眼，没有再点「再发一次」"
    again = phone.screen.buttons[0].action
    phone.tap("再发一次")
    group.carry_all()
    phone.press(again)
    group.carry_all()
    assert group.seen == [TABLE, FILE, PICTURE], "what had arrived does not come twice"


def test_what_cannot_leave_for_two_hours_is_given_up_and_said(
    group: Group, desk: World, clock: Clock
) -> None:
    group.there.says = lambda address, message: (_ for _ in ()).throw(NotSentError("down"))
    phone = asked(desk).tap("确认发送")
    for _ in range(40):
        group.carry()
        clock.forward(minutes=5)
    assert set(states(desk).values()) == {"expired"}
    phone.press(AskPost(desk.terms[0].id))
    assert told(phone)["表格"] == "没有发出：连不上聊天渠道"
    assert phone.labels[0] == "再发一次"


def test_a_process_that_died_while_it_sent_leaves_what_nobody_knows(
    group: Group, desk: World, clock: Clock
) -> None:
    phone = asked(desk).tap("确认发送")
    [first] = group.postman.claim(32)
    [chat] = group.postman.find_chats(first)
    assert group.postman.begin(first, chat) is not None
    clock.forward(minutes=3)
    group.carry()
    assert group.seen == [PICTURE, FILE]
    assert states(desk)["0:0"] == "uncertain"
    phone.press(AskPost(desk.terms[0].id)).tap("再发一次")
    group.carry_all()
    assert group.seen == [PICTURE, FILE, TABLE]


def test_two_processes_send_each_part_once(world: World, clock: Clock) -> None:
    published(world)
    switched_on(world)
    group = settled(world, clock)
    asked(world).tap("确认发送")
    clock.forward(seconds=10)
    other = group.hire("two", {"web": group.wire, "wecom_group": group.there})
    mine, theirs = group.postman.claim(2), other.claim(32)
    assert (len(mine), len(theirs)) == (2, 1)
    assert {one.id for one in mine}.isdisjoint(one.id for one in theirs)


def test_a_program_without_the_channel_says_that_there_is_none(group: Group, desk: World) -> None:
    asked(desk).tap("确认发送")
    group.postman = group.hire("two")
    group.carry_all()
    assert states(desk)["0:0"] == "failed"
    assert told(asked(desk))["表格"] == "没有发出：没有可用的聊天渠道"


def test_no_query_is_asked_for_each_branch(desk: World) -> None:
    published(desk)
    switched_on(desk)
    counts, phone = [], desk.phone("administrator")
    for _ in range(2):
        seen: list[str] = []

        def note(_c: object, _k: object, statement: str, *_: object, seen: list[str] = seen) -> None:
            seen.append(statement)

        sa.event.listen(desk.database.engine, "before_cursor_execute", note)
        phone.press(AskPost(desk.terms[0].id))
        sa.event.remove(desk.database.engine, "before_cursor_execute", note)
        counts.append(len(seen))
        with desk.database.write() as session:
            for n in range(20):
                terms.add_branch(session, committee_id=1, name=f"第{len(counts)}.{n}党支部", campus="")
    assert counts[0] == counts[1]
