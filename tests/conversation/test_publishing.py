"""公布: the check list, who is told what, 公示; and that no total reaches another branch."""

import json
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from bot import actions
from bot.actions import wire
from bot.dialogue.mailing import letter
from bot.dialogue.work import Work
from bot.message import ToCopy, plain
from bot.permissions import Openness, Rater, Role
from bot.store import results, sheets, terms
from bot.store.database import Session
from bot.store.tables import HISTORY, MARK, NOTICE, SEAT, TERM
from scoring.rubric import Grade
from tests.conftest import Clock, trials
from tests.conversation.test_open_pages import watch
from tests.phone import Phone, World, code_for
from tests.published import amended, evaluate, evaluated, heard, published
from tests.wire import Clockwork


def is_published(world: World) -> bool:
    return world.terms[0].published


# --- the check list ---------------------------------------------------------------------------------------------


def test_what_is_missing_is_named_with_its_button(desk: World) -> None:
    evaluate(desk, 1, "优" * 24)
    evaluate(desk, 2, "合" * 24, submits=False)
    evaluate(desk, 3, "合" * 5, submits=False)
    phone = desk.phone("administrator").say("排名").tap("公布")
    assert "总支评价：已提交 1/4，都提交了才能公布。" in phone.text
    assert "常营主校区：已评 0/24，还没有提交。" in phone.text
    assert "双龙校区：评完了，还没有提交。" in phone.text
    assert "新源里校区：已评 5/24，还没有提交。" in phone.text
    assert (
        "自评：3 个支部没有提交：常营主校区、劲松校区、新源里校区。1月4日才截止，公布后就不能再提交了。"
        in phone.text
    )
    assert not any("确认公布" in label for label in phone.labels)
    assert phone.tap("评价 新源里校区党支部").screen.title.startswith("第 6 项")
    assert phone.say("公布").tap("催办").screen.title.startswith("催办")
    phone.press(actions.Publish(desk.terms[0].id, 0))
    assert "都提交了才能公布" in phone.toast
    assert not is_published(desk)


def test_a_sheet_that_was_returned_and_is_not_back_is_named(desk: World) -> None:
    desk.phone("member").say("退回双龙").say("7 缺会议记录").tap("确认退回 1 项")
    text = desk.phone("administrator").say("公布").text
    assert "退回：双龙校区的自评退回后还没有重新提交；公布后就不能再提交了。" in text
    assert (
        "自评：3 个支部没有提交：常营主校区、劲松校区、新源里校区。1月4日才截止，公布后就不能再提交了。"
        in text
    )


def test_marks_that_the_numbers_contradict_are_listed_with_the_way_there_and_hold_nothing_up(
    world: World,
) -> None:
    evaluated(world)
    phone = world.phone("administrator").say("公布")
    assert "下面的评分与台账不一致，不影响公布" in phone.text
    assert "确认公布" in phone.labels
    way = next(label for label in phone.labels if label.startswith("看 双龙校区 第 "))
    phone.tap(way)
    file = world.sheet(2, Rater.COMMITTEE)
    assert file is not None
    assert phone.screen.here == actions.Card(file.id, int(way.split()[3]))
    assert "建议：" in phone.text, "what the numbers say"
    assert phone.say("公布").tap("确认公布").toast.startswith("已公布")


def test_a_publication_closes_a_returned_sheet_and_the_question_says_so_plainly(desk: World) -> None:
    evaluated(desk)
    desk.phone("member").say("退回双龙").say("7 缺会议记录").tap("确认退回 1 项")
    phone = desk.phone("administrator").say("公布")
    assert "双龙校区的自评退回后还没有重新提交；公布后就不能再提交了。" in phone.text
    assert phone.tap("确认公布").toast.startswith("已公布")


def test_a_branch_that_nobody_joined_is_named(desk: World) -> None:
    with desk.database.write() as session:
        session.execute(
            sa.update(SEAT).where(SEAT.c.branch_id == desk.branches[3].id).values(until=desk.clock())
        )
    phone = desk.phone("administrator").say("公布")
    assert "新源里校区还没有人加入，收不到结果。" in phone.text
    phone.tap("邀请 新源里校区党支部")
    assert "新源里" in phone.text


def test_the_term_is_published_in_three_taps_from_home(world: World) -> None:
    evaluated(world)
    phone = world.phone("administrator").say("首页").tap("排名").tap("公布")
    assert "双龙校区：76.8 分 ★★★☆☆ 三星" in phone.text
    phone.tap("确认公布")
    assert phone.toast == "已公布，4 个支部马上收到结果"
    assert is_published(world)
    assert "公示期：到 1月5日为止。" in phone.text
    assert "结果已公布。" in world.phone("member").say("首页").text
    with world.database.read() as session:
        last = session.execute(sa.select(HISTORY.c.after).where(HISTORY.c.subject == "term")).scalars().all()
    assert json.loads(last[-1])["published"] is True


