"""一次邀请多人: codes for many seats in one go, on a sheet to print; a list that is shown before there are codes."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import segno
import sqlalchemy as sa
import structlog
from PIL import Image

from bot.actions import CodeCard, CodeSheet, InviteMany, MakeCodes
from bot.conversation import Conversation
from bot.dialogue.work import Links
from bot.message import Attachment, Made
from bot.paper.charts import Slip
from bot.permissions import Role
from bot.store import terms
from bot.store.tables import HISTORY, INVITATION
from tests.conftest import Clock
from tests.everything import everything
from tests.phone import Phone, World, code_for
from tests.rendering import needs_libreoffice, printed

LIST = "王芳 书记 东坝支部\n支委：李明，双龙校区\n张华 总支委员"


def with_branches(world: World, *names: str) -> None:
    with world.database.write() as session:
        for name in names:
            terms.add_branch(session, committee_id=1, name=f"{name}党支部", campus="")


def open_codes(world: World) -> dict[str, tuple[int | None, int]]:
    """The branch and role of each code that nobody used."""
    with world.database.read() as session:
        i = INVITATION.c
        rows = session.execute(
            sa.select(i.code, i.branch_id, i.role).where(i.uses_left > 0, i.ended_at.is_(None))
        )
        return {code: (branch, role) for code, branch, role in rows.all()}


def file_of(phone: Phone) -> Attachment:
    file = phone.screen.attachment
    assert file is not None
    return file


def document(phone: Phone) -> str:
    """What stands in the sheet that is attached, as XML."""
    with ZipFile(BytesIO(file_of(phone).read())) as parts:
        return parts.read("word/document.xml").decode()


def slip_of(phone: Phone) -> Slip:
    """The picture of the first code of a sheet."""
    shown = phone.press(next(b.action for b in phone.screen.buttons if isinstance(b.action, CodeCard)))
    drawn = file_of(shown).data
    assert isinstance(drawn, Slip)
    return drawn


def conversation(world: World, links: Links, *channels: str) -> Phone:
    """The administrator's phone where other channels run."""
    talk = Conversation(world.database, world.evidence, world.clock, links, channels=set(channels))
    return Phone(talk, world.PERSONAS["administrator"])


@pytest.fixture
def sheet(desk: World) -> Phone:
    """The administrator before a sheet of one code."""
    with_branches(desk, "东坝")
    return desk.phone("administrator").press(MakeCodes(1))


# --- every branch without a secretary -----------------------------------------------------------------------------


@pytest.mark.slow
def test_nine_branches_get_their_codes_in_four_taps_on_two_pages_to_cut(
    world: World, tmp_path: Path, clock: Clock
) -> None:
    names = [f"第{n}联合" for n in "一二三四五六七八九"]
    with_branches(world, *names)
    phone = world.phone("administrator").say("首页").tap("人员").tap("邀请人员").tap("一次邀请多人")
    assert "第九联合党支部" in phone.text
    assert open_codes(world) == {}
    phone.tap("给这 9 个支部的书记生成邀请码")
    assert phone.toast == "已生成 9 个邀请码"
    codes = open_codes(world)
    with world.database.read() as session:
        new = {b.id for b in terms.branches_of(session, 1) if "联合" in b.name}
    assert set(codes.values()) == {(branch, int(Role.SECRETARY)) for branch in new}
    said, name = document(phone), file_of(phone).name
    assert all(f"{code[:4]} {code[4:]}" in said for code in codes)
    assert all(f"{one}党支部" in said for one in names)
    assert said.count("<pic:pic") == 9
    assert name == "2026-12-28 示范职业高中党总支 邀请码单.docx"
    assert "共 9 个，每页 8 张" in phone.text
    assert sum(label.startswith("图 ") for label in phone.labels) == 9, (
        "one that would be left stands there too"
    )
    code, (branch, _) = next(iter(codes.items()))
    newcomer = Phone(world.conversation, "newcomer").say(code)
    assert newcomer.reply.receipt is not None
    assert world.conversation.who("web", "newcomer").seats[0].branch_id == branch
    assert f"{code[:4]} {code[4:]}" not in document(phone.press(CodeSheet(1, 0))), (
        "what is used is not printed"
    )


