"""群聊: the switch of each group chat, and what somebody who asks in one is shown there."""

from dataclasses import dataclass
from typing import assert_never

from bot.actions import ForgetGroupChat, GroupChats, Grouping, Standings, SwitchGroupChat
from bot.dialogue import publishing
from bot.dialogue.meant import visible
from bot.dialogue.words import command
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Openness, arrange
from bot.screens import groups as screens
from bot.store import groups as store
from bot.store import terms
from bot.values import GroupChat
from scoring.refusal import Refused

NAME_LIMIT = 80  # characters of a group's name that are kept


@dataclass(frozen=True, slots=True)
class Group:
    """A group chat as its channel knows it; `name` is what people call it there."""

    channel: str
    address: str
    name: str = ""

    @property
    def called(self) -> str:
        """The name as it is kept."""
        return " ".join(visible(self.name).split())[:NAME_LIMIT].strip()


def respond(work: Work, action: Grouping) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case GroupChats(committee):
            arrange(work.me, committee)
            return Reply(_group_chats(work, committee))
        case SwitchGroupChat(group, on):
            found = _own(work, group)
            changed = store.switch(work.session, me=work.me, group=found, on=bool(on))
            done = "已打开" if on else "已关闭"
            return Reply(
                _group_chats(work, found.committee_id), toast=done if changed else "本来就是这样，没有改动"
            )
        case ForgetGroupChat(group):
            found = _own(work, group)
            if found.posted_to:
                raise Refused("这个群由维护人员在设置里指定，不能删去。不发的话，关闭就可以。")
            store.forget(work.session, me=work.me, group=found)
            return Reply(
                _group_chats(work, found.committee_id), toast="已删去，在群里再发 /standings 又会列出"
            )
        case _:
            assert_never(action)


def _own(work: Work, group_id: int) -> GroupChat:
    """A group chat of a committee that I arrange. Raises Refused."""
    found = store.group_chat(work.session, group_id, to_write=True)
    arrange(work.me, found.committee_id)
    return found


def _group_chats(work: Work, committee_id: int) -> Message:
    known = store.of_committee(work.session, committee_id)
    return screens.group_chats(committee_id, known, terms.openness(work.session, committee_id), work.me.now)


# --- in a group chat ----------------------------------------------------------------------------------------------


def may_ask(work: Work, text: str) -> bool:
    """Whether a text in a group chat asks for 排名, and comes from a committee's own people."""
    return bool(work.me.committees) and isinstance(command(work.me, text), Standings)


def known(work: Work, group: Group) -> GroupChat | None:
    """A group chat that one of my committees knows by this name; one that is switched on before others."""
    found = store.at(
        work.session, committee_ids=work.me.committees, channel=group.channel, external=group.address
    )
    one = next((one for one in found if one.shows), found[0] if found else None)
    return one if one is not None and one.name == group.called else None


def meet(work: Work, group: Group) -> GroupChat:
    """My committees know a group chat from now on, by this name; one that is switched on before others.

    Raises Refused where one knows too many.
    """
    met = [
        store.meet(
            work.session,
            me=work.me,
            committee_id=committee_id,
            channel=group.channel,
            external=group.address,
            name=group.called,
        )
        for committee_id in work.me.committees
    ]
    return next((one for one in met if one.shows), met[0])


def standings(work: Work, group: GroupChat) -> Message:
    """排名 as far as a group chat may see it: of the newest published term, what branches see of one another."""
    if not group.shows:
        return screens.closed()
    openness = terms.openness(work.session, group.committee_id)
    if openness is Openness.OWN:
        return screens.nothing_open()
    every = terms.terms_of(work.session, [group.committee_id])
    newest = next((term for term in every if term.published), None)
    if newest is None:
        return screens.nothing_published()
    return screens.standings(publishing.as_opened(work, newest, openness))


# --- what becomes of a group chat -----------------------------------------------------------------------------------


def is_known(work: Work, group: Group) -> bool:
    """Whether any committee knows a group chat."""
    return bool(store.anywhere(work.session, channel=group.channel, external=group.address))


def move(work: Work, group: Group, to: str) -> None:
    """It has another address from now on."""
    store.move(work.session, me=work.me, channel=group.channel, external=group.address, to=to)


def leave(work: Work, group: Group) -> None:
    """The bot is not in it any more."""
    for found in store.anywhere(work.session, channel=group.channel, external=group.address):
        store.forget(work.session, me=work.me, group=found)
