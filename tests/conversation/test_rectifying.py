"""整改: from the published result over the plan and its measures to the last 销号; nobody answers themselves."""

import zipfile
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from bot import actions
from bot.message import plain
from bot.paper.register import COLUMNS
from bot.permissions import Rater, Role
from bot.store import rectifications, sheets
from bot.store.tables import HISTORY, NOTICE, OCCURRENCE, PERSON, SEAT, TERM
from bot.values import Measure, Rectification
from jobs import reminders
from scoring.numerals import plain as numeral
from scoring.rectification import Reasons
from tests.conftest import Clock
from tests.phone import Phone, World, code_for, picture
from tests.published import evaluate, mailed, published

OWNER = "secretary of 双龙"


def plan_of(world: World, branch: int = 2) -> Rectification:
    with world.database.read() as session:
        return rectifications.of_branch(session, branch=world.branches[branch], term=world.terms[0])


def owing(world: World) -> list[str]:
    """What 双龙 still owes for its plan, by day."""
    o = OCCURRENCE.c
    query = (
        sa.select(o.due)
        .where(
            o.duty == "rectification",
            o.branch_id == world.branches[2].id,
            o.done_at.is_(None),
            o.cancelled.is_(False),
        )
        .order_by(o.due)
    )
    with world.database.read() as session:
        return [f"{due:%m-%d}" for due in session.execute(query).scalars()]


def lay_out(world: World) -> None:
    with world.database.write() as session:
        reminders.lay_out(session, 1, world.clock().date())


def submitted(world: World) -> Phone:
    """双龙 has three stars, and hands in what is proposed."""
    published(world)
    lay_out(world)
    phone = world.phone(OWNER).say("首页").tap("整改")
    return phone.tap("采用全部 24 条建议").tap("提交整改").tap("确认提交")


def accepted(world: World) -> Phone:
    """And the committee agrees."""
    submitted(world)
    phone = world.phone("member").press(actions.Rectify(world.branches[2].id, world.terms[0].id))
    return phone.tap("同意")


def told(world: World, who: str) -> list[str]:
    """What somebody is owed as notices of this subject."""
    me = world.me(who)
    query = sa.select(NOTICE.c.said).where(NOTICE.c.person_id == me.person_id, NOTICE.c.key.startswith("xr:"))
    with world.database.read() as session:
        return list(session.execute(query.order_by(NOTICE.c.id)).scalars())


def test_a_letter_says_that_there_is_news_of_a_plan_and_nothing_of_what_it_says(desk: World) -> None:
    term, branch = desk.terms[0], desk.branches[2]
    name, ask = term.name, "，请打开网页查看。"
    published(desk)
    outcome = actions.Outcome(term.id)
    assert mailed(desk, OWNER, outcome) == (
        f"{name}的评定结果已公布{ask}",
        f"按{name}的评定结果，本支部需要制定整改措施{ask}",
    )
    assert mailed(desk, "secretary", outcome) == (f"{name}的评定结果已公布{ask}",)
    plan = actions.Rectify(branch.id, term.id)
    own = desk.phone(OWNER).press(plan).tap("采用全部 24 条建议").tap("提交整改").tap("确认提交")
    assert mailed(desk, "member", plan) == (f"有支部提交了{name}的整改措施，等待审核{ask}",)
    assert mailed(desk, OWNER, plan, outcome) == (f"{name}的评定结果已公布{ask}",)
    assert mailed(desk, "secretary", plan) == (), "it is not theirs to see"
    member = desk.phone("member").press(plan).tap("退回").say("第一条写具体").tap("确认退回")
    assert mailed(desk, OWNER, plan) == (f"党总支退回了{name}的整改措施，需要修改后再提交{ask}",)
    own.press(plan).tap("提交整改").tap("确认提交")
    member.press(plan).tap("同意")
    assert mailed(desk, OWNER, plan) == (f"党总支同意了{name}的整改措施{ask}",)
    assert mailed(desk, "member", plan) == ()
    card = actions.MeasureCard(plan_of(desk).measures[0].id)
    own.press(card).say("已建立台账").tap("已完成")
    assert mailed(desk, "member", card) == (f"有支部报{name}的一条整改措施已完成，等待销号{ask}",)
    assert mailed(desk, OWNER, card) == ()
    member.press(card).tap("退回").say("请附台账").tap("确认退回")
    assert mailed(desk, OWNER, card) == (f"党总支退回了{name}的一条整改措施{ask}",)
    own.press(card).say("台账见附件").tap("已完成")
    member.press(card).tap("销号")
    assert mailed(desk, OWNER, card) == (f"{name}的一条整改措施已经销号{ask}",)


