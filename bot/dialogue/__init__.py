"""What the bot does when it is asked: one file per subject, each an exhaustive match over its actions."""

from bot.actions import Action, EnterCode, Help, Home, Privacy, Say, Unreadable, UseCode
from bot.dialogue import (
    assigning,
    calendar,
    duties,
    evidence,
    home,
    joining,
    ledger,
    reminding,
    scoring,
    standings,
)
from bot.dialogue.work import Work
from bot.message import Reply
from bot.screens.home import welcome

ANYBODY = Home | Help | Privacy | EnterCode | UseCode | Unreadable
"""What somebody without a seat may ask. Everything else shows them how to get in."""


def respond(work: Work, action: Action) -> Reply:
    """Do what an action asks and show what follows. Raises Refused, and then nothing is kept."""
    if not work.me.known and not isinstance(action, ANYBODY):
        if isinstance(action, Say):
            return joining.respond(work, UseCode(action.text))
        return Reply(welcome(work.me))
    if isinstance(action, scoring.Scoring):
        return scoring.respond(work, action)
    if isinstance(action, evidence.Attaching):
        return evidence.respond(work, action)
    if isinstance(action, ledger.Keeping):
        return ledger.respond(work, action)
    if isinstance(action, assigning.Assigning):
        return assigning.respond(work, action)
    if isinstance(action, duties.Owed):
        return duties.respond(work, action)
    if isinstance(action, reminding.Reminding):
        return reminding.respond(work, action)
    if isinstance(action, calendar.Noting):
        return calendar.respond(work, action)
    if isinstance(action, standings.Ranking):
        return standings.respond(work, action)
    if isinstance(action, joining.Joining):
        return joining.respond(work, action)
    if isinstance(action, home.Finding):
        return home.respond(work, action)
    raise TypeError(f"no subject answers {type(action).__name__}")
