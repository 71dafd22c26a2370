"""The settings of operators, such as `kind = inner`; hints are ignored by name."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from emulator.diagnostics import code, did_you_mean
from emulator.kql import syntax
from emulator.kql.binder.scope import Scope
from emulator.plan.expressions import Const

WRONG_SETTING = code(
    "KQL3022",
    "a setting of an operator is wrong",
    "Operators take certain settings with certain values, such as `kind = inner`.",
)


def read(parameters: Sequence[syntax.Parameter], known: Collection[str], scope: Scope) -> dict[str, syntax.Expression]:
    """The settings by name; hints are left out, an unknown one is reported."""
    given: dict[str, syntax.Expression] = {}
    for parameter in parameters:
        name = parameter.name.text.lower()
        if name in known:
            given[name] = parameter.value
        elif not name.startswith(("hint.", "__")):
            help = did_you_mean(name, known, "leave it out")
            scope.context.reporter.error(WRONG_SETTING, f"there is no setting `{name}` here", parameter.span, help)
    return given


def word(value: syntax.Expression | None, known: Collection[str], otherwise: str, scope: Scope) -> str:
    """The value of a setting that is one of some words."""
    if value is None:
        return otherwise
    text = value.name if isinstance(value, syntax.NameRef) else scope.context.source.slice(value.span)
    if text.lower() not in known:
        help = did_you_mean(text, known, f"write one of: {', '.join(sorted(known))}")
        raise scope.context.fail(WRONG_SETTING, f"`{text}` is no value of this setting", value.span, help)
    return text.lower()


def name(value: syntax.Expression, scope: Scope) -> str:
    """The value of a setting that names a column."""
    if isinstance(value, syntax.NameRef):
        return value.name
    if isinstance(value, syntax.Literal) and isinstance(value.value, str):
        return value.value
    raise scope.context.fail(WRONG_SETTING, "a name is expected", value.span, "write the name of a column")


def flag(value: syntax.Expression | None, scope: Scope) -> bool:
    """The value of a setting that is true or false."""
    if value is None:
        return False
    bound = scope.context.expression(value, scope.over(None))
    if not isinstance(bound, Const) or not isinstance(bound.value, bool):
        raise scope.context.fail(WRONG_SETTING, "true or false is expected", value.span, "write `true` or `false`")
    return bound.value