@pytest.mark.slow
@needs_libreoffice
def test_eight_slips_stand_on_a_page_of_a4(desk: World, tmp_path: Path) -> None:
    long = "北京市劲松职业高中常营校区与双龙校区联合第一"
    with_branches(desk, long, *(f"第{n}联合" for n in range(8)))
    phone = desk.phone("administrator").press(MakeCodes(1))
    pages = printed(file_of(phone).read(), "docx", tmp_path)
    assert [round(page.width) for page in pages] == [210, 210]
    assert [page.text.count("邀请码") >= count for page, count in zip(pages, (8, 1), strict=True)] == [
        True,
        True,
    ]
    assert [page.text.count("有效期到1月11日09:05") for page in pages] == [8, 1]
    assert pages[0].text.count("企业微信：打开机器人，发邀请码") == 8, (
        "the last line of each slip is not cut off"
    )


def test_a_branch_that_has_a_secretary_or_a_code_gets_no_other_one(desk: World, sheet: Phone) -> None:
    made = open_codes(desk)
    assert len(made) == 1
    sheet.press(MakeCodes(1))
    assert sheet.toast == "没有缺书记的支部，没有生成"
    assert open_codes(desk) == made
    assert "各支部都有书记，或已有没用的书记邀请码。" in sheet.press(InviteMany(1)).text
    sheet.tap("打印未用的 1 个邀请码").tap("取消邀请码").tap("取消 ")
    assert open_codes(desk) == {}
    assert "给这 1 个支部的书记生成邀请码" in sheet.press(InviteMany(1)).labels


def test_nobody_elses_codes_are_printed(desk: World, sheet: Phone) -> None:
    Phone(desk.conversation, "another").say(code_for(desk, Role.ADMINISTRATOR))
    (code,) = open_codes(desk)
    another = Phone(desk.conversation, "another").press(CodeSheet(1, 0))
    assert another.screen.attachment is None
    assert "没有您发的、还没用的邀请码。" in another.text
    assert code in document(sheet).replace(" ", "")


# --- a list -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_list_is_shown_and_made_into_codes_once(world: World) -> None:
    with_branches(world, "东坝")
    phone = world.phone("administrator").say("打印邀请码").say(LIST)
    assert phone.screen.title == "核对名单"
    assert [line for line in phone.screen.lines if isinstance(line, tuple)] == [
        ("1", "王芳，东坝党支部 支部书记"),
        ("2", "李明，双龙校区党支部 支委"),
        ("3", "张华，总支委员"),
    ]
    assert open_codes(world) == {}
    make = phone.screen.buttons[0].action
    phone.tap("生成 3 个邀请码")
    made = open_codes(world)
    double = world.branches[2].id
    assert sorted(role for _, role in made.values()) == [1, 2, 3]
    assert (double, int(Role.OFFICER)) in made.values()
    said = document(phone)
    assert all(name in said for name in ("王芳", "李明", "张华"))
    assert ("1. 王芳", "东坝党支部 支部书记，到 1月11日 09:05") in phone.screen.lines
    phone.press(make)
    assert "已经生成了" in phone.toast
    assert open_codes(world) == made


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("李明 双龙支部", "没有写清职务"),
        ("李明 支委", "没有写清支部"),
        ("李明 支委 天宫支部", "没有写清支部"),
        ("李明 总支委员 双龙支部", "总支委员不属于支部"),
        ("李明 书记 支委 双龙支部", "没有写清职务"),
        ("李明 王芳 支委 双龙支部", "没看懂"),
        ("李明 书记 双龙支部", "已有书记"),
        ("东坝支部书记 李明", "已有书记"),  # by the first line, which the second one repeats
        (f"{'李' * 21} 支委 双龙支部", "没看懂"),
        ("李明 支委 校区", "没有写清支部"),
    ],
)
def test_a_line_that_is_not_understood_is_named_and_nothing_is_made(desk: World, line: str, why: str) -> None:
    with_branches(desk, "东坝")
    phone = desk.phone("administrator").press(InviteMany(1))
    before = everything(desk.database, "address")
    phone.say(f"王芳 书记 东坝支部\n{line}")
    assert phone.toast.startswith("第 2 行")
    assert why in phone.toast
    assert "一个码也没有生成" in phone.toast
    assert len(phone.toast) <= 120
    assert phone.screen.title == "一次邀请多人", "the screen stays where it was"
    assert everything(desk.database, "address") == before


def test_a_list_that_is_too_long_is_refused_and_a_word_still_works(desk: World) -> None:
    phone = desk.phone("administrator").press(InviteMany(1)).say("支委 双龙\n" * 41)
    assert "一次最多 40 行，这里有 41 行" in phone.toast
    assert phone.say("首页").screen.title.startswith("您好")


def test_a_seat_that_was_filled_meanwhile_is_named_and_nothing_is_made(desk: World) -> None:
    with_branches(desk, "东坝")
    phone = desk.phone("administrator").press(InviteMany(1)).say(LIST)
    with desk.database.read() as session:
        branch = terms.branches_of(session, 1)[-1].id
    Phone(desk.conversation, "quicker").say(code_for(desk, Role.SECRETARY, branch))
    phone.tap("生成 3 个邀请码")
    assert "东坝党支部已有书记" in phone.toast
    assert open_codes(desk) == {}


