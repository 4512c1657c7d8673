from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.facts import Fact, Suggestion, parse_fact, suggest
from scoring.refusal import Refused
from scoring.rubric import Grade, load_edition
from tests.scoring.tables import JINSONG, NUMBERS, SMALL, SMALL_TOML

FAILED, PASSED, EXCELLENT = Grade
FACTS = JINSONG.facts
MONTHS = ("2026-09", "2026-10", "2026-11")


def told(number: int, *facts: Fact, months: tuple[str, ...] = ()) -> Suggestion:
    return suggest(JINSONG, number, facts, months)


def monthly(kind: str, *counts: int | None) -> tuple[Fact, ...]:
    """Reports of September, October …; None for a month without one."""
    return tuple(
        Fact(kind, n, None, month) for month, n in zip(MONTHS, counts, strict=False) if n is not None
    )


@pytest.mark.parametrize(
    ("text", "kind", "read"),
    [
        ("17/18", "attendance", (17, 18)),
        (" １７／１８ ", "attendance", (17, 18)),
        ("17 / 18", "attendance", (17, 18)),
        ("18/18", "attendance", (18, 18)),
        ("0/18", "attendance", (0, 18)),
        ("100000/100000", "attendance", (100000, 100000)),
        ("0/0", "low_rated_talked", (0, 0)),
        ("5", "talks", (5, None)),
        ("5人", "talks", (5, None)),
        ("5 次", "talks", (5, None)),
        ("5个", "talks", (5, None)),
        ("3 篇", "reports", (3, None)),
        ("0", "talks", (0, None)),
        ("是", "plan", (1, None)),
        ("已完成", "plan", (1, None)),
        ("１", "plan", (1, None)),
        ("否", "plan", (0, None)),
        ("没有", "plan", (0, None)),
        ("0", "plan", (0, None)),
    ],
)
def test_a_fact_is_read_as_people_type_it(text: str, kind: str, read: tuple[int, int | None]) -> None:
    assert parse_fact(text, FACTS[kind]) == read


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        (" ", "attendance", "请填「党员活动出勤」，例如 17/18。"),
        ("1" * 31, "attendance", "「党员活动出勤」写得太长了，例如 17/18。"),
        ("9" * 5000, "talks", "「谈心谈话」写得太长了，例如 5。"),
        ("十七个 ", "attendance", "没有看懂「十七个」，「党员活动出勤」请填数字，例如 17/18。"),
        ("17", "attendance", "没有看懂「17」，「党员活动出勤」请填数字，例如 17/18。"),
        ("17/18", "talks", "没有看懂「17/18」，「谈心谈话」请填数字，例如 5。"),
        ("5篇", "talks", "没有看懂「5篇」，「谈心谈话」请填数字，例如 5。"),
        ("2.5", "talks", "没有看懂「2.5」，「谈心谈话」请填数字，例如 5。"),
        (" 也许 ", "plan", "没有看懂「也许」，「工作计划按时上交」请填 是 或 否。"),
        ("-1/18", "attendance", "「党员活动出勤」不能是负数，例如 17/18。"),
        ("1/-18", "attendance", "「党员活动出勤」不能是负数，例如 17/18。"),
        ("-1", "talks", "「谈心谈话」不能是负数，例如 5。"),
        ("100001", "talks", "「谈心谈话」的数字太大了，最多 100000，例如 5。"),
        ("1/100001", "attendance", "「党员活动出勤」的数字太大了，最多 100000，例如 17/18。"),
        ("19/18", "attendance", "「党员活动出勤」19/18 的前一个数不能大于后一个数，例如 17/18。"),
        ("0/0", "attendance", "「党员活动出勤」的总数不能是 0，例如 17/18。"),
        ("1/0", "low_rated_talked", "「评议较差党员谈心」1/0 的前一个数不能大于后一个数，例如 2/2。"),
    ],
)
def test_an_impossible_fact_is_refused_in_its_own_sentence(text: str, kind: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_fact(text, FACTS[kind])
    assert str(refused.value) == sentence


def test_a_fact_of_30_characters_is_not_too_long() -> None:
    assert parse_fact("0" * 29 + "5", FACTS["talks"]) == (5, None)


@pytest.mark.parametrize("key", FACTS)
def test_the_example_of_every_fact_is_a_fact(key: str) -> None:
    count, of = parse_fact(FACTS[key].example, FACTS[key])
    assert (of is not None) == (FACTS[key].form == "ratio")
    assert count >= 0


@given(
    st.text(max_size=12) | st.from_regex(r"-?[0-9]{1,7}(/-?[0-9]{1,7})?", fullmatch=True),
    st.sampled_from([*FACTS]),
)
def test_whatever_is_typed_becomes_a_sound_fact_or_a_refusal(text: str, key: str) -> None:
    try:
        count, of = parse_fact(text, FACTS[key])
    except Refused:
        return
    assert 0 <= count <= 100_000
    assert (of is not None) == (FACTS[key].form == "ratio")
    assert of is None or count <= of


@pytest.mark.parametrize(
    ("count", "of", "grade", "reason"),
    [
        (17, 18, EXCELLENT, "党员活动出勤 17/18 = 94.4 %，达到优秀要求 90 %"),
        (18, 20, EXCELLENT, "党员活动出勤 18/20 = 90 %，达到优秀要求 90 %"),
        (899, 1000, PASSED, "党员活动出勤 899/1000 = 89.9 %，达到合格要求 80 %，未达到优秀要求 90 %"),
        (8999, 10000, PASSED, "党员活动出勤 8999/10000 = 89.99 %，达到合格要求 80 %，未达到优秀要求 90 %"),
        (16, 20, PASSED, "党员活动出勤 16/20 = 80 %，达到合格要求 80 %，未达到优秀要求 90 %"),
        (799, 1000, FAILED, "党员活动出勤 799/1000 = 79.9 %，未达到合格要求 80 %"),
        (0, 20, FAILED, "党员活动出勤 0/20 = 0 %，未达到合格要求 80 %"),
    ],
)
def test_a_rate_suggests_a_grade_with_its_formula(count: int, of: int, grade: Grade, reason: str) -> None:
    points = JINSONG.points(6, grade)
    assert told(6, Fact("attendance", count, of)) == Suggestion("suggested", grade, points, (reason,))


def test_several_reports_are_added_up_before_the_rate_is_taken() -> None:
    said = [Fact("attendance", 18, 18, "2026-09"), Fact("attendance", 15, 18, "2026-10")]
    two = suggest(JINSONG, 6, said, ("2026-09", "2026-10"))
    assert two.reasons == ("党员活动出勤 33/36 = 91.7 %，达到优秀要求 90 %",)


def test_a_rate_of_which_months_are_still_to_come_is_what_it_is_so_far() -> None:
    for months in ((), ("2026-09", "2026-10")):
        one = suggest(JINSONG, 6, [Fact("attendance", 17, 18, "2026-09")], months)
        assert one.reasons == ("党员活动出勤 17/18 = 94.4 %，目前达到优秀要求 90 %",)


def test_what_the_regulation_does_not_count_is_left_to_the_person() -> None:
    left = Suggestion("not_countable", reasons=("制度对本项没有数字要求，由您判断。",))
    assert [n for n in NUMBERS if told(n) == left] == [1, 14, 20, 21, 22]


def test_an_item_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Refused, match="没有第 25 项"):
        told(25)