def test_it_is_reached_from_the_terms_card_too_and_published_once(desk: World) -> None:
    evaluated(desk)
    phone = desk.phone("administrator").say("工作安排").tap("学期").tap("本学期").tap("公布")
    seen = next(button.action for button in phone.screen.buttons if button.label == "确认公布")
    phone.tap("确认公布").press(seen)
    assert phone.toast == "已经公布过了"


def test_what_changed_since_it_was_seen_is_not_published(world: World) -> None:
    evaluated(world)
    phone = world.phone("administrator").say("公布")
    with world.database.write() as session:
        found = sheets.find(
            session,
            branch_id=world.branches[1].id,
            term_id=world.terms[0].id,
            rater=Rater.COMMITTEE,
        )
        session.execute(
            sa.update(MARK).where(MARK.c.sheet_id == found, MARK.c.item == 1).values(grade=1, hundredths=320)
        )
    phone.tap("确认公布")
    assert "有改动，没有公布" in phone.toast
    assert not is_published(world)


@pytest.mark.parametrize("who", ["member", "secretary", "officer"])
def test_the_administrator_alone_publishes(desk: World, who: str) -> None:
    evaluated(desk)
    phone = desk.phone(who).press(actions.CheckList(desk.terms[0].id))
    assert "结果由管理员公布" in phone.toast
    assert not any("公布" in label for label in desk.phone("member").say("排名").labels)


# --- marks and submissions under way ------------------------------------------------------------------------------


def mark_of_secretary(world: World) -> Callable[[], str]:
    """A secretary marks the own sheet, as a press does it."""
    sheet = world.sheet(0)
    assert sheet is not None
    phone = world.phone("secretary")

    def press() -> str:
        return phone.press(actions.Mark(sheet.id, 1, 0)).toast

    return press


def first_mark(world: World) -> int:
    file = world.sheet(0)
    assert file is not None
    return int(file.sheet.marks[1].grade)


def until_somebody_waits(world: World) -> None:
    """On PostgreSQL: until another transaction waits for a lock. SQLite lets nobody else begin."""
    if not world.database.sqlite:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        waits = 0
        while not waits:
            with world.database.engine.connect() as connection:
                waits = connection.exec_driver_sql(query).scalar() or 0


def held(world: World, first: Callable[[Session], object], second: Callable[[], str]) -> str:
    """Do the first thing and, before it is stored, the second, which waits for it; what the second says."""
    said: list[str] = []
    begun = threading.Event()

    def other() -> None:
        begun.set()
        said.append(second())

    thread = threading.Thread(target=other)
    with world.database.write() as session:
        first(session)
        thread.start()
        begun.wait()
        until_somebody_waits(world)
    thread.join()
    return said[0]


def test_a_mark_that_waits_for_a_publication_is_refused(world: World) -> None:
    evaluated(world)
    press, before = mark_of_secretary(world), first_mark(world)
    me, term = world.me("administrator"), world.terms[0]
    said = held(
        world,
        lambda session: terms.publish(session, me=me, term=terms.to_publish(session, term.id)),
        press,
    )
    assert "的结果已公布，不能再改" in said
    assert first_mark(world) == before


def test_a_publication_that_waits_for_a_mark_counts_it(world: World) -> None:
    evaluated(world)
    phone, me, number = world.phone("administrator").say("公布"), world.me("secretary"), world.sheet(0)
    assert number is not None

    def mark(session: Session) -> None:
        file = sheets.open_file(session, number.id, to_write=True)
        sheets.save(session, me=me, file=file, after=file.sheet.graded(1, Grade.FAILED))

    held(world, mark, lambda: phone.tap("确认公布").toast)
    assert is_published(world)
    assert first_mark(world) == Grade.FAILED


def test_a_publication_that_waits_for_a_submission_sees_it(world: World) -> None:
    evaluated(world)
    phone, me = world.phone("administrator").say("公布"), world.me("member")
    file = world.sheet(3, Rater.COMMITTEE)
    assert file is not None
    with world.database.write() as session:
        session.execute(sa.text("UPDATE sheet SET submitted_at = NULL WHERE id = :sheet"), {"sheet": file.id})

    def submit(session: Session) -> None:
        sheets.submit(session, me=me, file=sheets.open_file(session, file.id, to_write=True))

    assert "已公布" in held(world, submit, lambda: phone.tap("确认公布").toast)
    assert is_published(world)


