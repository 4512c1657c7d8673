"""Answering a task: what is asked about an answer, the receipt for it, and putting it right."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.actions import (
    AlsoFor,
    AskMeaning,
    Done,
    Meant,
    NotDone,
    PutBack,
    Reopen,
    ShowAssignment,
    TakeReported,
    Task,
    TaskFile,
    Tick,
    WhichHolds,
)
from bot.message import Attachment, Button, Line, Message, Row
from bot.permissions import Me
from bot.screens import duties as tasks
from bot.screens import wording
from bot.screens.layout import back, column, home_row
from bot.values import Correction, File, Owing, Recorded
from jobs.duties.answers import NOT_DONE, Answer, example
from jobs.duties.catalogue import Duty
from scoring.facts import Fact
from scoring.rubric import read_edition

_YES, _NO = {"是", "有的", "对", "完成", "√", "✓", "1"}, {"否", "没", "无", "✗", "×", "0"}


def recorded(before: Owing, now: Owing, duty: Duty) -> str:
    """The receipt for an answer: what is recorded from now on, and whether that closes the task."""
    name = tasks.title(now, duty)
    if now.answer == NOT_DONE:
        till = f" 还没有完成，已记；{wording.day(now.due)}前完成了再点「已完成」"
        return name + (" 已记：没有完成" if now.done else till)
    if before.answered_at is not None and before.answer not in (now.answer, NOT_DONE):
        return f"{name} 已改为：{tasks.answered(now, duty)}"
    if not now.done:
        return f"{name} 已记 {tasks.answered(now, duty)}；{wording.day(now.due)}前可以补报"
    lacking = tasks.answered(now, duty).removeprefix(now.answer)
    return f"{name} 已完成{lacking}，谢谢"


def corrected(
    me: Me, owed: Owing, screen: Message, corrections: Sequence[Correction], differing: Sequence[Recorded]
) -> Message:
    """A task, with the last corrections of its answer, and with what was typed by hand in the place of its numbers."""
    lines: list[Line] = [
        ("改过", f"{one.was} → {one.now}，{one.by} {wording.moment(one.at, me.now)}")
        for one in corrections[-3:]
    ]
    rows = screen.rows
    if differing:
        lines.append("台账里手填的数代替了这里报的数。")
        rows = (*rows[:-2], (Button("以哪个为准", WhichHolds(owed.id), short="哪个为准"),), *rows[-2:])
    return replace(screen, lines=(*screen.lines, *lines), rows=rows)


def with_undo(screen: Message, undo: PutBack) -> Message:
    """A task, with the way to take back that it was not done."""
    return replace(screen, rows=(*screen.rows[:-1], (Button("撤销", undo),), *screen.rows[-1:]))


def offer(owed: Owing, duty: Duty, number: Fact, part: bool, total: Fact | None) -> Button:
    """The offer that a number typed by hand is a task's answer, too; or a part of it, or what comes to others."""
    name = tasks.title(owed, duty)
    of = f"{number.count}/{number.of}" if number.of else f"{number.count}"
    words = f"也是「{name}」的结果"
    if part:
        words = f"其中 {of} 是「{name}」的结果"
    elif total is not None:
        whole = f"{total.count}/{total.of}" if total.of else f"{total.count}"
        words = f"是「{name}」的（合计 {whole}）"
    return Button(words, AlsoFor(owed.id, number.count, number.of or 0), short=duty.title[:4])


def tick(owed: Owing, duty: Duty, asked: Tick) -> Message:
    """One of the things that are asked one by one: is it there?"""
    n = asked.answered
    said = [f"{'有' if asked.yes >> k & 1 else '没有'}{thing}" for k, thing in enumerate(duty.things[:n])]
    lines: list[Line] = [f"有{duty.things[n]}吗？"]
    if said:
        lines.insert(0, ("已答", "、".join(said)))
    if len(duty.things) > 1:
        lines.append(f"第 {n + 1} 问，共 {len(duty.things)} 问。答完才记。")
    otherwise = tasks.correction(owed.id) if asked.instead else tasks.report(owed.id)
    yes = Tick(owed.id, n + 1, asked.yes | 1 << n, asked.instead)
    no = Tick(owed.id, n + 1, asked.yes, asked.instead)
    return Message(
        title=tasks.title(owed, duty),
        lines=tuple(lines),
        rows=((Button("有", yes, main=True), Button("没有", no)), back(Task(owed.id), "先不填")),
        here=asked,
        hears=lambda text: yes if text in _YES else no if text in _NO else otherwise(text),
        takes=tasks.file(owed, duty),
        hint="有 或 没有",
    )


def correcting(me: Me, owed: Owing, duty: Duty) -> Message:
    """An answer is to be put right: what is recorded, and what to type instead; or it is not done after all."""
    lines: list[Line] = [("现在记的是", owed.answer or "已完成")]
    rows: list[Row] = []
    ways = [Button("不改了", Task(owed.id), main=not duty.things)]
    if owed.answer == NOT_DONE:
        rows.append((Button("已经完成了", Done(owed.id), main=True, short="已完成"),))
        ways = [Button("不改了", Task(owed.id))]
    else:
        ways.append(Button("其实没完成", NotDone(owed.id), short="没完成"))
        if owed.answered_at is not None:
            first = f"{owed.done_by} {wording.moment(owed.answered_at, me.now)}"
            lines.append(("首次填报", f"{first}（按时与否以这次为准）"))
    typed = bool(duty.asks) and duty.closes != "file"
    if duty.things:
        lines.append(f"应该是什么？{tasks.question(duty)}")
        rows += column(tasks.ticks(owed, duty, 1))
    elif typed:
        lines.append(f"请直接输入对的{tasks.parts(duty)}，例如：{example(duty)}")
    return Message(
        title=f"改 · {tasks.title(owed, duty)}",
        lines=tuple(lines),
        rows=(*rows, tuple(ways), home_row()),
        here=Reopen(owed.id),
        hears=tasks.correction(owed.id) if typed else None,
        takes=tasks.file(owed, duty),
        hint=tasks.typed_hint(duty) if typed else "",
    )


