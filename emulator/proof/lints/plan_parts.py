"""The parts of a plan that lints walk: the expressions of steps and relations, and the sub-plans inside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from emulator.plan.expressions import Expression, ListQuery, ScalarQuery, walk
from emulator.plan.graphs import GraphMatch, GraphNodes
from emulator.plan.relations import (
    Aggregate,
    Apply,
    Distinct,
    GroupRows,
    Join,
    Limit,
    Relation,
    Scan,
    Segment,
    Share,
    Sort,
    TableFunction,
    Union,
    Values,
    inputs,
)
from emulator.plan.steps import Assign, Branch, Drop, Expand, Extract, Filter, Keep, Rename, Step


def step_expressions(step: Step) -> Iterator[Expression]:
    """What a step evaluates for each row, those of its clauses included."""
    match step:
        case Filter(predicate=predicate):
            yield predicate
        case Assign(assignments=assignments):
            yield from (one.value for one in assignments)
        case Extract(arguments=arguments) | Expand(arguments=arguments):
            yield from arguments
        case Branch(clauses=clauses):
            yield from (one for clause in clauses for inner in clause for one in step_expressions(inner))
        case Rename() | Keep() | Drop():
            pass
        case _:
            assert_never(step)


def relation_expressions(relation: Relation) -> Iterator[Expression]:
    """What a relation evaluates itself; its inputs are left out."""
    match relation:
        case Segment(steps=steps):
            yield from (one for step in steps for one in step_expressions(step))
        case Values(rows=rows):
            yield from (cell for row in rows for cell in row)
        case Aggregate(keys=keys, aggregates=aggregates):
            yield from (key.value for key in keys)
            yield from (one for call in aggregates for one in call.arguments)
        case Sort(keys=sort_keys):
            yield from (key.value for key in sort_keys)
        case Limit(count=count):
            yield count
        case Join(left_keys=left, right_keys=right):
            yield from (*left, *right)
        case Apply(keys=group):
            yield from group or ()
        case TableFunction(arguments=arguments):
            yield from arguments
        case GraphMatch(predicates=predicates, outputs=outputs):
            yield from (*predicates, *outputs)
        case Scan() | Union() | Distinct() | Share() | GroupRows() | GraphNodes():
            pass
        case _:
            assert_never(relation)


def relations(root: Relation) -> Iterator[Relation]:
    """A relation and everything below it; sub-plans inside expressions are left out."""
    waiting = [root]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(inputs(one)))


def roots(root: Relation) -> Iterator[Relation]:
    """The relation of a plan, and those of the sub-plans inside its expressions."""
    yield root
    for relation in relations(root):
        for expression in relation_expressions(relation):
            for node in walk(expression):
                if isinstance(node, ScalarQuery | ListQuery):
                    yield from roots(node.query)
