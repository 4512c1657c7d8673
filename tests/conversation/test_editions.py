"""Another rating table, with 5 items or with 30 in seven categories: the same program from setting up to the stars."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa

from bot.actions import read
from bot.health import wrong_edition
from bot.message import plain
from bot.permissions import Me, Role, Seat
from bot.screens.home import help_screen
from bot.setup import carry_out, read_plan
from bot.store import terms
from bot.store.database import Database
from bot.store.notices import DIGEST
from bot.store.tables import TERM
from jobs import reminders
from jobs.duties.catalogue import read_duties
from scoring.refusal import Refused
from scoring.rubric import read_edition
from tests import editions
from tests.conftest import ZONE, Clock, Databases
from tests.editions import LARGE, POOR, SMALL
from tests.everything import everything
from tests.main_job import invited, main_job
from tests.phone import Phone, World
from tests.walking import Walk

PLAN = """committee = "星河职业高中党总支"
branches = ["东校区党支部", "西校区党支部"]
edition = "{}"

[[terms]]
name = "2026–2027学年第一学期"
starts = 2026-09-01
ends = 2027-01-22
"""
OF_ANOTHER = re.compile(r"(?<!第 )(?<!–)(?<!还有 )24 项|/24(?!\d)|1[-–]24")


class Elsewhere(World):
    """A committee that was set up from a file, under an edition of its own."""

    PERSONAS: ClassVar[dict[str, str]] = {"administrator": "a", "secretary": "s", "secretary of 西校区": "w"}

    def __init__(self, database: Database, folder: Path, clock: Clock, edition: str) -> None:
        super().__init__(database, folder, clock)
        (folder / "plan.toml").write_text(PLAN.format(edition), encoding="utf-8")
        _, made = carry_out(database, read_plan(folder / "plan.toml"), clock())
        self.phone("administrator").say(made.code)
        self.phone("secretary of 西校区").say(invited(self, 1))


@pytest.fixture
def more_editions(tmp_path: Path) -> Iterator[None]:
    """The program comes with other editions, too."""
    folder = tmp_path / "editions"
    folder.mkdir()
    with editions.installed(folder):
        yield


@pytest.fixture(params=[SMALL, LARGE])
def elsewhere(
    request: pytest.FixtureRequest, databases: Databases, tmp_path: Path, more_editions: None
) -> Elsewhere:
    """A committee under an edition with 5, or with 30 items, on the first day of its term."""
    clock = Clock(datetime(2026, 9, 1, 9, 5, tzinfo=ZONE))
    return Elsewhere(databases.give("sqlite", "empty"), tmp_path, clock, request.param)


def test_the_editions_are_what_they_are_called(more_editions: None) -> None:
    small, large = read_edition(SMALL), read_edition(LARGE)
    assert (len(small.items), len(small.categories)) == (5, 2)
    assert (len(large.items), len(large.categories)) == (30, 7)
    assert read_duties(LARGE)["plan"].items == (22,), "item 3 of the school is another one here"
    assert read_duties(LARGE)["self_sheet"].items == tuple(range(1, 31))
    assert read_duties(SMALL)["plan"].items == ()
    assert read_duties(SMALL)["plan"].source == "", "a sentence that this edition does not have"
    assert read_duties(SMALL)["plan"].decision == "暂定第三周周五前，管理员可以改。"
    assert read_duties(LARGE)["plan"].decision.startswith("制度没有规定是哪一天，暂定")


def test_help_says_on_which_days_one_is_reminded_and_that_the_page_does_not_ring() -> None:
    secretary = Me(1, "web", Clock().now, seats=(Seat(1, Role.SECRETARY, 1, "总支", 1, "支部"),))
    said = plain(help_screen(secretary, None, False))
    assert "提醒：每周第一个工作日一次；主题党日、自评截止的前一个工作日再说一次。" in said
    assert "网页没打开时手机不会响" in said
    assert "「日历订阅」" in said
    assert "邮件" not in said
    assert "「邮件提醒」" in plain(help_screen(secretary, None, True))


@pytest.mark.slow
def test_the_main_job_the_tick_and_the_standings_under_another_edition(elsewhere: Elsewhere) -> None:
    world, clock = elsewhere, elsewhere.clock
    assert isinstance(clock, Clock)
    [term] = world.terms
    edition = term.table
    said: list[str] = []

    def note(phone: Phone) -> Phone:
        said.extend((plain(phone.screen), *phone.labels, phone.toast))
        return phone

    for _ in range(60):  # days
        reminders.tick(world.database, clock())
        clock.forward(days=1)
    assert wrong_edition(world.database) is None
    owed = {row.key for row in everything(world.database)["notice"] if row.key.startswith(DIGEST)}
    assert len(owed) > 20, "days on which somebody is reminded"
    clock.now = clock.now.replace(year=2027, month=1, day=5)  # self-evaluation is open
    secretary = world.phone("secretary")
    for verb, what, then in main_job(invited(world, 0), edition):
        getattr(secretary, verb)(what)
        assert then in note(secretary).text, (verb, what)
    assert "超期" in note(secretary.say("待办")).text
    note(secretary.turn_to("12月主题党日").tap("12月主题党日")).say("17/18")
    assert "已完成" in note(secretary).toast
    note(secretary.tap("为什么"))
    administrator = world.phone("administrator").say("排名")
    assert f"东校区：预计 {stars(world)}" in note(administrator).text
    assert f"西校区 0/{len(world.terms[0].table.items)}" in administrator.labels
    home = note(world.phone("secretary of 西校区").say("首页"))
    assert f"已评 0/{len(edition.items)}" in home.text
    assert not OF_ANOTHER.search("\n".join(said))


def stars(world: World) -> str:
    """What the standings say of the first branch."""
    file = world.sheet(0)
    assert file is not None
    assert file.sheet.total is not None
    assert len(file.sheet.marks) == len(file.term.table.items)
    return f"{file.sheet.total.normalize():f} 分 ★★★★★"


def test_hints_and_help_name_items_that_the_edition_has(elsewhere: Elsewhere) -> None:
    few = len(elsewhere.terms[0].table.items) == 5
    some = "1优 2合 3 3.5" if few else "6优 7合 8 3.5"
    phone = elsewhere.phone("secretary")
    phone.say(invited(elsewhere, 0)).say("自评").tap("目录")
    assert phone.screen.hint == f"可输入项号，或一行：{some}"
    phone.say("阿嚏")
    assert f"可以发项号，或一行：{some}（原因）。" in phone.toast
    assert phone.tap("总览").screen.hint == f"可输入一行：{some}（原因）"
    assert f"输入一行，如 {some}（缺记录） " in phone.say("帮助").text


def test_before_there_is_a_term_help_names_no_item() -> None:
    secretary = Me(1, "web", Clock().now, seats=(Seat(1, Role.SECRETARY, 1, "总支", 1, "支部"),))
    assert "快速填写：输入一行，写明项号和得分，核对后保存。" in plain(help_screen(secretary, None, False))


@pytest.mark.slow
def test_no_screen_counts_the_items_of_another_edition(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(elsewhere, monkeypatch, enough=2)
    elsewhere.phone("secretary").say(invited(elsewhere, 0))
    reminders.tick(elsewhere.database, elsewhere.clock())
    for who in ("secretary", "administrator"):
        elsewhere.phone(who).say("首页")
        walk.walk(who)
    assert not walk.wrong, "\n".join(walk.wrong[:20])
    assert len(walk.answers) > 300
    for event, reply in walk.answers:
        shown = "\n".join((plain(reply.screen), *(b.label for b in reply.screen.buttons), reply.toast))
        assert not OF_ANOTHER.search(shown), (read(event.press or ""), event.text, shown)


def test_an_edition_whose_catalogue_does_not_fit_is_refused_by_setup(
    tmp_path: Path, more_editions: None
) -> None:
    plan = tmp_path / "plan.toml"
    for edition, sentence in (
        (
            POOR,
            "评价表「no_handbook」与任务目录不配套：任务 handbook 用到的台账 handbook_in 没有定义。请在评价表里改正。",
        ),
        ("nobody", "没有评价表版本「nobody」，请核对名称，或先把它的文件放进 scoring/editions。"),
    ):
        plan.write_text(PLAN.format(edition), encoding="utf-8")
        with pytest.raises(Refused) as refused:
            read_plan(plan)
        assert str(refused.value) == sentence


def test_administrators_hear_that_an_edition_in_use_does_not_fit(
    databases: Databases, tmp_path: Path, more_editions: None
) -> None:
    clock = Clock(datetime(2026, 9, 1, 9, 5, tzinfo=ZONE))
    world = Elsewhere(databases.give("sqlite", "empty"), tmp_path, clock, LARGE)
    assert wrong_edition(world.database) is None
    with world.database.write() as session:
        terms.change_edition(session, 1, POOR)
    ailment = wrong_edition(world.database)
    assert ailment is not None
    assert ailment.said.endswith("请在评价表里改正。没有改正以前，不再安排和提醒工作任务。")


def test_a_committee_takes_another_edition_for_its_new_terms(
    databases: Databases, tmp_path: Path, more_editions: None
) -> None:
    clock = Clock(datetime(2026, 9, 1, 9, 5, tzinfo=ZONE))
    world = Elsewhere(databases.give("sqlite", "empty"), tmp_path, clock, SMALL)
    plan = tmp_path / "plan.toml"
    more = '\n[[terms]]\nname = "2026–2027学年第二学期"\nstarts = 2027-02-22\nends = 2027-07-10\n'
    plan.write_text(PLAN.format(LARGE) + more, encoding="utf-8")
    added, _ = carry_out(world.database, read_plan(plan), clock())
    assert added[0] == "评价表 thirty_items，从新增的学期起用"
    assert [(term.starts, term.edition) for term in world.terms] == [
        (date(2027, 2, 22), LARGE),
        (date(2026, 9, 1), SMALL),
    ]
    plan.write_text(PLAN.format(LARGE).replace('edition = "thirty_items"\n', ""), encoding="utf-8")
    added, _ = carry_out(world.database, read_plan(plan), clock() + timedelta(days=1))
    assert added == [], "the edition that the committee has stays"


@pytest.mark.slow
@pytest.mark.parametrize("gone", [False, True], ids=["does not fit", "is not there"])
def test_where_an_edition_in_use_is_wrong_there_is_a_way_on_and_nothing_is_lost(
    databases: Databases, tmp_path: Path, more_editions: None, gone: bool
) -> None:
    clock = Clock(datetime(2026, 10, 12, 9, 5, tzinfo=ZONE))
    world = Elsewhere(databases.give("sqlite", "empty"), tmp_path, clock, LARGE)
    reminders.tick(world.database, clock())
    phone = world.phone("secretary of 西校区").say("首页")
    with world.database.write() as session:
        session.execute(sa.update(TERM).values(edition="nobody" if gone else POOR))
    home = phone.say("首页")
    assert home.screen.title == ("暂时打不开" if gone else "您好，支部书记")
    if not gone:
        assert "已评 0/4" in home.text
        assert "待办暂时看不了" in home.tap("待办").toast
        assert home.tap("开始自评").screen.title.startswith("第 1 项")
    assert phone.screen.buttons
    ailment = wrong_edition(world.database)
    assert ailment is not None
    assert ailment.concerns == frozenset({1})
