"""导出: what the committee may see of a term leaves the chat in one archive, with the numbers of the screens."""

import json
import zipfile
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from bot.actions import Action, EverythingArchive, MeasureCard, TermArchive, TermFiles, wire
from bot.dialogue.exporting import PAPERS, PAPERS_OF_BRANCH
from bot.message import Message
from bot.store import rectifications
from scoring.review import Electorate
from scoring.rubric import Grade
from tests import voting
from tests.conversation.test_rectifying import OWNER, accepted, lay_out, plan_of
from tests.phone import World, picture
from tests.published import published

pytestmark = pytest.mark.slow  # an archive has the papers of all branches in it

GRADES = "优合" * 12


def archive(world: World, who: str = "member", part: int = 0) -> zipfile.ZipFile:
    phone = world.phone(who).press(TermArchive(world.terms[0].id, part))
    assert phone.screen.attachment is not None
    return zipfile.ZipFile(BytesIO(phone.screen.attachment.read()))


def evaluated(world: World) -> str:
    """双龙 submitted its 自评 before; the committee agrees in 12 items. What 排名 says of it."""
    line = " ".join(f"{n}{grade}" for n, grade in enumerate(GRADES, start=1))
    member = world.phone("member").say("评价双龙").say(line).tap("保存").tap("提交").tap("确认提交")
    return member.say("排名").text


def test_the_archive_says_what_the_screens_say(world: World) -> None:
    table = evaluated(world)
    kept = archive(world)
    assert kept.testzip() is None
    told = json.loads(kept.read("学期数据.json"))
    assert (told["format"], told["version"], told["term"]["name"]) == (
        "star-branch-term",
        1,
        world.terms[0].name,
    )
    marks = [row for row in told["marks"] if row["branch"].startswith("双龙") and row["rater"] == "committee"]
    assert [row["item"] for row in marks] == list(range(1, 25))
    total = sum(Decimal(row["points"]) for row in marks)
    [standing] = [row for row in told["standings"] if row["branch"].startswith("双龙")]
    assert Decimal(standing["total"]) == total
    assert f"{standing['total']} 分" in table
    changed = [row for row in told["changes"] if row["subject"] == "mark" and row["rater"] == "committee"]
    assert sum(Decimal(row["after"]["points"]) for row in changed) == total
    book = openpyxl.load_workbook(BytesIO(kept.read("学期数据.xlsx")))
    rows = [row for row in book["得分"].iter_rows(min_row=2, values_only=True) if "总支评价" in row]
    assert sum(Decimal(str(row[4])) for row in rows) == total
    gaps = [row for row in told["gaps"] if row["branch"].startswith("双龙")]
    own = {r["item"]: Decimal(r["points"]) for r in told["marks"] if r["rater"] == "self"}
    assert {row["item"] for row in gaps} == {
        r["item"] for r in marks if own[r["item"]] != Decimal(r["points"])
    }


def test_a_self_evaluation_that_is_not_submitted_stays_the_branchs_own(world: World) -> None:
    secretary = world.phone("secretary").say("自评").say("1优 2 3.3 只有一次记录").tap("保存")
    secretary.say("自评").attach("秘密.png")
    kept = archive(world)
    packed = [name for name in kept.namelist() if name.endswith((".xlsx", ".docx"))]
    books = [zipfile.ZipFile(BytesIO(kept.read(name))) for name in packed]
    said = [
        *map(kept.read, kept.namelist()),
        *(book.read(name) for book in books for name in book.namelist()),
    ]
    assert not [part for part in said if "只有一次记录".encode() in part]
    assert not [name for name in kept.namelist() if "秘密" in name]


