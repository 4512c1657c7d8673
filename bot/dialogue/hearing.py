"""The questions about what was said: where a text belongs, and whether an edited one counts."""

from dataclasses import replace
from typing import assert_never

from bot.actions import (
    Correct,
    Edited,
    Hearing,
    Place,
    RetypedAssignment,
    Say,
    ShowAssignment,
    Task,
    TypedAgain,
    Upload,
    WaitWith,
    Which,
    read,
    wire,
)
from bot.dialogue import asking
from bot.dialogue.duties import change, reading, stands
from bot.dialogue.meant import Do, hear, standing
from bot.dialogue.sent import Album, Sent, add, send
from bot.dialogue.work import Work
from bot.files import take
from bot.message import Reply
from bot.screens import hearing as screens
from bot.store import duties, sayings
from bot.values import Saying
from scoring.refusal import Refused


def respond(work: Work, action: Hearing, do: Do) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    if isinstance(action, Say):
        return asking.answer(work, action.text, do, whole=action.whole)
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
            shown = screens.edited(number, saying, _as_read(work, saying))
            return Reply(replace(shown, hears=there.hears, takes=there.takes))
        case Correct():
            return _correct(work, saying, do)
        case _:
            assert_never(action)


def _as_read(work: Work, saying: Saying) -> str:
    """What a text would be recorded as in the place of a task's answer; itself where it is none."""
    task = read(saying.places[0][0])
    return (
        reading(duties.one(work.session, task.task), saying.text) if isinstance(task, Task) else saying.text
    )


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
        album, _ = add(work, album, there[0], do, Sent(upload=upload, unreadable=None if upload else "lost"))
    return replace(reply, screen=standing(work, wire(reply.screen.here), do), toast=album.words)


def _again(work: Work, saying: Saying, text: str, do: Do) -> Reply:
    """Another text instead of one that waits for its place; a number alone is none, as the buttons have none."""
    number = text.strip()
    if number.isdecimal() and len(number) <= 2:
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
        return send(work, saying.places[0][0], do, Sent(upload=upload))
    name, mime, data = take(upload.name, upload.data)
    work.evidence.keep(data)
    if (file := (name, mime, work.evidence.digest(data))) not in saying.files:
        sayings.wait(work.session, saying=saying, file=file)
        saying = replace(saying, files=(*saying.files, file))
    return Reply(screens.which(saying.id, saying))


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
