"""The archive of a term, read by nothing of ours, and compared with what the history comes to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from bot.permissions import Rater
from tests.audit import RATERS, agree
from tests.on_paper import NAMED, Papers, Rows, legible, points, sheets
from tests.reckoning import OF, Mark, notes, place, said, submitted


@dataclass(frozen=True)
class Archived(Papers):
    """What the archive of a term must say."""

    def archive(self, data: bytes) -> dict[str, bytes]:
        """Everything in the archive of a term; its members, by their names."""
        with ZipFile(BytesIO(data)) as packed:
            assert packed.testzip() is None
            kept = {name: packed.read(name) for name in packed.namelist()}
        self._record(json.loads(kept["学期数据.json"]))
        self._workbook(sheets(kept["学期数据.xlsx"]))
        for ending in ("xlsx", "docx"):
            self.summary(kept[f"汇总表.{ending}"])
            for n, name in enumerate(self.names):
                self.form(kept[f"测评表/{name}.{ending}"], n, own=False)
            if any(self.measures):
                self.register(kept[f"整改台账.{ending}"])
        radars = {f"图/{self.names[n]} 雷达图.png" for n, _, _ in self.counting}
        agree(
            {name for name in kept if name.startswith("图/")}, radars | {"图/排名.png"} if radars else set()
        )
        return kept

    def _marked(self) -> dict[tuple[str, str], dict[int, Mark]]:
        """The marks that the committee sees, by branch and rater."""
        every = ((name, self.seen(n, own=False)) for n, name in enumerate(self.names))
        return {(name, NAMED[r]): found for name, seen in every for r, found in seen.items() if found}

    def _places(self) -> list[list[str]]:
        totals = [sheet.total for _, rater, sheet in self.counting if rater is Rater.COMMITTEE]
        found = []
        for n, rater, sheet in self.counting:
            shared, rank = place(sheet.total, totals) if rater is Rater.COMMITTEE else ("", "")
            whose = [self.names[n], RATERS[rater], said(sheet.total), str(sheet.stars)]
            found.append([*whose, rank, {"": "否" if rank else "", "并列": "是"}[shared]])
        return sorted(found)

    def _categories(self) -> list[list[str]]:
        return [
            [self.names[n], name, said(one.points), one.rate, "是" if one.weak else "否"]
            for n, _, sheet in self.counting
            for name, one in sheet.categories.items()
        ]

    def _gaps(self) -> list[list[str]]:
        found = []
        for n, name in enumerate(self.names):
            own, rated = (self.sheet(n, rater) for rater in Rater)
            pairs = zip(own.points.values(), rated.points.values(), strict=True) if own and rated else ()
            for item, (mine, theirs) in zip(OF, pairs, strict=False):
                if mine != theirs:
                    found.append([name, str(item), said(mine), said(theirs), said(mine - theirs)])
        return found

    def _record(self, told: dict[str, Any]) -> None:
        """学期数据.json."""
        agree([(row["item"], Decimal(row["points"])) for row in told["edition"]["items"]], list(OF.items()))
        marked: dict[tuple[str, str], dict[int, Mark]] = {}
        replayed: dict[tuple[str, str], dict[int, Mark | None]] = {}
        for row in told["marks"]:
            if row["points"] is not None:
                key = row["branch"], row["rater"]
                marked.setdefault(key, {})[row["item"]] = Mark(Decimal(row["points"]), row["reason"])
        for row in (row for row in told["changes"] if row["subject"] == "mark"):
            now = row["after"] or {}
            mark = Mark(Decimal(now["points"]), now["reason"]) if "points" in now else None
            replayed.setdefault((row["branch"], row["rater"]), {})[row["item"]] = mark
        agree(marked, self._marked())
        agree({k: {n: mark for n, mark in v.items() if mark} for k, v in replayed.items()}, self._marked())
        noted = {
            (n, rater): notes(self.world, n, rater, self.term)
            for n in range(len(self.names))
            for rater in Rater
            if rater is Rater.COMMITTEE or submitted(self.world, n, rater, self.term)
        }
        agree(
            {(row["branch"], row["rater"], row["item"]): row["note"] for row in told["marks"] if row["note"]},
            {
                (self.names[n], NAMED[rater], item): note
                for (n, rater), found in noted.items()
                for item, note in found.items()
            },
        )
        agree(_in_words(told["standings"]), self._places())
        for row in told["categories"]:
            row["rate"] = said(Decimal(row["rate"]) * 100)
        agree(_in_words(told["categories"]), sorted(self._categories()))
        agree(_in_words(told["gaps"]), sorted(self._gaps()))
        agree(
            [
                (row["branch"], row["item"], points(row["lost"]), row["measure"], row["due"])
                for row in told["measures"]
            ],
            [(name, one["item"], lost, one["text"], one.get("due")) for name, one, lost in self.measures],
        )

    def _workbook(self, book: dict[str, Rows]) -> None:
        """学期数据.xlsx."""
        agree(sorted(row[:6] for row in book["排名"][1:]), self._places())
        rates = [[*row[:3], said(Decimal(row[3]) * 100), row[4]] for row in book["类别"][1:]]
        agree(sorted(rates), sorted(self._categories()))
        agree(sorted(row[:5] for row in book["差距"][1:]), sorted(self._gaps()))
        told: dict[tuple[str, str], dict[int, Mark]] = {}
        for name, whose, item, _, worth, reason, *_ in book["得分"][1:]:
            if worth:
                rater = NAMED[next(r for r, word in RATERS.items() if word == whose)]
                told.setdefault((name, rater), {})[int(item)] = Mark(Decimal(worth), legible(reason))
        wanted = {
            key: {n: Mark(mark.points, legible(mark.reason)) for n, mark in found.items()}
            for key, found in self._marked().items()
        }
        agree(told, wanted)
        lost = [row[1:4] for row in book["整改台账"][1:]]
        agree(
            lost,
            [
                [name, str(one["item"]), said(gone) if gone is not None else ""]
                for name, one, gone in self.measures
            ],
        )


def _in_words(table: Sequence[dict[str, Any]]) -> list[list[str]]:
    """The rows of a table of the json with words for its codes."""
    words = {"committee": "总支评价", "self": "支部自评", True: "是", False: "否", None: ""}
    return sorted(
        [words.get(v, str(v)) if v is None or isinstance(v, str | bool) else str(v) for v in row.values()]
        for row in table
    )
