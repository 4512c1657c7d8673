"""The webhook of a group against a strict one on loopback: what stands in the group, and what goes wrong."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa
import structlog
from PIL import Image

from bot.actions import AskPost
from bot.channels.channel import Off, SettingsRefusedError
from bot.channels.wecom import made_group
from bot.channels.wecom.frames import UnansweredError
from bot.channels.wecom.group import Webhook
from bot.channels.wecom.tables import rows_in
from bot.delivery import LimitedError, NotSentError, UndeliverableError
from bot.message import Attachment, Cells, Message
from bot.permissions import Openness
from bot.settings import Settings
from bot.store.tables import NOTICE
from bot.values import WEBHOOK
from tests.channels.wecom_fakes import Hands
from tests.conftest import Clock
from tests.nursery import free_port
from tests.phone import World, picture
from tests.posted import ADDRESS, Group, asked, switched_on
from tests.published import published
from tests.wecom_api import Fault
from tests.wecom_group import KEY, PICTURE, TEXT, GroupApi

TABLE = Message("排名", (("甲", Cells("100 分", "1", "甲")),), columns=("名次", "支部"))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
async def api(hands: Hands) -> AsyncIterator[GroupApi]:
    async with GroupApi(hands) as api:
        yield api


@asynccontextmanager
async def webhook(api: GroupApi, key: str = KEY) -> AsyncIterator[Webhook]:
    channel = Webhook(api.url, key, ADDRESS)
    try:
        yield channel
    finally:
        await channel.close()


async def sent(api: GroupApi, group: Group, rounds: int = 3) -> None:
    """The channel carries what is due, as the program does."""
    async with webhook(api) as channel:
        postman = group.hire("one", {"web": group.wire, WEBHOOK: channel})
        for _ in range(rounds):
            while await postman.round():
                pass
            group.clock.forward(seconds=4)


def posted(world: World, clock: Clock, openness: Openness = Openness.TOTALS) -> Group:
    """A published term that the administrator sends into the open group."""
    published(world)
    switched_on(world, openness)
    asked(world).tap("确认发送")
    return Group(world, clock)


def in_workbook(data: bytes) -> list[list[object]]:
    """What stands in a workbook, below its title."""
    sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]


# --- what stands in the group -------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_the_group_gets_the_standings_as_table_picture_and_workbook(
    world: World, clock: Clock, api: GroupApi
) -> None:
    group = posted(world, clock)
    shown = world.phone("administrator").press(AskPost(world.terms[0].id)).screen
    rows = [line[1].cells for line in shown.lines if isinstance(line, tuple) and isinstance(line[1], Cells)]
    await sent(api, group)
    assert [one.kind for one in api.seen] == ["markdown_v2", "image", "file"]
    table, drawn, file = api.seen
    assert rows_in(table.text) == (("名次", "支部", "总分", "星级"), *rows)
    assert rows[0] == ("1", "劲松校区", "100 分", "五星")
    assert table.text.startswith(
        "排名 · 2026–2027学年第一学期  \n示范职业高中党总支，12月28日公布。\n\n| 名次 |"
    )
    assert Image.open(BytesIO(drawn.data)).format == "PNG"
    assert file.name == "2026–2027学年第一学期 星级评定结果.xlsx"
    assert in_workbook(file.data) == [
        ["名次", "党支部", "总分", "星级"],
        ["1", "劲松校区党支部", 100, "五星"],
        ["2", "新源里校区党支部", 90.4, "五星"],
        ["3", "常营主校区党支部", 80, "四星"],
        ["4", "双龙校区党支部", 76.8, "三星"],
    ]
    assert api.refused == []


async def test_where_stars_alone_are_open_neither_totals_nor_places_leave(
    desk: World, clock: Clock, api: GroupApi
) -> None:
    await sent(api, posted(desk, clock, Openness.STARS))
    assert [one.kind for one in api.seen] == ["markdown_v2", "file"]
    table, file = api.seen
    assert rows_in(table.text)[0] == ("支部", "星级")
    assert in_workbook(file.data)[0] == ["党支部", "星级"]
    assert "76" not in table.text


async def test_sixty_long_names_are_cut_between_rows(api: GroupApi) -> None:
    name = "某某职业高中常营校区与双龙校区联合第一"
    rows = tuple((f"{name}{n}", Cells("", str(n), f"{name}{n}", "100 分", "五星")) for n in range(1, 61))
    async with webhook(api) as channel:
        await channel.push(
            ADDRESS, Message("排名", rows, columns=("名次", "支部", "总分", "星级")), stands=False
        )
    [text] = [one.text for one in api.seen]
    assert TEXT - 100 < len(text.encode()) <= TEXT
    *whole, last = text.split("\n")
    assert last == "…"
    kept = rows_in("\n".join(whole))[1:]
    assert kept == tuple(line[1].cells for line in rows[: len(kept)])


async def test_a_picture_that_is_too_large_goes_as_a_file(api: GroupApi) -> None:
    large = b"\x89PNG\r\n\x1a\n" + bytes(PICTURE)
    async with webhook(api) as channel:
        for name, data in (("图.png", picture()), ("大图.png", large)):
            await channel.push(
                ADDRESS, Message("", attachment=Attachment(name, "image/png", data)), stands=False
            )
    assert [(one.kind, one.name, one.data) for one in api.seen] == [
        ("image", "", picture()),
        ("file", "大图.png", large),
    ]


# --- how fast -----------------------------------------------------------------------------------------------------


async def test_fifty_messages_take_minutes_and_none_is_refused(
    api: GroupApi, monkeypatch: pytest.MonkeyPatch, hands: Hands
) -> None:
    """The server's clock and the program's are one; whoever waits moves it on."""
    loop, start = asyncio.get_running_loop(), hands.now
    clock = loop.time
    async with webhook(api) as channel:
        monkeypatch.setattr(loop, "time", lambda: clock() + hands.now - start)
        api.seconds = loop.time
        for _ in range(50):
            hands.now += channel._quota.wait(ADDRESS)
            await channel.turn(ADDRESS)
            await channel.push(ADDRESS, TABLE, stands=False)
    print(f"50 messages: {hands.now - start:.0f} s")
    assert (len(api.seen), api.refused) == (50, [])
    assert hands.now - start > 100


async def test_the_21st_of_a_minute_is_refused_and_is_a_limit(api: GroupApi) -> None:
    async with webhook(api) as one, webhook(api) as other:  # two processes know nothing of each other
        for channel in (one, other):
            for _ in range(10):
                await channel.push(ADDRESS, TABLE, stands=False)
        with pytest.raises(LimitedError) as caught:
            await other.push(ADDRESS, TABLE, stands=False)
    assert caught.value.wait == 60
    assert api.refused == [("send", 45009)]


# --- what goes wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(-1), NotSentError),
        (Fault(45009), LimitedError),
        (Fault(45033), LimitedError),
        (Fault(93000), UndeliverableError),
        (Fault(40058), UndeliverableError),
        (Fault(99999), UndeliverableError),
        (Fault(drop=True), UnansweredError),
        (Fault(drop=True, after=True), UnansweredError),
        (Fault(page=502), UnansweredError),
    ],
)
async def test_each_answer_is_what_delivery_sorts_by(
    api: GroupApi, fault: Fault, error: type[Exception]
) -> None:
    api.fail(fault)
    async with webhook(api) as channel:
        with pytest.raises(error) as caught:
            await channel.push(ADDRESS, TABLE, stands=False)
        assert KEY not in repr(caught.value)
        await channel.push(ADDRESS, TABLE, stands=False)
    assert len(api.seen) == 1 + (fault.after is True)


async def test_an_upload_without_an_answer_is_surely_not_in_the_group(api: GroupApi) -> None:
    async with webhook(api) as channel:
        await api.__aexit__()
        with pytest.raises(NotSentError):
            await channel.push(
                ADDRESS, Message("", attachment=Attachment("表.xlsx", XLSX, bytes(9))), stands=False
            )
        await api.__aenter__()


async def test_another_group_is_sent_nothing(api: GroupApi) -> None:
    async with webhook(api) as channel:
        with pytest.raises(UndeliverableError):
            await channel.push("fedcba9876543210", TABLE, stands=False)
    assert sum(api.calls.values()) == 0


@pytest.mark.slow
async def test_a_lost_answer_is_said_and_nothing_comes_twice(
    desk: World, clock: Clock, api: GroupApi
) -> None:
    group = posted(desk, clock)
    api.fail(Fault(drop=True, after=True))
    await sent(api, group)
    clock.forward(hours=1)
    await sent(api, group)
    assert [one.kind for one in api.seen] == ["markdown_v2", "image", "file"]
    phone = desk.phone("administrator").press(AskPost(desk.terms[0].id))
    assert "不知道有没有发到" in phone.text
    phone.tap("再发一次")
    await sent(api, group)
    assert [one.kind for one in api.seen][3:] == ["markdown_v2"], "as somebody wanted"


@pytest.mark.slow
async def test_a_group_that_was_left_says_why_and_takes_it_once_the_key_is_right(
    desk: World, clock: Clock, api: GroupApi
) -> None:
    group = posted(desk, clock)
    api.fail(*[Fault(93000)] * 3)
    await sent(api, group)
    assert api.seen == []
    phone = desk.phone("administrator").press(AskPost(desk.terms[0].id))
    assert "企业微信不认识这个群机器人（93000）" in phone.text
    phone.tap("再发一次")
    await sent(api, group)
    assert [one.kind for one in api.seen] == ["markdown_v2", "image", "file"]


@pytest.mark.slow
async def test_a_busy_server_is_asked_again_and_a_limit_is_waited_for(
    desk: World, clock: Clock, api: GroupApi
) -> None:
    group = posted(desk, clock)
    api.fail(Fault(-1), Fault(45009))
    await sent(api, group)
    assert [one.kind for one in api.seen] == ["file"]
    clock.forward(minutes=2)
    await sent(api, group)
    assert sorted(one.kind for one in api.seen) == ["file", "image", "markdown_v2"]


@pytest.mark.slow
async def test_a_process_that_dies_between_the_group_and_the_answer_leaves_no_second_table(
    desk: World, clock: Clock, api: GroupApi
) -> None:
    group, gone = posted(desk, clock), asyncio.Event()
    api.fail(Fault(until=gone))
    async with webhook(api) as channel:
        postman = group.hire("one", {WEBHOOK: channel})
        dying = asyncio.create_task(postman.round())
        await api.until(lambda: api.calls["send"])
        dying.cancel()
    gone.set()
    clock.forward(seconds=130)  # its lease is over
    await sent(api, group)
    await sent(api, group)
    assert sorted(one.kind for one in api.seen) == ["file", "image", "markdown_v2"]
    with desk.database.read() as session:
        states = session.execute(sa.select(NOTICE.c.state).where(NOTICE.c.key.startswith("g:")))
        assert sorted(states.scalars()) == ["sent", "sent", "uncertain"]


# --- check, settings, logs ----------------------------------------------------------------------------------------


async def checked(channel: Webhook) -> list[str]:
    return [line async for line in channel.check()]


async def test_check_finds_out_whether_the_key_is_right_and_sends_nothing(api: GroupApi) -> None:
    async with webhook(api) as channel:
        assert await checked(channel) == ["✓ 企业微信群机器人：密钥有效（没有往群里发任何内容）"]
    async with webhook(api, "another-key") as channel:
        with pytest.raises(SettingsRefusedError, match=r"不认识这个群机器人（93000）.*WECOM_GROUP_KEY"):
            await checked(channel)
    assert api.seen == []
    assert api.calls == {"upload_media": 2}
    gone = Webhook(f"http://127.0.0.1:{free_port()}", KEY, ADDRESS)
    with pytest.raises(SettingsRefusedError, match=r"连不上企业微信.*WECOM_API_URL"):
        await checked(gone)
    await gone.close()


def test_there_is_a_channel_where_there_is_a_key_and_none_in_the_demo() -> None:
    on = {"wecom_group_key": KEY, "web_chat": "on"}
    channel = made_group(Settings.model_validate(on))
    assert isinstance(channel, Webhook)
    assert (channel.name, channel.way, channel.link("AB12CD34"), channel.routes()) == (WEBHOOK, None, "", [])
    for without in ({**on, "web_chat": "demo"}, {"wecom_group_key": ""}, {"wecom_group_key": KEY}):
        assert isinstance(made_group(Settings.model_validate(without)), Off)


async def test_no_log_shows_the_key_or_what_was_sent(
    desk: World,
    clock: Clock,
    api: GroupApi,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    structlog.reset_defaults()
    group = posted(desk, clock)
    api.fail(Fault(93000), Fault(page=502), Fault(drop=True))
    await sent(api, group)
    with desk.database.read() as session:
        why = list(session.execute(sa.select(NOTICE.c.problem)).scalars())
    everything = json.dumps([caplog.text, *capfd.readouterr(), *why], ensure_ascii=False)
    assert "wecom refuses what should be in a group" in everything
    assert "nobody knows whether a notice arrived" in everything
    for secret in (KEY, "no-log-may-show", "劲松校区"):
        assert secret not in everything


async def test_run_lasts_until_it_is_cancelled(api: GroupApi) -> None:
    async with webhook(api) as channel:
        assert await channel.start() == ""
        running = asyncio.create_task(channel.run())
        await asyncio.sleep(0)
        assert not running.done()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert channel.ailment() is None
