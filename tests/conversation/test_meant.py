"""What a typed text is meant for: what it quotes, what is newest in the chat, or what the person says when asked."""

import asyncio
from datetime import timedelta

import pytest

from bot.actions import Card, Reminder, Task, Which, wire
from bot.channels.telegram.channel import Telegram
from bot.delivery import NotSentError
from bot.message import Message, plain
from bot.permissions import Me, Role
from bot.store import duties, facts, invitations, notices
from bot.store.notices import Owed
from bot.values import Owing
from tests.conftest import NOW, Clock
from tests.phone import Phone, World
from tests.wire import Clockwork, Wire

WHO = "secretary of 新源里"
MORNING = NOW.replace(hour=9, minute=0)
INVITES = "办完后直接输入"
ITEM_6 = "党员大会与出勤"


@pytest.fixture
def clockwork(world: World, clock: Clock) -> Clockwork:
    """The demo on a working morning, with nothing reminded of yet."""
    clock.now = MORNING
    return Clockwork(world, clock)


@pytest.fixture
def phone(clockwork: Clockwork) -> Phone:
    """The phone of 新源里's secretary, who opened Home a while ago."""
    phone = clockwork.world.phone(WHO).say("首页")
    clockwork.clock.forward(minutes=20)
    return phone


def party_day(world: World, month: int) -> Owing:
    """The party day of a month."""
    with world.database.read() as session:
        found = duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
    return next(o for o in found if (o.duty, o.period) == ("party_day", f"2026-{month}"))


def done(world: World, *months: int) -> list[bool]:
    return [party_day(world, month).done for month in months]


def remind(clockwork: Clockwork, *actions: str, said: str = "党总支提醒您：") -> list[Message]:
    """These notices reach 新源里's secretary, one after the other; as they arrived."""
    world, before = clockwork.world, len(clockwork.wire.arrived)
    me, now = world.me(WHO), clockwork.clock.now
    owed = [
        Owed(me.person_id or 0, f"n{before + n}:{now}"[:40], action, now, now + timedelta(hours=9), said)
        for n, action in enumerate(actions)
    ]
    with world.database.write() as session:
        notices.owe(session, committee_id=1, notices=owed)
    clockwork.carry()
    return [message for _, _, message in clockwork.wire.arrived[before:]]


def party(clockwork: Clockwork, month: int) -> str:
    return wire(Task(party_day(clockwork.world, month).id))


def card_6(phone: Phone) -> Phone:
    phone.say("自评")
    return phone.press(Card(phone.at("sheet"), 6))


def attendance(world: World) -> dict[str, tuple[int, int | None]]:
    """What was recorded as attendance, by month."""
    with world.database.read() as session:
        rows = facts.recorded(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
    return {r.fact.period: (r.fact.count, r.fact.of) for r in rows if r.fact.kind == "attendance"}


# --- what is newest ---------------------------------------------------------------------------------------------


def test_of_two_reminders_the_newer_one_that_invites_is_answered(clockwork: Clockwork, phone: Phone) -> None:
    november, december = remind(clockwork, party(clockwork, 11), party(clockwork, 12))
    assert INVITES in plain(november)
    assert INVITES in plain(december)
    phone.say("17/18 参观香山")
    assert done(clockwork.world, 11, 12) == [False, True]
    assert attendance(clockwork.world) == {"2026-12": (17, 18)}


def test_a_reminder_that_comes_while_another_one_is_answered_invites_nobody_and_it_is_asked(
    clockwork: Clockwork, phone: Phone
) -> None:
    remind(clockwork, party(clockwork, 11))
    phone.say("17.x/18")  # refused: a try, and the person is at it
    phone.press(Task(party_day(clockwork.world, 11).id))
    clockwork.clock.forward(minutes=2)
    (december,) = remind(clockwork, party(clockwork, 12))
    assert "输入" not in plain(december)
    assert december.hint == ""
    assert "请从首页打开这一项再填。" in plain(december)
    assert december.buttons[0].label == "打开"
    phone.say("17/18 参观香山")
    assert phone.screen.title == "记到哪一项？"
    assert "17/18 参观香山" in phone.text
    assert phone.labels == ["11月主题党日", "12月主题党日", "都不记"]
    assert done(clockwork.world, 11, 12) == [False, False]
    phone.tap("12月主题党日")
    assert done(clockwork.world, 11, 12) == [False, True]
    assert attendance(clockwork.world) == {"2026-12": (17, 18)}


def test_on_a_card_a_ratio_is_asked_about_while_a_reminder_is_newest(
    clockwork: Clockwork, phone: Phone
) -> None:
    card_6(phone)
    (reminder,) = remind(clockwork, party(clockwork, 11))
    assert INVITES not in plain(reminder)
    phone.say("17/18")
    assert phone.screen.title == "记到哪一项？"
    assert phone.labels == [f"第 6 项 · {ITEM_6}", "11月主题党日", "都不记"]
    assert attendance(clockwork.world) == {}
    phone.tap("11月主题党日")
    assert attendance(clockwork.world) == {"2026-11": (17, 18)}
    assert done(clockwork.world, 11) == [True]


def test_on_a_card_what_only_the_reminder_understands_answers_the_reminder(
    clockwork: Clockwork, phone: Phone
) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 12))
    phone.say("17/18 参观香山 志愿")
    assert done(clockwork.world, 12) == [True]
    assert attendance(clockwork.world) == {"2026-12": (17, 18)}


