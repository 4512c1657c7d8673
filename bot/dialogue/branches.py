"""A branch that is named in words: one rule for every screen that takes a name."""

from bot.dialogue.work import Work
from bot.store import terms
from bot.values import Branch
from scoring.numerals import quoted
from scoring.refusal import Refused, Unread


def named(work: Work, committee_id: int, text: str) -> tuple[Branch, ...]:
    """The branches of a committee that a typed name can mean. Raises Refused when there is none."""
    found = terms.branches_named(work.session, text, committee_ids=[committee_id])
    if not found:
        raise Unread(f"没有找到名称含{quoted(text.strip())}的支部，请核对后再输入。")
    return found


def one_named(work: Work, committee_id: int, text: str) -> Branch:
    """The one branch that a typed name means. Raises Refused."""
    found = named(work, committee_id, text)
    if len(found) > 1:
        many = f"{len(found)} {'多' if len(found) == terms.NAMED_MOST else ''}个"
        raise Refused(f"有 {many}支部符合{quoted(text.strip())}，请输入全名。")
    return found[0]
