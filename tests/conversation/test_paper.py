"""打印: from Home to a file, what stands on it for whom, and a form that is filled in and sent back."""

import pytest

from bot import actions
from bot.message import Attachment, Made
from bot.permissions import Rater, Role
from scoring.numerals import plain
from tests.paper.forms import cells, changed, parts
from tests.phone import Phone, World, code_for
from tests.published import published


def file_of(phone: Phone) -> Attachment:
    """The file that comes with the screen."""
    assert phone.screen.attachment is not None, phone.text
    return phone.screen.attachment


def points_of(data: bytes, column: int) -> list[float | None]:
    """What stands in a column of the items of a form, counted from 1."""
    sheet = cells(data)
    return [sheet.cell(row, column).value for row in range(5, 29)]


def test_a_secretary_has_the_own_form_in_two_taps_from_the_result(desk: World) -> None:
    phone = desk.phone("secretary").say("首页").tap("结果").tap("打印测评表").tap("Excel")
    file = file_of(phone)
    assert file.name == "2026–2027学年第一学期 常营主校区党支部 测评表.xlsx"
    own = desk.sheet(0)
    assert own is not None
    every = [own.sheet.marks.get(item.number) for item in own.sheet.edition.items]
    read = [
        a if a is not None else b
        for a, b in zip(points_of(file.read(), 6), points_of(file.read(), 7), strict=True)
    ]
    assert read == [None if mark is None else float(mark.points) for mark in every]
    word = file_of(phone.tap("Word"))
    assert word.name.endswith(".docx")
    assert "常营主校区党支部" in parts(word.read())["word/document.xml"]


def test_every_number_of_a_form_is_the_screens(desk: World) -> None:
    phone = desk.phone("secretary of 双龙").say("上学期结果")
    total = next(line[1] for line in phone.screen.lines if line[0] == "总分")
    sheet = cells(file_of(phone.tap("打印测评表").tap("Excel")).read())
    assert total.startswith(f"{sheet['H29'].value} 分")
    rated = desk.sheet(2, Rater.COMMITTEE, term=1)
    assert rated is not None
    assert str(sheet["H29"].value) == plain(rated.sheet.total or rated.sheet.least)


@pytest.mark.slow
def test_a_branch_sees_the_committees_marks_on_paper_only_once_they_are_published(desk: World) -> None:
    desk.phone("member").say("首页").tap("评价 双龙").tap("不合格").tap("其他分值").tap("2").say("秘密的原因")
    for kind in ("Excel", "Word"):
        phone = desk.phone("secretary of 双龙").say("打印").tap(kind)
        assert "公布后才有" in phone.text
        data = file_of(phone).read()
        assert "秘密" not in "".join(parts(data).values())
        if kind == "Excel":
            assert not any(points_of(data, 8) + points_of(data, 9))
    shown = file_of(desk.phone("member").say("打印双龙测评表").tap("Excel")).read()
    assert 0 in points_of(shown, 9)
    assert "秘密的原因" in "".join(parts(shown).values())


@pytest.mark.slow
def test_the_committee_does_not_see_an_unsubmitted_sheet_on_paper(desk: World) -> None:
    desk.phone("secretary").say("自评").say("7 2.5（秘密的原因）").tap("保存")
    for who in ("member", "administrator"):
        for kind in ("Excel", "Word"):
            phone = desk.phone(who).say("首页").tap("打印").tap("常营").tap(kind)
            assert "提交后才有" in phone.text
            data = file_of(phone).read()
            assert "秘密" not in "".join(parts(data).values())
        assert not any(points_of(file_of(phone.tap("Excel")).read(), 7))
        summary = cells(file_of(phone.say("打印").tap("汇总表 Excel")).read())
        assert summary["D4"].value is None


def test_the_summary_says_what_the_ranking_says(desk: World) -> None:
    phone = desk.phone("member").say("打印").tap("看 2025").tap("汇总表 Excel")
    assert file_of(phone).name == "2025–2026学年第二学期 示范职业高中党总支 汇总表.xlsx"
    sheet = cells(file_of(phone).read())
    ranking = desk.phone("member").say("上学期排名").text
    for row, branch in enumerate(desk.branches, start=4):
        told = [sheet.cell(row, column).value for column in range(1, 8)]
        assert told[1] == branch.name
        line = next(one for one in ranking.splitlines() if branch.name.removesuffix("党支部") in one)
        assert f"{told[4]:g} 分" in line
        assert told[5] == {3: "三星", 4: "四星", 5: "五星"}[line.count("★")]
    document = parts(file_of(phone.tap("Word")).read())["word/document.xml"]
    assert all(branch.name in document for branch in desk.branches)


