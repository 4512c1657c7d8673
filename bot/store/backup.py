"""A backup: one zip file with every row, as lines of JSON, and every evidence file that a row names.

It is read in one consistent view while the bot goes on running, and can be restored into either kind of database, by
this version of the program or a later one: the rows go into the tables as they were, which are then migrated.
"""

import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

import bot.store.tables  # noqa: F401  registers the tables
from bot.actions import UPLOAD_LIMIT
from bot.store import schema
from bot.store.database import Database
from bot.store.evidence import Evidence
from scoring.rubric import Refused

FORMAT = 1
Progress = Callable[[int, int], None]
"""Called with how much of how much is done."""

_NEWER = "这份备份来自更新的版本，请先升级程序。"
_SPOILED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    sa.exc.StatementError,
)
"""What reading a file that is no whole backup may raise."""


def backup(database: Database, evidence: Path, target: Path, progress: Progress) -> int:
    """Write a backup; returns the number of rows. A crash leaves no half backup under the target's name."""
    folder, tables, rows = Evidence(evidence), SQLModel.metadata.sorted_tables, 0
    with _new(target) as archive:
        with database.snapshot() as connection:
            revision = schema.revision_of(connection)
            named = SQLModel.metadata.tables["evidence"].c.sha256
            paths = map(folder.path, connection.scalars(sa.select(named).distinct().order_by(named)))
            files = [path for path in paths if path.exists()]
            steps = len(tables) + len(files)
            for done, table in enumerate(tables, start=1):
                with archive.open(f"tables/{table.name}.jsonl", "w") as out:
                    out.write(_line([column.name for column in table.columns]))
                    for row in connection.execution_options(yield_per=1000).execute(sa.select(table)):
                        out.write(_line(list(row)))
                        rows += 1
                progress(done, steps)
        for done, path in enumerate(files, start=len(tables) + 1):
            archive.write(path, f"evidence/{path.name}")
            progress(done, steps)
        archive.writestr("manifest.json", json.dumps({"format": FORMAT, "schema": revision, "rows": rows}))
    return rows


@contextmanager
def _new(target: Path) -> Iterator[zipfile.ZipFile]:
    """A zip file that gets its name when it is complete. Its owner alone may read it: it holds everything."""
    partial = target.with_name(target.name + ".partial")
    try:
        with open(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                yield archive
            out.flush()
            os.fsync(out.fileno())
        os.replace(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def restore(database: Database, evidence: Path, source: Path, progress: Progress) -> int:
    """Fill an empty database from a backup; returns the number of rows. Raises Refused and then changes nothing."""
    kept: list[Path] = []
    try:
        with zipfile.ZipFile(source) as archive, database.alone() as session:
            return _fill(session.connection(), Evidence(evidence), archive, kept, progress)
    except BaseException as wrong:
        for path in kept:
            path.unlink(missing_ok=True)
        if isinstance(wrong, FileNotFoundError | IsADirectoryError):
            raise Refused(f"读不了文件 {source.name}。") from None
        if isinstance(wrong, _SPOILED) and not isinstance(wrong, sa.exc.OperationalError):
            raise Refused(f"{source.name} 不是完整的备份文件，没有恢复。") from None
        raise


def _fill(
    connection: sa.Connection,
    folder: Evidence,
    archive: zipfile.ZipFile,
    kept: list[Path],
    progress: Progress,
) -> int:
    manifest = json.loads(archive.read("manifest.json"))
    if manifest["format"] > FORMAT or not schema.known(manifest["schema"]):
        raise Refused(_NEWER)
    files = [info for info in archive.infolist() if info.filename.startswith("evidence/")]
    if not all(map(_is_evidence, files)):
        raise ValueError("no evidence file")
    _clear(connection)
    schema.upgrade(connection, manifest["schema"])
    tables = [table for table in _present(connection) if table.name != "alembic_version"]
    rows, steps = 0, len(tables) + len(files)
    for done, table in enumerate(tables, start=1):
        for batch in _batches(archive, table):
            connection.execute(sa.insert(table), batch)
            rows += len(batch)
        _continue_numbers(connection, table)
        progress(done, steps)
    if rows != manifest["rows"]:
        raise ValueError("rows are missing")
    schema.upgrade(connection)
    for done, info in enumerate(files, start=len(tables) + 1):
        path = folder.keep(_whole(archive, info))
        if path is not None:
            kept.append(path)
        progress(done, steps)
    return rows


def _present(connection: sa.Connection) -> list[sa.Table]:
    """The tables as the database has them, those first that others point to."""
    found = sa.MetaData()
    found.reflect(connection, only=lambda name, _: name in (*SQLModel.metadata.tables, "alembic_version"))
    return found.sorted_tables


def _clear(connection: sa.Connection) -> None:
    """Take the empty tables away, to be made again as they were when the backup was written. Raises Refused."""
    tables = _present(connection)
    for table in tables:
        if table.name != "alembic_version" and connection.execute(sa.select(table).limit(1)).first():
            raise Refused("数据库里已有数据。请换一个空的数据库再恢复。")
    for table in reversed(tables):
        table.drop(connection)


def _is_evidence(info: zipfile.ZipInfo) -> bool:
    """Whether a name and a size are those of an evidence file: no other name leads anywhere."""
    return bool(re.fullmatch(r"evidence/[0-9a-f]{64}", info.filename)) and info.file_size <= UPLOAD_LIMIT


def _whole(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """An evidence file, whose name is the SHA-256 of what is in it."""
    data = archive.read(info)
    if Evidence.digest(data) != info.filename.removeprefix("evidence/"):
        raise ValueError("a changed evidence file")
    return data


def _batches(archive: zipfile.ZipFile, table: sa.Table, size: int = 500) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    with archive.open(f"tables/{table.name}.jsonl") as lines:
        columns = [table.columns[name] for name in json.loads(next(lines))]
        for line in lines:
            pairs = zip(columns, json.loads(line), strict=True)
            batch.append({column.name: _typed(column, value) for column, value in pairs})
            if len(batch) == size:
                yield batch
                batch = []
    if batch:
        yield batch


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, default=_plain, ensure_ascii=False).encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value))


def _typed(column: sa.Column[Any], value: Any) -> Any:
    if value is None:
        return None
    kind = column.type.python_type
    return kind.fromisoformat(value) if kind in (datetime, date) else value


def _continue_numbers(connection: sa.Connection, table: sa.Table) -> None:
    """Let PostgreSQL's own numbering go on behind the restored rows."""
    if connection.dialect.name == "sqlite" or "id" not in table.columns:
        return
    highest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    connection.execute(
        sa.select(sa.func.setval(sequence, sa.func.coalesce(highest, 1), highest.is_not(None)))
    )
