"""工作安排: what an administrator changes in the chat, and what the next tick makes of it."""

import json
from dataclasses import replace
from datetime import date
from threading import Thread

import pytest
import sqlalchemy as sa

from bot.actions import (
    AddTerm,
    ClearDay,
    DutyCard,
    EnteredDays,
    ResetDuty,
    SwitchDuty,
    TermCard,
    WhyTask,
)
from bot.store import duties, laying_out, terms
from bot.store.arrangements import working_days
from bot.store.tables import (
    DUTY_CHOICE,
    EVIDENCE,
    FACT,
    HISTORY,
    MARK,
    OCCURRENCE,
    REPORTED,
    ROLL,
    SHEET,
    TERM,
)
from bot.values import Owing
from jobs import reminders
from jobs.duties.calendar import propose_terms
from jobs.duties.catalogue import read_duties
from tests.conversation.test_bad_input import kept
from tests.jobs.notices import INVENTED_2027
from tests.phone import Phone, World

NUMBERS = {key: duty.number for key, duty in read_duties("jinsong_2017").items()}
SAVED = "已保存，任务日期会在一分钟内更新"


def admin(world: World) -> Phone:
    return world.phone("administrator").say("首页").tap("工作安排")


def card(world: World, duty: str, branch: int = 0) -> Phone:
    """The administrator on a duty's card, of the committee or (a number) of a branch."""
    return world.phone("administrator").press(DutyCard(1, branch, NUMBERS[duty]))


def tick(world: World) -> None:
    reminders.tick(world.database, world.clock())


def owed(world: World, duty: str, branch: int = 3, term: int = 0) -> list[Owing]:
    """What the n-th branch owes of a duty this term."""
    with world.database.read() as session:
        found = duties.of_branch(session, branch_id=world.branches[branch].id, term_id=world.terms[term].id)
    return [o for o in found if o.duty == duty]


def dues(world: World, duty: str, branch: int = 3) -> list[date]:
    return [o.due for o in owed(world, duty, branch)]


def history(world: World, subject: str) -> list[tuple[object, object]]:
    table = HISTORY
    with world.database.read() as session:
        rows = session.execute(
            sa.select(table.c.before, table.c.after).where(table.c.subject == subject).order_by(table.c.id)
        ).all()
    return [(json.loads(b) if b else None, json.loads(a) if a else None) for b, a in rows]


# --- duties -----------------------------------------------------------------------------------------------------


def test_the_catalogue_lists_every_duty_once_and_marks_what_is_on(world: World) -> None:
    phone = admin(world).tap("任务目录")
    listed: list[str] = []
    for tab in ("每月", "每学期", "每年", "事后"):
        phone.tap(tab)
        listed += [b.label for b in phone.screen.buttons if isinstance(b.action, DutyCard)]
    catalogue = read_duties("jinsong_2017").values()
    assert sorted(label.removeprefix("✓") for label in listed) == sorted(d.title for d in catalogue)
    assert {label[1:] for label in listed if label.startswith("✓")} == {d.title for d in catalogue if d.on}


def test_a_card_says_what_a_duty_is_why_and_when_next(world: World) -> None:
    text = admin(world).tap("任务目录").tap("每学期").tap("学期总结").text
    for words in (
        "已启用",
        "自评截止前1天，遇休息日提前",
        "每周第一个工作日提醒 11 天内到期和逾期的",
        "12月30日（周三）",
        "学期末能及时上交支部总结",
    ):
        assert words in text


def test_switched_off_it_is_owed_no_more_and_switched_on_again_it_is_and_what_is_done_stays(
    world: World,
) -> None:
    before = owed(world, "reports", 0)
    assert any(o.done for o in before)
    assert any(not o.done for o in before)
    phone = card(world, "reports").tap("停用")
    assert phone.toast == SAVED
    assert "未启用" in phone.text
    tick(world)
    assert owed(world, "reports", 0) == [o for o in before if o.done]
    assert owed(world, "reports", 3) == []
    phone.tap("启用")
    tick(world)
    assert owed(world, "reports", 0) == before


