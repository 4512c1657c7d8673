"""Who types a text, and what it can name: branches, terms, items, months, and what a branch owes."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from bot.dialogue.branches import named_in
from bot.dialogue.work import Work
from bot.permissions import Role, may_see_branch
from bot.screens.duties import title
from bot.store import duties, terms
from bot.values import Branch, Owing, Term
from bot.words.grammar import Called, Understood, called_so
from bot.words.names import ordinal
from scoring.numerals import halfwidth, whole
from scoring.pattern import pattern
from scoring.refusal import Refused


def roles_of(work: Work) -> frozenset[str]:
    """Whose words somebody's are, by the seats they hold."""
    found = set()
    for seat in work.me.seats:
        if seat.role.of_branch:
            found |= {"branch"}
        else:
            found |= {"committee"}
        if seat.role is Role.ADMINISTRATOR:
            found |= {"administrator"}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who types what, and the branches that can be named by it.

    `at`: the branch of one's own that the text names, which `text` is without; who sees all branches names any.
    """

    work: Work
    text: str
    roles: frozenset[str]
    named: dict[int, tuple[Branch, str]]
    called: Called
    at: Branch | None = None

    @classmethod
    def of(cls, work: Work, text: str) -> "Asker":
        """Whoever works, with this text and the branches of their committees; without a text none is named."""
        committees = sorted({seat.committee_id for seat in work.me.seats})
        found = terms.branches_and_campuses(work.session, committees) if text else ()
        named = {branch.id: (branch, campus) for branch, campus in found}
        names = {number: (branch.name, campus) for number, (branch, campus) in named.items()}
        asker = cls(work, text, roles_of(work), named, called_so(names))
        mentions = named_in(text, asker.every)
        if "committee" in asker.roles or len(mentions) != 1:
            return asker
        own = next((branch for branch in asker.mine if mentions[0].branches == (branch,)), None)
        rest = text[: mentions[0].start] + text[mentions[0].end :]
        return replace(asker, at=own, text=rest) if own and rest.strip() else asker

    @property
    def every(self) -> list[Branch]:
        """The branches of one's committees, in their order."""
        return [branch for branch, _ in self.named.values()]

    @property
    def mine(self) -> list[Branch]:
        """The branches in which one sits."""
        seats = [seat for seat in self.work.me.seats if seat.branch_id]
        return [Branch(seat.branch_id or 0, seat.committee_id, seat.branch) for seat in seats]

    @property
    def own(self) -> Branch | None:
        """The branch in which one sits; of several the one that is named, or else the first."""
        if self.at is not None:
            return self.at
        seat = next((seat for seat in self.work.me.seats if seat.branch_id), None)
        return Branch(seat.branch_id or 0, seat.committee_id, seat.branch) if seat else None

    def committee(self, branch: Branch | None) -> int:
        """The committee of a branch; without one the first in which one sits."""
        if branch is not None:
            return branch.committee_id
        seats = [seat for seat in self.work.me.seats if seat.branch_id is None] or list(self.work.me.seats)
        return seats[0].committee_id if seats else 0

    def branches(self, heard: Understood) -> list[Branch]:
        """The branches that the text names; those of one's own committees only."""
        place = heard.slot("ordinal")
        if isinstance(place, int):
            every = self.every
            called = [branch for branch in every if ordinal(branch.name) == place]
            narrowed = [branch for branch in called if any(branch.id in one for one in self._sets(heard))]
            if narrowed:
                return narrowed
            if called or any(ordinal(branch.name) for branch in every):
                return called or self._none()
            return every[place - 1 : place] or self._none()
        sets = self._sets(heard)
        if not sets:
            return []
        both = frozenset.intersection(*sets) or frozenset.union(*sets)
        return [branch for number, (branch, _) in self.named.items() if number in both]

    def _sets(self, heard: Understood) -> list[frozenset[int]]:
        """The branches that each word of the text may name."""
        found = [word.holds for word in heard.words if "branch" in word.meanings]
        return [one for one in found if isinstance(one, frozenset)]

    def such(self) -> str:
        """A branch by a part of its name, for an example."""
        return next((branch.name.removesuffix("党支部") for branch, _ in self.named.values()), "")

    def sees(self, branch: Branch) -> bool:
        """Whether I may see a branch that the text names. Raises Refused where one sees no other than the own."""
        if may_see_branch(self.work.me, branch.committee_id, branch.id):
            return True
        if "committee" in self.roles:
            return False
        raise Refused("其他支部由党总支查看。" + "您可以输入「结果」「待办」看本支部的。" * bool(self.mine))

    def beyond(self, heard: Understood) -> bool:
        """Whether somebody of a branch alone names another one."""
        alone = "branch" in self.roles and "committee" not in self.roles
        return alone and any(branch not in self.mine for branch in self.branches(heard))

    def _none(self) -> list[Branch]:
        raise Refused("没有找到这个支部，请输入支部名称。")

    def assumed(self, heard: Understood) -> bool:
        """Whether a branch is meant by its place in the list alone."""
        return isinstance(heard.slot("ordinal"), int) and not any(
            ordinal(branch.name) for branch, _ in self.named.values()
        )

    def term(self, heard: Understood | None, committee: int) -> int:
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

    def owed(
        self, branch: Branch, keys: Collection[str], month: int | None = None, time: int = 0
    ) -> list[Owing]:
        """What a branch owes by one of these duties this term: of a month, or the first, second … time (0: any), if
        there is such; else what is open by now, or else the last."""
        term = terms.term(self.work.session, 0, branch.committee_id, self.work.today)
        found = [
            owed
            for owed in duties.of_branch(self.work.session, branch_id=branch.id, term_id=term.id)
            if owed.duty in keys and owed.behind is not None
        ]
        if month is not None and (at := [owed for owed in found if owed.period == period_of(term, month)]):
            return at
        if time and (at := [o for o in found if int(o.period.partition("/")[2] or 1) == time]):
            return at
        begun = [owed for owed in found if owed.opens <= self.work.today]
        return [owed for owed in begun if not owed.done] or begun[-1:] or found[:1]


