"""A run that reads only rows which may matter, and still knows how many the plan looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from emulator.interpreter.context import Row, Rows, Run
from emulator.interpreter.files import arrow_source
from emulator.interpreter.tables import Events, Prepared, Raw, Stored, Table
from emulator.nodes import record
from emulator.types import Column

_Held = TypeVar("_Held", bound=Raw | Prepared | Events)


class _Of:
    """The rows of a leg."""

    def __init__(self, leg: str, rows: Iterable[Any]) -> None:
        self.leg = leg
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


@record
class Found:
    """What was found for a leg, in columns. See `tables.InColumns`."""

    leg: str
    table: Any

    @property
    def _source(self) -> Stored:
        made = arrow_source(self.table)
        assert isinstance(made, Stored), "Arrow tables have columns"
        return made

    @property
    def rows(self) -> Iterable[Mapping[str, object]]:
        """All rows, every column."""
        return self._source.rows

    def closed(self, columns: Sequence[Column], values: frozenset[str]) -> Raw | Prepared:
        """See `tables.InColumns`."""
        return self._own(self._source.source.closed(columns, values))

    def open(self, names: frozenset[str] | None) -> Raw | Events:
        """See `tables.InColumns`."""
        return self._own(self._source.source.open(names))

    def _own(self, made: _Held) -> _Held:
        return replace(made, rows=_Of(self.leg, made.rows))  # type: ignore[arg-type]  # all have rows


class _Tables(dict[str, Table]):
    """Tables that count how often each was asked for."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        super().__init__(tables)
        self.asked: dict[str, int] = {}

    def get(self, name: str, default: Any = None) -> Any:
        self.asked[name] = self.asked.get(name, 0) + 1
        return super().get(name, default)


class WatchedRun(Run):
    """A run over found rows, by the names of legs; a leg without a table has none."""

    def __init__(self, run: Run, found: Mapping[str, Any]) -> None:
        tables = _Tables({name: Stored(Found(name, table)) for name, table in found.items()})
        super().__init__(run.now, tables, run.limits, run.start, run.end)
        self._asked = tables.asked
        self._ended: dict[str, int] = {}
        self._full = frozenset(found)

    def batches(self, rows: Rows) -> Iterator[list[Row]]:
        """See `Run`."""
        yield from super().batches(rows)
        if isinstance(rows, _Of):
            self._ended[rows.leg] = self._ended.get(rows.leg, 0) + 1

    def times(self, leg: str) -> int | None:
        """How often a leg was read to its end; None when it was also left before."""
        asked = self._asked.get(leg, 0)
        return asked if leg not in self._full or self._ended.get(leg, 0) == asked else None
