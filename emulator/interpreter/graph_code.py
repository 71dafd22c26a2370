"""Expressions over a match of a graph pattern as Python functions.

A match is a list: for each node and each lone edge of the pattern its number, for each path the numbers of its edges
and those of its inner nodes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from emulator.interpreter import code
from emulator.interpreter.context import Row, Run, Runner
from emulator.interpreter.expressions import Compiler
from emulator.plan.expressions import Along, Expression, Field, Fold, children
from emulator.plan.graphs import GraphMatch, columns_of, edge_row
from emulator.types import RowType

if TYPE_CHECKING:
    from emulator.plan.relations import Relation

Match: TypeAlias = "list[Any]"
MatchFunction: TypeAlias = "Callable[[Match, Sequence[Row], Sequence[Row]], Any]"
"""From a match, the rows of all nodes and the rows of all edges to a value."""
ElementFunction: TypeAlias = "Callable[[Row], Any]"
_MATCH, _NODES, _EDGES, _ROW = "b", "nodes", "edges", "r"
_FOLDS = {Fold.ALL: "all(V for X in W)", Fold.ANY: "any(V for X in W)", Fold.EACH: "[V for X in W]"}


class PatternCode:
    """Compiles the expressions of one match."""

    def __init__(self, match: GraphMatch, runner: Callable[[Relation], Runner]) -> None:
        self.runner = runner
        self.node, self.edge = match.graph.node, edge_row(match.graph)
        self.columns = columns_of(match)
        self.places = {name: place for place, name in enumerate(dict.fromkeys(_names(match)))}
        self.nodes = frozenset(match.nodes)

    def values(self, expressions: tuple[Expression, ...]) -> Callable[[Run], MatchFunction]:
        """What gives the values of expressions as a tuple."""
        compiler = _MatchCompiler(self)
        made = code.tuple_of([compiler.value(one) for one in expressions])
        return compiler.builder.factory([_MATCH, _NODES, _EDGES], [ast.Return(made)])

    def test(self, expression: Expression) -> Callable[[Run], MatchFunction]:
        """What is truthy exactly when an expression is true."""
        compiler = _MatchCompiler(self)
        return compiler.builder.factory([_MATCH, _NODES, _EDGES], [ast.Return(compiler.truth(expression))])

    def element_test(
        self, expression: Expression, row: RowType, *, bare: bool = False
    ) -> Callable[[Run], ElementFunction]:
        """The same for an expression that reads one node or edge alone, over its row; `bare` names may stand for it."""
        builder = code.Builder()

        def read(field: Field) -> ast.expr:
            named = bare and row.find(field.name) is not None
            place = row.names.index(field.name) if named else self.columns[field.name][1]
            return _item(code.name(_ROW), place)

        compiler = Compiler(builder, read, self.runner)
        return builder.factory([_ROW], [ast.Return(compiler.truth(expression))])

    def variables(self, expression: Expression) -> frozenset[str]:
        """The nodes and edges of the pattern that an expression reads."""
        return frozenset(self._variables(expression, RowType(())))

    def _variables(self, expression: Expression, element: RowType) -> Iterator[str]:
        match expression:
            case Field(name=name):
                if element.find(name) is None:
                    yield self.columns[name][0]
            case Along(path=path, value=value):
                yield path
                yield from self._variables(value, self.element(expression))
            case _:
                for one in children(expression):
                    yield from self._variables(one, element)

    def element(self, along: Along) -> RowType:
        """The properties of what a path is gone along by."""
        return self.node if along.nodes else self.edge


def _names(match: GraphMatch) -> Iterable[str]:
    return (*match.nodes, *(edge.name for edge in match.edges))


def _item(value: ast.expr, place: int) -> ast.expr:
    return ast.Subscript(value, ast.Constant(place), ast.Load())


def _row(rows: str, number: ast.expr) -> ast.expr:
    return ast.Subscript(code.name(rows), number, ast.Load())


class _MatchCompiler(Compiler):
    """Reads fields of a match, and inside of `Along` those of the edge or node that it has come to.

    One `Along` never stands in another one.
    """

    def __init__(self, pattern: PatternCode) -> None:
        super().__init__(code.Builder(), self._field, pattern.runner)
        self.pattern = pattern
        self.inside: tuple[Along, ast.expr] | None = None

    def _field(self, field: Field) -> ast.expr:
        pattern = self.pattern
        if self.inside is not None:
            along, row = self.inside
            if pattern.element(along).find(field.name):
                return _item(row, pattern.element(along).names.index(field.name))
        name, place = pattern.columns[field.name]
        if self.inside is not None and self.inside[0].path == name:
            return _item(self.inside[1], place)
        number = _item(code.name(_MATCH), pattern.places[name])
        return _item(_row(_NODES if name in pattern.nodes else _EDGES, number), place)

    def along(self, expression: Along) -> ast.expr:
        """A loop over the edges or inner nodes of a path."""
        number = self.builder.fresh("n")
        self.inside = (expression, _row(_NODES if expression.nodes else _EDGES, code.name(number)))
        each = self.value if expression.fold is Fold.EACH else self.truth
        value = each(expression.value)
        self.inside = None
        path = _item(code.name(_MATCH), self.pattern.places[expression.path])
        walk = _item(path, 1 if expression.nodes else 0)
        return code.expr(_FOLDS[expression.fold], V=value, X=ast.Name(number, ast.Store()), W=walk)
