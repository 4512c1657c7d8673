"""Secrecy of 年度评议: what the files of a closed round, and a backup, can tell of who voted what, and when."""

import random
import re
import sqlite3
import threading
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.actions import CloseReview, VoidReview
from bot.permissions import Me
from bot.store import backup as backups
from bot.store import ballots, review, roll, terms
from bot.store.codes import new_code
from bot.store.database import Database
from bot.store.tables import BALLOT, BALLOT_OPINION, REVIEW, TERM, VOTER
from jobs.duties.calendar import propose_terms
from scoring.refusal import Refused
from scoring.review import LEAST, Electorate, Marks
from scoring.rubric import Grade
from tests.conftest import Clock, Databases, sqlite_database, trials
from tests.phone import World
from tests.voting import all_of, ballot, closed, codes, hub, opened, vote

MASSES = Electorate.MASSES
Vote = tuple[str, dict[int, Marks], dict[int, str], list[str]]
"""A code, what is voted with it, and the keys under which it is stored."""


@pytest.fixture
def postgres_world(databases: Databases, tmp_path: Path, clock: Clock) -> World:
    """The demo committee on PostgreSQL."""
    return World(databases.give("postgresql", "demo"), tmp_path, clock)


def prepared(database: Database, me: Me) -> tuple[int, list[str], list[int]]:
    """A round that is open, its codes and its branches; the codes are not drawn by lot, so that two are alike."""
    edition = "jinsong_2017"
    with database.write() as session:
        term = terms.add_term(session, committee_id=1, dates=propose_terms(2011)[1], edition=edition)
        session.execute(sa.update(TERM).where(TERM.c.id == term.id).values(published_at=me.now))
        number = review.prepare(session, me=me, committee_id=1, year=2011, edition=edition)
        branches = [branch.id for branch in roll.of_term(session, term)]
        review.open_round(
            session, me=me, review=review.one(session, number), branches=branches, edition=edition
        )
        made = [f"CODE{n:04}" for n in range(40)]
        rows = [{"code": code, "review_id": number, "group": 1 + n % 5} for n, code in enumerate(made)]
        session.execute(sa.insert(VOTER), rows)
    return number, made, branches


def votes(made: Sequence[str], branches: Sequence[int], luck: random.Random) -> list[Vote]:
    """A vote for each code."""
    return [
        (
            code,
            {branch: all_of(luck.choice([None, *Grade])) for branch in branches},
            {branch: f"意见 {luck.random()}" for branch in branches if luck.random() < 0.4},
            [f"{luck.getrandbits(128):032x}" for _ in range(5)],
        )
        for code in made
    ]


def cast(database: Database, every: Sequence[Vote]) -> None:
    for code, marks, said, keys in every:
        key = iter(keys)
        with database.write() as session:
            ballots.cast(session, code, marks, said, key=lambda key=key: next(key))  # type: ignore[misc]


def close(database: Database, me: Me, number: int) -> None:
    with database.write() as session:
        found = review.one(session, number, to_write=True)
        ballots.hold(session)
        review.close_round(session, me=me, review=found)


def test_the_order_of_the_votes_is_in_no_file_of_a_closed_round(tmp_path: Path, clock: Clock) -> None:
    """The same ballots under the same keys, cast in two orders, leave the same bytes."""
    left = []
    for name in ("one", "other"):
        with closing(sqlite_database(tmp_path / f"{name}.db", "demo")) as database:
            me = World(database, tmp_path, clock).me("administrator")
            number, made, branches = prepared(database, me)
            every = votes(made, branches, random.Random(2017))
            if name == "other":
                random.Random(1).shuffle(every)
            cast(database, every)
            close(database, me, number)
            files = {file.name.removeprefix(name): file.read_bytes() for file in tmp_path.glob(f"{name}.db*")}
        left.append({ending: data for ending, data in files.items() if ending != ".db-shm"})
    assert left[0].keys() == left[1].keys()
    assert all(left[0][ending] == left[1][ending] for ending in left[0])
    assert left[0][".db-wal"] == b""


def test_postgresql_s_row_versions_are_all_alike_and_in_the_order_of_the_keys(
    postgres_world: World,
) -> None:
    database, me = postgres_world.database, postgres_world.me("administrator")
    number, made, branches = prepared(database, me)
    every = votes(made, branches, random.Random(2017))
    random.Random(1).shuffle(every)
    cast(database, every)
    with database.engine.connect() as connection:
        assert len(versions(connection, BALLOT)) == len(made), (
            "while it is open each vote has a version of its own"
        )
    close(database, me, number)
    with database.engine.connect() as connection:
        for table in (BALLOT, BALLOT_OPINION):
            assert len(versions(connection, table)) == 1
            places = connection.execute(
                sa.select(table.c.key, CTID).order_by(sa.literal_column("ctid"))
            ).all()
            assert [key for key, _ in places] == sorted(key for key, _ in places)
            assert places[0][1] == "(0,1)", "the file is a new one, with nothing dead before the first row"
        assert connection.execute(sa.select(sa.func.count()).select_from(VOTER)).scalar() == 0


CTID = sa.literal_column("ctid").cast(sa.Text()).label("place")


def versions(connection: sa.Connection, table: sa.Table) -> set[str]:
    """The transactions that wrote the rows of a table."""
    written = sa.literal_column("xmin").cast(sa.Text())
    return set(connection.execute(sa.select(written).select_from(table)).scalars())


