"""Which columns of an input a relation reads: what nobody reads need not be fetched.

A set of names, or None for all of them. Names that an expression reads count whatever becomes of its value, so that
leaving out the others changes nothing: neither rows nor errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TypeAlias, assert_never

from emulator.plan.expressions import Expression, Field, Row, walk
from emulator.plan.relations import Aggregate, Join, Limit, Relation, Segment, Sort, Union
from emulator.plan.steps import Assign, Branch, Drop, Expand, Extract, Filter, Keep, Rename, Step
from emulator.types import Rest

Read: TypeAlias = frozenset[str] | None
"""Names of columns; None for all."""

_NOTHING: frozenset[str] = frozenset()


def read_of_input(node: Relation, after: Read) -> Read:
    """What a relation reads of each input, for the columns `after` of its own rows to be right."""
    match node:
        case Segment(steps=steps):
            return read_before(steps, after)
        case Aggregate(keys=keys, aggregates=aggregates):
            arguments = [argument for one in aggregates for argument in one.arguments]
            return _also(_NOTHING, (*(key.value for key in keys), *arguments))
        case Sort(keys=keys):
            return _also(after, (key.value for key in keys))
        case Limit() | Union():
            return after
        case _:
            return None


def read_of_join(node: Join, after: Read) -> tuple[Read, Read]:
    """What a join reads of its left and of its right input."""
    if after is None or Rest.OPEN in (node.row.rest, node.left.row.rest, node.right.row.rest):
        return None, None
    left = frozenset(name for name, output in node.left_columns if output in after)
    right = frozenset(name for name, output in node.right_columns if output in after)
    return _also(left, node.left_keys), _also(right, node.right_keys)


def read_before(steps: tuple[Step, ...], after: Read) -> Read:
    """What steps read of a row, for the columns `after` of the rows that they give to be right."""
    return reduce(lambda read, step: _before(step, read), reversed(steps), after)


def _before(step: Step, after: Read) -> Read:
    match step:
        case Filter(predicate=predicate):
            return _also(after, (predicate,))
        case Assign(assignments=assignments, keep_on_null=keeps):
            set_anew = _NOTHING if keeps else frozenset(one.name for one in assignments)
            return _also(None if after is None else after - set_anew, (one.value for one in assignments))
        case Extract(arguments=arguments) | Expand(arguments=arguments):
            return _also(after, arguments)
        case Rename(pairs=pairs):
            return None if after is None else after.union(old for old, _ in pairs)
        case Keep(names=names):
            return frozenset(names) if after is None else after.intersection(names)
        case Drop(names=names):
            return None if after is None else after.difference(names)
        case Branch(clauses=clauses):
            return _together([read_before(clause, after) for clause in clauses])
        case _:
            assert_never(step)


def _also(names: Read, expressions: Iterable[Expression]) -> Read:
    """Names, and those that expressions read; a whole row is all of them."""
    found = set() if names is None else set(names)
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Row):
                return None
            if isinstance(node, Field):
                found.add(node.name)
    return None if names is None else frozenset(found)


def _together(several: Iterable[Read]) -> Read:
    found: set[str] = set()
    for one in several:
        if one is None:
            return None
        found |= one
    return frozenset(found)
