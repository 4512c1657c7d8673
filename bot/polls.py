"""年度评议 as a voter meets it: a code gives a ballot, once. Nobody is known here, and nothing but the vote is kept.

No history, no notice, no line of a log and no count belongs to a vote: whatever stood beside it would tell of it.
"""

from collections.abc import Mapping

from bot.store import ballots, review
from bot.store.codes import clean_code
from bot.store.database import Database
from bot.values import BallotPaper
from scoring.refusal import Refused
from scoring.review import Marks

OPINION_MOST = 300  # characters of what is said of one branch


def check_opinions(opinions: Mapping[int, str], paper: BallotPaper) -> None:
    """Raise Refused for what is too long, with the name of the branch."""
    for branch in paper.branches:
        if len(opinions.get(branch.id, "").strip()) > OPINION_MOST:
            raise Refused(f"{branch.name}的意见请控制在 {OPINION_MOST} 字以内。还没有投出，请改短。")


class Polls:
    """The ballots of all committees. Its methods block: a channel calls them with asyncio.to_thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def paper(self, code: str) -> BallotPaper:
        """The ballot that a code gives; nothing is used up. Raises Refused."""
        with self._database.read() as session:
            number, group, committee = ballots.voter(session, clean_code(code))
            found = review.one(session, number)
            return BallotPaper(found, group, committee, review.on_ballot(session, found))

    def cast(self, code: str, marks: Mapping[int, Marks], opinions: Mapping[int, str]) -> None:
        """Put a ballot into the box and use its code up. Raises Refused; then nothing is kept."""
        known = self.paper(code)
        width, branches = len(known.review.table.categories), {branch.id for branch in known.branches}
        if marks.keys() != branches or any(len(of_branch) != width for of_branch in marks.values()):
            raise Refused("选票和这次评议对不上，没有投出。请重新打开投票页面。")
        said = {
            branch: text.strip() for branch, text in opinions.items() if branch in branches and text.strip()
        }
        check_opinions(said, known)
        with self._database.write() as session:
            ballots.cast(session, clean_code(code), marks, said)
