"""Plain texts as WeCom's bot sends them: it takes only markdown, in which nothing that people wrote may mean anything.

https://developer.work.weixin.qq.com/document/path/101463
"""

import re

_MEANS = re.compile(r"([\\`*_\[\]<>|~])")
_BEGINS = re.compile(r"^(\s*)([#+-]|\d+(?=[.)]))", re.MULTILINE)
_MEANT = re.compile(r"\\([^\n])")


class Markdown(str):
    """A text in which marks mean something: it is sent as it is."""

    __slots__ = ()


def escaped(text: str) -> str:
    """A text that is shown as it is, line by line."""
    shown = _BEGINS.sub(lambda found: found[1] + _harmless(found[2]), _MEANS.sub(r"\\\1", text))
    return shown.replace("\n", "  \n")


def _harmless(start: str) -> str:
    """The start of a line that would make a heading or a list: a number keeps its look."""
    return f"{start}\\" if start.isdecimal() else f"\\{start}"


def read(markdown: str) -> str:
    """Such a text as it is shown."""
    return _MEANT.sub(r"\1", markdown).replace("  \n", "\n")
