"""The screens of 这个月三件事 and 移交包."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.actions import HandoverPack, Ledger, Rectify, Result, Task, ThisMonth, Todo
from bot.message import Attachment, Button, Line, Message, Row
from bot.screens import duties as tasks
from bot.screens import wording
from bot.screens.layout import back, column, home_row
from bot.values import Branch, Owing
from jobs.duties.assignments import ASSIGNED
from jobs.duties.catalogue import Duty

WHY = 48  # letters of a sentence of the regulation; all of it stands behind 为什么
Thing = tuple[Owing, Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthView:
    """The most urgent things of a branch this month, and how many others are open until its end.

    `pack`: the page of what was handed over, where it comes along.
    """

    branch: Branch
    things: Sequence[Thing]
    others: int
    pack: Attachment | None


def this_month(view: MonthView, today: date) -> Message:
    """The most urgent things of a month, each with why and where that stands."""
    branch, things, pack = view.branch, view.things, view.pack
    names = tasks.apart([(tasks.title(owed, duty), owed) for owed, duty in things])
    numbered = list(enumerate(zip(names, things, strict=True), start=1))
    lines: list[Line] = []
    for n, (name, (owed, duty)) in numbered:
        lines += [(f"{n}. {name}", tasks.when(today, owed, duty)), _why(duty)]
    if not things:
        lines.append("这个月没有要办的事。")
    if view.others:
        lines.append(f"另有 {view.others} 项到月底前要办或已超期，请看「待办」。")
    if pack is not None:
        lines.append("移交包也在这里：没办完的工作、台账、整改和结果，一页纸。")
    rows: list[Row] = column(
        Button(f"{n}. {wording.short(name, tasks.LABEL - 4)}", Task(owed.id), main=n == 1)
        for n, (name, (owed, _)) in numbered
    )
    rows.append((Button("待办", Todo(branch.id)), Button("移交包", HandoverPack(branch.id))))
    rows.append(home_row(main=not things))
    return Message(
        title=f"这个月三件事 · {branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=ThisMonth(branch.id, int(pack is not None)),
        attachment=pack,
    )


def _why(duty: Duty) -> str:
    """The sentence behind a duty, and for which items it counts."""
    said = "党总支交办"
    if duty.key != ASSIGNED:
        said = wording.short(wording.typeset(duty.source) or duty.decision, WHY)
    every = duty.closes in ("sheet", "sheets")
    items = f"全部 {len(duty.items)} 项" if every else f"第 {'、'.join(map(str, duty.items))} 项"
    return f"为什么：{said}（测评表{items}）" if duty.items else f"为什么：{said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackView:
    """How much is open in a branch: tasks, what 台账 lacks, measures; its last results in words; the page of it all.

    `rectifies`: the term whose 整改 runs; 0 for none.
    """

    branch: Branch
    tasks: int
    first: str
    missing: int
    measures: int
    rectifies: int
    results: Sequence[str]
    file: Attachment


def pack(view: PackView) -> Message:
    """What is open in short; the page that comes with it has it all."""
    branch = view.branch
    first = f"，最急的是{view.first}" if view.first else ""
    lines: list[Line] = [
        ("没办完的工作", f"{view.tasks} 项{first}" if view.tasks else "没有"),
        ("台账还没有的", f"{view.missing} 样" if view.missing else "没有"),
        ("在办的整改", f"{view.measures} 条" if view.measures else "没有"),
        *(("结果", said) for said in view.results),
    ]
    lines.append("详细的都在这一页纸上，可以打印，也可以转给接任的同志。")
    rectify = (Button("整改", Rectify(branch.id, view.rectifies)),) if view.rectifies else ()
    return Message(
        title=f"移交包 · {branch.name}",
        lines=tuple(lines),
        rows=(
            (Button("待办", Todo(branch.id), main=True), Button("台账", Ledger(branch.id, 0)), *rectify),
            (Button("这个月三件事", ThisMonth(branch.id, 0), short="三件事"),),
            back(Result(branch.id, 0), "看结果"),
        ),
        here=HandoverPack(branch.id),
        attachment=view.file,
    )
