"""依据材料: files that stand behind an item, stored under the SHA-256 of what is in them."""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from bot import files
from bot.actions import Upload
from bot.permissions import Me, Rater, shown_to_branch
from bot.store import history
from bot.store.database import lock
from bot.store.tables import BRANCH, EvidenceRow, PersonRow
from bot.values import Branch, File, Term
from scoring.refusal import Refused

FILES_PER_ITEM = 20


class Evidence:
    """The folder of evidence files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def attach(
        self, session: Session, *, me: Me, branch: Branch, term: Term, rater: Rater, item: int, upload: Upload
    ) -> bool:
        """Check a file, store it, and attach it to an item; False if it is attached there already. Raises Refused."""
        name, mime, data = files.take(upload.name, upload.data)
        lock(session, BRANCH, branch.id)
        digest = self.digest(data)
        present = session.exec(
            select(EvidenceRow.sha256).where(
                EvidenceRow.branch_id == branch.id,
                EvidenceRow.term_id == term.id,
                EvidenceRow.item == item,
                EvidenceRow.rater == int(rater),
                col(EvidenceRow.removed_at).is_(None),
            )
        ).all()
        if digest in present:
            return False
        if len(present) >= FILES_PER_ITEM:
            raise Refused(f"每项最多 {FILES_PER_ITEM} 份材料。请先移除不需要的，再发新的。")
        assert me.person_id is not None
        self.keep(data)
        row = EvidenceRow(
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
        session.add(row)
        session.flush()
        _note(session, me, branch, term, row, {"name": row.name, "sha256": digest})
        return True

    def where(self, file: File) -> Path:
        """Where a file lies. Raises Refused when it is no longer there."""
        path = self.path(file.sha256)
        if not path.is_file():
            raise Refused("这份材料的文件找不到了。请联系管理员，或重新上传。")
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
        """Put these bytes in their place; the path, unless they were there already."""
        path = self.path(self.digest(data))
        if path.exists():
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


_LISTED = select(EvidenceRow, PersonRow.name).join(PersonRow, col(PersonRow.id) == EvidenceRow.person_id)


def _of(branch_id: int, term_id: int, rater: Rater) -> tuple[Any, ...]:
    """Which files belong to a sheet: the committee has the branch's beside its own, a branch only its own."""
    return (
        EvidenceRow.branch_id == branch_id,
        EvidenceRow.term_id == term_id,
        EvidenceRow.rater <= int(rater),
        col(EvidenceRow.removed_at).is_(None),
    )


def files_of(
    session: Session, *, branch_id: int, term_id: int, item: int, rater: Rater = Rater.COMMITTEE
) -> tuple[File, ...]:
    """The files attached to an item, oldest first; a branch does not see the committee's."""
    here = (*_of(branch_id, term_id, rater), EvidenceRow.item == item)
    rows = session.exec(_LISTED.where(*here).order_by(col(EvidenceRow.id))).all()
    return tuple(_file(row, by) for row, by in rows)


def file_of(session: Session, *, branch_id: int, term_id: int, evidence_id: int, rater: Rater) -> File:
    """One attached file of a branch and term, if `files_of` lists it for this rater. Raises Refused."""
    found = session.exec(
        _LISTED.where(*_of(branch_id, term_id, rater), EvidenceRow.id == evidence_id)
    ).first()
    if found is None:
        raise Refused("这份材料已被移除。")
    return _file(*found)


def _file(r: EvidenceRow, by: str) -> File:
    return File(r.id or 0, r.item, r.name, r.mime, r.size, by, r.at, r.sha256, Rater(r.rater))


def remove(session: Session, *, me: Me, branch: Branch, term: Term, file: File) -> None:
    """Take a file off its item. What is in it stays on disk: other items or a backup may need it."""
    row = session.get_one(EvidenceRow, file.id)
    row.removed_at = me.now
    _note(session, me, branch, term, row, None)


def _note(
    session: Session, me: Me, branch: Branch, term: Term, row: EvidenceRow, after: dict[str, object] | None
) -> None:
    history.add(
        session,
        me=me,
        committee_id=branch.committee_id,
        branch_id=branch.id,
        subject="evidence",
        subject_id=row.id or 0,
        item=row.item,
        hidden=not shown_to_branch(Rater(row.rater), term.published),
        before=None if after else {"name": row.name, "sha256": row.sha256},
        after=after,
    )
