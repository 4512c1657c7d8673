"""Every number in a file that leaves the chat is what was written down: form, lists, archive, json, charts, 为什么."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.actions import (
    FormFile,
    RadarChart,
    RegisterFile,
    StandingsChart,
    SummaryFile,
    TermArchive,
    TermsChart,
)
from bot.permissions import Rater
from bot.store import rectifications, sheets
from scoring.sheet import Sheet
from tests.archived import Archived
from tests.audit import SECRETARIES, Audit, go
from tests.conftest import Clock, Databases, trials
from tests.drawn import Drawn, chart
from tests.on_paper import Papers
from tests.paper.forms import texts
from tests.phone import Phone, World
from tests.published import evaluated
from tests.reckoning import OF, TABLE, marks

pytestmark = pytest.mark.slow

RANDOM = settings(
    max_examples=trials(6),
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def file_of(phone: Phone) -> bytes:
    """The file that comes with the screen."""
    assert phone.screen.attachment is not None, phone.text + phone.toast
    return phone.screen.attachment.read()


def look_through(world: World) -> None:
    """Each file of this term for whoever may have it, as the screens give it."""
    term, papers, archived, drawn = world.terms[0], Papers(world), Archived(world), Drawn(world)
    member, branches = world.phone("member"), world.branches
    for kind in (0, 1):
        for n, who in enumerate(SECRETARIES):
            papers.form(file_of(member.press(FormFile(branches[n].id, term.id, kind))), n, own=False)
            papers.form(file_of(world.phone(who).press(FormFile(branches[n].id, term.id, kind))), n, own=True)
        papers.summary(file_of(member.press(SummaryFile(term.id, kind))))
        papers.register(file_of(member.press(RegisterFile(term.id, kind))))
    kept = archived.archive(file_of(member.press(TermArchive(term.id, 0))))
    counting = [n for n, _, _ in drawn.counting]
    if counting:
        drawn.table(chart(member.press(StandingsChart(term.id, 0, 0)).screen))
        assert kept["图/排名.png"] == file_of(member), "the archive has the picture of the screen"
        for number, name in enumerate(TABLE, start=1):
            drawn.table(chart(member.press(StandingsChart(term.id, number, 0)).screen), name)
    for n in counting:
        drawn.radar(chart(member.press(RadarChart(branches[n].id, term.id)).screen), n, beside=True)
        assert kept[f"图/{branches[n].name} 雷达图.png"] == file_of(member)
    for n, who in enumerate(SECRETARIES):
        drawn.over_terms(chart(member.press(TermsChart(branches[n].id)).screen), n, own=False)
        drawn.over_terms(chart(world.phone(who).press(TermsChart(branches[n].id)).screen), n, own=True)


def test_every_file_of_a_published_term_says_what_was_written_down(world: World) -> None:
    evaluated(world)
    world.phone("member").say("评价双龙").say("备注").say("=看过\t材料")
    world.phone("administrator").say("公布").tap("确认公布")
    world.phone(SECRETARIES[2]).say("整改").tap("采用全部").tap("提交整改").tap("确认提交")
    look_through(world)
    for n, who in enumerate(SECRETARIES):
        phone = world.phone(who)
        Audit(world).result(phone, go(phone, "结果"), n)
        Drawn(world).radar(chart(phone.press(RadarChart(world.branches[n].id, 0)).screen), n, beside=False)
    Audit(world).committee(world.phone("member"), [2])


# --- any sheets -----------------------------------------------------------------------------------------------------

Given = Mapping[int, tuple[Decimal, str]]


@st.composite
def any_sheet(draw: st.DrawFn) -> tuple[Given, Mapping[int, str], bool]:
    """Points of all items, or of some, with odd reasons; notes beside them; and whether it is handed in."""
    whole = draw(st.booleans())
    given: dict[int, tuple[Decimal, str]] = {}
    for n, of in OF.items():
        tenths = draw(st.sampled_from([int(of * 10), int(of * 8), 0]) | st.integers(0, int(of * 10)))
        if whole or draw(st.booleans()):
            given[n] = Decimal(tenths) / 10, draw(texts).strip() or "缺记录"
    noted = draw(st.dictionaries(st.sampled_from(list(OF)), texts, max_size=3))
    return given, noted, whole and draw(st.booleans())


@pytest.mark.random
@RANDOM
@given(st.lists(any_sheet(), min_size=8, max_size=8), st.sets(st.sampled_from(list(OF)), max_size=4))
def test_any_sheets_come_out_of_every_file_as_they_went_in(
    databases: Databases, written: list[tuple[Given, Mapping[int, str], bool]], planned: set[int]
) -> None:
    with TemporaryDirectory() as folder:
        world = World(databases.give("sqlite", "demo"), Path(folder), Clock())
        for n, one in enumerate(written):
            _write(world, n // 2, list(Rater)[n % 2], *one)
        _plan(world, planned)
        look_through(world)


def _write(
    world: World, branch: int, rater: Rater, given: Given, noted: Mapping[int, str], handed_in: bool
) -> None:
    """A sheet says this, and nothing of what it said before."""
    me = world.me("member" if rater is Rater.COMMITTEE else SECRETARIES[branch])
    branch_id, term = world.branches[branch].id, world.terms[0]
    with world.database.write() as session:
        number = sheets.begin(session, branch_id=branch_id, term=term, rater=rater)
        file = sheets.open_file(session, number, to_write=True)
        if file.sheet.submitted:
            return
        after = Sheet(file.sheet.edition)
        for n, (points, reason) in given.items():
            own = after.edition.grade_of(n, points) is None  # no grade's points: they need a reason
            after = after.pointed(n, points, reason if own else "")
        file = sheets.save(session, me=me, file=file, after=after)
        for n, note in noted.items():
            sheets.save_note(session, me=me, file=file, item=n, note=note)
        if handed_in:
            sheets.submit(session, me=me, file=file)


def _plan(world: World, items: set[int]) -> None:
    """The committee takes measures down for these items of 双龙."""
    with world.database.write() as session:
        plan = rectifications.begin(session, branch=world.branches[2], term=world.terms[0])
        said = [(n, f"措施{n}") for n in sorted(items & marks(world, 2).keys())]
        rectifications.add_measures(session, me=world.me("member"), plan=plan, said=said, suggested=True)
