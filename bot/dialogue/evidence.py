"""依据材料: showing, attaching and removing the files of an item."""

from typing import assert_never

from bot.actions import AddEvidence, Attaching, Evidence, RemoveEvidence, ShowEvidence
from bot.dialogue.opening import may_fill, to_fill, to_see
from bot.dialogue.work import Work
from bot.message import Filed, Message, Reply
from bot.screens import evidence as screens
from bot.store import evidence
from bot.values import File, SheetFile
from scoring.refusal import Refused


def respond(work: Work, action: Attaching) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Evidence(sheet, item):
            return Reply(_files(work, to_see(work, sheet), item))
        case AddEvidence(sheet, item, upload):
            file = to_fill(work, sheet, item)
            number = file.sheet.edition.item(item).number
            added = work.evidence.attach(
                work.session,
                me=work.me,
                branch=file.branch,
                term=file.term,
                rater=file.rater,
                item=number,
                upload=upload,
            )
            files = _attached(work, file, number)
            filed = Filed(f"第 {number} 项", len([one for one in files if one.rater is file.rater]), added)
            screen = screens.evidence(work.me, file, number, files, may_fill(work, file, number))
            return Reply(screen, filed=filed)
        case ShowEvidence(sheet, evidence_id):
            file = to_see(work, sheet)
            shown = _one(work, file, evidence_id)
            data = work.evidence.where(shown)
            return Reply(
                screens.one_file(
                    work.me, file, shown, data, shown.rater is file.rater and may_fill(work, file, shown.item)
                )
            )
        case RemoveEvidence(sheet, evidence_id):
            file = to_fill(work, sheet)
            shown = _one(work, file, evidence_id)
            if shown.rater is not file.rater:
                raise Refused("这份材料是支部附的，总支评价里不能移除。")
            file.sheet.unlocked(shown.item)
            evidence.remove(work.session, me=work.me, branch=file.branch, term=file.term, file=shown)
            return Reply(_files(work, file, shown.item), toast="已移除")
        case _:
            assert_never(action)


def _one(work: Work, file: SheetFile, evidence_id: int) -> File:
    return evidence.file_of(
        work.session,
        branch_id=file.branch.id,
        term_id=file.term.id,
        evidence_id=evidence_id,
        raters=file.raters,
    )


def _files(work: Work, file: SheetFile, number: int) -> Message:
    item = file.sheet.edition.item(number).number
    files = _attached(work, file, item)
    return screens.evidence(work.me, file, item, files, may_fill(work, file, item))


def _attached(work: Work, file: SheetFile, item: int) -> tuple[File, ...]:
    return evidence.files_of(
        work.session, branch_id=file.branch.id, term_id=file.term.id, item=item, raters=file.raters
    )