@pytest.mark.parametrize("text", ["3.5 缺一次记录", "合"])
def test_on_a_card_what_only_the_card_understands_is_the_cards(
    clockwork: Clockwork, phone: Phone, text: str
) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 12))
    phone.say(text)
    file = clockwork.world.sheet(3)
    assert file is not None
    assert 6 in file.sheet.marks
    assert done(clockwork.world, 12) == [False]


def test_what_is_chosen_for_the_card_goes_to_the_card_and_the_next_text_is_not_asked_about(
    clockwork: Clockwork, phone: Phone
) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 11))
    phone.say("17/18").tap("第 6 项")
    assert "17/18" in phone.toast
    phone.say("16/18")
    assert "16/18" in phone.toast
    assert attendance(clockwork.world) == {"2026-12": (16, 18)}
    assert done(clockwork.world, 11) == [False]


def test_three_reminders_while_a_card_is_open_are_all_offered(clockwork: Clockwork, phone: Phone) -> None:
    card_6(phone)
    remind(clockwork, *(party(clockwork, month) for month in (10, 11, 12)))
    phone.say("17/18")
    assert phone.labels[1:] == ["12月主题党日", "11月主题党日", "10月主题党日", "都不记"]


def test_a_question_is_answered_by_a_label_once_after_a_restart_and_another_text_is_asked_again(
    clockwork: Clockwork, phone: Phone
) -> None:
    world = clockwork.world
    card_6(phone)
    remind(clockwork, party(clockwork, 11))
    phone.say("17/18").say("15/18")
    assert phone.screen.title == "记到哪一项？"
    assert "15/18" in phone.text
    again = world.phone(WHO)
    assert again.text == phone.text
    later = World(world.database, world.folder, world.clock).phone(WHO)
    question = later.screen
    later.say("11月主题党日")
    assert attendance(world) == {"2026-11": (15, 18)}
    for button in question.buttons[:2]:
        later.press(button.action)
        assert later.toast == "这句话已经记过了"
    assert attendance(world) == {"2026-11": (15, 18)}


def test_a_word_that_is_understood_everywhere_is_not_asked_about(clockwork: Clockwork, phone: Phone) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 11))
    assert phone.say("待办").screen.title.startswith("待办")


def test_a_note_that_could_be_a_report_is_asked_about_and_one_that_could_not_is_a_note(
    clockwork: Clockwork, phone: Phone
) -> None:
    card_6(phone).tap("备注")
    remind(clockwork, party(clockwork, 12))
    phone.say("签到表在书记处")
    assert "备注已存" in phone.toast
    phone.tap("备注")
    remind(clockwork, party(clockwork, 11))
    phone.say("17/18 参观香山")
    assert phone.screen.title == "记到哪一项？"
    phone.tap("备注")
    assert "备注已存" in phone.toast
    assert done(clockwork.world, 11, 12) == [False, False]


def test_what_was_done_meanwhile_is_not_offered(clockwork: Clockwork, phone: Phone) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 11))
    me = clockwork.world.me(WHO)
    with clockwork.world.database.write() as session:
        duties.close(session, me=me, owed=party_day(clockwork.world, 11), answer="18/18")
    phone.say("17/18")
    assert phone.screen.title.startswith("第 6 项")
    assert attendance(clockwork.world) == {"2026-12": (17, 18)}


