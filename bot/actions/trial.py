"""试算: other rules on the official results of a term, without saving."""

from bot.actions.buttons import Action, pressed, said


@pressed("vr")
class Trial(Action):
    """What would other rules make of a term's official results? Term 0 is the current one.

    Each of the four is a rule as `Rule.code` of scoring/trial.py writes it, 0 for none.
    """

    term: int
    first: int
    second: int
    third: int
    fourth: int


@said
class TypedTrial(Action):
    """The same for a typed line of rules: 合格75% 五星85."""

    term: int
    text: str


Trying = Trial | TypedTrial
