"""What is compiled only when somebody types can be compiled."""

import gc
from importlib import import_module
from pkgutil import walk_packages

import bot.dialogue
import bot.words
import jobs
import scoring
from scoring.pattern import pattern


def test_every_pattern_can_be_compiled() -> None:
    for package in (bot.dialogue, bot.words, jobs, scoring):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    kind = type(pattern(""))
    gc.unfreeze()  # what a test run has loaded is passed over otherwise
    found = [one for one in gc.get_objects() if type(one) is kind]
    gc.freeze()
    assert len(found) > 200
    assert all(one.flags is not None for one in found)