def test_a_digest_of_several_asks_which_of_them_is_meant(clockwork: Clockwork, phone: Phone) -> None:
    (digest,) = remind(clockwork, wire(Reminder(20261228, 20261101)), said="")
    assert len([line for line in digest.lines if isinstance(line, tuple)]) > 2
    phone.say("17/18 参观香山")
    assert phone.screen.title == "记到哪一项？"
    assert "12月主题党日" in phone.labels
    assert not any("信息上报" in label for label in phone.labels)
    phone.tap("12月主题党日")
    assert done(clockwork.world, 12) == [True]


def test_a_chat_that_never_said_anything_is_not_invited_but_its_first_answer_is_heard(
    clockwork: Clockwork,
) -> None:
    (reminder,) = remind(clockwork, party(clockwork, 12))
    assert INVITES not in plain(reminder)
    phone = clockwork.world.phone(WHO)
    phone.say("17/18 参观香山")
    assert done(clockwork.world, 12) == [True]


def test_a_reminder_that_never_arrived_hears_nothing(clockwork: Clockwork, phone: Phone) -> None:
    card_6(phone)
    clockwork.clock.forward(minutes=20)

    def lost(address: str, message: Message) -> None:
        raise NotSentError

    clockwork.wire.says = lost
    assert remind(clockwork, party(clockwork, 12)) == []
    phone.say("17/18")
    assert phone.screen.title.startswith("第 6 项")
    assert attendance(clockwork.world) == {"2026-12": (17, 18)}
    assert done(clockwork.world, 12) == [False]


def test_where_a_press_changes_its_own_message_a_reminder_below_is_still_the_newest(
    clockwork: Clockwork, phone: Phone
) -> None:
    """On Telegram the card above changes in place, and the reminder stays at the end of the chat."""
    world = clockwork.world
    card_6(phone)
    sheet = phone.at("sheet")
    clockwork.clock.forward(minutes=20)
    (reminder,) = remind(clockwork, party(clockwork, 12))
    assert INVITES in plain(reminder), "nobody was typing"
    above = phone.event(press=wire(Card(sheet, 6)), message="the card above")
    phone.send(above).say("17/18")
    assert phone.screen.title == "记到哪一项？"
    assert attendance(world) == {}


def test_an_old_reminders_button_does_what_it_says(clockwork: Clockwork, phone: Phone) -> None:
    card_6(phone)
    old, _ = remind(clockwork, party(clockwork, 11), party(clockwork, 12))
    phone.press(old.buttons[0].action)
    assert phone.screen.title == "11月主题党日"
    assert INVITES in phone.text
    phone.say("17/18")
    assert done(clockwork.world, 11, 12) == [True, False]


class SlowAtFirst(Wire):
    """The first message takes its time."""

    async def push(self, address: str, message: Message, *, stands: bool) -> str | None:
        """Arrives, the first one after what could overtake it."""
        for _ in range(0 if self.arrived else 50):
            await asyncio.sleep(0)
        return await super().push(address, message, stands=stands)


def test_of_two_reminders_at_once_the_one_that_arrived_last_is_answered(
    clockwork: Clockwork, phone: Phone
) -> None:
    clockwork.wire = SlowAtFirst(clockwork.clock)
    clockwork.postman = clockwork.hire("two")
    *_, newest = remind(clockwork, party(clockwork, 11), party(clockwork, 12))
    phone.say("17/18 参观香山")
    assert newest.title == "12月主题党日"
    assert done(clockwork.world, 11, 12) == [False, True]


def test_a_reminder_that_arrives_after_an_answer_it_was_drawn_before_is_asked_about(
    clockwork: Clockwork, phone: Phone
) -> None:
    sheet = card_6(phone).at("sheet")
    clockwork.clock.forward(minutes=20)

    def meanwhile(address: str, message: Message) -> None:
        phone.press(Card(sheet, 6))

    clockwork.wire.says = meanwhile
    (reminder,) = remind(clockwork, party(clockwork, 12))
    assert INVITES in plain(reminder)
    phone.say("17/18")
    assert phone.screen.title == "记到哪一项？"
    assert attendance(clockwork.world) == {}


