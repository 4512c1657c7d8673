"""Answering a duty: what was understood is shown as it counts, with 改; what can be read in several ways is asked."""

import pytest

from bot.actions import AskMeaning, Meant
from bot.store import duties
from scoring.facts import Fact
from tests.conversation.test_bad_input import kept
from tests.conversation.test_todo import ledger, on, owing
from tests.phone import Phone, World

OWN = "secretary of 新源里"


def recorded(world: World) -> tuple[int, int | None, int]:
    """The attendance and the volunteer service that stand in the ledger."""
    facts = ledger(world)
    attendance = facts["attendance", owing(world, "party_day").period]
    return attendance.count, attendance.of, facts["volunteer", ""].count


@pytest.mark.parametrize(
    ("text", "numbers", "words"),
    [
        ("17/18 志愿。", (17, 18, 1), "出勤 17/18，94.4 % · 志愿服务 是"),
        ("17/18、参观、志愿", (17, 18, 1), "出勤 17/18，94.4 % · 志愿服务 是 · 主题 参观"),
        ("17/18 （志愿）", (17, 18, 1), "出勤 17/18，94.4 % · 志愿服务 是"),
        ("志愿 否 17/18", (17, 18, 0), "出勤 17/18，94.4 % · 志愿服务 否"),
        ("17/18 未开展志愿", (17, 18, 0), "出勤 17/18，94.4 % · 志愿服务 否"),
        ("17/18，志愿服务：有", (17, 18, 1), "出勤 17/18，94.4 % · 志愿服务 是"),
        ("应到18实到17", (17, 18, 0), "出勤 17/18，94.4 % · 志愿服务 否"),
        ("应到十八人实到十七人", (17, 18, 0), "出勤 17/18，94.4 % · 志愿服务 否"),
        ("应到18，请假1，实到17", (17, 18, 0), "出勤 17/18，94.4 % · 志愿服务 否 · 主题 请假1"),
        ("12-25 17/18", (17, 18, 0), "出勤 17/18，94.4 % · 志愿服务 否 · 主题 12-25"),
        ("9/25 参观香山", (9, 25, 0), "出勤 9/25，36 % · 志愿服务 否 · 主题 参观香山"),
    ],
)
def test_a_party_day_shows_what_was_understood_as_it_counts(
    desk: World, text: str, numbers: tuple[int, int, int], words: str
) -> None:
    phone = on(desk, "party_day").say(text)
    assert ("记下的是", words) in phone.screen.lines
    assert "改" in phone.labels
    assert recorded(desk) == numbers
    assert owing(desk, "party_day").answer == words


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("17.5/18", "没有看清「17.5/18」，请把「党员活动出勤」单独写，例如 17/18。"),
        ("1 7/18", "没有看清「1 7/18」，请把「党员活动出勤」单独写，例如 17/18。"),
        ("A17/18", "没有看清「A17/18」，请把「党员活动出勤」单独写，例如 17/18。"),
        ("9月17/18日学习", "没有看清「9月17/18日」，请把「党员活动出勤」单独写，例如 17/18。"),
        ("缺勤1/18", "「缺勤1/18」说的不是到了几人，请填「党员活动出勤」，例如 17/18。"),
        (
            "应到18实到1 7",
            "没有看懂「应到18实到1 7」，「主题党日」请填出勤，例如 17/18 参观红色教育基地 志愿。",
        ),
        (
            "党员18人到3楼会议室",
            "没有看懂「党员18人到3楼会议室」，「主题党日」请填出勤，例如 17/18 参观红色教育基地 志愿。",
        ),
    ],
)
def test_an_attendance_that_something_touches_is_refused(desk: World, text: str, sentence: str) -> None:
    before = kept(desk)
    assert on(desk, "party_day").say(text).toast == sentence
    assert kept(desk) == before


