"""退回: the committee returns items with reasons, the branch is told, changes only these, and submits again."""

import json
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from bot import actions
from bot.dialogue.mailing import letter
from bot.dialogue.work import Work
from bot.permissions import Rater, Role
from bot.store.tables import HISTORY, NOTICE, OCCURRENCE, TERM
from tests.conftest import Clock
from tests.conversation.test_open_pages import watch
from tests.conversation.test_results import rate
from tests.conversation.test_unsubmitted import MARK, told
from tests.phone import Phone, World, code_for
from tests.published import evaluate
from tests.store.at_once import at_once
from tests.walking import Walk
from tests.wire import Clockwork

SHUANGLONG = 2
REASONS = (("第 7 项", "缺会议记录"), ("第 8 项", "没有照片"))


def drafted(world: World, who: str = "member") -> Phone:
    """Items 7 and 8 of 双龙 are about to be returned."""
    phone = world.phone(who).say("退回双龙")
    return phone.tap("7 ").say("缺会议记录").tap("8 ").say("没有照片")


def returned(world: World, who: str = "member") -> Phone:
    return drafted(world, who).tap("确认退回 2 项")


def sheet_of(world: World) -> int:
    file = world.sheet(SHUANGLONG)
    assert file is not None
    return file.id


def history(world: World, subject: str) -> list[tuple[str, str]]:
    with world.database.read() as session:
        query = sa.select(HISTORY.c.before, HISTORY.c.after).where(HISTORY.c.subject == subject)
        return [(row.before, row.after) for row in session.execute(query.order_by(HISTORY.c.id)).all()]


def notices(world: World) -> list[tuple[str, str]]:
    with world.database.read() as session:
        query = sa.select(NOTICE.c.action, NOTICE.c.said).where(NOTICE.c.key.startswith("b:"))
        return [(row.action, row.said) for row in session.execute(query).all()]


def test_two_items_are_returned_changed_and_submitted_again(world: World) -> None:
    member = returned(world)
    assert member.toast == "已退回，并通知支部"
    assert ("第 7 项", "优秀 4 分；原因：缺会议记录") in member.screen.lines
    secretary = world.phone("secretary of 双龙").say("首页")
    assert "自评：被退回（第 7、8 项），请按原因改好，重新提交。" in secretary.text
    assert ("退回", "缺会议记录") in secretary.tap("改自评").screen.lines
    secretary.tap("合格")
    assert secretary.screen.title.startswith("第 8 项"), "the next one that was returned"
    assert ("退回", "没有照片") in secretary.screen.lines
    secretary.tap("优秀")
    assert set(REASONS) <= set(secretary.screen.lines)
    secretary.tap("提交").tap("确认提交")
    assert secretary.toast == "已提交"
    changed = {("第 7 项", "优秀 4 分 → 合格 3.2 分"), ("第 8 项", "合格 3.2 分 → 优秀 4 分")}
    rated = member.say("首页").tap("评价 双龙").tap("总览")
    assert changed <= set(rated.screen.lines)
    assert changed <= set(rated.tap("看自评").screen.lines)
    card = rated.tap("目录").tap("7 ")
    assert ("退回前", "优秀 4 分；原因：缺会议记录") in card.screen.lines
    assert "自评：被退回" not in secretary.say("首页").text


def test_the_open_page_of_who_returned_turns_to_what_was_changed(desk: World) -> None:
    member = returned(desk)
    secretary = desk.phone("secretary of 双龙").say("首页").tap("改自评")
    seen = Phone(desk.conversation, member.address)
    assert seen.screen == member.screen, "what is being changed is the branch's own"
    secretary.tap("合格").tap("优秀").tap("提交").tap("确认提交")
    seen = Phone(desk.conversation, member.address)
    assert ("第 7 项", "优秀 4 分 → 合格 3.2 分") in seen.screen.lines
    assert not any(label.startswith("确认") for label in seen.labels)
    assert "退回" in seen.labels, "it can be returned again"


