"""Tables in JSON lines: the cluster leaves the lines that may matter, and the interpreter's own reader reads them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from emulator.columnar.plans.asking import bounds_of
from emulator.columnar.plans.legs import Leg
from emulator.columnar.spark.asking import time_range
from emulator.columnar.spark.columns import in_order
from emulator.columnar.spark.jobs import Jobs
from emulator.columnar.spark.needles import needed_in_line, texts_as_parameters
from emulator.columnar.spark.sources import Stored, files_in_order, lines
from emulator.diagnostics import QueryError, Reporter
from emulator.interpreter.context import Run
from emulator.interpreter.files import read_files
from emulator.interpreter.tables import ConversionError, Given, Lazy, Raw
from emulator.nodes import record
from emulator.source import NOWHERE, Source

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import SparkSession

_BLANK = r"\A[\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]*\z"
"""What Python's `str.strip` leaves nothing of: such a line is no row."""


@record
class _Kept:
    """Lines in a file of their own: what holds of them, and where the lines of each file of the table begin."""

    needed: exp.Expr
    path: Path
    starts: tuple[int, ...]
    files: tuple[str, ...]

    def file_of(self, number: int) -> str:
        """The file that a line comes from, counted from 1."""
        return self.files[bisect_right(self.starts, number - 1) - 1]


class InLines:
    """A table in JSON lines, one object each."""

    def __init__(self, jobs: Jobs, name: str, table: Stored, session: SparkSession) -> None:
        self._jobs = jobs
        self._name = name
        self._frame = lines(table, session)
        self._files = files_in_order(table, self._frame)
        self._kept: _Kept | None = None
        self._counted: int | None = None
        self._read: set[str] = set()
        """The legs that the interpreter read: of those that share rows, it reads one."""

    def attach(self, legs: Sequence[Leg], run: Run) -> None:
        """Put what Spark finds into the run's tables; it is asked when somebody reads a row."""
        bounds = bounds_of(run)
        needed = [needed_in_line(leg, bounds) if _is_whole(leg, run) else exp.true() for leg in legs]
        for leg in legs:
            run.tables[leg.name] = Raw(Lazy(partial(self._rows, exp.or_(*needed), leg.name)))
        run.tables[self._name] = Raw(Lazy(partial(self._rows, exp.true(), self._name)))

    def count(self, leg: Leg, run: Run) -> int | None:
        """The rows of the table; None where a time range leaves that to the interpreter, or it read none."""
        if leg.name not in self._read or not _is_whole(leg, run):
            return None
        if self._counted is None:
            query = exp.select(exp.alias_(exp.Count(this=exp.Star()), "n")).from_("t").where(_not_blank())
            found = self._jobs.fetched(self._name, self._frame, query, {"blank": _BLANK})
            (self._counted,) = found["n"].to_pylist()
        return self._counted

    def place_of(self, error: ConversionError) -> str:
        """Where the cell stands that an error speaks of; nothing when it is none of this table's."""
        if self._kept is None:
            return ""
        for number, row in enumerate(read_files(str(self._kept.path)), 1):
            cell = row.get(error.column)
            if type(cell) is type(error.value) and repr(cell) == repr(error.value):
                return f"{self._name}, {self._kept.file_of(number)}"
        return ""

    def _rows(self, needed: exp.Expr, reader: str) -> Iterator[Given]:
        """The rows of the lines of which something holds, in order."""
        self._read.add(reader)
        kept = self._kept
        if kept is None or kept.needed != needed:
            kept = self._kept = self._fetched(needed)
        try:
            yield from read_files(str(kept.path))
        except QueryError as error:
            (found,) = error.diagnostics
            where = Source(kept.file_of(found.line), "")
            raise QueryError([Reporter(where).error(found.code, found.message, NOWHERE, found.help)]) from None

    def _fetched(self, needed: exp.Expr) -> _Kept:
        condition, parameters = texts_as_parameters(needed)
        line = exp.alias_(exp.cast(exp.column("line"), "BINARY"), "line")
        query = exp.select(line, "f", "b", "r").from_("t").where(condition).where(_not_blank())
        found = self._jobs.fetched(self._name, self._frame, query, {**parameters, "blank": _BLANK})
        table = in_order(found, self._files, ["b", "r"])
        path = self._jobs.folder / f"{self._name}-{len(parameters)}.jsonl"
        _write(path, table)
        numbers = table["n"].to_pylist()
        starts = [at for at, number in enumerate(numbers) if at == 0 or numbers[at - 1] != number]
        return _Kept(needed, path, tuple(starts), tuple(table["f"][at].as_py() for at in starts))


def _write(path: Path, table: pyarrow.Table) -> None:
    with path.open("wb") as file:
        for batch in table.select(["line"]).to_batches(max_chunksize=4096):
            file.writelines(line + b"\n" for line in batch["line"].to_pylist())


def _is_whole(leg: Leg, run: Run) -> bool:
    """True where the leg reads the table whatever the time."""
    return time_range(leg, run) == (None, None)


def _not_blank() -> exp.Expr:
    return exp.not_(exp.RegexpLike(this=exp.column("line"), expression=exp.Placeholder(this="blank")))
