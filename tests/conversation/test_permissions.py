"""Every action, by every role, on an own, another and a missing object: a forged or foreign button does nothing.

The table below holds one decision for each action. The test goes through `all_actions()`, so an action without a
decision fails, and so does one that lets somebody through who is not in its decision.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa

from bot import actions
from bot.actions import Action, Upload, all_actions, wire
from bot.conversation import Event, Group
from bot.dialogue import respond
from bot.dialogue.editions import revision
from bot.dialogue.measures import reason_seen
from bot.dialogue.work import Work
from bot.message import Made, plain
from bot.permissions import Me, Rater, Role
from bot.store import chats, duties, editions, evidence, feedback, groups, invitations, sheets, terms
from bot.store.database import Database, Session
from bot.store.tables import SHEET
from bot.values import Branch
from jobs import reminders
from jobs.duties.calendar import TermDates, propose_terms
from scoring import edition_text
from scoring.refusal import Refused
from scoring.rubric import read_edition
from scoring.trial import Part, Rule
from tests.conftest import trials
from tests.everything import everything
from tests.paper.forms import TERM, filled_in, form, parts
from tests.phone import PNG, Phone, World, code_for, picture
from tests.posted import set_up
from tests.voting import CLOSED, YEAR, years_end
from tests.wire import lose_a_notice

EVERYBODY = frozenset(
    {"none", "removed", "officer", "secretary elsewhere", "secretary", "member", "administrator"}
)
SEATED = EVERYBODY - {"none", "removed"}
LOGGED_IN = EVERYBODY - {"none"}
BRANCH = frozenset({"officer", "secretary"})
COMMITTEE = frozenset({"member", "administrator"})
ADMINISTRATOR = frozenset({"administrator"})
NOBODY: frozenset[str] = frozenset()
MISSING = 999_999
UNSET = actions.fingerprint("[] True")  # a round for which nothing was typed
SECRET = "秘密"
PNG_OF_COMMITTEE = picture(77)


@dataclass(frozen=True)
class Ids:
    """The objects of one tenant that an action may name."""

    committee: int
    branch: int
    term: int
    sheet: int
    draft: int
    remark: int
    change: int
    evidence: int
    seat: int
    invitation: int
    task: int
    meeting: int
    notice: int
    draft_of_member: int
    assignment: int
    asked: int
    edited: int
    revision: int
    rated: int
    published: int
    official: int
    objection: int
    amendment: int
    group: int
    draft_measure: int
    plan: int
    measure: int
    closed: int
    shown: int
    person: int
    opinion: int
    review_draft: int
    review_open: int
    review: int
    award_draft: int
    award: int
    unbegun: int
    edition: int
    adoption: int


def rating_table() -> Upload:
    """The school's rating table with other stars."""
    text = edition_text.written(read_edition("jinsong_2017"))
    return Upload("评价表.toml", "application/toml", text.replace("least = 90", "least = 88").encode())


def upload() -> Upload:
    return Upload("a.png", "image/png", PNG)


@cache
def filled(branch: int, term: int) -> bytes:
    """The form of a branch as its secretary would send it back, the first item changed."""
    names = {1: "常营主校区党支部", 2: "劲松校区党支部", 3: "双龙校区党支部", 4: "新源里校区党支部"}
    terms = {1: "2025–2026学年第二学期", 2: "2026–2027学年第一学期"}
    named = Branch(branch, 0, names.get(branch, f"{SECRET}党支部"))
    called = replace(TERM, id=term, name=terms.get(term, f"{SECRET}学期"))
    return filled_in(form(branch=named, term=called, fills=Rater.SELF), {"G5": 3.2})