def test_what_is_off_in_the_catalogue_is_owed_when_it_is_switched_on(world: World) -> None:
    assert owed(world, "group_meeting") == []
    card(world, "group_meeting").tap("启用")
    tick(world)
    assert dues(world, "group_meeting") == [date(2026, 10, 20), date(2026, 11, 20), date(2026, 12, 18)]


def test_a_typed_rule_moves_what_is_open_and_counts_the_change_but_leaves_what_is_done(world: World) -> None:
    before = {o.id: o for o in owed(world, "reports", 0)}
    phone = card(world, "reports").say("每月第2个周三，遇休息日顺延")
    assert phone.toast == SAVED
    assert "每月第2个周三，遇休息日顺延（原来是每月25日，遇休息日提前）" in phone.text
    tick(world)
    for now in owed(world, "reports", 0):
        was = before[now.id]
        assert now == was if was.done else (now.due != was.due and now.changes == was.changes + 1)
    assert dues(world, "reports") == [date(2026, 10, 14), date(2026, 11, 11), date(2026, 12, 9)]
    phone.tap("恢复默认")
    tick(world)
    assert dues(world, "reports") == [date(2026, 10, 23), date(2026, 11, 25), date(2026, 12, 25)]
    assert {o.changes for o in owed(world, "reports")} == {2}


@pytest.mark.parametrize("text", ["提前 5、1", "提前5天、1天", "提前：30", "提前 0", "提前三天"])
def test_lead_days_are_not_chosen_any_more_and_it_says_when_one_is_reminded(desk: World, text: str) -> None:
    before = kept(desk)
    phone = card(desk, "summary").say(text)
    assert "每周第一个工作日提醒 11 天内到期和逾期的" in phone.toast
    assert "自评截止前1天，遇休息日提前" in phone.toast
    assert kept(desk) == before


def test_lead_days_that_were_chosen_in_an_earlier_version_change_nothing(world: World) -> None:
    days = dues(world, "summary")
    with world.database.write() as session:
        chosen = {"committee_id": 1, "body": 0, "duty": "summary", "rule": "", "leads": "30、3"}
        session.execute(sa.insert(DUTY_CHOICE).values(chosen))
    tick(world)
    assert dues(world, "summary") == days
    assert "恢复默认" in card(world, "summary").labels


def test_rule_and_switch_are_chosen_one_by_one_and_go_back_together(world: World) -> None:
    phone = card(world, "study").say("每月20日").tap("停用")
    for words in ("未启用", "每月20日，遇休息日提前（原来是每月第3个周五，遇休息日提前）"):
        assert words in phone.text
    phone.tap("恢复默认")
    assert "恢复默认" not in phone.labels
    for words in ("已启用", "每月第3个周五，遇休息日提前"):
        assert words in phone.text
    assert phone.press(SwitchDuty(1, 0, NUMBERS["study"], 1)).screen
    assert len(history(world, "duty_choice")) == 4


@pytest.mark.parametrize(
    ("duty", "text", "rule"),
    [
        ("party_day", "每月第2个周三", "每月第2个周三，遇休息日提前"),
        ("reports", "每月15日", "每月15日，遇休息日提前"),
        ("review", "暑假前3天", "第二学期期末前3天，遇休息日提前"),
        ("review", "寒假前3天，遇休息日顺延", "第一学期期末前3天，遇休息日顺延"),
        ("secretary_report", "寒假后5天", "第二学期开学后5天，遇休息日提前"),
    ],
)
def test_a_rule_without_what_happens_on_days_off_and_vacations_are_understood(
    world: World, duty: str, text: str, rule: str
) -> None:
    phone = card(world, duty).say(text)
    assert phone.toast == SAVED
    assert rule in phone.text


