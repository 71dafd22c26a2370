"""The engines that a plan may run on beside the interpreter: each is an extra, loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from emulator.diagnostics import QueryError, Reporter, code, did_you_mean
from emulator.source import NOWHERE, Source

if TYPE_CHECKING:
    from emulator.columnar.spark.settings import Spark
    from emulator.interpreter.context import Run, Runner
    from emulator.interpreter.given_tables import TableSource
    from emulator.plan.relations import Relation

UNKNOWN_ENGINE = code(
    "RUL2002",
    "an engine that does not exist",
    "Queries run on the engine `interpreter`, or on `duckdb`, which finds their rows in Parquet files, or on `spark`, "
    "which finds them on a cluster.",
)
NOT_INSTALLED = code(
    "RUL2003",
    "an engine that is not installed",
    "The engines `duckdb` and `spark` are extras: install one with `pip install 'ruleproof[duckdb]'`, the other with "
    "`pip install 'ruleproof[spark]'`.",
)
ENGINES = ("interpreter", "duckdb", "spark")
"""What a run may name; Spark may also come with settings."""


def check_engine(engine: str | Spark, source: Source) -> None:
    """Raises QueryError for a name that no engine has."""
    if isinstance(engine, str) and engine not in ENGINES:
        help = did_you_mean(engine, ENGINES, "leave it out: the interpreter is the default")
        raise QueryError([Reporter(source).error(UNKNOWN_ENGINE, f"no engine `{engine}`", NOWHERE, help)])


def running(
    engine: str | Spark, root: Relation, tables: Mapping[str, TableSource], state: Run, *, shares: bool
) -> AbstractContextManager[Runner]:
    """What runs a plan on an engine, while the context lasts; `shares`: nothing else reads what the plan shares.

    Raises QueryError when the engine is not installed.
    """
    name = engine if isinstance(engine, str) else "spark"
    try:
        if engine == "duckdb":
            return _on_duckdb(root, tables, shares=shares)
        return _on_spark(engine, root, tables, state)
    except ImportError as error:
        message, help = f"the engine `{name}` needs the package `{error.name}`", f"pip install 'ruleproof[{name}]'"
        raise QueryError([Reporter(Source("engine", "")).error(NOT_INSTALLED, message, NOWHERE, help)]) from None


def _on_duckdb(root: Relation, tables: Mapping[str, Any], *, shares: bool) -> AbstractContextManager[Runner]:
    from emulator.columnar.duckdb.running import runner

    return nullcontext(runner(root, tables, shares=shares))


def _on_spark(
    engine: str | Spark, root: Relation, tables: Mapping[str, TableSource], state: Run
) -> AbstractContextManager[Runner]:
    import pyspark  # noqa: F401 - it is imported where it is used; here it is missed

    from emulator.columnar.spark import attaching
    from emulator.columnar.spark.settings import Spark

    attached = partial(attaching.attached, settings=Spark() if isinstance(engine, str) else engine)
    return _reading(attached(root, tables, state))


@contextmanager
def _reading(attached: AbstractContextManager[Relation]) -> Iterator[Runner]:
    """The interpreter over the rows that an engine finds."""
    from emulator.interpreter.compile import compile_relation

    with attached as rewritten:
        yield compile_relation(rewritten)
