"""更正: a mark of a published 总支评价 is amended, with before and after and why."""

import re
from decimal import Decimal
from typing import assert_never

from bot.actions import (
    Amend,
    Amending,
    AmendItem,
    AmendItems,
    AmendTo,
    Result,
    ShowAmendment,
    TypedAmended,
    TypedAmendment,
    wire,
)
from bot.dialogue.publishing import owe_plan, tell
from bot.dialogue.rectifying import ask_for_more
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Message, Reply
from bot.permissions import (
    Rater,
    fill_sheet,
)
from bot.screens import amending as screens
from bot.screens import wording
from bot.store import publishing as store
from bot.store import roll, seats, sheets
from bot.values import Amendment, SheetFile
from scoring.numerals import halfwidth
from scoring.pattern import pattern
from scoring.rectification import reasons
from scoring.refusal import Refused
from scoring.remark import closed, plain_points
from scoring.rubric import Grade
from scoring.sheet import Sheet, parse_points

_NUMBERED = pattern(r"第?\s*([0-9]{1,3})(?![0-9.])\s*项?[\s,:、]*(.*)", re.DOTALL)  # 24, 第 24 项 2.5


def respond(work: Work, action: Amending) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case AmendItems(sheet):
            return Reply(screens.amend_items(_published_file(work, sheet)))
        case AmendItem(sheet, item):
            file = _published_file(work, sheet)
            file.sheet.edition.item(item)
            return Reply(screens.amend_item(file, item))
        case TypedAmended(sheet, item, text):
            return Reply(_typed(work, _published_file(work, sheet), item, text))
        case AmendTo(sheet, item, hundredths):
            return Reply(_why(_published_file(work, sheet), item, Decimal(hundredths) / 100))
        case TypedAmendment(sheet, item, hundredths, text):
            file = _published_file(work, sheet)
            return Reply(_draft(work, file, item, Decimal(hundredths) / 100, text))
        case ShowAmendment(number):
            found = store.amendment(work.session, number)
            file = _published_file(work, found.sheet_id)
            _check_mine(work, found)
            return Reply(_amendment(work, found, file))
        case Amend(number):
            return _amend(work, number)
        case _:
            assert_never(action)


def _published_file(work: Work, sheet_id: int, *, to_write: bool = False) -> SheetFile:
    """A published 总支评价 that I may amend. Raises Refused."""
    file = sheets.open_file(work.session, sheet_id, to_write=to_write)
    fill_sheet(work.me, file.branch.committee_id, file.branch.id, Rater.COMMITTEE)
    if file.rater is not Rater.COMMITTEE or not file.term.published or not file.sheet.submitted:
        raise Refused("只有已公布的总支评价可以更正；没有公布的，请直接修改。")
    return file


def _typed(work: Work, file: SheetFile, number: int, text: str) -> Message:
    """What an item should be worth, as it is typed on a card: a grade, points, points with their reason; where no item
    is chosen yet (0), its number before that."""
    if number == 0:
        found = _NUMBERED.fullmatch(halfwidth(closed(text)))
        if found is None:
            raise NotUnderstood(text, f"请输入要更正的项号，例如：{len(file.sheet.marks)}；或点下面的一项。")
        item = file.sheet.edition.item(int(found[1]))
        rest = text.strip()[-len(found[2]) :] if found[2] else ""
        return _typed(work, file, item.number, rest) if rest else screens.amend_item(file, item.number)
    item = file.sheet.edition.item(number)
    if (grade := Grade.read(closed(text))) is not None:
        return _why(file, number, file.sheet.edition.points(number, grade))
    points, reason = plain_points(text) or (text, "")
    worth = parse_points(points, item)
    return _draft(work, file, number, worth, reason) if reason else _why(file, number, worth)


def _draft(work: Work, file: SheetFile, item: int, points: Decimal, text: str) -> Message:
    """An amendment to be confirmed."""
    reason = _reason(text)
    after = file.sheet.amended(item, points, reason)
    number = store.draft_amendment(
        work.session, me=work.me, file=file, item=item, mark=after.marks[item], reason=reason
    )
    return _amendment(work, store.amendment(work.session, number), file)


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason:
        raise Refused("请写一句更正的原因。")
    return reason


def _why(file: SheetFile, item: int, points: Decimal) -> Message:
    before = file.sheet.marks[file.sheet.edition.item(item).number]
    file.sheet.amended(item, points, "原因")  # refused where it could not be decided
    change = f"{wording.points(before.points)} → {wording.points(points)}"
    return screens.amend_to(file, item, int(points * 100), change)


def _after(file: SheetFile, found: Amendment) -> Sheet:
    """The sheet with the amendment. Raises Refused where the mark is another one than was shown."""
    if file.sheet.marks[found.item].points != found.was:
        raise Refused("这一项在您确认前有改动，没有更正。请重新选择。")
    return file.sheet.amended(found.item, found.points, found.reason)


def _check_mine(work: Work, found: Amendment) -> None:
    if found.decided_at is None and found.person_id != work.me.person_id:
        raise Refused("这条更正由写下它的同志确认。")


def _amendment(work: Work, found: Amendment, file: SheetFile) -> Message:
    after = file.sheet if found.decided_at else _after(file, found)
    return screens.amendment(file, found, after, work.me.now)


def _amend(work: Work, number: int) -> Reply:
    found = store.amendment(work.session, number)
    file = _published_file(work, found.sheet_id, to_write=True)
    found = store.amendment(work.session, number)  # as it is while nobody else writes on its sheet
    _check_mine(work, found)
    if found.decided_at is not None:
        return Reply(_amendment(work, found, file), toast="已经更正过了")
    after, branch, term = _after(file, found), file.branch, file.term
    every = roll.of_term(work.session, term)
    before = owe_plan(work, branch, term, after)
    now = store.amend(
        work.session,
        me=work.me,
        file=file,
        found=found,
        after=after,
        branches=[other.id for other in every],
    )
    sits = seats.in_branches(work.session, branch.committee_id, [branch.id]).get(branch.id, ())
    persons = {*sits, *seats.in_committee(work.session, branch.committee_id)}
    change = f"第 {found.item} 项 {wording.points(found.was)} → {wording.points(found.points)}"
    tell(
        work,
        sorted(persons),
        branch,
        (f"qm:{number}", wire(Result(branch.id, term.id))),
        f"{term.name}{branch.name}的结果有更正：{change}。",
    )
    if before is not None:
        ask_for_more(work, before, reasons(after))
    return Reply(
        _amendment(work, store.amendment(work.session, number), now), toast="已更正，支部和党总支都会收到"
    )
