"""A term on record: the same numbers as json and as a workbook. docs/export.md says what stands where."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from bot.paper import excel
from bot.paper.archive import Member
from bot.paper.texts import inert
from bot.permissions import Rater
from bot.values import Registered, Term
from scoring.numerals import plain
from scoring.rubric import Grade
from scoring.sheet import Sheet
from scoring.standings import Entry, Standing, standings
from scoring.stars import StarResult

FORMAT, VERSION = "star-branch-term", 1
CELL = 32_767  # letters of a cell: the limit of the format

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TermRecord:
    """All that the committee may see of a term: the sheet that counts of each branch, both sheets by branch and rater,
    the rows of the 整改台账, and what is on record, as flat tables."""

    committee: str
    term: Term
    made_at: datetime
    entries: Sequence[Entry]
    sheets: Mapping[tuple[int, Rater], Sheet]
    register: Sequence[Registered]
    tables: Mapping[str, Sequence[Row]]


def members(kept: TermRecord, missing: Sequence[str]) -> Iterator[Member]:
    """The files that are written anew; `missing`: the evidence that lies nowhere, in words."""
    told = document(kept)
    gone = (
        "\n".join(["", "系统里找不到下面的依据材料，请维护人员从备份里恢复：", *missing, ""])
        if missing
        else ""
    )
    yield Member(["说明.txt"], (_ABOUT + gone).encode("utf-8-sig"))
    yield Member(["学期数据.json"], json.dumps(told, ensure_ascii=False, indent=1).encode())
    yield Member(["学期数据.xlsx"], workbook(kept, told))


_ABOUT = """学期数据.xlsx：排名、得分、差距、台账、退回、异议、更正、整改和修改记录，可以直接打开。
学期数据.json：同样的内容，给其他程序使用。
汇总表、测评表：可以打印的 Excel 和 Word，测评表每个支部一份。
图：排名图和各支部的雷达图，评完并提交的才有。
整改台账：有整改措施时才有；附件的编号就是「材料」里各支部「整改」文件夹的编号。
材料：依据材料，按支部和测评点分开放。

支部没有提交的自评不在里面。
"""


def document(kept: TermRecord) -> dict[str, Any]:
    """What the json says."""
    term, table = kept.term, kept.term.table
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": kept.made_at.isoformat(),
        "committee": kept.committee,
        "term": {
            "name": term.name,
            "starts": term.starts.isoformat(),
            "ends": term.ends.isoformat(),
            "published": term.published,
        },
        "edition": {
            "key": table.key,
            "name": table.name,
            "items": [
                {
                    "item": item.number,
                    "category": category.name,
                    "title": item.title,
                    "points": str(item.points),
                }
                for category in table.categories
                for item in category.items
            ],
        },
        "standings": [_standing(row) for row in standings(kept.entries) if row.result],
        "categories": list(_categories(kept)),
        "gaps": list(_gaps(kept)),
        "measures": [_measure(row) for row in kept.register],
        **kept.tables,
    }


def _standing(row: Standing) -> Row:
    place, worth = row.place, row.result
    return {
        "branch": row.name,
        "rater": "committee" if row.official else "self",
        "total": plain(worth.least) if worth else None,
        "stars": worth.stars if worth else None,
        "rank": place.rank if place else None,
        "shared": place.shared if place else None,
    }


def _categories(kept: TermRecord) -> Iterator[Row]:
    for row in standings(kept.entries):
        worth: StarResult | None = row.result
        for category in worth.categories if worth else ():
            yield {
                "branch": row.name,
                "category": category.name,
                "points": plain(category.least),
                "rate": str(category.rate),
                "weak": category.weak,
            }


def _gaps(kept: TermRecord) -> Iterator[Row]:
    """自评 – 总支 of each item on which they differ, once both sheets are submitted."""
    for entry in kept.entries:
        own, rated = (kept.sheets.get((entry.key, rater)) for rater in Rater)
        if own is None or rated is None or not rated.submitted:
            continue
        for item in own.edition.items:
            mine, theirs = own.marks.get(item.number), rated.marks.get(item.number)
            if mine and theirs and mine.points != theirs.points:
                yield {
                    "branch": entry.name,
                    "item": item.number,
                    "self": plain(mine.points),
                    "committee": plain(theirs.points),
                    "difference": plain(mine.points - theirs.points),
                }


def _measure(row: Registered) -> Row:
    return {
        "number": row.number,
        "branch": row.branch.name,
        "item": row.item,
        "lost": None if row.lost is None else plain(row.lost),
        "measure": row.text,
        "post": row.post,
        "due": row.due.isoformat() if row.due else None,
        "report": row.report,
        "files": list(row.files),
        "opinion": row.opinion,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "accepted_at": row.accepted_at.isoformat() if row.accepted_at else None,
    }


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
}
_NUMBERS = frozenset(
    {"points", "total", "self", "committee", "difference", "rate", "lost", "before", "after"}
)
_CODES = frozenset({"rater", "grade", "subject"})


def workbook(kept: TermRecord, told: Mapping[str, Any]) -> bytes:
    """The tables of the json as a workbook for people, a sheet each: words for codes, and the time of their clocks."""
    out = BytesIO()
    book = excel.new(out, inert(kept.term.name), kept.made_at)
    look = excel.Looks(book)
    head, cell = look(bold=True, bottom=1), look()
    for name, title in _SHEETS.items():
        rows: Sequence[Row] = told[name]
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 12, 16)
        for column, key in enumerate(rows[0] if rows else ()):
            sheet.write_string(0, column, _HEADS[key], head)
            for line, row in enumerate(rows, start=1):
                shown = _shown(kept, key, row[key])
                if isinstance(shown, str):
                    sheet.write_string(line, column, shown[:CELL], cell)
                elif shown is not None:
                    sheet.write_number(line, column, shown, cell)
        if not rows:
            sheet.write_string(0, 0, "没有", cell)
    book.close()
    return out.getvalue()


def _shown(kept: TermRecord, key: str, value: Any) -> str | float | None:
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
    if key == "kind" and value in kept.term.table.facts:
        return kept.term.table.facts[value].title
    if key == "at" or key.endswith("_at"):
        return f"{datetime.fromisoformat(value).astimezone(kept.made_at.tzinfo):%Y-%m-%d %H:%M}"
    if key in _NUMBERS and value.lstrip("-").replace(".", "", 1).isdigit():
        return float(value)
    return inert(value)


def _change(said: Mapping[str, Any]) -> str:
    """One side of a change in words: 合格 3.2 分：缺一次记录; 已提交 88 分."""
    if "grade" in said:
        reason = f"：{inert(said['reason'])}" if said.get("reason") else ""
        return f"{Grade(said['grade']).word} {plain(Decimal(said['points']))} 分{reason}"
    if "submitted" in said:
        total = f"已提交 {said.get('total')} 分"
        return total if said["submitted"] else "已退回" if "returned" in said else "撤回提交"
    return inert(said["note"]) if "note" in said else json.dumps(said, ensure_ascii=False)
