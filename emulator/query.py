"""Compile, run and check queries: the public interface."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from emulator.assumptions import declared_assumptions
from emulator.clock import from_datetime
from emulator.diagnostics import Diagnostic, QueryError, Reporter, Severity, code, did_you_mean
from emulator.engines import check_engine, running
from emulator.functions import MeaningError
from emulator.interpreter.compile_bounds import check_size, room_to_recurse
from emulator.interpreter.context import LimitReached, Limits, Run
from emulator.interpreter.given_tables import TableSource, as_table
from emulator.interpreter.tables import ConversionError, Raw, Table, locate
from emulator.nodes import record
from emulator.result import FurtherTable, Result, Shape, notes_of
from emulator.schema import BUILT_IN, Catalogue, GivenCatalogue, extended
from emulator.source import NOWHERE, Source

if TYPE_CHECKING:
    from emulator.columnar.spark.settings import Spark
    from emulator.interpreter.context import Runner
    from emulator.plan.relations import Plan, Relation

Language: TypeAlias = Literal["kql", "cql"]
Evaluate: TypeAlias = "Callable[[Relation], list[tuple[object, ...]]]"
"""Gives the rows of a relation, to a binder that needs them."""

DEFAULT_LIMITS = Limits()
LIMIT_REACHED = {
    "kql": code(
        "KQL5001",
        "a limit of the run was reached",
        "The query took more time or memory than a run may use. Narrow what it reads, or raise the limit.",
    ),
    "cql": code(
        "CQL5001",
        "a limit of the run was reached",
        "The query took more time or memory than a run may use. Narrow what it reads, or raise the limit.",
    ),
}
BAD_CELL = code(
    "EVT3001",
    "a cell does not have the type of its column",
    "The schema gives every column a type. The row that is named holds something else there: mend the event, or "
    "the schema.",
)
UNKNOWN_ASSUMPTION = code(
    "RUL2001",
    "an assumption that does not exist",
    "Assumptions have names; `ruleproof explain` lists them with their reasons.",
)


@record
class Compiled:
    """A plan and what runs it."""

    plan: Plan
    runner: Runner

    @cached_property
    def shape(self) -> Shape:
        """How its rows become a result."""
        return Shape(self.plan.root.row)

    @cached_property
    def further(self) -> list[tuple[str, Shape, Runner]]:
        """What runs its further tables."""
        from emulator.interpreter.compile import compile_relation

        return [(one.name, Shape(one.relation.row), compile_relation(one.relation)) for one in self.plan.more]

    @cached_property
    def read_again(self) -> frozenset[str]:
        """The tables that it reads more than once."""
        from emulator.plan.rereading import read_again

        with room_to_recurse():
            return read_again(self.plan.root)

    @cached_property
    def uncut(self) -> Runner:
        """What runs the plan without its final limit."""
        from emulator.interpreter.compile import compile_relation
        from emulator.plan.uncut import without_final_limit

        return compile_relation(without_final_limit(self.plan.root))


class Query:
    """A compiled query; runs do not change it.

    It is parsed and bound when that is first needed, which raises QueryError; `compile` needs it at once.
    """

    def __init__(
        self,
        source: Source,
        language: Language,
        catalogue: Catalogue,
        assume: frozenset[str],
        given: Mapping[str, object],
        limits: Limits,
    ) -> None:
        self.source = source
        self._limits = limits
        self.language = language
        self._catalogue = catalogue
        self._assume = assume
        self._given = given

    @cached_property
    def _front(self) -> Any:
        return _front_end(self.language)

    @cached_property
    def _tree(self) -> Any:
        with room_to_recurse():
            return self._front.parse(self.source, max_characters=self._limits.characters)

    @cached_property
    def _compiled(self) -> Compiled | QueryError:
        """The query as it stands; or why it can't be bound without what only a run gives. Raises QueryError."""
        try:
            return self._compile({}, self._given)
        except QueryError as error:
            if not all(str(found.code) in self._front.SUPPLIED_BY_RUN for found in error.diagnostics):
                raise
            return error

    def prepare(self) -> Query:
        """Parse and bind it now. Raises QueryError with everything that is wrong with it."""
        _ = self._compiled
        return self

    @property
    def limits(self) -> Limits:
        """What bounds runs that name no limits of their own."""
        return self._limits

    @property
    def plan(self) -> Plan:
        """The bound plan. Raises QueryError when binding needs what only a run gives."""
        if isinstance(self._compiled, QueryError):
            raise self._compiled
        return self._compiled.plan

    def bound(self, given: Mapping[str, object]) -> Plan:
        """The plan with some stand-ins. Raises QueryError when one is missing."""
        return self._compile({}, {**self._given, **given}).plan if given else self.plan

    def _compile(
        self, parameters: Mapping[str, object], given: Mapping[str, object], evaluate: Evaluate | None = None
    ) -> Compiled:
        from emulator.interpreter.compile import compile_relation

        more: dict[str, Any] = {} if evaluate is None else {"evaluate": evaluate}
        try:
            with room_to_recurse():
                plan = self._front.bind(
                    self._tree,
                    self.source,
                    extended(self._catalogue, given),
                    assume=self._assume,
                    parameters=parameters,
                    given=given,
                    **more,
                )
                check_size(plan)
                return Compiled(plan, compile_relation(plan.root))
        except (RecursionError, MemoryError, LimitReached) as error:
            raise self.stopped(error, {}) from None

    def run(
        self,
        tables: Mapping[str, TableSource],
        *,
        now: datetime | None = None,
        time_range: tuple[datetime | None, datetime | None] | None = None,
        parameters: Mapping[str, object] | None = None,
        given: Mapping[str, object] | None = None,
        limits: Limits | None = None,
        engine: str | Spark = "interpreter",
        final_limit: bool = True,
    ) -> Result:
        """Run over tables. Raises QueryError for events that do not fit, and for a limit that was reached.

        `now` fixes `now()` and `ago()`; it is the present time unless given. `time_range` keeps the events from its
        start to before its end. `parameters` are the query's parameters by name; `given` holds stand-ins. `engine` is
        one of ENGINES, or a `Spark` with settings. Without `final_limit`, rows that the limit at the query's end would
        hide are part of the result.
        """
        check_engine(engine, self.source)
        given = {**self._given, **(given or {})}
        compiled = self._compiled if not parameters and given == self._given else self._compile(parameters or {}, given)
        if isinstance(compiled, QueryError):
            raise compiled
        moment = from_datetime(now if now is not None else datetime.now(UTC))
        first, last = time_range or (None, None)
        start = None if first is None else from_datetime(first)
        end = None if last is None else from_datetime(last)
        if compiled.plan.time_range is not None:
            start, end = compiled.plan.time_range(moment)
        sources = {name: as_table(source, again=name in compiled.read_again) for name, source in tables.items()}
        state = Run(moment, sources, limits or self._limits, start, end)
        try:
            if compiled.plan.needs_rows:
                compiled = self._with_rows(state, parameters or {}, given)
            with _runner(compiled, engine, tables, state, final_limit=final_limit) as runner:
                rows = list(state.watched(runner(state)))
            more = [
                FurtherTable(name, *shape.table(list(state.watched(run(state)))))
                for name, shape, run in compiled.further
            ]
        except STOPS as error:
            raise self.stopped(error, sources) from None
        notes = (*state.notes, *notes_of(compiled.plan))
        return Result(*compiled.shape.table(rows), notes, state.read, tuple(more))

    @property
    def final_limit(self) -> int | None:
        """The most rows that the limit at the query's end lets through; None without such a limit."""
        from emulator.plan.uncut import final_limit

        return final_limit(self.plan.root)

    def _with_rows(self, state: Run, parameters: Mapping[str, object], given: Mapping[str, object]) -> Compiled:
        """The plan of a query whose columns depend on rows: bound again, with a way to see the rows."""
        from emulator.interpreter.compile import compile_relation

        for name, table in state.tables.items():
            if isinstance(table, Raw) and isinstance(table.rows, Iterator):
                state.tables[name] = Raw(list(table.rows))

        def evaluate(relation: Relation) -> list[tuple[object, ...]]:
            return list(state.watched(compile_relation(relation)(state)))

        compiled = self._compile(parameters, given, evaluate)
        state.read.clear()
        state.shared.clear()
        return compiled

    def stopped(self, error: Exception, sources: Mapping[str, Table]) -> QueryError:
        """What ended a run over some tables (one of STOPS), as a diagnostic."""
        what, help = LIMIT_REACHED[self.language], "narrow the query or the corpus, or raise the limit"
        match error:
            case ConversionError():
                return _bad_cell(error, sources)
            case MeaningError(what=what, message=message, help=help):
                pass
            case LimitReached(what=message):
                pass
            case RecursionError():
                message, help = "it nests too deeply to be run", "nest less: name parts of it, or use fewer steps"
            case _:
                message = "it needs more memory than there is"
        return QueryError([Reporter(self.source).error(what, message, NOWHERE, help)])


