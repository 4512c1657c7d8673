"""Sheets at random, typed in the chat: every number on every screen is what was typed, and what the history says."""

import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.permissions import Rater
from tests.audit import NAMES, SECRETARIES, Audit, Somebody, agree, go
from tests.conftest import Clock, Databases, trials
from tests.phone import World
from tests.reckoning import OF, said, worked_out

LIMITS = [Decimal(total) for total in ("79.9", "80", "80.1", "89.9", "90", "90.1")]
WORDS = {Decimal(1): "优", Decimal("0.8"): "合", Decimal(0): "不"}
SUBMITTED = 2  # 双龙校区 has submitted its 自评 in the demo
Points = dict[int, Decimal]


def line(points: Points) -> str:
    """1优 2合 3:3.7(缺): a grade where the points are its own, else the points with a reason."""
    grades = {n: WORDS.get(worth / OF[n]) for n, worth in points.items()}
    return " ".join(f"{n}{grades[n]}" if grades[n] else f"{n}:{said(points[n])}(缺)" for n in points)


def tenths(most: Decimal) -> st.SearchStrategy[Decimal]:
    """From 0 to `most`."""
    return st.integers(0, int(most * 10)).map(lambda number: Decimal(number) / 10)


ANY = st.fixed_dictionaries(
    {n: st.sampled_from([share * of for share in WORDS]) | tenths(of) for n, of in OF.items()}
)


@st.composite
def of_total(draw: st.DrawFn, total: Decimal) -> Points:
    """A sheet of this total: what is missing is taken off item by item, in any order, at last as much as there is."""
    points, missing, order = dict(OF), 100 - total, draw(st.permutations(list(OF)))
    for most in (draw(tenths(Decimal(5))), Decimal(5)):
        for n in order:
            off = min(most, missing, points[n])
            points[n], missing = points[n] - off, missing - off
    return points


@st.composite
def evaluations(draw: st.DrawFn) -> dict[int, tuple[Points, Points]]:
    """自评 and 总支评价 of two to four branches, often at a limit, and often as much as the branch before."""
    some: dict[int, tuple[Points, Points]] = {}
    for branch in draw(st.permutations(range(4)))[: draw(st.integers(2, 4))]:
        total = st.sampled_from(LIMITS + [sum(rated.values(), Decimal(0)) for _, rated in some.values()])
        either = ANY | total.flatmap(of_total)
        some[branch] = draw(either), draw(either)
    return some


def evaluate(phone: Somebody, opens: str, points: Points) -> None:
    """Type a whole sheet, see what it would come to, and submit it."""
    text = go(phone, opens, line(points))
    agree(re.findall(r"总分：.*→ ([\d.]+) 分", text), [said(sum(points.values(), Decimal(0)))])
    go(phone, ">保存", ">提交", ">确认提交")


@pytest.mark.slow
@pytest.mark.random
@settings(
    max_examples=trials(20),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # to make one smaller would take minutes
    suppress_health_check=[HealthCheck.too_slow],
)
@given(evaluated=evaluations())
def test_every_total_star_and_rate_on_every_screen_is_what_was_typed(
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    evaluated: dict[int, tuple[Points, Points]],
) -> None:
    world = World(databases.give("sqlite", "demo"), tmp_path_factory.mktemp("random"), Clock())
    audit, member = Audit(world), world.phone("member")
    for branch, (own, rated) in evaluated.items():
        secretary = world.phone(SECRETARIES[branch])
        if branch != SUBMITTED:
            evaluate(secretary, "自评", own)
            agree(worked_out(world, branch, Rater.SELF).points, own)
        audit.result(secretary, go(secretary, "结果"), branch)
        evaluate(member, f"评价{NAMES[branch]}", rated)
        agree(worked_out(world, branch).points, rated)
    audit.committee(member, list(evaluated))
    if len(evaluated) == len(NAMES):
        administrator = world.phone("administrator")
        audit.worths(go(administrator, "公布"), *range(4))
        go(administrator, ">确认公布", ">各支部可以看什么", ">看星级、总分和名次")
        audit.announced(go(administrator, "公示"))
        for branch, who in enumerate(SECRETARIES):
            secretary = world.phone(who)
            audit.result(secretary, go(secretary, "结果"), branch)
