"""Functions that speak of the run of a query and not of its events: parameters, repetition."""

from __future__ import annotations

from emulator.cql import syntax
from emulator.cql.binder.arguments import MISSING_ARGUMENT, Arguments
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.pipeline import assign
from emulator.functions import Library
from emulator.plan.expressions import Const
from emulator.types import ScalarType

LIBRARY = Library("cql", "parameters")


@LIBRARY.table("beta:param(parameter: text, as: text = none) -> events", doc="beta-param")
def lower_param(flow: Flow, arguments: Arguments) -> None:
    """Sets a field to what a parameter of the query stands for."""
    span = arguments.call.span
    if arguments["as"] is None:
        help = "write name := beta:param(…), or add as=name"
        message = "`beta:param()` needs the name of the field to set"
        flow.context.error(MISSING_ARGUMENT, message, span, help)
        return
    text = flow.context.parameter(syntax.Parameter(arguments["parameter"], None, arguments.span("parameter")))
    flow.add(assign(arguments["as"], Const(text, ScalarType.VALUE, span), span))


@LIBRARY.table("beta:repeating(interval: duration = none, as: text = none) -> events", doc="beta-repeating")
def lower_repeating(flow: Flow, arguments: Arguments) -> None:
    """Lets a live query be run again and again; nothing in a query over events that are there."""
    del flow, arguments
