"""What is still owed of the last term is named and shown; and nobody falls silent where no next term was set."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.actions import Arrange, ClearDay, DutyCard, Home, Todo, WorkingDays
from bot.permissions import Role
from jobs.duties.calendar import COMMITTEE_NEEDS, TermDates, presumed_terms, propose_terms
from jobs.duties.catalogue import read_duties
from jobs.duties.occurrences import occurrences
from jobs.duties.workdays import WorkDays
from tests.jobs.running import Running
from tests.phone import Phone


@pytest.mark.slow
def test_what_a_digest_names_of_the_last_term_is_shown_in_todo_and_on_home(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2027, 1, 4))
    phone = running.join("secretary")
    running.until(date(2027, 2, 22))  # the first working day of the second term
    digest = running.heard("secretary")["02-22"]
    phone.press(Todo(running.branch))
    late = int(phone.text.partition("🔴 超期 ")[2].partition(" ")[0])
    phone.turn_to("🔴 上学期 学期自评，超期 45 天")
    overdue = next(line for line in digest.lines if isinstance(line, str) and "已超期的" in line)
    assert f"已超期的 {late} 项" in overdue
    phone.press(Home())
    assert f"待办 {late + 1}" in phone.labels, "and the party day of March"
    phone.press(Todo(running.branch)).turn_to("上学期 学期自评").tap("上学期 学期自评")
    assert phone.screen.title == "学期自评"


@pytest.mark.slow
def test_without_a_next_term_one_is_presumed_to_begin_on_its_usual_day(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2027, 7, 1))
    secretary = running.join("secretary")
    admin = running.join("admin", Role.ADMINISTRATOR)
    member = running.join("member", Role.MEMBER)
    running.until(date(2027, 7, 11))
    admin.press(Home())
    assert "现在是假期。学期已于 7月10日结束，下学期还没有设置，一般从 9月1日 开始。" in admin.text
    assert "请尽快补交" not in admin.text
    assert "请管理员先设置下学期" in member.press(Home()).text
    admin.say("交办任务").say("9月10日前交名单")
    admin.tap("确认交办")
    admin.press(Home()).tap("设置下学期")
    assert admin.screen.title == "新增学期"
    running.until(date(2027, 9, 20))
    assert "学期已于 7月10日结束，下学期还没有设置。" in secretary.press(Home()).text
    assert "假期" not in secretary.text, "one is presumed to have begun"
    digests = [day for day, message in running.heard("secretary").items() if message.title.startswith("提醒")]
    assert [day for day in digests if day > "07-11"] == ["09-01", "09-06", "09-13", "09-20"]
    assert "9月10日，还有 4 天" in running.of("secretary", "交名单")["09-06"]


@pytest.mark.slow
def test_an_administrator_is_told_six_weeks_before_the_last_term_ends_and_then_weekly(tmp_path: Path) -> None:
    autumn, spring = propose_terms(2026)
    running = Running(tmp_path, date(2026, 11, 20), dates=(autumn,))  # it ends on Friday, 22 January
    admin = running.join("admin", Role.ADMINISTRATOR)
    running.join("member", Role.MEMBER)
    running.join("secretary")
    running.until(date(2026, 12, 6))
    assert not running.of("admin", "下学期还没有设置")
    assert "设置下学期" not in admin.press(Home()).labels
    running.until(date(2027, 1, 31))
    told = running.of("admin", "下学期还没有设置")
    assert list(told) == ["12-07", "12-14", "12-21", "12-28", "01-04", "01-11", "01-18"], (
        "none in the vacation"
    )
    assert "到 1月22日结束" in told["12-07"]
    assert "下学期一般是 2月22日至7月10日" in told["12-07"]
    for who in ("member", "secretary"):
        assert not running.of(who, "下学期")
    running.until(date(2027, 3, 1))
    told = running.of("admin", "下学期还没有设置")
    assert list(told)[7:] == ["02-22", "03-01"], "from the day on which one usually begins"
    assert "已于 1月22日结束" in told["02-22"]
    add = next(b for b in running.heard("admin")["03-01"].buttons if b.label == "设下学期：2月22日至7月10日")
    admin.press(add.action)
    assert admin.screen.title == spring.name
    assert "已新增" in admin.toast
    running.until(date(2027, 3, 22))
    assert list(running.of("admin", "下学期还没有设置"))[9:] == []
    assert "下学期" not in admin.press(Home()).text


@pytest.mark.slow
def test_one_tap_in_the_digest_sets_the_next_term_and_is_asked_of_nobody_again(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 12, 4), dates=propose_terms(2026)[:1])
    admin, other = (running.join(who, Role.ADMINISTRATOR) for who in ("admin", "other"))
    running.until(date(2026, 12, 7), hour=10)
    assert "本学期 1月22日结束，下学期还没有设置。" in admin.press(Home()).text
    assert admin.tap("设置下学期").screen.title == "新增学期"
    button = next(b for b in running.heard("admin")["12-07"].buttons if "设下学期" in b.label)
    admin.press(button.action)
    running.until(date(2026, 12, 14), hour=10)
    assert list(running.of("other", "下学期")) == ["12-07"]
    assert other.press(button.action).toast == "这个学期已经有了"


@pytest.mark.slow
@pytest.mark.parametrize(("starts", "says"), [(date(2027, 3, 2), "3月2日"), (date(2027, 2, 22), "2月22日")])
def test_home_says_between_terms_what_is_and_what_comes(tmp_path: Path, starts: date, says: str) -> None:
    autumn, spring = propose_terms(2026)
    running = Running(tmp_path, date(2027, 1, 4), dates=(autumn, replace(spring, starts=starts)))
    secretary = running.join("secretary")
    admin, member = running.join("admin", Role.ADMINISTRATOR), running.join("member", Role.MEMBER)
    running.until(date(2027, 1, 22))
    assert "现在是假期" not in secretary.press(Home()).text
    running.until(date(2027, 1, 23))
    for phone in (secretary, admin, member):
        assert f"现在是假期，新学期从 {says} 开始。" in phone.press(Home()).text
        assert "请尽快补交" not in phone.text
        assert "设置下学期" not in phone.text + "".join(phone.labels)
    secretary.press(Home())
    left = next(label for label in secretary.labels if label.startswith("待办 ")).split()[1]
    assert f"{left} 项。假期里不提醒，开学第一个工作日一起列给您" in secretary.text
    assert "自评没有提交。已评 0/24" in secretary.text
    running.until(starts)
    assert "现在是假期" not in secretary.press(Home()).text
    heard = [day for day in running.heard("secretary") if day > "01-22"]
    assert heard == [f"{starts:%m-%d}"], "one list, on the first working day of the term"


def test_home_before_the_first_term_says_when_it_begins(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 8, 20))
    assert "现在是假期，新学期从 9月1日 开始。" in running.join("secretary").press(Home()).text


def test_presumed_terms_follow_the_last_one() -> None:
    autumn, spring = propose_terms(2026)
    assert presumed_terms(autumn.ends)[0] == spring
    assert presumed_terms(spring.ends)[:2] == propose_terms(2027)


@pytest.mark.slow
def test_every_line_of_a_long_digest_has_its_number_as_a_button(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 12, 26))
    running.join("secretary")
    running.until(date(2027, 1, 4))
    digest = running.heard("secretary")["01-04"]
    numbered = [line[0] for line in digest.lines if isinstance(line, tuple)]
    assert len(numbered) > 8
    assert [line.split(". ")[0] for line in numbered] == [str(n) for n in range(1, len(numbered) + 1)]
    labels = [button.label for button in digest.buttons]
    assert labels[: len(numbered)] == [str(n) for n in range(1, len(numbered) + 1)]
    sheet = next(line.split(". ")[0] for line in numbered if "学期自评" in line)
    phone = Phone(running.world.conversation, "secretary")
    phone.press(next(button.action for button in digest.buttons if button.label == sheet))
    assert phone.screen.title == "学期自评"


def test_days_off_that_are_entered_leave_the_committee_ten_working_days(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 12, 1))
    admin = running.join("admin", Role.ADMINISTRATOR)

    def card() -> str:
        return admin.press(Arrange(running.committee)).tap("学期").tap("第一学期").text

    assert "2026年12月25日至2027年1月8日" in card()
    admin.press(WorkingDays(running.committee)).say("2027年1月11日至15日 放假")
    assert "2026年12月20日至2027年1月3日\n" in card(), "ten days of work follow: 4 to 8, 18 to 22 January"
    assert "另定的" not in admin.text, "it still is the usual one"
    assert "总支评价要有 10 个工作日" in admin.say("自评 12月25日至1月8日").toast
    admin.press(WorkingDays(running.committee)).press(ClearDay(running.committee, 20270111))
    assert "至2027年1月4日" in card()


def test_thirty_one_december_is_no_day_for_the_committee_to_be_ready_on() -> None:
    days = WorkDays()
    for ends in (date(2026, 12, 31), date(2027, 1, 2), date(2027, 1, 22)):
        term = TermDates("t", date(2026, 9, 1), ends)
        [rated] = occurrences(read_duties("jinsong_2017")["committee_sheets"], term, "t", days)
        between = [term.closes + timedelta(days=n) for n in range(1, (rated.due - term.closes).days + 1)]
        assert sum(map(days.works, between)) >= COMMITTEE_NEEDS, ends


def test_what_feeds_self_evaluation_is_not_put_after_it_and_examples_fit_the_duty(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 9, 1))
    admin = running.join("admin", Role.ADMINISTRATOR)
    notes = read_duties("jinsong_2017")["notes"].number
    for text, says in (
        ("期末当天", "请定在自评截止以前，例如 自评截止前7天"),
        ("自评截止后3天", "请定在自评截止以前"),
        ("期末后7天", "请定在自评截止以前"),
        ("第30周周五", "请定在自评截止以前"),
        ("寒假前7天", "每学期都有，日期规则应与原来同类：自评截止前14天"),
        ("随便写写", "例如 自评截止前14天，遇休息日提前"),
    ):
        assert says in admin.press(DutyCard(running.committee, 0, notes)).say(text).toast, text
    admin.press(DutyCard(running.committee, 0, notes)).say("自评截止前7天")
    assert "已保存" in admin.toast
    admin.press(Arrange(running.committee)).tap("学期").tap("第一学期").say("自评 1月8日至1月1日")
    assert "请先写较早的一天" in admin.toast