# For each action: who may do it to an own object (the committee's and branch's), and how it is made from the ids.
# "own" is the secretary's branch 常营 for branch people and any branch for the committee.
Decision = tuple[frozenset[str], Callable[[Ids], Action]]
DECISIONS: dict[type[Action], Decision] = {
    actions.Home: (EVERYBODY, lambda i: actions.Home()),
    actions.Branches: (COMMITTEE, lambda i: actions.Branches(i.committee, 0)),
    actions.Help: (EVERYBODY, lambda i: actions.Help()),
    actions.Privacy: (EVERYBODY, lambda i: actions.Privacy()),
    actions.Say: (NOBODY, lambda i: actions.Say("天气")),
    actions.Send: (NOBODY, lambda i: actions.Send(upload())),
    actions.Unreadable: (NOBODY, lambda i: actions.Unreadable("voice")),
    actions.EnterCode: (EVERYBODY, lambda i: actions.EnterCode()),
    actions.DeadCode: (EVERYBODY, lambda i: actions.DeadCode(0, 0)),
    actions.UseCode: (EVERYBODY, lambda i: actions.UseCode("ABCD2345")),
    actions.Seats: (SEATED, lambda i: actions.Seats()),
    actions.Rename: (SEATED, lambda i: actions.Rename()),
    actions.TypedName: (SEATED, lambda i: actions.TypedName("新称呼")),
    actions.Invite: (
        frozenset({"secretary", "administrator"}),
        lambda i: actions.Invite(i.committee, i.branch, int(Role.OFFICER), 0),
    ),
    actions.TypedInvited: (
        frozenset({"administrator"}),
        lambda i: actions.TypedInvited(i.committee, "劲松"),
    ),
    actions.InviteMenu: (
        frozenset({"administrator"}),
        lambda i: actions.InviteMenu(i.committee, i.branch),
    ),
    actions.OpenInvitations: (
        frozenset({"secretary", "administrator"}),
        lambda i: actions.OpenInvitations(i.committee, i.branch, 0),
    ),
    actions.CancelInvitation: (
        frozenset({"secretary", "administrator"}),
        lambda i: actions.CancelInvitation(i.invitation),
    ),
    actions.InviteMany: (ADMINISTRATOR, lambda i: actions.InviteMany(i.committee)),
    actions.TypedInvitees: (ADMINISTRATOR, lambda i: actions.TypedInvitees(i.committee, "支委 劲松")),
    actions.InviteesDraft: (NOBODY, lambda i: actions.InviteesDraft(i.committee, i.asked)),
    actions.MakeCodes: (ADMINISTRATOR, lambda i: actions.MakeCodes(i.committee)),
    actions.MakeListed: (NOBODY, lambda i: actions.MakeListed(i.committee, i.asked)),
    actions.CodeSheet: (ADMINISTRATOR, lambda i: actions.CodeSheet(i.committee, 0)),
    actions.CodeCard: (frozenset({"secretary"}), lambda i: actions.CodeCard(i.invitation)),
    actions.HandOver: (frozenset({"secretary"}), lambda i: actions.HandOver(i.seat)),
    actions.AskLeave: (frozenset({"secretary"}), lambda i: actions.AskLeave(i.seat)),
    actions.Leave: (frozenset({"secretary"}), lambda i: actions.Leave(i.seat)),
    actions.Newcomers: (SEATED, lambda i: actions.Newcomers()),
    actions.SeeNewcomers: (SEATED, lambda i: actions.SeeNewcomers(1)),
    actions.People: (ADMINISTRATOR, lambda i: actions.People(i.committee, 0)),
    actions.TypedPerson: (ADMINISTRATOR, lambda i: actions.TypedPerson(i.committee, "劲松")),
    actions.PersonCard: (ADMINISTRATOR, lambda i: actions.PersonCard(i.committee, i.person)),
    actions.AskRemove: (ADMINISTRATOR, lambda i: actions.AskRemove(i.seat)),
    actions.RemoveSeat: (ADMINISTRATOR, lambda i: actions.RemoveSeat(i.seat)),
    actions.SeatEnded: (NOBODY, lambda i: actions.SeatEnded(i.seat)),
    actions.PassOn: (ADMINISTRATOR, lambda i: actions.PassOn(i.seat)),
    actions.AskCutOff: (ADMINISTRATOR, lambda i: actions.AskCutOff(i.committee, i.person)),
    actions.CutOff: (ADMINISTRATOR, lambda i: actions.CutOff(i.committee, i.person, 0)),
    actions.Departed: (ADMINISTRATOR, lambda i: actions.Departed(i.committee, 0)),
    actions.AskForget: (ADMINISTRATOR, lambda i: actions.AskForget(i.committee, i.person)),
    actions.Forget: (ADMINISTRATOR, lambda i: actions.Forget(i.committee, i.person)),
    actions.AskForgetMe: (frozenset({"removed"}), lambda i: actions.AskForgetMe()),
    actions.ForgetMe: (frozenset({"removed"}), lambda i: actions.ForgetMe()),
    actions.Devices: (SEATED, lambda i: actions.Devices()),
    actions.AddDevice: (SEATED, lambda i: actions.AddDevice()),
    actions.AskSignOut: (LOGGED_IN, lambda i: actions.AskSignOut(0)),
    actions.SignOut: (LOGGED_IN, lambda i: actions.SignOut(0)),
    actions.Feedback: (SEATED, lambda i: actions.Feedback()),
    actions.SendFeedback: (SEATED, lambda i: actions.SendFeedback("有一个问题")),
    actions.Inbox: (frozenset({"administrator"}), lambda i: actions.Inbox(i.committee)),
    actions.OlderInbox: (frozenset({"administrator"}), lambda i: actions.OlderInbox(i.committee, 10)),
    actions.Everything: (ADMINISTRATOR, lambda i: actions.Everything(i.committee)),
    actions.EverythingArchive: (ADMINISTRATOR, lambda i: actions.EverythingArchive(i.committee)),
    actions.OpinionCard: (frozenset({"member", "administrator"}), lambda i: actions.OpinionCard(i.opinion)),
    actions.TypedAnswerToOpinion: (
        ADMINISTRATOR,
        lambda i: actions.TypedAnswerToOpinion(i.opinion, "谢谢，已经改了"),
    ),
    actions.AnswerOpinion: (
        ADMINISTRATOR,
        lambda i: actions.AnswerOpinion(i.opinion, actions.fingerprint("谢谢")),
    ),
    actions.YearEnd: (COMMITTEE, lambda i: actions.YearEnd(i.committee, 0)),
    actions.PrepareReview: (ADMINISTRATOR, lambda i: actions.PrepareReview(i.committee, YEAR)),
    actions.ReviewCard: (COMMITTEE, lambda i: actions.ReviewCard(i.review)),
    actions.TypedCounts: (ADMINISTRATOR, lambda i: actions.TypedCounts(i.review_draft, "群众8")),
    actions.SetOwnBranch: (ADMINISTRATOR, lambda i: actions.SetOwnBranch(i.review_draft, 0)),
    actions.OpenReview: (ADMINISTRATOR, lambda i: actions.OpenReview(i.review_draft, UNSET)),
    actions.BallotCodes: (ADMINISTRATOR, lambda i: actions.BallotCodes(i.review_open)),
    actions.BallotSlide: (ADMINISTRATOR, lambda i: actions.BallotSlide(i.review_open)),
    actions.AskCloseReview: (ADMINISTRATOR, lambda i: actions.AskCloseReview(i.review_open)),
    actions.CloseReview: (ADMINISTRATOR, lambda i: actions.CloseReview(i.review_open)),
    actions.AskVoidReview: (ADMINISTRATOR, lambda i: actions.AskVoidReview(i.review_draft)),
    actions.VoidReview: (ADMINISTRATOR, lambda i: actions.VoidReview(i.review_open)),
    actions.BranchReview: (COMMITTEE, lambda i: actions.BranchReview(i.review, i.branch)),
    actions.BallotOpinions: (COMMITTEE, lambda i: actions.BallotOpinions(i.review, i.branch, 0)),
    actions.PaperBallots: (ADMINISTRATOR, lambda i: actions.PaperBallots(i.review)),
    actions.PaperOfGroup: (ADMINISTRATOR, lambda i: actions.PaperOfGroup(i.review, 5)),
    actions.TypedPaperBallots: (ADMINISTRATOR, lambda i: actions.TypedPaperBallots(i.review, 3, "共9票")),
    actions.PaperOfBranch: (ADMINISTRATOR, lambda i: actions.PaperOfBranch(i.review, 5, i.branch)),
    actions.TypedPaperCounts: (
        ADMINISTRATOR,
        lambda i: actions.TypedPaperCounts(i.review, 5, i.branch, "4/1/0 " * 6),
    ),
    actions.AskDropPaper: (ADMINISTRATOR, lambda i: actions.AskDropPaper(i.review, 5)),
    actions.DropPaper: (ADMINISTRATOR, lambda i: actions.DropPaper(i.review, 5)),
    actions.ReviewWeights: (ADMINISTRATOR, lambda i: actions.ReviewWeights(i.review)),
    actions.TypedWeights: (ADMINISTRATOR, lambda i: actions.TypedWeights(i.review, "群众10")),
    actions.Experts: (ADMINISTRATOR, lambda i: actions.Experts(i.review, i.branch)),
    actions.TypedExpert: (ADMINISTRATOR, lambda i: actions.TypedExpert(i.review, i.branch, "赵老师：好")),
    actions.AskDropExpert: (ADMINISTRATOR, lambda i: actions.AskDropExpert(i.review, 1)),
    actions.DropExpert: (ADMINISTRATOR, lambda i: actions.DropExpert(i.review, 1)),
    actions.YearTable: (COMMITTEE, lambda i: actions.YearTable(i.committee, 0)),
    actions.ChooseWinner: (COMMITTEE, lambda i: actions.ChooseWinner(i.committee, CLOSED, i.branch)),
    actions.AwardCard: (COMMITTEE, lambda i: actions.AwardCard(i.award_draft)),
    actions.TypedForAward: (COMMITTEE, lambda i: actions.TypedForAward(i.award_draft, "党日活动有特色")),
    actions.GiveAward: (COMMITTEE, lambda i: actions.GiveAward(i.award_draft, 1)),
    actions.Awarded: (EVERYBODY - {"none", "removed"}, lambda i: actions.Awarded(i.award)),
    actions.BudgetNote: (COMMITTEE, lambda i: actions.BudgetNote(i.award)),
    actions.BudgetSeenTo: (COMMITTEE, lambda i: actions.BudgetSeenTo(i.award)),
    actions.Exchange: (COMMITTEE, lambda i: actions.Exchange(i.committee, 0)),
    actions.TypedExchange: (COMMITTEE, lambda i: actions.TypedExchange(i.committee, 0, "2027年6月20日")),
    actions.DrawLots: (
        COMMITTEE,
        lambda i: actions.DrawLots(i.committee, 0, actions.fingerprint("")),
    ),
    actions.OrderOfRoll: (COMMITTEE, lambda i: actions.OrderOfRoll(i.committee, 0)),
    actions.AskMaterials: (COMMITTEE, lambda i: actions.AskMaterials(i.committee, 0)),
    actions.TickMinutes: (COMMITTEE, lambda i: actions.TickMinutes(i.committee, 0, 1)),
    actions.Summaries: (COMMITTEE, lambda i: actions.Summaries(i.committee, 0, 0)),
    actions.SummariesFile: (COMMITTEE, lambda i: actions.SummariesFile(i.committee, 0)),
    actions.BranchExchange: (BRANCH | COMMITTEE, lambda i: actions.BranchExchange(i.branch, 0)),
    actions.SummaryPage: (BRANCH | COMMITTEE, lambda i: actions.SummaryPage(i.branch, 0)),
    actions.OpenSheet: (BRANCH, lambda i: actions.OpenSheet(i.branch, i.term, 0)),
    actions.Card: (BRANCH, lambda i: actions.Card(i.sheet, 7)),
    actions.Contents: (BRANCH, lambda i: actions.Contents(i.sheet)),
    actions.Overview: (BRANCH, lambda i: actions.Overview(i.sheet)),
    actions.WhyItem: (BRANCH, lambda i: actions.WhyItem(i.sheet, 7)),
    actions.Mark: (BRANCH, lambda i: actions.Mark(i.sheet, 7, 1)),
    actions.OtherPoints: (BRANCH, lambda i: actions.OtherPoints(i.sheet, 7)),
    actions.AskReason: (BRANCH, lambda i: actions.AskReason(i.sheet, 7, 25)),
    actions.Points: (BRANCH, lambda i: actions.Points(i.sheet, 7, 25, 1)),
    actions.TypedReason: (BRANCH, lambda i: actions.TypedReason(i.sheet, 7, 25, "缺记录")),
    actions.TypedOnCard: (BRANCH, lambda i: actions.TypedOnCard(i.sheet, 7, "2.5 缺记录")),
    actions.Remark: (frozenset({"secretary"}), lambda i: actions.Remark(i.sheet, i.remark)),
    actions.KeepAsPoints: (frozenset({"secretary"}), lambda i: actions.KeepAsPoints(i.sheet, i.remark)),
    actions.KeepAsNote: (frozenset({"secretary"}), lambda i: actions.KeepAsNote(i.sheet, i.remark)),
    actions.LineDraft: (frozenset({"secretary"}), lambda i: actions.LineDraft(i.sheet, i.draft)),
    actions.TypedLineReason: (
        frozenset({"secretary"}),
        lambda i: actions.TypedLineReason(i.sheet, i.draft, "缺记录"),
    ),
    actions.SaveLine: (frozenset({"secretary"}), lambda i: actions.SaveLine(i.sheet, i.draft)),
    actions.Undo: (BRANCH, lambda i: actions.Undo(i.sheet, i.change)),
    actions.Note: (BRANCH, lambda i: actions.Note(i.sheet, 7)),
    actions.TypedNote: (BRANCH, lambda i: actions.TypedNote(i.sheet, 7, "说明")),
    actions.ClearNote: (BRANCH, lambda i: actions.ClearNote(i.sheet, 7)),
    actions.OverNote: (frozenset({"secretary"}), lambda i: actions.OverNote(i.sheet, i.remark)),
    actions.ReplaceNote: (frozenset({"secretary"}), lambda i: actions.ReplaceNote(i.sheet, i.remark)),
    actions.Evidence: (BRANCH, lambda i: actions.Evidence(i.sheet, 7)),
    actions.AddEvidence: (BRANCH, lambda i: actions.AddEvidence(i.sheet, 7, upload())),
    actions.ShowEvidence: (BRANCH, lambda i: actions.ShowEvidence(i.sheet, i.evidence)),
    actions.RemoveEvidence: (BRANCH, lambda i: actions.RemoveEvidence(i.sheet, i.evidence)),
    actions.AskSubmit: (frozenset({"secretary"}), lambda i: actions.AskSubmit(i.sheet)),
    actions.Submit: (frozenset({"secretary"}), lambda i: actions.Submit(i.sheet, i.revision)),
    actions.Evaluate: (COMMITTEE, lambda i: actions.Evaluate(i.rated, 7, 1, 0)),
    actions.EvaluatePoints: (COMMITTEE, lambda i: actions.EvaluatePoints(i.rated, 7, 25, 1, 0)),
    actions.Agree: (COMMITTEE, lambda i: actions.Agree(i.rated, 8, 320, 0)),
    actions.AskRest: (COMMITTEE, lambda i: actions.AskRest(i.rated)),
    actions.TakeRest: (COMMITTEE, lambda i: actions.TakeRest(i.rated, 0, i.revision)),
    actions.Return: (NOBODY, lambda i: actions.Return(i.sheet)),
    actions.ReturnItem: (NOBODY, lambda i: actions.ReturnItem(i.sheet, 7)),
    actions.TypedReturn: (NOBODY, lambda i: actions.TypedReturn(i.sheet, "7 缺记录")),
    actions.TypedReturnReason: (NOBODY, lambda i: actions.TypedReturnReason(i.sheet, 7, "缺记录")),
    actions.DropReturn: (NOBODY, lambda i: actions.DropReturn(i.sheet, 7)),
    actions.ReturnSheet: (NOBODY, lambda i: actions.ReturnSheet(i.sheet, 1)),
    actions.AskTakeBack: (NOBODY, lambda i: actions.AskTakeBack(i.sheet)),
    actions.TakeBack: (NOBODY, lambda i: actions.TakeBack(i.sheet, i.revision)),
    actions.ShowInvitation: (frozenset({"secretary"}), lambda i: actions.ShowInvitation(i.invitation)),
    actions.ItemFacts: (BRANCH, lambda i: actions.ItemFacts(i.sheet, 7)),
    actions.Ledger: (BRANCH | COMMITTEE, lambda i: actions.Ledger(i.branch, i.term)),
    actions.LedgerOf: (BRANCH | COMMITTEE, lambda i: actions.LedgerOf(i.branch, i.term, 2)),
    actions.FactCard: (BRANCH | COMMITTEE, lambda i: actions.FactCard(i.branch, i.term, 2, 0)),
    actions.FactKept: (BRANCH | COMMITTEE, lambda i: actions.FactKept(i.branch, i.term, 2, 0, 1)),
    actions.UndoFact: (BRANCH, lambda i: actions.UndoFact(i.branch, i.term, 2, 0, 1)),
    actions.AskFact: (BRANCH, lambda i: actions.AskFact(i.branch, i.term, 3, 0, 45, 50, 0)),
    actions.MeantFact: (BRANCH, lambda i: actions.MeantFact(i.branch, i.term, 3, 0, 45, 50)),
    actions.TypedFact: (BRANCH, lambda i: actions.TypedFact(i.branch, i.term, 2, 0, "4")),
    actions.ClearFact: (BRANCH, lambda i: actions.ClearFact(i.branch, i.term, 2, 0)),
    actions.Assign: (COMMITTEE, lambda i: actions.Assign(i.committee)),
    actions.TypedAssignment: (COMMITTEE, lambda i: actions.TypedAssignment(i.committee, "明天交小结")),
    actions.ShowAssignment: (COMMITTEE, lambda i: actions.ShowAssignment(i.assignment)),
    actions.RetypedAssignment: (
        frozenset({"member"}),
        lambda i: actions.RetypedAssignment(i.draft_of_member, "后天交小结"),
    ),
    actions.ChooseBranches: (frozenset({"member"}), lambda i: actions.ChooseBranches(i.draft_of_member)),
    actions.AskDue: (frozenset({"member"}), lambda i: actions.AskDue(i.draft_of_member)),
    actions.DueOn: (frozenset({"member"}), lambda i: actions.DueOn(i.draft_of_member, 20271228)),
    actions.AskTitle: (frozenset({"member"}), lambda i: actions.AskTitle(i.draft_of_member)),
    actions.TypedTitle: (frozenset({"member"}), lambda i: actions.TypedTitle(i.draft_of_member, "交小结")),
    actions.AssignTo: (frozenset({"member"}), lambda i: actions.AssignTo(i.draft_of_member, 0, 0)),
    actions.TypedBranch: (frozenset({"member"}), lambda i: actions.TypedBranch(i.draft_of_member, "劲松")),
    actions.Give: (frozenset({"member"}), lambda i: actions.Give(i.draft_of_member)),
    actions.AskWithdraw: (COMMITTEE, lambda i: actions.AskWithdraw(i.assignment)),
    actions.Withdraw: (COMMITTEE, lambda i: actions.Withdraw(i.assignment)),
    actions.ThisMonth: (BRANCH | COMMITTEE, lambda i: actions.ThisMonth(i.branch, 1)),
    actions.HandoverPack: (BRANCH | COMMITTEE, lambda i: actions.HandoverPack(i.branch)),
    actions.Todo: (BRANCH | COMMITTEE, lambda i: actions.Todo(i.branch)),
    actions.MoreTodo: (BRANCH | COMMITTEE, lambda i: actions.MoreTodo(i.branch, 1)),
    actions.Finished: (BRANCH | COMMITTEE, lambda i: actions.Finished(i.branch)),
    actions.Task: (BRANCH | COMMITTEE, lambda i: actions.Task(i.task)),
    actions.WhyTask: (BRANCH | COMMITTEE, lambda i: actions.WhyTask(i.task)),
    actions.TypedReport: (BRANCH, lambda i: actions.TypedReport(i.task, "是")),
    actions.AskMeaning: (BRANCH, lambda i: actions.AskMeaning(i.task)),
    actions.Meant: (BRANCH, lambda i: actions.Meant(i.task, 17, 18, 1)),
    actions.ReportFile: (BRANCH, lambda i: actions.ReportFile(i.task, upload())),
    actions.Done: (BRANCH, lambda i: actions.Done(i.task)),
    actions.Tick: (BRANCH, lambda i: actions.Tick(i.meeting, 3, 5, 0)),
    actions.Reopen: (BRANCH, lambda i: actions.Reopen(i.task)),
    actions.TypedCorrection: (BRANCH, lambda i: actions.TypedCorrection(i.task, "是")),
    actions.NotDone: (BRANCH, lambda i: actions.NotDone(i.task)),
    actions.TaskFile: (NOBODY, lambda i: actions.TaskFile(i.task, 1)),
    actions.AlsoFor: (BRANCH, lambda i: actions.AlsoFor(i.task, 17, 18)),
    actions.Missed: (BRANCH, lambda i: actions.Missed(i.task)),
    actions.PutBack: (BRANCH, lambda i: actions.PutBack(i.task, 1)),
    actions.WhichHolds: (BRANCH, lambda i: actions.WhichHolds(i.task)),
    actions.TakeReported: (BRANCH, lambda i: actions.TakeReported(i.task, 17, 18)),
    actions.Chase: (COMMITTEE, lambda i: actions.Chase(i.committee)),
    actions.ChaseBranches: (COMMITTEE, lambda i: actions.ChaseBranches(i.committee, 1)),
    actions.ChaseDuties: (COMMITTEE, lambda i: actions.ChaseDuties(i.committee, 1)),
    actions.Reminder: (SEATED, lambda i: actions.Reminder(20261228, 20261101)),
    actions.Snooze: (BRANCH, lambda i: actions.Snooze(i.task, 20261229)),
    actions.SnoozeAll: (SEATED, lambda i: actions.SnoozeAll(20261228, 20261227, 20261229)),
    actions.Preferences: (SEATED, lambda i: actions.Preferences()),
    actions.ByMail: (SEATED, lambda i: actions.ByMail()),
    actions.TypedMail: (SEATED, lambda i: actions.TypedMail("name@example.com")),
    actions.MailCode: (SEATED, lambda i: actions.MailCode()),
    actions.NoMail: (SEATED, lambda i: actions.NoMail()),
    actions.SetHour: (SEATED, lambda i: actions.SetHour(540)),
    actions.Mute: (SEATED, lambda i: actions.Mute(20270103)),
    actions.TypedMute: (SEATED, lambda i: actions.TypedMute("到1月3日")),
    actions.Weekly: (COMMITTEE, lambda i: actions.Weekly(1)),
    actions.InWords: (SEATED, lambda i: actions.InWords(1)),
    actions.ChaseTask: (COMMITTEE, lambda i: actions.ChaseTask(i.task)),
    actions.Nudge: (COMMITTEE, lambda i: actions.Nudge(i.task, 0, 0)),
    actions.NudgeBranch: (COMMITTEE, lambda i: actions.NudgeBranch(i.branch, 0)),
    actions.NudgeAll: (COMMITTEE, lambda i: actions.NudgeAll(i.committee, 0)),
    actions.Undelivered: (frozenset({"administrator"}), lambda i: actions.Undelivered(i.committee)),
    actions.Settle: (frozenset({"administrator"}), lambda i: actions.Settle(i.notice)),
    actions.Arrange: (ADMINISTRATOR, lambda i: actions.Arrange(i.committee)),
    actions.DutyList: (ADMINISTRATOR, lambda i: actions.DutyList(i.committee, 0)),
    actions.DutyCard: (ADMINISTRATOR, lambda i: actions.DutyCard(i.committee, i.branch, 1)),
    actions.SwitchDuty: (ADMINISTRATOR, lambda i: actions.SwitchDuty(i.committee, i.branch, 1, 0)),
    actions.ResetDuty: (ADMINISTRATOR, lambda i: actions.ResetDuty(i.committee, i.branch, 1)),
    actions.TypedDuty: (
        ADMINISTRATOR,
        lambda i: actions.TypedDuty(i.committee, i.branch, 1, "每月第2个周三"),
    ),
    actions.DutyBranches: (ADMINISTRATOR, lambda i: actions.DutyBranches(i.committee, 1)),
    actions.TypedDutyBranch: (ADMINISTRATOR, lambda i: actions.TypedDutyBranch(i.committee, 1, "双龙")),
    actions.WorkingDays: (ADMINISTRATOR, lambda i: actions.WorkingDays(i.committee)),
    actions.DaysKept: (ADMINISTRATOR, lambda i: actions.DaysKept(i.committee, 1)),
    actions.UndoDays: (ADMINISTRATOR, lambda i: actions.UndoDays(i.committee, 1)),
    actions.TypedDays: (ADMINISTRATOR, lambda i: actions.TypedDays(i.committee, "10月10日 上班")),
    actions.EnteredDays: (ADMINISTRATOR, lambda i: actions.EnteredDays(i.committee, 202710)),
    actions.ClearDay: (ADMINISTRATOR, lambda i: actions.ClearDay(i.committee, 20271010)),
    actions.TermList: (ADMINISTRATOR, lambda i: actions.TermList(i.committee)),
    actions.TermCard: (ADMINISTRATOR, lambda i: actions.TermCard(i.term)),
    actions.TypedTerm: (ADMINISTRATOR, lambda i: actions.TypedTerm(i.term, "10月5日至1月15日")),
    actions.ProposeTerm: (ADMINISTRATOR, lambda i: actions.ProposeTerm(i.committee)),
    actions.TypedNewTerm: (
        ADMINISTRATOR,
        lambda i: actions.TypedNewTerm(i.committee, "2027-02-25 至 2027-07-08"),
    ),
    actions.ProposeTermOn: (
        ADMINISTRATOR,
        lambda i: actions.ProposeTermOn(i.committee, 20270225, 20270708),
    ),
    actions.AddTermOn: (ADMINISTRATOR, lambda i: actions.AddTermOn(i.committee, 2026, 2, 20270225, 20270708)),
    actions.AskTermName: (ADMINISTRATOR, lambda i: actions.AskTermName(i.term)),
    actions.TypedTermName: (ADMINISTRATOR, lambda i: actions.TypedTermName(i.term, "2026年秋季学期")),
    actions.AskDeleteTerm: (ADMINISTRATOR, lambda i: actions.AskDeleteTerm(i.unbegun)),
    actions.DeleteTerm: (ADMINISTRATOR, lambda i: actions.DeleteTerm(i.unbegun)),
    actions.AddTerm: (ADMINISTRATOR, lambda i: actions.AddTerm(i.committee, 2026, 2)),
    actions.Editions: (ADMINISTRATOR, lambda i: actions.Editions(i.committee)),
    actions.SentEdition: (ADMINISTRATOR, lambda i: actions.SentEdition(i.committee, rating_table())),
    actions.EditionCard: (ADMINISTRATOR, lambda i: actions.EditionCard(i.edition, 0)),
    actions.EditionTerms: (ADMINISTRATOR, lambda i: actions.EditionTerms(i.edition)),
    actions.AskAdopt: (ADMINISTRATOR, lambda i: actions.AskAdopt(i.edition, 0)),
    actions.TypedEditionReason: (
        ADMINISTRATOR,
        lambda i: actions.TypedEditionReason(i.edition, 0, "支委会讨论通过"),
    ),
    actions.Adopt: (ADMINISTRATOR, lambda i: actions.Adopt(i.edition, 0, i.adoption)),
    actions.DropEdition: (ADMINISTRATOR, lambda i: actions.DropEdition(i.edition)),
    actions.EditionFile: (ADMINISTRATOR, lambda i: actions.EditionFile(i.committee, i.edition, 0)),
    actions.AdoptTrial: (
        ADMINISTRATOR,
        lambda i: actions.AdoptTrial(i.committee, Rule(Part.SHARE, 1, Decimal("0.75")).code, 0, 0, 0),
    ),
    actions.BranchList: (ADMINISTRATOR, lambda i: actions.BranchList(i.committee, 0)),
    actions.BranchCard: (ADMINISTRATOR, lambda i: actions.BranchCard(i.branch)),
    actions.AskName: (ADMINISTRATOR, lambda i: actions.AskName(i.branch)),
    actions.AskCampus: (ADMINISTRATOR, lambda i: actions.AskCampus(i.branch)),
    actions.NewBranch: (ADMINISTRATOR, lambda i: actions.NewBranch(i.committee)),
    actions.AskClose: (ADMINISTRATOR, lambda i: actions.AskClose(i.branch, 0)),
    actions.AskInto: (ADMINISTRATOR, lambda i: actions.AskInto(i.branch, 0)),
    actions.CloseBranch: (ADMINISTRATOR, lambda i: actions.CloseBranch(i.branch, 0, 0)),
    actions.ReopenBranch: (ADMINISTRATOR, lambda i: actions.ReopenBranch(i.branch)),
    actions.TypedNewBranch: (ADMINISTRATOR, lambda i: actions.TypedNewBranch(i.committee, "东坝党支部")),
    actions.TypedBranchName: (ADMINISTRATOR, lambda i: actions.TypedBranchName(i.branch, "东坝党支部")),
    actions.TypedCampus: (ADMINISTRATOR, lambda i: actions.TypedCampus(i.branch, "东坝校区")),
    actions.TaskCalendar: (BRANCH | COMMITTEE, lambda i: actions.TaskCalendar(i.task)),
    actions.CalendarLink: (SEATED, lambda i: actions.CalendarLink()),
    actions.NewCalendarLink: (SEATED, lambda i: actions.NewCalendarLink(0)),
    actions.Standings: (COMMITTEE, lambda i: actions.Standings(i.term)),
    actions.StandingsBy: (COMMITTEE, lambda i: actions.StandingsBy(i.term, 0, i.branch)),
    actions.StandingsWays: (COMMITTEE, lambda i: actions.StandingsWays(i.term, 0, i.branch)),
    actions.TermFiles: (COMMITTEE, lambda i: actions.TermFiles(i.term)),
    actions.TermArchive: (COMMITTEE, lambda i: actions.TermArchive(i.term, 0)),
    actions.Trial: (COMMITTEE, lambda i: actions.Trial(i.term, 0, 0, 0, 0)),
    actions.TypedTrial: (COMMITTEE, lambda i: actions.TypedTrial(i.term, "合格75%")),
    actions.Result: (BRANCH | COMMITTEE, lambda i: actions.Result(i.branch, i.term)),
    actions.WayUp: (BRANCH, lambda i: actions.WayUp(i.branch, i.term)),
    actions.WhyTotal: (BRANCH, lambda i: actions.WhyTotal(i.branch, i.term)),
    actions.Profile: (COMMITTEE, lambda i: actions.Profile(i.branch, i.term)),
    actions.LostPoints: (COMMITTEE, lambda i: actions.LostPoints(i.branch, i.term)),
    actions.Differences: (COMMITTEE, lambda i: actions.Differences(i.branch, i.term)),
    actions.OverTerms: (BRANCH | COMMITTEE, lambda i: actions.OverTerms(i.branch)),
    actions.GroupChats: (ADMINISTRATOR, lambda i: actions.GroupChats(i.committee)),
    actions.SwitchGroupChat: (ADMINISTRATOR, lambda i: actions.SwitchGroupChat(i.group, 1)),
    actions.ForgetGroupChat: (ADMINISTRATOR, lambda i: actions.ForgetGroupChat(i.group)),
    actions.AskPost: (ADMINISTRATOR, lambda i: actions.AskPost(i.published)),
    actions.Post: (ADMINISTRATOR, lambda i: actions.Post(i.published, i.revision, 0)),
    actions.PostedPart: (ADMINISTRATOR, lambda i: actions.PostedPart(i.published, i.revision, 2)),
    actions.RadarChart: (BRANCH | COMMITTEE, lambda i: actions.RadarChart(i.branch, i.published)),
    actions.TermsChart: (BRANCH | COMMITTEE, lambda i: actions.TermsChart(i.branch)),
    actions.StandingsChart: (COMMITTEE, lambda i: actions.StandingsChart(i.term, 0, i.branch)),
    actions.CheckList: (ADMINISTRATOR, lambda i: actions.CheckList(i.term)),
    actions.Publish: (ADMINISTRATOR, lambda i: actions.Publish(i.published, i.revision)),
    actions.Outcome: (BRANCH | {"secretary elsewhere"}, lambda i: actions.Outcome(i.published)),
    actions.AskOpenness: (ADMINISTRATOR, lambda i: actions.AskOpenness(i.committee)),
    actions.SetOpenness: (ADMINISTRATOR, lambda i: actions.SetOpenness(i.committee, 1)),
    actions.PublicNotice: (ADMINISTRATOR, lambda i: actions.PublicNotice(i.published)),
    actions.Papers: (COMMITTEE, lambda i: actions.Papers(i.term, 0)),
    actions.BranchPaper: (BRANCH | COMMITTEE, lambda i: actions.BranchPaper(i.branch, i.term)),
    actions.FormFile: (BRANCH | COMMITTEE, lambda i: actions.FormFile(i.branch, i.term, 0)),
    actions.RegisterFile: (COMMITTEE, lambda i: actions.RegisterFile(i.term, 0)),
    actions.ReviewFile: (COMMITTEE, lambda i: actions.ReviewFile(i.review, 0)),
    actions.SummaryFile: (COMMITTEE, lambda i: actions.SummaryFile(i.term, 0)),
    actions.NoticeFile: (ADMINISTRATOR, lambda i: actions.NoticeFile(i.published)),
    actions.FilledForm: (
        BRANCH,
        lambda i: actions.FilledForm(Upload("a.xlsx", "", filled(i.branch, i.term))),
    ),
    actions.Objections: (COMMITTEE, lambda i: actions.Objections(i.published)),
    actions.AskObjection: (frozenset({"secretary"}), lambda i: actions.AskObjection(i.branch, i.published)),
    actions.TypedObjection: (NOBODY, lambda i: actions.TypedObjection(i.branch, i.published, "请复核")),
    actions.ShowObjection: (BRANCH | COMMITTEE, lambda i: actions.ShowObjection(i.objection)),
    actions.SendObjection: (frozenset({"secretary"}), lambda i: actions.SendObjection(i.objection)),
    actions.TypedAnswer: (ADMINISTRATOR, lambda i: actions.TypedAnswer(i.objection, "已复核")),
    actions.SendAnswer: (ADMINISTRATOR, lambda i: actions.SendAnswer(i.objection)),
    actions.SendAnswerSeen: (
        ADMINISTRATOR,
        lambda i: actions.SendAnswerSeen(i.objection, actions.fingerprint("已复核缺记录")),
    ),
    actions.AmendItems: (COMMITTEE, lambda i: actions.AmendItems(i.official)),
    actions.AmendItem: (COMMITTEE, lambda i: actions.AmendItem(i.official, 7)),
    actions.TypedAmended: (COMMITTEE, lambda i: actions.TypedAmended(i.official, 7, "2.5")),
    actions.AmendTo: (COMMITTEE, lambda i: actions.AmendTo(i.official, 7, 250)),
    actions.TypedAmendment: (COMMITTEE, lambda i: actions.TypedAmendment(i.official, 7, 250, "复核")),
    actions.ShowAmendment: (ADMINISTRATOR, lambda i: actions.ShowAmendment(i.amendment)),
    actions.Amend: (ADMINISTRATOR, lambda i: actions.Amend(i.amendment)),
    actions.Rectify: (BRANCH | COMMITTEE, lambda i: actions.Rectify(i.branch, i.published)),
    actions.Register: (COMMITTEE, lambda i: actions.Register(i.published, 0)),
    actions.Proposals: (BRANCH, lambda i: actions.Proposals(i.branch, i.term, 0)),
    actions.TakeProposals: (BRANCH, lambda i: actions.TakeProposals(i.branch, i.term, 0)),
    actions.NewMeasure: (BRANCH, lambda i: actions.NewMeasure(i.branch, i.term)),
    actions.TypedMeasure: (BRANCH, lambda i: actions.TypedMeasure(i.branch, i.term, "加强学习")),
    actions.FromItem: (BRANCH, lambda i: actions.FromItem(i.sheet, 2)),
    actions.AskSubmitPlan: (NOBODY, lambda i: actions.AskSubmitPlan(i.plan)),
    actions.SubmitPlan: (BRANCH, lambda i: actions.SubmitPlan(i.plan, 1)),
    actions.AcceptPlan: (COMMITTEE, lambda i: actions.AcceptPlan(i.plan, 1)),
    actions.AskReturnPlan: (NOBODY, lambda i: actions.AskReturnPlan(i.plan)),
    actions.TypedPlanReply: (NOBODY, lambda i: actions.TypedPlanReply(i.plan, "请写具体")),
    actions.ReturnPlan: (NOBODY, lambda i: actions.ReturnPlan(i.plan)),
    actions.ReturnPlanFor: (NOBODY, lambda i: actions.ReturnPlanFor(i.plan, 0)),
    actions.AskGuidance: (COMMITTEE, lambda i: actions.AskGuidance(i.plan)),
    actions.TypedGuidance: (COMMITTEE, lambda i: actions.TypedGuidance(i.plan, "先补记录")),
    actions.SendGuidance: (
        COMMITTEE,
        lambda i: actions.SendGuidance(i.plan, actions.fingerprint("先补记录")),
    ),
    actions.MeasureCard: (BRANCH | COMMITTEE, lambda i: actions.MeasureCard(i.closed)),
    actions.TypedOnMeasure: (BRANCH, lambda i: actions.TypedOnMeasure(i.measure, "完成一半")),
    actions.Responsible: (BRANCH, lambda i: actions.Responsible(i.draft_measure, 1)),
    actions.DueBy: (BRANCH, lambda i: actions.DueBy(i.draft_measure, 20271228)),
    actions.DropMeasure: (BRANCH, lambda i: actions.DropMeasure(i.draft_measure)),
    actions.RestoreMeasure: (BRANCH, lambda i: actions.RestoreMeasure(i.draft_measure)),
    actions.AddMeasureFile: (BRANCH, lambda i: actions.AddMeasureFile(i.measure, upload())),
    actions.MeasureFile: (BRANCH | COMMITTEE, lambda i: actions.MeasureFile(i.closed, i.shown)),
    actions.CloseMeasure: (BRANCH, lambda i: actions.CloseMeasure(i.measure)),
    actions.ReopenMeasure: (BRANCH, lambda i: actions.ReopenMeasure(i.closed)),
    actions.AcceptMeasure: (COMMITTEE, lambda i: actions.AcceptMeasure(i.closed, 1)),
    actions.AskSendBack: (COMMITTEE, lambda i: actions.AskSendBack(i.closed)),
    actions.TypedSendBack: (COMMITTEE, lambda i: actions.TypedSendBack(i.closed, "还差一次")),
    actions.SendBack: (COMMITTEE, lambda i: actions.SendBack(i.closed)),
    actions.SendBackFor: (COMMITTEE, lambda i: actions.SendBackFor(i.closed, reason_seen("还差一次"))),
    actions.Which: (frozenset({"secretary"}), lambda i: actions.Which(i.asked)),
    actions.Place: (frozenset({"secretary"}), lambda i: actions.Place(i.asked, 0)),
    actions.WaitWith: (frozenset({"secretary"}), lambda i: actions.WaitWith(i.asked, upload())),
    actions.TypedAgain: (frozenset({"secretary"}), lambda i: actions.TypedAgain(i.asked, "3.5 缺记录")),
    actions.Edited: (frozenset({"secretary"}), lambda i: actions.Edited(i.edited)),
    actions.Correct: (frozenset({"secretary"}), lambda i: actions.Correct(i.edited)),
}


