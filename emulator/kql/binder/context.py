"""What binding one query carries along: where errors go, which tables there are, and what was assumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from emulator.diagnostics import Code, Label, Reporter
from emulator.kql import syntax
from emulator.kql.binder.scope import Scope, Stream
from emulator.plan.expressions import Expression, Field
from emulator.plan.relations import Relation
from emulator.schema import Catalogue
from emulator.source import Source, Span
from emulator.types import ScalarType


class UnbindableError(Exception):
    """Raised once an error was reported, and caught where binding can go on with the next part."""


@dataclass(slots=True, kw_only=True)
class Context:
    """The state of one run of the binder.

    `expression`, `table`, `declare` and `operators` are the entries to the mutually recursive parts.

    `invented` are columns that rows which nobody has are taken to have; `wanted` gathers those that such rows lack, and
    those that need another type, until it is `settled` that no more are invented.

    `assume` names the assumptions that the caller allows; those that were needed gather in `assumed`. `given` holds the
    rows of the stand-ins that the caller brings, by name, `settings` what `set` statements say. `evaluate` runs a
    relation whose rows decide on columns.
    """

    source: Source
    catalogue: Catalogue
    assume: frozenset[str]
    given: Mapping[str, object]
    parameters: Mapping[str, object]
    expression: Callable[[syntax.Expression, Scope], Expression]
    table: Callable[[syntax.Expression, Scope], Stream]
    declare: Callable[[Sequence[syntax.Statement], Scope], Scope]
    operators: Callable[[Sequence[syntax.Operator], Stream, Scope], Stream]
    evaluate: Callable[[Relation], Sequence[tuple[object, ...]]] | None = None
    invented: Mapping[str, ScalarType] = field(default_factory=dict)
    wanted: dict[str, ScalarType] = field(default_factory=dict)
    settled: bool = False
    settings: dict[str, syntax.Expression] = field(default_factory=dict)
    reporter: Reporter = field(init=False)
    assumed: dict[str, None] = field(default_factory=dict)
    depth: int = 0
    needs_rows: bool = False
    _count: int = 0

    def __post_init__(self) -> None:
        self.reporter = Reporter(self.source)

    def fail(
        self, what: Code, message: str, span: Span, help: str, label: str = "", also: Iterable[Label] = ()
    ) -> UnbindableError:
        """Report an error; raise what it returns to leave the part that can't be bound."""
        self.reporter.error(what, message, span, help, label, also)
        return UnbindableError()

    @contextmanager
    def inside(self, source: Source | None) -> Iterator[None]:
        """Bind the body of a function, whose text may be another one than the query's."""
        outer = self.source
        self.source = self.reporter.source = source or outer
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1
            self.source = self.reporter.source = outer

    def fresh(self) -> str:
        """A column name that no query can write."""
        self._count += 1
        return f"${self._count}"

    def number(self) -> int:
        """A number that no other part of the plan has."""
        self._count += 1
        return self._count

    def rows_of(self, relation: Relation) -> Sequence[tuple[object, ...]] | None:
        """The rows of a relation that columns depend on, or None while they are not known."""
        if self.evaluate is None:
            self.needs_rows = True
            return None
        return self.evaluate(relation)

    def invents(self, name: str) -> bool:
        """True when a name that open rows lack may yet become one of their columns: they are then bound again."""
        if self.settled or name in self.invented:
            return False
        self.wanted[name] = ScalarType.STRING
        return True

    def retype(self, value: object, kind: ScalarType) -> None:
        """Bind again, as another type, a column that was invented as a text and stands where no text can."""
        if isinstance(value, Field) and self.invented.get(value.name) is ScalarType.STRING is not kind:
            self.wanted[value.name] = kind
            raise UnbindableError

    def rests_on(self, *assumptions: str) -> None:
        """Note that the plan rests on assumptions."""
        for assumption in assumptions:
            self.assumed.setdefault(assumption)
