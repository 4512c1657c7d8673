"""How the rules say no: one polite sentence for the person, and nothing has changed."""


class Refused(Exception):  # noqa: N818 -- the house's word: a refusal is an answer, not an error
    """A request that is not possible; `str()` is the sentence to show."""


class Unread(Refused):
    """A typed text that is nothing of what was asked for; it may mean something elsewhere."""


class EditionRefused(Refused):
    """An edition (评价表版本) that contradicts itself or cannot be read."""