# --- the plan -----------------------------------------------------------------------------------------------------


def test_the_notice_of_publication_leads_to_the_plan_of_who_owes_one(desk: World) -> None:
    published(desk)
    outcome = actions.Outcome(desk.terms[0].id)
    phone = desk.phone(OWNER).press(outcome).tap("写整改措施")
    assert phone.screen.title == "整改 · 双龙校区党支部"
    assert "原因：评为三星；其他工作薄弱" in phone.text
    assert not any("整改" in label for label in desk.phone("secretary").press(outcome).labels)


def test_a_plan_takes_four_taps(world: World) -> None:
    phone = submitted(world)
    assert phone.toast == "已提交，党总支马上收到"
    plan = plan_of(world)
    assert len(plan.measures) == 24
    first = plan.measures[0]
    assert first.item == 24, "what lost most comes first"
    assert first.text.startswith("对照要求整改：落实好党风廉政的各项工作"), "不合格: the standard of 合格"
    assert plan.measures[1].text.startswith("对照要求整改："), "合格: that of 优秀"
    assert (first.post, str(first.due)) == ("支部书记", "2027-01-28")
    assert told(world, "member") == ["双龙校区党支部提交了整改措施，请审核。"]
    assert owing(world) == ["02-11", "03-11", "04-09", "05-11", "06-11"], "the first asked for the plan"


def test_all_proposals_are_taken_in_two_statements_with_a_row_of_history_each(world: World) -> None:
    published(world)
    phone, added = world.phone(OWNER).say("整改"), list[str]()

    def note(*said: Any) -> None:
        if said[2].startswith(("INSERT INTO measure", "INSERT INTO history")):
            added.append(said[2].split()[2])

    sa.event.listen(world.database.engine, "before_cursor_execute", note)
    phone.tap("采用全部 24 条建议")
    sa.event.remove(world.database.engine, "before_cursor_execute", note)
    assert added == ["measure", "history"]
    measures = plan_of(world).measures
    query = sa.select(HISTORY.c.subject_id, HISTORY.c.item).where(HISTORY.c.subject == "measure")
    with world.database.read() as session:
        rows = session.execute(query.order_by(HISTORY.c.id)).all()
    assert {tuple(row) for row in rows} == {(one.id, one.item) for one in measures}
    assert len(measures) == 24


def test_each_proposal_is_kept_changed_or_dropped(desk: World) -> None:
    published(desk)
    lay_out(desk)
    phone = desk.phone(OWNER).say("首页").tap("整改").tap("逐条选")
    assert "第 24 项" in phone.text
    assert "扣 4 分" in phone.text
    phone.tap("采用第 24 项")
    assert phone.toast == "已采用 1 条建议"
    phone.tap("全部措施").tap("第 1 条")
    phone.say("建立干部廉政记录台账，每月检查一次")
    assert phone.toast == "措施已改"
    assert phone.say("组织委员").toast == "责任人：组织委员"
    assert phone.say("1月15日前").toast == "整改时限：1月15日前"
    assert phone.say("宣传委员 1月12日前").toast == "责任人：宣传委员，整改时限：1月12日前"
    assert phone.say("组织委员，1月15日前").toast == "责任人：组织委员，整改时限：1月15日前"
    assert ("整改措施", "建立干部廉政记录台账，每月检查一次") in phone.screen.lines
    assert ("责任人", "组织委员") in phone.screen.lines
    assert ("整改时限", "1月15日前") in phone.screen.lines
    assert phone.tap("全体支委").toast == "责任人：全体支委"
    assert phone.tap("两周内").toast == "整改时限：1月11日前"
    assert phone.tap("期末前").toast == "整改时限：1月18日前"
    phone.tap("删除").tap("全部措施")
    assert "还没有措施。" in phone.text
    phone.tap("恢复刚删除的一条")
    assert phone.toast == "已恢复"
    assert plan_of(desk).measures[0].text == "建立干部廉政记录台账，每月检查一次"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("12月1日前", "已经过去"),
        ("责任人：张三", "责任人请写职务，不写姓名"),
        ("负责人张三", "责任人请写职务，不写姓名"),
        ("组织委员，12月1日前", "已经过去"),
        ("0", "没看懂"),
        ("长" * 501, "控制在 500 字以内"),
    ],
)
def test_what_cannot_be_meant_is_not_saved(desk: World, text: str, says: str) -> None:
    published(desk)
    phone = desk.phone(OWNER).say("整改").tap("写一条措施").say("加强学习，每月一次")
    before = plan_of(desk)
    assert says in phone.say(text).toast
    assert plan_of(desk) == before


