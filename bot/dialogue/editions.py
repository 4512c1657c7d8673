"""评价表: what is in force, a table that is sent or follows from 试算, and from which term on it holds."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import assert_never

from bot.actions import (
    Adopt,
    AdoptTrial,
    AskAdopt,
    DropEdition,
    EditionCard,
    EditionFile,
    Editions,
    EditionTerms,
    Revising,
    SentEdition,
    TypedEditionReason,
    fingerprint,
)
from bot.dialogue.work import Work
from bot.dialogue.written import written
from bot.message import Attachment, Made, Message, Reply
from bot.paper import desk, form_xlsx, sent_edition
from bot.paper.form import Form
from bot.paper.texts import file_name
from bot.permissions import Rater, arrange
from bot.screens import editions as screens
from bot.store import editions as store
from bot.store import laying_out, terms
from bot.values import Beginning, Branch, KeptEdition, Term
from jobs.duties.catalogue import duties_under
from scoring import edition_text
from scoring.comparison import differences
from scoring.refusal import EditionRefused, Refused
from scoring.rubric import Edition, read_edition
from scoring.sheet import Sheet
from scoring.trial import adopted, rule_of

SAME = "和现在用的评价表没有不同，没有要改的。请核对是不是发错了文件。"
LONGEST = 160  # characters of a sentence that names what is wrong with a file
_MIMES = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/toml")


def respond(work: Work, action: Revising) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Editions(committee):
            return Reply(_list(work, committee))
        case SentEdition(committee, upload):
            return _sent(work, committee, upload.data)
        case EditionCard(number, page):
            return Reply(_card(work, _kept(work, number), page))
        case EditionTerms(number):
            kept = _kept(work, number)
            return Reply(screens.from_when(kept, _beginnings(work, kept), work.me.now))
        case AskAdopt(number, term):
            return Reply(_ask(work, _kept(work, number), term))
        case TypedEditionReason(number, term, text):
            kept = _kept(work, number, to_write=True)
            _beginning(term, _beginnings(work, kept))
            store.explain(work.session, kept, written(text))
            return Reply(_ask(work, _kept(work, number), term), toast="还没有起用，请核对")
        case Adopt():
            return _adopt(work, action)
        case DropEdition(number):
            kept = _kept(work, number, to_write=True)
            store.drop(work.session, kept)
            return Reply(_list(work, kept.committee_id), toast="已删除，没有起用")
        case EditionFile():
            return Reply(_file(work, action))
        case AdoptTrial(committee):
            return _of_trial(work, committee, action)
        case _:
            assert_never(action)


def _kept(work: Work, number: int, *, to_write: bool = False) -> KeptEdition:
    kept = store.one(work.session, number, to_write=to_write)
    arrange(work.me, kept.committee_id)
    return kept


def _terms(work: Work, committee_id: int) -> tuple[Term, ...]:
    """All terms of a committee, the newest first. Raises Refused for others."""
    arrange(work.me, committee_id)
    return terms.terms_of(work.session, [committee_id])


def _today(work: Work, committee_id: int, every: Sequence[Term]) -> Edition:
    """The table of the current term or, before there is one, that of new terms."""
    if not every:
        return read_edition(terms.edition_of(work.session, committee_id))
    return terms.current(every, committee_id, work.today).table


def _list(work: Work, committee_id: int) -> Message:
    every = _terms(work, committee_id)
    view = screens.EditionsView(
        committee_id=committee_id,
        today=_today(work, committee_id, every),
        terms=[term for term in every if term.ends >= work.today] or every[:1],
        later=terms.edition_of(work.session, committee_id),
        kept=store.of_committee(work.session, committee_id),
        now=work.me.now,
    )
    return screens.editions(view)


# --- a new one ----------------------------------------------------------------------------------------------------


def _sent(work: Work, committee_id: int, data: bytes) -> Reply:
    today = _today(work, committee_id, _terms(work, committee_id))
    try:
        return _proposed(work, committee_id, today, sent_edition.read(data, today))
    except EditionRefused as wrong:
        why = str(wrong)
        raise Refused(why if len(why) <= LONGEST else f"{why[:LONGEST]}…") from None


def _proposed(work: Work, committee_id: int, today: Edition, table: Edition) -> Reply:
    """A draft of a table, if it is sound, differs from today's, and has a place for everything that is owed."""
    own, text = edition_text.own(table)
    try:
        duties_under(own)
    except Refused as wrong:
        raise Refused(f"和任务目录不配套：{wrong}请在评价表里改正。") from None
    if not differences(today, own):
        return Reply(_list(work, committee_id), toast=SAME, stays=True)
    number = store.propose(work.session, me=work.me, committee_id=committee_id, table=own, text=text)
    kept = store.one(work.session, number)
    toast = "已核对，还没有起用" if kept.draft else "这一版以前用过，没有重复保存"
    return Reply(_card(work, kept, 0), toast=toast)


