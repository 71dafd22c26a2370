"""`project-by-names`: columns by names and patterns that constants spell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import steps
from emulator.kql.binder.constants import constant
from emulator.kql.binder.scope import Scope, Stream
from emulator.types import Column

WRONG_NAMES = code(
    "KQL3042",
    "names of columns that are no constant texts",
    "`project-by-names` takes texts, arrays of texts and `column_names_of(…)`: its columns are fixed before it runs.",
)


def bind_project_by_names(node: syntax.ProjectByNames, stream: Stream, scope: Scope) -> Stream:
    """The columns in the order in which they are named; a name that no column has is passed over."""
    found: dict[str, Column] = {}
    for written in node.names:
        for pattern in _texts(written, scope):
            found.update((one.name, one) for one in _matching(pattern, stream) if one.name not in found)
    shown = [Column(one.name, one.type) for one in found.values()]
    return replace(stream, relation=steps.kept(stream.relation, shown, node.span))


def _texts(written: syntax.Expression, scope: Scope) -> Iterator[str]:
    """The texts that a specifier stands for; what else an array holds names no column."""
    known = constant(scope.context.expression(written, scope.over(None)))
    value = None if known is None else known.value
    match value:
        case str():
            yield value
        case list():
            yield from (one for one in value if isinstance(one, str))
        case _:
            help = 'write names: `project-by-names "Name", dynamic(["Other", "Prefix*"])`'
            raise scope.context.fail(WRONG_NAMES, "a text or an array of texts is expected", written.span, help)


def _matching(pattern: str, stream: Stream) -> Iterator[Column]:
    """The column of a name, or those that a pattern with `*` stands for, in the order of the rows."""
    if "*" not in pattern:
        column = stream.find(pattern)
        return iter(() if column is None else (column,))
    regex = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    return (one for one in stream.visible if regex.fullmatch(one.name))
