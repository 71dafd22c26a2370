"""Steps run where the rows are: the executors' Python drops the rows for which a leg gives nothing.

A condition in SQL often lets through more rows than matter. Where Python on the executors has this package, the
interpreter runs each leg's steps there on the rows that are left. Only those for which a leg gives something, fails or
has something to say come to the driver, where the interpreter runs the steps on them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from emulator.columnar.plans.legs import Leg
from emulator.columnar.spark.asking import Asked, as_read, in_range
from emulator.columnar.spark.conditions import Conditions
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Limits, Run
from emulator.interpreter.tables import Names
from emulator.nodes import record
from emulator.plan.rereading import read_again, tables_read

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

_PACKAGE = "ruleproof"
_NOTHING = object()
_VERSIONS: dict[str, str] = {}
"""The version of this package on the executors, by the cluster's name of the application."""


@record
class Narrowing:
    """What an executor needs to run the steps of a leg: how a row reads, the clock and the time range of the run."""

    leg: Leg
    names: tuple[str, ...]
    selected: tuple[str, ...]
    """The columns of a batch, one for each name."""
    prepared: bool
    now: int
    start: int | None
    end: int | None
    limits: Limits

    def wanted(self, batch: pyarrow.RecordBatch) -> set[int]:
        """The places of the rows that the driver has to see."""
        steps = compile_relation(self.leg.segment)
        columns = [batch.column(name).to_pylist() for name in self.selected]
        rows = list(zip(*columns, strict=True)) if columns else [()] * batch.num_rows

        def speaks(some: Sequence[tuple[Any, ...]]) -> bool:
            table = as_read(Names(self.names), lambda: some, prepared=self.prepared)
            run = Run(self.now, {self.leg.scan.table: table}, self.limits, self.start, self.end)
            try:
                return next(iter(steps(run)), _NOTHING) is not _NOTHING or bool(run.notes)
            except Exception:  # noqa: BLE001 - whatever goes wrong with a row, the driver finds it and says so
                return True

        return set(_speaking(rows, speaks))


def _speaking(rows: Sequence[tuple[Any, ...]], speaks: Callable[[Sequence[tuple[Any, ...]]], bool]) -> Iterator[int]:
    """The places of the rows that speak: parts in which none does are left out whole."""
    parts = [(0, len(rows))]
    while parts:
        begin, end = parts.pop()
        if begin == end or not speaks(rows[begin:end]):
            continue
        if end - begin == 1:
            yield begin
            continue
        middle = (begin + end) // 2
        parts += [(begin, middle), (middle, end)]


def narrowing(asked: Asked, conditions: Conditions, run: Run) -> Narrowing | None:
    """How a leg's rows are narrowed; None where SQL says it all, or where steps or range need more than a row."""
    bound, segment = asked.bound, asked.leg.segment
    if bound.exact and (bound.sql is None or conditions.is_exact(bound.sql)):
        return None
    if tables_read(segment) != {asked.leg.scan.table} or read_again(segment):
        return None
    if not in_range(asked.leg, asked.frame, run).exact:
        return None  # the driver counts what lies in the range
    names = tuple(column.name for column in asked.columns)
    selected = tuple(name for name, _ in asked.selected)
    return Narrowing(asked.leg, names, selected, asked.ready is not None, run.now, run.start, run.end, run.limits)


def narrowed(frame: DataFrame, legs: Sequence[Narrowing | None]) -> DataFrame:
    """The rows that some leg wants; of several legs, each has a mark `k` with its number on the rows that are its."""
    if all(leg is None for leg in legs) or not _has_package(frame.sparkSession):
        return frame

    def batches(given: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        for batch in given:
            yield kept(batch, legs)

    return frame.mapInArrow(batches, frame.schema)


def kept(batch: pyarrow.RecordBatch, legs: Sequence[Narrowing | None]) -> pyarrow.RecordBatch:
    """The rows of a batch that some leg wants, with their marks."""
    import pyarrow as pa

    marks = {f"k{number}": leg for number, leg in enumerate(legs)}
    if len(legs) == 1:
        (leg,) = legs
        wanted = range(batch.num_rows) if leg is None else leg.wanted(batch)
        return batch.take(pa.array(sorted(wanted), pa.int64()))
    seen: set[int] = set()
    for mark, leg in marks.items():
        places = [place for place, own in enumerate(batch.column(mark).to_pylist()) if own]
        if leg is not None:
            found = leg.wanted(batch.take(pa.array(places, pa.int64())))
            places = [places[place] for place in sorted(found)]
        seen.update(places)
        own = set(places)
        column = pa.array([place in own for place in range(batch.num_rows)], pa.bool_())
        batch = batch.set_column(batch.schema.get_field_index(mark), mark, column)
    return batch.take(pa.array(sorted(seen), pa.int64()))


def _has_package(session: SparkSession) -> bool:
    """True when Python on the executors has this version of this package."""
    cluster = session.sparkContext.applicationId
    if cluster not in _VERSIONS:
        _VERSIONS[cluster] = _version_there(session)
    return _VERSIONS[cluster] == version(_PACKAGE)


def _version_there(session: SparkSession) -> str:
    """The version of this package on the executors; empty where Python there has none, or can't be started."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    name = _PACKAGE

    def found(_: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        from importlib import metadata

        import pyarrow as pa

        try:
            there = metadata.version(name)
        except metadata.PackageNotFoundError:
            there = ""
        yield pa.RecordBatch.from_pydict({"version": [there]})

    try:
        return str(session.range(1, numPartitions=1).mapInArrow(found, "version string").toArrow()["version"][0])
    except (PySparkException, Py4JError):
        return ""
