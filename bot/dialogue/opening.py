"""Opening a sheet: to see it, to fill it, or to submit it, each as far as one may."""

from bot.dialogue.work import Work
from bot.permissions import Rater, fill_sheet, return_sheet, see_sheet, submit_sheet
from bot.screens import wording
from bot.store import sheets
from bot.values import SheetFile
from scoring.refusal import Refused


def to_see(work: Work, sheet_id: int) -> SheetFile:
    """A sheet to look at. Raises Refused."""
    file = sheets.open_file(work.session, sheet_id)
    see(work, file)
    return file


def see(work: Work, file: SheetFile) -> None:
    """Raises Refused where a sheet is not to be seen, as far as it is now, by whoever is asking."""
    see_sheet(
        work.me,
        file.branch.committee_id,
        file.branch.id,
        file.rater,
        submitted=file.sheet.submitted,
        published=file.term.published,
    )


def to_fill(work: Work, sheet_id: int, item: int = 0) -> SheetFile:
    """A sheet to change, locked until the unit of work ends.

    Raises Refused, also once it is submitted, and where it was returned without the `item` that is named.
    """
    file = sheets.open_file(work.session, sheet_id, to_write=True)
    fill_sheet(work.me, file.branch.committee_id, file.branch.id, file.rater)
    if file.term.published:
        wrong = "" if file.rater is Rater.SELF else "评错了的，请在「结果」里点「更正」。"
        raise Refused(f"{file.term.name}的结果已公布，不能再改。{wrong}")
    if file.sheet.submitted:
        wrong = "要改的请告诉党总支，退回后再改" if file.rater is Rater.SELF else "要改的，请先点「撤回提交」"
        raise Refused(f"{file.rater.word}已提交，不能再改；{wrong}。")
    file.sheet.unlocked(item)
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


def to_return(work: Work, sheet_id: int) -> SheetFile:
    """A branch's sheet to return to it, locked until the unit of work ends. Raises Refused."""
    file = sheets.open_file(work.session, sheet_id, to_write=True)
    return_sheet(work.me, file.branch.committee_id, file.branch.id)
    if file.rater is not Rater.SELF:
        raise Refused("能退回的是支部自评。总支评价要改的，请点「撤回提交」。")
    if file.term.published:
        raise Refused(f"{file.term.name}的结果已公布，不能再退回。")
    return file


def to_take_back(work: Work, sheet_id: int) -> SheetFile:
    """The committee's own sheet that it submitted, locked until the unit of work ends. Raises Refused."""
    file = sheets.open_file(work.session, sheet_id, to_write=True)
    if file.rater is Rater.SELF:
        return_sheet(work.me, file.branch.committee_id, file.branch.id)
        raise Refused("自评由支部提交。要支部修改的，请点「退回」。")
    fill_sheet(work.me, file.branch.committee_id, file.branch.id, file.rater)
    if file.term.published:
        raise Refused(f"{file.term.name}的结果已公布，不能再撤回。")
    if not file.sheet.submitted:
        raise Refused("总支评价还没有提交，可以直接改。")
    return file


def may_fill(work: Work, file: SheetFile, item: int = 0) -> bool:
    """Whether this sheet, and the item that is named, can be changed by whoever is asking."""
    try:
        fill_sheet(work.me, file.branch.committee_id, file.branch.id, file.rater)
    except Refused:
        return False
    return not file.sheet.submitted and not file.term.published and item not in file.sheet.locked


def may_submit(work: Work, file: SheetFile) -> bool:
    """Whether whoever is asking is the one who submits it."""
    try:
        submit_sheet(work.me, file.branch.committee_id, file.branch.id, file.rater)
    except Refused:
        return False
    return may_fill(work, file)
