"""待办: what a branch owes, and answering it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from bot.actions import (
    AskMeaning,
    Done,
    Finished,
    Meant,
    Owed,
    Reopen,
    ReportFile,
    Task,
    Todo,
    TypedReport,
    WhyTask,
    wire,
)
from bot.dialogue.work import Work
from bot.message import Filed, Message, Reply
from bot.permissions import NOT_YOURS, Me, Rater, see_branch
from bot.screens import duties as screens
from bot.screens import hearing
from bot.store import duties, evidence, facts, sayings, terms
from bot.store.arrangements import arrangements, rhythm
from bot.values import Branch, Owing, Saying, Term
from jobs.duties.answers import Answer, Unclear, enough, example, facts_of, in_words, read_answer
from jobs.duties.catalogue import Duty, read_duties
from scoring.refusal import Refused

ONE_DAY = timedelta(days=1)
DONE = "已完成"  # what is recorded where nothing was typed
UNCERTAIN = "原来的数字没有自动减去，请在「台账」里核对"


def respond(work: Work, action: Owed) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Todo(branch):
            return Reply(screens.todo(work.today, *_this_term(work, branch)))
        case Finished(branch):
            return Reply(screens.finished(work.me, *_this_term(work, branch)))
        case Task(task):
            return Reply(_task(work, see(work, task)))
        case TypedReport(task, text):
            owed = _answer(work, task)
            return _close(work, owed, text, text)
        case AskMeaning(task):
            return Reply(_meanings(work, _answer(work, task)))
        case Meant():
            return _meant(work, action)
        case Done(task):
            owed = _answer(work, task)
            return _close(work, owed, "是", "")
        case ReportFile():
            return _with_file(work, action)
        case Reopen(task):
            return _reopen(work, _answer(work, task))
        case WhyTask(task):
            owed = see(work, task)
            duty = duty_behind(owed)
            arranged = arrangements(work.session, owed.committee_id)
            return Reply(
                screens.why(owed, arranged.of(duty, owed.branch_id), arranged.days, answers(work.me, owed))
            )
        case _:
            assert_never(action)


# --- seeing -----------------------------------------------------------------------------------------------------


def see(work: Work, occurrence_id: int) -> Owing:
    """One thing owed, if the asker may see it. Raises Refused."""
    owed = duties.one(work.session, occurrence_id)
    if owed.branch_id:
        see_branch(work.me, owed.committee_id, owed.branch_id)
    elif not work.me.in_committee(owed.committee_id):
        raise Refused(NOT_YOURS)
    return owed


def answers(me: Me, owed: Owing) -> bool:
    """Whether it is the asker's to do."""
    return me.in_branch(owed.branch_id) if owed.branch_id else me.in_committee(owed.committee_id)


def _answer(work: Work, occurrence_id: int) -> Owing:
    owed = see(work, occurrence_id)
    if not answers(work.me, owed):
        raise Refused("这项工作由支部书记和支委填报，您可以查看。")
    return owed


def duty_behind(owed: Owing) -> Duty:
    """The duty of an occurrence. Raises Refused when the catalogue no longer has it."""
    if owed.behind is None:
        raise Refused("这项任务已经不在目录里了。请在「待办」里查看其他任务。")
    return owed.behind


def _this_term(work: Work, branch_id: int) -> tuple[Branch, tuple[Owing, ...]]:
    """A branch (0: my own), and what it owes this term and has done. Raises Refused."""
    own = next((s.branch_id for s in work.me.seats if s.branch_id), None)
    branch = terms.branch(work.session, branch_id or own or 0)
    see_branch(work.me, branch.committee_id, branch.id)
    term = terms.term(work.session, 0, branch.committee_id, work.today)
    try:
        read_duties(term.edition)
    except Refused:
        raise Refused(
            "任务目录和本学期的评价表不配套，待办暂时看不了；已经填报的都在。管理员会收到通知，请稍后再试。"
        ) from None
    return branch, duties.of_branch(work.session, branch_id=branch.id, term_id=term.id)


def _task(work: Work, owed: Owing) -> Message:
    duty = duty_behind(owed)
    until = rhythm(work.session, owed.committee_id).speaks_next(work.today + ONE_DAY)
    return screens.task(work.me, owed, duty, answers(work.me, owed), until)


# --- answering --------------------------------------------------------------------------------------------------


def _where(work: Work, owed: Owing) -> tuple[Branch, Term] | None:
    """The branch and term whose numbers an answer changes; None for what the committee itself owes."""
    term = terms.any_term(work.session, owed.term_id)
    if term.published:
        raise Refused(f"{term.name}的结果已公布，不能再改。")
    return (terms.branch(work.session, owed.branch_id), term) if owed.branch_id else None


def _close(work: Work, owed: Owing, text: str, answer: str) -> Reply:
    """Record the numbers of an answer and close the task, for everybody; or ask what is meant by it."""
    duty = duty_behind(owed)
    if owed.done:
        return _done_already(work, owed, duty, answer)
    try:
        understood = read_answer(duty, text)
    except Unclear:
        _where(work, owed)
        duties.ask(work.session, owed=owed, answer=text)
        return Reply(_meanings(work, replace(owed, answer=text)))
    return _record(work, owed, duty, understood, in_words(duty, understood) if answer else "")


def _record(work: Work, owed: Owing, duty: Duty, understood: Answer, answer: str) -> Reply:
    said = facts_of(duty, understood, owed.period, work.today <= owed.due)
    if not enough(duty, said):
        raise Refused(f"「{duty.title}」至少要 {duty.least}，现在还不够，凑够了再报。")
    where = _where(work, owed)
    if not duties.close(work.session, me=work.me, owed=owed, answer=answer):  # somebody was faster
        return _done_already(work, duties.one(work.session, owed.id), duty, answer)
    if where:
        branch, term = where
        facts.add(work.session, me=work.me, branch=branch, term=term, facts=said)
    toast = f"{screens.title(owed, duty)} 已完成，谢谢"
    return Reply(_task(work, duties.one(work.session, owed.id)), toast=toast)


