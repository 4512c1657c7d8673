"""Logs: one shape for all, valid JSON where asked for, and no secret in any of it."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
import structlog

from bot import logs

SECRET = 'the "signing" key\\with signs'
WEBHOOK = "webhook-secret-of-ours"
TOKEN = "987654321:" + "Zz9-_" * 7  # of another bot than ours: known by its shape alone
MAIL = "some.body+x@mail.example.cn"
KEPT = "member-list-that-a-local-variable-holds"


@pytest.fixture(autouse=True)
def taken_down() -> Iterator[None]:
    """What the program sets up for the whole process is set back."""
    before = logging.root.handlers[:], logging.root.level, sys.excepthook
    levels = {
        name: logging.getLogger(name).level
        for name in ("httpx", "httpcore", "telegram", "alembic", "uvicorn")
    }
    yield
    logging.root.handlers[:], logging.root.level, sys.excepthook = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(params=["text", "json"])
def form(request: pytest.FixtureRequest) -> str:
    """Each form of log."""
    return str(request.param)


def said(capsys: pytest.CaptureFixture[str], form: str, *acts: Callable[[], None]) -> list[str]:
    """What is logged when these things happen."""
    logs.set_up("INFO", form, [SECRET, WEBHOOK, "short"])
    for act in acts:
        act()
    return capsys.readouterr().err.splitlines()


def breaking() -> None:
    """Break where a local variable and the error itself hold what nobody may read."""
    kept = KEPT
    raise ValueError(f"{SECRET!s} {WEBHOOK} https://api/bot{TOKEN}/getMe {len(kept)}")


def logged_by_the_standard_library() -> None:
    log = logging.getLogger("a.library")
    log.warning("with %s and %r", WEBHOOK, {"key": SECRET})
    log.warning("POST https://api.telegram.org/bot%s/getMe %s", TOKEN, quote(TOKEN))
    log.error("extra", extra={"token": TOKEN})
    log.error("550 no such user <%s>, says %s", MAIL, f"mailto:{MAIL}")
    try:
        breaking()
    except ValueError:
        log.exception("broken %s", SECRET)


def logged_by_structlog() -> None:
    log = structlog.get_logger()
    log.warning(
        "said " + WEBHOOK,
        url=f"https://x/{TOKEN}",
        nested={"deep": [SECRET, ("a", WEBHOOK)]},
        raw=SECRET.encode(),
    )
    try:
        breaking()
    except ValueError:
        log.exception("broken", key=SECRET)
        log.info("again", exc_info=True, stack_info=True)


def uncaught() -> None:
    try:
        breaking()
    except ValueError as wrong:
        sys.excepthook(type(wrong), wrong, wrong.__traceback__)


def test_no_secret_is_written_by_whichever_logger_in_whichever_place(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = said(capsys, form, logged_by_the_standard_library, logged_by_structlog, uncaught)
    text = "\n".join(lines)
    for secret in (
        SECRET,
        json.dumps(SECRET)[1:-1],
        repr(SECRET)[1:-1],
        WEBHOOK,
        TOKEN,
        quote(TOKEN),
        TOKEN[10:],
        MAIL,
    ):
        assert secret not in text
    assert text.count("***") >= 14
    assert "ValueError" in text
    assert "breaking" in text  # the traceback itself is there


def test_the_secret_in_a_calendars_address_is_not_written(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    [line] = said(capsys, form, lambda: logging.warning("GET /calendar/%s.ics 500", "k_y-" * 8))
    assert "GET /calendar/***.ics 500" in line


def test_a_traceback_shows_no_local_variables(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(said(capsys, form, logged_by_the_standard_library, logged_by_structlog, uncaught))
    assert "Traceback (most recent call last)" in text
    assert KEPT not in text
    assert "locals" not in text
    assert "╭" not in text


def test_json_lines_are_json_each_with_time_level_and_event(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "json", logged_by_the_standard_library, logged_by_structlog, uncaught)
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 9
    assert all({"timestamp", "level", "event"} <= set(row) for row in rows)
    assert [row["level"] for row in rows if "exception" in row] == ["error", "error", "info", "critical"]
    assert rows[5]["nested"] == {"deep": ["***", ["a", "***"]]}


def test_chinese_stays_readable_and_a_line_break_starts_no_line_of_its_own_in_json(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = said(capsys, form, lambda: structlog.get_logger().warning("支部", name="甲\n乙"))
    assert len(lines) == 1
    assert "支部" in lines[0]
    assert "甲" in lines[0]


def test_what_libraries_say_of_their_own_work_stays_out(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def chat() -> None:
        for name in ("httpx", "httpcore.connection", "telegram.ext", "alembic.runtime", "uvicorn.error"):
            logging.getLogger(name).info("HTTP Request: GET https://api.telegram.org")
        structlog.get_logger().debug("more than was asked for")

    assert said(capsys, form, chat) == []


def test_a_short_word_is_not_taken_for_a_secret(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "a short note 12345:6" in said(capsys, form, lambda: logging.warning("a short note 12345:6"))[0]
