"""支部: added, renamed, put on a campus, closed, merged; a term that is over or published keeps what it said."""

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot import actions
from bot.demo import EDITION
from bot.dialogue.paper import summed_up
from bot.permissions import Me, Role
from bot.setup import Plan, carry_out
from bot.store import duties, exporting, roll, terms
from bot.store.tables import NOTICE, HistoryRow
from jobs import reminders
from jobs.duties.calendar import propose_terms
from scoring.refusal import Refused
from tests.objects import objects
from tests.phone import Phone, World, code_for


def card(world: World, name: str) -> Phone:
    """An administrator before one branch."""
    return world.phone("administrator").say("首页").tap("工作安排").tap("支部").tap(name)


def test_a_branch_is_added_and_everywhere_at_once(world: World) -> None:
    phone = world.phone("administrator").say("首页").tap("工作安排").tap("支部").tap("新增支部")
    phone.say("东坝校区党支部")
    assert phone.toast == "已新增东坝校区党支部，请邀请书记"
    assert ("书记", "还没有，请点「邀请」") in phone.screen.lines
    assert [branch.name for branch in world.branches][-1] == "东坝校区党支部"
    assert any("东坝校区" in label for label in phone.say("排名").labels)
    assert "邀请 东坝校区 书记" in phone.say("谁没加入").labels


def test_a_renamed_branch_keeps_its_sheet_its_people_and_its_old_name(world: World) -> None:
    before = world.sheet(0, term=1)
    assert before is not None
    phone = card(world, "常营主校区党支部").tap("改名").say("常营第一党支部")
    assert phone.toast == "已改名为常营第一党支部"
    assert phone.screen.title == "常营第一党支部"
    assert ("曾用名", "常营主校区党支部") in phone.screen.lines
    after = world.sheet(0, term=1)
    assert after is not None
    assert (after.id, after.sheet.marks) == (before.id, before.sheet.marks)
    assert "常营第一党支部 支部书记" in world.phone("secretary").say("我的职务").text
    assert phone.tap("改名").say("常营第一党支部").toast == "本来就是这样，没有改动"
    with world.database.read() as session:
        row = objects(session).exec(select(HistoryRow).order_by(col(HistoryRow.id).desc())).first()
    assert row is not None
    assert (row.subject, row.before, row.after) == (
        "branch",
        '{"name": "常营主校区党支部"}',
        '{"name": "常营第一党支部"}',
    )


def test_a_branch_that_is_called_as_before_again_has_no_former_name_of_it(desk: World) -> None:
    phone = card(desk, "常营").tap("改名").say("常营第一党支部").tap("改名").say("常营主校区党支部")
    assert ("曾用名", "常营第一党支部") in phone.screen.lines


def test_a_name_that_another_branch_has_or_had_is_refused(desk: World) -> None:
    phone = card(desk, "常营").tap("改名").say("劲松校区党支部")
    assert phone.toast == "已经有「劲松校区党支部」了，请用别的名称。"
    card(desk, "常营").tap("改名").say("常营第一党支部")
    phone = desk.phone("administrator").say("增加支部").tap("新增支部").say("常营主校区党支部")
    assert phone.toast == "「常营主校区党支部」是常营第一党支部的曾用名，会弄混，请用别的名称。"
    assert len(desk.branches) == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("党" * 40 + "支部", "支部名称最多 40 个字，请写短一些。"),
        ("增加支部", ""),
        ("东坝", "支部名称请写全，以「支部」结尾，例如：东坝校区党支部。"),
    ],
)
def test_what_is_no_name_makes_no_branch(desk: World, text: str, says: str) -> None:
    phone = desk.phone("administrator").say("增加支部").tap("新增支部").say(text)
    assert says in phone.toast
    assert len(desk.branches) == 4


def test_a_known_word_typed_where_a_name_is_asked_makes_no_branch(desk: World) -> None:
    phone = desk.phone("administrator").say("增加支部").tap("新增支部").say("排名")
    assert phone.screen.title.startswith("排名")
    assert len(desk.branches) == 4


def test_the_campus_is_typed_and_standings_go_by_it(desk: World) -> None:
    phone = card(desk, "双龙").tap("改校区").say("东坝校区")
    assert phone.toast == "校区已改"
    assert ("校区", "东坝校区") in phone.screen.lines
    assert "东坝校区" in " ".join(phone.say("排名").tap("按类别或校区看").labels)


