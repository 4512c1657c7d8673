"""A backup: one zip file with every row, as lines of JSON, and every evidence file that a row names.

It is read in one consistent view while the bot goes on running, and can be restored into either kind of database, by
this version of the program or a later one: the rows go into the tables as they were, which are then migrated.

Nothing in a file that is restored is trusted (docs/decisions/0023): not its sizes, not its names, not one value.
"""

import errno
import json
import os
import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from bot.actions import UPLOAD_LIMIT
from bot.store import ballots, schema
from bot.store.database import Database
from bot.store.evidence import Evidence
from bot.store.tables import BALLOT, BALLOT_OPINION, BRANCH, EDITION, EVIDENCE, METADATA, REVIEW, VOTER
from jobs.duties.calendar import YEARS
from scoring.refusal import Refused
from scoring.rubric import reading_only

FORMAT = 2
"""1 said nothing of evidence that was missing when the backup was written."""
Progress = Callable[[int, int], None]
"""Called with how much of how much is done."""

MANIFEST = "manifest.json"
MANIFEST_LIMIT = 16 * 1024**2  # bytes: a quarter of a million missing files
LINE_LIMIT = 4 * 1024**2  # bytes of a row; what the web chat takes at once is 64 KB
MOMENTS = range(1970, 2200)  # years: what was written while the clock was wrong must not spoil a backup
TABLES_LIMIT = 2 * 1024**3  # bytes of all rows: thousands of times what a school writes in a year
EDITIONS_LIMIT = 16 * 1024**2  # letters of all editions: a thousand of the school's
BATCH_ROWS, BATCH_BYTES = 500, 1024**2
CUT_UNTIL = "0009"  # the migration that cuts what is too long: before it, SQLite took any length

_SPOILED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    OverflowError,
    RuntimeError,
    NotImplementedError,
    sa.exc.StatementError,
)
"""What reading a file that is no whole backup may raise; besides them EINVAL, for a place before its beginning."""


