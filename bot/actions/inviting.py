"""一次邀请多人: codes for many seats at once, and the sheet on which they are printed (邀请码单)."""

from bot.actions.buttons import Action, pressed, said


@pressed("ik")
class InviteMany(Action):
    """Which branches have no secretary and no code for one? Others than these I list by typing."""

    committee: int


@said
class TypedInvitees(Action):
    """Whom I invite to which seats, a line for each: 王芳 书记 双龙支部."""

    committee: int
    text: str


@pressed("il")
class InviteesDraft(Action):
    """Show what I typed of whom I invite, before there are codes for them."""

    committee: int
    saying: int


@pressed("iq")
class MakeCodes(Action):
    """Make a code for the secretary of each branch that has none, and no code for one."""

    committee: int


@pressed("is")
class MakeListed(Action):
    """Make a code for each line that I typed."""

    committee: int
    saying: int


@pressed("it")
class CodeSheet(Action):
    """Give me all codes that I made and nobody has used, to print and cut (邀请码单); on screen a page of them."""

    committee: int
    number: int


@pressed("iy")
class CodeCard(Action):
    """Give me one code as a picture that can be sent on (转发图)."""

    invitation: int


Inviting = InviteMany | TypedInvitees | InviteesDraft | MakeCodes | MakeListed | CodeSheet | CodeCard
