"""删除个人资料: nothing is kept of a person who holds no seat, but what they did, without a name.

Their row stays, for results and history point to it. What lets somebody be them or reach them goes, what waits for them
and what they left unfinished; what they are called is taken out of whatever this program wrote, and out of what they
typed themselves. What others typed is theirs.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me, Role
from bot.store import chats, history, invitations, joining, seats
from bot.store.database import Session, lock, shreds, writes
from bot.store.history import About
from bot.store.outbox import POSTING
from bot.store.staffing import NOBODY, of_person
from bot.store.tables import (
    ADDRESS,
    AMENDMENT,
    ASSIGNMENT,
    COMMITTEE,
    DRAFT,
    EDITION,
    EVIDENCE,
    EXCHANGE,
    FEEDBACK,
    HISTORY,
    INVITATION,
    JOB_RUN,
    MAIL_CODE,
    MARK,
    METADATA,
    NOTICE,
    OBJECTION,
    PERSON,
    PREFERENCE,
    RETURNED,
    SAYING,
    SEAT,
    SNOOZE,
    WEB_LINE,
)
from bot.values import FORGOTTEN, Holder
from scoring.refusal import Refused

FILE = "材料"  # what a file is called that somebody sent who is forgotten
STILL_SEATED = "您还有职务。请先在「我的职务」里全部退出，再删除。"
ELSEWHERE = "这位同志在别的党总支还有职务，请那里的管理员先移除，再来删除。"
SENTENCE = 80  # characters of a column in which people type
SHORTEST = 2  # letters of what may stand for a person in a text
_RECKONED = ("grade", "points", "total", "worth")  # what the history is replayed by; nobody typed that
_h = HISTORY.c
_SEATS = (
    sa.select(SEAT.c.id, SEAT.c.committee_id, SEAT.c.branch_id)
    .where(SEAT.c.person_id == sa.bindparam("person"))
    .order_by(SEAT.c.id)
)
_SEATS_TO_WRITE = _SEATS.with_for_update(key_share=True)
_PERSON = sa.select(PERSON.c.name, PERSON.c.deleted_at).where(PERSON.c.id == sa.bindparam("person"))
_LATELY = sa.select(
    sa.exists().where(PERSON.c.deleted_at > sa.bindparam("since", type_=PERSON.c.deleted_at.type))
)


def lately(session: Session, *, since: datetime) -> bool:
    """Whether anybody was forgotten since a moment."""
    return bool(session.execute(_LATELY, {"since": since}).scalar())


def whom(session: Session, *, committee_id: int, person_id: int) -> Holder:
    """Somebody who holds or held a seat in a committee, with all of these. Raises Refused where they must stay."""
    found = of_person(session, committee_id, person_id)
    if any(seat.committee_id != committee_id for seat in seats.held_by(session, person_id)):
        raise Refused(ELSEWHERE)
    return found


def forget(session: Session, *, me: Me, person_id: int, committee_id: int = 0, kept: str = "") -> None:
    """Delete a person's data. Raises Refused for whoever holds a seat, but those of a committee are taken away first.

    Whoever is in the middle of a tap ends it first, as where a seat is removed: seats are what is locked first. Whoever
    is at an address that begins with `kept` stays.
    """
    query = _SEATS_TO_WRITE if writes(session) else _SEATS
    held = session.execute(query, {"person": person_id}).all()
    committees = {row.committee_id for row in held}
    for number in sorted(committees):
        lock(session, COMMITTEE, number)
    lock(session, PERSON, person_id)
    person = session.execute(_PERSON, {"person": person_id}).first()
    if person is None or person.deleted_at is not None:
        raise Refused(NOBODY)
    for seat in seats.held_by(session, person_id):
        if seat.committee_id == committee_id:
            joining.remove(session, me=me, seat=seat)
    _void_codes(session, me, person_id)
    _leave_chats(session, person_id, kept)
    if seats.held_by(session, person_id):  # also one that they took until now
        raise Refused(ELSEWHERE if committee_id else STILL_SEATED)
    _drop(session, person_id)
    waiting = (EDITION.c.committee_id.in_(sorted(committees)), EDITION.c.reason != "")
    session.execute(sa.update(EDITION).where(*waiting).values(reason=""))  # it is not known whose it is
    _unname(session, person_id, str(person.name), committees)
    session.execute(
        sa.update(PERSON).where(PERSON.c.id == person_id).values(name=FORGOTTEN, deleted_at=me.now)
    )
    for number in sorted(committees):
        branches = {row.branch_id for row in held if row.committee_id == number and row.branch_id}
        about = About("person", person_id, number, person=person_id, branches=branches)
        history.add(session, me, about, after={"what": "deleted"})
    shreds(session)


def _void_codes(session: Session, me: Me, person_id: int) -> None:
    """No code lets anybody in by this person any more; of those that were never used up, not even its letters stay."""
    i = INVITATION.c
    theirs = (i.person_id == person_id) | (i.made_by == person_id)
    for made in invitations.open_of(session, me.now, theirs):
        invitations.void(session, me=me, made=made)
    gone = sa.literal("gone ") + sa.cast(i.id, sa.String)
    session.execute(sa.update(INVITATION).where(theirs, i.uses_left > 0).values(code=gone))


def _leave_chats(session: Session, person_id: int, kept: str) -> None:
    """Nothing stays of where somebody is, and of what was said there."""
    a = ADDRESS.c
    theirs = a.person_id == person_id
    there = session.execute(sa.select(a.id, a.channel, a.external).where(theirs).with_for_update()).all()
    if kept and any(row.external.startswith(kept) for row in there):
        raise Refused("演示里的身份一直保留，不能删除。")
    chats.forget_sayings(session, there)
    numbers = [row.id for row in there]
    session.execute(sa.update(NOTICE).where(NOTICE.c.address_id.in_(numbers)).values(address_id=None))
    session.execute(sa.delete(ADDRESS).where(a.id.in_(numbers)))


def _drop(session: Session, person_id: int) -> None:
    """Delete what is somebody's own and nobody's work, and what they left unfinished."""
    for table in (DRAFT, PREFERENCE, SNOOZE, MAIL_CODE):
        session.execute(sa.delete(table).where(table.c.person_id == person_id))
    not_given = (ASSIGNMENT.c.made_by == person_id) & ASSIGNMENT.c.given_at.is_(None)
    asked_by = EXCHANGE.c.assignment_id.in_(sa.select(ASSIGNMENT.c.id).where(not_given))
    session.execute(sa.update(EXCHANGE).where(asked_by).values(assignment_id=None))
    for table, unfinished in (
        (NOTICE, (NOTICE.c.person_id == person_id) & ~NOTICE.c.key.startswith(POSTING)),
        (RETURNED, (RETURNED.c.person_id == person_id) & (RETURNED.c.change_id == 0)),
        (AMENDMENT, (AMENDMENT.c.person_id == person_id) & AMENDMENT.c.decided_at.is_(None)),
        (OBJECTION, (OBJECTION.c.made_by == person_id) & OBJECTION.c.sent_at.is_(None)),
        (ASSIGNMENT, not_given),
        (EDITION, (EDITION.c.made_by == person_id) & EDITION.c.adopted_at.is_(None)),
    ):
        session.execute(sa.delete(table).where(unfinished))
    for table in (OBJECTION, FEEDBACK):
        unsent = (table.c.answered_by == person_id, table.c.answered_at.is_(None))
        session.execute(sa.update(table).where(*unsent).values(answer="", answered_by=None))


# --- names ------------------------------------------------------------------------------------------------------


def _unname(session: Session, person_id: int, name: str, committees: Iterable[int]) -> None:
    """Put a neutral word where a person was named, in what their committees keep."""
    theirs = _h.committee_id.in_(sorted(committees))
    renamed = (theirs, _h.subject == "person", _h.subject_id == person_id)
    names = {name}
    for sides in session.execute(sa.select(_h.before, _h.after).where(*renamed)).all():
        names |= {json.loads(side).get("name", name) for side in sides if side}
    session.execute(sa.update(HISTORY).where(*renamed).values(before="", after=""))
    files = _uncaption(session, person_id, theirs)
    roles = {role.word for role in Role}  # what somebody is called who gave no name: it is nobody's
    known = sorted((one for one in names - roles if len(one) >= SHORTEST), key=len, reverse=True)
    for called in known:
        _forget_lines(session, called, committees)
        _untype(session, person_id, called, theirs)
        _replace(session, FEEDBACK, ("text",), called, FORGOTTEN, FEEDBACK.c.person_id == person_id)
        _replace(session, FEEDBACK, ("answer",), called, FORGOTTEN, FEEDBACK.c.answered_by == person_id)
    for called in (*known, *files):
        neutral = FORGOTTEN if called in names else FILE
        of_theirs = NOTICE.c.committee_id.in_(sorted(committees))
        _replace(session, NOTICE, ("said", "problem"), called, neutral, of_theirs)
        _replace(session, JOB_RUN, ("result", "told"), called, neutral, sa.true())


def _uncaption(session: Session, person_id: int, theirs: sa.ColumnElement[bool]) -> Sequence[str]:
    """What somebody sent is called by no more than its kind; what it was called."""
    e = EVIDENCE.c
    sent = session.execute(sa.select(e.id, e.name).where(e.person_id == person_id)).all()
    for row in sent:
        _, dot, kind = row.name.rpartition(".")
        plain = f"{FILE}{dot}{kind}" if dot and kind.isascii() and kind.isalnum() else FILE
        session.execute(sa.update(EVIDENCE).where(e.id == row.id).values(name=plain))
        said = (theirs, _h.subject == "evidence", _h.subject_id == row.id)
        for change in session.execute(sa.select(_h.id, _h.before, _h.after).where(*said)).all():
            sides = {
                name: json.dumps({**json.loads(side), "name": plain}, ensure_ascii=False)
                for name, side in (("before", change.before), ("after", change.after))
                if side
            }
            session.execute(sa.update(HISTORY).where(_h.id == change.id).values(**sides))
    return sorted({row.name for row in sent}, key=len, reverse=True)


def _forget_lines(session: Session, name: str, committees: Iterable[int]) -> None:
    """What is kept for a while of the chats of a committee's people goes where it names somebody."""
    a, s = ADDRESS.c, SAYING.c
    of_people = sa.select(SEAT.c.person_id).where(SEAT.c.committee_id.in_(sorted(committees)))
    there = a.person_id.in_(of_people)
    pages = sa.select(a.external).where(there, a.channel == "web")
    named = sa.or_(*(WEB_LINE.c.body.contains(form, autoescape=True) for form in _forms(name)))
    session.execute(sa.delete(WEB_LINE).where(WEB_LINE.c.external.in_(pages), named))
    texts = (s.text, s.was, s.places, s.files)
    said = sa.or_(*(text.contains(form, autoescape=True) for text in texts for form in _forms(name)))
    session.execute(sa.delete(SAYING).where(s.address_id.in_(sa.select(a.id).where(there)), said))


