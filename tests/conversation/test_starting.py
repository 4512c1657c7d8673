"""Starting as a secretary: 这个月三件事 first, and the 移交包 with a seat that was handed over."""

from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import sqlalchemy as sa

from bot import actions
from bot.actions import HandoverPack, Rectify, Task, ThisMonth
from bot.conversation import Entry
from bot.message import Attachment, Made
from bot.paper import pack
from bot.paper.pack import MEASURES, TASKS, Pack
from bot.permissions import Role
from bot.store import duties
from tests.conftest import Clock
from tests.phone import Phone, World, code_for
from tests.published import evaluate
from tests.rendering import needs_libreoffice, printed
from tests.wire import Clockwork

THREE, HANDED = "这个月三件事 · 新源里校区党支部", "移交包也在这里"


def moving(world: World, who: str = "secretary") -> str:
    """The code by which a secretary hands the seat over."""
    phone = world.phone(who).say("我的职务").tap("移交")
    return next(line[1] for line in phone.screen.lines if line[0] == "移交码")


def page_of(phone: Phone) -> Attachment:
    file = phone.screen.attachment
    assert file is not None
    return file


def document(phone: Phone) -> str:
    with ZipFile(BytesIO(page_of(phone).read())) as parts:
        return parts.read("word/document.xml").decode()


def newcomer(world: World, branch: int = 3) -> Phone:
    """A new secretary of the n-th branch, who was invited."""
    code = code_for(world, Role.SECRETARY, world.branches[branch].id)
    return Phone(world.conversation, "newcomer", name="接任书记").say(code)


# --- 这个月三件事 --------------------------------------------------------------------------------------------------


def test_a_new_secretary_sees_three_things_of_this_month_each_with_why_and_a_button(world: World) -> None:
    phone = newcomer(world)
    assert phone.screen.title == THREE
    assert "加入成功" in str(phone.reply.receipt)
    named = [line for line in phone.screen.lines if isinstance(line, tuple)]
    whys = [line for line in phone.screen.lines if isinstance(line, str) and line.startswith("为什么：")]
    assert [label[:2] for label, _ in named] == ["1.", "2.", "3."]
    assert len(whys) == 3
    assert all("测评表第 " in why for why in whys)
    with world.database.read() as session:
        owing = duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
    due = {owed.id: owed for owed in owing if not owed.done and owed.due <= date(2026, 12, 31)}
    things = [button.action for button in phone.screen.buttons if isinstance(button.action, Task)]
    assert len(things) == 3
    assert all(due[one.task].due >= date(2026, 12, 1) for one in things), (
        "what falls due this month comes first"
    )
    assert f"另有 {len(due) - 3} 项" in phone.text
    assert phone.screen.attachment is None, "nobody handed anything over"
    first = named[0][0].removeprefix("1. ")
    assert phone.tap(f"1. {first}").screen.title == first
    assert phone.say("这个月三件事").screen.title == THREE
    assert phone.tap("首页").screen.title == "您好，接任书记"


def test_where_less_is_left_less_is_shown_and_nothing_is_invented(desk: World) -> None:
    phone = desk.phone("secretary of 新源里")
    with desk.database.read() as session:
        owing = duties.of_branch(session, branch_id=desk.branches[3].id, term_id=desk.terms[0].id)
    left = [owed for owed in owing if not owed.done and owed.due <= date(2026, 12, 31)]
    kept = next(owed for owed in left if owed.due < date(2026, 12, 1))
    with desk.database.write() as session:
        for owed in left:
            if owed.id != kept.id:
                duties.close(session, me=desk.me("secretary of 新源里"), owed=owed, answer="")
    phone.say("这个月三件事")
    assert [b.action for b in phone.screen.buttons if isinstance(b.action, Task)] == [Task(kept.id)]
    assert "另有" not in phone.text
    with desk.database.write() as session:
        duties.close(session, me=desk.me("secretary of 新源里"), owed=kept, answer="")
    phone.say("三件事")
    assert "这个月没有要办的事。" in phone.text
    assert not [b.action for b in phone.screen.buttons if isinstance(b.action, Task)]


