"""The SQL that a function's declaration gives: parsed once, its parameters replaced by values.

A parameter stands in braces: `lower({text})`; one that takes the rest of the arguments becomes all of them.
`meaning()` stands for a call of the interpreter's meaning, for values that the SQL does not speak of.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence

import sqlglot
from sqlglot import exp

from emulator.columnar.comparing import operand
from emulator.functions import Function

_PARAMETER = re.compile(r"\{(\w+)\}")


@functools.lru_cache(maxsize=1024)
def _parsed(template: str) -> exp.Expr:
    return sqlglot.parse_one(_PARAMETER.sub(r":\1", template), dialect="duckdb")


def written(function: Function, arguments: Sequence[exp.Expr], meaning: Callable[[], exp.Expr]) -> exp.Expr | None:
    """The SQL of a call; None for a function that has none."""
    if function.sql is None:
        return None
    given: Mapping[str, Sequence[exp.Expr]] = dict(_by_parameter(function, arguments))
    made = _parsed(function.sql).copy()
    for place in list(made.find_all(exp.Placeholder)):
        values = [operand(one) for one in given[place.name]]
        place.replace(values[0] if len(values) == 1 else values)
    for call in list(made.find_all(exp.Anonymous)):
        if call.name.lower() == "meaning":
            call.replace(meaning())
    return made


def _by_parameter(function: Function, arguments: Sequence[exp.Expr]) -> list[tuple[str, Sequence[exp.Expr]]]:
    parameters = function.signature.parameters
    named: list[tuple[str, Sequence[exp.Expr]]] = []
    for place, parameter in enumerate(parameters):
        named.append((parameter.name, arguments[place:] if parameter.rest else arguments[place : place + 1]))
    return named