def test_a_measure_of_ones_own_has_a_post_and_a_day_from_the_start(desk: World) -> None:
    published(desk)
    phone = desk.phone(OWNER).say("整改").tap("写一条措施").say("请宣传委员每月更换公开栏")
    assert ("存在问题", "支部自定") in phone.screen.lines
    assert ("整改措施", "请宣传委员每月更换公开栏") in phone.screen.lines
    phone.say("责任人：宣传委员")
    assert plan_of(desk).measures[0].post == "宣传委员"
    phone.say("12月20日前完成的材料要补齐，作为教训写进制度里")
    assert phone.toast == "措施已改"


def test_an_officer_writes_and_the_secretary_submits(desk: World) -> None:
    desk.phone("stranger").say(code_for(desk, Role.OFFICER, desk.branches[2].id))
    published(desk)
    phone = desk.phone("stranger").press(actions.Rectify(desk.branches[2].id, desk.terms[0].id))
    phone.tap("采用全部")
    assert "提交整改" not in phone.labels
    assert "请支部书记提交" in phone.press(actions.AskSubmitPlan(plan_of(desk).id)).toast


def test_what_changed_since_it_was_seen_is_not_submitted(desk: World) -> None:
    published(desk)
    phone = desk.phone(OWNER).say("整改").tap("采用全部").tap("提交整改")
    seen = next(button.action for button in phone.screen.buttons if button.label == "确认提交")
    phone.press(actions.MeasureCard(plan_of(desk).measures[0].id)).say("另外的措施")
    assert "有改动，还没有提交" in phone.press(seen).toast
    phone.say("整改").tap("提交整改").tap("确认提交")
    assert plan_of(desk).handed_in
    assert phone.press(seen).toast == "已经提交过了"
    assert "审核前不能再改" in phone.press(actions.DropMeasure(plan_of(desk).measures[0].id)).toast


def test_the_committee_returns_a_plan_with_a_reason_and_accepts_the_next_one(world: World) -> None:
    submitted(world)
    where = actions.Rectify(world.branches[2].id, world.terms[0].id)
    member = world.phone("member").press(where).tap("退回").say("第 24 项写具体些")
    assert ("退回的原因", "第 24 项写具体些") in member.screen.lines
    assert "第 24 项写具体些" not in world.phone(OWNER).press(where).text, "a draft is nobody else's"
    member.tap("确认退回")
    assert member.toast == "已退回，支部马上收到"
    assert "还没有措施" not in member.text
    assert "支部提交以后，才能看到措施。" in member.text
    assert told(world, OWNER) == ["党总支退回了整改措施：第 24 项写具体些"]
    assert owing(world)[0] == "01-11", "it is asked for again"
    phone = world.phone(OWNER).press(where)
    assert "退回的原因：第 24 项写具体些" in phone.text
    phone.tap("第 1 条").say("建立台账").tap("全部措施").tap("提交整改").tap("确认提交")
    assert world.phone("other member").press(where).tap("同意").toast == "已同意，支部马上收到"
    assert plan_of(world).accepted
    assert owing(world)[0] == "02-11"


def test_a_corrected_result_that_asks_for_more_brings_the_plan_back(world: World) -> None:
    accepted(world)
    where = actions.Rectify(world.branches[2].id, world.terms[0].id)
    world.phone(OWNER).press(where).tap("第 1 条").say("已经补齐记录").tap("完成")
    file = world.sheet(2, Rater.COMMITTEE)
    assert file is not None
    member = world.phone("administrator").press(actions.AmendItem(file.id, 1)).tap("不合格").say("记录不全")
    assert "已更正" in member.tap("确认更正").toast
    why = "结果更正后，增加了「党支部自身建设薄弱」，请补充措施再提交。"
    assert told(world, OWNER)[-1] == f"整改要补充：{why}"
    assert owing(world)[0] == "01-11", "it is asked for again"
    phone = world.phone(OWNER).press(where)
    assert ("退回的原因", why) in phone.screen.lines
    closed = plan_of(world).measures[0]
    assert closed.closed, "what is carried out stays as it is"
    assert phone.press(actions.DropMeasure(closed.id)).toast == "这条措施已经报完成，不能再改。"
    phone.press(where).tap("写一条措施").say("每月补齐党员大会的记录").tap("全部措施").tap("提交整改").tap(
        "确认提交"
    )
    assert world.phone("member").press(where).tap("同意").toast == "已同意，支部马上收到"
    assert plan_of(world).measures[0].closed


