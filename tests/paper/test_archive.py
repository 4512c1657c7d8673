"""An archive is read with the standard library's own reader, and by nothing of ours."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.paper.archive import Member, parts, zipped
from bot.paper.texts import file_name, fit, folders

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


def opened(*members: Member) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(zipped(members, NOW))))


def test_every_member_is_in_its_folder_with_all_its_bytes(tmp_path: Path) -> None:
    photo = tmp_path / "photo"
    photo.write_bytes(bytes(range(256)) * 1000)
    archive = opened(Member(["材料", "双龙校区", "第8项", "活动.jpg"], photo), Member(["说明.txt"], b"!"))
    assert archive.testzip() is None
    assert archive.namelist() == ["材料/双龙校区/第8项/活动.jpg", "说明.txt"]
    assert archive.read("材料/双龙校区/第8项/活动.jpg") == photo.read_bytes()
    assert archive.infolist()[0].date_time == (2026, 11, 27, 9, 0, 0)


def test_what_bears_the_same_name_gets_a_number(tmp_path: Path) -> None:
    archive = opened(
        *[Member(["a.b", name], b"x") for name in ("活动.jpg", "活动.JPG", "活动.jpg", "无", "无")]
    )
    assert archive.namelist() == [
        "a.b/活动.jpg",
        "a.b/活动（2）.JPG",
        "a.b/活动（3）.jpg",
        "a.b/无",
        "a.b/无（2）",
    ]


def test_what_is_missing_is_left_out(tmp_path: Path) -> None:
    assert opened(Member(["没有.jpg"], tmp_path / "none"), Member(["有"], b"")).namelist() == ["有"]


def test_no_more_than_a_piece_is_held(tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(b"\0" * 3_000_000)
    pieces = list(zipped([Member(["1"], big), Member(["2"], big)], NOW))
    assert max(map(len, pieces)) < 200_000
    assert sum(map(len, pieces)) > 6_000_000


def test_a_member_is_asked_for_when_those_before_it_were_taken() -> None:
    asked: list[int] = []

    def members() -> Iterator[Member]:
        for number in range(3):
            asked.append(number)
            yield Member([str(number)], b"x" * 10)

    pieces = zipped(members(), NOW)
    next(pieces)
    assert asked == [0]


@given(st.text(max_size=300))
def test_a_name_leads_nowhere(name: str) -> None:
    fitted = fit(name)
    assert 0 < len(fitted.encode()) <= 255
    assert not set(fitted) & set('/\\:*?"<>|\0\n\t')
    assert fitted not in (".", "..")
    assert fitted[-1] not in ". "


def test_a_long_name_keeps_its_ending() -> None:
    assert fit("长" * 300 + ".xlsx").endswith("长.xlsx")
    assert fit("CON.txt") == "_CON.txt"


def test_what_is_cut_off_or_named_as_a_device_is_taken_by_windows_too() -> None:
    assert fit("长" * 58 + " . 长") == "长" * 58
    assert fit("长" * 53 + ". " + "长" * 9 + ".xlsx") == "长" * 53 + ".xlsx"
    assert [fit(name) for name in ("con .txt", "COM¹.png", "CONIN$", "lpt9", "Cons.txt")] == [
        "_con .txt",
        "_COM¹.png",
        "_CONIN$",
        "_lpt9",
        "Cons.txt",
    ]


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_a_file_that_is_sent_has_a_name_that_every_system_takes(parts: list[str]) -> None:
    name = file_name(*parts, "测评表", ending="xlsx")
    assert name.endswith("测评表.xlsx")
    assert len(name.encode()) <= 255
    assert not set(name) & set('/\\:*?"<>|\0\n\t')
    assert name[0] not in ". "


def test_names_that_some_system_cannot_tell_apart_get_a_number() -> None:
    archive = opened(*[Member([name], b"x") for name in ("caf\u00e9.png", "cafe\u0301.png", "Caf\u00e9.PNG")])
    assert [name[-7:] for name in archive.namelist()] == ["afé.png", "（2）.png", "（3）.PNG"]
    assert folders(["一/二", "一?二", "A", "a"]) == {
        "一/二": "一_二",
        "一?二": "一_二（2）",
        "A": "A",
        "a": "a（2）",
    }


@given(st.lists(st.integers(0, 60)), st.integers(1, 50))
def test_parts_hold_every_file_once_in_its_order_below_the_limit(sizes: list[int], limit: int) -> None:
    found = parts(sizes, limit)
    assert [number for part in found for number in part] == list(range(len(sizes)))
    assert all(sum(sizes[n] for n in part) <= limit or len(part) == 1 for part in found)