def test_home_says_who_submitted_again_with_the_way_to_what_changed_until_it_is_evaluated(
    world: World,
) -> None:
    member = returned(world)
    assert "重新提交" not in member.say("首页").text
    secretary = world.phone("secretary of 双龙").say("首页").tap("改自评").tap("合格").tap("总览")
    secretary.tap("提交").tap("确认提交")
    for who in ("member", "administrator"):
        phone = world.phone(who).say("首页")
        assert "退回后已重新提交：双龙校区" in phone.text
        changed = phone.tap("看 双龙校区 改了什么")
        assert ("第 7 项", "优秀 4 分 → 合格 3.2 分") in changed.screen.lines
    member.say("首页").tap("评价 双龙").say("1-24合").tap("保存").tap("提交").tap("确认提交")
    assert "重新提交" not in member.say("首页").text


def test_what_was_not_returned_is_refused_whatever_way_it_is_tried(desk: World) -> None:
    returned(desk)
    sheet, phone = sheet_of(desk), desk.phone("secretary of 双龙")
    card = phone.press(actions.Card(sheet, 9))
    assert not {"优秀 5", "其他分值", "备注"} & set(card.labels)
    tried = (
        actions.Mark(sheet, 9, 0),
        actions.Mark(sheet, 9, 2),
        actions.OtherPoints(sheet, 9),
        actions.AskReason(sheet, 9, 45),
        actions.Points(sheet, 9, 45, 1),
        actions.Note(sheet, 9),
        actions.ClearNote(sheet, 9),
    )
    said = "总支退回的是第 7、8 项，第 9 项不能改。这一项也要改的，请告诉党总支退回。"
    before = history(desk, "mark"), history(desk, "note"), history(desk, "evidence")
    for action in tried:
        assert phone.press(action).toast == said
    for text in ("优秀", "4.5 缺记录"):
        assert phone.press(actions.Card(sheet, 9)).say(text).toast == said
    assert phone.press(actions.Card(sheet, 9)).attach("a.png").toast == said
    phone.press(actions.Overview(sheet)).say("7合 9合")
    assert phone.toast == said
    assert (history(desk, "mark"), history(desk, "note"), history(desk, "evidence")) == before
    phone.press(actions.Card(sheet, 7)).attach("记录.png")
    phone.press(actions.Card(sheet, 7)).tap("备注").say("记录已补")
    assert "备注：记录已补" in phone.text


def test_undo_takes_back_what_is_open_alone(desk: World) -> None:
    returned(desk)
    phone = desk.phone("secretary of 双龙").say("首页").tap("改自评").tap("合格")
    assert "已撤销第 7 项的修改" in phone.press(actions.Overview(sheet_of(desk))).tap("撤销").toast
    with desk.database.read() as session:
        query = sa.select(HISTORY.c.id).where(HISTORY.c.subject == "mark", HISTORY.c.item == 9)
        change = session.execute(query.order_by(HISTORY.c.id.desc())).scalars().first()
    if change:
        assert "不能撤销" in phone.press(actions.Undo(sheet_of(desk), change)).toast


@pytest.mark.parametrize("text", ["0", "0 不行", "25 不行"])
def test_what_is_no_item_is_not_the_whole_sheet(desk: World, text: str) -> None:
    phone = desk.phone("member").say("退回双龙").say(text)
    assert "没有第" in phone.toast
    assert "确认整张退回" not in phone.labels


def test_a_whole_sheet_is_open_in_all_items(desk: World) -> None:
    member = desk.phone("member").say("退回双龙").tap("整张退回").say("请按台账重新核对").tap("确认整张退回")
    assert ("整张", "请按台账重新核对") in member.screen.lines
    phone = desk.phone("secretary of 双龙").say("首页")
    assert "自评：被退回（整张）" in phone.text
    phone.tap("改自评")
    assert ("整张", "请按台账重新核对") in phone.screen.lines
    phone.tap("目录").tap("9 ").tap("合格").tap("提交").tap("确认提交")
    rated = member.say("首页").tap("评价 双龙").tap("总览")
    assert ("第 9 项", "优秀 5 分 → 合格 4 分") in rated.screen.lines
    assert "整张退回；没有列出的项，得分没有改。" in rated.screen.lines