@dataclass(frozen=True, slots=True)
class Account:
    """What was backed up or restored: the number of rows, and the evidence that rows name but no file holds."""

    rows: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What a backup says of itself; `missing` is None in one that knows nothing of it."""

    schema: str
    rows: int
    missing: frozenset[str] | None


class _MisfitError(ValueError):
    """A value that does not fit its column; it says where it stands."""


def backup(database: Database, evidence: Path, target: Path, progress: Progress) -> Account:
    """Write a backup. A crash leaves no half backup under the target's name.

    Raises Refused for a target that is there and is no backup.
    """
    _check_target(target)
    folder, tables, rows = Evidence(evidence), METADATA.sorted_tables, 0
    with _new(target) as archive:
        with database.snapshot() as connection:
            revision = schema.revision_of(connection)
            named = _named(connection)
            steps = len(tables) + len(named)
            for done, table in enumerate(tables, start=1):
                with archive.open(f"tables/{table.name}.jsonl", "w") as out:
                    out.write(_line([column.name for column in table.columns]))
                    for row in connection.execution_options(yield_per=1000).execute(_kept(table)):
                        out.write(_line(list(row)))
                        rows += 1
                progress(done, steps)
        missing = []
        for done, digest in enumerate(named, start=len(tables) + 1):
            data = _content(folder, digest)
            if data is None:
                missing.append(digest)
            else:
                archive.writestr(f"evidence/{digest}", data)
            progress(done, steps)
        said = {"format": FORMAT, "schema": revision, "rows": rows, "missing": missing}
        archive.writestr(MANIFEST, json.dumps(said))
    return Account(rows, tuple(named[digest] for digest in missing))


def missing(database: Database, evidence: Path) -> int:
    """How many of the evidence files that rows name are not on disk."""
    folder = Evidence(evidence)
    with database.snapshot() as connection:
        return sum(not _is_there(folder, digest) for digest in _named(connection))


def _kept(table: sa.Table) -> sa.Select[Any]:
    """The rows of a table that go into a backup: of a ballot box only what can not be joined with its voters any more.

    Two backups of a box that is open would tell which ballot came with which code, in between (docs/decisions/0072).
    """
    if table is VOTER:
        return sa.select(table).where(sa.false())
    if table in (BALLOT, BALLOT_OPINION):
        closed = sa.select(REVIEW.c.id).where(REVIEW.c.closed_at.is_not(None))
        return sa.select(table).where(table.c.review_id.in_(closed)).order_by(*table.primary_key)
    return sa.select(table)


def _check_target(target: Path) -> None:
    """Raise Refused for what a backup must not take the place of: anything but an earlier backup."""
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        raise Refused(f"{target} 是一个链接，没有写备份。请写明文件真正的位置。")
    if stat.S_ISDIR(mode):
        raise Refused(f"{target} 是一个文件夹。请写明备份文件的名称，例如 {target / 'backup.zip'}。")
    if not stat.S_ISREG(mode):
        raise Refused(f"{target} 不是普通的文件，不能写备份。请换一个文件名。")
    try:
        with zipfile.ZipFile(target) as archive:
            _manifest(archive)
    except Exception as wrong:
        if not _is_spoiled(wrong):
            raise
        raise Refused(f"{target} 已经存在，而且不是备份文件，没有改动。请换一个文件名。") from None


@contextmanager
def _new(target: Path) -> Iterator[zipfile.ZipFile]:
    """A zip file that gets its name when it is complete. Its owner alone may read it: it holds everything.

    Until then its name is one that nobody can foresee: in a folder of many, a link may wait under any other.
    """
    partial = ""
    try:
        number, partial = tempfile.mkstemp(
            prefix=f"{target.name[:40]}.", suffix=".partial", dir=target.parent
        )
        with open(number, "wb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                yield archive
            out.flush()
            os.fsync(out.fileno())
        os.replace(partial, target)
    except BaseException as wrong:
        if partial:
            Path(partial).unlink(missing_ok=True)
        if isinstance(wrong, OSError) and str(wrong.filename or ".partial").endswith(".partial"):
            wrong.filename = str(target)
        raise


def restore(database: Database, evidence: Path, source: Path, progress: Progress) -> Account:
    """Fill an empty database from a backup. Raises Refused and then changes nothing."""
    if not source.is_file():  # a pipe would never end
        raise Refused(f"读不了文件 {source}。")
    kept: list[Path] = []
    try:
        with zipfile.ZipFile(source) as archive, database.alone() as session:
            return _fill(session.connection(), Evidence(evidence), archive, kept, progress)
    except BaseException as wrong:
        for path in kept:
            path.unlink(missing_ok=True)
        if _is_spoiled(wrong):
            where = f"：{wrong}" if isinstance(wrong, _MisfitError) else ""
            raise Refused(f"{source.name} 不是完整的备份文件，没有恢复{where}。") from None
        raise


def _fill(
    connection: sa.Connection,
    folder: Evidence,
    archive: zipfile.ZipFile,
    kept: list[Path],
    progress: Progress,
) -> Account:
    manifest = _manifest(archive)
    _clear(connection)
    schema.upgrade(connection, manifest.schema)
    tables = [table for table in _present(connection) if table.name != "alembic_version"]
    files = _files(archive, tables)
    rows, steps = 0, len(tables) + len(files)
    with reading_only(_editions(archive, tables).get):  # what is restored names these, before they are stored
        for done, table in enumerate(tables, start=1):
            for batch in _batches(archive, table, cut=manifest.schema < CUT_UNTIL):
                connection.execute(sa.insert(table), batch)
                rows += len(batch)
            _continue_numbers(connection, table)
            progress(done, steps)
    if rows != manifest.rows:
        raise ValueError("rows are missing")
    schema.upgrade(connection)
    ballots.void_open(connection)
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise ValueError("a row points nowhere")
    named = _named(connection)
    _check_files(folder, named, files, manifest)
    for done, (digest, info) in enumerate(files.items(), start=len(tables) + 1):
        data = _whole(archive, info, digest)
        if _is_there(folder, digest) and _content(folder, digest) is None:
            folder.path(digest).unlink()  # damaged: it is not what its name says
        path = folder.keep(data)
        if path is not None:
            kept.append(path)
        progress(done, steps)
    return Account(rows, tuple(words for digest, words in named.items() if not _is_there(folder, digest)))


def _editions(archive: zipfile.ZipFile, tables: list[sa.Table]) -> dict[str, str]:
    """The texts of committees' own editions, by key. Raises one of _SPOILED, or Refused."""
    found: dict[str, str] = {}
    for table in tables:
        for batch in _batches(archive, table, cut=False) if table.name == EDITION.name else ():
            found |= {row["key"]: row["text"] for row in batch if row["text"]}
            if sum(map(len, found.values())) > EDITIONS_LIMIT:
                raise ValueError("more editions than there can be")
    return found


