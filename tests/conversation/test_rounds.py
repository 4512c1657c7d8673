"""年度评议: setting a round up, voting by a code, closing, what is shown of it, what is entered by hand."""

from io import BytesIO

import docx
import openpyxl
import pytest
import sqlalchemy as sa

from bot.actions import (
    Awarded,
    BallotCodes,
    BallotOpinions,
    BranchReview,
    CloseReview,
    OpenReview,
    PrepareReview,
    ReviewCard,
    ReviewFile,
    YearEnd,
    YearTable,
)
from bot.store.tables import BALLOT, BALLOT_OPINION, HISTORY, NOTICE, VOTER
from scoring.refusal import Refused
from scoring.review import Electorate
from tests.phone import World
from tests.voting import EXCELLENT, FAILED, PASSED, YEAR, ballot, closed, codes, hub, opened, vote

EXPERTS, OFFICERS, MEMBERS, MASSES, PARTIES = Electorate


def rows(world: World, table: sa.Table) -> int:
    with world.database.read() as session:
        return int(session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_a_round_from_its_draft_to_its_results(world: World) -> None:
    phone = hub(world)
    assert phone.screen.title == "年度评议与评选 · 2025–2026学年"
    phone.tap("准备年度评议")
    assert ("参评人数", "还没有填") in phone.screen.lines
    phone.say("专家3人，支委5 党员六 群众8 民主党派1")
    assert (
        "参评人数",
        "党建专家 3、支部委员 5、党员 6、群众 8、民主党派代表 1，共 23 人",
    ) in phone.screen.lines
    phone.tap("打开评议，生成 23 个码")
    assert phone.toast == "已打开"
    assert ("群众", "已投 0/8") in phone.screen.lines
    vote(world, MASSES, 5, EXCELLENT, PASSED, said={world.branches[0].id: "活动很有特色"})
    vote(world, EXPERTS, 2, PASSED)
    phone.say("年度评议").tap("看评议")
    assert ("群众", "已投 5/8") in phone.screen.lines
    assert not any("专家" in str(line) for line in phone.screen.lines), "nobody is to be known by the hour"
    closed(phone)
    assert phone.screen.lines[0] == ("常营主校区党支部", "群众 100")
    assert phone.screen.lines[1] == ("劲松校区党支部", "群众 80")
    assert ("群众", "应到 8 · 发出 8 · 收回 5 · 有效 5") in phone.screen.lines
    assert ("党建专家", "应到 3 · 发出 3 · 收回 2") in phone.screen.lines
    assert "其他代表 2 张，不足 5 张，未计入。" in phone.screen.lines
    phone.tap("常营主校区")
    assert "党支部自身建设：优秀 5" in phone.screen.lines
    assert phone.tap("看意见（5 条）").screen.lines[1] == ("1", "活动很有特色")
    assert rows(world, VOTER) == 0


def test_a_code_gives_one_ballot_and_nothing_else_is_written(world: World) -> None:
    opened(world)
    before = rows(world, HISTORY), rows(world, NOTICE)
    code = codes(world)[MASSES][0]
    world.polls.cast(code, ballot(world, EXCELLENT), {world.branches[1].id: "好"})
    with pytest.raises(Refused, match="已经投过票了"):
        world.polls.cast(code, ballot(world, FAILED), {})
    with pytest.raises(Refused, match="没有找到这个码"):
        world.polls.cast("22223333", ballot(world, FAILED), {})
    assert (rows(world, BALLOT), rows(world, BALLOT_OPINION)) == (1, 1)
    assert (rows(world, HISTORY), rows(world, NOTICE)) == before


def test_nobody_sees_anything_before_it_is_closed(desk: World) -> None:
    phone = opened(desk)
    vote(desk, MASSES, 6, EXCELLENT)
    number = phone.at("review")
    for who in ("administrator", "member"):
        seen = desk.phone(who).press(BranchReview(number, desk.branches[0].id))
        assert seen.toast == "评议结束以后才有结果。"
    assert "100" not in phone.press(ReviewCard(number)).text


def test_a_closed_round_stays_closed(desk: World) -> None:
    phone = opened(desk)
    number, code = phone.at("review"), codes(desk)[MASSES][0]
    closed(phone)
    with pytest.raises(Refused, match="评议已经结束"):
        desk.polls.cast(code, ballot(desk, EXCELLENT), {})
    assert phone.press(CloseReview(number)).toast == "已经结束了"
    assert "不能再改" in phone.press(OpenReview(number, 1)).toast
    assert "没有在进行" in phone.press(BallotCodes(number)).toast


def test_a_round_that_is_void_leaves_nothing_and_a_new_one_has_new_codes(world: World) -> None:
    phone = opened(world)
    first = codes(world)
    vote(world, MASSES, 3, EXCELLENT, said={world.branches[0].id: "好"})
    phone.say("年度评议").tap("看评议").tap("作废重来").tap("确认作废")
    assert phone.toast == "已作废"
    assert (rows(world, VOTER), rows(world, BALLOT), rows(world, BALLOT_OPINION)) == (0, 0, 0)
    assert "作废的评议：1 次，不计结果。" in phone.screen.lines
    opened(world)
    assert not {code for some in first.values() for code in some} & {
        code for some in codes(world).values() for code in some
    }


def test_a_ballots_code_in_a_chat_is_shown_the_way(desk: World) -> None:
    opened(desk)
    code = codes(desk)[MASSES][0]
    for who in ("secretary", "stranger"):
        said = desk.phone(who).say(code).text
        assert "这是年度评议的选票码，不是邀请码。请打开 http://127.0.0.1:8000/vote 投票。" in said
    assert len(codes(desk)[MASSES]) == 8


def test_who_is_too_few_is_said_before_it_is_opened(desk: World) -> None:
    phone = hub(desk).tap("准备年度评议").say("专家3 群众8 民主党派1")
    assert "党建专家、民主党派代表共 4 人，收回的票不满 5 张，一般不计入结果" in phone.text
    phone.say("专家3 群众8 民主党派2")
    assert "党建专家、民主党派代表各不满 5 人，收回的票合在一起，按其他代表公布。" in phone.text


def test_a_round_that_was_closed_too_early_is_begun_anew(desk: World) -> None:
    closed(opened(desk, "群众8")).tap("作废重来").tap("确认作废")
    assert opened(desk, "群众8").toast == "已打开"


def test_what_was_changed_meanwhile_is_not_opened(desk: World) -> None:
    phone = hub(desk).tap("准备年度评议").say("群众8")
    other = desk.phone("administrator").press(phone.screen.here)
    phone.say("群众9")
    assert other.tap("打开评议").toast == "人数刚有改动，还没有打开，请再核对。"
    assert ("参评人数", "群众 9，共 9 人") in other.screen.lines


def test_review_comes_after_both_evaluations_are_published(desk: World) -> None:
    phone = desk.phone("administrator").press(PrepareReview(1, YEAR + 1))
    assert phone.toast == "2026–2027学年第二学期还没有设置。请先在「学期」里新增，评价公布以后再评议。"
    assert "还没有公布" in desk.phone("administrator").press(YearEnd(1, YEAR + 1)).text


def test_members_look_and_the_administrator_acts(desk: World) -> None:
    phone = opened(desk)
    number = phone.at("review")
    member = desk.phone("member").press(ReviewCard(number))
    assert "结束评议" not in member.labels
    assert member.press(CloseReview(number)).toast == "年度评议由管理员准备、打开和结束，您可以查看。"
    secretary = desk.phone("secretary").press(ReviewCard(number))
    assert secretary.toast.startswith("年度评议和评选由党总支查看。")


def test_small_groups_are_shown_together(desk: World) -> None:
    phone = opened(desk, "专家3 支委2 群众6 民主党派1")
    vote(desk, EXPERTS, 3, EXCELLENT)
    vote(desk, OFFICERS, 2, PASSED)
    closed(phone)
    assert phone.screen.lines[0] == ("常营主校区党支部", "其他代表 92")
    assert ("其他代表", "党建专家、支部委员合计 5 张，有效 5") in phone.screen.lines


def test_what_the_office_counted_is_written_beside_it(desk: World) -> None:
    phone = opened(desk, "群众8")
    phone.say("实到 群众7")
    assert ("实到", "群众 7") in phone.screen.lines
    assert phone.say("实到 群众9").toast == "群众一共 8 人，不能登记 9。请核对。"
    vote(desk, MASSES, 5, EXCELLENT)
    closed(phone).say("发出 群众7")
    assert ("群众", "应到 8 · 实到 7 · 发出 7 · 收回 5 · 有效 5") in phone.screen.lines


def test_what_is_not_understood_changes_nothing(desk: World) -> None:
    phone = hub(desk).tap("准备年度评议").say("群众8")
    for text in ("群众8 群众9", "大概二十个人吧", "党员 -3"):
        phone.say(text)
        assert ("参评人数", "群众 8，共 8 人") in phone.press(phone.screen.here).screen.lines
    assert "最多 2000 人" in phone.say("群众3000").toast


def test_paper_ballots_are_entered_as_totals_and_marked(desk: World) -> None:
    phone = opened(desk, "群众5")
    vote(desk, MASSES, 2, EXCELLENT)
    closed(phone)
    assert "其他代表 2 张，不足 5 张，未计入。" in phone.screen.lines
    phone.tap("录纸质票").tap("群众 没有")
    assert "太少了" in phone.say("共4票").toast
    assert ("有效的纸质票", "10 张") in phone.say("共10票").screen.lines
    for branch in desk.branches:
        phone.tap(branch.name.removesuffix("党支部"))
        assert "超过 10 张" in phone.say("11/0/0 " * 6).toast
        assert "要 6 组" in phone.say("10/0/0 9/1").toast
        assert phone.say("8/1/0 " * 6).toast == "已录"
        phone.tap("返回本组")
    assert "都录完了，已计入。" in phone.screen.lines
    phone.tap("没有纸质票")
    assert "已经录的 10 张和 4 个支部的票数都会删去，不再计入。" in phone.screen.lines
    phone.tap("不删")
    phone.say("年度评议").tap("看评议结果")
    assert phone.screen.lines[0] == ("常营主校区党支部", "群众（纸质票） 97.78")
    assert ("群众（纸质票）", "10 张，手工计票") in phone.screen.lines
    assert "其他代表 2 张，不足 5 张，未计入。" in phone.screen.lines, "paper gives nobody away"


def test_weights_are_percent_and_the_rest_is_the_committees(desk: World) -> None:
    phone = opened(desk, "群众5")
    vote(desk, MASSES, 5, EXCELLENT)
    closed(phone).tap("设权重")
    assert ("现在", "评议供参考，不计入总分") in phone.screen.lines
    assert ("现在", "总支评价 80 %，群众 20 %") in phone.say("群众20").screen.lines
    assert "不能超过 100 %" in phone.say("群众120").toast
    assert ("现在", "评议供参考，不计入总分") in phone.say("不计").screen.lines


def test_experts_sign_what_they_say(desk: World) -> None:
    phone = opened(desk, "群众5")
    vote(desk, MASSES, 5, EXCELLENT)
    closed(phone).tap("专家意见").tap("双龙校区")
    assert phone.say("都还不错的").toast.startswith("没看懂")
    assert ("赵老师", "党日活动有特色。") in phone.say("赵老师：党日活动有特色。").screen.lines
    phone.tap("专家意见")
    assert ("1. 赵老师", "双龙校区党支部：党日活动有特色。") in phone.screen.lines
    assert ("赵老师 · 双龙校区党支部", "党日活动有特色。") in phone.tap("删去 1").screen.lines
    phone.tap("不删").tap("删去 1")
    assert phone.tap("确认删去").toast == "已删去"
    assert "还没有专家署名的意见。" in phone.screen.lines


# --- what gives nobody away ---------------------------------------------------------------------------------------


def test_of_ballots_shown_together_no_group_is_kept_and_those_that_do_not_count_are_gone(
    world: World,
) -> None:
    phone = opened(world, "专家3 支委2 群众6")
    vote(world, EXPERTS, 3, EXCELLENT)
    vote(world, OFFICERS, 2, PASSED)
    vote(world, MASSES, 5, FAILED)
    closed(phone)
    assert groups(world) == [0] * 5 + [int(MASSES)] * 5
    phone.tap("作废重来").tap("确认作废")
    phone = opened(world, "专家3 群众6")
    vote(world, EXPERTS, 3, EXCELLENT)
    vote(world, MASSES, 5, FAILED)
    closed(phone)
    assert groups(world) == [int(MASSES)] * 5
    assert "其他代表 3 张，不足 5 张，未计入。" in phone.screen.lines


def groups(world: World) -> list[int]:
    with world.database.read() as session:
        return sorted(session.execute(sa.select(BALLOT.c.group)).scalars())


def test_the_results_as_a_file_are_totals_of_what_is_shown(world: World) -> None:
    phone = opened(world, "专家3 群众8")
    vote(world, EXPERTS, 3, EXCELLENT)
    vote(world, MASSES, 6, EXCELLENT, PASSED)
    closed(phone).tap("下载结果")
    assert phone.screen.attachment is not None
    assert phone.screen.attachment.name == "2025–2026学年 示范职业高中党总支 评议结果.xlsx"
    sheet = openpyxl.load_workbook(BytesIO(phone.screen.attachment.read())).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert [row[:3] for row in rows] == [[branch.name, "群众", 6] for branch in world.branches]
    assert rows[0][3:] == ["6/0/0/0"] * 6 + [100]
    assert rows[1][3:9] == ["0/6/0/0"] * 6
    phone.tap("Word 文件")
    assert phone.screen.attachment.name.endswith(".docx")
    assert "专家" not in words_of(phone.screen.attachment.read()), "too few to be shown"


def test_of_too_few_ballots_there_is_no_file(desk: World) -> None:
    phone = opened(desk, "专家3 群众8")
    vote(desk, EXPERTS, 3, EXCELLENT)
    number = closed(phone).at("review")
    assert "下载结果" not in phone.labels
    phone.press(ReviewFile(number, 0))
    assert phone.screen.attachment is None
    assert phone.toast == "收回的票不足 5 张，不公布结果，没有文件。"


def words_of(document: bytes) -> str:
    """All that stands in the cells of a Word file."""
    tables = docx.Document(BytesIO(document)).tables
    return " ".join(cell.text for table in tables for row in table.rows for cell in row.cells)


def test_a_name_that_changes_later_leaves_what_is_closed_as_it_was(world: World) -> None:
    """All screens of a year that is over say the names of its last term, and so does its file."""
    phone = opened(world, "群众8")
    vote(world, MASSES, 6, EXCELLENT, PASSED, said={world.branches[2].id: "好"})
    closed(phone).tap("专家意见").tap("双龙校区").say("赵老师：党日活动有特色。")
    phone.say("年度评议").tap("学年总表").tap("评 双龙").say("党日活动有特色，整改落实好").tap("确认评选")
    number = phone.at("award")
    asked = (
        YearEnd(1, YEAR),
        ReviewCard(1),
        BranchReview(1, world.branches[2].id),
        BallotOpinions(1, world.branches[2].id, 0),
        YearTable(1, YEAR),
        Awarded(number),
    )
    before = [phone.press(action).text for action in asked]
    phone.say("首页").tap("工作安排").tap("支部").tap("双龙").tap("改名").say("双桥校区党支部")
    assert phone.toast == "已改名为双桥校区党支部"
    assert [phone.press(action).text for action in asked] == before
    assert any("双龙校区党支部" in text for text in before)


def test_opinions_are_shown_only_where_enough_ballots_are(desk: World) -> None:
    phone = opened(desk, "专家1 群众5")
    vote(desk, EXPERTS, 1, EXCELLENT, said={desk.branches[0].id: "台账不齐"})
    closed(phone).tap("录纸质票").tap("群众 没有").say("共10票")
    for branch in desk.branches:
        phone.tap(branch.name.removesuffix("党支部")).say("8/1/0 " * 6)
        phone.tap("返回本组")
    phone.say("年度评议").tap("看评议结果").tap("常营主校区")
    assert ("群众（纸质票）", "10 张，97.78 分") in phone.screen.lines
    assert phone.labels == ["评议结果", "首页"], "the one who wrote is known by their group"


def test_while_they_vote_no_difference_tells_of_a_small_group(desk: World) -> None:
    phone = opened(desk, "群众8 民主党派1")
    vote(desk, MASSES, 6, PASSED)
    vote(desk, PARTIES, 1, PASSED)
    assert ("2. 年度评议", "进行中，已投 6/8") in hub(desk, "member").screen.lines
    phone.say("年度评议").tap("看评议").tap("结束评议")
    assert ("群众", "已投 6/8") in phone.screen.lines
    assert "7/9" not in phone.text


# --- how numbers are read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("专家3人支委12人", "党建专家 3、支部委员 12"),
        ("党员一百二十 群众8", "党员 120、群众 8"),
        ("党员一百零五", "党员 105"),
        ("专家3，党员10，群众8。", "党建专家 3、党员 10、群众 8"),
        ("专家两人 群众8，共10人", "党建专家 2、群众 8"),
    ],
)
def test_numbers_are_read_as_they_are_said(desk: World, text: str, understood: str) -> None:
    phone = hub(desk).tap("准备年度评议").say(text)
    assert any(understood in str(line) for line in phone.screen.lines), phone.text