def test_nothing_typed_is_lost_and_what_is_chosen_can_be_left_out(desk: World) -> None:
    phone = drafted(desk)
    phone.say("首页").say("退回双龙")
    assert phone.screen.lines[:2] == REASONS
    phone.say("9").say("次数不够")
    phone.say("第10项：没有名单")
    assert ("第 10 项", "没有名单") in phone.screen.lines
    phone.tap("✓8").say("照片看不清")
    phone.tap("✓7").tap("不退回这一项")
    assert [line[0] for line in phone.screen.lines if isinstance(line, tuple)] == [
        "第 8 项",
        "第 9 项",
        "第 10 项",
    ]
    assert ("第 8 项", "照片看不清") in phone.screen.lines
    assert "没有第 99 项" in phone.say("99 缺记录").toast or "99" in phone.toast
    assert "请写一句" in phone.tap("11 ").say("12").toast
    assert "200 字以内" in phone.say("长" * 201).toast
    other = desk.phone("other member").say("退回双龙")
    assert "确认退回" not in "".join(other.labels), "a draft is of one person"
    assert notices(desk) == []


def test_what_is_confirmed_is_what_was_seen(desk: World) -> None:
    phone = drafted(desk)
    confirm = next(b.action for b in phone.screen.buttons if b.label == "确认退回 2 项")
    phone.say("9 次数不够")
    assert phone.press(confirm).toast == "期间有改动，还没有退回，请再核对"
    assert notices(desk) == []
    assert (
        "还没有选要退回的项"
        in desk.phone("administrator").press(actions.ReturnSheet(sheet_of(desk), 1)).toast
    )


def test_of_two_who_return_the_second_hears_who_was_first(desk: World) -> None:
    first, second = drafted(desk), drafted(desk, "administrator")
    first.tap("确认退回 2 项")
    second.tap("确认退回 2 项")
    assert "这份自评已由总支委员甲在 12月28日 09:05 退回" in second.toast
    assert len({said for _, said in notices(desk)}) == 1
    assert "已由总支委员甲" in second.press(actions.ReturnItem(sheet_of(desk), 9)).toast


def test_who_confirmed_the_submission_before_has_not_seen_the_return(desk: World) -> None:
    file = desk.sheet(SHUANGLONG)
    assert file is not None
    returned(desk)
    phone = desk.phone("secretary of 双龙").press(actions.Submit(file.id, file.sheet.revision))
    assert phone.toast == "测评表在您确认前有改动，请查看后重新提交。"


def test_the_people_of_the_branch_get_one_notice_with_the_reasons(desk: World, clock: Clock) -> None:
    Phone(desk.conversation, "an officer", name="支委").say(
        code_for(desk, Role.OFFICER, desk.branches[SHUANGLONG].id)
    )
    returned(desk)
    sheet = sheet_of(desk)
    said = "党总支退回了自评（第 7、8 项），请按原因改好，在 1月4日前重新提交。"
    assert notices(desk) == [(f"o:{sheet}", said)] * 2
    work = Clockwork(desk, clock)
    work.carry()
    [told] = [text for _, where, text in work.wire.arrived if where == World.PERSONAS["secretary of 双龙"]]
    assert said in told.lines
    assert set(REASONS) <= set(told.lines)


def test_a_letter_names_what_is_to_be_submitted_again_and_no_reason(desk: World) -> None:
    returned(desk)
    sheet = sheet_of(desk)
    with desk.database.read() as session:
        work = Work(session, desk.me("secretary of 双龙"), desk.evidence, lambda _: ())
        mailed = letter(work, [actions.Overview(sheet)])
        assert mailed is not None
        assert mailed.lines == (("学期自评", "1月4日截止"),)
        assert letter(replace(work, me=desk.me("member")), [actions.Overview(sheet)]) is None


def test_a_notice_of_a_sheet_that_was_submitted_meanwhile_is_not_sent(desk: World, clock: Clock) -> None:
    returned(desk)
    desk.phone("secretary of 双龙").press(actions.Overview(sheet_of(desk))).tap("提交").tap("确认提交")
    work = Clockwork(desk, clock)
    work.carry()
    assert [told for _, _, told in work.wire.arrived if "退回了自评" in str(told.lines)] == []