@pytest.mark.random
@pytest.mark.slow
def test_whichever_is_first_the_other_waits_and_nothing_is_lost(world: World) -> None:
    evaluated(world)
    press, phone, secretary = mark_of_secretary(world), world.phone("administrator"), world.phone("secretary")
    me, term, file = world.me("secretary"), world.terms[0], world.sheet(0)
    assert file is not None
    number = file.id

    def mark(session: Session) -> None:
        now = sheets.open_file(session, number, to_write=True)
        sheets.save(session, me=me, file=now, after=now.sheet.graded(1, Grade.FAILED))

    def publish(session: Session) -> None:
        terms.publish(
            session, me=world.me("administrator"), term=terms.to_publish(session, term.id), revision=1
        )

    for n in range(trials(200)):
        with world.database.write() as session:
            session.execute(sa.update(TERM).where(TERM.c.id == term.id).values(published_at=None))
        secretary.press(actions.Mark(number, 1, 2))
        if n % 2:
            said = held(world, publish, press)
            assert "的结果已公布，不能再改" in said
        else:
            phone.say("公布")
            assert held(world, mark, lambda: phone.tap("确认公布").toast).startswith("已公布")
        assert is_published(world)
        assert first_mark(world) == (Grade.EXCELLENT if n % 2 else Grade.FAILED)
    replayed: dict[int, int] = {}
    with world.database.read() as session:
        rows = session.execute(
            sa.select(HISTORY.c.item, HISTORY.c.after)
            .where(HISTORY.c.subject == "mark", HISTORY.c.subject_id == number)
            .order_by(HISTORY.c.id)
        )
        for item, after in rows:
            replayed[item] = json.loads(after)["grade"]
    now = world.sheet(0)
    assert now is not None
    assert replayed == {item: int(mark.grade) for item, mark in now.sheet.marks.items()}


# --- who is told --------------------------------------------------------------------------------------------------


def test_each_person_of_a_branch_is_told_once_with_the_own_result(desk: World, clock: Clock) -> None:
    desk.phone("secretary").say(code_for(desk, Role.OFFICER, desk.branches[2].id))
    for who in ("secretary", "officer", "secretary of 劲松", "secretary of 双龙", "secretary of 新源里"):
        desk.phone(who).say("首页")
    published(desk)
    clockwork = Clockwork(desk, clock)
    clockwork.tick()
    told = {
        who: [one for one in clockwork.wire.at(World.PERSONAS[who]) if one.title.startswith("结果公布")]
        for who in ("officer", "secretary of 双龙", "secretary")
    }
    assert [len(some) for some in told.values()] == [1, 1, 1]
    assert "总支评价已公布" not in heard(clockwork, "member"), "the committee sees it on Home"
    text = plain(told["secretary of 双龙"][0])
    assert "总支评价已公布。" in text
    assert "双龙校区：76.8 分 ★★★☆☆ 三星" in text
    assert "三星支部要制定整改措施并落实。" in text
    both = plain(told["secretary"][0])
    assert "常营主校区：80 分" in both
    assert "双龙校区：76.8 分" in both, "who sits in two branches hears of both in one message"


def test_a_letter_says_which_results_are_out_and_no_number(desk: World) -> None:
    published(desk)
    with desk.database.read() as session:
        work = Work(session, desk.me("secretary of 双龙"), desk.evidence, lambda _: [])
        mailed = letter(work, [actions.Outcome(desk.terms[0].id)])
        committees = Work(session, desk.me("member"), desk.evidence, lambda _: [])
        assert letter(committees, [actions.Outcome(desk.terms[0].id)]) is None
    assert mailed is not None
    assert mailed.lines == (
        "2026–2027学年第一学期的评定结果已公布，请打开网页查看。",
        "按2026–2027学年第一学期的评定结果，本支部需要制定整改措施，请打开网页查看。",
    )


@pytest.mark.parametrize("label", ["确认公布", "各支部可以看什么"])
def test_a_seat_that_is_gone_since_the_screen_was_drawn_opens_nothing(desk: World, label: str) -> None:
    evaluated(desk)
    phone = desk.phone("administrator").say("公布")
    with desk.database.write() as session:
        person = desk.me("administrator").person_id
        session.execute(sa.update(SEAT).where(SEAT.c.person_id == person).values(until=desk.clock()))
    phone.tap(label)
    assert phone.screen.title == "党支部星级测评"
    assert not is_published(desk)


