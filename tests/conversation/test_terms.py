"""学期: named, added on other days, deleted while nobody wrote anything in it."""

import pytest
import sqlalchemy as sa

from bot import actions
from bot.demo import EDITION
from bot.store import terms
from bot.store.tables import HISTORY, METADATA, OCCURRENCE, ROLL
from jobs import reminders
from jobs.duties.calendar import propose_terms
from tests.phone import Phone, World


def card(world: World, name: str) -> Phone:
    """An administrator before a term."""
    return world.phone("administrator").say("首页").tap("工作安排").tap("学期").tap(name)


def new_term(world: World) -> int:
    """A term that is set by mistake, with everything that is laid out for it."""
    with world.database.write() as session:
        made = terms.add_term(session, committee_id=1, dates=propose_terms(2027)[0], edition=EDITION)
        reminders.lay_out(session, 1, world.clock().date())
    return made.id


def rows_of(world: World, term: int) -> int:
    """How many rows say that they are of a term."""
    with world.database.read() as session:
        return sum(
            session.execute(sa.select(sa.func.count()).where(table.c.term_id == term)).scalar_one()
            for table in METADATA.sorted_tables
            if "term_id" in table.c
        )


def test_a_term_gets_another_name(desk: World) -> None:
    phone = card(desk, "（本学期）").tap("改名称").say("2026年秋季学期")
    assert phone.toast == "已改名为2026年秋季学期"
    assert phone.screen.title == "2026年秋季学期"
    assert "2026年秋季学期" in desk.phone("secretary").say("首页").text
    with desk.database.read() as session:
        found = session.execute(sa.select(HISTORY.c.after).where(HISTORY.c.subject == "term")).scalars().all()
    assert found[-1] == '{"name": "2026年秋季学期"}'
    assert phone.tap("改名称").say("2026年秋季学期").toast == "本来就是这样，没有改动"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("第一学期" * 15, "学期名称最多 40 个字，请写短一些。"),
        ("上学期", "学期名称请写上「学期」，例如：2026–2027学年第一学期。"),
        ("第二个", "没看懂「第二个」。学期名称请写上「学期」，例如：2026–2027学年第一学期。"),
    ],
)
def test_what_is_no_name_changes_nothing(desk: World, text: str, says: str) -> None:
    before = desk.terms
    assert says in card(desk, "（本学期）").tap("改名称").say(text).toast
    assert desk.terms == before


def test_a_name_that_another_term_has_is_refused_and_a_published_one_keeps_its(desk: World) -> None:
    this, last = desk.terms[:2]
    phone = card(desk, "（本学期）").tap("改名称").say(last.name)
    assert phone.toast == f"已经有{last.name}了，请用别的名称。"
    refused = f"{last.name}的结果已公布，名称和日期不能再改。"
    assert phone.press(actions.AskTermName(last.id)).toast == refused
    assert phone.press(actions.AskDeleteTerm(last.id)).toast.startswith(
        f"{last.name}里已经填过东西，不能删除。"
    )
    assert phone.press(actions.DeleteTerm(this.id)).toast.startswith(f"{this.name}里已经填过东西，不能删除。")
    assert desk.terms[:2] == (this, last)


