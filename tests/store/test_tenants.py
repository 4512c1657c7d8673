"""Several committees in one database: nobody's lists hold anything of another's."""

from dataclasses import dataclass
from datetime import date

import pytest

from bot.permissions import Rater
from bot.store import feedback, results, sheets, terms
from bot.values import Branch, Term
from jobs.duties.calendar import TermDates
from scoring.refusal import Refused
from scoring.rubric import Grade
from tests.phone import World


@dataclass(frozen=True)
class Neighbour:
    """Another committee in the same database."""

    id: int
    branch: Branch
    term: Term


@pytest.fixture
def neighbour(world: World) -> Neighbour:
    """A second committee, with a branch called like one of the first, and its sheet of a term of its own."""
    with world.database.write() as session:
        number = terms.add_committee(session, name="邻校党总支", edition="jinsong_2017")
        branch = terms.branch(
            session, terms.add_branch(session, committee_id=number, name="劲松校区党支部", campus="劲松校区")
        )
        term = terms.add_term(
            session,
            committee_id=number,
            dates=TermDates("第一学期", date(2026, 9, 1), date(2027, 1, 22)),
            edition="jinsong_2017",
        )
        sheet_id = sheets.begin(session, branch_id=branch.id, term=term, rater=Rater.SELF)
        file = sheets.open_file(session, sheet_id, to_write=True)
        me = world.me("stranger")
        secretary = world.me("secretary")
        assert not me.known
        sheets.save(session, me=secretary, file=file, after=file.sheet.graded(1, Grade.PASSED))
    return Neighbour(number, branch, term)


def test_a_committee_sees_the_sheets_of_its_own_branches(world: World, neighbour: Neighbour) -> None:
    with world.database.read() as session:
        for term in (*world.terms, neighbour.term):
            own = results.of_committee(session, term_id=term.id, committee_id=1)
            theirs = results.of_committee(session, term_id=term.id, committee_id=neighbour.id)
            assert {branch for branch, _ in own} <= {branch.id for branch in world.branches}
            assert {branch for branch, _ in theirs} <= {neighbour.branch.id}
        assert own == {}
        assert theirs.keys() == {(neighbour.branch.id, Rater.SELF)}


def test_a_branch_sees_its_own_sheets(world: World, neighbour: Neighbour) -> None:
    own = world.branches[0].id
    with world.database.read() as session:
        found = results.of_branch(session, term_id=world.terms[1].id, branch_id=own)
        assert found.keys() == {(own, Rater.SELF), (own, Rater.COMMITTEE)}
        assert results.of_branch(session, term_id=neighbour.term.id, branch_id=own) == {}


def test_progress_names_the_branches_and_terms_that_were_asked_for(
    world: World, neighbour: Neighbour
) -> None:
    own, term = world.branches[0].id, world.terms[0].id
    with world.database.read() as session:
        found = results.progress(session, branch_ids=[own], term_ids=[term])
        assert found == {(own, term, Rater.SELF): (12, False)}
        assert results.progress(session, branch_ids=[own], term_ids=[neighbour.term.id]) == {}
        assert results.progress(session, branch_ids=[], term_ids=[term]) == {}


def test_a_committee_counts_its_own_branches(world: World, neighbour: Neighbour) -> None:
    with world.database.read() as session:
        assert results.counts(session, term_id=world.terms[0].id) == (4, 1, 0)
        assert results.counts(session, term_id=world.terms[1].id) == (4, 4, 4)
        assert results.counts(session, term_id=neighbour.term.id) == (1, 0, 0)


def test_the_branches_that_can_be_named_are_those_of_the_committees_asked(
    world: World, neighbour: Neighbour
) -> None:
    def named(*committees: int) -> set[int]:
        with world.database.read() as session:
            return {branch.committee_id for branch, _ in terms.branches_and_campuses(session, committees)}

    assert named(1) == {1}
    assert named(neighbour.id) == {neighbour.id}
    assert named() == set()


def test_terms_and_branches_are_listed_by_committee(world: World, neighbour: Neighbour) -> None:
    with world.database.read() as session:
        assert terms.terms_of(session, [neighbour.id]) == (neighbour.term,)
        assert terms.branches_of(session, neighbour.id) == (neighbour.branch,)
        assert neighbour.term not in terms.terms_of(session, [1])
        assert len(terms.branches_of(session, 1, limit=2)) == 2
        with pytest.raises(Refused, match="没有找到"):
            terms.term(session, neighbour.term.id, 1, world.clock().date())


def test_the_current_term_is_the_newest_that_has_begun(world: World) -> None:
    this, last = world.terms
    with world.database.read() as session:
        assert terms.term(session, 0, 1, this.starts) == this
        assert terms.term(session, 0, 1, date.fromordinal(this.starts.toordinal() - 1)) == last
        assert terms.term(session, 0, 1, date(2000, 1, 1)) == last
        with pytest.raises(Refused, match="还没有设置学期"):
            terms.term(session, 0, 99, this.starts)
    assert terms.before(world.terms, this) == last
    assert terms.before(world.terms, last) is None


def test_what_does_not_exist_is_refused(world: World) -> None:
    with world.database.read() as session:
        for look in (terms.branch, terms.any_term, terms.committee_name):
            with pytest.raises(Refused, match="没有找到"):
                look(session, 999)


def test_feedback_reaches_its_own_committee_newest_first(world: World, neighbour: Neighbour) -> None:
    me = world.me("secretary")
    with world.database.write() as session:
        for text in ("第一条", "第二条"):
            feedback.send(session, me=me, committee_id=1, text=text)
    with world.database.read() as session:
        assert feedback.inbox(session, committee_id=neighbour.id) == ()
        found = feedback.inbox(session, committee_id=1)
        assert [(one.name, one.at, one.text) for one in found] == [
            (me.name, world.clock(), "第二条"),
            (me.name, world.clock(), "第一条"),
        ]
        assert feedback.inbox(session, committee_id=1, limit=1) == found[:1]