def test_a_given_task_says_who_gave_it(desk: World) -> None:
    desk.phone("member").say("首页").tap("交办任务").say("明天交走访照片").tap("确认交办")
    with desk.database.read() as session:
        owing = duties.of_branch(session, branch_id=desk.branches[0].id, term_id=desk.terms[0].id)
    with desk.database.write() as session:
        for owed in owing:
            if not owed.done and not owed.assigned:
                duties.close(session, me=desk.me("secretary"), owed=owed, answer="")
    phone = desk.phone("secretary").say("这个月三件事")
    assert ("1. 交办：交走访照片", "🟠 12月29日，还有 1 天") in phone.screen.lines
    assert "为什么：党总支交办（测评表第 4 项）" in phone.screen.lines


def test_whoever_opens_the_link_sees_it_first_too(world: World) -> None:
    code = code_for(world, Role.SECRETARY, world.branches[3].id)
    entered = world.conversation.enter(Entry("web", "", "key", code, fresh="fresh", network="n"))
    assert entered.address == "fresh"
    assert world.conversation.look("web", "fresh").screen.title == THREE


@pytest.mark.parametrize("role", [Role.OFFICER, Role.MEMBER, Role.ADMINISTRATOR])
def test_others_begin_on_home(desk: World, role: Role) -> None:
    branch = desk.branches[0].id if role.of_branch else None
    phone = Phone(desk.conversation, "new").say(code_for(desk, role, branch))
    assert phone.screen.title.startswith("您好")
    moved = Phone(desk.conversation, "after").say(moving(desk, "member"))
    assert moved.screen.title.startswith("您好")
    assert moved.screen.attachment is None


# --- 移交包 -------------------------------------------------------------------------------------------------------


def test_a_successor_gets_the_page_with_the_welcome(world: World) -> None:
    follower = Phone(world.conversation, "follower", name="接任书记").say(moving(world))
    assert follower.screen.title == "这个月三件事 · 常营主校区党支部"
    assert HANDED in follower.text
    said, file = document(follower), page_of(follower)
    assert isinstance(file.data, Made)
    assert file.name == "2026-12-28 常营主校区党支部 移交包.docx"
    for words in (
        "没办完的工作",
        "读书心得",
        "已超期 7 天",
        "在办的整改",
        "2025–2026学年第二学期",
        "96.6 分",
        "★★★★★ 五星",
    ):
        assert words in said, words
    again = world.conversation.look("web", "follower").screen
    assert again.attachment == file, "the page connects again"
    assert "移交包" in follower.labels
    late = world.phone("secretary").press(HandoverPack(world.branches[0].id))
    assert not late.screen.title.startswith("移交包"), "whoever handed over sees it no more"


@pytest.mark.slow
def test_it_lists_what_is_open_what_is_missing_and_what_was_recorded_is_not(desk: World) -> None:
    phone = desk.phone("secretary of 新源里").say("移交包")
    assert phone.screen.title == "移交包 · 新源里校区党支部"
    before = document(phone)
    assert "本学期：谈心谈话、" in before
    assert "11月：" in before
    assert "12月：" not in before, "this month is not over"
    desk.phone("secretary of 新源里").say("谈心6次")
    phone.say("台账").tap("自身建设").tap("谈心谈话").say("6")
    after = document(phone.say("移交包"))
    assert "本学期：谈心谈话、" not in after
    assert phone.tap("待办").screen.title.startswith("待办")


