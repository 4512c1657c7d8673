"""年度小结 on paper: always one page a branch, whatever there is to say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.paper import yearly
from bot.paper.yearly import CATEGORIES, LINES, PROMISES, Summary, fitting
from tests.rendering import needs_libreoffice, printed

MADE = datetime(2027, 6, 20, 9, 5, tzinfo=UTC)
TERMS = ("2026–2027学年第一学期", "2026–2027学年第二学期")
SHORT = Summary(
    branch="双龙校区党支部",
    committee="劲松职业高中党总支",
    year="2026–2027学年",
    last="2025–2026学年",
    results=[(term, "86.4 分", "★★★★☆ 四星", "总支评价") for term in TERMS],
    categories=[("自身建设", "20.5/22", "21/22"), ("党员教育管理", "27/30", "没有评完")],
    numbers=[(TERMS[0], ["党员活动出勤 9月 17/18，10月 16/18", "谈心谈话 5 次"]), (TERMS[1], [])],
    promises=[("每月检查一次公开栏", "支部书记", "9月30日", "已销号")],
)
LONG = Summary(
    branch="名称很长很长的中等职业学校" * 6 + "党支部",
    committee="名称很长很长的党总支" * 8,
    year="2026–2027学年",
    last="2025–2026学年",
    results=[
        ("2026–2027学年第一学期" * 4, "80.25–100 分", "四星至五星（无论其余项如何）", "支部自评（没有提交）")
        for _ in TERMS
    ],
    categories=[("二十个字的工作内容工作内容工作内容工作类", "20.25/22.5", "没有评完")] * 30,
    numbers=[
        (term, [f"党员参加集中学习活动出勤情况{n} 9月 17/18，10月 16/18，11月 18/18" for n in range(40)])
        for term in TERMS
    ],
    promises=[
        (
            "每次党日活动前三天通知到每一名党员，" * 20,
            "全体支委和党小组组长" * 4,
            "12月31日",
            "进行中，已报完成",
        )
    ]
    * 40,
)
NOTHING = Summary(
    branch="新支部",
    committee="党总支",
    year="2026–2027学年",
    last="2025–2026学年",
    results=[],
    categories=[],
    numbers=[],
    promises=[],
)


@needs_libreoffice
@pytest.mark.slow
def test_each_branch_has_one_page_of_a4_whatever_there_is_to_say(tmp_path: Path) -> None:
    every = [SHORT, LONG, NOTHING, LONG]
    pages = printed(yearly.document(every, "党总支各支部年度小结", MADE), "docx", tmp_path)
    assert len(pages) == len(every)
    for page, of in zip(pages, every, strict=True):
        assert (round(page.width), round(page.height)) == (210, 297)
        assert f"{of.branch[:40]}年度小结" in page.text
        assert "四、去年的承诺（2025–2026学年的整改措施）" in page.text
        assert "2027年6月20日09:05打印" in page.text
    short, long, nothing, _ = pages
    for words in (
        "86.4分★★★★☆四星总支评价",
        "自身建设20.5/2221/22",
        "党员活动出勤9月17/18，10月16/18；谈心谈话5次。",
        "每月检查一次公开栏支部书记9月30日已销号",
    ):
        assert words in short.text, words
    assert "…等40条" in long.text
    assert f"…等{len(LONG.categories)}类。" in long.text
    for words in ("还没有结果", "还没有得分", "台账还没有数字", "上一学年没有整改措施"):
        assert words in nothing.text, words


def test_what_does_not_fit_is_cut_between_two_numbers_and_counted() -> None:
    said = [f"第{n}个数字 17/18" for n in range(100)]
    assert fitting(said[:2], LINES) == "第0个数字 17/18；第1个数字 17/18。"
    text = fitting(said, LINES)
    assert text.endswith("17/18…等 100 条")
    assert len(text) < len("；".join(said))
    assert fitting(["字" * 10_000], 2) == "共 1 条，请看「台账」。"
    assert CATEGORIES >= 6, "the school's table stands on it whole"
    assert PROMISES
