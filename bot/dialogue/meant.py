"""On which screen a typed text is meant.

It is meant for the message it quotes or, without a quote, for what is newest in the chat: the screen that stands, or
a notice that came under it. Where that is not plain it is asked.
"""

from collections.abc import Callable, Mapping, Sequence
from unicodedata import category

from bot.actions import (
    Action,
    Card,
    ChaseTask,
    Edited,
    EnterCode,
    FactCard,
    Finished,
    Home,
    Ledger,
    Overview,
    Reminder,
    Result,
    RetypedAssignment,
    Say,
    SendFeedback,
    Task,
    Todo,
    TypedAgain,
    TypedAmendment,
    TypedAnswer,
    TypedAnswerToOpinion,
    TypedAssignment,
    TypedBranch,
    TypedCampus,
    TypedEditionReason,
    TypedGuidance,
    TypedMeasure,
    TypedName,
    TypedNote,
    TypedObjection,
    TypedOnCard,
    TypedOnMeasure,
    TypedPlanReply,
    TypedReport,
    TypedReturnReason,
    TypedSendBack,
    TypedTitle,
    Which,
    read,
    wire,
)
from bot.dialogue.asking import near
from bot.dialogue.drafting import asks
from bot.dialogue.reminding import overtaken, tasks_in
from bot.dialogue.told import named
from bot.dialogue.words import command
from bot.dialogue.work import Courtesy, NotUnderstood, Work
from bot.message import TYPED_LIMIT, Message, Reply
from bot.pressing import heard, labelled
from bot.screens import wording
from bot.screens.asking import offering
from bot.screens.duties import title
from bot.store import duties, history, people, sayings
from bot.words.grammar import courteous, taught
from scoring.numerals import quoted
from scoring.refusal import Refused, Unread

Do = Callable[[Work, Action], Reply]
"""bot.dialogue.respond, which stands above this file."""


def standing(work: Work, screen: str, do: Do) -> Message:
    """A screen by its action, drawn as it looks now; Home when it may no longer be seen."""
    return _drawn(work, screen, do)[0]


def _drawn(work: Work, screen: str, do: Do) -> tuple[Message, Refused | None]:
    """The same, with the reason why it may no longer be seen."""
    first = Home() if work.me.known else EnterCode()
    try:
        return do(work, read(screen) or first).screen, None
    except Refused as gone:
        return do(work, first).screen, gone


def visible(text: str) -> str:
    """A text without what nobody sees, which no database stores."""
    return "".join(c for c in text if c == "\n" or c.isprintable() or c.isspace())


def clean(text: str) -> str:
    """What was typed, as it is heard. Raises Refused when it is too long."""
    if len(text) > TYPED_LIMIT:
        raise Refused(f"内容太长了，请控制在 {TYPED_LIMIT} 字以内，可以分几次发。")
    return visible(text)


