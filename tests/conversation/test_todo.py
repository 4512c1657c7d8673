"""待办: what is owed, answering it once, the facts it brings in, and the committee's view."""

from datetime import date

import pytest

from bot.actions import Card, Done, Finished, Task
from bot.permissions import Rater
from bot.store import duties, facts, laying_out
from bot.values import Owing
from jobs import reminders
from scoring.facts import Fact
from tests.conftest import NOW, Clock
from tests.phone import Phone, World


def owing(world: World, duty: str, branch: int = 3) -> Owing:
    """The first occurrence of a duty that the n-th branch owes this term."""
    term = next(term for term in world.terms if term.starts <= world.clock().date())
    with world.database.read() as session:
        found = duties.of_branch(session, branch_id=world.branches[branch].id, term_id=term.id)
    return next(o for o in found if o.duty == duty)


def ledger(world: World, branch: int = 3) -> dict[tuple[str, str], Fact]:
    with world.database.read() as session:
        rows = facts.recorded(session, branch_id=world.branches[branch].id, term_id=world.terms[0].id)
    return {(r.fact.kind, r.fact.period): r.fact for r in rows}


@pytest.mark.parametrize(
    ("day", "late", "says"),
    [
        (4, False, "🟠 12月4日，今天开展"),
        (7, False, "🟡 12月4日开展，12月13日前请填报"),
        (13, False, "🟠 12月4日开展，12月13日前请填报"),
        (14, True, "🔴 12月4日开展，请填报，已超期 1 天"),
    ],
)
def test_what_is_held_is_reported_in_time_until_the_end_of_the_week_after(
    desk: World, clock: Clock, day: int, late: bool, says: str
) -> None:
    clock.now = NOW.replace(day=day)
    with desk.database.read() as session:
        found = duties.of_branch(session, branch_id=desk.branches[3].id, term_id=desk.terms[0].id)
    party = next(o for o in found if (o.duty, o.period) == ("party_day", "2026-12"))
    phone = desk.phone("secretary of 新源里").press(Task(party.id))
    assert says in phone.text
    phone.say("17/18 参观纪念馆").press(Finished(desk.branches[3].id))
    line = next(line for line in phone.text.splitlines() if "12月主题党日" in line)
    assert ("逾期" in line) is late


def on(world: World, duty: str, who: str = "secretary of 新源里") -> Phone:
    return world.phone(who).press(Task(owing(world, duty).id))


def test_what_is_owed_is_listed_with_colours_and_what_is_overdue_first(world: World) -> None:
    phone = world.phone("secretary of 新源里").say("首页").tap("待办")
    assert phone.screen.lines[0] == "🔴 超期 33 项，🟠 2 天内 3 项，🟡 7 天内 1 项"
    rows = [label for label in phone.labels if label[0] in "🔴🟠🟡🟢"]
    assert [label[0] for label in rows] == [*"🔴🔴🔴🟠🟠🟠"]
    assert phone.tap(rows[0]).screen.here.__class__ is Task


def through(phone: Phone) -> list[str]:
    """The rows of a list, on all its pages."""
    rows: list[str] = []
    while True:
        rows += [label for label in phone.labels if label[0] in "🔴🟠🟡🟢"]
        on = next((one for one in phone.labels if one.startswith("还有") or one == "下一页"), None)
        if on is None:
            return rows
        phone.tap(on)


def test_home_says_what_is_overdue_and_what_comes_next(desk: World) -> None:
    phone = desk.phone("secretary of 新源里").say("首页")
    told = next(line[1] for line in phone.screen.lines if line[0] == "待办")
    number = next(label for label in phone.labels if label.startswith("待办")).removeprefix("待办 ")
    listed = through(phone.tap("待办"))
    assert len(listed) == int(number)
    late = sum(label.startswith("🔴") for label in listed)
    assert told.startswith(f"逾期 {late} 项；")
    sign, name = next(label for label in listed if label[0] != "🔴").partition("，")[0].split(" ", 1)
    assert f"；{name} {sign}" in told


def test_what_was_reported_wrongly_is_found_among_what_is_done_and_reported_again(desk: World) -> None:
    month = owing(desk, "party_day").period
    phone = on(desk, "party_day").say("7/18")
    phone.say("待办").tap("已完成")
    assert "1. 10月主题党日" in phone.text
    assert "7/18" in phone.text
    phone.tap("1").tap("改").say("17/18")
    assert ledger(desk)["attendance", month] == Fact("attendance", 17, 18, month)
    assert "17/18" in phone.say("待办").tap("已完成").text