def test_the_forms_of_all_branches_and_the_table_of_them_are_in_it(world: World) -> None:
    evaluated(world)
    world.phone("member").say("评价双龙").say("备注").say("第一项谈过")
    kept = archive(world)
    told = json.loads(kept.read("学期数据.json"))
    names = [name for name in kept.namelist() if name.startswith("测评表/")]
    assert names == [f"测评表/{one.name}.{kind}" for one in world.branches for kind in ("xlsx", "docx")]
    [total] = [row["total"] for row in told["standings"] if row["branch"].startswith("双龙")]
    form = cells(kept, f"测评表/{world.branches[2].name}.xlsx")
    assert sum(isinstance(cell, int | float) for cell in form) >= 24
    assert [cell for cell in form if "统计时间" in str(cell)] == [f"统计时间：{world.terms[0].name}"]
    drawn = [name for name in kept.namelist() if name.startswith("图/")]
    assert drawn[0] == "图/排名.png"
    assert set(drawn[1:]) == {f"图/{row['branch']} 雷达图.png" for row in told["standings"]}
    assert all(kept.read(name).startswith(b"\x89PNG") for name in drawn)
    assert float(total) in cells(kept, "汇总表.xlsx")
    [document] = [kept.read(name) for name in names if "双龙" in name and name.endswith("docx")]
    assert f">{total}<".encode() in zipfile.ZipFile(BytesIO(document)).read("word/document.xml")


def cells(kept: zipfile.ZipFile, name: str) -> list[object]:
    """What stands in the cells of a workbook of the archive."""
    book = openpyxl.load_workbook(BytesIO(kept.read(name)))
    return [value for sheet in book for row in sheet.iter_rows(values_only=True) for value in row]


def test_evidence_lies_in_folders_by_branch_and_item(world: World) -> None:
    world.phone("member").say("评价双龙").attach("活动.png")
    [name] = [name for name in archive(world).namelist() if name.startswith("材料/")]
    assert name.split("/")[1:] == [name.split("/")[1], name.split("/")[2], "总支评价", "活动.png"]
    assert "双龙" in name.split("/")[1]
    assert archive(world).read(name)


def test_what_shows_how_measures_went_bears_its_number_in_the_register(world: World) -> None:
    accepted(world)
    phone = world.phone(OWNER)
    second, first = plan_of(world).measures[1::-1]
    phone.press(MeasureCard(second.id)).attach("后.png", picture(2))
    phone.press(MeasureCard(first.id)).attach("先.png", picture(1))
    with world.database.read() as session:
        rows = rectifications.register(
            session, me=world.me("member"), committee_id=1, term_id=world.terms[0].id
        )
    assert [row.files for row in rows[:2]] == [(1,), (2,)]
    kept = archive(world)
    branch = f"材料/{world.branches[2].name}/整改"
    names = [name for name in kept.namelist() if name.startswith("材料/")]
    assert names == [f"{branch}/附件1 先.png", f"{branch}/附件2 后.png"]
    assert len({kept.read(name) for name in names}) == 2
    told = json.loads(kept.read("学期数据.json"))["measures"]
    assert [(row["item"], row["files"]) for row in told[:3]] == [
        (24, [1]),
        (second.item, [2]),
        (told[2]["item"], []),
    ]
    table = cells(kept, "整改台账.xlsx")
    assert table.count("附件 1") == table.count("附件 2") == 1
    assert "第 24 项 " in str(table[table.index(1) + 2])


def test_a_plan_that_is_not_handed_in_is_in_no_file(desk: World) -> None:
    published(desk)
    lay_out(desk)
    desk.phone(OWNER).say("首页").tap("整改").tap("写一条措施").say("秘密的措施")
    kept = archive(desk)
    assert json.loads(kept.read("学期数据.json"))["measures"] == []
    assert not [name for name in kept.namelist() if name.startswith("整改台账")]


