# ruff: noqa: E501 -- one spoiled file, one line
"""评价表: sent as a text or a workbook, compared with today's, in force from a term on; results of older terms stay."""

import json
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from bot import actions
from bot.actions import Result, Standings, Trial
from bot.demo import EDITION
from bot.message import plain
from bot.permissions import Rater
from bot.store import terms
from bot.store.tables import EDITION as EDITIONS
from bot.store.tables import HISTORY, SHEET
from jobs import reminders
from jobs.duties.calendar import propose_terms
from scoring.edition_text import written
from scoring.rubric import OWN, read_edition
from tests.paper.forms import changed
from tests.phone import PNG, Phone, World

TABLE = read_edition(EDITION)
TOML = written(TABLE)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def opened(world: World) -> Phone:
    """An administrator before 评价表."""
    return world.phone("administrator").say("首页").tap("工作安排").tap("评价表")


def sent(world: World, text: str, name: str = "评价表.toml") -> Phone:
    """A rating table that was sent as a text."""
    return opened(world).attach(name, text.encode(), "text/plain")


def form(world: World) -> bytes:
    """Today's table as a workbook."""
    file = opened(world).tap("下载 Excel").screen.attachment
    assert file is not None
    assert file.name.endswith(".xlsx")
    return file.read()


def next_term(world: World) -> int:
    """The term after this one, in which nothing was written."""
    with world.database.write() as session:
        made = terms.add_term(session, committee_id=1, dates=propose_terms(2026)[1], edition=EDITION)
        reminders.lay_out(session, 1, world.clock().date())
    return made.id


def editions(world: World) -> dict[str, str]:
    """The table of each term by its name, and that of those to come."""
    with world.database.read() as session:
        found = {term.name: term.edition for term in terms.terms_of(session, [1])}
        return {**found, "": terms.edition_of(session, 1)}


def adopt(phone: Phone, since: str, reason: str = "党委的新要求") -> Phone:
    """Put the table that stands in force."""
    return phone.tap("从某学期起用").tap(since).say(reason).tap("确认起用")


@pytest.mark.slow
def test_a_text_shows_what_it_changes_and_takes_effect_from_the_chosen_term(desk: World) -> None:
    term = next_term(desk)
    text = TOML.replace("合格率达到90%。优秀率达到20%", "合格率达到95%。优秀率达到20%").replace(
        "passed = 0.8\n", "passed = 0.75\n", 1
    )
    phone = sent(desk, text)
    assert phone.toast == "已核对，还没有起用"
    assert phone.screen.lines[1:] == (
        "和现在用的相比，改动了整张表的规则和 1 项。删〔〕是去掉的，增〔〕是新写的。",
        ("任务目录", "《党员手册》上交与讲评所依据的原文有改动，任务和日期照旧。"),
        ("合格得分", "删〔80 %〕增〔75 %〕"),
        ("第 7 项 党员手册 合格", "…100%。合格率达到删〔90%〕增〔95%〕。优秀率达到20%"),
    )
    before = editions(desk)
    phone.tap("从某学期起用")
    assert ("2026–2027学年第一学期", "测评表里已经填过东西，不能选") in phone.screen.lines
    assert ("2026–2027学年第二学期", "可以选") in phone.screen.lines
    phone.tap("2026–2027学年第二学期")
    assert "请输入更换的理由" in phone.text
    assert "确认起用" not in phone.labels
    phone.say("党委 12 月的新要求")
    assert ("理由", "党委 12 月的新要求") in phone.screen.lines
    assert editions(desk) == before
    assert phone.tap("确认起用").toast == "已起用：2026–2027学年第二学期起按这一版"
    after = editions(desk)
    own = after["2026–2027学年第二学期"]
    assert own.startswith(OWN)
    assert after == {**before, "2026–2027学年第二学期": own, "": own}
    assert read_edition(own).item(7).standard != TABLE.item(7).standard
    assert phone.screen.lines[-2] == ("以后新增的学期", "12月28日 09:05的修订")
    card = phone.tap("12月28日 09:05的修订")
    assert ("理由", "党委 12 月的新要求") in card.screen.lines
    assert "删除草稿" not in card.labels
    with desk.database.read() as session:
        [(before_, after_)] = session.execute(
            sa.select(HISTORY.c.before, HISTORY.c.after).where(HISTORY.c.subject == "edition")
        ).all()
    assert json.loads(after_)["reason"] == "党委 12 月的新要求"
    assert json.loads(before_) == {"edition": EDITION, "terms": {"2026–2027学年第二学期": EDITION}}
    with desk.database.write() as session:
        reminders.lay_out(session, 1, desk.clock().date())
    secretary = desk.phone("secretary").press(actions.OpenSheet(1, term, int(Rater.SELF)))
    assert "合格率达到95%" in secretary.press(actions.Card(secretary.at("sheet"), 7)).text


