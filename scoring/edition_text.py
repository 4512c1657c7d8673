"""An edition as the TOML text of which it is read again: one text for each edition, whoever wrote it first."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from scoring.rubric import Edition, FactKind, Grade, Item, Measure, load_edition, own_key


def written(edition: Edition) -> str:
    """The text of an edition: `load_edition(written(edition)) == edition`."""
    return f"key = {_text(edition.key)}\n{body(edition)}"


def own(edition: Edition) -> tuple[Edition, str]:
    """An edition as a committee's own, under the key that follows from its text; and that text, which says no key.

    EditionRefused where it contradicts itself.
    """
    text = body(edition)
    return load_edition(text, own_key(text)), text


def body(edition: Edition) -> str:
    """The text of an edition without its key."""
    return "\n".join(_lines(edition)) + "\n"


def alike(one: Edition, other: Edition) -> bool:
    """Whether two editions are the same but for what they are called."""
    return replace(one, key=other.key) == other


def _lines(edition: Edition) -> Iterator[str]:
    yield f"name = {_text(edition.name)}"
    yield f"source = {_text(edition.source)}"
    stars = (f"{{ stars = {count}, least = {_number(least)} }}" for count, least in edition.stars)
    yield f"stars = [{', '.join(stars)}]"
    yield f"lowest = {edition.lowest}"
    yield f"weak_below = {_number(edition.weak_below)}"
    if edition.clauses:
        yield f"clauses = {_texts(edition.clauses)}"
    yield "\n[shares]"
    for grade in reversed(Grade):
        yield f"{grade.name.lower()} = {_number(edition.shares[grade])}"
    yield "" if edition.facts else "\n[facts]"
    for kind in edition.facts.values():
        yield f"\n[facts.{kind.key}]"
        yield from _fact(kind)
    for category in edition.categories:
        yield f"\n[[categories]]\nnumber = {category.number}\nname = {_text(category.name)}"
        for item in category.items:
            yield "\n[[categories.items]]"
            yield from _item(item)


def _fact(kind: FactKind) -> Iterator[str]:
    yield f"number = {kind.number}"
    for name in ("title", "unit", "form", "example"):
        yield f"{name} = {_text(getattr(kind, name))}"
    if kind.parts:
        yield f"parts = {_texts(kind.parts)}"
    for name in ("of_zero", "monthly"):
        if getattr(kind, name):
            yield f"{name} = true"


def _item(item: Item) -> Iterator[str]:
    yield f"number = {item.number}"
    for name in ("title", "standard", "excellent"):
        yield f"{name} = {_text(getattr(item, name))}"
    yield f"methods = {_texts(item.methods)}"
    yield f"points = {_number(item.points)}"
    yield f"measures = [{', '.join(map(_measure, item.measures))}]"
    if item.typed:
        yield f"typed = {_text(item.typed)}"
    if item.unasked:
        yield f"unasked = {_texts(item.unasked)}"


def _measure(measure: Measure) -> str:
    parts = [f"fact = {_text(measure.fact)}", f"how = {_text(measure.how)}"]
    limits = (("passed", measure.passed), ("excellent", measure.excellent))
    parts += [f"{name} = {_number(limit)}" for name, limit in limits if limit is not None]
    return f"{{ {', '.join(parts)} }}"


def _texts(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    """A basic string: what JSON escapes, TOML reads; and DEL, which only TOML forbids."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(number: Decimal) -> str:
    """Every digit of it: a number that is reckoned with is rounded to 28 of them."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