def test_the_page_of_a_branch_wakes(desk: World) -> None:
    evaluated(desk)
    phone = desk.phone("administrator").say("公布")
    pages = watch(desk)
    phone.tap("确认公布")
    assert {"secretary", "officer", "secretary of 双龙", "member"} <= pages.woken()


def test_a_weak_category_is_named_to_its_branch(desk: World) -> None:
    evaluated(desk, 新源里="优" * 22 + "不" * 2)
    desk.phone("administrator").say("公布").tap("确认公布")
    text = desk.phone("secretary of 新源里").press(actions.Outcome(desk.terms[0].id)).text
    assert "其他工作较薄弱" in text


# --- what branches see --------------------------------------------------------------------------------------------

SENTINEL = ("100 分", "76.8", "90.4")  # the totals of the other branches


def everything_that(world: World, clock: Clock, who: str) -> str:
    """All that somebody of a branch receives: by words, buttons, forged buttons, notices and the calendar."""
    phone, term = world.phone(who), world.terms[0].id
    said: list[str] = []
    keep = phone.send

    def send(event: object) -> Phone:
        keep(event)  # type: ignore[arg-type]
        reply = phone.reply
        said.extend((plain(reply.screen), reply.toast, reply.screen.hint, *phone.labels))
        return phone

    phone.send = send  # type: ignore[method-assign]
    for word in (
        "首页",
        "排名",
        "结果",
        "上学期排名",
        "各支部多少分",
        "劲松多少分",
        "双龙几星",
        "谁第一",
        "公布",
        "公示",
        "异议",
        "差多少",
        "为什么",
        "导出",
        "台账",
    ):
        phone.say(word)
    seen: set[str] = set()
    queue: list[actions.Action] = [
        actions.Home(),
        actions.Outcome(term),
        actions.Result(world.branches[0].id, term),
    ]
    queue += [
        actions.Standings(term),
        actions.PublicNotice(term),
        actions.Objections(term),
        actions.CheckList(term),
    ]
    queue += [actions.Result(branch.id, term) for branch in world.branches]
    queue += [actions.WhyTotal(branch.id, term) for branch in world.branches]
    for branch in range(1, 4):
        file = world.sheet(branch, Rater.COMMITTEE)
        assert file is not None
        queue += [actions.Overview(file.id), actions.Card(file.id, 1), actions.AmendItems(file.id)]
    kinds: dict[type, int] = {}
    while queue:
        action = queue.pop(0)
        kind = type(action)
        if (
            wire(action) in seen
            or kinds.get(kind, 0) >= 12
            or isinstance(action, actions.SignOut | actions.Leave)
        ):
            continue
        seen.add(wire(action))
        kinds[kind] = kinds.get(kind, 0) + 1
        phone.press(action)
        queue += [button.action for button in phone.screen.buttons]
    clockwork = Clockwork(world, clock)
    clockwork.tick()
    said += [plain(message) for message in clockwork.wire.at(phone.address)]
    phone.press(actions.CalendarLink())
    key = next(part for part in phone.text.split() if "/calendar/" in part).rpartition("/calendar/")[2]
    said.append((world.conversation.calendar(key) or b"").decode())
    return "\n".join(said)


@pytest.mark.slow
@pytest.mark.parametrize("chosen", list(Openness))
def test_a_secretary_receives_another_branchs_total_only_where_that_is_opened(
    desk: World, clock: Clock, chosen: Openness
) -> None:
    for who in World.PERSONAS:
        desk.phone(who).say("首页")
    admin = published(desk)
    admin.press(actions.SetOpenness(1, int(chosen)))
    text = everything_that(desk, clock, "secretary")
    assert "80 分" in text, "the own total"
    assert [one for one in SENTINEL if one in text] == (list(SENTINEL) if chosen is Openness.TOTALS else [])
    assert ("劲松校区" in text) == (chosen is not Openness.OWN)


def test_before_publication_the_switch_opens_nothing(desk: World) -> None:
    evaluated(desk)
    desk.phone("administrator").press(actions.SetOpenness(1, 2))
    phone = desk.phone("secretary").press(actions.Standings(desk.terms[0].id))
    assert "的结果还没有公布" in phone.toast
    assert "76.8" not in phone.say("排名").text, "the newest that was published"
    assert "2025–2026" in phone.screen.title


