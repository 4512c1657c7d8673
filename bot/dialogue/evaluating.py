"""总支评价: marking beside 自评, taking it over item by item or all that is left, several members on one sheet."""

from decimal import Decimal
from typing import assert_never

from bot.actions import Agree, AskRest, Evaluate, EvaluatePoints, Evaluating, TakeRest
from bot.dialogue import card
from bot.dialogue.opening import to_fill
from bot.dialogue.work import Work
from bot.message import Reply
from bot.permissions import Rater
from bot.screens import card as card_screens
from bot.screens import evaluating as screens
from bot.store import sheets
from bot.values import SheetFile
from scoring.refusal import Refused
from scoring.rubric import Grade
from scoring.stars import result


def respond(work: Work, action: Evaluating) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Evaluate(sheet, item, grade, seen):
            file = _to_evaluate(work, sheet)
            if grade not in tuple(Grade):
                raise Refused("没有这个等级，请选择优秀、合格或不合格。")
            return card.save(work, file, file.sheet.graded(item, Grade(grade)), item, seen)
        case EvaluatePoints(sheet, item, tenths, reason, seen):
            file = _to_evaluate(work, sheet)
            if reason >= len(card_screens.REASONS):
                raise Refused("没有这个原因，请重新选择或直接输入。")
            after = file.sheet.pointed(item, Decimal(tenths) / 10, card_screens.REASONS[reason])
            return card.save(work, file, after, item, seen)
        case Agree(sheet, item, hundredths, seen):
            return _agree(work, _to_evaluate(work, sheet), item, Decimal(hundredths) / 100, seen)
        case AskRest(sheet):
            return rest(work, _to_evaluate(work, sheet))
        case TakeRest(sheet, revision, own):
            return _take(work, _to_evaluate(work, sheet), revision, own)
        case _:
            assert_never(action)


def _to_evaluate(work: Work, sheet_id: int) -> SheetFile:
    """The committee's sheet to change. Raises Refused."""
    file = to_fill(work, sheet_id)
    if file.rater is not Rater.COMMITTEE:
        raise Refused("这个按钮只用于总支评价。请回首页重新选择。")
    return file


def _agree(work: Work, file: SheetFile, number: int, shown: Decimal, seen: int) -> Reply:
    """Take the branch's mark of an item over, unless another one was shown."""
    number = file.sheet.edition.item(number).number
    if file.other is None:
        return Reply(card.show(work, file, number), toast=screens.NOT_SUBMITTED)
    own = file.other.marks[number]
    if own.points != shown:
        toast = f"还没有保存：自评现在是 {card_screens.scored(own)}，请看后再定"
        return Reply(card.show(work, file, number), toast=toast)
    return card.save(work, file, file.sheet.marked(number, own), number, seen)


def rest(work: Work, file: SheetFile, toast: str = "") -> Reply:
    """What would be taken over, to be confirmed; or why nothing can be."""
    agreed = card.agreed(work, file)
    if agreed is None:
        return Reply(card.overview(work, file), toast=screens.NOT_SUBMITTED)
    if file.sheet.total is not None:
        return Reply(card.overview(work, file), toast="各项都已经评过了")
    if waiting := agreed.waiting(file.sheet):
        said = "、".join(map(str, waiting))
        return Reply(card.show(work, file, waiting[0]), toast=f"第 {said} 项请先逐项评，其余的才能一次同自评")
    return Reply(screens.rest(file, agreed, result(agreed.taken(file.sheet))), toast=toast)


def _take(work: Work, file: SheetFile, revision: int, own: int) -> Reply:
    """Take over what is left, as one change, unless a sheet changed since it was shown: then it is shown again."""
    agreed = card.agreed(work, file)
    if agreed is None or not agreed.rest(file.sheet):
        return rest(work, file)
    if (file.sheet.revision, agreed.own.revision) != (revision, own):
        return rest(work, file, toast="期间有改动，还没有保存，请再核对")
    now = sheets.save(work.session, me=work.me, file=file, after=agreed.taken(file.sheet), taken=True)
    return Reply(card.overview(work, now), toast=f"{len(agreed.rest(file.sheet))} 项已同自评")


def next_branch(work: Work, file: SheetFile) -> Reply:
    """The sheet of the branch that is evaluated after this one. Raises Refused where none waits."""
    then = card.behind(work, file)
    if then is None:
        raise Refused("没有别的支部等着评。还没有提交自评的，请看「排名」。")
    number = sheets.begin(work.session, branch_id=then.id, term=file.term, rater=Rater.COMMITTEE)
    other = to_fill(work, number)
    item = card.following(work, other, 0)
    return Reply(card.show(work, other, item) if item else card.overview(work, other))
