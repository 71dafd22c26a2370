"""What a cluster is asked to do within one run: each job ends at the run's deadline."""

from __future__ import annotations

import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeAlias, TypeVar

from sqlglot import exp

from emulator.columnar.spark.sources import unreadable
from emulator.diagnostics import QueryError
from emulator.interpreter.context import LimitReached, Limits

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

_Made = TypeVar("_Made")
Then: TypeAlias = "Callable[[DataFrame], DataFrame] | None"
"""What else executors do with the rows of a query."""


class Jobs:
    """The jobs of one run; use it as a context. Its methods raise QueryError, LimitReached and MemoryError."""

    def __init__(self, session: SparkSession, limits: Limits, deadline: float) -> None:
        self._session = session
        self._limits = limits
        self._deadline = deadline
        self._closing = ExitStack()
        self._group = f"ruleproof-{uuid.uuid4().hex}"

    def __enter__(self) -> Self:
        self._session.sparkContext.setJobGroup(self._group, "ruleproof", interruptOnCancel=True)
        return self

    @cached_property
    def folder(self) -> Path:
        """A folder of this machine that lasts as long as the run."""
        return Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="ruleproof-")))

    def __exit__(self, *_: object) -> None:
        self._closing.close()
        self._session.sparkContext.setLocalProperty("spark.jobGroup.id", None)

    def fetched(
        self,
        name: str,
        frame: DataFrame,
        query: exp.Query,
        parameters: Mapping[str, str],
        then: Then = None,
    ) -> pyarrow.Table:
        """The rows of a query over a table, which it calls `t`; `then` says what else executors do with them."""
        view = f"{self._group.replace('-', '_')}_{id(frame):x}"
        asked = query.transform(lambda one: exp.to_table(view) if isinstance(one, exp.Table) else one).sql("spark")

        def collect() -> pyarrow.Table:
            frame.createOrReplaceTempView(view)
            try:
                found = self._session.sql(asked, args=dict(parameters))
                return (found if then is None else then(found)).toArrow()
            finally:
                self._session.catalog.dropTempView(view)

        return self.guarded(name, collect)

    def guarded(self, name: str, work: Callable[[], _Made]) -> _Made:
        """Does some work on a table; what still runs at the deadline is cancelled."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        late = threading.Event()

        def cancel() -> None:
            late.set()
            self._session.sparkContext.cancelJobGroup(self._group)

        timer = threading.Timer(max(0.0, self._deadline - time.monotonic()), cancel)
        timer.start()
        try:
            made = work()
        except QueryError:
            raise
        except (PySparkException, Py4JError) as error:
            if late.is_set():
                raise LimitReached(f"it took longer than {self._limits.seconds:g} seconds") from None
            if "maxResultSize" in str(error) or "OutOfMemoryError" in str(error):
                raise MemoryError from None
            raise unreadable(name, error) from None
        finally:
            timer.cancel()
        if late.is_set():
            raise LimitReached(f"it took longer than {self._limits.seconds:g} seconds")
        return made