def test_a_corrected_result_that_asks_for_no_more_leaves_the_plan_alone(world: World) -> None:
    accepted(world)
    file = world.sheet(2, Rater.COMMITTEE)
    assert file is not None
    member = (
        world.phone("administrator").press(actions.AmendItem(file.id, 24)).tap("合格").say("复核记录齐全")
    )
    member.tap("确认更正")
    assert plan_of(world).accepted


def test_guidance_reaches_the_branch_and_stands_on_its_plan(desk: World) -> None:
    published(desk)
    where = actions.Rectify(desk.branches[2].id, desk.terms[0].id)
    phone = desk.phone("member").press(where).tap("写指导意见").say("先补记录")
    assert "要发的指导意见：先补记录" in phone.text
    assert "先补记录" not in desk.phone(OWNER).press(where).text
    sends = phone.screen
    phone.tap("返回").tap("指导意见还没有发出")
    assert "要发的指导意见：先补廉政记录" in phone.say("先补廉政记录").text
    assert not told(desk, OWNER)
    assert phone.tap("发给支部").toast == "已发出，支部马上收到"
    assert "指导意见：先补廉政记录（总支委员甲）" in desk.phone(OWNER).press(where).text
    assert told(desk, OWNER) == ["党总支对整改有指导意见：先补廉政记录"]
    [again] = [b.action for row in sends.rows for b in row if b.label == "发给支部"]
    assert phone.press(again).toast == "已经发过了，以现在的为准"
    assert "指导意见：先补廉政记录（总支委员甲）" in phone.text
    assert len(told(desk, OWNER)) == 1


def test_guidance_is_sent_once_as_it_was_shown(desk: World) -> None:
    published(desk)
    where = actions.Rectify(desk.branches[2].id, desk.terms[0].id)
    phone = desk.phone("member").press(where).tap("写指导意见").say("先补廉政记录")
    desk.phone("other member").press(where).tap("指导意见还没有发出").say("先补台账")
    assert phone.tap("发给支部").toast == "指导意见有改动，还没有发出，请再核对"
    assert "要发的指导意见：先补台账" in phone.text
    assert not told(desk, OWNER)
    [sends] = [b.action for row in phone.screen.rows for b in row if b.label == "发给支部"]
    phone.tap("发给支部")
    assert phone.press(sends).toast == "已经发过了，以现在的为准"
    assert told(desk, OWNER) == ["党总支对整改有指导意见：先补台账"]
    assert "要发的" not in phone.tap("写指导意见").text
    assert "发出后替换现在的" in phone.text


# --- from the card ------------------------------------------------------------------------------------------------


def test_two_taps_at_a_failing_item_take_a_measure_down(world: World) -> None:
    phone = world.phone("secretary").press(actions.Card(_sheet(world, 0), 7))
    phone.tap("合格").tap("第 7 项记一条整改措施")
    assert phone.toast == "第 7 项已记下一条整改措施，可以再改"
    [one] = plan_of(world, 0).measures
    assert (one.item, one.suggested) == (7, False)
    assert "按时布置、检查《党员手册》的填写" in one.text
    assert phone.tap("返回本项").screen.title.startswith("第 7 项")
    assert phone.tap("记一条整改措施").toast == "这一项已经记过，可以再改"
    assert "公布以后才能提交" in phone.press(actions.AskSubmitPlan(plan_of(world, 0).id)).toast
    phone.press(actions.Card(_sheet(world, 0), 7)).tap("优秀")
    assert not any("记一条整改措施" in label for label in phone.labels)
    hidden = world.phone("member").press(actions.Rectify(world.branches[0].id, world.terms[0].id))
    assert "按时布置" not in hidden.text, "a plan is the branch's own until it is handed in"


def test_after_many_items_at_once_no_measure_is_offered_for_a_guessed_one(desk: World) -> None:
    phone = desk.phone("secretary of 新源里").say("自评").say("1-6合 7不").tap("保存").tap("目录").tap("9 ")
    assert phone.screen.title.startswith("第 9 项")
    assert not any("记一条整改措施" in label for label in phone.labels)
    phone.tap("合格")
    assert "第 9 项记一条整改措施" in phone.labels
    phone.tap("目录").tap("7 ")
    assert "记一条整改措施" in phone.labels, "of the item that is open"


def _sheet(world: World, branch: int, rater: Rater = Rater.SELF) -> int:
    file = world.sheet(branch, rater)
    assert file is not None
    return file.id