def test_a_branchs_own_party_day_moves_only_that_branchs_days(world: World) -> None:
    before = {branch: dues(world, "party_day", branch) for branch in range(4)}
    phone = card(world, "party_day").tap("某支部单独安排").tap("新源里")
    assert "与全总支相同" in phone.text
    phone.say("每月第2个周三，遇休息日顺延")
    assert "本支部单独安排" in phone.text
    tick(world)
    assert dues(world, "party_day", 3) == [date(2026, 10, 14), date(2026, 11, 11), date(2026, 12, 9)]
    assert {branch: dues(world, "party_day", branch) for branch in range(3)} == {
        branch: before[branch] for branch in range(3)
    }
    assert "✓新源里校区党支部" in phone.tap("某支部单独安排").labels
    phone.tap("新源里").tap("恢复默认")
    tick(world)
    assert dues(world, "party_day", 3) == before[3]


def test_a_branch_goes_without_a_duty_that_the_others_owe(world: World) -> None:
    card(world, "reports", world.branches[3].id).tap("停用")
    tick(world)
    assert dues(world, "reports", 3) == []
    assert dues(world, "reports", 1)


def test_a_branch_is_found_by_its_name(world: World) -> None:
    phone = card(world, "party_day").tap("某支部单独安排").say("双龙")
    assert phone.screen.title == "主题党日 · 双龙校区党支部"
    several = card(world, "party_day").tap("某支部单独安排").say("校区")
    assert sum("校区党支部" in label for label in several.labels) == 4
    several.say("天津")
    assert "没有找到名称含「天津」的支部" in several.toast


def test_a_duty_of_the_committee_is_not_arranged_by_branch(world: World) -> None:
    phone = card(world, "committee_sheets")
    assert "某支部单独安排" not in phone.labels
    before = kept(world)
    phone.press(SwitchDuty(1, world.branches[0].id, NUMBERS["committee_sheets"], 0))
    assert "党总支的工作" in phone.toast
    assert kept(world) == before


def test_a_secretary_sees_the_new_rule_behind_the_task_and_cannot_change_it(world: World) -> None:
    card(world, "reports").say("每月第2个周三，遇休息日顺延")
    tick(world)
    secretary = world.phone("secretary of 新源里").press(WhyTask(owed(world, "reports")[0].id))
    assert "每月第2个周三，遇休息日顺延" in secretary.text
    assert "工作安排" not in secretary.say("首页").labels
    secretary.press(SwitchDuty(1, 0, NUMBERS["reports"], 0))
    assert "由管理员设置" in secretary.toast


def test_a_member_of_the_committee_has_no_arranging(world: World) -> None:
    phone = world.phone("member").say("首页")
    assert "工作安排" not in phone.labels
    phone.press(TermCard(world.terms[0].id))
    assert "由管理员设置" in phone.toast


def test_another_committees_duties_days_and_terms_are_out_of_reach(world: World) -> None:
    with world.database.write() as session:
        other = terms.add_committee(session, name="别的党总支", edition="jinsong_2017")
        branch = terms.add_branch(session, committee_id=other, name="别的党支部", campus="")
        dates = propose_terms(2026)[0]
        term = terms.add_term(session, committee_id=other, dates=dates, edition="jinsong_2017")
    phone, before = admin(world), kept(world)
    for action in (
        SwitchDuty(other, 0, 1, 0),
        SwitchDuty(other, branch, 1, 0),
        SwitchDuty(1, branch, 1, 0),
        DutyCard(1, branch, 1),
        ResetDuty(1, branch, 1),
        EnteredDays(other, 202710),
        ClearDay(other, 20271010),
        TermCard(term.id),
        AddTerm(other, 2026, 2),
    ):
        phone.press(action)
        assert phone.toast, action
        assert phone.screen.title.startswith("工作安排"), action
    assert kept(world) == before