@pytest.mark.parametrize(
    "text", ["群众8 12", "党员3,8", "群众2,000", "党员100000", "专家一二", "专家3 群众8 共15人"]
)
def test_numbers_that_are_not_clear_change_nothing(desk: World, text: str) -> None:
    phone = hub(desk).tap("准备年度评议").say("群众7")
    said = phone.say(text)
    assert said.toast or "没看懂" in said.text
    assert ("参评人数", "群众 7，共 7 人") in hub(desk).tap("看评议").screen.lines


def test_what_was_said_of_other_groups_stays(desk: World) -> None:
    phone = opened(desk, "党员8 群众8")
    phone.say("实到 党员7").say("实到 群众6")
    assert ("实到", "党员 7、群众 6") in phone.screen.lines
    closed(phone).tap("设权重").say("党员5")
    assert ("现在", "总支评价 85 %，党员 5 %，群众 10 %") in phone.say("群众10").screen.lines


def test_what_an_expert_signs_is_kept_as_it_was_typed(desk: World) -> None:
    phone = closed(opened(desk, "群众5")).tap("专家意见").tap("双龙校区")
    phone.say("王建国：党日活动有特色，很好（真的）！")
    assert ("王建国", "党日活动有特色，很好（真的）！") in phone.screen.lines
    assert "先写姓名" in (said := phone.say("党日活动有特色，台账要及时")).toast + said.text


def test_a_minus_is_no_number_of_ballots(desk: World) -> None:
    phone = closed(opened(desk, "群众5")).tap("录纸质票").tap("群众 没有").say("共10票").tap("双龙校区")
    assert "0 或以上的整数" in phone.say("8/1/-1 " * 6).toast