def which_holds(me: Me, owed: Owing, duty: Duty, differing: Sequence[Recorded]) -> Message:
    """The answer to a task and what was typed by hand differ: which holds?"""
    table, first = read_edition(owed.edition), differing[0].fact
    lines: list[Line] = []
    for one in differing:
        kind, reported = table.facts[one.fact.kind], one.instead_of
        month = f"（{wording.month(one.fact.period)}）" if one.fact.period else ""
        typed = wording.number(kind, one.fact.count, one.fact.of)
        other = wording.number(kind, reported.count, reported.of) if reported else "没有"
        who = f"{one.by} {wording.moment(one.at, me.now)}" if one.at else one.by
        lines.append(
            (
                f"{kind.title}{month}",
                f"台账手填 {typed}（{who}），任务报的 {other}",
            )
        )
    return Message(
        title=f"以哪个为准？· {tasks.title(owed, duty)}",
        lines=(*lines, "两边不一样。现在以手填的为准。"),
        rows=(
            (
                Button(
                    "用任务报的",
                    TakeReported(owed.id, first.count, first.of or 0),
                    main=True,
                    short="任务报的",
                ),
                Button("保留手填的", Task(owed.id), short="手填的"),
            ),
            home_row(),
        ),
        here=WhichHolds(owed.id),
    )


def ask_meaning(owed: Owing, duty: Duty, readings: Sequence[Answer]) -> Message:
    """What was typed can be read in several ways, or in one that is doubtful: a button for each."""
    if owed.assigned:
        return _ask_answer(owed, duty, readings[0])
    attendances = list(dict.fromkeys(reading.numbers[0] for reading in readings))
    served = len(readings) > len(attendances)
    name = "出勤" if duty.closes == "party_day" else (*duty.things, duty.asks[0].title)[0]
    lines: list[Line] = [("您写的", owed.waiting), "还没有记。"]
    if len(attendances) > 1:
        lines.append(f"哪一个是{name}？")
    elif not served:
        lines.append(f"{wording.asked(duty.asks[0], attendances[0][0], attendances[0][1] or 0)}，对吗？")
    if served:
        lines.append("这次算不算志愿服务？")
    rows: list[Row] = []
    for reading in readings:
        count, of = reading.numbers[0]
        label = f"{name} {count}/{of}"
        if served:
            label += "，是志愿服务" if reading.numbers[1][0] else "，不是志愿服务"
        rows.append((Button(label, meant(owed, reading)),))
    rows.append(back(Task(owed.id), "都不是，重新输入", short="都不是"))
    return Message(
        title=f"请确认 · {tasks.title(owed, duty)}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=AskMeaning(owed.id),
        hears=tasks.correction(owed.id) if owed.done else tasks.report(owed.id),
        takes=tasks.file(owed, duty),
        hint=tasks.typed_hint(duty),
    )


def meant(owed: Owing, reading: Answer) -> Meant:
    """The choice of one reading."""
    if not reading.numbers:
        return Meant(owed.id, 0, 0, 0)
    (count, of), *volunteer = reading.numbers
    return Meant(owed.id, count, of or 0, volunteer[0][0] if volunteer else 0)


def _ask_answer(owed: Owing, duty: Duty, reading: Answer) -> Message:
    """Whether a typed text is the answer to a task that was given."""
    return Message(
        title=f"请确认 · {tasks.title(owed, duty)}",
        lines=(("您写的", owed.waiting), "还没有记。作为这项任务的答复交上去，并记为完成吗？"),
        rows=(
            (Button("对，交上去", meant(owed, reading), main=True, short="对"),),
            back(Task(owed.id), "不是，先不交", short="不是"),
        ),
        here=AskMeaning(owed.id),
        hears=tasks.report(owed.id),
        takes=tasks.file(owed, duty),
        hint="可以重新写",
    )


def sent(screen: Message, owed: Owing, files: Sequence[File], committee: bool) -> Message:
    """A task that was given, with the files it was answered with; for the committee with the way to the whole task."""
    rows = column(
        Button(f"{n}. {file.name[-24:]}", TaskFile(owed.id, file.id)) for n, file in enumerate(files, 1)
    )
    if committee and owed.period[1:].isdecimal():
        rows.append((Button("看各支部", ShowAssignment(int(owed.period[1:]))),))
    lines: list[Line] = [*screen.lines, *([("材料", f"{len(files)} 份")] if files else [])]
    return replace(screen, lines=tuple(lines), rows=(*screen.rows[:-2], *rows, *screen.rows[-2:]))


def one_file(me: Me, owed: Owing, file: File, data: Path) -> Message:
    """One of the files that a task was answered with."""
    return Message(
        title=file.name,
        lines=(f"{owed.branch} · {file.by} {wording.moment(file.at, me.now)}",),
        rows=(back(Task(owed.id), main=True),),
        here=TaskFile(owed.id, file.id),
        attachment=Attachment(file.name, file.mime, data),
    )
