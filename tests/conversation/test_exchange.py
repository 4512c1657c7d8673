"""交流汇报: the year's meeting: its day, the order, the materials, the minutes, and each branch's page for it."""

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
import sqlalchemy as sa

from bot.actions import (
    AskMaterials,
    BranchExchange,
    DrawLots,
    Exchange,
    Give,
    NewMeasure,
    Rectify,
    ShowAssignment,
    SummariesFile,
    SummaryPage,
    Task,
    TickMinutes,
    fingerprint,
)
from bot.permissions import Me, Rater, Role
from bot.store import exchange, forgetting, terms
from bot.store.tables import ASSIGNMENT, EXCHANGE, HISTORY, SEAT
from jobs.duties.calendar import TermDates
from scoring.refusal import Refused
from tests.conftest import Clock
from tests.everything import everything
from tests.phone import Phone, World

TITLE = "交流汇报 · 2026–2027学年"
MEETING = "2027年1月15日"


def says(phone: Phone, label: str) -> str:
    """What a line of the screen says."""
    return next(line[1] for line in phone.screen.lines if isinstance(line, tuple) and line[0] == label)


def opened(world: World, who: str = "member") -> Phone:
    phone = world.phone(who).say("交流汇报")
    assert phone.screen.title == TITLE
    return phone


def words(phone: Phone) -> str:
    """All that stands in the file of a screen."""
    file = phone.screen.attachment
    assert file is not None
    with ZipFile(BytesIO(file.read())) as parts:
        return parts.read("word/document.xml").decode()


def order_of(world: World) -> tuple[int, ...]:
    with world.database.read() as session:
        return exchange.of_year(session, committee_id=1, year=2026).order


# --- day, order, minutes ------------------------------------------------------------------------------------------


def test_the_committee_finds_it_by_words_and_under_the_standings_and_nothing_is_set(world: World) -> None:
    phone = world.phone("member").say("排名").tap("看 2025–2026学年第二学期").tap("交流汇报")
    assert phone.screen.title == "交流汇报 · 2025–2026学年"
    phone.say("交流汇报")
    assert phone.screen.title == TITLE
    assert says(phone, "日期") == "还没有定"
    assert says(phone, "顺序") == "1 常营主校区、2 劲松校区、3 双龙校区、4 新源里校区（按名册）"
    assert says(phone, "材料") == "还没有请各支部交"
    assert says(phone, "会议记录") == "未登记"
    assert opened(world, "administrator").screen.here == phone.screen.here
    assert everything(world.database)["exchange"] == [], "a look writes nothing"
    assert phone.tap("看 2025–2026学年").screen.title == "交流汇报 · 2025–2026学年"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027年6月20日", "2027年6月20日（周日，休息日）"),
        ("定在6月18日下午2点半", "2027年6月18日（周五）14:30"),
        ("改到明天", "2026年12月29日（周二）"),
        ("汇报日期：1月15日", "2027年1月15日（周五）"),
        ("12月18日", "2026年12月18日（周五）"),
        ("2026-09-30", "2026年9月30日（周三）"),
    ],
)
def test_a_day_is_typed_as_people_write_it_also_one_that_is_past(desk: World, text: str, day: str) -> None:
    phone = opened(desk).say(text)
    assert says(phone, "日期") == day
    assert "已定在" in phone.toast


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2028年6月20日", "2028年6月20日不在2026–2027学年，请填2026年9月1日至2027年10月31日的一天。"),
        ("2026年8月31日", "已经过去"),
        ("2027年2月30日", "没有2月30日"),
        ("6月18日或6月20日", "6月18日"),
        ("月中", "没看懂「月中」"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_what_to_do(desk: World, text: str, why: str) -> None:
    before = everything(desk.database, "address", "saying")
    phone = opened(desk).say(text)
    assert why in phone.toast
    assert everything(desk.database, "address", "saying") == before


def test_what_is_typed_for_something_else_is_understood_as_that(desk: World) -> None:
    phone = opened(desk).say("12月30日前交工会活动小结")
    assert phone.screen.title == "请核对"
    assert everything(desk.database)["exchange"] == []
    assert opened(desk).say("双龙").screen.title == "结果 · 双龙校区党支部"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("顺序 双龙 劲松 新源里 常营", (3, 2, 4, 1)),
        ("汇报顺序：新源里、双龙", (4, 3, 1, 2)),
        ("顺序改为 4 3 2 1", (4, 3, 2, 1)),
        ("劲松，双龙", (2, 3, 1, 4)),
        ("先劲松校区党支部，再双龙，最后常营", (2, 3, 1, 4)),
    ],
)
def test_an_order_is_typed_by_names_or_numbers(desk: World, text: str, order: tuple[int, ...]) -> None:
    phone = opened(desk).say(text)
    assert order_of(desk) == tuple(desk.branches[n - 1].id for n in order)
    assert phone.toast.startswith("顺序已定")
    assert "（按名册）" not in says(phone, "顺序")
    assert says(phone.tap("按名册顺序"), "顺序").endswith("（按名册）")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("顺序 双龙 东坝", "没有认准「东坝」是哪个支部。请写成：顺序 双龙 常营。"),
        ("顺序 双龙 双龙", "有的支部写了两次"),
        ("顺序 1 9", "只有 1 到 4 号支部"),
        ("顺序 0", "只有 1 到 4 号支部"),
    ],
)
def test_an_order_that_cannot_be_is_refused(desk: World, text: str, why: str) -> None:
    phone = opened(desk).say(text)
    assert why in phone.toast
    assert order_of(desk) == ()


