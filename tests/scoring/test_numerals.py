from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.numerals import halfwidth, percent, plain, quoted, whole


def test_full_width_forms_are_read_as_ascii() -> None:
    assert halfwidth("１７／１８（\uff0c\uff1b\uff1a）\u3000！～") == "17/18(,;:) !~"


def test_a_chinese_full_stop_between_digits_is_a_decimal_point_and_elsewhere_a_full_stop() -> None:
    assert halfwidth("3。5") == "3.5"
    assert halfwidth("3。好。5") == "3。好。5"


@given(st.text())
def test_reading_keeps_every_position(text: str) -> None:
    assert len(halfwidth(text)) == len(text)


@pytest.mark.parametrize(
    ("number", "written"),
    [("3.20", "3.2"), ("4", "4"), ("80", "80"), ("8E+1", "80"), ("0.0", "0"), ("100.00", "100")],
)
def test_a_number_is_written_as_people_write_it(number: str, written: str) -> None:
    assert plain(Decimal(number)) == written


@pytest.mark.parametrize(
    ("rate", "written"),
    [("0.9", "90 %"), ("1", "100 %"), ("0.8996", "89.9 %"), ("0.944444", "94.4 %"), ("0", "0 %")],
)
def test_a_rate_is_written_in_percent_and_never_rounded_up(rate: str, written: str) -> None:
    assert percent(Decimal(rate)) == written


def test_what_was_typed_is_quoted_and_shortened_after_12_characters() -> None:
    assert quoted("123456789012") == "「123456789012」"
    assert quoted("1234567890123") == "「123456789012…」"


def test_numbers_are_read_in_both_scripts() -> None:
    tens = ["", "十", *(f"{digit}十" for digit in "二三四五六七八九")]
    for number in range(1, 100):
        written = tens[number // 10] + ("" if number % 10 == 0 else "〇一二三四五六七八九"[number % 10])
        assert whole(written) == whole(str(number)) == number
    assert whole("十一十") == whole("一二") == whole("廿") == 0
