"""Party days, ratios and numbers as people report them, each with its right value written beside it."""

import os

import pytest

from jobs.duties.answers import Answer, Unclear, in_words, read_answer
from jobs.duties.catalogue import read_duties
from tests.jobs.refusals import refusal

DUTIES = read_duties("jinsong_2017")

ATTENDANCES = [  # 17 of 18, each time
    "17/18",
    "１７／１８",
    "17 / 18",
    "17/18人",
    "17人/18人",
    "出勤17/18",
    "出勤：17/18",
    "到会人数 17/18",
    "17/18，94.4%",
    "17/18，出勤率94.4 %",
    "17/18（94.4%）",
    "17/18名党员参加",
    "应到党员18名，实到党员17名",
    "应到18实到17",
    "实到17应到18",
    "应到18人，实到17人",
    "出勤17人，应到18人",
    "应出勤18人、实际出勤17人",
    "党员18人，参加17人",
    "全体党员18人，到会17人",
    "18人到17人",
    "18人中17人参加",
    "共18人，到17人",
]
SEPARATORS = [
    " ",
    "  ",
    "\u3000",
    "\n",
    "，",
    ",",
    ", ",
    "、",
    "；",
    ";",
    "。",
    ". ",
    "：",
    "！",
    " · ",
    "—",
    "|",
]
SERVED = [
    ("志愿", True),
    ("志愿服务", True),
    ("志愿活动", True),
    ("有志愿", True),
    ("是志愿", True),
    ("开展志愿服务", True),
    ("参加了志愿活动", True),
    ("志愿：是", True),
    ("志愿服务：有", True),
    ("是否志愿：是", True),
    ("志愿 ✓", True),
    ("志愿（是）", True),
    ("志愿，有", True),
    ("党员志愿服务", True),
    ("志愿服务1次", True),
    ("（志愿）", True),
    ("【志愿服务】", True),
    ("非志愿", False),
    ("无志愿", False),
    ("没有志愿", False),
    ("没有志愿活动", False),
    ("未开展志愿", False),
    ("未参加志愿服务", False),
    ("不是志愿", False),
    ("志愿 否", False),
    ("志愿：无", False),
    ("志愿服务：没有", False),
    ("是否志愿服务：否", False),
    ("志愿 ×", False),
    ("志愿（否）", False),
    ("志愿-无", False),
    ("志愿，否", False),
    ("志愿服务0次", False),
    ("", False),
]
THEMES = [
    "参观香山",
    "学习二十大精神",
    "主题教育读书班",
    "第3次植树（北园）",
    "学习志愿军精神",
    "建校110周年",
    "香山👍",
]


@pytest.mark.parametrize("attendance", ATTENDANCES)
def test_a_plain_report_is_read_whatever_stands_between_its_parts(attendance: str) -> None:
    """Any two of the three kinds of parts meet; with TRIALS=long any three of them."""
    apart = 1 if os.environ.get("TRIALS") == "long" else 8
    for m, separator in enumerate(SEPARATORS, start=ATTENDANCES.index(attendance)):
        for n in range(m % apart, len(SERVED), apart):
            (served, yes), theme = SERVED[n], THEMES[n % len(THEMES)]
            first, last = [part for part in (served, theme) if part], [attendance]
            for parts in (last + first, first + last):
                text = separator.join(parts)
                right = Answer(((17, 18), (int(yes), None)), theme)
                assert read_answer(DUTIES["party_day"], text) == right, text


