"""`make run` on machines whose Python is too old, has another name, or is told to put packages elsewhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SENTENCE = "✗ 需要 3.11 以上的 Python，并带有 pip；python3 是 Python 3.10.12。"
PYTHON = """#!/bin/sh
# A Python of version {version}. It notes what it is asked; installing is not done.
echo "$(basename $0) $*" >> {folder}/asked
[ "$1" = -m ] && env >> {folder}/environment
case "$1 $2" in
  "-V "*) echo "Python {version}"; exit ;;
  "-m pip") exit ;;
  "-m venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python && echo made > .venv/pyvenv.cfg; exit ;;
  "-m "*) echo "runs on {version}"; exit ;;
esac
exec {python} -c "import sys; sys.modules['pip'] = sys; sys.version_info = {numbers}; exec(sys.argv.pop(1))" "$2"
"""


class Machine:
    """A folder with the Makefile, and a PATH on which only these programs are."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir()
        for name in ("sh", "rm", "touch", "test", "env", "mkdir", "cp", "basename"):
            self.bin.joinpath(name).symlink_to(str(shutil.which(name)))
        for name in ("Makefile", "requirements.lock", "requirements-dev.lock"):
            shutil.copy(ROOT / name, folder)

    def python(self, name: str, version: str, place: str = "bin") -> None:
        """Have a Python of some version under a name."""
        numbers = tuple(map(int, version.split(".")))
        script = PYTHON.format(version=version, numbers=numbers, folder=self.folder, python=sys.executable)
        path = self.folder / place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Call make."""
        make = str(shutil.which("make"))
        return subprocess.run(
            [make, *arguments],
            cwd=self.folder,
            env={"PATH": str(self.bin), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self, words: str) -> list[str]:
        """What a Python was asked that has these words."""
        lines = (self.folder / "asked").read_text().splitlines()
        return [line for line in lines if words in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without any Python."""
    if shutil.which("make") is None:
        pytest.skip("no make")
    return Machine(tmp_path)


@pytest.mark.parametrize("target", ["run", "test"])
def test_a_python_that_is_too_old_is_named_in_one_sentence_before_pip_is_asked(
    machine: Machine, target: str
) -> None:
    machine.python("python3", "3.10.12")
    done = machine.make(target)
    assert done.returncode == 2
    sentence, end = done.stderr.splitlines()
    assert sentence.startswith(SENTENCE)
    assert end.startswith("make: ***")
    assert not machine.asked("pip install") + machine.asked("-m venv")
    assert not (machine.folder / ".venv").exists()


def test_a_python_that_is_named_by_hand_is_looked_at_too(machine: Machine) -> None:
    machine.python("python3", "3.12.1")
    machine.python("python9", "3.9.18")
    done = machine.make("run", "PYTHON=python9")
    assert done.returncode == 2
    assert "python9 是 Python 3.9.18" in done.stderr
    assert machine.make("run", PYTHON="python3").stdout.endswith("runs on 3.12.1\n")


def test_a_newer_python_of_another_name_is_found(machine: Machine) -> None:
    machine.python("python3", "3.10.12")
    machine.python("python3.12", "3.12.1")
    done = machine.make("run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("runs on 3.12.1\n")
    assert machine.asked("-m venv") == ["python3.12 -m venv --without-pip .venv"]
    assert len(machine.asked("pip --quiet")) == 1
    assert len(machine.asked("import pip")) == 2  # looked for once, under both names
    assert machine.make("run").returncode == 0
    assert len(machine.asked("-m venv")) == 1


@pytest.mark.parametrize("there", ["an older Python", "a Python that is gone"])
def test_a_venv_of_an_older_python_is_made_anew_with_all_that_was_in_it(machine: Machine, there: str) -> None:
    machine.python("python3", "3.11.2")
    machine.python("python", "3.10.12", ".venv/bin")
    (machine.folder / ".venv/pyvenv.cfg").write_text("version = 3.10.12\n")
    (machine.folder / ".venv/run").write_text("")
    if there == "a Python that is gone":
        (machine.folder / ".venv/bin/python").unlink()
        (machine.folder / ".venv/bin/python").symlink_to("/usr/bin/python-that-is-gone")
    done = machine.make("run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("runs on 3.11.2\n")
    assert len(machine.asked("pip --quiet")) == 1
    assert (machine.folder / ".venv/run").exists()


def test_an_old_venv_stays_until_there_is_a_better_one(machine: Machine) -> None:
    machine.python("python3", "3.10.12")
    machine.python("python", "3.10.12", ".venv/bin")
    assert machine.make("run").stderr.startswith(SENTENCE)
    assert (machine.folder / ".venv/bin/python").exists()


def test_what_the_environment_says_of_pip_leads_nowhere_else_but_its_index_stays(machine: Machine) -> None:
    machine.python("python3", "3.11.2")
    elsewhere = dict.fromkeys(
        ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH"), "/nowhere"
    )
    switched = dict.fromkeys(("PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PIP_DRY_RUN"), "1")
    done = machine.make("run", **elsewhere, **switched, PIP_INDEX_URL="https://mirror.example.cn")
    assert done.returncode == 0, done.stderr
    found = (machine.folder / "environment").read_text().splitlines()
    assert not [line for line in found if line.partition("=")[0] in {*elsewhere, *switched}]
    assert "PIP_INDEX_URL=https://mirror.example.cn" in found
    [install] = machine.asked("pip --quiet")
    assert " install --no-user --no-deps --require-hashes -r requirements.lock" in install


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(machine: Machine) -> None:
    machine.python("python3", "3.11.2")
    machine.folder.chmod(0o500)
    try:
        assert machine.make("run").stderr.startswith("✗ 这个文件夹不能写入")
    finally:
        machine.folder.chmod(0o700)
