"""The bot of WeCom against the stand-in of Tencent's side, as people use it."""

from tests.main_job import check_stored, invited, main_job
from tests.phone import World
from tests.wecom import Phone, running, tenant


async def test_the_main_job_on_cards(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = Phone(there, "liming")
        for verb, what, then in main_job(code := invited(desk)):
            await getattr(phone, verb)(f"绑定 {what}" if what == code else what)
            await phone.until(then)
        assert "已提交" in phone.said
    assert there.refused == []
    check_stored(desk)
