"""What is not published reaches no secretary: every byte that one receives is searched for the totals of the others.

Files are opened where they hold files (xlsx, docx, zip): a new screen, or a new file on one, is searched without being
named here.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal

import pytest

from bot import actions
from bot.dialogue.mailing import letter
from bot.dialogue.work import Work
from bot.message import Message, Reply, plain
from bot.permissions import Openness, Rater
from bot.store import sheets
from tests.channels.test_web_doors import served
from tests.conftest import Clock
from tests.phone import World
from tests.published import evaluate
from tests.walking import Walk
from tests.wire import Clockwork

LOST = {1: "2.3", 2: "0.9", 3: "3.1"}  # what is left of item 1 of each other branch, of 4
SENTINEL = re.compile(rb"(?<![\d.])(?:98\.3|96\.9|99\.1)(?!\d)")
SHARE = 6  # buttons of a kind that the walk presses


def rated(world: World) -> None:
    """The committee has evaluated all branches, and published nothing."""
    evaluate(world, 0, "合" * 24)
    for branch, points in LOST.items():
        evaluate(world, branch, "优" * 24, submits=False)
        with world.database.write() as session:
            found = world.sheet(branch, Rater.COMMITTEE)
            assert found is not None
            file = sheets.open_file(session, found.id, to_write=True)
            after = file.sheet.pointed(1, Decimal(points), "记录不全")
            sheets.submit(
                session,
                me=world.me("member"),
                file=sheets.save(session, me=world.me("member"), file=file, after=after),
            )


def opened(data: bytes) -> Iterator[bytes]:
    """A file, and what is in it."""
    yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from opened(archive.read(name))


def received(message: Message) -> Iterator[bytes]:
    """All of a screen: texts, labels, and its file."""
    for text in (plain(message), message.hint, *(button.label for button in message.buttons)):
        yield text.encode()
    if message.attachment is not None:
        yield message.attachment.name.encode()
        yield from opened(message.attachment.read())


def answered(reply: Reply) -> Iterator[bytes]:
    yield reply.toast.encode()
    yield from received(reply.screen)
    if reply.receipt is not None:
        yield from received(reply.receipt)


def forged(world: World) -> list[actions.Action]:
    """What names the other branches and the term."""
    term, asked = world.terms[0].id, list[actions.Action]()
    for branch in world.branches[1:]:
        file = world.sheet(world.branches.index(branch), Rater.COMMITTEE)
        assert file is not None
        asked += [kind(branch.id, term) for kind in (actions.Result, actions.WhyTotal, actions.WayUp)]
        asked += [
            kind(branch.id, term) for kind in (actions.Profile, actions.LostPoints, actions.Differences)
        ]
        asked += [kind(file.id) for kind in (actions.Overview, actions.Contents, actions.AskTakeBack)]
        asked += [actions.OverTerms(branch.id), actions.Card(file.id, 1), actions.WhyItem(file.id, 1)]
    asked += [
        kind(term) for kind in (actions.Standings, actions.CheckList, actions.Outcome, actions.PublicNotice)
    ]
    return [*asked, actions.Trial(term, 0, 0, 0, 0), actions.StandingsBy(term, 0, 0)]


WORDS = (
    "排名",
    "结果",
    "各支部多少分",
    "劲松多少分",
    "双龙几星",
    "谁第一",
    "公布",
    "公示",
    "试算",
    "导出",
    "走势",
    "差多少",
)


def leaks(pieces: Iterator[bytes]) -> list[bytes]:
    return [piece for piece in pieces if SENTINEL.search(piece)]


def test_a_total_is_found_in_a_file_of_a_screen() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet1.xml", "<v>98.3</v>" * 99)
    assert not SENTINEL.search(out.getvalue())
    assert leaks(opened(out.getvalue()))
    assert not leaks(opened(b"198.3 98.35 1.98.3"))


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [Openness.OWN, Openness.TOTALS])
def test_no_unpublished_total_of_another_branch_is_in_what_a_secretary_receives(
    desk: World, clock: Clock, monkeypatch: pytest.MonkeyPatch, chosen: Openness
) -> None:
    for who in World.PERSONAS:
        desk.phone(who).say("首页")
    rated(desk)
    desk.phone("administrator").press(actions.SetOpenness(1, int(chosen)))
    walk = Walk(desk, monkeypatch, enough=SHARE)
    assert leaks(answered(desk.phone("member").say("排名").reply)), "the committee sees them"
    walk.answers.clear()
    clockwork = Clockwork(desk, clock)
    clock.forward(minutes=40)
    clockwork.tick()
    arrived = clockwork.wire.at(World.PERSONAS["secretary"])
    assert arrived
    assert [found for message in arrived for found in leaks(received(message))] == []
    phone = desk.phone("secretary")
    for action in forged(desk):
        phone.press(action)
    for text in WORDS:
        phone.say("首页").say(text)
    walk.walk("secretary")
    assert len(walk.answers) > 300
    assert sum(reply.screen.attachment is not None for _, reply in walk.answers) > 1
    assert [found for _, reply in walk.answers for found in leaks(answered(reply))] == []
    with desk.database.read() as session:
        work = Work(session, desk.me("secretary"), desk.evidence, lambda _: [])
        shown: list[actions.Action] = [
            actions.Outcome(desk.terms[0].id),
            actions.Reminder(20261228, 20261201),
        ]
        mailed = letter(work, shown)
    assert mailed is None or not leaks(received(mailed))


@pytest.mark.slow
def test_no_unpublished_total_is_in_what_the_server_sends_a_secretary(desk: World) -> None:
    desk.phone("secretary").say("首页")
    rated(desk)
    link = desk.phone("secretary").press(actions.NewCalendarLink(0))
    key = next(part for part in link.text.split() if "/calendar/" in part).rpartition("/calendar/")[2]
    for place in served(desk):
        browser = place.browser("secretary")
        pieces = [browser.open().content]
        for path in ("/metrics", "/readyz", "/healthz", f"/calendar/{key}"):
            answer = browser.http.get(path)
            assert answer.status_code == 200, path
            pieces.append(answer.content)
        assert b"BEGIN:VCALENDAR" in pieces[-1]
        for action in (actions.Home(), *forged(desk)):
            pieces.append(browser.say(press=actions.wire(action)).content)
        with browser.events() as states:
            pieces.append(json.dumps(next(states), ensure_ascii=False).encode())
        assert leaks(iter(pieces)) == []
        assert len(pieces) > 40
