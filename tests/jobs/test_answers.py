"""What a person types in answer to a reminder becomes facts, or one sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.duties.answers import (
    ANSWER_LONGEST,
    THEME_LONGEST,
    Answer,
    Untold,
    added_up,
    enough,
    example,
    facts_of,
    in_words,
    read_answer,
)
from jobs.duties.catalogue import read_duties
from scoring.facts import Fact, suggest
from scoring.refusal import Refused
from scoring.rubric import Grade, read_edition
from tests.jobs.refusals import refusal

DUTIES = read_duties("jinsong_2017")
SEPTEMBER = "2026-09"


def answer(duty: str, text: str, period: str = "2026-2027-1", on_time: bool = True) -> tuple[Fact, ...]:
    return facts_of(DUTIES[duty], read_answer(DUTIES[duty], text), period, on_time)


def handbook(handed_in: int, passed: int, excellent: int, of: int) -> tuple[Fact, ...]:
    return (
        Fact("handbook_in", handed_in, of),
        Fact("handbook_passed", passed, of),
        Fact("handbook_excellent", excellent, of),
    )


def test_a_ratio_counts_the_study_too_in_its_month() -> None:
    facts = (Fact("attendance", 17, 18, SEPTEMBER), Fact("studies", 1, None, SEPTEMBER))
    for text in ("17/18", "１７／１８", " 17 / 18 "):
        assert answer("study", text, SEPTEMBER) == facts
    assert answer("study", "17/18", f"{SEPTEMBER}/2") == facts


@pytest.mark.parametrize("text", ["3", "3人", "３人", "3 次"])
def test_a_count_is_a_number_with_or_without_its_unit(text: str) -> None:
    assert answer("talks", text) == (Fact("talks", 3),)


def test_several_numbers_are_typed_in_order() -> None:
    assert answer("outreach", "18/18 12 / 12、17/18") == (
        Fact("linked_masses", 18, 18),
        Fact("linked_front", 12, 12),
        Fact("linked_students", 17, 18),
    )
    assert answer("activists", "1次 2次") == (Fact("activist_activities", 1), Fact("activist_talks", 2))


@pytest.mark.parametrize(
    "text",
    [
        "18 18 17 6",
        "18、18、17、6",
        "18/18/17/6",
        "18本 18本 17本 6本",
        "应交18 上交18 合格17 优秀6",
        "应交18本，上交18本，合格17本，优秀6本",
        "优秀：6 合格：17 上交：18 应交：18",
        "应交18上交18合格17优秀6",
    ],
)
def test_four_handbook_numbers_are_read_with_or_without_their_names(text: str) -> None:
    assert answer("handbook", text) == handbook(18, 17, 6, 18)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("17/18", (17, 18, "", False)),
        ("17/18 志愿", (17, 18, "", True)),
        ("17/18志愿服务", (17, 18, "", True)),
        ("参观香山革命纪念馆 17/18", (17, 18, "参观香山革命纪念馆", False)),
        ("主题：清理社区 17／18，志愿", (17, 18, "清理社区", True)),
        ("出勤17/18 学习志愿军精神", (17, 18, "学习志愿军精神", False)),
        ("17 / 18 非志愿 参观", (17, 18, "参观", False)),
    ],
)
def test_a_party_day_is_attendance_theme_and_volunteer_or_not(
    text: str, day: tuple[int, int, str, bool]
) -> None:
    count, of, theme, volunteer = day
    assert read_answer(DUTIES["party_day"], text) == Answer(((count, of), (int(volunteer), None)), theme)
    assert answer("party_day", text, SEPTEMBER) == (
        Fact("attendance", count, of, SEPTEMBER),
        Fact("volunteer", int(volunteer)),
        Fact("party_days", 1, None, SEPTEMBER),
    )


@pytest.mark.parametrize("text", ["是", "完成", "已完成", "√", "已办"])
def test_a_tick_closes_and_counts(text: str) -> None:
    assert answer("integrity", text) == (Fact("integrity", 1),)
    assert answer("rule_study", text) == ()


@pytest.mark.parametrize(
    ("text", "count"), [("是", 1), ("有", 1), ("√", 1), ("否", 0), ("没有", 0), ("✗", 0)]
)
def test_a_committee_meeting_is_asked_for_its_minutes(text: str, count: int) -> None:
    assert answer("committee_meeting", text, SEPTEMBER)[0].count == count
    assert answer("committee_meeting", text, SEPTEMBER)[0].of == 1


@pytest.mark.parametrize("text", ["完成", "已完成", "开了", "已召开"])
def test_that_a_meeting_was_held_does_not_say_that_there_are_minutes(text: str) -> None:
    for duty in ("committee_meeting", "life_meeting"):
        with pytest.raises(Untold):
            read_answer(DUTIES[duty], text)


@pytest.mark.parametrize("text", ["是", "有", "否", "没有", "1"])
def test_one_word_is_no_answer_to_three_questions(text: str) -> None:
    with pytest.raises(Untold):
        read_answer(DUTIES["life_meeting"], text)


def test_minutes_may_be_typed_as_a_ratio() -> None:
    assert answer("committee_meeting", "0 / 2", SEPTEMBER) == (Fact("committee_minutes", 0, 2, SEPTEMBER),)


def test_three_ticks_are_answered_one_by_one_or_written_out() -> None:
    ticks = ("life_minutes", "life_summaries", "life_measures")
    all_done = (*(Fact(kind, 1) for kind in ticks), Fact("life_meeting", 1))
    assert answer("life_meeting", "是 是 是") == answer("life_meeting", "有有有") == all_done
    assert answer("life_meeting", "三样都有") == answer("life_meeting", "都有") == all_done
    assert answer("life_meeting", "会议记录、党员总结、整改措施都有") == all_done
    assert answer("life_meeting", "是、是、否") == (
        Fact("life_minutes", 1),
        Fact("life_summaries", 1),
        Fact("life_measures", 0),
        Fact("life_meeting", 1),
    )


@pytest.mark.parametrize("text", ["否", "没有", "没做", "没有完成", "✗"])
def test_an_honest_no_to_what_is_only_ticked_or_handed_in_is_an_answer(text: str) -> None:
    for duty, kind in (("integrity", "integrity"), ("plan", "plan")):
        understood = read_answer(DUTIES[duty], text)
        assert not understood.done
        assert in_words(DUTIES[duty], understood) == "没有完成"
        assert facts_of(DUTIES[duty], understood) == (Fact(kind, 0),)


@pytest.mark.parametrize("text", ["两样有", "两样都有", "两项都有"])
def test_two_of_three_are_not_three(text: str) -> None:
    with pytest.raises(Untold):
        read_answer(DUTIES["life_meeting"], text)


@pytest.mark.parametrize("text", ["没有", "无", "都没有"])
def test_none_is_a_number_where_numbers_are_asked_for(text: str) -> None:
    assert answer("dues", text) == (Fact("dues_late", 0),)


def test_a_file_says_whether_it_came_on_time() -> None:
    assert answer("plan", "已交") == (Fact("plan", 1),)
    assert answer("plan", "是", on_time=False) == (Fact("plan", 0),)
    assert answer("statistics", "是") == (Fact("statistics", 1),)
    assert answer("secretary_report", "是", SEPTEMBER) == ()


@pytest.mark.parametrize(
    ("duty", "text", "sentence"),
    [
        ("study", "应到18实到19", "「党员活动出勤」19/18 的前一个数不能大于后一个数，例如 17/18。"),
        ("study", "0/0", "「党员活动出勤」的总数不能是 0，例如 17/18。"),
        ("study", "十七个", "没有看懂「十七个」，「党员集中学习」请填党员活动出勤，例如 17/18。"),
        ("study", " ", "请填「党员集中学习」，例如 17/18。"),
        ("study", "1" * (ANSWER_LONGEST + 1), "「党员集中学习」写得太长了，例如 17/18。"),
        ("talks", "-3", "「谈心谈话」不能是负数，例如 5。"),
        ("talks", "十七个", "没有看懂「十七个」，「谈心谈话」请填数字，例如 5。"),
        (
            "outreach",
            "18/18 12/12",
            "请依次填党员联系群众、一线党员帮扶学生、每名党员帮扶学生，用空格隔开，例如 18/18 12/12 18/18。",
        ),
        (
            "outreach",
            "18/18 13/12 18/18",
            "「一线党员帮扶学生」13/12 的前一个数不能大于后一个数，例如 12/12。",
        ),
        ("handbook", "18 19 17 6", "上交 19 本不能多于应交 18 本，请核对。"),
        ("handbook", "18 17 18 6", "合格 18 本不能多于上交 17 本，请核对。"),
        ("handbook", "应交18 上交18 合格5 优秀6", "优秀 6 本不能多于合格 5 本，请核对。"),
        ("handbook", "0 0 0 0", "「《党员手册》上交与讲评」的应交本数应在 1 到 100000 之间。"),
        ("handbook", "999999 1 1 1", "「《党员手册》上交与讲评」的应交本数应在 1 到 100000 之间。"),
        (
            "handbook",
            "18 18 17",
            "没有看懂「18 18 17」，「《党员手册》上交与讲评」请填四个数，例如 应交18 上交18 合格17 优秀6。",
        ),
        (
            "handbook",
            "应交18 应交18 合格17 优秀6",
            "没有看懂「应交18 应交18 合格…」，「《党员手册》上交与讲评」请填四个数，例如 应交18 上交18 合格17 优秀6。",
        ),
        (
            "handbook",
            "18 18 17 -6",
            "没有看懂「18 18 17 -6」，「《党员手册》上交与讲评」请填四个数，例如 应交18 上交18 合格17 优秀6。",
        ),
        ("party_day", "9/8 参观", "「党员活动出勤」9/8 的前一个数不能大于后一个数，例如 17/18。"),
        ("party_day", "0/0", "「党员活动出勤」的总数不能是 0，例如 17/18。"),
        ("party_day", "-1/18", "「党员活动出勤」不能是负数，例如 17/18。"),
        ("party_day", "17", "没有看懂「17」，「主题党日」请填出勤，例如 17/18 参观红色教育基地 志愿。"),
        (
            "party_day",
            "17/18 16/18",
            "「17/18 16/18」有几种读法，请写明，例如 17/18 参观红色教育基地 志愿。",
        ),
        (
            "party_day",
            "17/18 " + "学" * (THEME_LONGEST + 1),
            f"主题太长了，请不要超过 {THEME_LONGEST} 个字。",
        ),
        ("rule_study", "也许", "没有看懂「也许」，「学习本制度」请填 是 或 否。"),
        ("committee_meeting", "3/0", "「支委会有记录/召开」3/0 的前一个数不能大于后一个数，例如 4/4。"),
        ("committee_meeting", "0/0", "「支委会有记录/召开」的总数不能是 0，例如 4/4。"),
        (
            "life_meeting",
            "是 是",
            "请依次填会议记录、党员总结、整改措施，用空格隔开，例如 有 有 有。",
        ),
        (
            "life_meeting",
            "是 是 也许",
            "没有看懂「是 是 也许」，「组织生活会」请回答有没有会议记录、有没有党员总结、有没有整改措施，"
            "例如 有 有 有。",
        ),
        ("self_sheet", "是", "「学期自评」不用填写，完成后会自动记录。"),
        ("rectification", "是", "「整改」不用填写，完成后会自动记录。"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(duty: str, text: str, sentence: str) -> None:
    assert refusal(lambda: answer(duty, text)) == sentence


@pytest.mark.parametrize(
    "key", [key for key, d in DUTIES.items() if d.closes not in ("sheet", "sheets", "none")]
)
def test_the_example_of_every_duty_can_be_typed(key: str) -> None:
    facts = answer(key, example(DUTIES[key]))
    assert [fact.kind for fact in facts] == [kind.key for kind in DUTIES[key].facts]


def test_fewer_reports_than_the_month_asks_for_leave_the_duty_open() -> None:
    reports = DUTIES["reports"]
    assert not enough(reports, answer("reports", "1", SEPTEMBER))
    assert enough(reports, answer("reports", "1", SEPTEMBER) * 2)
    assert enough(DUTIES["rule_study"], ())


def test_answers_that_bear_on_one_number_are_added_up() -> None:
    together = added_up(
        (
            *answer("party_day", "17/18", SEPTEMBER),
            *answer("study", "16/18", SEPTEMBER),
            *answer("study", "18/18", "2026-10"),
            *answer("talks", "3"),
            *answer("talks", "2"),
        )
    )
    assert Fact("attendance", 33, 36, SEPTEMBER) in together
    assert Fact("attendance", 18, 18, "2026-10") in together
    assert Fact("talks", 5) in together
    assert len({(fact.kind, fact.period) for fact in together}) == len(together)


def test_a_month_of_answers_suggests_the_grade_of_the_party_day() -> None:
    facts = added_up((*answer("party_day", "17/18 志愿", SEPTEMBER), *answer("study", "18/18", SEPTEMBER)))
    suggestion = suggest(read_edition("jinsong_2017"), 8, facts, (SEPTEMBER,))
    assert suggestion.grade is Grade.EXCELLENT


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(sorted(DUTIES)),
    st.text(alphabet="0123456789/是否应交上到实合格优秀本志愿无人 、，。-:：个·主题（）%", max_size=20),
)
def test_any_text_is_facts_that_make_sense_or_refused(duty: str, text: str) -> None:
    try:
        understood = read_answer(DUTIES[duty], text)
    except Refused:
        return
    assert read_answer(DUTIES[duty], in_words(DUTIES[duty], understood)) == understood
    facts = answer(duty, text)
    assert len(facts) == len(DUTIES[duty].facts)
    for fact in facts:
        assert fact.count >= 0
        assert fact.of is None or fact.count <= fact.of
