"""Two school years of digests against lists that a person has read (golden_years.txt).

One year has the terms that are proposed, the other has terms of its own. `python -m tests.jobs.test_golden_years`
prints the lists as they are now: look at every line that differs before it is taken over.
"""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bot.screens.duties import titled
from jobs.duties.calendar import TermDates, propose_terms, weekday_word
from jobs.duties.occurrences import answer_by
from tests.jobs.test_rhythm import (
    BEHIND,
    ON_TIME,
    ON_TIME_AT_THE_END,
    calm,
    digests_of,
    in_order,
    not_forgotten,
)

USUAL = propose_terms(2026)
OTHER = (
    TermDates("第一学期", date(2027, 9, 6), date(2028, 1, 14)),
    TermDates("第二学期", date(2028, 2, 14), date(2028, 7, 14)),
)
FILE = Path(__file__).with_name("golden_years.txt")


def lists() -> list[str]:
    """Both years, for a branch that does everything on its day and for one that does nothing."""
    found = []
    for terms in (USUAL, OTHER):
        for late, who in ((False, "on time"), (True, "behind")):
            found += ["", f"== {terms[0].starts} .. {terms[-1].ends}, {who}", *counts(terms, late)]
            found += entries(terms, late)
    return found[1:]


def counts(terms: tuple[TermDates, ...], late: bool) -> list[str]:
    """How many digests each month has, and the largest number of lines."""
    digests = digests_of(*terms, late=late)
    months = Counter(f"{day:%Y-%m}" for day in digests)
    most = max(len(told) for told in digests.values())
    return [f"digests a month: {' '.join(f'{m[5:]}:{n}' for m, n in months.items())}; lines at most: {most}"]


def entries(terms: tuple[TermDates, ...], late: bool) -> list[str]:
    """A line for each digest: the day, and what it names, with the days that are left.

    What was held and is to be reported has 报; what is overdue is counted, and named when it is for the first time.
    """
    found, known = [], set()
    for day, told in digests_of(*terms, late=late).items():
        coming, overdue, new = [], 0, []
        for (occurrence, duty), lead in told:
            name = titled(duty, occurrence.period)
            if lead >= 0:
                coming.append(f"{name} {lead}")
            elif day <= answer_by(duty, occurrence.due, occurrence.closes):
                coming.append(f"{name} 报")
            else:
                overdue += 1
                if occurrence not in known:
                    new.append(name)
                    known.add(occurrence)
        late_words = f" | 超期 {overdue}" + f"，新的：{'、'.join(new)}" * bool(new) if overdue else ""
        found.append(f"{day} {weekday_word(day)}: {'、'.join(coming)}{late_words}")
    return found


@pytest.mark.slow
def test_two_years_are_said_as_they_were_read() -> None:
    written = FILE.read_text(encoding="utf-8").splitlines()
    assert lists() == [line for line in written if not line.startswith("#")]


def test_the_years_that_were_read_keep_the_limits() -> None:
    heads = [
        line for line in FILE.read_text(encoding="utf-8").splitlines() if line.startswith(("==", "digests"))
    ]
    assert len(heads) == 8
    for head, line in zip(heads[::2], heads[1::2], strict=True):
        months = dict(
            word.split(":") for word in line.removeprefix("digests a month: ").partition(";")[0].split()
        )
        for month, count in months.items():
            ends = month in ("12", "01", "06", "07")
            assert int(count) <= (BEHIND if "behind" in head else ON_TIME_AT_THE_END if ends else ON_TIME)


def test_the_years_that_were_read_are_in_order_and_nothing_in_them_is_forgotten() -> None:
    for terms in (USUAL, OTHER):
        in_order(terms)
        calm(terms)
        not_forgotten(terms)


if __name__ == "__main__":
    print("\n".join(lists()))
