"""Joins by hash: pairs of rows with equal keys, and lone rows where the kind keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from emulator.interpreter.context import Row, Rows, Run, Runner
from emulator.interpreter.rowcode import RowFunction, tuple_maker
from emulator.plan.relations import Join, JoinKind
from emulator.types import Rest

if TYPE_CHECKING:
    from emulator.plan.relations import Relation

Keyed = dict[tuple[Any, ...], list[Row]]
_KEEPS_LEFT = (JoinKind.LEFT_OUTER, JoinKind.FULL_OUTER)
_KEEPS_RIGHT = (JoinKind.RIGHT_OUTER, JoinKind.FULL_OUTER)


def join_runner(node: Join, left: Runner, right: Runner, runner: Callable[[Relation], Runner]) -> Runner:
    """Compile a join of two compiled relations."""
    left_key = tuple_maker(node.left_keys, node.left.row, runner)
    right_key = tuple_maker(node.right_keys, node.right.row, runner)
    pair = _open_pair(node) if node.row.rest is Rest.OPEN else _closed_pair(node)

    def run_join(run: Run) -> Rows:
        right_rows = _limited(node, run, right(run))
        right_by_key = _grouped(run, right_rows, right_key(run), null_matches=node.null_matches)
        match node.kind:
            case JoinKind.LEFT_SEMI | JoinKind.LEFT_ANTI:
                wanted = node.kind is JoinKind.LEFT_SEMI
                return _with_match(run, left(run), left_key(run), right_by_key, pair, wanted=wanted)
            case JoinKind.RIGHT_SEMI | JoinKind.RIGHT_ANTI:
                left_by_key = _grouped(run, list(left(run)), left_key(run), null_matches=node.null_matches)
                wanted = node.kind is JoinKind.RIGHT_SEMI
                swapped = _swapped(pair)
                return _with_match(run, right_rows, right_key(run), left_by_key, swapped, wanted=wanted)
            case _:
                return run.watched(
                    _pairs(node, run, left(run), left_key(run), right_by_key, right_rows, right_key(run), pair)
                )

    return run_join


Pair = Callable[[Row | None, Row | None], Row]


def _swapped(pair: Pair) -> Pair:
    return lambda right, left: pair(left, right)


def _limited(node: Join, run: Run, rows: Rows) -> list[Row]:
    if node.limit is None:
        return list(run.watched(rows))
    iterator = iter(rows)
    kept = list(islice(iterator, node.limit))
    if next(iterator, None) is not None:
        run.note(f"the right side of the join was cut at {node.limit} rows")
    return kept


def _grouped(run: Run, rows: list[Row], key_of: RowFunction, *, null_matches: bool) -> Keyed:
    groups: Keyed = {}
    for batch in run.batches(rows):
        for row in batch:
            key = key_of(row)
            if null_matches or None not in key:
                groups.setdefault(key, []).append(row)
    return groups


def _with_match(run: Run, rows: Rows, key_of: RowFunction, others: Keyed, pair: Pair, *, wanted: bool) -> Iterator[Row]:
    return (pair(row, None) for row in run.watched(rows) if (key_of(row) in others) is wanted)


def _pairs(
    node: Join,
    run: Run,
    left_rows: Rows,
    left_key: RowFunction,
    right_by_key: Keyed,
    right_rows: list[Row],
    right_key: RowFunction,
    pair: Pair,
) -> Iterator[Row]:
    met: set[tuple[Any, ...]] = set()
    unique = node.kind is JoinKind.INNER_UNIQUE
    for row in run.watched(left_rows):
        key = left_key(row)
        if unique and key in met:
            continue
        matches = right_by_key.get(key, ()) if node.null_matches or None not in key else ()
        if matches:
            met.add(key)
            if node.most_per_left is not None and len(matches) > node.most_per_left:
                run.note(f"a row had more than {node.most_per_left} matches in the join; the rest were left out")
            yield from (pair(row, other) for other in islice(matches, node.most_per_left))
        elif node.kind in _KEEPS_LEFT:
            yield pair(row, None)
    if node.kind in _KEEPS_RIGHT:
        yield from (pair(None, row) for row in right_rows if right_key(row) not in met)


def _closed_pair(node: Join) -> Pair:
    """A function from a left and a right row, either missing, to the output row."""
    left_slots = {name: position for position, name in enumerate(node.left.row.names)}
    right_slots = {name: position for position, name in enumerate(node.right.row.names)}
    from_left = {output: left_slots[name] for name, output in node.left_columns}
    from_right = {output: right_slots[name] for name, output in node.right_columns}
    takes = [(from_left.get(column.name), from_right.get(column.name), column.type.null) for column in node.row]

    def pair(left: Row | None, right: Row | None) -> Row:
        return tuple(
            left[ours]
            if ours is not None and left is not None
            else right[theirs]
            if theirs is not None and right is not None
            else null
            for ours, theirs, null in takes
        )

    return pair


def _open_pair(node: Join) -> Pair:
    """The left event with the named fields of the right one."""

    def pair(left: Row | None, right: Row | None) -> Row:
        event = dict(left or {})
        for name, output in node.right_columns:
            if right is not None and name in right:
                event[output] = right[name]
        return event

    return pair
