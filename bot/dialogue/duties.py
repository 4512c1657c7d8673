"""待办: what a branch owes, and answering it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import assert_never

from bot.actions import (
    AlsoFor,
    AskMeaning,
    Done,
    Finished,
    Meant,
    Missed,
    MoreTodo,
    NotDone,
    Owed,
    PutBack,
    Reopen,
    ReportFile,
    TakeReported,
    Task,
    TaskFile,
    Tick,
    Todo,
    TypedCorrection,
    TypedReport,
    WhichHolds,
    WhyTask,
    wire,
)
from bot.dialogue.answering import (
    Typed,
    differing,
    duty_behind,
    from_ledger,
    numbers_of,
    recorded,
    where_it_counts,
    write,
)
from bot.dialogue.numbers import undo
from bot.dialogue.place import place
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Filed, Message, Reply
from bot.permissions import NOT_YOURS, Me, Rater, see_branch
from bot.screens import answering as answer_screens
from bot.screens import duties as screens
from bot.screens import hearing
from bot.screens.ledger import beside
from bot.store import assignments, duties, evidence, facts, sayings
from bot.store.arrangements import arrangements, rhythm
from bot.values import Branch, Owing, Saying
from jobs.duties.answers import (
    NOT_DONE,
    Answer,
    Unclear,
    Untold,
    denies,
    example,
    in_words,
    read_answer,
    ticked,
)
from jobs.duties.catalogue import Duty, is_typed, read_duties
from jobs.duties.telling import LOOK_BACK
from scoring.pattern import pattern
from scoring.refusal import Refused

ONE_DAY = timedelta(days=1)
DONE = "已完成"  # what is recorded where nothing was typed


def respond(work: Work, action: Owed) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Todo(branch):
            return Reply(todo(work, branch))
        case MoreTodo(branch, page):
            return Reply(todo(work, branch, page))
        case Finished(branch):
            return Reply(screens.finished(work.me, *_this_term(work, branch)))
        case Task(task):
            return Reply(_task(work, see(work, task)))
        case TypedReport(task, text):
            return _close(work, _answer(work, task), text, text)
        case TypedCorrection(task, text):
            return _correct(work, _answer(work, task), text)
        case AskMeaning(task):
            return Reply(_meanings(work, _answer(work, task)))
        case Meant():
            return _meant(work, action)
        case Done(task):
            return _done(work, _answer(work, task))
        case Missed(task):
            return _close(work, _answer(work, task), NOT_DONE, NOT_DONE)
        case PutBack(task, change):
            return _put_back(work, _answer(work, task), change)
        case Tick():
            return _tick(work, action)
        case ReportFile():
            return _with_file(work, action)
        case TaskFile(task, number):
            return Reply(_file(work, see(work, task), number))
        case Reopen(task):
            return Reply(_correcting(work, _answer(work, task)))
        case NotDone(task):
            return _not_done(work, _answer(work, task))
        case AlsoFor():
            return _also_for(work, action)
        case WhichHolds(task):
            return Reply(_which_holds(work, _answer(work, task)))
        case TakeReported():
            return _take_reported(work, action)
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
    """Whether it is the asker's to do, as long as it counts."""
    if owed.branch_id is None:
        return me.in_committee(owed.committee_id)
    return me.in_branch(owed.branch_id) and not owed.published


def _answer(work: Work, occurrence_id: int) -> Owing:
    owed = see(work, occurrence_id)
    if not answers(work.me, owed):
        if work.me.in_branch(owed.branch_id or 0):
            where_it_counts(work, owed)  # says that it does not count any more
        raise Refused("这项工作由支部书记和支委填报，您可以查看。")
    return owed


def _this_term(work: Work, branch_id: int) -> tuple[Branch, tuple[Owing, ...]]:
    """A branch (0: my own), and what it owes this term and has done. Raises Refused."""
    own = next((s.branch_id for s in work.me.seats if s.branch_id), None)
    branch, term = place(work, branch_id or own or 0, 0)
    try:
        read_duties(term.edition)
    except Refused:
        raise Refused(
            "任务目录和本学期的评价表不配套，待办暂时看不了；已经填报的都在。管理员会收到通知，请稍后再试。"
        ) from None
    return branch, duties.of_branch(work.session, branch_id=branch.id, term_id=term.id)


def todo(work: Work, branch_id: int, page: int = 0) -> Message:
    """What a branch owes this term, and still owes of the one before as long as reminders name it."""
    branch, owing = _this_term(work, branch_id)
    now = {owed.term_id for owed in owing}
    late = duties.open_for(
        work.session, branch_ids=[branch.id], committee_ids=[], since=work.today - LOOK_BACK, until=work.today
    )
    before = [owed for owed in late if owed.term_id not in now]
    own = work.me.in_branch(branch.id)
    view = screens.TodoView(branch=branch, owing=owing, before=before, page=page, own=own)
    return screens.todo(view, work.today)


