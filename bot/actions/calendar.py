"""日历: deadlines for a phone's calendar."""

from bot.actions.buttons import Action, pressed


@pressed("kt")
class TaskCalendar(Action):
    """Give me one thing that is owed as a file for the phone's calendar (日历)."""

    task: int


@pressed("kl")
class CalendarLink(Action):
    """Show the address under which my phone's calendar can follow what I owe (日历订阅)."""


@pressed("kn", final=True)
class NewCalendarLink(Action):
    """I want another address than the one of this number; 0: I have none yet."""

    besides: int


Noting = TaskCalendar | CalendarLink | NewCalendarLink
