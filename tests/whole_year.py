"""The end of a school year as steps that every channel must carry: ballots of all five groups, the year's table, the
award, what follows from it, and another rating table in the next year, while this one stays as it was."""

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal

import httpx

from bot.permissions import Rater
from jobs import reminders
from scoring.review import Electorate
from tests.audit import Notices, Somebody, go
from tests.conftest import Clock
from tests.phone import World
from tests.voting import codes

VOTERS = "专家3 支委5 党员6 群众8 民主党派1"
GRADES = {"优": 2, "合": 1, "不": 0}
CAST: Mapping[Electorate, tuple[tuple[int, str], ...]] = {
    Electorate.EXPERTS: ((2, "优优合优"),),
    Electorate.OFFICERS: ((4, "优合合优"), (1, "合合合合")),
    Electorate.MEMBERS: ((3, "优优优优"), (2, "合合优合")),
    Electorate.MASSES: ((5, "合优优合"), (1, "不优优 ")),
    Electorate.PARTIES: ((1, "优优优优"),),
}
"""How many of each group vote alike, and what each branch gets from them in all categories; a blank is 弃权."""


def expected(group: Electorate, branch: int) -> Decimal:
    """What a group gives a branch, worked out by hand: 优秀 all of its points, 合格 80 of 100, 不合格 none."""
    worth = {"优": Decimal(100), "合": Decimal(80), "不": Decimal(0)}
    given = [worth[g[branch]] for count, g in CAST[group] for _ in range(count) if g[branch] != " "]
    mean = (sum(given, Decimal(0)) / len(given)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return mean.normalize() if mean != mean.to_integral() else mean.quantize(Decimal(1))


def vote(world: World, http: httpx.Client) -> None:
    """Everybody votes on the page: by the link on their slip, or by typing the code."""
    for group, some in CAST.items():
        left = iter(codes(world)[group])
        for count, grades in some:
            for n in range(count):
                code = next(left)
                page = http.get(f"/vote/{code}") if n % 2 else http.post("/vote", data={"code": code.lower()})
                assert group.word in page.text
                chosen = {
                    f"m{branch.id}-{category}": str(GRADES[grade])
                    for branch, grade in zip(world.branches, grades, strict=True)
                    for category in range(1, 7)
                    if grade != " "
                }
                said = {f"o{world.branches[0].id}": f"{group.word}的意见{n}"} if n == 0 else {}
                checked = http.post("/vote", data={"code": code, "step": "check", **chosen, **said})
                kept = dict(re.findall(r'<input type=hidden name="([^"]+)" value="([^"]*)">', checked.text))
                assert kept.keys() == {"code", "sign", *chosen, *said}
                assert "已经投出" in http.post("/vote", data={**kept, "step": "cast"}).text


def whole_year(
    world: World,
    clock: Clock,
    somebody: Callable[[str], Somebody],
    http: httpx.Client,
    notices: Notices | None = None,
) -> None:
    """Everybody's steps. `notices`: what arrived in somebody's chat, where notices come by themselves."""
    administrator, member, secretary = map(somebody, ("administrator", "member", "secretary of 双龙"))
    old = [go(member, "排名", ">看 2025–2026学年第二学期"), *(go(member, name) for name in ("常营", "双龙"))]
    assert "还没有评议" in go(member, "年度评议", ">学年总表")

    go(administrator, "年度评议", ">准备年度评议", VOTERS, ">打开评议，生成 23 个码")
    vote(world, http)
    progress = go(administrator, "年度评议", ">看评议")
    assert "已投 6/8" in progress
    assert "专家" not in progress
    go(administrator, ">结束评议", ">确认结束")
    shown = go(administrator, "年度评议", ">看评议结果")
    for branch, named in enumerate(("常营主校区", "劲松校区", "双龙校区", "新源里校区")):
        line = next(line for line in shown.splitlines() if line.startswith(named))
        for group in (Electorate.OFFICERS, Electorate.MEMBERS, Electorate.MASSES):
            assert f"{group.word} {expected(group, branch)}" in line, (line, expected(group, branch))
        assert "专家" not in line
    assert "其他代表 3 张，不足 5 张，未计入。" in shown
    assert "群众的意见0" in go(administrator, ">常营主校区", ">看意见（8 条）")
    go(
        administrator,
        "年度评议",
        ">看评议结果",
        ">专家意见",
        ">双龙校区",
        "赵老师：党日活动有特色，台账要及时。",
    )

    table = go(administrator, "年度评议", ">学年总表")
    assert "系统不会自动评选" in table
    go(
        administrator,
        ">评 双龙校区",
        "党日活动有特色，整改落实好",
        "经费：增拨活动经费 2000 元",
        ">确认评选并通知各支部",
    )
    assert "已经评出" not in go(administrator, "年度评议")
    if notices is not None:
        assert "2025–2026学年优秀党支部：双龙校区党支部。" in notices("secretary of 双龙")

    reminders.tick(world.database, clock())
    go(secretary, "待办")
    go(secretary, *(f">{label}" for label in secretary.labels if label.startswith("还有")))
    assert any("展示交流" in label for label in secretary.labels)
    go(administrator, "工作安排", ">学期", ">新增学期", ">确认新增")
    go(administrator, "试算", "合格75%", ">按这个规则改评价表")
    revise(administrator)
    assert [
        go(member, "排名", ">看 2025–2026学年第二学期"),
        *(go(member, n) for n in ("常营", "双龙")),
    ] == old
    next_term = max(world.terms, key=lambda term: term.starts)
    assert next_term.edition.startswith("own_")
    sheet = world.sheet(2, Rater.COMMITTEE, 1)
    assert sheet is None or sheet.sheet.edition.key == "jinsong_2017"
    if notices is not None:
        clock.forward(days=1)
        assert "增拨活动经费 2000 元" in go(administrator, "年度评议", ">看优秀党支部", ">经费提示")


def revise(administrator: Somebody) -> None:
    """The other table is put in force from the term that nobody has begun."""
    go(administrator, ">从某学期起用")
    label = next(label for label in administrator.labels if "第二学期" in label)
    go(administrator, f">{label}", "总支委员会决定", ">确认起用")