# Who may once the branch has submitted that sheet, where that is another decision.
SUBMITTED: dict[type[Action], frozenset[str]] = {
    **dict.fromkeys(
        (
            actions.OpenSheet,
            actions.Card,
            actions.Contents,
            actions.Overview,
            actions.WhyItem,
            actions.Evidence,
            actions.ShowEvidence,
            actions.ItemFacts,
            actions.WayUp,
            actions.WhyTotal,
        ),
        BRANCH | COMMITTEE,
    ),
    **dict.fromkeys(
        (
            actions.Return,
            actions.ReturnItem,
            actions.TypedReturn,
            actions.TypedReturnReason,
            actions.DropReturn,
        ),
        COMMITTEE,
    ),
    **dict.fromkeys(
        (
            actions.Mark,
            actions.OtherPoints,
            actions.AskReason,
            actions.Points,
            actions.TypedReason,
            actions.TypedOnCard,
            actions.Remark,
            actions.KeepAsPoints,
            actions.KeepAsNote,
            actions.LineDraft,
            actions.TypedLineReason,
            actions.SaveLine,
            actions.Undo,
            actions.Note,
            actions.TypedNote,
            actions.ClearNote,
            actions.OverNote,
            actions.ReplaceNote,
            actions.AddEvidence,
            actions.RemoveEvidence,
            actions.FilledForm,
            actions.AskSubmit,
            actions.Place,
            actions.TypedAgain,
            actions.Correct,
        ),
        NOBODY,
    ),
}


