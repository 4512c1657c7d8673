"""意见: what people tell the administrator, and what is answered."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from bot.actions import (
    AnswerOpinion,
    Feedback,
    Inbox,
    OlderInbox,
    Opining,
    OpinionCard,
    SendFeedback,
    TypedAnswerToOpinion,
    fingerprint,
    wire,
)
from bot.dialogue.home import home
from bot.dialogue.pages import page
from bot.dialogue.work import Work
from bot.dialogue.written import written
from bot.message import Message, Reply
from bot.permissions import Role, read_inbox, see_opinion
from bot.screens import feedback as screens
from bot.screens import wording
from bot.store import feedback as store
from bot.store import notices, seats, terms
from bot.values import Opinion
from scoring.refusal import Refused

PAGE, PAGE_LETTERS = 10, 3000  # messages of a page of the inbox, and characters, which a chat still shows
OWN = 3  # of one's own that are shown where one tells more


def respond(work: Work, action: Opining) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Feedback():
            own = store.own(work.session, person_id=work.me.person_id or 0, limit=OWN)
            return Reply(screens.feedback(work.me, own))
        case SendFeedback(text):
            return _feedback(work, text)
        case Inbox(committee):
            return Reply(_inbox(work, committee, 0))
        case OlderInbox(committee, before):
            return Reply(_inbox(work, committee, before))
        case OpinionCard(opinion):
            return Reply(_card(work, opinion))
        case TypedAnswerToOpinion(opinion, text):
            _to_answer(work, opinion)
            store.draft_answer(work.session, me=work.me, opinion_id=opinion, text=written(text))
            return Reply(_card(work, opinion), toast="还没有发出，请核对")
        case AnswerOpinion(opinion, revision):
            return _answer(work, opinion, revision)
        case _:
            assert_never(action)


def _feedback(work: Work, text: str) -> Reply:
    if not text.strip():
        raise Refused("意见是空的，请输入后再发。")
    committees = sorted({s.committee_id for s in work.me.seats})
    for committee_id in committees:
        until = store.full_until(work.session, me=work.me, committee_id=committee_id)
        if until is not None:
            moment = wording.moment(until, work.me.now)
            raise Refused(f"这一条没有发出：一小时最多提 {store.MOST} 条意见。请在 {moment} 后再发一次。")
    for committee_id in committees:
        number = store.send(work.session, me=work.me, committee_id=committee_id, text=text)
        _announce(work, committee_id, number)
    return Reply(home(work), toast="谢谢！意见已转给管理员，答复了会告诉您")


def _announce(work: Work, committee_id: int, number: int) -> None:
    """The administrators hear of feedback, at most once an hour; what comes in between they hear of after it."""
    administrators = seats.in_committee(work.session, committee_id, Role.ADMINISTRATOR)
    when = notices.next_of_kind(
        work.session,
        committee_id=committee_id,
        persons=administrators,
        kind="f:",
        span=timedelta(hours=1),
        now=work.me.now,
    )
    if when is not None:
        notices.tell(
            work.session,
            committee_id=committee_id,
            persons=administrators,
            key=f"f:{number}",
            action=wire(Inbox(committee_id)),
            said=f"{work.me.name}提了意见。" if when == work.me.now else "意见箱里有新的意见。",
            now=when,
        )


def _inbox(work: Work, committee_id: int, before: int) -> Message:
    name = terms.committee_name(work.session, committee_id)
    read_inbox(work.me, committee_id)
    found = page(
        before,
        lambda newer: store.inbox(
            work.session, committee_id=committee_id, before=before, newer=newer, limit=PAGE + 1
        ),
        _fitting,
    )
    return screens.inbox(work.me, name, committee_id, before, found)


def _fitting(opinions: Sequence[Opinion]) -> Sequence[Opinion]:
    """The first of them that one message shows whole."""
    room, count = PAGE_LETTERS, 0
    for opinion in opinions[:PAGE]:
        room -= len(opinion.text)
        if room < 0 and count:
            break
        count += 1
    return opinions[:count]


# --- one of them --------------------------------------------------------------------------------------------------


def _card(work: Work, number: int) -> Message:
    found = store.one(work.session, number)
    see_opinion(work.me, found.committee_id, found.person_id)
    answers = work.me.in_committee(found.committee_id, Role.ADMINISTRATOR)
    return screens.opinion(work.me, found, answers=answers)


def _to_answer(work: Work, number: int) -> Opinion:
    found = store.one(work.session, number, to_write=True)
    read_inbox(work.me, found.committee_id)
    if found.answered_at is not None:
        raise Refused(f"这条意见已由{found.answered_by}答复，不能再改。")
    return found


def _answer(work: Work, number: int, revision: int) -> Reply:
    found = store.one(work.session, number, to_write=True)
    read_inbox(work.me, found.committee_id)
    if found.answered_at is not None:
        return Reply(_card(work, number), toast="已经答复过了")
    if not found.answer:
        raise Refused("还没有写答复，请先输入。")
    if fingerprint(found.answer) != revision:
        return Reply(_card(work, number), toast="答复刚有改动，还没有发出，请再核对。")
    store.answer(work.session, me=work.me, opinion=found)
    if not seats.held_by(work.session, found.person_id):
        return Reply(_card(work, number), toast=f"已答复；{found.name}已不在任，收不到通知")
    notices.tell(
        work.session,
        committee_id=found.committee_id,
        persons=[found.person_id],
        key=f"o:{number}",
        action=wire(OpinionCard(number)),
        said="管理员答复了您的意见。",
        now=work.me.now,
    )
    return Reply(_card(work, number), toast=f"已答复，并通知{found.name}")
