"""Who joined by somebody's codes is a line of their next digest, once; never a message of its own."""

from datetime import date
from pathlib import Path

import pytest

from bot.actions import Home, Invite
from bot.permissions import Role
from tests.jobs.running import Running
from tests.phone import Phone


def invited(running: Running, by: Phone, who: str, role: Role = Role.OFFICER) -> None:
    """Somebody takes a seat now by a code of somebody's."""
    by.press(Invite(running.committee, running.branch if role.of_branch else 0, int(role), 0))
    code = next(line[1] for line in by.screen.lines if line[0] == "邀请码")
    Phone(running.world.conversation, who, name=who).say(code)


@pytest.mark.slow
def test_nine_codes_are_one_line_of_the_next_digest_and_no_message(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 11, 18))  # a Wednesday
    admin = running.join("admin", Role.ADMINISTRATOR)
    running.until(date(2026, 11, 19))
    before = dict(running.heard("admin"))
    for n in range(9):
        invited(running, admin, f"新人{n}")
    running.until(date(2026, 11, 22))
    assert running.heard("admin") == before, "no message of its own"
    running.until(date(2026, 11, 23))
    assert running.of("admin", "新加入") == {
        "11-23": "新加入 一支部支委 新人8、一支部支委 新人7、一支部支委 新人6等 9 人"
    }
    assert "看新加入的" in [button.label for button in running.heard("admin")["11-23"].buttons]
    running.until(date(2026, 12, 7))
    assert list(running.of("admin", "新加入")) == ["11-23"], "told once"
    assert "等 9 人" in admin.press(Home()).text, "until it was seen"


@pytest.mark.slow
def test_who_was_seen_on_home_is_not_told(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 11, 18))
    secretary = running.join("secretary")
    running.until(date(2026, 11, 19))
    invited(running, secretary, "李老师")
    secretary.press(Home()).tap("看新加入的")
    invited(running, secretary, "王老师")
    running.until(date(2026, 11, 23))
    assert running.of("secretary", "新加入") == {"11-23": "新加入 一支部支委 王老师"}


@pytest.mark.slow
def test_who_has_nothing_else_to_hear_is_told_by_the_weekly_digest(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 11, 18))
    admin = running.join("admin", Role.ADMINISTRATOR)
    running.until(date(2026, 11, 22))
    quiet = running.heard("admin").keys() - {"11-23"}
    invited(running, admin, "李老师", Role.MEMBER)
    running.until(date(2026, 11, 23))
    assert running.heard("admin").keys() - quiet == {"11-23"}
    assert running.of("admin", "新加入") == {"11-23": "新加入 总支委员 李老师"}


@pytest.mark.slow
def test_who_joins_in_the_vacation_is_told_in_the_term(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2027, 1, 20))
    secretary = running.join("secretary")
    running.until(date(2027, 1, 26))
    invited(running, secretary, "李老师")
    running.until(date(2027, 2, 22))
    assert list(running.of("secretary", "新加入")) == ["02-22"]