def test_every_action_has_a_decision() -> None:
    assert set(all_actions()) == set(DECISIONS)


class Stage:
    """The demo with somebody of every role, and the 劲松 sheet (complete, not submitted) as the object."""

    def __init__(self, world: World) -> None:
        self.world = world
        secretary = world.phone("secretary of 劲松")
        self.own = self._objects(secretary, world.phone("member"), 1, "缺记录")
        file = world.sheet(1)
        assert file is not None
        self.phones = {
            "none": world.phone("stranger"),
            "removed": self._removed(file.branch.id),
            "officer": self._join("an officer", Role.OFFICER, file.branch.id),
            "secretary elsewhere": world.phone("secretary of 双龙"),
            "secretary": secretary,
            "member": world.phone("member"),
            "administrator": world.phone("administrator"),
        }
        set_up(world)
        with world.database.write() as session:
            dates = propose_terms(2020)[0]  # so that this term stays the newest
            unbegun = terms.add_term(session, committee_id=1, dates=dates, edition="jinsong_2017").id
        self.own = replace(self.own, unbegun=unbegun)
        self.missing = Ids(*(MISSING for _ in fields(Ids)))

    def _objects(self, secretary: Phone, member: Phone, committee: int, words: str) -> Ids:
        """What a secretary and a member of a committee make, all of it with these words in it."""
        sheet = sheet_of(secretary.say("自评").say(f"7 2.5（{words}） 8合"))
        draft = getattr(secretary.screen.here, "draft", 0)
        secretary.press(actions.Card(sheet, 7)).attach(f"{words}.png")
        secretary.press(actions.Card(sheet, 8)).tap("备注").say(f"{words}的备注")
        secretary.press(actions.Card(sheet, 9)).say(f"3人请假，{words}")
        remark = getattr(secretary.screen.here, "draft", 0)
        asked, edited = self._said(secretary, sheet, words)
        with self.world.database.read() as session:
            file = sheets.open_file(session, sheet)
            owing = duties.of_branch(session, branch_id=file.branch.id, term_id=file.term.id)
            shown = evidence.files_of(
                session, branch_id=file.branch.id, term_id=file.term.id, item=7, raters=tuple(Rater)
            )
            seat = chats.chat_at(
                session, channel="web", external=secretary.address, now=self.world.clock()
            ).me.seats[0]
        secretary.say("我的职务").tap("邀请支委")
        made = getattr(secretary.screen.here, "invitation", 0)
        member.press(actions.Assign(committee)).say(f"明天交活动小结{words}").tap("确认交办")
        given = getattr(member.screen.here, "assignment", 0)
        member.press(actions.Assign(committee)).say(f"后天交学习小结{words}")
        drafted = getattr(member.screen.here, "assignment", 0)
        member.press(actions.Exchange(committee, 0)).say("12月20日")  # the meeting was held
        return Ids(
            committee,
            file.branch.id,
            file.term.id,
            sheet,
            draft,
            remark,
            file.last_change,
            shown[0].id,
            seat.id,
            made,
            next(o.id for o in owing if o.duty == "summary"),
            next(o.id for o in owing if o.duty == "life_meeting"),
            lose_a_notice(self.world, committee, secretary.address),
            drafted,
            given,
            asked,
            edited,
            file.sheet.revision,
            sheet_of(member.press(actions.OpenSheet(file.branch.id, file.term.id, int(Rater.COMMITTEE)))),
            *self._published(secretary, committee, file.branch.id, words),
            self._group(member, committee, words),
            *self._rectified(secretary, member, committee, file.branch.id, words),
            self.world.conversation.who("web", secretary.address).person_id or 0,
            self._opinion(member, committee, words),
            *years_end(self.world, committee, words),
            MISSING,
            *self._edition(committee, words),
        )

    def _edition(self, committee: int, words: str) -> tuple[int, int]:
        """A rating table that was sent, with a reason, and what is seen of it where it is put in force."""
        table, text = edition_text.own(replace(read_edition("jinsong_2017"), name=f"{words}评价表"))
        me = self.world.me("administrator")
        with self.world.database.write() as session:
            number = editions.propose(session, me=me, committee_id=committee, table=table, text=text)
            editions.explain(session, editions.one(session, number), f"理由{words}")
            kept = editions.one(session, number)
            every = editions.beginnings(session, kept, terms.terms_of(session, [committee]), me.now.date())
        return number, revision(kept, every[-1], every)

    def _opinion(self, member: Phone, committee: int, words: str) -> int:
        """What a member told the administrator, and an answer that is not sent."""
        member.press(actions.Feedback()).say(f"意见{words}")
        with self.world.database.write() as session:
            told = feedback.inbox(session, committee_id=committee)[0]
            feedback.draft_answer(session, me=self.world.me("administrator"), opinion_id=told.id, text="谢谢")
        return told.id

    def _group(self, member: Phone, committee: int, words: str) -> int:
        """A group chat in which a member asked for 排名."""
        group = Group(member.channel, f"group {committee} {words}", f"{words}群")
        self.world.conversation.ask_in_group(group, member.address, "/standings")
        with self.world.database.read() as session:
            return groups.of_committee(session, committee)[-1].id

    def _published(
        self, secretary: Phone, committee: int, branch: int, words: str
    ) -> tuple[int, int, int, int]:
        """The branch's last term, that is published, its 总支评价, an objection and an amendment that wait."""
        with self.world.database.read() as session:
            term = next((t for t in terms.terms_of(session, [committee]) if t.published), None)
            if term is None:
                return MISSING, MISSING, MISSING, MISSING
            rated = sheets.find(session, branch_id=branch, term_id=term.id, rater=Rater.COMMITTEE) or 0
        secretary.press(actions.AskObjection(branch, term.id)).say(f"第 7 项{words}，请复核").tap("确认提出")
        objection = getattr(secretary.screen.here, "objection", 0)
        administrator = self.world.phone("administrator")
        administrator.press(actions.ShowObjection(objection)).say(f"已复核{words}")
        administrator.press(actions.AmendTo(rated, 7, 100)).say(f"复核{words}")
        return term.id, rated, objection, getattr(administrator.screen.here, "amendment", 0)

    def _rectified(
        self, secretary: Phone, member: Phone, committee: int, branch: int, words: str
    ) -> tuple[int, int, int, int, int]:
        """A measure of the plan that the branch writes this term; of its last term, where that is published, the plan
        that the committee agreed with, a measure that is carried out, one that is closed, and a file of that."""
        with self.world.database.read() as session:
            every = terms.terms_of(session, [committee])
        draft = self._measure(secretary, branch, every[0].id, f"以后的措施{words}")
        term = next((t for t in every if t.published), None)
        if term is None:
            return draft, MISSING, MISSING, MISSING, MISSING
        made = [self._measure(secretary, branch, term.id, f"措施{n}{words}") for n in (1, 2)]
        secretary.tap("全部措施").tap("提交整改")
        plan = getattr(secretary.screen.here, "plan", 0)
        secretary.tap("确认提交")
        member.press(actions.Rectify(branch, term.id)).tap("同意")
        secretary.press(actions.MeasureCard(made[0])).say(f"进展{words}")
        secretary.press(actions.MeasureCard(made[1])).attach(f"{words}.png", picture(made[1])).say(
            f"完成{words}"
        )
        secretary.tap("已完成，报总支销号")
        shown = next(getattr(b.action, "evidence", 0) for b in secretary.screen.buttons if "png" in b.label)
        member.press(actions.AskSendBack(made[1])).say(f"退回{words}")
        return draft, plan, made[0], made[1], shown

    def _measure(self, secretary: Phone, branch: int, term: int, text: str) -> int:
        secretary.press(actions.NewMeasure(branch, term)).say(text)
        return int(getattr(secretary.screen.here, "measure", 0))

    def elsewhere(self) -> dict[str, Ids]:
        """The same objects of the committee's sheet, of another branch, and of another committee: all are secret."""
        member = self.phones["member"]
        other = self._objects(self.world.phone("secretary of 新源里"), member, 1, SECRET)
        rated = sheet_of(
            member.press(actions.OpenSheet(self.own.branch, self.own.term, int(Rater.COMMITTEE)))
        )
        member.press(actions.Card(rated, 7)).say(f"2.5 缺{SECRET}")
        member.press(actions.Card(rated, 7)).attach(f"{SECRET}.png", PNG_OF_COMMITTEE)
        member.press(actions.Card(rated, 9)).say(f"3人请假，{SECRET}")
        remark = getattr(member.screen.here, "draft", 0)
        with self.world.database.read() as session:
            file = sheets.open_file(session, rated)
            shown = evidence.files_of(
                session, branch_id=file.branch.id, term_id=file.term.id, item=7, raters=tuple(Rater)
            )
        theirs = replace(
            self.own,
            sheet=rated,
            remark=remark,
            change=file.last_change,
            evidence=shown[-1].id,
            revision=file.sheet.revision,
        )
        return {"rater": theirs, "branch": other, "committee": self._neighbour()}

    def _neighbour(self) -> Ids:
        with self.world.database.write() as session:
            body = terms.add_committee(session, name=f"{SECRET}党总支", edition="jinsong_2017")
            branch = terms.add_branch(session, committee_id=body, name=f"{SECRET}党支部", campus="")
            terms.add_term(
                session,
                committee_id=body,
                dates=TermDates(
                    f"{SECRET}学期",
                    date(2026, 9, 1),
                    date(2027, 1, 22),
                    (date(2026, 12, 21), date(2027, 1, 4)),
                ),
                edition="jinsong_2017",
            )
            codes = {
                role: invitations.invite(
                    session,
                    me=Me(0, "", self.world.clock()),
                    committee_id=body,
                    branch_id=branch if role.of_branch else None,
                    role=role,
                ).code
                for role in (Role.SECRETARY, Role.MEMBER)
            }
        reminders.tick(self.world.database, self.world.clock())
        for role, code in codes.items():
            self.phones[f"neighbour {role.word}"] = Phone(self.world.conversation, f"neighbour {role}").say(
                code
            )
        secretary, member = (self.phones[f"neighbour {role.word}"] for role in codes)
        return self._objects(secretary, member, body, SECRET)

    def _said(self, secretary: Phone, sheet: int, words: str) -> tuple[int, int]:
        """A text of the secretary's that waits to be placed, and an edited one that waits to be confirmed."""
        secretary.press(actions.Card(sheet, 7)).say(f"2.5 缺{words}", message="1")
        edited = getattr(secretary.edit("1", f"2.6 缺{words}").screen.here, "saying", 0)
        secretary.press(actions.Card(sheet, 7)).say(f"2.5 缺{words}", quotes="unknown")
        return getattr(secretary.screen.here, "saying", 0), edited

    def _join(self, address: str, role: Role, branch: int | None) -> Phone:
        return Phone(self.world.conversation, address, name=role.word).say(code_for(self.world, role, branch))

    def _removed(self, branch: int) -> Phone:
        phone = self._join("removed", Role.OFFICER, branch)
        phone.say("我的职务").tap("退出").tap("确认退出")
        return phone

    def rows(self) -> dict[str, list[Any]]:
        """Everything in the database but where people stand on their screens."""
        return everything(self.world.database, "address", "web_line")