def test_what_the_committee_suggests_reaches_the_branch_with_the_publication_and_not_before(
    world: World,
) -> None:
    evaluate(world, 2, "合" * 23 + "不", submits=False)
    member = world.phone("member").press(actions.Card(_sheet(world, 2, Rater.COMMITTEE), 24))
    member.tap("记一条整改措施").say("秘密建议：补齐廉政记录")
    [one] = plan_of(world).measures
    assert one.suggested
    phone = world.phone(OWNER)
    where = actions.Rectify(world.branches[2].id, world.terms[0].id)
    for action in (
        where,
        actions.MeasureCard(one.id),
        actions.DropMeasure(one.id),
        actions.Proposals(2, 0, 0),
    ):
        phone.press(action)
        assert "秘密" not in phone.text + phone.toast
        assert "廉政" not in phone.text + phone.toast
    sheet = world.sheet(2, Rater.COMMITTEE)
    assert sheet is not None
    with world.database.write() as session:
        sheets.submit(session, me=world.me("member"), file=sheet)
    for branch, grades in ((0, "合" * 24), (1, "优" * 24), (3, "优" * 24)):
        evaluate(world, branch, grades)
    world.phone("administrator").say("公布").tap("确认公布")
    assert "秘密建议：补齐廉政记录" in phone.press(where).text
    assert "（总支建议）" in phone.text
    assert "采用全部 23 条建议" in phone.labels
    phone.tap("采用全部").tap("提交整改").tap("确认提交")
    assert phone.toast == "已提交，党总支马上收到"


# --- closure --------------------------------------------------------------------------------------------------------


def _first(world: World) -> Measure:
    return plan_of(world).measures[0]


def test_a_measure_is_closed_by_the_branch_and_accepted_by_the_committee(world: World) -> None:
    accepted(world)
    phone = world.phone(OWNER).press(actions.MeasureCard(_first(world).id))
    assert "已完成，报总支销号" not in phone.labels
    phone.say("已建立台账，12月检查一次").attach("记录.png", picture(5))
    assert ("完成情况", "已建立台账，12月检查一次") in phone.screen.lines
    assert ("附件", "1 份") in phone.screen.lines
    phone.tap("已完成，报总支销号")
    assert phone.toast == "已报完成，等总支销号"
    assert "等总支销号" in phone.say("还有一点").toast
    member = world.phone("member").press(actions.MeasureCard(_first(world).id))
    member.tap("1. 记录.png")
    assert member.screen.attachment is not None
    member.tap("返回").tap("同意销号")
    assert member.toast == "已销号"
    assert told(world, OWNER)[-1] == "党总支销号了一条整改措施。"
    assert "✅ 已销号" in phone.say("整改").text
    with world.database.read() as session:
        rows = rectifications.register(
            session, me=world.me("member"), committee_id=1, term_id=world.terms[0].id
        )
    first = rows[0]
    assert (first.number, first.item, str(first.lost), first.files) == (1, 24, "4", (1,))
    assert (first.report, first.accepted_at is not None) == ("已建立台账，12月检查一次", True)
    assert len(rows) == 24


def test_a_measure_is_sent_back_with_a_reason(world: World) -> None:
    accepted(world)
    phone = world.phone(OWNER).press(actions.MeasureCard(_first(world).id)).say("做了").tap("已完成")
    member = world.phone("member").press(actions.MeasureCard(_first(world).id)).tap("退回").say("缺记录")
    assert "缺记录" not in phone.press(actions.MeasureCard(_first(world).id)).text
    member.tap("确认退回")
    assert member.toast == "已退回，支部马上收到"
    phone.press(actions.MeasureCard(_first(world).id))
    assert any(line[0] == "总支退回" and "缺记录" in line[1] for line in phone.screen.lines)
    phone.say("补了记录").tap("已完成")
    assert phone.tap("撤回，还没有完成").toast == "已撤回，可以再改"
    assert not _first(world).closed


def test_the_committee_accepts_what_it_saw(desk: World) -> None:
    accepted(desk)
    phone = desk.phone(OWNER).press(actions.MeasureCard(_first(desk).id)).say("做了").tap("已完成")
    member = desk.phone("member").press(actions.MeasureCard(_first(desk).id))
    phone.tap("撤回").say("做了一半").tap("已完成")
    assert "有改动，还没有销号" in member.tap("同意销号").toast
    assert not _first(desk).accepted
    assert member.tap("同意销号").toast == "已销号"


