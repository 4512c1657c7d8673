"""The demo as it is tried: what the year brought is there, with its history, for each role."""

import pytest
import sqlalchemy as sa

from bot import demo
from bot.permissions import Rater
from bot.store.tables import HISTORY
from tests.conftest import Clock, Databases
from tests.phone import World


@pytest.fixture(params=["sqlite", "postgresql"])
def tried(request: pytest.FixtureRequest, databases: Databases, tmp_path: object, clock: Clock) -> World:
    """The demo that a visitor sees."""
    database = databases.give(request.param, "empty")
    demo.build(database, clock())
    return World(database, tmp_path, clock)  # type: ignore[arg-type]


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


def test_the_history_of_the_demo_is_in_the_order_of_what_happened(tried: World) -> None:
    own, rated = tried.sheet(2, Rater.SELF, term=1), tried.sheet(2, Rater.COMMITTEE, term=1)
    assert own is not None
    assert rated is not None
    said = (HISTORY.c.subject == "sheet") & (HISTORY.c.subject_id == own.id)
    said |= HISTORY.c.subject.in_(("objection", "amendment"))
    with tried.database.read() as session:
        rows = session.execute(
            sa.select(HISTORY.c.subject, HISTORY.c.at).where(said).order_by(HISTORY.c.id)
        ).all()
    order = ["sheet", "sheet", "sheet", "objection", "amendment", "objection"]
    assert [row.subject for row in rows] == order, (
        "submitted, returned, submitted; objected, amended, answered"
    )
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert rated.sheet.marks[18].reason == "复核了报送记录，篇数够。", "as it was amended"
