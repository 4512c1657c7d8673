"""Whom to invite, as it is typed: a line for each, 王芳 书记 双龙支部, in any order, the name where there is one."""

import re
from collections.abc import Sequence

from bot.dialogue.branches import named_in
from bot.permissions import Role
from bot.store.people import NAME_LENGTH, clean_name
from bot.values import Branch, Invitee
from scoring.numerals import quoted
from scoring.pattern import pattern
from scoring.refusal import Unread

MOST = 40  # lines at once
_ROLES = {
    "支部书记": Role.SECRETARY,
    "总支委员": Role.MEMBER,
    "支部委员": Role.OFFICER,
    "管理员": Role.ADMINISTRATOR,
    "书记": Role.SECRETARY,
    "支委": Role.OFFICER,
}
_ROLE = pattern("|".join(_ROLES))  # the longer ones first
_NUMBER = pattern(r"^\s*[0-9]{1,2}\s*[.、．)）]\s*")
_BETWEEN = pattern(r"[\s,，、;；:：]+")


def read_invitees(text: str, branches: Sequence[Branch]) -> tuple[Invitee, ...]:
    """Who is invited to which seat. Raises Unread with the first line that is not understood, and why."""
    lines = [_NUMBER.sub("", line).strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST:
        raise Unread(f"一次最多 {MOST} 行，这里有 {len(lines)} 行，请分几次输入。没有生成邀请码。")
    return tuple(_invitee(n, line, branches) for n, line in enumerate(lines, start=1))


def wrong(number: int, line: str, why: str) -> Unread:
    """Why a line gives no code: nothing is made of the others, either."""
    return Unread(f"第 {number} 行{quoted(line)}{why}。一个码也没有生成，请改好再发。")


def _invitee(number: int, line: str, branches: Sequence[Branch]) -> Invitee:
    found: list[Branch] = []
    roles: list[Role] = []
    names: list[str] = []
    for part in filter(None, _BETWEEN.split(line)):
        rest = part
        if (mention := next(iter(named_in(rest, branches)), None)) and mention.start == 0:
            if len(mention.branches) > 1:
                raise wrong(number, line, f"里，{quoted(part)}不止一个支部符合，请写全名")
            found.append(mention.branches[0])
            rest = rest[mention.end :]
        if (role := _ROLE.match(rest)) or (role := _last(rest)):
            roles.append(_ROLES[role[0]])
            rest = rest[: role.start()] + rest[role.end() :]
        if rest:
            names.append(rest)
    if len(roles) != 1:
        raise wrong(number, line, "没有写清职务：书记、支委、总支委员或管理员，写一个")
    (role_of,) = roles
    if role_of.of_branch and len(found) != 1:
        raise wrong(number, line, "没有写清支部，请写一个支部的名称")
    if not role_of.of_branch and found:
        raise wrong(number, line, f"写了支部，{role_of.word}不属于支部")
    name = clean_name(names[0]) if names else ""
    if len(names) > 1 or len(name) > NAME_LENGTH or (names and not name):
        raise wrong(number, line, f"没看懂，请写称呼（{NAME_LENGTH} 字以内）、职务、支部")
    return Invitee(role_of, found[0] if found else None, name)


def _last(text: str) -> re.Match[str] | None:
    """The role with which a text ends: 王芳书记."""
    return next((one for one in _ROLE.finditer(text) if one.end() == len(text)), None)