def test_setup_makes_no_second_branch_of_a_renamed_one(desk: World) -> None:
    card(desk, "常营").tap("改名").say("常营第一党支部")
    names = ("常营主校区党支部", "劲松校区党支部", "东坝校区党支部")
    plan = Plan("示范职业高中党总支", "", names, tuple(propose_terms(2030)))
    with pytest.raises(Refused, match="常营主校区党支部 已改名为 常营第一党支部。请在文件里改成现在的名称"):
        carry_out(desk.database, plan, desk.clock())
    assert len(desk.branches) == 4, "nothing of the file was added"


# --- a term keeps what it said ------------------------------------------------------------------------------------

NEW = "2030–2031学年第一学期"


def said(world: World, term: int) -> list[str]:
    """What screens and files say of a term."""
    phone = world.phone("administrator")
    work = (
        actions.Standings(term),
        actions.PublicNotice(term),
        actions.Papers(term, 0),
        actions.Register(term, 0),
    )
    texts = [f"{phone.press(action).text} {phone.labels}" for action in work]
    with world.database.read() as session:
        of = terms.any_term(session, term)
        texts += [phone.press(actions.Result(one.id, term)).text for one in roll.of_term(session, of)]
        texts += [repr(exporting.tables(session, of)), repr(summed_up(session, of, "", world.clock()))]
    return texts


def next_term(world: World) -> int:
    """One that nobody began."""
    with world.database.write() as session:
        return terms.add_term(session, committee_id=1, dates=propose_terms(2030)[0], edition=EDITION).id


def rated(world: World, term: int) -> list[str]:
    """The branches of a term."""
    with world.database.read() as session:
        return [branch.name for branch in roll.of_term(session, terms.any_term(session, term))]


def open_duties(world: World, branch: int) -> int:
    """How much a branch still owes in this term, as it is laid out now."""
    with world.database.write() as session:
        reminders.lay_out(session, 1, world.clock().date())
        term = terms.term(session, 0, 1, world.clock().date())
        owing = duties.of_branch(session, branch_id=branch, term_id=term.id)
        return sum(owed.done_at is None for owed in owing)


def test_a_published_term_keeps_the_name_that_its_branch_had(desk: World) -> None:
    this, last = (term.id for term in desk.terms[:2])
    before = said(desk, last)
    card(desk, "双龙").tap("改名").say("东坝校区党支部")
    desk.phone("administrator").press(actions.AskCampus(desk.branches[2].id)).say("东坝校区")
    assert said(desk, last) == before
    assert "双龙校区" in " ".join(before)
    assert "东坝校区" in " ".join(said(desk, this)), "this one has the new name"
    assert "双龙校区" not in " ".join(said(desk, this)[:4])


def test_a_branch_is_closed_from_a_term_that_nobody_began(desk: World) -> None:
    new, branch = next_term(desk), desk.branches[2].id
    this, last = (term.id for term in desk.terms[1:3])
    before = said(desk, this), said(desk, last)
    phone = card(desk, "双龙").tap("撤销或合并")
    assert phone.labels[:2] == [f"从{NEW}起", "现有学期评完后"], "this term is begun"
    assert phone.tap(f"从{NEW}起").toast == "已撤销，并通知了有关同志"
    assert (f"从{NEW}起", "撤销") in phone.screen.lines
    assert (said(desk, this), said(desk, last)) == before
    assert "双龙校区党支部" not in rated(desk, new)
    with desk.database.write() as session:
        me = Me(0, "", desk.clock())
        later = terms.begin(session, me=me, committee_id=1, dates=propose_terms(2031)[0])
    assert "双龙校区党支部" not in rated(desk, later.id), "terms that come do not know it"
    refused = f"双龙校区党支部没有参加{NEW}的评价，请选别的学期或支部。"
    assert desk.phone("administrator").press(actions.OpenSheet(branch, new, 1)).toast == refused
    assert "待办 7" in desk.phone("secretary of 双龙").say("首页").labels, "in this term it goes on"


