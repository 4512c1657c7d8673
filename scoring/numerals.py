"""What people type and how numbers are written back: a Chinese keyboard in, short plain forms out."""

import re
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from scoring.pattern import pattern

_FULL_WIDTH: dict[int, int | str] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_FULL_WIDTH |= {
    0x3000: 0x20,
    ord("【"): "(",
    ord("】"): ")",
    ord("〔"): "(",
    ord("〕"): ")",
    ord("−"): "-",
    ord("∕"): "/",
}
_STOP_AS_POINT = pattern(r"(?<=[0-9])。(?=[0-9])")


def halfwidth(text: str) -> str:
    """The text with full-width forms as ASCII and 3。5 as 3.5; character for character, so positions stay."""
    return _STOP_AS_POINT.sub(".", text.translate(_FULL_WIDTH))


def whole(text: str) -> int:
    """12, 十二 or 三十一 as a number; 0 for what is none."""
    if text.isdecimal():
        return int(text)
    match = re.fullmatch(r"(?:([二三四五六七八九])?(十))?([一二三四五六七八九])?", text)
    if not match:
        return 0
    tens, ten, ones = match.groups()
    digits = "〇一二三四五六七八九"
    return (digits.index(tens or "一") * 10 if ten else 0) + digits.index(ones or "〇")


def plain(number: Decimal) -> str:
    """The number as people write it: 3.2, 4, 80; never 3.20 or 8E+1."""
    return f"{number.normalize():f}"


def rounded(rate: Decimal | Fraction, *limits: Decimal) -> Decimal:
    """A rate (0..1) to a thousandth, rounded half up: 0.944.

    More places are given where rounding would reach a whole per cent, or one of the `limits` (0..1), that the rate
    itself did not reach, or leave a limit that it did: 0.8996 is never said to be 0.9, and no part to be all.
    """
    exact = Fraction(rate) * 100
    borders = [Fraction(ceil(exact)), *(Fraction(limit) * 100 for limit in limits)]
    places = 1
    while True:
        near = floor(exact * 10**places + Fraction(1, 2))
        if all((exact >= border) == (Fraction(near, 10**places) >= border) for border in borders):
            return Decimal(near).scaleb(-places - 2)
        places += 1


def percent(rate: Decimal | Fraction, *limits: Decimal) -> str:
    """A rate (0..1), as `rounded` says it, in words: 94.4 %, 89.96 %."""
    return f"{plain(rounded(rate, *limits).scaleb(2))} %"


def month_word(period: str) -> str:
    """The month "2026-09" in words: 9月."""
    return f"{int(period[5:])}月"


def quoted(text: str) -> str:
    """What the person typed, quoted for a sentence and shortened to 12 characters."""
    return f"「{text if len(text) <= 12 else text[:12] + '…'}」"
