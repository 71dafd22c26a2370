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

from emulator.columnar.expressions.comparing import operand
from emulator.functions import Function

_MARK = "given_"
_PARAMETER = re.compile(r"\{(\w+)\}")


@functools.lru_cache(maxsize=1024)
def _parsed(template: str) -> exp.Expr:
    return sqlglot.parse_one(_PARAMETER.sub(rf"{_MARK}\1", template), dialect="duckdb")


def written(function: Function, arguments: Sequence[exp.Expr], meaning: Callable[[], exp.Expr]) -> exp.Expr | None:
    """The SQL of a call; None for a function that has none."""
    if function.sql is None:
        return None
    given: Mapping[str, Sequence[exp.Expr]] = dict(_by_parameter(function, arguments))
    made = _parsed(function.sql).copy()
    for place in [column for column in made.find_all(exp.Column) if column.name.startswith(_MARK)]:
        values = given[place.name.removeprefix(_MARK)]
        if not values and not any(one.rest for one in function.signature.parameters):
            return None  # an argument that was left out
        made = _replaced(made, place, [operand(one) for one in values])
    for call in list(made.find_all(exp.Anonymous)):
        if call.name.lower() == "meaning":
            call.replace(meaning())
    return made


def _replaced(whole: exp.Expr, place: exp.Expr, values: list[exp.Expr]) -> exp.Expr:
    """The whole with values in a place; the place may be the whole."""
    if place is whole:
        return values[0]
    place.replace(values[0] if len(values) == 1 else values)
    return whole


def _by_parameter(function: Function, arguments: Sequence[exp.Expr]) -> list[tuple[str, Sequence[exp.Expr]]]:
    parameters = function.signature.parameters
    named: list[tuple[str, Sequence[exp.Expr]]] = []
    for place, parameter in enumerate(parameters):
        values = arguments[place:] if parameter.rest else arguments[place : place + 1]
        named.append((parameter.name, values or ([exp.null()] if parameter.default == "null" else [])))
    return named