def _untype(session: Session, person_id: int, name: str, theirs: sa.ColumnElement[bool]) -> None:
    """Take a name out of what its bearer typed, and out of what the history says of the same thing ever since."""
    typed = sa.or_(*(_h.after.contains(form, autoescape=True) for form in _forms(name)))
    own = sa.select(_h.subject, _h.subject_id, _h.item).where(theirs, _h.person_id == person_id, typed)
    for subject, number, item in session.execute(own.distinct()).all():
        same = (_h.subject == subject, _h.subject_id == number, _h.item.is_not_distinct_from(item))
        _replace(session, HISTORY, ("before", "after"), name, FORGOTTEN, theirs & sa.and_(*same))
        for table, columns, which in _stands(subject, number, item):
            _replace(session, table, columns, name, FORGOTTEN, which)


def _stands(
    subject: str, number: int, item: int | None
) -> Iterator[tuple[sa.Table, Sequence[str], sa.ColumnElement[bool]]]:
    """Where the texts stand that a row of history is about: tables, columns and rows."""
    if subject in ("mark", "note"):
        column = "reason" if subject == "mark" else "note"
        yield MARK, (column,), (MARK.c.sheet_id == number) & (MARK.c.item == item)
        yield DRAFT, ("shown",), (DRAFT.c.sheet_id == number) & (DRAFT.c.item == item)
    if subject in ("mark", "sheet"):
        yield RETURNED, ("reason", "was"), RETURNED.c.sheet_id == number
    table = METADATA.tables.get(subject)
    if table is not None and "id" in table.c and table is not EDITION:  # whose text is a regulation's
        texts = [column for column in table.c if isinstance(column.type, sa.String)]
        typed = [column.name for column in texts if (_length(column) or SENTENCE) >= SENTENCE]
        yield table, typed, table.c.id == number