def test_a_notice_that_asks_for_nothing_is_not_asked_about(clockwork: Clockwork, phone: Phone) -> None:
    card_6(phone)
    remind(clockwork, "h")
    phone.say("3.5 缺一次记录")
    assert "第 6 项 已存 合格 3.5 分" in phone.toast
    remind(clockwork, party(clockwork, 11), "h")
    phone.say("17/18 参观香山")
    assert done(clockwork.world, 11) == [True]


def test_a_label_in_sight_is_pressed_by_its_word_though_a_reminder_came_after(
    clockwork: Clockwork, phone: Phone
) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 11))
    assert phone.say("总览").screen.title.startswith("总览")


def test_one_reminder_in_two_branches_is_told_apart_by_the_branch(clockwork: Clockwork, phone: Phone) -> None:
    world = clockwork.world
    with world.database.write() as session:
        code = invitations.invite(
            session, me=Me(0, "", NOW), committee_id=1, branch_id=world.branches[0].id, role=Role.OFFICER
        ).code
        here = duties.of_branch(session, branch_id=world.branches[0].id, term_id=world.terms[0].id)
        closed = next(owed for owed in here if (owed.duty, owed.period) == ("party_day", "2026-12"))
        duties.reopen(session, me=world.me("secretary"), owed=closed)
    phone.say("邀请码").say(code)
    card_6(phone.press(Card(1, 1)).say("首页"))
    remind(clockwork, party(clockwork, 12), wire(Task(closed.id)))
    phone.say("17/18 参观香山")
    assert phone.labels == [
        "12月主题党日 · 常营主校区党支部",
        "12月主题党日 · 新源里校区党支部",
        "都不记",
    ]


def test_files_that_come_after_a_text_for_the_reminder_are_kept_with_the_reminders_task(
    clockwork: Clockwork, phone: Phone
) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 12))
    phone.send(phone.event(text="17/18 参观香山", group="g"))
    assert done(clockwork.world, 12) == [True]
    phone.attach("合影.png", group="g")
    assert "12月主题党日（第 8 项） 已收到材料（第 1 份）" in phone.toast


def test_while_it_is_asked_where_a_caption_belongs_its_photo_waits_and_goes_there_too(
    clockwork: Clockwork, phone: Phone
) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 12))
    phone.attach("合影.png", caption="17/18")
    assert phone.screen.title == "记到哪一项？"
    assert "还有 1 份材料，选好后一起收下。" in phone.text
    phone.tap("12月主题党日")
    assert done(clockwork.world, 12) == [True]
    assert phone.toast == "12月主题党日（第 8 项） 已收到材料（第 1 份）；12月主题党日 已完成，谢谢"


# --- what is quoted ---------------------------------------------------------------------------------------------


def name_of(clockwork: Clockwork, message: Message) -> str:
    """What the channel calls a message that arrived."""
    return f"n{[one for _, _, one in clockwork.wire.arrived].index(message) + 1}"


@pytest.mark.parametrize("month", [11, 12])
def test_an_answer_that_quotes_a_reminder_is_meant_for_it_whatever_stands(
    clockwork: Clockwork, phone: Phone, month: int
) -> None:
    november, december = remind(clockwork, party(clockwork, 11), party(clockwork, 12))
    card_6(phone)
    quoted = name_of(clockwork, november if month == 11 else december)
    phone.say("17/18 参观香山", quotes=quoted)
    assert done(clockwork.world, 11, 12) == [month == 11, month == 12]
    assert attendance(clockwork.world) == {f"2026-{month}": (17, 18)}


def test_what_a_quote_means_is_known_after_a_restart_and_weeks_later(
    clockwork: Clockwork, phone: Phone
) -> None:
    november, _ = remind(clockwork, party(clockwork, 11), party(clockwork, 12))
    clockwork.clock.forward(days=10)
    world = clockwork.world
    later = World(world.database, world.folder, world.clock).phone(WHO)
    later.say("17/18", quotes=name_of(clockwork, november))
    assert done(world, 11, 12) == [True, False]


def test_a_file_that_quotes_a_reminder_belongs_to_it_and_so_does_its_caption(
    clockwork: Clockwork, phone: Phone
) -> None:
    november, _ = remind(clockwork, party(clockwork, 11), party(clockwork, 12))
    card_6(phone)
    phone.attach("合影.png", caption="17/18 参观香山 志愿", quotes=name_of(clockwork, november))
    assert done(clockwork.world, 11, 12) == [True, False]
    assert "11月主题党日（第 8 项） 已收到材料（第 1 份）" in phone.toast


