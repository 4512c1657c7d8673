"""An item's card: showing it, saving what is marked or noted on it, and what follows: the next card or the overview."""

from collections.abc import Sequence
from decimal import Decimal

from bot.dialogue.opening import may_fill, may_submit
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Rater, may_review_rectification
from bot.screens import card as screens
from bot.screens import ledger as ledger_screens
from bot.screens import scoring as sheet_screens
from bot.screens import wording
from bot.store import facts, results, sheets
from bot.values import Branch, SheetFile
from jobs.duties.calendar import months_expected
from scoring.agreement import Agreement, agreement
from scoring.facts import Fact, Suggestion, suggest
from scoring.refusal import Refused
from scoring.sheet import Sheet, parse_points
from scoring.stars import result


def show(work: Work, file: SheetFile, number: int) -> Message:
    """An item's card, with what the numbers suggest for it."""
    item = file.sheet.edition.item(number)
    hint = _hint(work, file, item.number, file.behind.known(work.me.now))
    taking = agreed(work, file)
    view = screens.CardView(
        hint=hint,
        writable=may_fill(work, file, item.number),
        apart=taking.apart.get(item.number) if taking else None,
        rest=taking is not None and bool(taking.rest(file.sheet)),
        measure=_may_measure(work, file),
    )
    return screens.card(work.me, file, item.number, view)


def _may_measure(work: Work, file: SheetFile) -> bool:
    """Whether a measure (整改) may be taken down from this sheet: for the branch's plan, or as a suggestion to it."""
    if file.rater is Rater.SELF:
        return work.me.in_branch(file.branch.id)
    committee, branch = file.branch.committee_id, file.branch.id
    return not file.term.published and may_review_rectification(work.me, committee, branch)


def agreed(work: Work, file: SheetFile) -> Agreement | None:
    """What the committee may take over from 自评; None on a branch's own sheet, and while that is not submitted."""
    if file.rater is not Rater.COMMITTEE or file.other is None:
        return None
    known = file.behind.known(work.me.now)
    hints = {number: _hint(work, file, number, known) for number in file.other.marks}
    return agreement(file.other, hints, file.returned.items if file.returned else ())


def following(work: Work, file: SheetFile, after: int) -> int | None:
    """The item to go on with: the next one that is open, of the committee's sheet first what is marked one by one; then
    what was returned and is as it was."""
    return _following(agreed(work, file), file, after)


def _following(taking: Agreement | None, file: SheetFile, after: int) -> int | None:
    number = taking.next_open(file.sheet, after) if taking else file.sheet.next_open(after)
    return number or next((back for back in file.untouched if back > after), None)


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
    taking = agreed(work, file)
    view = sheet_screens.OverviewView(
        result=result(file.sheet),
        writable=may_fill(work, file),
        may_submit=may_submit(work, file),
        following=_following(taking, file, 0),
        agreed=taking,
        taken=taken(work, file),
        then=_then(work, file),
    )
    return sheet_screens.overview(work.me, file, view)


def taken(work: Work, file: SheetFile) -> int:
    """How many marks of a committee's sheet were taken over from 自评 in one go; 0 of a branch's own."""
    if file.rater is not Rater.COMMITTEE:
        return 0
    return sheets.taken_over(work.session, branch_id=file.branch.id, term_id=file.term.id)


def _then(work: Work, file: SheetFile) -> Branch | None:
    """The branch that a member evaluates next, once this one is submitted."""
    done = file.rater is Rater.COMMITTEE and file.sheet.submitted and not file.term.published
    return behind(work, file) if done and work.me.in_committee(file.branch.committee_id) else None


def behind(work: Work, file: SheetFile) -> Branch | None:
    """The branch behind this one, round the committee, that waits to be evaluated; None where no other one does."""
    return results.next_to_evaluate(
        work.session,
        committee_id=file.branch.committee_id,
        term_id=file.term.id,
        but=[*work.me.own_branches, file.branch.id],
        after=file.branch.id,
    )


def save(work: Work, file: SheetFile, after: Sheet, item: int, seen: int = 0) -> Reply:
    """Save one item's mark and go to the next open item, or to the overview when none is left.

    On the committee's sheet only if it stands as it was `seen`: else its card is shown again first.
    """
    if overtaken(work, file, item, seen):
        return Reply(show(work, file, item), toast=f"还没有保存：{overtaking(work, file, item)}，请看后再定")
    now = sheets.save(work.session, me=work.me, file=file, after=after)
    toast = f"第 {item} 项 已存 {screens.scored(after.marks[item])}"
    number = following(work, now, item)
    return Reply(show(work, now, number) if number else overview(work, now), toast=toast)


def overtaken(work: Work, file: SheetFile, item: int, seen: int) -> bool:
    """Whether another member changed an item of the committee's sheet after the change that somebody saw."""
    written = file.written.get(item)
    others = file.rater is Rater.COMMITTEE and written is not None and written.person_id != work.me.person_id
    return others and file.seen(item) != seen


def overtaking(work: Work, file: SheetFile, item: int) -> str:
    """总支委员乙 09:05 把第 7 项评为 合格 3.2 分."""
    written, mark = file.written[item], file.sheet.marks.get(item)
    when = wording.moment(written.at, work.me.now)
    did = f"把第 {item} 项评为 {screens.scored(mark)}" if mark else f"撤销了第 {item} 项的评分"
    return f"{written.by} {when} {did}"


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


def undo(work: Work, file: SheetFile, change: int) -> Reply:
    """Take the last change back. Raises Refused when another one followed, and when it is another member's."""
    standing = [written for written in file.written.values() if written.change == change]
    if file.rater is Rater.COMMITTEE and any(one.person_id != work.me.person_id for one in standing):
        raise Refused("这一步是别的委员评的，不能在这里撤销。请直接点那一项修改。")
    items = sheets.undo(work.session, me=work.me, file=file, change=change)
    if not items:
        raise Refused("这一步之后又有新的修改，不能撤销。请直接点那一项修改。")
    now = sheets.open_file(work.session, file.id)
    toast = f"已撤销第 {'、'.join(map(str, items))} 项的修改"
    return Reply(show(work, now, items[0]) if len(items) == 1 else overview(work, now), toast=toast)
