"""How long a paper takes to make: the first of a process, which loads what writes it, and later ones."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from time import perf_counter, thread_time
from typing import Any
from zoneinfo import ZoneInfo

from bench.table import Goals, progress, table
from bot.dialogue.paper import FORMS, LISTINGS
from bot.paper import register, summary
from bot.paper.form import Form
from bot.paper.listing import Listing
from bot.permissions import Rater
from bot.screens.paper import KINDS
from bot.values import Branch, Registered, Term
from scoring.rubric import read_edition
from scoring.sheet import Sheet

BRANCHES, MEASURES = 50, 200
EDITION = read_edition("jinsong_2017")
MADE = datetime(2026, 12, 28, 9, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
TERM = Term(
    1,
    1,
    "2026–2027学年第一学期",
    *(date(2026, 9, 1), date(2027, 1, 20), date(2026, 12, 20), date(2027, 1, 5)),
    published=True,
    edition=EDITION.key,
)
_FIRST = "from bench import paper; print(*paper.cost({}, {}))"


def form() -> Form:
    """The form with most to write: both sheets complete, each mark with a reason and a note."""
    sheet = Sheet(EDITION)
    for item in EDITION.items:
        sheet = sheet.pointed(item.number, item.points - Decimal("0.5"), "缺一次会议记录，已请补齐")
    notes = {item.number: "材料见文件夹，党员大会记录在附件" for item in EDITION.items}
    return Form(
        branch=Branch(1, 1, "常营校区党支部"),
        term=TERM,
        sheets=dict.fromkeys(Rater, sheet),
        notes=dict.fromkeys(Rater, notes),
        made=MADE,
        fills=Rater.SELF,
    )


def summed_up() -> Listing:
    """汇总表 of so many branches."""
    rows = [
        summary.Row(f"第{n}党支部", "李书记", Decimal("92.5"), Decimal("88.4"), "★★★★", "")
        for n in range(1, BRANCHES + 1)
    ]
    return summary.listing(rows, "区属学校党总支", TERM, MADE)


def registered() -> Listing:
    """整改台账 of so many measures, all accepted."""
    rows = [
        Registered(
            number=n,
            branch=Branch(n % BRANCHES, 1, f"第{n % BRANCHES}党支部"),
            item=1 + n % 24,
            title=EDITION.items[n % 24].title,
            lost=Decimal("0.8"),
            text="每月最后一周的星期三召开一次支部党员大会，会后三天内交会议记录",
            post="组织委员",
            due=date(2027, 3, 31),
            report="已召开三次，会议记录已交总支",
            files=(2 * n, 2 * n + 1),
            opinion="同意",
            closed_at=MADE,
            accepted_at=MADE,
        )
        for n in range(1, MEASURES + 1)
    ]
    return register.listing(rows, "区属学校党总支", TERM, MADE)


PAPERS: tuple[tuple[str, Callable[[], Any], Sequence[Callable[[Any], bytes]]], ...] = (
    ("测评表", form, FORMS),
    (f"汇总表 of {BRANCHES} branches", summed_up, LISTINGS),
    (f"整改台账 of {MEASURES} measures", registered, LISTINGS),
)


def cost(number: int, kind: int) -> tuple[float, float]:
    """Milliseconds, and those of the processor, that it takes to make the paper of this number in PAPERS."""
    _, made, makes = PAPERS[number]
    of = made()
    began, cpu = perf_counter(), thread_time()
    makes[kind](of)
    return (perf_counter() - began) * 1000, (thread_time() - cpu) * 1000


def run(goals: Goals, times: int) -> None:
    """Make each paper so many times, and each as the first one of a few new processes."""
    rows, slow = [], {"the form": 0.0, "汇总表, 整改台账": 0.0}
    for number, (name, _, makes) in enumerate(PAPERS):
        for kind in range(len(makes)):
            progress(f"paper: {name}, {KINDS[kind]}")
            first = [_first(number, kind) for _ in range(min(times, 5))]
            later = [cost(number, kind) for _ in range(times + 1)][1:]
            found = [median(column) for costs in (first, later) for column in zip(*costs, strict=True)]
            rows.append((f"{name}, {KINDS[kind]}", *(f"{value:.0f}" for value in found)))
            what = list(slow)[number > 0]
            slow[what] = max(slow[what], found[0], found[2])
    table(f"Papers ({times} of each)", ("", "first ms", "CPU ms", "later ms", "CPU ms"), rows)
    for what, most in slow.items():
        goals.add(f"{what}, first or later", f"{most:.0f} ms", "< 300 ms", most < 300)


def _first(number: int, kind: int) -> tuple[float, float]:
    said = subprocess.run(
        [sys.executable, "-c", _FIRST.format(number, kind)], capture_output=True, text=True, check=True
    )
    wall, cpu = said.stdout.split()
    return float(wall), float(cpu)
