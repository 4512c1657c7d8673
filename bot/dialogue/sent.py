"""Files that were sent, each with its caption; what was sent together goes to one place."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar

from msgspec import structs

from bot.actions import (
    Card,
    Edited,
    EditionCard,
    EditionFile,
    Editions,
    Evidence,
    FilledForm,
    Reopen,
    ReportFile,
    Send,
    ShowEvidence,
    Task,
    Unreadable,
    Upload,
    Which,
    read,
    wire,
)
from bot.dialogue.meant import Do, clean, hear, standing, visible
from bot.dialogue.work import Work
from bot.message import TYPED_LIMIT, Filed, Reply
from bot.paper.sent_back import is_form
from bot.screens.wording import short
from bot.store import duties
from scoring.refusal import Refused

T = TypeVar("T")
ALBUMS_KEPT = 4  # what was sent together and may still be coming, of each chat
NAMED = 3  # files that were refused and are named
ONE_FORM = "一次只能核对一份测评表，后面的没有收下。请先保存或放弃前一份，再发。"


@dataclass(frozen=True, slots=True)
class Album:
    """Files and a text that were sent together, one by one: where they go, and what became of them so far.

    `places`: the screens its text may be meant for; `place`: the one that takes its files. `said`: what was answered
    besides; `refused`: why files were not taken, and `names` what those are called. `form`: whether one of them was a
    form, which waits to be confirmed.
    """

    group: str = ""
    places: tuple[str, ...] = ()
    sure: bool = True
    place: str = ""
    texts: tuple[str, ...] = ()
    new: int = 0
    old: int = 0
    where: str = ""
    count: int = 0
    said: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    form: bool = False

    @classmethod
    def read(cls, written: str, group: str | None) -> "Album":
        """The album of a group, as kept, perhaps by another version of this program; an empty one if none was."""
        found = next((one for one in _albums(written) if group and one.get("group") == group), {})
        known: dict[str, Any] = {}
        for name in found.keys() & {field.name for field in fields(cls)}:
            known[name] = tuple(found[name]) if isinstance(found[name], list) else found[name]
        return cls(**known)

    def kept(self, written: str) -> str:
        """It and those before it as text for the database, as several may come at once."""
        if not self.group:
            return written
        others = [one for one in _albums(written) if one.get("group") != self.group]
        return json.dumps([*others[1 - ALBUMS_KEPT :], asdict(self)], ensure_ascii=False)

    @property
    def words(self) -> str:
        """What is answered: the files, what else was done, and what was not."""
        files = ""
        if self.new + self.old == 1:
            files = Filed(self.where, self.count, bool(self.new)).words
        elif self.new or self.old:
            files = f"{self.where} 已收到 {self.new} 份材料" if self.new else f"{self.where} 已有这些材料"
            files += f"，另有 {self.old} 份已有" if self.new and self.old else ""
            files += f"（现有 {self.count} 份）"
        sentences = ["；".join(part for part in (files, *self.said) if part)]
        several = self.new + self.old + len(self.refused) > 1
        for why in dict.fromkeys(self.refused):
            sentences.append(f"{self._which(why)}没有收下：{why}" if several else why)
        return "。".join(s.removesuffix("。") for s in sentences if s) + ("。" if self.refused else "")

    def _which(self, why: str) -> str:
        """How many files were not taken for this reason and, where not all were refused for it, which."""
        pairs = zip(self.refused, self.names, strict=False)
        names = [short(name, 20) for reason, name in pairs if reason == why and name]
        count = f"{self.refused.count(why)} 份"
        if not names or (len(set(self.refused)) == 1 and not self.new + self.old):
            return count
        more = "等" if len(names) > NAMED else ""
        return f"{count}（{'、'.join(names[:NAMED])}{more}）"


def _albums(written: str) -> list[dict[str, Any]]:
    found = json.loads(written) if written else []
    return found if isinstance(found, list) else [found]


@dataclass(frozen=True, slots=True)
class Sent:
    """What came at once: a file, or the kind of what cannot be read, and its caption."""

    text: str | None = None
    upload: Upload | None = None
    unreadable: str | None = None


def receive(work: Work, album: Album, screen: str, do: Do, sent: Sent) -> tuple[Reply, Album, str | None]:
    """Take one file and its caption, each by itself, into an album; with the album, and the screen that heard the text
    or, without one, took the file.

    The caption is heard first: it may close a task in its own words, which the file would close in fewer. Where it is
    asked what that belongs to, the file waits with it. Raises Refused when nothing of it was taken and nothing else
    belongs to it.
    """
    begun = bool(album.new or album.old or album.refused or album.texts)
    reply: Reply | None = None
    at: str | None = None
    refusal = ""
    text = sent.text
    known = visible(text or "")[:TYPED_LIMIT]  # some phones repeat the caption with each file
    if text and sent.upload and _is_assigned(work, album.place or album.places[0]):
        album = replace(album, texts=tuple(dict.fromkeys((*album.texts, known))))  # it is the answer's
    elif text and known not in album.texts:
        spoken = _attempt(work, lambda: hear(work, clean(text), album.places, do, sure=album.sure))
        album = replace(album, texts=(*album.texts, known))
        if isinstance(spoken, Refused):
            refusal = "" if sent.upload and _asks_for_a_file(work, album.places) else str(spoken)
        else:
            reply, at = spoken
            album = replace(album, said=(*album.said, reply.toast))
            asked = reply.screen.here
            there = wire(asked) if isinstance(asked, Which | Edited) else at
            if there is not None and not album.place and standing(work, there, do).takes:
                album = replace(album, place=there)
    if sent.upload or sent.unreadable or not text:
        place = album.place or _taking(work, album.places, do)
        album = replace(album, place=place)
        album, taken = add(work, album, place, do, sent)
        if taken and reply is None:
            at = place
        if taken and reply and wire(reply.screen.here) == wire(taken.screen.here):
            reply = replace(reply, screen=taken.screen)  # it says of the file too
        reply = reply or (None if begun else taken)
    if refusal:
        album = replace(album, said=(*album.said, refusal))
    if reply is None and not album.group and not (album.new or album.old):
        raise Refused(album.words)
    shown = reply or Reply(standing(work, screen, do))
    return replace(shown, toast=album.words, filed=None), album, at


def _asks_for_a_file(work: Work, places: Sequence[str]) -> bool:
    """Whether the task on the first of these screens is answered by a file, whatever is written beside it."""
    there = read(places[0])
    if not isinstance(there, Task | Reopen):
        return False
    duty = duties.one(work.session, there.task).behind
    return duty is not None and duty.closes == "file"


def _is_assigned(work: Work, place: str) -> bool:
    """Whether a screen is a task that was given, whose answer is a file together with what is written beside it."""
    there = read(place)
    return isinstance(there, Task) and bool(duties.one(work.session, there.task).assigned)


def add(work: Work, album: Album, place: str, do: Do, sent: Sent) -> tuple[Album, Reply | None]:
    """Let a screen take a file into an album, which keeps the reason if it does not; a question there stays."""
    filled = _is_filled(place, sent)
    if filled and album.form:
        reply: Reply | Refused = Refused(ONE_FORM)
    else:
        reply = _attempt(work, lambda: send(work, place, do, sent, " ".join(album.texts)))
    if isinstance(reply, Refused):
        name = sent.upload.name if sent.upload else ""
        return replace(album, refused=(*album.refused, str(reply)), names=(*album.names, name)), None
    there, files = read(place), isinstance(reply.screen.here, Evidence)
    if isinstance(there, Edited) or (files and not isinstance(there, Card | Evidence | ShowEvidence)):
        reply = replace(reply, screen=standing(work, place, do))
    return _filed(replace(album, form=album.form or filled), reply), reply


def _taking(work: Work, places: Sequence[str], do: Do) -> str:
    """The first of these screens that takes a file; the first one when none does."""
    return next((place for place in places if standing(work, place, do).takes), places[0])


def send(work: Work, place: str, do: Do, sent: Sent, caption: str = "") -> Reply:
    """Let a screen take a file, beside which something may be written. Raises Refused, also for what cannot be read."""
    if sent.upload is None:
        return do(work, Unreadable(sent.unreadable or "other"))
    if _is_filled(place, sent):
        return do(work, FilledForm(sent.upload))
    takes = standing(work, place, do).takes
    action = takes(sent.upload) if takes else Send(sent.upload)
    return do(work, structs.replace(action, caption=caption) if isinstance(action, ReportFile) else action)


def _is_filled(place: str, sent: Sent) -> bool:
    """Whether a file is a form that was filled in, and is read as one: a task may be to send one, and 评价表 takes one
    with other words."""
    elsewhere = isinstance(read(place), Task | Reopen | Editions | EditionCard | EditionFile)
    return sent.upload is not None and not elsewhere and is_form(sent.upload.data)


def _filed(album: Album, reply: Reply) -> Album:
    said = (*album.said, reply.toast) if reply.toast and reply.toast not in album.said else album.said
    if reply.filed is None:
        return replace(album, said=said)
    new, old = album.new + reply.filed.new, album.old + (not reply.filed.new)
    return replace(album, said=said, new=new, old=old, where=reply.filed.where, count=reply.filed.count)


def _attempt(work: Work, what: Callable[[], T]) -> T | Refused:
    """Do something that is undone by itself alone when it is refused."""
    step = work.session.begin_nested()
    try:
        done = what()
    except Refused as refused:
        step.rollback()
        return refused
    step.commit()
    return done
