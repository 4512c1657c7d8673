"""A committee's own editions in the database: read by their key, by any process, restored with what names them."""

import json
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.setup import Plan, carry_out
from bot.store import backup as backups
from bot.store import editions as store
from bot.store import forgetting, terms
from bot.store.database import Database
from bot.store.self_check import findings
from bot.store.tables import EDITION, HISTORY, TERM
from jobs.duties import assignments, catalogue
from jobs.duties.calendar import propose_terms
from scoring import edition_text, rubric
from scoring.refusal import EditionRefused, Refused
from scoring.rubric import Edition, own_key, read_edition
from tests.everything import everything
from tests.phone import World

SCHOOLS = read_edition("jinsong_2017")


def forget_what_was_read() -> None:
    """As in a process that begins."""
    for read in (rubric._read, catalogue.read_duties, assignments.assigned):
        read.cache_clear()


def quiet(done: int, of: int) -> None:
    """Show nothing."""


def own(name: str = "自定的评价表") -> tuple[Edition, str]:
    return edition_text.own(replace(SCHOOLS, name=name))


def adopted(world: World, name: str = "自定的评价表") -> tuple[str, int]:
    """An own edition that is in force from the next term on: its key, and the number of that term."""
    me = world.me("administrator")
    table, text = own(name)
    with world.database.write() as session:
        term = terms.add_term(session, committee_id=1, dates=propose_terms(2026)[1], edition=SCHOOLS.key)
        number = store.propose(session, me=me, committee_id=1, table=table, text=text)
    with world.database.write() as session:
        store.explain(session, store.one(session, number, to_write=True), "管理员的理由")
        kept = store.one(session, number)
        every = store.beginnings(session, kept, terms.terms_of(session, [1]), me.now.date(), to_write=True)
        since = next(one for one in every if one.number == term.id)
        assert store.adopt(session, me=me, kept=kept, since=since, every=every) == 1
    return table.key, term.id


def test_an_own_edition_is_found_by_its_key_and_by_a_process_that_never_saw_it(world: World) -> None:
    key, term = adopted(world)
    forget_what_was_read()
    assert read_edition(key).name == "自定的评价表"
    assert catalogue.read_duties(key)["plan"].items == catalogue.read_duties(SCHOOLS.key)["plan"].items
    forget_what_was_read()
    with world.database.read() as session:
        assert terms.any_term(session, term).table.key == key, "asked for while something is read"
    with closing(Database(world.database.url)) as replica:
        forget_what_was_read()
        world.database.close()  # nobody asks it any more
        with replica.read() as session:
            assert terms.any_term(session, term).table.key == key


def test_what_is_nowhere_is_asked_for_again(world: World) -> None:
    table, text = own(f"后来才有的 {world.folder.name}")  # another database may be open still
    forget_what_was_read()
    with world.database.read(), pytest.raises(EditionRefused, match="请从备份恢复"):
        read_edition(table.key)
    with world.database.write() as session:
        store.propose(session, me=world.me("administrator"), committee_id=1, table=table, text=text)
    assert read_edition(table.key) == table


def test_with_the_first_own_one_those_in_use_are_kept_too(world: World) -> None:
    adopted(world)
    with world.database.read() as session:
        kept = {one.key: one for one in store.of_committee(session, 1)}
    assert kept[SCHOOLS.key].text == ""
    assert kept[SCHOOLS.key].table == SCHOOLS
    assert not kept[SCHOOLS.key].draft
    assert len(kept) == 2


def test_another_committees_edition_is_none_of_this_one(world: World) -> None:
    key, _ = adopted(world)
    with world.database.write() as session:
        other = terms.add_committee(session, name="邻校党总支", edition=SCHOOLS.key)
        assert store.of_committee(session, other) == ()
        table, text = own()
        number = store.propose(
            session, me=world.me("administrator"), committee_id=other, table=table, text=text
        )
        assert store.one(session, number).key == key, "the same text has the same key"
        assert store.one(session, number).draft
        assert len(store.of_committee(session, 1)) == 2


@pytest.mark.slow
def test_a_backup_holds_own_editions_and_restores_them_before_what_names_them(
    world: World, blank: Database
) -> None:
    key, _ = adopted(world)
    path = world.folder / "backup.zip"
    backups.backup(world.database, world.evidence.folder, path, quiet)
    before = everything(world.database)
    world.database.close()
    forget_what_was_read()
    backups.restore(blank, world.folder / "restored", path, quiet)
    assert everything(blank) == before
    forget_what_was_read()
    with blank.read():
        assert read_edition(key).name == "自定的评价表"


