"""总支评价 beside 自评: taking it over, what is marked one by one before, several members on one sheet."""

import json
import threading
from decimal import Decimal
from functools import partial

import pytest
import sqlalchemy as sa

from bot import actions
from bot.actions import wire
from bot.permissions import Rater, Role
from bot.store import sheets, terms
from bot.store.tables import HISTORY, SHEET
from bot.values import SheetFile
from scoring.rubric import Grade
from scoring.sheet import Mark
from tests.agreeing import submit_as_the_numbers_say
from tests.conftest import Clock
from tests.phone import Phone, World, code_for
from tests.store.at_once import at_once

APART = (5, 6, 8, 9, 10, 12, 16, 18, 19, 24)  # of 双龙: the numbers say something else


def rated(world: World, branch: int = 2) -> SheetFile:
    file = world.sheet(branch, Rater.COMMITTEE)
    assert file is not None
    return file


def own(world: World, branch: int = 2) -> SheetFile:
    file = world.sheet(branch)
    assert file is not None
    return file


def opened(world: World, who: str = "member") -> Phone:
    return world.phone(who).say("首页").tap("评价 双龙校区")


def agreeing(world: World) -> None:
    """新源里, of which no number is known, submits a sheet."""
    phone = world.phone("secretary of 新源里").say("自评").say("1-24优").tap("保存")
    phone.tap("提交").tap("确认提交")


def test_the_items_that_the_numbers_contradict_come_first_and_the_rest_is_taken_over_at_once(
    world: World,
) -> None:
    phone = opened(world)
    for number in APART:
        assert phone.screen.here == actions.Card(rated(world).id, number)
        assert "⚠ 与台账不一致" in phone.text
        assert "其余都同自评" not in phone.labels
        phone.tap("同自评")
    assert phone.screen.title.startswith("第 1 项")
    assert "⚠" not in phone.text
    phone.tap("其余都同自评")
    assert "下面 14 项都按支部自评记" in phone.text
    assert "第 1 项合格 3.2，第 2 项优秀 4，第 3 项合格 4，第 4 项优秀 5" in phone.text
    assert "总分：89.8 分" in phone.text
    assert rated(world).sheet.filled == len(APART)
    phone.tap("确认同自评")
    assert phone.toast == "14 项已同自评"
    assert "其中：14 项一次同自评" in phone.text
    assert rated(world).sheet.marks == own(world).sheet.marks

    with world.database.read() as session:
        rows = session.execute(
            sa.select(HISTORY.c.id, HISTORY.c.batch, HISTORY.c.after)
            .where(HISTORY.c.subject == "mark", HISTORY.c.subject_id == rated(world).id)
            .order_by(HISTORY.c.id)
        ).all()
    together = [row for row in rows if "taken" in json.loads(row.after)]
    assert len(together) == 14
    assert {json.loads(row.after)["taken"] for row in together} == {14}
    assert [row.batch for row in together] == [None] + [together[0].id] * 13

    phone.press(actions.Card(rated(world).id, 1)).tap("不合格")
    assert "其中：13 项一次同自评" in phone.text
    phone.tap("撤销")
    phone.tap("总览")
    assert "其中：14 项一次同自评" in phone.text
    phone.tap("撤销")
    assert rated(world).sheet.filled == len(APART)
    assert "一次同自评" not in phone.text


def test_what_was_taken_over_is_said_before_submitting_and_behind_the_total(desk: World) -> None:
    phone = opened(desk)
    for _ in APART:
        phone.tap("同自评")
    phone.tap("其余都同自评").tap("确认同自评").tap("提交")
    assert "其中：14 项一次同自评" in phone.text
    phone.tap("确认提交").press(actions.WhyTotal(desk.branches[2].id, desk.terms[0].id))
    assert "评分：总支评价，其中 14 项一次同自评。" in phone.text
    assert "同自评" not in phone.press(actions.WhyTotal(desk.branches[2].id, desk.terms[1].id)).text