def test_the_duty_is_open_again_and_does_not_become_late(world: World, clock: Clock) -> None:
    def owed() -> Any:
        with world.database.read() as session:
            return session.execute(
                sa.select(OCCURRENCE.c.answered_at, OCCURRENCE.c.done_at, OCCURRENCE.c.told_on).where(
                    OCCURRENCE.c.duty == "self_sheet",
                    OCCURRENCE.c.branch_id == world.branches[0].id,
                    OCCURRENCE.c.term_id == world.terms[0].id,
                )
            ).one()

    secretary = world.phone("secretary").say("自评")
    while "提交" not in secretary.labels:
        secretary.tap("合格")
    secretary.tap("提交").tap("确认提交")
    first = owed()
    assert first.done_at is not None
    clock.now = clock.now.replace(year=2027, month=1, day=8)
    member = world.phone("member").say("退回常营").say("7 缺会议记录").tap("确认退回 1 项")
    assert "在 1月13日前重新提交" in notices(world)[0][1]
    assert (owed().answered_at, owed().done_at, owed().told_on) == (
        first.answered_at,
        None,
        date(2027, 1, 13),
    )
    Clockwork(world, clock).tick()
    assert owed().done_at is None, "the clock does not close it"
    task = secretary.say("待办").turn_to("学期自评，1月13日前请完成").tap("学期自评")
    assert "自评被退回，请按原因改好，重新提交。" in task.screen.lines
    assert "已报" not in task.text
    secretary.say("首页").tap("改自评").tap("不合格").tap("提交").tap("确认提交")
    assert owed().done_at == first.done_at, "the first answer counts"
    assert "→ 不合格 0 分" in member.say("首页").tap("评价 常营").tap("总览").text


def test_from_the_return_to_the_new_submission_the_sheet_is_the_branchs_own(desk: World) -> None:
    member = returned(desk)
    sheet = sheet_of(desk)
    assert member.press(actions.Overview(sheet)).screen.title == "已退回 · 双龙校区党支部"
    for action in (actions.Card(sheet, 7), actions.Contents(sheet)):
        assert "还没有提交" in member.press(action).toast
    card = member.say("首页").tap("评价 双龙").tap("目录").tap("7 ")
    on_card = card.screen.here
    assert ("自评", "已退回，等支部重新提交") in card.screen.lines
    assert ("退回", "优秀 4 分；原因：缺会议记录") in card.screen.lines
    secretary = desk.phone("secretary of 双龙").say("首页").tap("改自评").tap("不合格")
    assert "不合格" not in desk.conversation.look("web", member.address).screen.lines
    again = member.tap("总览").tap("自评已退回")
    assert ("第 7 项", "优秀 4 分；原因：缺会议记录") in again.screen.lines
    assert "89.8" not in member.say("双龙").text
    secretary.tap("总览").tap("提交").tap("确认提交")
    assert ("自评", "不合格 0 分 ⚠ 退回过") in member.press(on_card).screen.lines


