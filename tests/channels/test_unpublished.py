"""What no screen shows a secretary reaches none: every byte one receives is searched for others' totals and reasons.

Files are opened where they hold files (xlsx, docx, zip), texts of pictures are read, and so is what a chart is drawn
from: a new screen, or a new file on one, is searched without being named here.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from time import sleep

import httpx
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

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

LEFT = ("1.7", "2.3", "0.9", "3.1")  # of item 1 of each branch, of 4
TOTALS = ("97.7", "98.3", "96.9", "99.1")  # what that comes to, the others being 优秀
WHY = ("记录缺甲", "记录缺乙", "记录缺丙", "记录缺丁")
SHARE = 6  # buttons of a kind that the walk presses


def rated(world: World) -> None:
    """The committee has evaluated all branches, and published nothing."""
    for branch, points in enumerate(LEFT):
        evaluate(world, branch, "优" * 24, submits=False)
        with world.database.write() as session:
            found = world.sheet(branch, Rater.COMMITTEE)
            assert found is not None
            file = sheets.open_file(session, found.id, to_write=True)
            after = file.sheet.pointed(1, Decimal(points), WHY[branch])
            sheets.submit(
                session,
                me=world.me("member"),
                file=sheets.save(session, me=world.me("member"), file=file, after=after),
            )


def sentinel(*branches: int) -> re.Pattern[bytes]:
    """Finds the totals of these branches, and why they lost points."""
    totals = "|".join(re.escape(TOTALS[n]) for n in branches)
    return re.compile(rf"(?<![\d.])(?:{totals})(?!\d)|{'|'.join(WHY[n] for n in branches)}".encode())


EVERY, OTHERS = sentinel(0, 1, 2, 3), sentinel(1, 2, 3)


def opened(data: bytes) -> Iterator[bytes]:
    """A file, and what is in it."""
    yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from opened(archive.read(name))
    if data.startswith(b"\x89PNG"):
        with Image.open(io.BytesIO(data)) as picture:
            yield repr(picture.info).encode()


def received(message: Message) -> Iterator[bytes]:
    """All of a screen: texts, labels, and its file."""
    for text in (plain(message), message.hint, *(button.label for button in message.buttons)):
        yield text.encode()
    if message.attachment is not None:
        yield message.attachment.name.encode()
        yield from opened(message.attachment.read())
        yield repr(message.attachment.data).encode()  # of a chart, what it is drawn from


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
            kind(branch.id, term) for kind in (actions.BranchPaper, actions.Rectify, actions.RadarChart)
        ]
        asked += [actions.FormFile(branch.id, term, kind) for kind in (0, 1)]
        asked += [actions.TermsChart(branch.id), actions.Proposals(branch.id, term, 0)]
    asked += [
        kind(term) for kind in (actions.Standings, actions.CheckList, actions.Outcome, actions.PublicNotice)
    ]
    asked += [actions.SummaryFile(term, kind) for kind in (0, 1)]
    asked += [actions.RegisterFile(term, kind) for kind in (0, 1)]
    asked += [actions.NoticeFile(term), actions.TermFiles(term), actions.Papers(term, 0)]
    asked += [actions.TermArchive(term, part) for part in (0, 1)]
    asked += [
        actions.Register(term, 0),
        actions.StandingsChart(term, 0, 0),
        actions.StandingsChart(term, 1, 0),
    ]
    return [*asked, actions.Trial(term, 0, 0, 0, 0), actions.StandingsBy(term, 0, 0)]


def own_files(world: World) -> list[actions.Action]:
    """The files that a branch has of its own."""
    branch, term = world.branches[0].id, world.terms[0].id
    made = [actions.FormFile(branch, term, kind) for kind in (0, 1)]
    return [*made, actions.RadarChart(branch, term), actions.TermsChart(branch)]


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


def leaks(pieces: Iterator[bytes], hidden: re.Pattern[bytes] = EVERY) -> list[bytes]:
    return [piece for piece in pieces if hidden.search(piece)]


def test_a_total_is_found_in_a_file_of_a_screen() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet1.xml", "<v>98.3</v>" * 99)
    assert not EVERY.search(out.getvalue())
    assert leaks(opened(out.getvalue()))
    assert not leaks(opened(b"198.3 98.35 1.98.3"))
    picture, said = io.BytesIO(), PngInfo()
    said.add_text("Comment", "98.3 " * 99, zip=True)
    Image.new("1", (1, 1)).save(picture, "PNG", pnginfo=said)
    assert not EVERY.search(picture.getvalue())
    assert leaks(opened(picture.getvalue()))


def shown_to_the_secretary(desk: World, clockwork: Clockwork, walk: Walk) -> Iterator[bytes]:
    """All that reaches the secretary of 常营: what comes by itself, is asked for, forged, typed, and walked to."""
    arrived = clockwork.wire.at(World.PERSONAS["secretary"])
    assert arrived
    for message in arrived:
        yield from received(message)
    walk.answers.clear()
    phone = desk.phone("secretary")
    for action in forged(desk):
        phone.press(action)
    for action in own_files(desk):
        assert phone.press(action).screen.attachment is not None, action
    for text in WORDS:
        phone.say("首页").say(text)
    walk.walk("secretary")
    assert len(walk.answers) > 300
    assert sum(reply.screen.attachment is not None for _, reply in walk.answers) > len(own_files(desk))
    for _, reply in walk.answers:
        yield from answered(reply)
    with desk.database.read() as session:
        work = Work(session, desk.me("secretary"), desk.evidence, lambda _: [])
        mailed = letter(work, [actions.Outcome(desk.terms[0].id), actions.Reminder(20261228, 20261201)])
    if mailed is not None:
        yield from received(mailed)


@pytest.fixture
def walk(desk: World, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """A secretary's way through a term that is evaluated, whose own 自评 is complete."""
    for who in World.PERSONAS:
        desk.phone(who).say("首页")
    desk.phone("secretary").say("自评").say("其余优秀").tap("保存")
    rated(desk)
    return Walk(desk, monkeypatch, enough=SHARE)


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [Openness.OWN, Openness.TOTALS])
def test_nothing_unpublished_is_in_what_a_secretary_receives(
    desk: World, clock: Clock, walk: Walk, chosen: Openness
) -> None:
    desk.phone("administrator").press(actions.SetOpenness(1, int(chosen)))
    member = desk.phone("member")
    assert leaks(answered(member.say("排名").reply)), "the committee sees them"
    for file in (actions.SummaryFile, actions.StandingsChart, actions.TermArchive):
        asked = {"kind": 0, "category": 0, "campus": 0, "part": 0}
        names = asked.keys() & file.__struct_fields__
        member.press(file(desk.terms[0].id, **{name: asked[name] for name in names}))
        assert leaks(answered(member.reply)), f"and in {file}"
    clockwork = Clockwork(desk, clock)
    clock.forward(minutes=40)
    clockwork.tick()
    assert leaks(shown_to_the_secretary(desk, clockwork, walk)) == []


