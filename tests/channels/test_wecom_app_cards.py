"""An app of WeCom changes its cards for 72 hours, sends files under their names, and has a menu."""

from typing import Any

import aiohttp
import pytest

from bot.channels.wecom.app.api import Api
from bot.channels.wecom.app.codes import AlreadySentError
from bot.channels.wecom.frames import LateError
from bot.channels.wecom.media import LostError, TooLargeError
from bot.delivery import NotSentError, RefusedError, UndeliverableError
from tests.channels.wecom_calls import a_card, shown
from tests.channels.wecom_fakes import Hands
from tests.wecom_api import Fault, WeComApi

# --- cards --------------------------------------------------------------------------------------------------


async def test_a_card_changes_by_its_code_which_is_good_once(server: WeComApi, api: Api) -> None:
    sent = await api.send("ZhangSan", "template_card", a_card("t1"))
    await api.update("zhangsan", sent.response_code, a_card("t1", "第 8 项"))
    assert [one["main_title"]["title"] for one in shown(server)] == ["第 8 项"]
    with pytest.raises(LateError):
        await api.update("zhangsan", sent.response_code, a_card("t1", "第 9 项"))
    await api.update_button("ZhangSan", server.click(server.member("ZhangSan")), "已记录：优秀")
    assert shown(server)[0]["replace_text"] == "已记录：优秀"


async def test_a_code_is_good_for_72_hours(server: WeComApi, api: Api, hands: Hands) -> None:
    sent = await api.send("ZhangSan", "template_card", a_card("t1"))
    hands.now += 72 * 3600 + 1
    server.lasts = 100 * 3600
    server.expire()
    with pytest.raises(LateError):
        await api.update("ZhangSan", sent.response_code, a_card("t1"))


async def test_a_card_of_somebody_else_is_not_changed(server: WeComApi, api: Api) -> None:
    sent = await api.send("ZhangSan", "template_card", a_card("t1"))
    with pytest.raises(RefusedError):
        await api.update("LiSi", sent.response_code, a_card("t1"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"button_list": a_card("t", buttons=2)["button_list"] * 4}, 40058),
        ({"task_id": "a:colon"}, 42014),
        ({"task_id": "第七项"}, 42014),
        ({"main_title": {"desc": "x"}}, 41016),
        ({"main_title": {"title": "长" * 27}}, 40058),
    ],
)
async def test_what_breaks_a_limit_is_refused(
    server: WeComApi, api: Api, change: dict[str, Any], code: int
) -> None:
    with pytest.raises(UndeliverableError):
        await api.send("ZhangSan", "template_card", {**a_card("t1"), **change})
    assert [refused[1] for refused in server.refused] == [code]


async def test_a_button_with_an_address_is_refused_in_an_update(server: WeComApi, api: Api) -> None:
    sent = await api.send("ZhangSan", "template_card", a_card("t1"))
    linked = {**a_card("t1"), "button_list": [{"type": 1, "text": "打开", "url": "https://x.example"}]}
    with pytest.raises(UndeliverableError):
        await api.update("ZhangSan", sent.response_code, linked)
    assert [refused[1] for refused in server.refused] == [42039]


async def test_a_card_that_is_there_already_is_known_as_such(server: WeComApi, api: Api) -> None:
    await api.send("ZhangSan", "template_card", a_card("t1"))
    with pytest.raises(AlreadySentError):
        await api.send("ZhangSan", "template_card", a_card("t1"))


# --- files, and the menu ------------------------------------------------------------------------------------

NAME = "第三季度 “台账”.xlsx"


async def test_a_file_keeps_its_chinese_name_and_is_uploaded_once(server: WeComApi, api: Api) -> None:
    server.member("LiSi")
    for userid in ("ZhangSan", "LiSi"):
        await api.send_file(userid, NAME, b"x" * 3_000_000)
    assert server.calls["media/upload"] == 1
    [media] = server.media.values()
    assert (media.name, media.data) == (NAME, b"x" * 3_000_000)
    assert [len(shown(server, one)) for one in ("ZhangSan", "LiSi")] == [1, 1]


async def test_a_name_cannot_leave_its_header(server: WeComApi, api: Api) -> None:
    await api.send_file("ZhangSan", 'a"\r\nX: y\\.xlsx', b"123456", "image")
    assert [media.name for media in server.media.values()] == ["a___X: y_.xlsx"]


async def test_a_file_that_is_over_is_uploaded_once_more(server: WeComApi, api: Api, hands: Hands) -> None:
    await api.send_file("ZhangSan", NAME, b"123456")
    hands.now += 3 * 86_400 + 1
    server.expire()
    await api.send_file("ZhangSan", NAME, b"123456")
    assert server.calls["media/upload"] == 2
    assert len(shown(server)) == 2
    server.fail("message/send", *[Fault(40007)] * 2)
    with pytest.raises(UndeliverableError):
        await api.send_file("ZhangSan", NAME, b"123456")


async def test_an_upload_is_never_uncertain(server: WeComApi, api: Api) -> None:
    server.fail("media/upload", Fault(drop=True, after=True))
    assert await api.upload("file", NAME, b"123456")
    server.fail("media/upload", *[Fault(drop=True)] * 2)
    with pytest.raises(NotSentError):
        await api.upload("file", NAME, b"123456")


async def test_a_name_as_rfc_2231_has_it_counts_as_no_file(server: WeComApi, api: Api) -> None:
    await api.name()
    token = next(iter(server._tokens))
    name = "name=\"media\"; filename*=utf-8''%E7%AC%AC.xlsx"
    body = f"--b\r\nContent-Disposition: form-data; {name}\r\n\r\n123456\r\n--b--\r\n".encode()
    url = f"{server.url}/cgi-bin/media/upload?access_token={token}&type=file"
    head = {"Content-Type": "multipart/form-data; boundary=b"}
    async with aiohttp.ClientSession() as http, http.post(url, data=body, headers=head) as answer:
        assert (await answer.json())["errcode"] == 44001


async def test_what_somebody_sent_is_fetched(server: WeComApi, api: Api) -> None:
    media_id = server.receive("file", NAME, b"x" * 1000)
    server.fail("media/get", Fault(42001), Fault(drop=True))
    fetched = await api.fetch(media_id, 1000)
    assert (fetched.name, fetched.data) == (NAME, b"x" * 1000)
    with pytest.raises(TooLargeError):
        await api.fetch(media_id, 999)
    for lost in ("unknown", ""):
        with pytest.raises(LostError):
            await api.fetch(lost, 1000)


async def test_the_menu_is_made(server: WeComApi, api: Api) -> None:
    buttons: list[dict[str, Any]] = [{"type": "click", "name": "开始打分", "key": "menu:score"}]
    await api.create_menu(buttons)
    assert server.menu == {"button": buttons}
    with pytest.raises(UndeliverableError):
        await api.create_menu(buttons * 4)
