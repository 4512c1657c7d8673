"""What the bot does when it is asked: one file per subject, each an exhaustive match over its actions."""

from collections.abc import Callable
from typing import Any

from bot.actions import Action, AskSignOut, EnterCode, Help, Home, Privacy, Say, SignOut, Unreadable, UseCode
from bot.dialogue import (
    arranging,
    assigning,
    calendar,
    duties,
    evidence,
    hearing,
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
from bot.store import people

ANYBODY = Home | Help | Privacy | EnterCode | UseCode | Unreadable
"""What somebody without a seat may ask. Everything else shows them how to get in."""

LOGGED_IN = (AskSignOut(0), SignOut(0))
"""What a person who gave up the last seat may ask, too."""

SUBJECTS: tuple[tuple[Any, Callable[[Work, Any], Reply]], ...] = (
    (scoring.Scoring, scoring.respond),
    (evidence.Attaching, evidence.respond),
    (ledger.Keeping, ledger.respond),
    (duties.Owed, duties.respond),
    (reminding.Reminding, reminding.respond),
    (assigning.Assigning, assigning.respond),
    (calendar.Noting, calendar.respond),
    (arranging.Arranging, arranging.respond),
    (standings.Ranking, standings.respond),
    (joining.Joining, joining.respond),
    (home.Finding, home.respond),
)
"""The actions of each subject, and what answers them."""


def respond(work: Work, action: Action) -> Reply:
    """Do what an action asks and show what follows. Raises Refused, and then nothing is kept."""
    if isinstance(action, Say) and (not work.me.known or people.looks_like_code(action.text, anywhere=False)):
        return joining.respond(work, UseCode(action.text))
    left = work.me.person_id is not None and action in LOGGED_IN
    if not work.me.known and not left and not isinstance(action, ANYBODY):
        return Reply(welcome(work.me))
    if isinstance(action, hearing.Hearing):
        return hearing.respond(work, action, respond)
    for actions, answer in SUBJECTS:
        if isinstance(action, actions):
            return answer(work, action)
    raise TypeError(f"no subject answers {type(action).__name__}")