def test_who_chose_what_is_in_the_history(world: World) -> None:
    phone = card(world, "party_day", world.branches[3].id).say("每月第2个周三，遇休息日顺延")
    phone.say("每月第3个周三").press(phone.screen.here)
    assert history(world, "duty_choice") == [
        ({"duty": "party_day"}, {"duty": "party_day", "rule": "每月第2个周三，遇休息日顺延"}),
        (
            {"duty": "party_day", "active": None, "rule": "每月第2个周三，遇休息日顺延"},
            {"duty": "party_day", "rule": "每月第3个周三"},
        ),
    ]


def test_pressing_twice_changes_nothing_more(world: World) -> None:
    phone = card(world, "party_day").tap("停用")
    phone.press(SwitchDuty(1, 0, NUMBERS["party_day"], 0))
    assert "没有改动" in phone.toast
    assert len(history(world, "duty_choice")) == 1


@pytest.mark.parametrize(
    ("duty", "text", "says"),
    [
        ("party_day", "天气", "没有看懂日期规则"),
        ("party_day", "每月2个周三", "没有看懂日期规则"),
        ("party_day", "每月第9个周三，遇休息日顺延", "1 到 5"),
        ("party_day", "寒假", "请写明假期前后第几天"),
        ("party_day", "放暑假前", "请写明假期前后第几天"),
        ("party_day", "期末前7天，遇休息日提前", "同类"),
        ("summary", "每月25日，遇休息日提前", "同类"),
        ("rule_study", "每年2月30日，遇休息日提前", "没有2月30日"),
        ("party_day", "提前", "没有看懂日期规则"),
        ("party_day", "提前 五天", "提醒的天数不用设"),
        ("party_day", " ", "请写明"),
        ("party_day", "好" * 500, "太长"),
        ("party_day", "好" * 5000, "太长"),
    ],
)
def test_a_wrong_rule_is_one_sentence_and_changes_nothing(
    desk: World, duty: str, text: str, says: str
) -> None:
    phone = card(desk, duty)
    title, before = phone.screen.title, kept(desk)
    phone.say(text)
    assert says in phone.toast
    assert len(phone.toast) <= 120
    assert phone.screen.title == title
    assert kept(desk) == before


# --- working days -----------------------------------------------------------------------------------------------


def test_the_coming_holidays_are_shown_and_years_not_announced_are_marked(world: World) -> None:
    text = admin(world).tap("放假调休").text
    assert "2027年（暂定，调休还没有公布）" in text
    assert "1月1日至3日元旦" in text
    assert "10月1日至5日国庆节" in text
    assert "2028年（暂定" in text


def test_a_day_made_one_of_work_moves_what_was_due_around_it_and_removed_moves_it_back(world: World) -> None:
    card(world, "reports").say("每月第2个周六，遇休息日顺延")
    tick(world)
    assert dues(world, "reports")[-1] == date(2026, 12, 14)
    phone = admin(world).tap("放假调休").say("2026年12月12日 上班")
    assert phone.toast == "已保存：2026年12月12日上班，任务日期会在一分钟内更新"
    tick(world)
    assert dues(world, "reports")[-1] == date(2026, 12, 12)
    phone.press(EnteredDays(1, 202612)).tap("删除 12月12日上班")
    assert phone.toast == SAVED
    tick(world)
    assert dues(world, "reports")[-1] == date(2026, 12, 14)
    assert history(world, "day") == [({"works": None}, {"works": True}), ({"works": True}, {"works": None})]


def test_a_day_off_moves_only_what_is_open(world: World) -> None:
    done = [o for o in owed(world, "committee_meeting", 0) if o.done]
    day = dues(world, "committee_meeting")[0]
    admin(world).tap("放假调休").say(f"{day.year}年{day.month}月{day.day}日 放假")
    tick(world)
    assert dues(world, "committee_meeting")[0] > day
    assert [o for o in owed(world, "committee_meeting", 0) if o.done] == done


