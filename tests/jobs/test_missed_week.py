"""Who missed the week's digest, new or silent until now, gets it on the next working day, and once."""

from datetime import date
from pathlib import Path

import pytest

from bot.actions import Mute, Preferences, Weekly, day_number
from bot.permissions import Role
from jobs.preview import BRANCHES, preview
from tests.jobs.running import Running

pytestmark = pytest.mark.slow


def test_who_joins_after_the_weeks_digest_gets_it_on_the_next_working_day(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 10, 30))
    running.until(date(2026, 11, 3), 10)  # a Tuesday; Monday's digest went to nobody
    running.join("new")
    running.until(date(2026, 11, 10))
    assert list(running.heard("new")) == ["11-04", "11-05", "11-09"], (
        "the week's, the party day's eve, the next"
    )
    first = running.heard("new")["11-04"]
    assert [line for line in first.lines if "主题党日" in line[0]]
    assert "以来的提醒" not in str(first.lines), "there was none before"


def test_a_new_committee_tells_whoever_joins_on_its_first_day_or_later(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 10, 14))  # a Wednesday; 学习 and 党课 are due by Friday
    running.until(date(2026, 10, 14), 10)
    running.join("first")
    running.until(date(2026, 10, 15), 10)
    running.join("second")
    running.until(date(2026, 10, 16))
    assert list(running.heard("first")) == ["10-15"]
    assert list(running.heard("second")) == ["10-16"]


def test_who_joins_on_a_friday_gets_the_next_weeks_digest_and_no_other(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 11, 6))
    running.until(date(2026, 11, 6), 20)
    running.join("new")
    running.until(date(2026, 11, 12))
    assert list(running.heard("new")) == ["11-09"]


def test_silence_that_is_ended_by_hand_is_made_up_for_as_one_that_ends(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 10, 30))
    typed, pressed = running.join("typed"), running.join("pressed")
    running.until(date(2026, 11, 6), 23)
    typed.press(Preferences()).say("到11月10日")
    pressed.press(Mute(day_number(date(2026, 11, 13))))
    running.until(date(2026, 11, 10), 10)
    pressed.press(Preferences()).tap("恢复提醒")
    assert pressed.toast == "已恢复提醒"
    assert "静音" not in [line[0] for line in pressed.screen.lines]
    running.until(date(2026, 11, 16))
    for who in ("typed", "pressed"):
        assert [day for day in running.heard(who) if day > "11-06"] == ["11-11", "11-16"], who
    assert running.heard("typed")["11-11"].lines == running.heard("pressed")["11-11"].lines


@pytest.mark.parametrize("weekly", [0, 1])
def test_preview_names_what_the_committee_is_told_of_its_branches(tmp_path: Path, weekly: int) -> None:
    running = Running(tmp_path, date(2026, 9, 1))
    running.join("secretary")
    running.join("member", Role.MEMBER).press(Weekly(weekly))
    last = date(2026, 10, 20)
    with running.world.database.rehearse() as session:
        said = list(preview(session, running.committee, date(2026, 9, 2), last, running.clock(), late=True))
    foreseen = {
        (f"{one.at:%m-%d}", one.title) for one in said if (one.person, one.body) == ("member", BRANCHES)
    }
    running.until(last)
    sent = {
        (day, line[0])
        for day, message in running.heard("member").items()
        if day > "09-01"
        for line in message.lines
        if isinstance(line, tuple) and "个支部还没完成" in line[1]
    }
    assert foreseen == sent
    assert len(sent) > (20 if weekly else 2)
