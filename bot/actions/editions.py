"""评价表: which edition of the rating table is in force, a new one that is sent, and from which term it holds."""

from bot.actions.buttons import Action, Upload, pressed, said


@pressed("ed")
class Editions(Action):
    """Show which rating table is in force in which term of a committee, and take a new one (评价表)."""

    committee: int


@said
class SentEdition(Action):
    """This file is a rating table: show what it would change."""

    committee: int
    upload: Upload


@pressed("ef")
class EditionCard(Action):
    """Show a page of what an edition changes in today's table."""

    edition: int
    page: int


@pressed("eg")
class EditionTerms(Action):
    """From which term may an edition be in force?"""

    edition: int


@pressed("eh")
class AskAdopt(Action):
    """I want an edition to be in force from a term on (0: in those that are added later)."""

    edition: int
    term: int


@said
class TypedEditionReason(Action):
    """This is why, once I confirm it."""

    edition: int
    term: int
    text: str


@pressed("ej", final=True)
class Adopt(Action):
    """Let it be in force from that term on, as I saw it: its fingerprint."""

    edition: int
    term: int
    revision: int


@pressed("ek")
class DropEdition(Action):
    """Forget an edition that never was in force."""

    edition: int


@pressed("eo")
class EditionFile(Action):
    """Give me an edition (0: today's) as a file of a kind (0 Excel, 1 TOML), to be changed and sent back."""

    committee: int
    edition: int
    kind: int


@pressed("et")
class AdoptTrial(Action):
    """Make an edition of today's table and these rules (试算), each as `Rule.code` writes it, 0 for none."""

    committee: int
    first: int
    second: int
    third: int
    fourth: int


Revising = (
    Editions
    | SentEdition
    | EditionCard
    | EditionTerms
    | AskAdopt
    | TypedEditionReason
    | Adopt
    | DropEdition
    | EditionFile
    | AdoptTrial
)
"""The screens of 评价表: what is in force, an edition beside today's, from when it holds."""
