"""A text is cut at a line's end, counted in characters or in bytes, and says so; what fits is left as it is."""

import pytest

from bot.channels.cutting import MORE, cut, octets

TEXT = "第一行\n第二行\n第三行"


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (11, TEXT),
        (10, "第一行\n第二行\n…"),
        (9, "第一行\n第二行\n…"),
        (8, "第一行\n…"),
        (5, "第一行\n…"),
        (4, "…"),
        (1, "…"),
    ],
)
def test_so_many_characters(limit: int, shown: str) -> None:
    assert cut(TEXT, limit) == shown


@pytest.mark.parametrize("limit", range(3, 40))
def test_never_more_bytes_and_never_a_line_less_than_fits(limit: int) -> None:
    shown = cut(TEXT, limit, octets)
    assert octets(shown) <= limit
    if shown != TEXT:
        kept = shown.count("\n")
        assert shown == "\n".join([*TEXT.split("\n")[:kept], MORE])
        longer = TEXT if kept == 2 else "\n".join([*TEXT.split("\n")[: kept + 1], MORE])
        assert octets(longer) > limit
