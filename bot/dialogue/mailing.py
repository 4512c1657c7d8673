"""邮件提醒: a person's address, confirmed by a code that is mailed there; and what a day's mail says."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from bot.actions import (
    Action,
    ByMail,
    MailCode,
    Mailing,
    MeasureCard,
    NoMail,
    Outcome,
    Overview,
    Rectify,
    Reminder,
    Result,
    ShowObjection,
    Task,
    Todo,
    TypedMail,
    wire,
)
from bot.dialogue.answering import duty_behind
from bot.dialogue.duties import see
from bot.dialogue.objecting import seen_by_me
from bot.dialogue.place import place
from bot.dialogue.publishing import own_outcome
from bot.dialogue.reminding import names_in, sheet_again, tasks_soon
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Message, Reply
from bot.permissions import Me, see_branch
from bot.screens import mailing as screens
from bot.store import mailing, notices, rectifications
from bot.store.chats import Address
from bot.store.database import Session
from bot.values import Group, Mailbox, Measure, Owing, Rectification, Term
from jobs.duties.catalogue import Duty
from scoring.refusal import Refused


def respond(work: Work, action: Mailing) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case ByMail():
            return Reply(_shown(work))
        case TypedMail(text):
            return _typed(work, text)
        case MailCode():
            box = _box(work) or Mailbox()
            address = box.asked or box.address
            return _ask(work, address) if address else Reply(_shown(work))
        case NoMail():
            mailing.forget(work.session, work.me.person_id or 0)
            return Reply(_shown(work), toast="好的，不再发邮件，邮箱地址已删除")
        case _:
            assert_never(action)


MAILED = (Reminder, Task, Todo, Overview, Outcome, ShowObjection, Result, Rectify, MeasureCard)
"""What a letter tells of: the digest, 催办, tasks, a returned sheet; of results that they were published, objected to
or amended; of a plan (整改) and its measures what there is to read or to answer."""


def letter(work: Work, actions: Sequence[Action]) -> Message | None:
    """What is mailed of a day's notices; None when there is nothing (left) to say."""
    told: list[tuple[Owing, Duty]] = []
    late: list[tuple[str, Group, Duty]] = []
    news: list[str] = []
    for action in actions:
        try:
            own, theirs = _named(work, action)
            news += _news(work, action)
        except Refused:  # it is not theirs to see any more
            continue
        told += own
        late += theirs
    return screens.letter(told, late, news, work.today) if told or late or news else None


def _news(work: Work, action: Action) -> list[str]:
    """What a notice still says of the results of a term, and of what follows them. Raises Refused."""
    match action:
        case Outcome(term):
            of = own_outcome(work, term)
            return [said.format(of.name) for said in (screens.PUBLISHED, *_plan_owed(work, of))]
        case ShowObjection(number):
            found, of = seen_by_me(work, number)
            answered = found.answered_at is not None
            if answered is not work.me.in_branch(found.branch.id):
                return []  # who answers it has nothing left to do; who objected has nothing to read yet
            return [(screens.ANSWERED if answered else screens.OBJECTED).format(of.name)]
        case Result(branch, term):
            where, when = place(work, branch, term)
            return [screens.AMENDED.format(when.name)]
        case Rectify(branch, term):
            where, when = place(work, branch, term)
            plan = rectifications.of_branch(work.session, branch=where, term=when)
            return [said.format(when.name) for said in _of_plan(work.me, plan)]
        case MeasureCard(number):
            plan, one = rectifications.of_measure(work.session, number)
            see_branch(work.me, plan.branch.committee_id, plan.branch.id)
            return [said.format(plan.term.name) for said in _of_measure(work.me, plan, one)]
    return []


def _plan_owed(work: Work, term: Term) -> tuple[str, ...]:
    """Whether what was published asks one's own branch for a plan that is not handed in."""
    every = rectifications.of_committee(work.session, committee_id=term.committee_id, term_id=term.id)
    owed = (plan for plan in every if plan.reasons and not plan.handed_in)
    return (screens.PLAN_OWED,) if any(work.me.in_branch(plan.branch.id) for plan in owed) else ()


def _of_plan(me: Me, plan: Rectification) -> list[str]:
    """What there is to read of a plan: for its branch the committee's answer, for the committee one to be answered."""
    if not me.in_branch(plan.branch.id):
        return [screens.PLAN_HANDED_IN] if plan.handed_in and not plan.accepted else []
    found = [screens.PLAN_RETURNED] if plan.returned_at is not None and not plan.handed_in else []
    found += [screens.PLAN_ACCEPTED] if plan.accepted else []
    return found + ([screens.GUIDED] if plan.guidance else [])


def _of_measure(me: Me, plan: Rectification, one: Measure) -> list[str]:
    """As _of_plan(), of a measure."""
    if not me.in_branch(plan.branch.id):
        return [screens.MEASURE_CLOSED] if one.closed and not one.accepted else []
    if plan.done:
        return [screens.PLAN_DONE]
    if one.accepted:
        return [screens.MEASURE_ACCEPTED]
    return [screens.MEASURE_RETURNED] if one.returned_at is not None else []


def _named(work: Work, action: Action) -> tuple[list[tuple[Owing, Duty]], list[tuple[str, Group, Duty]]]:
    """What a notice still names, of one's own and of what branches owe. Raises Refused."""
    match action:
        case Task(task):
            owed = see(work, task)
            return ([] if owed.done else [(owed, duty_behind(owed))]), []
        case Todo(branch) if work.me.in_branch(branch):
            return tasks_soon(work, branch), []
        case Overview(sheet):
            return sheet_again(work, sheet), []
        case Reminder():
            return names_in(work, action)
    return [], []


def tell_of_address(
    session: Session, committee_id: int, *, person_id: int, chat: Address, now: datetime
) -> None:
    """An address takes no mail: its person is told in the chat, once a day."""
    notices.tell(
        session,
        committee_id=committee_id,
        persons=[person_id],
        key=f"r:{chat.id}:{now:%Y-%m-%d}",
        action=wire(ByMail()),
        said="",  # the screen says it
        now=now,
    )


def _box(work: Work) -> Mailbox | None:
    """Where a person's mail goes; None where none is sent."""
    return mailing.mailbox(work.session, work.me.person_id or 0, now=work.me.now) if work.mails else None


def _shown(work: Work, sentence: str = "") -> Message:
    return screens.by_mail(_box(work), sentence)


def _typed(work: Work, text: str) -> Reply:
    if "@" in text or "＠" in text:
        address = mailing.clean_address(text)
        box = _box(work)
        if box and box.address == address and not box.refused:
            return Reply(_shown(work), toast="提醒已经发到这个邮箱")
        return _ask(work, address)
    code = mailing.code_in(text)
    if not code:
        raise NotUnderstood(text, "请输入邮箱地址，例如：name@example.com")
    wrong = mailing.confirm(work.session, me=work.me, code=code)
    return Reply(_shown(work, wrong), toast=wrong or "邮箱已确认，以后的提醒会发到这里")


def _ask(work: Work, address: str) -> Reply:
    if not work.mails:
        raise Refused("本单位没有开通邮件提醒。")
    mailing.ask(work.session, me=work.me, address=address)
    return Reply(_shown(work), toast="验证码马上发到这个邮箱")
