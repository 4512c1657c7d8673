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


async def test_the_main_job_in_words_alone(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = Phone(there, "liming")
        for _, what, then in main_job(code := invited(desk)):
            await phone.say(f"绑定 {what}" if what == code else what)
            await phone.until(then)
            if what == code:
                await phone.say("文字模式")
                await phone.until("回复")
        assert "已提交" in phone.said
        cards = [one for one in phone.shown if one.versions]
    assert len(cards) <= 1, "the one by which somebody was greeted"
    assert there.refused == []
    check_stored(desk)
