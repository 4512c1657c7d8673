"""A line that nobody typed comes back as it was, whatever its reasons hold."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from scoring.kept_line import kept, read_kept
from scoring.line import Line, Said
from scoring.rubric import Grade

points = st.none() | st.integers(0, 50).map(lambda tenths: Decimal(tenths) / 10)
said = st.builds(Said, st.integers(1, 24), st.none() | st.sampled_from(Grade), points, st.text())
numbers = st.tuples(st.integers(1, 24), st.integers(0, 99), st.integers(0, 99))


@given(st.builds(Line, st.lists(said).map(tuple), st.lists(numbers).map(tuple)))
def test_a_kept_line_is_read_as_it_was(line: Line) -> None:
    assert read_kept(kept(line)) == line


@given(st.text())
def test_what_somebody_types_is_none(text: str) -> None:
    assert read_kept(text.replace("\u2060", "")) is None
