"""Starting as a branch's secretary: 这个月三件事, and what the one before hands over (移交包)."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import assert_never

from bot.actions import HandoverPack, Starting, ThisMonth
from bot.dialogue.place import place
from bot.dialogue.profile import in_a_row
from bot.dialogue.work import Work
from bot.message import Attachment, Message, Reply
from bot.paper import pack
from bot.paper.texts import file_name
from bot.screens import duties as tasks
from bot.screens import starting as screens
from bot.screens import wording
from bot.store import duties, facts, rectifications
from bot.values import Branch, Rectification, Term
from jobs.duties.calendar import months_of
from jobs.duties.catalogue import COUNTED
from jobs.duties.telling import LOOK_BACK
from scoring.numerals import plain
from scoring.profile import Step

THINGS = 3  # of a month
RESULTS = 2  # the last ones


def respond(work: Work, action: Starting) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case ThisMonth(branch, with_pack):
            return Reply(this_month(work, branch, with_pack=bool(with_pack)))
        case HandoverPack(branch):
            return Reply(screens.pack(_view(work, branch)))
        case _:
            assert_never(action)


def this_month(work: Work, branch_id: int, *, with_pack: bool) -> Message:
    """The most urgent things that fall due this month; if these are few, what is left from before. Raises Refused."""
    branch, term = place(work, branch_id, 0)
    today = work.today
    begins = today.replace(day=1)
    found = _open(work, branch, term, today.replace(day=monthrange(today.year, today.month)[1]))
    this, before = ([one for one in found if (one[0].due >= begins) is now] for now in (True, False))
    things = [*tasks.urgent_first(today, this), *tasks.urgent_first(today, before)][:THINGS]
    view = screens.MonthView(
        branch=branch,
        things=things,
        others=len(found) - len(things),
        pack=_view(work, branch_id).file if with_pack else None,
    )
    return screens.this_month(view, today)


def _open(work: Work, branch: Branch, term: Term, until: date) -> list[screens.Thing]:
    """What a branch has not done that falls due until a day, by its day, as far back as 待办 goes. One query."""
    since = min(work.today - LOOK_BACK, term.starts)
    owing = duties.open_for(work.session, branch_ids=[branch.id], committee_ids=[], since=since, until=until)
    return tasks.behind(owing)


# --- 移交包 -------------------------------------------------------------------------------------------------------


def _view(work: Work, branch_id: int) -> screens.PackView:
    """What is open in a branch, as whoever asks sees it on its screens. Seven queries. Raises Refused."""
    _, told = in_a_row(work, branch_id)
    branch, term = place(work, branch_id, 0)
    today = work.today
    found = [one for one in _open(work, branch, term, date.max) if one[0].opens <= today]
    missing = list(_missing(work, branch, term))
    running = (plan.seen(work.me) for plan in rectifications.running(work.session, branch.id))
    seen = [plan for plan in running if plan.owed_on or plan.measures]
    measures = [one for plan in seen for one in _measures(plan, today)]
    results = [_result(*one) for one in reversed(told[-RESULTS:])]
    urgent = tasks.urgent_first(today, found)
    committee = next(s.committee for s in work.me.seats if s.committee_id == branch.committee_id)
    page = pack.Pack(
        branch=branch.name,
        committee=committee,
        term=term.name,
        tasks=[
            (tasks.title(owed, duty), _without_sign(tasks.when(today, owed, duty))) for owed, duty in found
        ],
        missing=missing,
        measures=measures,
        results=results,
    )
    name = file_name(f"{today}", branch.name, "移交包", ending="docx")
    return screens.PackView(
        branch=branch,
        tasks=len(found),
        first=tasks.title(*urgent[0]) if urgent else "",
        missing=sum(len(what.split("、")) for _, what in missing),
        measures=len(measures),
        rectifies=seen[-1].term.id if seen else 0,
        results=[" ".join(one) for one in results],
        file=Attachment(name, pack.MIME, pack.file(page, work.me.now)),
    )


def _without_sign(when: str) -> str:
    """12月3日，还有 2 天: not every font has the coloured sign before it."""
    return when.partition(" ")[2]


def _missing(work: Work, branch: Branch, term: Term) -> Iterator[tuple[str, str]]:
    """What 台账 has no number of: by month, of the months that are over, and of the whole term."""
    known = {
        (one.fact.kind, one.fact.period)
        for one in facts.recorded(work.session, branch_id=branch.id, term_id=term.id)
    }
    kinds = [kind for kind in term.table.facts.values() if kind.key not in COUNTED]
    this = f"{work.today:%Y-%m}"
    for month in months_of(term.starts, term.ends):
        lacks = [kind.title for kind in kinds if kind.monthly and (kind.key, month) not in known]
        if month < this and lacks:
            yield wording.month(month), "、".join(lacks)
    lacks = [kind.title for kind in kinds if not kind.monthly and (kind.key, "") not in known]
    if lacks:
        yield wording.month(""), "、".join(lacks)


def _measures(plan: Rectification, today: date) -> Iterator[tuple[str, str, str, str]]:
    """What a plan has still to be done, each with its post, day and how it stands."""
    if not plan.handed_in:
        yield f"{plan.term.name}的整改", "", "", "还没有提交"
    for one in plan.measures:
        if one.accepted:
            continue
        day = wording.day(one.due) if one.due else ""
        late = "已超期" if plan.accepted and one.late(today) else "在办"
        yield one.text, one.post, day, "已完成，等总支销号" if one.closed else late


def _result(term: Term, step: Step) -> tuple[str, str, str]:
    """A term, its total and its stars: 2025–2026学年第二学期 86.4 分 ★★★★☆ 四星."""
    return term.name, f"{plain(step.total)} 分", wording.stars(step.stars)
