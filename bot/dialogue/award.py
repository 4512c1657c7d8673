"""评选优秀党支部: the year's table, one branch chosen with a reason, and what follows (regulation, part 二, 3)."""

import re
from collections.abc import Iterable
from datetime import datetime, time
from typing import assert_never

from bot.actions import (
    AwardCard,
    Awarded,
    Awarding,
    BudgetNote,
    BudgetSeenTo,
    ChooseWinner,
    GiveAward,
    TypedForAward,
    YearTable,
    wire,
)
from bot.dialogue import review
from bot.dialogue.work import NotUnderstood, Work
from bot.dialogue.written import written
from bot.message import Message, Reply
from bot.permissions import Rater, give_award, may_give_award, see_award, see_review
from bot.screens import award as screens
from bot.screens import wording
from bot.store import laying_out, notices, results, roll, seats, terms
from bot.store import review as store
from bot.values import Award, Term
from jobs.duties.calendar import year_name
from scoring import stars
from scoring.numerals import plain
from scoring.pattern import pattern
from scoring.refusal import Refused
from scoring.review import Shown
from scoring.year import YearRow, year

REASON_LEAST = 6  # characters; what is shorter is a word that means something elsewhere
_BUDGET = pattern(r"经费\s*[\s:：,，]\s*(.+)", re.DOTALL)
TOLD_AT = time(9)  # on the first day of a school year


def respond(work: Work, action: Awarding) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case YearTable(committee, number):
            return Reply(screens.table(_table(work, committee, number)))
        case ChooseWinner(committee, number, branch):
            return _choose(work, committee, number, branch)
        case AwardCard(award):
            return Reply(_card(work, award))
        case TypedForAward(award, text):
            return _typed(work, award, text)
        case GiveAward(award, revision):
            return _give(work, award, revision)
        case Awarded(award):
            found = store.award_by_id(work.session, award)
            see_award(work.me, found.committee_id)
            return Reply(_decided(work, found))
        case BudgetNote(award):
            return Reply(screens.budget(_of_committee(work, award)))
        case BudgetSeenTo(award):
            found = _of_committee(work, award)
            if found.noted_at is None:
                store.noted(work.session, me=work.me, found=found)
            return Reply(screens.budget(_of_committee(work, award)), toast="已记")
        case _:
            assert_never(action)


# --- the year's table ---------------------------------------------------------------------------------------------


def _table(work: Work, committee: int, number: int) -> screens.TableView:
    see_review(work.me, committee)
    every = terms.terms_of(work.session, [committee])
    number = review.which_year(work, every, number)
    of_year = review.terms_of_year(every, number)
    found = review.counting(store.of_year(work.session, committee_id=committee, year=number))
    came = review.outcome(work.session, found) if found is not None and found.state == "closed" else None
    numbers = [term.id for term in of_year]
    names = roll.in_terms(work.session, numbers)
    called = {branch: name for number in numbers for branch, name in names[number].items()}
    rated = results.in_terms(work.session, branch_ids=list(called), term_ids=numbers)
    worths = {
        (branch, term): stars.result(sheet)
        for term, found_in in rated.items()
        for (branch, rater), sheet in found_in.items()
        if rater is Rater.COMMITTEE and sheet.submitted
    }
    rows = [
        YearRow(
            branch,
            name,
            tuple(worths[branch, term].total if (branch, term) in worths else None for term in numbers),
        )
        for branch, name in sorted(called.items())
    ]
    table = of_year[-1].table if of_year else None
    return screens.TableView(
        committee=committee,
        year=number,
        terms=of_year,
        rows=year(rows, came.boxes if came else (), found.weights if found else {}, table) if table else (),
        stars={row.key: [_of_term(term, worths.get((row.key, term.id))) for term in of_year] for row in rows},
        review=found if came is not None else None,
        shown=came,
        award=store.award(work.session, committee_id=committee, year=number),
        hindrance=_hindrance(of_year, came, number),
        mine=work.me.own_branches,
    )


def _of_term(term: Term, worth: stars.StarResult | None) -> str:
    """第一学期 88.4 四星."""
    half = "第一学期" if term.dates.half == 1 else "第二学期"
    if worth is None or worth.total is None:
        return f"{half} 未评"
    return f"{half} {plain(worth.total)} {wording.star(worth.stars) if worth.stars else ''}".strip()


def _hindrance(of_year: Iterable[Term], came: Shown | None, number: int) -> str:
    """Why nobody can be chosen yet: 自评, 总支评价, 评议, then 评选."""
    if waits := next((term for term in of_year if not term.published), None):
        return f"{waits.name}的结果还没有公布。公布并评议以后，才能评选。"
    if came is None:
        return f"{year_name(number)}还没有评议。评议结束以后，才能评选优秀党支部。"
    return ""


# --- choosing -----------------------------------------------------------------------------------------------------


def _choose(work: Work, committee: int, number: int, branch_id: int) -> Reply:
    give_award(work.me, committee, branch_id)
    laying_out.hold_plan(work.session, committee_id=committee)
    view = _table(work, committee, number)
    if view.award is not None and view.award.decided_at is not None:
        return Reply(_decided(work, view.award), toast="已经评出了")
    if view.hindrance:
        raise Refused(view.hindrance)
    if branch_id not in view.on_ballot:
        raise Refused("这个支部没有参加这个学年的评议。请在学年总表里重新选择。")
    chosen = store.choose(work.session, me=work.me, committee_id=committee, year=number, branch_id=branch_id)
    return Reply(_draft(work, chosen), toast="还没有确认，请写理由")


