"""The official form of a branch and term, 党支部星级管理测评表: what stands on it, in Word as in Excel.

The table is the one at the end of the regulation: its columns, its words, a row an item.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from bot.paper.texts import inert
from bot.permissions import Rater
from bot.values import Branch, Term
from scoring.numerals import plain
from scoring.rubric import Edition, Grade
from scoring.sheet import Mark, Sheet

TITLE = "党支部星级管理测评表"
NAMED, TIMED = "支部名称：", "统计时间："
HEADS = ("工作内容", "工作内容及目标要求", "优秀支部评价指标", "测评方式", "分值")
GRADES = (Grade.EXCELLENT, Grade.PASSED)
"""The columns of a rater: 不合格 is 0 in the second one, and so are points between the two."""
SIGNED = (("支部书记（签字）：", "支部（章）："), ("总支书记（签字）：", "总支（章）："))
DATED = "年　　月　　日"
TOTAL, REMARKS = "合计", "备注"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What one person may see of a branch's sheets in a term, to be printed.

    `sheets`: those that may be seen. `notes`: what was noted beside their items. `made`: when it is printed. `reader`:
    whose columns are its reader's own; `fills`: the same, where they may still be filled in; None: nothing may.
    """

    branch: Branch
    term: Term
    sheets: Mapping[Rater, Sheet]
    notes: Mapping[Rater, Mapping[int, str]] = field(default_factory=dict)
    made: datetime
    reader: Rater = Rater.SELF
    fills: Rater | None = None

    @property
    def edition(self) -> Edition:
        """The table that it is."""
        sheet = next(iter(self.sheets.values()), None)
        return self.term.table if sheet is None else sheet.edition

    @property
    def named(self) -> str:
        """支部名称：常营主校区党支部."""
        return f"{NAMED}{inert(self.branch.name)}"

    @property
    def timed(self) -> str:
        """统计时间：2026–2027学年第一学期."""
        return f"{TIMED}{inert(self.term.name)}"

    @property
    def footer(self) -> tuple[str, str]:
        """Whose it is, and of which edition, printed when: what stands on every page."""
        own = self.sheets.get(Rater.SELF)
        state = "" if own is None or own.submitted else "（自评未提交）"
        when = f"{self.made:%Y}年{self.made.month}月{self.made.day}日 {self.made:%H:%M}"
        return (
            f"{inert(self.branch.name)[:30]} {inert(self.term.name)[:30]}{state}",
            f"《{self.edition.name[:40]}》 {when} 打印",
        )

    @property
    def content(self) -> str:
        """Says what stands on it, but for the time of printing."""
        marks = [(rater, sheet.revision, sheet.submitted) for rater, sheet in sorted(self.sheets.items())]
        return repr((self.named, self.timed, self.edition.key, marks, self.remarks, self.reader, self.fills))

    def mark(self, rater: Rater, number: int) -> Mark | None:
        """What a rater gave an item, where that may be seen."""
        sheet = self.sheets.get(rater)
        return sheet.marks.get(number) if sheet else None

    def points(self, rater: Rater, number: int) -> tuple[Decimal | None, ...]:
        """What stands in the two columns of a rater: the points in one of them, or in none."""
        mark = self.mark(rater, number)
        column = Grade.EXCELLENT if mark and mark.grade is Grade.EXCELLENT else Grade.PASSED
        return tuple(mark.points if mark and grade is column else None for grade in GRADES)

    def total(self, rater: Rater) -> str:
        """The total of a rater; how far it is while items are open; empty where nothing may be seen."""
        sheet = self.sheets.get(rater)
        if sheet is None or not sheet.filled:
            return ""
        return progress(sheet.filled, self.edition) if sheet.total is None else plain(sheet.total)

    @property
    def remarks(self) -> tuple[str, ...]:
        """第 8 项 支部自评 3.5 分：缺一次记录: why points differ from a grade's, and the notes, in the items' order."""
        return tuple(
            f"第 {item.number} 项 {rater.word}{said}"
            for item in self.edition.items
            for rater in Rater
            for said in self._said(rater, item.number)
        )

    def _said(self, rater: Rater, number: int) -> list[str]:
        mark, note = self.mark(rater, number), inert(self.notes.get(rater, {}).get(number, ""))
        said = [f" {plain(mark.points)} 分：{inert(mark.reason)}"] if mark and mark.reason else []
        return [*said, *([f"备注：{note}"] if note else [])]


def progress(filled: int, edition: Edition) -> str:
    """已评 9/24."""
    return f"已评 {filled}/{len(edition.items)}"