def test_the_overview_says_what_is_marked_one_by_one(desk: World) -> None:
    phone = opened(desk).tap("总览")
    assert "先逐项评：第 5、6、8、9、10、12、16、18、19、24 项（与台账不一致）" in phone.text
    assert "其余都同自评" not in phone.labels
    assert "继续填第 5 项" in phone.labels


def test_other_points_of_a_branch_are_marked_by_themselves_with_their_reason(desk: World) -> None:
    secretary = desk.phone("secretary of 新源里").say("自评").say("1-24优，7 3.5（缺一次记录）").tap("保存")
    secretary.press(actions.Card(own(desk, 3).id, 7)).tap("备注").say("两名党员出差")
    secretary.tap("总览").tap("提交").tap("确认提交")
    phone = desk.phone("member").say("首页").tap("评价 新源里")
    assert phone.screen.title.startswith("第 7 项")
    assert "自评：合格 3.5 分（缺一次记录） ⚠ 其他分值" in phone.text
    assert "自评备注：两名党员出差" in phone.text
    phone.tap("同自评")
    assert rated(desk, 3).sheet.marks[7] == own(desk, 3).sheet.marks[7]
    assert "✓同自评" in phone.press(actions.Card(rated(desk, 3).id, 7)).labels


@pytest.mark.parametrize("text", ["其余都同自评", "剩下的都按自评。"])
def test_the_rest_can_be_asked_for_in_words(desk: World, text: str) -> None:
    phone = opened(desk).say(text)
    assert "第 5、6、8、9、10、12、16、18、19、24 项请先逐项评" in phone.toast
    assert phone.tap("总览").say(text).screen.title.startswith("第 5 项")
    agreeing(desk)
    assert phone.say("首页").tap("评价 新源里").say(text).screen.here == actions.AskRest(rated(desk, 3).id)
    assert "自评还没有提交" in phone.say("首页").tap("评价 劲松").say(text).toast


def test_without_a_submitted_self_sheet_the_card_and_the_overview_say_so(desk: World) -> None:
    phone = desk.phone("member").say("首页").tap("评价 劲松")
    assert "自评：还没有提交，现在只能看台账。" in phone.text
    assert not {"同自评", "其余都同自评"} & set(phone.labels)
    card = phone.screen.here
    assert "自评：还没有提交，现在只能看台账。" in phone.tap("总览").text
    sheet = rated(desk, 1).id
    for forged in (
        actions.Agree(sheet, 1, 400, 0),
        actions.AskRest(sheet),
        actions.TakeRest(sheet, rated(desk, 1).sheet.revision, own(desk, 1).sheet.revision),
    ):
        assert "自评还没有提交" in phone.press(card).press(forged).toast
    assert not rated(desk, 1).sheet.filled


def test_nothing_is_taken_over_while_an_item_waits_or_after_a_sheet_changed(desk: World) -> None:
    agreeing(desk)
    phone = opened(desk)
    file = rated(desk)
    take = actions.TakeRest(file.id, file.sheet.revision, own(desk).sheet.revision)
    assert "请先逐项评" in phone.press(take).toast
    assert "请先逐项评" in phone.press(actions.AskRest(file.id)).toast
    assert not rated(desk).sheet.filled
    phone.say("首页").tap("评价 新源里").tap("其余都同自评")
    other = desk.phone("other member").say("首页").tap("评价 新源里").tap("不合格")
    phone.tap("确认同自评")
    assert phone.toast == "期间有改动，还没有保存，请再核对"
    assert "下面 23 项" in phone.text
    assert rated(desk, 3).sheet.filled == 1
    phone.tap("确认同自评")
    assert rated(desk, 3).sheet.marks[1].grade is Grade.FAILED
    assert rated(desk, 3).sheet.filled == 24
    assert other.press(actions.AskRest(rated(desk, 3).id)).toast == "各项都已经评过了"


