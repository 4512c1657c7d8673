"""备注: writing beside an item; a colleague's note is seen before another one takes its place."""

from bot.dialogue import card
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Rater
from bot.screens import card as screens
from bot.store import drafts, notes, sheets
from bot.store.notes import NotedBy
from bot.values import SheetFile
from scoring.refusal import Refused

NOTE_LENGTH = 500


def write(work: Work, file: SheetFile, number: int, text: str) -> Reply:
    """Put a note beside an item; an empty one takes it away. Over another member's it is asked. Raises Refused."""
    _check(file, number, text)
    if text == file.note(number) or _by_another(work, file, number) is None:
        return save(work, file, number, text)
    draft = drafts.add(work.session, me=work.me, sheet_id=file.id, item=number, text=text)
    drafts.show(work.session, draft, file.note(number))
    return Reply(question(work, file, draft))


def save(work: Work, file: SheetFile, number: int, text: str) -> Reply:
    """Write a note down as it is, whatever stood there. Raises Refused."""
    _check(file, number, text)
    sheets.save_note(work.session, me=work.me, file=file, item=number, note=text)
    now = sheets.open_file(work.session, file.id)
    return Reply(card.show(work, now, number), toast=f"第 {number} 项备注已{'存' if text else '删除'}")


def _check(file: SheetFile, number: int, text: str) -> None:
    file.sheet.edition.item(number)
    file.sheet.unlocked(number)
    if len(text) > NOTE_LENGTH:
        raise Refused(f"备注请控制在 {NOTE_LENGTH} 字以内，现在是 {len(text)} 字。")


def _by_another(work: Work, file: SheetFile, number: int) -> NotedBy | None:
    """Who wrote the note that stands on the committee's sheet, where that was another member."""
    if file.rater is not Rater.COMMITTEE or not file.note(number):
        return None
    wrote = notes.last(work.session, file, number)
    return wrote if wrote and wrote.person_id != work.me.person_id else None


# --- over a colleague's -----------------------------------------------------------------------------------------


def question(work: Work, file: SheetFile, draft: int) -> Message:
    """The note that stands, beside what is to take its place; or the card, once that is answered. Raises Refused."""
    kept = drafts.read(work.session, me=work.me, sheet_id=file.id, draft_id=draft)
    wrote = notes.last(work.session, file, kept.item)
    if kept.saved or wrote is None:
        return card.show(work, file, kept.item)
    view = screens.OverNoteView(
        number=kept.item, draft=draft, text=kept.text, stands=file.note(kept.item), by=wrote.by, at=wrote.at
    )
    return screens.over_note(work.me, file, view)


def replace(work: Work, file: SheetFile, draft: int) -> Reply:
    """Let a draft take the place of the note that was shown; another one that stands there now is shown first."""
    kept = drafts.read(work.session, me=work.me, sheet_id=file.id, draft_id=draft)
    if kept.saved:
        return Reply(card.show(work, file, kept.item), toast="这条备注已经存过了")
    if kept.shown != file.note(kept.item):
        drafts.show(work.session, draft, file.note(kept.item))
        return Reply(question(work, file, draft), toast="备注又有改动，还没有保存，请看后再定")
    drafts.saved(work.session, draft)
    return save(work, file, kept.item, kept.text)
