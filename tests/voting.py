"""A school year's end in the demo committee: a round that is opened, voted in and closed."""

from collections.abc import Mapping

import sqlalchemy as sa

from bot.store.tables import VOTER
from scoring.review import Electorate, Marks
from scoring.rubric import Grade
from tests.phone import Phone, World

YEAR = 2025
"""The school year of the demo's term that is published: 2025–2026."""
FAILED, PASSED, EXCELLENT = Grade


def all_of(grade: Grade | None) -> Marks:
    """The same mark in all six categories."""
    return (grade,) * 6


def hub(world: World, who: str = "administrator") -> Phone:
    """The year's end, as somebody reaches it."""
    return world.phone(who).say("年度评议")


def opened(world: World, voters: str = "专家3 支委5 党员6 群众8 民主党派1") -> Phone:
    """The administrator's phone in front of a round that is open."""
    phone = hub(world).tap("准备年度评议").say(voters).tap("打开评议")
    assert phone.toast == "已打开", phone.toast
    return phone


def codes(world: World) -> dict[Electorate, list[str]]:
    """The codes that were not used yet, as they are on the sheet."""
    found: dict[Electorate, list[str]] = {}
    with world.database.read() as session:
        query = sa.select(VOTER.c.code, VOTER.c.group).where(VOTER.c.used.is_(False)).order_by(VOTER.c.code)
        for code, group in session.execute(query):
            found.setdefault(Electorate(group), []).append(code)
    return found


def ballot(world: World, *grades: Grade | None) -> dict[int, Marks]:
    """One mark for all of a branch, branch by branch; the last one for all that follow."""
    every = [branch.id for branch in world.branches]
    chosen = [*grades, *[grades[-1]] * len(every)]
    return {branch: all_of(grade) for branch, grade in zip(every, chosen, strict=False)}


def vote(
    world: World, group: Electorate, count: int, *grades: Grade | None, said: Mapping[int, str] | None = None
) -> None:
    """So many of a group vote alike."""
    for code in codes(world)[group][:count]:
        world.polls.cast(code, ballot(world, *grades), said or {})


def closed(phone: Phone) -> Phone:
    """The round is closed by the administrator."""
    phone.say("年度评议").tap("看评议").tap("结束评议").tap("确认结束")
    assert phone.toast == "已结束，结果在这里", phone.toast
    return phone
