"""Everything a person can ask of the bot.

An action is a frozen value. Pressing a button sends its *wire form*, the tag and the integers, at most 64 bytes
(Telegram's limit for callback_data): ``Mark(sheet=12, item=7, grade=2)`` is ``m:12:7:2``. A message stays clickable
for ever, so tags are never reused or changed, and an action is absolute ("item 7 is 优秀"), never relative ("next").
An action that carries typed text or a file has no wire form: it is made by the screen that asked for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from types import MappingProxyType
from typing import Any, TypeVar, cast

from scoring.refusal import Refused

WIRE_LIMIT = 64  # bytes; https://core.telegram.org/bots/api#inlinekeyboardbutton
LARGEST = 2**31 - 1  # the widest integer both databases store in a key column
UPLOAD_LIMIT = (
    20 * 1024 * 1024
)  # bytes; Telegram's getFile serves no more, https://core.telegram.org/bots/api#getfile


@dataclass(frozen=True, slots=True)
class Asked:
    """Something a person asks: base of all actions, no more than a name for them."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived: its name, the type the sender claims, and its bytes (checked by the store)."""

    name: str
    mime: str
    data: bytes


_by_tag: dict[str, type[Asked]] = {}
_tags: dict[type[Asked], str] = {}
_said: list[type[Asked]] = []
_final: set[type[Asked]] = set()

A = TypeVar("A", bound=type[Asked])


def pressed(tag: str, *, final: bool = False) -> Callable[[A], A]:
    """Register an action that a button can send, under a tag that is kept for ever.

    `final`: what it does cannot be taken back, so it is asked for in words or by its button, never by a typed digit.
    """

    def register(cls: A) -> A:
        if tag in _by_tag:
            raise TypeError(f"tag {tag!r} is taken by {_by_tag[tag].__name__}")
        if any(f.type is not int for f in fields(cls)):
            raise TypeError(f"{cls.__name__}: a button carries integers only")
        _by_tag[tag], _tags[cls] = cls, tag
        if final:
            _final.add(cls)
        return cls

    return register


def said(cls: A) -> A:
    """Register an action that only a typed text or a sent file can make."""
    _said.append(cls)
    return cls


def all_actions() -> tuple[type[Asked], ...]:
    """Every registered action, for the tests that go through them all."""
    return (*_by_tag.values(), *_said)


def tags() -> Mapping[str, type[Asked]]:
    """The actions that a button can send, by tag."""
    return MappingProxyType(_by_tag)


def is_final(action: Asked) -> bool:
    """Whether what an action does cannot be taken back."""
    return type(action) in _final


def wire(action: Asked) -> str:
    """The text that travels in a button. Raises KeyError for an action that only text can make."""
    values: list[Any] = [getattr(action, f.name) for f in fields(action)]
    return ":".join([_tags[type(action)], *(str(int(value)) for value in values)])


def day_number(day: date) -> int:
    """A day as a button carries it: 20261228."""
    return day.year * 10000 + day.month * 100 + day.day


