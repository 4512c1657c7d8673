"""异议: what a branch objects to a published result, and what is answered."""

from bot.actions.buttons import Action, pressed, said


@pressed("ql")
class Objections(Action):
    """Which objections (异议) are there to a term's results? Term 0 is the newest that was published."""

    term: int


@pressed("qa")
class AskObjection(Action):
    """I want to object to the published result of my branch; term 0 is the newest that was published."""

    branch: int
    term: int


@said
class TypedObjection(Action):
    """This is what a branch objects to: a draft, until it is sent."""

    branch: int
    term: int
    text: str


@pressed("qv")
class ShowObjection(Action):
    """Show an objection, with what was answered."""

    objection: int


@pressed("qs", final=True)
class SendObjection(Action):
    """Send an objection to the committee, confirmed."""

    objection: int


@said
class TypedAnswer(Action):
    """This is answered to an objection: a draft, until it is sent."""

    objection: int
    text: str


@pressed("qt", final=True)
class SendAnswer(Action):
    """An older button, which did not say what was seen: show the answer."""

    objection: int


@pressed("qz", final=True)
class SendAnswerSeen(Action):
    """Send the answer to an objection as I saw it: its fingerprint."""

    objection: int
    revision: int


Objecting = (
    Objections
    | AskObjection
    | TypedObjection
    | ShowObjection
    | SendObjection
    | TypedAnswer
    | SendAnswer
    | SendAnswerSeen
)
