"""Patterns are compiled when they are first asked."""

import re

import pytest

from scoring.pattern import pattern


def test_it_is_compiled_when_it_is_first_asked() -> None:
    wrong = pattern("(")
    with pytest.raises(re.error):
        wrong.match("(")


def test_it_answers_as_a_pattern_does() -> None:
    words = "(?P<number>[0-9]+)a"
    late, soon = pattern(words, re.IGNORECASE), re.compile(words, re.IGNORECASE)
    assert (late.pattern, late.flags, late.groupindex) == (soon.pattern, soon.flags, soon.groupindex)
    for _ in range(2):  # found, and then kept
        found = late.search("12A, 15A", 3)
        assert found
        assert found["number"] == "15"
        assert late.sub("", "实到12A") == "实到"
