"""群聊: whom a group chat answers, what it is shown once it is switched on, and what becomes of it."""

import json
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from bot.actions import ForgetGroupChat, GroupChats, SwitchGroupChat
from bot.conversation import Group
from bot.message import Message, plain
from bot.permissions import Me, Openness, Role
from bot.store import groups, invitations, terms
from bot.store.tables import HISTORY
from bot.values import GroupChat
from jobs.duties.calendar import TermDates
from tests.conversation.test_open_pages import watch
from tests.everything import everything
from tests.phone import Phone, World
from tests.published import TOTALS, evaluated, published

OFF = "这个群还不能看排名。管理员可以在私聊的「群聊」里打开。"
SECRETARIES = Group("web", "-100", "支部书记群")


def ask(world: World, who: str, group: Group = SECRETARIES, text: str = "/standings") -> Message | None:
    """A persona types something in a group chat."""
    return world.conversation.ask_in_group(group, World.PERSONAS.get(who, who), text)


def told(world: World, who: str = "member", group: Group = SECRETARIES) -> str:
    """What is shown there, without its title's blank line."""
    answer = ask(world, who, group)
    assert answer is not None
    assert answer.rows == ()
    return plain(answer).strip()


def listed(world: World) -> Phone:
    """The administrator looks at the group chats."""
    return world.phone("administrator").say("首页").tap("工作安排").tap("群聊")


def opened(world: World, openness: Openness) -> None:
    """Somebody asked in the group chat, the administrator switched it on, and branches see so much of one another."""
    ask(world, "member")
    listed(world).tap("打开 支部书记群")
    with world.database.write() as session:
        terms.open_to_branches(session, me=world.me("administrator"), committee_id=1, chosen=openness)


def known(world: World, committee: int = 1) -> tuple[GroupChat, ...]:
    with world.database.read() as session:
        return groups.of_committee(session, committee)


def neighbour(world: World) -> tuple[int, Phone]:
    """Another committee in the same database, and the phone of its administrator."""
    with world.database.write() as session:
        number = terms.add_committee(session, name="邻校党总支", edition="jinsong_2017")
        terms.add_branch(session, committee_id=number, name="邻校党支部", campus="")
        dates = TermDates("邻校学期", date(2026, 9, 1), date(2027, 1, 22))
        terms.add_term(session, committee_id=number, dates=dates, edition="jinsong_2017")
        me = Me(0, "", world.clock())
        made = invitations.invite(
            session, me=me, committee_id=number, branch_id=None, role=Role.ADMINISTRATOR
        )
    return number, Phone(world.conversation, "neighbour").say(made.code)


def statements(world: World, who: str) -> list[str]:
    """What is asked of the database when somebody types the command."""
    seen: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    sa.event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        ask(world, who)
    finally:
        sa.event.remove(world.database.engine, "before_cursor_execute", note)
    return [one for one in seen if one.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))]


# --- who is answered, and what is stored ------------------------------------------------------------------------


def test_nobody_but_the_committees_own_people_is_answered_and_nothing_is_stored_of_others(
    world: World,
) -> None:
    before = everything(world.database)
    for who in ("stranger", "secretary", "officer", ""):
        assert ask(world, who) is None
        assert len(statements(world, who)) == 1
    assert everything(world.database) == before


@pytest.mark.parametrize("text", ["/help", "/start", "公布", "双龙多少分", "/standings@other", ""])
def test_nothing_but_the_standings_is_asked_for_in_a_group(desk: World, text: str) -> None:
    before = everything(desk.database)
    assert ask(desk, "member", text=text) is None
    assert everything(desk.database) == before


def test_a_group_is_known_once_a_member_asked_there_and_is_off(world: World) -> None:
    assert told(world) == OFF
    assert told(world, "administrator") == OFF
    assert [(one.name, one.shows, one.switched_at) for one in known(world)] == [("支部书记群", False, None)]
    phone = listed(world)
    assert phone.screen.lines[0] == ("支部书记群", "不能看排名，还没有打开过")
    assert phone.labels[:2] == ["打开 支部书记群", "删去 支部书记群"]


def test_asking_changes_nothing_of_where_anybody_is_and_a_second_time_nothing_at_all(world: World) -> None:
    evaluated(world)
    before = everything(world.database)
    ask(world, "member")
    after = everything(world.database)
    assert {name for name in after if after[name] != before[name]} == {"group_chat", "history"}
    ask(world, "member")
    ask(world, "other member")
    assert everything(world.database) == after