@pytest.mark.slow
def test_a_workbook_with_other_words_and_points_does_the_same(desk: World) -> None:
    next_term(desk)
    standard = TABLE.item(7).standard.replace("合格率达到90%", "合格率达到95%")
    data = changed(form(desk), {"B11": standard, "E5": 3, "E6": 5})
    phone = opened(desk).attach("测评表.xlsx", data, XLSX)
    assert phone.toast == "已核对，还没有起用"
    assert "第 7 项文字有改动，不再自动建议等级。" in phone.screen.lines
    assert ("第 1 项 支委会分工履职 分值", "删〔4 分〕增〔3 分〕") in phone.screen.lines
    adopt(phone, "2026–2027学年第二学期")
    table = read_edition(editions(desk)["2026–2027学年第二学期"])
    assert [str(item.points) for item in table.items[:2]] == ["3", "5"]
    assert table.item(7).typed is None


@pytest.mark.slow
def test_the_earlier_one_is_put_in_force_again_the_same_way(desk: World) -> None:
    next_term(desk)
    before = editions(desk)
    adopt(sent(desk, TOML.replace("least = 90", "least = 88")), "2026–2027学年第二学期")
    assert editions(desk) != before
    again = sent(desk, TOML.replace("least = 90", "least = 88"))
    assert again.toast == "这一版以前用过，没有重复保存"
    again.tap("从某学期起用")
    assert [label for label in again.labels if "学期" in label] == []
    assert ("以后新增的学期", "已经是这一版，不能选") in again.screen.lines
    phone = opened(desk).tap("程序自带的")
    assert list(phone.screen.lines) == ["和现在用的没有不同。"]
    phone.tap("从某学期起用")
    assert ("2026–2027学年第一学期", "已经是这一版，不能选") in phone.screen.lines
    assert phone.tap("2026–2027学年第二学期").say("还是用原来的").tap("确认起用").toast.startswith("已起用")
    assert editions(desk) == before


@pytest.mark.slow
def test_a_term_that_was_only_looked_at_changes_with_its_sheets_and_a_begun_one_keeps_its_own(
    desk: World,
) -> None:
    term = next_term(desk)
    looked = desk.phone("secretary").press(actions.OpenSheet(1, term, int(Rater.SELF)))
    sheet = looked.at("sheet")
    adopt(sent(desk, TOML.replace("least = 90", "least = 88")), "2026–2027学年第二学期")
    phone = desk.phone("secretary").press(actions.OpenSheet(1, term, int(Rater.SELF)))
    assert phone.at("sheet") == sheet
    phone.tap("优秀")
    with desk.database.read() as session:
        named = set(session.execute(sa.select(SHEET.c.edition).where(SHEET.c.term_id == term)).scalars())
    assert named == {editions(desk)["2026–2027学年第二学期"]}
    phone = sent(desk, TOML.replace("least = 90", "least = 87")).tap("从某学期起用")
    assert ("2026–2027学年第二学期", "测评表里已经填过东西，不能选") in phone.screen.lines
    number = phone.at("edition")
    refused = phone.press(actions.AskAdopt(number, term))
    assert refused.toast == "不能从2026–2027学年第二学期起用：测评表里已经填过东西。请选别的学期。"


def test_numbers_that_were_reported_must_have_a_place_in_it(desk: World) -> None:
    term = next_term(desk)
    kind = TABLE.facts["petitions"].number
    desk.phone("secretary").press(actions.FactCard(1, term, kind, 0)).say("0")
    text = (
        TOML.replace('"petitions"', '"visits"')
        .replace("[facts.petitions]", "[facts.visits]")
        .replace("number = 33", "number = 99")
    )
    phone = sent(desk, text).tap("从某学期起用")
    assert (
        "2026–2027学年第二学期",
        "已经报过「越级上访」，这一版里没有或算法不同，不能选",
    ) in phone.screen.lines


