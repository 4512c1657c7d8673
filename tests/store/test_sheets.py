"""测评表 in the database: what is saved is read again, every change is written down and can be taken back."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from bot.permissions import Rater
from bot.store import drafts, sheets
from bot.store.tables import HistoryRow
from bot.values import SheetFile
from scoring.refusal import Refused
from scoring.rubric import Grade, read_edition
from scoring.sheet import Sheet
from tests.objects import objects
from tests.phone import World
from tests.scoring.tables import without
from tests.store.at_once import at_once

ITEMS = read_edition("jinsong_2017").items
BLANK = Sheet(read_edition("jinsong_2017"))
same_database = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

reasons = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200).filter(str.strip)


@st.composite
def filled(draw: st.DrawFn) -> Sheet:
    """Any open sheet: items unmarked, graded, or with other points and a reason."""
    sheet = BLANK
    for item in ITEMS:
        kind = draw(st.sampled_from(("open", "graded", "pointed")))
        if kind == "graded":
            sheet = sheet.graded(item.number, draw(st.sampled_from(Grade)))
        elif kind == "pointed":
            tenths = draw(st.integers(0, int(item.points * 10)))
            sheet = sheet.pointed(item.number, Decimal(tenths) / 10, draw(reasons))
    return sheet


def begin(world: World, branch: int = 3, rater: Rater = Rater.SELF) -> int:
    with world.database.write() as session:
        return sheets.begin(session, branch_id=world.branches[branch].id, term=world.terms[0], rater=rater)


def save(world: World, sheet_id: int, change: Callable[[Sheet], Sheet], who: str = "secretary") -> SheetFile:
    me = world.me(who)
    with world.database.write() as session:
        file = sheets.open_file(session, sheet_id, to_write=True)
        return sheets.save(session, me=me, file=file, after=change(file.sheet))


def undo(world: World, sheet_id: int, change: int) -> tuple[int, ...]:
    me = world.me("secretary")
    with world.database.write() as session:
        file = sheets.open_file(session, sheet_id, to_write=True)
        return sheets.undo(session, me=me, file=file, change=change)


def opened(world: World, sheet_id: int) -> SheetFile:
    with world.database.read() as session:
        return sheets.open_file(session, sheet_id)


def history(world: World, sheet_id: int) -> list[HistoryRow]:
    with world.database.read() as session:
        return list(
            objects(session).exec(
                select(HistoryRow)
                .where(HistoryRow.subject == "mark", HistoryRow.subject_id == sheet_id)
                .order_by(col(HistoryRow.id))
            )
        )


def test_what_is_saved_is_read_again(world: World) -> None:
    sheet_id = begin(world)

    @same_database
    @given(filled())
    def check(sheet: Sheet) -> None:
        saved = save(world, sheet_id, lambda _: sheet)
        file = opened(world, sheet_id)
        assert file.sheet.marks == sheet.marks
        assert file.sheet.total == sheet.total
        assert (
            saved.sheet == file.sheet
        )  # revision too: what a screen shows after saving is what can be submitted
        assert saved.written == file.written

    check()


def test_a_change_is_written_down_with_who_when_where_from_what_to_what(world: World) -> None:
    sheet_id = begin(world)
    first = save(world, sheet_id, lambda sheet: sheet.graded(7, Grade.PASSED).graded(8, Grade.EXCELLENT))
    save(world, sheet_id, lambda sheet: sheet.pointed(7, Decimal("2.5"), "缺记录"), who="officer")
    save(world, sheet_id, lambda sheet: without(sheet, 7))

    rows = [row for row in history(world, sheet_id) if row.item == 7]
    said = [(json.loads(row.before or "{}"), json.loads(row.after)) for row in rows[:2]]
    secretary, officer = world.me("secretary"), world.me("officer")
    passed = {"grade": 1, "points": "3.2", "reason": ""}
    assert said[0] == ({}, passed)
    assert said[1] == (
        {**passed, "change": first.last_change},
        {"grade": 1, "points": "2.5", "reason": "缺记录"},
    )
    assert rows[2].after == ""
    assert json.loads(rows[2].before)["points"] == "2.5"
    assert [row.person_id for row in rows] == [secretary.person_id, officer.person_id, secretary.person_id]
    assert {(row.channel, row.at, row.branch_id) for row in rows} == {
        ("web", world.clock(), world.branches[3].id)
    }
    assert len(history(world, sheet_id)) == 4  # one for each change of a mark


def test_saving_the_same_marks_again_writes_nothing_down(world: World) -> None:
    sheet_id = begin(world)
    save(world, sheet_id, lambda sheet: sheet.graded(1, Grade.PASSED))
    before = history(world, sheet_id)
    save(world, sheet_id, lambda sheet: sheet.graded(1, Grade.PASSED))
    assert history(world, sheet_id) == before


def test_changes_are_taken_back_one_by_one_until_the_sheet_is_empty(desk: World) -> None:
    sheet_id = begin(desk)
    change = st.dictionaries(st.integers(1, 4), st.sampled_from(Grade), min_size=1, max_size=3)

    @same_database
    @given(st.lists(change, min_size=1, max_size=6))
    def check(steps: list[dict[int, Grade]]) -> None:
        states = [BLANK.marks]
        for step in steps:
            after = save(desk, sheet_id, partial(_graded, grades=step))
            if after.sheet.marks != states[-1]:
                states.append(after.sheet.marks)
        for state in reversed(states[:-1]):
            undo(desk, sheet_id, opened(desk, sheet_id).last_change)
            assert opened(desk, sheet_id).sheet.marks == state
        assert opened(desk, sheet_id).last_change == 0

    check()


def _graded(sheet: Sheet, grades: dict[int, Grade]) -> Sheet:
    for number, grade in grades.items():
        sheet = sheet.graded(number, grade)
    return sheet


def test_what_was_saved_together_is_taken_back_together(world: World) -> None:
    sheet_id = begin(world)
    before = save(world, sheet_id, lambda sheet: sheet.graded(6, Grade.PASSED)).sheet
    both = save(world, sheet_id, lambda sheet: sheet.graded(6, Grade.EXCELLENT).graded(7, Grade.EXCELLENT))
    assert undo(world, sheet_id, both.last_change) == (6, 7)
    assert opened(world, sheet_id).sheet == before


def test_taking_back_spares_what_was_changed_since(world: World) -> None:
    sheet_id = begin(world)
    both = save(world, sheet_id, lambda sheet: sheet.graded(6, Grade.EXCELLENT).graded(7, Grade.EXCELLENT))
    save(world, sheet_id, lambda sheet: sheet.graded(6, Grade.FAILED))
    assert undo(world, sheet_id, both.last_change) == (7,)
    assert {n: m.grade for n, m in opened(world, sheet_id).sheet.marks.items()} == {6: Grade.FAILED}


def test_a_stale_or_foreign_undo_changes_nothing(world: World) -> None:
    sheet_id = begin(world)
    first = save(world, sheet_id, lambda sheet: sheet.graded(6, Grade.EXCELLENT))
    save(world, sheet_id, lambda sheet: sheet.graded(6, Grade.FAILED))
    other = world.sheet(0)
    assert other is not None
    before = opened(world, sheet_id), history(world, sheet_id)
    for change in (first.last_change, other.last_change, 0, -1, 10**9):
        assert undo(world, sheet_id, change) == ()
    assert (opened(world, sheet_id), history(world, sheet_id)) == before


def test_an_undo_repeated_changes_nothing_more(world: World) -> None:
    sheet_id = begin(world)
    change = save(world, sheet_id, lambda sheet: sheet.graded(6, Grade.EXCELLENT)).last_change
    assert undo(world, sheet_id, change) == (6,)
    assert undo(world, sheet_id, change) == ()
    assert len(history(world, sheet_id)) == 2


def test_a_note_stays_when_its_mark_changes_or_is_taken_back(world: World) -> None:
    sheet_id = begin(world)
    with world.database.write() as session:
        file = sheets.open_file(session, sheet_id, to_write=True)
        sheets.save_note(session, me=world.me("secretary"), file=file, item=5, note="见会议记录")
    assert opened(world, sheet_id).sheet.open == BLANK.open
    change = save(world, sheet_id, lambda sheet: sheet.graded(5, Grade.EXCELLENT)).last_change
    undo(world, sheet_id, change)
    assert opened(world, sheet_id).written[5].note == "见会议记录"
    with world.database.write() as session:
        file = sheets.open_file(session, sheet_id, to_write=True)
        sheets.save_note(session, me=world.me("officer"), file=file, item=5, note="")
    assert opened(world, sheet_id).written[5].note == ""


def test_the_note_of_a_marked_item_leaves_the_mark_and_its_undo_alone(world: World) -> None:
    sheet_id = begin(world)
    before = save(world, sheet_id, lambda sheet: sheet.pointed(5, Decimal("1.5"), "缺一次"))
    with world.database.write() as session:
        file = sheets.open_file(session, sheet_id, to_write=True)
        sheets.save_note(session, me=world.me("officer"), file=file, item=5, note="补充说明")
    after = opened(world, sheet_id)
    assert after.sheet == before.sheet
    assert after.written == {5: replace(before.written[5], note="补充说明")}


def test_opening_a_sheet_from_two_phones_at_once_begins_one(world: World) -> None:
    for rater in Rater:
        numbers = at_once([partial(begin, world, 3, rater)] * 4)
        assert len(set(numbers)) == 1


def test_eight_people_marking_different_items_at_once_lose_nothing(world: World) -> None:
    sheet_id = begin(world)

    def mark(own: range) -> None:
        for number in own:
            save(world, sheet_id, partial(Sheet.graded, number=number, grade=Grade.PASSED))

    at_once([partial(mark, range(first, 25, 8)) for first in range(1, 9)])
    assert opened(world, sheet_id).sheet.total == 80
    assert len(history(world, sheet_id)) == 24


def test_the_history_of_an_item_that_many_mark_at_once_has_no_gap(world: World) -> None:
    sheet_id = begin(world)

    def mark(number: int) -> None:
        for step in range(3):
            points = Decimal(number * 3 + step) / 10
            save(world, sheet_id, partial(Sheet.pointed, number=9, points=points, reason="原因"))

    at_once([partial(mark, number) for number in range(6)])
    rows = history(world, sheet_id)
    assert rows[0].before == ""
    for one, next_one in pairwise(rows):
        assert json.loads(next_one.before) == {**json.loads(one.after), "change": one.id}
    while change := opened(world, sheet_id).last_change:
        undo(world, sheet_id, change)
    assert opened(world, sheet_id).sheet == BLANK


def test_who_marks_while_another_submits_finds_the_sheet_submitted(world: World) -> None:
    sheet_id = begin(world)
    me = world.me("secretary")
    submitting, found = threading.Event(), []

    def mark() -> None:
        submitting.wait()
        with pytest.raises(Refused, match="已提交"):
            save(world, sheet_id, lambda sheet: sheet.graded(1, Grade.FAILED), "officer")
        found.append(True)

    late = threading.Thread(target=mark)
    late.start()
    with world.database.write() as session:
        file = sheets.open_file(session, sheet_id, to_write=True)
        submitting.set()
        late.join(0.3)  # time to come as far as it can
        sheets.submit(session, me=me, file=file)
    late.join()
    assert found
    assert opened(world, sheet_id).sheet.open == BLANK.open


def test_a_sheet_that_does_not_exist_is_refused(world: World) -> None:
    for number in (0, -1, 99999):
        for to_write in (False, True):
            with pytest.raises(Refused, match="没有找到"), world.database.write() as session:
                sheets.open_file(session, number, to_write=to_write)


def test_a_typed_line_is_kept_for_its_own_author(world: World) -> None:
    sheet_id = begin(world)
    author, other = world.me("secretary"), world.me("officer")
    with world.database.write() as session:
        number = drafts.add(session, me=author, sheet_id=sheet_id, item=6, text="6优", reason="因")
        assert drafts.read(session, me=author, sheet_id=sheet_id, draft_id=number) == (
            6,
            "6优",
            "因",
            False,
            "",
        )
        drafts.saved(session, number)
        assert drafts.read(session, me=author, sheet_id=sheet_id, draft_id=number).saved
        for me, sheet, draft in ((other, sheet_id, number), (author, 1, number), (author, sheet_id, 999)):
            with pytest.raises(Refused, match="没有找到"):
                drafts.read(session, me=me, sheet_id=sheet, draft_id=draft)
