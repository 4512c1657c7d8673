"""整改: a branch's plan after a term, its measures, and the committee's answers to both."""

from bot.actions.buttons import Action, Upload, pressed, said


@pressed("xp")
class Rectify(Action):
    """Show the plan (整改) of a branch after a term; term 0 is the one whose plan is open."""

    branch: int
    term: int


@pressed("xr")
class Register(Action):
    """How far are all plans of a term (整改台账)? Term 0 is the newest that was published."""

    term: int
    page: int


# --- the plan -------------------------------------------------------------------------------------------------


@pressed("xw")
class Proposals(Action):
    """What may the measures say, by the standards that were not met?"""

    branch: int
    term: int
    page: int


@pressed("xk")
class TakeProposals(Action):
    """Take what is proposed for an item into the plan (0: for all), and the usual post and day where none is set."""

    branch: int
    term: int
    item: int


@pressed("xn")
class NewMeasure(Action):
    """I want to write a measure of my own."""

    branch: int
    term: int


@said
class TypedMeasure(Action):
    """This is a measure of the branch's own."""

    branch: int
    term: int
    text: str


@pressed("xf")
class FromItem(Action):
    """Take down a measure for an item of a sheet: into the branch's plan, or as what the committee suggests for it."""

    sheet: int
    item: int


@pressed("xi")
class AskSubmitPlan(Action):
    """I want to submit the plan."""

    plan: int


@pressed("xh", final=True)
class SubmitPlan(Action):
    """Submit the plan as I saw it, at this revision."""

    plan: int
    revision: int


@pressed("xc")
class AcceptPlan(Action):
    """The committee agrees with the plan as it was shown, at this revision."""

    plan: int
    revision: int


@pressed("xb")
class AskReturnPlan(Action):
    """I want to return the plan to its branch."""

    plan: int


@said
class TypedPlanReply(Action):
    """This is why the plan is to be returned: a draft, until it is."""

    plan: int
    text: str


@pressed("xs", final=True)
class ReturnPlan(Action):
    """Return the plan for the reason that was typed: of an old button, which does not say for which."""

    plan: int


@pressed("xx", final=True)
class ReturnPlanFor(Action):
    """Return the plan for the reason that was shown."""

    plan: int
    reason: int


@pressed("xg")
class AskGuidance(Action):
    """I want to guide a branch in its plan (指导意见)."""

    plan: int


@said
class TypedGuidance(Action):
    """This is the committee's 指导意见: a draft, until it is sent."""

    plan: int
    text: str


@pressed("x0", final=True)
class SendGuidance(Action):
    """Send the 指导意见 that was shown to the branch."""

    plan: int
    seen: int


# --- a measure ------------------------------------------------------------------------------------------------


@pressed("xm")
class MeasureCard(Action):
    """Show a measure."""

    measure: int


@said
class TypedOnMeasure(Action):
    """Typed on a measure: other words for it, a post, a day; of one that is carried out, how it went."""

    measure: int
    text: str


@pressed("xo")
class Responsible(Action):
    """This post sees to a measure, by its number."""

    measure: int
    post: int


@pressed("xe")
class DueBy(Action):
    """A measure is to be done by this day."""

    measure: int
    day: int


@pressed("xd")
class DropMeasure(Action):
    """Leave a measure out of the plan."""

    measure: int


@pressed("xu")
class RestoreMeasure(Action):
    """Put a measure that was left out back into the plan."""

    measure: int


@said
class AddMeasureFile(Action):
    """This file shows how a measure went."""

    measure: int
    upload: Upload


@pressed("xv")
class MeasureFile(Action):
    """Show a file of a measure."""

    measure: int
    evidence: int


@pressed("xl")
class CloseMeasure(Action):
    """The branch has done what a measure says, and asks the committee to accept that (销号)."""

    measure: int


@pressed("xt")
class ReopenMeasure(Action):
    """It is not done after all: the branch takes back what the committee has not accepted yet."""

    measure: int


@pressed("xa", final=True)
class AcceptMeasure(Action):
    """销号: the committee accepts a measure as it was reported, at this revision."""

    measure: int
    revision: int


@pressed("xj")
class AskSendBack(Action):
    """I want to send a closed measure back to its branch."""

    measure: int


@said
class TypedSendBack(Action):
    """This is why a measure is to be sent back: a draft, until it is."""

    measure: int
    text: str


@pressed("xq", final=True)
class SendBack(Action):
    """Send a measure back for the reason that was typed: of an old button, which does not say for which."""

    measure: int


@pressed("xy", final=True)
class SendBackFor(Action):
    """Send a measure back for the reason that was shown."""

    measure: int
    reason: int


OnMeasure = (
    MeasureCard
    | TypedOnMeasure
    | Responsible
    | DueBy
    | DropMeasure
    | RestoreMeasure
    | AddMeasureFile
    | MeasureFile
    | CloseMeasure
    | ReopenMeasure
    | AcceptMeasure
    | AskSendBack
    | TypedSendBack
    | SendBack
    | SendBackFor
)
Rectifying = (
    Rectify
    | Register
    | Proposals
    | TakeProposals
    | NewMeasure
    | TypedMeasure
    | FromItem
    | AskSubmitPlan
    | SubmitPlan
    | AcceptPlan
    | AskReturnPlan
    | TypedPlanReply
    | ReturnPlan
    | ReturnPlanFor
    | AskGuidance
    | TypedGuidance
    | SendGuidance
    | OnMeasure
)
