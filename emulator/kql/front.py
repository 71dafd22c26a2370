"""The KQL front end as the query interface uses it: text to tree, tree to plan."""

from __future__ import annotations

from emulator.kql.binder import bind
from emulator.kql.binder.query_parameters import MISSING_PARAMETER
from emulator.kql.binder.stand_ins import MISSING_STAND_IN
from emulator.kql.parser import parse

SUPPLIED_BY_RUN = frozenset({MISSING_PARAMETER.id, MISSING_STAND_IN.id})
"""Codes of what is missing at compile time but may be given with a run."""

__all__ = ["SUPPLIED_BY_RUN", "bind", "parse"]
