"""Joins as SQL: pairs in the order of the left rows, then of the right ones; lone rows where the kind keeps them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from emulator.columnar.expressions.bounds import Value
from emulator.columnar.expressions.cells import literal
from emulator.columnar.expressions.scalars import Scalars
from emulator.columnar.plans.rows import GROUPED, NUMBERED_BITS, Key, Rows, Untranslatable, inner, subquery
from emulator.plan.expressions import Expression
from emulator.plan.relations import Join, JoinKind
from emulator.types import Rest

_SIDES = {JoinKind.LEFT_OUTER: "LEFT", JoinKind.RIGHT_OUTER: "RIGHT", JoinKind.FULL_OUTER: "FULL"}
_LEFT, _RIGHT = "a", "b"


def paired(node: Join, left: Rows, right: Rows, scalars: Scalars, fresh: Callable[[str], str]) -> Rows:
    """The rows of a join of rows that have ordinals. Raises Untranslatable."""
    if node.row.rest is Rest.OPEN or node.most_per_left is not None or node.limit is not None:
        raise Untranslatable("a join of events, or one with limits, has no SQL")
    ours = _side(left, _keys(node.left_keys, left, scalars), _LEFT)
    theirs = _side(right, _keys(node.right_keys, right, scalars), _RIGHT)
    test = _equal(node)
    match node.kind:
        case JoinKind.LEFT_SEMI | JoinKind.RIGHT_SEMI | JoinKind.LEFT_ANTI | JoinKind.RIGHT_ANTI:
            kept, others = (ours, theirs) if node.kind in (JoinKind.LEFT_SEMI, JoinKind.LEFT_ANTI) else (theirs, ours)
            wanted = node.kind in (JoinKind.LEFT_SEMI, JoinKind.RIGHT_SEMI)
            return _with_match(node, kept, others, test, wanted=wanted)
        case _:
            if node.kind is JoinKind.INNER_UNIQUE:
                ours = _first_of_each(ours, len(node.left_keys))
            return _pairs(node, ours, theirs, test, fresh)


def _keys(expressions: Sequence[Expression], rows: Rows, scalars: Scalars) -> list[exp.Expr]:
    made = []
    for one in expressions:
        value = scalars.value(one, rows.values)
        if value is None:
            raise Untranslatable(scalars.why_not(one, rows.values) or "a join key has no SQL")
        if value.type not in GROUPED:
            raise Untranslatable("values of a join key are equal in another way than in SQL")
        made.append(value.sql)
    return made


def _side(rows: Rows, keys: Sequence[exp.Expr], name: str) -> Rows:
    """The rows of one side, from a query of that name, with the keys as columns beside."""
    columns, behind = inner(rows, {f"j{number}": key for number, key in enumerate(keys)})
    values = {column: _qualified(value, name) for column, value in behind.values.items()}
    order = (Key(exp.column("o0", name)),)
    return replace(behind, source=subquery(rows.query(columns, ordered=False), name), values=values, order=order)


def _qualified(value: Value, name: str) -> Value:
    def of(node: exp.Expr) -> exp.Expr:
        return exp.column(node.name, name) if isinstance(node, exp.Column) else node

    return replace(value, sql=value.sql.transform(of), lies=None if value.lies is None else value.lies.transform(of))


def _equal(node: Join) -> exp.Expr:
    equal = exp.NullSafeEQ if node.null_matches else exp.EQ
    keys = range(len(node.left_keys))
    tests = [equal(this=exp.column(f"j{at}", _LEFT), expression=exp.column(f"j{at}", _RIGHT)) for at in keys]
    return exp.and_(*tests) if tests else exp.true()


def _first_of_each(rows: Rows, keys: int) -> Rows:
    """The first row of each combination of keys."""
    rank = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column(f"j{at}") for at in range(keys)],
        order=exp.Order(expressions=[exp.Ordered(this=exp.column("o0"))]),
    )
    source = rows.source
    assert isinstance(source, exp.Subquery)
    query = exp.Select(expressions=[exp.Star()]).from_(source.copy())
    query.set("qualify", exp.Qualify(this=exp.EQ(this=rank, expression=exp.Literal.number(1))))
    return replace(rows, source=subquery(query, source.alias))


def _with_match(node: Join, kept: Rows, others: Rows, test: exp.Expr, *, wanted: bool) -> Rows:
    """The rows of one side that have a match on the other, or that have none."""
    found = exp.Select(expressions=[exp.Literal.number(1)]).from_(others.source.copy(), copy=False).where(test)
    exists: exp.Expr = exp.Exists(this=found)
    ours = dict(node.left_columns if kept.source.alias == _LEFT else node.right_columns)
    values = {output: kept.values[name] for name, output in ours.items() if name in kept.values}
    made = replace(kept, values=_complete(node, values), as_given=False)
    return made.kept(exists if wanted else exp.not_(exists))


def _pairs(node: Join, ours: Rows, theirs: Rows, test: exp.Expr, fresh: Callable[[str], str]) -> Rows:
    join = exp.Join(this=theirs.source.copy(), on=test, side=_SIDES.get(node.kind), kind=None)
    query = exp.Select(expressions=[exp.Star()]).from_(ours.source.copy(), copy=False)
    query.append("joins", join)
    left_lone = exp.Is(this=exp.column("o0", _LEFT), expression=exp.null())
    right_lone = exp.Is(this=exp.column("o0", _RIGHT), expression=exp.null())
    theirs_by_output = {output: theirs.values[name] for name, output in node.right_columns if name in theirs.values}
    ours_by_output = {output: ours.values[name] for name, output in node.left_columns if name in ours.values}
    values = {}
    for column in node.row:
        choice = exp.Case()
        if column.name in ours_by_output:
            choice = choice.when(exp.not_(left_lone.copy()), ours_by_output[column.name].sql.copy(), copy=False)
        if column.name in theirs_by_output:
            choice = choice.when(exp.not_(right_lone.copy()), theirs_by_output[column.name].sql.copy(), copy=False)
        if choice.args.get("ifs"):
            null = literal(column.type.null, column.type)
            assert null is not None, "nulls can be written"
            values[column.name] = Value(choice.else_(null), column.type)
    window = exp.Window(
        this=exp.RowNumber(),
        order=exp.Order(
            expressions=[exp.Ordered(this=exp.column("o0", side), nulls_first=False) for side in (_LEFT, _RIGHT)]
        ),
    )
    selected = [exp.alias_(value.sql, f"v{number}") for number, value in enumerate(values.values())]
    query.set("expressions", [*selected, exp.alias_(window, "o")])
    found = {name: Value(exp.column(f"v{number}"), value.type) for number, (name, value) in enumerate(values.items())}
    order = (Key(exp.column("o")),)
    return Rows(subquery(query, fresh("t")), (), found, order, NUMBERED_BITS, as_given=False)


def _complete(node: Join, values: dict[str, Value]) -> dict[str, Value]:
    """The values in the order of the row; columns of the side without a match are null."""
    made = {}
    for column in node.row:
        null = literal(column.type.null, column.type)
        assert null is not None, "nulls can be written"
        made[column.name] = values.get(column.name) or Value(null, column.type)
    return made
