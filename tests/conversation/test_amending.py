"""更正: a recorded decision of which everybody concerned is told."""

import json
from decimal import Decimal

import pytest
import sqlalchemy as sa

from bot import actions
from bot.permissions import Rater
from bot.store.tables import AMENDMENT, HISTORY
from tests.conftest import Clock
from tests.conversation.test_open_pages import watch
from tests.phone import World
from tests.published import amended, evaluated, heard, mailed, published
from tests.wire import Clockwork


@pytest.mark.slow
def test_an_amendment_is_a_recorded_decision_and_everybody_concerned_is_told(
    world: World, clock: Clock
) -> None:
    for who in World.PERSONAS:
        world.phone(who).say("首页")
    published(world)
    phone = amended(world)
    assert "总分：76.8 分 ★★★☆☆ 三星 → 80 分 ★★★★☆ 四星" in phone.text
    pages = watch(world)
    phone.tap("确认更正")
    assert {"secretary", "secretary of 双龙", "member"} <= pages.woken(), "places have changed"
    result = world.phone("secretary of 双龙").say("结果")
    for shown in (result.text, result.tap("为什么").text):
        assert "更正 第 24 项：0 分 → 3.2 分。复核记录齐全（管理员 12月28日 09:05）" in shown
    assert "80 分" in result.text
    clockwork = Clockwork(world, clock)
    clockwork.tick()
    for who in ("secretary of 双龙", "member", "other member"):
        assert "的结果有更正：第 24 项 0 分 → 3.2 分。" in heard(clockwork, who)
    with world.database.read() as session:
        rows = session.execute(
            sa.select(HISTORY.c.subject, HISTORY.c.before, HISTORY.c.after)
            .order_by(HISTORY.c.id.desc())
            .limit(2)
        ).all()
        kept = session.execute(sa.select(AMENDMENT.c.was, AMENDMENT.c.hundredths, AMENDMENT.c.reason)).all()
    assert [row.subject for row in rows] == ["mark", "amendment"]
    assert json.loads(rows[0].before)["points"] == "0"
    assert Decimal(json.loads(rows[0].after)["points"]) == Decimal("3.2")
    assert json.loads(rows[1].after) == {"worth": "3.2", "why": "复核记录齐全"}
    assert [tuple(row) for row in kept] == [(0, 320, "复核记录齐全")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("24", ("现在", "不合格 0 分")),
        ("第24项。", ("现在", "不合格 0 分")),
        ("２４", ("现在", "不合格 0 分")),
        ("24 2.5", ("更正", "0 分 → 2.5 分")),
        ("24合格", ("更正", "0 分 → 3.2 分")),
        ("24 2.5（复核手册）", ("原因", "复核手册")),
    ],
)
def test_an_item_is_chosen_by_its_number_with_what_it_should_be_worth(
    desk: World, text: str, says: tuple[str, str]
) -> None:
    published(desk)
    phone = desk.phone("member").say("更正双龙")
    assert phone.screen.title == "更正 · 双龙校区党支部"
    phone.say(text)
    assert phone.screen.title.startswith("更正 ")
    assert says in phone.screen.lines


@pytest.mark.parametrize(("text", "why"), [("25", "没有第 25 项"), ("2.5", "请输入要更正的项号，例如：24")])
def test_what_is_no_number_of_an_item_is_said(desk: World, text: str, why: str) -> None:
    published(desk)
    assert why in desk.phone("member").say("更正双龙").say(text).toast


@pytest.mark.parametrize("text", ["2.5", "2.5分", "２．５", "合格", "合格。", "2.5（复核手册）"])
def test_what_an_item_should_be_worth_is_typed_as_on_a_card(desk: World, text: str) -> None:
    published(desk)
    phone = desk.phone("member").say("更正双龙").tap("第 24 项").say(text)
    change = "0 分 → 3.2 分" if "合" in text else "0 分 → 2.5 分"
    assert ("更正", change) in phone.screen.lines
    assert ("确认更正" in phone.labels) is ("复核" in text)


def test_an_amendment_is_made_once_and_only_of_what_was_seen(world: World) -> None:
    published(world)
    first, second = amended(world), amended(world, "2.5", "other member")
    decide = next(button.action for button in first.screen.buttons if button.label == "确认更正")
    first.tap("确认更正").press(decide)
    assert first.toast == "已经更正过了"
    assert "有改动，没有更正" in second.tap("确认更正").toast
    assert world.phone("member").press(decide).toast == "已经更正过了"
    file = world.sheet(2, Rater.COMMITTEE)
    assert file is not None
    assert file.sheet.total == 80


def test_points_that_are_none_and_what_it_has_already_are_refused(desk: World) -> None:
    published(desk)
    file = desk.sheet(2, Rater.COMMITTEE)
    assert file is not None
    phone = desk.phone("administrator").press(actions.AmendItem(file.id, 24))
    assert "最高 4 分" in phone.say("9").toast
    assert "本来就是 0 分" in phone.say("0").toast
    assert phone.press(actions.AmendTo(file.id, 24, 333)).toast
    assert "只有已公布的总支评价可以更正" in phone.press(actions.AmendItems(desk.sheet(0).id)).toast  # type: ignore[union-attr]


def test_before_publication_nothing_is_amended(desk: World) -> None:
    evaluated(desk)
    file = desk.sheet(2, Rater.COMMITTEE)
    assert file is not None
    assert "只有已公布的" in desk.phone("administrator").press(actions.AmendItems(file.id)).toast


def test_a_letter_says_once_that_results_were_amended_and_not_to_what(desk: World) -> None:
    published(desk)
    amended(desk).tap("确认更正")
    result = actions.Result(desk.branches[2].id, desk.terms[0].id)
    said = ("2026–2027学年第一学期的评定结果有更正，请打开网页查看。",)
    assert mailed(desk, "secretary of 双龙", result, result) == said
    assert mailed(desk, "secretary", result) == ()
