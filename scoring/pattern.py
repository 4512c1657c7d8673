"""Patterns of what people type. There are hundreds, and to compile them all takes a tenth of a start: each is compiled
when it is first asked.
"""

import re
from functools import cached_property
from typing import Any, cast


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """As re.compile, later: so it raises re.error when it is first asked. What it finds is `found.re` of another."""
    return cast(re.Pattern[str], _Pattern(text, flags))


class _Pattern:
    def __init__(self, text: str, flags: int) -> None:
        self.pattern, self._flags = text, flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self._flags)

    def __getattr__(self, name: str) -> Any:
        """What else it has; kept, so that this is asked once for each name."""
        found = self.__dict__[name] = getattr(self._compiled, name)
        return found