def _of_committee(work: Work, number: int) -> Award:
    found = store.award_by_id(work.session, number)
    see_review(work.me, found.committee_id)
    if found.decided_at is None:
        raise Refused("优秀党支部还没有评出。请在「年度评议与评选」里查看。")
    return found


def _card(work: Work, number: int) -> Message:
    found = store.award_by_id(work.session, number)
    see_review(work.me, found.committee_id)
    return _draft(work, found) if found.decided_at is None else _decided(work, found)


def _decided(work: Work, found: Award) -> Message:
    if found.decided_at is None:
        raise Refused("优秀党支部还没有评出，评出以后会通知您。")
    return screens.decided(found, work.me.in_committee(found.committee_id))


def _standing(view: screens.TableView, found: Award) -> tuple[YearRow | None, list[str]]:
    """Where the chosen branch stands, and who stands there, too."""
    row = next((row for row in view.rows if row.key == found.branch.id), None)
    equals = [one.name for one in view.rows if row and row.shared and one.rank == row.rank and one is not row]
    return row, equals


def _draft(work: Work, found: Award) -> Message:
    row, equals = _standing(_table(work, found.committee_id, found.year), found)
    mine = may_give_award(work.me, found.committee_id, found.branch.id)
    return screens.card(found, row, equals, mine)


def _to_give(work: Work, number: int) -> Award:
    found = store.award_by_id(work.session, number)
    give_award(work.me, found.committee_id, found.branch.id)
    laying_out.hold_plan(work.session, committee_id=found.committee_id)  # nobody changes the review meanwhile
    found = store.award_by_id(work.session, number, to_write=True)
    give_award(work.me, found.committee_id, found.branch.id)
    return found


def _typed(work: Work, number: int, text: str) -> Reply:
    found = _to_give(work, number)
    if found.decided_at is not None:
        raise Refused("优秀党支部已经评出，不能再改。")
    said = written(text)
    about_budget = _BUDGET.fullmatch(said)
    note = about_budget is not None
    if about_budget:
        said = written(about_budget[1])
    elif len(said) < REASON_LEAST:
        raise NotUnderstood(
            text, f"理由请写完整，至少 {REASON_LEAST} 个字，例如：党日活动有特色，整改落实好。"
        )
    store.write(work.session, me=work.me, found=found, **{"note" if note else "reason": said})
    toast = "已记下经费提示" if note else "已记下理由，请核对后确认"
    return Reply(_card(work, number), toast=toast)


def _give(work: Work, number: int, revision: int) -> Reply:
    found = _to_give(work, number)
    if found.decided_at is not None:
        return Reply(_decided(work, found), toast="已经评出了")
    if not found.reason:
        raise Refused("还没有写理由，请先输入。")
    view = _table(work, found.committee_id, found.year)
    if view.hindrance:
        raise Refused(view.hindrance)
    if screens.seen(found, *_standing(view, found)) != revision:
        return Reply(_draft(work, found), toast="内容刚有改动，还没有确认，请再核对。")
    if found.branch.id not in view.on_ballot:
        raise Refused("这个支部没有参加这个学年的评议。请在学年总表里重新选择。")
    branches = [branch.id for branch in terms.branches_of(work.session, found.committee_id)]
    if not found.note:
        store.write(work.session, me=work.me, found=found, note=screens.NOTE)
    store.decide(work.session, me=work.me, found=found, branches=branches)
    review.settle(work, found.committee_id, found.year, "award")
    laying_out.lay_out_again(work.session, committee_id=found.committee_id)
    done = store.award_by_id(work.session, number)
    _announce(work, done)
    remind_of_budget(work, done.committee_id)
    return Reply(_decided(work, done), toast="已评出，并通知各支部")


def _announce(work: Work, found: Award) -> None:
    """Everybody in the committee and its branches hears it once."""
    people = {
        *seats.in_committee(work.session, found.committee_id),
        *(one for some in seats.in_branches(work.session, found.committee_id).values() for one in some),
    } - {work.me.person_id or 0}
    notices.tell(
        work.session,
        committee_id=found.committee_id,
        persons=sorted(people),
        key=f"aw:{found.id}",
        action=wire(Awarded(found.id)),
        said=f"{year_name(found.year)}优秀党支部：{found.branch.name}。",
        now=work.me.now,
    )


def remind_of_budget(work: Work, committee: int) -> None:
    """Once the school year after an award has a term, the committee hears on its first day what its budget is to do."""
    given = store.awards(work.session, committee)
    if not given or given[0].noted_at is not None:
        return
    found, every = given[0], terms.terms_of(work.session, [committee])
    first = next((t.starts for t in every if t.year == found.year + 1 and t.dates.half == 1), None)
    if first is None:
        return
    notices.tell(
        work.session,
        committee_id=committee,
        persons=seats.in_committee(work.session, committee),
        key=f"bn:{found.id}",
        action=wire(BudgetNote(found.id)),
        said=f"请在安排党建经费时考虑优秀党支部：{found.branch.name}。",
        now=max(datetime.combine(first, TOLD_AT, work.me.now.tzinfo), work.me.now),
    )
