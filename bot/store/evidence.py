"""依据材料: files that stand behind an item, stored under the SHA-256 of what is in them."""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot import files
from bot.actions import Upload
from bot.permissions import Me, Rater, shown_to_branch
from bot.store import history
from bot.store.database import Session, insert, lock
from bot.store.history import About
from bot.store.tables import BRANCH, EVIDENCE, MEASURE_FILE, PERSON, TASK_FILE
from bot.values import Branch, File, Term
from scoring.refusal import Refused

FILES_PER_ITEM = 20
ASIDE = ".aside"  # how the name of a file ends while it is looked at once more before it goes


class Evidence:
    """The folder of evidence files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def attach(
        self,
        session: Session,
        *,
        me: Me,
        branch: Branch,
        term: Term,
        rater: Rater,
        item: int,
        upload: Upload,
        task: int | None = None,
        measure: int | None = None,
    ) -> bool:
        """Check a file, store it, and attach it to an item; False if it is attached there already. Raises Refused.

        `task`: the occurrence that it answers, too. `measure`: of which it shows how it went; then the item is 0.
        """
        name, mime, data = files.take(upload.name, upload.data)
        lock(session, BRANCH, branch.id)
        digest = self.digest(data)
        asked = {"branch": branch.id, "term": term.id, "item": item, "rater": int(rater)}
        if measure is None:
            present = session.execute(_PRESENT, asked).scalars().all()
        else:
            present = [file.sha256 for file in files_of_measure(session, branch=branch, measure=measure)]
        if digest in present:
            if task is not None:
                there = session.execute(_THERE, {**asked, "digest": digest}).scalar_one()
                _answers(session, branch, task, there)
            return False
        if len(present) >= FILES_PER_ITEM:
            raise Refused(f"每项最多 {FILES_PER_ITEM} 份材料。请先移除不需要的，再发新的。")
        self.keep(data)
        number = insert(
            session,
            EVIDENCE,
            branch_id=branch.id,
            term_id=term.id,
            item=item,
            rater=int(rater),
            name=name,
            mime=mime,
            size=len(data),
            sha256=digest,
            person_id=me.person_id,
            at=me.now,
        )
        about = _about(branch, term, number, item, rater)
        history.add(session, me, about, after={"name": name, "sha256": digest})
        if task is not None:
            _answers(session, branch, task, number)
        if measure is not None:
            session.execute(
                sa.insert(MEASURE_FILE).values(measure_id=measure, branch_id=branch.id, evidence_id=number)
            )
        return True

    def where(self, file: File) -> Path:
        """Where a file lies. Raises Refused when it is no longer there."""
        path = self.path(file.sha256)
        if not path.is_file():
            raise Refused("这份材料的文件找不到了。请重新发一次，或请维护人员从备份里恢复。")
        return path

    @staticmethod
    def digest(data: bytes) -> str:
        """The SHA-256 of what is in a file."""
        return hashlib.sha256(data).hexdigest()

    def path(self, digest: str) -> Path:
        """Where the file with this SHA-256 lies. Raises FileNotFoundError for what is none: it would lead anywhere."""
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise FileNotFoundError(digest)
        return self.folder / digest[:2] / digest

    def keep(self, data: bytes) -> Path | None:
        """Put these bytes in their place; the path, unless they were there already. Then they are as new: see sweep."""
        path = self.path(self.digest(data))
        with suppress(FileNotFoundError):
            os.utime(path)
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        number, partial = tempfile.mkstemp(prefix=".", dir=path.parent)
        try:
            with open(number, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.replace(partial, path)  # a crash leaves no half file under a full name
        except BaseException:
            Path(partial).unlink(missing_ok=True)  # a full disk is not made fuller
            raise
        return path

    def sweep(
        self, named: Callable[[], Collection[str]], *, before: datetime, step: Callable[[], None]
    ) -> int:
        """Delete the files put here before a moment that nothing names, and what was cut short; how many.

        `named` is asked once the folder was looked through. A file is put aside first: whoever keeps the same bytes
        from then on finds none and writes them, and whoever did so before has made it new, so that it is put back.
        """
        old = [path for path in self.folder.glob("??/*") if _since(path) < before.timestamp()]
        known, swept = named(), 0
        for path in old:
            step()
            digest = path.name.removeprefix(".").removesuffix(ASIDE)
            if path.name in known:
                continue
            aside = path.with_name(f".{digest}{ASIDE}")
            with suppress(FileNotFoundError):  # somebody else was here
                os.replace(path, aside)
                if digest in known or _since(aside) >= before.timestamp():
                    os.replace(aside, self.path(digest))
                else:
                    aside.unlink()
                    swept += 1
        return swept


def _since(path: Path) -> float:
    """When a file was put in its place, in seconds; one that has just gone is no old one."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return inf


