"""群聊: the group chats in which a committee's people asked for 排名, and whether it is shown there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import history
from bot.store.database import Database, Session, insert, lock
from bot.store.history import About
from bot.store.tables import COMMITTEE, GROUP_CHAT, PERSON
from bot.values import WEBHOOK, GroupChat
from scoring.refusal import Refused

MOST = 20  # group chats of one committee: so many fit on one screen
NAME = "企业微信群"  # what a group is called of which only its address is known

_g = GROUP_CHAT.c
_GROUPS = (
    sa.select(
        _g.id,
        _g.committee_id,
        _g.name,
        _g.shows,
        sa.func.coalesce(PERSON.c.name, ""),
        _g.switched_at,
        _g.channel,
        _g.external,
    )
    .outerjoin(PERSON, PERSON.c.id == _g.switched_by)
    .order_by(_g.id)
)
_THERE = (_g.channel == sa.bindparam("channel")) & (_g.external == sa.bindparam("external"))
_OF = _GROUPS.where(_g.committee_id == sa.bindparam("committee"))
_AT = _GROUPS.where(_g.committee_id.in_(sa.bindparam("committees", expanding=True)), _THERE)
_ONE = _GROUPS.where(_g.id == sa.bindparam("group"))
_WEBHOOK = _OF.where(_g.channel == WEBHOOK)
_ANYWHERE = _GROUPS.where(_THERE)
_CHANGE = sa.update(GROUP_CHAT).where(_g.id == sa.bindparam("group"))
_RENAME = _CHANGE.values(name=sa.bindparam("called"))
_MOVE = _CHANGE.values(external=sa.bindparam("to"))
_SWITCH = _CHANGE.values(
    shows=sa.bindparam("on"), switched_by=sa.bindparam("person"), switched_at=sa.bindparam("now")
)
_FORGET = sa.delete(GROUP_CHAT).where(_g.id == sa.bindparam("group"))


def of_committee(session: Session, committee_id: int) -> tuple[GroupChat, ...]:
    """The group chats that a committee knows, in the order in which it met them."""
    return tuple(GroupChat(*row) for row in session.execute(_OF, {"committee": committee_id}))


def at(
    session: Session, *, committee_ids: Sequence[int], channel: str, external: str
) -> tuple[GroupChat, ...]:
    """The group chat at an address, once for each of these committees that knows it."""
    asked = {"committees": committee_ids, "channel": channel, "external": external}
    return tuple(GroupChat(*row) for row in session.execute(_AT, asked))


def anywhere(session: Session, *, channel: str, external: str) -> tuple[GroupChat, ...]:
    """The group chat at an address, once for each committee that knows it."""
    return tuple(GroupChat(*row) for row in session.execute(_ANYWHERE, _address(channel, external)))


def _address(channel: str, external: str) -> dict[str, str]:
    return {"channel": channel, "external": external}


def group_chat(session: Session, group_id: int, *, to_write: bool = False) -> GroupChat:
    """A group chat by its number. Raises Refused. `to_write`: nobody else changes it until the unit of work ends."""
    if to_write:
        lock(session, GROUP_CHAT, group_id)
    row = session.execute(_ONE, {"group": group_id}).first()
    if row is None:
        raise Refused("这个群已经不在名单里了。请回首页重新选择。")
    return GroupChat(*row)


def meet(session: Session, *, me: Me, committee_id: int, channel: str, external: str, name: str) -> GroupChat:
    """A committee knows a group chat from now on, and by this name; nothing is shown there until it is switched on.

    Raises Refused where the committee knows too many.
    """
    lock(session, COMMITTEE, committee_id)
    found = at(session, committee_ids=[committee_id], channel=channel, external=external)
    if not found:
        others = [group for group in of_committee(session, committee_id) if not group.posted_to]
        if channel != WEBHOOK and len(others) >= MOST:
            raise Refused(f"已经登记了 {MOST} 个群，不能再多。不用的群，管理员可以在私聊的「群聊」里删去。")
        number = insert(
            session, GROUP_CHAT, committee_id=committee_id, channel=channel, external=external, name=name
        )
        history.add(session, me, About("group", number, committee_id), after={"name": name})
        return group_chat(session, number)
    (known,) = found
    if known.name != name:
        session.execute(_RENAME, {"group": known.id, "called": name})
        history.add(session, me, _on(known), before={"name": known.name}, after={"name": name})
    return group_chat(session, known.id)


def _on(group: GroupChat) -> About:
    return About("group", group.id, group.committee_id)


def switch(session: Session, *, me: Me, group: GroupChat, on: bool) -> bool:
    """Show 排名 in a group chat, or no longer; False when it is so already."""
    if group.shows == on:
        return False
    session.execute(_SWITCH, {"group": group.id, "on": on, "person": me.person_id, "now": me.now})
    history.add(session, me, _on(group), before={"shows": group.shows}, after={"shows": on})
    return True


def forget(session: Session, *, me: Me, group: GroupChat) -> None:
    """Know a group chat no more."""
    session.execute(_FORGET, {"group": group.id})
    history.add(session, me, _on(group), before={"name": group.name, "shows": group.shows})


def move(session: Session, *, me: Me, channel: str, external: str, to: str) -> None:
    """A group chat has another address from now on, and stays what it is.

    Where a committee met it there already, what somebody switched holds; else what was there before.
    """
    there = {group.committee_id: group for group in anywhere(session, channel=channel, external=to)}
    for group in anywhere(session, channel=channel, external=external):
        met = there.get(group.committee_id)
        if met is not None and met.switched_at is not None:
            forget(session, me=me, group=group)
            continue
        if met is not None:
            forget(session, me=me, group=met)
        session.execute(_MOVE, {"group": group.id, "to": to})
        said: dict[str, Any] = {"before": {"address": external}, "after": {"address": to}}
        history.add(session, me, _on(group), **said)


# --- the group chat that is sent into (群机器人) ------------------------------------------------------------------


def webhook(session: Session, committee_id: int, *, to_write: bool = False) -> GroupChat | None:
    """The group chat that a committee can send into. `to_write`: nobody else changes it until the unit of work ends."""
    row = session.execute(_WEBHOOK, {"committee": committee_id}).first()
    if row is None:
        return None
    found = GroupChat(*row)
    return group_chat(session, found.id, to_write=True) if to_write else found


_EVERY_WEBHOOK = _GROUPS.where(_g.channel == WEBHOOK)


def post_into(database: Database, address: str, now: datetime) -> None:
    """What is published can be sent into this group chat from now on, and into no other one (empty: none), once it is
    switched on: a new address is another group.

    Of several committees nobody knows whose group it is, so none of them can.
    """
    with database.read() as session:
        known = [GroupChat(*row) for row in session.execute(_EVERY_WEBHOOK)]
        every = list(session.execute(sa.select(COMMITTEE.c.id)).scalars())
    wanted = {(every[0], address)} if address and len(every) == 1 else set()
    there = {(group.committee_id, group.address) for group in known}
    if there == wanted:
        return
    me = Me(0, WEBHOOK, now)
    with database.write() as session:
        for group in known:
            if (group.committee_id, group.address) not in wanted:
                forget(session, me=me, group=group)
        for committee_id, external in wanted - there:
            meet(session, me=me, committee_id=committee_id, channel=WEBHOOK, external=external, name=NAME)
