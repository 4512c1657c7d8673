"""What a typed text is meant for."""

from bot.actions.buttons import Action, Upload, pressed, said


@said
class Say(Action):
    """A text that no screen asked for: what it means is in its words alone.

    `whole`: it was typed where another one was asked for, so each of its words must be known.
    """

    text: str
    whole: bool = False


@pressed("wq")
class Which(Action):
    """Show a typed text that may belong to several things, and ask to which (记到哪一项？)."""

    saying: int


@pressed("wp")
class Place(Action):
    """A typed text belongs to one of the things it was asked about (by its number, from 0)."""

    saying: int
    place: int


@said
class TypedAgain(Action):
    """Where it was asked to what a text belongs: another text instead."""

    saying: int
    text: str


@said
class WaitWith(Action):
    """This file was sent with a text of which it is asked where it belongs: it goes there too."""

    saying: int
    upload: Upload


@pressed("we")
class Edited(Action):
    """Show what a message said or a task's answer is, and the text that is to count instead."""

    saying: int


@pressed("wr")
class Correct(Action):
    """What a message says since it was edited, or was answered to what is done, counts instead (改)."""

    saying: int


Hearing = Say | Which | Place | TypedAgain | WaitWith | Edited | Correct
