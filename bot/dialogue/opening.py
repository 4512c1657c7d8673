"""Opening a sheet: to see it, to fill it, or to submit it, each as far as one may."""

from bot.dialogue.work import Work
from bot.permissions import Rater, fill_sheet, see_sheet, submit_sheet
from bot.screens import wording
from bot.store import sheets
from bot.values import SheetFile
from scoring.refusal import Refused


def to_see(work: Work, sheet_id: int) -> SheetFile:
    """A sheet to look at. Raises Refused."""
    file = sheets.open_file(work.session, sheet_id)
    see_sheet(
        work.me,
        file.branch.committee_id,
        file.branch.id,
        file.rater,
        submitted=file.sheet.submitted,
        published=file.term.published,
    )
    return file


def to_fill(work: Work, sheet_id: int) -> SheetFile:
    """A sheet to change, locked until the unit of work ends. Raises Refused, also once it is submitted."""
    file = sheets.open_file(work.session, sheet_id, to_write=True)
    fill_sheet(work.me, file.branch.committee_id, file.branch.id, file.rater)
    if file.sheet.submitted:
        wrong = (
            "填错的请告诉党总支，结果以总支评价为准" if file.rater is Rater.SELF else "结果请在「排名」里看"
        )
        raise Refused(f"{file.rater.word}已提交，不能再改；{wrong}。")
    if file.term.published:
        raise Refused(f"{file.term.name}的结果已公布，不能再改。")
    return file


def to_submit(work: Work, sheet_id: int) -> SheetFile:
    """A sheet to submit, locked until the unit of work ends. Raises Refused before self-evaluation opens."""
    file = sheets.open_file(work.session, sheet_id, to_write=True)
    submit_sheet(work.me, file.branch.committee_id, file.branch.id, file.rater)
    if file.term.published:
        raise Refused(f"{file.term.name}的结果已公布，不能再提交。")
    if file.rater is Rater.SELF and work.today < file.term.opens:
        raise Refused(f"自评 {wording.day(file.term.opens)}开始提交。您填的内容已保存，到时提交即可。")
    return file


def may_fill(work: Work, file: SheetFile) -> bool:
    """Whether this sheet can be changed by whoever is asking."""
    try:
        fill_sheet(work.me, file.branch.committee_id, file.branch.id, file.rater)
    except Refused:
        return False
    return not file.sheet.submitted and not file.term.published


def may_submit(work: Work, file: SheetFile) -> bool:
    """Whether whoever is asking is the one who submits it."""
    try:
        submit_sheet(work.me, file.branch.committee_id, file.branch.id, file.rater)
    except Refused:
        return False
    return may_fill(work, file)
