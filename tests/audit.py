"""Goes through the screens of a term that say numbers, and compares each number with what the history comes to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Protocol

from bot.permissions import Rater
from tests.phone import World
from tests.reckoning import OF, TABLE, WORDS, Sheet, mean, place, said, stars, submitted, worked_out, written

NAMES = ("常营主校区", "劲松校区", "双龙校区", "新源里校区")
SECRETARIES = ("secretary", "secretary of 劲松", "secretary of 双龙", "secretary of 新源里")
RATERS = {Rater.SELF: "支部自评", Rater.COMMITTEE: "总支评价"}
N = r"(\d+(?:\.\d+)?)"
AT = r"[：\n]+"
CATEGORY = rf"({'|'.join(TABLE)}){AT}"
BRANCH = rf"({'|'.join(NAMES)})"
MOVED = rf"(?:，(升|降|持平)(?: {N})?)?"


class Somebody(Protocol):
    """A phone on any channel."""

    @property
    def text(self) -> str:
        """What the live screen says."""

    @property
    def labels(self) -> Sequence[str]:
        """Its buttons."""

    @property
    def toast(self) -> str:
        """The last passing message."""

    def say(self, text: str) -> object:
        """Type a text."""

    def tap(self, label: str) -> object:
        """Press a button."""


def go(phone: Somebody, *steps: str) -> str:
    """Type each step, or press the button that is called so behind a >; what the screen says then."""
    for step in steps:
        if step.startswith(">"):
            phone.tap(step[1:])
        else:
            phone.say(step)
    return phone.text


def moved(difference: Decimal, up: str, down: str, same: str = "持平") -> tuple[str, str]:
    """A difference as a screen says it."""
    return (up if difference > 0 else down, said(abs(difference))) if difference else (same, "")


def agree(shown: object, worked_out: object) -> None:
    """Fail unless what a screen says is what the history comes to."""
    assert shown == worked_out, f"shown {shown}, but worked out {worked_out}"


@dataclass(frozen=True)
class Audit:
    """What the screens of this term must say, as the history stands."""

    world: World

    @property
    def official(self) -> dict[int, Sheet]:
        """The 总支评价 that were submitted, by the number of the branch."""
        return {n: found for n in range(4) if (found := self._submitted(n, Rater.COMMITTEE))}

    def _submitted(self, branch: int, rater: Rater) -> Sheet | None:
        return written(self.world, branch, rater) if submitted(self.world, branch, rater) else None

    def counting(self, branch: int) -> tuple[Sheet, Rater]:
        """The sheet of a branch that counts, and whose it is."""
        for rater in (Rater.COMMITTEE, Rater.SELF):
            if found := self._submitted(branch, rater):
                return found, rater
        raise AssertionError(f"{NAMES[branch]} has submitted nothing")

    def place(self, branch: int) -> tuple[str, str]:
        """Of a branch that is evaluated."""
        return place(self.official[branch].total, [one.total for one in self.official.values()])

    # --- the committee's screens ------------------------------------------------------------------------------

    def home(self, phone: Somebody) -> None:
        """首页: how many submitted, how many are evaluated."""
        own = sum(self._submitted(n, Rater.SELF) is not None for n in range(4))
        told = re.findall(r"自评已交 (\d)/4，总支已评 (\d)/4", go(phone, "首页"))
        agree(told, [(str(own), str(len(self.official)))])

    def table(self, phone: Somebody) -> None:
        """排名, by the total and by each category."""
        official, text = self.official, go(phone, "排名")
        order = sorted(official, key=lambda n: -official[n].total)
        told = re.findall(rf"(并列)?第 (\d+) 名 {BRANCH}{AT}{N} 分 (★+){MOVED}", text)
        agree(
            sorted(told),
            sorted(
                (*self.place(n), NAMES[n], said(official[n].total), "★" * official[n].stars, *self._since(n))
                for n in order
            ),
        )
        agree([one[3] for one in told], [said(official[n].total) for n in order])
        expected = {n: self.counting(n)[0] for n in range(4) if n not in official and self._told(n)}
        agree(
            sorted(re.findall(rf"{BRANCH}{AT}预计 {N} 分 (★+)", text)),
            sorted((NAMES[n], said(sheet.total), "★" * sheet.stars) for n, sheet in expected.items()),
        )
        for name in TABLE:
            text = go(phone, ">按类别或校区看", f">{name}")
            worth = {n: sheet.categories[name] for n, sheet in official.items()}
            told = re.findall(rf"(并列)?第 (\d+) 名 {BRANCH}{AT}{N} 分 {N} %( ⚠ 薄弱)?", text)
            agree(
                sorted(told),
                sorted(
                    (
                        *place(one.points, [other.points for other in worth.values()]),
                        NAMES[n],
                        said(one.points),
                        one.rate,
                        one.weak,
                    )
                    for n, one in worth.items()
                ),
            )

    def _told(self, branch: int) -> bool:
        return self._submitted(branch, Rater.SELF) is not None

    def _since(self, branch: int) -> tuple[str, str]:
        now, then = self.official[branch].total, worked_out(self.world, branch, term=1).total
        return moved(now - then, "升", "降")

    def profile(self, phone: Somebody, branch: int) -> None:
        """支部情况, 丢分, 差距 and 走势, then its 结果 and 为什么 from there."""
        official = self.official
        sheet = official[branch]
        text = go(phone, "排名", f">{NAMES[branch]}党支部")
        many = list(official.values())
        means = {name: mean(one.categories[name].points for one in many) for name in TABLE}
        wanted = [("总分", sheet.total, mean(one.total for one in many), "")]
        wanted += [(name, one.points, means[name], one.weak) for name, one in sheet.categories.items()]
        if len(many) > 1:
            assert f"与 {len(many)} 个支部的平均分比" in text
            agree(
                re.findall(
                    rf"(总分|{'|'.join(TABLE)}){AT}{N}，平均 {N}，(高|低|持平)(?: {N})?( ⚠ 薄弱)?", text
                ),
                [
                    (name, said(own), said(every), *moved(own - every, "高", "低"), weak)
                    for name, own, every, weak in wanted
                ],
            )
        else:
            agree(
                [one[:2] for one in re.findall(rf"(总分|{'|'.join(TABLE)}){AT}{N} / {N}", text)],
                [(name, said(own)) for name, own, _, _ in wanted],
            )
        lost = {n: of - sheet.points[n] for n, of in OF.items() if sheet.points[n] < of}
        text = go(phone, ">丢分")
        agree(
            re.findall(rf"丢分 (\d+) 项，共 {N} 分", text),
            [(str(len(lost)), said(100 - sheet.total))] if lost else [],
        )
        agree(
            sorted(re.findall(rf"第 (\d+) 项 \S+?{AT}{N} / {N}，丢 {N}", text)),
            sorted((str(n), said(sheet.points[n]), said(OF[n]), said(gone)) for n, gone in lost.items()),
        )
        self._differences(go(phone, ">支部情况", ">差距"), branch)
        self._over_terms(go(phone, ">支部情况", ">走势"), branch)
        self.result(phone, go(phone, ">看结果"), branch)

    def _differences(self, text: str, branch: int) -> None:
        own, theirs = written(self.world, branch, Rater.SELF), self.official[branch]
        assert own is not None
        apart = {n: theirs.points[n] - own.points[n] for n in OF if theirs.points[n] != own.points[n]}
        agree(
            re.findall(rf"自评 {N} 分，总支 {N} 分，(高|低|相同)(?: {N} 分)?", text),
            [
                (
                    said(own.total),
                    said(theirs.total),
                    *moved(theirs.total - own.total, "高", "低", "相同"),
                )
            ],
        )
        told = re.findall(rf"第 (\d+) 项 \S+?{AT}自评 {N}，总支 {N}，(高|低) {N} 分", text)
        agree(
            sorted(told),
            sorted(
                (str(n), said(own.points[n]), said(theirs.points[n]), *moved(by, "高", "低"))
                for n, by in apart.items()
            ),
        )
        agree([Decimal(one[4]) for one in told], sorted((abs(by) for by in apart.values()), reverse=True))

    def _over_terms(self, text: str, branch: int) -> None:
        rated = [n for n in range(len(self.world.terms)) if submitted(self.world, branch, Rater.COMMITTEE, n)]
        every = [worked_out(self.world, branch, term=n) for n in rated]
        since = [moved(now.total - then.total, "升", "降") for now, then in pairwise(every)]
        agree(
            re.findall(rf"(\d+–\d+学年第[一二]学期){AT}{N} 分 (★+){MOVED}", text),
            [
                (self.world.terms[n].name, said(one.total), "★" * one.stars, *change)
                for n, one, change in zip(rated, every, [*since, ("", "")], strict=True)
            ],
        )

    def trial(self, phone: Somebody) -> None:
        """试算 under the rule that stands, and under another one."""
        official = self.official
        if not official:
            return
        for rule, worth in (
            ("合格80%", {n: one.total for n, one in official.items()}),
            ("合格75%", {n: one.if_passed_earned_three_quarters for n, one in official.items()}),
        ):
            text = go(phone, "排名", ">试算", rule)
            wanted = []
            for n, one in official.items():
                then, starred = worth[n], stars(worth[n])
                changed = (said(one.total), said(then)) if then != one.total else ("", "")
                turned = (WORDS[one.stars], WORDS[starred], "") if starred != one.stars else ("", "")
                wanted.append((NAMES[n], *changed, *turned[:2], "" if turned[0] else WORDS[one.stars]))
            told = re.findall(
                rf"{BRANCH}{AT}(?:{N} → {N} 分|总分不变)，(?:([三四五]星) → ([三四五]星)|仍是([三四五]星))",
                text,
            )
            agree(sorted(told), sorted(wanted))
            totals, changed_stars = sum(bool(one[1]) for one in wanted), sum(bool(one[3]) for one in wanted)
            assert f"{len(official)} 个支部：总分变 {totals} 个，星级变 {changed_stars} 个。" in text

    def worths(self, text: str, *branches: int) -> None:
        """常营主校区：99.2 分 ★★★★★ 五星, of these branches and no other."""
        agree(
            re.findall(rf"{BRANCH}(?:（本支部）)?{AT}(?:.*?，)?{N} 分 (★+)☆* ([三四五]星)", text),
            [
                (NAMES[n], said(one.total), "★" * one.stars, WORDS[one.stars])
                for n, one in ((n, self.counting(n)[0]) for n in branches)
            ],
        )

    def announced(self, text: str) -> None:
        """公示 with totals and places."""
        agree(
            re.findall(rf"(\d)\. {BRANCH}党支部：([三四五]星)，{N} 分，(并列)?第 (\d) 名", text),
            [
                (str(n + 1), NAMES[n], WORDS[one.stars], said(one.total), *self.place(n))
                for n, one in self.official.items()
            ],
        )

    # --- anybody's --------------------------------------------------------------------------------------------

    def result(self, phone: Somebody, text: str, branch: int) -> None:
        """结果, which stands, and 为什么 behind it."""
        sheet, rater = self.counting(branch)
        shown = "★" * sheet.stars, WORDS[sheet.stars]
        agree(re.findall(rf"星级{AT}(★+)☆* ([三四五]星)", text), [shown])
        agree(re.findall(rf"总分{AT}{N} 分（(.*?)）", text), [(said(sheet.total), RATERS[rater])])
        last = worked_out(self.world, branch, term=1).total
        agree(
            re.findall(rf"比上学期总支评价{AT}(提高|下降|持平)(?: {N} 分)?", text),
            [moved(sheet.total - last, "提高", "下降")],
        )
        agree(
            re.findall(rf"{CATEGORY}{N} / {N}( ⚠ 薄弱)?", text),
            [(name, said(one.points), said(one.of), one.weak) for name, one in sheet.categories.items()],
        )
        if found := re.findall(r"(并列)?第 (\d) 名，共 4 个支部(?:，已评 (\d) 个)?", text):
            rated = len(self.official)
            agree(found, [(*self.place(branch), str(rated) if rated < 4 else "")])
        text = go(phone, ">为什么")
        agree(
            re.findall(rf"(?<!\d)(\d{{1,2}}):{N}(?= |\n)", text),
            [(str(n), said(points)) for n, points in sheet.points.items()],
        )
        agree(re.findall(rf"合计{AT}{N} 分 → (★+)☆* ([三四五]星)", text), [(said(sheet.total), *shown)])

    def committee(self, phone: Somebody, branches: Sequence[int]) -> None:
        """All that a member of the committee sees; in detail of these branches."""
        self.home(phone)
        self.table(phone)
        self.trial(phone)
        for branch in branches:
            self.profile(phone, branch)


Notices = Callable[[str], str]
"""Carries what is owed; all that has arrived for a persona by then."""
