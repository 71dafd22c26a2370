"""`assert`, which is checked while the query is bound."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder.constants import constant
from emulator.kql.binder.scope import Scope
from emulator.plan.expressions import Const, Expression
from emulator.types import ScalarType

FAILED_ASSERTION = code(
    "KQL3072",
    "an assertion fails",
    "`assert(condition, message)` ends the query with its message where the condition is not true. The condition is a "
    "constant, such as a comparison of a function's parameters, and the message is a text.",
)
_T = ScalarType


def bind_assert(node: syntax.Call, scope: Scope) -> Expression:
    """`assert(condition, "message")`: true, or the end of the query."""
    values = [constant(scope.context.expression(target.value, scope)) for target in node.arguments]
    match values:
        case [Const(value=True), Const(value=str())]:
            return Const(value=True, type=_T.BOOL, span=node.span)
        case [Const(value=False | None, type=ScalarType.BOOL), Const(value=str(message))]:
            help = "see where the query calls it with other values than it expects"
            raise scope.context.fail(FAILED_ASSERTION, f"the assertion fails: {message}", node.span, help)
        case _:
            help = 'write `assert(condition, "message")`'
            raise scope.context.fail(
                FAILED_ASSERTION, "`assert` takes a constant condition and a text", node.span, help
            )