def test_without_facts_everything_is_missing_and_everything_possible() -> None:
    assert told(5) == Suggestion(
        "not_enough", missing=("谈心谈话", "党员评议满意度", "党员活动出勤"), at_most=EXCELLENT
    )


def test_a_rate_of_nothing_is_not_a_rate() -> None:
    assert told(6, Fact("attendance", 0, 0)) == told(6)
    assert told(6, Fact("attendance", 5)) == told(6)


def test_a_rate_of_a_single_one_is_a_rate() -> None:
    assert told(6, Fact("attendance", 1, 1)).grade is EXCELLENT


def test_facts_may_come_from_anything_that_can_be_read_once() -> None:
    facts = [Fact("talks", 5), Fact("satisfaction", 50, 50), Fact("attendance", 18, 18)]
    assert suggest(JINSONG, 5, (fact for fact in facts)) == told(5, *facts)


def test_facts_of_other_kinds_do_not_count() -> None:
    assert told(6, Fact("talks", 5), Fact("notes", 18, 18)) == told(6)


def test_an_item_is_as_good_as_its_worst_measure() -> None:
    talks, satisfaction = Fact("talks", 4), Fact("satisfaction", 48, 50)
    assert told(5, talks, satisfaction, Fact("attendance", 18, 18)) == Suggestion(
        "suggested",
        PASSED,
        Decimal("3.2"),
        (
            "谈心谈话 4 人，达到合格要求 3 人，未达到优秀要求 5 人",
            "党员评议满意度 48/50 = 96 %，达到优秀要求 90 %",
            "党员活动出勤 18/18 = 100 %，达到优秀要求 90 %",
        ),
    )


