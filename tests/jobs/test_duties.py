"""The catalogue: complete, agreeing with the edition and the regulation, refused when wrong; and chosen otherwise."""

import re
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from jobs.duties.calendar import TermDates, propose_terms
from jobs.duties.catalogue import (
    DutyChoice,
    check_edition,
    choose,
    load_duties,
    read_duties,
    settled,
)
from jobs.duties.occurrences import Occurrence, occurrences
from jobs.duties.rule_words import read_rules
from jobs.duties.workdays import WorkDays
from scoring.refusal import Refused
from scoring.rubric import Form, read_edition
from tests.jobs.refusals import refusal
from tests.scoring.tables import SMALL

EDITION = read_edition("jinsong_2017")
DUTIES = read_duties("jinsong_2017")
DAYS = WorkDays()
AUTUMN, SPRING = propose_terms(2026)
REGULATION = re.sub(
    r"\s", "", (Path(__file__).parents[1] / "scoring" / "regulation.txt").read_text(encoding="utf-8")
)

ON = [
    "主题党日",
    "党员集中学习",
    "信息上报",
    "支委会",
    "支部工作计划",
    "发展与培养计划",
    "支部党员大会",
    "党课",
    "《党员手册》期中检查",
    "谈心谈话",
    "干部廉政记录",
    "公开栏更换",
    "支持工会工作",
    "共青团与业余党校",
    "联系群众与帮扶",
    "发展与转正进度",
    "积极分子活动",
    "述党建",
    "党员信息统计",
    "民主评议党员",
    "廉洁教育进校园",
    "组织生活会",
    "读书心得",
    "获奖登记",
    "《党员手册》上交与讲评",
    "党费收缴",
    "学期总结",
    "学期自评",
    "总支评价",
    "学习本制度",
    "年度交流汇报与评议",
    "评选优秀党支部",
    "展示交流",
    "整改",
]
OFF = ["党小组会", "支委会换届"]

WRITTEN = {
    "number": "7",
    "key": '"talks"',
    "title": '"谈心谈话"',
    "rule": '"期中，遇休息日提前"',
    "decision": '"每学期一次。"',
    "who": '"branch"',
    "closes": '"count"',
    "asks": '["talks"]',
    "on": "true",
}


def written(**other: str | None) -> str:
    """A catalogue of one duty, with some lines changed or (None) left out."""
    lines = {**WRITTEN, **other}
    return "[[duties]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items() if value) + "\n"


def test_the_catalogue_is_the_products() -> None:
    assert [duty.title for duty in DUTIES.values() if duty.on] == ON
    assert [duty.title for duty in DUTIES.values() if not duty.on] == OFF


def test_a_source_is_the_regulations_sentence_word_for_word() -> None:
    for duty in DUTIES.values():
        assert re.sub(r"\s", "", duty.source) in REGULATION, duty.key


def test_items_are_those_the_facts_feed_and_those_the_source_is_taken_from() -> None:
    items = {key: duty.items for key, duty in DUTIES.items()}
    assert items["party_day"] == (5, 6, 8, 17)
    assert items["handbook_check"] == (7,), "no number is typed, but item 7 asks for it"
    assert items["lecture"] == (5, 6, 8, 15, 17)
    assert items["self_sheet"] == items["committee_sheets"] == tuple(range(1, 25))
    assert items["group_meeting"] == items["review"] == ()
    assert items["election"] == (1,)


def test_under_an_edition_with_other_words_a_duty_has_its_words() -> None:
    [duty] = load_duties(written(source='"每学期谈心。"'), SMALL).values()
    assert (duty.items, duty.source) == ((2,), "合格二")
    [duty] = load_duties(written(source='"优秀五"'), SMALL).values()
    assert (duty.items, duty.source) == ((2, 5), "优秀五")
    [duty] = load_duties(written(closes='"tick"', asks=None, source='"每学期谈心。"'), SMALL).values()
    assert (duty.items, duty.source) == ((), "")


def test_what_the_regulation_leaves_open_is_said_only_under_an_edition_with_its_sentence() -> None:
    decision = '"{制度只写「定期」，}暂定每月一次。"'
    for source, edition, said in (
        ('"优秀五"', SMALL, "制度只写「定期」，暂定每月一次。"),
        ('"每学期各支部根据要求做出自评"', EDITION, "制度只写「定期」，暂定每月一次。"),
        ('"每学期各支部根据要求做出自评"', SMALL, "暂定每月一次。"),
        (None, SMALL, "制度只写「定期」，暂定每月一次。"),
    ):
        [duty] = load_duties(written(source=source, decision=decision), edition).values()
        assert duty.decision == said, source
    [duty] = load_duties(written(title='"合格二"', decision=decision), SMALL).values()
    assert duty.decision == "暂定每月一次。", (
        "it does not say that the regulation is silent of what is written there"
    )


