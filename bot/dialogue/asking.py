"""What a typed text means that no screen asked for: its words (bot/words), and what they name in the database."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from bot.actions import (
    Action,
    Arrange,
    AskSubmit,
    Assign,
    CalendarLink,
    Card,
    Chase,
    ChaseTask,
    Contents,
    Devices,
    DutyCard,
    DutyList,
    EnterCode,
    Evidence,
    FactCard,
    Feedback,
    Finished,
    Help,
    Home,
    Inbox,
    InviteMenu,
    Ledger,
    Note,
    OpenInvitations,
    OpenSheet,
    Overview,
    Preferences,
    Privacy,
    ProposeTerm,
    Rename,
    Result,
    Seats,
    Standings,
    Task,
    TermList,
    Todo,
    TypedAssignment,
    TypedFact,
    TypedOnCard,
    TypedReport,
    Undelivered,
    WayUp,
    Which,
    WhyItem,
    WhyTotal,
    WorkingDays,
    wire,
)
from bot.dialogue.drafting import reads_as_task
from bot.dialogue.work import Courtesy, NotUnderstood, Work
from bot.message import Button, Reply
from bot.permissions import Rater, Role, may_see_branch
from bot.screens import asking as screens
from bot.screens.duties import title
from bot.screens.standings import star_limits
from bot.store import duties, sayings, sheets, terms
from bot.values import Branch, Owing, SheetFile, Term
from bot.words.grammar import Called, Phrase, Told, Understood, called_so, nearest, told, understand
from bot.words.names import ordinal
from jobs.duties.answers import Unclear, read_answer
from jobs.duties.catalogue import read_duties
from scoring.line import is_only_line, looks_like_line
from scoring.numerals import quoted
from scoring.refusal import Refused

Do = Callable[[Work, Action], Reply]
"""bot.dialogue.respond, which stands above this file."""

LISTED = 12  # buttons of a question which one is meant
OFFERED = 3
_GRADED = re.compile("[0-9].*[优合]|[优合].*[0-9]")  # a line of marks: 6优 7合
ADVICE = "可以点下面的按钮，或输入「帮助」。"

_OTHERS = {
    "branch": "这是支部书记和支委的事。您可以输入「排名」，或输入支部名称看它的结果。",
    "committee": "各支部的情况由党总支查看。本支部的，请输入「待办」或「结果」。",
    "administrator": "这是管理员的事。需要调整的，请用「提意见」告诉管理员。",
}
_PLAIN: dict[str, Action] = {
    "home": Home(),
    "help": Help(),
    "privacy": Privacy(),
    "feedback": Feedback(),
    "seats": Seats(),
    "rename": Rename(),
    "devices": Devices(),
    "code": EnterCode(),
    "clock": Preferences(),
    "calendar": CalendarLink(),
}


def roles_of(work: Work) -> frozenset[str]:
    """Whose words somebody's are, by the seats they hold."""
    found = set()
    for seat in work.me.seats:
        if seat.role.of_branch:
            found |= {"branch"}
        elif seat.role is not Role.REVIEWER:
            found |= {"committee"}
        if seat.role is Role.ADMINISTRATOR:
            found |= {"administrator"}
    return frozenset(found)


def answer(work: Work, text: str, do: Do, *, whole: bool = False) -> Reply:
    """Do what a text asks that no screen understood. Raises Refused, and NotUnderstood where it means nothing.

    `whole`: each word must be known.
    """
    asker = _Asker.of(work, text)
    reply = (
        asker.told(do)
        or asker.names(do, only=True)
        or asker.asked(do, whole=True)
        or asker.assigns(do)
        or (None if whole else asker.asked(do, whole=False))
        or asker.line(do)
    )
    if reply is None:
        raise NotUnderstood(text, ADVICE)
    return reply


def named(work: Work, text: str) -> tuple[str, list[tuple[str, str]]]:
    """What a text tells that begins with the name of a task (11月党日 17/18): the rest, and each task it may mean,
    as the action that shows it, with its title."""
    asker = _Asker.of(work, text)
    own, tells = asker.own, told(text, asker.called)
    if own is None or tells is None or not tells.first:
        return text, []
    return tells.rest, [(wire(Task(owed.id)), _titled(owed)) for owed in asker.places(own, tells)]


