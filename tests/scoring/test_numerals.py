from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.numerals import halfwidth, month_word, percent, plain, quoted, whole


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
    ("count", "of", "written"),
    [
        (9, 10, "90 %"),
        (18, 18, "100 %"),
        (0, 18, "0 %"),
        (17, 18, "94.4 %"),
        (16, 18, "88.9 %"),
        (33, 36, "91.7 %"),
        (2, 3, "66.7 %"),
        (1, 8, "12.5 %"),
        (1, 16, "6.3 %"),
        (2249, 2500, "89.96 %"),
        (8999, 10000, "89.99 %"),
        (9001, 10000, "90 %"),
        (99999, 100000, "99.999 %"),
        (1999, 2000, "99.95 %"),
    ],
)
def test_a_rate_is_written_in_percent_rounded_half_up_short_of_what_it_did_not_reach(
    count: int, of: int, written: str
) -> None:
    assert percent(Fraction(count, of)) == percent(Decimal(count) / of) == written


def test_a_rate_stands_on_its_own_side_of_the_limits_that_are_named() -> None:
    assert percent(Fraction(8546, 10000)) == "85.5 %"
    assert percent(Fraction(8546, 10000), Decimal("0.855")) == "85.46 %"
    assert percent(Fraction(8553, 10000), Decimal("0.8553")) == "85.53 %"


limits = st.integers(0, 1000).map(lambda n: Decimal(n) / 1000)


@given(st.integers(1, 100_000), st.data())
def test_what_is_shown_of_a_rate_never_crosses_a_threshold_and_is_near(of: int, data: st.DataObject) -> None:
    rate = Fraction(data.draw(st.integers(0, of)), of)
    limit = data.draw(limits)
    written = percent(rate, limit)
    shown = Fraction(written.removesuffix(" %")) / 100
    for border in [Fraction(limit), *(Fraction(n, 100) for n in range(1, 101))]:
        assert not rate < border <= shown
    assert (rate >= limit) == (shown >= limit)
    assert abs(shown - rate) <= Fraction(1, 2000)
    places = len(written.removesuffix(" %").partition(".")[2])
    assert places <= 1 or not same_side(rate, places - 1, limit), "no more places than are needed"


def same_side(rate: Fraction, places: int, limit: Decimal) -> bool:
    """Whether a rate rounded to fewer places would cross nothing."""
    rounded = Fraction((rate * 10 ** (places + 2) * 2 + 1) // 2, 10 ** (places + 2))
    borders = [Fraction(limit), *(Fraction(n, 100) for n in range(1, 101))]
    return all((rate >= border) == (rounded >= border) for border in borders)


@pytest.mark.parametrize(("period", "word"), [("2026-09", "9月"), ("2026-12", "12月"), ("2027-01", "1月")])
def test_a_month_is_written_as_people_say_it(period: str, word: str) -> None:
    assert month_word(period) == word


def test_what_was_typed_is_quoted_and_shortened_after_12_characters() -> None:
    assert quoted("123456789012") == "「123456789012」"
    assert quoted("1234567890123") == "「123456789012…」"


def test_numbers_are_read_in_both_scripts() -> None:
    tens = ["", "十", *(f"{digit}十" for digit in "二三四五六七八九")]
    for number in range(1, 100):
        written = tens[number // 10] + ("" if number % 10 == 0 else "〇一二三四五六七八九"[number % 10])
        assert whole(written) == whole(str(number)) == number
    assert whole("十一十") == whole("一二") == whole("廿") == 0