def test_the_public_notice_is_the_same_on_paper(desk: World) -> None:
    phone = desk.phone("administrator").say("公示")
    text = next(line[1] for line in phone.screen.lines if line[0] == "公示")
    file = file_of(phone.tap("Word 文件"))
    assert file.name == "2025–2026学年第二学期 星级评定结果公示.docx"
    document = parts(file.read())["word/document.xml"]
    for line in filter(None, text.splitlines()):
        assert line in document
    assert "结果由管理员公布" in desk.phone("member").say("公示文件").toast


def test_a_file_is_known_by_what_stands_on_it_not_by_when_it_was_made(desk: World) -> None:
    phone = desk.phone("secretary").say("打印").tap("Excel")
    first = file_of(phone)
    assert isinstance(first.data, Made)
    desk.clock.forward(minutes=3)  # type: ignore[attr-defined]
    again = desk.conversation.look("web", phone.address).screen.attachment
    assert again is not None
    assert again.digest == first.digest
    assert again.read() != first.read(), "it says when it was printed"
    desk.phone("officer").say("自评").say("7合").tap("保存")
    marked = desk.conversation.look("web", phone.address).screen.attachment
    assert marked is not None
    assert marked.digest != first.digest


# --- sent back ----------------------------------------------------------------------------------------------------


def blank(world: World, who: str = "secretary of 新源里") -> bytes:
    """The form as somebody downloads it."""
    return file_of(world.phone(who).say("打印").tap("Excel")).read()


def test_a_form_that_comes_back_is_shown_and_saved_only_when_it_is_confirmed(world: World) -> None:
    phone = world.phone("secretary of 新源里")
    data = changed(blank(world), {"F5": 4, "G6": 3.2, "G12": 3.5, "J12": "缺（一次）记录，①"})
    phone.say("首页").attach("测评表.xlsx", data)
    assert phone.toast.startswith("测评表里填了 3 项，还没有保存，请核对")
    assert "8 主题党日" in phone.text
    assert "未评 → 合格 3.5 分（缺（一次）记录，①）" in phone.text
    before = world.sheet(3)
    assert before is None or not before.sheet.filled
    phone.tap("保存")
    file = world.sheet(3)
    assert file is not None
    stands = {n: (plain(mark.points), mark.reason) for n, mark in file.sheet.marks.items()}
    assert stands == {1: ("4", ""), 2: ("3.2", ""), 8: ("3.5", "缺（一次）记录，①")}
    phone.tap("撤销")
    file = world.sheet(3)
    assert file is not None
    assert not file.sheet.filled, "it is one change, taken back as one"


@pytest.mark.slow
def test_a_reason_that_is_missing_is_asked_for(desk: World) -> None:
    phone = desk.phone("secretary of 新源里").attach("表.xlsx", changed(blank(desk), {"G12": 3.5}))
    assert "请先回复一句原因" in phone.text
    assert "保存" not in phone.labels
    phone.say("缺一次记录").tap("保存")
    file = desk.sheet(3)
    assert file is not None
    assert file.sheet.marks[8].reason == "缺一次记录"
    phone.attach("表.xlsx", changed(blank(desk), {"F5": 4}))
    phone.tap("不保存")
    file = desk.sheet(3)
    assert file is not None
    assert 1 not in file.sheet.marks


def test_the_committee_sends_its_own_columns_back(desk: World) -> None:
    phone = desk.phone("member").say("打印双龙测评表").tap("Excel")
    data = file_of(phone).read()
    phone.attach("表.xlsx", changed(data, {"H5": 4, "I6": 0})).tap("保存")
    rated = desk.sheet(2, Rater.COMMITTEE)
    assert rated is not None
    assert {n: plain(mark.points) for n, mark in rated.sheet.marks.items()} == {1: "4", 2: "0"}
    own = {"F5": None, "G5": 3.2} if points_of(data, 6)[0] else {"F5": 4, "G5": None}
    assert "「支部自评」这一栏不由您填" in phone.attach("表.xlsx", changed(data, own)).toast


def test_on_a_card_a_form_is_a_form_and_where_a_task_asks_for_a_file_it_is_the_answer(desk: World) -> None:
    data = changed(blank(desk), {"F5": 4})
    phone = desk.phone("secretary of 新源里").say("自评")
    assert phone.attach("表.xlsx", data).screen.title == "请核对"
    desk.phone("member").say("首页").tap("交办任务").say("明天交测评表").tap("确认交办")
    phone.say("待办").tap("交办：交测评表").attach("表.xlsx", data)
    assert phone.screen.title != "请核对"
    assert "已" in phone.toast


def test_where_a_form_is_fetched_it_can_be_sent_back(desk: World) -> None:
    phone = desk.phone("secretary").say("打印")
    assert phone.screen.takes is not None
    assert phone.tap("Excel").screen.takes is not None
    word = phone.tap("Word").screen
    assert word.takes is not None
    assert word.attachment is not None
    phone.attach("测评表.docx", word.attachment.read(), word.attachment.mime)
    assert "Word 的测评表只用来打印" in phone.toast
    assert desk.phone("secretary of 双龙").say("打印").screen.takes is None, "it is submitted"


