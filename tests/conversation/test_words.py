"""What people type, as each role: the table of phrases (phrases.toml) with what each shows."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.actions import Inbox, Rectify, Result
from bot.dialogue.words import command
from bot.permissions import Me, Role, Seat
from bot.store.tables import HISTORY, NOTICE
from bot.words.grammar import grammar
from tests.conftest import NOW
from tests.phone import Phone, World

TABLE = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))
ROLES = {"书记": "secretary", "委员": "member", "管理员": "administrator"}
MEANINGLESS = 3  # of a hundred texts that mean nothing here may be taken for something, at most


def shown(world: World, phone: Phone) -> str:
    """What a phone shows, in short: its action and what that is of; or what was said instead, in 「」."""
    here = phone.screen.here
    name = type(here).__name__
    if phone.toast and name == "Home":
        return f"「{phone.toast[:10]}」"
    if name == "Task":
        return f"Task {phone.screen.title}"
    if name == "Home":
        return "Home" if phone.screen.title.startswith("您好") else f"Home {phone.screen.title}"
    said = [name]
    for field in here.__struct_fields__:
        value = getattr(here, field)
        if field == "branch" and value:
            said.append(next(b.name[:2] for b in world.branches if b.id == value))
        elif field == "term" and value == world.terms[1].id:
            said.append("上学期")
        elif field == "item":
            said.append(str(value))
    return " ".join(said)


def kept(world: World) -> tuple[int, int]:
    """How many changes there were, and how many notices."""
    with world.database.read() as session:
        changes, notices = (
            session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (HISTORY, NOTICE)
        )
        return changes, notices


def said_by(role: str) -> Iterator[tuple[str, str]]:
    """The phrases of a role, and those of everybody, with what they show."""
    yield from TABLE[role].items()
    yield from TABLE["大家"].items()


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_what_people_type_shows_what_they_mean(desk: World, role: str) -> None:
    """And to find something changes nothing of others: what a secretary types may be a report."""
    wrong, before = {}, kept(desk)
    for phrase, means in said_by(role):
        found = shown(desk, desk.phone(ROLES[role]).say("首页").say(phrase))
        if found != means:
            wrong[phrase] = (found, means)
        assert role == "书记" or kept(desk) == before, phrase
    assert not wrong


@pytest.mark.parametrize("role", ROLES)
def test_a_sample_of_it(desk: World, role: str) -> None:
    for phrase, means in list(said_by(role))[::12]:
        assert shown(desk, desk.phone(ROLES[role]).say("首页").say(phrase)) == means, phrase


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_what_means_nothing_here_is_not_taken_for_a_command(desk: World, role: str) -> None:
    taken = []
    for text in TABLE["无关"]["texts"]:
        before = kept(desk)
        phone = desk.phone(ROLES[role]).say("首页").say(text)
        assert kept(desk) == before, text
        if "没看懂" not in phone.toast:
            taken.append(text)
    assert len(TABLE["无关"]["texts"]) >= 100
    assert len(taken) * 100 <= MEANINGLESS * len(TABLE["无关"]["texts"]), taken


def test_who_leads_a_branch_too_is_led_there_by_a_word_alone() -> None:
    both = (Seat(1, Role.ADMINISTRATOR, 1, "总支", None, ""), Seat(2, Role.SECRETARY, 1, "总支", 5, "常营"))
    me = Me(1, "telegram", NOW, 1, "书记兼管理员", both)
    found = [command(me, word) for word in ("支部", "整改", "意见")]
    assert found == [Result(5, 0), Rectify(5, 0), Inbox(1)]


def test_the_table_is_long_enough() -> None:
    assert sum(len(TABLE[role]) for role in (*ROLES, "大家")) >= 250


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_every_example_of_the_grammar_is_understood(desk: World, role: str) -> None:
    """By whose word it is; what has to be looked up may say that there is none."""
    whose = {"书记": ("", "branch"), "委员": ("", "committee"), "管理员": ("", "committee", "administrator")}[
        role
    ]
    for phrase in grammar().phrases:
        for example in (phrase.example, *phrase.also) if phrase.who in whose else ():
            assert "没看懂" not in desk.phone(ROLES[role]).say("首页").say(example).toast, example
