"""Terms of `search` in rows of very many columns: one function looks through the texts of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from emulator.functions import Function, Kind, Nulls
from emulator.kql import syntax
from emulator.kql.binder import conversions
from emulator.kql.library import lookup
from emulator.kql.syntax import BinaryOperator
from emulator.nodes import record
from emulator.plan.relations import Relation, TableFunction
from emulator.source import Span

Row = tuple[Any, ...]
Test = Callable[[list[str]], bool]


@record
class _Search:
    """Keeps the rows whose texts satisfy a test; `readers` make the text of a cell."""

    test: Test
    readers: tuple[tuple[int, Callable[[Any], str]], ...]

    def __call__(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows that are kept."""
        for row in rows:
            if self.test([read(row[position]) for position, read in self.readers if row[position] is not None]):
                yield row


def term(text: str) -> tuple[BinaryOperator, str]:
    """How a term is looked for: as a whole, or as a prefix, suffix or part where it has stars."""
    if text.startswith("*") and text.endswith("*") and len(text) > 1:
        return BinaryOperator.CONTAINS, text.strip("*")
    if text.endswith("*"):
        return BinaryOperator.HAS_PREFIX, text.strip("*")
    if text.startswith("*"):
        return BinaryOperator.HAS_SUFFIX, text.strip("*")
    return BinaryOperator.HAS, text


def searched(relation: Relation, predicate: syntax.Expression, span: Span) -> Relation:
    """The rows of a relation that satisfy terms, their first column (the name of the table) left out of the search."""
    columns = list(enumerate(relation.row.columns))[1:]
    readers = tuple((place, conversions.to_text(column.type)) for place, column in columns if not column.hidden)
    search = _Search(_test(predicate), readers)
    function = Function("kql", "_search", Kind.TABLE, "_search(rows: rows) -> rows", search, Nulls.TOTAL)
    return TableFunction(function, (relation,), (), relation.row, span)


def _test(node: syntax.Expression) -> Test:
    match node:
        case syntax.Literal(value=value):
            operator, part = term(str(value))
            (function,) = lookup(f"_{operator.value}")
            found = function.python
            return lambda texts: any(found(text, part) for text in texts)
        case syntax.Logical(operator=joined, operands=operands):
            tests = [_test(operand) for operand in operands]
            decide = all if joined is syntax.LogicalOperator.AND else any
            return lambda texts: decide(test(texts) for test in tests)
        case syntax.Call(arguments=arguments):
            inner = _test(arguments[0].value)
            return lambda texts: not inner(texts)
        case _:
            return lambda _: True