@pytest.mark.parametrize(
    ("text", "count", "of", "volunteer", "theme"),
    [
        ("17/18", 17, 18, 0, ""),
        ("17/18 志愿。", 17, 18, 1, ""),
        ("17/18、参观、志愿", 17, 18, 1, "参观"),
        ("17/18 （志愿）", 17, 18, 1, ""),
        ("志愿 否 17/18", 17, 18, 0, ""),
        ("17/18志愿服务", 17, 18, 1, ""),
        ("参观香山17/18志愿", 17, 18, 1, "参观香山"),
        ("参观.17/18.志愿", 17, 18, 1, "参观"),
        ("17/18👍志愿", 17, 18, 1, "👍"),
        ("出勤：17/18；志愿服务：否；主题：志愿精神讲座", 17, 18, 0, "志愿精神讲座"),
        ("主题：清扫 17/18，志愿", 17, 18, 1, "清扫"),
        ("17/18 志愿 有关政策学习", 17, 18, 1, "有关政策学习"),
        ("17/18 志愿 无障碍参观", 17, 18, 1, "无障碍参观"),
        ("应到18人，实到17人，请假1人，参观", 17, 18, 0, "请假1人，参观"),
        ("17/18 应到18实到17 参观", 17, 18, 0, "参观"),
        ("17/18 20大精神学习", 17, 18, 0, "20大精神学习"),
        ("17/18 参观3个展馆", 17, 18, 0, "参观3个展馆"),
        # a date stands beside the attendance, and cannot be one itself
        ("9月25日 17/18 参观", 17, 18, 0, "9月25日 参观"),
        ("9.25 17/18 参观", 17, 18, 0, "9.25 参观"),
        ("2026/9/25 17/18 参观", 17, 18, 0, "2026/9/25 参观"),
        ("12/5 17/18 参观", 17, 18, 0, "12/5 参观"),
        # it could be a date, but no other number stands beside it, or it says what it is
        ("12/25", 12, 25, 0, ""),
        ("9/25 参观香山", 9, 25, 0, "参观香山"),
        ("12/25 参观 志愿", 12, 25, 1, "参观"),
        ("出勤12/25，13人请假", 12, 25, 0, "13人请假"),
        ("12人/25人，13人请假", 12, 25, 0, "13人请假"),
        ("12/25人，13人请假", 12, 25, 0, "13人请假"),
        ("9/25，36%，17件展品", 9, 25, 0, "17件展品"),
        ("18人中17人参加 110周年纪念", 17, 18, 0, "110周年纪念"),
        ("应到18实到17参观香山", 17, 18, 0, "参观香山"),
        ("0/18", 0, 18, 0, ""),
        ("18/18 全勤", 18, 18, 0, "全勤"),
    ],
)
def test_a_report_is_read_as_it_is_meant(text: str, count: int, of: int, volunteer: int, theme: str) -> None:
    assert read_answer(DUTIES["party_day"], text) == Answer(((count, of), (volunteer, None)), theme)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("12/25 应到18实到17 参观香山 志愿。", [(12, 25, 1), (17, 18, 1)]),
        ("12/25 17/18 参观", [(12, 25, 0), (17, 18, 0)]),
        ("17/18 12/25 参观", [(17, 18, 0), (12, 25, 0)]),
        ("17/18 16/18", [(17, 18, 0), (16, 18, 0)]),
        ("16/18 应到18实到17", [(16, 18, 0), (17, 18, 0)]),
        ("9/25参观香山，17人参加", [(9, 25, 0)]),
        ("9/25 参观香山 17人参加 志愿", [(9, 25, 1)]),
        ("9/25，十七人参加", [(9, 25, 0)]),
        ("7/18 参观3个展馆", [(7, 18, 0)]),
        ("2、7/18", [(7, 18, 0)]),
        ("12/25 第3次活动", [(12, 25, 0)]),
        ("12/25 20大精神学习", [(12, 25, 0)]),
        ("17/18 志愿精神讲座", [(17, 18, 1), (17, 18, 0)]),
        ("17/18 社区志愿服务活动", [(17, 18, 1), (17, 18, 0)]),
        ("17/18 这次不是志愿", [(17, 18, 1), (17, 18, 0)]),
        ("17/18 志愿，没有志愿", [(17, 18, 1), (17, 18, 0)]),
        ("17/18 是否志愿", [(17, 18, 1), (17, 18, 0)]),
        ("17/18 是", [(17, 18, 1), (17, 18, 0)]),
        ("17/18 无", [(17, 18, 1), (17, 18, 0)]),
        ("12/25 17/18 志愿者培训", [(12, 25, 1), (12, 25, 0), (17, 18, 1), (17, 18, 0)]),
    ],
)
def test_what_can_be_read_in_several_ways_is_asked(text: str, readings: list[tuple[int, int, int]]) -> None:
    with pytest.raises(Unclear) as unclear:
        read_answer(DUTIES["party_day"], text)
    found = [reading.numbers for reading in unclear.value.readings]
    assert found == [((count, of), (volunteer, None)) for count, of, volunteer in readings]