def test_a_term_is_added_on_the_days_that_are_typed(desk: World) -> None:
    phone = desk.phone("administrator").say("首页").tap("工作安排").tap("学期").tap("新增学期")
    phone.say("2027-02-26 至 2027-07-16")
    assert ("起止", "2027年2月26日至2027年7月16日") in phone.screen.lines
    assert len(desk.terms) == 2, "nothing is saved before it was seen"
    phone.say("？？")
    assert ("起止", "2027年2月26日至2027年7月16日") in phone.screen.lines, "and nothing typed is lost"
    phone.tap("确认新增")
    made = desk.terms[0]
    assert (f"{made.starts}", f"{made.ends}", made.dates.usual) == ("2027-02-26", "2027-07-16", True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-12-28 至 2027-06-01", "重叠，请核对起止日期。"),
        ("2035-03-01 至 2035-07-10", "2026–2027学年第二学期一般是2027年2月22日至2027年7月10日，相差太远"),
        ("下学期", "没看懂「下学期」。日期请写成 2026-09-01 至 2027-01-22。"),
        ("自评 6月1日至6月20日", "这里只填起止日期；自评日期请在新增以后，点开学期再改。"),
        ("2027-02-26 至 2027-03-01", "学期应有 4 周到 300 天"),
    ],
)
def test_days_that_do_not_fit_add_nothing(desk: World, text: str, says: str) -> None:
    phone = desk.phone("administrator").say("首页").tap("工作安排").tap("学期").tap("新增学期").say(text)
    assert says in phone.toast + phone.text
    assert len(desk.terms) == 2


def test_a_term_in_which_nobody_wrote_is_deleted_with_what_was_laid_out(desk: World) -> None:
    made = new_term(desk)
    assert rows_of(desk, made) > len(desk.branches)
    phone = card(desk, "2027–2028学年第一学期").tap("删除")
    assert phone.screen.title == "删除学期？"
    phone.tap("确认删除")
    assert phone.toast == "已删除2027–2028学年第一学期"
    assert rows_of(desk, made) == 0
    assert len(desk.terms) == 2
    assert phone.press(actions.TermCard(made)).toast == "没有找到这个学期。请回首页重新选择。"


@pytest.mark.parametrize("what", ["answered", "begun"])
def test_what_anybody_wrote_in_it_keeps_a_term(desk: World, what: str) -> None:
    made = new_term(desk)
    before = rows_of(desk, made)
    if what == "begun":
        desk.phone("secretary").press(actions.OpenSheet(desk.branches[0].id, made, 0)).tap("合格")
        before += 1
    else:
        with desk.database.write() as session:
            one = (
                session.execute(sa.select(OCCURRENCE.c.id).where(OCCURRENCE.c.term_id == made))
                .scalars()
                .first()
            )
            session.execute(sa.update(OCCURRENCE).where(OCCURRENCE.c.id == one).values(answer="已开"))
    assert "不能删除" in desk.phone("administrator").press(actions.DeleteTerm(made)).toast
    assert rows_of(desk, made) == before
    with desk.database.read() as session:
        assert session.execute(sa.select(sa.func.count()).where(ROLL.c.term_id == made)).scalar_one() == 4


def test_a_sheet_that_was_only_looked_at_keeps_no_term(desk: World) -> None:
    made = new_term(desk)
    desk.phone("secretary").press(actions.OpenSheet(desk.branches[0].id, made, 0)).say("1优")  # and not saved
    desk.phone("member").press(actions.OpenSheet(desk.branches[0].id, made, 1))
    assert "已删除" in desk.phone("administrator").press(actions.DeleteTerm(made)).toast
    assert rows_of(desk, made) == 0


def test_what_is_no_day_may_mean_something_else(desk: World) -> None:
    phone = desk.phone("administrator").say("首页").tap("工作安排").tap("学期").tap("新增学期")
    assert phone.say("撤销双龙支部").screen.title == "撤销双龙校区党支部？"


def test_a_new_end_that_closes_the_self_evaluation_in_the_past_is_asked_about(desk: World) -> None:
    phone, before = card(desk, "（本学期）"), desk.terms
    phone.say("2026-09-01 至 2026-12-04")
    refused, so = phone.toast.rstrip("。").split("例如：")
    assert refused == "这样自评在2026年11月20日就截止了，日期还没有改。真要这样，请连自评一起写，"
    assert desk.terms == before
    assert phone.say(so).toast.startswith("已保存")
    assert "2026年11月20日" in phone.text
    assert desk.terms != before
    assert phone.say("2026-09-01 至 2026-12-03").toast.startswith("已保存")  # it was over before
