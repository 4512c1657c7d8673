"""The house keeps its own rules: who imports whom, what a file may be called, who reads the clock."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "base"}
CLOCK = "TID251"  # the rule that bans datetime.now
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def ours() -> list[Path]:
    """Every file of the project, without what tools leave behind."""
    rooms = ("scoring", "jobs", "bot", "tests", "bench", "docs")
    found = [path for room in rooms for path in (ROOT / room).rglob("*") if "__pycache__" not in path.parts]
    return found + [path for path in ROOT.iterdir() if path.is_file()]


def test_nobody_imports_what_stands_above() -> None:
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_the_contracts_name_every_room_of_the_bot() -> None:
    named = str(PROJECT["tool"]["importlinter"]["contracts"])
    rooms = {
        path.stem
        for path in (ROOT / "bot").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    seen_from_above_only = {"__init__", "demo", "logs", "settings", "setup"}
    assert {room for room in rooms if f"bot.{room}" not in named} <= seen_from_above_only


def test_no_file_is_a_drawer() -> None:
    assert [path for path in ours() if path.stem.lower() in DRAWERS] == []


def test_only_the_composition_root_and_the_schedule_may_read_the_clock() -> None:
    rules = PROJECT["tool"]["ruff"]["lint"]
    allowed = {file for file, ignored in rules["per-file-ignores"].items() if CLOCK in ignored}
    assert "TID" in rules["select"]
    assert CLOCK not in rules["ignore"]
    assert allowed - {"tests/*", "bench/*"} <= {"bot/__main__.py", "jobs/schedule.py"}
    assert "bot/__main__.py" in allowed
    banned = rules["flake8-tidy-imports"]["banned-api"]
    assert {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today", "time.time"} <= set(
        banned
    )


def test_the_clock_is_not_let_in_line_by_line() -> None:
    excused = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for room in ("scoring", "jobs", "bot")
        for path in (ROOT / room).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "noqa" in line and (CLOCK in line or line.rstrip().endswith("noqa"))
    ]
    assert excused == []


def test_no_lock_names_a_package_index_and_every_package_is_pinned_with_its_hash() -> None:
    assert not (ROOT / "uv.lock").exists()
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "index-url" not in text
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins
        assert all("==" in pin and pin.endswith("\\") for pin in pins)


def test_a_secret_or_a_database_is_not_part_of_the_project() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {".env", "data/"} <= set(ignored)


def test_scoring_is_usable_without_anything_installed() -> None:
    source = (
        "import sys; sys.path.insert(0, sys.argv[1]); import scoring.rubric, scoring.sheet, scoring.stars,"
        " scoring.facts, scoring.line, scoring.standings; scoring.rubric.read_edition()"
    )
    bare = [sys.executable, "-I", "-S", "-W", "error", "-c", source, str(ROOT)]
    done = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
