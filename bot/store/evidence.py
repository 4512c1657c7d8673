"""依据材料: files that stand behind an item, stored under the SHA-256 of what is in them."""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from bot.actions import UPLOAD_LIMIT, Upload
from bot.permissions import Me, Rater
from bot.store import history
from bot.store.database import lock
from bot.store.tables import BranchRow, EvidenceRow, PersonRow
from bot.values import Branch, File, Term
from scoring.rubric import Refused

# What a file begins with, by what it says it is (https://en.wikipedia.org/wiki/List_of_file_signatures).
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "webp": ("image/webp", (b"RIFF",)),
    "pdf": ("application/pdf", (b"%PDF-",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (_ZIP,)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (_ZIP,)),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", (_ZIP,)),
    "doc": ("application/msword", (_OLE,)),
    "xls": ("application/vnd.ms-excel", (_OLE,)),
    "ppt": ("application/vnd.ms-powerpoint", (_OLE,)),
}
ACCEPTED = "照片（JPG、PNG）、PDF、Word、Excel、PPT"
TOO_LARGE = f"文件太大，请不要超过 {UPLOAD_LIMIT // 1024 // 1024} MB。可以压缩或拍照后再发。"
FILES_PER_ITEM = 20


class Evidence:
    """The folder of evidence files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def attach(
        self, session: Session, *, me: Me, branch: Branch, term: Term, rater: Rater, item: int, upload: Upload
    ) -> bool:
        """Check a file, store it, and attach it to an item; False if it is attached there already. Raises Refused."""
        mime = _checked(upload)
        lock(session, BranchRow, branch.id)
        digest = self.digest(upload.data)
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
        self.keep(upload.data)
        row = EvidenceRow(
            branch_id=branch.id,
            term_id=term.id,
            item=item,
            rater=int(rater),
            name=_clean_name(upload.name),
            mime=mime,
            size=len(upload.data),
            sha256=digest,
            person_id=me.person_id,
            at=me.now,
        )
        session.add(row)
        session.flush()
        _note(session, me, branch, row, {"name": row.name, "sha256": digest})
        return True

    def data(self, file: File) -> bytes:
        """What is in a file. Raises Refused when it is no longer on disk."""
        try:
            return self.path(file.sha256).read_bytes()
        except FileNotFoundError:
            raise Refused("这份材料的文件找不到了。请联系管理员，或重新上传。") from None

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


def remove(session: Session, *, me: Me, branch: Branch, file: File) -> None:
    """Take a file off its item. What is in it stays on disk: other items or a backup may need it."""
    row = session.get_one(EvidenceRow, file.id)
    row.removed_at = me.now
    _note(session, me, branch, row, None)


def _checked(upload: Upload) -> str:
    if not upload.data:
        raise Refused("文件是空的，请重新选择。")
    if len(upload.data) > UPLOAD_LIMIT:
        raise Refused(TOO_LARGE)
    ending = upload.name.rsplit(".", 1)[-1].lower() if "." in upload.name else ""
    if ending not in _KINDS:
        raise Refused(f"这种文件暂不能作依据。请发{ACCEPTED}。")
    mime, signatures = _KINDS[ending]
    if not upload.data.startswith(signatures) or (mime == "image/webp" and upload.data[8:12] != b"WEBP"):
        raise Refused(f"文件内容与名称（.{ending}）不符，可能已损坏。请重新导出或拍照后再发。")
    return mime


def _clean_name(name: str) -> str:
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem, _, ending = "".join(c for c in bare if c.isprintable()).rpartition(".")
    return f"{stem.strip(' .')[:80] or '材料'}.{ending}"


def _note(
    session: Session, me: Me, branch: Branch, row: EvidenceRow, after: dict[str, object] | None
) -> None:
    history.add(
        session,
        me=me,
        committee_id=branch.committee_id,
        branch_id=branch.id,
        subject="evidence",
        subject_id=row.id or 0,
        item=row.item,
        before=None if after else {"name": row.name, "sha256": row.sha256},
        after=after,
    )