def test_under_the_schools_edition_a_decision_says_what_the_regulation_leaves_open() -> None:
    assert DUTIES["committee_meeting"].decision.startswith("制度只写「定期」，暂定每月一次")
    assert DUTIES["group_meeting"].decision.startswith("党小组会每月召开一次；本制度没有写，")
    assert not any("{" in duty.decision or "}" in duty.decision for duty in DUTIES.values())
    text = files("jobs.duties").joinpath("duties.toml").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("decision"):
            assert "制度" not in re.sub(r"\{.*?\}", "", line), line


def test_an_edition_that_the_catalogue_does_not_fit_is_refused() -> None:
    assert refusal(lambda: check_edition("nobody_1999")).startswith("没有评价表版本「nobody_1999」，请")
    check_edition("jinsong_2017")


@pytest.mark.parametrize("fact", ["completion", "timeliness"])
@pytest.mark.parametrize(("form", "monthly"), [("count", False), ("tick", False), ("ratio", True)])
def test_what_is_counted_from_tasks_is_a_ratio_of_the_term(fact: str, form: Form, monthly: bool) -> None:
    kind = replace(EDITION.facts[fact], form=form, monthly=monthly)
    other = replace(EDITION, facts={**EDITION.facts, fact: kind})
    sentence = f"台账 {fact} 由交办任务统计，只能是 ratio，不能按月。"
    assert refusal(lambda: load_duties(written(), other)) == sentence
    without = {key: kind for key, kind in EDITION.facts.items() if key != fact}
    assert load_duties(written(), replace(EDITION, facts=without)), "an edition may do without"


def test_every_number_a_branch_types_regularly_has_a_duty() -> None:
    asked = {kind.key for duty in DUTIES.values() for kind in duty.facts}
    # Assignments are counted by the bot; the rest have no day of their own and are typed into the 台账.
    assert set(EDITION.facts) - asked == {
        "unfinished",
        "completion",
        "timeliness",
        "petitions",
    }


def test_a_duty_says_its_rule_in_words() -> None:
    assert DUTIES["talks"].rule == "第10周周二，遇休息日顺延；自评截止前18天，遇休息日提前"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[duties]", None),
        ("duties = 3", "任务目录的 duties 应是表的列表。"),
        ("duties = []", "任务目录是空的。"),
        ("", "任务目录缺少 duties。"),
        (written() + "\n[more]\n", "任务目录有不认识的内容 more。"),
        (written() + written(), "任务 talks 出现了不止一次。"),
        (written(key=None), "任务缺少 key。"),
        (written(key='"Talks"'), "任务名 Talks 只能用小写字母和下划线，最多 24 个。"),
        (written(title=None), "任务 talks 缺少 title。"),
        (written(more='"x"'), "任务 talks 有不认识的内容 more。"),
        (written(decision=None), "任务 talks 缺少 source 或 decision。"),
        (written(who='"everybody"'), "任务 talks 的 who 是 everybody，只能是 branch、committee。"),
        (written(event='"party"'), "任务 talks 的 event 是 party，只能是 result、review、award。"),
        (
            written(closes='"word"'),
            "任务 talks 的 closes 是 word，只能是 ratio、count、tick、numbers、party_day、file、sheet、sheets、none。",
        ),
        (written(asks='["walks"]'), "任务 talks 用到的台账 walks 没有定义。"),
        (written(asks="[]"), "任务 talks 的 asks 是空的。"),
        (written(closes='"ratio"'), "任务 talks 的 asks 与 closes = ratio 不符。"),
        (written(closes='"sheet"'), "任务 talks 的 asks 与 closes = sheet 不符。"),
        (written(adds='["attendance"]'), "任务 talks 的 adds 只能是计数的台账，并且要有人填报。"),
        (
            written(closes='"none"', asks=None, adds='["talks"]'),
            "任务 talks 的 adds 只能是计数的台账，并且要有人填报。",
        ),
        (written(adds='["talks"]'), "任务 talks 的台账写重复了。"),
        (written(closes='"tick"', asks=None, least="2"), "任务 talks 的 least 只用于 closes = count。"),
        (written(least="true"), "任务 talks 的 least 应是整数。"),
        (written(number="0"), "任务 talks 的编号 0 应大于 0，不重复。"),
        (written(number=None), "任务 talks 缺少 number。"),
        (written() + written(key='"walks"'), "任务 walks 的编号 7 应大于 0，不重复。"),
        (
            written(rule='"每天"'),
            "任务 talks 的日期规则有误：没有看懂日期规则「每天」，例如 每月25日，遇休息日提前。",
        ),
        (written(rule='"事件后3天，遇休息日提前"'), "任务 talks 的日期从事件算起，缺少 event。"),
        (
            written(opens='"每月1日，遇休息日提前"'),
            "任务 talks 的 opens 应是学期内的日期，例如 期末前21天，遇休息日不调整。",
        ),
        (written(ahead="10"), "任务 talks 的 ahead 应在 11 到 200 之间。"),
        (written(closes='"none"', asks=None, held="true"), "任务 talks 的 held 只用于要填报的任务。"),
    ],
)
def test_a_wrong_catalogue_is_refused_in_one_sentence(text: str, sentence: str | None) -> None:
    if sentence is None:  # the sentence quotes the reader's own words
        with pytest.raises(Refused, match=r"^任务目录不是有效的 TOML 文件："):
            load_duties(text, EDITION)
    else:
        assert refusal(lambda: load_duties(text, EDITION)) == sentence


