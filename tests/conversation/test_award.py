"""评选优秀党支部: the year's table, one branch chosen with a reason, what everybody hears, what is owed afterwards."""

from datetime import UTC, date, datetime

import sqlalchemy as sa

from bot.actions import AwardCard, Awarded, BudgetNote, ChooseWinner, GiveAward, YearTable
from bot.store.tables import AWARD, NOTICE, OCCURRENCE, REVIEW
from jobs.reminders import tick
from scoring.review import Electorate
from tests.conftest import Clock
from tests.phone import Phone, World
from tests.voting import EXCELLENT, PASSED, YEAR, closed, opened, vote


def reviewed(world: World) -> Phone:
    """The administrator in front of the results of a round."""
    phone = opened(world, "群众8")
    vote(world, Electorate.MASSES, 6, EXCELLENT, PASSED)
    return closed(phone)


def chosen(world: World) -> Phone:
    """双龙 is chosen, and a reason is written."""
    return reviewed(world).tap("学年总表").tap("评 双龙").say("党日活动有特色，整改落实好")


def given(world: World) -> Phone:
    """双龙 is 优秀党支部."""
    phone = chosen(world).tap("确认评选")
    assert phone.toast == "已评出，并通知各支部"
    return phone


def owed(world: World, duty: str) -> list[tuple[int, date, bool]]:
    with world.database.read() as session:
        query = sa.select(OCCURRENCE.c.body, OCCURRENCE.c.due, OCCURRENCE.c.done_at, OCCURRENCE.c.cancelled)
        rows = session.execute(query.where(OCCURRENCE.c.duty == duty)).all()
        return [(row.body, row.due, row.done_at is not None) for row in rows if not row.cancelled]


def test_the_years_table_shows_both_terms_the_review_and_the_order(world: World) -> None:
    phone = reviewed(world).tap("学年总表")
    assert phone.screen.title == "学年总表 · 2025–2026学年"
    first = phone.screen.lines[0]
    assert first[0].startswith("第 1 名")
    assert "第二学期" in first[1]
    assert "群众" in first[1]
    assert "系统不会自动评选" in phone.text


def test_one_branch_is_chosen_by_a_person_with_a_reason(world: World) -> None:
    phone = reviewed(world).tap("学年总表").tap("评 双龙")
    assert "确认评选并通知各支部" not in phone.labels, "not without a reason"
    phone.say("党日活动有特色")
    phone.say("经费：增拨活动经费 2000 元")
    assert ("理由", "党日活动有特色") in phone.screen.lines
    assert ("经费", "增拨活动经费 2000 元") in phone.screen.lines
    phone.tap("确认评选")
    assert ("优秀党支部", "双龙校区党支部") in phone.screen.lines
    again = phone.press(ChooseWinner(1, YEAR, world.branches[0].id))
    assert again.toast == "已经评出了"
    with world.database.read() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(AWARD)).scalar() == 1


def test_everybody_hears_it_once(world: World) -> None:
    given(world)
    with world.database.read() as session:
        query = sa.select(NOTICE.c.person_id, NOTICE.c.said).where(NOTICE.c.key.startswith("aw:"))
        told = session.execute(query).all()
    assert len(told) == len({person for person, _ in told}) == 7
    assert {said for _, said in told} == {"2025–2026学年优秀党支部：双龙校区党支部。"}
    with world.database.read() as session:
        number = session.execute(sa.select(AWARD.c.id)).scalar_one()
    seen = world.phone("secretary").press(Awarded(number))
    assert ("理由", "党日活动有特色，整改落实好") in seen.screen.lines
    assert seen.labels == ["首页"]


def test_a_branch_asks_who_it_was(desk: World) -> None:
    phone = desk.phone("secretary").say("优秀党支部")
    assert phone.toast == "还没有评出优秀党支部，评出以后会通知您。年度评议由党总支组织。"
    given(desk)
    assert ("优秀党支部", "双龙校区党支部") in desk.phone("secretary").say("优秀党支部").screen.lines


def test_nobody_can_be_chosen_before_the_review(desk: World) -> None:
    phone = desk.phone("administrator").press(YearTable(1, YEAR))
    assert "2025–2026学年还没有评议。评议结束以后，才能评选优秀党支部。" in phone.screen.lines
    refused = phone.press(ChooseWinner(1, YEAR, desk.branches[0].id))
    assert refused.toast == "2025–2026学年还没有评议。评议结束以后，才能评选优秀党支部。"


