"""Joining and leaving: invitations, seats, devices, one's name."""

from bot.actions.buttons import Action, pressed, said


@pressed("jc")
class EnterCode(Action):
    """I have an invitation code."""


@pressed("jd")
class DeadCode(Action):
    """Why does the code that I gave give nothing: that of an invitation, with what only its letters tell (`proof`).

    The invitation 0 is none: there was no such code.
    """

    invitation: int
    proof: int


@said
class UseCode(Action):
    """Here is my invitation code."""

    text: str


@pressed("se")
class Seats(Action):
    """Which seats do I hold; invite, hand over, leave."""


@pressed("iv")
class Invite(Action):
    """Make (or show the still open) invitation for a role in a branch; branch 0 means a seat in the committee.

    `besides` is the number of an invitation that was shown already: another one than that is wanted.
    """

    committee: int
    branch: int
    role: int
    besides: int


@pressed("si")
class ShowInvitation(Action):
    """Show an invitation I made."""

    invitation: int


@pressed("iu")
class OpenInvitations(Action):
    """Which invitations of a branch (0: of the whole committee) can still be used; `before`: those older than one."""

    committee: int
    branch: int
    before: int


@pressed("ix", final=True)
class CancelInvitation(Action):
    """Make an invitation void."""

    invitation: int


@pressed("nw")
class Newcomers(Action):
    """Who took a seat by my codes (谁加入了)?"""


@pressed("np")
class SeeNewcomers(Action):
    """The same; and those up to an entry of this number I have seen, and need not be told of again."""

    entry: int


@pressed("im")
class InviteMenu(Action):
    """Whom may I invite in this committee; branch 0 lists the branches."""

    committee: int
    branch: int


@pressed("ho", final=True)
class HandOver(Action):
    """Make (or show the still open) one-time code that moves my seat to somebody else."""

    seat: int


@pressed("al")
class AskLeave(Action):
    """I want to give up a seat."""

    seat: int


@pressed("lv", final=True)
class Leave(Action):
    """I give up a seat, confirmed."""

    seat: int


@pressed("dv")
class Devices(Action):
    """Where am I logged in (登录的设备)?"""


@pressed("da")
class AddDevice(Action):
    """Make (or show the still open) one-time code with which I log in somewhere else, too."""


@pressed("ax")
class AskSignOut(Action):
    """I want to log out here (`others` 0), or everywhere else (1)."""

    others: int


@pressed("sx", final=True)
class SignOut(Action):
    """I log out here (`others` 0), or everywhere else (1), confirmed."""

    others: int


@pressed("rn")
class Rename(Action):
    """I want to be called otherwise."""


@said
class TypedInvited(Action):
    """A part of the name of the branch to which somebody is to be invited."""

    committee: int
    text: str


@said
class TypedName(Action):
    """Call me this."""

    text: str


Joining = (
    EnterCode
    | DeadCode
    | UseCode
    | Seats
    | Invite
    | InviteMenu
    | TypedInvited
    | ShowInvitation
    | Newcomers
    | SeeNewcomers
    | OpenInvitations
    | CancelInvitation
    | HandOver
    | AskLeave
    | Leave
    | Devices
    | AddDevice
    | AskSignOut
    | SignOut
    | Rename
    | TypedName
)
