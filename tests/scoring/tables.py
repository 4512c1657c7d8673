"""What the tests of `scoring` share: the school's edition, a small one, and sheets of both."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from scoring.rubric import Edition, Grade, load_edition, read_edition
from scoring.sheet import Sheet

JINSONG = read_edition("jinsong_2017")
NUMBERS = range(1, 25)

# Where the text of a grade has no such number, the words of it that mean one: 无 is 0, 每个 is all.
MEANT = {
    (2, "committee_minutes", "优秀"): "定期召开支委会,有会议记录",
    (3, "unfinished", "合格"): "无无故未完成情况",
    (3, "plan", "优秀"): "按时上交支部工作计划",
    (3, "summary", "优秀"): "及时上交支部总结",
    (4, "completion", "优秀"): "无未完成现象",
    (8, "party_days", "合格"): "每月组织一次党日活动",
    (8, "volunteer", "优秀"): "能有效开展党员志愿服务活动",
    (9, "low_rated_talked", "合格"): "群众评议满意率低的党员要有谈心",
    (9, "low_rated_talked", "优秀"): "评议较差的有党员谈心记录",
    (10, "linked_masses", "合格"): "每个党员至少联系一名群众",
    (10, "linked_front", "合格"): "一线党员联系帮扶一名学生",
    (10, "linked_masses", "优秀"): "每个党员要至少与一名群众和学生建立联系",
    (10, "linked_students", "优秀"): "每个党员要至少与一名群众和学生建立联系",
    (11, "statistics", "优秀"): "做好党员资料统计工作",
    (11, "dues_late", "优秀"): "无拖延现象",
    (12, "life_meeting", "合格"): "召开一次组织生活会",
    (12, "life_minutes", "优秀"): "有会议记录",
    (12, "life_summaries", "优秀"): "有党员总结",
    (12, "life_measures", "优秀"): "有整改措施",
    (13, "development_delays", "合格"): "无延后现象",
    (13, "development_plan", "优秀"): "要有党员发展计划",
    (13, "activists_plan", "优秀"): "积极分子培养计划",
    (16, "probation_delays", "合格"): "无延后现象",
    (16, "probation_delays", "优秀"): "能按时完成各项工作",
    (17, "studies", "合格"): "每月组织一次党员集中学习活动",
    (17, "notes", "合格"): "党员每学期撰写一份读书心得",
    (19, "petitions", "合格"): "无越级上访现象",
    (19, "petitions", "优秀"): "无越级上访现象",
    (24, "cadre_records", "优秀"): "干部工作记录齐全",
    (24, "integrity", "优秀"): "廉洁教育进校园活动每学期不少于一次",
}

SMALL_TOML = """
key = "small"
name = "小评价表"
source = "测试"
stars = [{ stars = 5, least = 90 }, { stars = 4, least = 80 }]
lowest = 3
weak_below = 0.8

[shares]
excellent = 1
passed = 0.8
failed = 0

[facts.attendance]
number = 11
title = "出勤"
unit = "人次"
form = "ratio"
example = "17/18"

[facts.coverage]
number = 12
title = "帮扶"
unit = "人"
form = "ratio"
example = "2/2"
of_zero = true

[facts.reports]
number = 13
title = "上报"
unit = "篇"
form = "count"
example = "3"
monthly = true

[facts.talks]
number = 14
title = "谈话"
unit = "人"
form = "count"
example = "5"

[facts.plan]
number = 15
title = "计划"
unit = "次"
form = "tick"
example = "是"

[[categories]]
number = 21
name = "甲"

[[categories.items]]
number = 1
title = "第一"
points = 30
standard = "合格一"
excellent = "优秀一"
methods = ["手册", "汇报"]
typed = "attendance"
measures = [
  { fact = "coverage", how = "rate", passed = 1 },
  { fact = "attendance", how = "rate", passed = 0.8, excellent = 0.9 },
]

[[categories.items]]
number = 2
title = "第二"
points = 25
standard = "合格二"
excellent = "优秀二"
methods = ["手册"]
measures = [{ fact = "talks", how = "at_most", passed = 2, excellent = 1 }]

[[categories]]
number = 22
name = "乙"

[[categories.items]]
number = 3
title = "第三"
points = 20
standard = "合格三"
excellent = "优秀三"
methods = ["手册"]
measures = [{ fact = "reports", how = "monthly", passed = 2, excellent = 3 }]

[[categories.items]]
number = 4
title = "第四"
points = 15
standard = "合格四"
excellent = "优秀四"
methods = ["手册"]
measures = [{ fact = "reports", how = "points_each" }]

[[categories.items]]
number = 5
title = "第五"
points = 10
standard = "合格五"
excellent = "优秀五"
methods = ["手册"]
measures = [{ fact = "plan", how = "count", excellent = 1 }]
"""
SMALL = load_edition(SMALL_TOML)


def sheet(edition: Edition = JINSONG, *, every: Grade | None = None, **points: str) -> Sheet:
    """A sheet with `every` grade, and other points where asked: `sheet(every=Grade.PASSED, _7="3.5")`."""
    made = Sheet(edition)
    if every is not None:
        for item in edition.items:
            made = made.graded(item.number, every)
    for number, typed in points.items():
        made = made.pointed(int(number[1:]), Decimal(typed), "原因")
    return made


def worth(*points: str) -> Edition:
    """An edition of so many items, each worth so much; a ratio may be typed for the second and the last.

    The first takes none.
    """
    last = len(points)
    items = (
        replace(
            SMALL.item(1),
            number=n,
            points=Decimal(most),
            typed="attendance" if n > 1 and n in (2, last) else None,
        )
        for n, most in enumerate(points, start=1)
    )
    return replace(SMALL, categories=(replace(SMALL.categories[0], items=tuple(items)),))


def without(made: Sheet, *numbers: int) -> Sheet:
    """A sheet without its marks on these items."""
    return replace(made, marks={n: mark for n, mark in made.marks.items() if n not in numbers})


grades = st.sampled_from(Grade)


@st.composite
def sheets(draw: st.DrawFn, edition: Edition = JINSONG, complete: bool = False) -> Sheet:
    """A sheet as any sequence of taps and typed points may leave it."""
    made = Sheet(edition)
    for item in edition.items:
        tenths = st.integers(0, int(item.points * 10)).map(lambda n: Decimal(n) / 10)
        choice = draw(grades | tenths if complete else st.none() | grades | tenths)
        if isinstance(choice, Grade):
            made = made.graded(item.number, choice)
        elif choice is not None:
            made = made.pointed(item.number, choice, "原因")
    return made