def sheet_of(phone: Phone) -> int:
    return int(getattr(phone.screen.here, "sheet", 0))


@contextmanager
def changes_in(database: Database) -> Iterator[list[str]]:
    """The statements that change anything but where people stand on their screens."""
    changes: list[str] = []

    def watch(_c: object, _k: object, statement: str, *_: object) -> None:
        if (
            statement.startswith(("INSERT", "UPDATE", "DELETE"))
            and "address" not in statement.split(maxsplit=3)[:3]
        ):
            changes.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", watch)
    try:
        yield changes
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", watch)


def outcome(stage: Stage, who: str, action: Action, shown: list[str] | None = None) -> tuple[bool, bool]:
    """Whether somebody was let through, and whether anything would change; nothing is kept. `shown` gets what is."""
    database = stage.world.database
    with (
        changes_in(database) as changes,
        database.engine.connect() as connection,
    ):
        session = Session(connection)
        me = chats.chat_at(
            session, channel="web", external=stage.phones[who].address, now=stage.world.clock()
        ).me
        work = Work(session, me, stage.world.evidence, lambda code: [], polls="http://127.0.0.1/vote")
        through = _through(me, action, work, [] if shown is None else shown)
        connection.rollback()
    return through, bool(changes)


def _through(me: Me, action: Action, work: Work, shown: list[str]) -> bool:
    try:
        reply = respond(work, action)
    except Refused as refused:
        shown.append(str(refused))
        return False
    here, file = reply.screen.here, reply.screen.attachment
    shown += [
        plain(reply.screen),
        *(button.label for button in reply.screen.buttons),
        file.name if file else "",
        *(parts(file.read()).values() if file and isinstance(file.data, Made) else ()),
    ]
    if not me.known:  # whoever is not in gets the way in, whatever they ask
        out = (actions.SignOut, "已退出登录"), (actions.ForgetMe, "已删除您的个人资料")
        gone = (type(action), reply.toast) in out
        return gone or type(here).__name__ == type(action).__name__ or isinstance(action, actions.UseCode)
    return not isinstance(here, actions.Home) or isinstance(
        action, actions.Home | actions.SendFeedback | actions.Leave | actions.SignOut | actions.SnoozeAll
    )


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world)