# --- what a slip says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("links", "channels", "leads", "ways"),
    [
        (
            [("网页", "https://xingji.example/join/{}"), ("Telegram", "https://t.me/x?start={}")],
            ("web", "telegram", "wecom"),
            "https://xingji.example/join/{}",
            ["网页：扫码加入", "Telegram：打开机器人，发邀请码", "企业微信：打开机器人，发邀请码"],
        ),
        (
            [("网页", "http://127.0.0.1:8000/join/{}"), ("Telegram", "https://t.me/x?start={}")],
            ("web", "telegram"),
            "https://t.me/x?start={}",
            ["网页：打开网页，输入邀请码", "Telegram：扫码开始"],
        ),
        ([("网页", "http://localhost:8000/join/{}")], ("web",), "{}", ["网页：打开网页，输入邀请码"]),
        ([("网页", "http://0.0.0.0:8000/join/{}")], ("web",), "{}", ["网页：打开网页，输入邀请码"]),
        ([], ("wecom", "mail"), "{}", ["企业微信：打开机器人，发邀请码"]),
    ],
)
def test_its_qr_code_leads_where_people_come_in_from_outside_or_says_the_code(
    desk: World,
    sheet: Phone,
    links: list[tuple[str, str]],
    channels: tuple[str, ...],
    leads: str,
    ways: list[str],
) -> None:
    (code,) = open_codes(desk)
    phone = conversation(desk, lambda code: [(word, link.format(code)) for word, link in links], *channels)
    slip = slip_of(phone.press(CodeSheet(1, 0)))
    assert slip.leads == leads.format(code)
    assert list(slip.ways) == ways
    assert slip.whom == ("东坝党支部", "支部书记")
    assert slip.until == "有效期到 1月11日 09:05，用一次"


def test_its_picture_shows_the_qr_code_module_by_module(sheet: Phone) -> None:
    slip = slip_of(sheet)
    assert sheet.screen.title == "邀请码转发图"
    picture = Image.open(BytesIO(file_of(sheet).read())).convert("L")
    assert picture.width == 1080
    modules = [bytes(row) for row in segno.make(slip.leads, error="m").matrix]
    dark = picture.point(lambda value: 255 if value < 20 else 0)
    size = 600 // (len(modules) + 8)
    left = (1080 - size * len(modules)) // 2
    top = 330 + 70 * len(slip.whom) + (600 - size * len(modules)) // 2
    read = [
        bytes(
            dark.getpixel((left + size * x + size // 2, top + size * y + size // 2)) == 255
            for x in range(len(modules))
        )
        for y in range(len(modules))
    ]
    assert read == modules


def test_of_a_code_that_is_used_or_moves_a_seat_there_is_no_picture(desk: World, sheet: Phone) -> None:
    (code,) = open_codes(desk)
    picture = next(b.action for b in sheet.screen.buttons if isinstance(b.action, CodeCard))
    Phone(desk.conversation, "newcomer").say(code)
    assert "已经用过，没有图可发" in sheet.press(picture).toast
    secretary = desk.phone("secretary").say("我的职务").tap("移交")
    assert "转发图" not in secretary.labels
    secretary.press(CodeCard(secretary.at("invitation")))
    assert "移交码请直接发给本人" in secretary.toast


@pytest.mark.slow
def test_a_code_stands_in_no_log_no_name_of_a_file_and_no_history(desk: World) -> None:
    with_branches(desk, "东坝")
    with structlog.testing.capture_logs() as logged:
        phone = desk.phone("administrator").press(MakeCodes(1))
        file = file_of(phone)
        file.read()
        card = file_of(
            phone.press(next(b.action for b in phone.screen.buttons if isinstance(b.action, CodeCard)))
        )
        card.read()
    (code,) = open_codes(desk)
    assert isinstance(file.data, Made)
    names = [repr(logged), file.name, file.data.name, repr(file), card.name]
    assert not any(code in name for name in names)
    with desk.database.read() as session:
        said = session.execute(sa.select(HISTORY.c.after).where(HISTORY.c.subject == "invitation")).scalars()
        assert not any(code in after for after in said)


def test_who_is_no_administrator_is_told_so(desk: World) -> None:
    for who in ("secretary", "member", "officer"):
        phone = desk.phone(who).press(InviteMany(1))
        assert phone.toast == "邀请由管理员发出；支部书记可以邀请本支部的支委。"
