"""删除个人资料: who is deleted is named nowhere any more, what they did stays, and nobody else loses anything."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import actions
from bot.conversation import Conversation
from bot.demo import PERSONA
from bot.permissions import Role
from bot.store import backup, self_check, terms
from bot.store.tables import ADDRESS, EVIDENCE, FEEDBACK, HISTORY, NOTICE, PERSON, SEAT
from bot.store.weblog import WebLog
from jobs.chores import clean
from tests.conftest import Clock
from tests.conversation.test_calendar_file import address
from tests.conversation.test_races import Relay
from tests.everything import everything
from tests.phone import Phone, World, code_for
from tests.wire import Clockwork

FORMER, NAME = "上官未央", '欧阳"若冰'
MAIL = "ruobing.ouyang@example.com"
GONE = "已删除的人"


def forms(text: str) -> set[bytes]:
    """How a text may lie in a file."""
    plain, escaped = (json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True))
    return {text.encode(), plain.encode(), escaped.encode(), escaped.upper().encode()}


def busy(world: World, clock: Clock) -> tuple[Phone, list[str]]:
    """The secretary of 常营 leaves a trace wherever one can; their phone, and what must be nowhere afterwards."""
    phone = world.phone("secretary")
    phone.say("我的职务").tap("改称呼").say(FORMER)
    phone.say("我的职务").tap("改称呼").say(NAME)
    phone.say("提意见").say(f"我是{NAME}，请多关照")
    phone.say("自评").tap("目录").tap("7").say(f"2.5 {NAME}缺一次记录", message="m1")
    phone.press(phone.screen.here)
    sheet = world.sheet(0)
    assert sheet is not None
    phone.press(actions.Note(sheet.id, 8)).say(f"{NAME}核对过", message="m2")
    phone.press(actions.Card(sheet.id, 9)).attach(f"{NAME}讲党课.png")
    phone.press(actions.Card(sheet.id, 10)).say(f"3人请假，{NAME}", message="m3")
    phone.say("提醒设置").tap("邮件提醒").say(MAIL)
    key = address(phone.say("日历订阅").tap("生成地址")).rpartition("/")[2].partition(".")[0]
    phone.say("我的职务").tap("邀请支委")
    invited = next(line[1] for line in phone.screen.lines if line[0] == "邀请码")
    phone.say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    login = next(line[1] for line in phone.screen.lines if line[0] == "登录码")
    other = Phone(world.conversation, "the-other-phone-of-them").say(login)
    other.say("自评")
    WebLog(world.database).append(phone.address, True, "", (f"{NAME}说",), clock())
    administrator = world.PERSONAS["administrator"]
    WebLog(world.database).append(administrator, False, f"人员 · {NAME}", ("一行",), clock())
    return phone, [FORMER, NAME, NAME[:2], MAIL, key, invited, "the-other-phone-of-them"]


def delete(world: World, name: str = NAME) -> Phone:
    """An administrator deletes somebody who still holds a seat."""
    phone = world.phone("administrator").say("人员").turn_to(name).tap(name).tap("删除个人资料")
    return phone.tap("确认删除")


def traces(world: World, *words: str) -> list[str]:
    """In which rows one of these stands."""
    found = []
    for table, rows in everything(world.database).items():
        for row in rows:
            texts = [value.encode() for value in row if isinstance(value, str)]
            found += [
                f"{table}: {word}: {row}"
                for word in words
                for text in texts
                if any(f in text for f in forms(word))
            ]
    return found


@pytest.mark.slow
def test_nothing_in_any_row_names_who_was_deleted(world: World, clock: Clock) -> None:
    phone, words = busy(world, clock)
    number = world.me("secretary").person_id
    assert traces(world, NAME)
    done = delete(world)
    assert done.toast == "已删除这位同志的个人资料"
    assert traces(world, *words) == []
    assert world.conversation.who("web", phone.address).person_id is None
    with world.database.read() as session:
        row = session.execute(
            sa.select(PERSON.c.name, PERSON.c.deleted_at).where(PERSON.c.id == number)
        ).one()
        assert row.name == GONE
        assert row.deleted_at is not None
        assert not session.execute(sa.select(ADDRESS.c.id).where(ADDRESS.c.person_id == number)).all()
        assert not session.execute(sa.select(NOTICE.c.id).where(NOTICE.c.person_id == number)).all()
    assert list(self_check.findings(world.database, world.evidence, lambda: None)) == []


def test_what_they_did_stays_and_says_a_neutral_word(world: World, clock: Clock) -> None:
    busy(world, clock)
    before = world.sheet(0)
    delete(world)
    sheet = world.sheet(0)
    assert before is not None
    assert sheet is not None
    assert sheet.sheet.total == before.sheet.total
    assert sheet.sheet.marks[7].reason == f"{GONE}缺一次记录"
    assert sheet.written[8].note == f"{GONE}核对过"
    assert sheet.written[8].by == GONE
    with world.database.read() as session:
        names = session.execute(sa.select(EVIDENCE.c.name).where(EVIDENCE.c.item == 9)).scalars().all()
        assert list(names) == ["材料.png"]
        assert f"我是{GONE}，请多关照" in session.execute(sa.select(FEEDBACK.c.text)).scalars().all()
    inbox = world.phone("administrator").say("意见箱")
    assert GONE in inbox.text
    assert world.phone("officer").press(actions.Card(sheet.id, 9)).tap("依据").text.count(GONE) >= 1


def test_no_byte_of_any_file_names_them(desk: World, clock: Clock, capfd: pytest.CaptureFixture[str]) -> None:
    _, words = busy(desk, clock)
    delete(desk)
    Clockwork(desk, clock).tick()
    backup.backup(desk.database, desk.folder / "evidence", desk.folder / "next.zip", lambda *_: None)
    logged = capfd.readouterr()
    file = Path(str(desk.database.url.database))
    files = [*file.parent.glob(f"{file.name}*"), *desk.folder.rglob("*")]
    assert len(files) >= 4
    for word in words:
        assert word not in logged.out + logged.err
        for form in forms(word):
            for path in files:
                assert form not in str(path).encode()
                assert not path.is_file() or form not in path.read_bytes(), (word, path)


def test_a_file_that_somebody_reads_meanwhile_is_shredded_at_night(desk: World, clock: Clock) -> None:
    busy(desk, clock)
    file, engine = Path(str(desk.database.url.database)), desk.database.engine
    desk.database.close()
    sa.event.listen(engine, "connect", impatient)
    try:
        with desk.database.read() as session:
            session.execute(sa.select(PERSON.c.name)).all()
            assert delete(desk).toast == "已删除这位同志的个人资料"
            assert left_in(file, NAME[:2]), "who reads sees what was there"
        clean(desk.database, desk.folder / "evidence", clock(), lambda: None)
    finally:
        sa.event.remove(engine, "connect", impatient)
        desk.database.close()
    assert not left_in(file, NAME[:2])


def impatient(connection: Any, _: object) -> None:
    connection.execute("PRAGMA busy_timeout=1").close()


def left_in(file: Path, word: str) -> bool:
    """Whether a database's files have a word in them."""
    return any(word.encode() in path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def test_what_others_typed_is_theirs(world: World, clock: Clock) -> None:
    busy(world, clock)
    sheet = world.sheet(0)
    assert sheet is not None
    world.phone("officer").press(actions.Note(sheet.id, 12)).say(f"听{NAME}说的")
    asked = world.phone("administrator").say("人员").turn_to(NAME).tap(NAME).tap("删除个人资料")
    assert "别人写的文字里提到的称呼不改" in asked.text
    asked.tap("确认删除")
    kept = world.sheet(0)
    assert kept is not None
    assert kept.written[12].note == f"听{NAME}说的"


def test_a_name_that_is_a_role_is_not_taken_out_of_texts(desk: World) -> None:
    Phone(desk.conversation, "new").say(code_for(desk, Role.OFFICER, desk.branches[0].id))
    new = Phone(desk.conversation, "new")
    sheet = new.say("自评").at("sheet")
    new.press(actions.Note(sheet, 8)).say("支委都到了")
    desk.phone("administrator").say("人员").turn_to("支委").press(
        actions.Forget(1, desk.conversation.who("web", "new").person_id or 0)
    )
    file = desk.sheet(0)
    assert file is not None
    assert file.written[8].note == "支委都到了"


def test_it_is_four_taps_from_home_and_is_asked_first(desk: World) -> None:
    desk.phone("administrator").press(actions.RemoveSeat(desk.me("secretary").seats[0].id))
    phone = desk.phone("administrator").say("首页").tap("人员").tap("已离任").tap("常营主校区书记")
    assert phone.screen.title == "删除个人资料？"
    assert "离任：常营主校区党支部 支部书记，2026年12月28日止" in phone.text
    for promise in ("称呼、聊天和登录", "改成「已删除的人」", "不能恢复", "备份"):
        assert promise in phone.text
    before = everything(desk.database, "address")
    assert phone.tap("不删除").screen.title.startswith("已离任")
    assert everything(desk.database, "address") == before
    phone.tap("常营主校区书记").tap("确认删除")
    assert phone.screen.title.startswith("已离任")
    assert "还没有人离任。" in phone.text


def test_somebodys_data_is_deleted_by_a_word_that_names_them(desk: World) -> None:
    phone = desk.phone("administrator").say("删除双龙校区书记的资料")
    assert ("称呼", "双龙校区书记") in phone.screen.lines
    assert phone.labels == ["确认删除", "不删除"]
    assert desk.phone("administrator").say("删除双龙校区书记").screen.title == "移除职务？", "the seat alone"
    assert desk.phone("member").say("删除双龙校区书记的资料").screen.title != "删除个人资料？"


def test_the_screen_says_how_long_a_backup_holds_it(desk: World) -> None:
    desk.conversation = Conversation(desk.database, desk.evidence, desk.clock, lambda _: [], backups=14)
    person = desk.me("secretary").person_id or 0
    phone = desk.phone("administrator").press(actions.AskForget(1, person))
    assert "最多留 14 份" in phone.text
    assert "先移除职务：常营主校区党支部 支部书记" in phone.text


def test_who_left_deletes_themselves_on_the_privacy_screen(world: World) -> None:
    phone = world.phone("secretary")
    assert "删除我的资料" not in phone.say("隐私").labels
    assert phone.press(actions.ForgetMe()).toast == "您还有职务。请先在「我的职务」里全部退出，再删除。"
    person = world.me("secretary").person_id
    phone.say("我的职务").tap("退出").tap("确认退出")
    asked = phone.tap("隐私说明").tap("删除我的资料")
    assert "删除后不能恢复" in asked.text
    done = asked.tap("确认删除")
    assert done.toast == "已删除您的个人资料"
    assert "退出登录" not in done.labels
    with world.database.read() as session:
        assert session.execute(sa.select(PERSON.c.name).where(PERSON.c.id == person)).scalar_one() == GONE
        assert not session.execute(sa.select(ADDRESS.c.id).where(ADDRESS.c.external == phone.address)).all()
    assert phone.press(actions.ForgetMe()).screen.title == "党支部星级测评"
    again = phone.say(code_for(world, Role.OFFICER, world.branches[0].id))
    assert again.reply.receipt is not None
    assert world.me("secretary").person_id != person


def test_nobody_is_deleted_who_must_stay(desk: World) -> None:
    administrator, member = desk.phone("administrator"), desk.me("member").person_id or 0
    own = desk.me("administrator").person_id or 0
    for action in (actions.AskForget(1, own), actions.Forget(1, own)):
        assert administrator.press(action).toast.startswith("这是您自己。")
    for action in (actions.AskForget(1, 999), actions.Forget(1, 999), actions.Forget(2, member)):
        before = everything(desk.database, "address")
        assert "删除" not in administrator.press(action).toast
        assert everything(desk.database, "address") == before
    assert desk.phone("member").press(actions.Forget(1, own)).toast.startswith("人员由管理员查看和调整")
    administrator.press(actions.Forget(1, member))
    assert "没有找到这位同志" in administrator.press(actions.Forget(1, member)).toast
    assert administrator.say("我的职务").tap("改称呼").say(GONE).toast.startswith("这个称呼用来表示")


def test_who_sits_in_another_committee_stays(world: World) -> None:
    person = world.me("secretary").person_id
    with world.database.write() as session:
        number = terms.add_committee(session, name="邻校党总支", edition="jinsong_2017")
        session.execute(
            sa.insert(SEAT).values(committee_id=number, person_id=person, role=3, since=world.clock())
        )
    phone = world.phone("administrator")
    for action in (actions.AskForget(1, person or 0), actions.Forget(1, person or 0)):
        assert phone.press(action).toast.startswith("这位同志在别的党总支还有职务")
    assert len(world.me("secretary").seats) == 2


def test_the_people_of_the_demo_stay(desk: World) -> None:
    demo = Conversation(desk.database, desk.evidence, desk.clock, lambda _: [], kept=PERSONA)
    person = desk.me("secretary").person_id or 0
    phone = Phone(demo, desk.PERSONAS["administrator"]).press(actions.Forget(1, person))
    assert phone.toast == "演示里的身份一直保留，不能删除。"
    assert desk.me("secretary").known


def test_their_codes_let_nobody_in(desk: World, clock: Clock) -> None:
    _, words = busy(desk, clock)
    invited = next(
        word for word in words if (len(word) == 9 and "-" in word) or (len(word) == 8 and word.isascii())
    )
    delete(desk)
    assert Phone(desk.conversation, "finder").say(invited).reply.receipt is None


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
@pytest.mark.parametrize("first", ["secretary", "administrator"])
def test_a_tap_under_way_counts_before_or_is_refused(world: World, first: str) -> None:
    person = world.me("secretary").person_id or 0
    second = "administrator" if first == "secretary" else "secretary"
    sheet = world.phone("secretary").say("自评").at("sheet")
    relay, before = Relay((first, second)), len(marks(world))

    def taps(decisive: Callable[[], None]) -> str:
        decisive()
        return world.phone("secretary").press(actions.Mark(sheet, 7, 0)).toast

    def deletes(decisive: Callable[[], None]) -> str:
        decisive()
        return world.phone("administrator").press(actions.Forget(1, person)).toast

    with relay.on(world.database):
        told = relay.run({"secretary": taps, "administrator": deletes})
    assert told["administrator"] == "已删除这位同志的个人资料"
    assert len(marks(world)) - before == ("已存" in told["secretary"]) == (first == "secretary")
    assert list(self_check.findings(world.database, world.evidence, lambda: None)) == []


def marks(world: World) -> list[int]:
    """The numbers of all changes of marks."""
    with world.database.read() as session:
        return list(session.execute(sa.select(HISTORY.c.id).where(HISTORY.c.subject == "mark")).scalars())


def test_an_answer_that_they_did_not_send_goes_with_them(desk: World) -> None:
    leaves = Phone(desk.conversation, "leaves", name=NAME)
    leaves.say(code_for(desk, Role.ADMINISTRATOR))
    desk.phone("officer").say("提意见").say("字太小")
    leaves.say("意见").tap("答复 1").say(f"{NAME}：我来改")
    assert traces(desk, NAME)
    delete(desk)
    assert traces(desk, NAME, "我来改") == []
    assert "请输入答复" in desk.phone("administrator").say("意见").tap("答复 1").text