def test_who_submitted_a_plan_does_not_agree_with_it_in_a_later_seat(world: World) -> None:
    submitted(world)
    both = world.phone(OWNER).say("邀请码").say(code_for(world, Role.MEMBER))
    with world.database.write() as session:
        session.execute(
            sa.update(SEAT).where(SEAT.c.branch_id == world.branches[2].id).values(until=world.clock())
        )
    both.press(actions.Rectify(world.branches[2].id, world.terms[0].id))
    assert "同意" not in both.labels
    plan = plan_of(world)
    assert "这是您在支部时报的" in both.press(actions.AcceptPlan(plan.id, 0)).toast
    assert "这是您在支部时报的" in both.press(actions.AskReturnPlan(plan.id)).toast


def test_nobody_confirms_a_reason_that_another_member_wrote_since(world: World) -> None:
    submitted(world)
    here = actions.Rectify(world.branches[2].id, world.terms[0].id)
    first = world.phone("member").press(here).tap("退回").say("第一条太笼统")
    world.phone("other member").press(here).tap("退回").say("缺时限")
    first.tap("确认退回")
    assert first.toast == "退回的原因有改动，还没有退回，请再核对"
    assert ("退回的原因", "缺时限") in first.screen.lines
    assert plan_of(world).handed_in
    assert "请再核对" in first.press(actions.ReturnPlan(plan_of(world).id)).toast, (
        "an old button knows no reason"
    )
    assert first.tap("确认退回").toast == "已退回，支部马上收到"


def test_nor_one_of_a_measure(world: World) -> None:
    accepted(world)
    one = _first(world)
    world.phone(OWNER).press(actions.MeasureCard(one.id)).say("做了").tap("已完成")
    first = world.phone("member").press(actions.MeasureCard(one.id)).tap("退回").say("缺照片")
    world.phone("other member").press(actions.MeasureCard(one.id)).tap("退回").say("缺总结")
    assert first.tap("确认退回").toast == "退回的原因有改动，还没有退回，请再核对"
    assert _first(world).closed
    assert "请再核对" in first.press(actions.SendBack(one.id)).toast
    assert first.tap("确认退回").toast == "已退回，支部马上收到"
    assert _first(world).reply == "缺总结"


@pytest.mark.parametrize("day", ["9999年1月1日前", "2199年1月1日", "100年后", "下学期开学前"])
def test_a_day_that_is_not_understood_does_not_replace_the_measure(desk: World, day: str) -> None:
    published(desk)
    lay_out(desk)
    phone = desk.phone(OWNER).say("首页").tap("整改").tap("写一条措施").say("每月检查一次廉政记录")
    assert phone.say(day).toast.startswith(f"没看懂「{day}」是哪一天")
    assert ("整改措施", "每月检查一次廉政记录") in phone.screen.lines
    assert phone.say("1月15日前，组织委员").toast == "责任人：组织委员，整改时限：1月15日前"


def test_a_post_is_no_name_and_a_measure_is_no_post(desk: World) -> None:
    published(desk)
    with desk.database.write() as session:
        session.execute(sa.update(PERSON).where(PERSON.c.id == desk.me(OWNER).person_id).values(name="陈静"))
    lay_out(desk)
    phone = desk.phone(OWNER).say("首页").tap("整改").tap("写一条措施").say("每月检查一次廉政记录")
    for said in ("陈静书记", "责任人：陈静委员", "陈静书记，1月15日前"):
        assert phone.say(said).toast == "「陈静」是姓名。责任人请写职务，不写姓名，例如：组织委员。"
    assert ("责任人", "支部书记") in phone.screen.lines
    assert phone.say("走访兄弟支部").toast == "措施已改"
    assert phone.say("成立整改小组").toast == "措施已改"


def test_a_plan_whose_days_are_past_is_not_submitted(desk: World) -> None:
    published(desk)
    lay_out(desk)
    phone = desk.phone(OWNER).say("首页").tap("整改").tap("采用全部 24 条建议")
    desk.clock.forward(days=40)  # type: ignore[attr-defined]
    assert "的时限 1月28日已经过去，请点这一条改到以后。" in phone.tap("提交整改").toast


def test_what_is_not_closed_is_not_taken_back(desk: World) -> None:
    accepted(desk)
    phone = desk.phone(OWNER).press(actions.ReopenMeasure(_first(desk).id))
    assert phone.toast == "这条还没有报完成，不用撤回"


