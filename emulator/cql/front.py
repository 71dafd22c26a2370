"""The CQL front end as the query interface uses it: text to tree, tree to plan."""

from __future__ import annotations

from emulator.cql import library
from emulator.cql.binder import bind
from emulator.cql.parser import parse

SUPPLIED_BY_RUN = frozenset({"CQL5002", "CQL5003", "CQL5004"})
"""Codes of what is missing at compile time but may be given with a run."""

library.functions()
"""Functions declare the assumptions that callers may opt in to, so all of them are loaded here."""

__all__ = ["SUPPLIED_BY_RUN", "bind", "parse"]
