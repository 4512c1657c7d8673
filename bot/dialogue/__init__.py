"""What the bot does when it is asked: one file per subject, each an exhaustive match over its actions."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, get_args

from bot.actions import (
    Action,
    AskForgetMe,
    AskSignOut,
    DeadCode,
    EnterCode,
    ForgetMe,
    Hearing,
    Help,
    Home,
    Privacy,
    Say,
    SeatEnded,
    SignOut,
    Unreadable,
    UseCode,
)
from bot.dialogue import (
    amending,
    arranging,
    assigning,
    award,
    calendar,
    charts,
    duties,
    editions,
    evaluating,
    evidence,
    exchange,
    exporting,
    feedback,
    forgetting,
    groups,
    hearing,
    home,
    inviting,
    joining,
    ledger,
    mailing,
    objecting,
    organizing,
    paper,
    posting,
    profile,
    publishing,
    rectifying,
    reminding,
    returning,
    review,
    scoring,
    staffing,
    standings,
    starting,
    tallying,
    terms,
    trial,
)
from bot.dialogue.work import Work
from bot.message import Reply
from bot.screens.home import welcome
from bot.store import codes

ANYBODY = Home | Help | Privacy | EnterCode | DeadCode | UseCode | Unreadable
"""What somebody without a seat may ask. Everything else shows them how to get in."""

LOGGED_IN = (AskSignOut(0), SignOut(0), AskForgetMe(), ForgetMe())
"""What a person without a seat any more may ask, too, beside why that is."""


def respond(work: Work, action: Action) -> Reply:
    """Do what an action asks and show what follows. Raises Refused, and then nothing is kept."""
    if isinstance(action, Say) and (not work.me.known or codes.looks_like_code(action.text, anywhere=False)):
        return joining.respond(work, UseCode(action.text))
    left = work.me.person_id is not None and (action in LOGGED_IN or isinstance(action, SeatEnded))
    if not work.me.known and not left and not isinstance(action, ANYBODY):
        return Reply(welcome(work.me))
    return ANSWERS[type(action)](work, action)


ANSWERS: Mapping[type[Action], Callable[[Work, Any], Reply]] = {
    **{
        kind: file.respond
        for file in (
            amending,
            arranging,
            assigning,
            award,
            calendar,
            charts,
            duties,
            editions,
            evaluating,
            evidence,
            exchange,
            exporting,
            feedback,
            forgetting,
            groups,
            home,
            inviting,
            joining,
            ledger,
            mailing,
            objecting,
            organizing,
            paper,
            posting,
            profile,
            publishing,
            rectifying,
            reminding,
            returning,
            review,
            scoring,
            staffing,
            standings,
            starting,
            tallying,
            terms,
            trial,
        )
        for kind in get_args(file.respond.__annotations__["action"])
    },
    **dict.fromkeys(get_args(Hearing), partial(hearing.respond, do=respond)),
}
"""What answers an action: respond() of the file whose union it stands in."""
