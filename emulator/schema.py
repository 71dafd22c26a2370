"""Which tables there are and which columns they have: the built-in catalogue, or the one a caller gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from emulator.shipped import shipped_text
from emulator.types import Column, RowType, ScalarType

_LETTERS = {
    "s": ScalarType.STRING,
    "b": ScalarType.BOOL,
    "i": ScalarType.INT,
    "l": ScalarType.LONG,
    "r": ScalarType.REAL,
    "m": ScalarType.DECIMAL,
    "d": ScalarType.DATETIME,
    "t": ScalarType.TIMESPAN,
    "g": ScalarType.GUID,
    "j": ScalarType.DYNAMIC,
}
_SYNONYMS = {"boolean": "bool", "double": "real", "float": "real", "date": "datetime", "time": "timespan"}


class Catalogue(Protocol):
    """Tables by name; names are case-sensitive."""

    def table(self, name: str) -> RowType | None:
        """The row type of a table, or None when there is no such table."""

    def names(self) -> Iterable[str]:
        """The names of all tables."""


class SchemaError(ValueError):
    """A schema that names a type that does not exist."""


def scalar_type(name: str) -> ScalarType:
    """The type of a name or of one of its synonyms (`double`, `boolean` …). Raises SchemaError."""
    folded = name.strip().lower()
    try:
        return ScalarType(_SYNONYMS.get(folded, folded))
    except ValueError:
        raise SchemaError(f"there is no type {name!r}") from None


class GivenCatalogue:
    """The tables of a mapping {table: {column: type}}, which is read when asked and never copied."""

    def __init__(self, tables: Mapping[str, Mapping[str, str]]) -> None:
        self._tables = tables

    def table(self, name: str) -> RowType | None:
        """See `Catalogue`. Raises SchemaError for a type that does not exist."""
        columns = self._tables.get(name)
        if columns is None:
            return None
        return RowType(tuple(Column(column, scalar_type(kind)) for column, kind in columns.items()))

    def names(self) -> Iterable[str]:
        """See `Catalogue`."""
        return self._tables.keys()


class ExtendedCatalogue:
    """A catalogue with tables of a mapping before its own."""

    def __init__(self, more: GivenCatalogue, base: Catalogue) -> None:
        self._more = more
        self._base = base

    def table(self, name: str) -> RowType | None:
        """See `Catalogue`. Raises SchemaError for a type that does not exist."""
        return self._more.table(name) or self._base.table(name)

    def names(self) -> Iterable[str]:
        """See `Catalogue`."""
        return dict.fromkeys((*self._more.names(), *self._base.names()))


class BuiltInCatalogue:
    """The tables of Microsoft Sentinel and Defender, read from the package's data when first asked."""

    def table(self, name: str) -> RowType | None:
        """See `Catalogue`."""
        line = _lines().get(name)
        return None if line is None else _parse(line)

    def names(self) -> Iterable[str]:
        """See `Catalogue`."""
        return _lines().keys()


BUILT_IN = BuiltInCatalogue()
_DESCRIBED = "schema:"


def extended(catalogue: Catalogue, given: Mapping[str, object]) -> Catalogue:
    """The catalogue with the tables that stand-ins describe: `schema:<table>` holds {column: type}."""
    found = {key.removeprefix(_DESCRIBED): one for key, one in given.items() if key.startswith(_DESCRIBED)}
    more = {name: columns for name, columns in found.items() if isinstance(columns, Mapping)}
    return ExtendedCatalogue(GivenCatalogue(more), catalogue) if more else catalogue


@lru_cache(maxsize=1)
def _lines() -> dict[str, str]:
    text = shipped_text("schemas/kql_tables.tsv")
    rows = (line.partition("\t") for line in text.splitlines() if not line.startswith("#"))
    return {table: columns for table, _, columns in rows}


@lru_cache(maxsize=256)
def _parse(line: str) -> RowType:
    columns = list(map(_column, line.split("\t")))
    second_names = {column.same_as: column.name for column in columns if column.same_as}
    return RowType(tuple(replace(one, same_as=second_names.get(one.name, one.same_as)) for one in columns))


def _column(text: str) -> Column:
    name, _, kind = text.partition(":")
    letter, _, same_as = kind.partition("~")
    return Column(name, _LETTERS[letter], hidden=bool(same_as), same_as=same_as)
