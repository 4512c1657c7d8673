"""A sheet that is not submitted is its branch's own: the committee sees how far it is, and nothing of what is in it."""

import os
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot import actions
from bot.actions import Action
from bot.message import Message, Reply, plain
from bot.permissions import Rater
from bot.store import evidence, results
from bot.store.tables import SHEET, TERM
from tests.conftest import Clock
from tests.conversation.test_open_pages import watch
from tests.conversation.test_results import rate
from tests.phone import Phone, World, picture
from tests.walking import TEXTS, Walk
from tests.wire import Clockwork

MARK = "暗号"  # stands in every reason, note and file name of the branch
POINTS = re.compile(r"(?<![\d.])(?:3\.7|75\.1|98\.1)(?!\d)")  # of an item; of the sheet, at least and at most
PICTURES = (picture(3701), picture(3702))
BRANCH = 3  # 新源里


def filled(world: World) -> int:
    """Its secretary's 18 of 24 items, with reasons, notes and files, also one that came through a duty; the sheet."""
    phone = world.phone("secretary of 新源里").say("自评")
    sheet = int(getattr(phone.screen.here, "sheet", 0))
    for item in range(1, 19):
        phone.press(actions.Card(sheet, item)).say(f"3.7 缺{MARK}{item}" if item in (1, 2, 4) else "优秀")
    phone.press(actions.Card(sheet, 1)).attach(f"{MARK}一.png", PICTURES[0])
    phone.press(actions.Card(sheet, 2)).tap("备注").say(f"{MARK}备注")
    phone.press(actions.Card(sheet, 5)).say(f"3人请假，{MARK}")
    task = phone.say("待办").turn_to("支部工作计划").tap("支部工作计划")
    task.attach(f"{MARK}二.png", PICTURES[1])
    assert "已收到材料" in task.toast
    return sheet


def told(reply: Reply) -> str:
    """All that somebody is told."""
    return "\n".join(_told(reply.screen)) + (plain(reply.receipt) if reply.receipt else "") + reply.toast


def _told(screen: Message) -> Iterator[str]:
    yield plain(screen)
    yield screen.hint
    yield from (button.label for button in screen.buttons)
    if screen.attachment is not None:
        yield screen.attachment.name


def leaks(reply: Reply) -> bool:
    """Whether any of it is what is in the branch's sheet."""
    file = reply.screen.attachment
    said = told(reply)
    return MARK in said or bool(POINTS.search(said)) or (file is not None and file.read() in PICTURES)


def forged(world: World, sheet: int, committees: int) -> list[Action]:
    """Whatever names the sheet, its items and its files, also by way of the committee's own."""
    with world.database.read() as session:
        branch, term = world.branches[BRANCH], world.terms[0]
        files = [
            file.id
            for item in range(1, 25)
            for file in evidence.files_of(
                session, branch_id=branch.id, term_id=term.id, item=item, raters=tuple(Rater)
            )
        ]
    assert len(files) == 2
    asked: list[Action] = [actions.OpenSheet(branch.id, term.id, 0), actions.Result(branch.id, term.id)]
    asked += [actions.WayUp(branch.id, term.id), actions.WhyTotal(branch.id, term.id)]
    for number in (sheet, committees):
        asked += [actions.Contents(number), actions.Overview(number), actions.AskSubmit(number)]
        asked += [actions.ShowEvidence(number, file) for file in files]
        asked += [actions.RemoveEvidence(number, file) for file in files]
        asked += [actions.LineDraft(number, draft) for draft in (1, 2)]
        asked += [actions.Remark(number, draft) for draft in (1, 2)]
        for item in range(1, 25):
            asked += [actions.Card(number, item), actions.WhyItem(number, item)]
            asked += [actions.Evidence(number, item), actions.ItemFacts(number, item)]
            asked += [actions.Note(number, item), actions.OtherPoints(number, item)]
    return asked