def test_the_years_notice_pasted_makes_it_certain_and_pasted_again_changes_nothing(world: World) -> None:
    notice = f"国务院办公厅关于2027年部分节假日安排的通知\n{INVENTED_2027}"
    phone = admin(world).tap("放假调休").say(notice)
    assert phone.toast.startswith("已保存：2027年1月1日放假、2027年1月2日放假、2027年1月3日放假等 ")
    assert "2027年（暂定" not in phone.text
    assert "2月5日至14日农历除夕、春节" in phone.text
    assert "上班：1月31日、2月20日、4月25日、5月8日" in phone.text
    assert any("2027年5月已录 6 天" in label for label in phone.labels)
    phone.say(notice)
    assert "没有改动" in phone.toast


def test_every_entered_day_has_a_button_that_removes_it_once(world: World) -> None:
    phone = admin(world).tap("放假调休").say("10月10日 上班").tap("2027年10月已录 1 天")
    assert "日历上休息" in phone.text
    phone.tap("删除 10月10日上班")
    assert "这个月没有录入的日子" in phone.text
    phone.press(ClearDay(1, 20271010))
    assert "没有改动" in phone.toast
    assert "已录" not in str(phone.tap("返回").labels)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("天气", "没有看懂"),
        ("2月30日 上班", "没有2月30日"),
        ("10月10日", "没有看懂"),
        ("10月1日至7日 放假，10月3日 上班", "既写了放假又写了上班"),
        ("2040年10月10日 上班", "太远"),
        ("1月23日至2月20日 寒假", "请在「学期」里改起止日期"),
        ("暑假", "不用录入"),
        ("2027年10月10日（周一） 上班", "周日"),
        (" ", "请粘贴"),
        ("好" * 5000, "太长"),
    ],
)
def test_a_wrong_day_is_one_sentence_and_changes_nothing(desk: World, text: str, says: str) -> None:
    phone = admin(desk).tap("放假调休")
    before = kept(desk)
    phone.say(text)
    assert says in phone.toast
    assert phone.screen.title == "放假调休"
    assert kept(desk) == before


@pytest.mark.parametrize("number", [0, 99999999, 20270230, 2**31 - 1])
def test_a_forged_day_is_refused(desk: World, number: int) -> None:
    phone = admin(desk)
    before = kept(desk)
    phone.press(ClearDay(1, number))
    assert phone.toast
    assert kept(desk) == before


# --- terms ------------------------------------------------------------------------------------------------------


def test_a_terms_other_days_move_what_is_open_and_leave_what_is_done(world: World) -> None:
    done = [o for o in owed(world, "party_day", 0) if o.done]
    assert dues(world, "summary") == [date(2026, 12, 30)], (
        "3 January is off, and nothing falls due on 31 December"
    )
    phone = admin(world).tap("学期").tap("（本学期）").say("10月3日至1月22日")
    assert phone.toast == SAVED
    assert "2026年10月3日至2027年1月22日" in phone.text
    assert "2026年12月25日至2027年1月8日" in phone.text
    term = world.terms[0]
    assert (term.opens, term.closes) == (date(2026, 12, 25), date(2027, 1, 8))
    tick(world)
    [summary] = owed(world, "summary")
    assert (summary.due, summary.changes) == (date(2027, 1, 7), 1)
    assert [replace(o, closes=done[0].closes) for o in owed(world, "party_day", 0) if o.done] == done
    assert date(2027, 1, 4) in dues(world, "party_day"), "January is now long enough for a party day"


def test_self_evaluation_typed_on_its_own_moves_its_duty_and_what_feeds_it(world: World) -> None:
    party_days = dues(world, "party_day")
    phone = admin(world).tap("学期").tap("（本学期）").say("自评 2026-12-15 至 2026-12-29")
    assert "2026年12月15日至2026年12月29日（另定）" in phone.text
    tick(world)
    [sheet] = owed(world, "self_sheet")
    assert (sheet.opens, sheet.due) == (date(2026, 12, 15), date(2026, 12, 29))
    assert dues(world, "summary") == [date(2026, 12, 28)]
    assert dues(world, "party_day") == party_days
    assert "12月29日截止" in world.phone("secretary of 新源里").say("首页").text


