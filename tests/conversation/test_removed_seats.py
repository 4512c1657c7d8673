"""A seat that is gone since a screen was drawn: a tap there is refused in one sentence, and nothing changes."""

import random
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from bot import actions
from bot.message import plain
from bot.permissions import Rater, Role, Seat
from bot.store import invitations, joining
from bot.store.tables import HISTORY, SEAT
from tests.conftest import trials
from tests.conversation.test_evaluating import agreeing
from tests.conversation.test_races import Relay
from tests.everything import everything
from tests.phone import Phone, World, code_for
from tests.published import evaluate

SHUANGLONG, XINYUANLI = 2, 3

# What people type, and then do one step after the other: a label, or what they type where no button carries it.
BEFORE = (  # 常营 and 劲松 are evaluated, 双龙 and 新源里 have submitted
    ("member", "首页", "评价 双龙校区", "同自评"),
    ("member", "首页", "评价 双龙校区", "合格"),
    ("member", "首页", "评价 双龙校区", "其他分值", "2.5"),
    ("member", "首页", "评价 双龙校区", "备注"),
    ("member", "首页", "评价 新源里校区", "其余都同自评", "确认同自评"),
    ("member", "评价 常营", "撤回提交", "确认撤回"),
    ("member", "退回双龙", "7 缺会议记录", "确认退回"),
    ("member", "退回双龙", "整张退回"),
    ("administrator", "退回新源里", "8 没有照片", "确认退回"),
    ("administrator", "公布", "各支部可以看什么", "看各支部的星级"),
    ("administrator", "首页", "评价 双龙校区", "优秀"),
    ("member", "排名", "按类别或校区看", "党员教育管理"),
    ("member", "排名", "试算", "合格 75 %"),
    ("member", "排名", "双龙", "丢分", "支部情况"),
    ("administrator", "排名", "双龙", "差距", "支部情况"),
    ("administrator", "排名", "双龙", "走势", "看结果"),
    ("secretary", "自评", "合格"),
    ("secretary", "自评", "总览", "撤销"),
    ("secretary", "结果", "走势", "看结果"),
    ("secretary", "结果", "差多少"),
)
COMPLETE = (("administrator", "公布", "确认公布"),)  # all are evaluated
AFTER = (  # the term is published, the branches see one another's stars, 劲松 has objected
    ("administrator", "公布", "公示"),
    ("administrator", "公布", "各支部可以看什么", "只看本支部的结果"),
    ("administrator", "公布", "异议", "劲松"),
    ("administrator", "异议", "劲松", "已复核，维持原评价", "确认答复"),
    ("member", "排名", "双龙", "看结果", "更正", "第 24 项", "合格", "复核记录齐全", "确认更正"),
    ("member", "排名", "双龙", "看结果", "更正", "第 7 项", "优秀"),
    ("secretary", "结果", "提出异议", "第24项有记录", "确认提出"),
    ("secretary", "结果", "看各支部"),
    ("secretary", "结果", "为什么"),
)

_numbers = count()


def step(phone: Phone, what: str) -> Phone:
    """Tap a button that carries it, or else type it."""
    return phone.tap(what) if any(what in label for label in phone.labels) else phone.say(what)


def seat_of(world: World, who: str) -> Seat:
    """The one seat that a persona of BEFORE and AFTER needs there."""
    role = {"administrator": Role.ADMINISTRATOR, "member": Role.MEMBER, "secretary": Role.SECRETARY}[who]
    return next(seat for seat in world.me(who).seats if seat.role is role)


def hand_over(world: World, who: str) -> Callable[[], str]:
    """What moves a persona's seat to somebody new, who uses their code; what that one is told."""
    with world.database.write() as session:
        code = invitations.hand_over(session, me=world.me(who), seat=seat_of(world, who)).code
    successor = Phone(world.conversation, f"successor {next(_numbers)}", name="接任的同志")
    return lambda: plain(successor.say(code).say("首页").screen)


def take(world: World, seat: Seat) -> str:
    """An administrator takes a seat away; what they are told."""
    return world.phone("administrator").press(actions.RemoveSeat(seat.id)).toast


def give_back(world: World, seat: Seat) -> None:
    """The seat is its holder's again, and nobody's beside."""
    same = (SEAT.c.committee_id == seat.committee_id, SEAT.c.role == int(seat.role))
    where = SEAT.c.branch_id == seat.branch_id if seat.branch_id else SEAT.c.branch_id.is_(None)
    with world.database.write() as session:
        since = sa.select(SEAT.c.since).where(SEAT.c.id == seat.id).scalar_subquery()
        newer = sa.update(SEAT).where(*same, where, SEAT.c.id > seat.id, SEAT.c.since >= since)
        session.execute(newer.values(until=world.clock()))
        session.execute(sa.update(SEAT).where(SEAT.c.id == seat.id).values(until=None))


def remove(world: World, who: str, luck: random.Random) -> None:
    """A persona's seat is handed over, left, or taken by an administrator."""
    seat = seat_of(world, who)
    if who != "administrator" and luck.random() < 0.3:
        toast = world.phone("administrator").press(actions.RemoveSeat(seat.id)).toast
        assert toast.startswith("已移除"), toast
    elif who == "administrator" or luck.random() < 0.5:
        assert "接任的同志" in hand_over(world, who)()
    else:
        with world.database.write() as session:
            joining.leave(session, me=world.me(who), seat=seat)


