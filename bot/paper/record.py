"""A term on record: its numbers as json, of which the workbook is made. docs/export.md says what stands where."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from bot.paper import desk, record_xlsx
from bot.paper.archive import Member
from bot.permissions import Rater
from bot.values import Registered, Term
from scoring.numerals import plain
from scoring.sheet import Sheet
from scoring.standings import Entry, Standing, standings
from scoring.stars import StarResult

FORMAT, VERSION = "star-branch-term", 1

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
    workbook = partial(record_xlsx.workbook, told, kept.committee, kept.term, kept.made_at)
    yield Member(["学期数据.xlsx"], partial(desk.made, workbook))


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
                "rate": None if category.rate is None else plain(category.rate),
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
