"""An item's card: showing it, saving what is marked or noted on it, and what follows: the next card or the overview."""

from collections.abc import Sequence
from decimal import Decimal

from bot.dialogue.opening import may_fill, may_submit
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.screens import card as screens
from bot.screens import ledger as ledger_screens
from bot.screens import scoring as sheet_screens
from bot.screens import wording
from bot.store import facts, sheets
from bot.values import SheetFile
from jobs.duties.calendar import months_expected
from scoring.facts import Fact, Suggestion, suggest
from scoring.refusal import Refused
from scoring.sheet import Sheet, parse_points
from scoring.stars import result

NOTE_LENGTH = 500


def show(work: Work, file: SheetFile, number: int) -> Message:
    """An item's card, with what the numbers suggest for it."""
    item = file.sheet.edition.item(number)
    hint = _hint(work, file, item.number, file.behind.known(work.me.now))
    return screens.card(work.me, file, item.number, hint, may_fill(work, file, number))


def why(work: Work, file: SheetFile, number: int) -> Message:
    """What stands behind an item's points and the suggestion for it."""
    edition = file.sheet.edition
    item = edition.item(number)
    recorded = facts.known(work.session, branch_id=file.branch.id, term_id=file.term.id, now=work.me.now)
    hint = _hint(work, file, number, [r.fact for r in recorded])
    kinds = {measure.fact for measure in item.measures}
    inputs = []
    for r in recorded:
        if r.fact.kind in kinds:
            kind = edition.facts[r.fact.kind]
            said = wording.number(kind, r.fact.count, r.fact.of)
            when = wording.month(r.fact.period) + " " if kind.monthly else ""
            inputs.append(f"{kind.title} {when}{said} · {ledger_screens.source(work.me, r)}")
    return screens.why_item(work.me, file, item, hint, inputs)


def _hint(work: Work, file: SheetFile, number: int, known: Sequence[Fact]) -> Suggestion:
    """What the numbers suggest today: those that must stay low are the term's once self-evaluation is open."""
    term = file.term
    months = months_expected(term.dates, work.today)
    return suggest(file.sheet.edition, number, known, months, final=work.today >= term.opens)


def overview(work: Work, file: SheetFile) -> Message:
    """The sheet as a whole."""
    writable, submits = may_fill(work, file), may_submit(work, file)
    return sheet_screens.overview(work.me, file, result(file.sheet), writable, submits)


def save(work: Work, file: SheetFile, after: Sheet, item: int) -> Reply:
    """Save one item's mark and go to the next open item, or to the overview when none is left."""
    now = sheets.save(work.session, me=work.me, file=file, after=after)
    toast = f"第 {item} 项 已存 {screens.scored(after.marks[item])}"
    following = now.sheet.next_open(item) or next((n for n in now.untouched if n > item), None)
    return Reply(show(work, now, following) if following else overview(work, now), toast=toast)


def pointed(work: Work, file: SheetFile, item: int, points: Decimal, reason: str) -> Reply:
    """Give an item points with their reason."""
    return save(work, file, file.sheet.pointed(item, points, reason), item)


def ask_reason(work: Work, file: SheetFile, number: int, points: Decimal) -> Reply:
    """Give an item the points of a grade, or ask why it gets other ones."""
    item = file.sheet.edition.item(number)
    parse_points(str(points), item)
    if file.sheet.edition.grade_of(number, points) is not None:
        return pointed(work, file, number, points, "")
    return Reply(screens.ask_reason(file, item, points))


def save_note(work: Work, file: SheetFile, number: int, text: str) -> Reply:
    """Put a note beside an item; an empty one takes it away. Raises Refused, also when it is too long."""
    item = file.sheet.edition.item(number)
    file.sheet.unlocked(number)
    if len(text) > NOTE_LENGTH:
        raise Refused(f"备注请控制在 {NOTE_LENGTH} 字以内，现在是 {len(text)} 字。")
    sheets.save_note(work.session, me=work.me, file=file, item=item.number, note=text)
    now = sheets.open_file(work.session, file.id)
    return Reply(show(work, now, number), toast=f"第 {number} 项备注已{'存' if text else '删除'}")


def undo(work: Work, file: SheetFile, change: int) -> Reply:
    """Take the last change back. Raises Refused when another one followed."""
    items = sheets.undo(work.session, me=work.me, file=file, change=change)
    if not items:
        raise Refused("这一步之后又有新的修改，不能撤销。请直接点那一项修改。")
    now = sheets.open_file(work.session, file.id)
    toast = f"已撤销第 {'、'.join(map(str, items))} 项的修改"
    return Reply(show(work, now, items[0]) if len(items) == 1 else overview(work, now), toast=toast)