def refused(world: World, way: tuple[str, ...], luck: random.Random) -> None:
    """Somebody goes a way until their seat is gone, and one step further."""
    who, *steps = way
    phone, seat = world.phone(who), seat_of(world, who)
    moment = luck.randrange(1, len(steps))
    phone.say(steps[0])
    for what in steps[1:moment]:
        step(phone, what)
    remove(world, who, luck)
    before = everything(world.database, "address", "web_line")
    tapped = any(steps[moment] in label for label in phone.labels)
    step(phone, steps[moment])
    told = phone.toast or phone.text
    assert everything(world.database, "address", "web_line") == before, (way, moment, told)
    assert "抱歉" not in phone.screen.title, (way, moment)
    answered = phone.toast.endswith("。") or "您目前没有职务。" in phone.text
    understood = not tapped and world.me(who).known  # a word may mean something to the seat that is left
    assert answered or understood, (way, moment, told)
    give_back(world, seat)


@pytest.mark.slow
@pytest.mark.random
@pytest.mark.parametrize("keeps", [False, True], ids=["without a seat", "with another seat"])
def test_a_tap_after_the_seat_is_gone_is_refused_in_a_sentence_and_changes_nothing(
    world: World, keeps: bool
) -> None:
    luck, number = random.Random(2017), trials(100)
    if keeps:  # all three sit in 新源里, too, which leaves them what is open to its people
        for who in ("administrator", "member", "secretary"):
            world.phone(who).say("邀请码").say(code_for(world, Role.OFFICER, world.branches[XINYUANLI].id))
    agreeing(world)
    for branch, grades in enumerate(("合" * 24, "优" * 24)):
        evaluate(world, branch, grades)
    before, after = (
        [way for way in ways if not (keeps and {"评价 新源里校区", "退回新源里", "看各支部"} & {*way})]
        for ways in (BEFORE, AFTER)
    )
    for _ in range(number * 6 // 10):
        refused(world, luck.choice(before), luck)
    for branch in (SHUANGLONG, XINYUANLI):
        evaluate(world, branch, "合" * 23 + "不")
    for _ in range(max(number // 10, 1)):
        refused(world, COMPLETE[0], luck)
    world.phone("administrator").say("公布").tap("确认公布").press(actions.SetOpenness(1, 1))
    world.phone("secretary of 劲松").say("结果").tap("提出异议").say("第24项有记录").tap("确认提出")
    for _ in range(max(number * 3 // 10, 1)):
        refused(world, luck.choice(after), luck)


@pytest.mark.slow
@pytest.mark.random
@pytest.mark.parametrize("taken", [False, True], ids=["handed over", "removed"])
def test_a_tap_while_the_seat_goes_counts_before_that_or_is_refused(world: World, taken: bool) -> None:
    luck, number, seen = random.Random(2017), trials(100), {True: 0, False: 0}
    evaluate(world, SHUANGLONG, "合" * 24, submits=False)
    for n in range(number):
        who = luck.choice(("member", "secretary") if taken else ("member", "administrator", "secretary"))
        phone, seat, me = world.phone(who), seat_of(world, who), world.me(who)
        if who == "administrator":
            label = ("看各支部的星级", "只看本支部的结果")[n % 2]
            phone.say("公布").tap("各支部可以看什么")
            label = "看星级、总分和名次" if f"✓{label}" in phone.labels else label
        else:
            file = world.sheet(*((SHUANGLONG, Rater.COMMITTEE) if who == "member" else (0, Rater.SELF)))
            assert file is not None
            phone.press(actions.Card(file.id, 7))
            label = "合格" if file.sheet.marks[7].grade.word == "优秀" else "优秀"
        tap = partial(_tapped, phone, label)
        goes = partial(take, world, seat) if taken else hand_over(world, who)
        does = {"tap": tap, "removal": partial(_moved, goes)}
        order = ("tap", "removal") if luck.random() < 0.5 else ("removal", "tap")
        since = last_change(world)
        with Relay(order).on(world.database) as relay:
            told = relay.run(does)
        rows = changes(world, since)
        ended = next(row.id for row in rows if row.subject == "seat" and row.subject_id == seat.id)
        own = [row.id for row in rows if row.person_id == me.person_id and row.subject != "seat"]
        assert ("已移除" if taken else "接任的同志") in told["removal"]
        assert "出了点问题" not in told["tap"]
        assert all(row < ended for row in own), (who, order, told)
        assert bool(own) == (order == ("tap", "removal")), (who, order, told)
        seen[bool(own)] += 1
        give_back(world, seat)
    assert min(seen.values()) >= number // 5, seen


def _tapped(phone: Phone, label: str, decisive: Callable[[], None]) -> str:
    decisive()
    phone.tap(label)
    return phone.toast or phone.text


def _moved(does: Callable[[], str], decisive: Callable[[], None]) -> str:
    decisive()
    return does()


def last_change(world: World) -> int:
    with world.database.read() as session:
        return int(session.execute(sa.select(sa.func.max(HISTORY.c.id))).scalar_one())


def changes(world: World, since: int) -> list[Any]:
    """What was written into the history since, in its order."""
    h = HISTORY.c
    query = sa.select(h.id, h.person_id, h.subject, h.subject_id).where(h.id > since).order_by(h.id)
    with world.database.read() as session:
        return list(session.execute(query).all())