@pytest.mark.parametrize(
    ("text", "choices", "choice", "numbers"),
    [
        (
            "12/25 应到18实到17 参观香山 志愿。",
            ["出勤 12/25", "出勤 17/18"],
            "出勤 17/18",
            (17, 18, 1),
        ),
        ("12/25 17/18 参观", ["出勤 12/25", "出勤 17/18"], "出勤 12/25", (12, 25, 0)),
        ("9/25参观香山，17人参加", ["出勤 9/25"], "出勤 9/25", (9, 25, 0)),
        ("12/25 全员到齐", ["出勤 12/25"], "出勤 12/25", (12, 25, 0)),
        ("12/25 两人请假", ["出勤 12/25"], "出勤 12/25", (12, 25, 0)),
        ("应到18实到17 不，实到16", ["出勤 17/18"], "出勤 17/18", (17, 18, 0)),
        (
            "17/18 志愿 待定",
            ["出勤 17/18，是志愿服务", "出勤 17/18，不是志愿服务"],
            "出勤 17/18，不是志愿服务",
            (17, 18, 0),
        ),
        (
            "17/18 参观香山 是",
            ["出勤 17/18，是志愿服务", "出勤 17/18，不是志愿服务"],
            "出勤 17/18，是志愿服务",
            (17, 18, 1),
        ),
        (
            "17/18 志愿精神讲座",
            ["出勤 17/18，是志愿服务", "出勤 17/18，不是志愿服务"],
            "出勤 17/18，不是志愿服务",
            (17, 18, 0),
        ),
    ],
)
def test_what_can_be_read_in_several_ways_is_asked_and_counts_as_chosen(
    desk: World, text: str, choices: list[str], choice: str, numbers: tuple[int, int, int]
) -> None:
    phone = on(desk, "party_day").say(text)
    assert ("您写的", text) in phone.screen.lines
    assert phone.labels == [*choices, "都不是，重新输入", "首页"]
    assert not owing(desk, "party_day").done
    assert ledger(desk) == {}
    phone.tap(choice)
    assert owing(desk, "party_day").done
    assert recorded(desk) == numbers
    assert "改" in phone.labels


def test_the_theme_keeps_what_was_not_the_attendance(world: World) -> None:
    on(world, "party_day").say("12/25 应到18实到17 参观香山 志愿。").tap("出勤 17/18")
    assert owing(world, "party_day").answer == "出勤 17/18，94.4 % · 志愿服务 是 · 主题 12/25 参观香山"


def test_none_of_them_leads_back_to_the_task_and_typing_again_takes_the_place_of_the_question(
    world: World,
) -> None:
    phone = on(world, "party_day").say("12/25 17/18 参观").tap("都不是")
    assert "例如：17/18" in phone.text
    assert "出勤 9/25" in phone.say("9/25参观香山，17人参加").labels
    phone.say("17/18 参观香山")
    assert recorded(world) == (17, 18, 0)


def test_the_question_stands_there_when_it_is_looked_at_again(world: World) -> None:
    phone = on(world, "party_day").say("12/25 17/18 参观")
    again = Phone(world.conversation, phone.address)
    assert again.screen.here == AskMeaning(owing(world, "party_day").id)
    assert again.labels == phone.labels


def test_a_choice_that_was_not_offered_changes_nothing(world: World) -> None:
    phone = on(world, "party_day").say("12/25 17/18 参观")
    task = owing(world, "party_day").id
    before = kept(world)
    for forged in (Meant(task, 18, 18, 0), Meant(task, 17, 18, 1), Meant(task, 0, 0, 0)):
        assert "请再输入一次" in phone.press(forged).toast
    assert "请再输入一次" in on(world, "study").press(Meant(owing(world, "study").id, 17, 18, 0)).toast
    assert kept(world) == before


def test_a_choice_pressed_twice_counts_once(world: World) -> None:
    phone = on(world, "party_day").say("12/25 17/18 参观")
    choice = Meant(owing(world, "party_day").id, 17, 18, 0)
    phone.press(choice)
    assert phone.press(choice).toast == "这项已经完成了"
    assert recorded(world) == (17, 18, 0)


@pytest.mark.parametrize(
    "text",
    ["12/25 应到18实到17 参观香山 志愿。", "17/18 志愿精神讲座", "9/25参观香山，17人参加"],
)
def test_what_was_chosen_is_taken_back_as_it_was_chosen(world: World, text: str) -> None:
    on(world, "study").say("16/18")
    before = ledger(world)
    phone = on(world, "party_day").say(text)
    phone.tap(phone.labels[0])
    said = owing(world, "party_day").answer
    phone.tap("改").tap("其实没完成")
    assert ledger(world) == before
    assert phone.toast == f"已改为未完成；原来记下的是：{said}"
    phone.say("17/18 志愿")
    assert recorded(world) == (33, 36, 1)


