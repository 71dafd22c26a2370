"""What can be deleted from a CQL query: filters, conditions, alternatives, branches, list values, parts of patterns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emulator.cql import syntax
from emulator.cql.library import lookup
from emulator.cql.parser import parse
from emulator.cql.syntax import And, Array, Case, FreeText, InfixIn, Match, Or, Pipeline, Regex, Word
from emulator.functions import Kind
from emulator.proof.mutation_edits import Deletion, Spanned, each_of, nodes
from emulator.proof.mutation_patterns import pattern_deletions
from emulator.source import Source, Span

_FILTERS = (And, Or, syntax.Not, syntax.Comparison, InfixIn, syntax.Apply, syntax.Boolean)


def cql_deletions(source: Source) -> Iterator[Deletion]:
    """Every deletion, with spans in the text. Raises QueryError for a text that does not parse."""
    for node in nodes(parse(source)):
        match node:
            case Pipeline():
                yield from _stages(node, source.text)
            case Or(operands=operands):
                yield from each_of("alternative", _spans(operands), source.text)
            case And(operands=operands):
                yield from each_of("condition", _spans(operands), source.text)
            case Case(clauses=clauses) | Match(clauses=clauses):
                yield from each_of("branch", _spans(clauses), source.text)
            case InfixIn(values=items) | Array(items=items):
                yield from each_of("value", _spans(items), source.text)
            case Regex(pattern_span=span):
                yield from pattern_deletions(source.slice(span), span.start)


def _stages(pipeline: Pipeline, text: str) -> Iterator[Deletion]:
    """Each filter of a pipeline; a lone one gives way to `*`, which lets everything through."""
    spans = _spans(pipeline.steps)
    if len(spans) == 1 and _filters(pipeline.steps[0]):
        yield Deletion("stage", spans[0], spans[0], "*")
    for step, one in zip(pipeline.steps, each_of("stage", spans, text), strict=False):
        if _filters(step):
            yield one


def _filters(step: syntax.Step) -> bool:
    """Whether a step keeps some events and drops others; `*` alone keeps all."""
    match step:
        case FreeText(value=value):
            return not (isinstance(value, Word) and value.text == "*")
        case syntax.Call(name=name):
            function = lookup(name)
            return function is not None and function.kind is Kind.FILTER
        case _:
            return isinstance(step, _FILTERS)


def _spans(parts: Sequence[Spanned]) -> list[Span]:
    return [part.span for part in parts]