def _manifest(archive: zipfile.ZipFile) -> _Manifest:
    """What a backup says of itself. Raises one of _SPOILED, and Refused when it says that it is newer."""
    with archive.open(_sound(archive.getinfo(MANIFEST))) as file:
        data = file.read(MANIFEST_LIMIT + 1)
    if len(data) > MANIFEST_LIMIT:
        raise ValueError("a manifest without end")
    said = json.loads(data)
    form, revision, rows = said["format"], said["schema"], said["rows"]
    if type(form) is not int or form < 1 or type(rows) is not int:
        raise ValueError("no numbers")
    if form > FORMAT or not schema.known(revision):
        raise Refused("这份备份来自更新的版本，请先升级程序。")
    if form == 1:
        return _Manifest(revision, rows, None)
    gone = said["missing"]
    if not isinstance(gone, list) or not all(map(_is_digest, gone)):
        raise ValueError("not the names of files")
    return _Manifest(revision, rows, frozenset(gone))


def _sound(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """A member that can be read piece by piece: other ways of compressing give all they hold at once."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("no compression of ours")
    return info


def _is_spoiled(wrong: BaseException) -> bool:
    """Whether it is the file's fault."""
    if isinstance(wrong, OSError):
        return wrong.errno == errno.EINVAL
    return isinstance(wrong, _SPOILED) and not isinstance(wrong, sa.exc.OperationalError)


def _files(archive: zipfile.ZipFile, tables: list[sa.Table]) -> dict[str, zipfile.ZipInfo]:
    """The evidence files in a backup, by their SHA-256. Raises ValueError for any member that is not of a backup."""
    members = {info.filename: _sound(info) for info in archive.infolist()}
    if len(members) != len(archive.infolist()):
        raise ValueError("two members of one name")
    del members[MANIFEST]
    if sum(members.pop(f"tables/{table.name}.jsonl").file_size for table in tables) > TABLES_LIMIT:
        raise ValueError("more rows than there can be")
    files = {name.removeprefix("evidence/"): info for name, info in members.items()}
    for digest, info in files.items():
        if info.filename != f"evidence/{digest}" or not _is_digest(digest) or info.file_size > UPLOAD_LIMIT:
            raise ValueError("no evidence file")
    return files


def _check_files(
    folder: Evidence, named: dict[str, str], files: dict[str, zipfile.ZipInfo], manifest: _Manifest
) -> None:
    """Compare what rows name with what is there. Raises Refused for what is lost, ValueError for what is no backup."""
    if not all(map(_is_digest, named)) or not set(files) <= set(named):
        raise ValueError("a file that is none")
    if manifest.missing is not None:
        lost = [
            words for digest, words in named.items() if digest not in files and digest not in manifest.missing
        ]
        if lost:
            some = "、".join(lost[:3]) + (" 等" if len(lost) > 3 else "")
            raise Refused(f"备份里缺少 {len(lost)} 份依据材料：{some}。没有恢复，请换一份完整的备份。")
    there = folder.folder
    while not there.exists():
        there = there.parent
    needed = sum(info.file_size for digest, info in files.items() if not _is_there(folder, digest))
    if needed > shutil.disk_usage(there).free:
        raise Refused(f"磁盘空间不够：依据材料需要 {needed // 1024**2 + 1} MB。没有恢复，请腾出空间再试。")


def _named(connection: sa.Connection) -> dict[str, str]:
    """The SHA-256 of each evidence file that a row names, in their order, with words for a person who looks for it."""
    evidence, branch = EVIDENCE.c, BRANCH.c
    rows = connection.execute(
        sa.select(evidence.sha256, evidence.name, branch.name, evidence.item)
        .join_from(EVIDENCE, BRANCH)
        .order_by(evidence.sha256, evidence.id.desc())
    )
    return {
        digest: "".join(filter(str.isprintable, f"{name}（{body} 第 {item} 项）"))
        for digest, name, body, item in rows
    }


def _is_digest(name: object) -> bool:
    """Whether this is a SHA-256 as we write it: no other name leads anywhere."""
    return isinstance(name, str) and re.fullmatch(r"[0-9a-f]{64}", name) is not None


def _content(folder: Evidence, digest: str) -> bytes | None:
    """What is in an evidence file; None when it is not there, or is no longer what it was."""
    with suppress(FileNotFoundError):
        path = folder.path(digest)
        if path.stat().st_size <= UPLOAD_LIMIT and Evidence.digest(data := path.read_bytes()) == digest:
            return data
    return None


def _is_there(folder: Evidence, digest: str) -> bool:
    with suppress(FileNotFoundError):
        return folder.path(digest).is_file()
    return False


def _present(connection: sa.Connection) -> list[sa.Table]:
    """The tables as the database has them, those first that others point to."""
    found = sa.MetaData()
    found.reflect(connection, only=lambda name, _: name in (*METADATA.tables, "alembic_version"))
    return found.sorted_tables


def _clear(connection: sa.Connection) -> None:
    """Take the empty tables away, to be made again as they were when the backup was written. Raises Refused."""
    tables = _present(connection)
    for table in tables:
        if table.name != "alembic_version" and connection.execute(sa.select(table).limit(1)).first():
            raise Refused("数据库里已有数据。请换一个空的数据库再恢复。")
    for table in reversed(tables):
        table.drop(connection)


def _whole(archive: zipfile.ZipFile, info: zipfile.ZipInfo, digest: str) -> bytes:
    """What is in an evidence file of a backup, which is no longer than one may be, whatever the backup says of it."""
    with archive.open(_sound(info)) as file:
        data = file.read(UPLOAD_LIMIT + 1)
    if len(data) > UPLOAD_LIMIT or Evidence.digest(data) != digest:
        raise ValueError("a changed evidence file")
    return data


def _batches(archive: zipfile.ZipFile, table: sa.Table, cut: bool) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table, so many at a time that they fit into memory. Raises one of _SPOILED, or Refused."""
    batch: list[dict[str, Any]] = []
    size = 0
    with archive.open(f"tables/{table.name}.jsonl") as lines:
        names = _values(_next(lines))
        columns = [table.columns[name] for name in names]
        if len(set(names)) != len(names):
            raise ValueError("a column is there twice")
        info = METADATA.tables[table.name].info
        together, fits = info.get("together", ()), info.get("fits")
        number = 1
        while line := _next(lines):
            number += 1
            row: dict[str, Any] = {}
            for column, value in zip(columns, _values(line), strict=True):
                try:
                    row[column.name] = _typed(column, value, cut)
                except (ValueError, OverflowError):
                    raise _MisfitError(
                        f"{table.name} 表第 {number} 行的 {column.name} 不是它该有的值"
                    ) from None
                except Refused as lacking:
                    raise Refused(f"没有恢复：{lacking}") from None
            if len({row.get(name) is None for name in together}) > 1:
                raise _MisfitError(f"{table.name} 表第 {number} 行的 {' 和 '.join(together)} 只有一个")
            try:
                agrees = fits is None or fits(row)
            except Refused as lacking:
                raise Refused(f"没有恢复：{lacking}") from None
            if not agrees:
                raise _MisfitError(f"{table.name} 表第 {number} 行的内容和名称对不上")
            batch.append(row)
            size += len(line)
            if len(batch) == BATCH_ROWS or size > BATCH_BYTES:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def _values(line: bytes) -> list[Any]:
    values = json.loads(line)
    if not isinstance(values, list):
        raise ValueError("no row")
    return values


def _next(lines: IO[bytes]) -> bytes:
    line = lines.readline(LINE_LIMIT + 1)
    if len(line) > LINE_LIMIT:
        raise ValueError("a line without end")
    return line


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, default=_plain, ensure_ascii=False).encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value))


def _typed(column: sa.Column[Any], value: Any, cut: bool) -> Any:
    """A value as its column holds it. Raises ValueError for one that does not fit, SQLite would take anything."""
    typed = _of_type(column, value, cut)
    if isinstance(typed, date) and typed.year not in (MOMENTS if isinstance(typed, datetime) else YEARS):
        raise ValueError(f"no year of {column.name}")
    known = METADATA.tables[column.table.name].columns.get(column.name)
    fits = None if known is None else known.info.get("fits")
    if typed is not None and fits is not None and not fits(typed):
        raise ValueError(f"no value of {column.name}")
    return typed


def _of_type(column: sa.Column[Any], value: Any, cut: bool) -> Any:
    """A value as the type of its column holds it. Raises ValueError and OverflowError for one that is of another."""
    kind = column.type
    match value:
        case None if column.nullable:
            return None
        case bool() if isinstance(kind, sa.Boolean):
            return value
        case int() if isinstance(kind, sa.Integer) and not isinstance(value, bool):
            most = 2 ** (15 if isinstance(kind, sa.SmallInteger) else 31)
            if -most <= value < most:
                return value
        case str() if isinstance(kind, sa.DateTime):
            at = datetime.fromisoformat(value)
            if at.tzinfo is not None:
                return at.astimezone(UTC)
        case str() if isinstance(kind, sa.Date):
            return date.fromisoformat(value)
        case str() if isinstance(kind, sa.String):
            value.encode()  # half a surrogate pair has no bytes
            if "\0" not in value and (cut or kind.length is None or len(value) <= kind.length):
                return value[: kind.length]
    raise ValueError(f"no value of {column.name}")


def _continue_numbers(connection: sa.Connection, table: sa.Table) -> None:
    """Let PostgreSQL's own numbering go on behind the restored rows."""
    if connection.dialect.name == "sqlite" or "id" not in table.columns:
        return
    highest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    connection.execute(
        sa.select(sa.func.setval(sequence, sa.func.coalesce(highest, 1), highest.is_not(None)))
    )
