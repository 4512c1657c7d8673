"""整改: a branch's plan after a term, its measures, and the committee's answers to both."""

from bot.actions.buttons import Asked, Upload, pressed, said


@pressed("xp")
class Rectify(Asked):
    """Show the plan (整改) of a branch after a term; term 0 is the one whose plan is open."""

    branch: int
    term: int


@pressed("xr")
class Register(Asked):
    """How far are all plans of a term (整改台账)? Term 0 is the newest that was published."""

    term: int
    page: int


# --- the plan -------------------------------------------------------------------------------------------------


@pressed("xw")
class Proposals(Asked):
    """What may the measures say, by the standards that were not met?"""

    branch: int
    term: int
    page: int


@pressed("xk")
class TakeProposals(Asked):
    """Take what is proposed for an item into the plan (0: for all), and the usual post and day where none is set."""

    branch: int
    term: int
    item: int


@pressed("xn")
class NewMeasure(Asked):
    """I want to write a measure of my own."""

    branch: int
    term: int


@said
class TypedMeasure(Asked):
    """This is a measure of the branch's own."""

    branch: int
    term: int
    text: str


@pressed("xf")
class FromItem(Asked):
    """Take down a measure for an item of a sheet: into the branch's plan, or as what the committee suggests for it."""

    sheet: int
    item: int


@pressed("xi")
class AskSubmitPlan(Asked):
    """I want to submit the plan."""

    plan: int


@pressed("xh", final=True)
class SubmitPlan(Asked):
    """Submit the plan as I saw it, at this revision."""

    plan: int
    revision: int


@pressed("xc")
class AcceptPlan(Asked):
    """The committee agrees with the plan as it was shown, at this revision."""

    plan: int
    revision: int


@pressed("xb")
class AskReturnPlan(Asked):
    """I want to return the plan to its branch."""

    plan: int


@said
class TypedPlanReply(Asked):
    """This is why the plan is to be returned: a draft, until it is."""

    plan: int
    text: str


@pressed("xs", final=True)
class ReturnPlan(Asked):
    """Return the plan for the reason that was typed: of an old button, which does not say for which."""

    plan: int


@pressed("xx", final=True)
class ReturnPlanFor(Asked):
    """Return the plan for the reason that was shown."""

    plan: int
    reason: int


@pressed("xg")
class AskGuidance(Asked):
    """I want to guide a branch in its plan (指导意见)."""

    plan: int


@said
class TypedGuidance(Asked):
    """This is the committee's 指导意见."""

    plan: int
    text: str


# --- a measure ------------------------------------------------------------------------------------------------


@pressed("xm")
class MeasureCard(Asked):
    """Show a measure."""

    measure: int


@said
class TypedOnMeasure(Asked):
    """Typed on a measure: other words for it, a post, a day; of one that is carried out, how it went."""

    measure: int
    text: str


@pressed("xo")
class Responsible(Asked):
    """This post sees to a measure, by its number."""

    measure: int
    post: int


@pressed("xe")
class DueBy(Asked):
    """A measure is to be done by this day."""

    measure: int
    day: int


@pressed("xd")
class DropMeasure(Asked):
    """Leave a measure out of the plan."""

    measure: int


@pressed("xu")
class RestoreMeasure(Asked):
    """Put a measure that was left out back into the plan."""

    measure: int


@said
class AddMeasureFile(Asked):
    """This file shows how a measure went."""

    measure: int
    upload: Upload


@pressed("xv")
class MeasureFile(Asked):
    """Show a file of a measure."""

    measure: int
    evidence: int


@pressed("xl")
class CloseMeasure(Asked):
    """The branch has done what a measure says, and asks the committee to accept that (销号)."""

    measure: int


@pressed("xt")
class ReopenMeasure(Asked):
    """It is not done after all: the branch takes back what the committee has not accepted yet."""

    measure: int


@pressed("xa", final=True)
class AcceptMeasure(Asked):
    """销号: the committee accepts a measure as it was reported, at this revision."""

    measure: int
    revision: int


@pressed("xj")
class AskSendBack(Asked):
    """I want to send a closed measure back to its branch."""

    measure: int


@said
class TypedSendBack(Asked):
    """This is why a measure is to be sent back: a draft, until it is."""

    measure: int
    text: str


@pressed("xq", final=True)
class SendBack(Asked):
    """Send a measure back for the reason that was typed: of an old button, which does not say for which."""

    measure: int


@pressed("xy", final=True)
class SendBackFor(Asked):
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
    | OnMeasure
)
