"""Regular expressions that are compiled when they are first used.

A command imports the modules of many functions and uses few of their patterns, and compiling one takes a third of a
millisecond.
"""

from __future__ import annotations

import re
from typing import Any, cast

_MEMBERS = frozenset(name for name in dir(re.Pattern) if not name.startswith("_"))


class _Regular:
    """Becomes what `re.compile` gives: all that a pattern can do stands in the instance after the first use."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name not in _MEMBERS:
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        self.__dict__.update((member, getattr(compiled, member)) for member in _MEMBERS)
        return getattr(compiled, name)


def regular(text: str, flags: int = 0) -> re.Pattern[str]:
    """The regular expression `text` for a module to keep; a mistake in it shows when it is first used."""
    return cast("re.Pattern[str]", _Regular(text, flags))