ALONE = "，请把「党员活动出勤」单独写，例如 17/18。"
NONE = "，「主题党日」请填出勤，例如 17/18 参观红色教育基地 志愿。"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("17.5/18", f"没有看清「17.5/18」{ALONE}"),
        ("17。5/18", f"没有看清「17.5/18」{ALONE}"),
        ("17/18.5", f"没有看清「17/18.5」{ALONE}"),
        ("1 7/18", f"没有看清「1 7/18」{ALONE}"),
        ("1  7/18 参观", f"没有看清「1  7/18」{ALONE}"),
        ("17/1 8", f"没有看清「17/1 8」{ALONE}"),
        ("1/18 7 参观", f"没有看清「1/18 7」{ALONE}"),
        ("17/18/19", f"没有看清「17/18/19」{ALONE}"),
        ("9/25/2026 参观", f"没有看清「9/25/2026」{ALONE}"),
        ("A17/18", f"没有看清「A17/18」{ALONE}"),
        ("17/18A", f"没有看清「17/18A」{ALONE}"),
        ("v17/18", f"没有看清「v17/18」{ALONE}"),
        ("12-17/18", f"没有看清「12-17/18」{ALONE}"),
        ("8:17/18", f"没有看清「8:17/18」{ALONE}"),
        ("1.17/18 参观", f"没有看清「1.17/18」{ALONE}"),
        ("17/18-19", f"没有看清「17/18-19」{ALONE}"),
        ("2026 17/18", f"没有看清「2026 17/18」{ALONE}"),
        ("18/17 应到18实到17", "「党员活动出勤」18/17 的前一个数不能大于后一个数，例如 17/18。"),
        ("应到17实到18", "「党员活动出勤」18/17 的前一个数不能大于后一个数，例如 17/18。"),
        ("12/5 参观", "「党员活动出勤」12/5 的前一个数不能大于后一个数，例如 17/18。"),
        ("0/0", "「党员活动出勤」的总数不能是 0，例如 17/18。"),
        ("-1/18", "「党员活动出勤」不能是负数，例如 17/18。"),
        ("17/18 90%", "17/18 是 94.4 %，不是 90 %，请核对。"),
        ("出勤率94.4%", f"没有看懂「出勤率94.4%」{NONE}"),
        ("17", f"没有看懂「17」{NONE}"),
        ("17人参加", f"没有看懂「17人参加」{NONE}"),
        ("志愿", f"没有看懂「志愿」{NONE}"),
        ("参观香山", f"没有看懂「参观香山」{NONE}"),
        ("9月25日参观", f"没有看懂「9月25日参观」{NONE}"),
    ],
)
def test_what_touches_an_attendance_makes_it_unreadable(text: str, sentence: str) -> None:
    assert refusal(lambda: read_answer(DUTIES["party_day"], text)) == sentence


@pytest.mark.parametrize(
    ("duty", "text", "words"),
    [
        ("party_day", "17/18 参观香山 志愿", "出勤 17/18，94.4 % · 志愿服务 是 · 主题 参观香山"),
        ("party_day", "12/18", "出勤 12/18，66.7 % · 志愿服务 否"),
        ("study", "17/18", "党员活动出勤 17/18，94.4 %"),
        ("study", "17/18。", "党员活动出勤 17/18，94.4 %"),
        ("study", "17/18 学习二十大", "党员活动出勤 17/18，94.4 % · 说明 学习二十大"),
        ("study", "应到18人，实到17人", "党员活动出勤 17/18，94.4 %"),
        ("study", "17/18 志愿", "党员活动出勤 17/18，94.4 % · 说明 志愿"),
        ("lecture", "17/18，1人请假", "党员活动出勤 17/18，94.4 % · 说明 1人请假"),
        ("notes", "18篇/18篇", "读书心得 18/18，100 %"),
        ("notes", "应交18篇，实交17篇", "读书心得 17/18，94.4 %"),
        ("reports", "3篇", "信息上报 3 篇"),
        ("reports", "3 。", "信息上报 3 篇"),
        ("talks", "３人", "谈心谈话 3 人"),
        ("dues", "0", "党费拖延 0 人次"),
        ("activists", "1次 2次", "积极分子参加组织活动 1 次 · 积极分子谈心和座谈 2 次"),
        ("appraisal", "45/50 0/0", "党员评议满意度 45/50，90 % · 评议较差党员谈心 0/0"),
        (
            "outreach",
            "18/18、12/12；17/18",
            "党员联系群众 18/18，100 % · 一线党员帮扶学生 12/12，100 % · 每名党员帮扶学生 17/18，94.4 %",
        ),
        ("handbook", "18 18 17 6", "应交 18 本 · 上交 18 本 · 合格 17 本 · 优秀 6 本"),
        ("handbook", "优秀6，合格17，上交18，应交18。", "应交 18 本 · 上交 18 本 · 合格 17 本 · 优秀 6 本"),
        ("life_meeting", "是 是 否", "有会议记录 · 有党员总结 · 没有整改措施"),
        ("committee_meeting", "0/2", "会议记录 0/2，0 %"),
        ("committee_meeting", "是。", "有会议记录"),
        ("plan", "已交", "是"),
        ("rule_study", "完成", "是"),
    ],
)
def test_what_was_understood_is_said_and_means_the_same_again(duty: str, text: str, words: str) -> None:
    understood = read_answer(DUTIES[duty], text)
    assert in_words(DUTIES[duty], understood) == words
    assert read_answer(DUTIES[duty], words) == understood