def test_a_branch_that_nobody_began_to_rate_goes_at_once_and_comes_back(desk: World) -> None:
    desk.phone("administrator").say("增加支部").tap("新增支部").say("东坝校区党支部")
    branch, this = desk.branches[-1], desk.terms[0]
    code = code_for(desk, Role.SECRETARY, branch.id)
    newcomer = Phone(desk.conversation, "new").say(code)
    assert open_duties(desk, branch.id) > 0
    phone = card(desk, "东坝").tap("撤销或合并").tap(f"从{this.name}起")
    assert "东坝校区党支部" not in rated(desk, this.id)
    assert open_duties(desk, branch.id) == 0
    assert "已撤销，不再评价和提醒。" in newcomer.say("首页").text
    assert newcomer.tap("以前的结果").toast.startswith("东坝校区党支部没有参加"), "it never had one"
    assert "支部（已撤销）" in " ".join(desk.phone("administrator").say("增加支部").labels)
    phone.tap("恢复")
    assert phone.toast == "已恢复，并通知了有关同志，请看人员齐不齐"
    assert "东坝校区党支部" in rated(desk, this.id)
    assert open_duties(desk, branch.id) > 0
    assert "开始自评" in newcomer.say("首页").labels


def test_a_merged_branch_says_into_which_and_both_are_told(desk: World) -> None:
    phone = desk.phone("administrator").say("合并双龙支部")
    phone.tap("并入别的支部").tap("劲松校区党支部")
    assert phone.screen.title == "双龙校区党支部并入劲松校区党支部？"
    phone.tap("现有学期评完后")
    assert phone.toast == "已并入劲松校区党支部，并通知了有关同志"
    assert ("现有学期评完后", "并入劲松校区党支部") in phone.screen.lines
    assert ("并入的支部", "双龙校区党支部") in card(desk, "劲松").screen.lines
    with desk.database.read() as session:
        rows = session.execute(sa.select(NOTICE.c.said).where(NOTICE.c.key.startswith("e:"))).scalars().all()
    assert rows == ["现有学期评完后，双龙校区党支部并入劲松校区党支部。以前的成绩和记录都保留。"] * 2
    assert desk.phone("administrator").press(actions.AskClose(desk.branches[0].id, 3)).toast, (
        "not into a closed one"
    )


def test_setup_and_new_branches_do_not_take_the_name_of_a_closed_one(desk: World) -> None:
    card(desk, "双龙").tap("撤销或合并").tap("现有学期评完后")
    plan = Plan("示范职业高中党总支", "", ("双龙校区党支部",), tuple(propose_terms(2030)))
    with pytest.raises(Refused, match="双龙校区党支部 已撤销。请从文件里删去，或先在聊天的「支部」里恢复"):
        carry_out(desk.database, plan, desk.clock())
    phone = desk.phone("administrator").say("增加支部").tap("新增支部").say("双龙校区党支部")
    assert phone.toast == "「双龙校区党支部」已经撤销。要继续用，请在「支部」里点开它恢复。"
    assert card(desk, "劲松").tap("改名").say("双龙校区党支部").toast == phone.toast


def test_the_last_branch_stays_and_a_begun_term_is_not_taken_away(desk: World) -> None:
    phone, this = desk.phone("administrator"), desk.terms[0].id
    one, *others = desk.branches
    begun = "这个学期已经开始填测评表，不能从这个学期起撤销。请重新选择。"
    assert phone.press(actions.CloseBranch(one.id, 0, this)).toast == begun
    for other in others:
        phone.press(actions.CloseBranch(other.id, 0, 0))
    assert phone.press(actions.CloseBranch(one.id, 0, 0)).toast == "这是最后一个支部，不能撤销。"
    assert phone.press(actions.CloseBranch(others[0].id, 0, 0)).toast == "这个支部已经撤销了。"
    closed = phone.press(actions.AskName(others[0].id)).say("东坝党支部")
    assert closed.toast == "已撤销的支部不能改。要改，请先恢复。"


def test_a_sheet_that_was_only_looked_at_keeps_no_branch(desk: World) -> None:
    desk.phone("administrator").say("增加支部").tap("新增支部").say("东坝校区党支部")
    branch, this = desk.branches[-1], desk.terms[0]
    desk.phone("member").press(actions.OpenSheet(branch.id, this.id, 1))
    card(desk, "东坝").tap("撤销或合并").tap(f"从{this.name}起")
    assert "东坝校区党支部" not in rated(desk, this.id)