def keys_of(heard: Understood, slot: str) -> tuple[str, ...]:
    """The keys of the duties or numbers of 台账 that the text names."""
    held = heard.slot(slot)
    return tuple(sorted(held)) if isinstance(held, frozenset) else ()


def item_of(heard: Understood, term: Term) -> int:
    """The item that the text names. Raises Refused when the table has none of that number."""
    number = heard.slot("item")
    return term.table.item(number).number if isinstance(number, int) else 0


_AROUND = pattern("第|项|条|题|给个|给|打|写|记|改成|改为|改|我们|咱们|我|都|的|就行|就|[吧了。]")
_ITEM = pattern("第?([一二三四五六七八九十]{1,3})(?=[项条题])")
_OPEN = pattern("不是|别|不要|没给|不给|该|还是|为什么|怎么|要不要|会不会|能不能|[吗么呢?]")


def marks_of(text: str) -> str:
    """The line of marks that a text says: 6合格 7优秀 of 第6项合格 第7项优秀; empty where it asks or denies."""
    said = halfwidth(text)
    said = _ITEM.sub(lambda item: str(whole(item[1])), said)
    return "" if _OPEN.search(said) else " ".join(_AROUND.sub(" ", said).split())


def month_of(held: object, today: date) -> int | None:
    """The month (1..12) that a text names: its number, or in words ("-1") how far it is from this one."""
    if isinstance(held, str):
        return (today.month - 1 + int(held)) % 12 + 1
    return held if isinstance(held, int) else None


def period_of(term: Term, month: int) -> str:
    """A month as the period of a duty, 2026-11: the year is the term's."""
    year = term.starts.year + (month < term.starts.month)
    return f"{year}-{month:02d}"


def button_month(term: Term, month: int | None) -> int:
    """A month as a button of 台账 carries it, 202611; without one the month in which the term stands."""
    return int(period_of(term, month).replace("-", "")) if month else 0


def titled(owed: Owing) -> str:
    """What an occurrence is called; its key where the catalogue knows it no more."""
    duty = owed.behind
    return title(owed, duty) if duty else owed.duty