def hear(
    work: Work, text: str, places: Sequence[str], do: Do, *, sure: bool = True
) -> tuple[Reply, str | None]:
    """Do what a text means on the first of these screens, or ask; with the screen that heard it, if one did.

    It is asked where it belongs when several of them understand it, or when it is not `sure` that one of them is meant
    at all; and whether it counts when something else does. Raises Refused.
    """
    first = places[0]
    if (action := command(work.me, text)) and labelled(text, _drawn(work, first, do)[0]) in (None, action):
        return do(work, action), first
    if len(places) > 1 or not sure:
        found, listed = _understood(work, text, places, do)
        if len(found) > 1 or (found and (listed or not sure)):
            return _ask(work, text, found, do), None
        hearing = (place for place in places if standing(work, place, do).hears)
        first = found[0][0] if found else next(hearing, first)
    screen, gone = _drawn(work, first, do)
    action, there = heard(text, screen, work.marked), read(first)
    if action is None and gone is None and isinstance(there, Reminder):
        found, _ = _understood(work, text, [first], do)
        if found:
            return _ask(work, text, found, do), None
    if isinstance(action, TypedReport):
        rest, called, sure = named(work, text)
        here = wire(Task(action.task))
        if sure and [place for place, _ in called] == [here]:
            action = TypedReport(action.task, rest)
        elif called:  # it names another task than the one that stands
            own = [(here, screen.title)] if all(place != here for place, _ in called) else []
            return _ask(work, rest, [*own, *called], do), None
    try:
        reply = _do(work, action or Say(text), do, first)
    except Unread as puzzled:
        if not isinstance(puzzled, NotUnderstood):
            raise gone or puzzled from None
        if gone is None and action is None and isinstance(there, Reminder) and tasks_in(work, there):
            raise Refused(
                f"没看懂{quoted(puzzled.text)}。请先点要填的那一项，再输入结果；"
                "出勤等数字也可以直接输入，例如：17/18。"
            ) from None
        ways = [] if gone else near(work, text)
        if not ways:
            raise gone or puzzled from None
        return Reply(offering(screen, ways), toast=str(puzzled)), first
    return reply, _heard_at(reply, action, first)


def hear_spoken(
    work: Work, text: str, places: Sequence[str], do: Do, *, sure: bool = True
) -> tuple[Reply, str | None]:
    """As hear(), of what a channel understood of a voice: what it would change is shown first, and asked."""
    trial = work.session.begin_nested()
    reply, place = hear(work, text, places, do, sure=sure)
    if not history.changed(work.session):
        trial.commit()
        return reply, place
    trial.rollback()
    there = place or places[0]
    return _ask(work, text, [(there, standing(work, there, do).title)], do), None


def _heard_at(reply: Reply, action: Action | None, screen: str) -> str | None:
    """Where a text is to be heard again when it is edited; None while something is asked about it."""
    here = reply.screen.here
    if isinstance(here, Which | Edited):
        return None
    if isinstance(action, TypedReport):
        return wire(Task(action.task))
    return wire(here) if isinstance(action, TypedAssignment) else screen


REMARKS: tuple[type, ...] = (Task, Todo, Finished, Ledger, FactCard, Overview)
"""What a remark on a card, an answer or a task to be given may name, too: these words do not lead away from there."""
TASK: tuple[type, ...] = (TypedAssignment, RetypedAssignment, TypedBranch)
"""What is typed of a task to be given: nothing of it is a question."""
AWAY: dict[type, tuple[type, ...]] = {
    TypedReport: REMARKS,
    **dict.fromkeys(TASK, (*REMARKS, Result, ChaseTask)),
}


PROSE: dict[type, str] = {
    **dict.fromkeys(
        (
            SendFeedback,
            TypedAmendment,
            TypedCampus,
            TypedEditionReason,
            TypedGuidance,
            TypedMeasure,
            TypedObjection,
            TypedPlanReply,
            TypedReturnReason,
            TypedSendBack,
        ),
        "",
    ),
    **dict.fromkeys((TypedAnswer, TypedAnswerToOpinion), "thanks"),
    **dict.fromkeys((TypedNote, TypedOnMeasure), "number"),  # the day of a measure
    TypedName: "sign",  # somebody may be called 😀
    TypedTitle: "request",  # 年度评议 may be a task
}
"""What is written down as it was typed; and what says nothing elsewhere, but something there."""


def _check_prose(action: Action, text: str) -> None:
    """Raises Unread for what nobody wants written down: ？, 好的, or a word that asks the bot for something."""
    takes = PROSE[type(action)]
    says = any(
        c.isalpha() or (takes == "number" and c.isdecimal()) or (takes == "sign" and category(c) == "So")
        for c in text
    )
    request = takes != "request" and taught(text)
    thanks = takes != "thanks" and courteous(text)
    if people.clean_name(text) and (not says or request or thanks):
        raise Unread(f"没有记下{quoted(text.strip())}。请写一句完整的话，或点下面的按钮。")


