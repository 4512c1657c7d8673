"""A backup holds everything, is taken while others write, and fills an empty database or changes nothing."""

import io
import json
import stat
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot.actions import UPLOAD_LIMIT, Upload
from bot.permissions import Rater
from bot.store import backup as backups
from bot.store import feedback, results, schema, sheets, terms
from bot.store.database import Database
from bot.store.tables import HistoryRow, MarkRow
from scoring.rubric import Grade, Refused
from tests.everything import everything
from tests.phone import PNG, World, picture

DIGEST = "0" * 64


def quiet(done: int, of: int) -> None:
    """Show nothing; but never more than everything is done."""
    assert 0 < done <= of


def tables(database: Database) -> list[str]:
    with database.snapshot() as connection:
        return sa.inspect(connection).get_table_names()


def written(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def attach(world: World, data: bytes) -> None:
    me, branch, term = world.me("secretary"), world.branches[0], world.terms[0]
    with world.database.write() as session:
        world.evidence.attach(
            session,
            me=me,
            branch=branch,
            term=term,
            rater=Rater.SELF,
            item=1,
            upload=Upload("a.png", "", data),
        )


def saved(world: World) -> Path:
    """A backup of a world with an evidence file."""
    attach(world, PNG)
    path = world.folder / "backup.zip"
    backups.backup(world.database, world.evidence.folder, path, quiet)
    return path


def test_a_backup_restores_everything_into_either_kind_of_database(world: World, blank: Database) -> None:
    path, folder = saved(world), world.folder / "restored"
    before = everything(world.database)
    count = backups.restore(blank, folder, path, quiet)
    assert count == sum(map(len, before.values()))
    assert everything(blank) == before
    assert written(folder) == written(world.evidence.folder)
    assert schema.differences(blank) == []
    for term in world.terms:
        with world.database.read() as old, blank.read() as new:
            standings = [results.of_committee(s, term_id=term.id, committee_id=1) for s in (old, new)]
        assert standings[0] == standings[1]
    with blank.write() as session:  # its numbering goes on behind the restored rows
        number = terms.add_branch(session, committee_id=1, name="新支部", campus="")
        sheet_id = sheets.begin(session, branch_id=number, term=world.terms[0], rater=Rater.SELF)
        file = sheets.open_file(session, sheet_id, to_write=True)
        sheets.save(session, me=world.me("secretary"), file=file, after=file.sheet.graded(1, Grade.PASSED))
    assert number == 5


def test_an_empty_installation_can_be_backed_up_and_restored(empty: Database, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    assert backups.backup(empty, tmp_path / "no evidence", path, quiet) == 0
    target = Database(f"sqlite:///{tmp_path / 'target.db'}")
    assert backups.restore(target, tmp_path / "restored", path, quiet) == 0
    assert schema.differences(target) == []
    target.close()


def test_a_backup_taken_while_others_write_is_of_one_moment(world: World) -> None:
    with world.database.write() as session:
        sheet_id = sheets.begin(
            session, branch_id=world.branches[3].id, term=world.terms[0], rater=Rater.SELF
        )
    me, stop, begun = world.me("secretary"), threading.Event(), threading.Event()

    def write() -> None:
        for step in range(24 * 5):
            if stop.is_set():
                return
            with world.database.write() as session:  # each unit of work: two marks, one message, one file
                file = sheets.open_file(session, sheet_id, to_write=True)
                grade = Grade((step + step // 12) % 3)
                after = file.sheet.graded(1 + step % 12, grade).graded(13 + step % 12, grade)
                sheets.save(session, me=me, file=file, after=after)
                feedback.send(session, me=me, committee_id=1, text=str(step))
                world.evidence.attach(
                    session,
                    me=me,
                    branch=world.branches[0],
                    term=world.terms[0],
                    rater=Rater.SELF,
                    item=step % 24 + 1,
                    upload=Upload("a.png", "", picture(step)),
                )
            if step > 5:
                begun.set()

    def slowly(done: int, of: int) -> None:
        stop.wait(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    backups.backup(world.database, world.evidence.folder, world.folder / "backup.zip", slowly)
    stop.set()
    writer.join()

    folder, restored = world.folder / "restored", Database(f"sqlite:///{world.folder / 'restored.db'}")
    backups.restore(restored, folder, world.folder / "backup.zip", quiet)
    with restored.read() as session:
        marks = {m.item: m for m in session.exec(select(MarkRow).where(MarkRow.sheet_id == sheet_id))}
        history = session.exec(
            select(HistoryRow)
            .where(HistoryRow.subject == "mark", HistoryRow.subject_id == sheet_id)
            .order_by(col(HistoryRow.id))
        ).all()
        steps = len(feedback.inbox(session, committee_id=1, limit=10**6))
    last = {row.item: json.loads(row.after)["grade"] for row in history}
    assert {item: mark.grade for item, mark in marks.items()} == last  # nothing of a half unit of work
    assert {item % 12 for item in marks} == {(n + 1) % 12 for n in range(min(steps, 12))}
    evidence = everything(restored)["evidence"]
    assert len(evidence) == steps
    assert {row.sha256 for row in evidence} == {Path(name).name for name in written(folder)}
    restored.close()


def test_a_backup_holds_what_nobody_else_may_read(desk: World) -> None:
    path = saved(desk)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_backup_that_breaks_off_leaves_the_earlier_one_and_no_half_file(desk: World) -> None:
    path = saved(desk)
    before = written(desk.folder / "evidence"), path.read_bytes()

    def full(done: int, of: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        backups.backup(desk.database, desk.evidence.folder, path, full)
    assert (written(desk.folder / "evidence"), path.read_bytes()) == before
    assert not list(desk.folder.glob("*.partial"))


def test_files_that_no_row_names_or_that_are_half_written_stay_out_of_a_backup(desk: World) -> None:
    attach(desk, PNG)
    (desk.evidence.folder / "00").mkdir()
    (desk.evidence.folder / "00" / DIGEST).write_bytes(b"left by a unit of work that was rolled back")
    (desk.evidence.folder / "00" / ".half").write_bytes(b"half")
    path = desk.folder / "backup.zip"
    backups.backup(desk.database, desk.evidence.folder, path, quiet)
    names = [name for name in zipfile.ZipFile(path).namelist() if name.startswith("evidence/")]
    assert names == [f"evidence/{everything(desk.database)['evidence'][0].sha256}"]


Members = dict[str, bytes]


def manifest(**changed: object) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        said = json.loads(members["manifest.json"])
        members["manifest.json"] = json.dumps({**said, **changed}).encode()

    return change


def named(name: str, data: bytes = PNG) -> Callable[[Members], None]:
    return lambda members: members.update({name: data})


def lost(name: str) -> Callable[[Members], None]:
    return lambda members: members.__delitem__(name)


def lines(table: str, change: Callable[[list[bytes]], object]) -> Callable[[Members], None]:
    def cut(members: Members) -> None:
        all_lines = members[f"tables/{table}.jsonl"].splitlines(keepends=True)
        change(all_lines)
        members[f"tables/{table}.jsonl"] = b"".join(all_lines)

    return cut


NEWER, SPOILED = "更新的版本", "不是完整的备份文件"
SPOILS: list[tuple[str, str, Callable[[Members], None]]] = [
    ("a newer format", NEWER, manifest(format=2)),
    ("a newer schema", NEWER, manifest(schema="9999")),
    ("no schema", NEWER, manifest(schema=None)),
    ("rows are missing", SPOILED, manifest(rows=10**6)),
    (
        "the manifest says nothing of rows",
        SPOILED,
        lambda m: m.update({"manifest.json": b'{"format": 1, "schema": "0001"}'}),
    ),
    ("the manifest is a list", SPOILED, lambda m: m.update({"manifest.json": b"[]"})),
    ("the manifest is no JSON", SPOILED, lambda m: m.update({"manifest.json": b"{"})),
    ("no manifest", SPOILED, lost("manifest.json")),
    ("a table is missing", SPOILED, lost("tables/mark.jsonl")),
    ("a table is empty", SPOILED, lambda m: m.update({"tables/mark.jsonl": b""})),
    ("a line is missing", SPOILED, lines("mark", lambda all_lines: all_lines.pop())),
    ("a line is there twice", SPOILED, lines("mark", lambda all_lines: all_lines.append(all_lines[-1]))),
    ("a line is cut", SPOILED, lines("mark", lambda all_lines: all_lines.append(all_lines.pop()[:9]))),
    ("a value is missing", SPOILED, lines("branch", lambda all_lines: all_lines.append(b"[1]\n"))),
    ("a time is none", SPOILED, lines("person", lambda all_lines: all_lines.append(b'[99, "x", 5]\n'))),
    (
        "a row points nowhere",
        SPOILED,
        lines("branch", lambda all_lines: all_lines.append(b'[99, 99, "x", ""]\n')),
    ),
    (
        "an unknown column",
        SPOILED,
        lines("branch", lambda all_lines: all_lines.__setitem__(0, b'["nothing"]\n')),
    ),
    ("a path upwards", SPOILED, named("evidence/../../../outside")),
    ("a path upwards of the right form", SPOILED, named(f"evidence/../{DIGEST}")),
    ("an absolute path", SPOILED, named("evidence//tmp/outside")),
    ("a path of Windows", SPOILED, named(f"evidence/..\\..\\{DIGEST}")),
    ("the name of a folder", SPOILED, named("evidence/..")),
    ("a short name", SPOILED, named("evidence/x")),
    ("other bytes than the name says", SPOILED, named(f"evidence/{DIGEST}")),
    ("a huge file", SPOILED, named(f"evidence/{DIGEST}", bytes(UPLOAD_LIMIT + 1))),
]


def test_what_is_no_whole_backup_is_refused_and_changes_nothing(desk: World, blank: Database) -> None:
    path, folder = saved(desk), desk.folder / "restored"
    with zipfile.ZipFile(path) as archive:
        good = {name: archive.read(name) for name in archive.namelist()}
    bad = desk.folder / "bad.zip"
    outside = set(desk.folder.parent.iterdir())
    for what, words, spoil in SPOILS if blank.sqlite else SPOILS[::6]:
        members = dict(good)
        spoil(members)
        with zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        with pytest.raises(Refused, match=words):
            backups.restore(blank, folder, bad, quiet)
        assert tables(blank) == [], what
        assert not written(folder), what
        assert set(desk.folder.parent.iterdir()) == outside, what
    assert backups.restore(blank, folder, path, quiet)


def test_a_file_that_is_no_zip_file_or_is_cut_or_damaged_is_refused(desk: World, tmp_path: Path) -> None:
    whole = saved(desk).read_bytes()
    middle = whole.index(b"tables/mark.jsonl") + 60
    foreign = io.BytesIO()
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("readme.txt", "another program's")
    target = Database(f"sqlite:///{tmp_path / 'target.db'}")
    bad = tmp_path / "bad.zip"
    for data in (
        b"",
        b"PK\x03\x04",
        whole[: len(whole) // 2],
        whole[:-1],
        whole[:middle] + bytes(20) + whole[middle + 20 :],
        foreign.getvalue(),
    ):
        bad.write_bytes(data)
        with pytest.raises(Refused, match=SPOILED):
            backups.restore(target, tmp_path / "restored", bad, quiet)
    for missing in (tmp_path / "missing.zip", tmp_path):
        with pytest.raises(Refused, match="读不了"):
            backups.restore(target, tmp_path / "restored", missing, quiet)
    assert tables(target) == []
    assert not (tmp_path / "restored").exists()
    target.close()


def test_a_database_that_holds_anything_is_not_restored_over(world: World) -> None:
    path = saved(world)
    before = everything(world.database), written(world.evidence.folder)
    with pytest.raises(Refused, match="已有数据"):
        backups.restore(world.database, world.evidence.folder, path, quiet)
    assert (everything(world.database), written(world.evidence.folder)) == before


def test_a_migrated_database_without_rows_is_restored_into(desk: World, blank: Database) -> None:
    path = saved(desk)
    schema.migrate(blank)
    assert backups.restore(blank, desk.folder / "restored", path, quiet)
    assert everything(blank) == everything(desk.database)


def test_evidence_that_is_there_already_survives_a_restore_that_breaks_off(
    desk: World, blank: Database
) -> None:
    attach(desk, picture(2))
    path = saved(desk)
    present = desk.evidence.keep(b"of another database in the same folder")
    removed = desk.evidence.path(everything(desk.database)["evidence"][0].sha256)
    removed.unlink()
    before = written(desk.evidence.folder)

    def full(done: int, of: int) -> None:
        if done == of:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        backups.restore(blank, desk.evidence.folder, path, full)
    assert present is not None
    assert written(desk.evidence.folder) == before
    assert tables(blank) == []
    backups.restore(blank, desk.evidence.folder, path, quiet)
    assert removed.exists()


def test_a_backup_says_which_schema_its_rows_are_of(desk: World) -> None:
    with zipfile.ZipFile(saved(desk)) as archive:
        said = json.loads(archive.read("manifest.json"))
    assert said["format"] == backups.FORMAT
    assert schema.known(said["schema"])
