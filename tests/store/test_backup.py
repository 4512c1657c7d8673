"""A backup holds everything, is taken while others write, and fills an empty database or changes nothing."""

import io
import json
import os
import shutil
import stat
import threading
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot.actions import UPLOAD_LIMIT, Upload
from bot.permissions import Rater
from bot.store import backup as backups
from bot.store import feedback, results, schema, sheets, terms
from bot.store.backup import Account
from bot.store.database import Database
from bot.store.evidence import Evidence
from bot.store.tables import METADATA, HistoryRow, MarkRow
from scoring.refusal import Refused
from scoring.rubric import Grade
from tests.conftest import trials
from tests.everything import everything
from tests.objects import objects
from tests.phone import PNG, World, picture
from tests.published import amended, objected

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


@pytest.mark.slow
def test_a_backup_restores_everything_into_either_kind_of_database(world: World, blank: Database) -> None:
    path, folder = saved(world), world.folder / "restored"
    before = everything(world.database)
    count = backups.restore(blank, folder, path, quiet)
    assert count == Account(sum(map(len, before.values())), ())
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


@pytest.mark.slow
def test_an_empty_installation_can_be_backed_up_and_restored(empty: Database, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    assert backups.backup(empty, tmp_path / "no evidence", path, quiet) == Account(0, ())
    target = Database(f"sqlite:///{tmp_path / 'target.db'}")
    assert backups.restore(target, tmp_path / "restored", path, quiet) == Account(0, ())
    assert schema.differences(target) == []
    target.close()


@pytest.mark.slow
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
        marks = {
            m.item: m for m in objects(session).exec(select(MarkRow).where(MarkRow.sheet_id == sheet_id))
        }
        history = (
            objects(session)
            .exec(
                select(HistoryRow)
                .where(HistoryRow.subject == "mark", HistoryRow.subject_id == sheet_id)
                .order_by(col(HistoryRow.id))
            )
            .all()
        )
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


@dataclass(frozen=True)
class Spoilt:
    """A member that says of itself what is not so."""

    data: bytes = b""
    compression: int = zipfile.ZIP_DEFLATED
    encrypted: bool = False


Members = dict[str, bytes | Spoilt]


def text(members: Members, name: str) -> bytes:
    data = members[name]
    assert isinstance(data, bytes)
    return data


def pack(path: Path, members: Members, *more: tuple[str, bytes]) -> Path:
    """A zip file with these members, and with these beside them, whatever their names."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # two members of one name
        for name, member in (*members.items(), *more):
            if isinstance(member, bytes):
                archive.writestr(name, member)
            else:
                archive.writestr(name, member.data, member.compression)
    locked = [name for name, member in members.items() if isinstance(member, Spoilt) and member.encrypted]
    data = path.read_bytes()
    for name in locked:  # the flag of encryption, in the directory at the end
        at = data.rindex(name.encode()) - 46
        data = data[: at + 8] + bytes([data[at + 8] | 1]) + data[at + 9 :]
    path.write_bytes(data)
    return path


def unpacked(path: Path) -> Members:
    """The members of a good backup."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def manifest(**changed: object) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        said = json.loads(text(members, "manifest.json"))
        members["manifest.json"] = json.dumps({**said, **changed}).encode()

    return change


def named(name: str, data: bytes = PNG) -> Callable[[Members], None]:
    return lambda members: members.update({name: data})


def value(table: str, column: str, new: object) -> Callable[[Members], None]:
    """Another value in the last row of a table."""

    def put(all_lines: list[bytes]) -> None:
        names, row = json.loads(all_lines[0]), json.loads(all_lines[-1])
        row[names.index(column)] = new
        all_lines[-1] = json.dumps(row).encode() + b"\n"

    return lines(table, put)


def raw(table: str, line: bytes) -> Callable[[Members], None]:
    return lines(table, lambda all_lines: all_lines.__setitem__(-1, line))


def member(name: str, **how: Any) -> Callable[[Members], None]:
    return lambda members: members.update({name: Spoilt(text(members, name), **how)})


def without_evidence(members: Members) -> None:
    for name in [name for name in members if name.startswith("evidence/")]:
        del members[name]


def lost(name: str) -> Callable[[Members], None]:
    return lambda members: members.__delitem__(name)


def lines(table: str, change: Callable[[list[bytes]], object]) -> Callable[[Members], None]:
    def cut(members: Members) -> None:
        all_lines = text(members, f"tables/{table}.jsonl").splitlines(keepends=True)
        change(all_lines)
        members[f"tables/{table}.jsonl"] = b"".join(all_lines)

    return cut


NEWER, SPOILED, LOST = (
    "更新的版本",
    "不是完整的备份文件",
    "缺少 1 份依据材料：a.png（常营主校区党支部 第 1 项）",
)
PARTS = 15
SPOILS: list[tuple[str, str, Callable[[Members], None]]] = [
    ("a newer format", NEWER, manifest(format=3)),
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
    ("a file that no row names", SPOILED, named(f"evidence/{Evidence.digest(b'more')}", b"more")),
    ("a file is gone", LOST, without_evidence),
    ("nothing is said of what is missing", SPOILED, manifest(missing=None)),
    ("what is missing is no file", SPOILED, manifest(missing=["../../etc/passwd"])),
    ("what is missing is a number", SPOILED, manifest(missing=[5])),
    ("the format is a word", SPOILED, manifest(format="1")),
    ("the format is true", SPOILED, manifest(format=True)),
    ("the format is below one", SPOILED, manifest(format=0)),
    ("the number of rows is none", SPOILED, manifest(rows=float("nan"))),
    ("the schema is a list", NEWER, manifest(schema=[])),
    ("the manifest never ends", SPOILED, named("manifest.json", b" " * (backups.MANIFEST_LIMIT + 1))),
    ("the manifest is nested deeply", SPOILED, named("manifest.json", b"[" * 100_000)),
    ("the manifest is in another encoding", SPOILED, named("manifest.json", b"\xff\xfe{")),
    ("an unknown table", SPOILED, named("tables/nothing.jsonl", b"[]\n")),
    ("a table below a table", SPOILED, named("tables/mark.jsonl/x", b"[]\n")),
    ("a folder", SPOILED, named("tables/", b"")),
    ("another program's file", SPOILED, named("readme.txt", b"")),
    ("a member that must be decompressed at once", SPOILED, member("tables/mark.jsonl", compression=14)),
    ("a member that is encrypted", SPOILED, member("tables/mark.jsonl", encrypted=True)),
    ("an encrypted manifest", SPOILED, member("manifest.json", encrypted=True)),
    ("a line never ends", SPOILED, raw("mark", b"[" + b" " * backups.LINE_LIMIT)),
    ("empty lines", SPOILED, lines("mark", lambda all_lines: all_lines.append(b"\n"))),
    ("a line is nested deeply", SPOILED, raw("mark", b"[" * 100_000)),
    ("a line is an object", SPOILED, raw("committee", b'{"id": 1}\n')),
    ("a line is a word", SPOILED, raw("person", b'"abc"\n')),
    (
        "a column is there twice",
        SPOILED,
        lines("day", lambda all_lines: all_lines.__setitem__(0, b'["day", "day"]\n')),
    ),
    (
        "a table without its columns",
        SPOILED,
        lines("day", lambda all_lines: all_lines.__setitem__(0, b"5\n")),
    ),
    ("columns as an object", SPOILED, raw("day", b'{"day": 1}\n')),
    ("2^70 as a number", SPOILED, value("branch", "id", 2**70)),
    ("5,000 digits as a number", SPOILED, raw("branch", b"[" + b"9" * 5000 + b"]\n")),
    ("2^31 as a number", SPOILED, value("fact", "count", 2**31)),
    ("2^15 as a small number", SPOILED, value("mark", "grade", 2**15)),
    ("a fraction as a number", SPOILED, value("fact", "count", 1.5)),
    ("no number as a number", SPOILED, value("fact", "count", float("nan"))),
    ("endless as a number", SPOILED, value("fact", "count", float("inf"))),
    ("true as a number", SPOILED, value("fact", "count", True)),
    ("a word as a number", SPOILED, value("fact", "count", "5")),
    ("a number as a truth", SPOILED, value("committee", "demo", 1)),
    ("a number as a text", SPOILED, value("branch", "name", 5)),
    ("a list as a text", SPOILED, value("branch", "name", [["x"]])),
    ("an object as a text", SPOILED, value("branch", "name", {"a": 1})),
    ("a text that is too long", SPOILED, value("branch", "name", "长" * 81)),
    ("a text with a zero byte", SPOILED, value("branch", "name", "a\0b")),
    ("a text with half a character", SPOILED, value("branch", "name", "\ud800")),
    ("nothing where something must be", SPOILED, value("branch", "name", None)),
    ("a number for no row", SPOILED, value("branch", "id", None)),
    ("a time without a zone", SPOILED, value("person", "joined_at", "2026-09-01T00:00:00")),
    ("a time before all times", SPOILED, value("person", "joined_at", "0001-01-01T00:00:00+14:00")),
    ("a day that is a time", SPOILED, value("term", "starts", "2026-09-01T00:00:00+00:00")),
    ("a day that is none", SPOILED, value("term", "starts", "2026-02-30")),
    ("a term that ends before it begins", SPOILED, value("term", "ends", "1999-01-01")),
    (
        "a file of the host as evidence",
        SPOILED,
        value("evidence", "sha256", "../../../../../../../../etc/passwd"),
    ),
    ("a digest in capitals", SPOILED, value("evidence", "sha256", "A" * 64)),
    ("a digest and a line end", SPOILED, value("evidence", "sha256", "a" * 63 + "\n")),
    ("a row of a person who is none", SPOILED, value("evidence", "person_id", 10**6)),
    ("a day long ago", "term 表第", value("term", "opens", "1999-12-31")),
    ("a day in a far future", "term 表第", value("term", "closes", "2101-01-01")),
    ("a time at the end of all", "person 表第", value("person", "joined_at", "9999-12-31T23:59:59+00:00")),
]


@pytest.mark.parametrize(
    "part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, PARTS))]
)
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(
    desk: World, blank: Database, part: int
) -> None:
    path, folder = saved(desk), desk.folder / "restored"
    good = unpacked(path)
    bad = desk.folder / "bad.zip"
    outside = set(desk.folder.parent.iterdir())
    for what, words, spoil in SPOILS[part::PARTS] if blank.sqlite else SPOILS[part : part + 1]:
        members = dict(good)
        spoil(members)
        pack(bad, members)
        try:
            backups.restore(blank, folder, bad, quiet)
            said = "restored"
        except Refused as refused:
            said = str(refused)
        assert words in said, what
        assert tables(blank) == [], what
        assert not written(folder), what
        assert set(desk.folder.parent.iterdir()) == outside, what


NO_VALUES: list[tuple[str, str, object]] = [
    ("seat", "role", -1),
    ("seat", "role", 6),
    ("invitation", "role", 0),
    ("sheet", "rater", 2),
    ("evidence", "rater", -1),
    ("evidence", "item", -1),
    ("mark", "item", 0),
    ("evidence", "mime", "image/png\r\nX: y"),
    ("evidence", "mime", ""),
    ("mark", "grade", 3),
    ("history", "before", "["),
    ("history", "after", "5"),
    ("history", "after", "[" * 100_000),
    ("history", "after", '{"grade": 3, "points": "1", "reason": ""}'),
    ("history", "after", '{"grade": 1, "points": "x", "reason": ""}'),
    ("history", "after", '{"grade": 1, "points": null, "reason": ""}'),
    ("history", "before", '{"grade": 1, "points": "NaN", "reason": ""}'),
    ("history", "before", '{"grade": [], "points": "1", "reason": ""}'),
    ("history", "before", '{"grade": 1, "points": "1"}'),
    ("mark", "hundredths", -1),
    ("mark", "hundredths", 10001),
    ("mark", "grade", 1),  # without its points
    ("assignment", "branches", "1,,2"),
    ("exchange", "order", "2,,1"),
    ("exchange", "year", 1999),
    ("web_line", "body", ""),
    ("web_line", "body", "[]"),
    ("web_line", "body", '["title", []]'),
    ("web_line", "body", '["title", ["a", 5]]'),
    ("saying", "places", ""),
    ("saying", "places", '[["only one"]]'),
    ("saying", "files", '[["a", "b"]]'),
    ("address", "seen", "{}"),
    ("address", "seen", "[5]"),
    ("address", "shown", '{"a": 5}'),
    ("address", "album", "[5]"),
    ("notice", "state", "nosuch"),
    ("preference", "minute", 24 * 60),
    ("invitation", "expires_at", "9999-12-31T23:59:59+00:00"),
    ("heartbeat", "at", "1969-12-31T23:59:59+00:00"),
    ("snooze", "until", "2101-01-01"),
]


@pytest.mark.parametrize(("table", "column", "wrong"), NO_VALUES)
def test_a_value_that_its_column_never_holds_is_refused_with_its_place(
    tmp_path: Path, table: str, column: str, wrong: object
) -> None:
    path = tmp_path / "one.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"tables/{table}.jsonl", f"{json.dumps([column])}\n{json.dumps([wrong])}\n")
    with zipfile.ZipFile(path) as archive, pytest.raises(ValueError, match=f"{table} 表第 2 行的 {column} "):
        list(backups._batches(archive, METADATA.tables[table], cut=False))


@pytest.mark.slow
def test_a_value_that_does_not_fit_is_named_in_one_sentence(desk: World, tmp_path: Path) -> None:
    members = unpacked(saved(desk))
    value("committee", "name", 5)(members)
    blank = Database(f"sqlite:///{tmp_path / 'blank.db'}")
    with pytest.raises(Refused) as refused:
        backups.restore(blank, tmp_path / "restored", pack(tmp_path / "bad.zip", members), quiet)
    assert str(refused.value) == (
        "bad.zip 不是完整的备份文件，没有恢复：committee 表第 2 行的 name 不是它该有的值。"
    )
    assert tables(blank) == []
    blank.close()


@pytest.mark.slow
@pytest.mark.parametrize("table", ["committee", "term", "sheet"])
@pytest.mark.parametrize("edition", ["nosuch", "../jinsong_2017", ""])
def test_a_backup_under_a_rating_table_that_is_not_here_names_it(
    desk: World, tmp_path: Path, table: str, edition: str
) -> None:
    members = unpacked(saved(desk))
    value(table, "edition", edition)(members)
    blank = Database(f"sqlite:///{tmp_path / 'blank.db'}")
    with pytest.raises(Refused) as refused:
        backups.restore(blank, tmp_path / "restored", pack(tmp_path / "whole.zip", members), quiet)
    assert str(refused.value) == (
        f"没有恢复：没有评价表版本「{edition}」，请核对名称，或先把它的文件放进 scoring/editions。"
    )
    assert tables(blank) == []
    blank.close()


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_migrated_database_without_rows_is_restored_into(desk: World, blank: Database) -> None:
    path = saved(desk)
    schema.migrate(blank)
    assert backups.restore(blank, desk.folder / "restored", path, quiet)
    assert everything(blank) == everything(desk.database)


@pytest.mark.slow
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


@pytest.mark.slow
def test_evidence_on_disk_that_is_damaged_is_put_right_by_a_restore(desk: World, tmp_path: Path) -> None:
    path = saved(desk)
    damaged = desk.evidence.path(Evidence.digest(PNG))
    damaged.write_bytes(b"damaged")
    with closing(Database(f"sqlite:///{tmp_path / 'blank.db'}")) as blank:
        assert backups.restore(blank, desk.evidence.folder, path, quiet).missing == ()
    assert damaged.read_bytes() == PNG


def test_a_backup_says_which_schema_its_rows_are_of(desk: World) -> None:
    with zipfile.ZipFile(saved(desk)) as archive:
        said = json.loads(archive.read("manifest.json"))
    assert said["format"] == backups.FORMAT
    assert schema.known(said["schema"])


# --- what is not there -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_evidence_that_is_gone_is_named_noted_and_restored_without(desk: World, tmp_path: Path) -> None:
    blank = Database(f"sqlite:///{tmp_path / 'blank.db'}")
    attach(desk, picture(2))
    attach(desk, picture(3))
    for data in (picture(2), picture(3)):
        desk.evidence.path(Evidence.digest(data)).write_bytes(b"no longer what it was")
    desk.evidence.path(Evidence.digest(picture(2))).unlink()
    words = ("a.png（常营主校区党支部 第 1 项）",) * 2
    path = saved(desk)
    with zipfile.ZipFile(path) as archive:
        said = json.loads(archive.read("manifest.json"))
    assert said["missing"] == sorted(Evidence.digest(picture(n)) for n in (2, 3))
    assert backups.missing(desk.database, desk.evidence.folder) == 1  # what is in the files is not looked at
    restored = backups.restore(blank, desk.folder / "restored", path, quiet)
    assert restored == Account(said["rows"], words)
    assert [Path(name).name for name in written(desk.folder / "restored")] == [Evidence.digest(PNG)]
    assert everything(blank) == everything(desk.database)
    blank.close()


def old(path: Path, members: Members) -> Path:
    """A backup as version 0.1 wrote it before it knew of missing files, with what SQLite took for a name."""
    for name, column in (
        ("branch", "closed_at"),
        ("committee", "openness"),
        ("committee", "calendar_id"),
        ("invitation", "ended_at"),
        ("invitation", "person_id"),
        ("draft", "shown"),
        ("saying", "files"),
        ("address", "shown"),
        ("occurrence", "waiting"),
        ("occurrence", "answered_at"),
        ("occurrence", "told_on"),
        ("preference", "in_words"),
        ("feedback", "answer"),
        ("feedback", "answered_by"),
        ("feedback", "answered_at"),
        ("person", "deleted_at"),
    ):
        table = [json.loads(line) for line in text(members, f"tables/{name}.jsonl").splitlines()]
        at = table[0].index(column)
        for row in table:
            del row[at]
        members[f"tables/{name}.jsonl"] = b"".join(json.dumps(row).encode() + b"\n" for row in table)
    value("person", "name", "名" * 145)(members)
    said = json.loads(text(members, "manifest.json"))
    rows = said["rows"]
    for unknown in (
        "reported",
        "entry",
        "mail_code",
        "task_file",
        "returned",
        "objection",
        "amendment",
        "group_chat",
        "rectification",
        "measure",
        "measure_file",
        "lease",
        "job_run",
        "roll",
        "exchange",
        "edition",
        "review",
        "voter",
        "ballot",
        "ballot_opinion",
        "paper_ballots",
        "expert_opinion",
        "award",
    ):
        rows -= len(text(members, f"tables/{unknown}.jsonl").splitlines()) - 1
        del members[f"tables/{unknown}.jsonl"]
    members["manifest.json"] = json.dumps({"format": 1, "schema": "0007", "rows": rows}).encode()
    return pack(path, members)


@pytest.mark.slow
def test_an_old_backup_is_restored_and_what_is_not_in_it_is_named(desk: World, blank: Database) -> None:
    members = unpacked(saved(desk))
    without_evidence(members)
    path = old(desk.folder / "old.zip", members)
    restored = backups.restore(blank, desk.folder / "restored", path, quiet)
    assert restored.missing == ("a.png（常营主校区党支部 第 1 项）",)
    assert schema.differences(blank) == []
    found = everything(blank)
    assert found["person"][-1].name == "名" * 40
    assert len(found["committee"][0].calendar_id) == 16
    again = backups.backup(blank, desk.folder / "restored", desk.folder / "new.zip", quiet)
    assert again.missing == restored.missing
    added = len(found["reported"]) + len(found["fact"]) - len(everything(desk.database)["fact"])
    added += len(found["roll"])  # which branches its terms rate
    assert again.rows == restored.rows + added, "what the answers say is told apart"


def test_a_row_cannot_have_a_file_of_the_host_served(desk: World) -> None:
    attach(desk, PNG)
    secret = desk.folder / "secret.key"
    secret.write_text("hunter22")
    for name in ("../../secret.key", str(secret), "..", "", "A" * 64, "a" * 63 + "\n"):
        with pytest.raises(FileNotFoundError):
            desk.evidence.path(name)
    with desk.database.write() as session:
        session.connection().exec_driver_sql("UPDATE evidence SET sha256 = '../../secret.key'")
    assert backups.backup(desk.database, desk.evidence.folder, desk.folder / "b.zip", quiet).missing
    assert b"hunter22" not in (desk.folder / "b.zip").read_bytes()


# --- where a backup may lie --------------------------------------------------------------------------------------


def test_a_backup_takes_the_place_of_an_earlier_one_only(desk: World) -> None:
    path = saved(desk)
    first = path.read_bytes()
    attach(desk, picture(2))
    assert saved(desk) == path
    assert path.read_bytes() != first
    old(path, unpacked(path))
    saved(desk)
    newer = dict(unpacked(path))
    manifest(format=3)(newer)
    for data in (b"", b"mine", path.read_bytes()[:-1], zipped("manifest.json", b"{}"), zipped("a", b"b")):
        path.write_bytes(data)
        with pytest.raises(Refused, match="已经存在，而且不是备份文件"):
            backups.backup(desk.database, desk.evidence.folder, path, quiet)
        assert path.read_bytes() == data
    pack(path, newer)
    with pytest.raises(Refused, match="更新的版本"):
        backups.backup(desk.database, desk.evidence.folder, path, quiet)
    assert not list(desk.folder.glob("*.partial"))


def zipped(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, data)
    return file.getvalue()


def test_a_backup_follows_no_link_and_is_written_into_nothing_but_a_file(desk: World) -> None:
    good, link, pipe = saved(desk), desk.folder / "link.zip", desk.folder / "pipe.zip"
    before = good.read_bytes()
    os.mkfifo(pipe)
    for leads_to in (good, desk.folder / "nowhere"):
        link.symlink_to(leads_to)
        with pytest.raises(Refused, match="是一个链接"):
            backups.backup(desk.database, desk.evidence.folder, link, quiet)
        link.unlink()
    for target, words in (
        (desk.folder, "是一个文件夹"),
        (Path("/dev/null"), "不是普通的文件"),
        (pipe, "不是普通的文件"),
    ):
        with pytest.raises(Refused, match=words):
            backups.backup(desk.database, desk.evidence.folder, target, quiet)
    with pytest.raises(Refused, match="读不了文件"):
        backups.restore(desk.database, desk.evidence.folder, pipe, quiet)
    assert good.read_bytes() == before
    assert not (desk.folder / "nowhere").exists()


def test_a_link_that_waits_under_the_name_of_half_a_backup_is_not_followed(desk: World) -> None:
    mine = desk.folder / "mine"
    mine.write_text("mine")
    for name in ("backup.zip.partial", "backup.zip"):
        (desk.folder / name).unlink(missing_ok=True)
    (desk.folder / "backup.zip.partial").symlink_to(mine)

    def put_a_link(done: int, of: int) -> None:
        if done == 1:
            (desk.folder / "backup.zip").symlink_to(mine)

    backups.backup(desk.database, desk.evidence.folder, desk.folder / "backup.zip", put_a_link)
    assert mine.read_text() == "mine"
    assert not (desk.folder / "backup.zip").is_symlink()


# --- what is made to harm ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_members_of_one_name_are_refused(desk: World, tmp_path: Path) -> None:
    blank = Database(f"sqlite:///{tmp_path / 'blank.db'}")
    good = unpacked(saved(desk))
    for name in ("manifest.json", "tables/mark.jsonl", f"evidence/{Evidence.digest(PNG)}"):
        bad = pack(desk.folder / "bad.zip", good, (name, text(good, name)))
        with pytest.raises(Refused, match=SPOILED):
            backups.restore(blank, desk.folder / "restored", bad, quiet)
    blank.close()


@pytest.mark.parametrize("line", [b"[" + b" " * 1023, b"\n" * 1024], ids=["one line", "empty lines"])
@pytest.mark.slow
def test_a_zip_bomb_is_refused_with_little_memory(tmp_path: Path, line: bytes) -> None:
    target = Database(f"sqlite:///{tmp_path / 'target.db'}")
    bomb = tmp_path / "bomb.zip"
    backups.backup(migrated(tmp_path), tmp_path, bomb, quiet)
    members = unpacked(bomb)
    members["tables/committee.jsonl"] = line * (48 * 1024)  # 48 MB
    pack(bomb, members)
    assert bomb.stat().st_size < 1024**2
    tracemalloc.start()
    with pytest.raises(Refused, match=SPOILED):
        backups.restore(target, tmp_path / "restored", bomb, quiet)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 24 * 1024**2
    target.close()


@pytest.mark.slow
def test_a_file_that_is_longer_than_the_backup_says_is_refused_with_little_memory(
    desk: World, blank: Database, tmp_path: Path
) -> None:
    attach(desk, PNG)
    bomb = saved(desk)
    name = f"evidence/{Evidence.digest(PNG)}"
    members = unpacked(bomb)
    members[name] = bytes(256 * 1024**2)
    pack(bomb, members)
    packed = bytearray(bomb.read_bytes())
    entry = packed.index(b"PK\1\2", packed.rindex(name.encode()) - 46)
    packed[entry + 24 : entry + 28] = (100).to_bytes(4, "little")  # its length, in the directory
    bomb.write_bytes(packed)
    del members
    with zipfile.ZipFile(bomb) as archive:
        assert archive.getinfo(name).file_size == 100
    tracemalloc.start()
    with pytest.raises(Refused, match=SPOILED):
        backups.restore(blank, tmp_path / "restored", bomb, quiet)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 64 * 1024**2


@pytest.mark.slow
def test_more_rows_than_there_can_be_are_refused_before_they_are_read(
    desk: World, blank: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(desk)
    monkeypatch.setattr(backups, "TABLES_LIMIT", 1000)
    with pytest.raises(Refused, match=SPOILED):
        backups.restore(blank, desk.folder / "restored", path, quiet)


@pytest.mark.slow
def test_a_disk_without_room_for_the_evidence_is_named_before_anything_is_written(
    desk: World, blank: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(desk)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=len(PNG) - 1))
    with pytest.raises(Refused, match="磁盘空间不够：依据材料需要 1 MB"):
        backups.restore(blank, desk.folder / "restored", path, quiet)
    assert not (desk.folder / "restored").exists()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=len(PNG)))
    backups.restore(blank, desk.folder / "restored", path, quiet)


