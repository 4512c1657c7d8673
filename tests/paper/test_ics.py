"""Deadlines as iCalendar: what a phone reads, and that it always reads the same."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from bot.paper.ics import Entry, single, subscription

DUE = Entry("a-7", date(2026, 12, 31), "12月主题党日", "新源里校区党支部\n制度：坚持每月组织一次党日活动。")
DONE = replace(DUE, uid="a-8", done_at=datetime(2026, 12, 30, 9, 5, tzinfo=ZoneInfo("Asia/Shanghai")))


def events(data: bytes) -> list[Any]:
    return list(Calendar.from_ical(data).walk("VEVENT"))


def test_a_deadline_is_one_whole_day_that_blocks_no_time() -> None:
    [event] = events(single(DUE))
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 12, 31), date(2027, 1, 1))
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["SUMMARY"] == "12月主题党日"
    assert event["DESCRIPTION"] == DUE.text
    assert b"DTSTART;VALUE=DATE:20261231\r\n" in single(DUE)


def test_it_is_rung_for_on_the_day_before_at_nine() -> None:
    [event] = events(single(DUE))
    [alarm] = event.walk("VALARM")
    midnight = datetime.combine(event["DTSTART"].dt, datetime.min.time())
    assert midnight + alarm["TRIGGER"].dt == datetime(2026, 12, 30, 9)
    assert (alarm["ACTION"], alarm["DESCRIPTION"]) == ("DISPLAY", DUE.title)


def test_what_is_done_is_ticked_and_does_not_ring() -> None:
    [event] = events(subscription("党支部待办", [DONE]))
    assert event["SUMMARY"] == "✓ 12月主题党日"
    assert event.walk("VALARM") == []
    assert event["DTSTAMP"].dt == datetime(2026, 12, 30, 1, 5, tzinfo=UTC)


def test_a_moved_day_keeps_its_identity_with_a_higher_number_and_a_later_stamp() -> None:
    [before] = events(single(DUE))
    [after] = events(single(replace(DUE, day=date(2027, 1, 4), changes=1)))
    assert before["UID"] == after["UID"] == "a-7@star-branch-bot.invalid"
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert before["DTSTAMP"].dt < after["DTSTAMP"].dt


def test_a_subscription_has_a_name_and_says_how_often_to_look() -> None:
    data = subscription("党支部待办", [DUE, DONE])
    calendar = Calendar.from_ical(data)
    assert (calendar["X-WR-CALNAME"], calendar["METHOD"], calendar["VERSION"]) == (
        "党支部待办",
        "PUBLISH",
        "2.0",
    )
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in data
    assert b"X-PUBLISHED-TTL:PT6H\r\n" in data
    assert [event["UID"] for event in events(data)] == [f"a-{n}@star-branch-bot.invalid" for n in (7, 8)]


def test_without_deadlines_it_is_an_empty_calendar() -> None:
    assert events(subscription("党支部待办", [])) == []


def test_the_same_entries_give_the_same_bytes() -> None:
    again = replace(DONE, done_at=DONE.done_at and DONE.done_at.astimezone(UTC))
    assert subscription("甲", [DUE, DONE]) == subscription("甲", [DUE, again])


@given(
    st.text(st.sampled_from('支部主题党日,;:\\"（）「」🟢 aZ0%'), max_size=300),
    st.text(st.sampled_from('支部主题党日,;:\\"（）「」🟢 aZ0%\n'), max_size=600),
    st.dates(date(2010, 1, 1), date(2035, 12, 31)),
)
def test_any_text_is_folded_within_75_octets_and_read_back(title: str, text: str, day: date) -> None:
    data = single(Entry("1", day, title, text))
    assert data.endswith(b"\r\n")
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line for line in lines)
    for line in lines:
        line.decode()  # no character is cut in two
    [event] = events(data)
    assert (event["SUMMARY"], event["DESCRIPTION"]) == (title, text)
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(days=1)


@pytest.mark.parametrize(
    "title", ["BEGIN:VEVENT", "甲\r\nATTENDEE:mailto:a@b.invalid\r\n乙", "END:VCALENDAR"]
)
def test_a_title_is_never_read_as_a_line_of_its_own(title: str) -> None:
    [event] = events(single(replace(DUE, title=title)))
    assert "ATTENDEE" not in event