@pytest.mark.slow
def test_nothing_of_another_branch_is_in_what_a_secretary_receives_of_published_results(
    desk: World, clock: Clock, walk: Walk
) -> None:
    desk.phone("administrator").say("公布").tap("确认公布")
    for who in ("secretary of 劲松", "secretary of 双龙"):
        desk.phone(who).say("整改").tap("写一条措施").say(f"补齐材料，{WHY[1]}")
    clockwork = Clockwork(desk, clock)
    clock.forward(minutes=40)
    clockwork.tick()
    found = list(shown_to_the_secretary(desk, clockwork, walk))
    assert leaks(iter(found)), "its own result is shown"
    assert leaks(iter(found), OTHERS) == []


def patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """What the server says when it is asked no more often than it allows."""
    while (answer := ask()).status_code == 429:
        sleep(0.1)
    assert answer.status_code == 200
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("published", [False, True])
def test_nothing_of_another_branch_is_in_what_the_server_sends_a_secretary(
    desk: World, published: bool
) -> None:
    desk.phone("secretary").say("自评").say("其余优秀").tap("保存")
    rated(desk)
    hidden = OTHERS if published else EVERY
    if published:
        desk.phone("administrator").say("公布").tap("确认公布")
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
        files = 0
        for action in (actions.Home(), *forged(desk), *own_files(desk)):
            answer = patiently(partial(browser.say, press=actions.wire(action)))
            pieces.append(answer.content)
            if answer.json()["screen"]["attachment"]:
                files += 1
                pieces += opened(patiently(partial(browser.http.get, "/file")).content)
        assert files >= len(own_files(desk))
        with browser.events() as states:
            pieces.append(json.dumps(next(states), ensure_ascii=False).encode())
        assert leaks(iter(pieces), hidden) == []
        assert len(pieces) > 40