def _task(work: Work, owed: Owing) -> Message:
    duty = duty_behind(owed)
    until = rhythm(work.session, owed.committee_id).speaks_next(work.today + ONE_DAY)
    screen = screens.task(work.me, owed, duty, answers(work.me, owed), until)
    if owed.assigned:
        sent = evidence.files_of_task(work.session, owed.id)
        return answer_screens.sent(screen, owed, sent, work.me.in_committee(owed.committee_id))
    if not owed.answer or owed.branch_id is None:
        return screen
    other = differing(work, owed, duty) if answers(work.me, owed) else ()
    return answer_screens.corrected(work.me, owed, screen, duties.corrections(work.session, owed), other)


def _file(work: Work, owed: Owing, number: int) -> Message:
    """One of the files that a task was answered with, for whoever may see the task. Raises Refused."""
    for file in evidence.files_of_task(work.session, owed.id):
        if file.id == number:
            return answer_screens.one_file(work.me, owed, file, work.evidence.where(file))
    raise Refused("这份材料已被移除。")


# --- answering --------------------------------------------------------------------------------------------------


def _close(work: Work, owed: Owing, text: str, answer: str) -> Reply:
    """Record an answer and close the task, for everybody; or ask what is meant by it, or what it leaves open."""
    duty = duty_behind(owed)
    if owed.done and not (owed.assigned and _in_words_alone(duty, text)):
        return _done_already(work, owed, duty, answer)
    return _understood(work, owed, duty, text, answer)


def _in_words_alone(duty: Duty, text: str) -> bool:
    """Whether a text can be the answer to a given task only as it stands."""
    try:
        read_answer(duty, text)
    except Unclear:
        return True
    except Refused:
        return False
    return False


def _done(work: Work, owed: Owing) -> Reply:
    """It is done; or, after an honest no, it is done after all."""
    if owed.done and owed.answer == NOT_DONE:
        return _understood(work, owed, duty_behind(owed), "完成", "")
    return _close(work, owed, "完成", "")


def _understood(work: Work, owed: Owing, duty: Duty, text: str, answer: str) -> Reply:
    try:
        understood = read_answer(duty, text)
    except Untold:
        where_it_counts(work, owed)
        return Reply(answer_screens.tick(owed, duty, Tick(owed.id, 0, 0, int(owed.done))))
    except Unclear:
        where_it_counts(work, owed)
        if owed.assigned:  # any text would be one: it is asked where it means nothing else
            advice = "办好了请点「已完成」；要交文字答复，请写明内容。"
            offer = None if _ACKNOWLEDGED.fullmatch(text.strip()) else partial(_ask, work, owed, text)
            raise NotUnderstood(text, advice, offer) from None
        return _ask(work, owed, text)
    told = in_words(duty, understood) if answer or duty.things or not understood.done else ""
    return record(work, owed, understood, told)


_ACKNOWLEDGED = pattern(
    r"(?:好的?|收到|知道了?|明白了?|谢谢|多谢|嗯+|哦+|行|可以|OK|ok|在吗?|您?好|你好|辛苦了?|[\W_0-9A-Za-z]*)[。.!！~了哦呀啊]*"
)


def _ask(work: Work, owed: Owing, text: str) -> Reply:
    """Keep a text, and ask how it is meant."""
    duties.ask(work.session, owed=owed, text=text)
    return Reply(_meanings(work, replace(owed, waiting=text)))


def record(work: Work, owed: Owing, understood: Answer, answer: str) -> Reply:
    """Write down what a task's answer is from now on; and ask which number holds where one was typed by hand."""
    duty = duty_behind(owed)
    if write(work, owed, understood, answer) is None:  # somebody was faster
        return _done_already(work, duties.one(work.session, owed.id), duty, answer)
    now = duties.one(work.session, owed.id)
    return Reply(_which_holds(work, now), toast=answer_screens.recorded(owed, now, duty))


def _done_already(work: Work, owed: Owing, duty: Duty, text: str) -> Reply:
    """What is answered is done: ask whether a typed text counts instead. Raises Refused when that is no answer."""
    if not text or read_answer(duty, text) == recorded(owed, duty):
        return Reply(_task(work, owed), toast="这项已经完成了")
    where = [(wire(Task(owed.id)), screens.title(owed, duty))]
    was = owed.answer or DONE
    number = sayings.add(
        work.session, me=work.me, text=text, places=where, heard=False, message=work.message, was=was
    )
    saying = sayings.read(work.session, me=work.me, saying_id=number)
    return Reply(hearing.edited(number, saying, reading(owed, text)))


