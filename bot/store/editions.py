"""评价表版本 that a committee keeps: sent as drafts, looked at, in force from a term on.

Which one a term is rated under stands with the term, and with each sheet that was begun: those keep theirs.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import history, laying_out, roll, terms
from bot.store.database import Session, insert, lock
from bot.store.history import About
from bot.store.tables import COMMITTEE, DRAFT, EDITION, FACT, HISTORY, PERSON, REPORTED, SHEET, TERM
from bot.values import Adopted, Beginning, KeptEdition, Term
from scoring.edition_text import alike
from scoring.refusal import Refused
from scoring.rubric import Edition, FactKind, packaged, read_edition

DRAFTS = 5  # that are kept of a committee; the oldest goes
_e = EDITION.c
_KEPT = sa.select(
    _e.id,
    _e.committee_id,
    _e.key,
    _e.name,
    _e.text,
    _e.reason,
    sa.func.coalesce(PERSON.c.name, ""),
    _e.made_at,
    _e.adopted_at,
).outerjoin(PERSON, PERSON.c.id == _e.made_by)
_OF_COMMITTEE = _KEPT.where(_e.committee_id == sa.bindparam("committee")).order_by(_e.id.desc())
_ONE = _KEPT.where(_e.id == sa.bindparam("edition"))
ALREADY = "已经是这一版"
GONE = "没有找到这份评价表，可能已经撤下。请回首页重新选择。"


def of_committee(session: Session, committee_id: int) -> tuple[KeptEdition, ...]:
    """All that a committee keeps, the newest first."""
    return tuple(
        KeptEdition(*row) for row in session.execute(_OF_COMMITTEE, {"committee": committee_id}).all()
    )


def one(session: Session, number: int, *, to_write: bool = False) -> KeptEdition:
    """One of them by its number. Raises Refused. `to_write`: nobody else changes it until the unit of work ends."""
    if to_write:
        lock(session, EDITION, number)
    row = session.execute(_ONE, {"edition": number}).first()
    if row is None:
        raise Refused(GONE)
    return KeptEdition(*row)


def propose(session: Session, *, me: Me, committee_id: int, table: Edition, text: str) -> int:
    """Keep an edition as a draft, unless it is kept already; its number.

    Those that are in force are kept, too, so that there is a way back to them. Of drafts only the last few are.
    """
    lock(session, COMMITTEE, committee_id)
    kept = of_committee(session, committee_id)
    used = {
        terms.edition_of(session, committee_id),
        *(t.edition for t in terms.terms_of(session, [committee_id])),
    }
    for key in sorted((used - {one.key for one in kept}).intersection(packaged())):
        there = read_edition(key)
        row = {"committee_id": committee_id, "key": key, "name": there.name}
        insert(session, EDITION, **row, made_at=me.now, adopted_at=me.now)
    for known in of_committee(session, committee_id):
        if alike(known.table, table):
            return known.id
    drafts = [one.id for one in kept if one.draft]
    session.execute(sa.delete(EDITION).where(_e.id.in_(drafts[DRAFTS - 1 :])))
    return insert(
        session,
        EDITION,
        committee_id=committee_id,
        key=table.key,
        name=table.name,
        text=text,
        made_by=me.person_id,
        made_at=me.now,
    )


def explain(session: Session, kept: KeptEdition, reason: str) -> None:
    """Why it is to be in force, until it is."""
    session.execute(sa.update(EDITION).where(_e.id == kept.id).values(reason=reason))


def drop(session: Session, kept: KeptEdition) -> None:
    """Forget a draft. Raises Refused for what was in force: sheets may name it."""
    if not kept.draft:
        raise Refused("这份评价表用过，不能删除，测评表要按它显示。")
    session.execute(sa.delete(EDITION).where(_e.id == kept.id, _e.adopted_at.is_(None)))


# --- from when on -------------------------------------------------------------------------------------------------

_TERMS: sa.BindParameter[int] = sa.bindparam("terms", expanding=True)
_STANDS = sa.union(
    sa.select(SHEET.c.term_id, sa.literal("").label("kind")).where(
        SHEET.c.term_id.in_(_TERMS), roll.is_begun(SHEET)
    ),
    *(
        sa.select(table.c.term_id, table.c.kind).where(table.c.term_id.in_(_TERMS))
        for table in (FACT, REPORTED)
    ),
)


def beginnings(
    session: Session, kept: KeptEdition, every: Sequence[Term], today: date, *, to_write: bool = False
) -> tuple[Beginning, ...]:
    """Those of all terms that are not over and from which an edition may be in force, the earliest first, and those to
    come.

    It may where nothing was written under another one, and where the numbers that were reported have a place in it.
    `to_write`: nobody writes anything before the unit of work ends.
    """
    open_terms = [term for term in reversed(every) if term.ends >= today]
    if to_write:
        for number in sorted(term.id for term in open_terms):
            lock(session, TERM, number)
        open_terms = [terms.any_term(session, term.id) for term in open_terms]
    stands: dict[int, set[str]] = {}  # the kinds of numbers, and an empty one where a sheet is begun
    for term_id, kind in session.execute(_STANDS, {"terms": [term.id for term in open_terms]}).all():
        stands.setdefault(term_id, set()).add(kind)
    table = kept.table
    found = [Beginning(term, term.edition, _why(term, stands.get(term.id, ()), table)) for term in open_terms]
    later = terms.edition_of(session, kept.committee_id)
    return (*found, Beginning(None, later, ALREADY if later == table.key else ""))


def _why(term: Term, kinds: Collection[str], table: Edition) -> str:
    """Why another edition cannot be in force in a term, by what stands in it; empty where it can."""
    if term.edition == table.key:
        return ALREADY
    if term.published:
        return "结果已公布"
    if "" in kinds:
        return "测评表里已经填过东西"
    was = term.table.facts
    lost = [
        was[kind].title
        for kind in sorted(kinds)
        if kind in was and not _counts(was[kind], table.facts.get(kind))
    ]
    return f"已经报过「{lost[0]}」，这一版里没有或算法不同" if lost else ""


def _counts(was: FactKind, now: FactKind | None) -> bool:
    """Whether numbers of a kind still mean something."""
    return now is not None and (was.form, was.monthly) == (now.form, now.monthly)


def adopt(
    session: Session, *, me: Me, kept: KeptEdition, since: Beginning, every: Sequence[Beginning]
) -> int:
    """Let an edition be in force from a term on, and in those that are added later; how many terms change.

    A later term in which something is written already keeps its own. `every`: as beginnings() gives it, to write.
    """
    chosen = [
        one.term
        for one in every
        if one.term and not one.why and since.term and one.term.starts >= since.term.starts
    ]
    before = terms.edition_of(session, kept.committee_id)
    numbers = [term.id for term in chosen]
    session.execute(sa.update(TERM).where(TERM.c.id.in_(numbers)).values(edition=kept.key))
    only_seen = SHEET.c.term_id.in_(numbers)
    session.execute(sa.delete(DRAFT).where(DRAFT.c.sheet_id.in_(sa.select(SHEET.c.id).where(only_seen))))
    session.execute(sa.update(SHEET).where(only_seen).values(edition=kept.key))
    terms.change_edition(session, kept.committee_id, kept.key)
    session.execute(sa.update(EDITION).where(_e.id == kept.id).values(reason="", adopted_at=me.now))
    laying_out.lay_out_again(session, committee_id=kept.committee_id)
    after = {"edition": kept.key, "since": since.name, "terms": [term.name for term in chosen]}
    history.add(
        session,
        me,
        About("edition", kept.id, kept.committee_id),
        before={"edition": before, "terms": {term.name: term.edition for term in chosen}},
        after={**after, "reason": kept.reason},
    )
    return len(chosen)


_ADOPTED = (
    sa.select(HISTORY.c.subject_id, HISTORY.c.after, HISTORY.c.at, sa.func.coalesce(PERSON.c.name, ""))
    .outerjoin(PERSON, PERSON.c.id == HISTORY.c.person_id)
    .where(HISTORY.c.committee_id == sa.bindparam("committee"), HISTORY.c.subject == "edition")
    .order_by(HISTORY.c.id)
)


def adopted(session: Session, committee_id: int) -> Mapping[int, Adopted]:
    """How the editions of a committee were put in force last, by their numbers."""
    found = {}
    for number, said, at, by in session.execute(_ADOPTED, {"committee": committee_id}).all():
        after = json.loads(said)
        found[number] = Adopted(by, at, str(after.get("since", "")), str(after.get("reason", "")))
    return found