def test_what_was_changed_meanwhile_is_not_given(desk: World) -> None:
    phone = chosen(desk)
    number = phone.at("award")
    other = desk.phone("other member").press(AwardCard(number))
    phone.say("另一个理由：整改落实好")
    assert other.tap("确认评选").toast == "内容刚有改动，还没有确认，请再核对。"
    assert phone.press(GiveAward(number, 1)).toast == "内容刚有改动，还没有确认，请再核对。"


def test_the_winner_owes_a_showcase_next_term_and_the_committees_duties_are_done(
    world: World, clock: Clock
) -> None:
    closed(opened(world, "群众8"))
    tick(world.database, clock())
    assert [(body, done) for body, _, done in owed(world, "award")] == [(0, False)]
    world.phone("administrator").say("年度评议").tap("学年总表").tap("评 双龙").say("党日活动有特色").tap(
        "确认评选"
    )
    tick(world.database, clock())
    [(body, due, done)] = owed(world, "showcase")
    assert (body, done) == (world.branches[2].id, False)
    assert due == world.terms[0].ends, "the middle of the term is over"
    assert [done for _, _, done in owed(world, "award")] == [True]


def test_the_budget_is_thought_of_when_the_next_year_begins(desk: World) -> None:
    phone = given(desk)
    with desk.database.read() as session:
        told = session.execute(
            sa.select(NOTICE.c.send_at, NOTICE.c.said).where(NOTICE.c.key.startswith("bn:"))
        )
        rows = told.all()
    assert {said for _, said in rows} == {"请在安排党建经费时考虑优秀党支部：双龙校区党支部。"}
    assert all(at >= datetime(2026, 9, 1, tzinfo=UTC) for at, _ in rows)
    phone.tap("经费提示")
    assert phone.tap("已安排").toast == "已记"
    assert phone.press(BudgetNote(phone.at("award"))).text.endswith("已安排。") or "已安排。" in phone.text


def test_a_void_round_leads_to_a_new_one_whatever_was_chosen(desk: World, clock: Clock) -> None:
    phone = chosen(desk)
    tick(desk.database, clock())
    assert [done for _, _, done in owed(desk, "award")] == [False]
    phone.say("年度评议").tap("看评议结果").tap("作废重来").tap("确认作废")
    assert "准备年度评议" in phone.labels
    assert owed(desk, "award") == []
    assert "看评议" in opened(desk, "群众8").say("年度评议").labels


def test_a_reason_is_of_the_branch_that_it_was_written_for(desk: World) -> None:
    phone = chosen(desk).tap("换一个支部").tap("评 常营主校区")
    assert ("理由", "还没有写，请直接输入") in phone.screen.lines
    assert "确认评选并通知各支部" not in phone.labels


def test_a_word_is_no_reason_and_a_reason_may_speak_of_money(desk: World) -> None:
    phone = chosen(desk)
    for word in ("待办", "确认", "好"):
        phone.say(word)
        phone.say("年度评议").tap("继续评选")
        assert ("理由", "党日活动有特色，整改落实好") in phone.screen.lines
    phone.say("经费使用规范，党日活动有特色")
    assert ("理由", "经费使用规范，党日活动有特色") in phone.screen.lines


def test_what_counts_changed_meanwhile_is_looked_at_again(desk: World) -> None:
    phone = chosen(desk)
    number, seen = phone.at("award"), next(b.action for b in phone.screen.buttons if "确认评选" in b.label)
    desk.phone("administrator").say("年度评议").tap("看评议结果").tap("设权重").say("群众50")
    assert phone.press(seen).toast == "内容刚有改动，还没有确认，请再核对。"
    assert phone.at("award") == number


def test_a_branch_that_was_not_reviewed_is_not_chosen(desk: World) -> None:
    phone = reviewed(desk)
    left = desk.branches[3].id
    with desk.database.write() as session:
        session.execute(sa.update(REVIEW).values(branches="1,2,3"))
    assert not any("新源里" in label for label in phone.tap("学年总表").labels)
    refused = phone.press(ChooseWinner(1, YEAR, left))
    assert refused.toast == "这个支部没有参加这个学年的评议。请在学年总表里重新选择。"
