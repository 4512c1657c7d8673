"""An invented committee to try everything on: four branches, three terms, a person for every role."""

from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.demo.rectified import CLOSED, UNDER_WAY, ago, carry_out
from bot.permissions import Me, Rater, Role
from bot.store import (
    chats,
    duties,
    facts,
    invitations,
    joining,
    publishing,
    rectifications,
    results,
    returns,
    sheets,
    terms,
)
from bot.store.database import Database, Session
from bot.values import Branch, Term
from jobs import earlier_results, reminders
from jobs.duties.answers import example, facts_of, in_words, read_answer
from jobs.duties.calendar import TermDates
from jobs.duties.catalogue import Duty, is_typed
from scoring.facts import Fact
from scoring.rectification import reasons
from scoring.rubric import Grade

EDITION = "jinsong_2017"
PERSONA = "demo-"  # how the web addresses of its people begin
CAMPUSES = ("常营主校区", "劲松校区", "双龙校区", "新源里校区")

# Last term, item by item (优 合 不): the self sheet and the committee's, so that stars and gaps differ.
_LAST = (
    ("优优优优合优优优优优优优优合优优优优优优优优优优", "优优优优合优优合优优优优优合优优优优优优优优合优"),
    ("优合优优合优合优优合优优合优合优优优优合优优合优", "优合优优合优合合优合优优合优合优合优优合优优合优"),
    ("合合优合合不合合合合优合合合合合合合优合合合不合", "合合合合合不合合合合优合合合合合合不优合合合不合"),
    ("优优合优合合优合优合优合优合合优合优优合合优合合", "优优合优合合优合优合优合优合合合合优优合合优合合"),
)
# This term: half-way, complete but not submitted, submitted, not begun.
_THIS = (
    "优优合优优合优优合优优优",
    "优合优优合优优合优优优合优优合优优合优优优合优优",
    "合优合优合合优合优合优合优合合优合优优合优合优合",
    "",
)
# What is reported where it is not what the 台账 gives as its example; and what no task asks for.
_REPORTED = {
    "satisfaction": "46/50",
    "low_rated_talked": "1/1",
    "talks": "3",
    "dues_late": "0",
    "development_delays": "0",
    "probation_delays": "0",
}
# What else happened, where the demo is not fresh: a term before, a weak side of 新源里, a sheet that came back changed,
# an objection and its amendment.
_BEFORE = (
    ("优优优优优优优合优优优优优合优优优优优优优合优优", "优优合优合优合合优合优优优合优合优优优优优合合优"),
    ("优合优优合优合合优合优合优优合优合优优优合优合优", "优合优合优合合合优合优合合优合合优合优优合优合合"),
    ("合合合合合合合合合合合合优合合合合合合优合合合合", "合合合合合合不合合合不合合合合合合合合合合合不合"),
    ("优合优优合优合优合优合优合优合合合优合优合优合合", "优合合优合合合优合优合优合合合合合优合优合优合合"),
)
_WEAK = "优优合优合合不合优合优合优合合合合优优合合优合合"
_PUBLISHED = 273, 5  # days ago; the last, so that an objection can still be tried
_RETURNED = 12, "没有党员个人总结，请核对后改。"
_AMENDED = 18, "复核了报送记录，篇数够。"
_OBJECTED = "第18项：本学期信息报送的篇数够，有报送记录，请复核。"
_ANSWERED = "已复核，记录齐全，第18项更正为合格。"
_EVALUATED = "优合优优合优合优合优优合合优合优优合合优优优合优"
_TYPED = (Fact("petitions", 0), Fact("unfinished", 0))