def _runner(
    compiled: Compiled, engine: str | Spark, tables: Mapping[str, TableSource], state: Run, *, final_limit: bool
) -> AbstractContextManager[Runner]:
    """What runs a plan on an engine, while the context lasts."""
    if engine == "interpreter":
        return nullcontext(compiled.runner if final_limit else compiled.uncut)
    from emulator.plan.uncut import without_final_limit

    root = compiled.plan.root if final_limit else without_final_limit(compiled.plan.root)
    return running(engine, root, tables, state, shares=not compiled.plan.more)


STOPS = (LimitReached, MeaningError, ConversionError, RecursionError, MemoryError)
"""What may end a run; `Query.stopped` makes a diagnostic of it."""


def _bad_cell(error: ConversionError, sources: Mapping[str, Table]) -> QueryError:
    where = locate(error, sources)
    reporter = Reporter(Source(where, ""))
    return QueryError(
        [reporter.error(BAD_CELL, str(error), NOWHERE, "mend the event, or the column's type in the schema")]
    )


def _front_end(language: Language) -> Any:
    """The front end of a language: `parse(source)`, `bind(tree, source, catalogue, …)`, `SUPPLIED_BY_RUN`."""
    return importlib.import_module(f"emulator.{language}.front")


def _source(text: str | Source, language: Language, name: str | None) -> Source:
    return text if isinstance(text, Source) else Source(name or f"query.{language}", text)