def test_a_button_of_the_evaluation_does_nothing_on_a_branchs_own_sheet(desk: World) -> None:
    phone = desk.phone("secretary of 新源里").say("自评")
    sheet = own(desk, 3).id
    for forged in (
        actions.Evaluate(sheet, 1, 2, 0),
        actions.EvaluatePoints(sheet, 1, 35, 1, 0),
        actions.Agree(sheet, 1, 400, 0),
        actions.AskRest(sheet),
        actions.TakeRest(sheet, 0, 0),
    ):
        assert "只用于总支评价" in phone.press(forged).toast
    assert not own(desk, 3).sheet.filled


def test_forged_grades_and_reasons_are_refused(desk: World) -> None:
    phone = opened(desk)
    sheet = rated(desk).id
    assert "没有这个等级" in phone.press(actions.Evaluate(sheet, 5, 9, 0)).toast
    assert "没有这个原因" in phone.press(actions.EvaluatePoints(sheet, 5, 35, 99, 0)).toast
    assert not rated(desk).sheet.filled


# --- from branch to branch ---------------------------------------------------------------------------------


def main_buttons(phone: Phone) -> list[str]:
    return [button.label for button in phone.screen.buttons if button.main]


@pytest.mark.slow
def test_home_leads_to_the_branch_that_is_evaluated_next_and_so_does_what_was_submitted(world: World) -> None:
    phone = world.phone("member").say("首页")
    assert main_buttons(phone) == ["评价 双龙校区党支部 0/24"]
    assert "接着评：双龙校区党支部" in phone.text
    agreeing(world)
    phone.say("首页").tap("评价 新源里校区").tap("其余都同自评").tap("确认同自评").tap("提交").tap("确认提交")
    assert main_buttons(phone) == ["下一个支部，双龙校区"]
    other = world.phone("other member").say("下一个支部")
    assert other.screen.here == actions.Card(rated(world).id, 5)
    for number in APART:
        phone.press(actions.Card(rated(world).id, number)).tap("合格")
    phone.tap("其余都同自评").tap("确认同自评").tap("提交").tap("确认提交")
    assert not [label for label in phone.labels if label.startswith("下一个支部")]
    assert main_buttons(phone.say("首页")) == ["排名"]
    assert "评价 双龙校区党支部 已提交" in phone.labels
    assert "自评已提交的支部都评完了" in phone.say("下一个支部").toast


WORDS = {
    "同自评": "Card 8",
    "其余都同自评": "Card 5",
    "其余都按自评": "Card 5",
    "总览": "Overview",
    "看总览": "Overview",
    "目录": "Contents",
    "上一项": "Card 6",
    "下一项": "Card 8",
    "退回": "ReturnItem 7",
    "撤销": "Card 6",
    "备注": "Note 7",
    "依据": "Evidence 7",
    "为什么": "WhyItem 7",
    "台账": "ItemFacts 7",
    "其他分值": "OtherPoints 7",
}


@pytest.mark.parametrize("word", WORDS)
def test_the_words_of_the_cards_buttons_press_them_when_they_are_typed(desk: World, word: str) -> None:
    phone = opened(desk)
    phone.press(actions.Card(rated(desk).id, 6)).tap("合格").press(actions.Card(rated(desk).id, 7))
    assert phone.screen.title.startswith("第 7 项")
    here = phone.say(word).screen.here
    assert f"{type(here).__name__} {getattr(here, 'item', '')}".strip() == WORDS[word]


@pytest.mark.parametrize("word", [*WORDS, "下一个支部", "提交"])
def test_the_words_of_the_cards_buttons_are_no_reason(desk: World, word: str) -> None:
    phone = opened(desk)
    phone.press(actions.AskReason(rated(desk).id, 6, 31)).say(word)
    assert "请写一句原因" in phone.toast
    assert not rated(desk).sheet.filled


@pytest.mark.slow
def test_the_next_branch_is_typed_on_a_card_and_is_the_one_behind_this_one(desk: World) -> None:
    phone = opened(desk)
    assert "没有别的支部等着评" in phone.say("下一个支部").toast, "no other one has submitted"
    agreeing(desk)
    for word, branch in (("下一个支部", 3), ("接着评下个支部", 2)):
        here = phone.say(word).screen.here
        assert isinstance(here, actions.Card), word
        assert here.sheet == rated(desk, branch).id, word


