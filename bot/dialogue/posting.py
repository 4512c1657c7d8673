"""发到群里: what may be sent of a published term into a group chat, having it sent, and drawing it when it is.

A group is sent what branches see of one another (Openness), and that only where its switch is on: both are looked at
once more when a part is drawn, and what is no longer as it was confirmed is not sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import assert_never

from bot.actions import AskPost, Post, PostedPart, Posting, fingerprint, wire
from bot.dialogue import charts, paper, publishing
from bot.dialogue.work import Work
from bot.message import Attachment, Message, Reply, plain
from bot.permissions import Openness, publish
from bot.screens import posting as screens
from bot.screens.publishing import OpenedView
from bot.store import groups, notices, postings, terms
from bot.store.database import Session
from bot.values import GroupChat, Part, Posted, Term
from scoring.refusal import Refused


def respond(work: Work, action: Posting) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    term = terms.any_term(work.session, action.term)
    publish(work.me, term.committee_id)
    match action:
        case AskPost():
            return Reply(_asked(work, _prepared(work, term)))
        case Post():
            return _post(work, term, action)
        case PostedPart():
            prepared = _prepared(work, term)
            if action.part not in prepared.parts[1:]:
                return Reply(_asked(work, prepared))
            which = Part(action.part)
            return Reply(screens.part(term, prepared.revision, which, _file(prepared, which)))
        case _:
            assert_never(action)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """All that would be sent of a term, drawn from what is opened of it; what was sent of it before, last."""

    group: GroupChat
    committee: str
    view: OpenedView
    posted: Sequence[Posted]
    published: datetime
    made: datetime

    @property
    def parts(self) -> tuple[Part, ...]:
        """What there is to send; nothing where nothing is opened."""
        if self.view.openness is Openness.OWN:
            return ()
        drawn = self.view.totals and charts.opened_table(self.view) is not None
        return (Part.TABLE, *[Part.PICTURE] * drawn, Part.FILE)

    @property
    def revision(self) -> int:
        """A fingerprint of what would be sent: what was seen by who confirms (31 bits)."""
        return fingerprint(plain(self.table(again=False)))

    def table(self, *, again: bool) -> Message:
        """The first message."""
        on = self.published.astimezone(self.made.tzinfo).date()
        return screens.table(self.view, self.committee, on, self.parts, again=again)

    @property
    def before(self) -> bool:
        """Whether the group was sent something else of this term."""
        return any(
            one.revision != self.revision and one.state in ("sent", "uncertain") for one in self.posted
        )

    @property
    def attempts(self) -> int:
        """How often it was tried to send what there is now."""
        return max((one.attempt + 1 for one in self.posted if one.revision == self.revision), default=0)

    @property
    def now_there(self) -> tuple[Posted, ...]:
        """What became of each part, unless something else was sent after it: its last attempt, or one that arrived."""
        lately = takewhile(lambda one: one.revision == self.revision, reversed(self.posted))
        found: dict[Part, Posted] = {}
        for one in lately:
            if one.part not in found or one.state == "sent":
                found[one.part] = one
        return tuple(found[part] for part in self.parts if part in found)


def _prepared(work: Work, term: Term, *, to_write: bool = False) -> _Prepared:
    """Raises Refused where there is no group, or nothing published."""
    published = terms.published_at(work.session, term.id)
    if published is None:
        raise Refused(f"{term.name}{publishing.NOT_PUBLISHED}")
    group = groups.webhook(work.session, term.committee_id, to_write=to_write)
    if group is None:
        raise Refused("没有可以发的群。群机器人由维护人员设置；设置好以后，请在「群聊」里打开。")
    openness = terms.openness(work.session, term.committee_id)
    return _Prepared(
        group=group,
        committee=terms.committee_name(work.session, term.committee_id),
        view=publishing.as_opened(work, term, openness),
        posted=postings.posted(work.session, group=group, term_id=term.id),
        published=published,
        made=work.me.now,
    )


def _asked(work: Work, prepared: _Prepared) -> Message:
    view = screens.PostView(
        term=prepared.view.term,
        group=prepared.group,
        openness=prepared.view.openness,
        table=prepared.table(again=prepared.before),
        parts=prepared.parts,
        revision=prepared.revision,
        posted=prepared.now_there,
        attempts=prepared.attempts,
        now=work.me.now,
    )
    return screens.ask(view)


def _post(work: Work, term: Term, action: Post) -> Reply:
    prepared = _prepared(work, term, to_write=True)
    if not prepared.group.shows or not prepared.parts:
        return Reply(_asked(work, prepared))
    if action.revision != prepared.revision:
        return Reply(_asked(work, prepared), toast="内容在您确认前有改动，没有发。请重新核对")
    there = {one.part: one.state for one in prepared.now_there}
    left = [part for part in prepared.parts if there.get(part) not in ("sent", *screens.OPEN)]
    if action.attempt != prepared.attempts or not left:
        return Reply(_asked(work, prepared), toast="已经点过发送，没有重复发")
    postings.post(
        work.session,
        me=work.me,
        group=prepared.group,
        term=term,
        revision=prepared.revision,
        parts=left,
        attempt=action.attempt,
    )
    return Reply(_asked(work, _prepared(work, term)), toast="马上发到群里")


def _file(prepared: _Prepared, part: Part) -> Attachment:
    if part is Part.FILE:
        return paper.outcome_file(prepared.view, prepared.committee, prepared.made)
    drawn = charts.opened_table(prepared.view)
    if drawn is None:
        raise Refused("还没有可以画的名次。")
    return drawn


# --- when it is sent ----------------------------------------------------------------------------------------------


def drawn(work: Work, action: PostedPart) -> Message | None:
    """A part as it goes into the group; None when that is closed, or no longer to have what was confirmed."""
    try:
        prepared = _prepared(work, terms.any_term(work.session, action.term))
    except Refused:
        return None
    asked = action.revision == prepared.revision and action.part in prepared.parts
    if not (asked and prepared.group.shows):
        return None
    if action.part == Part.TABLE:
        return prepared.table(again=prepared.before)
    return Message("", attachment=_file(prepared, Part(action.part)))


def tell_of_trouble(session: Session, committee_id: int, *, person_id: int, key: str, now: datetime) -> None:
    """The part with this key did not arrive in the group, or nobody knows: tell who had it sent, once an attempt."""
    term, attempt = postings.attempt_of(key)
    notices.tell(
        session,
        committee_id=committee_id,
        persons=[person_id],
        key=f"gx:{attempt}",
        action=wire(AskPost(term)),
        said="发到群里的，有的没有成功，或不知道有没有发到。",
        now=now,
    )