def _assumed(source: Source, language: Language, assume: Iterable[str]) -> frozenset[str]:
    """The assumptions that a caller opts in to; an unknown name is an error."""
    _front_end(language)  # it declares them
    names = frozenset(assume)
    known = {name: one for name, one in declared_assumptions().items() if one.opt_in}
    reporter = Reporter(source)
    for name in sorted(names - known.keys()):
        help = did_you_mean(name, known, "`ruleproof explain` lists the assumptions")
        reporter.error(UNKNOWN_ASSUMPTION, f"there is no assumption `{name}` to opt in to", NOWHERE, help)
    reporter.stop_if_failed()
    return names


def compile(
    text: str | Source,
    *,
    language: Language,
    schemas: Mapping[str, Mapping[str, str]] | None = None,
    assume: Sequence[str] = (),
    name: str | None = None,
    given: Mapping[str, object] | None = None,
    limits: Limits | None = None,
    when_needed: bool = False,
) -> Query:
    """Parse and bind a query. Raises QueryError with everything that is wrong with it.

    `schemas` maps a table to {column: type} and replaces the built-in catalogue; it is read lazily. `assume` opts in
    to named assumptions. `name` is what diagnostics call the text, usually its path; a `Source` has a name and a place
    of its own. `given` holds stand-ins for every run; functions that the workspace stores are known by them. `limits`
    bounds the text, and runs that name no limits of their own. With `when_needed`, it is parsed and bound only then.
    """
    if schemas is None and not given and limits is None and not when_needed:
        return _cached(text, language, tuple(assume), name)
    catalogue = BUILT_IN if schemas is None else GivenCatalogue(schemas)
    query = _query(text, language, catalogue, assume, name, given, limits)
    return query if when_needed else query.prepare()


@lru_cache(maxsize=512)
def _cached(text: str | Source, language: Language, assume: tuple[str, ...], name: str | None) -> Query:
    return _query(text, language, BUILT_IN, assume, name).prepare()


def _query(
    text: str | Source,
    language: Language,
    catalogue: Catalogue,
    assume: Iterable[str],
    name: str | None,
    given: Mapping[str, object] | None = None,
    limits: Limits | None = None,
) -> Query:
    source = _source(text, language, name)
    assumed = _assumed(source, language, assume) if assume else frozenset()
    return Query(source, language, catalogue, assumed, given or {}, limits or DEFAULT_LIMITS)


def run(
    text: str,
    *,
    language: Language,
    tables: Mapping[str, TableSource],
    schemas: Mapping[str, Mapping[str, str]] | None = None,
    assume: Sequence[str] = (),
    given: Mapping[str, object] | None = None,
    **options: Any,
) -> Result:
    """Compile and run; see `compile` and `Query.run` for the options and errors."""
    return compile(text, language=language, schemas=schemas, assume=assume, given=given).run(tables, **options)


def check(
    text: str,
    *,
    language: Language,
    schemas: Mapping[str, Mapping[str, str]] | None = None,
    assume: Sequence[str] = (),
    name: str | None = None,
) -> list[Diagnostic]:
    """Everything that is wrong with a query, without running it; empty when nothing is."""
    try:
        compile(text, language=language, schemas=schemas, assume=assume, name=name)
    except QueryError as error:
        return error.diagnostics
    return []


def has_errors(found: Iterable[Diagnostic]) -> bool:
    """True when a diagnostic is more than a warning."""
    return any(one.severity is Severity.ERROR for one in found)