@pytest.mark.parametrize("text", ["各支部多少分", "别的支部几星", "双龙几星", "双龙", "排名"])
def test_a_secretarys_own_words_lead_to_what_was_opened_and_else_hear_that_nothing_was(
    desk: World, text: str
) -> None:
    admin = published(desk)
    phone = desk.phone("secretary").say("首页").say(text)
    assert "没有对各支部公开" in phone.toast
    assert phone.screen.here == actions.Home()
    admin.press(actions.SetOpenness(1, 1))
    assert phone.say(text).screen.title.startswith("各支部星级")
    admin.press(actions.SetOpenness(1, 2))
    assert "双龙校区：第 4 名，76.8 分" in phone.say(text).text


def test_the_stars_alone_stand_in_the_committees_own_order(desk: World) -> None:
    published(desk).tap("各支部可以看什么").tap("看各支部的星级")
    phone = desk.phone("secretary of 双龙").say("结果").tap("看各支部")
    names = [line[0].removesuffix("（本支部）") for line in phone.screen.lines if isinstance(line, tuple)]
    assert names == [branch.name.removesuffix("党支部") for branch in desk.branches]
    assert "名" not in phone.text.replace("名称", "")


# --- 公示 ---------------------------------------------------------------------------------------------------------


def test_the_notice_names_basis_branches_days_and_who_signs(desk: World) -> None:
    phone = published(desk).tap("公示")
    line = phone.screen.lines[0]
    assert isinstance(line, tuple)
    text = line[1]
    assert isinstance(text, ToCopy)
    for part in (
        "关于2026–2027学年第一学期党支部星级评定结果的公示",
        "《北京市劲松职业高中党支部星级管理制度》",
        "1. 常营主校区党支部：四星\n2. 劲松校区党支部：五星\n3. 双龙校区党支部：三星",
        "公示期为2026年12月28日公布后的 5 个工作日",
        "至2027年1月5日止",
        "示范职业高中党总支\n2026年12月28日",
    ):
        assert part in text, part
    assert "分" not in text.replace("部分", ""), "no totals unless they are opened"
    phone.press(actions.SetOpenness(1, 2)).say("公示")
    assert "3. 双龙校区党支部：三星，76.8 分，第 4 名" in phone.text


def test_no_screen_costs_more_statements_for_more_branches(desk: World) -> None:
    published(desk)
    amended(desk).tap("确认更正")
    desk.phone("administrator").press(actions.SetOpenness(1, 2))
    term, mine = desk.terms[0].id, desk.branches[2].id
    pressed = (
        ("secretary of 双龙", actions.Outcome(term)),
        ("secretary of 双龙", actions.Result(mine, term)),
        ("secretary of 双龙", actions.Standings(term)),
        ("administrator", actions.CheckList(term)),
        ("administrator", actions.PublicNotice(term)),
    )

    def costs() -> list[int]:
        counted, statements = [], list[str]()
        note = lambda *a: statements.append(a[2])  # noqa: E731
        sa.event.listen(desk.database.engine, "before_cursor_execute", note)
        for who, action in pressed:
            phone = desk.phone(who)
            statements.clear()
            phone.press(action)
            counted.append(len(statements))
        sa.event.remove(desk.database.engine, "before_cursor_execute", note)
        return counted

    few = costs()
    with desk.database.write() as session:
        session.execute(sa.update(TERM).values(published_at=None))
        for n in range(6):
            terms.add_branch(session, committee_id=1, name=f"第{n}校区党支部", campus="")
        session.execute(sa.update(TERM).values(published_at=desk.clock()))
    assert costs() == few
    with desk.database.write() as session:
        session.execute(sa.update(TERM).values(published_at=None))
    assert "已提交 4/10" in desk.phone("administrator").press(actions.CheckList(term)).text


def test_what_is_told_is_owed_with_the_publication_or_not_at_all(world: World) -> None:
    evaluated(world)
    phone = world.phone("administrator").say("公布").tap("确认公布").tap("看排名")
    with world.database.read() as session:
        keys = session.execute(sa.select(NOTICE.c.key).where(NOTICE.c.key.startswith("p:"))).scalars().all()
        progress = results.counts(session, term_id=world.terms[0].id)
    assert len(keys) == 5
    assert progress[2] == 4
    assert "第 1 名 劲松校区" in phone.text


def test_a_branch_that_was_renamed_meanwhile_is_seen_before_it_is_published(desk: World) -> None:
    evaluated(desk)
    phone = desk.phone("administrator").say("公布")
    other = Phone(desk.conversation, "second").say(code_for(desk, Role.ADMINISTRATOR))
    other.press(actions.AskName(desk.branches[0].id)).say("常营第一党支部")
    phone.tap("确认公布")
    assert phone.toast == "评价在您确认前有改动，没有公布。请在「公布」里重新核对。"
    assert phone.say("公布").tap("确认公布").toast.startswith("已公布")
