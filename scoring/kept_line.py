"""A line that nobody typed, as a text that is kept: its reasons may hold anything, so no grammar reads it."""

import json
from decimal import Decimal

from scoring.line import Line, Said
from scoring.numerals import plain
from scoring.rubric import Grade

_NOT_TYPED = "\u2060"  # neither ink nor blank: what is typed is heard without it


def kept(line: Line) -> str:
    """The text of a line; read_kept() gives back exactly that line."""
    marks = [(n, "" if p is None else plain(p), g if g is None else int(g), r) for n, g, p, r in line.marks]
    return _NOT_TYPED + json.dumps([marks, line.facts], ensure_ascii=False)


def read_kept(text: str) -> Line | None:
    """The line that was kept so; None for what somebody typed."""
    if not text.startswith(_NOT_TYPED):
        return None
    marks, facts = json.loads(text.removeprefix(_NOT_TYPED))
    said = (Said(n, None if g is None else Grade(g), Decimal(p) if p else None, r) for n, p, g, r in marks)
    return Line(tuple(said), tuple((item, count, of) for item, count, of in facts))