def test_the_next_branch_is_none_in_which_one_sits(desk: World) -> None:
    submit_as_the_numbers_say(desk)
    phone = desk.phone("member").say(code_for(desk, Role.OFFICER, desk.branches[1].id)).say("首页")
    assert not any(label.startswith("评价 劲松") for label in phone.labels)
    phone.tap("评价 常营").tap("其余都同自评").tap("确认同自评").tap("提交").tap("确认提交")
    assert "下一个支部，双龙校区" in phone.labels
    other = desk.phone("other member").say("首页")
    assert "评价 劲松校区党支部 0/24" in main_buttons(other)


def test_the_next_branch_is_on_home_even_when_the_list_does_not_reach_it(desk: World) -> None:
    with desk.database.write() as session:
        first = [
            terms.add_branch(session, committee_id=1, name=f"第{n}党支部", campus="") for n in range(1, 12)
        ]
        begun = sheets.begin(session, branch_id=first[-1], term=desk.terms[0], rater=Rater.SELF)
        session.execute(sa.update(SHEET).where(SHEET.c.id == begun).values(submitted_at=desk.clock()))
        session.execute(
            sa.update(SHEET).where(SHEET.c.branch_id == desk.branches[2].id).values(submitted_at=None)
        )
    assert "接着评 第11" in main_buttons(desk.phone("member").say("首页"))


# --- several members ----------------------------------------------------------------------------------------


def test_a_card_that_another_member_changed_is_shown_again_first(world: World) -> None:
    first, second = opened(world), opened(world, "other member")
    card = wire(first.screen.here)
    second.tap("不合格")
    stood = rated(world).sheet.marks
    first.tap("优秀")
    assert first.toast == "还没有保存：总支委员乙 12月28日 09:05 把第 5 项评为 不合格 0 分，请看后再定"
    assert wire(first.screen.here) == card
    assert "现在：不合格 0 分 · 总支委员乙 12月28日 09:05" in first.text
    assert rated(world).sheet.marks == stood
    first.tap("优秀")
    assert rated(world).sheet.marks[5].grade is Grade.EXCELLENT
    assert "还没有保存" in second.press(actions.Agree(rated(world).id, 5, 320, 0)).toast
    assert rated(world).sheet.marks[5].grade is Grade.EXCELLENT


def test_what_another_member_took_back_is_shown_again_too(desk: World) -> None:
    second = opened(desk, "other member").tap("合格")
    first = desk.phone("member").say("首页").press(actions.Card(rated(desk).id, 5))
    second.tap("撤销")
    first.tap("优秀")
    assert "总支委员乙 12月28日 09:05 撤销了第 5 项的评分" in first.toast
    assert not rated(desk).sheet.filled


def test_ones_own_mark_is_changed_by_an_old_card_and_by_old_buttons(desk: World) -> None:
    phone = opened(desk)
    sheet = rated(desk).id
    for action in (actions.Evaluate(sheet, 5, 0, 0), actions.Evaluate(sheet, 5, 1, 0)):
        phone.press(action)
    assert rated(desk).sheet.marks[5].grade is Grade.PASSED
    phone.press(actions.Mark(sheet, 5, 2)).press(actions.Points(sheet, 6, 35, 1))
    assert rated(desk).sheet.marks[5].grade is Grade.EXCELLENT
    other = opened(desk, "other member")
    assert "还没有保存" in other.press(actions.Mark(sheet, 5, 0)).toast
    assert "还没有保存" in other.press(actions.Points(sheet, 6, 25, 1)).toast
    assert rated(desk).sheet.marks[5].grade is Grade.EXCELLENT