def test_lots_are_drawn_once_for_what_was_seen_and_the_result_is_kept(world: World) -> None:
    phone = opened(world)
    drawn = phone.tap("抽签")
    assert drawn.toast == "已抽签，4 个支部"
    order = order_of(world)
    assert sorted(order) == [branch.id for branch in world.branches]
    phone.press(DrawLots(1, 2026, fingerprint("")))
    assert (phone.toast, order_of(world)) == ("顺序刚定过，请先看一看", order)
    assert says(opened(world, "other member"), "顺序") == says(phone, "顺序")
    for _ in range(20):
        phone.tap("重新抽签")
        if order_of(world) != order:
            break
    assert order_of(world) != order
    with world.database.read() as session:
        said = session.execute(sa.select(HISTORY.c.after).where(HISTORY.c.subject == "exchange")).scalars()
        assert all('"drawn": true' in after for after in said)


def test_a_branch_that_came_later_speaks_last_and_one_that_is_closed_does_not(desk: World) -> None:
    opened(desk).say("顺序 双龙 劲松")
    with desk.database.write() as session:
        terms.add_branch(session, committee_id=1, name="东坝校区党支部", campus="")
    phone = opened(desk)
    assert says(phone, "顺序") == "1 双龙校区、2 劲松校区、3 常营主校区、4 新源里校区、5 东坝校区"
    assert order_of(desk)[:2] == (desk.branches[2].id, desk.branches[1].id)


def test_minutes_are_ticked_after_the_meeting_and_then_nothing_else_changes(
    world: World, clock: Clock
) -> None:
    phone = opened(world)
    phone.press(TickMinutes(1, 2026, 1))
    assert phone.toast == "请先输入交流汇报的日期，再登记会议记录。"
    phone.say(MEETING)
    assert "会议记录已登记" not in phone.labels
    phone.press(TickMinutes(1, 2026, 1))
    assert phone.toast == "交流汇报定在1月15日，开了以后再登记会议记录。"
    clock.forward(days=18)
    phone = opened(world).tap("会议记录已登记")
    assert says(phone, "会议记录") == "已登记"
    assert phone.screen.hears is None
    for action in (DrawLots(1, 2026, fingerprint("")), AskMaterials(1, 2026)):
        phone.press(action)
        assert phone.toast == "会议记录已登记。要改，请先点「撤销登记」。"
    assert says(phone.press(TickMinutes(1, 2026, 1)), "会议记录") == "已登记"
    assert says(phone.tap("撤销登记"), "会议记录") == "未登记"
    assert "会议记录已登记" in phone.labels


def test_a_school_year_without_a_term_is_refused(desk: World) -> None:
    phone = opened(desk)
    for year in (2030, 2**31 - 1, 1):
        phone.press(Exchange(1, year))
        assert phone.toast.endswith("还没有设置学期，请选别的学年。")
    assert everything(desk.database)["exchange"] == []


def test_a_term_that_begins_in_the_last_days_of_august_is_of_the_year_that_begins(desk: World) -> None:
    with desk.database.write() as session:
        dates = TermDates("2024–2025学年第一学期", date(2024, 8, 26), date(2025, 1, 17))
        term = terms.add_term(session, committee_id=1, dates=dates, edition="jinsong_2017")
    assert term.year == 2024


# --- materials ----------------------------------------------------------------------------------------------------


def asked(world: World, who: str = "member") -> Phone:
    """The draft of the task, for a meeting on 15 January."""
    return opened(world, who).say(MEETING).tap("请各支部交汇报材料")


