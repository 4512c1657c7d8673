"""Attendances and other ratios as people tell them: the right value beside each, what is asked, and what is none."""

import pytest

from jobs.duties.answers import Unclear, read_answer
from jobs.duties.catalogue import read_duties
from jobs.duties.ratios import Doubtful, read_number
from scoring.refusal import Refused
from scoring.rubric import read_edition

DUTIES = read_duties("jinsong_2017")
FACTS = read_edition("jinsong_2017").facts

Read = tuple[int, int | None] | list[tuple[int, int | None]] | None
"""A value, values to ask about, or nothing."""


def on_task(duty: str, text: str) -> Read:
    try:
        return read_answer(DUTIES[duty], text).numbers[0]
    except Unclear as unclear:
        return [reading.numbers[0] for reading in unclear.readings]
    except Refused:
        return None


def as_fact(kind: str, text: str) -> Read:
    try:
        return read_number(FACTS[kind], text)
    except Doubtful as doubtful:
        return list(doubtful.readings)
    except Refused:
        return None


def everywhere(text: str) -> list[Read]:
    """What a text is on a party day, on a study, and in 台账."""
    return [on_task("party_day", text), on_task("study", text), as_fact("attendance", text)]


SEVENTEEN = """
17/18 · 17／18 · １７／１８ · 17 / 18 · 17人/18人 · 17人／18人 · 17/18人 · 17÷18 · 17⁄18 · 17∕18 · 17\\18 · 十七/十八
17比18 · 17 比 18 · 17人比18人 · 十七比十八 · 十七人比十八人
应到18实到17 · 应到18 实到17 · 应到18，实到17 · 应到18人，实到17人 · 应到18人，实到17人，请假1人 · 应到18，请假1，实到17
应到十八实到十七 · 应到18人实到17人缺勤1人 · 应到：18 实到：17 · 应到=18，实到=17 · 应到为18人实到为17人
应到人数18，实到人数17 · 应到18到17 · 应到18来17 · 应到18来了17 · 应到18人，来了17人 · 应到18人到会17人
应18实17 · 应18到17 · 到17，应18 · 实到17应到18 · 实到17人，应到18人 · 18应到17实到 · 18人应到，17人实到
应出席18，出席17 · 应参加18人，实际参加17人 · 应到18 实到17 出勤率94.4% · 出勤率94.4%，应到18，实到17
18人到了17人 · 18人到17人 · 18人来了17人 · 18个人来了17个 · 18个人到了17个 · 18名党员到了17名 · 18位党员来了17位
党员18名来了17名 · 18人中17人参加 · 18人中到了17人 · 18人，17人到 · 18人17人到会 · 全部18人，到17人 · 全体18人到17人
支部共18人，到17人 · 一共18人到17 · 共有党员18名，17名参加 · 17人到，共18人 · 17人到会，共18人 · 来了17人，共18人
来了17个，一共18个 · 到会17人（应到18人） · 签到17人，应到18人
到17缺1 · 到17，缺1 · 到17人，缺1人 · 到17人缺1人 · 到会17人 缺席1人 · 实到17缺席1 · 实到17，请假1 · 实到17人，请假一人
来了17个，1个没来 · 17人到会，1人请假 · 17到1缺 · 17人到1人缺 · 出席17人，病假1人 · 到了17个，差1个 · 17名到会，1名请假
17人出席，1人缺席 · 实到17，出差1人
缺1人共18人 · 共18人缺1人 · 应到18缺1 · 应到18，缺1人 · 应到18人，请假1人 · 应到18人，1人请假 · 请假一人应到18
请假1人，应到18人 · 总数18，缺1 · 应到18，无故缺席1人
应到/实到 18/17 · 应到/实到：18/17 · 应到、实到：18、17 · 实到/应到 17/18 · 实到/应到：17/18 · 实到17/18 · 出勤17比18
17（应到18） · 17人（应到18人） · 总18实17 · 今天应到18人实到17人 · 本月应到18实到17 · 到会17人，应到会18人
应到18人！实到17人！ · 应到（18）实到（17） · 应到【18】实到【17】 · 应到18-实到17 · １７比１８ · 17人次/18人次
我支部18人到17人 · 全支部18人到17人 · 18人只到了17人 · 应到18人、实到17人、事假1人 · 参加17人，请假1人，共18人
实到十七人缺一人 · 到１７缺１ · 应到18名党员，实到17名党员 · 18名党员，1名请假，17名到会
出勤17:18 · 出勤 17：18 · 17:18人 · 94.4%(17/18) · 94.4%（17/18） · 出勤率94.4%（17/18） · 17/18=94.4% · 17/18（94.4%）
"""
EVERYBODY = """
全到（18） · 全到(18) · 全到18 · 全到 18人 · 18人全到 · 18全到 · 全勤18人 · 18人全勤 · 全勤（18人）
18人都到了 · 18人全部到会 · 全部到齐，18人 · 全部到齐18人 · 应到18全到 · 应到18人，全到 · 应到18全勤 · 应到18无缺席
应到18人，无人缺席 · 18人到齐
到齐了，18人 · 都到了，共18人 · 18个都来了 · 全体18人参加 · 全员到齐18人 · 18人一个不少 · 18/18全到 · 全到，共18人
18人无一缺席 · 全勤，18 · 18，全勤 · 全齐18 · 满勤18 · 18人全部到齐 · 18个全到了 · 无缺席，应到18
18名党员全部参加 · 全来了，18个 · 应到18人，缺席0人
"""
TURNED = "17:18 · 17：18 · 18/17 · 18／17 · 18:17 · 17 18 · 18 17 · 17，18 · 17、18 · 17（18）"
TURNED += " · 18比17 · 18到17 · 应到18，17人"
EITHER = "18人缺1人 · 18人，1人请假 · 18人，请假1人"
NEITHER = """
12/5 · 12/5 参观 · 12月5日 · 9月25日 · 9.25 · 2026/9/25 · 17日18人 · 到17日 · 到17日缺1人 · 3月17日到会
第17/18期 · 17/18楼 · 17.18 · 17-18 · 17~18 · 17到18 · 17至18 · 17.5/18 · 1 7/18
应到1 8实到17 · -1/18 · -17/18 · 0/0 · 17/0
94.4% · 出勤率94.4% · 17/18 90% · 94.4%（16/18） · 出勤率90%（17/18）
应到17实到18 · 实到18应到17 · 18人到了19人 · 到17缺1共19 · 缺17缺18 · 应到20，全到18 · 应到17，缺18
17 · 17人 · 18人 · 到17 · 缺1 · 缺1人 · 请假1人 · 应到18 · 应到18人 · 全到 · 全勤 · 都到了 · 全到了吗
9:30 · 9:00 · 8:30 · 下午17:18开会 · 17:18开会 · 3比2获胜 · 篮球赛17比18 · 比分17:18 · 一比一
6优 7合 · 6优 · 8 3.5 · 3人请假 · 17号18号 · 18人到3楼 · 18人坐2辆车 · 党员18人到3家企业 · 三四人到五人
18人参加17公里健步走 · 参加18，获奖17 · 到会17人，群众20人 · 谢谢 · 没有 · 17岁18人 · 电话17718
到2026 · 应到20日 · 1月到3月 · 9到10月 · 到3月缺1 · 应交1份到18号 · 共3次缺1次 · 缺勤率5% · 18点到17点
应到18实到16或17 · 差1分到17 · 第17人第18人
"""