_e = EVIDENCE.c
_HERE = (
    _e.branch_id == sa.bindparam("branch"),
    _e.term_id == sa.bindparam("term"),
    _e.removed_at.is_(None),
)
_PRESENT = sa.select(_e.sha256).where(
    *_HERE, _e.item == sa.bindparam("item"), _e.rater == sa.bindparam("rater")
)
_THERE = sa.select(sa.func.max(_e.id)).where(
    *_HERE,
    _e.item == sa.bindparam("item"),
    _e.rater == sa.bindparam("rater"),
    _e.sha256 == sa.bindparam("digest"),
)
_LISTED = (
    sa.select(_e.id, _e.item, _e.name, _e.mime, _e.size, PERSON.c.name, _e.at, _e.sha256, _e.rater)
    .join(PERSON, PERSON.c.id == _e.person_id)
    .where(*_HERE, _e.rater.in_(sa.bindparam("raters", expanding=True)))
)
_OF_ITEM = _LISTED.where(_e.item == sa.bindparam("item")).order_by(_e.id)
_ONE = _LISTED.where(_e.id == sa.bindparam("number"))


def files_of(
    session: Session, *, branch_id: int, term_id: int, item: int, raters: Collection[Rater]
) -> tuple[File, ...]:
    """The files that these raters attached to an item, oldest first."""
    asked = {"branch": branch_id, "term": term_id, "raters": [int(r) for r in raters], "item": item}
    return tuple(map(_file, session.execute(_OF_ITEM, asked).all()))


def file_of(
    session: Session, *, branch_id: int, term_id: int, evidence_id: int, raters: Collection[Rater]
) -> File:
    """One file of a branch and term that one of these raters attached. Raises Refused."""
    asked = {"branch": branch_id, "term": term_id, "raters": [int(r) for r in raters], "number": evidence_id}
    found = session.execute(_ONE, asked).first()
    if found is None:
        raise Refused("这份材料已被移除。")
    return _file(found)


_FILES = sa.select(_e.id, _e.item, _e.name, _e.mime, _e.size, PERSON.c.name, _e.at, _e.sha256, _e.rater)
_OF_TASK = (
    _FILES.join(PERSON, PERSON.c.id == _e.person_id)
    .join(TASK_FILE, TASK_FILE.c.evidence_id == _e.id)
    .where(TASK_FILE.c.occurrence_id == sa.bindparam("task"), _e.removed_at.is_(None))
    .order_by(_e.id)
)


def files_of_task(session: Session, occurrence_id: int) -> tuple[File, ...]:
    """The files that a given task was answered with, oldest first."""
    return tuple(map(_file, session.execute(_OF_TASK, {"task": occurrence_id}).all()))


_OF_MEASURE = (
    _FILES.join(PERSON, PERSON.c.id == _e.person_id)
    .join(MEASURE_FILE, MEASURE_FILE.c.evidence_id == _e.id)
    .where(
        MEASURE_FILE.c.branch_id == sa.bindparam("branch"),
        MEASURE_FILE.c.measure_id == sa.bindparam("measure"),
        _e.removed_at.is_(None),
    )
    .order_by(_e.id)
)


def files_of_measure(session: Session, *, branch: Branch, measure: int) -> tuple[File, ...]:
    """The files that show how a measure went, oldest first."""
    rows = session.execute(_OF_MEASURE, {"measure": measure, "branch": branch.id}).all()
    return tuple(map(_file, rows))


def _answers(session: Session, branch: Branch, occurrence_id: int, evidence_id: int) -> None:
    """Note that a file answers a task, once."""
    key = {"occurrence_id": occurrence_id, "evidence_id": evidence_id}
    same = (TASK_FILE.c[name] == number for name, number in key.items())
    if session.execute(sa.select(TASK_FILE.c.evidence_id).where(*same)).first() is None:
        session.execute(sa.insert(TASK_FILE).values(**key, branch_id=branch.id))


def _file(row: Sequence[Any]) -> File:
    number, item, name, mime, size, by, at, sha256, rater = row
    return File(number, item, name, mime, size, by, at, sha256, Rater(rater))


def remove(session: Session, *, me: Me, branch: Branch, term: Term, file: File) -> None:
    """Take a file off its item. What is in it stays on disk: other items or a backup may need it."""
    session.execute(sa.update(EVIDENCE).where(_e.id == file.id).values(removed_at=me.now))
    about = _about(branch, term, file.id, file.item, file.rater)
    history.add(session, me, about, before={"name": file.name, "sha256": file.sha256})


def _about(branch: Branch, term: Term, number: int, item: int, rater: Rater) -> About:
    hidden = not shown_to_branch(rater, term.published)
    return About("evidence", number, branch.committee_id, branch.id, item, hidden=hidden)
