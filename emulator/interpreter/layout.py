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

    @property
    def is_free(self) -> bool:
        """True when reading twice costs next to nothing."""


@record
class Slots:
    """Columns at positions of a tuple; one that is not there is null."""

    positions: dict[str, int]
    row: str = "r"

    def read(self, builder: code.Builder, column: Column) -> ast.expr:
        """`r[3]`, or the null of a column that the rows lack."""
        position = self.positions.get(column.name)
        if position is None and column.same_as:
            position = self.positions.get(column.same_as)
        if position is None:
            return builder.constant(column.type.null)
        return ast.Subscript(code.name(self.row), ast.Constant(position), ast.Load())

    @property
    def is_free(self) -> bool:
        """A slot is free to read."""
        return True


@record
class Cells:
    """Columns of mappings as they were given: each is converted to its type when first read."""

    converter: Callable[[Column], Callable[[object], object]]
    row: str = "r"

    def read(self, builder: code.Builder, column: Column) -> ast.expr:
        """`convert(r.get("name"))`, with the column's second name when the first is missing."""
        convert = builder.constant(self.converter(column))
        key = builder.constant(column.name)
        if not column.same_as:
            return code.expr("F(R.get(K))", F=convert, R=code.name(self.row), K=key)
        other = builder.constant(column.same_as)
        return code.expr("F(R.get(K, R.get(O)))", F=convert, R=code.name(self.row), K=key, O=other)

    @property
    def is_free(self) -> bool:
        """Converting again would cost."""
        return False