def test_the_next_missing_term_is_proposed_confirmed_added_once_and_laid_out(world: World) -> None:
    phone = admin(world).tap("学期").tap("新增学期")
    assert "2026–2027学年第二学期" in phone.text
    assert "2027年2月22日至2027年7月10日" in phone.text
    assert len(world.terms) == 2, "nothing is added before it is confirmed"
    phone.tap("确认新增")
    assert phone.toast == "已新增2026–2027学年第二学期"
    phone.press(AddTerm(1, 2026, 2))
    assert "已经有了" in phone.toast
    assert len(world.terms) == 3
    tick(world)
    assert owed(world, "summary", term=0)[0].due == date(2027, 6, 25)
    assert "2027–2028学年第一学期" in phone.say("首页").tap("工作安排").tap("学期").tap("新增学期").text


def test_all_terms_ahead_can_be_added_and_then_there_is_none(world: World) -> None:
    phone = admin(world).tap("学期")
    for _ in range(5):
        phone.tap("新增学期").tap("确认新增").tap("返回")
    before = kept(world)
    phone.tap("新增学期")
    assert "都已设置" in phone.toast
    phone.press(AddTerm(1, 2050, 1))
    assert "只能新增" in phone.toast
    assert kept(world) == before


def test_a_committee_without_a_term_is_led_to_add_one(world: World) -> None:
    with world.database.write() as session:
        for table in (MARK, SHEET, REPORTED, FACT, EVIDENCE, OCCURRENCE, ROLL, TERM):
            session.execute(sa.delete(table))
    phone = world.phone("administrator").say("首页")
    assert "请点「工作安排」新增" in phone.text
    phone.tap("工作安排").tap("学期").tap("新增学期").tap("确认新增")
    assert "2026–2027学年第一学期" in phone.say("首页").text


def test_a_published_term_keeps_its_days(world: World) -> None:
    phone = admin(world).tap("学期").tap("（已公布）")
    assert "日期不能再改" in phone.text
    before = kept(world)
    phone.say("10月3日至1月22日")
    assert kept(world) == before
    current = world.phone("administrator").press(TermCard(world.terms[0].id))
    with world.database.write() as session:
        terms.publish(session, me=world.me("administrator"), term=world.terms[0])
    before = kept(world)
    current.say("10月3日至1月22日")
    assert kept(world) == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2027-01-22 至 2026-10-03", "之后"),
        ("2026-10-03 至 2026-10-20", "4 周"),
        ("2026-02-30 至 2026-07-01", "没有2月30日"),
        ("2026-07-01 至 2027-01-22", "重叠"),
        ("自评 2027-03-01 至 2027-03-15", "自评"),
        ("自评 2027-01-08 至 2026-12-20", "自评"),
        ("自评 2026-12-20 至 2027-01-08", "总支评价要有 10 个工作日，请把自评截止定在2027年1月4日或以前"),
        ("明年", "没看懂"),
        (" ", "没看懂"),
        ("好" * 500, "太长"),
        ("好" * 5000, "太长"),
    ],
)
def test_a_wrong_term_is_one_sentence_and_changes_nothing(desk: World, text: str, says: str) -> None:
    phone = admin(desk).tap("学期").tap("（本学期）")
    title, before = phone.screen.title, kept(desk)
    phone.say(text)
    assert says in phone.toast
    assert len(phone.toast) <= 120
    assert phone.screen.title == title
    assert kept(desk) == before


# --- the plan ---------------------------------------------------------------------------------------------------