@pytest.mark.slow
def test_running_measures_stand_in_it_as_whoever_looks_may_see_them(desk: World, clock: Clock) -> None:
    for branch, grades in enumerate(("优" * 24, "优" * 24, "优" * 24, "合" * 23 + "不")):
        evaluate(desk, branch, grades)
    desk.phone("administrator").say("公布").tap("确认公布")
    Clockwork(desk, clock).tick()
    branch, term = desk.branches[3].id, desk.terms[0].id
    own, committee = desk.phone("secretary of 新源里"), desk.phone("member")
    own.press(Rectify(branch, term)).tap("写一条措施").say("每月检查公开栏")
    assert "每月检查公开栏" in document(own.say("移交包"))
    assert "还没有提交" in document(own)
    hidden = document(committee.say("新源里移交包"))
    assert "每月检查公开栏" not in hidden, "a plan is the branch's own until it is handed in"
    assert "还没有提交" in hidden
    own.press(Rectify(branch, term)).tap("采用全部").tap("提交整改").tap("确认提交")
    said = document(committee.say("新源里移交包"))
    assert "每月检查公开栏" in said
    assert "三星" in said
    assert "整改" in committee.labels


def test_it_is_to_be_had_on_the_branchs_own_screen_and_by_a_word(desk: World) -> None:
    for who, words in (("secretary", "结果"), ("officer", "结果"), ("member", "双龙")):
        phone = desk.phone(who).say(words).tap("移交包")
        assert phone.screen.title.startswith("移交包 · ")
        assert page_of(phone).name.endswith("移交包.docx")
    assert desk.phone("member").say("移交包").screen.title == "看哪个支部的移交包？"


def test_another_branch_sees_neither(desk: World) -> None:
    for action in (HandoverPack(desk.branches[1].id), ThisMonth(desk.branches[1].id, 1)):
        phone = desk.phone("secretary").press(action)
        assert phone.toast == "您没有查看这项内容的权限。职务有变动的，请在「我的职务」里核对。"
        assert "劲松" not in phone.text


def test_its_screens_take_the_same_number_of_queries_however_much_is_open(desk: World) -> None:
    counts = []
    for who, branch in (("secretary", 0), ("secretary of 新源里", 3)):
        asked: list[str] = []

        def note(_c: object, _k: object, statement: str, *_: object) -> None:
            asked.append(statement)  # noqa: B023

        phone = desk.phone(who).say("首页")
        sa.event.listen(desk.database.engine, "before_cursor_execute", note)
        phone.press(actions.ThisMonth(desk.branches[branch].id, 1))
        sa.event.remove(desk.database.engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.slow
@needs_libreoffice
@pytest.mark.parametrize("long", [False, True])
def test_however_much_is_open_it_is_one_page(tmp_path: Path, clock: Clock, long: bool) -> None:
    words = "对照要求整改，逐条落实，" * 20 if long else "读书心得"
    full = Pack(
        branch="北京市劲松职业高中常营校区与双龙校区联合第一党支部委员会",
        committee="示范职业高中党总支",
        term="2026–2027学年第一学期",
        tasks=[(f"{words}", "10月10日开展，请填报，已超期 71 天")] * 50,
        missing=[
            (f"{n}月", "党员活动出勤、支委会有记录/召开、主题党日、党员集中学习、信息上报")
            for n in range(9, 13)
        ]
        + [("本学期", "、".join(["预备党员转正延后"] * 35))],
        measures=[(words, "支部书记", "1月27日", "已完成，等总支销号")] * 20,
        results=[("2025–2026学年第二学期", "88.8 分", "★★★★☆ 四星")] * 2,
    )
    pages = printed(pack.document(full, clock()), "docx", tmp_path)
    assert len(pages) == 1
    assert f"还有{50 - TASKS}项" in pages[0].text
    assert f"还有{20 - MEASURES}条" in pages[0].text


@pytest.mark.slow
def test_what_the_committee_suggests_is_not_in_the_branchs_page_before_it_publishes(desk: World) -> None:
    own, member = desk.phone("secretary of 新源里"), desk.phone("member")
    before = document(own.say("移交包"))
    member.say("首页").tap("评价 新源里").say("7不").tap("保存").tap("目录").tap("7 ·").tap("记一条整改措施")
    assert "已记下一条整改措施" in member.toast
    assert document(own.say("移交包")) == before
    assert "整改" not in own.labels
