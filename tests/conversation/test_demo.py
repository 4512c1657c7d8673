"""The demo as it is tried: what the year brought is there, with its history, for each role."""

import pytest
import sqlalchemy as sa

from bot.permissions import Rater
from bot.store.tables import HISTORY
from tests.conftest import Clock, Databases
from tests.phone import World


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def tried(request: pytest.FixtureRequest, databases: Databases, tmp_path: object, clock: Clock) -> World:
    """The demo that a visitor sees."""
    return World(databases.give(request.param, "tried"), tmp_path, clock)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_year_so_far_is_in_the_demo_for_each_role(tried: World) -> None:
    member = tried.phone("member").say("首页")
    assert "自评已交 2/4，总支已评 1/4" in member.text
    assert "接着评：双龙校区党支部" in member.text
    answered = member.say("异议")
    assert "已答复" in answered.labels[0]
    secretary = tried.phone("secretary of 双龙").say("上学期结果")
    assert "更正" in secretary.text
    assert "76.8" not in secretary.text
    assert "提出异议" in secretary.labels, "another objection can be tried"
    assert "维持" not in secretary.tap("我的异议").text
    assert "第18项更正为合格" in secretary.text
    returned = tried.sheet(2, Rater.SELF, term=1)
    assert returned is not None
    assert returned.returned is not None
    assert not returned.returned.open
    assert set(returned.returned.reasons) == {12}
    assert "评为三星" in tried.phone("member").say("整改台账").text
    assert "采用全部 22 条建议" in tried.phone("secretary of 双龙").say("整改").labels
    administrator = tried.phone("administrator").say("公布")
    assert "已提交 1/4" in administrator.text
    assert "继续填报" in tried.phone("secretary").say("首页").labels, "the self sheet can be tried"


def test_a_plan_that_is_under_way_can_be_followed_by_both_sides(tried: World) -> None:
    member = tried.phone("member").say("整改台账")
    assert "新源里校区：🔴 超期 1 条，党员教育管理薄弱；已销号 2/5，待销号 1" in member.text
    member.tap("新源里校区")
    assert [button.label for button in member.screen.buttons if button.main] == ["第 3 条"], "it waits"
    member.tap("第 3 条").tap("同意销号")
    assert member.toast == "已销号"
    branch = tried.phone("secretary of 新源里").say("整改")
    assert "已销号 3/5" in branch.text
    assert [button.label for button in branch.screen.buttons if button.main] == ["第 4 条"], "it was returned"
    branch.tap("第 4 条")
    assert "请写明谈了几人，附上谈话记录。" in branch.text
    assert branch.say("谈了 3 人，记录已附").tap("已完成").toast == "已报完成，等总支销号"
    assert "（已销号）" in branch.say("首页").tap("开始自评").say("第7项").text


def test_a_plan_of_the_year_before_is_closed_and_shows_what_became_of_its_items(tried: World) -> None:
    branch = tried.phone("secretary of 双龙").say("结果").tap("看 2025–2026学年第一学期").tap("整改")
    assert ("现在", "全部销号") in branch.screen.lines
    told = branch.text.partition("整改前后")[2].splitlines()
    assert told == [
        "（2025–2026学年第二学期总支评价）：",
        "第 7 项：0 → 3.2 分，再次",
        "第 11 项：0 → 5 分",
        "第 19 项：4 → 5 分",
        "第 23 项：0 → 0 分，再次",
    ]
    trend = branch.say("结果").tap("走势").text
    assert all(term.name in trend for term in tried.terms[1:])


def test_the_history_of_the_demo_is_in_the_order_of_what_happened(tried: World) -> None:
    own, rated = tried.sheet(2, Rater.SELF, term=1), tried.sheet(2, Rater.COMMITTEE, term=1)
    assert own is not None
    assert rated is not None
    said = (HISTORY.c.subject == "sheet") & (HISTORY.c.subject_id == own.id)
    said |= HISTORY.c.subject.in_(("objection", "amendment"))
    plans = HISTORY.c.subject.in_(("rectification", "measure"))
    with tried.database.read() as session:
        days = session.execute(sa.select(HISTORY.c.at).where(plans).order_by(HISTORY.c.id)).scalars().all()
        rows = session.execute(
            sa.select(HISTORY.c.subject, HISTORY.c.at).where(said).order_by(HISTORY.c.id)
        ).all()
    order = ["sheet", "sheet", "sheet", "objection", "amendment", "objection"]
    assert [row.subject for row in rows] == order, (
        "submitted, returned, submitted; objected, amended, answered"
    )
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert len(days) > 20, "two plans"
    assert days == sorted(days)
    assert rated.sheet.marks[18].reason == "复核了报送记录，篇数够。", "as it was amended"
