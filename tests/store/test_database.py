"""The units of work: what is kept of them, and what is not."""

from contextlib import suppress

import sqlalchemy as sa

from bot.store import terms
from bot.store.database import Session
from tests.everything import everything
from tests.phone import World


def change(session: Session) -> None:
    terms.add_branch(session, committee_id=1, name="新支部", campus="")
    assert len(terms.branches_of(session, 1)) == 5


def test_of_a_look_and_of_a_rehearsal_nothing_is_kept(world: World) -> None:
    before = everything(world.database)
    with suppress(sa.exc.DBAPIError), world.database.read() as session:
        change(session)
    with world.database.rehearse() as session:
        change(session)
    assert everything(world.database) == before
    with world.database.write() as session:
        change(session)
    assert len(world.branches) == 5


def test_a_look_sees_one_moment(world: World) -> None:
    with world.database.read() as session:
        assert len(terms.branches_of(session, 1)) == 4
        with world.database.write() as other:
            change(other)
        assert len(terms.branches_of(session, 1)) == 4