def test_a_small_catalogue_is_read() -> None:
    [duty] = load_duties(written(on=None), EDITION).values()
    assert (duty.on, duty.items, duty.ahead, duty.least, duty.event) == (False, (5, 9, 15), 11, 0, None)


# Chosen otherwise


def test_the_branch_chooses_after_the_committee_and_only_what_it_names() -> None:
    party_day = DUTIES["party_day"]
    committee = choose(party_day, rule="每月第2个周三，遇休息日提前")
    branch = choose(party_day, rule="每月第3个周四，遇休息日提前")
    chosen = settled(party_day, committee, branch)
    assert (chosen.rules, chosen.on) == (read_rules("每月第3个周四，遇休息日提前"), True)
    assert settled(party_day, DutyChoice()) == party_day
    first = occurrences(party_day, AUTUMN, "2026-2027-1", DAYS, committee, branch)[0]
    assert first == Occurrence("party_day", "2026-09", date(2026, 9, 4), date(2026, 9, 17), first.closes)


def test_a_branch_can_be_spared_what_the_committee_switched_on() -> None:
    dues = DUTIES["dues"]
    on, off = choose(dues, on=True), choose(dues, on=False)
    assert occurrences(dues, AUTUMN, "2026-2027-1", DAYS, on)
    assert not occurrences(dues, AUTUMN, "2026-2027-1", DAYS, on, off)


def test_a_choice_may_not_change_how_often_a_duty_comes_round() -> None:
    assert refusal(lambda: choose(DUTIES["party_day"], rule="期中，遇休息日提前")) == (
        "「主题党日」的日期规则应与原来同类：每月第1个周五，遇休息日顺延。"
    )
    assert refusal(lambda: choose(DUTIES["party_day"], rule="随便")).startswith("没有看懂日期规则「随便」")


# When they open


def test_a_sheet_opens_when_self_evaluation_does() -> None:
    for term in (AUTUMN, SPRING):
        [sheet] = occurrences(DUTIES["self_sheet"], term, "t", DAYS)
        assert sheet.opens == term.opens
        assert sheet.due == DAYS.previous_working(term.closes)
        [committee] = occurrences(DUTIES["committee_sheets"], term, "t", DAYS)
        assert committee.opens == term.closes


def test_nothing_opens_after_it_is_due() -> None:
    short = TermDates("短学期", date(2026, 9, 1), date(2026, 9, 30))
    late = choose(DUTIES["self_sheet"], rule="期末前25天，遇休息日提前")
    [sheet] = occurrences(DUTIES["self_sheet"], short, "t", DAYS, late)
    assert sheet.opens == date(2026, 9, 2), "four weeks before the end"
    assert sheet.due == date(2026, 9, 4), "5 September is a Saturday"
    soon = load_duties(written(rule='"事件后1天，遇休息日提前"', event='"result"'), EDITION)["talks"]
    [plan] = occurrences(soon, AUTUMN, "t", DAYS, event=date(2027, 2, 6))
    assert plan.opens == plan.due == date(2027, 2, 4)  # all 春节: pulled before the event itself


def test_a_duty_before_the_term_opens_before_it() -> None:
    before = choose(DUTIES["plan"], rule="开学前7天，遇休息日提前")
    [plan] = occurrences(DUTIES["plan"], AUTUMN, "t", DAYS, before)
    assert (plan.opens, plan.due) == (date(2026, 8, 14), date(2026, 8, 25))


def test_an_election_is_announced_half_a_year_ahead() -> None:
    election = occurrences(DUTIES["election"], AUTUMN, "t", DAYS, DutyChoice(on=True))
    assert election == (
        Occurrence("election", "2026", date(2026, 4, 30), date(2026, 10, 30), election[0].closes),
    )


def test_what_follows_an_event_waits_for_it() -> None:
    assert occurrences(DUTIES["rectification"], AUTUMN, "t", DAYS) == ()
    assert occurrences(DUTIES["showcase"], AUTUMN, "t", DAYS) == ()
    [showcase] = occurrences(DUTIES["showcase"], AUTUMN, "t", DAYS, event=date(2026, 7, 6))
    assert (showcase.period, showcase.due) == ("t", date(2026, 11, 11))
    first, *_ = occurrences(DUTIES["rectification"], AUTUMN, "t", DAYS, event=date(2027, 1, 25))
    assert (first.opens, first.due) == (date(2027, 1, 25), date(2027, 2, 4))
