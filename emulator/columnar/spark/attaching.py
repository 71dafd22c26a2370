"""Tables on storage that Spark reads, found by a cluster and read by the interpreter.

For each table one job gives the rows for which any leg's steps may give something. The interpreter runs every step on
what is left, so that the cluster decides nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.columnar.plans.legs import Leg, split
from emulator.columnar.spark.columns import InColumns
from emulator.columnar.spark.jobs import Jobs
from emulator.columnar.spark.lines import InLines
from emulator.columnar.spark.sessions import session_for
from emulator.columnar.spark.settings import Spark
from emulator.columnar.spark.sources import Stored, stored
from emulator.interpreter.context import Run
from emulator.interpreter.tables import ConversionError
from emulator.plan.relations import Relation

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@contextmanager
def attached(root: Relation, sources: Mapping[str, object], run: Run, settings: Spark) -> Iterator[Relation]:
    """The plan as it reads what Spark finds in the tables that it reads, while the context lasts.

    `run.tables` gets the rows. The time that a session takes to start is not the run's. Raises QueryError,
    LimitReached, MemoryError.
    """
    before = time.monotonic()
    session = session_for(settings)
    run.deadline += time.monotonic() - before
    with Jobs(session, run.limits, run.deadline) as jobs:
        found: dict[str, InColumns | InLines] = {}
        for name, source in sources.items():
            if isinstance(source, str | Path) and (table := stored(source, session)) is not None:
                found[name] = jobs.guarded(str(source), partial(_found, jobs, name, table, session))
        rewritten, legs = split(root, found.__contains__)
        own = {name: [leg for leg in legs if leg.scan.table == name] for name in found}
        for name, one in found.items():
            one.attach(own[name], run)
        try:
            yield rewritten
        except ConversionError as error:
            error.place = error.place or next(filter(None, (one.place_of(error) for one in found.values())), "")
            raise
        for name, one in found.items():
            _count(name, one, own[name], run)


def _found(jobs: Jobs, name: str, table: Stored, session: SparkSession) -> InColumns | InLines:
    return (InLines if table.format == "json" else InColumns)(jobs, name, table, session)


def _count(name: str, found: InColumns | InLines, legs: Sequence[Leg], run: Run) -> None:
    """Tell how many rows of a table were looked at, which the cluster did in the interpreter's place."""
    for leg in legs:
        handed_on = run.read.pop(leg.name, None)
        counted = found.count(leg, run)
        rows = handed_on if counted is None else counted or handed_on
        if rows is not None:
            run.read[name] = run.read.get(name, 0) + rows