def near(work: Work, text: str) -> list[Button]:
    """What an unclear text may have meant, at most three buttons that only show something."""
    asker = _Asker.of(work, "")
    buttons: dict[Action, Button] = {}
    for example, phrase in nearest(text, asker.roles):
        try:
            action = asker.shows(phrase, understand(example, asker.called, asker.roles))
        except Refused:
            continue
        if action is not None:
            buttons.setdefault(action, Button(example, action))
        if len(buttons) == OFFERED:
            break
    return list(buttons.values())


@dataclass(frozen=True, slots=True)
class _Asker:
    """Who types what, and the branches that can be named by it."""

    work: Work
    text: str
    roles: frozenset[str]
    named: dict[int, tuple[Branch, str]]
    called: Called

    @classmethod
    def of(cls, work: Work, text: str) -> "_Asker":
        committees = sorted({seat.committee_id for seat in work.me.seats})
        found = terms.branches_and_campuses(work.session, committees) if text else ()
        named = {branch.id: (branch, campus) for branch, campus in found}
        names = {number: (branch.name, campus) for number, (branch, campus) in named.items()}
        return cls(work, text, roles_of(work), named, called_so(names))

    # --- numbers that are told ----------------------------------------------------------------------------------

    def told(self, do: Do) -> Reply | None:
        """A number with the name of what it is of (11月党日 17/18) is the answer there; None when it is none."""
        work, own = self.work, self.own
        tells = told(self.text, self.called) if own else None
        if own is None or tells is None:
            return None
        places = self.places(own, tells)
        if len(places) > 1:
            where = [(wire(Task(owed.id)), _titled(owed)) for owed in places[:LISTED]]
            number = sayings.add(
                work.session, me=work.me, text=tells.rest, places=where, heard=False, message=work.message
            )
            return do(work, Which(number))
        if places:
            return do(work, TypedReport(places[0].id, tells.rest))
        term = terms.term(work.session, 0, own.committee_id, work.today)
        known = [term.table.facts[kind] for kind in sorted(tells.facts) if kind in term.table.facts]
        if not known:
            return None
        period = _month_of(term, _month(tells.month, work.today)) if known[0].monthly else 0
        return do(work, TypedFact(own.id, term.id, known[0].number, period, tells.rest))

    def places(self, own: Branch, tells: Told) -> list[Owing]:
        """The tasks of a branch that a number with a name can be the answer to."""
        month = _month(tells.month, self.work.today)
        return [owed for owed in self._owed(own, tells.duties, month) if _reads(owed, tells.rest)]

    def assigns(self, do: Do) -> Reply | None:
        """A task for branches, which is shown before it is given; None when the text reads as none."""
        branches = [branch for branch, _ in self.named.values()]
        if not reads_as_task(self.text, branches):
            return None
        return do(self.work, TypedAssignment(self._committee(None), self.text))

    def line(self, do: Do) -> Reply | None:
        """A line of marks, which is shown before it is saved; None when it is none."""
        own = self.own
        if own is None or not _GRADED.search(self.text):
            return None
        term = terms.term(self.work.session, 0, own.committee_id, self.work.today)
        if not (looks_like_line(self.text, term.table) and is_only_line(self.text)):
            return None
        return do(self.work, TypedOnCard(self._sheet(own, term, do), 0, self.text))

    # --- what is asked ------------------------------------------------------------------------------------------

    def asked(self, do: Do, *, whole: bool) -> Reply | None:
        """What the words of the text ask for; None when they ask for nothing."""
        heard = understand(self.text, self.called, self.roles, whole=whole)
        if heard is None:
            return self.names(do)
        phrase = heard.phrases[0]
        if phrase.means in ("thanks", "nod"):
            raise Courtesy("不客气！需要时随时输入「首页」。" if phrase.means == "thanks" else "好的。")
        if phrase.means == "lines":
            raise Courtesy(self._lines())
        if phrase.means == "missing":
            raise Refused(f"{phrase.label}现在还不能在这里办，以后会有。能办的事，请输入「帮助」查看。")
        named = [branch for branch in self._branches(heard) if self._sees(branch)]
        if phrase.who and phrase.who not in self.roles:
            raise Refused(_OTHERS[phrase.who])
        if len(named) > 1 or (named and self._assumed(heard)):
            ways = [
                Button(branch.name, action)
                for branch in named[:LISTED]
                if (action := self.shows(phrase, heard, branch)) is not None
            ]
            return Reply(screens.which("请选择支部", f"您说的「{self.text.strip()}」是哪个支部？", ways))
        branch = named[0] if named else None
        action = self.shows(phrase, heard, branch)
        if action is not None:
            return do(self.work, action)
        return self._does(phrase, heard, branch, do)

    def names(self, do: Do, *, only: bool = False) -> Reply | None:
        """The branch in whose name the text stands; several (校区) are offered, unless one alone is wanted."""
        part = self.text.strip()
        found = [
            branch
            for branch, campus in self.named.values()
            if len(part) > 1
            and (part in branch.name or part in campus)
            and may_see_branch(self.work.me, branch.committee_id, branch.id)
        ]
        if len(found) == 1:
            return do(self.work, Result(found[0].id, 0))
        if only or not found:
            return None
        ways = [Button(branch.name, Result(branch.id, 0)) for branch in found[:LISTED]]
        return Reply(screens.which("请选择支部", f"有 {len(found)} 个支部符合。", ways))

    def shows(self, phrase: Phrase, heard: Understood | None, branch: Branch | None = None) -> Action | None:
        """The action by which a phrase shows what it asks for; None where that has to be looked up. Raises Refused."""
        means = phrase.means
        if means in _PLAIN:
            return _PLAIN[means]
        own = self.own
        at = branch or own
        committee = self._committee(branch)
        match means:
            case "fill" | "result" | "way up" | "why total" | "ledger" | "todo" | "finished" if (
                phrase.who == "branch" and at is not None
            ):
                return self._of_branch(means, at, self._term(heard, at.committee_id))
            case "result" | "way up" | "why total" | "ledger" | "branch todo" | "self sheet" if branch:
                return self._of_branch(means, branch, self._term(heard, branch.committee_id))
            case "remind" if branch:
                return Todo(branch.id)
            case "standings":
                return Standings(self._term(heard, committee))
            case "evaluate" if branch:
                return OpenSheet(branch.id, self._term(heard, committee), int(Rater.COMMITTEE))
            case "chase":
                return Chase(committee)
            case "assign":
                return Assign(committee)
            case "undelivered":
                return Undelivered(committee)
            case "inbox":
                return Inbox(committee)
            case "arrange":
                return Arrange(committee)
            case "duty list":
                return DutyList(committee, 0)
            case "terms":
                return TermList(committee)
            case "new term":
                return ProposeTerm(committee)
            case "days":
                return WorkingDays(committee)
            case "duty card" if heard:
                return self._duty_card(heard, committee)
            case "handover" if "administrator" in self.roles and branch:
                return InviteMenu(committee, branch.id)
            case "handover":
                return Seats()
            case "invite":
                return self._invites(branch)
            case "unused":
                return OpenInvitations(
                    committee, 0 if "administrator" in self.roles else own.id if own else 0, 0
                )
        return None

    def _of_branch(self, means: str, branch: Branch, term: int) -> Action | None:
        match means:
            case "fill" | "self sheet":
                return OpenSheet(branch.id, term, int(Rater.SELF))
            case "result":
                return Result(branch.id, term)
            case "way up":
                return WayUp(branch.id, term)
            case "why total":
                return WhyTotal(branch.id, term)
            case "ledger":
                return Ledger(branch.id, term)
            case "finished":
                return Finished(branch.id)
        return Todo(branch.id)

    def _does(self, phrase: Phrase, heard: Understood, branch: Branch | None, do: Do) -> Reply:
        """What has to be looked up first: an item of a sheet, an occurrence of a duty. Raises Refused."""
        own = self.own
        at = branch or own
        match phrase.means:
            case (
                "overview"
                | "contents"
                | "submit"
                | "undo"
                | "item"
                | "mark"
                | "note"
                | "evidence"
                | "why item"
            ) if own:
                return self._on_sheet(phrase.means, own, heard, do)
            case "item of branch" | "mark of branch" if branch:
                return self._item_of_branch(branch, heard, do)
            case "undo":
                raise Refused("要撤销哪一步？请先打开那一项，再点「撤销」。")
            case "whose photos" if branch:
                raise Refused(
                    f"照片附在各项里，请写上项号，例如：{branch.name.removesuffix('党支部')}第5项照片。"
                )
            case "whose item":
                item = heard.slot("item")
                raise Refused(f"要看哪个支部的？请写在一起，例如：{self._such()}第{item}项。")
            case "files":
                raise Refused("请先打开要附材料的那一项，例如输入 第5项，再发照片或文件。")
            case "lacking" if at:
                ways = [
                    Button("差多少分", WayUp(at.id, 0)),
                    Button("还有哪些工作没做", Todo(at.id)),
                    Button("自评还没填的", OpenSheet(at.id, 0, int(Rater.SELF))),
                ]
                return Reply(screens.which("还差什么", "您想看哪一样？", ways))
            case "duty" if own:
                return self._task(own, heard, do)
            case "duty of branch" if branch:
                return self._task(branch, heard, do)
            case "fact" if own:
                return self._fact(own, heard, do)
            case "unsubmitted":
                return self._unsubmitted(heard, do)
            case "chase duty":
                return self._who_owes(heard, do)
            case "evaluate" | "submit":
                return self._which_branch(do)
        raise NotUnderstood(self.text, ADVICE)

    # --- a sheet ------------------------------------------------------------------------------------------------

    def _sheet(self, branch: Branch, term: Term, do: Do) -> int:
        """The number of a branch's own sheet, which is begun if it is not yet. Raises Refused."""
        found = sheets.find(self.work.session, branch_id=branch.id, term_id=term.id, rater=Rater.SELF)
        if found is None:
            do(self.work, OpenSheet(branch.id, term.id, int(Rater.SELF)))
            found = sheets.find(self.work.session, branch_id=branch.id, term_id=term.id, rater=Rater.SELF)
        if found is None:
            raise Refused("这个学期还没有填写，填了才能看。")
        return found

    def _on_sheet(self, means: str, own: Branch, heard: Understood, do: Do) -> Reply:
        work = self.work
        term = terms.term(work.session, self._term(heard, own.committee_id), own.committee_id, work.today)
        sheet = self._sheet(own, term, do)
        number = _item(heard, term)
        match means:
            case "overview":
                return do(work, Overview(sheet))
            case "contents":
                return do(work, Contents(sheet))
            case "submit":
                return do(work, AskSubmit(sheet))
            case "undo":
                return self._undo(sheets.open_file(work.session, sheet), do)
            case "mark":
                return do(work, TypedOnCard(sheet, 0, f"{number}{_grade(self.text, heard)}"))
            case "note":
                return do(work, Note(sheet, number))
            case "evidence":
                return do(work, Evidence(sheet, number))
            case "why item":
                return do(work, WhyItem(sheet, number))
        return do(work, Card(sheet, number))

    def _undo(self, file: SheetFile, do: Do) -> Reply:
        """Show what would be taken back, with the button that does."""
        last = [number for number, one in file.written.items() if one.change == file.last_change]
        if not last:
            raise Refused("自评还没有填写，没有可以撤销的。")
        shown = do(self.work, Card(file.id, last[0]))
        return Reply(shown.screen, toast=f"最近改的是第 {last[0]} 项，要撤销请点「撤销」")

    def _item_of_branch(self, branch: Branch, heard: Understood, do: Do) -> Reply:
        work = self.work
        term = terms.term(
            work.session, self._term(heard, branch.committee_id), branch.committee_id, work.today
        )
        rater = Rater.SELF if work.me.in_branch(branch.id) or heard.has("self") else Rater.COMMITTEE
        do(work, OpenSheet(branch.id, term.id, int(rater)))
        sheet = sheets.find(work.session, branch_id=branch.id, term_id=term.id, rater=rater) or 0
        if grade := _grade(self.text, heard):
            return do(work, TypedOnCard(sheet, 0, f"{_item(heard, term)}{grade}"))
        at: type[Card | Evidence] = Evidence if heard.has("evidence") else Card
        return do(work, at(sheet, _item(heard, term)))

    # --- duties and numbers -------------------------------------------------------------------------------------

    def _owed(self, branch: Branch, keys: Collection[str], month: int | None) -> list[Owing]:
        """What a branch owes by one of these duties this term: of a month, else what is open by now, else the last."""
        term = terms.term(self.work.session, 0, branch.committee_id, self.work.today)
        found = [
            owed
            for owed in duties.of_branch(self.work.session, branch_id=branch.id, term_id=term.id)
            if owed.duty in keys and owed.behind is not None
        ]
        if month is not None and (at := [owed for owed in found if owed.period == _period(term, month)]):
            return at
        begun = [owed for owed in found if owed.opens <= self.work.today]
        return [owed for owed in begun if not owed.done] or begun[-1:] or found[:1]

    def _task(self, branch: Branch, heard: Understood, do: Do) -> Reply:
        keys = _keys(heard, "duty")
        found = self._owed(branch, keys, _month(heard.slot("month"), self.work.today))
        if not found:
            raise Refused(f"{branch.name}本学期没有这项工作。全部工作请在「待办」里看。")
        if heard.has("remind") and branch != self.own:
            return do(self.work, ChaseTask(found[0].id))
        if len(found) == 1:
            return do(self.work, Task(found[0].id))
        ways = [Button(_titled(owed), Task(owed.id)) for owed in found[:LISTED]]
        return Reply(screens.which("请选择", f"{quoted(self.text.strip())}有 {len(found)} 项没办完。", ways))

    def _fact(self, own: Branch, heard: Understood, do: Do) -> Reply:
        term = terms.term(self.work.session, 0, own.committee_id, self.work.today)
        kinds = [term.table.facts[key] for key in _keys(heard, "fact") if key in term.table.facts]
        if not kinds:
            return do(self.work, Ledger(own.id, term.id))
        month = _month_of(term, _month(heard.slot("month"), self.work.today)) if kinds[0].monthly else 0
        return do(self.work, FactCard(own.id, term.id, kinds[0].number, month))

    # --- the committee ------------------------------------------------------------------------------------------

    def _unsubmitted(self, heard: Understood, do: Do) -> Reply:
        """Whose self-evaluation is not submitted."""
        return self._chased(("self_sheet",), None, "自评都已经交了", do)

    def _who_owes(self, heard: Understood, do: Do) -> Reply:
        return self._chased(
            _keys(heard, "duty"), _month(heard.slot("month"), self.work.today), "这项工作都完成了", do
        )

    def _chased(self, keys: Sequence[str], month: int | None, none: str, do: Do) -> Reply:
        committee, today = self._committee(None), self.work.today
        term = terms.term(self.work.session, 0, committee, today)
        groups = [
            group
            for group in duties.open_groups(
                self.work.session, committee_id=committee, since=term.starts, until=term.ends
            )
            if group.duty in keys and (month is None or group.period == _period(term, month))
        ]
        begun = [group for group in groups if group.opens <= today] or groups[:1]
        if not begun:
            shown = do(self.work, Standings(term.id) if keys == ("self_sheet",) else Chase(committee))
            return Reply(shown.screen, toast=none)
        if len(begun) == 1:
            return do(self.work, ChaseTask(begun[0].first))
        ways = []
        for group in begun[:LISTED]:
            owed = duties.one(self.work.session, group.first)
            ways.append(Button(f"{_titled(owed)} {group.bodies} 个支部", ChaseTask(group.first)))
        return Reply(screens.which("请选择", f"{quoted(self.text.strip())}是哪一次？", ways))

    def _which_branch(self, do: Do) -> Reply:
        me = self.work.me
        ways = [
            Button(branch.name, OpenSheet(branch.id, 0, int(Rater.COMMITTEE)))
            for branch, _ in self.named.values()
            if me.in_committee(branch.committee_id) and not me.in_branch(branch.id)
        ]
        return Reply(screens.which("评价哪个支部？", "也可以直接输入，例如：评价 支部名称。", ways[:LISTED]))

    def _lines(self) -> str:
        """From which total on a branch has how many stars."""
        seat = next(iter(self.work.me.seats))
        table = terms.term(self.work.session, 0, seat.committee_id, self.work.today).table
        return star_limits(table)

    def _duty_card(self, heard: Understood, committee: int) -> Action:
        term = terms.term(self.work.session, 0, committee, self.work.today)
        keys = _keys(heard, "duty")
        found = [duty for key, duty in read_duties(term.edition).items() if key in keys]
        return DutyCard(committee, 0, found[0].number) if found else DutyList(committee, 0)

    def _invites(self, branch: Branch | None) -> Action:
        own = self.own
        if "administrator" in self.roles:
            return InviteMenu(self._committee(branch), branch.id if branch else 0)
        if own is None:
            raise Refused(_OTHERS["administrator"])
        return Seats()

    # --- slots --------------------------------------------------------------------------------------------------

    @property
    def own(self) -> Branch | None:
        """The branch in which one sits; the first of several."""
        seat = next((seat for seat in self.work.me.seats if seat.branch_id), None)
        return Branch(seat.branch_id or 0, seat.committee_id, seat.branch) if seat else None

    def _committee(self, branch: Branch | None) -> int:
        if branch is not None:
            return branch.committee_id
        seats = [seat for seat in self.work.me.seats if seat.branch_id is None] or list(self.work.me.seats)
        return seats[0].committee_id if seats else 0

    def _branches(self, heard: Understood) -> list[Branch]:
        """The branches that the text names; those of one's own committees only."""
        place = heard.slot("ordinal")
        if isinstance(place, int):
            every = [branch for branch, _ in self.named.values()]
            called = [branch for branch in every if ordinal(branch.name) == place]
            if called or any(ordinal(branch.name) for branch in every):
                return called or self._none()
            return every[place - 1 : place] or self._none()
        found = [word.holds for word in heard.words if "branch" in word.meanings]
        sets = [one for one in found if isinstance(one, frozenset)]
        if not sets:
            return []
        both = frozenset.intersection(*sets) or frozenset.union(*sets)
        return [branch for number, (branch, _) in self.named.items() if number in both]

    def _such(self) -> str:
        """A branch by a part of its name, for an example."""
        return next((branch.name.removesuffix("党支部") for branch, _ in self.named.values()), "")

    def _sees(self, branch: Branch) -> bool:
        """Whether I may see a branch that the text names. Raises Refused where one sees no other than the own."""
        if may_see_branch(self.work.me, branch.committee_id, branch.id):
            return True
        if "committee" in self.roles:
            return False
        raise Refused("其他支部由党总支查看。您可以输入「结果」「待办」看本支部的。")

    def _none(self) -> list[Branch]:
        raise Refused("没有找到这个支部，请输入支部名称。")

    def _assumed(self, heard: Understood) -> bool:
        """Whether a branch is meant by its place in the list alone."""
        return isinstance(heard.slot("ordinal"), int) and not any(
            ordinal(branch.name) for branch, _ in self.named.values()
        )

    def _term(self, heard: Understood | None, committee: int) -> int:
        """The number of the term that the text names; 0 for this one. Raises Refused when there is none."""
        said = heard.slot("term") if heard else None
        if said in (None, "current"):
            return 0
        every = [t for t in terms.terms_of(self.work.session, [committee]) if t.committee_id == committee]
        now = terms.current(every, committee, self.work.today)
        match said:
            case "previous":
                found = terms.before(every, now)
            case "before":
                last = terms.before(every, now)
                found = terms.before(every, last) if last else None
            case "next":
                found = next((t for t in reversed(every) if t.starts > now.starts), None)
            case _:
                word = "第一学期" if said == "first" else "第二学期"
                found = next((t for t in every if word in t.name and t.starts <= now.starts), None)
        if found is None:
            raise Refused(f"没有找到这个学期，现在是{now.name}。")
        return found.id