def _replace(
    session: Session,
    table: sa.Table,
    columns: Sequence[str],
    name: str,
    neutral: str,
    which: sa.ColumnElement[bool],
) -> None:
    """Put a neutral word for a name in texts, also where they are JSON."""
    named = [table.c[column].contains(form, autoescape=True) for column in columns for form in _forms(name)]
    keys = tuple(table.primary_key)
    texts = [table.c[column] for column in columns]
    for row in session.execute(sa.select(*keys, *texts).where(which, sa.or_(*named))).all():
        same = [key == value for key, value in zip(keys, row, strict=False)]
        said = {
            text.name: _without(was, name, neutral)[: _length(text)]
            for text, was in zip(texts, row[len(keys) :], strict=True)
        }
        session.execute(sa.update(table).where(*same).values(said))


def _length(column: sa.ColumnElement[Any]) -> int | None:
    """How many characters a column takes."""
    return column.type.length if isinstance(column.type, sa.String) else None


def _without(text: str, name: str, neutral: str) -> str:
    """A text with a neutral word for a name; of JSON, in what people typed."""
    try:
        said = json.loads(text)
    except ValueError:
        return text.replace(name, neutral)
    if not isinstance(said, dict):
        return text.replace(name, neutral)
    return json.dumps(_cleared(said, name, neutral), ensure_ascii=False)


def _cleared(said: Any, name: str, neutral: str) -> Any:
    if isinstance(said, dict):
        return {key: one if key in _RECKONED else _cleared(one, name, neutral) for key, one in said.items()}
    if isinstance(said, list):
        return [_cleared(one, name, neutral) for one in said]
    return said.replace(name, neutral) if isinstance(said, str) else said


def _forms(text: str) -> tuple[str, str, str]:
    """How a text may be written: as it is, and in either kind of JSON."""
    return text, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]
