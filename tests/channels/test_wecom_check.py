"""`python -m bot check` and `invite` with a bot of WeCom: tried once, without taking it from who uses it."""

import asyncio
from pathlib import Path

import pytest

from bot.setup import EXAMPLE
from tests.nursery import Nursery, free_port
from tests.test_command_line import Terminal, code_in
from tests.wecom import tenant
from tests.wecom_api import AGENT, CORP, SECRET, Fault, WeComApi
from tests.wecom_app import KEY, TOKEN
from tests.wecom_group import KEY as GROUP_KEY
from tests.wecom_group import GroupApi

BOT = {"WECOM_BOT_ID": "demo-bot", "WECOM_BOT_SECRET": "demo-secret"}


@pytest.mark.slow
async def test_check_tries_the_bot_and_says_what_is_wrong(tmp_path: Path, nursery: Nursery) -> None:
    terminal = Terminal(tmp_path, nursery)
    terminal.write("school.toml", EXAMPLE)
    assert "– 企业微信：没有设置 WECOM_BOT_ID\n" in terminal.bot("check").went_well().out
    async with tenant() as there:
        on = {**BOT, "WECOM_BOT_URL": there.url}
        early = await asyncio.to_thread(terminal.bot, "check", **on)
        assert "– 企业微信：数据库还没有准备好" in early.went_well().out
        await asyncio.to_thread(terminal.bot, "setup", "school.toml")
        done = await asyncio.to_thread(terminal.bot, "check", **on)
        assert "✓ 企业微信机器人\n" in done.went_well().out
        assert there.subscriptions == 1
        wrong = await asyncio.to_thread(terminal.bot, "check", **{**on, "WECOM_BOT_SECRET": "hunter22"})
        wrong.refused("企业微信不认识这个机器人", "WECOM_BOT_SECRET")
    nobody = {**BOT, "WECOM_BOT_URL": f"ws://127.0.0.1:{free_port()}/"}
    gone = await asyncio.to_thread(terminal.bot, "check", **nobody)
    gone.refused("连不上企业微信", "WECOM_BOT_URL")


@pytest.mark.slow
async def test_an_invitation_leads_to_the_page_with_its_words_while_the_bot_runs(
    tmp_path: Path, nursery: Nursery
) -> None:
    terminal = Terminal(tmp_path, nursery)
    terminal.write("school.toml", EXAMPLE)
    async with tenant() as there:
        on = {**BOT, "WECOM_BOT_URL": there.url, "WEB_URL": "https://bot.example.cn", "WEB_CHAT": "off"}
        await asyncio.to_thread(terminal.bot, "setup", "school.toml", WEB_CHAT="on")
        running = terminal.start("run", **on)
        async with asyncio.timeout(20):
            await there.until(lambda: there.subscriptions == 1)
        made = await asyncio.to_thread(terminal.bot, "invite", "--role", "member", **on)
        code = code_in(made.went_well().out)
        assert f"链接：https://bot.example.cn/wecom/join/{code}\n" in made.out
        assert there.subscriptions == 1, "the bot that runs was left alone"
        running.kill()


def app_settings(api: WeComApi) -> dict[str, str]:
    """An app as the program is told of it."""
    return {
        "WECOM_CORP_ID": CORP,
        "WECOM_AGENT_ID": str(AGENT),
        "WECOM_APP_SECRET": SECRET,
        "WECOM_CALLBACK_TOKEN": TOKEN,
        "WECOM_CALLBACK_AES_KEY": KEY,
        "WECOM_API_URL": api.url,
    }


@pytest.mark.slow
async def test_check_tries_the_app_and_says_what_to_correct(tmp_path: Path, nursery: Nursery) -> None:
    terminal = Terminal(tmp_path, nursery)
    terminal.write("school.toml", EXAMPLE)
    await asyncio.to_thread(terminal.bot, "setup", "school.toml")
    async with WeComApi() as api:
        on = app_settings(api)
        done = await asyncio.to_thread(terminal.bot, "check", **on, WEB_URL="https://bot.example.cn")
        assert "✓ 企业微信应用「星级党支部」\n" in done.went_well().out
        assert "https://bot.example.cn/wecom/callback" in done.out
        assert not api.menu
        wrong = await asyncio.to_thread(terminal.bot, "check", **{**on, "WECOM_APP_SECRET": "hunter22"})
        wrong.refused("WECOM_APP_SECRET")
        assert "hunter22" not in wrong.out + wrong.err
        api.fail("agent/get", Fault(60020, "not allow to access from your ip, from ip: 203.0.113.7"))
        away = await asyncio.to_thread(terminal.bot, "check", **on)
        away.refused("企业可信IP", "203.0.113.7")
    gone = await asyncio.to_thread(
        terminal.bot, "check", **{**on, "WECOM_API_URL": f"http://127.0.0.1:{free_port()}"}
    )
    gone.refused("连不上企业微信的接口", "WECOM_API_URL")


@pytest.mark.slow
async def test_check_tries_the_key_of_a_group_and_sends_nothing(tmp_path: Path, nursery: Nursery) -> None:
    terminal = Terminal(tmp_path, nursery)
    terminal.write("school.toml", EXAMPLE)
    terminal.write("other.toml", EXAMPLE.replace("党总支", "第二党总支"))
    async with GroupApi() as api:
        on = {"WEB_CHAT": "on", "WECOM_GROUP_KEY": GROUP_KEY, "WECOM_API_URL": api.url}
        await asyncio.to_thread(terminal.bot, "setup", "school.toml", WEB_CHAT="on")
        done = await asyncio.to_thread(terminal.bot, "check", **on)
        assert "✓ 企业微信群机器人：密钥有效" in done.went_well().out
        assert GROUP_KEY not in done.out + done.err
        wrong = await asyncio.to_thread(terminal.bot, "check", **{**on, "WECOM_GROUP_KEY": "another-key"})
        wrong.refused("不认识这个群机器人（93000）", "WECOM_GROUP_KEY")
        await asyncio.to_thread(terminal.bot, "setup", "other.toml", WEB_CHAT="on")
        several = await asyncio.to_thread(terminal.bot, "check", **on)
        assert "⚠ 有几个党总支，不知道群机器人在谁的群里" in several.went_well().out
        assert api.seen == []