def spellings(table: str) -> list[str]:
    return [text.strip() for line in table.strip().splitlines() for text in line.split(" · ")]


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(set(spellings(SEVENTEEN))) >= 60
    assert len(set(spellings(NEITHER))) >= 30


@pytest.mark.parametrize("text", spellings(SEVENTEEN))
def test_seventeen_of_eighteen_is_read_wherever_it_is_typed(text: str) -> None:
    assert everywhere(text) == [(17, 18)] * 3


@pytest.mark.parametrize("text", spellings(EVERYBODY))
def test_that_all_are_there_is_read_with_their_number(text: str) -> None:
    assert everywhere(text) == [(18, 18)] * 3


@pytest.mark.parametrize("text", spellings(TURNED))
def test_what_may_be_an_hour_or_turned_round_is_asked(text: str) -> None:
    assert everywhere(text) == [[(17, 18)]] * 3


@pytest.mark.parametrize("text", spellings(EITHER))
def test_people_and_who_is_missing_may_be_counted_either_way(text: str) -> None:
    assert everywhere(text) == [[(17, 18), (18, 19)]] * 3


@pytest.mark.parametrize("text", spellings(NEITHER))
def test_what_is_no_attendance_is_not_read(text: str) -> None:
    assert everywhere(text) == [None] * 3


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("17比18 参观香山", "参观香山"),
        ("参观香山，到17缺1", "参观香山"),
        ("全到（18），参观香山", "参观香山"),
        ("18个人来了17个 学习二十大精神", "学习二十大精神"),
        ("94.4%（17/18） 参观香山", "参观香山"),
    ],
)
def test_a_theme_stands_beside_an_attendance_told_in_words(text: str, theme: str) -> None:
    understood = read_answer(DUTIES["party_day"], text)
    assert understood.words == theme
    assert understood.numbers[0] in ((17, 18), (18, 18))


