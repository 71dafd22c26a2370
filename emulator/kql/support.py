"""Every function and operator of KQL: what the emulator has, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.functions import Kind
from emulator.kql import library, names
from emulator.kql.binder.evaluating import PLUGINS
from emulator.kql.binder.forms import FORMS
from emulator.kql.binder.graph_functions import GRAPH_FUNCTIONS
from emulator.kql.binder.windows import is_window
from emulator.kql.parser.registry import OPERATORS
from emulator.support import Support, gaps, supported

_PAGES = "https://learn.microsoft.com/kusto/query/{}"
_SAME = {"filter": "where", "limit": "take", "mvapply": "mv-apply", "mvexpand": "mv-expand", "order": "sort"}
"""Operators under a second name: their pages have the first."""
_KINDS = {Kind.SCALAR: "scalar", Kind.AGGREGATE: "aggregate", Kind.TABLE: "plugin"}


def functions() -> Iterator[Support]:
    """Every function, operator and statement of the product by kind and name, and what it is worth here."""
    for kind, word in _KINDS.items():
        for name in sorted(names.known(kind)):
            overloads = library.lookup(name, kind)
            if overloads or _is_bound(kind, name):
                yield supported("kql", word, name, overloads, _PAGES)
            else:
                reason = gaps("kql").get((word, name), "not written yet")
                yield Support("kql", word, name, (), (), "", reason)
    yield from _operators()


def _operators() -> Iterator[Support]:
    """Every keyword that begins an operator, and the statements that are gaps."""
    listed = {key: reason for key, reason in gaps("kql").items() if key[0] in ("operator", "statement")}
    for name in OPERATORS:
        if ("operator", name) not in listed:
            listed["operator", name] = ""
    for (kind, name), reason in sorted(listed.items()):
        page = "" if reason else _PAGES.format(f"{_SAME.get(name, name)}-operator")
        yield Support("kql", kind, name, (), (), page, reason)


def _is_bound(kind: Kind, name: str) -> bool:
    """True for a function that the binder turns into plan nodes of its own."""
    if kind is Kind.TABLE:
        return name in PLUGINS
    return kind is Kind.SCALAR and (name in FORMS or name in GRAPH_FUNCTIONS or is_window(name))
