"""待办: what is owed, and answering it."""

from bot.actions.buttons import Action, Upload, pressed, said


@pressed("td")
class Todo(Action):
    """What does a branch owe this term (待办): open, soon, overdue, done? 0 is my own branch."""

    branch: int


@pressed("te")
class MoreTodo(Action):
    """What else does a branch owe, on the first, second … page after the one that 待办 begins with?"""

    branch: int
    page: int


@pressed("tf")
class Finished(Action):
    """What has a branch done this term, so that a wrong answer can be put right? 0 is my own branch."""

    branch: int


@pressed("tk")
class Task(Action):
    """Show one thing that is owed, and take the answer that closes it."""

    task: int


@said
class TypedReport(Action):
    """This is the answer: 「17/18」, four numbers, a count, 完成."""

    task: int
    text: str


@pressed("tq")
class AskMeaning(Action):
    """What I typed can be read in several ways: which are they?"""

    task: int


@pressed("ta")
class Meant(Action):
    """What I typed means this attendance and, of a party day, volunteer service (1) or none (0)."""

    task: int
    count: int
    of: int
    volunteer: int


@said
class ReportFile(Action):
    """This file is the answer, unless what was written beside it says that something is lacking."""

    task: int
    upload: Upload
    caption: str = ""


@pressed("af")
class TaskFile(Action):
    """Show one of the files that a given task was answered with."""

    task: int
    evidence: int


@pressed("dn")
class Done(Action):
    """It is done."""

    task: int


@pressed("tt")
class Tick(Action):
    """Of the things a task asks for so many are answered, and there is each that stands in `yes` (1, 2, 4 …).

    `instead`: of what is answered already (1 yes, 0 no).
    """

    task: int
    answered: int
    yes: int
    instead: int


@pressed("ro")
class Reopen(Action):
    """The answer is wrong (改): ask for the right one, and let the old one stand till then."""

    task: int


@said
class TypedCorrection(Action):
    """This is the right answer."""

    task: int
    text: str


@pressed("tn")
class NotDone(Action):
    """It is not done after all (其实没完成): open it again."""

    task: int


@pressed("ty")
class AlsoFor(Action):
    """The number that I typed by hand is what this task asks for, too: let it be its answer instead."""

    task: int
    count: int
    of: int


@pressed("th")
class WhichHolds(Action):
    """The answer to a task says other numbers than those typed by hand: which hold?"""

    task: int


@pressed("tr")
class TakeReported(Action):
    """What the answers to tasks say holds, and not what was typed by hand instead: this number, or several."""

    task: int
    count: int
    of: int


@pressed("tm")
class Missed(Action):
    """It was not done: an honest no, which closes the task when its day has come."""

    task: int


@pressed("tx")
class PutBack(Action):
    """It was done all the same: take back the change that opened it."""

    task: int
    change: int


@pressed("wk")
class WhyTask(Action):
    """Why is this owed: the sentence behind it, and how the day is found?"""

    task: int


Owed = (
    Todo
    | MoreTodo
    | Finished
    | Task
    | TypedReport
    | AskMeaning
    | Meant
    | ReportFile
    | TaskFile
    | Done
    | Tick
    | Reopen
    | TypedCorrection
    | NotDone
    | AlsoFor
    | WhichHolds
    | TakeReported
    | Missed
    | PutBack
    | WhyTask
)