def test_a_name_is_kept_as_it_is_called_now_without_what_nobody_sees(world: World) -> None:
    ask(world, "member")
    ask(world, "member", Group("web", "-100", "书\u202e记\x00\n群" + "长" * 200))
    (group,) = known(world)
    assert group.name == ("书记 群" + "长" * 200)[:80]
    assert any(label.startswith("打开 书记 群长长长…") for label in listed(world).labels)
    ask(world, "member", Group("web", "-100", "\u200b"))
    assert "没有名称的群：不能看排名" in listed(world).text


def test_groups_that_are_called_alike_have_a_number(desk: World) -> None:
    ask(desk, "member")
    ask(desk, "member", Group("web", "-101", "支部书记群"))
    ask(desk, "member", Group("web", "-102", "党务群"))
    phone = listed(desk).tap("打开 2. 支部书记群")
    assert [one.shows for one in known(desk)] == [False, True, False]
    assert "关闭 2. 支部书记群" in phone.labels
    assert "打开 党务群" in phone.labels


def test_a_committee_knows_so_many_groups_and_says_what_to_do(desk: World) -> None:
    for number in range(groups.MOST):
        assert told(desk, group=Group("web", f"g{number}", f"群{number}")) == OFF
    assert told(desk) == "已经登记了 20 个群，不能再多。不用的群，管理员可以在私聊的「群聊」里删去。"
    assert len(known(desk)) == groups.MOST
    listed(desk).tap("删去 群7")
    assert told(desk) == OFF


# --- the switch -----------------------------------------------------------------------------------------------


def test_the_administrator_alone_switches_and_forgets(world: World) -> None:
    ask(world, "member")
    (group,) = known(world)
    for action in (GroupChats(1), SwitchGroupChat(group.id, 1), ForgetGroupChat(group.id)):
        for who in ("member", "secretary"):
            phone = world.phone(who).press(action)
            assert phone.toast == "工作安排由管理员设置。需要调整的，请用「提意见」告诉管理员。"
    assert known(world) == (group,)


def test_a_switch_says_by_whom_and_when_and_leaves_a_row_of_history(world: World) -> None:
    ask(world, "member")
    pages = watch(world)
    phone = listed(world).tap("打开 支部书记群")
    assert phone.toast == "已打开"
    assert pages.woken() == set(), "no page but the administrators'"
    assert phone.screen.lines[0][1].startswith("可以看排名，12月28日 09:05 由")
    assert phone.screen.lines[0][1].endswith("打开")
    (group,) = known(world)
    assert phone.press(SwitchGroupChat(group.id, 1)).toast == "本来就是这样，没有改动"
    assert phone.tap("关闭 支部书记群").toast == "已关闭"
    assert told(world) == OFF
    phone.tap("删去 支部书记群")
    assert known(world) == ()
    assert phone.tap("返回").tap("群聊").text.startswith("群聊\n还没有登记的群。")
    with world.database.read() as session:
        rows = session.execute(
            sa.select(HISTORY.c.before, HISTORY.c.after, HISTORY.c.channel)
            .where(HISTORY.c.subject == "group")
            .order_by(HISTORY.c.id)
        ).all()
    said = [tuple(json.loads(side) if side else None for side in row[:2]) for row in rows]
    assert said == [
        (None, {"name": "支部书记群"}),
        ({"shows": False}, {"shows": True}),
        ({"shows": True}, {"shows": False}),
        ({"name": "支部书记群", "shows": False}, None),
    ]


def test_the_list_says_what_a_group_sees_and_leads_to_where_that_is_chosen(desk: World) -> None:
    ask(desk, "member")
    phone = listed(desk)
    assert "现在各支部只看本支部的结果，所以打开了，群里也看不到。" in phone.text
    phone.tap("各支部可以看什么").tap("看星级、总分和名次")
    assert "群里就能看星级、总分和名次，只限已公布的。" in listed(desk).text


# --- what a group is shown --------------------------------------------------------------------------------------


def test_where_branches_see_nothing_of_one_another_a_group_does_not_either(world: World) -> None:
    published(world)
    opened(world, Openness.OWN)
    said = told(world)
    assert (
        said
        == "各支部的结果没有公开，群里看不到。管理员可以在私聊里输入「公布」，点「各支部可以看什么」来改。"
    )


def test_stars_stand_in_the_committees_own_order_without_a_total_or_a_place(world: World) -> None:
    published(world)
    opened(world, Openness.STARS)
    said = told(world)
    assert said.splitlines() == [
        f"各支部星级 · {world.terms[0].name}",
        "常营主校区：★★★★☆ 四星",
        "劲松校区：★★★★★ 五星",
        "双龙校区：★★★☆☆ 三星",
        "新源里校区：★★★★★ 五星",
    ]