def test_what_people_typed_is_inert(world: World) -> None:
    phone = world.phone("member").say("评价双龙")
    for text in ("=cmd|' /C calc'!A0", "+1", "@x", "-1"):
        phone.say("备注").say(text)
    book = openpyxl.load_workbook(BytesIO(archive(world).read("学期数据.xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]


def test_a_mark_that_was_taken_back_is_said_in_words(desk: World) -> None:
    desk.phone("member").say("评价常营").tap("不合格").tap("撤销").tap("合格")
    book = openpyxl.load_workbook(BytesIO(archive(desk).read("学期数据.xlsx")))
    rows = list(book["修改记录"].iter_rows(values_only=True))
    before, after = (rows[0].index(head) for head in ("原来", "现在"))
    told = [(row[before], row[after]) for row in rows[1:] if str(row[1]).startswith("常营")]
    assert told == [(None, "不合格 0 分"), ("不合格 0 分", "未评"), (None, "合格 3.2 分")]


def test_it_comes_in_parts_where_a_channel_carries_no_more(desk: World) -> None:
    phone = desk.phone("member").say("评价双龙")
    for number in (1, 2):
        phone.attach(f"{number}.png", picture(number))
    limit = PAPERS + len(desk.branches) * PAPERS_OF_BRANCH + len(picture(1)) + 1

    def shown(action: Action) -> Message:
        return phone.send(replace(phone.event(press=wire(action)), file_limit=limit)).screen

    offered = shown(TermFiles(desk.terms[0].id))
    assert [button.label[:5] for button in offered.buttons][:2] == ["第 1 份", "第 2 份"]
    names = []
    for button in offered.buttons[:2]:
        file = shown(button.action).attachment
        assert file is not None
        names.append(zipfile.ZipFile(BytesIO(file.read())).namelist())
    assert [name for part in names for name in part if name.startswith("材料")] == [names[0][-1], names[1][0]]
    assert "学期数据.json" in names[0]
    assert len(names[1]) == 1
    assert "材料有变动" in phone.press(TermArchive(desk.terms[0].id, 3)).toast


def test_a_branch_gets_none(desk: World) -> None:
    for who in ("secretary", "officer"):
        phone = desk.phone(who).press(TermArchive(desk.terms[0].id, 0))
        assert phone.screen.attachment is None


def test_everything_has_each_term_as_its_own_archive_has_it_and_the_people(world: World) -> None:
    evaluated(world)
    phone = world.phone("administrator").say("首页").tap("工作安排").tap("导出全部").tap("全部下载")
    assert phone.screen.attachment is not None
    kept = zipfile.ZipFile(BytesIO(phone.screen.attachment.read()))
    assert kept.testzip() is None
    told = json.loads(kept.read("党总支数据.json"))
    assert [row["branch"] for row in told["branches"]] == [branch.name for branch in world.branches]
    assert [row["term"] for row in told["terms"]] == [term.name for term in reversed(world.terms)]
    assert {"person": "双龙校区书记", "branch": "双龙校区党支部", "role": "secretary"}.items() <= next(
        row for row in told["seats"] if row["person"] == "双龙校区书记"
    ).items()
    this = archive(world, "administrator")
    inside = {name.partition("/")[2] for name in kept.namelist() if name.startswith(world.terms[0].name)}
    assert inside == set(this.namelist())
    of_term = kept.read(f"{world.terms[0].name}/学期数据.json")
    assert json.loads(of_term)["marks"] == json.loads(this.read("学期数据.json"))["marks"]


def test_everything_has_what_came_of_a_review_as_totals(world: World) -> None:
    """No ballot, nothing of a group that is too small to be shown; the award with its reason."""
    opened = voting.opened(world, "专家3 群众8")
    voting.vote(world, Electorate.EXPERTS, 3, Grade.EXCELLENT)
    voting.vote(world, Electorate.MASSES, 6, Grade.PASSED, said={world.branches[0].id: "不出现的意见"})
    voting.closed(opened).tap("学年总表").tap("评 双龙").say("党日活动有特色").tap("确认评选")
    phone = world.phone("administrator").say("首页").tap("工作安排").tap("导出全部").tap("全部下载")
    assert phone.screen.attachment is not None
    kept = zipfile.ZipFile(BytesIO(phone.screen.attachment.read()))
    told = json.loads(kept.read("党总支数据.json"))
    assert {"2025–2026学年评议结果.xlsx", "2025–2026学年评议结果.docx"} <= set(kept.namelist())
    assert [(row["group"], row["voters"], row["returned"]) for row in told["reviews"]] == [
        ("experts", 3, 3),
        ("masses", 8, 6),
    ]
    assert {tuple(row["groups"]) for row in told["review_counts"]} == {("masses",)}
    assert {(row["passed"], row["excellent"], row["ballots"]) for row in told["review_counts"]} == {(6, 0, 6)}
    assert [(row["year"], row["branch"], row["reason"]) for row in told["awards"]] == [
        (2025, "双龙校区党支部", "党日活动有特色")
    ]


def test_everything_is_the_administrators(world: World) -> None:
    assert "管理员" in world.phone("member").press(EverythingArchive(1)).toast
