"""What a unit of work announces: what was written down in it and is kept, to whom it concerns, on both databases."""

from contextlib import suppress
from dataclasses import replace

import pytest

from bot.actions import Upload
from bot.permissions import Rater
from bot.store import evidence, history, sheets, terms
from bot.store.database import Session
from bot.store.history import About
from scoring.refusal import Refused
from scoring.rubric import Grade
from tests.phone import PNG, World


def note(session: Session, world: World, branch_id: int | None, subject: str = "fact") -> None:
    me = world.me("secretary")
    history.add(session, me, About(subject, 1, 1, branch_id))


def test_a_unit_of_work_announces_what_it_wrote_down_and_the_next_one_nothing_of_it(world: World) -> None:
    with world.database.write() as session:
        assert history.changed(session) == set()
        note(session, world, 1)
        note(session, world, None)
        assert history.changed(session) == {"b1", "c1"}
    for begin in (world.database.write, world.database.read, world.database.rehearse):
        with begin() as session:
            assert history.changed(session) == set()


def test_what_is_rolled_back_is_not_announced(world: World) -> None:
    with world.database.rehearse() as session:
        note(session, world, 1)
    assert history.changed(session) == set()
    with suppress(Refused), world.database.write() as session:
        note(session, world, 1)
        raise Refused("no")
    assert history.changed(session) == set()


def test_a_step_that_is_undone_takes_what_it_announced_along(world: World) -> None:
    with world.database.write() as session:
        note(session, world, 1)
        kept = session.begin_nested()
        note(session, world, 2)
        inner = session.begin_nested()
        note(session, world, 3)
        inner.rollback()
        assert history.changed(session) == {"b1", "b2", "c1"}
        kept.commit()
        assert history.changed(session) == {"b1", "b2", "c1"}
        undone = session.begin_nested()
        inner = session.begin_nested()
        note(session, world, 4)
        inner.commit()
        undone.rollback()
        assert history.changed(session) == {"b1", "b2", "c1"}


@pytest.mark.parametrize("published", [False, True])
def test_what_the_committee_writes_on_its_sheet_is_the_branchs_once_the_term_is_published(
    desk: World, published: bool
) -> None:
    me, branch, term = desk.me("member"), desk.branches[0], replace(desk.terms[0], published=published)
    theirs = Rater.COMMITTEE
    with desk.database.write() as session:
        sheet = sheets.begin(session, branch_id=branch.id, term=term, rater=theirs)
        file = replace(sheets.open_file(session, sheet), term=term)

    def attach(session: Session) -> None:
        desk.evidence.attach(
            session, me=me, branch=branch, term=term, rater=theirs, item=4, upload=Upload("a", "", PNG)
        )

    def remove(session: Session) -> None:
        [attached] = evidence.files_of(
            session, branch_id=branch.id, term_id=term.id, item=4, raters=tuple(Rater)
        )
        evidence.remove(session, me=me, branch=branch, term=term, file=attached)

    for write in (
        lambda s: sheets.save(s, me=me, file=file, after=file.sheet.graded(4, Grade.FAILED)),
        lambda s: sheets.save_note(s, me=me, file=file, item=4, note="说明"),
        lambda s: sheets.submit(s, me=me, file=file),
        attach,
        remove,
    ):
        with desk.database.write() as session:
            write(session)
            assert history.changed(session) == ({"c1", f"b{branch.id}"} if published else {"c1"})


def test_a_term_that_is_published_concerns_everybody(world: World) -> None:
    with world.database.write() as session:
        terms.publish(session, me=world.me("administrator"), term=world.terms[0])
        assert history.changed(session) == {"a1"}


@pytest.mark.parametrize(
    ("subject", "branch", "topics"),
    [
        ("anything new", 2, {"b2", "c1"}),
        ("anything new", None, {"c1"}),
        ("nudge", 2, {"c1"}),
        ("duty_choice", 2, {"b2", "c1"}),
        ("duty_choice", None, {"a1"}),
        ("day", None, {"a1"}),
        ("term", None, {"a1"}),
        ("exchange", None, {"a1"}),
        ("feedback", None, {"i1"}),
        ("notice", None, {"i1"}),
        ("seat", 2, {"i1", "s2"}),
        ("invitation", None, {"i1"}),
        ("login", 2, set()),
        ("calendar", None, set()),
    ],
)
def test_whom_a_row_concerns_follows_from_what_it_is_about(
    desk: World, subject: str, branch: int | None, topics: set[str]
) -> None:
    with desk.database.rehearse() as session:
        note(session, desk, branch, subject)
        assert history.changed(session) == topics