def test_totals_stand_with_their_places_best_first(world: World) -> None:
    published(world)
    opened(world, Openness.TOTALS)
    said = told(world)
    lines = said.splitlines()[1:]
    assert [line.partition("校区")[0] for line in lines] == ["劲松", "新源里", "常营主", "双龙"]
    assert all(total in said for total in TOTALS.values())
    assert "本支部" not in said
    assert len(statements(world, "member")) <= 6


def test_of_a_term_that_is_not_published_nothing_is_shown(world: World) -> None:
    opened(world, Openness.TOTALS)
    before = told(world)
    assert before.startswith(f"排名 · {world.terms[1].name}")
    evaluated(world)
    assert told(world) == before
    assert not any(f"：{total}" in before or f"，{total}" in before for total in ("100 分", "76.8 分"))


def test_before_the_first_publication_it_says_so(desk: World) -> None:
    number, phone = neighbour(desk)
    group = Group("web", "-7", "邻校群")
    assert told(desk, phone.address, group) == OFF
    phone.press(GroupChats(number)).tap("打开 邻校群")
    with desk.database.write() as session:
        me = desk.conversation.who("web", phone.address)
        terms.open_to_branches(session, me=me, committee_id=number, chosen=Openness.TOTALS)
    assert told(desk, phone.address, group) == "还没有公布过结果，公布后群里才能看到。"


def test_an_amendment_that_nobody_confirmed_is_not_shown(desk: World) -> None:
    published(desk)
    opened(desk, Openness.TOTALS)
    before = told(desk)
    administrator = desk.phone("administrator").say("劲松").tap("更正").tap("第 7 项")
    administrator.say("0").say("抄错了")
    assert told(desk) == before


# --- several committees, and what becomes of a group ------------------------------------------------------------


def test_each_committee_has_a_group_of_its_own_and_never_shows_the_others(world: World) -> None:
    published(world)
    opened(world, Openness.TOTALS)
    number, phone = neighbour(world)
    assert told(world, phone.address) == OFF, "another committee's member is not shown ours"
    assert [len(known(world, one)) for one in (1, number)] == [1, 1]
    (theirs,) = known(world, number)
    administrator = world.phone("administrator")
    for action in (GroupChats(number), SwitchGroupChat(theirs.id, 1), ForgetGroupChat(theirs.id)):
        assert administrator.press(action).toast.startswith("您没有查看这项内容的权限")
    assert known(world, number) == (theirs,)
    assert told(world).startswith("排名")


def test_a_group_that_moves_takes_its_switch_along(world: World) -> None:
    published(world)
    opened(world, Openness.TOTALS)
    world.conversation.group_moved("web", "-100", "-1001")
    world.conversation.group_moved("web", "-100", "-1001")  # both chats say so
    assert told(world, group=Group("web", "-1001", "支部书记群")).startswith("排名")
    assert told(world) == OFF, "nobody is there any more; whoever is begins anew"
    assert len(known(world)) == 2


def test_a_group_that_was_met_where_it_moves_to_holds_what_somebody_switched(world: World) -> None:
    published(world)
    opened(world, Openness.TOTALS)
    there = Group("web", "-1001", "新群")
    assert told(world, group=there) == OFF
    world.conversation.group_moved("web", "-100", "-1001")
    assert [one.shows for one in known(world)] == [True], "nobody had switched the new one"
    listed(world).tap("关闭 支部书记群")
    assert told(world, group=Group("web", "-100", "老群")) == OFF
    listed(world).tap("打开 老群")
    world.conversation.group_moved("web", "-100", "-1001")
    assert [one.shows for one in known(world)] == [False], "here somebody had"


def test_a_group_that_throws_the_bot_out_is_forgotten_and_begins_anew(world: World) -> None:
    opened(world, Openness.TOTALS)
    world.conversation.group_left("web", "-100")
    assert known(world) == ()
    assert told(world) == OFF


def test_what_becomes_of_a_group_that_nobody_knows_writes_nothing(world: World) -> None:
    before = everything(world.database)
    world.conversation.group_moved("web", "-9", "-10")
    world.conversation.group_left("web", "-9")
    assert everything(world.database) == before


def test_who_gave_up_the_seat_is_not_answered_any_more(desk: World) -> None:
    opened(desk, Openness.TOTALS)
    desk.phone("member").say("我的职务").tap("退出").tap("确认退出")
    assert ask(desk, "member") is None
