"""Lints: what is probably wrong with a query that compiles. One module a lint; each has a code."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence

from emulator.cql.syntax import SavedQuery
from emulator.diagnostics import Diagnostic, QueryError
from emulator.plan.relations import Relation
from emulator.proof.lints.absent_fields import absent_fields, passed_by_lack
from emulator.proof.lints.chosen_rows import chosen_rows
from emulator.proof.lints.contained_values import contained_values
from emulator.proof.lints.double_alerts import double_alerts
from emulator.proof.lints.hiding_limits import hiding_limits
from emulator.proof.lints.implied_conditions import decided_conditions, unreachable_branches
from emulator.proof.lints.ipv4_alone import ipv4_alone
from emulator.proof.lints.missing_entities import missing_entities
from emulator.proof.lints.opted_in import accepted_by_assumption
from emulator.proof.lints.patterns_of_rules import contained_alternatives, half_optional_words
from emulator.proof.lints.subject import Lint, Subject
from emulator.proof.lints.tags_as_fields import tags_as_fields
from emulator.proof.lints.unnamed_fields import unnamed_fields
from emulator.proof.lints.unused_columns import unused_columns
from emulator.proof.mutation_edits import nodes
from emulator.query import Query, compile
from emulator.rules import Detection

LINTS: tuple[Lint, ...] = (
    unused_columns,
    decided_conditions,
    unreachable_branches,
    contained_values,
    contained_alternatives,
    half_optional_words,
    absent_fields,
    passed_by_lack,
    tags_as_fields,
    chosen_rows,
    unnamed_fields,
    hiding_limits,
    ipv4_alone,
    double_alerts,
    missing_entities,
    accepted_by_assumption,
)

__all__ = ["LINTS", "lint"]


def lint(
    query: Query,
    *,
    assume: Sequence[str] = (),
    given: Mapping[str, object] | None = None,
    detection: Detection | None = None,
) -> list[Diagnostic]:
    """The warnings and notes about a query, in order of its text.

    `assume` are the assumptions it was compiled with, `given` the stand-ins that runs get. A query whose stand-ins are
    missing is read as if they were empty; so are saved queries, whose text is not the query's.
    """
    source = query.source
    tree = importlib.import_module(f"emulator.{query.language}.parser").parse(source)  # the one that is needed
    saved = any(isinstance(node, SavedQuery) for node in nodes(tree))
    root = _empty_root(query, given or {}, assume) if saved else _root(query, given or {}, assume)
    if root is None:
        return []
    subject = Subject(source, query.language, tree, root, tuple(assume), detection)
    found = {one: None for every in LINTS for one in every(subject)}
    return sorted(found, key=lambda one: (one.span, one.code.id))


def _root(query: Query, given: Mapping[str, object], assume: Sequence[str]) -> Relation | None:
    try:
        return query.bound(given).root
    except QueryError:
        return _empty_root(query, {}, assume)


def _empty_root(query: Query, given: Mapping[str, object], assume: Sequence[str]) -> Relation | None:
    names = [*assume, "empty-stand-ins"]
    kept = {name: one for name, one in given.items() if not name.startswith("query:")}
    try:
        return compile(
            query.source.text, language=query.language, assume=names, name=query.source.name, given=kept
        ).plan.root
    except QueryError:
        return None
