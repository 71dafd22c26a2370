"""The form of stand-ins: rows are mappings of column to value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulator.diagnostics import code
from emulator.kql.binder.scope import Scope
from emulator.source import Span

WRONG_STAND_IN = code(
    "KQL2022",
    "a stand-in does not have the form that it needs",
    "Rows that stand in for what only a workspace has come with the run or the rule's folder. The documentation of "
    "stand-ins says which columns each kind has.",
)


def listed(key: str, rows: object, span: Span, scope: Scope) -> Sequence[Mapping[str, object]]:
    """The rows that the run brings under a key; anything but a list of mappings is reported."""
    if isinstance(rows, Sequence) and not isinstance(rows, str) and all(isinstance(row, Mapping) for row in rows):
        return rows
    message = f"the stand-in `{key}` is no list of rows"
    raise scope.context.fail(WRONG_STAND_IN, message, span, 'give rows such as `[{"column": "value"}]`')
