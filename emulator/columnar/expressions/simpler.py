"""Calls in a simpler form with the same meaning, of which SQL is known."""

from __future__ import annotations

import functools
from dataclasses import replace

from emulator.functions import Function
from emulator.plan.expressions import Call, Const, Field
from emulator.types import ScalarType


def simpler(call: Call) -> Call:
    """`wildcard(field=f, pattern=a*)` is `in(f, values=["a*"])`; any other call is itself."""
    if call.function.identity != "cql.wildcard":
        return call
    match call.arguments:
        case (
            Const(value=str(text), span=span),
            Call(arguments=(Field() as field,)) as fields,
            Const(value=bool()) as ignore_case,
            Const(value=everything),
            *_,
        ) if fields.function.identity == "cql.operator:values" and not (everything and text == "*"):
            values = Const((text,), ScalarType.VALUE, span)
            return replace(call, function=_is_in(), arguments=(field, values, ignore_case))
        case _:
            return call


@functools.cache
def _is_in() -> Function:
    from emulator.cql.library.conditions import LIBRARY

    return next(function for function in LIBRARY.functions if function.name == "in")