@pytest.mark.slow
def test_results_of_older_terms_do_not_move_by_a_digit(desk: World) -> None:
    next_term(desk)
    old = desk.terms[2]
    member, secretary = desk.phone("member"), desk.phone("secretary")

    def seen() -> list[str]:
        screens = [member.press(Standings(old.id)).screen, member.press(Trial(old.id, 0, 0, 0, 0)).screen]
        for branch in desk.branches:
            for action in (
                Result(branch.id, old.id),
                actions.WhyTotal(branch.id, old.id),
                actions.Profile(branch.id, old.id),
            ):
                screens.append(member.press(action).screen)
        screens.append(secretary.press(Result(1, old.id)).screen)
        said = [plain(screen) for screen in screens]
        file = member.press(actions.FormFile(1, old.id, 0)).screen.attachment
        assert file is not None
        cells = load_workbook(BytesIO(file.read())).worksheets[0]
        return [*said, *(str(cell.value) for row in cells.iter_rows() for cell in row)]

    before = seen()
    small = (
        TOML.replace("passed = 0.8\n", "passed = 0.5\n", 1)
        .replace("least = 90", "least = 60")
        .replace("least = 80", "least = 50")
    )
    adopt(sent(desk, small), "2026–2027学年第二学期")
    assert seen() == before
    adopt(
        sent(desk, small.replace("points = 4", "points = 3", 1).replace("points = 5", "points = 6", 1)),
        "2026–2027学年第二学期",
    )
    assert seen() == before


def test_what_differs_in_nothing_is_not_kept(desk: World) -> None:
    phone = sent(desk, TOML)
    assert phone.toast == "和现在用的评价表没有不同，没有要改的。请核对是不是发错了文件"
    assert phone.reply.stays
    with desk.database.read() as session:
        assert session.execute(sa.select(EDITIONS.c.id)).all() == []
    data = form(desk)
    assert opened(desk).attach("测评表.xlsx", data, XLSX).toast == phone.toast


@pytest.mark.slow
def test_the_same_table_sent_twice_is_one_draft_and_few_drafts_are_kept(desk: World) -> None:
    numbers = {sent(desk, TOML.replace("least = 90", "least = 88")).at("edition") for _ in range(2)}
    assert len(numbers) == 1
    for least in range(81, 88):
        sent(desk, TOML.replace("least = 90", f"least = {least}"))
    phone = opened(desk)
    assert sum("（草稿）" in label for label in phone.labels) == 5
    phone.tap("（草稿）").tap("删除草稿")
    assert sum("（草稿）" in label for label in phone.labels) == 4
    assert "没有找到这份评价表" in phone.press(actions.EditionCard(numbers.pop(), 0)).toast


@pytest.mark.slow
def test_a_confirmation_counts_only_for_what_was_seen(desk: World) -> None:
    next_term(desk)
    phone = (
        sent(desk, TOML.replace("least = 90", "least = 88")).tap("从某学期起用").tap("第二学期").say("理由一")
    )
    confirm = next(button.action for button in phone.screen.buttons if button.label == "确认起用")
    phone.say("理由二")
    assert phone.press(confirm).toast == "刚有改动，还没有起用，请再核对。"
    assert phone.tap("确认起用").toast.startswith("已起用")
    assert phone.press(confirm).toast.startswith("不能从2026–2027学年第二学期起用：已经是这一版。")
    assert "用过，不能删除" in phone.press(actions.DropEdition(phone.tap("修订").at("edition"))).toast


@pytest.mark.slow
def test_what_was_tried_becomes_the_committees_own(desk: World) -> None:
    member = desk.phone("member").press(Standings(desk.terms[1].id)).tap("试算").say("合格75% 五星85")
    assert "按这个规则改评价表" not in member.labels
    phone = desk.phone("administrator").press(Standings(desk.terms[1].id)).tap("试算")
    assert "按这个规则改评价表" not in phone.labels
    phone.say("合格75% 五星85").tap("按这个规则改评价表")
    assert phone.screen.lines[1:] == (
        "和现在用的相比，改动了整张表的规则。删〔〕是去掉的，增〔〕是新写的。",
        ("合格得分", "删〔80 %〕增〔75 %〕"),
        ("星级", "删〔五星 90 分，四星 80 分，其余三星〕增〔五星 85 分，四星 80 分，其余三星〕"),
    )
    adopt(phone, "以后新增的学期")
    assert read_edition(editions(desk)[""]).stars[0][1] == 85
    phone = desk.phone("administrator").press(Standings(desk.terms[1].id)).tap("试算").say("思想建设1.5倍")
    assert "最多一位小数" in phone.tap("按这个规则改评价表").toast


