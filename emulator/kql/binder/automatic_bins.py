"""`bin_auto`, whose size and origin are settings of the query: `set query_bin_auto_size = 1h;`."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder.calls import resolve
from emulator.kql.binder.scope import Scope
from emulator.kql.library import lookup
from emulator.plan.expressions import Call, Expression

WRONG_BIN = code(
    "KQL3071",
    "bin_auto without a size that fits",
    "`bin_auto` takes one value, and its size from a setting before the query: `set query_bin_auto_size = 1h;`. "
    "Moments and durations need a duration, numbers a number of a type that is no wider than theirs.",
)
_SIZE, _ORIGIN = "query_bin_auto_size", "query_bin_auto_at"


def bind_bin_auto(node: syntax.Call, scope: Scope) -> Expression:
    """`bin_auto(value)`: `bin` by the size that is set, or `bin_at` where an origin is set too."""
    size, origin = (scope.context.settings.get(name) for name in (_SIZE, _ORIGIN))
    if size is None or len(node.arguments) != 1:
        help = f"write `set {_SIZE} = 1h;` before the query, and `bin_auto(value)`"
        raise scope.context.fail(WRONG_BIN, "`bin_auto` takes one value and has a size that is set", node.span, help)
    value = scope.context.expression(node.arguments[0].value, scope)
    given = [scope.context.expression(setting, scope.over(None)) for setting in (size, origin) if setting is not None]
    resolved = resolve(lookup("bin_at" if len(given) > 1 else "bin"), [value, *given], node.span)
    if resolved is None or resolved.type is not value.type:
        message = f"a value of type {value.type.value} does not fit into bins of type {given[0].type.value}"
        raise scope.context.fail(WRONG_BIN, message, node.span, "set a size that fits, or use `bin`")
    return Call(resolved.function, resolved.arguments, resolved.type, node.span)
