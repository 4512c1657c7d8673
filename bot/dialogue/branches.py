"""A branch that is named in words: one rule for every screen that takes a name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.dialogue.work import Work
from bot.store import terms
from bot.values import Branch
from bot.words.names import Names, ordinal
from scoring.numerals import halfwidth, quoted, whole
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread


def containing(part: str, branches: Iterable[tuple[Branch, str]]) -> tuple[Branch, ...]:
    """The branch that is called so; or else those whose name or campus, which stand in pairs, contains the text."""
    part = part.strip()
    found = tuple(
        branch for branch, campus in branches if len(part) > 1 and (part in branch.name or part in campus)
    )
    return tuple(branch for branch in found if branch.name == part) or found


def named(work: Work, committee_id: int, text: str) -> tuple[Branch, ...]:
    """The branches of a committee that a typed name can mean. Raises Refused when there is none."""
    found = containing(text, terms.branches_and_campuses(work.session, [committee_id]))
    if not found:
        raise Unread(f"没有找到名称含{quoted(text.strip())}的支部，请核对后再输入。")
    return found


def one_named(work: Work, committee_id: int, text: str) -> Branch:
    """The one branch that a typed name means. Raises Refused."""
    found = named(work, committee_id, text)
    if len(found) > 1:
        raise Refused(f"有 {len(found)} 个支部符合{quoted(text.strip())}，请输入全名。")
    return found[0]


# In a longer text -----------------------------------------------------------------------------------------------


class Mention(NamedTuple):
    """Where a text names a branch, from `start` to `end`; several where the part of a name fits more than one."""

    branches: tuple[Branch, ...]
    start: int
    end: int


_KIND = r"(?:党总支|(?:联合)?党支部|支部)"
_CAMPUS = r"(?:主?校区|分校|校本部)"
_ORDINAL = pattern(rf"第?\s*(?P<number>[0-9]{{1,2}}|[一二三四五六七八九十]{{1,3}})\s*{_KIND}")
_AFTER = pattern(rf"{_CAMPUS}?的?{_KIND}?")


def named_in(text: str, branches: Sequence[Branch]) -> tuple[Mention, ...]:
    """Where a text names branches of a committee: by a part of a name, or 一支部 where names have numbers. 党支部 and
    校区 belong to a name and name nothing by themselves."""
    typed = halfwidth(text).lower()
    known = {branch.id: branch for branch in branches}
    names = Names({branch.id: (branch.name,) for branch in branches}, parts=True)
    found: list[Mention] = []
    at = 0
    while at < len(typed):
        mention = _by_number(typed, at, branches) or _by_part(typed, at, names, known)
        if mention:
            found.append(mention)
        at = mention.end if mention else at + 1
    return tuple(found)


def _by_number(typed: str, at: int, branches: Sequence[Branch]) -> Mention | None:
    found = _ORDINAL.match(typed, at)
    before = typed[at - 1 : at]
    if not found or before == "第" or before.isdecimal() or before in tuple("一二三四五六七八九十"):
        return None
    named = tuple(one for one in branches if ordinal(one.name) == whole(found["number"]) > 0)
    return Mention(named, at, found.end()) if named else None


def _by_part(typed: str, at: int, names: Names[int], known: Mapping[int, Branch]) -> Mention | None:
    for end, numbers in names.at(typed, at):
        after = _AFTER.match(typed, end)
        return Mention(tuple(known[n] for n in sorted(numbers)), at, after.end() if after else end)
    return None