def build(database: Database, now: datetime, *, fresh: bool = False) -> None:
    """Fill an empty database with the demo; one that another process has just filled is left alone.

    `fresh`: before the committee began to evaluate this term, before anybody answered what was published, and without
    the term before that.
    """
    with database.alone() as session:
        if terms.committees(session):
            return
        committee_id = terms.add_committee(session, name="示范职业高中党总支", edition=EDITION, demo=True)
        *before, last, this = _terms(session, committee_id, now, fresh=fresh)
        branches = [
            Branch(
                terms.add_branch(session, committee_id=committee_id, name=f"{campus}党支部", campus=campus),
                committee_id,
                f"{campus}党支部",
            )
            for campus in CAMPUSES
        ]
        reminders.lay_out(session, committee_id, now.date())
        admin = _join(session, now, 0, "管理员", committee_id, None, Role.ADMINISTRATOR)
        member = _join(session, now, 1, "总支委员甲", committee_id, None, Role.MEMBER)
        other = _join(session, now, 2, "总支委员乙", committee_id, None, Role.MEMBER)
        secretaries = [
            _join(session, now, 3 + n, f"{branch.name[:-3]}书记", committee_id, branch.id, Role.SECRETARY)
            for n, branch in enumerate(branches)
        ]
        _join(session, now, 7, f"{branches[0].name[:-3]}支委", committee_id, branches[0].id, Role.OFFICER)
        for term in before:
            _year_before(session, now, admin, member, secretaries, branches, term)
        over = (now.date() - last.closes).days
        for branch, secretary, (own, rated), begun in zip(branches, secretaries, _LAST, _THIS, strict=True):
            if branch is branches[2] and not fresh:
                _submit_twice(session, secretary, member, branch, last, own)
            else:
                _sheet(session, ago(secretary, over), branch, last, Rater.SELF, own, submitted=True)
            found = _WEAK if branch is branches[3] and not fresh else rated
            _sheet(session, ago(member, over - 10), branch, last, Rater.COMMITTEE, found, submitted=True)
            if begun:
                _sheet(session, secretary, branch, this, Rater.SELF, begun, submitted=branch is branches[2])
                facts.record(session, me=secretary, branch=branch, term=this, facts=_TYPED)
                _keep_up(session, secretary, branch, this)
        earlier_results.need_none(session, now)
        since = _PUBLISHED[1]
        terms.publish(session, me=admin if fresh else ago(admin, since), term=last)
        if not fresh:
            _owe_plans(session, ago(admin, since), branches, last)
            reminders.lay_out(session, committee_id, now.date() - timedelta(days=since))
            carry_out(session, secretaries[3], member, branches[3], last, UNDER_WAY, since - 1)
            for branch, secretary in zip(branches[1:3], secretaries[1:3], strict=True):
                _hand_in(session, ago(secretary, 2), branch, this)
            _object(session, secretaries[2], other, branches, last)
            _sheet(session, ago(member, 1), branches[1], this, Rater.COMMITTEE, _EVALUATED, submitted=True)


def _year_before(
    session: Session,
    now: datetime,
    admin: Me,
    member: Me,
    secretaries: list[Me],
    branches: list[Branch],
    term: Term,
) -> None:
    """A term that is over: marked, published, and what 双龙 owed for it is done."""
    over, since = (now.date() - term.closes).days, _PUBLISHED[0]
    for branch, secretary, (own, rated) in zip(branches, secretaries, _BEFORE, strict=True):
        _sheet(session, ago(secretary, over), branch, term, Rater.SELF, own, submitted=True)
        _sheet(session, ago(member, over - 10), branch, term, Rater.COMMITTEE, rated, submitted=True)
    terms.publish(session, me=ago(admin, since), term=term)
    _owe_plans(session, ago(admin, since), branches, term)
    carry_out(session, secretaries[2], member, branches[2], term, CLOSED, since - 5)


def _submit_twice(session: Session, secretary: Me, member: Me, branch: Branch, term: Term, own: str) -> None:
    """A self sheet that the committee returned in one item, and that came back as it is now."""
    item, why = _RETURNED
    days = (secretary.now.date() - term.closes).days
    before = f"{own[: item - 1]}优{own[item:]}"
    number = _sheet(session, ago(secretary, days), branch, term, Rater.SELF, before, submitted=True)
    member, secretary = ago(member, days - 1), ago(secretary, days - 2)
    returns.propose(session, me=member, sheet_id=number, item=item, reason=why)
    returns.give(session, me=member, file=sheets.open_file(session, number), reasons={item: why})
    file = sheets.open_file(session, number)
    after = file.sheet.graded(item, Grade.read(own[item - 1]) or Grade.FAILED)
    sheets.submit(session, me=secretary, file=sheets.save(session, me=secretary, file=file, after=after))


def _owe_plans(session: Session, admin: Me, branches: list[Branch], term: Term) -> None:
    """整改 by those whose published result asks for it."""
    found = results.of_committee(session, term_id=term.id, committee_id=term.committee_id)
    published = terms.any_term(session, term.id)
    for branch in branches:
        why, on = reasons(found[branch.id, Rater.COMMITTEE]), admin.now.date()
        rectifications.owe(session, me=admin, branch=branch, term=published, why=why, on=on)


def _object(session: Session, secretary: Me, other: Me, branches: list[Branch], term: Term) -> None:
    """An objection to what was published, the amendment that follows, and the answer, by who did not evaluate."""
    branch, (item, why) = branches[2], _AMENDED
    me = ago(secretary, 1, time(9, 10))
    number = publishing.draft_objection(session, me=me, branch=branch, term=term, text=_OBJECTED)
    publishing.send_objection(session, me=me, found=publishing.objection(session, number))
    me = ago(other, 1, time(15, 20))
    rated = sheets.find(session, branch_id=branch.id, term_id=term.id, rater=Rater.COMMITTEE) or 0
    file = sheets.open_file(session, rated)
    after = file.sheet.amended(item, file.sheet.edition.points(item, Grade.PASSED), why)
    drafted = publishing.draft_amendment(
        session, me=me, file=file, item=item, mark=after.marks[item], reason=why
    )
    found, every = publishing.amendment(session, drafted), [one.id for one in branches]
    publishing.amend(session, me=me, file=file, found=found, after=after, branches=every)
    publishing.draft_answer(session, me=me, found=publishing.objection(session, number), text=_ANSWERED)
    publishing.send_answer(session, me=me, found=publishing.objection(session, number))


