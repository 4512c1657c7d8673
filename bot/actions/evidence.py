"""依据: what is attached to an item."""

from bot.actions.buttons import Action, Upload, pressed, said


@pressed("ev")
class Evidence(Action):
    """Show what is attached to an item (依据), and take more."""

    sheet: int
    item: int


@said
class AddEvidence(Action):
    """Attach this file to an item."""

    sheet: int
    item: int
    upload: Upload


@pressed("es")
class ShowEvidence(Action):
    """Show one attached file."""

    sheet: int
    evidence: int


@pressed("er", final=True)
class RemoveEvidence(Action):
    """Take one attached file off its item."""

    sheet: int
    evidence: int


Attaching = Evidence | AddEvidence | ShowEvidence | RemoveEvidence
