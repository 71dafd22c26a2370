"""DuckDB, reading some Parquet files and nothing else."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlglot import exp

from emulator.columnar.plans.encoding import Files, Held
from emulator.interpreter.context import LimitReached, Limits
from emulator.interpreter.files import unreadable

if TYPE_CHECKING:
    import duckdb

    from emulator.columnar.expressions.meanings import Meanings

FETCHED = 4096
"""Rows handed on at a time."""
_AS_THEY_ARE = frozenset({"BIGINT", "BOOLEAN", "DOUBLE", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "VARCHAR"})
"""Types whose values Python gets alike from the engine and from Arrow, which costs half as much a cell."""


class DuckDB:
    """A connection; use it as a context. Its methods raise QueryError, LimitReached and MemoryError."""

    def __init__(self, paths: Iterable[Path], limits: Limits, deadline: float) -> None:
        self._paths = [str(path) for path in paths]
        self._limits = limits
        self._deadline = deadline
        self._closing = ExitStack()
        self._connection: duckdb.DuckDBPyConnection

    def __enter__(self) -> Self:
        import duckdb

        spill = self._closing.enter_context(tempfile.TemporaryDirectory(prefix="ruleproof-"))
        self._connection = self._closing.enter_context(duckdb.connect())
        settings: dict[str, object] = {
            "memory_limit": f"{max(64, self._limits.memory >> 20)}MiB",
            "temp_directory": spill,
            "TimeZone": "UTC",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allowed_paths": self._paths,
            "allowed_directories": [spill],
            "enable_external_access": False,
            "lock_configuration": True,
        }
        said = (f"SET {name} = {exp.convert(value).sql('duckdb')}" for name, value in settings.items())
        self._connection.execute("; ".join(said))
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def files(self, paths: Sequence[Path]) -> Files:
        """What Parquet files of one form hold."""
        listed = exp.Array(expressions=[exp.Literal.string(str(path)) for path in paths])
        read = exp.select("*").from_(exp.Anonymous(this="read_parquet", expressions=[listed]))
        with self._guarded(self._connection) as connection:
            described = connection.execute(f"DESCRIBE {read.sql('duckdb')}").fetchall()
        return Files(tuple(paths), tuple(Held(row[0], place, row[1]) for place, row in enumerate(described)))

    def register(self, meanings: Meanings) -> None:
        """Make functions known that statements call."""
        with self._guarded(self._connection) as connection:
            meanings.register(connection)

    def execute(self, statement: exp.Expr) -> None:
        """Run a statement that gives no rows."""
        with self._guarded(self._connection) as connection:
            connection.execute(statement.sql("duckdb"))

    def rows(self, query: exp.Expr) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, fetched as they are asked for."""
        cursor = self._closing.enter_context(self._connection.cursor())
        with self._guarded(cursor):
            cursor.execute(query.sql("duckdb"))
        while True:
            with self._guarded(cursor):
                batch = cursor.fetchmany(FETCHED)
            if not batch:
                return
            yield from batch

    def read(self, query: exp.Expr) -> Iterator[tuple[Any, ...]]:
        """The rows of a query that may give many, fetched as they are asked for."""
        cursor = self._closing.enter_context(self._connection.cursor())
        with self._guarded(cursor):
            relation = cursor.sql(query.sql("duckdb"))
            plain = all(str(kind) in _AS_THEY_ARE for kind in relation.types)
            reader = relation.to_arrow_reader(FETCHED) if plain else None
        if reader is None:
            yield from self.rows(query)
            return
        while True:
            with self._guarded(cursor):
                batch = next(reader, None)
            if batch is None:
                return
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    @contextmanager
    def _guarded(self, connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
        """Interrupts what still runs at the deadline."""
        import duckdb

        timer = threading.Timer(max(0.0, self._deadline - time.monotonic()), connection.interrupt)
        timer.start()
        try:
            yield connection
        except (duckdb.Error, OSError) as error:  # the latter from Arrow, when it is asked for rows
            raise self._told(str(error)) from None
        finally:
            timer.cancel()

    def _told(self, error: str) -> Exception:
        """What an error of the engine is to the caller; Arrow hands on no more than its text."""
        if error.startswith("INTERRUPT Error"):
            return LimitReached(f"it took longer than {self._limits.seconds:g} seconds")
        if error.startswith("Out of Memory Error"):
            return MemoryError()
        return unreadable(", ".join(self._paths), error.partition("\n")[0])