@pytest.mark.slow
def test_nothing_that_the_branch_is_changing_appears_on_any_screen_of_the_committee(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, sheet = returned(desk), sheet_of(desk)
    phone = desk.phone("secretary of 双龙").press(actions.Card(sheet, 7)).say(f"2.7 缺{MARK}")
    assert "已存" in phone.toast
    phone.press(actions.Card(sheet, 8)).attach(f"{MARK}.png")
    phone.press(actions.Card(sheet, 8)).tap("备注").say(f"{MARK}备注")
    walk = Walk(desk, monkeypatch, enough=8)
    member.say("首页")
    walk.walk("member")
    asked: list[actions.Action] = [actions.Return(sheet), actions.ReturnItem(sheet, 7)]
    asked += [actions.WhyTotal(desk.branches[SHUANGLONG].id, desk.terms[0].id)]
    for n in (7, 8):
        asked += [actions.Card(sheet, n), actions.Evidence(sheet, n), actions.WhyItem(sheet, n)]
    for action in asked:
        member.press(action)
    said = [told(reply) for _, reply in walk.answers]
    assert len(said) > 100
    assert [one for one in said if MARK in one or "2.7 分" in one] == []
    assert any("优秀 4 分；原因：缺会议记录" in one for one in said), "what was returned is seen as it was"


def test_nobody_returns_the_sheet_of_a_branch_in_which_they_sit(desk: World) -> None:
    sheet = sheet_of(desk)
    member = drafted(desk)
    confirm = next(b.action for b in member.screen.buttons if b.label == "确认退回 2 项")
    member.say("邀请码").say(code_for(desk, Role.OFFICER, desk.branches[SHUANGLONG].id))
    for action in (confirm, actions.Return(sheet), actions.ReturnItem(sheet, 9), actions.AskTakeBack(sheet)):
        assert member.press(action).toast == "您在这个支部任职，请其他总支委员退回。"
    assert "退回" not in member.press(actions.Overview(sheet)).labels
    secretary = desk.phone("secretary of 双龙").press(actions.Return(sheet))
    assert secretary.toast == "自评由总支委员和管理员退回。要改哪一项、为什么，请告诉党总支。"
    assert "没有查看这项内容的权限" in desk.phone("secretary").press(actions.Return(sheet)).toast


@pytest.mark.parametrize("there", ["首页", "待办", "结果", "自评"])
@pytest.mark.parametrize(
    ("who", "says"),
    [
        ("secretary of 双龙", "自评由总支委员退回后才能改。要改哪一项、为什么，请告诉党总支。"),
        ("secretary", "自评没有提交，可以直接改。"),
    ],
)
def test_a_secretary_who_wants_to_take_a_submission_back_hears_how(
    desk: World, there: str, who: str, says: str
) -> None:
    assert desk.phone(who).say(there).say("撤回提交").toast == says


def test_a_member_takes_a_submission_back_in_words(desk: World) -> None:
    evaluate(desk, SHUANGLONG, "优" * 24)
    phone = desk.phone("member").say("评价双龙").say("撤回提交")
    assert phone.screen.title == "撤回总支评价？"
    assert phone.say("首页").say("撤回提交双龙").screen.title == "撤回总支评价？"
    phone.say("首页").say("撤回提交")
    assert phone.screen.title == "撤回哪个支部的总支评价？"
    assert phone.tap("双龙").tap("撤回提交").tap("确认撤回").toast == "已撤回，可以再改"
    assert phone.say("撤回提交").toast == "总支评价还没有提交，可以直接改。"


def test_after_publication_nothing_is_returned_or_taken_back(desk: World) -> None:
    rate(desk, "双龙")
    member = drafted(desk)
    confirm = next(b.action for b in member.screen.buttons if b.label == "确认退回 2 项")
    rated = desk.sheet(SHUANGLONG, Rater.COMMITTEE)
    assert rated is not None
    with desk.database.write() as session:
        session.execute(sa.update(TERM).values(published_at=desk.clock()))
    for action in (confirm, actions.Return(sheet_of(desk)), actions.AskTakeBack(rated.id)):
        assert "的结果已公布" in member.press(action).toast
    assert "退回" not in member.press(actions.Overview(sheet_of(desk))).labels
    assert "撤回提交" not in member.press(actions.Overview(rated.id)).labels


def test_the_committee_takes_its_own_submission_back(world: World) -> None:
    member = rate(world, "双龙")
    assert "第 1 名 双龙校区：80 分" in world.phone("other member").say("排名").text
    rated = world.sheet(SHUANGLONG, Rater.COMMITTEE)
    assert rated is not None
    refused = world.phone("other member").press(actions.Mark(rated.id, 1, 2)).toast
    assert "要改的，请先点「撤回提交」" in refused
    ask = member.say("首页").tap("评价 双龙").tap("撤回提交")
    assert "撤回后可以再改" in ask.text
    pages = watch(world)
    ask.tap("确认撤回")
    assert ask.toast == "已撤回，可以再改"
    assert "secretary of 双龙" not in pages.woken()
    before, after = history(world, "sheet")[-1]
    assert json.loads(before)["total"] == "80.0" or json.loads(before)["total"].startswith("80")
    assert json.loads(after) == {"submitted": False}
    assert "双龙校区：预计 89.8 分" in member.say("排名").text
    rated = world.sheet(SHUANGLONG, Rater.COMMITTEE)
    assert rated is not None
    assert rated.sheet.filled == 24
    again = member.press(actions.Card(rated.id, 1)).tap("优秀").tap("提交").tap("确认提交")
    assert again.toast == "已提交"
    assert "还没有提交" not in again.text
    assert "可以直接改" in member.press(actions.TakeBack(rated.id, 1)).toast or "有改动" in member.toast


@pytest.mark.slow
def test_the_committees_own_duty_is_open_again_with_its_sheet(desk: World) -> None:
    def done() -> list[bool]:
        with desk.database.read() as session:
            query = sa.select(OCCURRENCE.c.done_at).where(
                OCCURRENCE.c.duty == "committee_sheets", OCCURRENCE.c.term_id == desk.terms[0].id
            )
            return [at is not None for at in session.execute(query).scalars()]

    for branch in ("常营", "劲松", "双龙", "新源里"):
        rate(desk, branch)
    assert done() == [True]
    desk.phone("member").say("首页").tap("评价 双龙").tap("撤回提交").tap("确认撤回")
    assert done() == [False]


@pytest.mark.parametrize("who", ["member", "administrator"])
def test_a_return_wakes_the_pages_of_the_branch_and_the_committee(desk: World, who: str) -> None:
    phone = drafted(desk, who)
    pages = watch(desk)
    phone.tap("确认退回 2 项")
    assert {"secretary of 双龙", "other member"} <= pages.woken()


# --- at the same moment -----------------------------------------------------------------------------------------


def said(phone: Phone, action: actions.Action) -> str:
    return phone.press(action).toast


def confirms(phone: Phone) -> actions.Action:
    return next(one.action for one in phone.screen.buttons if one.label.startswith("确认退回"))


@pytest.mark.slow
def test_of_two_who_return_at_once_one_does_and_the_other_is_told(world: World) -> None:
    for _ in range(10):
        phones = [drafted(world, who) for who in ("member", "administrator")]
        before = len(history(world, "sheet"))
        answers = at_once([partial(said, phone, confirms(phone)) for phone in phones])
        assert sum(answer == "已退回，并通知支部" for answer in answers) == 1
        assert sum("这份自评已由" in str(answer) for answer in answers) == 1
        assert len(history(world, "sheet")) == before + 1
        secretary = world.phone("secretary of 双龙").press(actions.Overview(sheet_of(world)))
        secretary.tap("提交").tap("确认提交")


@pytest.mark.slow
def test_a_mark_at_the_moment_of_a_return_is_refused_or_counts_after_it(world: World) -> None:
    sheet, orders = sheet_of(world), set()
    secretary = world.phone("secretary of 双龙")
    for n in range(12):
        member = drafted(world)
        marks = len(history(world, "mark"))
        grade = n % 3
        told, answer = at_once(
            [
                partial(said, member, confirms(member)),
                partial(said, secretary, actions.Mark(sheet, 7, grade)),
            ]
        )
        assert told == "已退回，并通知支部"
        file = world.sheet(SHUANGLONG)
        assert file is not None
        assert file.returned is not None
        refused = "不能再改" in str(answer)
        orders.add(refused)
        assert refused or "已存" in str(answer)
        changed = not refused and file.returned.was[7] != file.sheet.marks[7]
        assert len(history(world, "mark")) - marks == int(changed)
        assert int(file.sheet.marks[7].grade) == grade or refused
        secretary.press(actions.Overview(sheet)).tap("提交").tap("确认提交")
    assert orders, "either may be first"


@pytest.mark.slow
def test_what_another_member_marks_at_the_moment_of_a_return_is_kept(world: World) -> None:
    rated = world.phone("other member").say("首页").tap("评价 双龙")
    committees = getattr(rated.screen.here, "sheet", 0)
    for n in range(1, 7):
        member = drafted(world)
        told, kept = at_once(
            [
                partial(said, member, confirms(member)),
                partial(said, rated, actions.Mark(committees, n, 1)),
            ]
        )
        assert (told, "已存" in str(kept)) == ("已退回，并通知支部", True)
        world.phone("secretary of 双龙").press(actions.Overview(sheet_of(world))).tap("提交").tap("确认提交")
    file = world.sheet(SHUANGLONG, Rater.COMMITTEE)
    assert file is not None
    assert file.sheet.filled == 6


@pytest.mark.slow
def test_a_submission_and_the_next_return_at_once_leave_a_sheet_that_says_so(world: World) -> None:
    sheet = sheet_of(world)
    secretary = world.phone("secretary of 双龙")
    for _ in range(10):
        member = drafted(world)
        again, action = world.phone("administrator"), confirms(member)
        member.press(action)
        submit = secretary.press(actions.Overview(sheet)).tap("提交").screen.buttons[0].action
        answer, told = at_once(
            [partial(said, secretary, submit), partial(said, again, actions.Return(sheet))]
        )
        assert (answer, told) == ("已提交", "")
        file = world.sheet(SHUANGLONG)
        assert file is not None
        assert file.returned is not None
        assert (file.sheet.submitted, file.returned.open) == (True, False)
