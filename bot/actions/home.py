"""Finding one's way: home, help, what was not asked for by any screen, telling the administrator something."""

from bot.actions.buttons import Asked, Upload, pressed, said


@pressed("h")
class Home(Asked):
    """What is open for me, until when, how far."""


@pressed("hb")
class Branches(Asked):
    """Which branches are there, on the first (0), second … page, and how far is each one's evaluation?"""

    committee: int
    page: int


@pressed("hp")
class Help(Asked):
    """What can I do here?"""


@pressed("pv")
class Privacy(Asked):
    """What is stored about me?"""


@said
class Send(Asked):
    """A file that no screen asked for."""

    upload: Upload


@said
class Unreadable(Asked):
    """A message the bot cannot use: voice, sticker, location."""

    kind: str


@pressed("fb")
class Feedback(Asked):
    """I want to tell the administrator something."""


@said
class SendFeedback(Asked):
    """This is what I want to tell the administrator."""

    text: str


@pressed("ib")
class Inbox(Asked):
    """What people told the administrator of this committee."""

    committee: int


@pressed("io")
class OlderInbox(Asked):
    """What people told the administrator before they said something else."""

    committee: int
    before: int


Finding = Home | Branches | Help | Privacy | Send | Unreadable | Feedback | SendFeedback | Inbox | OlderInbox
