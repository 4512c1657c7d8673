"""依据材料: what is taken, under which name, and that it is there as long as a row says so."""

import hashlib
import stat
from functools import partial

import pytest

from bot.actions import UPLOAD_LIMIT, Upload
from bot.permissions import Rater
from bot.store import evidence
from bot.store.evidence import FILES_PER_ITEM
from bot.values import File
from scoring.rubric import Refused
from tests.phone import PNG, World
from tests.store.at_once import at_once

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
KINDS = {
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": PNG,
    "webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "pdf": b"%PDF-1.7",
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "pptx": b"PK\x03\x04",
    "doc": OLE,
    "xls": OLE,
    "ppt": OLE,
}


def attach(world: World, name: str, data: bytes = PNG, item: int = 1) -> bool:
    me, branch, term = world.me("secretary"), world.branches[0], world.terms[0]
    with world.database.write() as session:
        return world.evidence.attach(
            session,
            me=me,
            branch=branch,
            term=term,
            rater=Rater.SELF,
            item=item,
            upload=Upload(name, "any/thing", data),
        )


def files(world: World, item: int = 1) -> tuple[File, ...]:
    with world.database.read() as session:
        return evidence.files_of(
            session, branch_id=world.branches[0].id, term_id=world.terms[0].id, item=item
        )


def remove(world: World, file: File) -> None:
    me = world.me("secretary")
    with world.database.write() as session:
        evidence.remove(session, me=me, branch=world.branches[0], file=file)


def on_disk(world: World) -> list[str]:
    return sorted(path.name for path in world.folder.rglob("evidence/*/*"))


def test_a_file_lies_under_the_sha256_of_what_is_in_it_and_is_read_again(world: World) -> None:
    assert attach(world, "会议照片.PNG")
    (file,) = files(world)
    digest = hashlib.sha256(PNG).hexdigest()
    assert (file.name, file.mime, file.size, file.sha256) == ("会议照片.PNG", "image/png", len(PNG), digest)
    assert (file.by, file.at) == (world.me("secretary").name, world.clock())
    assert on_disk(world) == [digest]
    assert world.evidence.data(file) == PNG
    sheet = world.sheet(0)
    assert sheet is not None
    assert sheet.behind.files == {1: 1}


def test_only_the_owner_of_the_process_can_read_a_file_on_disk(desk: World) -> None:
    attach(desk, "a.png")
    assert stat.S_IMODE(desk.evidence.path(files(desk)[0].sha256).stat().st_mode) == 0o600


@pytest.mark.parametrize("ending", KINDS)
def test_a_file_is_taken_for_what_it_is_and_not_for_what_it_is_called(desk: World, ending: str) -> None:
    assert attach(desk, f"a.{ending}", KINDS[ending] + b" rest")
    for other, beginning in KINDS.items():
        if not beginning.startswith(KINDS[ending]) and not KINDS[ending].startswith(beginning):
            with pytest.raises(Refused, match=rf"\.{ending}）不符"):
                attach(desk, f"b.{ending}", beginning + b" rest of " + other.encode())
    assert len(files(desk)) == 1


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.png", b"", "空的"),
        ("a.png", PNG + bytes(UPLOAD_LIMIT), "太大"),
        ("a.exe", b"MZ", "暂不能作依据"),
        ("a.svg", b"<svg onload=alert(1)>", "暂不能作依据"),
        ("a.html", b"<script>", "暂不能作依据"),
        ("a.heic", b"....ftypheic", "暂不能作依据"),
        ("png", PNG, "暂不能作依据"),
        ("", PNG, "暂不能作依据"),
        ("a.png/", PNG, "暂不能作依据"),
        ("a.png\x00.exe", PNG, "暂不能作依据"),
        ("a.png", PNG[1:], "不符"),
        ("a.webp", b"RIFF\x24\x00\x00\x00WAVEfmt ", "不符"),
        ("a.docx", b"<html>", "不符"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_sentence_and_leaves_nothing(
    desk: World, name: str, data: bytes, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        attach(desk, name, data)
    assert files(desk) == ()
    assert on_disk(desk) == []


def test_a_file_as_large_as_is_allowed_is_taken(desk: World) -> None:
    assert attach(desk, "a.png", PNG + bytes(UPLOAD_LIMIT - len(PNG)))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("..\\..\\windows\\a.png", "a.png"),
        ("/absolute/路径/照片.png", "照片.png"),
        ("a\nb\r\x1b[31m\u202egnp.png", "ab[31mgnp.png"),
        (".png", "材料.png"),
        ("  ...png", "材料.png"),
        ("会" * 5000 + ".png", "会" * 80 + ".png"),
        ("a.tar.png", "a.tar.png"),
        ("<b>&'\".png", "<b>&'\".png"),
        ("\ud800.png", "材料.png"),
    ],
)
def test_a_name_is_kept_without_folders_control_characters_and_excess(
    desk: World, name: str, kept: str
) -> None:
    assert attach(desk, name)
    assert [file.name for file in files(desk)] == [kept]
    assert on_disk(desk) == [hashlib.sha256(PNG).hexdigest()]


