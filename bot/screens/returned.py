"""What a return (退回) says: why on the branch's side, what was changed since on the committee's."""

from collections.abc import Sequence

from bot.message import Line
from bot.permissions import Me, Rater
from bot.screens import wording
from bot.values import Returned, SheetFile
from scoring.sheet import Mark, Sheet


def which(items: Sequence[int]) -> str:
    """第 7、8 项; 整张 where all items are open (0 among them)."""
    return "整张" if 0 in items else f"第 {'、'.join(map(str, items))} 项"


def _of(item: int) -> str:
    return f"第 {item} 项" if item else "整张"


def why(me: Me, back: Returned) -> list[Line]:
    """Who returned it, when, and each reason."""
    lines: list[Line] = [("退回", f"{back.by} {wording.moment(back.at, me.now)}")]
    return lines + [(_of(item), reason) for item, reason in back.reasons.items()]


def why_with_marks(me: Me, back: Returned) -> list[Line]:
    """As why(), each item with the mark that it had."""
    lines: list[Line] = [("退回", f"{back.by} {wording.moment(back.at, me.now)}")]
    for item, reason in back.reasons.items():
        was = f"{wording.scored(back.was[item])}；原因：" if item in back.was else ""
        lines.append((_of(item), f"{was}{reason}"))
    return lines


def since(me: Me, back: Returned, sheet: Sheet) -> list[Line]:
    """退回后改了什么: the old and the new mark of each item that was returned with a reason, or changed since."""
    lines: list[Line] = [("退回后改了什么", f"{back.by} {wording.moment(back.at, me.now)} 退回，已重新提交")]
    for item in sorted(back.was):
        was, now = back.was[item], sheet.marks.get(item)
        if item in back.reasons or was != now:
            lines.append((_of(item), _change(was, now)))
    if back.whole:
        lines.append("整张退回；没有列出的项，得分没有改。")
    return lines


def _change(was: Mark, now: Mark | None) -> str:
    if was == now:
        return f"得分没有改，{wording.scored(was)}"
    return f"{wording.scored(was)} → {wording.scored(now) if now else '未评'}"


def on_overview(me: Me, file: SheetFile) -> list[Line]:
    """What an overview says of the last return: why, until it is answered; then what was changed."""
    back, own = file.returned, file.sheet if file.rater is Rater.SELF else file.other
    if back is None:
        return []
    if back.open:
        return why(me, back) if file.rater is Rater.SELF else why_with_marks(me, back)
    return since(me, back, own) if own and own.submitted else []


def on_card(file: SheetFile, number: int) -> list[Line]:
    """What an item's card says of the last return."""
    back = file.returned
    if back is None:
        return []
    reason, was = back.reasons.get(number), back.was.get(number)
    if not back.open:
        return [("退回前", f"{wording.scored(was)}；原因：{reason}")] if reason and was else []
    if number in file.sheet.locked:
        return [("退回", f"退回的是{which(back.items)}，这一项不用改。")]
    if reason and was and file.rater is Rater.COMMITTEE:
        return [("退回", f"{wording.scored(was)}；原因：{reason}")]
    return [("退回", text) for text in (reason or back.reasons.get(0),) if text]