@pytest.mark.parametrize(
    ("count", "grade"), [(2, FAILED), (3, PASSED), (4, PASSED), (5, EXCELLENT), (6, EXCELLENT)]
)
def test_talks_from_three_pass_and_from_five_excel(count: int, grade: Grade) -> None:
    others = Fact("satisfaction", 50, 50), Fact("attendance", 18, 18)
    assert told(5, Fact("talks", count), *others).grade is grade


def test_a_known_failure_decides_whatever_is_missing() -> None:
    assert told(5, Fact("talks", 2)) == Suggestion(
        "suggested", FAILED, Decimal(0), ("谈心谈话 2 人，未达到合格要求 3 人",)
    )


def test_what_is_known_limits_what_is_possible() -> None:
    capped = told(5, Fact("talks", 4))
    assert (capped.outcome, capped.grade, capped.points) == ("not_enough", None, None)
    assert (capped.at_most, capped.missing) == (PASSED, ("党员评议满意度", "党员活动出勤"))
    assert capped.reasons == ("谈心谈话 4 人，达到合格要求 3 人，未达到优秀要求 5 人",)


def test_a_number_only_for_excellence_caps_at_passed_but_never_fails() -> None:
    low_attendance = told(5, Fact("talks", 5), Fact("satisfaction", 50, 50), Fact("attendance", 1, 18))
    assert low_attendance.grade is PASSED
    assert low_attendance.reasons[2] == "党员活动出勤 1/18 = 5.6 %，未达到优秀要求 90 %"


def test_what_cannot_change_the_grade_any_more_is_not_missing() -> None:
    settled = told(5, Fact("talks", 4), Fact("satisfaction", 45, 50))
    assert (settled.outcome, settled.grade, settled.missing) == ("suggested", PASSED, ())


def minutes(*months: tuple[int, int] | None) -> Suggestion:
    """Meetings with minutes, and all meetings, of September, October …; None for a month without a report."""
    said = zip(MONTHS, months, strict=False)
    facts = [Fact("committee_minutes", *told, month) for month, told in said if told]
    return told(2, *facts, months=MONTHS)


def test_minutes_are_looked_at_month_by_month_and_one_month_of_three_is_not_all() -> None:
    assert minutes((1, 1), None, None) == Suggestion(
        "not_enough",
        reasons=(
            "支委会有记录/召开 3 个月报了 1 个月，最少 1/1 = 100 %（9月），目前达到优秀要求（每月全部）",
        ),
        missing=("支委会有记录/召开",),
        at_most=EXCELLENT,
    )
    assert minutes((1, 1), (2, 2), (1, 1)) == Suggestion(
        "suggested",
        EXCELLENT,
        Decimal(4),
        ("支委会有记录/召开 3 个月中最少 1/1 = 100 %（9月），达到优秀要求（每月全部）",),
    )


def test_a_month_without_all_minutes_leaves_passing_to_the_person() -> None:
    left = Suggestion(
        "judgement",
        reasons=(
            "支委会有记录/召开 3 个月中最少 1/2 = 50 %（10月），未达到优秀要求（每月全部）",
            "合格与否由您判断。",
        ),
        at_most=PASSED,
    )
    assert minutes((9, 9), (1, 2), (2, 3)) == left
    assert minutes((1, 1), (0, 2), None).outcome == "judgement", "what is missing cannot help any more"
    assert minutes((1, 1), (0, 0), (1, 1)).missing == ("支委会有记录/召开",), "no meeting is no minutes"


def test_minutes_told_for_the_whole_term_say_nothing_of_its_months() -> None:
    assert told(2, Fact("committee_minutes", 4, 4), months=MONTHS) == told(2, months=MONTHS)


def test_a_ratio_may_be_asked_of_every_month_in_both_grades() -> None:
    text = SMALL_TOML.replace('example = "17/18"', 'example = "17/18"\nmonthly = true').replace(
        'fact = "attendance", how = "rate"', 'fact = "attendance", how = "monthly"'
    )
    facts = [
        Fact("coverage", 0, 0),
        *(Fact("attendance", n, 20, m) for n, m in zip((18, 17, 20), MONTHS, strict=True)),
    ]
    assert suggest(load_edition(text), 1, facts, MONTHS) == Suggestion(
        "suggested",
        PASSED,
        Decimal(24),
        (
            "帮扶 没有需要做的，视为做到，达到合格要求（全部）",
            "出勤 3 个月中最少 17/20 = 85 %（10月），达到合格要求（每月 80 %），未达到优秀要求（每月 90 %）",
        ),
    )


