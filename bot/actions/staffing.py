"""人员: who holds which seat; removing a seat, passing it on, cutting a lost phone off."""

from bot.actions.buttons import Action, pressed, said


@pressed("ua")
class People(Action):
    """Show who holds a seat in a committee and its branches (人员): the page of a number, 0 the first."""

    committee: int
    number: int


@said
class TypedPerson(Action):
    """A part of what somebody is called."""

    committee: int
    text: str


@pressed("ub")
class PersonCard(Action):
    """Show one person of a committee."""

    committee: int
    person: int


@pressed("uc")
class AskRemove(Action):
    """I want to take a seat from its holder."""

    seat: int


@pressed("ue", final=True)
class RemoveSeat(Action):
    """Take a seat from its holder (移除), confirmed."""

    seat: int


@pressed("uf")
class SeatEnded(Action):
    """A seat of mine was taken from me: which, by whom, and what to do."""

    seat: int


@pressed("ug", final=True)
class PassOn(Action):
    """Make (or show the still open) one-time code that moves somebody's seat to whoever uses it."""

    seat: int


@pressed("uh")
class AskCutOff(Action):
    """Somebody lost a phone (丢手机): where are they logged in?"""

    committee: int
    person: int


@pressed("ui", final=True)
class CutOff(Action):
    """Log a person out at one address, or (0) everywhere."""

    committee: int
    person: int
    address: int


Staffing = (
    People | TypedPerson | PersonCard | AskRemove | RemoveSeat | SeatEnded | PassOn | AskCutOff | CutOff
)