def to_be_laid_out(world: World) -> list[int]:
    """The committees whose plan the next tick lays out anew."""
    with world.database.read() as session:
        waiting = laying_out.waiting(session, today=world.clock().date())
    return [number for number, laid_out, _ in waiting if not laid_out]


def test_what_is_refused_or_only_looked_at_leaves_the_plan_as_it_is(world: World) -> None:
    card(world, "party_day").say("天气")
    admin(world).tap("放假调休")
    assert not to_be_laid_out(world)
    card(world, "party_day").say("每月第2个周三，遇休息日顺延")
    assert to_be_laid_out(world) == [1]


@pytest.mark.parametrize("large", [0, 100])
def test_a_change_made_while_the_plan_is_being_laid_out_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(reminders, "LARGE", large)
    phone = card(world, "party_day")
    change = Thread(target=phone.tap, args=["停用"])

    def meanwhile(_c: object, _k: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO occurrence") and change.ident is None:
            change.start()
            change.join(
                0.3
            )  # it waits for one unit of work; what does not wait is done by now, and then forgotten

    with world.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM reported")
        session.connection().exec_driver_sql(
            "DELETE FROM occurrence WHERE duty = 'noticeboard' OR duty = 'study'"
        )
        laying_out.lay_out_again(session, committee_id=1)
    sa.event.listen(world.database.engine, "before_cursor_execute", meanwhile)
    tick(world)
    change.join()
    sa.event.remove(world.database.engine, "before_cursor_execute", meanwhile)
    assert phone.toast == SAVED
    tick(world)
    assert owed(world, "party_day", 3) == []


def queries(world: World, phone: Phone, label: str) -> int:
    """How many statements it takes to show what a button leads to."""
    statements: list[str] = []

    def watch(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sa.event.listen(world.database.engine, "before_cursor_execute", watch)
    phone.tap(label)
    sa.event.remove(world.database.engine, "before_cursor_execute", watch)
    return len(statements)


def test_the_number_of_queries_does_not_grow_with_the_branches(desk: World) -> None:
    path = (
        "工作安排",
        "任务目录",
        "主题党日",
        "某支部单独安排",
        "首页",
        "工作安排",
        "放假调休",
        "返回",
        "学期",
    )
    before = [queries(desk, phone, label) for phone in (admin(desk).say("首页"),) for label in path]
    with desk.database.write() as session:
        for n in range(60):
            terms.add_branch(session, committee_id=1, name=f"第{n}党支部", campus="")
    after = [queries(desk, phone, label) for phone in (admin(desk).say("首页"),) for label in path]
    assert before == after


def test_many_branches_are_listed_in_part_with_those_that_chose_first(desk: World) -> None:
    with desk.database.write() as session:
        for n in range(60):
            terms.add_branch(session, committee_id=1, name=f"第{n}党支部", campus="")
    phone = card(desk, "party_day").tap("某支部单独安排").say("第59党支部").tap("停用")
    phone.tap("某支部单独安排")
    assert phone.labels[0] == "✓第59党支部"
    assert len(phone.labels) == 42
    assert "共 64 个支部" in phone.text


def entered(world: World) -> dict[date, bool]:
    with world.database.read() as session:
        return dict(working_days(session, 1).overrides)


def test_days_that_were_entered_are_taken_back_together(world: World) -> None:
    phone = admin(world).tap("放假调休").say("10月10日 上班")
    before = entered(world)
    phone.say("10月10日 放假，10月11日 上班")
    assert phone.labels[0] == "撤销"
    phone.tap("撤销")
    assert phone.toast == "已撤销 2 天，任务日期会在一分钟内更新"
    assert entered(world) == before
    assert "撤销" not in phone.labels


def test_days_that_were_changed_since_are_not_taken_back(world: World) -> None:
    phone = admin(world).tap("放假调休").say("10月10日 放假")
    undo = phone.screen.buttons[0].action
    phone.say("10月10日 上班").press(undo)
    assert "后来又改过，不能撤销" in phone.toast
