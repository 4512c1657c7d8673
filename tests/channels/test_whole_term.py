"""A whole term, as those go through it who take part: evaluated, returned, published, objected to and corrected."""

import json
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol

import pytest
import sqlalchemy as sa

from bot.permissions import Rater
from bot.store.tables import HISTORY, SHEET
from scoring.numerals import plain
from tests.browser import Phone as Page
from tests.browser import chromium, needs_chromium
from tests.channels.test_web_doors import served
from tests.channels.test_web_doors_page import be
from tests.phone import World

NAMES = ("常营主校区", "劲松校区", "双龙校区", "新源里校区")
SECRETARIES = ("secretary", "secretary of 劲松", "secretary of 双龙", "secretary of 新源里")
SELF = ("优" * 24, "优合" * 12, "", "合" * 24)  # 双龙校区 has submitted before
RATED = ("优" * 23 + "合", "优合" * 12, "合" * 23 + "不", "合" * 24)
SUBMITS = (">保存", ">提交", ">确认提交")


class Somebody(Protocol):
    """A phone on any channel."""

    @property
    def text(self) -> str:
        """What the live screen says."""

    @property
    def labels(self) -> Sequence[str]:
        """Its buttons."""

    @property
    def toast(self) -> str:
        """The last passing message."""

    def say(self, text: str) -> object:
        """Type a text."""

    def tap(self, label: str) -> object:
        """Press a button."""


def go(phone: Somebody, *steps: str) -> str:
    """Type each step, or press the button that is called so behind a >; what the screen says then."""
    for step in steps:
        if step.startswith(">"):
            phone.tap(step[1:])
        else:
            phone.say(step)
    return phone.text


def called(phone: Somebody, part: str) -> str:
    """The step that presses the first button with this in its label."""
    return ">" + next(label for label in phone.labels if part in label)


def line(grades: str) -> str:
    """What is typed to give each item its grade."""
    return " ".join(f"{number}{grade}" for number, grade in enumerate(grades, start=1))


def worth(world: World, branch: int, rater: Rater = Rater.COMMITTEE) -> str:
    """What all changes of a branch's sheet that were ever written down come to."""
    with world.database.read() as session:
        own = (SHEET.c.branch_id == world.branches[branch].id) & (SHEET.c.term_id == world.terms[0].id)
        number = session.execute(sa.select(SHEET.c.id).where(own, SHEET.c.rater == int(rater))).scalar_one()
        rows = session.execute(
            sa.select(HISTORY.c.item, HISTORY.c.after)
            .where(HISTORY.c.subject == "mark", HISTORY.c.subject_id == number)
            .order_by(HISTORY.c.id)
        ).all()
    points = {row.item: Decimal(json.loads(row.after)["points"]) for row in rows}
    assert sorted(points) == list(range(1, 25))
    return f"{plain(sum(points.values(), Decimal(0)))} 分"


def whole_term(world: World, somebody: Callable[[str], Somebody]) -> None:
    """Every number that a screen says is worked out again from the history."""
    secretaries = [somebody(who) for who in SECRETARIES]
    member, other, administrator = (somebody(who) for who in ("member", "other member", "administrator"))
    for branch, (own, grades) in enumerate(zip(secretaries, SELF, strict=True)):
        if grades:
            go(own, "自评", line(grades), *SUBMITS)
            assert worth(world, branch, Rater.SELF) in go(own, "结果")

    go(member, "退回劲松", "7 缺会议记录", "8 没有照片", ">确认退回 2 项")
    assert "缺会议记录" in go(secretaries[1], "首页", ">改自评")
    assert "没有照片" in go(secretaries[1], "合格")
    go(secretaries[1], "不合格", ">提交", ">确认提交")
    assert worth(world, 1, Rater.SELF) in go(secretaries[1], "结果")
    assert "退回后改了什么" in go(member, "评价劲松", ">总览")

    go(member, "评价常营")
    go(other, "评价常营")
    seen = called(other, "合格")
    go(member, called(member, "不合格"))
    if isinstance(other, Page):
        other.wait_for("不合格 0 分")  # an open page follows by itself
    else:
        assert "不合格 0 分" in go(other, seen), (
            "what another one gave meanwhile is shown before it is replaced"
        )
    for branch, grades in enumerate(RATED):
        go((member, other)[branch % 2], f"评价{NAMES[branch]}", line(grades), *SUBMITS)
    table = go(member, "排名")
    assert all(worth(world, branch) in table for branch in range(4))

    checked = go(administrator, "公布")
    assert all(f"{name}：{worth(world, n)}" in checked.replace("\n", "：") for n, name in enumerate(NAMES))
    go(administrator, ">确认公布")
    for branch, own in enumerate(secretaries):
        told = go(own, "结果")
        mine = {worth(world, branch), worth(world, branch, Rater.SELF)}
        assert worth(world, branch) in told
        assert not [total for n in range(4) if (total := worth(world, n)) not in mine and total in told]
        assert worth(world, branch) in go(own, ">为什么")

    go(secretaries[2], "结果", ">提出异议", "第 24 项有记录，请复核", ">确认提出")
    go(other, "异议")  # who did not evaluate that branch
    go(other, called(other, "双龙"), "复核了，记录齐全", ">确认答复")
    go(secretaries[2], "结果")
    assert "复核了，记录齐全" in go(secretaries[2], called(secretaries[2], "异议"))
    before = worth(world, 2)
    go(other, "双龙", ">更正")
    go(other, called(other, "24"))
    go(other, called(other, "合格"), "复核记录齐全")
    assert before in other.text
    go(other, ">确认更正")
    assert before != worth(world, 2)
    assert worth(world, 2) in go(secretaries[2], "结果")
    assert "更正" in go(secretaries[2], ">为什么")
    assert worth(world, 2) in go(member, "排名")


@pytest.mark.slow
def test_a_whole_term_through_the_conversation(world: World) -> None:
    whole_term(world, world.phone)


@pytest.mark.slow
@needs_chromium
def test_a_whole_term_through_the_page_at_phone_size(desk: World) -> None:
    with contextmanager(served)(desk) as gate, chromium() as browser:
        pages: dict[str, Page] = {}

        def page(who: str) -> Page:
            return pages.setdefault(who, be(Page.of(browser), gate, who).open(gate.url))

        whole_term(desk, page)
        assert not [complaint for one in pages.values() for complaint in one.complaints]