def undecided(stage: Stage, others: Mapping[type[Action], frozenset[str]]) -> list[str]:
    """What is not as the decisions say, and where there is one, as these others say."""
    wrong, before = [], stage.rows()
    for cls, (usually, make) in DECISIONS.items():
        allowed = others.get(cls, usually)
        for who in sorted(EVERYBODY):
            through, changed = outcome(stage, who, make(stage.own))
            if through != (who in allowed) or (changed and who not in usually | allowed):
                wrong.append(f"{cls.__name__} by {who}: through={through} changed={changed}")
    assert stage.rows() == before
    return wrong


@pytest.mark.slow
def test_every_action_is_allowed_to_exactly_whom_its_decision_names(stage: Stage) -> None:
    assert undecided(stage, {}) == []


@pytest.mark.slow
def test_a_submitted_sheet_is_the_committees_to_see_until_it_is_taken_back(desk: World) -> None:
    stage = Stage(desk)
    stage.phones["secretary"].press(actions.Submit(stage.own.sheet, stage.own.revision))
    assert undecided(stage, SUBMITTED) == []
    with stage.world.database.write() as session:
        session.execute(sa.update(SHEET).where(SHEET.c.id == stage.own.sheet).values(submitted_at=None))
    assert undecided(stage, {}) == []