def _done_already(work: Work, owed: Owing, duty: Duty, text: str) -> Reply:
    """What is answered is done: ask whether a typed text counts instead. Raises Refused when that is no answer."""
    if not text or read_answer(duty, text) == _recorded(owed, duty):
        return Reply(_task(work, owed), toast="这项已经完成了")
    where = [(wire(Task(owed.id)), screens.title(owed, duty))]
    was = owed.answer or DONE
    number = sayings.add(
        work.session, me=work.me, text=text, places=where, heard=False, message=work.message, was=was
    )
    return Reply(hearing.edited(number, sayings.read(work.session, me=work.me, saying_id=number)))


def stands(work: Work, owed: Owing, saying: Saying, typed: Iterable[str]) -> bool:
    """Whether what is recorded is what a question about an answer showed, or one of these typed texts."""
    duty = duty_behind(owed)
    if saying.was == (owed.answer or DONE):
        return True
    return any(_says(owed, duty, text) for text in typed)


def _says(owed: Owing, duty: Duty, text: str) -> bool:
    try:
        readings: tuple[Answer, ...] = (read_answer(duty, text),)
    except Unclear as unclear:
        readings = unclear.readings
    except Refused:
        return False
    return any(in_words(duty, reading) == owed.answer for reading in readings)


def change(work: Work, number: int, text: str) -> Reply:
    """Let a text count instead of the answer that closed a task. Raises Refused when it is none, and all stays."""
    owed = _answer(work, number)
    duty = duty_behind(owed)
    understood = read_answer(duty, text)
    again = _reopen(work, owed).toast
    open_ = duties.one(work.session, owed.id)
    reply = _record(work, open_, duty, understood, in_words(duty, understood))
    return replace(reply, toast=again if UNCERTAIN in again else f"{screens.title(owed, duty)} 已改")


def _recorded(owed: Owing, duty: Duty) -> Answer | None:
    """What is recorded; None for an answer of a version that read it otherwise, or of what closes by itself."""
    said = owed.answer or ("是" if duty.closes in ("tick", "file") else "")
    try:
        return read_answer(duty, said) if said else None
    except Refused:
        return None


def _meanings(work: Work, owed: Owing) -> Message:
    """The question what is meant by a typed answer; the task itself where nothing waits to be asked."""
    duty = duty_behind(owed)
    if readings := _readings(owed, duty):
        return screens.ask_meaning(owed, duty, readings)
    return _task(work, owed)


def _readings(owed: Owing, duty: Duty) -> tuple[Answer, ...]:
    if owed.done or not owed.answer:
        return ()
    try:
        return (read_answer(duty, owed.answer),)
    except Unclear as unclear:
        return unclear.readings


def _meant(work: Work, action: Meant) -> Reply:
    owed = _answer(work, action.task)
    if owed.done:
        return Reply(_task(work, owed), toast="这项已经完成了")
    duty = duty_behind(owed)
    for reading in _readings(owed, duty):
        if screens.meant(owed, reading) == action:
            return _record(work, owed, duty, reading, in_words(duty, reading))
    return Reply(_task(work, owed), toast="输入的内容已经换过了，请再输入一次")


def _with_file(work: Work, action: ReportFile) -> Reply:
    """Keep a file with the first item that a task serves; it closes the task, unless numbers are asked for."""
    owed = _answer(work, action.task)
    duty = duty_behind(owed)
    where = _where(work, owed)
    if where is None or not duty.items:
        raise Refused("这项工作不附材料。请先打开测评表里要附材料的那一项，再发照片或文件。")
    branch, term = where
    item, rater = duty.items[0], Rater.SELF
    new = work.evidence.attach(
        work.session, me=work.me, branch=branch, term=term, rater=rater, item=item, upload=action.upload
    )
    there = evidence.files_of(work.session, branch_id=branch.id, term_id=term.id, item=item, rater=rater)
    filed = Filed(f"{screens.title(owed, duty)}（第{item}项）", len(there), new)
    if owed.done:
        return Reply(_task(work, owed), filed=filed)
    if duty.closes in ("tick", "file"):
        return replace(_close(work, owed, "是", ""), filed=filed)
    if _readings(owed, duty):
        return Reply(_meanings(work, owed), toast="请在下面选一项", filed=filed)
    return Reply(_task(work, owed), toast=f"请再输入结果，例如：{example(duty)}", filed=filed)


def _reopen(work: Work, owed: Owing) -> Reply:
    """Take a report back, with the numbers it brought in."""
    duty = duty_behind(owed)
    if duty.closes in ("sheet", "sheets", "none"):
        raise Refused("这项是自动记录的，不能在这里修改。")
    where = _where(work, owed)
    toast = "可以重新填了，请再输入一次"
    if owed.done_at is not None and duties.reopen(work.session, me=work.me, owed=owed):
        on_time = owed.done_at.astimezone(work.me.now.tzinfo).date() <= owed.due
        toast = f"可以重新填了，原来记下的是：{owed.answer}" if owed.answer else toast
        recorded = _recorded(owed, duty)
        said = facts_of(duty, recorded, owed.period, on_time) if recorded else ()
        if owed.answer and recorded is None:
            toast = f"可以重新填了；{UNCERTAIN}"
        if where:
            branch, term = where
            facts.take_back(work.session, me=work.me, branch=branch, term=term, facts=said)
    return Reply(_task(work, duties.one(work.session, owed.id)), toast=toast)
