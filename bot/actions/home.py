"""Finding one's way: home, help, what was not asked for by any screen, telling the administrator something."""

from bot.actions.buttons import Action, Upload, pressed, said


@pressed("h")
class Home(Action):
    """What is open for me, until when, how far."""


@pressed("hb")
class Branches(Action):
    """Which branches are there, on the first (0), second … page, and how far is each one's evaluation?"""

    committee: int
    page: int


@pressed("hp")
class Help(Action):
    """What can I do here?"""


@pressed("pv")
class Privacy(Action):
    """What is stored about me?"""


@said
class Send(Action):
    """A file that no screen asked for."""

    upload: Upload


@said
class Unreadable(Action):
    """A message the bot cannot use: voice, sticker, location."""

    kind: str


Finding = Home | Branches | Help | Privacy | Send | Unreadable
