"""发到群里: what was sent into a group chat, part by part.

Each part is a notice of whoever had it sent, with no chat of theirs: its key says into which group, of which term, as
it was at which revision, which part, and which attempt it is.
"""

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa

from bot.actions import PostedPart, wire
from bot.permissions import Me
from bot.store import history, notices
from bot.store.database import Session
from bot.store.history import About
from bot.store.notices import Owed
from bot.store.outbox import POSTING
from bot.store.tables import NOTICE, PERSON
from bot.values import GroupChat, Part, Posted, Term

APART = timedelta(seconds=3)  # two parts, so that they come in their order
LASTS = timedelta(hours=2)  # so long it is tried: what comes later nobody expects any more
_n = NOTICE.c
_POSTED = (
    sa.select(
        _n.key,
        _n.state,
        _n.problem,
        PERSON.c.name,
        sa.func.coalesce(_n.at, _n.send_at, type_=_n.send_at.type),
    )
    .join(PERSON, PERSON.c.id == _n.person_id)
    .where(_n.committee_id == sa.bindparam("committee"), _n.key.startswith(sa.bindparam("begins")))
    .order_by(_n.id)
)


def _begins(group: GroupChat, term_id: int) -> str:
    return f"{POSTING}{group.address[:8]}:{term_id}:"


def posted(session: Session, *, group: GroupChat, term_id: int) -> tuple[Posted, ...]:
    """All that was ever sent of a term into a group chat, in the order in which it was."""
    begins = _begins(group, term_id)
    rows = session.execute(_POSTED, {"committee": group.committee_id, "begins": begins})
    return tuple(_posted(key.removeprefix(begins), *row) for key, *row in rows)


def _posted(key: str, *row: object) -> Posted:
    revision, part, attempt = map(int, key.split(":"))
    return Posted(revision, Part(part), attempt, *row)  # type: ignore[arg-type]


def attempt_of(key: str) -> tuple[int, str]:
    """The term of a part, by the key of its notice; and what the keys of all parts of one attempt have in common."""
    group, term, revision, _, attempt = key.removeprefix(POSTING).split(":")
    return int(term), f"{group}:{term}:{revision}:{attempt}"


def post(
    session: Session,
    *,
    me: Me,
    group: GroupChat,
    term: Term,
    revision: int,
    parts: Iterable[Part],
    attempt: int,
) -> None:
    """Owe a group chat these parts of a term, as it is at a revision, and write down who had them sent."""
    sent = tuple(parts)
    notices.owe(
        session,
        committee_id=group.committee_id,
        notices=[
            Owed(
                me.person_id or 0,
                f"{_begins(group, term.id)}{revision}:{int(part)}:{attempt}",
                wire(PostedPart(term.id, revision, int(part))),
                me.now + n * APART,
                me.now + LASTS,
            )
            for n, part in enumerate(sent)
        ],
    )
    about = About("group", group.id, group.committee_id)
    history.add(session, me, about, after={"posted": term.name, "parts": [part.word for part in sent]})