def test_a_rate_is_shown_on_its_own_side_of_the_editions_threshold() -> None:
    edition = load_edition(
        SMALL_TOML.replace("passed = 0.8, excellent = 0.9", "passed = 0.855, excellent = 0.9")
    )
    missed = suggest(edition, 1, [Fact("attendance", 8546, 10_000)])
    assert missed.reasons == ("出勤 8546/10000 = 85.46 %，未达到合格要求 85.5 %",)


def test_all_is_100_percent_where_the_regulation_says_so() -> None:
    assert told(7, Fact("handbook_in", 20, 20)).reasons == (
        "《党员手册》上交 20/20 = 100 %，达到优秀要求 100 %",
    )
    assert told(17, Fact("notes", 17, 18)).reasons == ("读书心得 17/18 = 94.4 %，未达到合格要求（全部）",)


def test_several_reports_of_a_month_are_added_up() -> None:
    two = [Fact("committee_minutes", 1, 1, "2026-09"), Fact("committee_minutes", 1, 2, "2026-09")]
    assert (
        told(2, *two, months=MONTHS[:1])
        .reasons[0]
        .startswith("支委会有记录/召开 1 个月中最少 2/3 = 66.7 %（9月）")
    )


def test_item_3_fails_by_one_unexcused_omission() -> None:
    good = Fact("plan", 1), Fact("summary", 1), Fact("satisfaction", 45, 50)
    assert told(3, Fact("unfinished", 0), *good).grade is EXCELLENT
    assert told(3, Fact("unfinished", 1), *good).grade is FAILED
    assert told(3, Fact("unfinished", 0), Fact("plan", 0)) == Suggestion(
        "suggested",
        PASSED,
        Decimal(4),
        ("无故未完成 0 项，达到合格要求（不超过 0 项）", "工作计划按时上交 否，未达到优秀要求"),
    )
    assert told(3, Fact("unfinished", 0), *good).reasons[1] == "工作计划按时上交 是，达到优秀要求"


def test_nothing_to_do_counts_as_done_where_that_has_a_meaning() -> None:
    assert told(9, Fact("low_rated_talked", 0, 0)) == Suggestion(
        "suggested", EXCELLENT, Decimal(5), ("评议较差党员谈心 没有需要做的，视为做到，达到优秀要求（全部）",)
    )
    assert told(9, Fact("low_rated_talked", 1, 2)).grade is FAILED


def test_handbooks_excel_at_30_percent_of_those_handed_in() -> None:
    basis = Fact("handbook_in", 20, 20), Fact("handbook_passed", 18, 20)
    assert told(7, *basis, Fact("handbook_excellent", 6, 20)).grade is EXCELLENT
    assert told(7, *basis, Fact("handbook_excellent", 5, 20)).grade is PASSED
    assert told(7, *basis, Fact("handbook_excellent", 3, 20)).grade is FAILED
    assert told(7, Fact("handbook_in", 19, 20)).grade is FAILED


def test_without_a_number_for_passing_only_excellence_is_suggested() -> None:
    assert told(24, Fact("integrity", 1), Fact("cadre_records", 1)) == Suggestion(
        "suggested",
        EXCELLENT,
        Decimal(4),
        ("干部廉政记录齐全 是，达到优秀要求", "廉洁教育进校园活动 1 次，达到优秀要求 1 次"),
    )
    assert told(11, Fact("dues_late", 1)) == Suggestion(
        "judgement",
        reasons=("党费拖延 1 人次，未达到优秀要求（不超过 0 人次）", "合格与否由您判断。"),
        at_most=PASSED,
    )
    assert told(11) == Suggestion(
        "not_enough", missing=("党员信息统计按时完成", "党费拖延"), at_most=EXCELLENT
    )
    assert told(24, Fact("integrity", 1)).missing == ("干部廉政记录齐全",)
    assert told(24, Fact("integrity", 0)).outcome == "judgement"
    assert told(24, Fact("integrity", 1), Fact("cadre_records", 0)).outcome == "judgement"


