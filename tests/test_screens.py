"""How screens are written: few values or a view, rows laid out by words, and nothing handed in is changed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST = 5  # values of a screen; with more it takes a view
LAYOUT = "layout.py"
CHANGES = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault"}
CHANGES |= {"reverse", "sort", "update"}


def functions(room: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions of a room, each with where it stands."""
    for path, tree in trees(room):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                yield f"{path.name}:{node.lineno} {node.name}", node


def trees(room: str) -> Iterator[tuple[Path, ast.Module]]:
    """The files of a room."""
    for path in sorted((ROOT / "bot" / room).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def values(function: ast.FunctionDef) -> list[str]:
    """The names of what a function takes, besides what it is a method of."""
    taken = function.args
    every = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg]
    return [one.arg for one in every if one is not None and one.arg not in ("self", "cls")]


def changed(function: ast.FunctionDef) -> Iterator[str]:
    """What is handed to a function and changed in its place by it."""
    for node in ast.walk(function):
        places: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            places = [node.func.value]
        elif isinstance(node, ast.Assign | ast.Delete):
            places = [target.value for target in node.targets if isinstance(target, ast.Subscript)]
        elif isinstance(node, ast.AugAssign):
            places = [node.target.value if isinstance(node.target, ast.Subscript) else node.target]
        for place in places:
            if isinstance(place, ast.Name) and place.id in values(function):
                yield place.id


@pytest.mark.parametrize("room", ["screens", "dialogue"])
def test_what_takes_many_values_takes_a_view(room: str) -> None:
    assert [where for where, function in functions(room) if len(values(function)) > MOST] == []


def test_a_view_is_frozen_and_its_values_are_given_by_name() -> None:
    views = [
        (node.name, {word.arg for word in made.keywords})
        for _, tree in trees("screens")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for made in node.decorator_list
        if isinstance(made, ast.Call)
    ]
    assert views
    assert [name for name, words in views if not {"frozen", "slots", "kw_only"} <= words] == []


def test_no_screen_slices_its_rows_by_hand() -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path, tree in trees("screens")
        if path.name != LAYOUT
        for node in ast.walk(tree)
        if isinstance(node, ast.Slice) and node.lower is not None and node.upper is not None
    ]
    assert found == []


@pytest.mark.parametrize("room", ["screens", "dialogue"])
def test_nothing_that_is_handed_in_is_changed(room: str) -> None:
    found = [f"{where}: {name}" for where, function in functions(room) for name in changed(function)]
    assert found == []