@pytest.mark.slow
def test_no_action_on_a_missing_object_shows_or_changes_anything(stage: Stage) -> None:
    named = [make for _, make in DECISIONS.values() if str(make(stage.missing)) != str(make(stage.own))]
    assert len(named) > len(DECISIONS) / 2
    wrong = []
    for action in (make(stage.missing) for make in named):
        for who in sorted(EVERYBODY):
            through, changed = outcome(stage, who, action)
            if through or changed:
                wrong.append(f"{action} by {who}: through={through} changed={changed}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_no_id_of_another_rater_branch_or_committee_opens_or_changes_anything(stage: Stage) -> None:
    wrong = []
    for whose, ids in stage.elsewhere().items():
        askers = ("officer", "secretary", *(() if whose != "committee" else ("member", "administrator")))
        for _, make in DECISIONS.values():
            tried = {make(ids)}
            for name in (f.name for f in fields(Ids)):
                tried.add(make(replace(stage.own, **{name: getattr(ids, name)})))
            for action in sorted(tried - {make(stage.own)}, key=repr):
                for who in askers:
                    shown: list[str] = []
                    _, changed = outcome(stage, who, action, shown)
                    if changed or SECRET in "".join(shown):
                        wrong.append(
                            f"{action} by {who}: changed={changed} {[s for s in shown if SECRET in s]}"
                        )
    assert not wrong, "\n".join(wrong)


def test_the_committees_unpublished_evidence_is_not_served_to_the_branch(stage: Stage) -> None:
    member = stage.phones["member"]
    rated = sheet_of(member.press(actions.OpenSheet(stage.own.branch, stage.own.term, int(Rater.COMMITTEE))))
    member.press(actions.Card(rated, 7)).attach("总支的.png", PNG_OF_COMMITTEE)
    show = next(b.action for b in member.screen.buttons if "总支的" in b.label)
    assert isinstance(show, actions.ShowEvidence)
    for who in ("secretary", "officer"):
        phone = stage.phones[who].press(actions.ShowEvidence(stage.own.sheet, show.evidence))
        assert "已被移除" in phone.toast
        file = phone.screen.attachment
        assert file is None or file.read() != PNG_OF_COMMITTEE
    file = member.press(show).screen.attachment
    assert file is not None
    assert file.read() == PNG_OF_COMMITTEE


def test_what_a_branch_may_not_see_of_the_committees_sheet_before_publishing(stage: Stage) -> None:
    stage.phones["member"].say("首页").tap("评价 劲松").tap("不合格")
    rated = stage.world.sheet(1, Rater.COMMITTEE)
    assert rated is not None
    for who in ("secretary", "officer"):
        for action in (
            actions.Card(rated.id, 1),
            actions.Overview(rated.id),
            actions.Contents(rated.id),
            actions.WhyItem(rated.id, 1),
            actions.Evidence(rated.id, 1),
            actions.Mark(rated.id, 1, 2),
        ):
            through, changed = outcome(stage, who, action)
            assert (through, changed) == (False, False), action


def test_nobody_evaluates_a_branch_they_sit_in(stage: Stage) -> None:
    code = code_for(stage.world, Role.OFFICER, stage.own.branch)
    member = stage.phones["member"].say("邀请码").say(code)
    assert not any("评价 劲松" in label for label in member.say("首页").labels)
    for action in (
        actions.Evaluate(stage.own.rated, 7, 1, 0),
        actions.EvaluatePoints(stage.own.rated, 7, 25, 1, 0),
        actions.Agree(stage.own.rated, 8, 320, 0),
        actions.AskRest(stage.own.rated),
        actions.TakeRest(stage.own.rated, 0, stage.own.revision),
    ):
        assert "您在这个支部任职" in member.press(action).toast
    rated = stage.world.sheet(1, Rater.COMMITTEE)
    assert rated is not None
    assert not rated.sheet.filled
    code = code_for(stage.world, Role.OFFICER, stage.world.branches[2].id)
    member.say("邀请码").say(code)
    member.press(actions.OpenSheet(stage.world.branches[2].id, stage.own.term, int(Rater.COMMITTEE)))
    assert "您在这个支部任职" in member.toast
    assert stage.world.sheet(2, Rater.COMMITTEE) is None


@pytest.mark.random
@pytest.mark.parametrize("seed", [2017, 2026])
def test_random_callback_strings_change_nothing_and_raise_nothing(desk: World, seed: int) -> None:
    stage = Stage(desk)
    luck = random.Random(seed)
    tags = []
    for _, make in DECISIONS.values():
        with suppress(KeyError):  # no button makes what can only be said
            tags.append(wire(make(stage.own)).split(":")[0])
    before = stage.rows()
    phone = stage.phones["secretary elsewhere"]
    for n in range(trials(5_000)):  # with each seed: ten thousand
        data = forged(luck, tags)
        reply = desk.conversation.hear(Event("web", phone.address, f"forged-{n}", press=data))
        assert reply.screen.title != "抱歉，出了点问题", data
    after = stage.rows()
    own = {
        "sheet",
        "history",
        "mark",
        "invitation",
        "occurrence",
        "fact",
        "reported",
        "preference",
        "snooze",
        "rectification",
        "measure",
    }  # what 双龙's secretary may change there
    assert {k: v for k, v in after.items() if k not in own} == {
        k: v for k, v in before.items() if k not in own
    }
    file = desk.sheet(1)
    assert file is not None
    assert file.sheet.revision == stage.own.revision


def forged(luck: random.Random, tags: list[str]) -> str:
    """A string as somebody might forge it: our tags with odd numbers, or noise."""
    kind = luck.randrange(5)
    if kind == 0:
        return "".join(chr(luck.randrange(1, 0x3000)) for _ in range(luck.randrange(0, 80)))
    numbers = [
        luck.choice([0, 1, 2, 3, 7, 24, 25, 99, 2**31 - 1, 2**31, 10**12, -1])
        for _ in range(luck.randrange(6))
    ]
    if kind == 1:
        numbers = [luck.choice(["", "٣", "²", "1_0", " 1", "+1", "0x1", "1.0"]) for _ in range(3)]  # type: ignore[misc]
    return ":".join([luck.choice(tags), *map(str, numbers)])