def test_one_missed_number_is_enough_to_leave_the_grade_to_the_person() -> None:
    missed = told(15, Fact("activist_activities", 1))
    assert (missed.outcome, missed.at_most, missed.missing) == ("judgement", PASSED, ())
    waiting = told(15, Fact("activist_activities", 2))
    assert (waiting.outcome, waiting.at_most, waiting.missing) == (
        "not_enough",
        EXCELLENT,
        ("积极分子谈心和座谈",),
    )


# 优秀还要看 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "facts", "points", "unseen"),
    [
        (9, [Fact("low_rated_talked", 2, 2)], "4", "党员整改有成效"),
        (16, [Fact("probation_delays", 0)], "3.2", "征求意见、外调、票决制"),
        (19, [Fact("petitions", 0)], "4", "群众对党员、干部评价认可度高"),
    ],
)
def test_where_excellence_names_what_nobody_asked_passed_is_suggested_and_the_rest_named(
    number: int, facts: list[Fact], points: str, unseen: str
) -> None:
    made = told(number, *facts)
    assert (made.outcome, made.grade, made.points) == ("suggested", PASSED, Decimal(points))
    assert made.reasons[-1] == f"优秀还要看：{unseen}"
    assert "达到优秀要求" in made.reasons[0]


@pytest.mark.parametrize(
    ("number", "facts", "unseen"),
    [
        (11, [Fact("dues_late", 0), Fact("statistics", 1)], "党支部档案管理规范、齐全"),
        (15, [Fact("activist_activities", 2), Fact("activist_talks", 2)], "上好党课、党员参与率高"),
    ],
)
def test_where_passing_has_no_number_either_the_person_judges(
    number: int, facts: list[Fact], unseen: str
) -> None:
    made = told(number, *facts)
    assert (made.outcome, made.grade, made.at_most) == ("judgement", None, EXCELLENT)
    assert made.reasons[-1] == f"优秀还要看：{unseen}"


def test_what_nobody_asked_is_not_named_before_the_numbers_reach_excellence() -> None:
    missed = told(9, Fact("low_rated_talked", 1, 2))
    waiting = told(15, Fact("activist_activities", 2))
    assert not any("还要看" in reason for made in (missed, waiting) for reason in made.reasons)


def test_where_there_was_nothing_to_do_nothing_more_is_to_be_seen() -> None:
    nobody = told(9, Fact("low_rated_talked", 0, 0), Fact("talks", 5))
    assert (nobody.grade, nobody.points) == (EXCELLENT, Decimal(5))


@pytest.mark.parametrize("number", [3, 11, 13, 16, 19])
def test_a_number_that_must_stay_low_is_not_the_terms_before_self_evaluation(number: int) -> None:
    kinds = [FACTS[measure.fact] for measure in JINSONG.item(number).measures]
    low = next(m.fact for m in JINSONG.item(number).measures if m.how == "at_most")
    ones = [Fact(k.key, 0 if k.key == low else 1, 1 if k.form == "ratio" else None) for k in kinds]
    early, later = suggest(JINSONG, number, ones, final=False), suggest(JINSONG, number, ones)
    assert early.grade is not EXCELLENT
    assert early.reasons[-1].startswith("优秀还要看：")
    assert early.reasons[-1].endswith(f"{FACTS[low].title}（自评开始后再看）")
    assert not any("再看" in reason for reason in later.reasons)
    assert later.outcome == ("judgement" if number == 11 else "suggested")


def test_what_keeps_excellence_back_is_one_sentence() -> None:
    early = suggest(JINSONG, 16, [Fact("probation_delays", 0)], final=False)
    assert early.reasons[-1] == "优秀还要看：征求意见、外调、票决制，预备党员转正延后（自评开始后再看）"


def test_a_number_too_high_fails_before_self_evaluation_too() -> None:
    assert suggest(JINSONG, 19, [Fact("petitions", 1)], final=False).grade is FAILED


# 供参考 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 19, 20])
def test_satisfaction_stands_beside_the_items_that_give_no_number_for_it(number: int) -> None:
    alone = told(number, Fact("satisfaction", 45, 50))
    assert "党员评议满意度 45/50 = 90 %（供参考）" in alone.reasons
    assert "党员评议满意度" not in alone.missing


@pytest.mark.parametrize("number", [9, 15])
def test_talks_stand_beside_the_items_that_give_no_number_for_them(number: int) -> None:
    assert "谈心谈话 5 人（供参考）" in told(number, Fact("talks", 2), Fact("talks", 3)).reasons