def test_materials_are_asked_for_by_a_task_and_their_state_is_that_of_the_task(world: World) -> None:
    phone = opened(world)
    phone.press(AskMaterials(1, 2026))
    assert phone.toast == "请先输入交流汇报的日期，再请各支部交材料。"
    draft = asked(world)
    assert draft.screen.title == "请核对"
    assert says(draft, "任务") == "上交2026–2027学年交流汇报材料"
    assert says(draft, "截止").startswith("2027年1月14日"), "the working day before"
    assert says(draft, "交给") == "全部 4 个支部"
    assert says(opened(world), "材料") == "还没有请各支部交", "nothing is asked yet"
    draft.tap("确认交办")
    assert says(opened(world), "材料") == "0/4，未交：常营主校区、劲松校区、双龙校区、新源里校区"
    mine = world.phone("secretary of 双龙").say("交流汇报")
    assert says(mine, "材料") == "还没有交，1月14日截止"
    mine.tap("交材料").attach("汇报.png")
    assert says(world.phone("secretary of 双龙").say("交流汇报"), "材料") == "已交"
    assert says(opened(world), "材料") == "1/4，未交：常营主校区、劲松校区、新源里校区"
    task = opened(world).tap("看材料")
    assert task.screen.title == "交办 · 上交2026–2027学年交流汇报材料"
    task.tap("撤回").tap("确认撤回")
    assert says(opened(world), "材料") == "1/1，都交了", "who handed them in did so"


def test_there_is_one_draft_whoever_presses(desk: World) -> None:
    first = asked(desk).screen.here
    assert isinstance(first, ShowAssignment)
    again = desk.phone("other member").press(AskMaterials(1, 2026))
    assert again.screen.here == first
    assert len([row for row in everything(desk.database)["assignment"] if "交流汇报" in row.title]) == 1
    refused = desk.phone("member").press(Give(first.assignment))
    assert refused.toast == "这项任务还没有交办，只有起草的同志能看。"
    again.tap("确认交办")
    assert desk.phone("member").press(AskMaterials(1, 2026)).screen.title.startswith("交办 · 上交")


def test_after_all_is_taken_back_they_are_asked_anew(desk: World) -> None:
    first = asked(desk).tap("确认交办")
    first.tap("撤回").tap("确认撤回")
    phone = opened(desk)
    assert says(phone, "材料") == "还没有请各支部交"
    assert phone.tap("请各支部交汇报材料").screen.here != first.screen.here


def test_for_a_meeting_today_they_are_due_today(desk: World) -> None:
    draft = opened(desk).say("今天").tap("请各支部交汇报材料")
    assert says(draft, "截止").startswith("12月28日")


def test_a_draft_goes_with_who_made_it_and_the_meeting_stays(world: World) -> None:
    asked(world, "other member")
    me = world.me("other member")
    with world.database.write() as session:
        session.execute(sa.update(SEAT).where(SEAT.c.person_id == me.person_id).values(until=me.now))
        forgetting.forget(session, me=Me(0, "", me.now, me.person_id), person_id=me.person_id or 0)
        assert session.execute(sa.select(EXCHANGE.c.assignment_id)).scalar_one() is None
        assert not session.execute(
            sa.select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.title.contains("交流汇报"))
        ).all()
    assert says(opened(world), "日期").startswith(MEETING)


# --- what a branch sees -------------------------------------------------------------------------------------------


def test_a_branch_sees_the_day_its_place_and_what_it_owes_and_changes_nothing(world: World) -> None:
    opened(world).say("1月15日下午两点").say("顺序 双龙 新源里")
    phone = world.phone("secretary of 新源里").say("汇报顺序")
    assert phone.screen.here == BranchExchange(world.branches[3].id, 2026)
    assert says(phone, "日期") == "2027年1月15日（周五）14:00"
    assert says(phone, "顺序") == "第 2 个，共 4 个支部"
    assert says(phone, "材料") == "总支还没有请本支部交"
    assert phone.screen.hears is None
    phone.press(Exchange(1, 2026))
    assert phone.toast == "交流汇报由总支委员和管理员安排。本支部的顺序和材料，请输入「交流汇报」查看。"
    assert world.phone("officer").say("交流汇报").screen.here == BranchExchange(world.branches[0].id, 2026)
    assert phone.say("结果").tap("交流汇报").screen.title == TITLE
    assert not [button for button in phone.screen.buttons if isinstance(button.action, Task)]


