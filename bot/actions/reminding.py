"""Reminders: a day's digest, putting off, preferences, 催办, what did not arrive."""

from bot.actions.buttons import Action, pressed, said


@pressed("rm")
class Reminder(Action):
    """Show what I am reminded of on a day (20261228): all that fell to be said after another day and is still open."""

    day: int
    since: int


@pressed("sz")
class Snooze(Action):
    """Remind me of this again on a day, and not before (明天再提醒)."""

    task: int
    until: int


@pressed("sy")
class SnoozeAll(Action):
    """Remind me of everything in this reminder again on a day, and not before."""

    day: int
    since: int
    until: int


@pressed("pf")
class Preferences(Action):
    """When do I hear of my duties (提醒设置)?"""


@pressed("ph")
class SetHour(Action):
    """I want to hear at this minute of the day."""

    minute: int


@pressed("pm")
class Mute(Action):
    """I want to hear nothing up to and including a day (20261228); 0: I want to hear again."""

    until: int


@said
class TypedMute(Action):
    """Until when I want to hear nothing, in words."""

    text: str


@pressed("pw")
class Weekly(Action):
    """I want (1) or do not want (0) a weekly summary of who is late."""

    on: int


@pressed("ww")
class InWords(Action):
    """Show me words (1), or cards with buttons (0), where screens are cards (文字模式, 卡片模式)."""

    on: int


@pressed("ct")
class ChaseTask(Action):
    """Who has not done this, of all branches that owe the same as this occurrence?"""

    task: int


@pressed("ng")
class Nudge(Action):
    """Remind a branch of this now; everybody=1: all branches that still owe the same; again=1: also who heard today."""

    task: int
    everybody: int
    again: int


@pressed("nb")
class NudgeBranch(Action):
    """Remind a branch now of all that is late or due within a week; again=1: also when it was reminded today."""

    branch: int
    again: int


@pressed("na")
class NudgeAll(Action):
    """Remind every branch now of all that is late or due within a week, as NudgeBranch."""

    committee: int
    again: int


@pressed("ud")
class Undelivered(Action):
    """Which notices did not arrive, or may not have (未送达)?"""

    committee: int


@pressed("us")
class Settle(Action):
    """I have taken care of a notice that did not arrive."""

    notice: int


@pressed("mx")
class Chase(Action):
    """Which branches have not done what is late or due within a week (催办)?"""

    committee: int


@pressed("my")
class ChaseBranches(Action):
    """Which other branches, on the first, second … page after those that 催办 begins with?"""

    committee: int
    page: int


@pressed("mz")
class ChaseDuties(Action):
    """What else, on the first, second … page after what 催办 begins with?"""

    committee: int
    page: int


Reminding = (
    Reminder
    | Snooze
    | SnoozeAll
    | Preferences
    | SetHour
    | Mute
    | TypedMute
    | Weekly
    | InWords
    | Chase
    | ChaseBranches
    | ChaseDuties
    | ChaseTask
    | Nudge
    | NudgeBranch
    | NudgeAll
    | Undelivered
    | Settle
)
