"""What is typed or sent: on which screen it is meant, or the question where it belongs.

It is meant for the message it quotes or, without a quote, for what is newest in the chat: the screen that stands, or
a notice that came under it. Where that is not plain it is asked. Files that were sent together go to one place.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar, assert_never

from bot.actions import (
    Action,
    Card,
    Correct,
    Edited,
    EnterCode,
    Evidence,
    Hearing,
    Home,
    Place,
    Reminder,
    RetypedAssignment,
    Say,
    Send,
    ShowAssignment,
    ShowEvidence,
    Task,
    TypedAgain,
    TypedAssignment,
    TypedReport,
    Unreadable,
    Upload,
    WaitWith,
    Which,
    read,
    wire,
)
from bot.dialogue.duties import change, stands
from bot.dialogue.reminding import overtaken, tasks_in
from bot.dialogue.words import command
from bot.dialogue.work import NotUnderstood, Work
from bot.files import take
from bot.message import TYPED_LIMIT, Filed, Message, Reply, heard
from bot.screens import hearing as screens
from bot.screens.duties import title
from bot.screens.wording import short
from bot.store import duties, sayings
from bot.values import Saying
from scoring.numerals import quoted
from scoring.refusal import Refused

Do = Callable[[Work, Action], Reply]
"""bot.dialogue.respond, which stands above this file."""

T = TypeVar("T")
ALBUMS_KEPT = 4  # what was sent together and may still be coming, of each chat
NAMED = 3  # files that were refused and are named


def respond(work: Work, action: Hearing, do: Do) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    saying = sayings.read(work.session, me=work.me, saying_id=action.saying)
    match action:
        case Which(number):
            return Reply(screens.which(number, saying))
        case Place(_, place):
            return _place(work, saying, place, do)
        case TypedAgain(_, text):
            return _again(work, saying, text, do)
        case WaitWith(_, upload):
            return _wait(work, saying, upload, do)
        case Edited(number):
            there = standing(work, saying.places[0][0], do)
            return Reply(replace(screens.edited(number, saying), hears=there.hears, takes=there.takes))
        case Correct():
            return _correct(work, saying, do)
        case _:
            assert_never(action)


def standing(work: Work, screen: str, do: Do) -> Message:
    """A screen by its action, drawn as it looks now; Home when it may no longer be seen."""
    return _drawn(work, screen, do)[0]


def _drawn(work: Work, screen: str, do: Do) -> tuple[Message, Refused | None]:
    """The same, with the reason why it may no longer be seen."""
    first = Home() if work.me.known else EnterCode()
    try:
        return do(work, read(screen) or first).screen, None
    except Refused as gone:
        return do(work, first).screen, gone


# --- a text ---------------------------------------------------------------------------------------------------------


def visible(text: str) -> str:
    """A text without what nobody sees, which no database stores."""
    return "".join(c for c in text if c == "\n" or c.isprintable() or c.isspace())


def clean(text: str) -> str:
    """What was typed, as it is heard. Raises Refused when it is too long."""
    if len(text) > TYPED_LIMIT:
        raise Refused(f"内容太长了，请控制在 {TYPED_LIMIT} 字以内，可以分几次发。")
    return visible(text)


def hear(
    work: Work, text: str, places: Sequence[str], do: Do, *, sure: bool = True
) -> tuple[Reply, str | None]:
    """Do what a text means on the first of these screens, or ask; with the screen that heard it, if one did.

    It is asked where it belongs when several of them understand it, or when it is not `sure` that one of them is meant
    at all; and whether it counts when something else does. Raises Refused.
    """
    first = places[0]
    if action := command(work.me, text):
        return do(work, action), first
    if len(places) > 1 or not sure:
        found, listed = _understood(work, text, places, do)
        if len(found) > 1 or (found and (listed or not sure)):
            return _ask(work, text, found, do), None
        hearing = (place for place in places if standing(work, place, do).hears)
        first = found[0][0] if found else next(hearing, first)
    screen, gone = _drawn(work, first, do)
    action, there = heard(text, screen, work.digits), read(first)
    if action is None and gone is None and isinstance(there, Reminder):
        found, _ = _understood(work, text, [first], do)
        if found:
            return _ask(work, text, found, do), None
    try:
        reply = _do(work, action or Say(text), do)
    except NotUnderstood as puzzled:
        if gone is None and action is None and isinstance(there, Reminder) and tasks_in(work, there):
            raise Refused(
                f"没看懂{quoted(puzzled.text)}。请先点要填的那一项，再输入结果；"
                "出勤等数字也可以直接输入，例如：17/18。"
            ) from None
        raise gone or puzzled from None
    return reply, _heard_at(reply, action, first)


def _heard_at(reply: Reply, action: Action | None, screen: str) -> str | None:
    """Where a text is to be heard again when it is edited; None while something is asked about it."""
    here = reply.screen.here
    if isinstance(here, Which | Edited):
        return None
    if isinstance(action, TypedReport):
        return wire(Task(action.task))
    return wire(here) if isinstance(action, TypedAssignment) else screen


def _do(work: Work, action: Action, do: Do, *, asking: bool = True) -> Reply:
    """Do what a text means there or, where it means nothing, what it means everywhere; or ask. Raises Refused."""
    try:
        return do(work, action)
    except NotUnderstood as puzzled:
        try:
            return do(work, Say(puzzled.text))
        except NotUnderstood:
            if puzzled.offer is None or not asking:
                raise puzzled from None
            return puzzled.offer()


def _understood(work: Work, text: str, places: Sequence[str], do: Do) -> tuple[list[tuple[str, str]], bool]:
    """Those of these screens on which a text means something, with what they are called; and whether one of several
    things in a list is among them."""
    found: dict[str, tuple[str, str]] = {}  # title and branch by screen
    listed = False
    for place in places:
        screen, gone = _drawn(work, place, do)
        there, means = read(place), heard(text, screen, work.digits)
        if gone or (isinstance(there, Task) and overtaken(work, there)):
            continue
        if isinstance(means, TypedAgain):  # what it may be meant for is what the question there offers
            offered = sayings.read(work.session, me=work.me, saying_id=means.saying).places
            again, among = _understood(work, text, [screen for screen, _ in offered], do)
            for one, called in again:
                found.setdefault(one, (called, ""))
            listed |= among
            continue
        if isinstance(there, Reminder) and (means is None or isinstance(means, TypedReport)):
            tasks = tasks_in(work, there)
            for owed, duty in tasks:
                if _works(work, TypedReport(owed.id, text), do):
                    found.setdefault(wire(Task(owed.id)), (title(owed, duty), owed.branch))
                    listed |= len(tasks) > 1
            continue
        if text.strip().isdecimal() and screen.hears is None:
            continue  # a number presses what is in sight alone
        if _works(work, means or Say(text), do):
            branch = next((line[1] for line in screen.lines if line[:1] == ("支部",)), "")
            found.setdefault(place, (screen.title, branch))
    names = []
    for called, branch in found.values():
        alike = [name for name, _ in found.values()].count(called) > 1
        names.append(f"{called} · {branch}" if alike and branch else called)
    return list(zip(found, names, strict=True)), listed


def _works(work: Work, action: Action, do: Do) -> bool:
    """Whether an action would not be refused; nothing of it is kept."""
    trial = work.session.begin_nested()
    try:
        _do(work, action, do, asking=False)
    except Refused:
        return False
    finally:
        trial.rollback()
    return True


def _ask(work: Work, text: str, found: Sequence[tuple[str, str]], do: Do) -> Reply:
    number = sayings.add(work.session, me=work.me, text=text, places=found, heard=False, message=work.message)
    return do(work, Which(number))


def _place(work: Work, saying: Saying, place: int, do: Do) -> Reply:
    """A text and the files that came with it go to one of the places that were offered."""
    if saying.heard or place >= len(saying.places):
        return Reply(standing(work, saying.places[0][0], do), toast="这句话已经记过了")
    there = saying.places[place]
    sayings.heard(work.session, me=work.me, saying_id=saying.id, place=there)
    reply, _ = hear(work, saying.text, [there[0]], do)
    if not saying.files:
        return reply
    album = Album(saying.message or "", said=(reply.toast,))
    for name, mime, digest in saying.files:
        path = work.evidence.path(digest)
        upload = Upload(name, mime, path.read_bytes()) if path.exists() else None
        album, _ = _taken(
            work, album, there[0], do, Sent(upload=upload, unreadable=None if upload else "lost")
        )
    return replace(reply, screen=standing(work, wire(reply.screen.here), do), toast=album.words)


def _again(work: Work, saying: Saying, text: str, do: Do) -> Reply:
    """Another text instead of one that waits for its place; a number alone is none, as the buttons have none."""
    number = text.strip()
    if number.isdecimal() and len(number) <= 2:
        if work.digits and 1 <= int(number) <= len(saying.places):
            return _place(work, saying, int(number) - 1, do)
        return Reply(screens.which(saying.id, saying), toast="还没有记。请点要记的那一项，或重新输入。")
    reply, _ = hear(work, text, [place for place, _ in saying.places], do, sure=False)
    if isinstance(asked := reply.screen.here, Which) and saying.files and not saying.heard:
        newer = sayings.read(work.session, me=work.me, saying_id=asked.saying)
        for file in saying.files:
            sayings.wait(work.session, saying=newer, file=file)
            newer = replace(newer, files=(*newer.files, file))
        return replace(reply, screen=screens.which(newer.id, newer))
    return reply


def _wait(work: Work, saying: Saying, upload: Upload, do: Do) -> Reply:
    """A file waits with its text, or follows it to where it was put."""
    if saying.heard:
        return _send(work, saying.places[0][0], do, Sent(upload=upload))
    name, mime, data = take(upload.name, upload.data)
    work.evidence.keep(data)
    if (file := (name, mime, work.evidence.digest(data))) not in saying.files:
        sayings.wait(work.session, saying=saying, file=file)
        saying = replace(saying, files=(*saying.files, file))
    return Reply(screens.which(saying.id, saying))


# --- a text that was edited -----------------------------------------------------------------------------------------


def edited(work: Work, message: str, text: str, do: Do) -> Reply:
    """A message was edited: ask whether what it says now counts; nothing changes before. Raises Refused."""
    if not text:
        raise Refused("换过的照片或文件没有重新收取，请再发一次。")
    known = sayings.of_message(work.session, me=work.me, message=message)
    if not known:
        raise Refused("这条消息发出较久，改动没有读取。请打开要改的那一项，重新输入。")
    last = next((saying for saying in known if saying.heard), None)
    if last is None:  # it still waits for an answer
        places = [place for place, _ in known[-1].places]
        return hear(work, text, places, do, sure=bool(known[-1].was))[0]
    there = last.places[0][0]
    if text.strip() == last.text.strip():
        return Reply(standing(work, there, do), toast="和记下的一样，没有要改的")
    if isinstance(given := read(there), ShowAssignment) and standing(work, there, do).hears is None:
        return do(work, RetypedAssignment(given.assignment, text))  # which says what to do instead
    number = sayings.add(
        work.session,
        me=work.me,
        text=text,
        places=[(there, "")],
        heard=False,
        message=message,
        was=last.text,
    )
    return do(work, Edited(number))


def _correct(work: Work, saying: Saying, do: Do) -> Reply:
    """Hear a text instead of what counts; a task that is done is opened only for what can be read as its answer."""
    there = saying.places[0]
    if saying.heard:
        return Reply(standing(work, there[0], do), toast="已经改过了")
    work = replace(work, message=saying.message)
    sayings.heard(work.session, me=work.me, saying_id=saying.id, place=(there[0], ""))
    if isinstance(task := read(there[0]), Task) and (owed := duties.one(work.session, task.task)).done:
        said = sayings.of_message(work.session, me=work.me, message=saying.message or "")
        if not stands(work, owed, saying, [one.text for one in said]):
            raise Refused("这项后来又填过，没有改动。如需修改，请打开这一项重新填。")
        return change(work, owed.id, saying.text)
    return hear(work, saying.text, [there[0]], do)[0]


# --- what is sent together ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Album:
    """Files and a text that were sent together, one by one: where they go, and what became of them so far.

    `places`: the screens its text may be meant for; `place`: the one that takes its files. `said`: what was answered
    besides; `refused`: why files were not taken, and `names` what those are called.
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
    if text and known not in album.texts:
        spoken = _attempt(work, lambda: hear(work, clean(text), album.places, do, sure=album.sure))
        album = replace(album, texts=(*album.texts, known))
        if isinstance(spoken, Refused):
            refusal = str(spoken)
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
        album, taken = _taken(work, album, place, do, sent)
        if taken and reply is None:
            at = place
        if taken and reply and reply.screen.here == taken.screen.here:
            reply = replace(reply, screen=taken.screen)  # it says of the file too
        reply = reply or (None if begun else taken)
    if refusal:
        album = replace(album, said=(*album.said, refusal))
    if reply is None and not album.group and not (album.new or album.old):
        raise Refused(album.words)
    shown = reply or Reply(standing(work, screen, do))
    return replace(shown, toast=album.words, filed=None), album, at


def _taken(work: Work, album: Album, place: str, do: Do, sent: Sent) -> tuple[Album, Reply | None]:
    """Let a screen take a file into an album, which keeps the reason if it does not; a question there stays."""
    reply = _attempt(work, lambda: _send(work, place, do, sent))
    if isinstance(reply, Refused):
        name = sent.upload.name if sent.upload else ""
        return replace(album, refused=(*album.refused, str(reply)), names=(*album.names, name)), None
    there, files = read(place), isinstance(reply.screen.here, Evidence)
    if isinstance(there, Edited) or (files and not isinstance(there, Card | Evidence | ShowEvidence)):
        reply = replace(reply, screen=standing(work, place, do))
    return _filed(album, reply), reply


def _taking(work: Work, places: Sequence[str], do: Do) -> str:
    """The first of these screens that takes a file; the first one when none does."""
    return next((place for place in places if standing(work, place, do).takes), places[0])


def _send(work: Work, place: str, do: Do, sent: Sent) -> Reply:
    if sent.upload is None:
        return do(work, Unreadable(sent.unreadable or "other"))
    takes = standing(work, place, do).takes
    return do(work, takes(sent.upload) if takes else Send(sent.upload))


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