def _tick(work: Work, action: Tick) -> Reply:
    """One answer more to what is asked one by one; the last one is the answer to all."""
    owed = _answer(work, action.task)
    duty = duty_behind(owed)
    wanted = len(duty.things)
    if not wanted or action.answered > wanted or action.yes >= 1 << action.answered:
        raise Refused("这个按钮已经失效，请从「待办」里重新打开这一项。")
    if owed.done and not action.instead:
        return Reply(_task(work, owed), toast="这项已经完成了")
    if action.answered < wanted:
        where_it_counts(work, owed)
        return Reply(answer_screens.tick(owed, duty, action))
    understood = ticked(duty, [bool(action.yes >> n & 1) for n in range(wanted)])
    return record(work, owed, understood, in_words(duty, understood))


# --- correcting -------------------------------------------------------------------------------------------------


def _correcting(work: Work, owed: Owing) -> Message:
    """The question what is right, with what is recorded; the task itself where nothing was answered."""
    duty = duty_behind(owed)
    if not is_typed(duty):
        raise Refused("这项是自动记录的，不能在这里修改。")
    where_it_counts(work, owed)
    return answer_screens.correcting(work.me, owed, duty) if owed.answered_at else _task(work, owed)


def _correct(work: Work, owed: Owing, text: str) -> Reply:
    """Let a text count instead of the answer, which was asked for."""
    return _understood(work, owed, duty_behind(owed), text, text)


def _not_done(work: Work, owed: Owing) -> Reply:
    """Open a task as if nobody had answered; its numbers go with it."""
    duty = duty_behind(owed)
    if not is_typed(duty):
        raise Refused("这项是自动记录的，不能在这里修改。")
    where = where_it_counts(work, owed)
    if owed.assigned and assignments.is_withdrawn(
        work.session, committee_id=owed.committee_id, occurrence_id=owed.id
    ):
        raise Refused("这项任务党总支已经撤回，不用再做，原来的记录保留。")
    change = duties.reopen(work.session, me=work.me, owed=owed)
    if change is None:
        return Reply(_task(work, owed), toast="这项还没有完成")
    if where:
        facts.report(work.session, owed=owed, facts=())
    toast = f"已改为未完成；原来记下的是：{owed.answer}" if owed.answer else "已改为未完成"
    screen = _task(work, duties.one(work.session, owed.id))
    return Reply(answer_screens.with_undo(screen, PutBack(owed.id, change)), toast=toast)


def _put_back(work: Work, owed: Owing, change: int) -> Reply:
    """It was done all the same: as it was answered, and when."""
    where = where_it_counts(work, owed)
    if duties.put_back(work.session, me=work.me, owed=owed, change=change) is None:
        return Reply(_task(work, owed), toast="这项后来又填过，没有恢复")
    now = duties.one(work.session, owed.id)
    duty = duty_behind(now)
    if where and (understood := recorded(now, duty)):
        facts.report(work.session, owed=now, facts=numbers_of(work, now, duty, understood))
    return Reply(_task(work, now), toast="已恢复")


def reading(owed: Owing, text: str) -> str:
    """A text as it would be recorded as a task's answer; itself where that is not one thing."""
    duty = duty_behind(owed)
    try:
        return in_words(duty, read_answer(duty, text)) or text
    except Refused:
        return text


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
    try:
        understood = read_answer(duty, text)
    except Unclear as unclear:
        if not owed.assigned:
            raise
        (understood,) = unclear.readings
    return record(work, owed, understood, in_words(duty, understood))


# --- what is meant ----------------------------------------------------------------------------------------------


def _meanings(work: Work, owed: Owing) -> Message:
    """The question what is meant by a typed answer; the task itself where nothing waits to be asked."""
    duty = duty_behind(owed)
    if readings := _readings(owed, duty):
        return answer_screens.ask_meaning(owed, duty, readings)
    return _task(work, owed)


def _readings(owed: Owing, duty: Duty) -> tuple[Answer, ...]:
    if not owed.waiting:
        return ()
    try:
        return (read_answer(duty, owed.waiting),)
    except Unclear as unclear:
        return unclear.readings
    except Refused:  # an earlier version read it
        return ()


def _meant(work: Work, action: Meant) -> Reply:
    owed = _answer(work, action.task)
    duty = duty_behind(owed)
    if owed.done and not owed.waiting:
        return Reply(_task(work, owed), toast="这项已经完成了")
    for reading in _readings(owed, duty):
        if answer_screens.meant(owed, reading) == action:
            return record(work, owed, reading, in_words(duty, reading))
    return Reply(_task(work, owed), toast="输入的内容已经换过了，请再输入一次")


