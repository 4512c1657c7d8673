"""What a channel understood of a voice message: shown before it counts."""

from tests.everything import everything
from tests.phone import Phone, World

WHO = "secretary of 新源里"


def card_6(desk: World) -> Phone:
    return desk.phone(WHO).say("第6项")


def speak(phone: Phone, text: str) -> Phone:
    return phone.send(phone.event(text=text, spoken=True))


def test_what_it_would_change_is_shown_and_asked_first(desk: World) -> None:
    phone = card_6(desk)
    before = everything(desk.database, "saying", "address")
    speak(phone, "十七比十八")
    assert (phone.labels[0][:5], phone.labels[1]) == ("第 6 项", "不记")
    assert "您发的：十七比十八" in phone.text
    assert everything(desk.database, "saying", "address") == before
    assert "17/18" in phone.tap("第 6 项").text
    assert everything(desk.database, "saying", "address") != before


def test_what_changes_nothing_is_done_at_once(desk: World) -> None:
    assert speak(card_6(desk), "首页").screen.title == desk.phone(WHO).say("首页").screen.title


def test_another_text_may_be_typed_instead(desk: World) -> None:
    phone = speak(card_6(desk), "十六比十八").say("17/18")
    assert "17/18" in phone.text


def test_what_is_not_understood_is_answered_as_if_it_were_typed(desk: World) -> None:
    typed = card_6(desk).say("这个那个").text
    assert speak(card_6(desk), "这个那个").text == typed
    assert "这句话怎么记？" in typed
