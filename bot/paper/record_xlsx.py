"""The tables of a term on record as a workbook for people: words for codes, and the time of their clocks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from bot.paper import excel
from bot.paper.texts import inert
from bot.values import Term
from scoring.numerals import plain
from scoring.rubric import Grade

CELL = 32_767  # letters of a cell: the limit of the format

_SHEETS: dict[str, str] = {
    "standings": "排名",
    "categories": "类别",
    "gaps": "差距",
    "branches": "支部",
    "sheets": "测评表",
    "marks": "得分",
    "typed_facts": "台账（手填）",
    "reported_facts": "台账（上报）",
    "returned": "退回",
    "objections": "异议",
    "amendments": "更正",
    "measures": "整改台账",
    "changes": "修改记录",
}
_HEADS: dict[str, str] = {
    "branch": "党支部",
    "rater": "评分方",
    "total": "总分",
    "stars": "星级",
    "rank": "名次",
    "shared": "并列",
    "category": "类别",
    "points": "得分",
    "rate": "得分率",
    "weak": "薄弱",
    "item": "测评点",
    "self": "自评",
    "committee": "总支评价",
    "difference": "差距",
    "campus": "校区",
    "submitted_at": "提交时间",
    "submitted_by": "提交人",
    "grade": "等次",
    "reason": "原因",
    "note": "备注",
    "by": "填写人",
    "at": "时间",
    "kind": "数字",
    "period": "月份",
    "count": "数",
    "of": "总数",
    "ended_at": "重新提交时间",
    "text": "异议",
    "sent_at": "提出时间",
    "answer": "答复",
    "answered_at": "答复时间",
    "before": "原来",
    "after": "现在",
    "decided_at": "决定时间",
    "number": "序号",
    "lost": "扣分",
    "measure": "整改措施",
    "post": "责任人",
    "due": "整改时限",
    "report": "完成情况",
    "files": "附件",
    "opinion": "总支意见",
    "closed_at": "报完成时间",
    "accepted_at": "销号时间",
    "change": "编号",
    "subject": "内容",
    "channel": "渠道",
}
_WORDS = {
    "self": "支部自评",
    "committee": "总支评价",
    "excellent": "优秀",
    "passed": "合格",
    "failed": "不合格",
    "mark": "得分",
    "note": "备注",
    "sheet": "提交",
    "web": "网页",
    "telegram": "Telegram",
}
_NUMBERS = frozenset(
    {"points", "total", "self", "committee", "difference", "rate", "lost", "before", "after"}
)
_CODES = frozenset({"rater", "grade", "subject"})
_WIDTHS = {  # millimetres of a column, where it is not as wide as the others
    **dict.fromkeys(
        ("reason", "note", "text", "answer", "measure", "report", "opinion", "before", "after"), 45
    ),
    **dict.fromkeys(("branch", "campus", "by", "submitted_by", "category", "kind"), 38),
    **dict.fromkeys(("at", "submitted_at", "ended_at", "sent_at", "answered_at", "decided_at"), 34),
    **dict.fromkeys(("closed_at", "accepted_at"), 34),
}
_WIDTH = 20


def workbook(told: Mapping[str, Any], committee: str, term: Term, made: datetime) -> bytes:
    """A sheet for each of the tables; printed, it is as wide as A4 across, and its heads are repeated."""
    out = BytesIO()
    book = excel.new(out, inert(term.name), made)
    look = excel.Looks(book)
    head, cell = look(bold=True, bottom=1), look()
    for name, title in _SHEETS.items():
        rows: Sequence[Mapping[str, Any]] = told[name]
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        widths = [_WIDTHS.get(key, _WIDTH) for key in (rows[0] if rows else ())]
        excel.page(sheet, widths, (inert(committee)[:40], f"{inert(term.name)[:40]} {title}"))
        for column, key in enumerate(rows[0] if rows else ()):
            sheet.write_string(0, column, _HEADS[key], head)
            for line, row in enumerate(rows, start=1):
                shown = _shown(term, made, key, row[key])
                if isinstance(shown, str):
                    sheet.write_string(line, column, shown[:CELL], cell)
                elif shown is not None:
                    sheet.write_number(line, column, shown, cell)
        if not rows:
            sheet.write_string(0, 0, "没有", cell)
    book.close()
    return out.getvalue()


def _shown(term: Term, made: datetime, key: str, value: Any) -> str | float | None:
    """What stands in the cell of a value: numbers as numbers, so that they can be added up."""
    if isinstance(value, dict):
        return _change(value)
    if isinstance(value, list):
        return "、".join(map(str, value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or isinstance(value, int):
        return value
    if key in _CODES:
        return _WORDS[value]
    if key == "channel" and value in _WORDS:
        return _WORDS[value]
    if key == "kind" and value in term.table.facts:
        return term.table.facts[value].title
    if key == "at" or key.endswith("_at"):
        return f"{datetime.fromisoformat(value).astimezone(made.tzinfo):%Y-%m-%d %H:%M}"
    if key in _NUMBERS and value.lstrip("-").replace(".", "", 1).isdigit():
        return float(value)
    return inert(value)


def _change(said: Mapping[str, Any]) -> str:
    """One side of a change in words: 合格 3.2 分：缺一次记录; 已提交 88 分; 未评 where a mark was taken back."""
    if "grade" in said:
        reason = f"：{inert(said['reason'])}" if said.get("reason") else ""
        return f"{Grade(said['grade']).word} {plain(Decimal(said['points']))} 分{reason}"
    if "submitted" in said:
        total = f"已提交 {said.get('total')} 分"
        return total if said["submitted"] else "已退回" if "returned" in said else "撤回提交"
    return inert(said["note"]) if "note" in said else "未评"
