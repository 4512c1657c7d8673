"""发到群里: sending a published term into the group chat of this installation."""

from bot.actions.buttons import Action, pressed


@pressed("jp")
class AskPost(Action):
    """What would be sent of a published term into the group chat, and what became of it (发到群里)?"""

    term: int


@pressed("jt", final=True)
class Post(Action):
    """Send a term into the group chat, as it was when it was seen; `attempt`: how often it was tried before."""

    term: int
    revision: int
    attempt: int


@pressed("jv")
class PostedPart(Action):
    """One part of what is sent of a term, as it was when it was seen."""

    term: int
    revision: int
    part: int


Posting = AskPost | Post | PostedPart