def _hand_in(session: Session, secretary: Me, branch: Branch, term: Term) -> None:
    """A complete self sheet is submitted, if it is not yet, and asked for no more."""
    number = sheets.find(session, branch_id=branch.id, term_id=term.id, rater=Rater.SELF) or 0
    file = sheets.open_file(session, number)
    if not file.sheet.submitted:
        sheets.submit(session, me=secretary, file=file)
    duties.close_duty(session, me=secretary, branch_id=branch.id, term_id=term.id, duty="self_sheet")


def _keep_up(session: Session, me: Me, branch: Branch, term: Term) -> None:
    """What fell due until last week was reported on its day; the branch that has not begun is behind with all."""
    until = me.now.date() - timedelta(days=7)
    due = [o for o in duties.of_branch(session, branch_id=branch.id, term_id=term.id) if o.due < until]
    for n, owed in enumerate(due):
        duty = owed.behind
        if duty is None or not is_typed(duty):
            continue
        then = replace(me, now=datetime.combine(owed.due, time(16, 30), me.now.tzinfo))
        understood = read_answer(duty, _answer(duty, n))
        said = in_words(duty, understood) if duty.asks and duty.closes != "file" else ""
        duties.put_answer(session, me=then, owed=owed, said=said, done=True)
        facts.report(session, owed=owed, facts=facts_of(duty, understood, owed.period))


def _answer(duty: Duty, n: int) -> str:
    """What a branch that keeps up reports."""
    attended = f"{16 + n % 3}/18"
    if duty.closes == "party_day":
        return f"{attended} 参观红色教育基地{' 志愿' if n % 2 else ''}"
    if duty.things:
        return "都有"
    if duty.closes in ("tick", "file", "numbers"):
        return example(duty)
    reported = {"attendance": attended, **_REPORTED}
    return " ".join(reported.get(kind.key, kind.example) for kind in duty.asks)


def _terms(session: Session, committee_id: int, now: datetime, *, fresh: bool) -> list[Term]:
    """Last term and this one, laid around today so that self-evaluation is open whenever the demo is tried, and, where
    it is not fresh, the one before."""
    today = now.date()
    year, first = (today.year, True) if today.month >= 8 else (today.year - 1, today.month == 1)
    names = [
        f"{year - 1}–{year}学年第一学期",
        f"{year - 1}–{year}学年第二学期",
        f"{year}–{year + 1}学年第一学期",
        f"{year}–{year + 1}学年第二学期",
    ]
    made, spans = [], list(zip(names[:3] if first else names[1:], (-281, -130, 21), strict=True))
    for name, ends in spans[1:] if fresh else spans:
        end = today + timedelta(days=ends)
        window = end - timedelta(days=28), end - timedelta(days=14)
        dates = TermDates(name, end - timedelta(days=107), end, window)
        made.append(terms.add_term(session, committee_id=committee_id, dates=dates, edition=EDITION))
    return made


def _join(
    session: Session, now: datetime, n: int, name: str, committee_id: int, branch_id: int | None, role: Role
) -> Me:
    """A persona joins as everybody does: by an invitation."""
    made = invitations.invite(
        session, me=Me(0, "", now), committee_id=committee_id, branch_id=branch_id, role=role, uses=1
    )
    me = chats.chat_at(session, channel="web", external=f"{PERSONA}{n}", now=now).me
    joining.join(session, me=me, text=made.code, name=name)
    return chats.chat_of(session, me)


def _sheet(
    session: Session, me: Me, branch: Branch, term: Term, rater: Rater, grades: str, *, submitted: bool
) -> int:
    sheet_id = sheets.begin(session, branch_id=branch.id, term=term, rater=rater)
    file = sheets.open_file(session, sheet_id)
    after = file.sheet
    for number, word in enumerate(grades, start=1):
        after = after.graded(number, Grade.read(word) or Grade.FAILED)
    file = sheets.save(session, me=me, file=file, after=after)
    if submitted:
        sheets.submit(session, me=me, file=file)
    return sheet_id


def personas(database: Database) -> list[tuple[str, str, str]]:
    """The demo's people as (web address, name, seats). Empty when the database is not a demo's."""
    with database.read() as session:
        if not all(demo for _, _, demo in terms.committees(session)):
            return []
        return chats.at_addresses(session, channel="web", prefix=PERSONA)


def bind(database: Database, now: datetime, persona: str, channel: str) -> None:
    """Let a persona be known at the same address of another channel, as by a code."""
    with database.write() as session:
        person = chats.chat_at(session, channel="web", external=persona, now=now, create=False).me.person_id
        there = chats.chat_at(session, channel=channel, external=persona, now=now).me
        if person is not None and there.person_id is None:
            chats.belongs(session, address_id=there.address_id, person_id=person)
