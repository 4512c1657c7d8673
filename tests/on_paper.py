"""Reads files that leave the chat, by nothing of ours, and compares their numbers with what the history comes to."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

from openpyxl import load_workbook

from bot.permissions import Rater
from tests.audit import RATERS, agree
from tests.phone import World
from tests.reckoning import (
    OF,
    WORDS,
    Mark,
    Sheet,
    marks,
    measures,
    notes,
    said,
    submitted,
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NAMED = {Rater.SELF: "self", Rater.COMMITTEE: "committee"}
Rows = list[list[str]]


def text(value: object) -> str:
    """What stands in a cell, a number as a person writes it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{Decimal(str(value)).normalize():f}"
    return "" if value is None else str(value)


def sheets(data: bytes) -> dict[str, Rows]:
    """The sheets of a workbook, row by row; of a formula, the number that was written with it."""
    book = load_workbook(BytesIO(data), data_only=True)
    return {
        sheet.title: [list(map(text, row)) for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }


def rows(data: bytes) -> Rows:
    """The first table of a workbook or of a document; what several cells share stands in the first of them."""
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        if "word/document.xml" not in archive.namelist():
            return next(iter(sheets(data).values()))
        tree = ElementTree.fromstring(archive.read("word/document.xml"))  # noqa: S314  it is our own
    return [[one for cell in row.iterfind(f"{W}tc") for one in _cells(cell)] for row in tree.iter(f"{W}tr")]


def _cells(cell: ElementTree.Element) -> Iterable[str]:
    lines = ("".join(t.text or "" for t in line.iter(f"{W}t")) for line in cell.iterfind(f"{W}p"))
    wide = cell.find(f"{W}tcPr/{W}gridSpan")
    return ["\n".join(lines), *([""] * (int(wide.get(f"{W}val", "1")) - 1 if wide is not None else 0))]


def legible(said: str) -> str:
    """A text without what nobody sees, which a file may leave out."""
    return "".join(letter for letter in said if unicodedata.category(letter)[0] not in "CZ")


def points(said: str | None) -> Decimal | None:
    """A number of the json, where there is one."""
    return None if said is None else Decimal(said)


@dataclass(frozen=True)
class Papers:
    """What the files of a term must say (0: the newest one), as the history stands."""

    world: World
    term: int = 0

    @property
    def names(self) -> list[str]:
        """What the branches are called."""
        return [branch.name for branch in self.world.branches]

    def seen(self, branch: int, *, own: bool) -> dict[Rater, dict[int, Mark]]:
        """The marks of a branch that it sees itself, or that the committee sees."""
        shown = {
            Rater.SELF: own or submitted(self.world, branch, Rater.SELF, self.term),
            Rater.COMMITTEE: not own or self.world.terms[self.term].published,
        }
        return {rater: marks(self.world, branch, rater, self.term) for rater in Rater if shown[rater]}

    def sheet(self, branch: int, rater: Rater) -> Sheet | None:
        """A sheet that was submitted."""
        found = marks(self.world, branch, rater, self.term)
        told = submitted(self.world, branch, rater, self.term)
        return Sheet({n: mark.points for n, mark in found.items()}) if told else None

    @property
    def counting(self) -> list[tuple[int, Rater, Sheet]]:
        """The branches with a result or a 预计, and what it is."""
        told = [(n, r, self.sheet(n, r)) for n in range(len(self.names)) for r in reversed(Rater)]
        found = {n: (n, rater, sheet) for n, rater, sheet in reversed(told) if sheet}
        return [found[n] for n in sorted(found)]

    # --- 测评表 ----------------------------------------------------------------------------------------------

    def form(self, data: bytes, branch: int, *, own: bool) -> None:
        """The form of a branch in Excel or in Word, for itself or for the committee."""
        seen, table = self.seen(branch, own=own), rows(data)
        first = next(n for n, row in enumerate(table) if row[4] == "分值") + 2
        items, total, *below = table[first : first + 24], *table[first + 24 :]
        for n, row in zip(OF, items, strict=True):
            columns = [column for rater in Rater for column in _columns(n, seen.get(rater, {}).get(n))]
            agree((n, row[4:9]), (n, [said(OF[n]), *columns]))
        agree([total[5], total[7]], [_total(seen.get(rater, {})) for rater in Rater])
        remarks = [legible(row[1]) for row in below[:-1]]
        wanted = [legible(remark) for remark in self._remarks(branch, seen)]
        agree([one for one in remarks if one[-1] != "："], [one for one in wanted if one[-1] != "："])
        if first > 2:  # a document says whose it is above its table
            told = [f"支部名称：{self.names[branch]}", f"统计时间：{self.world.terms[self.term].name}"]
            agree([cell for cell in table[1] if cell], told)

    def _remarks(self, branch: int, seen: dict[Rater, dict[int, Mark]]) -> list[str]:
        found = []
        noted = {rater: notes(self.world, branch, rater, self.term) for rater in seen}
        for n in OF:
            for rater, given in seen.items():
                mark, note, named = given.get(n), noted[rater].get(n), RATERS[rater]
                found += (
                    [f"第 {n} 项 {named} {said(mark.points)} 分：{mark.reason}"]
                    if mark and mark.reason
                    else []
                )
                found += [f"第 {n} 项 {named}备注：{note}"] if note else []
        return found

    # --- 汇总表, 整改台账 --------------------------------------------------------------------------------------

    def summary(self, data: bytes) -> None:
        """汇总表."""
        wanted = []
        for n, name in enumerate(self.names):
            both = {rater: self.sheet(n, rater) for rater in Rater}
            totals = [said(sheet.total) if sheet else "" for sheet in both.values()]
            rated = both[Rater.COMMITTEE]
            lacks = "，".join(f"{RATERS[rater]}未提交" for rater, sheet in both.items() if not sheet)
            wanted.append([str(n + 1), name, *totals, WORDS[rated.stars] if rated else "", lacks])
        agree([[*row[:2], *row[3:]] for row in _below(rows(data), "序号")], wanted)

    def register(self, data: bytes) -> None:
        """整改台账; which files belong to a measure is left to who knows what was sent."""
        told = []
        for row in _below(rows(data), "序号"):
            report = row[6].rpartition("附件 ")[0] if "附件 " in row[6] else row[6]
            problem = re.fullmatch(r"第 (\d+) 项 .*?(?:\s扣 (.*) 分)?", row[2])
            item, lost = problem.groups("") if problem else ("0", "")
            told.append(
                [*row[:2], item, lost, legible(row[3]), legible(row[4]), row[5], legible(report), row[8]]
            )
        wanted = []
        for n, (name, one, gone) in enumerate(self.measures, start=1):
            words = legible(one["text"]), legible(one.get("post", ""))
            cleared = _day(one.get("accepted_at")) or ("待销号" if one.get("closed_at") else "")
            lost = said(gone) if gone is not None else ""
            report = legible(one.get("report", ""))
            wanted.append(
                [str(n), name, str(one["item"]), lost, *words, _day(one.get("due")), report, cleared]
            )
        agree(told, wanted)

    @property
    def measures(self) -> Iterable[tuple[str, dict[str, Any], Decimal | None]]:
        """Each measure that the committee sees, with its branch and the points that its item lost, once published."""
        for n, name in enumerate(self.names):
            rated = marks(self.world, n, Rater.COMMITTEE, self.term)
            for one in measures(self.world, n, self.term):
                told = one["item"] and self.world.terms[self.term].published
                yield name, one, OF[one["item"]] - rated[one["item"]].points if told else None


def _columns(n: int, mark: Mark | None) -> list[str]:
    """The columns 优秀 and 合格 of a rater: all points in the first, any others in the second."""
    if mark is None:
        return ["", ""]
    return [said(mark.points), ""] if mark.points == OF[n] else ["", said(mark.points)]


def _total(found: dict[int, Mark]) -> str:
    if found.keys() == OF.keys():
        return said(sum((mark.points for mark in found.values()), Decimal(0)))
    return f"已评 {len(found)}/{len(OF)}" if found else ""


def _below(table: Rows, head: str) -> Rows:
    """The rows below the one that begins with this head."""
    return table[next(n for n, row in enumerate(table) if row[0] == head) + 1 :]


def _day(written: str | None) -> str:
    """2027.1.7 of a day in the history."""
    return ".".join(str(int(part)) for part in written[:10].split("-")) if written else ""
