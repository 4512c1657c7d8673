"""Strangers on the real page with the real database behind it: nothing of them is kept, and others are answered."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from bot.store.weblog import WebLog
from tests.browser import serving, web_app
from tests.channels.web_fakes import Visitor
from tests.conftest import ZONE
from tests.everything import everything
from tests.main_job import invited
from tests.phone import World, picture


@pytest.fixture
def url(world: World) -> Iterator[str]:
    app = web_app(
        world.conversation,
        WebLog(world.database),
        secret_key="a key for this test alone, long enough",
        secure_cookies=False,
        personas=None,
        chat=True,
        ready=list,
        now=lambda: datetime.now(ZONE),
    )
    with serving(app) as address:
        yield address


def test_what_strangers_say_send_and_look_at_leaves_nothing(world: World, url: str) -> None:
    before = everything(world.database)
    for _ in range(5):
        with Visitor(url) as stranger:
            stranger.open()
            assert stranger.say(text="x" * 60_000).status_code == 200
            assert stranger.say(text="3人请假").json()["screen"]["title"]
            assert stranger.say(press="m:1:7:2").status_code == 200
            assert stranger.upload("a.png", "image/png", picture()).status_code == 200
            with stranger.events() as events:
                assert next(events)["log"] == []
            assert stranger.http.get("/file").status_code == 404
    assert everything(world.database) == before
    assert not list(world.folder.rglob("evidence/*/*"))


def test_of_a_wrong_code_the_try_is_kept_and_nothing_else(world: World, url: str) -> None:
    before = everything(world.database, "address")
    with Visitor(url) as stranger:
        stranger.open()
        for _ in range(7):
            answer = stranger.say(text="ABCD2345").json()
        assert "试错的次数太多了" in str(answer["screen"]["lines"])
    assert everything(world.database, "address") == before


def test_who_joins_is_remembered_from_then_on(world: World, url: str) -> None:
    code = invited(world)
    with Visitor(url) as newcomer:
        newcomer.open()
        newcomer.say(text="你好")
        newcomer.say(text=code)
        newcomer.open()
        newcomer.say(text="自评")
        with newcomer.events() as events:
            said = [line["lines"] for line in next(events)["log"]]
    assert [[None, "自评"]] in said
    assert [[None, "你好"]] not in said