def _of_trial(work: Work, committee_id: int, rules: AdoptTrial) -> Reply:
    today = _today(work, committee_id, _terms(work, committee_id))
    codes = (rules.first, rules.second, rules.third, rules.fourth)
    table = adopted(today, [rule_of(code, today) for code in codes if code])
    return _proposed(work, committee_id, today, table)


def _card(work: Work, kept: KeptEdition, page: int) -> Message:
    today = _today(work, kept.committee_id, _terms(work, kept.committee_id))
    table = kept.table
    was, now = duties_under(today), duties_under(table)
    view = screens.CardView(
        kept=kept,
        changes=differences(today, table),
        duties=[duty.title for key, duty in was.items() if duty.source != now[key].source],
        adopted=store.adopted(work.session, kept.committee_id).get(kept.id),
        now=work.me.now,
    )
    return screens.card(view, page)


# --- from when on -------------------------------------------------------------------------------------------------


def _beginnings(work: Work, kept: KeptEdition, *, to_write: bool = False) -> tuple[Beginning, ...]:
    every = _terms(work, kept.committee_id)
    return store.beginnings(work.session, kept, every, work.today, to_write=to_write)


def _beginning(term_id: int, every: Sequence[Beginning]) -> Beginning:
    """The one that is chosen. Raises Refused where the edition may not be in force from it."""
    found = next((one for one in every if one.number == term_id), None)
    if found is None:
        raise Refused("这个学期已经结束或已删除。请重新选择从哪个学期起用。")
    if found.why:
        raise Refused(f"不能从{found.name}起用：{found.why}。请选别的学期。")
    return found


def _ask(work: Work, kept: KeptEdition, term_id: int) -> Message:
    over_terms = _terms(work, kept.committee_id)
    every = store.beginnings(work.session, kept, over_terms, work.today)
    since = _beginning(term_id, every)
    changes = differences(_today(work, kept.committee_id, over_terms), kept.table)
    return screens.ask_adopt(kept, since, _others(since, every), changes, revision(kept, since, every))


def _others(since: Beginning, every: Sequence[Beginning]) -> list[Beginning]:
    """The later terms, which follow it or keep their own."""
    return [one for one in every if one.term and since.term and one.term.starts > since.term.starts]


def revision(kept: KeptEdition, since: Beginning, every: Sequence[Beginning]) -> int:
    """What was seen: the edition, from when on, why, and what every term would come to."""
    seen = [kept.key, since.number, kept.reason, *((one.number, one.edition, one.why) for one in every)]
    return fingerprint(repr(seen))


def _adopt(work: Work, action: Adopt) -> Reply:
    kept = _kept(work, action.edition)
    laying_out.hold_plan(work.session, committee_id=kept.committee_id)
    kept = _kept(work, action.edition, to_write=True)
    every = _beginnings(work, kept, to_write=True)
    since = _beginning(action.term, every)
    if not kept.reason:
        raise Refused("还没有写理由，请先输入。")
    if revision(kept, since, every) != action.revision:
        return Reply(_ask(work, kept, action.term), toast="刚有改动，还没有起用，请再核对。")
    store.adopt(work.session, me=work.me, kept=kept, since=since, every=every)
    return Reply(_list(work, kept.committee_id), toast=f"已起用：{since.name}起按这一版")


# --- today's as a file --------------------------------------------------------------------------------------------


def _file(work: Work, asked: EditionFile) -> Message:
    if asked.kind >= len(screens.KINDS):
        raise Refused("没有这种文件，请选择 Excel 或 TOML。")
    table = _today(work, asked.committee, _terms(work, asked.committee))
    if asked.edition:
        kept = _kept(work, asked.edition)
        if kept.committee_id != asked.committee:
            raise Refused(store.GONE)
        table = kept.table
    ending = screens.ENDINGS[asked.kind]
    make = (_workbook(work, asked.committee, table), partial(str.encode, edition_text.written(table)))[
        asked.kind
    ]
    made = Made(f"{ending} {table.key}", make)
    name = file_name(table.name, "评价表", ending=ending)
    return screens.file(asked, table, Attachment(name, _MIMES[asked.kind], made))


def _workbook(work: Work, committee_id: int, table: Edition) -> Callable[[], bytes]:
    """The official form, of no branch and with nothing filled in."""
    term = Term(0, committee_id, "", work.today, work.today, work.today, work.today, False, table.key)
    form = Form(
        branch=Branch(0, committee_id, ""), term=term, sheets={Rater.SELF: Sheet(table)}, made=work.me.now
    )
    return partial(desk.made, partial(form_xlsx.workbook, form))