def test_the_items_of_another_edition_are_not_compared(world: World) -> None:
    accepted(world)
    with world.database.write() as session:
        last, this = world.terms[1], world.terms[0]
        assert rectifications.next_marks(session, branch_id=world.branches[2].id, term_id=last.id) is not None
        session.execute(sa.update(TERM).where(TERM.c.id == this.id).values(edition="another"))
        assert rectifications.next_marks(session, branch_id=world.branches[2].id, term_id=last.id) is None


def test_nobody_answers_for_a_branch_they_sit_in_or_what_they_closed(world: World) -> None:
    accepted(world)
    code = code_for(world, Role.OFFICER, world.branches[2].id)
    both = world.phone("member").say("邀请码").say(code)
    both.press(actions.MeasureCard(_first(world).id)).say("做了").tap("已完成，报总支销号")
    one = _first(world)
    forged: list[actions.Action] = [
        actions.AcceptMeasure(one.id, 0),
        actions.AskSendBack(one.id),
        actions.SendBack(one.id),
    ]
    for action in forged:
        assert "您在这个支部任职" in both.press(action).toast
    with world.database.write() as session:
        session.execute(
            sa.update(SEAT)
            .where(SEAT.c.branch_id == world.branches[2].id, SEAT.c.person_id == one.closed_by)
            .values(until=world.clock())
        )
    assert "同意销号" not in both.press(actions.MeasureCard(one.id)).labels
    assert "这是您在支部时报的，请由其他总支委员审核。" in both.text
    for action in forged:
        assert "是您在支部时报的" in both.press(action).toast
    assert not _first(world).accepted
    assert world.phone("other member").press(actions.MeasureCard(one.id)).tap("同意销号").toast == "已销号"


def test_a_month_is_closed_by_what_was_reported_and_all_by_the_last_acceptance(
    world: World, clock: Clock
) -> None:
    published(world)
    lay_out(world)
    phone = world.phone(OWNER).say("整改").tap("写一条措施").say("补廉政记录").tap("全部措施")
    phone.tap("提交整改").tap("确认提交")
    world.phone("member").press(actions.Rectify(world.branches[2].id, world.terms[0].id)).tap("同意")
    card = actions.MeasureCard(_first(world).id)
    phone.press(card).say("已开始")
    assert owing(world)[0] == "02-11", "no check is open yet"
    clock.forward(days=40)
    lay_out(world)
    phone.press(card).say("完成一半")
    assert owing(world)[0] == "03-11"
    assert _first(world).late(clock().date())
    assert "🔴 超期" in world.phone("member").press(actions.Register(world.terms[0].id, 0)).text
    phone.press(card).tap("已完成")
    member = world.phone("member").press(card).tap("同意销号")
    assert member.toast == "已销号，整改全部完成"
    assert owing(world) == []
    lay_out(world)
    assert owing(world) == []
    assert "全部销号" in member.press(actions.Register(world.terms[0].id, 0)).text
    member.press(card).tap("重新打开").say("还缺一次").tap("确认退回")
    lay_out(world)
    assert owing(world) != []


def test_the_register_shows_all_plans_the_overdue_first(desk: World, clock: Clock) -> None:
    for branch, grades in enumerate(("不" * 24, "优" * 24, "合" * 23 + "不", "优" * 24)):
        evaluate(desk, branch, grades)
    desk.phone("administrator").say("公布").tap("确认公布")
    phone = desk.phone(OWNER).say("整改").tap("采用全部").tap("提交整改").tap("确认提交")
    desk.phone("member").press(actions.Rectify(desk.branches[2].id, desk.terms[0].id)).tap("同意")
    member = desk.phone("member").say("排名").tap("整改台账")
    assert member.labels[:2] == ["常营主校区", "双龙校区"]
    clock.forward(days=45)
    member.press(actions.Register(desk.terms[0].id, 0))
    assert member.labels[:2] == ["双龙校区", "常营主校区"]
    assert "双龙校区：🔴 超期 24 条，评为三星；其他工作薄弱；已销号 0/24" in member.text
    assert "排名由党总支查看" in phone.press(actions.Register(desk.terms[0].id, 0)).toast