def test_an_answer_that_an_earlier_version_read_otherwise_can_be_put_right(world: World) -> None:
    on(world, "party_day").say("12/25")
    with world.database.write() as session:
        number = owing(world, "party_day").id
        duties.reopen(session, me=world.me(OWN), owed=duties.one(session, number))
        owed = duties.one(session, number)
        duties.close(session, me=world.me(OWN), owed=owed, answer="12/25 应到18实到17 参观香山 志愿。")
    on(world, "party_day").tap("改").say("17/18")
    assert owing(world, "party_day").answer == "出勤 17/18，94.4 % · 志愿服务 否"
    assert recorded(world) == (17, 18, 0)


def test_what_is_taken_back_is_not_known_and_not_zero(world: World) -> None:
    on(world, "party_day").say("0/18").tap("改").tap("其实没完成")
    assert ledger(world) == {}


@pytest.mark.parametrize(
    ("duty", "text", "words", "fact"),
    [
        (
            "study",
            "17/18，学习二十大",
            "党员活动出勤 17/18，94.4 % · 说明 学习二十大",
            ("attendance", 17, 18),
        ),
        ("reports", "3篇。", "信息上报 3 篇", ("reports", 3, None)),
        ("reports", "上报三篇", "信息上报 3 篇", ("reports", 3, None)),
        ("talks", "5", "谈心谈话 5 人", ("talks", 5, None)),
        ("notes", "应交18篇，实交17篇", "读书心得 17/18，94.4 %", ("notes", 17, 18)),
        (
            "handbook",
            "18 18 17 6",
            "应交 18 本 · 上交 18 本 · 合格 17 本 · 优秀 6 本",
            ("handbook_excellent", 6, 18),
        ),
        (
            "life_meeting",
            "是 是 否",
            "有会议记录 · 有党员总结 · 没有整改措施",
            ("life_measures", 0, None),
        ),
    ],
)
def test_every_duty_says_what_was_understood(
    desk: World, duty: str, text: str, words: str, fact: tuple[str, int, int | None]
) -> None:
    phone = on(desk, duty).say(text)
    assert ("记下的是", words) in phone.screen.lines
    found = next(f for f in ledger(desk).values() if f.kind == fact[0])
    assert (found.count, found.of) == fact[1:]
    phone.tap("改").tap("其实没完成")
    assert ledger(desk) == {}


@pytest.mark.parametrize("text", ["10/12", "12/25"])
def test_the_day_of_a_committee_meeting_is_not_recorded_as_a_ratio(world: World, text: str) -> None:
    phone = on(world, "committee_meeting").say(text)
    assert phone.labels[:2] == ["会议记录 1/1", f"会议记录 {text}"]
    assert not owing(world, "committee_meeting").done
    phone.tap("会议记录 1/1")
    fact = next(iter(ledger(world).values()))
    assert (fact.kind, fact.count, fact.of) == ("committee_minutes", 1, 1)


@pytest.mark.parametrize("text", ["否 否 否", "0 0 0", "✗✗✗"])
def test_a_meeting_without_anything_in_writing_is_recorded_as_it_was(desk: World, text: str) -> None:
    on(desk, "life_meeting").say(text)
    assert owing(desk, "life_meeting").answer == "没有会议记录 · 没有党员总结 · 没有整改措施"
    assert ledger(desk)["life_meeting", ""].count == 1
    assert ledger(desk)["life_minutes", ""].count == 0


def test_another_attendance_is_asked_in_its_own_words(desk: World) -> None:
    phone = on(desk, "study").say("12/25 应到18实到17")
    assert phone.labels[:2] == ["党员活动出勤 12/25", "党员活动出勤 17/18"]
    phone.tap("党员活动出勤 17/18")
    month = owing(desk, "study").period
    assert ledger(desk)["attendance", month] == Fact("attendance", 17, 18, month)
    assert owing(desk, "study").answer == "党员活动出勤 17/18，94.4 % · 说明 12/25"
