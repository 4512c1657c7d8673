"""The page where people vote: a code, a ballot that is looked at once more, and nothing of whoever votes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import sqlalchemy as sa

from bot.screens.ballot import CAST, CAST_BEFORE, NOT_PROMISED, PROMISED
from bot.store.ballots import UNKNOWN, USED
from bot.store.tables import BALLOT, BALLOT_OPINION, METADATA, VOTER, WEB_LINE
from bot.store.weblog import WebLog
from scoring.review import Electorate
from tests.browser import serving, web_app
from tests.phone import World
from tests.voting import codes, opened

OF_BALLOTS = {VOTER.name, BALLOT.name, BALLOT_OPINION.name}


@contextmanager
def page(world: World) -> Iterator[httpx.Client]:
    """The program's server in front of a committee, as a browser without a script asks it."""
    app = web_app(
        world.conversation,
        WebLog(world.database),
        secret_key="invented",
        secure_cookies=False,
        personas=None,
        chat=True,
        ready=list,
        polls=world.polls,
        now=world.clock,
    )
    with (
        serving(app) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60, follow_redirects=True) as http,
    ):
        yield http


def fields(html: str) -> dict[str, str]:
    """What a page's form sends along unseen."""
    return dict(re.findall(r'<input type=hidden name="([^"]+)" value="([^"]*)">', html))


def rows(world: World) -> dict[str, int]:
    """How many rows each table has."""
    with world.database.read() as session:
        return {
            table.name: session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }


def test_a_ballot_is_filled_looked_at_and_cast(world: World) -> None:
    opened(world)
    code = codes(world)[Electorate.MASSES][0]
    first = world.branches[0]
    before = rows(world)
    with page(world) as http:
        asked = http.get("/vote")
        assert "纸条上的码" in asked.text
        filling = http.get(f"/vote/{code}")
        assert "2025–2026学年 年度评议" in filling.text
        assert all(sentence in filling.text for sentence in (*PROMISED, *NOT_PROMISED))
        assert filling.text.count("<fieldset") == 6 * len(world.branches)
        chosen = {f"m{first.id}-1": "2", f"m{first.id}-2": "1", f"o{first.id}": "<b>很好</b>"}
        checking = http.post("/vote", data={"code": code, "step": "check", **chosen})
        assert "已选 2 项，弃权 22 项。还没有投出。" in checking.text
        assert "&lt;b&gt;很好&lt;/b&gt;" in checking.text
        kept = fields(checking.text)
        again = http.post("/vote", data={**kept, "step": "fill"})
        assert f'id="m{first.id}-1-2" name="m{first.id}-1" value="2" checked' in again.text
        assert before == rows(world), "until it is cast it is on the page alone"
        cast = http.post("/vote", data={**kept, "step": "cast", f"o{first.id}": "<b>很好</b>"})
        assert CAST[1] in cast.text
        assert CAST_BEFORE in http.post("/vote", data={**kept, "step": "cast"}).text, "a double tap"
        assert USED in http.get(f"/vote/{code}").text
        for answer in (asked, filling, checking, cast):
            assert "set-cookie" not in answer.headers
            assert "script" not in answer.text
    after = rows(world)
    assert {name for name in after if after[name] != before[name]} == {BALLOT.name, BALLOT_OPINION.name}
    with world.database.read() as session:
        marks = session.execute(sa.select(BALLOT.c.marks)).scalar_one()
        said = session.execute(sa.select(BALLOT_OPINION.c.text)).scalar_one()
    assert f'"{first.id}": "21----"' in marks
    assert said == "<b>很好</b>"


def test_a_cookie_of_the_chat_is_neither_read_nor_renewed(desk: World) -> None:
    opened(desk)
    with page(desk) as http:
        http.get("/")
        known = dict(http.cookies)
        assert known
        answer = http.get(f"/vote/{codes(desk)[Electorate.MASSES][0]}")
        assert "set-cookie" not in answer.headers


@pytest.mark.slow
def test_guesses_end_and_who_has_a_code_is_let_in(desk: World) -> None:
    opened(desk)
    before = rows(desk)
    with page(desk) as http:
        known = codes(desk)[Electorate.MASSES][0]
        kept = fields(http.get(f"/vote/{known}").text)
        tried = [f"2222{n:04}".translate({48: "A", 49: "B"}) for n in range(301)]
        answers = [http.post("/vote", data={"code": code}) for code in tried]
        assert UNKNOWN in answers[0].text
        assert answers[-1].status_code == 429
        assert "输错的次数太多了" in answers[-1].text
        assert rows(desk) == before, "a stranger costs nothing"
        assert CAST[1] in http.post("/vote", data={**kept, "step": "cast"}).text, "who was in already votes"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"step": "cast"},
        {"code": "", "step": "check"},
        {"code": "x" * 5000},
        {"code": "2222\x00222", "step": "cast"},
        {"code": "22223333", "step": "nonsense"},
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(desk: World, sent: dict[str, str]) -> None:
    opened(desk)
    before = rows(desk)
    with page(desk) as http:
        answer = http.post("/vote", data=sent)
        assert answer.status_code == 200
        assert UNKNOWN in answer.text
    assert rows(desk) == before


def test_odd_fields_are_abstentions_and_a_long_opinion_is_kept_to_be_shortened(desk: World) -> None:
    opened(desk)
    code, branch = codes(desk)[Electorate.MASSES][0], desk.branches[0].id
    with page(desk) as http:
        odd = {f"m{branch}-1": "9", f"m{branch}-2": "优", "m99-1": "2", f"o{branch}": "长" * 301}
        answer = http.post("/vote", data={"code": code, "step": "cast", **odd})
        assert f"{desk.branches[0].name}的意见请控制在 300 字以内" in answer.text
        assert "长" * 301 in answer.text, "nothing typed is lost"
        assert rows(desk)[BALLOT.name] == 0
        assert CAST[1] in http.post("/vote", data={"code": code, "step": "cast", f"m{branch}-1": "9"}).text
    with desk.database.read() as session:
        marks = session.execute(sa.select(BALLOT.c.marks)).scalar_one()
    assert set("".join(re.findall(r'": "([^"]*)"', marks))) == {"-"}


@pytest.mark.parametrize(("body", "status"), [("a=1&" * 6000, 400), ("o1=" + "%E9%95%BF" * 200_000, 413)])
def test_what_is_too_much_gets_a_sentence(desk: World, body: str, status: int) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    with page(desk) as http:
        answer = http.post("/vote", content=body, headers=kind)
    assert answer.status_code == status
    assert answer.json()["error"].endswith("。")


def test_nothing_is_logged_of_a_vote(desk: World, capsys: pytest.CaptureFixture[str]) -> None:
    opened(desk)
    code = codes(desk)[Electorate.MASSES][0]
    before = rows(desk)
    capsys.readouterr()
    with page(desk) as http:
        http.get(f"/vote/{code}")
        http.post("/vote", data={"code": code, "step": "cast"})
        metrics = http.get("/metrics").text
    said = capsys.readouterr()
    assert code not in said.out + said.err + metrics
    assert "vote" not in metrics
    assert "ballot" not in metrics
    assert rows(desk)[WEB_LINE.name] == before[WEB_LINE.name]
