"""What the bot does when it is asked: one file per subject, each an exhaustive match over its actions."""

from typing import assert_never

from bot import actions
from bot.actions import (
    Action,
    AskForgetMe,
    AskSignOut,
    DeadCode,
    EnterCode,
    ForgetMe,
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
    return _of_its_subject(work, action)


def _of_its_subject(work: Work, action: Action) -> Reply:
    if isinstance(action, actions.Scoring):
        return scoring.respond(work, action)
    if isinstance(action, actions.Evaluating):
        return evaluating.respond(work, action)
    if isinstance(action, actions.Returning):
        return returning.respond(work, action)
    if isinstance(action, actions.Attaching):
        return evidence.respond(work, action)
    if isinstance(action, actions.Keeping):
        return ledger.respond(work, action)
    if isinstance(action, actions.Owed):
        return duties.respond(work, action)
    if isinstance(action, actions.Starting):
        return starting.respond(work, action)
    if isinstance(action, actions.Reminding):
        return reminding.respond(work, action)
    if isinstance(action, actions.Mailing):
        return mailing.respond(work, action)
    if isinstance(action, actions.Assigning):
        return assigning.respond(work, action)
    if isinstance(action, actions.Noting):
        return calendar.respond(work, action)
    if isinstance(action, actions.Arranging):
        return arranging.respond(work, action)
    if isinstance(action, actions.Grouping):
        return groups.respond(work, action)
    if isinstance(action, actions.Posting):
        return posting.respond(work, action)
    if isinstance(action, actions.Staffing):
        return staffing.respond(work, action)
    if isinstance(action, actions.Forgetting):
        return forgetting.respond(work, action)
    if isinstance(action, actions.Organizing):
        return organizing.respond(work, action)
    if isinstance(action, actions.Exchanging):
        return exchange.respond(work, action)
    if isinstance(action, actions.Opining):
        return feedback.respond(work, action)
    if isinstance(action, actions.Terming):
        return terms.respond(work, action)
    if isinstance(action, actions.Revising):
        return editions.respond(work, action)
    if isinstance(action, actions.Ranking):
        return standings.respond(work, action)
    if isinstance(action, actions.Profiling):
        return profile.respond(work, action)
    if isinstance(action, actions.Exporting):
        return exporting.respond(work, action)
    if isinstance(action, actions.Charting):
        return charts.respond(work, action)
    if isinstance(action, actions.Trying):
        return trial.respond(work, action)
    if isinstance(action, actions.Publishing):
        return publishing.respond(work, action)
    if isinstance(action, actions.Printing):
        return paper.respond(work, action)
    if isinstance(action, actions.Objecting):
        return objecting.respond(work, action)
    if isinstance(action, actions.Amending):
        return amending.respond(work, action)
    if isinstance(action, actions.Reviewing):
        return review.respond(work, action)
    if isinstance(action, actions.Tallying):
        return tallying.respond(work, action)
    if isinstance(action, actions.Awarding):
        return award.respond(work, action)
    if isinstance(action, actions.Rectifying):
        return rectifying.respond(work, action)
    if isinstance(action, actions.Joining):
        return joining.respond(work, action)
    if isinstance(action, actions.Inviting):
        return inviting.respond(work, action)
    if isinstance(action, actions.Hearing):
        return hearing.respond(work, action, respond)
    if isinstance(action, actions.Finding):
        return home.respond(work, action)
    assert_never(action)
