"""总支评价 beside 自评: what a card and the overview say of it, and taking over what is left."""

from bot.actions import AskRest, Overview, TakeRest
from bot.message import Button, Line, Message
from bot.screens import wording
from bot.screens.layout import back
from bot.values import SheetFile
from scoring.agreement import Agreement
from scoring.numerals import plain
from scoring.stars import StarResult

NOT_SUBMITTED = "自评还没有提交，现在只能看台账"


def rest(file: SheetFile, agreed: Agreement, result: StarResult) -> Message:
    """What would be taken over, category by category, and the total it makes: asked once."""
    open_items = agreed.rest(file.sheet)
    lines: list[Line] = [f"下面 {len(open_items)} 项都按支部自评记，可以撤销："]
    for category in agreed.own.edition.categories:
        numbers = [item.number for item in category.items if item.number in open_items]
        if numbers:
            lines.append((category.name, "，".join(_taken(agreed, number) for number in numbers)))
    lines += [("总分", wording.total(result)), ("星级", wording.star_span(result))]
    confirm = TakeRest(file.id, file.sheet.revision, agreed.own.revision)
    return Message(
        title=f"其余都同自评？ · {file.branch.name}",
        lines=tuple(lines),
        rows=((Button("确认同自评", confirm, main=True, short="确认"),), back(Overview(file.id), "再看看")),
        here=AskRest(file.id),
    )


def _taken(agreed: Agreement, number: int) -> str:
    """第 2 项优秀 4."""
    mark = agreed.own.marks[number]
    return f"第 {number} 项{mark.grade.word} {plain(mark.points)}"
