"""打印: what may stand on a file for whoever asks for it, and what a form says that came back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import assert_never

from bot.actions import (
    BranchPaper,
    FilledForm,
    FormFile,
    NoticeFile,
    Papers,
    Printing,
    RegisterFile,
    ReviewFile,
    SummaryFile,
)
from bot.dialogue import publishing, review, typed
from bot.dialogue.opening import to_fill
from bot.dialogue.place import place
from bot.dialogue.standings import of_term
from bot.dialogue.work import Work
from bot.message import Attachment, Made, Message, Reply
from bot.paper import (
    desk,
    excel,
    form_docx,
    form_xlsx,
    listing,
    notice,
    outcome,
    register,
    reviewed,
    sent_back,
    summary,
    word,
)
from bot.paper.form import Form
from bot.paper.listing import Listing
from bot.paper.summary import Row
from bot.paper.texts import file_name
from bot.permissions import Me, Rater, Role, fill_sheet, may_see_branch
from bot.screens import paper as screens
from bot.screens import wording
from bot.screens.layout import part
from bot.screens.publishing import OpenedView, notice_text
from bot.store import drafts, rectifications, results, roll, seats, sheets, terms
from bot.store.database import Session
from bot.values import Branch, Registered, Term
from scoring import stars
from scoring.kept_line import kept
from scoring.line import changes
from scoring.refusal import Refused
from scoring.review import LEAST
from scoring.sheet import Sheet

LISTED = 12  # branches on a page
_MIMES = (excel.MIME, word.MIME)
FORMS: tuple[Callable[[Form], bytes], ...] = (form_xlsx.workbook, form_docx.document)
LISTINGS: tuple[Callable[[Listing], bytes], ...] = (listing.workbook, listing.document)


def respond(work: Work, action: Printing) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Papers(term, number):
            return Reply(_papers(work, term, number))
        case BranchPaper(branch, term):
            return Reply(screens.branch_paper(_view(work, form(work, branch, term))))
        case FormFile(branch, term, kind):
            return Reply(_form_file(work, form(work, branch, term), _kind(kind)))
        case SummaryFile(term, kind):
            return Reply(_summary_file(work, term, _kind(kind)))
        case RegisterFile(term, kind):
            return Reply(_register_file(work, term, _kind(kind)))
        case ReviewFile(number, kind):
            return Reply(_review_file(work, number, _kind(kind)))
        case NoticeFile(term):
            return Reply(_notice_file(work, term))
        case FilledForm(upload):
            return _sent_back(work, upload.data)
        case _:
            assert_never(action)


def _kind(number: int) -> int:
    if number >= len(screens.KINDS):
        raise Refused("没有这种文件，请选择 Excel 或 Word。")
    return number


def _file(kind: int, name: tuple[str, ...], of: str, make: Callable[[], bytes]) -> Attachment:
    ending = screens.ENDINGS[kind]
    return Attachment(
        file_name(*name, ending=ending), _MIMES[kind], Made(f"{ending} {of}", partial(desk.made, make))
    )


def _papers(work: Work, term_id: int, number: int) -> Message:
    every, term = of_term(work, term_id)
    branches = part(roll.of_term(work.session, term), number, LISTED, LISTED)
    publishes = work.me.in_committee(term.committee_id, Role.ADMINISTRATOR)
    return screens.papers(
        screens.PapersView(term=term, branches=branches, terms=every, notice=publishes and term.published)
    )


# --- the form of a branch -----------------------------------------------------------------------------------------


def form(work: Work, branch_id: int, term_id: int) -> Form:
    """A branch's form as far as whoever asks may see it: what their screens show of both sheets. Raises Refused."""
    branch, term = place(work, branch_id, term_id)
    on = Rater.SELF if work.me.in_branch(branch.id) else Rater.COMMITTEE
    both = sheets.to_print(work.session, branch_id=branch.id, term=term, on=on)
    return Form(
        branch=branch,
        term=term,
        sheets={rater: sheet for rater, (sheet, _) in both.items()},
        notes={rater: {n: one.note for n, one in written.items()} for rater, (_, written) in both.items()},
        made=work.me.now,
        reader=on,
        fills=on if _fills(work, branch, term, on, both[on][0] if on in both else None) else None,
    )


def _fills(work: Work, branch: Branch, term: Term, rater: Rater, sheet: Sheet | None) -> bool:
    """Whether whoever asks may still mark something on this sheet."""
    try:
        fill_sheet(work.me, branch.committee_id, branch.id, rater)
    except Refused:
        return False
    return not term.published and not (sheet is not None and sheet.submitted)


def _view(work: Work, of: Form) -> screens.FormView:
    return screens.FormView(
        branch=of.branch,
        term=of.term,
        edition=of.edition,
        sheets=of.sheets,
        fills=of.fills,
        of_committee=not work.me.in_branch(of.branch.id),
    )


def _form_file(work: Work, of: Form, kind: int) -> Message:
    name = (of.term.name, of.branch.name, "测评表")
    return screens.form_file(_view(work, of), kind, _file(kind, name, of.content, lambda: FORMS[kind](of)))


# --- of all branches ----------------------------------------------------------------------------------------------


