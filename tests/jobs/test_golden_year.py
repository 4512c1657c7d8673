"""The school year 2026-27 against a list written by hand (golden_2026_27.txt): every due day, every reminder day."""

from datetime import date
from pathlib import Path

from jobs.duties.calendar import propose_terms
from jobs.duties.catalogue import DutyChoice, read_duties
from jobs.duties.occurrences import Occurrence, occurrences, reminder_days
from jobs.duties.workdays import WorkDays

DAYS = WorkDays()
KEYS = ("2026-2027-1", "2026-2027-2")
TERMS = dict(zip(KEYS, propose_terms(2026), strict=True))
EVENTS = {  # which day something happened, and in which term it is asked about
    "review": (date(2027, 6, 18), KEYS[1]),
    "result": (date(2027, 1, 25), KEYS[0]),
    "award": (date(2026, 7, 6), KEYS[0]),
}


def golden() -> list[str]:
    lines = Path(__file__).with_name("golden_2026_27.txt").read_text(encoding="utf-8").splitlines()
    return [" ".join(line.partition("#")[0].split()) for line in lines if line.partition("#")[0].strip()]


def laid_out() -> list[Occurrence]:
    found: list[Occurrence] = []
    for key, term in TERMS.items():
        for duty in read_duties("jinsong_2017").values():
            event, asked = EVENTS[duty.event] if duty.event else (None, key)
            if asked == key:
                found += occurrences(duty, term, key, DAYS, event=event)
    return found


def line(occurrence: Occurrence, overdue: bool) -> str:
    leads = read_duties("jinsong_2017")[occurrence.duty].leads
    said = [f"{day:%m-%d}/{n}" for day, n in reminder_days(occurrence, leads, DAYS) if (n < 0) is overdue]
    head = f"overdue {occurrence.duty}" if overdue else occurrence.duty
    return f"{head} | {occurrence.period} | {occurrence.due} | {' '.join(said)}"


def test_the_year_falls_due_as_written_by_hand() -> None:
    expected = [entry for entry in golden() if not entry.startswith("overdue")]
    assert len(expected) >= 60
    assert sorted(line(occurrence, overdue=False) for occurrence in laid_out()) == sorted(expected)


def test_what_is_overdue_is_said_weekly_as_written_by_hand() -> None:
    expected = [entry for entry in golden() if entry.startswith("overdue")]
    assert expected
    assert set(expected) <= {line(occurrence, overdue=True) for occurrence in laid_out()}


def test_every_reminder_of_the_year_comes_on_a_working_day_and_once() -> None:
    for occurrence in laid_out():
        said = reminder_days(occurrence, read_duties("jinsong_2017")[occurrence.duty].leads, DAYS)
        assert all(DAYS.works(day) for day, _ in said)
        assert len({day for day, _ in said}) == len(said)


def test_what_is_off_stays_out_of_the_year_until_it_is_switched_on() -> None:
    dues = read_duties("jinsong_2017")["dues"]
    first = TERMS[KEYS[0]]
    assert occurrences(dues, first, KEYS[0], DAYS) == ()
    on = occurrences(dues, first, KEYS[0], DAYS, DutyChoice(on=True))
    # The last working day of the month; October's is a Saturday, January's lies after the term.
    assert [(o.period, o.due) for o in on] == [
        ("2026-09", date(2026, 9, 30)),
        ("2026-10", date(2026, 10, 30)),
        ("2026-11", date(2026, 11, 30)),
        ("2026-12", date(2026, 12, 31)),
        ("2027-01", date(2027, 1, 22)),
    ]
