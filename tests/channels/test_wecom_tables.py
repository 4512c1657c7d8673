"""排名 as a table in the markdown of WeCom: cut between rows, and words as before where nobody draws one."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions import Home
from bot.channels.cutting import octets
from bot.channels.wecom.cards import shown
from bot.channels.wecom.demo.drawing import markdown_html
from bot.channels.wecom.limits import APP, BOT
from bot.channels.wecom.markdown import Markdown, read
from bot.channels.wecom.tables import rows_in, tabled
from bot.message import Button, Cells, Message, plain
from bot.permissions import Openness
from bot.store import terms
from tests.cards import wrong_in
from tests.conftest import trials
from tests.phone import World
from tests.published import published
from tests.wecom import Phone, at_home, running, tenant

HOME = ((Button("首页", Home()),),)
WRITTEN = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=9)


def table(*rows: tuple[str, ...], columns: tuple[str, ...] = ("名次", "支部")) -> Message:
    lines = tuple((row[-1], Cells(row[0], *row)) for row in rows)
    return Message("排名", ("按总支评价排：", *lines, "分数相同的并列。"), HOME, columns=columns)


def opened(world: World, openness: Openness) -> None:
    with world.database.write() as session:
        terms.open_to_branches(session, me=world.me("administrator"), committee_id=1, chosen=openness)


def test_the_standings_are_a_table_before_their_card(desk: World) -> None:
    screen = published(desk).say("排名").screen
    found = shown(screen, BOT)
    [text] = found.texts
    assert rows_in(text) == (
        ("名次", "支部", "总分", "星级", "变化"),
        ("1", "劲松校区", "100 分", "五星", "升 8.2"),
        ("2", "新源里校区", "90.4 分", "五星", "升 1.6"),
        ("3", "常营主校区", "80 分", "四星", "降 16.6"),
        ("4", "双龙校区", "76.8 分", "三星", "升 5.2"),
    )
    assert read(text).startswith("排名 · 2026–2027学年第一学期\n\n|")
    assert read(text).endswith("|\n\n名次按总支评价排，分数相同的并列。\n升、降：与上学期的总支评价相比。")
    assert found.card is not None
    assert found.card["main_title"]["desc"] == "详见上面的文字。"


def test_a_category_and_what_is_expected_are_tables_too(desk: World) -> None:
    phone = desk.phone("member").say("排名")
    [text] = shown(phone.screen, BOT).texts
    assert [row[0] for row in rows_in(text)] == ["名次", "预计"]
    phone.tap("按类别或校区看").tap("思想建设")
    [text] = shown(phone.screen, BOT).texts
    assert rows_in(text)[0] == ("名次", "支部", "得分", "得分率")
    assert re.fullmatch(r"[\d.]+ 分", rows_in(text)[1][2])
    assert wrong_in(phone.screen) == []


def test_a_branch_sees_as_a_table_what_is_opened_and_its_own_is_marked(desk: World) -> None:
    published(desk)
    opened(desk, Openness.STARS)
    phone = desk.phone("secretary of 双龙").say("排名")
    [text] = shown(phone.screen, BOT).texts
    assert rows_in(text)[0] == ("支部", "星级")
    assert ("双龙校区（本支部）", "三星") in rows_in(text)
    assert "分" not in "".join(cell for row in rows_in(text) for cell in row)


def test_whoever_reads_words_and_an_app_get_no_table(desk: World) -> None:
    screen = published(desk).say("排名").screen
    for found in (shown(screen, BOT, in_words=True), shown(screen, APP)):
        assert not any(isinstance(text, Markdown) for text in found.texts)
        assert "|" not in "".join(found.texts)
    assert "第 1 名 劲松校区：100 分 ★★★★★，升 8.2" in plain(screen)


def test_what_people_wrote_makes_no_cell_and_no_row() -> None:
    name = "甲|乙\\| **丙** <a>\n| 1 |"
    [text] = tabled(table(("1", name), ("2", "丁")), 1000)
    assert rows_in(text) == (("名次", "支部"), ("1", "甲|乙\\| **丙** <a> | 1 |"), ("2", "丁"))
    assert text.count("\n|") == 4, "the head, what is below it, two rows"
    assert "<td>甲|乙\\| **丙** &lt;a&gt; | 1 |</td>" in markdown_html(text)


@settings(max_examples=trials(200), deadline=None)
@given(st.lists(st.tuples(WRITTEN, WRITTEN), min_size=1, max_size=40), st.integers(200, 2000))
def test_a_long_table_is_cut_between_rows_and_has_its_head_again(
    rows: list[tuple[str, str]], limit: int
) -> None:
    pieces = tabled(table(*rows), limit)
    assert all(octets(piece) <= limit for piece in pieces)
    found = [rows_in(piece) for piece in pieces]
    assert [row for part in found for row in part[1:]] == rows
    assert {part[0] for part in found if part} == {("名次", "支部")}
    joined = "".join(map(read, pieces))
    assert (joined[:2], joined[-8:]) == ("排名", "分数相同的并列。")


def test_sixty_branches_with_the_longest_names_stand_in_one_frame_or_two() -> None:
    rows = [(str(n), "党" * 80) for n in range(1, 61)]
    assert len(tabled(table(*rows), BOT.text)) == 1
    assert len(tabled(table(*rows), BOT.text // 2)) == 2


async def test_a_group_and_a_chat_of_the_bot_are_shown_the_table(desk: World) -> None:
    published(desk)
    opened(desk, Openness.TOTALS)
    async with tenant() as there, running(desk.conversation, there):
        at_home(desk, "administrator", there, "guanli")
        group = Phone(there, "guanli", "wr-group")
        await group.say("排名")
        await group.until("还不能看排名")
        desk.phone("administrator").say("首页").tap("工作安排").tap("群聊").tap("打开")
        await group.say("排名")
        await group.until("劲松")
        assert rows_in(group.shown[-1].text)[:2] == (
            ("名次", "支部", "总分", "星级"),
            ("1", "劲松校区", "100 分", "五星"),
        )
        own = Phone(there, "guanli")
        await own.say("排名")
        await own.until("详见上面的文字")
        assert [len(rows_in(one.text)) for one in own.shown[-2:]] == [5, 0]
    assert there.refused == []