def test_other_points_replace_what_their_screen_shows(desk: World) -> None:
    second = opened(desk, "other member")
    card = second.screen.here
    second.tap("合格")
    first = desk.phone("member").press(card).tap("其他分值")
    assert "现在：合格 3.2 分 · 总支委员乙" in first.text
    first.tap("3.5")
    assert "现在：合格 3.2 分 · 总支委员乙" in first.text
    second.press(card).tap("不合格")
    assert "还没有保存" in first.tap("材料不全").toast
    first.tap("其他分值").tap("3.5").tap("材料不全")
    assert rated(desk).sheet.marks[5].reason == "材料不全"


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("优秀", "优秀 4 分"),
        ("3.5 缺一次记录", "合格 3.5 分（缺一次记录）"),
        ("优秀（材料齐全）", "优秀 4 分（材料齐全）"),
    ],
)
def test_what_is_typed_over_another_members_mark_is_shown_before_it_is_saved(
    desk: World, text: str, shows: str
) -> None:
    second = opened(desk, "other member")
    card = second.screen.here
    second.tap("合格")
    first = desk.phone("member").press(card).say(text)
    assert first.screen.title == "请核对"
    assert f"合格 3.2 分 → {shows}" in first.text
    assert "总支委员乙 12月28日 09:05 把第 5 项评为 合格 3.2 分" in first.toast
    second.press(card).tap("不合格")
    assert "期间有改动" in first.tap("保存").toast
    assert rated(desk).sheet.marks[5].grade is Grade.FAILED
    first.tap("保存")
    assert shows.startswith(rated(desk).sheet.marks[5].grade.word)


def test_one_takes_back_only_what_one_marked_oneself(desk: World) -> None:
    first, second = opened(desk), opened(desk, "other member")
    first.tap("合格")
    change = rated(desk).written[5].change
    second.press(actions.Card(rated(desk).id, 6))
    assert "撤销" not in second.labels
    assert "别的委员评的" in second.press(actions.Undo(rated(desk).id, change)).toast
    assert rated(desk).sheet.filled == 1
    first.tap("撤销")
    assert not rated(desk).sheet.filled


def replayed(world: World, sheet: int) -> dict[int, Mark]:
    """The marks of a sheet as its history tells them."""
    with world.database.read() as session:
        rows = session.execute(
            sa.select(HISTORY.c.item, HISTORY.c.after)
            .where(HISTORY.c.subject == "mark", HISTORY.c.subject_id == sheet)
            .order_by(HISTORY.c.id)
        ).all()
    marks: dict[int, Mark] = {}
    for item, after in rows:
        said = json.loads(after or "{}")
        if "grade" in said:
            marks[item] = Mark(Grade(said["grade"]), Decimal(said["points"]), said["reason"])
        else:
            marks.pop(item, None)
    return marks


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 1])
def test_whoever_of_two_members_comes_second_is_told(world: World, first: int) -> None:
    names, grades = ("member", "other member"), (2, 0)
    phones = [opened(world, name) for name in names]
    sheet, winner, loser = rated(world).id, names[first], phones[1 - first]
    late = threading.Thread(target=loser.press, args=(actions.Evaluate(sheet, 5, grades[1 - first], 0),))
    me = world.me(winner)
    with world.database.write() as session:
        file = sheets.open_file(session, sheet, to_write=True)
        sheets.save(session, me=me, file=file, after=file.sheet.graded(5, Grade(grades[first])))
        late.start()
        late.join(0.3)  # time to come as far as it can before this is stored
    late.join()
    assert loser.toast.startswith(f"还没有保存：{me.name} ")
    assert rated(world).sheet.marks[5].grade == grades[first]
    assert replayed(world, sheet) == rated(world).sheet.marks


@pytest.mark.slow
def test_of_two_members_at_once_exactly_one_is_told_and_the_history_gives_the_sheet(world: World) -> None:
    phones = [opened(world, who) for who in ("member", "other member")]
    sheet = rated(world).id
    for n in range(24):
        grades, seen = (2, 0), rated(world).seen(n + 1)
        pairs = list(zip(phones, grades, strict=True))[:: (-1) ** n]
        at_once([partial(phone.press, actions.Evaluate(sheet, n + 1, grade, seen)) for phone, grade in pairs])
        lost = [phone.toast.startswith("还没有保存") for phone in phones]
        assert sorted(lost) == [False, True]
        assert rated(world).sheet.marks[n + 1].grade == grades[lost.index(False)]
    assert replayed(world, sheet) == rated(world).sheet.marks