def number_day(number: int) -> date:
    """The day behind such a number. Raises Refused when there is no such day."""
    try:
        return date(number // 10000, number // 100 % 100, number % 100)
    except ValueError:
        raise Refused("这个按钮已经失效，请回首页重新选择。") from None


# --- finding one's way ------------------------------------------------------------------------------------------


@pressed("h")
@dataclass(frozen=True, slots=True)
class Home(Asked):
    """What is open for me, until when, how far."""


@pressed("hp")
@dataclass(frozen=True, slots=True)
class Help(Asked):
    """What can I do here?"""


@pressed("pv")
@dataclass(frozen=True, slots=True)
class Privacy(Asked):
    """What is stored about me?"""


@said
@dataclass(frozen=True, slots=True)
class Say(Asked):
    """A text that no screen asked for: a command, a branch's name, a word."""

    text: str


@said
@dataclass(frozen=True, slots=True)
class Send(Asked):
    """A file that no screen asked for."""

    upload: Upload


@said
@dataclass(frozen=True, slots=True)
class Unreadable(Asked):
    """A message the bot cannot use: voice, sticker, location."""

    kind: str


# --- joining and leaving ----------------------------------------------------------------------------------------


@pressed("jc")
@dataclass(frozen=True, slots=True)
class EnterCode(Asked):
    """I have an invitation code."""


@said
@dataclass(frozen=True, slots=True)
class UseCode(Asked):
    """Here is my invitation code."""

    text: str


@pressed("se")
@dataclass(frozen=True, slots=True)
class Seats(Asked):
    """Which seats do I hold; invite, hand over, leave."""


@pressed("iv")
@dataclass(frozen=True, slots=True)
class Invite(Asked):
    """Make (or show the still open) invitation for a role in a branch; branch 0 means a seat in the committee.

    `besides` is the number of an invitation that was shown already: another one than that is wanted.
    """

    committee: int
    branch: int
    role: int
    besides: int


@pressed("si")
@dataclass(frozen=True, slots=True)
class ShowInvitation(Asked):
    """Show an invitation I made."""

    invitation: int


@pressed("iu")
@dataclass(frozen=True, slots=True)
class OpenInvitations(Asked):
    """Which invitations of a branch (0: of the whole committee) can still be used; `before`: those older than one."""

    committee: int
    branch: int
    before: int


@pressed("ix", final=True)
@dataclass(frozen=True, slots=True)
class CancelInvitation(Asked):
    """Make an invitation void."""

    invitation: int


@pressed("im")
@dataclass(frozen=True, slots=True)
class InviteMenu(Asked):
    """Whom may I invite in this committee; branch 0 lists the branches."""

    committee: int
    branch: int


@pressed("ho", final=True)
@dataclass(frozen=True, slots=True)
class HandOver(Asked):
    """Make (or show the still open) one-time code that moves my seat to somebody else."""

    seat: int


@pressed("al")
@dataclass(frozen=True, slots=True)
class AskLeave(Asked):
    """I want to give up a seat."""

    seat: int


@pressed("lv", final=True)
@dataclass(frozen=True, slots=True)
class Leave(Asked):
    """I give up a seat, confirmed."""

    seat: int


@pressed("dv")
@dataclass(frozen=True, slots=True)
class Devices(Asked):
    """Where am I logged in (登录的设备)?"""


@pressed("da")
@dataclass(frozen=True, slots=True)
class AddDevice(Asked):
    """Make (or show the still open) one-time code with which I log in somewhere else, too."""


@pressed("ax")
@dataclass(frozen=True, slots=True)
class AskSignOut(Asked):
    """I want to log out here (`others` 0), or everywhere else (1)."""

    others: int


@pressed("sx", final=True)
@dataclass(frozen=True, slots=True)
class SignOut(Asked):
    """I log out here (`others` 0), or everywhere else (1), confirmed."""

    others: int


@pressed("rn")
@dataclass(frozen=True, slots=True)
class Rename(Asked):
    """I want to be called otherwise."""


@said
@dataclass(frozen=True, slots=True)
class TypedName(Asked):
    """Call me this."""

    text: str


@pressed("fb")
@dataclass(frozen=True, slots=True)
class Feedback(Asked):
    """I want to tell the administrator something."""


@said
@dataclass(frozen=True, slots=True)
class SendFeedback(Asked):
    """This is what I want to tell the administrator."""

    text: str


@pressed("ib")
@dataclass(frozen=True, slots=True)
class Inbox(Asked):
    """What people told the administrator of this committee."""

    committee: int


@pressed("io")
@dataclass(frozen=True, slots=True)
class OlderInbox(Asked):
    """What people told the administrator before they said something else."""

    committee: int
    before: int


# --- scoring ----------------------------------------------------------------------------------------------------


@pressed("os")
@dataclass(frozen=True, slots=True)
class OpenSheet(Asked):
    """Take me to the sheet of a branch and term, by rater (0 支部自评, 1 总支评价), at its first open item."""

    branch: int
    term: int
    rater: int


@pressed("c")
@dataclass(frozen=True, slots=True)
class Card(Asked):
    """Show one item of a sheet."""

    sheet: int
    item: int


@pressed("g")
@dataclass(frozen=True, slots=True)
class Contents(Asked):
    """Show the grid of all items (目录)."""

    sheet: int


@pressed("o")
@dataclass(frozen=True, slots=True)
class Overview(Asked):
    """Show the sheet as a whole (总览)."""

    sheet: int


@pressed("m")
@dataclass(frozen=True, slots=True)
class Mark(Asked):
    """An item gets a grade (2 优秀, 1 合格, 0 不合格) and the grade's points."""

    sheet: int
    item: int
    grade: int


@pressed("op")
@dataclass(frozen=True, slots=True)
class OtherPoints(Asked):
    """I want to give an item other points than a grade's."""

    sheet: int
    item: int


@pressed("or")
@dataclass(frozen=True, slots=True)
class AskReason(Asked):
    """I want to give an item these points (in tenths); which reason?"""

    sheet: int
    item: int
    tenths: int


@pressed("p")
@dataclass(frozen=True, slots=True)
class Points(Asked):
    """An item gets these points (in tenths) for one of the common reasons (by number; 0 依据台账数字)."""

    sheet: int
    item: int
    tenths: int
    reason: int


@said
@dataclass(frozen=True, slots=True)
class TypedReason(Asked):
    """An item gets these points for a reason in my own words."""

    sheet: int
    item: int
    tenths: int
    text: str


@said
@dataclass(frozen=True, slots=True)
class TypedOnCard(Asked):
    """Typed on an item's card: a grade, points, a fact 「16/18」, a whole line, or a remark."""

    sheet: int
    item: int
    text: str


@pressed("yr")
@dataclass(frozen=True, slots=True)
class Remark(Asked):
    """What was meant with a text that I typed on a card: points, a note, or something else?"""

    sheet: int
    draft: int


@pressed("yp")
@dataclass(frozen=True, slots=True)
class KeepAsPoints(Asked):
    """The text that I typed gives the item points, or a grade, and says why."""

    sheet: int
    draft: int


@pressed("yn")
@dataclass(frozen=True, slots=True)
class KeepAsNote(Asked):
    """The text that I typed belongs into the item's note (写进备注)."""

    sheet: int
    draft: int


@pressed("lq")
@dataclass(frozen=True, slots=True)
class LineDraft(Asked):
    """Show what a typed line would change."""

    sheet: int
    draft: int


@said
@dataclass(frozen=True, slots=True)
class TypedLineReason(Asked):
    """The reason for the other points in a typed line."""

    sheet: int
    draft: int
    text: str


@pressed("lc")
@dataclass(frozen=True, slots=True)
class SaveLine(Asked):
    """Save what a typed line says."""

    sheet: int
    draft: int


@pressed("u")
@dataclass(frozen=True, slots=True)
class Undo(Asked):
    """Take one change of a sheet back, if nothing newer stands on its items."""

    sheet: int
    change: int


@pressed("nt")
@dataclass(frozen=True, slots=True)
class Note(Asked):
    """I want to write a note to an item (备注)."""

    sheet: int
    item: int


@said
@dataclass(frozen=True, slots=True)
class TypedNote(Asked):
    """This is the note."""

    sheet: int
    item: int
    text: str


@pressed("nc", final=True)
@dataclass(frozen=True, slots=True)
class ClearNote(Asked):
    """Remove the note of an item."""

    sheet: int
    item: int


@pressed("ev")
@dataclass(frozen=True, slots=True)
class Evidence(Asked):
    """Show what is attached to an item (依据), and take more."""

    sheet: int
    item: int


@said
@dataclass(frozen=True, slots=True)
class AddEvidence(Asked):
    """Attach this file to an item."""

    sheet: int
    item: int
    upload: Upload


@pressed("es")
@dataclass(frozen=True, slots=True)
class ShowEvidence(Asked):
    """Show one attached file."""

    sheet: int
    evidence: int


@pressed("er", final=True)
@dataclass(frozen=True, slots=True)
class RemoveEvidence(Asked):
    """Take one attached file off its item."""

    sheet: int
    evidence: int


@pressed("w")
@dataclass(frozen=True, slots=True)
class WhyItem(Asked):
    """Why this suggestion, these points: the sentence, the inputs, the formula, who and when (为什么)."""

    sheet: int
    item: int


@pressed("as")
@dataclass(frozen=True, slots=True)
class AskSubmit(Asked):
    """I want to submit the sheet."""

    sheet: int


@pressed("s", final=True)
@dataclass(frozen=True, slots=True)
class Submit(Asked):
    """Submit the sheet as I saw it, at this revision."""

    sheet: int
    revision: int


# --- facts ------------------------------------------------------------------------------------------------------


@pressed("lg")
@dataclass(frozen=True, slots=True)
class Ledger(Asked):
    """Show the term's facts of a branch (台账)."""

    branch: int
    term: int


@pressed("fi")
@dataclass(frozen=True, slots=True)
class ItemFacts(Asked):
    """Show the facts that one item counts, and take them."""

    sheet: int
    item: int


@pressed("lk")
@dataclass(frozen=True, slots=True)
class LedgerOf(Asked):
    """Show the facts that feed one category of items (by its number in the edition)."""

    branch: int
    term: int
    category: int


@pressed("f")
@dataclass(frozen=True, slots=True)
class FactCard(Asked):
    """Show one kind of fact (by its number in the edition) for a month (202609; 0 the whole term), and take it."""

    branch: int
    term: int
    kind: int
    month: int


@said
@dataclass(frozen=True, slots=True)
class TypedFact(Asked):
    """This is the number."""

    branch: int
    term: int
    kind: int
    month: int
    text: str


@pressed("fc")
@dataclass(frozen=True, slots=True)
class ClearFact(Asked):
    """Remove a number that was recorded by mistake."""

    branch: int
    term: int
    kind: int
    month: int


# --- reminders --------------------------------------------------------------------------------------------------


@pressed("rm")
@dataclass(frozen=True, slots=True)
class Reminder(Asked):
    """Show what I am reminded of on a day (20261228): all that fell to be said after another day and is still open."""

    day: int
    since: int


@pressed("sz")
@dataclass(frozen=True, slots=True)
class Snooze(Asked):
    """Remind me of this again on a day, and not before (明天再提醒)."""

    task: int
    until: int


@pressed("sy")
@dataclass(frozen=True, slots=True)
class SnoozeAll(Asked):
    """Remind me of everything in this reminder again on a day, and not before."""

    day: int
    since: int
    until: int


@pressed("pf")
@dataclass(frozen=True, slots=True)
class Preferences(Asked):
    """When do I hear of my duties (提醒设置)?"""


@pressed("ph")
@dataclass(frozen=True, slots=True)
class SetHour(Asked):
    """I want to hear at this minute of the day."""

    minute: int


@pressed("pm")
@dataclass(frozen=True, slots=True)
class Mute(Asked):
    """I want to hear nothing up to and including a day (20261228); 0: I want to hear again."""

    until: int


@said
@dataclass(frozen=True, slots=True)
class TypedMute(Asked):
    """Until when I want to hear nothing, in words."""

    text: str


@pressed("pw")
@dataclass(frozen=True, slots=True)
class Weekly(Asked):
    """I want (1) or do not want (0) a weekly summary of who is late."""

    on: int


@pressed("ct")
@dataclass(frozen=True, slots=True)
class ChaseTask(Asked):
    """Who has not done this, of all branches that owe the same as this occurrence?"""

    task: int


@pressed("ng")
@dataclass(frozen=True, slots=True)
class Nudge(Asked):
    """Remind a branch of this now; everybody=1: all branches that still owe the same; again=1: also who heard today."""

    task: int
    everybody: int
    again: int


@pressed("ud")
@dataclass(frozen=True, slots=True)
class Undelivered(Asked):
    """Which notices did not arrive, or may not have (未送达)?"""

    committee: int


@pressed("us")
@dataclass(frozen=True, slots=True)
class Settle(Asked):
    """I have taken care of a notice that did not arrive."""

    notice: int


# --- results ----------------------------------------------------------------------------------------------------


@pressed("st")
@dataclass(frozen=True, slots=True)
class Standings(Asked):
    """Show a term's table of branches (排名); term 0 is the current one."""

    term: int


@pressed("r")
@dataclass(frozen=True, slots=True)
class Result(Asked):
    """Show a branch's result for a term (结果); term 0 is the current one."""

    branch: int
    term: int


@pressed("wu")
@dataclass(frozen=True, slots=True)
class WayUp(Asked):
    """How far is the next star, and what is the cheapest way there (差多少)?"""

    branch: int
    term: int


@pressed("wt")
@dataclass(frozen=True, slots=True)
class WhyTotal(Asked):
    """Why this total and these stars (为什么)?"""

    branch: int
    term: int


# --- assignments ------------------------------------------------------------------------------------------------


@pressed("ga")
@dataclass(frozen=True, slots=True)
class Assign(Asked):
    """I want to give branches a task (交办任务); what was given lately?"""

    committee: int


@said
@dataclass(frozen=True, slots=True)
class TypedAssignment(Asked):
    """This is the task and its due day: 「12月20日前交工会活动小结」."""

    committee: int
    text: str


@pressed("an")
@dataclass(frozen=True, slots=True)
class ShowAssignment(Asked):
    """Show a task: as a draft to be confirmed or, once it is given, who has done it."""

    assignment: int


@said
@dataclass(frozen=True, slots=True)
class RetypedAssignment(Asked):
    """The draft of a task should say this instead."""

    assignment: int
    text: str


@pressed("ab")
@dataclass(frozen=True, slots=True)
class ChooseBranches(Asked):
    """Whom do I want to give the task?"""

    assignment: int


@pressed("at")
@dataclass(frozen=True, slots=True)
class AssignTo(Asked):
    """A branch is to get the task (on 1) or not (on 0); branch 0 means every branch."""

    assignment: int
    branch: int
    on: int


@said
@dataclass(frozen=True, slots=True)
class TypedBranch(Asked):
    """A branch's name: it is to get the task or, if it was chosen, not."""

    assignment: int
    text: str


@pressed("gv", final=True)
@dataclass(frozen=True, slots=True)
class Give(Asked):
    """Give the task to the branches that are chosen, confirmed."""

    assignment: int


@pressed("aw")
@dataclass(frozen=True, slots=True)
class AskWithdraw(Asked):
    """I want to take a task back."""

    assignment: int


@pressed("wd", final=True)
@dataclass(frozen=True, slots=True)
class Withdraw(Asked):
    """Take a task back, confirmed: whoever has not done it need not."""

    assignment: int


# --- duties -----------------------------------------------------------------------------------------------------


@pressed("td")
@dataclass(frozen=True, slots=True)
class Todo(Asked):
    """What does a branch owe this term (待办): open, soon, overdue, done? 0 is my own branch."""

    branch: int


@pressed("tf")
@dataclass(frozen=True, slots=True)
class Finished(Asked):
    """What has a branch done this term, so that a wrong answer can be put right? 0 is my own branch."""

    branch: int


@pressed("tk")
@dataclass(frozen=True, slots=True)
class Task(Asked):
    """Show one thing that is owed, and take the answer that closes it."""

    task: int


@said
@dataclass(frozen=True, slots=True)
class TypedReport(Asked):
    """This is the answer: 「17/18」, four numbers, a count, 完成."""

    task: int
    text: str


@pressed("tq")
@dataclass(frozen=True, slots=True)
class AskMeaning(Asked):
    """What I typed can be read in several ways: which are they?"""

    task: int


@pressed("ta")
@dataclass(frozen=True, slots=True)
class Meant(Asked):
    """What I typed means this attendance and, of a party day, volunteer service (1) or none (0)."""

    task: int
    count: int
    of: int
    volunteer: int


@said
@dataclass(frozen=True, slots=True)
class ReportFile(Asked):
    """This file is the answer."""

    task: int
    upload: Upload


@pressed("dn")
@dataclass(frozen=True, slots=True)
class Done(Asked):
    """It is done."""

    task: int


@pressed("ro")
@dataclass(frozen=True, slots=True)
class Reopen(Asked):
    """It was reported by mistake: open it again."""

    task: int


@pressed("wk")
@dataclass(frozen=True, slots=True)
class WhyTask(Asked):
    """Why is this owed: the sentence behind it, and how the day is found?"""

    task: int


@pressed("mx")
@dataclass(frozen=True, slots=True)
class Chase(Asked):
    """Which branches have not done what is late or due within a week (催办)?"""

    committee: int


# --- arranging --------------------------------------------------------------------------------------------------


@pressed("zm")
@dataclass(frozen=True, slots=True)
class Arrange(Asked):
    """What can an administrator arrange (工作安排): duties, working days, terms?"""

    committee: int


@pressed("zl")
@dataclass(frozen=True, slots=True)
class DutyList(Asked):
    """Show the catalogue (任务目录), by how often its duties come round: 0 monthly, 1 term, 2 yearly, 3 event."""

    committee: int
    cadence: int


@pressed("zd")
@dataclass(frozen=True, slots=True)
class DutyCard(Asked):
    """Show one duty (by its number in the catalogue) as a branch has it; branch 0 is the committee."""

    committee: int
    branch: int
    duty: int


@pressed("zs")
@dataclass(frozen=True, slots=True)
class SwitchDuty(Asked):
    """A duty is on (1) or off (0), for a branch or (0) the committee."""

    committee: int
    branch: int
    duty: int
    on: int


@pressed("zr")
@dataclass(frozen=True, slots=True)
class ResetDuty(Asked):
    """A duty is again as it was before the branch or (0) the committee chose (恢复默认)."""

    committee: int
    branch: int
    duty: int


@said
@dataclass(frozen=True, slots=True)
class TypedDuty(Asked):
    """Typed on a duty's card: its rule, or 「提前 5、1」."""

    committee: int
    branch: int
    duty: int
    text: str


@pressed("zb")
@dataclass(frozen=True, slots=True)
class DutyBranches(Asked):
    """For which branch is a duty to be arranged otherwise (某支部单独安排)?"""

    committee: int
    duty: int


@said
@dataclass(frozen=True, slots=True)
class TypedDutyBranch(Asked):
    """For the branch of this name."""

    committee: int
    duty: int
    text: str


@pressed("zw")
@dataclass(frozen=True, slots=True)
class WorkingDays(Asked):
    """Show the coming holidays and the weekends that are worked (放假调休), and take corrections."""

    committee: int


@said
@dataclass(frozen=True, slots=True)
class TypedDays(Asked):
    """These days are worked or off: 「10月10日 上班」, or the year's notice."""

    committee: int
    text: str


@pressed("ze")
@dataclass(frozen=True, slots=True)
class EnteredDays(Asked):
    """Show what was entered for the days of a month (202610)."""

    committee: int
    month: int


@pressed("zx")
@dataclass(frozen=True, slots=True)
class ClearDay(Asked):
    """A day (20261010) is again what the calendar says."""

    committee: int
    day: int


@pressed("zt")
@dataclass(frozen=True, slots=True)
class TermList(Asked):
    """Show the terms of a committee (学期)."""

    committee: int


@pressed("zc")
@dataclass(frozen=True, slots=True)
class TermCard(Asked):
    """Show the days of one term, and take others."""

    term: int


@said
@dataclass(frozen=True, slots=True)
class TypedTerm(Asked):
    """These are the term's days: 「2026-09-01 至 2027-01-22」, 「自评 1月1日至1月15日」."""

    term: int
    text: str


@pressed("zp")
@dataclass(frozen=True, slots=True)
class ProposeTerm(Asked):
    """Which term is missing next (新增学期)?"""

    committee: int


@pressed("zn")
@dataclass(frozen=True, slots=True)
class AddTerm(Asked):
    """Add the first (1) or second (2) term of the school year that begins in a year, on its usual days."""

    committee: int
    year: int
    half: int


# --- calendar ---------------------------------------------------------------------------------------------------


@pressed("kt")
@dataclass(frozen=True, slots=True)
class TaskCalendar(Asked):
    """Give me one thing that is owed as a file for the phone's calendar (日历)."""

    task: int


@pressed("kl")
@dataclass(frozen=True, slots=True)
class CalendarLink(Asked):
    """Show the address under which my phone's calendar can follow what I owe (日历订阅)."""


@pressed("kn", final=True)
@dataclass(frozen=True, slots=True)
class NewCalendarLink(Asked):
    """I want another address than the one of this number; 0: I have none yet."""

    besides: int


# --- what a text means ------------------------------------------------------------------------------------------


@pressed("wq")
@dataclass(frozen=True, slots=True)
class Which(Asked):
    """Show a typed text that may belong to several things, and ask to which (记到哪一项？)."""

    saying: int


@pressed("wp")
@dataclass(frozen=True, slots=True)
class Place(Asked):
    """A typed text belongs to one of the things it was asked about (by its number, from 0)."""

    saying: int
    place: int


@said
@dataclass(frozen=True, slots=True)
class TypedAgain(Asked):
    """Where it was asked to what a text belongs: another text instead."""

    saying: int
    text: str


@said
@dataclass(frozen=True, slots=True)
class WaitWith(Asked):
    """This file was sent with a text of which it is asked where it belongs: it goes there too."""

    saying: int
    upload: Upload


@pressed("we")
@dataclass(frozen=True, slots=True)
class Edited(Asked):
    """Show what a message said or a task's answer is, and the text that is to count instead."""

    saying: int


@pressed("wr")
@dataclass(frozen=True, slots=True)
class Correct(Asked):
    """What a message says since it was edited, or was answered to what is done, counts instead (改)."""

    saying: int


# --- who answers what -------------------------------------------------------------------------------------------

# One union for each subject: the file of its name in bot/dialogue answers all of it. An action that stands in none of
# them cannot be put into a button; one that no arm answers is named by the type checker, too.
Finding = Home | Help | Privacy | Say | Send | Unreadable | Feedback | SendFeedback | Inbox | OlderInbox
Joining = (
    EnterCode
    | UseCode
    | Seats
    | Invite
    | InviteMenu
    | ShowInvitation
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
Scoring = (
    OpenSheet
    | Card
    | Contents
    | Overview
    | Mark
    | OtherPoints
    | AskReason
    | Points
    | TypedReason
    | TypedOnCard
    | Remark
    | KeepAsPoints
    | KeepAsNote
    | LineDraft
    | TypedLineReason
    | SaveLine
    | Undo
    | Note
    | TypedNote
    | ClearNote
    | WhyItem
    | AskSubmit
    | Submit
)
Attaching = Evidence | AddEvidence | ShowEvidence | RemoveEvidence
Keeping = Ledger | LedgerOf | ItemFacts | FactCard | TypedFact | ClearFact
Reminding = (
    Reminder
    | Snooze
    | SnoozeAll
    | Preferences
    | SetHour
    | Mute
    | TypedMute
    | Weekly
    | Chase
    | ChaseTask
    | Nudge
    | Undelivered
    | Settle
)
Ranking = Standings | Result | WayUp | WhyTotal
Assigning = (
    Assign
    | TypedAssignment
    | ShowAssignment
    | RetypedAssignment
    | ChooseBranches
    | AssignTo
    | TypedBranch
    | Give
    | AskWithdraw
    | Withdraw
)
Owed = Todo | Finished | Task | TypedReport | AskMeaning | Meant | ReportFile | Done | Reopen | WhyTask
Arranging = (
    Arrange
    | DutyList
    | DutyCard
    | SwitchDuty
    | ResetDuty
    | TypedDuty
    | DutyBranches
    | TypedDutyBranch
    | WorkingDays
    | TypedDays
    | EnteredDays
    | ClearDay
    | TermList
    | TermCard
    | TypedTerm
    | ProposeTerm
    | AddTerm
)
Noting = TaskCalendar | CalendarLink | NewCalendarLink
Hearing = Which | Place | TypedAgain | WaitWith | Edited | Correct
Action = (
    Finding
    | Joining
    | Scoring
    | Attaching
    | Keeping
    | Reminding
    | Ranking
    | Assigning
    | Owed
    | Arranging
    | Noting
    | Hearing
)


def read(data: str) -> Action | None:
    """The action behind a button's data, or None when the data is not ours (forged, damaged, from another bot)."""
    tag, *numbers = data.split(":") if len(data) <= WIRE_LIMIT else [""]
    cls = _by_tag.get(tag)
    if cls is None or len(numbers) != len(fields(cls)):
        return None
    if not all(n.isascii() and n.isdecimal() and len(n) <= 10 and int(n) <= LARGEST for n in numbers):
        return None
    return cast(Action, cls(*map(int, numbers)))
