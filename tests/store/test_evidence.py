"""依据材料: what is taken, under which name, and that it is there as long as a row says so."""

import hashlib
import stat
from functools import partial

import pytest

from bot.actions import Upload
from bot.permissions import Rater
from bot.store import evidence
from bot.store.evidence import FILES_PER_ITEM
from bot.values import File
from scoring.refusal import Refused
from tests.files.making import PLACE, saved
from tests.phone import PNG, World, picture
from tests.store.at_once import at_once


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
            session, branch_id=world.branches[0].id, term_id=world.terms[0].id, item=item, raters=tuple(Rater)
        )


def remove(world: World, file: File) -> None:
    me = world.me("secretary")
    with world.database.write() as session:
        evidence.remove(session, me=me, branch=world.branches[0], term=world.terms[0], file=file)


def on_disk(world: World) -> list[str]:
    return sorted(path.name for path in world.folder.rglob("evidence/*/*"))


def test_a_file_lies_under_the_sha256_of_what_is_in_it_and_is_read_again(world: World) -> None:
    assert attach(world, "会议照片.PNG")
    (file,) = files(world)
    digest = hashlib.sha256(PNG).hexdigest()
    assert (file.name, file.mime, file.size, file.sha256) == ("会议照片.PNG", "image/png", len(PNG), digest)
    assert (file.by, file.at) == (world.me("secretary").name, world.clock())
    assert on_disk(world) == [digest]
    assert world.evidence.where(file).read_bytes() == PNG
    sheet = world.sheet(0)
    assert sheet is not None
    assert sheet.behind.files == {1: 1}


def test_only_the_owner_of_the_process_can_read_a_file_on_disk(desk: World) -> None:
    attach(desk, "a.png")
    assert stat.S_IMODE(desk.evidence.path(files(desk)[0].sha256).stat().st_mode) == 0o600


def test_what_cannot_be_taken_leaves_nothing(desk: World) -> None:
    with pytest.raises(Refused, match="重新导出"):
        attach(desk, "a.png", bytes(9))
    assert files(desk) == ()
    assert on_disk(desk) == []


def test_what_is_stored_and_hashed_is_the_photo_without_its_place(desk: World) -> None:
    sent = saved("JPEG", placed=True)
    assert attach(desk, "微信截图.png", sent)
    (file,) = files(desk)
    kept = desk.evidence.where(file).read_bytes()
    assert PLACE in sent
    assert PLACE not in kept
    assert (file.name, file.mime, file.size) == ("微信截图.jpg", "image/jpeg", len(kept))
    assert file.sha256 == hashlib.sha256(kept).hexdigest()
    assert not attach(desk, "同一张.jpg", sent)
    assert not attach(desk, "下载回来的.jpg", kept)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("..\\..\\windows\\a.png", "a.png"),
        ("/absolute/路径/照片.png", "照片.png"),
        ("a\nb\r\x1b[31m\u202egnp.png", "ab[31mgnp.png"),
        (".png", "照片.png"),
        ("  ...png", "照片.png"),
        ("会" * 5000 + ".png", "会" * 80 + ".png"),
        ("a.tar.png", "a.tar.png"),
        ("<b>&'\".png", "<b>&'\".png"),
        ("\ud800.png", "照片.png"),
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
        attach(world, "a.png", picture(number + 1))
    last = at_once([partial(attach, world, "a.png", picture(n)) for n in (100, 101, 102)])
    assert sum(answer is True for answer in last) == 1
    assert len(files(world)) == FILES_PER_ITEM
    with pytest.raises(Refused, match=f"最多 {FILES_PER_ITEM} 份"):
        attach(world, "one more.png", picture(200))
    assert not attach(world, "again.png", picture(1))  # attached already: nothing to refuse
    assert attach(world, "elsewhere.png", picture(200), item=2)
    remove(world, files(world)[0])
    assert attach(world, "one more.png", picture(200))


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
            raters=[Rater.SELF],
        )
    assert attach(world, "a.png")


def test_a_file_is_found_only_where_it_belongs(world: World) -> None:
    attach(world, "a.png")
    (file,) = files(world)
    here, other = world.branches[:2]
    this, last = world.terms
    with world.database.read() as session:
        find = partial(evidence.file_of, session, raters=[Rater.SELF])
        assert find(branch_id=here.id, term_id=this.id, evidence_id=file.id) == file
        for branch, term, number in ((other, this, file.id), (here, last, file.id), (here, this, 999)):
            with pytest.raises(Refused, match="已被移除"):
                find(branch_id=branch.id, term_id=term.id, evidence_id=number)


def test_a_file_that_was_lost_from_disk_is_said_to_be(desk: World) -> None:
    attach(desk, "a.png")
    (file,) = files(desk)
    desk.evidence.path(file.sha256).unlink()
    with pytest.raises(Refused, match="找不到"):
        desk.evidence.where(file)