@pytest.mark.slow
def test_who_takes_the_rest_over_and_who_marks_one_of_it_at_once_do_not_both_succeed(world: World) -> None:
    submit_as_the_numbers_say(world)
    for n, branch in enumerate(world.branches):
        phones = [
            world.phone(who).press(actions.OpenSheet(branch.id, world.terms[0].id, int(Rater.COMMITTEE)))
            for who in ("member", "other member")
        ]
        file = rated(world, n)
        take = actions.TakeRest(file.id, file.sheet.revision, own(world, n).sheet.revision)
        asked: list[actions.Action] = [take, actions.Evaluate(file.id, 7, 0, 0)]
        at_once([partial(phone.press, one) for phone, one in zip(phones, asked, strict=True)][:: (-1) ** n])
        lost = ["还没有保存" in phone.toast for phone in phones]
        assert sorted(lost) == [False, True]
        assert rated(world, n).sheet.filled == (1 if lost[0] else 24)
        assert replayed(world, file.id) == rated(world, n).sheet.marks


@pytest.mark.parametrize("text", ["评价双龙", "评价双龙校区"])
def test_what_asks_for_the_card_that_stands_shows_it(desk: World, text: str) -> None:
    phone = desk.phone("member").say("评价双龙")
    before = phone.text, phone.labels
    phone.say(text)
    assert (phone.text, phone.labels) == before


def noted(world: World, who: str, text: str) -> Phone:
    """A member writes a note beside item 5 of 双龙."""
    phone = opened(world, who)
    return phone.press(actions.Card(rated(world).id, 5)).tap("备注").say(text)


def note_of(world: World) -> str:
    return rated(world).note(5)


def test_a_colleagues_note_is_shown_before_another_one_takes_its_place(desk: World, clock: Clock) -> None:
    assert noted(desk, "member", "记录不全").toast == "第 5 项备注已存"
    assert noted(desk, "member", "记录不全，缺两次").toast == "第 5 项备注已存", "one's own is replaced"
    clock.forward(minutes=10)
    other = noted(desk, "other member", "已补齐")
    assert ("现在的备注", "记录不全，缺两次（总支委员甲 12月28日 09:05）") in other.screen.lines
    assert ("您写的", "已补齐") in other.screen.lines
    assert note_of(desk) == "记录不全，缺两次"
    noted(desk, "member", "还缺一次")
    assert other.tap("换成我写的").toast == "备注又有改动，还没有保存，请看后再定"
    assert ("现在的备注", "还缺一次（总支委员甲 12月28日 09:15）") in other.screen.lines
    replace = next(button.action for button in other.screen.buttons if button.label == "换成我写的")
    assert other.tap("换成我写的").toast == "第 5 项备注已存"
    assert note_of(desk) == "已补齐"
    assert other.press(replace).toast == "这条备注已经存过了"


def test_both_notes_can_stay_and_what_a_colleague_wrote_is_not_removed_unseen(desk: World) -> None:
    noted(desk, "member", "记录不全")
    other = noted(desk, "other member", "已补齐").tap("两条都留")
    assert note_of(desk) == "记录不全\n已补齐"
    member = opened(desk, "member").press(actions.Note(rated(desk).id, 5)).tap("删除备注")
    assert ("现在的备注", "记录不全\n已补齐（总支委员乙 12月28日 09:05）") in member.screen.lines
    assert note_of(desk) == "记录不全\n已补齐"
    assert member.tap("删除这条备注").toast == "第 5 项备注已删除"
    assert note_of(desk) == ""
    assert other.press(actions.Note(rated(desk).id, 5)).say("新的").toast == "第 5 项备注已存"