def _do(work: Work, action: Action, do: Do, screen: str = "", *, asking: bool = True) -> Reply:
    """Do what a text means on a screen or, where it is no answer there, what it means everywhere; or ask.

    Raises Refused.
    """
    kind, typed = type(action), str(getattr(action, "text", ""))
    try:
        if kind in PROSE:
            _check_prose(action, typed)
        return do(work, action)
    except Unread as wrong:
        offer = wrong.offer if isinstance(wrong, NotUnderstood) else None
        if asking and kind is not Say and typed:
            try:
                reply = do(work, Say(typed, whole=True))
                here = reply.screen.here
                stays = REMARKS if offer is not None else AWAY.get(kind, ())
                stays = () if kind in TASK and asks(typed) else stays
                asks_for_it = kind is TypedOnCard and isinstance(here, Card)  # 评价双龙, typed on that card
                if (wire(here) != screen or asks_for_it) and type(here) not in stays:
                    return reply
            except Refused as why:
                if isinstance(why, Courtesy) or (kind in PROSE and not isinstance(why, Unread)):
                    raise
        if offer is None or not asking:
            raise
        return offer()


def _understood(work: Work, text: str, places: Sequence[str], do: Do) -> tuple[list[tuple[str, str]], bool]:
    """Those of these screens on which a text means something, with what they are called; and whether one of several
    things in a list is among them."""
    found: dict[str, tuple[str, str]] = {}  # title and branch by screen
    listed = False
    for place in places:
        screen, gone = _drawn(work, place, do)
        there, means = read(place), heard(text, screen, work.marked)
        if gone or (isinstance(there, Task) and overtaken(work, there)):
            continue
        if isinstance(means, TypedAgain):  # what it may be meant for is what the question there offers
            offered = sayings.read(work.session, me=work.me, saying_id=means.saying).places
            again, among = _understood(work, text, [screen for screen, _ in offered], do)
            for one, called in again:
                found.setdefault(one, (called, ""))
            listed |= among
            continue
        if isinstance(there, Reminder) and (means is None or isinstance(means, TypedReport)):
            tasks = tasks_in(work, there)
            for owed, duty in tasks:
                if _works(work, TypedReport(owed.id, text), do):
                    found.setdefault(wire(Task(owed.id)), (title(owed, duty), owed.branch))
                    listed |= len(tasks) > 1
            continue
        if text.strip().isdecimal() and screen.hears is None:
            continue  # a number presses what is in sight alone
        if means is not None and _works(work, means, do):
            branch = next((line[1] for line in screen.lines if line[:1] == ("支部",)), "")
            found.setdefault(place, (screen.title, branch))
    return list(zip(found, _apart(work, found), strict=True)), listed


def _apart(work: Work, found: Mapping[str, tuple[str, str]]) -> list[str]:
    """What these screens are called, alike ones by their branch and tasks by their day, too."""
    names = []
    for place, (called, branch) in found.items():
        if [other for other, _ in found.values()].count(called) > 1:
            same = list(found.values()).count((called, branch)) > 1
            called = f"{called} · {branch}" if branch else called
            if same and isinstance(there := read(place), Task):
                owed = duties.one(work.session, there.task)
                called += f"（{wording.day_and_hour(owed.due, owed.hour)}）"
        names.append(called)
    return names


def _works(work: Work, action: Action, do: Do) -> bool:
    """Whether an action would not be refused; nothing of it is kept."""
    trial = work.session.begin_nested()
    try:
        _do(work, action, do, asking=False)
    except Refused:
        return False
    finally:
        trial.rollback()
    return True


def _ask(work: Work, text: str, found: Sequence[tuple[str, str]], do: Do) -> Reply:
    number = sayings.add(work.session, me=work.me, text=text, places=found, heard=False, message=work.message)
    return do(work, Which(number))
