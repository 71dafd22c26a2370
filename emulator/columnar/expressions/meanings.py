"""Functions of the engine whose meaning is the interpreter's: what SQL can't say, one row after the other.

A statement that calls such a function needs its `Meanings` registered on the connection. What goes wrong inside one
is kept in `failure` and ends the statement. An engine may evaluate in another order than the interpreter, and more
rows: only the interpreter, run over the same rows, says whether the failure counts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.columnar.expressions.cells import SQL_TYPES, Convert, decoder, encoder
from emulator.interpreter import code
from emulator.interpreter.context import LimitReached
from emulator.interpreter.expressions import Compiler
from emulator.nodes import record
from emulator.plan.expressions import Expression
from emulator.types import ScalarType

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from emulator.plan.relations import Relation

_PREFIX = "meaning"
_MOST_CHARACTERS = 1 << 27
_MOST_KEPT = 4096
"""Values of a text column whose results are kept: most columns repeat theirs."""
_LONGEST_KEPT = 1000
_REPEATING = frozenset({ScalarType.STRING, ScalarType.TEXT, ScalarType.GUID, ScalarType.DYNAMIC})


@record
class Meaning:
    """A function of columns: their types, the type of what it gives, and why SQL does not say it."""

    name: str
    function: Callable[..., object]
    arguments: tuple[ScalarType, ...]
    returns: ScalarType
    reason: str

    def column(self, *columns: Iterable[object]) -> list[object]:
        """The cells that it gives for columns of cells."""
        values = [_converted(cells, decoder(kind)) for cells, kind in zip(columns, self.arguments, strict=True)]
        return list(_converted(map(self.function, *values), encoder(self.returns)))


def _converted(cells: Iterable[object], convert: Convert | None) -> Iterable[object]:
    return cells if convert is None else (None if cell is None else convert(cell) for cell in cells)


class Meanings:
    """The functions that some statements call, in order; the first failure of one, if any."""

    def __init__(self) -> None:
        self.listed: list[Meaning] = []
        self.failure: BaseException | None = None
        self._named: dict[tuple[object, ...], Meaning] = {}
        self._expressions: list[Expression] = []
        self._registered = 0

    @staticmethod
    def are_called(sql: exp.Expr) -> bool:
        """True when a piece of SQL calls one of them."""
        return any(str(call.this).startswith(_PREFIX) for call in sql.find_all(exp.Anonymous))

    def call(
        self,
        expression: Expression,
        settled: Callable[[Expression], Expression],
        names: Sequence[str],
        arguments: Sequence[tuple[exp.Expr, ScalarType]],
        why: str,
    ) -> exp.Expr:
        """SQL that gives the value of an expression over columns with some names, of which there is at least one.

        `settled` gives the expression with all that is fixed for the run in place.
        """
        kinds = tuple(kind for _, kind in arguments)
        key = (id(expression), *names, *kinds)
        if key not in self._named:
            self._expressions.append(expression)  # so that no other gets its identity
            function = _compiled(settled(expression), names, kinds)
            meaning = Meaning(f"{_PREFIX}{len(self.listed)}", function, kinds, expression.type, why)
            self._named[key] = meaning
            self.listed.append(meaning)
        return exp.Anonymous(this=self._named[key].name, expressions=[sql.copy() for sql, _ in arguments])

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the functions that came since the last time known to a connection."""
        from duckdb import func

        for meaning in self.listed[self._registered :]:
            connection.create_function(
                meaning.name,
                self._registrable(meaning),
                [SQL_TYPES[kind] for kind in meaning.arguments],
                SQL_TYPES[meaning.returns],
                type=func.ARROW,
                null_handling=func.SPECIAL,
            )
        self._registered = len(self.listed)

    def _registrable(self, meaning: Meaning) -> Callable[..., Any]:
        """The function as the engine takes it: with a parameter for each column."""

        def given(*columns: Any) -> Any:
            return self.arrow(meaning, *columns)

        names = [f"c{place}" for place in range(len(meaning.arguments))]
        shape = Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names])
        given.__signature__ = shape  # type: ignore[attr-defined]  # where `inspect` looks for it
        return given

    def arrow(self, meaning: Meaning, *columns: Any) -> pa.Array:
        """What a function gives for columns of Arrow."""
        import pyarrow as pa

        try:
            cells = meaning.column(*(column.to_pylist() for column in columns))
            _check_size(cells)
            return pa.array(cells, _arrow_type(meaning.returns))
        except BaseException as error:
            self.failure = self.failure or error
            raise


def _check_size(cells: Sequence[object]) -> None:
    """The interpreter holds one row at a time. Raises LimitReached when many rows at once take too much."""
    if sum(len(cell) for cell in cells if isinstance(cell, str)) > _MOST_CHARACTERS:
        raise LimitReached("texts of many rows are too long to be held at once")


def _arrow_type(kind: ScalarType) -> pa.DataType:
    import pyarrow as pa

    types = {"BOOLEAN": pa.bool_(), "INTEGER": pa.int32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
    return types.get(SQL_TYPES[kind], pa.string())


def _compiled(expression: Expression, names: Sequence[str], kinds: Sequence[ScalarType]) -> Callable[..., object]:
    """The interpreter's function for an expression, with a parameter for each name."""
    builder = code.Builder()
    parameters = {name: builder.fresh("v") for name in names}
    compiler = Compiler(builder, lambda field: code.name(parameters[field.name]), _no_queries)
    body: list[ast.stmt] = [ast.Return(compiler.stored(expression))]
    function: Callable[..., object] = builder.factory(list(parameters.values()), body)(None)
    return _keeping(function) if len(kinds) == 1 and kinds[0] in _REPEATING else function


def _keeping(function: Callable[[Any], object]) -> Callable[[Any], object]:
    """The function, with what it gave for the values that came first."""
    kept: dict[object, object] = {}

    def given(value: Any) -> object:
        try:
            return kept[value]
        except (KeyError, TypeError):
            made = function(value)
        if len(kept) < _MOST_KEPT and isinstance(value, str) and len(value) < _LONGEST_KEPT:
            kept[value] = made
        return made

    return given


def _no_queries(_: Relation) -> Any:
    raise AssertionError("what is fixed for the run was evaluated before")
