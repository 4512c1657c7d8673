"""A school year's end in the demo committee: a round that is opened, voted in and closed."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import ballots, review, roll, terms
from bot.store.database import Session
from bot.store.tables import TERM, VOTER
from jobs.duties.calendar import propose_terms
from scoring.review import Box, Count, Electorate, Marks
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
    return marked([branch.id for branch in world.branches], *grades)


def marked(every: Sequence[int], *grades: Grade | None) -> dict[int, Marks]:
    """As ballot(), for these branches."""
    chosen = [*grades, *[grades[-1]] * len(every)]
    return {branch: all_of(grade) for branch, grade in zip(every, chosen, strict=False)}


def vote(
    world: World, group: Electorate, count: int, *grades: Grade | None, said: Mapping[int, str] | None = None
) -> None:
    """So many of a group vote alike."""
    for code in codes(world)[group][:count]:
        on_ballot = [branch.id for branch in world.polls.paper(code).branches]
        world.polls.cast(code, marked(on_ballot, *grades), said or {})


def closed(phone: Phone) -> Phone:
    """The round is closed by the administrator."""
    phone.say("年度评议").tap("看评议").tap("结束评议").tap("确认结束")
    assert phone.toast == "已结束，结果在这里", phone.toast
    return phone


DRAFT, OPEN, CLOSED, GIVEN = YEAR, 2011, 2012, 2013
"""The school years in which a committee's year's end is so far, in `years_end`."""


def years_end(world: World, committee: int, words: str) -> tuple[int, int, int, int, int]:
    """A round that is a draft, one that is open, a closed one with an award that is a draft, and a given award.

    All that is said in them has these words. Where they are there already they are the same.
    """
    me = world.me("administrator")
    with world.database.write() as session:
        rounds = {}
        for year in (DRAFT, OPEN, CLOSED, GIVEN):
            there = review.of_year(session, committee_id=committee, year=year)
            rounds[year] = there[0].id if there else _round(session, me, committee, year, words)
        awards = [_award(session, me, committee, year, words) for year in (CLOSED, GIVEN)]
    return rounds[DRAFT], rounds[OPEN], rounds[CLOSED], awards[0], awards[1]


def _round(session: Session, me: Me, committee: int, year: int, words: str) -> int:
    edition = "jinsong_2017"
    number = review.prepare(session, me=me, committee_id=committee, year=year, edition=edition)
    if year == DRAFT:
        return number
    term = terms.add_term(session, committee_id=committee, dates=propose_terms(year)[1], edition=edition)
    session.execute(sa.update(TERM).where(TERM.c.id == term.id).values(published_at=me.now))
    counts = {Electorate.MASSES: 6}
    review.keep(session, me=me, review=review.one(session, number), what="voters", counts=counts)
    branches = [branch.id for branch in roll.of_term(session, term)]
    found = review.one(session, number)
    review.open_round(session, me=me, review=found, branches=branches, edition=edition)
    if year == OPEN:
        return number
    for code, _ in ballots.codes(session, number):
        ballots.cast(session, code, dict.fromkeys(branches, all_of(PASSED)), dict.fromkeys(branches, words))
    found = review.one(session, number)
    review.close_round(session, me=me, review=found)
    review.add_expert(session, me=me, review=found, branch_id=branches[0], name=words[:4], text=words)
    counted = (Count(5, 0, 0, 0),) * 6
    paper = Box((Electorate.PARTIES,), 5, dict.fromkeys(branches[:-1], counted), paper=True)
    review.keep_paper(session, me=me, review=found, box=paper)
    return number


def _award(session: Session, me: Me, committee: int, year: int, words: str) -> int:
    found = review.award(session, committee_id=committee, year=year)
    if found is None:
        branches = [branch.id for branch in terms.branches_of(session, committee)]
        found = review.choose(session, me=me, committee_id=committee, year=year, branch_id=branches[-1])
        review.write(session, me=me, found=found, reason=words, note=words)
        if year == GIVEN:
            review.decide(session, me=me, found=found, branches=branches)
    return found.id
