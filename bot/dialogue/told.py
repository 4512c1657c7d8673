"""A number that is told with the name of what it is of, wherever it is typed: 11月党日 17/18, 满意度 17/18."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.actions import Action, Task, TypedFact, TypedReport, Which, wire
from bot.dialogue.branches import named_in
from bot.dialogue.naming import Asker, button_month, month_of, titled
from bot.dialogue.work import Work
from bot.message import Reply
from bot.store import sayings, terms
from bot.values import Branch, Owing
from bot.words.grammar import Told, called_so, told
from jobs.duties.answers import Unclear, read_answer
from scoring.numerals import halfwidth
from scoring.pattern import pattern
from scoring.refusal import Refused

Do = Callable[[Work, Action], Reply]
"""bot.dialogue.respond, which stands above this file."""

LISTED = 12  # tasks of which it is asked which one is meant


_DOUBTFUL = pattern(
    "上学期|上个学期|去年|前年|下学期|明[天年]|后天|下[周次]|下个?月|将|计划(?!18|17)|准备|打算|预计|提前|拟|没有?[开做交办]|不算|[吗么?]|几"
)
BARE_MOST = 20  # a larger number without its unit may be a day, an amount or a year


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a number with a name may be the answer to; `sure` when that is one task and nothing says otherwise."""

    rest: str
    places: tuple[Owing, ...]
    sure: bool
    own: Branch | None


def answer(asker: Asker, do: Do) -> Reply | None:
    """A number with the name of what it is of (11月党日 17/18) is the answer there; None when it is none.

    It is asked where several tasks, or another month than the one that is named, may be meant.
    """
    work = asker.work
    tells = told(asker.text, asker.called)
    if tells is None or (meant := _meant(asker, tells)) is None:
        return None
    if meant.places and meant.sure:
        return do(work, TypedReport(meant.places[0].id, meant.rest))
    if meant.places:
        number = sayings.add(
            work.session,
            me=work.me,
            text=meant.rest,
            places=_where(meant.places),
            heard=False,
            message=work.message,
        )
        return do(work, Which(number))
    if meant.own is None:
        return None
    term = terms.term(work.session, 0, meant.own.committee_id, work.today)
    known = [term.table.facts[kind] for kind in sorted(tells.facts) if kind in term.table.facts]
    if not known or (tells.month is not None and not known[0].monthly):
        return None
    period = button_month(term, month_of(tells.month, work.today)) if known[0].monthly else 0
    return do(work, TypedFact(meant.own.id, term.id, known[0].number, period, meant.rest))


def named(work: Work, text: str) -> tuple[str, list[tuple[str, str]], bool]:
    """What a text tells that begins with the name of a task (11月党日 17/18): the rest, each task it may mean, as the
    action that shows it, with its title, and whether that is surely the one."""
    tells = told(text, called_so({}))
    if tells is None or not tells.first:
        return text, [], False
    meant = _meant(Asker.of(work, text), tells)
    return (meant.rest, _where(meant.places), meant.sure) if meant else (text, [], False)


def _where(places: Sequence[Owing]) -> list[tuple[str, str]]:
    several = len({owed.branch_id for owed in places}) > 1
    return [
        (wire(Task(owed.id)), f"{titled(owed)} · {owed.branch}" if several else titled(owed))
        for owed in places[:LISTED]
    ]


def _meant(asker: Asker, tells: Told) -> _Meant | None:
    """The tasks of one's own branches that a number with a name can be the answer to; None when it is doubtful
    whether it tells anything of them: of another branch, time or kind."""
    mine = [asker.at] if asker.at else asker.mine
    rest = tells.rest
    mentions = named_in(asker.text, asker.every)
    if mentions:
        mine = [branch for branch in mine if any(mention.branches == (branch,) for mention in mentions)]
        for mention in mentions:
            rest = rest.replace(halfwidth(asker.text)[mention.start : mention.end], " ", 1).strip()
        if len(mine) != 1 or len(mentions) > 1:
            return None
    bare = rest.isdecimal()
    if not mine or _DOUBTFUL.search(halfwidth(asker.text)) or (bare and int(rest) > BARE_MOST):
        return None
    month = month_of(tells.month, asker.work.today)
    found = [owed for branch in mine for owed in asker.owed(branch, tells.duties, month, tells.time)]
    places = tuple(owed for owed in found if _reads(owed, rest) and not (bare and _asks_otherwise(owed)))
    if found and not places:
        return None
    exact = month is None or all(owed.period.startswith(f"{_period_near(owed, month)}") for owed in places)
    return _Meant(rest, places, len(places) == 1 and exact, mine[0] if len(mine) == 1 else None)


def _period_near(owed: Owing, month: int) -> str:
    """The month (1..12) nearest to an occurrence as its period would say it."""
    year = owed.due.year + (1 if month < owed.due.month - 6 else -1 if month > owed.due.month + 6 else 0)
    return f"{year}-{month:02d}"


def _asks_otherwise(owed: Owing) -> bool:
    """Whether the number that a task asks for is of something else than its name says: 党费 5."""
    duty = owed.behind
    titles = [kind.title for kind in duty.asks] if duty else []
    return duty is not None and not any(t in duty.title or duty.title in t for t in titles)


def _reads(owed: Owing, text: str) -> bool:
    """Whether a text is an answer to a task, perhaps one of several meanings."""
    duty = owed.behind
    if duty is None:
        return False
    try:
        read_answer(duty, text)
    except Unclear:
        return True
    except Refused:
        return False
    return True
