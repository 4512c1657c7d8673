"""What a refusal must be: one polite sentence, with full-width punctuation outside what it quotes."""

import re
from collections.abc import Callable

import pytest

from scoring.refusal import Refused


def refusal(call: Callable[[], object]) -> str:
    """The sentence a call is refused with."""
    with pytest.raises(Refused) as refused:
        call()
    sentence = str(refused.value)
    assert sentence.endswith("。")
    assert sentence.count("。") == 1
    assert not re.search(r"[,;:?!()]", re.sub("「[^」]*」", "", sentence)), sentence
    return sentence