@pytest.mark.random
def test_who_has_all_files_guesses_no_better_than_by_chance(tmp_path: Path, clock: Clock) -> None:
    """Each voter's ballot is their own; from the files nobody finds a code, and the order of the box says nothing."""
    hits = rounds = 0
    for seed in range(6):
        with closing(sqlite_database(tmp_path / f"{seed}.db", "demo")) as database:
            me = World(database, tmp_path, clock).me("administrator")
            number, made, branches = prepared(database, me)
            luck = random.Random(seed)
            every = votes(made, branches, luck)
            luck.shuffle(every)
            cast(database, every)
            close(database, me, number)
        data = b"".join(file.read_bytes() for file in sorted(tmp_path.glob(f"{seed}.db*")))
        assert not re.search(rb"CODE\d{4}", data), "no code is left"
        with closing(sqlite3.connect(tmp_path / f"{seed}.db")) as connection:
            box = [key for (key,) in connection.execute("SELECT key FROM ballot")]
        keys = [keys[0] for _, _, _, keys in every]
        hits += sum(
            one == other for one, other in zip(box, keys, strict=True)
        )  # guessed: in the order they came
        rounds += len(keys)
    assert hits < rounds / 8, "by chance one of forty each time; a box in its order would be all of them"


@pytest.mark.slow
def test_a_backup_has_no_open_box_and_its_restore_voids_the_round(world: World, tmp_path: Path) -> None:
    phone = opened(world, "群众8")
    first = codes(world)[MASSES]
    vote(world, MASSES, 5, Grade.EXCELLENT, said={world.branches[0].id: "很好的意见"})
    path = tmp_path / "backup.zip"
    backups.backup(world.database, world.evidence.folder, path, lambda *_: None)
    with zipfile.ZipFile(path) as archive:
        text = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")
    assert not any(code in text for code in first)
    assert "很好的意见" not in text
    blank = sqlite_database(tmp_path / "restored.db", "empty")
    with closing(blank):
        backups.restore(blank, tmp_path / "restored", path, lambda *_: None)
        with blank.read() as session:
            [state] = [
                review.one(session, number).state
                for number in session.execute(sa.select(REVIEW.c.id)).scalars()
            ]
            assert state == "void"
        again = World(blank, tmp_path, world.clock)
        opened(again, "群众8")
        assert not set(codes(again)[MASSES]) & set(first)
    closed(phone)
    backups.backup(world.database, world.evidence.folder, path, lambda *_: None)
    with closing(sqlite_database(tmp_path / "later.db", "empty")) as later:
        backups.restore(later, tmp_path / "restored", path, lambda *_: None)
        shown = hub(World(later, tmp_path, world.clock)).tap("看评议结果")
        assert shown.screen.lines[0] == ("常营主校区党支部", "群众 100")


def test_nothing_lies_beside_a_choice(world: World) -> None:
    """No table but the box and the codes changes when somebody votes, and the box has no time, person or number."""
    opened(world, "群众8")
    for table in (BALLOT, BALLOT_OPINION):
        assert {column.name for column in table.columns} <= {
            "review_id",
            "key",
            "group",
            "marks",
            "branch_id",
            "text",
        }
    assert {column.name for column in VOTER.columns} == {"code", "review_id", "group", "used"}
    world.polls.cast(codes(world)[MASSES][0], ballot(world, Grade.PASSED), {})
    with world.database.read() as session:
        [key] = session.execute(sa.select(BALLOT.c.key)).scalars()
    assert re.fullmatch("[0-9a-f]{32}", key)


@pytest.mark.random
def test_votes_and_the_closing_at_once_are_one_before_the_other(world: World) -> None:
    """Whoever is told that they voted is counted, and nobody else; a code that several use at once gives one ballot."""
    for seed in range(trials(5)):
        phone = opened(world, "群众12")
        number, luck = phone.at("review"), random.Random(seed)
        every = [code for code in codes(world)[MASSES] for _ in range(2)]
        luck.shuffle(every)
        close_after = luck.randrange(len(every))
        began, told = threading.Semaphore(0), list[str]()

        def voter(code: str, began: threading.Semaphore = began, told: list[str] = told) -> None:
            began.release()
            with suppress(Refused):
                world.polls.cast(code, ballot(world, Grade.PASSED), {1: "好"})
                told.append(code)

        with ThreadPoolExecutor(4) as pool:
            waits = [pool.submit(voter, code) for code in every]
            for _ in range(close_after):
                began.acquire()
            world.phone("administrator").press(CloseReview(number))
            for wait in waits:
                wait.result()
        with world.database.read() as session:
            found = review.one(session, number)
            cast_ = len(ballots.ballots(session, number))
            said = len(ballots.opinions(session, number).get(1, ()))
        assert found.state == "closed"
        assert len(set(told)) == len(told) == said == found.returned.get(MASSES, 0)
        assert cast_ == (len(told) if len(told) >= LEAST else 0)
        phone.press(VoidReview(number))


def test_another_committees_open_round_is_not_touched(world: World) -> None:
    me = world.me("administrator")
    number, made, branches = prepared(world.database, me)
    cast(world.database, votes(made, branches, random.Random(3))[:7])
    closed(opened(world, "群众8"))
    with world.database.read() as session:
        used = session.execute(
            sa.select(sa.func.count()).where(VOTER.c.review_id == number, VOTER.c.used)
        ).scalar_one()
        left = session.execute(sa.select(sa.func.count()).where(BALLOT.c.review_id == number)).scalar_one()
    assert (used, left) == (7, 7)


def test_codes_are_not_guessed() -> None:
    made = {new_code() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch("[2-9A-HJ-KM-NP-Z]{8}", code) for code in made)