def test_todays_table_sent_back_where_nobody_asked_for_it_is_no_branchs_form(desk: World) -> None:
    data = changed(form(desk), {"E5": 3, "E6": 5})
    phone = desk.phone("administrator").say("首页").attach("测评表.xlsx", data, XLSX)
    assert "请先输入 换评价表，再发这份文件" in phone.toast


# --- spoiled files ------------------------------------------------------------------------------------------------

LONG = "长" * 501
SPOILED_TEXTS: dict[str, tuple[Callable[[str], str], str]] = {
    "not TOML": (lambda t: t.replace("lowest = 3", "lowest = = 3"), "评价表不是有效的 TOML 文件：第 5 行第 10 个字符看不懂。"),
    "a missing heading": (lambda t: t.replace("lowest = 3\n", ""), "评价表缺少 lowest。"),
    "an unknown key": (lambda t: t.replace("lowest = 3", "lowest = 3\ncolor = 1"), "评价表有不认识的内容 color。"),
    "points that are no hundred": (lambda t: t.replace("points = 4", "points = 3", 1), "各项分值合计 99，应为 100。"),
    "points that are no number": (lambda t: t.replace("points = 4", 'points = "四"', 1), "第 1 项的 points 应是数。"),
    "negative points": (lambda t: t.replace("points = 4", "points = -4", 1), "第 1 项的 points 应是 0 到 1000 之间的数。"),
    "points with two places": (lambda t: t.replace("points = 4", "points = 4.05", 1), "第 1 项的分值 4.05 应大于 0，最多一位小数。"),
    "an item that is missing": (lambda t: t.replace("number = 24\ntitle = \"党风廉政\"", "number = 25\ntitle = \"党风廉政\""), "缺少第 24 项。"),
    "an item that is there twice": (lambda t: t.replace("number = 24\ntitle = \"党风廉政\"", "number = 23\ntitle = \"党风廉政\""), "第 23 项出现了不止一次。"),
    "an empty standard": (lambda t: t.replace(f'"{TABLE.item(3).standard}"', '" "'), "第 3 项的 standard 是空的。"),
    "an unknown number": (lambda t: t.replace('{ fact = "talks"', '{ fact = "walks"', 1), "第 5 项用到的台账 walks 没有定义。"),
    "a title that is too long": (lambda t: t.replace('"党风廉政"', '"党风廉政建设和反腐败工作"'), "第 24 项的短标题「党风廉政建设和反腐败工作」超过 10 个字。"),
    "a standard that is too long": (lambda t: t.replace(f'"{TABLE.item(3).standard}"', f'"{LONG}"'), "第 3 项的合格要求有 501 个字，最多 500 个，请写短一些。"),
    "shares out of order": (lambda t: t.replace("failed = 0", "failed = 0.9"), "得分比例应从不合格到优秀依次不降。"),
    "stars out of order": (lambda t: t.replace("least = 90", "least = 70"), "星级分数线应从高到低排列，在 0 到 100 之间。"),
    "words that are not in the item": (lambda t: t.replace("unasked = [\"", "unasked = [\"没有的话", 1), "里，请照原文写。"),
    "what the duties ask for": (
        lambda t: t.replace("[facts.handbook_in]\nnumber = 10\n", "[facts.handbook_on]\nnumber = 10\n").replace('"handbook_in"', '"handbook_on"'),
        "和任务目录不配套：任务 handbook 用到的台账 handbook_in 没有定义。请在评价表里改正。",
    ),
    "an unseen character": (lambda t: t.replace('"党风廉政"', '"党风\\u202e廉政"'), "第 24 项的 title 里有看不见的字符，请重新输入这一处。"),
    "endless brackets": (lambda t: "a = " + "[" * 5000, "评价表不是有效的 TOML 文件：里面有读不了的数或结构。"),
    "a file without end": (lambda t: t + "# 长\n" * 40_000, "评价表最多 200 KB。请核对是不是发错了文件。"),
    "nothing": (lambda t: " \n", "这份文件是空的。请选好评价表再发。"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPOILED_TEXTS)
def test_a_spoiled_text_is_refused_with_the_place_named(desk: World, kind: str) -> None:
    spoil, says = SPOILED_TEXTS[kind]
    text = spoil(TOML)
    assert text != TOML
    phone = sent(desk, text)
    assert says in phone.toast
    assert phone.reply.stays
    assert phone.screen.title == "评价表"
    with desk.database.read() as session:
        assert session.execute(sa.select(EDITIONS.c.id)).all() == []


SPOILED_CELLS: dict[str, tuple[dict[str, object], str]] = {
    "a head that is gone": ({"C3": None}, "单元格 C3 应是表头「优秀支部评价指标」。请用这里下载的测评表来改，表头不要动。"),
    "no total": ({"A29": "总和"}, "A 列里没有「合计」这一行，看不出表到哪里结束。"),
    "points that are no hundred": ({"E6": 5}, "单元格 E5 到 E28 的分值合计 101，应为 100。"),
    "points that are no number": ({"E6": "四分"}, "单元格 E6：第 2 项的分值「四分」不是数字。"),
    "points that are true": ({"E6": True}, "单元格 E6：第 2 项的分值「True」不是数字。"),
    "negative points": ({"E6": -4}, "单元格 E6：第 2 项的分值 -4 应大于 0，最多一位小数。"),
    "points with two places": ({"E6": 4.05}, "单元格 E6：第 2 项的分值 4.05 应大于 0，最多一位小数。"),
    "enormous points": ({"E6": 1e300}, "单元格 E6：第 2 项的分值"),
    "no points": ({"E6": None}, "单元格 E6：第 2 项的分值是空的。请写上数字"),
    "points that are reckoned": ({"E6": "=2+2"}, "单元格 E6：第 2 项的分值是公式，请直接写数字"),
    "words that are reckoned": ({"B6": '=HYPERLINK("http://x.invalid")'}, "单元格 B6 是公式，请直接写文字"),
    "an empty standard": ({"B12": None}, "单元格 B12：第 8 项的工作内容及目标要求是空的。"),
    "an empty method": ({"D12": " "}, "单元格 D12：第 8 项的测评方式是空的。"),
    "a method of signs": ({"D12": "、、"}, "单元格 D12：第 8 项的测评方式看不懂，请写成：查看资料、支部汇报。"),
    "no category": ({"A5": None}, "单元格 A5：第 1 项的工作内容是空的。"),
    "a category in two places": ({"A23": "党员教育管理"}, "出现在两处，请把同一类的各项放在一起"),
    "a standard that is too long": ({"B12": LONG}, "单元格 B12：第 8 项的工作内容及目标要求有 501 个字，最多 500 个。"),
    "an unseen character": ({"B12": "要求_x0007_"}, "单元格 B12 里有看不见的字符。"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPOILED_CELLS)
def test_a_spoiled_workbook_is_refused_with_its_cell_named(desk: World, kind: str) -> None:
    cells, says = SPOILED_CELLS[kind]
    data = changed(form(desk), cells)
    phone = opened(desk).attach("测评表.xlsx", data, XLSX)
    assert says in phone.toast
    assert phone.screen.title == "评价表"


def _renamed(data: bytes) -> bytes:
    book, out = load_workbook(BytesIO(data)), BytesIO()
    book.worksheets[0].title = "别的表"
    book.save(out)
    return out.getvalue()


def _with_part(data: bytes, name: str, content: bytes) -> bytes:
    out = BytesIO()
    with ZipFile(BytesIO(data)) as before, ZipFile(out, "w") as after:
        for one in before.namelist():
            if one != name:
                after.writestr(one, before.read(one))
        after.writestr(name, content)
    return out.getvalue()


SPOILED_FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut off": (lambda data: data[: len(data) // 2], "这份 Excel 文件打不开，可能已损坏。"),
    "no workbook": (lambda data: b"PK\x03\x04" + b"x" * 100, "这份 Excel 文件打不开，可能已损坏。"),
    "with a password": (lambda data: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "有密码，或是旧的 .xls 格式，读不了。"),
    "with macros": (lambda data: _with_part(data, "xl/vbaProject.bin", b"x"), "这份 Excel 文件里有宏，没有收下。"),
    "another sheet": (_renamed, "文件里没有「测评表」这张表。"),
    "a bomb": (lambda data: _with_part(data, "xl/workbook.xml", b" " * 3_000_000), "这份 Excel 文件太大了。"),
    "entities": (lambda data: _with_part(data, "xl/workbook.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "打不开，可能已损坏。"),
    "a picture": (lambda data: PNG, "评价表要发 TOML 文件或 Excel（.xlsx）文件，这份两样都不是。"),
    "another code": (lambda data: TOML.encode("gb18030"), "这份 TOML 文件不是 UTF-8 编码。"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPOILED_FILES)
def test_a_spoiled_file_is_refused(desk: World, kind: str) -> None:
    spoil, says = SPOILED_FILES[kind]
    data = spoil(form(desk))
    phone = opened(desk).attach("测评表.xlsx", data, XLSX)
    assert says in phone.toast
    assert phone.screen.title == "评价表"
