"""评议结果: what each group gave each branch in a round of 年度评议, as totals; never a ballot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.paper.listing import Column, Content, Listing
from bot.paper.texts import inert
from bot.values import Branch, ExpertOpinion, Review
from jobs.duties.calendar import year_name
from scoring.numerals import plain
from scoring.review import Box, Shown, in_points, score

_WIDE: Final = 180  # millimetres that the categories share: A4 across, without the other columns


@dataclass(frozen=True, slots=True)
class Outcome:
    """A round that is closed: what may be shown of it, the branches on its ballots, what experts said by name."""

    review: Review
    shown: Shown
    branches: Sequence[Branch]
    experts: Sequence[ExpertOpinion]


def listing(of: Outcome, committee: str, made: datetime) -> Listing:
    """A row for each branch in each box: 优秀/合格/不合格/弃权 by category, and what that is worth."""
    table = of.review.table
    categories = [
        Column(f"{inert(category.name)}\n优秀/合格/不合格/弃权", _WIDE / len(table.categories))
        for category in table.categories
    ]
    return Listing(
        what="评议结果",
        committee=committee,
        name=year_name(of.review.year),
        table=table.name,
        columns=(
            Column("党支部", 34, centred=False),
            Column("组别", 22),
            Column("票数", 13),
            *categories,
            Column("得分", 18),
        ),
        rows=[_cells(of, branch, box) for branch in of.branches for box in of.shown.boxes],
        made=made,
        size=9,
        across=True,
    )


def _cells(of: Outcome, branch: Branch, box: Box) -> tuple[Content, ...]:
    counts = box.tally[branch.id]
    worth = score(counts, of.review.table)
    said = ["/".join(map(str, count)) for count in counts]
    return inert(branch.name), box.name, box.ballots, *said, None if worth is None else in_points(worth)


def tables(every: Sequence[Outcome]) -> dict[str, list[dict[str, Any]]]:
    """The same of all rounds as flat tables; docs/export.md says what stands where."""
    return {
        "reviews": [row for of in every for row in _turnout(of)],
        "review_counts": [row for of in every for row in _flat(of)],
        "expert_opinions": [
            {"year": of.review.year, "branch": branch.name, "expert": said.name, "text": said.text}
            for of in every
            for branch in of.branches
            for said in of.experts
            if said.branch_id == branch.id
        ],
    }


def _turnout(of: Outcome) -> Iterator[dict[str, Any]]:
    review = of.review
    for group in dict.fromkeys((*review.voters, *review.present, *review.issued, *review.weights)):
        voters = review.voters.get(group, 0)
        yield {
            "year": review.year,
            "group": group.name.lower(),
            "voters": voters,
            "present": review.present.get(group),
            "issued": review.issued.get(group, voters),
            "returned": review.returned.get(group, 0),
            "weight": review.weights.get(group, 0),
        }


def _flat(of: Outcome) -> Iterator[dict[str, Any]]:
    for branch in of.branches:
        for box in of.shown.boxes:
            counts = box.tally[branch.id]
            worth = score(counts, of.review.table)
            for category, count in zip(of.review.table.categories, counts, strict=True):
                yield {
                    "year": of.review.year,
                    "branch": branch.name,
                    "groups": [group.name.lower() for group in box.groups],
                    "paper": box.paper,
                    "ballots": box.ballots,
                    "category": category.name,
                    **count._asdict(),
                    "score": None if worth is None else plain(in_points(worth)),
                }