@pytest.mark.parametrize("text", ["预计到17缺1", "到17缺1？", "大概到17缺1", "到17缺1，列席3人"])
def test_what_takes_an_account_back_makes_it_doubtful(text: str) -> None:
    assert on_task("study", text) in ([(17, 18)], None)


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        ("satisfaction", "满意45参评50", (45, 50)),
        ("satisfaction", "参评50人，满意45人", (45, 50)),
        ("satisfaction", "45比50", (45, 50)),
        ("satisfaction", "满意45人，不满意5人", (45, 50)),
        ("satisfaction", "满意/参评 45/50", (45, 50)),
        ("satisfaction", "参评/满意 50/45", (45, 50)),
        ("satisfaction", "45/50（90%）", (45, 50)),
        ("notes", "应交18 已交17", (17, 18)),
        ("notes", "已交17篇，未交1篇", (17, 18)),
        ("notes", "应交18，没交1", (17, 18)),
        ("notes", "全交了18篇", (18, 18)),
        ("notes", "18篇都交了", (18, 18)),
        ("handbook_in", "应交18本，已交18本", (18, 18)),
        ("handbook_excellent", "优秀6本，应交18本", (6, 18)),
        ("committee_minutes", "召开4次，有记录4次", (4, 4)),
        ("completion", "交办10项，完成9项", (9, 10)),
        ("timeliness", "按时9，交办10", (9, 10)),
        ("low_rated_talked", "应谈2人，已谈2人", (2, 2)),
        ("linked_front", "一线党员12人，已帮扶12人", (12, 12)),
        ("satisfaction", "50/45", [(45, 50)]),
        ("satisfaction", "参评45满意50", None),
        ("satisfaction", "满意率90%", None),
        ("talks", "5", (5, None)),
        ("talks", "应到18实到17", None),
    ],
)
def test_other_ratios_are_told_in_the_words_of_their_fact(kind: str, text: str, number: Read) -> None:
    assert as_fact(kind, text) == number


def test_a_meeting_with_its_minutes_and_several_ratios_are_told_so_too() -> None:
    assert on_task("committee_meeting", "召开4次，有记录4次") == (4, 4)
    assert on_task("committee_meeting", "有记录3次，召开4次") == (3, 4)
    assert on_task("notes", "应交18，已交17") == (17, 18)
    outreach = read_answer(DUTIES["outreach"], "18比18 12人/12人 十七/十八")
    assert outreach.numbers == ((18, 18), (12, 12), (17, 18))


def test_who_is_there_and_who_is_missing_may_be_told_from_either_side() -> None:
    assert everywhere("18人到会1人请假") == [(18, 19)] * 3
    assert everywhere("到16缺1请假1") == [(16, 18)] * 3