def test_an_attendance_closes_the_party_day_and_the_next_card_suggests_excellent(world: World) -> None:
    phone = on(world, "party_day").say("17/18 参观红色教育基地 志愿")
    assert "已完成" in phone.text
    assert ("记下的是", "出勤 17/18，94.4 % · 志愿服务 是 · 主题 参观红色教育基地") in phone.screen.lines
    month = owing(world, "party_day").period
    assert ledger(world) == {
        ("attendance", month): Fact("attendance", 17, 18, month),
        ("party_days", month): Fact("party_days", 1, None, month),
        ("volunteer", ""): Fact("volunteer", 1),
    }
    phone.say("自评")
    phone.press(Card(phone.at("sheet"), 6))
    assert "⭐优秀 4" in phone.labels
    assert "17/18 = 94.4 %" in phone.text


def test_what_two_duties_say_of_one_month_is_added_up(world: World) -> None:
    month = owing(world, "party_day").period
    on(world, "party_day").say("17/18")
    on(world, "study").say("16/18")
    assert ledger(world)["attendance", month] == Fact("attendance", 33, 36, month)


def test_a_wrong_report_is_taken_back_with_its_numbers(world: World) -> None:
    on(world, "party_day").say("17/18")
    on(world, "study").say("16/18")
    phone = on(world, "study").tap("改").tap("其实没完成")
    month = owing(world, "study").period
    assert ledger(world)["attendance", month] == Fact("attendance", 17, 18, month)
    phone.say("18/18")
    assert ledger(world)["attendance", month] == Fact("attendance", 35, 36, month)


def test_done_by_one_is_done_for_all_and_once(world: World) -> None:
    on(world, "plan").tap("已完成")
    assert ledger(world)["plan", ""].count == 0, "the plan was due in week 3: this is late"
    again = on(world, "plan")
    assert "已完成" not in again.labels
    again.press(Done(owing(world, "plan").id))
    assert "已经完成" in again.toast
    assert "支部工作计划" not in str(world.phone("secretary of 新源里").say("待办").labels)


def test_a_file_closes_a_plan_and_stands_behind_its_item(world: World) -> None:
    phone = on(world, "summary").attach("总结.png")
    assert "已完成" in phone.text
    world.phone("secretary of 新源里").say("自评")
    file = world.sheet(3, Rater.SELF)
    assert file is not None
    assert sum(file.behind.files.values()) == 1


def test_submitting_the_sheet_closes_its_duty(world: World) -> None:
    phone = on(world, "self_sheet").tap("去自评")
    for _ in range(24):
        phone.tap("优秀")
    phone.tap("提交").tap("确认提交")
    assert owing(world, "self_sheet").done


@pytest.mark.parametrize(
    ("duty", "text"),
    [
        ("party_day", "9/8"),
        ("party_day", "0/0"),
        ("party_day", "十七个"),
        ("handbook", "18 19 17 6"),
        ("handbook", "18 18 19 6"),
        ("handbook", "18 18 6"),
        ("talks", "三四个人"),
        ("plan", "不知道"),
        ("party_day", "好" * 500),
    ],
)
def test_a_wrong_answer_is_one_sentence_and_changes_nothing(desk: World, duty: str, text: str) -> None:
    phone = on(desk, duty).say(text)
    assert phone.toast
    assert len(phone.toast) <= 120
    assert not owing(desk, duty).done
    assert ledger(desk) == {}


def test_why_names_the_sentence_and_the_rule(world: World) -> None:
    text = on(world, "handbook").tap("为什么").text
    assert "手册上交率100%" in text
    assert "自评截止前7天" in text
    assert "第 7 项" in text


def test_the_committee_sees_who_is_late_and_a_branch_does_not(world: World) -> None:
    phone = world.phone("member").say("首页").tap("催办")
    assert "🔴" in phone.text
    assert any(label.startswith("新源里校区 🔴") for label in phone.labels)
    assert "催办" not in str(world.phone("secretary").say("首页").labels)


def test_laying_out_again_changes_nothing_and_keeps_what_is_done(world: World, clock: Clock) -> None:
    on(world, "party_day").say("17/18")
    with world.database.read() as session:
        before = duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
    clock.forward(days=1)
    reminders.tick(world.database, clock())
    with world.database.read() as session:
        after = duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
        assert laying_out.waiting(session, today=clock().date()) == []
        assert laying_out.waiting(session, today=date(2027, 1, 9)) == [(1, False, False)]
    assert after == before


@pytest.mark.slow
def test_the_committee_closes_what_it_owes_itself(world: World, clock: Clock) -> None:
    clock.forward(days=8)
    phone = world.phone("member").say("首页").tap("催办")
    phone.tap("党总支：总支评价")
    assert "已完成" not in phone.labels, "it closes itself when every branch is rated"
    for branch in ("常营", "劲松", "双龙", "新源里"):
        phone.say("首页").tap(f"评价 {branch}")
        for _ in range(24):
            phone.tap("合格")
        phone.tap("提交").tap("确认提交")
    assert "总支评价" not in str(phone.say("首页").tap("催办").labels)
