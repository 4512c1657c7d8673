"""The page that an invitation opens: what is to be sent to the bot of WeCom, for whoever has the code."""

import httpx

from bot.channels.server import application
from bot.channels.wecom import joining


def page() -> httpx.AsyncClient:
    """The page alone on the program's server."""
    app = application(joining.routes(), calendar=lambda _: None, ready=list, ailing=list)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")


async def test_it_shows_the_words_and_all_that_it_needs_is_there() -> None:
    shown = await page().get(f"{joining.JOIN}ab23-cd45")
    assert shown.status_code == 200
    assert ">绑定 AB23CD45<" in shown.text
    for name in ("join.css", "join.js"):
        assert f"{joining.STATIC}{name}" in shown.text
        assert (await page().get(f"{joining.STATIC}{name}")).status_code == 200


async def test_what_is_no_code_leads_nowhere() -> None:
    for text in ("AB", "<script>", "AB12CD34" * 9, "..%2Fjoin.html"):
        assert (await page().get(f"{joining.JOIN}{text}")).status_code == 404
    for name in ("join.html", "..%2Fbot.py", "nothing.js"):
        assert (await page().get(f"{joining.STATIC}{name}")).status_code == 404


def test_there_is_no_link_where_people_reach_no_page() -> None:
    assert joining.link_to("", "AB12CD34") == ""
    assert (
        joining.link_to("https://bot.example.cn", "AB12CD34") == "https://bot.example.cn/wecom/join/AB12CD34"
    )