def test_of_two_forms_that_are_sent_together_the_second_waits_until_the_first_is_saved(desk: World) -> None:
    first, second = (changed(blank(desk), {at: 4}) for at in ("F5", "F6"))
    phone = desk.phone("secretary of 新源里").say("首页").attach("一.xlsx", first, group="g")
    phone.attach("二.xlsx", second, group="g")
    assert "一次只能核对一份测评表，后面的没有收下" in phone.toast
    phone.tap("保存").attach("二.xlsx", second).tap("保存")
    file = desk.sheet(3)
    assert file is not None
    assert set(file.sheet.marks) == {1, 2}


def test_a_form_for_word_that_comes_back_is_no_evidence(desk: World) -> None:
    document = file_of(desk.phone("secretary of 新源里").say("打印").tap("Word")).read()
    for place in ("首页", "自评"):
        phone = desk.phone("secretary of 新源里").say(place).attach("表.docx", document)
        assert phone.toast == "Word 的测评表只用来打印，读不出填了什么。请下载 Excel 的，填好后再发。"


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("secretary of 双龙", "这份测评表不是本支部的。请下载本支部的，填好后再发。"),
        ("member", "自评由支部书记和支委填写，提交后您可以查看。"),
    ],
)
def test_a_form_is_taken_only_from_whoever_may_fill_it(desk: World, who: str, why: str) -> None:
    assert desk.phone(who).attach("表.xlsx", changed(blank(desk), {"F5": 4})).toast == why


@pytest.mark.slow
def test_what_is_submitted_published_or_of_a_renamed_branch_is_refused(desk: World) -> None:
    data = changed(blank(desk), {"F5": None, "G5": 3.2})
    phone = (
        desk.phone("secretary of 新源里").say("自评").say("1-24优").tap("保存").tap("提交").tap("确认提交")
    )
    assert "支部自评已提交，不能再改" in phone.attach("表.xlsx", data).toast
    assert "浅黄色" not in phone.say("打印").tap("Excel").text, "nothing in it can be filled in"
    fresh = blank(desk, "secretary")
    desk.phone("administrator").press(actions.AskName(desk.branches[0].id)).say("新名字党支部")
    toast = desk.phone("secretary").attach("表.xlsx", changed(fresh, {"F5": 4})).toast
    assert toast.startswith("A2：和这里的支部、学期不一样")
    sent = file_of(desk.phone("secretary").say("上学期结果").tap("打印测评表").tap("Excel")).read()
    assert "浅黄色" not in desk.phone("secretary").text
    assert desk.phone("secretary").attach("表.xlsx", sent).screen.title != "请核对"


@pytest.mark.parametrize("on", ["首页", "整改", "自评"])
def test_a_form_printed_after_publication_is_refused_as_a_form_wherever_it_is_sent(
    desk: World, on: str
) -> None:
    published(desk)
    phone = desk.phone("secretary of 双龙")
    printed = file_of(phone.say("打印").tap("Excel")).read()
    toast = phone.say(on).attach("表.xlsx", changed(printed, {"F5": 4})).toast
    assert toast == "2026–2027学年第一学期的结果已公布，不能再改。"
    member = desk.phone("member")
    printed = file_of(member.say("打印双龙测评表").tap("Excel")).read()
    toast = member.attach("表.xlsx", changed(printed, {"H5": 4})).toast
    assert toast == "2026–2027学年第一学期的结果已公布，不能再改。评错了的，请在「结果」里点「更正」。"


def test_a_form_that_is_sent_twice_says_that_nothing_differs(world: World) -> None:
    phone = world.phone("secretary of 新源里")
    data = changed(blank(world), {"F5": 4, "G12": 3.5, "J12": "缺一次记录"})
    phone.attach("表.xlsx", data).tap("保存")
    for name in ("表.xlsx", "表（2）.xlsx"):
        phone.say("首页").attach(name, data)
        assert phone.toast == "这份测评表填的和现在保存的一样，没有要改的。要改的，请改好存盘后再发。"
        assert phone.screen.title != "请核对"


def test_who_sits_in_a_branch_and_in_the_committee_prints_as_the_branch(desk: World) -> None:
    desk.phone("other member").say("首页").tap("评价 常营").tap("不合格")
    both = desk.phone("member").say("邀请码").say(code_for(desk, Role.OFFICER, desk.branches[0].id))
    data = file_of(both.say("打印常营测评表").tap("Excel")).read()
    assert not any(points_of(data, 8) + points_of(data, 9))


@pytest.mark.slow
def test_a_whole_form_filled_in_by_hand_gives_the_stars_of_the_chat(desk: World) -> None:
    data = changed(blank(desk), {f"F{row}": cells(blank(desk)).cell(row, 5).value for row in range(5, 29)})
    phone = desk.phone("secretary of 新源里").attach("表.xlsx", data).tap("保存").tap("提交").tap("确认提交")
    assert "100 分" in phone.text