@pytest.mark.parametrize(
    ("duty", "words", "numbers"),
    [
        ("committee_meeting", "支委会有记录/召开 1/1，100 %", ((1, 1),)),
        ("committee_meeting", "支委会有记录/召开 0/2，0 %", ((0, 2),)),
        (
            "life_meeting",
            "生活会有会议记录 是 · 生活会有党员总结 是 · 生活会有整改措施 否",
            ((1, None), (1, None), (0, None)),
        ),
    ],
)
def test_what_an_earlier_version_understood_is_still_read(
    duty: str, words: str, numbers: tuple[tuple[int, int | None], ...]
) -> None:
    assert read_answer(DUTIES[duty], words).numbers == numbers


@pytest.mark.parametrize(
    ("duty", "stored", "now"),
    [
        ("party_day", "出勤 12/18，66.6 % · 志愿服务 否", "出勤 12/18，66.7 % · 志愿服务 否"),
        ("study", "党员活动出勤 8996/10000，89.9 %", "党员活动出勤 8996/10000，89.96 %"),
        (
            "outreach",
            "党员联系群众 18/18，100 % · 一线党员帮扶学生 8/12，66.6 % · 每名党员帮扶学生 16/18，88.8 %",
            "党员联系群众 18/18，100 % · 一线党员帮扶学生 8/12，66.7 % · 每名党员帮扶学生 16/18，88.9 %",
        ),
    ],
)
def test_an_answer_stored_with_its_rate_rounded_down_is_still_read(duty: str, stored: str, now: str) -> None:
    assert read_answer(DUTIES[duty], stored) == read_answer(DUTIES[duty], now)


def test_a_rate_that_is_another_ones_is_not_overlooked_in_our_own_words() -> None:
    refused = refusal(lambda: read_answer(DUTIES["party_day"], "出勤 12/18，94.4 % · 志愿服务 否"))
    assert refused == "12/18 是 66.7 %，不是 94.4 %，请核对。"


@pytest.mark.parametrize(
    ("duty", "text"),
    [
        ("reports", "3-4"),
        ("reports", "3、4"),
        ("reports", "3.5"),
        ("reports", "3篇，2人写"),
        ("reports", "第3篇"),
        ("reports", "12/25"),
        ("talks", "3人请假"),
        ("talks", "3月"),
        ("talks", "3 4"),
        ("talks", "1、谈心3人"),
        ("awards", "2号"),
        ("study", "17.5/18"),
        ("study", "1 7/18"),
        ("study", "第17/18期"),
        ("notes", "17"),
        ("outreach", "18/18 12/12 1 7/18"),
        ("outreach", "18/18 12/12"),
        ("outreach", "18.5/18 12/12 17/18"),
        ("activists", "1 2 3"),
        ("activists", "1.2"),
        ("handbook", "18.18.17.6"),
        ("handbook", "应交18.5 上交18 合格17 优秀6"),
        ("handbook", "12/25 18 17 6"),
        ("handbook", "应交18 上交18 合格17 优秀6 3人未写"),
        ("life_meeting", "是 是"),
        ("life_meeting", "是，3人请假"),
        ("committee_meeting", "1 1/2"),
        ("committee_meeting", "12/25 开会"),
        ("plan", "已交，12月18日"),
        ("plan", "1、已交"),
    ],
)
def test_a_remark_never_becomes_a_number(duty: str, text: str) -> None:
    assert refusal(lambda: read_answer(DUTIES[duty], text))