def _keys(heard: Understood, slot: str) -> tuple[str, ...]:
    held = heard.slot(slot)
    return tuple(sorted(held)) if isinstance(held, frozenset) else ()


def _item(heard: Understood, term: Term) -> int:
    """The item that the text names. Raises Refused when the table has none of that number."""
    number = heard.slot("item")
    return term.table.item(number).number if isinstance(number, int) else 0


def _grade(text: str, heard: Understood) -> str:
    """The last grade that the text names, as a line of marks says it; empty where it names none."""
    said = [text[word.start : word.end] for word in heard.words if "grade" in word.meanings]
    if not said:
        return ""
    return "不" if "不" in said[-1] else "优" if "优" in said[-1] else "合"


def _month(held: object, today: date) -> int | None:
    """The month (1..12) that a text names: its number, or in words ("-1") how far it is from this one."""
    if isinstance(held, str):
        return (today.month - 1 + int(held)) % 12 + 1
    return held if isinstance(held, int) else None


def _period(term: Term, month: int) -> str:
    """A month as the period of a duty, 2026-11: the year is the term's."""
    year = term.starts.year + (month < term.starts.month)
    return f"{year}-{month:02d}"


def _month_of(term: Term, month: int | None) -> int:
    """A month as a button of 台账 carries it, 202611; without one the month in which the term stands."""
    return int(_period(term, month).replace("-", "")) if month else 0


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


def _titled(owed: Owing) -> str:
    duty = owed.behind
    return title(owed, duty) if duty else owed.duty