@pytest.mark.parametrize(
    "text",
    [
        "甲党支部 乙党支部",
        "甲党支部、乙党支部、",
        "甲党支部/乙党支部",
        "甲党支部和乙党支部",
        "1. 甲党支部\n2. 乙党支部",
        "1、甲党支部\n2、乙党支部",
        "甲党支部，乙党支部，甲党支部",
    ],
)
def test_several_branches_in_one_text_are_several(desk: World, text: str) -> None:
    phone = desk.phone("administrator").say("增加支部").tap("新增支部").say(text)
    assert phone.toast == "已新增 2 个支部，请邀请书记"
    assert [branch.name for branch in desk.branches][-2:] == ["甲党支部", "乙党支部"]


@pytest.mark.parametrize(
    "text",
    [
        "新增支部 东坝校区党支部",
        "新增支部：东坝校区党支部",
        "请新增一个支部，东坝校区党支部",
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_a_branch_that_is_named_with_what_to_do_is_added_wherever_it_is_typed(
    desk: World, text: str, there: bool
) -> None:
    phone = desk.phone("administrator").say("首页")
    if there:
        phone.say("增加支部").tap("新增支部")
    assert phone.say(text).toast == "已新增东坝校区党支部，请邀请书记"
    assert [branch.name for branch in desk.branches][4:] == ["东坝校区党支部"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("新增支部 南校区", "支部名称请写全，以「支部」结尾"),
        ("新增支部 双龙校区党支部", "已经有「双龙校区党支部」了"),
        *(
            (text, "")
            for text in ("怎么新增支部", "新增支部怎么弄", "请问怎么加支部", "想加一个支部", "还有谁的支部")
        ),
        *((text, "") for text in ("新增的支部", "加分的支部", "新增支部的支部")),
    ],
)
def test_what_names_no_branch_adds_none_wherever_it_is_typed(desk: World, text: str, says: str) -> None:
    assert says in desk.phone("administrator").say("首页").say(text).toast
    desk.phone("administrator").say("增加支部").tap("新增支部").say(text)
    assert len(desk.branches) == 4


@pytest.mark.parametrize("who", ["member", "secretary"])
def test_nobody_else_adds_a_branch_by_typing_it(desk: World, who: str) -> None:
    desk.phone(who).say("首页").say("新增支部 东坝校区党支部")
    assert len(desk.branches) == 4


def test_a_bad_name_among_good_ones_adds_none(desk: World) -> None:
    phone = desk.phone("administrator").say("增加支部").tap("新增支部").say("甲党支部、双龙校区党支部")
    assert phone.toast == "已经有「双龙校区党支部」了，请用别的名称。"
    assert len(desk.branches) == 4


def test_a_closed_branch_is_asked_for_nothing_once_its_term_is_published(desk: World) -> None:
    phone, branch = desk.phone("administrator"), desk.branches[2].id
    assert open_duties(desk, branch) > 0
    phone.press(actions.CloseBranch(branch, 0, 0))
    assert open_duties(desk, branch) > 0, "it is rated in this term still"
    with desk.database.write() as session:
        term = terms.term(session, 0, 1, desk.clock().date())
        terms.publish(session, me=Me(0, "", desk.clock()), term=term)
    for _ in range(2):
        assert open_duties(desk, branch) == 0
    assert open_duties(desk, desk.branches[0].id) > 0
    assert "已撤销，不再评价和提醒。" in desk.phone("secretary of 双龙").say("首页").text


def test_a_task_for_a_closed_branch_does_not_go_to_all_others(desk: World) -> None:
    new = next_term(desk)
    phone = desk.phone("administrator")
    phone.press(actions.CloseBranch(desk.branches[2].id, 0, new))
    phone.say("交办任务").say("双龙 12月30日前交小结")
    assert "双龙校区党支部" in phone.text, "it takes part in this term"
    with desk.database.write() as session:
        roll.leave(session, 3, [desk.terms[1].id])
    phone.say("交办任务").say("双龙 12月30日前交小结")
    assert phone.toast == "双龙校区党支部已撤销，不能交办。请写现在的支部。"


def test_a_result_leads_to_no_term_in_which_the_branch_is_not_rated(desk: World) -> None:
    new, branch = next_term(desk), desk.branches[2].id
    card(desk, "双龙").tap("撤销或合并").tap(f"从{NEW}起")
    phone = desk.phone("administrator").press(actions.Result(branch, desk.terms[2].id))
    assert actions.Result(branch, new) not in [button.action for button in phone.screen.buttons]


@pytest.mark.parametrize("who", ["secretary", "member"])
def test_only_an_administrator_changes_branches(desk: World, who: str) -> None:
    assert "管理员" in desk.phone(who).say("首页").say("增加支部").toast