def test_the_same_file_twice_is_attached_once_to_an_item_and_lies_on_disk_once_for_all(world: World) -> None:
    assert attach(world, "a.png")
    assert not attach(world, "b.png")
    assert attach(world, "c.png", item=2)
    assert [file.name for file in files(world)] == ["a.png"]
    assert [file.name for file in files(world, item=2)] == ["c.png"]
    assert len(on_disk(world)) == 1


def test_the_same_file_from_several_phones_at_once_is_attached_once(world: World) -> None:
    answers = at_once([partial(attach, world, f"{n}.png") for n in range(4)])
    assert sorted(map(bool, answers)) == [False, False, False, True]
    assert len(files(world)) == 1
    assert len(on_disk(world)) == 1


def test_a_full_item_takes_no_more_until_one_is_removed(world: World) -> None:
    for number in range(FILES_PER_ITEM - 1):
        attach(world, "a.png", PNG + bytes([number]))
    last = at_once([partial(attach, world, "a.png", PNG + bytes([n])) for n in (100, 101, 102)])
    assert sum(answer is True for answer in last) == 1
    assert len(files(world)) == FILES_PER_ITEM
    with pytest.raises(Refused, match=f"最多 {FILES_PER_ITEM} 份"):
        attach(world, "one more.png", PNG + b"one more")
    assert not attach(world, "again.png", PNG + bytes([0]))  # attached already: nothing to refuse
    assert attach(world, "elsewhere.png", PNG + b"one more", item=2)
    remove(world, files(world)[0])
    assert attach(world, "one more.png", PNG + b"one more")


def test_a_removed_file_is_gone_from_its_item_but_not_from_disk_and_can_be_attached_again(
    world: World,
) -> None:
    attach(world, "a.png")
    (file,) = files(world)
    remove(world, file)
    assert files(world) == ()
    assert on_disk(world) == [file.sha256]
    with pytest.raises(Refused, match="已被移除"), world.database.read() as session:
        evidence.file_of(
            session,
            branch_id=world.branches[0].id,
            term_id=world.terms[0].id,
            evidence_id=file.id,
            rater=Rater.SELF,
        )
    assert attach(world, "a.png")


def test_a_file_is_found_only_where_it_belongs(world: World) -> None:
    attach(world, "a.png")
    (file,) = files(world)
    here, other = world.branches[:2]
    this, last = world.terms
    with world.database.read() as session:
        find = partial(evidence.file_of, session, rater=Rater.SELF)
        assert find(branch_id=here.id, term_id=this.id, evidence_id=file.id) == file
        for branch, term, number in ((other, this, file.id), (here, last, file.id), (here, this, 999)):
            with pytest.raises(Refused, match="已被移除"):
                find(branch_id=branch.id, term_id=term.id, evidence_id=number)


def test_a_file_that_was_lost_from_disk_is_said_to_be(desk: World) -> None:
    attach(desk, "a.png")
    (file,) = files(desk)
    desk.evidence.path(file.sha256).unlink()
    with pytest.raises(Refused, match="找不到"):
        desk.evidence.data(file)