def test_a_digest_that_is_quoted_asks_for_one_of_its_own(clockwork: Clockwork, phone: Phone) -> None:
    (digest,) = remind(clockwork, wire(Reminder(20261228, 20261101)), said="")
    card_6(phone)
    phone.say("17/18 参观香山", quotes=name_of(clockwork, digest))
    assert phone.screen.title == "记到哪一项？"
    assert not any("第 6 项" in label for label in phone.labels)


def test_an_answer_to_a_reminder_whose_things_are_done_is_told_so(clockwork: Clockwork, phone: Phone) -> None:
    (digest,) = remind(clockwork, wire(Reminder(20261228, 20261227)), said="")
    me = clockwork.world.me(WHO)
    with clockwork.world.database.write() as session:
        for owed in duties.of_branch(
            session, branch_id=clockwork.world.branches[3].id, term_id=clockwork.world.terms[0].id
        ):
            duties.close(session, me=me, owed=owed, answer="")
    card_6(phone)
    phone.say("17/18 参观香山", quotes=name_of(clockwork, digest))
    assert phone.toast == "这条提醒里的事都办好了，谢谢！要改，请在「待办」里点「已完成」。"
    assert attendance(clockwork.world) == {}


def test_a_quote_of_ones_own_text_is_meant_for_the_screen_that_heard_it(desk: World) -> None:
    phone = card_6(desk.phone(WHO)).say("12/18", message="5")
    phone.say("首页")
    phone.say("17/18", quotes="5")
    assert attendance(desk) == {"2026-12": (17, 18)}


def test_an_answer_to_a_message_that_nobody_knows_is_asked_about(desk: World) -> None:
    phone = card_6(desk.phone(WHO)).say("17/18", quotes="an old card")
    assert phone.screen.title == "记到这里吗？"
    assert len(phone.labels) == 2
    assert attendance(desk) == {}
    phone.tap("第 6 项")
    assert attendance(desk) == {"2026-12": (17, 18)}


def test_an_answer_to_a_message_that_nobody_knows_and_that_means_nothing_is_asked_about(desk: World) -> None:
    phone = card_6(desk.phone(WHO)).say("天气不错", quotes="an old card")
    assert phone.screen.title == "第 6 项 · 这句话怎么记？"
    assert "天气不错" in phone.text


def test_a_quote_of_another_chats_message_means_nothing_here(clockwork: Clockwork, phone: Phone) -> None:
    (reminder,) = remind(clockwork, party(clockwork, 11))
    other = clockwork.world.phone("secretary of 双龙").say("首页")
    other.say("17/18", quotes=name_of(clockwork, reminder))
    assert "没看懂" in other.toast
    assert done(clockwork.world, 11) == [False]


def test_a_reminders_message_that_shows_something_else_by_now_is_no_reminder_any_more(
    clockwork: Clockwork, phone: Phone
) -> None:
    """On Telegram a press changes the message: what was the reminder is the card now."""
    (reminder,) = remind(clockwork, party(clockwork, 11))
    name = name_of(clockwork, reminder)
    sheet = card_6(clockwork.world.phone(WHO)).at("sheet")
    phone.send(phone.event(press=wire(Card(sheet, 6)), message=name))
    phone.say("17/18", quotes=name)
    assert phone.screen.title.startswith("第 6 项")
    assert attendance(clockwork.world) == {"2026-12": (17, 18)}
    assert done(clockwork.world, 11) == [False]


def test_a_text_is_done_once_though_it_is_delivered_twice(clockwork: Clockwork, phone: Phone) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 11))
    event = phone.event(text="17/18")
    first = phone.send(event).text
    assert phone.send(event).text == first
    assert phone.screen.title == "记到哪一项？"


def test_a_channel_says_how_its_reminders_are_answered() -> None:
    assert "引用" in Telegram.way


# --- while it is asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1", " 2", "7"])
def test_a_number_on_the_question_leaves_it_as_it_is_and_says_what_to_do(
    clockwork: Clockwork, phone: Phone, text: str
) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 11))
    asked = phone.say("17/18").text
    phone.say(text)
    assert phone.text == asked
    assert phone.toast == "还没有记。请点要记的那一项，或重新输入。"
    phone.tap("11月主题党日")
    assert attendance(clockwork.world) == {"2026-11": (17, 18)}


