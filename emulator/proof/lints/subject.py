"""What a lint looks at, and the list of lints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TypeAlias, TypeGuard

from emulator.cql import syntax as cql
from emulator.cql.library import lookup
from emulator.diagnostics import Code, Diagnostic, Label, Severity
from emulator.functions import Kind
from emulator.kql import syntax as kql
from emulator.nodes import record
from emulator.plan.relations import Relation
from emulator.proof.lints.facts import Reading, read_facts
from emulator.proof.lints.plan_parts import roots
from emulator.proof.mutation_edits import Spanned, nodes
from emulator.query import Language
from emulator.rules import Detection
from emulator.source import Source, Span

_CONDITIONS = (
    kql.Binary, kql.Logical, kql.InList, kql.Between, kql.Call, kql.NameRef, cql.And, cql.Or, cql.Not, cql.Comparison,
    cql.InfixIn, cql.Apply, cql.FreeText,
)  # fmt: skip


@record
class Subject:
    """A query that compiles. `detection` is None for a query on its own; `assume` are the assumptions it opts in to."""

    source: Source
    language: Language
    tree: kql.Query | cql.Query
    root: Relation
    assume: tuple[str, ...] = ()
    detection: Detection | None = None

    @property
    def variant(self) -> str | None:
        """How Falcon's events look to the rule, `fdr` or `ng-siem`; None when nobody says."""
        queries = () if self.detection is None else self.detection.queries.values()
        return next((str(one.variant) for one in queries if one.variant and one.language == self.language), None)

    @cached_property
    def nodes(self) -> tuple[object, ...]:
        """Every node of the syntax tree, in order of the text."""
        return tuple(nodes(self.tree))

    @cached_property
    def roots(self) -> tuple[Relation, ...]:
        """The plan's relation and those of its sub-plans."""
        return tuple(roots(self.root))

    @cached_property
    def readings(self) -> Reading:
        """What is known of the rows at each filter and branch."""
        parameters = tuple(node.span for node in self.nodes if isinstance(node, cql.Parameter))
        return read_facts(self.roots, parameters)

    @cached_property
    def conditions(self) -> frozenset[Span]:
        """Where the author wrote a condition; plans have others, such as that the key of a group exists."""
        return frozenset(node.span for node in self.nodes if _is_condition(node))

    def text(self, span: Span) -> str:
        """The text at a place, on one line."""
        return " ".join(self.source.slice(span).split())

    def warning(
        self, what: Code, message: str, span: Span, help: str, label: str = "", also: tuple[Label, ...] = ()
    ) -> Diagnostic:
        """A warning at a place of the query."""
        return Diagnostic(what, message, span, help, self.source, Severity.WARNING, label, also)


def _is_condition(node: object) -> TypeGuard[Spanned]:
    match node:
        case cql.Call(name=name):
            function = lookup(name)
            return function is not None and function.kind is Kind.FILTER
        case _:
            return isinstance(node, _CONDITIONS)


Lint: TypeAlias = Callable[[Subject], Iterator[Diagnostic]]
