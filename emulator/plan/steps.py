"""Steps of a segment: what happens to one row at a time, with none, one or many rows coming out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeAlias, assert_never

from emulator.functions import Function
from emulator.nodes import record
from emulator.plan.expressions import Expression, fields
from emulator.source import Span
from emulator.types import Column


@record
class Filter:
    """Keeps the rows for which the predicate is true; false and null drop."""

    predicate: Expression
    span: Span


@record
class Assignment:
    """A name and the expression that gives its value."""

    name: str
    value: Expression
    span: Span


@record
class Assign:
    """Sets columns, all from the row as it was before. A name that is new is added at the end, another keeps its place.

    With `keep_on_null` (CQL) a null value leaves the field as it was.
    """

    assignments: tuple[Assignment, ...]
    span: Span
    keep_on_null: bool = False


@record
class Extract:
    """Sets several columns from one function of some arguments.

    The function returns a tuple with a value for each of `targets`, or a mapping of names to values for an open row
    whose names are only known at run time; None when there is nothing to extract. Then, with `required`, the row
    drops; else the row keeps its fields, and on a closed row the targets are null. None inside a tuple or mapping
    leaves a field of an open row as it was.
    """

    function: Function
    arguments: tuple[Expression, ...]
    targets: tuple[Column, ...]
    required: bool
    span: Span


@record
class Rename:
    """Gives columns new names; a column that already has such a name goes."""

    pairs: tuple[tuple[str, str], ...]
    span: Span


@record
class Keep:
    """Keeps the named columns alone, in this order."""

    names: tuple[str, ...]
    span: Span


@record
class Drop:
    """Removes the named columns."""

    names: tuple[str, ...]
    span: Span


@record
class Expand:
    """One row for each item that a function of the row gives.

    The function returns an iterable; each item is a tuple with a value for each of `targets` (a mapping of names to
    values on an open row whose names are only known at run time). With `whole` the item is the row that goes on, in
    place of the one that came (open rows).
    """

    function: Function
    arguments: tuple[Expression, ...]
    targets: tuple[Column, ...]
    span: Span
    whole: bool = False


@record
class Branch:
    """Clauses tried in order, each on the row as it came: the first that emits wins, else the row drops."""

    clauses: tuple[tuple[Step, ...], ...]
    span: Span
    spans: tuple[Span, ...] = ()
    """Where each clause stands."""


Step: TypeAlias = Filter | Assign | Extract | Rename | Keep | Drop | Expand | Branch


def read_by(steps: Iterable[Step]) -> frozenset[str]:
    """The names of the fields that some steps read, in clauses of branches too."""
    return frozenset().union(*map(_read, steps))


def expressions(steps: Iterable[Step]) -> Iterator[Expression]:
    """The expressions that some steps evaluate, in clauses of branches too."""
    for step in steps:
        match step:
            case Filter(predicate=predicate):
                yield predicate
            case Assign(assignments=assignments):
                yield from (one.value for one in assignments)
            case Extract(arguments=arguments) | Expand(arguments=arguments):
                yield from arguments
            case Branch(clauses=clauses):
                yield from expressions(chain.from_iterable(clauses))
            case Rename() | Keep() | Drop():
                pass
            case _:
                assert_never(step)


def _read(step: Step) -> frozenset[str]:
    match step:
        case Rename(pairs=pairs):
            return frozenset(old for old, _ in pairs)
        case Keep(names=names) | Drop(names=names):
            return frozenset(names)
        case Branch(clauses=clauses):
            return frozenset().union(*map(read_by, clauses))
        case _:
            return frozenset().union(*map(fields, expressions((step,))))