@pytest.mark.random
@pytest.mark.slow
def test_bytes_that_are_changed_anywhere_are_refused_or_change_nothing(desk: World, tmp_path: Path) -> None:
    whole, chance = saved(desk).read_bytes(), Random(1)
    before = everything(desk.database)
    bad = tmp_path / "bad.zip"
    for number in range(trials(80)):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 3, 30))):
            at = chance.choice((chance.randrange(len(data)), -chance.randrange(1, 3000)))
            data[at] = chance.randrange(256)
        bad.write_bytes(data[: chance.choice((len(data), len(data), chance.randrange(len(data))))])
        target = Database(f"sqlite:///{tmp_path / f'{number}.db'}")
        try:
            backups.restore(target, tmp_path / "restored", bad, quiet)
        except Refused:
            assert tables(target) == []
        else:
            assert everything(target) == before
        target.close()


def migrated(folder: Path) -> Database:
    """A new database with nothing in it."""
    database = Database(f"sqlite:///{folder / 'migrated.db'}")
    schema.migrate(database)
    database.close()
    return database


@pytest.mark.slow
def test_what_followed_a_publication_is_in_it(world: World, blank: Database) -> None:
    objected(world)
    amended(world)
    path = world.folder / "backup.zip"
    backups.backup(world.database, world.evidence.folder, path, quiet)
    before = everything(world.database)
    assert before["objection"]
    assert before["amendment"]
    backups.restore(blank, world.folder / "restored", path, quiet)
    assert everything(blank) == before