# --- 年度小结 -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_before_publication_a_branch_reads_its_own_sheet_and_the_committee_that_there_is_none(
    desk: World,
) -> None:
    own = desk.phone("secretary").say("交流汇报").tap("年度小结")
    assert own.screen.title == "年度小结 · 常营主校区党支部"
    assert "支部自评" in says(own, "2026–2027学年第一学期")
    assert own.screen.attachment is not None
    assert own.screen.attachment.name == "2026–2027学年 常营主校区党支部 年度小结.docx"
    assert "支部自评（没有提交）" in words(own)
    theirs = desk.phone("member").press(SummaryPage(desk.branches[0].id, 2026))
    assert says(theirs, "2026–2027学年第一学期") == "未公布"
    assert "支部自评" not in words(theirs)
    assert "未公布" in words(theirs)


@pytest.mark.slow
def test_what_is_published_stands_on_everybodys_page(desk: World) -> None:
    for who in ("secretary", "member"):
        phone = desk.phone(who).press(SummaryPage(desk.branches[0].id, 2025))
        assert says(phone, "2025–2026学年第二学期") == "96.6 分 ★★★★★ 五星 总支评价"
        assert "96.6 分" in words(phone)
    sheet = desk.sheet(0, Rater.COMMITTEE, 1)
    assert sheet is not None
    for category in sheet.sheet.edition.categories:
        assert f">{category.name}<" in words(phone)


@pytest.mark.slow
def test_the_promises_of_last_year_are_the_measures_that_were_handed_in(desk: World) -> None:
    branch, term = desk.branches[0].id, desk.terms[1].id
    secretary = desk.phone("secretary")
    for said in ("每月检查一次公开栏", "每季度讲一次党课"):
        secretary.press(NewMeasure(branch, term)).say(said).tap("支部书记").tap("一个月内")
    page = desk.phone("secretary").press(SummaryPage(branch, 2026))
    assert says(page, "去年的承诺") == "没有", "a draft promises nothing"
    assert "上一学年没有整改措施。" in words(page)
    secretary.tap("全部措施").tap("提交整改").tap("确认提交")
    desk.phone("member").press(Rectify(branch, term)).tap("同意")
    secretary.press(Rectify(branch, term)).tap("第 1 条").say("已检查").tap("已完成，报总支销号")
    desk.phone("member").press(secretary.screen.here).tap("同意销号")
    for who in ("secretary", "member"):
        page = desk.phone(who).press(SummaryPage(branch, 2026))
        assert says(page, "去年的承诺") == "2 条，已销号 1 条"
        said = words(page)
        assert "2025–2026学年的整改措施" in said
        assert said.index("每月检查一次公开栏") < said.index("已销号") < said.index("每季度讲一次党课")
        assert said.index("每季度讲一次党课") < said.index("进行中")


def test_the_committee_has_all_pages_in_the_order_of_the_meeting(world: World) -> None:
    phone = opened(world).say("顺序 双龙 劲松").tap("年度小结")
    assert phone.screen.title == "年度小结 · 2026–2027学年"
    phone.tap("全部支部 Word")
    assert phone.screen.here == SummariesFile(1, 2026)
    said = words(phone)
    at = [said.index(f"{world.branches[n].name}年度小结") for n in (2, 1, 0, 3)]
    assert at == sorted(at)
    assert "支部自评" not in said
    assert phone.tap("单个支部").tap("双龙校区").screen.title == "年度小结 · 双龙校区党支部"
    assert phone.tap("交流汇报").tap("交流汇报").screen.title == TITLE


@pytest.mark.slow
def test_whoever_sits_in_a_branch_too_has_nothing_of_it_in_the_file_of_all(desk: World) -> None:
    me = desk.me("member")
    with desk.database.write() as session:
        session.execute(
            sa.insert(SEAT).values(
                committee_id=1,
                branch_id=desk.branches[0].id,
                person_id=me.person_id,
                role=int(Role.OFFICER),
                since=me.now,
            )
        )
    phone = desk.phone("member").press(SummariesFile(1, 2026))
    assert "支部自评" not in words(phone)
    assert "支部自评" in words(phone.press(SummaryPage(desk.branches[0].id, 2026)))


def test_the_store_holds_the_meeting_that_is_changed(world: World) -> None:
    with world.database.write() as session:
        first = exchange.to_change(session, committee_id=1, year=2026)
        assert exchange.to_change(session, committee_id=1, year=2026) == first
        assert exchange.materials(session, first) == {}
    with world.database.read() as session:
        assert exchange.of_year(session, committee_id=1, year=2025).id == 0
        with pytest.raises(Refused):
            terms.any_term(session, 999)