@pytest.mark.parametrize(
    ("number", "kind"), [(2, "satisfaction"), (9, "talks"), (15, "talks"), (19, "satisfaction")]
)
def test_what_is_only_shown_decides_nothing(number: int, kind: str) -> None:
    others = [
        Fact(m.fact, 0, 2 if FACTS[m.fact].form == "ratio" else None, month)
        for m in JINSONG.item(number).measures
        for month in (MONTHS if FACTS[m.fact].monthly else ("",))
        if m.fact != kind
    ]
    for known in ([], others):
        beside = [told(number, *known, Fact(kind, n, 50), months=MONTHS) for n in (0, 50)]
        without = told(number, *known, months=MONTHS)
        for made in beside:
            said = tuple(reason for reason in made.reasons if "供参考" not in reason)
            assert replace(made, reasons=said) == without


def test_an_item_of_which_a_number_is_only_shown_is_left_to_the_person() -> None:
    assert told(20, Fact("satisfaction", 45, 50)) == Suggestion(
        "judgement",
        reasons=("党员评议满意度 45/50 = 90 %（供参考）", "优秀、合格由您判断。"),
        at_most=EXCELLENT,
    )


def test_awards_bring_a_point_each_up_to_the_items_points() -> None:
    assert told(23, Fact("awards", 7)) == Suggestion(
        "suggested", EXCELLENT, Decimal(5), ("获奖 7 项，每项 1 分，最多 5 分",)
    )
    three = told(23, Fact("awards", 1), Fact("awards", 2))
    assert (three.grade, three.points) == (PASSED, Decimal(3))
    none = told(23, Fact("awards", 0))
    assert (none.grade, none.points) == (FAILED, Decimal(0))
    assert told(23) == Suggestion("not_enough", missing=("获奖",), at_most=EXCELLENT)


def test_a_month_nobody_reported_is_unknown_and_not_zero() -> None:
    two_of_three = told(18, *monthly("reports", 5, 5, None), months=MONTHS)
    assert two_of_three == Suggestion(
        "not_enough",
        reasons=(
            "信息上报 3 个月报了 2 个月，最少 5 篇（9月），目前达到合格要求（每月 2 篇）",
            "信息上报 10 篇，达到优秀要求 10 篇",
        ),
        missing=("信息上报",),
        at_most=EXCELLENT,
    )


def test_a_month_reported_below_the_number_fails_at_once() -> None:
    failed = told(18, *monthly("reports", 9, 1, None), months=MONTHS)
    assert (failed.outcome, failed.grade) == ("suggested", FAILED)
    assert failed.reasons[0] == "信息上报 3 个月报了 2 个月，最少 1 篇（10月），未达到合格要求（每月 2 篇）"


def test_item_18_excels_by_the_terms_sum_and_passes_by_the_month() -> None:
    assert told(18, *monthly("reports", 4, 4, 2), months=MONTHS).grade is EXCELLENT
    assert told(18, *monthly("reports", 4, 3, 2), months=MONTHS).grade is PASSED
    assert (
        told(18, *monthly("reports", 8, 1, 2), Fact("reports", 1, None, "2026-10"), months=MONTHS).grade
        is EXCELLENT
    )


def test_a_sum_still_growing_is_not_held_against_anybody() -> None:
    growing = told(18, *monthly("reports", 2, 2, None), months=MONTHS)
    assert (growing.outcome, growing.at_most) == ("not_enough", EXCELLENT)
    assert growing.reasons[1] == "信息上报 4 篇，目前未达到优秀要求 10 篇"


def test_without_the_terms_months_nothing_monthly_is_decided() -> None:
    unknown = told(18, *monthly("reports", 4, 4, 4))
    assert (unknown.outcome, unknown.missing, len(unknown.reasons)) == ("not_enough", ("信息上报",), 1)
    assert told(18, *monthly("reports", 1, 1, 1)).outcome == "not_enough"


def test_a_month_outside_the_term_counts_for_the_sum_and_is_not_required() -> None:
    assert told(18, *monthly("reports", 5, 2, 3), months=MONTHS[:2]).grade is EXCELLENT
    assert told(18, *monthly("reports", 5, 4, 0), months=MONTHS[:2]).grade is PASSED


