"""Constant patterns are checked where they are written, as the engine would."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.kql.binder.scope import Scope
from emulator.kql.patterns import PatternError, compile_pattern
from emulator.plan.expressions import Const, Expression
from emulator.source import Span

BAD_PATTERN = code(
    "KQL3010",
    "a pattern that the product refuses",
    "KQL's regular expressions have the syntax of the Rust `regex` crate: no look-around and no back-references.",
)
PATTERN_GAP = code(
    "KQL4013",
    "a pattern that can't be emulated exactly",
    "The product takes this pattern, but the emulator can't give its exact meaning.",
)


def check(pattern: Expression, span: Span, scope: Scope) -> None:
    """Report a constant pattern that is malformed or can't be emulated."""
    if not isinstance(pattern, Const) or not isinstance(pattern.value, str):
        return
    try:
        compile_pattern(pattern.value)
    except PatternError as error:
        what = PATTERN_GAP if error.gap else BAD_PATTERN
        near = pattern.value[error.offset : error.offset + 20]
        help = "put `\\` before what stands for itself, or write it in another way" if near else "complete the pattern"
        raise scope.context.fail(
            what, f"in the pattern: {error.message}", span, help, f"near `{near}`" if near else ""
        ) from None
