"""What CONTRIBUTING.md says of a new screen is true: its code goes where the page says, and passes what it says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from difflib import unified_diff
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).parents[1]
SECTION = "## A new screen, from nothing"
PRODUCT = ("scoring", "jobs", "bot")
COPIED = (*PRODUCT, "tests", "bench", ".mypy_cache")  # with all that is compiled, and what mypy knows
PERMISSIONS, RESULTS, WALK = (
    f"tests/conversation/test_{name}.py" for name in ("permissions", "results", "walk")
)

LINT_IMPORTS = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"


class Place(Protocol):
    """Where a block goes: the text of a file becomes one with the block in it."""

    def __call__(self, text: str, block: str) -> str:
        """Put it there."""


def at_the_end(text: str, block: str) -> str:
    """After all that is there."""
    return f"{text}\n\n{block}"


def above(anchor: str, after: str = "", blank: int = 0) -> Place:
    """Above the line that begins so, the first one after another line, with some blank lines between."""

    def put(text: str, block: str) -> str:
        at = found(text, anchor, found(text, after))
        return text[:at] + block + "\n" * blank + text[at:]

    return put


def below(definition: str) -> Place:
    """Below a whole function."""

    def put(text: str, block: str) -> str:
        at = found(text, definition)
        end = re.compile(r"^(?=\S)(?!\))", re.MULTILINE).search(text, text.index("\n", at))
        assert end is not None, f"nothing stands below {definition!r}"
        return text[: end.start()] + f"{block}\n\n" + text[end.start() :]

    return put


def in_brackets(opening: str) -> Place:
    """As the last entry of what is written over many lines, from this line on."""

    def put(text: str, block: str) -> str:
        at = text.index("\n}\n", found(text, opening)) + 1
        return text[:at] + block + text[at:]

    return put


def found(text: str, line: str, start: int = 0) -> int:
    """Where a line begins that begins so."""
    match = re.compile(f"^{re.escape(line)}", re.MULTILINE).search(text, start)
    assert match is not None, f"no line begins with {line!r}"
    return match.start()


# Where each block of the page goes: (step, block of the step) -> file, and the place in it. The words of the step name
# the file too.
TABLE: dict[tuple[int, int], tuple[str, Place]] = {
    (1, 1): ("bot/actions/standings.py", above("Ranking = ", blank=2)),
    (2, 1): ("bot/screens/standings.py", at_the_end),
    (3, 1): ("bot/dialogue/standings.py", above("        case _:", after="def respond(")),
    (3, 2): ("bot/dialogue/standings.py", below("def respond(")),
    (4, 1): ("bot/screens/standings.py", above("    others = ", after="def result(")),
    (5, 1): (PERMISSIONS, in_brackets("DECISIONS: ")),
    (6, 1): (RESULTS, at_the_end),
}
# To which union a step adds its action: step -> file. The words of the step say which action and union.
UNIONS = {1: "bot/actions/standings.py"}
# Where a step adds a line that its words name: step -> file, and the place in it.
LINES: dict[int, tuple[str, Place]] = {1: ("tests/frozen.txt", above("tag gr "))}
# In which file a step imports names. Its words say which names, and from where.
IMPORTS = {2: "bot/screens/standings.py", 3: "bot/dialogue/standings.py"}


class Page:
    """The steps of CONTRIBUTING.md: their words and their blocks of code."""

    def __init__(self) -> None:
        _, _, rest = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition(f"\n{SECTION}\n")
        assert rest, f"CONTRIBUTING.md has no section {SECTION!r}"
        section = rest.partition("\n## ")[0]
        _, *parts = re.split(r"^\*\*(\d+)\. ", section, flags=re.MULTILINE)
        self.steps = {int(number): text for number, text in zip(parts[::2], parts[1::2], strict=True)}
        self.blocks = {
            (step, n): block
            for step, text in self.steps.items()
            for n, block in enumerate(re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S), start=1)
        }

    def words(self, step: int) -> str:
        """What a step says beside its code, on one line."""
        return " ".join(re.sub(r"^```.*?^```$", "", self.steps[step], flags=re.M | re.S).split())


class Copy:
    """A copy of the project to which the page is applied."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.page = folder, Page()
        for room in COPIED:
            if (ROOT / room).exists():
                shutil.copytree(ROOT / room, folder / room)
        shutil.copy(ROOT / "pyproject.toml", folder)

    def apply(self, step: int) -> None:
        """Do what a step says."""
        if step in UNIONS:
            self._join_union(step)
        for (of, n), (file, place) in TABLE.items():
            if of == step:
                self._change(step, file, partial(place, block=self.page.blocks[of, n]))
        if step in LINES:
            self._add_line(step)
        if step in IMPORTS:
            self._import(step)

    def _add_line(self, step: int) -> None:
        named = re.search(r"the line `([^`]+)`", self.page.words(step))
        assert named, f"step {step} names no line"
        file, place = LINES[step]
        self._change(step, file, partial(place, block=f"{named[1]}\n"))

    def _join_union(self, step: int) -> None:
        added = re.search(r"add `(\w+)` to `(\w+)`", self.page.words(step))
        assert added, f"step {step} adds no action to a union"
        action, union = added.groups()

        def join(text: str) -> str:
            start = found(text, f"{union} = ")
            end = text.index("\n)" if text.startswith("(\n", start + len(f"{union} = ")) else "\n", start)
            return f"{text[:end]} | {action}{text[end:]}"

        self._change(step, UNIONS[step], join)

    def _import(self, step: int) -> None:
        """Import what the words say, in the order that `make format` gives."""
        names = re.findall(r"`(\w+)` from `([\w.]+)`", self.page.words(step))
        assert names, f"step {step} imports nothing"
        lines = "".join(f"from {module} import {name}\n" for name, module in names)
        first = re.compile(r"^(?=from |import )", re.MULTILINE)
        self._change(step, IMPORTS[step], lambda text: first.sub(lines, text, count=1))
        self.passes("ruff", "check", "-q", "--select", "I", "--fix", IMPORTS[step])

    def _change(self, step: int, file: str, change: Callable[[str], str]) -> None:
        assert f"`{file}`" in self.page.words(step), f"step {step} does not name {file}"
        path = self.folder / file
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    def cost(self) -> dict[str, int]:
        """How many lines each file of the product has more or otherwise, blank ones aside."""
        found = {}
        for path in sorted(path for room in PRODUCT for path in (self.folder / room).rglob("*.py")):
            name = str(path.relative_to(self.folder))
            before, after = ((folder / name).read_text(encoding="utf-8") for folder in (ROOT, self.folder))
            if before != after:
                told = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
                found[name] = len([line for line in told if re.match(r"\+(?!\+\+ ).*\S", line)])
        return found

    def run(self, *asked: str) -> subprocess.CompletedProcess[str]:
        """Run a tool in the copy."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
        command = [sys.executable, *(() if asked[0] == "-c" else ("-m",)), *asked]
        return subprocess.run(
            command, cwd=self.folder, env=kept, capture_output=True, text=True, check=False, timeout=600
        )

    def passes(self, *asked: str) -> str:
        """A tool that finds nothing wrong; what it says."""
        done = self.run(*asked)
        assert done.returncode == 0, f"{' '.join(asked)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def fails(self, *asked: str) -> str:
        """A tool that finds something wrong; what it says."""
        done = self.run(*asked)
        assert done.returncode == 1, f"{' '.join(asked)}\n{done.stdout}{done.stderr}"
        return done.stdout


def test_each_block_of_the_page_has_a_place() -> None:
    page = Page()
    assert page.blocks.keys() == TABLE.keys(), "CONTRIBUTING.md has other blocks than this test"
    assert {step for step in page.steps if " from `" in page.words(step)} == IMPORTS.keys()
    assert {step for step in page.steps if re.search("add `[A-Z]", page.words(step))} == UNIONS.keys()
    assert {step for step in page.steps if "the line `" in page.words(step)} == LINES.keys()


@pytest.mark.slow(120)
def test_a_new_screen_costs_what_the_page_says(tmp_path: Path) -> None:
    """One copy for all of it: what is said to fail at a step fails there, and the whole passes.

    What mypy says without the arm is asked at last, when it knows all the rest.
    """
    copy = Copy(tmp_path)
    new_test = re.search(r"def (test_\w+)", copy.page.blocks[6, 1])
    assert new_test is not None
    decided, matrix = (
        f"{PERMISSIONS}::test_every_action_{holds}"
        for holds in ("has_a_decision", "is_allowed_to_exactly_whom_its_decision_names[sqlite]")
    )
    for step in (1, 2, 3, 4):
        copy.apply(step)
    assert "FullMarks" in copy.fails("pytest", decided)
    for step in (5, 6):
        copy.apply(step)
    said = re.search(r"at most (\d+) lines in (\d+) files", copy.page.words(6))
    assert said is not None
    lines, files = (int(most) for most in said.groups())
    cost = copy.cost()
    assert 0 < sum(cost.values()) <= lines, f"it costs {cost}"
    assert len(cost) <= files, f"it costs {cost}"
    walk = "test_from_a_members_home_every_kind_of_button_leads_somewhere_with_a_way_back"
    tests = (f"{RESULTS}::{new_test[1]}", "tests/test_frozen.py", f"{WALK}::{walk}")
    copy.passes("pytest", decided, matrix, *tests)
    copy.passes("ruff", "check", ".")
    copy.passes("ruff", "format", "--check", ".")
    copy.passes("mypy")
    copy.passes("-c", LINT_IMPORTS)
    arm, dialogue = copy.page.blocks[3, 1], tmp_path / TABLE[3, 1][0]
    dialogue.write_text(dialogue.read_text(encoding="utf-8").replace(arm, ""), encoding="utf-8")
    assert re.search(r'"FullMarks"; expected "Never"', copy.fails("mypy", TABLE[3, 1][0])), (
        "without the arm mypy names it"
    )
