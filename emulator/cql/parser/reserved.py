"""Words that can't be free text without quotes: the names of functions and statements.

The product's documentation lists them (library.humio.com, lql-grammar, appendix D). As names of fields they
stay usable.
"""

from __future__ import annotations

from functools import cache

from emulator.shipped import shipped_text

_STATEMENTS = ("case", "like", "match")


@cache
def reserved_words() -> frozenset[str]:
    """The reserved words, as they are written."""
    text = shipped_text("cql/functions.txt")
    functions = (line.strip() for line in text.splitlines() if not line.startswith("#"))
    return frozenset((*functions, *_STATEMENTS))
