"""What can be deleted from a KQL query: filters, legs, conditions, alternatives, values, columns, parts of patterns."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.kql.parser import parse
from emulator.kql.syntax import (
    Binary,
    BinaryOperator,
    DynamicArray,
    InList,
    Literal,
    Logical,
    LogicalOperator,
    Node,
    Pipeline,
    Project,
    Union,
    Where,
)
from emulator.proof.mutation_edits import Deletion, bar_before, each_of, nodes
from emulator.proof.mutation_patterns import pattern_deletions
from emulator.source import Source, Span


def kql_deletions(source: Source) -> Iterator[Deletion]:
    """Every deletion, with spans in the text. Raises QueryError for a text that does not parse."""
    for node in nodes(parse(source)):
        match node:
            case Pipeline():
                yield from _stages(node, source.text)
                yield from _legs(node.source, source.text)
            case Union():
                yield from _legs(node, source.text)
            case Logical(operator=operator, operands=operands):
                kind = "alternative" if operator is LogicalOperator.OR else "condition"
                yield from each_of(kind, _spans(operands), source.text)
            case InList(items=items) | DynamicArray(items=items):
                yield from each_of("value", _spans(items), source.text)
            case Project(targets=targets):
                yield from each_of("column", _spans(targets), source.text)
            case Binary(operator=BinaryOperator.MATCHES_REGEX, right=Literal() as pattern):
                yield from _pattern(pattern, source)


def _stages(pipeline: Pipeline, text: str) -> Iterator[Deletion]:
    """Each filter and each union of a pipeline, with the bar before it."""
    before = pipeline.source.span.end
    for operator in pipeline.operators:
        if isinstance(operator, Where | Union):
            kind = "stage" if isinstance(operator, Where) else "leg"
            yield Deletion(kind, operator.span, Span(bar_before(text, before, operator.span.start), operator.span.end))
        before = operator.span.end


def _legs(node: object, text: str) -> Iterator[Deletion]:
    if isinstance(node, Union):
        yield from each_of("leg", _spans(node.tables), text)


def _spans(parts: tuple[Node, ...]) -> list[Span]:
    return [part.span for part in parts]


def _pattern(literal: Literal, source: Source) -> Iterator[Deletion]:
    """Parts of a pattern whose text stands as it is between the quotes of a verbatim string."""
    written = source.slice(literal.span)
    if written[:2] in ('@"', "@'") and written[2:-1] == literal.value:
        yield from pattern_deletions(written[2:-1], literal.span.start + 2)
