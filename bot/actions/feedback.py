"""意见: what people tell the administrator, and what is answered."""

from bot.actions.buttons import Action, pressed, said


@pressed("fb")
class Feedback(Action):
    """I want to tell the administrator something."""


@said
class SendFeedback(Action):
    """This is what I want to tell the administrator."""

    text: str


@pressed("ib")
class Inbox(Action):
    """What people told the administrator of this committee."""

    committee: int


@pressed("io")
class OlderInbox(Action):
    """What people told the administrator before they said something else."""

    committee: int
    before: int


@pressed("ic")
class OpinionCard(Action):
    """Show one thing that was told, with its answer."""

    opinion: int


@said
class TypedAnswerToOpinion(Action):
    """This is what I answer, once I send it."""

    opinion: int
    text: str


@pressed("ia")
class AnswerOpinion(Action):
    """Send what I answered, as I saw it: its fingerprint."""

    opinion: int
    revision: int


Opining = Feedback | SendFeedback | Inbox | OlderInbox | OpinionCard | TypedAnswerToOpinion | AnswerOpinion
"""The screens of 意见: telling, the inbox, one of them and its answer."""
