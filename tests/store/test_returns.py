"""退回 in the database: a draft per person, what was given with the marks as they were, and how it is answered."""

import json

import pytest
import sqlalchemy as sa

from bot.permissions import Rater
from bot.store import backup as backups
from bot.store import returns, sheets
from bot.store.database import Database
from bot.store.tables import HISTORY
from bot.values import SheetFile
from scoring.rubric import Grade
from scoring.sheet import Mark
from tests.everything import everything
from tests.phone import World
from tests.store.test_backup import quiet, saved

SHUANGLONG = 2  # whose sheet is submitted


def opened(world: World) -> SheetFile:
    file = world.sheet(SHUANGLONG)
    assert file is not None
    return file


def give(world: World, reasons: dict[int, str], who: str = "member") -> int:
    me, file = world.me(who), opened(world)
    with world.database.write() as session:
        for item, reason in reasons.items():
            returns.propose(session, me=me, sheet_id=file.id, item=item, reason=reason)
        file = sheets.open_file(session, file.id, to_write=True)
        return returns.give(session, me=me, file=file, reasons=reasons)


def test_a_draft_is_of_one_person_and_what_is_typed_again_takes_its_place(world: World) -> None:
    file, member, other = opened(world), world.me("member"), world.me("other member")
    with world.database.write() as session:
        for item, reason in ((8, "缺照片"), (7, "缺记录"), (7, "缺会议记录")):
            returns.propose(session, me=member, sheet_id=file.id, item=item, reason=reason)
        returns.propose(session, me=other, sheet_id=file.id, item=0, reason="请重新核对")
    with world.database.read() as session:
        assert returns.draft(session, me=member, sheet_id=file.id) == {7: "缺会议记录", 8: "缺照片"}
        assert returns.draft(session, me=other, sheet_id=file.id) == {0: "请重新核对"}
    with world.database.write() as session:
        returns.drop(session, me=member, sheet_id=file.id, item=8)
        returns.propose(session, me=member, sheet_id=file.id, item=9, reason="")
        returns.drop(session, me=member, sheet_id=file.id, item=9)
        returns.propose(session, me=member, sheet_id=file.id, item=9, reason="次数不够")
    with world.database.read() as session:
        assert returns.draft(session, me=member, sheet_id=file.id) == {7: "缺会议记录", 9: "次数不够"}
    assert opened(world).returned is None, "nothing is returned yet"


def test_single_items_are_open_with_their_marks_until_the_sheet_is_submitted_again(world: World) -> None:
    before = opened(world)
    change = give(world, {7: "缺会议记录", 8: "缺照片"})
    file = opened(world)
    assert file.returned is not None
    assert (file.returned.change, file.returned.by, file.returned.open) == (
        change,
        world.me("member").name,
        True,
    )
    assert file.returned.reasons == {7: "缺会议记录", 8: "缺照片"}
    assert file.returned.was == {n: before.sheet.marks[n] for n in (7, 8)}
    assert (file.sheet.submitted, file.sheet.marks) == (False, before.sheet.marks)
    assert file.sheet.locked == frozenset(range(1, 25)) - {7, 8}
    assert file.untouched == (7, 8)
    me = world.me("secretary of 双龙")
    with world.database.write() as session:
        file = sheets.open_file(session, file.id, to_write=True)
        worse = Mark(Grade.FAILED, before.sheet.edition.points(7, Grade.FAILED))
        file = sheets.save(session, me=me, file=file, after=file.sheet.marked(7, worse))
        assert file.untouched == (8,)
        sheets.submit(session, me=me, file=file)
    file = opened(world)
    assert file.returned is not None
    assert (file.sheet.submitted, file.returned.open, file.untouched) == (True, False, ())
    assert file.returned.was[7] != file.sheet.marks[7] == worse


def test_the_history_has_both_versions_and_why(world: World) -> None:
    before = opened(world)
    give(world, {0: "请重新核对", 7: "缺会议记录"})
    file = opened(world)
    assert file.sheet.locked == frozenset()
    assert file.returned is not None
    assert file.returned.was == before.sheet.marks
    me = world.me("secretary of 双龙")
    with world.database.write() as session:
        sheets.submit(session, me=me, file=sheets.open_file(session, file.id, to_write=True))
        rows = session.execute(
            sa.select(HISTORY.c.before, HISTORY.c.after)
            .where(HISTORY.c.subject == "sheet", HISTORY.c.subject_id == file.id)
            .order_by(HISTORY.c.id)
        ).all()
    said = [tuple(json.loads(side or "{}") for side in row) for row in rows[-2:]]
    total = str(before.sheet.total)
    assert said[0][0] == {"submitted": True, "total": total, "revision": before.sheet.revision}
    assert said[0][1] == {"submitted": False, "returned": {"0": "请重新核对", "7": "缺会议记录"}}
    assert said[1][1] == {"submitted": True, "total": total, "revision": file.sheet.revision}


def test_of_two_returns_the_last_one_counts(world: World) -> None:
    give(world, {7: "缺会议记录"})
    me = world.me("secretary of 双龙")
    with world.database.write() as session:
        sheets.submit(session, me=me, file=sheets.open_file(session, opened(world).id, to_write=True))
    give(world, {9: "次数不够"})
    file = opened(world)
    assert file.returned is not None
    assert dict(file.returned.reasons) == {9: "次数不够"}
    term = world.terms[0].id
    with world.database.read() as session:
        ids = [branch.id for branch in world.branches]
        assert returns.open_in(session, branch_ids=ids, term_ids=[term]) == {(ids[SHUANGLONG], term): (9,)}


def test_the_committees_sheet_knows_what_was_returned_and_is_not_locked_by_it(world: World) -> None:
    branch = world.branches[SHUANGLONG].id
    with world.database.write() as session:
        sheets.begin(session, branch_id=branch, term=world.terms[0], rater=Rater.COMMITTEE)
    give(world, {7: "缺会议记录"})
    rated = world.sheet(SHUANGLONG, Rater.COMMITTEE)
    assert rated is not None
    assert rated.returned is not None
    assert (rated.other, rated.other_id) == (None, opened(world).id)
    assert (rated.sheet.locked, rated.untouched) == (frozenset(), ())
    assert rated.returned == opened(world).returned


@pytest.mark.slow
def test_what_was_returned_and_what_is_drafted_comes_back_from_a_backup(
    world: World, blank: Database
) -> None:
    give(world, {0: "请重新核对", 7: "缺会议记录"})
    with world.database.write() as session:
        returns.propose(
            session, me=world.me("other member"), sheet_id=opened(world).id, item=8, reason="没有照片"
        )
    backups.restore(blank, world.folder / "restored", saved(world), quiet)
    assert everything(blank) == everything(world.database)
    assert len(everything(blank)["returned"]) == 3
    blank.close()
