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


Finding = Home | Branches | Help | Privacy | Send | Unreadable