@pytest.mark.slow
def test_the_register_is_a_file_to_be_printed(desk: World) -> None:
    accepted(desk)
    phone = desk.phone(OWNER).press(actions.MeasureCard(_first(desk).id))
    phone.say("=1+1 做完了").attach("记录.png", picture(5)).tap("已完成")
    desk.phone("member").press(actions.MeasureCard(_first(desk).id)).tap("同意销号")
    member = desk.phone("member").say("整改台账").tap("台账 Excel")
    assert member.screen.attachment is not None
    sheet = openpyxl.load_workbook(BytesIO(member.screen.attachment.read()))["整改台账"]
    rows = [tuple(map(str, row)) for row in sheet.iter_rows(min_row=3, values_only=True)]
    assert rows[0] == tuple(column.head for column in COLUMNS)
    assert rows[1][:2] == ("1", desk.branches[2].name)
    assert rows[1][2].startswith("第 24 项 ")
    assert rows[1][2].endswith("\n扣 4 分")
    assert rows[1][6] == "=1+1 做完了\n附件 1"
    assert rows[1][8] == f"{desk.clock().year}.{desk.clock().month}.{desk.clock().day}"
    assert [row[8] for row in rows[2:]] == [""] * 23
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$3:$3")
    member.tap("Word 文件")
    assert member.screen.attachment is not None
    text = zipfile.ZipFile(BytesIO(member.screen.attachment.read())).read("word/document.xml").decode()
    assert text.count("<w:tr>") == 25
    assert "=1+1 做完了" in text
    assert "整改台账" in member.tap("整改台账").screen.title


def test_the_register_is_a_file_of_the_kind_that_is_typed(desk: World) -> None:
    submitted(desk)
    phone = desk.phone("member")
    for text, ending in (("台账文件", "xlsx"), ("整改台账 word", "docx"), ("整改台账WORD文件", "docx")):
        attachment = phone.say("首页").say(text).screen.attachment
        assert attachment is not None, text
        assert attachment.name.endswith(f" 整改台账.{ending}"), text
    assert phone.say("整改台账").screen.attachment is None


def test_every_step_is_in_the_history(desk: World) -> None:
    accepted(desk)
    desk.phone(OWNER).press(actions.MeasureCard(_first(desk).id)).say("做了").tap("已完成")
    desk.phone("member").press(actions.MeasureCard(_first(desk).id)).tap("同意销号")
    query = sa.select(HISTORY.c.subject, sa.func.count()).where(
        HISTORY.c.subject.in_(("rectification", "measure"))
    )
    with desk.database.read() as session:
        rows: Any = session.execute(query.group_by(HISTORY.c.subject))
        found = dict(rows.all())
    assert found == {"rectification": 3, "measure": 24 + 3}


# --- the next term --------------------------------------------------------------------------------------------------


def test_the_next_sheet_says_what_was_to_be_done_and_the_plan_what_came_of_it(
    world: World, clock: Clock
) -> None:
    branch, last = world.branches[2].id, world.terms[1].id
    where = actions.Rectify(branch, last)
    with world.database.write() as session:
        rectifications.owe(
            session,
            me=world.me("administrator"),
            branch=world.branches[2],
            term=world.terms[1],
            why=Reasons(3),
            on=clock().date(),
        )
    phone = world.phone(OWNER).press(where).tap("采用全部").tap("提交整改").tap("确认提交")
    world.phone("member").press(where).tap("同意")
    with world.database.read() as session:
        plan = rectifications.of_branch(session, branch=world.branches[2], term=world.terms[1])
    one = next(one for one in plan.measures if one.item == 6)
    phone.press(actions.MeasureCard(one.id)).say("补了考勤").tap("已完成")
    world.phone("member").press(actions.MeasureCard(one.id)).tap("同意销号")
    own = _sheet(world, 2)
    card = phone.press(actions.Card(own, 6)).screen
    labels = {line[0]: line[1] for line in card.lines if isinstance(line, tuple) and "上学期整改" in line[0]}
    file = world.sheet(2)
    assert file is not None
    again = "（再次）" if file.sheet.marks[6].grade.word != "优秀" else ""
    [(label, said)] = labels.items()
    assert label == f"上学期整改{again}"
    assert said.startswith("对照要求整改：")
    assert said.endswith("（已销号）")
    other = plain(phone.press(actions.Card(own, 7)).screen)
    assert "（未完成）" in other
    begun = world.phone("member").say("首页").tap("评价 双龙校区")
    assert "上学期整改" in begun.press(actions.Card(_sheet(world, 2, Rater.COMMITTEE), 6)).text
    after = phone.press(where).text
    assert "整改前后（2026–2027学年第一学期支部自评）：" in after
    then, now = next(one.mark for one in plan.measures if one.item == 6), file.sheet.marks[6]
    assert then is not None
    shown = next(line for line in after.splitlines() if line.startswith("第 6 项：") and "→" in line)
    assert shown.startswith(f"第 6 项：{numeral(then.points)} → {numeral(now.points)} 分")
    assert shown.endswith("再次") is bool(again)
