"""How a segment reads the rows it starts from: slots of a tuple, keys of a mapping, or raw cells to convert."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Protocol

from emulator.interpreter import code
from emulator.nodes import record
from emulator.types import Column


class Layout(Protocol):
    """Where the columns of a row are; `row` is the name of the variable that holds it."""

    @property
    def row(self) -> str:
        """The variable."""

    def read(self, builder: code.Builder, column: Column) -> ast.expr:
        """Code that reads a column."""

    def is_free(self, column: Column) -> bool:
        """True when reading a column twice costs next to nothing."""
        ...


Converter = Callable[[Column], Callable[[object], object]]


@record
class Slots:
    """Columns at positions of a tuple; one that is not there is null. Those in `raw` are converted when first read."""

    positions: dict[str, int]
    raw: frozenset[str] = frozenset()
    converter: Converter | None = None
    row: str = "r"

    def read(self, builder: code.Builder, column: Column) -> ast.expr:
        """`r[3]`, `convert(r[3])`, or the null of a column that the rows lack."""
        name = self._name(column)
        if name is None:
            return builder.constant(column.type.null)
        cell = ast.Subscript(code.name(self.row), ast.Constant(self.positions[name]), ast.Load())
        if self.converter is None or name not in self.raw:
            return cell
        return code.call(builder.constant(self.converter(column)), cell)

    def is_free(self, column: Column) -> bool:
        """A slot is free to read; converting again would cost."""
        return self._name(column) not in self.raw

    def _name(self, column: Column) -> str | None:
        """The name of the slot that holds a column."""
        return next((name for name in (column.name, column.same_as) if name and name in self.positions), None)


@record
class Cells:
    """Columns of mappings as they were given: each is converted to its type when first read."""

    converter: Converter
    row: str = "r"

    def read(self, builder: code.Builder, column: Column) -> ast.expr:
        """`convert(r.get("name"))`, with the column's second name when the first is missing."""
        convert = builder.constant(self.converter(column))
        key = builder.constant(column.name)
        if not column.same_as:
            return code.expr("F(R.get(K))", F=convert, R=code.name(self.row), K=key)
        other = builder.constant(column.same_as)
        return code.expr("F(R.get(K, R.get(O)))", F=convert, R=code.name(self.row), K=key, O=other)

    def is_free(self, column: Column) -> bool:  # noqa: ARG002 - the protocol's signature
        """Converting again would cost."""
        return False