def _summary_file(work: Work, term_id: int, kind: int) -> Message:
    _, term = of_term(work, term_id)
    of = summed_up(work.session, term, _committee(work, term), work.me.now)
    name = (term.name, of.committee, "汇总表")
    return screens.summary_file(term, kind, _file(kind, name, of.content, lambda: LISTINGS[kind](of)))


def _committee(work: Work, term: Term) -> str:
    return next(seat.committee for seat in work.me.seats if seat.committee_id == term.committee_id)


def summed_up(session: Session, term: Term, committee: str, made: datetime) -> Listing:
    """All branches in the committee's own order, with the totals that are submitted. Three queries."""
    found = results.of_committee(session, term_id=term.id, committee_id=term.committee_id)
    called = seats.secretaries(session, term.committee_id)
    rows = []
    for branch in roll.of_term(session, term):
        own, rated = (_submitted(found.get((branch.id, rater))) for rater in Rater)
        without = [
            f"{rater.word}未提交" for rater, one in zip(Rater, (own, rated), strict=True) if one is None
        ]
        worth = stars.result(rated) if rated else None
        rows.append(
            Row(
                branch=branch.name,
                secretary=called.get(branch.id, ""),
                own=own.total if own else None,
                rated=rated.total if rated else None,
                stars=wording.star(worth.stars) if worth and worth.stars else "",
                remark="，".join(without),
            )
        )
    return summary.listing(rows, committee, term, made)


def outcome_file(view: OpenedView, committee: str, made: datetime) -> Attachment:
    """What the committee opened of a published term, as a workbook."""
    rows = [
        outcome.Row(
            branch=row.name,
            place=wording.rank(row.place) if row.place else "",
            total=row.result.total if row.result else None,
            stars=wording.star(row.result.stars) if row.result and row.result.stars else "没有总支评价",
        )
        for row in view.ranked
    ]
    of = outcome.listing(rows, committee, view.term, made, totals=view.totals)
    return _file(0, (view.term.name, "星级评定结果"), of.content, lambda: listing.workbook(of))


def _submitted(sheet: Sheet | None) -> Sheet | None:
    return sheet if sheet is not None and sheet.submitted else None


def _register_file(work: Work, term_id: int, kind: int) -> Message:
    _, term = of_term(work, term_id)
    committee, now = _committee(work, term), work.me.now
    of = register.listing(registered(work.session, work.me, term), committee, term, now)
    name = (term.name, of.committee, "整改台账")
    return screens.register_file(term, kind, _file(kind, name, of.content, lambda: LISTINGS[kind](of)))


def registered(session: Session, me: Me, term: Term) -> tuple[Registered, ...]:
    """整改台账 as the committee may see it: without what whoever asks sees of a branch of their own. Two queries."""
    me = replace(me, seats=tuple(seat for seat in me.seats if seat.branch_id is None))
    return rectifications.register(session, me=me, committee_id=term.committee_id, term_id=term.id)


def _review_file(work: Work, number: int, kind: int) -> Message:
    found = review.closed(work, number)
    came = review.recorded(work.session, found)
    if not came.shown.boxes:
        raise Refused(f"收回的票不足 {LEAST} 张，不公布结果，没有文件。")
    of = reviewed.listing(came, terms.committee_name(work.session, found.committee_id), work.me.now)
    name = (of.name, of.committee, of.what)
    return screens.review_file(found, kind, _file(kind, name, of.content, lambda: LISTINGS[kind](of)))


def _notice_file(work: Work, term_id: int) -> Message:
    said = publishing.noticed(work, term_id)
    text, term, made = notice_text(*said), said[0], work.me.now
    name = (term.name, "星级评定结果公示")
    return screens.notice_file(term, _file(1, name, repr(text), lambda: notice.document(text, made)))


# --- a form that comes back ---------------------------------------------------------------------------------------


_SAME = "这份测评表填的和现在保存的一样，没有要改的。要改的，请改好存盘后再发。"


def _sent_back(work: Work, data: bytes) -> Reply:
    """What a form would change that was filled in, before it is saved. Raises Refused, with the cell that is wrong."""
    if not sent_back.is_form(data):
        raise Refused(sent_back.UNKNOWN)
    sent = sent_back.read(data)
    if not sent.branch:  # today's table as an Excel file, which is no branch's
        raise Refused("这是评价表，不是某个支部的测评表。要换评价表，请先输入 换评价表，再发这份文件。")
    over_terms = terms.of_branch(work.session, sent.branch)
    branch = over_terms.branch
    if sent.rater is Rater.SELF and not may_see_branch(work.me, branch.committee_id, branch.id):
        raise Refused("这份测评表不是本支部的。请下载本支部的，填好后再发。")
    fill_sheet(work.me, branch.committee_id, branch.id, sent.rater)
    branch, term = over_terms.rated_in(sent.term, work.today)
    sheet_id = sheets.begin(work.session, branch_id=branch.id, term=term, rater=sent.rater)
    file = to_fill(work, sheet_id)
    line = sent_back.line(sent, form(work, branch.id, term.id), file.sheet)
    if not line.needs_reason and not changes(file.sheet, line.applied(file.sheet)):
        raise Refused(_SAME)
    draft = drafts.add(work.session, me=work.me, sheet_id=file.id, item=0, text=kept(line))
    toast = f"测评表里填了 {len(line.marks)} 项，还没有保存，请核对"
    return Reply(typed.line_draft(work, file, draft), toast=toast)