def test_where_buttons_have_marks_a_letter_answers_the_question(clockwork: Clockwork, phone: Phone) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 11))
    phone.say("17/18")
    phone.send(phone.event(text="a", marked=True))
    assert attendance(clockwork.world) == {"2026-11": (17, 18)}
    assert done(clockwork.world, 11) == [True]


def test_a_quote_of_nobody_knows_what_while_it_is_asked_offers_what_the_question_offers(
    clockwork: Clockwork, phone: Phone
) -> None:
    card_6(phone)
    remind(clockwork, party(clockwork, 11))
    phone.say("17/18").say("16/18", quotes="a message of last year")
    assert phone.labels == [f"第 6 项 · {ITEM_6}", "11月主题党日", "都不记"]
    phone.tap("11月主题党日")
    assert attendance(clockwork.world) == {"2026-11": (16, 18)}


@pytest.mark.parametrize("text", ["1 17/18", "2. 3篇"])
def test_under_a_list_what_is_not_understood_says_how_to_go_on(desk: World, text: str) -> None:
    phone = desk.phone(WHO).press(Reminder(20261228, 20261101)).say(text)
    assert "请先点要填的那一项，再输入结果" in phone.toast
    assert phone.screen.title.startswith("提醒")


# --- an older screen -------------------------------------------------------------------------------------------------


def test_an_answer_that_quotes_an_older_screen_is_meant_for_it(world: World) -> None:
    """On Telegram: 「首页」 brings message 11, 「自评」 12; 台账 is pressed on 11, and a text brings 13."""
    phone = world.phone(WHO).say("自评")
    sheet = phone.at("sheet")
    phone.press(Card(sheet, 1))
    phone.send(phone.event(text="台账", screen="11"))
    phone.send(phone.event(press=wire(Card(sheet, 3)), message="12"))
    phone.send(phone.event(text="优", quotes="11", screen="12"))
    file = world.sheet(3)
    assert file is not None
    assert set(file.sheet.marks) == {1}
    phone.send(phone.event(text="合", quotes="12", screen="13"))
    file = world.sheet(3)
    assert file is not None
    assert set(file.sheet.marks) == {1, 3}


def test_a_photo_that_quotes_an_older_screen_of_a_task_is_kept_with_it_after_a_restart(world: World) -> None:
    day = party_day(world, 12)
    phone = world.phone(WHO).press(Task(day.id))
    phone.send(phone.event(text="自评", screen="11"))
    later = World(world.database, world.folder, world.clock).phone(WHO)
    later.attach("合影.png", caption="17/18", quotes="11")
    assert party_day(world, 12).done
    assert "12月主题党日（第 8 项） 已收到材料（第 1 份）" in later.toast


def test_of_a_chat_the_last_24_screens_are_known(desk: World) -> None:
    phone = desk.phone(WHO).say("自评")
    sheet = phone.at("sheet")
    for n in range(30):
        phone.send(phone.event(press=wire(Card(sheet, n % 24 + 1)), message=f"m{n}"))
    phone.say("优", quotes="m5")
    assert phone.screen.title == "记到这里吗？"
    phone.say("优", quotes="m6")
    file = desk.sheet(3)
    assert file is not None
    assert set(file.sheet.marks) == {7}


# --- words of every screen, and tasks of one name ------------------------------------------------------------------


def two_tasks(clockwork: Clockwork) -> Phone:
    """Two tasks of one name lie in the chat, and nothing else was said there."""
    member = clockwork.world.phone("member")
    for day in ("1月8日", "1月9日"):
        member.say("首页").say(f"让新源里{day}前交材料").tap("确认交办")
    clockwork.clock.forward(minutes=1)
    asyncio.run(clockwork.postman.round())
    return clockwork.world.phone(WHO)


@pytest.mark.parametrize("word", ["首页", "帮助", "待办"])
def test_a_word_of_every_screen_is_no_answer_to_tasks_in_the_chat(clockwork: Clockwork, word: str) -> None:
    assert not isinstance(two_tasks(clockwork).say(word).screen.here, Which)


def test_tasks_of_one_name_are_asked_about_by_their_days(clockwork: Clockwork) -> None:
    asked = two_tasks(clockwork).say("已完成")
    assert isinstance(asked.screen.here, Which)
    assert {label[-5:] for label in asked.labels[:2]} == {"1月8日）", "1月9日）"}
