"""待办: what is owed, and answering it."""

from bot.actions.buttons import Asked, Upload, pressed, said


@pressed("td")
class Todo(Asked):
    """What does a branch owe this term (待办): open, soon, overdue, done? 0 is my own branch."""

    branch: int


@pressed("tf")
class Finished(Asked):
    """What has a branch done this term, so that a wrong answer can be put right? 0 is my own branch."""

    branch: int


@pressed("tk")
class Task(Asked):
    """Show one thing that is owed, and take the answer that closes it."""

    task: int


@said
class TypedReport(Asked):
    """This is the answer: 「17/18」, four numbers, a count, 完成."""

    task: int
    text: str


@pressed("tq")
class AskMeaning(Asked):
    """What I typed can be read in several ways: which are they?"""

    task: int


@pressed("ta")
class Meant(Asked):
    """What I typed means this attendance and, of a party day, volunteer service (1) or none (0)."""

    task: int
    count: int
    of: int
    volunteer: int


@said
class ReportFile(Asked):
    """This file is the answer."""

    task: int
    upload: Upload


@pressed("dn")
class Done(Asked):
    """It is done."""

    task: int


@pressed("ro")
class Reopen(Asked):
    """It was reported by mistake: open it again."""

    task: int


@pressed("wk")
class WhyTask(Asked):
    """Why is this owed: the sentence behind it, and how the day is found?"""

    task: int


Owed = Todo | Finished | Task | TypedReport | AskMeaning | Meant | ReportFile | Done | Reopen | WhyTask
