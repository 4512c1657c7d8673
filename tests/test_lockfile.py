"""Who ran from a folder before: known once that process is dead, and not sooner."""

from pathlib import Path

import pytest

from bot import lockfile
from bot.lockfile import locked


def test_whoever_starts_next_is_told_the_name_of_the_one_before(tmp_path: Path) -> None:
    buried: list[str] = []
    for name in ("aa", "bb", "cc"):
        with locked(tmp_path / "data", name, buried.append):
            pass
    assert buried == ["aa", "bb"]


def test_who_still_runs_is_not_buried(tmp_path: Path) -> None:
    buried: list[str] = []
    with locked(tmp_path, "aa", buried.append):
        with locked(tmp_path, "bb", buried.append):
            assert buried == []
        with locked(tmp_path, "cc", buried.append):
            assert buried == []
    with locked(tmp_path, "dd", buried.append):
        assert buried == ["aa"], "of the others nothing is known"


def test_who_is_not_buried_for_good_is_told_of_again(tmp_path: Path) -> None:
    with locked(tmp_path, "aa", lambda name: None):
        pass

    def fails(name: str) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError), locked(tmp_path, "bb", fails):
        pass
    buried: list[str] = []
    with locked(tmp_path, "cc", buried.append):
        assert buried == ["aa"]


def test_where_no_file_can_be_locked_nobody_is_buried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked(tmp_path, "aa", lambda name: None):
        pass
    monkeypatch.setattr(lockfile, "fcntl", None)
    buried: list[str] = []
    with locked(tmp_path, "bb", buried.append):
        assert buried == []
