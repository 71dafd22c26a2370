"""Groups and their aggregates: one generated loop steps the states of every aggregate of a row's group."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import chain, product
from typing import TYPE_CHECKING, Any

from emulator.functions import Nulls
from emulator.interpreter import code
from emulator.interpreter.context import Row, Rows, Run, Runner
from emulator.interpreter.expressions import Compiler, may_be_null
from emulator.interpreter.rowcode import row_compiler
from emulator.plan.relations import Aggregate, AggregateCall, MissingKeys
from emulator.types import Rest, RowType

if TYPE_CHECKING:
    from emulator.plan.relations import Relation


def aggregate_runner(node: Aggregate, source: Runner, row: RowType, runner: Callable[[Relation], Runner]) -> Runner:
    """Compile an aggregation of `source`, whose rows have the type `row`."""
    make = _loop(node, row, runner)
    give = _open_rows(node) if node.row.rest is Rest.OPEN else _closed_rows(node)

    def start() -> tuple[Any, ...]:
        return tuple(call.function.python(*call.constants) for call in node.aggregates)

    calls = [call.function for call in node.aggregates]
    limited = [(position, one.name) for position, one in enumerate(calls) if hasattr(one.python, "cut")]

    def run_aggregate(run: Run) -> Rows:
        groups: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        if not node.keys:
            groups[()] = start()
        take = make(run)
        cut = False
        for batch in run.batches(source(run)):
            cut = take(batch, groups, start, node.limit) or cut
        if cut:
            run.note(f"groups beyond the limit of {node.limit} were left out")
        for position, name in limited:
            if any(states[position].cut for states in groups.values()):
                run.note(f"values beyond the limit of {name}() were left out")
        return give(groups)

    return run_aggregate


def _loop(node: Aggregate, row: RowType, runner: Callable[[Relation], Runner]) -> Callable[[Run], Callable[..., bool]]:
    """`make(run)` gives `take(rows, groups, start, limit)`, which returns whether groups were cut."""
    builder = code.Builder()
    compiler = row_compiler(builder, row, runner)
    keys = [compiler.value(key.value) for key in node.keys]
    body: list[ast.stmt] = [code.assign("key", code.tuple_of(keys))]
    if node.missing_keys is MissingKeys.DROP and keys:
        body.append(code.conditional(code.expr("None in key"), [ast.Continue()]))
    body.append(code.assign("states", code.expr("groups.get(key)")))
    full: list[ast.stmt] = [code.assign("cut", ast.Constant(value=True)), ast.Continue()]
    new: list[ast.stmt] = []
    if node.limit is not None:
        new.append(code.conditional(code.expr("len(groups) >= limit"), full))
    new += [
        code.assign("states", code.expr("start()")),
        code.put(code.name("groups"), code.name("key"), code.name("states")),
    ]
    body.append(code.conditional(code.expr("states is None"), new))
    for position, call in enumerate(node.aggregates):
        body += _step(builder, compiler, position, call)
    statements = [
        code.assign("cut", ast.Constant(value=False)),
        code.loop("r", code.name("rows"), body),
        ast.Return(code.name("cut")),
    ]
    return builder.factory(["rows", "groups", "start", "limit"], statements)


def _step(builder: code.Builder, compiler: Compiler, position: int, call: AggregateCall) -> list[ast.stmt]:
    """`states[n].step(values)`, unless the aggregate is strict and a value is null."""
    statements: list[ast.stmt] = []
    values: list[ast.expr] = []
    checks: list[ast.expr] = []
    for argument in call.arguments:
        variable = builder.fresh("a")
        statements.append(code.assign(variable, compiler.value(argument)))
        values.append(code.name(variable))
        if call.function.nulls is Nulls.STRICT and may_be_null(argument):
            checks.append(code.expr("A is not None", A=code.name(variable)))
    state = ast.Subscript(code.name("states"), ast.Constant(position), ast.Load())
    step = code.statement(code.call(ast.Attribute(state, "step", ast.Load()), *values))
    if not checks:
        return [*statements, step]
    test = checks[0] if len(checks) == 1 else ast.BoolOp(ast.And(), checks)
    return [*statements, code.conditional(test, [step])]


def _closed_rows(node: Aggregate) -> Callable[[dict[tuple[Any, ...], tuple[Any, ...]]], Iterator[Row]]:
    """Keys, then what the aggregates gave; null for one of several columns, or for a string, is made a value here."""
    kinds = {column.name: column.type.null for column in node.row}
    nulls = [tuple(kinds[name] for name in call.names) for call in node.aggregates]

    def rows(groups: dict[tuple[Any, ...], tuple[Any, ...]]) -> Iterator[Row]:
        for key, states in groups.items():
            values: list[Any] = list(key)
            for state, missing in zip(states, nulls, strict=True):
                finished = state.finish()
                if finished is None:
                    values.extend(missing)
                elif len(missing) == 1:
                    values.append(finished)
                else:
                    values.extend(finished)
            yield tuple(values)

    return rows


def _open_rows(node: Aggregate) -> Callable[[dict[tuple[Any, ...], tuple[Any, ...]]], Iterator[Row]]:
    names = [key.name for key in node.keys]

    def rows(groups: dict[tuple[Any, ...], tuple[Any, ...]]) -> Iterator[Row]:
        for key, states in groups.items():
            event = {name: value for name, value in zip(names, key, strict=True) if value is not None}
            several: list[list[dict[str, Any]]] = []
            for state, call in zip(states, node.aggregates, strict=True):
                finished = state.finish()
                if isinstance(finished, list):
                    several.append(finished)
                else:
                    _add(event, call.names, finished)
            if several:
                yield from _combined(event, several)
            else:
                yield event

    return rows


def _combined(event: dict[str, Any], several: list[list[dict[str, Any]]]) -> Iterator[Row]:
    """The event with a row of each aggregate that gives several, each with each; none counts as an empty one."""
    for chosen in product(*(rows or [{}] for rows in several)):
        yield dict(chain(event.items(), *(row.items() for row in chosen)))


def _add(event: dict[str, Any], names: tuple[str, ...], finished: object) -> None:
    """Puts what an aggregate gave into an event; null leaves the field out."""
    if isinstance(finished, dict):
        pairs = list(finished.items())
    elif len(names) == 1:
        pairs = [(names[0], finished)]
    else:
        assert isinstance(finished, tuple)
        pairs = list(zip(names, finished, strict=True))
    event.update((name, value) for name, value in pairs if value is not None)
