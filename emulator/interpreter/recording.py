"""What a traced segment tells its recorder: every condition with the values that it read, kept or not.

The recorder of a run is called with the step, the fields that it read, and the value of each condition; it answers
whether the row goes on. Traced code never short-circuits inside a step.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from emulator.interpreter import code
from emulator.plan.steps import Extract, Filter


def record_filter(
    builder: code.Builder,
    record: ast.expr,
    step: Filter,
    read: Mapping[str, ast.expr],
    values: list[ast.expr],
    gone: ast.stmt | None = None,
) -> ast.stmt:
    """`if not record(step, {field: value}, (condition, …)): continue`, or what else `gone` says."""
    row = ast.Dict([builder.constant(name) for name in read], list(read.values()))
    told = code.call(record, builder.constant(step), row, code.tuple_of(values))
    return code.conditional(ast.UnaryOp(ast.Not(), told), [gone or ast.Continue()])


def recorded_extract(builder: code.Builder, record: ast.expr, step: Extract, found: ast.expr) -> ast.expr:
    """Truthy when the row drops because a required extraction found nothing."""
    matched = code.expr("(X is not None,)", X=found)
    return ast.UnaryOp(ast.Not(), code.call(record, builder.constant(step), ast.Dict([], []), matched))
