"""Where something is seen: a branch in a term."""

from bot.dialogue.work import Work
from bot.permissions import see_branch
from bot.store import terms
from bot.values import Branch, Term


def place(work: Work, branch_id: int, term_id: int) -> tuple[Branch, Term]:
    """A branch that one may see as it is rated in a term (0: this one). Raises Refused."""
    found = terms.of_branch(work.session, branch_id)
    see_branch(work.me, found.branch.committee_id, found.branch.id)
    return found.rated_in(term_id, work.today)
