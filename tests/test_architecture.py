"""The house keeps its own rules: who imports whom, what a file may be called, who reads the clock."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "base"}
CLOCK = "TID251"  # the rule that bans datetime.now
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CHANNELS = ROOT / "bot" / "channels"
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
NEEDED_BY_ONE = {"telegram", "aiohttp", "cryptography", "aiosmtplib"}  # channel or another


def ours() -> list[Path]:
    """Every file of the project, without what tools leave behind."""
    rooms = ("scoring", "jobs", "bot", "tests", "bench", "docs")
    found = [path for room in rooms for path in (ROOT / room).rglob("*") if "__pycache__" not in path.parts]
    return found + [path for path in ROOT.iterdir() if path.is_file()]


def test_nobody_imports_what_stands_above() -> None:
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def modules() -> set[str]:
    """Every module of the three packages, migrations aside."""
    files = [path for room in ("scoring", "jobs", "bot") for path in (ROOT / room).rglob("*.py")]
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files}
    return {name.removesuffix(".__init__") for name in names if ".migrations." not in name}


def rooms(contract: dict[str, Any]) -> list[list[str]]:
    """The rooms of each layer of a contract, from above, with their whole names."""
    [container] = contract.get("containers", [""])
    layers = [re.split(r"\s*\|\s*", layer) for layer in contract["layers"]]
    return [[f"{container}.{room}".lstrip(".") for room in layer] for layer in layers]


def test_a_face_of_a_package_imports_nothing() -> None:
    """The contracts pass over them, and everything in the package is imported through them."""
    for face in ("bot/__init__.py", "jobs/__init__.py", "jobs/duties/__init__.py"):
        assert not re.search(r"^ *(from|import) ", (ROOT / face).read_text(encoding="utf-8"), re.MULTILINE)


def within(room: str, names: Iterable[str]) -> bool:
    """Whether a room is one of these, or stands in one."""
    return any(room == name or room.startswith(f"{name}.") for name in names)


def test_the_contracts_name_every_room() -> None:
    known = {room for layer in rooms(CONTRACTS[0]) for room in layer}
    assert {module for module in modules() if not within(module, known)} == {"bot", "jobs"}
    inside = {room for layer in rooms(CONTRACTS[1]) for room in layer}
    assert {module for module in modules() if module.startswith("jobs.duties.")} == inside
    shared = {room for layer in rooms(CONTRACTS[2])[1:] for room in layer}
    assert {f"bot.channels.{path.stem}" for path in CHANNELS.glob("[!_]*.py")} == shared
    tables, wires = (contract["source_modules"] for contract in CONTRACTS[4:6])
    speechless = {room for room in known if within(room, CONTRACTS[-1]["source_modules"])}
    assert known - speechless == {
        *("bot.store", "bot.delivery", "bot.health", "bot.settings", "bot.logs", "bot.stopped", "scoring"),
        *("bot.serving", "bot.__main__", "bot.command_line"),
    }
    assert {room for room in known if not within(room, tables)} == {"bot.store"}
    assert {room for room in known if not within(room, wires)} == {"bot.channels"}
    both = {*rooms(CONTRACTS[2])[0], *shared}
    telegram, uvicorn, aiohttp = (set(contract["source_modules"]) for contract in CONTRACTS[6:9])
    assert both - telegram == {"bot.channels.telegram"}
    assert both - aiohttp == {"bot.channels.telegram", "bot.channels.wecom"}
    assert both - uvicorn == {"bot.channels.server", "bot.channels.connections"}


def test_no_channel_knows_another_even_if_no_contract_names_it() -> None:
    folders = [folder for folder in CHANNELS.iterdir() if (folder / "__init__.py").exists()]
    assert len(folders) > 1
    for folder in folders:
        others = "|".join(other.name for other in folders if other != folder)
        known = re.compile(rf"bot\.channels(\.| import .*\b)({others})\b")
        assert [path for path in folder.rglob("*.py") if known.search(path.read_text(encoding="utf-8"))] == []


def breaks() -> set[tuple[str, str]]:
    """An import from below for each room of each layer, one between neighbours, and each that is forbidden."""
    found: set[tuple[str, str]] = set()
    for contract in CONTRACTS:
        if contract["type"] == "forbidden":
            found |= {
                (one, other) for one in contract["source_modules"] for other in contract["forbidden_modules"]
            }
            continue
        layers = rooms(contract)
        for above, below in pairwise(layers):
            found |= {(room, above[0]) for room in below}
        found |= {pair for layer in layers for pair in pairwise(layer)}
    return found


@pytest.mark.slow
def test_each_contract_fails_when_it_is_broken(tmp_path: Path) -> None:
    for room in ("scoring", "jobs", "bot"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for importer, imported in breaks():
        path = tmp_path / importer.replace(".", "/")
        file = path / "broken.py" if path.is_dir() else path.with_suffix(".py")
        with file.open("a", encoding="utf-8") as source:
            source.write(f"\nimport {imported}\n")
    run = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())",
    ]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = " ".join(done.stdout.split())
    assert done.returncode == 1, done.stderr
    assert f"{len(CONTRACTS)} broken" in said
    assert {pair for pair in breaks() if "{} is not allowed to import {}:".format(*pair) not in said} == set()


def test_refused_is_imported_from_where_it_is_defined() -> None:
    names = r"(?:[^()\n]*|\([^()]*)\b(?:Edition)?Refused\b"
    elsewhere = re.compile(rf"^ *from (?!scoring\.refusal )\S+ import {names}", re.MULTILINE)
    sources = {path: path.read_text(encoding="utf-8") for path in ours() if path.suffix == ".py"}
    assert [path for path, source in sources.items() if elsewhere.search(source)] == []


def test_the_store_has_one_style() -> None:
    """Only what declares tables and what begins a unit of work know SQLModel and dialects; no objects are stored."""
    store = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "bot/store").glob("*.py")}
    knows = re.compile(r"^(from|import) (sqlmodel|sqlalchemy\.dialects|sqlalchemy\.orm)", re.MULTILINE)
    assert {name for name, text in store.items() if knows.search(text)} == {"tables.py", "database.py"}
    objects = re.compile(r"session\.(add|delete|exec|flush|get|get_one|merge|refresh)\(|[a-z]Row\(|noqa")
    assert [name for name, text in store.items() if name != "tables.py" and objects.search(text)] == []


def test_no_file_is_a_drawer() -> None:
    assert [path for path in ours() if path.stem.lower() in DRAWERS] == []


def test_only_the_composition_root_and_the_schedule_may_read_the_clock() -> None:
    rules = PROJECT["tool"]["ruff"]["lint"]
    allowed = {file for file, ignored in rules["per-file-ignores"].items() if CLOCK in ignored}
    assert "TID" in rules["select"]
    assert CLOCK not in rules["ignore"]
    assert allowed - {"tests/*", "bench/*"} <= {"bot/serving.py", "jobs/schedule.py"}
    assert "bot/serving.py" in allowed
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
        " scoring.facts, scoring.line, scoring.standings; scoring.rubric.read_edition('jinsong_2017')"
    )
    bare = [sys.executable, "-I", "-S", "-W", "error", "-c", source, str(ROOT)]
    done = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_what_is_off_is_not_loaded() -> None:
    source = (
        "import sys; from bot.serving import Program; from bot.settings import Settings;"
        "from bot.store.database import Database;"
        "Program(Settings.model_validate({'web_chat': 'on'}), Database('sqlite://'));"
        f"print({NEEDED_BY_ONE} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.slow
def test_the_collector_passes_over_what_was_loaded_and_is_on() -> None:
    source = (
        "import atexit, gc, runpy, sys; sys.argv = ['bot', '--help'];"
        "atexit.register(lambda: print('collects', gc.isenabled(), gc.get_freeze_count() > 100_000));"
        "runpy.run_module('bot', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("collects True True\n")