def spoiled(path: Path, name: str, **values: str) -> Path:
    """A backup in whose last row of editions other values stand."""
    out = path.with_name(f"{name}.zip")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(out, "w") as after:
        for one in before.namelist():
            data = before.read(one)
            if one == "tables/edition.jsonl":
                head, *rows = data.splitlines()
                row = dict(zip(json.loads(head), json.loads(rows[-1]), strict=True))
                said = json.dumps(list({**row, **values}.values()), ensure_ascii=False)
                data = b"\n".join([head, *rows[:-1], said.encode(), b""])
            after.writestr(one, data)
    return out


@pytest.mark.slow
def test_a_restored_edition_is_what_its_key_says_and_fits_the_duties(desk: World, tmp_path: Path) -> None:
    adopted(desk)
    path = desk.folder / "backup.zip"
    backups.backup(desk.database, desk.evidence.folder, path, quiet)
    _, text = own()
    poor = text.replace("[facts.handbook_in]", "[facts.handbook_on]").replace(
        '"handbook_in"', '"handbook_on"'
    )
    for name, values, says in (
        ("other words", {"text": text.replace("自定的", "改过的")}, "的内容和名称对不上"),
        ("no text", {"text": ""}, "的内容和名称对不上"),
        ("no table", {"text": "x = 1", "key": own_key("x = 1")}, "没有恢复：评价表缺少"),
        ("no duties", {"text": poor, "key": own_key(poor)}, "与任务目录不配套"),
        ("another key", {"text": f"{text}#", "key": own_key(f"{text}#")}, "没有恢复：没有自定的评价表「own_"),
    ):
        blank = Database(f"sqlite:///{tmp_path / name}.db")
        with pytest.raises(Refused) as refused:
            backups.restore(blank, tmp_path / "restored", spoiled(path, name, **values), quiet)
        assert says in str(refused.value)
        blank.close()


@pytest.mark.slow
def test_the_self_check_finds_a_text_that_was_changed_and_a_key_that_nobody_keeps(desk: World) -> None:
    key, _ = adopted(desk)
    assert list(findings(desk.database, desk.evidence, lambda: None)) == []
    with desk.database.write() as session:
        session.execute(sa.update(EDITION).where(EDITION.c.key == key).values(text="x = 1"))
    [found] = findings(desk.database, desk.evidence, lambda: None)
    assert "的内容被改动过" in found.words
    with desk.database.write() as session:
        session.execute(sa.delete(EDITION).where(EDITION.c.key == key))
    assert {one.words for one in findings(desk.database, desk.evidence, lambda: None)} == {
        f"用到的评价表 {key} 不在了"
    }


def test_who_is_deleted_leaves_the_table_but_no_draft_and_no_name(desk: World) -> None:
    me = desk.me("administrator")
    key, term = adopted(desk, f"{me.name}评价表")
    draft, text = own("草稿")
    with desk.database.write() as session:
        store.propose(session, me=me, committee_id=1, table=draft, text=text)
        assert me.person_id is not None
        forgetting._drop(session, me.person_id)
        forgetting._unname(session, me.person_id, "管理员的", [1])
        assert [one.key for one in store.of_committee(session, 1) if one.text] == [key]
        assert terms.any_term(session, term).edition == key
        said = session.execute(sa.select(HISTORY.c.after).where(HISTORY.c.subject == "edition")).scalar_one()
        assert "管理员的" not in said
        [kept] = [one for one in store.of_committee(session, 1) if one.text]
        assert own_key(kept.text) == key
        assert session.execute(sa.select(TERM.c.edition).where(TERM.c.id == term)).scalar() == key


def test_setting_up_again_leaves_a_committee_under_its_own_one(desk: World) -> None:
    key, _ = adopted(desk)
    with desk.database.read() as session:
        name = terms.committee_name(session, 1)
    added, _ = carry_out(desk.database, Plan(name, SCHOOLS.key, (), ()), desk.clock())
    assert not any("评价表" in line for line in added)
    with desk.database.read() as session:
        assert terms.edition_of(session, 1) == key
