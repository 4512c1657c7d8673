"""A ratio as it is told, wherever it is typed: it counts, or it is shown and counts only when it is confirmed."""

import pytest

from bot.actions import Card, FactCard, Task
from bot.permissions import Rater
from bot.store import duties, facts
from scoring.facts import Fact
from scoring.rubric import read_edition
from tests.conversation.test_bad_input import kept
from tests.phone import Phone, World

OWN = "secretary of 新源里"
FACTS = read_edition("jinsong_2017").facts
QUESTION = "实到 17，应到 18，对吗？"


def ledger(world: World, kind: str) -> Phone:
    return world.phone(OWN).press(FactCard(world.branches[3].id, world.terms[0].id, FACTS[kind].number, 0))


def card(world: World) -> Phone:
    """The card of the item that takes an attendance."""
    phone = world.phone(OWN).say("自评")
    return phone.press(Card(getattr(phone.screen.here, "sheet", 0), 6))


def study(world: World) -> Phone:
    with world.database.read() as session:
        owing = duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
    opened = next(o for o in owing if o.duty == "study" and not o.done and o.opens <= world.clock().date())
    return world.phone(OWN).press(Task(opened.id))


def recorded(world: World, kind: str) -> list[Fact]:
    with world.database.read() as session:
        found = facts.recorded(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
    return [one.fact for one in found if one.fact.kind == kind and one.fact.period in ("", "2026-12")]


TOLD = (
    "17比18",
    "应到18人，实到17人，请假1人",
    "18人到了17人",
    "到17缺1",
    "应到/实到 18/17",
    "94.4%（17/18）",
)


@pytest.mark.parametrize("text", TOLD)
def test_a_ratio_told_in_words_is_a_number_of_the_ledger(desk: World, text: str) -> None:
    assert "17/18 已" in ledger(desk, "attendance").say(text).toast
    assert [(f.count, f.of) for f in recorded(desk, "attendance")] == [(17, 18)]


@pytest.mark.parametrize("text", TOLD)
def test_and_the_answer_to_a_duty(desk: World, text: str) -> None:
    phone = study(desk).say(text)
    assert "已完成" in phone.toast
    assert "17/18，94.4 %" in phone.text


def test_and_the_correction_of_an_answer(desk: World) -> None:
    phone = study(desk).say("16/18").tap("改").say("到17缺1")
    assert "已改为" in phone.toast
    assert "17/18，94.4 %" in phone.text


@pytest.mark.parametrize("text", ["17比18", "17人/18人", "十七/十八", "应到18，实到17"])
def test_and_what_an_items_card_takes(desk: World, text: str) -> None:
    assert "17/18" in card(desk).say(text).toast
    assert [(f.count, f.of) for f in recorded(desk, "attendance")] == [(17, 18)]


@pytest.mark.parametrize("text", ["17:18", "18/17", "17 18", "17（18）"])
def test_in_the_ledger_a_doubtful_ratio_is_asked_and_saved_by_its_button_alone(
    desk: World, text: str
) -> None:
    phone = ledger(desk, "attendance")
    before = kept(desk)
    phone.say(text)
    assert QUESTION in phone.text
    assert kept(desk) == before
    assert (
        phone.conversation.look(phone.channel, phone.address).screen == phone.screen or QUESTION in phone.text
    )
    phone.tap("对，实到 17，应到 18")
    assert [(f.count, f.of) for f in recorded(desk, "attendance")] == [(17, 18)]


def test_a_doubtful_ratio_may_be_typed_again(desk: World) -> None:
    phone = ledger(desk, "attendance").say("18/17").say("16/18")
    assert [(f.count, f.of) for f in recorded(desk, "attendance")] == [(16, 18)]
    assert "16/18" in phone.text


def test_of_two_readings_either_can_be_taken(desk: World) -> None:
    phone = ledger(desk, "attendance").say("18人缺1人")
    assert phone.labels[:2] == ["实到 17，应到 18", "实到 18，应到 19"]
    phone.tap("实到 18，应到 19")
    assert [(f.count, f.of) for f in recorded(desk, "attendance")] == [(18, 19)]


@pytest.mark.parametrize("text", ["17:18", "18/17"])
def test_on_a_duty_a_doubtful_ratio_is_asked(desk: World, text: str) -> None:
    phone = study(desk).say(text)
    assert QUESTION in phone.text
    assert "已完成" not in phone.toast
    assert "17/18，94.4 %" in phone.tap("17/18").text


@pytest.mark.parametrize("text", ["18人缺1人", "到17缺1", "18人到了17人", "18/17"])
def test_on_a_card_what_may_be_a_remark_is_asked(desk: World, text: str) -> None:
    phone = card(desk).say(text)
    assert "写进备注" in phone.labels
    assert recorded(desk, "attendance") == []
    file = desk.sheet(3, Rater.SELF)
    assert file is not None
    assert not file.sheet.marks.get(6)
    phone.tap("实到 17，应到 18")
    assert [(f.count, f.of) for f in recorded(desk, "attendance")] == [(17, 18)]


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("attendance", "实到/应到"),
        ("satisfaction", "满意/参评"),
        ("notes", "已交/应交"),
        ("committee_minutes", "有记录/召开"),
        ("linked_front", "已帮扶/一线党员"),
    ],
)
def test_where_a_ratio_is_asked_its_numbers_have_names(desk: World, kind: str, named: str) -> None:
    screen = ledger(desk, kind).screen
    assert screen.hint == f"{named}，例如：{FACTS[kind].example}"
    assert any(named in str(line) for line in screen.lines)


def test_every_ratio_of_the_edition_names_its_numbers() -> None:
    assert [kind.key for kind in FACTS.values() if kind.form == "ratio" and len(kind.parts) != 2] == []


def test_a_duty_and_a_card_name_the_numbers_too(desk: World) -> None:
    phone = study(desk)
    assert "实到/应到" in phone.text
    assert phone.screen.hint == "实到/应到，例如：17/18"
    assert "实到/应到" in card(desk).screen.hint