@pytest.mark.slow
@pytest.mark.parametrize("who", ["member", "administrator"])
def test_nothing_of_it_appears_on_any_screen_of_the_committee(
    desk: World, clock: Clock, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    sheet = filled(desk)
    assert leaks(desk.phone("secretary of 新源里").press(actions.Card(sheet, 1)).reply)
    assert leaks(desk.phone("secretary of 新源里").press(actions.Overview(sheet)).reply)
    phone = desk.phone(who).press(actions.OpenSheet(desk.branches[BRANCH].id, desk.terms[0].id, 1))
    asked = forged(desk, sheet, int(getattr(phone.screen.here, "sheet", 0)))
    phone.say("首页")
    clock.forward(minutes=40)
    Clockwork(desk, clock).tick()
    few = who == "administrator" and os.environ.get("TRIALS") != "long"  # what a member has typed already
    walk = Walk(desk, monkeypatch, enough=8, texts=TEXTS[::4] if few else TEXTS)
    walk.walk(who)
    for action in asked:
        phone.press(action)
    for text in ("新源里", "新源里校区党支部", "新源里多少分", "排名", "谁还没交"):
        phone.say("首页").say(text)
    assert len(walk.answers) > 600
    assert [told(reply) for _, reply in walk.answers if leaks(reply)] == []
    assert any("18/24" in told(reply) for _, reply in walk.answers), "how far it is, the committee sees"


def test_from_submission_on_the_committee_sees_marks_reasons_notes_and_files(desk: World) -> None:
    sheet = filled(desk)
    secretary, member = desk.phone("secretary of 新源里"), desk.phone("member")
    rated = member.say("首页").tap("评价 新源里")
    assert "自评：还没有提交" in rated.text
    card = rated.screen.here
    assert "支部附的材料，在自评提交后显示" in member.tap("依据").text
    assert "支部的自评还没有提交" in member.press(actions.Card(sheet, 1)).toast
    for item in range(19, 25):
        secretary.press(actions.Card(sheet, item)).say("优秀")
    secretary.press(actions.Overview(sheet)).tap("提交").tap("确认提交")
    assert f"自评：合格 3.7 分（缺{MARK}1）" in member.press(card).text
    assert f"{MARK}一.png" in member.tap("依据 1").text
    assert f"现在：合格 3.7 分（缺{MARK}1）" in member.press(actions.Card(sheet, 1)).text
    assert f"{MARK}备注" in member.press(actions.Card(sheet, 2)).text
    assert f"{MARK}二.png" in member.press(actions.Evidence(sheet, 3)).text
    assert "预计 98.1 分" in member.say("排名").text


def taken_back(world: World, branch: int) -> None:
    """The branch's sheet of this term is open again."""
    with world.database.write() as session:
        session.execute(
            sa.update(SHEET)
            .where(
                SHEET.c.branch_id == world.branches[branch].id,
                SHEET.c.term_id == world.terms[0].id,
                SHEET.c.rater == int(Rater.SELF),
            )
            .values(submitted_at=None, submitted_by=None)
        )


def test_what_is_taken_back_is_the_branchs_own_again(desk: World) -> None:
    member = desk.phone("member")
    assert "双龙校区：预计 89.8 分" in member.say("排名").text
    shown = member.press(actions.OpenSheet(desk.branches[2].id, 0, 0))
    assert "89.8 分" in shown.text
    taken_back(desk, 2)
    looked = desk.conversation.look("web", member.address).screen
    assert looked.title.startswith("您好"), "the page that stood shows nothing of it any more"
    assert "双龙校区 24/24" in member.say("排名").labels
    assert "89.8" not in member.say("双龙").text
    assert "自评：已评 24/24" in member.text


def test_an_official_result_stands_whatever_becomes_of_the_branchs_own_sheet(desk: World) -> None:
    rate(desk, "双龙")
    taken_back(desk, 2)
    assert "第 1 名 双龙校区：80 分" in desk.phone("member").say("排名").text
    assert "80 分（总支评价）" in desk.phone("member").say("双龙").text


def test_an_unsubmitted_sheet_of_last_term_is_no_base_of_a_change_that_is_shown(desk: World) -> None:
    assert "比上学期" in desk.phone("member").say("双龙").text
    with desk.database.write() as session:
        session.execute(sa.update(SHEET).where(SHEET.c.term_id == desk.terms[1].id).values(submitted_at=None))
        session.execute(sa.update(TERM).values(published_at=None))
    assert "比上学期" not in desk.phone("member").say("双龙").text
    assert "比上学期自评" in desk.phone("secretary of 双龙").say("结果").text
    last = desk.phone("member").press(actions.Result(desk.branches[2].id, desk.terms[1].id))
    assert "自评：已评 24/24" in last.text
    assert "分" not in last.text.replace("得分", "")


def test_the_committee_that_sits_in_a_branch_sees_its_own_sheet(desk: World) -> None:
    from bot.permissions import Role
    from tests.phone import code_for

    sheet = filled(desk)
    member = desk.phone("member").say(code_for(desk, Role.OFFICER, desk.branches[BRANCH].id))
    assert "3.7 分" in member.press(actions.Card(sheet, 1)).text


def test_an_open_page_of_the_committee_follows_how_far_a_branch_is(desk: World) -> None:
    member, secretary = desk.phone("member").say("排名"), desk.phone("secretary")
    result = Phone(desk.conversation, "demo-2").say("常营")
    pages = watch(desk)
    secretary.say("自评").tap("优秀")
    assert {"member", "other member", "administrator"} <= pages.woken()
    table = desk.conversation.look("web", member.address).screen
    assert "常营主校区 13/24" in [button.label for button in table.buttons]
    assert "已评 13/24" in plain(desk.conversation.look("web", result.address).screen)
    before = desk.conversation.look("web", result.address)
    secretary.press(actions.Card(int(getattr(secretary.screen.here, "sheet", 0)), 13)).tap("合格")
    after = desk.conversation.look("web", result.address)
    assert plain(before.screen) == plain(after.screen), "which mark it is makes no difference there"


def test_what_the_store_lists_beside_a_committees_sheet_is_what_is_submitted(world: World) -> None:
    for branch, submitted in ((1, False), (2, True)):
        world.phone("member").say("首页").tap(f"评价 {world.branches[branch].name}")
        file = world.sheet(branch, Rater.COMMITTEE)
        assert file is not None
        assert (file.other is not None) == submitted
        assert file.raters == (tuple(Rater) if submitted else (Rater.COMMITTEE,))
    with world.database.read() as session:
        found = results.of_committee(session, term_id=world.terms[0].id, committee_id=1)
        assert found[world.branches[1].id, Rater.SELF].filled == 24