def _with_file(work: Work, action: ReportFile) -> Reply:
    """Keep a file with the first item that a task serves; it closes what asks for a file, and nothing else."""
    owed = _answer(work, action.task)
    duty = duty_behind(owed)
    where = where_it_counts(work, owed)
    if where is None or not duty.items:
        raise Refused("这项工作不附材料。请先打开测评表里要附材料的那一项，再发照片或文件。")
    branch, term = where
    item, rater = duty.item, Rater.SELF
    new = work.evidence.attach(
        work.session,
        me=work.me,
        branch=branch,
        term=term,
        rater=rater,
        item=item,
        upload=action.upload,
        task=owed.id if owed.assigned else None,
    )
    there = evidence.files_of(work.session, branch_id=branch.id, term_id=term.id, item=item, raters=[rater])
    filed = Filed(f"{screens.title(owed, duty)}（第 {item} 项）", len(there), new)
    if owed.done:
        return Reply(_task(work, owed), filed=filed)
    if duty.closes == "file" and denies(action.caption):
        return Reply(_task(work, owed), toast="材料已收下，这项还开着；完成了请点「已完成」", filed=filed)
    if owed.assigned and _in_words_alone(duty, action.caption):
        said = " ".join(action.caption.split())
        return replace(record(work, owed, Answer((), said), said), filed=filed)
    if duty.closes == "file":
        return replace(_close(work, owed, "完成", ""), filed=filed)
    if _readings(owed, duty):
        return Reply(_meanings(work, owed), toast="请在下面选一项", filed=filed)
    if duty.closes == "tick":
        return Reply(_task(work, owed), toast="材料已收下；办完了请点下面的按钮", filed=filed)
    return Reply(_task(work, owed), toast=f"请再输入结果，例如：{example(duty)}", filed=filed)


# --- one number, two sources ------------------------------------------------------------------------------------


def _also_for(work: Work, action: AlsoFor) -> Reply:
    """Let numbers that were typed by hand be the answer to a task, as it says now, and stand there no more."""
    owed = _answer(work, action.task)
    duty = duty_behind(owed)
    where = where_it_counts(work, owed)
    if owed.done or where is None:
        return Reply(_task(work, owed), toast="这项已经完成了")
    branch, term = where
    now = facts.recorded(work.session, branch_id=branch.id, term_id=term.id)
    meant = from_ledger(owed, duty, now)
    first = numbers_of(work, owed, duty, meant.answer)[0] if meant else None
    if meant is None or first is None or (first.count, first.of or 0) != (action.count, action.of):
        return Reply(_task(work, owed), toast="台账里的数字后来改过，请重新输入")
    said = in_words(duty, meant.answer) if duty.asks and duty.closes != "file" else ""
    change = write(work, owed, meant.answer, said, Typed())
    if change is None:  # somebody was faster
        return Reply(_task(work, duties.one(work.session, owed.id)), toast="这项已经完成了")
    facts.clear(work.session, me=work.me, branch=branch, term=term, kinds=meant.keys, batch=change)
    done = duties.one(work.session, owed.id)
    screen = beside(_which_holds(work, done), (), undo(branch, term, meant.keys[0], change))
    return Reply(screen, toast=answer_screens.recorded(owed, done, duty))


def _which_holds(work: Work, owed: Owing) -> Message:
    """The question which number holds, where one was typed by hand that an answer says otherwise; else the task."""
    duty = duty_behind(owed)
    other = differing(work, owed, duty)
    return answer_screens.which_holds(work.me, owed, duty, other) if other else _task(work, owed)


def _take_reported(work: Work, action: TakeReported) -> Reply:
    """Take back what was typed by hand and this task's answer says otherwise, as it was shown."""
    owed = _answer(work, action.task)
    duty = duty_behind(owed)
    where = where_it_counts(work, owed)
    found = differing(work, owed, duty)
    if where is None or not found:
        return Reply(_task(work, owed), toast="现在就是任务报的数")
    if (found[0].fact.count, found[0].fact.of or 0) != (action.count, action.of):
        return Reply(_which_holds(work, owed), toast="手填的数后来改过，请再看一下")
    branch, term = where
    kinds = [(one.fact.kind, one.fact.period) for one in found]
    change = facts.clear(work.session, me=work.me, branch=branch, term=term, kinds=kinds)
    back = undo(branch, term, kinds[0], change) if change else None
    return Reply(beside(_task(work, owed), (), back), toast="已改用任务报的数")