def test_one_report_for_the_whole_term_gives_the_sum_but_not_the_months() -> None:
    whole = told(18, Fact("reports", 4), months=MONTHS)
    assert (whole.outcome, whole.at_most, whole.reasons) == (
        "not_enough",
        PASSED,
        ("信息上报 4 篇，未达到优秀要求 10 篇",),
    )


def test_a_monthly_study_stands_beside_notes_and_attendance() -> None:
    others = Fact("notes", 18, 18), Fact("attendance", 17, 18)
    assert told(17, *monthly("studies", 1, 1, 1), *others, months=MONTHS).grade is EXCELLENT
    assert told(17, *monthly("studies", 1, 0, 1), *others, months=MONTHS).grade is FAILED
    assert told(17, *others, months=MONTHS).missing == ("党员集中学习",)


def test_a_monthly_number_may_have_both_grades() -> None:
    def small(*counts: int | None) -> Suggestion:
        return suggest(SMALL, 3, monthly("reports", *counts), MONTHS)

    assert small(3, 4, 3).grade is EXCELLENT
    assert small(3, 2, 3).grade is PASSED
    capped = small(2, 3, None)
    assert (capped.outcome, capped.at_most) == ("not_enough", PASSED)


def test_reaching_what_has_no_number_for_excellence_leaves_that_to_the_person() -> None:
    only_passing = SMALL_TOML.replace(", passed = 2, excellent = 1", ", passed = 2")
    suggestion = suggest(load_edition(only_passing), 2, [Fact("talks", 2)])
    assert suggestion == Suggestion(
        "judgement",
        reasons=("谈话 2 人，达到合格要求（不超过 2 人）", "优秀与否由您判断。"),
        at_most=EXCELLENT,
    )


def test_a_limit_has_both_grades_too() -> None:
    assert [suggest(SMALL, 2, [Fact("talks", n)]).grade for n in (1, 2, 3)] == [EXCELLENT, PASSED, FAILED]


def test_a_limit_reported_month_by_month_may_still_be_spoiled() -> None:
    text = SMALL_TOML.replace('fact = "talks", how = "at_most"', 'fact = "reports", how = "at_most"')
    edition = load_edition(text)
    early = suggest(edition, 2, monthly("reports", 1), MONTHS)
    assert (early.outcome, early.at_most) == ("not_enough", EXCELLENT)
    later = suggest(edition, 2, monthly("reports", 1, 1), MONTHS)
    assert (later.outcome, later.at_most) == ("not_enough", PASSED)
    spoiled = suggest(edition, 2, monthly("reports", 1, 2), MONTHS)
    assert (spoiled.outcome, spoiled.grade) == ("suggested", FAILED)
    whole = suggest(edition, 2, monthly("reports", 0, 1, 0), MONTHS)
    assert (whole.outcome, whole.grade) == ("suggested", EXCELLENT)


@st.composite
def reports(draw: st.DrawFn) -> Fact:
    kind = draw(st.sampled_from(list(FACTS.values())))
    of = draw(st.integers(1, 30)) if kind.form == "ratio" else None
    count = draw(st.integers(0, of or (1 if kind.form == "tick" else 12)))
    return Fact(kind.key, count, of, draw(st.sampled_from(MONTHS)) if kind.monthly else "")


@given(st.lists(reports(), max_size=60), st.sampled_from(NUMBERS))
def test_a_suggestion_is_whole_whatever_was_reported(facts: list[Fact], number: int) -> None:
    made = suggest(JINSONG, number, facts, MONTHS)
    assert (made.grade is not None) == (made.points is not None) == (made.outcome == "suggested")
    assert bool(made.missing) == (made.outcome == "not_enough")
    assert made.grade is not EXCELLENT or not any("还要看" in reason for reason in made.reasons)
    if made.points is not None and number != 23:
        assert made.grade is JINSONG.grade_of(number, made.points)


@given(st.lists(reports(), max_size=60), st.sampled_from(NUMBERS), st.data())
def test_one_more_kind_of_fact_never_lifts_what_was_possible(
    facts: list[Fact], number: int, data: st.DataObject
) -> None:
    left_out = data.draw(st.sampled_from([*FACTS]))
    without = suggest(JINSONG, number, [fact for fact in facts if fact.kind != left_out], MONTHS)
    made = suggest(JINSONG, number, facts, MONTHS)
    best = without.at_most if without.grade is None else without.grade
    if best is not None and made.grade is not None:
        assert made.grade <= best
