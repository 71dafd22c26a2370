"""Scans as SQL: the columns of files as values, the time range of the run, and the place of each row."""

from __future__ import annotations

from sqlglot import exp

from emulator.clock import MAX_DATETIME, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, UNIX_EPOCH
from emulator.columnar.expressions.bounds import Value
from emulator.columnar.expressions.cells import literal
from emulator.columnar.expressions.leaves import between
from emulator.columnar.expressions.texts import matches
from emulator.columnar.plans.encoding import WHOLE_TYPES, Files, Held
from emulator.columnar.plans.rows import NUMBERED_BITS, Key, Rows, Untranslatable, subquery
from emulator.interpreter.context import Run
from emulator.interpreter.ranges import EVENT_TIME, TIME_COLUMNS
from emulator.plan.relations import Scan
from emulator.types import Rest, ScalarType


def scanned(scan: Scan, files: Files, run: Run, wanted: frozenset[str] | None) -> Rows:
    """The rows of files with the wanted columns, None for all. Raises Untranslatable."""
    is_open = scan.row.rest is Rest.OPEN
    if any(column.hidden for column in scan.row) and is_open:
        raise Untranslatable("whole events are carried along")
    values = _fields(files, wanted) if is_open else _columns(scan, files, wanted)
    place, bits = _place(files)
    return Rows(files.relation, within(scan, files, run), values, (Key(place),), bits, as_given=True)


def _columns(scan: Scan, files: Files, wanted: frozenset[str] | None) -> dict[str, Value]:
    """All columns: those that nobody reads are null."""
    values = {}
    for column in scan.row:
        is_read = wanted is None or column.name in wanted
        held = files.find(column.name, column.same_as) if is_read else None
        values[column.name] = _value(held, column.name, column.type)
    return values


def _fields(files: Files, wanted: frozenset[str] | None) -> dict[str, Value]:
    return {
        held.name: _value(held, held.name, ScalarType.TEXT)
        for held in files.columns
        if wanted is None or held.name in wanted
    }


def _value(held: Held | None, name: str, kind: ScalarType) -> Value:
    if held is None:
        made = literal(kind.null, kind)
        assert made is not None, "nulls can be written"
        return Value(made, kind)
    value = held.value(kind)
    if value is None:
        raise Untranslatable(f"cells of `{name}` ({held.type.lower()}) have to be read one by one as {kind.value}")
    return value


def _place(files: Files) -> tuple[exp.Expr, int]:
    """A number that grows from row to row, and its bits."""
    row = exp.column("file_row_number")
    if len(files.paths) == 1:
        return row, NUMBERED_BITS
    before = exp.Mul(
        this=exp.cast(exp.column("file_index"), "BIGINT"), expression=exp.Literal.number(1 << NUMBERED_BITS)
    )
    return exp.Add(this=before, expression=row), NUMBERED_BITS + len(files.paths).bit_length()


def nothing(scan: Scan, name: str) -> Rows:
    """The rows of a table that nobody gave."""
    values = {}
    for column in scan.row:
        made = literal(column.type.null, column.type)
        assert made is not None, "nulls can be written"
        values[column.name] = Value(made, column.type)
    empty = exp.Select(expressions=[exp.alias_(exp.Literal.number(0), "o0")]).where(exp.false())
    return Rows(subquery(empty, name), (), values, (Key(exp.column("o0")),), 1, as_given=True)


def time_range(scan: Scan, run: Run) -> tuple[int | None, int | None]:
    """The range of the rows that a scan reads, in ticks; a search of events may have one of its own."""
    if scan.row.rest is Rest.OPEN and scan.interval is not None:
        return scan.interval(run.now, run.start, run.end)
    return run.start, run.end


def within(scan: Scan, files: Files, run: Run) -> tuple[exp.Expr, ...]:
    """What holds exactly of the rows in a scan's time range. Raises Untranslatable."""
    start, end = time_range(scan, run)
    if start is None and end is None:
        return ()
    if scan.row.rest is Rest.OPEN:
        return _events_within(files, start, end)
    column = next((found for name in TIME_COLUMNS if (found := scan.row.find(name))), None)
    if column is None or column.type is not ScalarType.DATETIME:
        return ()
    held = files.find(column.name, column.same_as)
    if held is None:
        return (exp.false(),)
    sql = held.compared(ScalarType.DATETIME)
    limits = [one for one in (start, end) if one is not None]
    if sql is None or not all(0 <= one <= MAX_DATETIME - TICKS_PER_MICROSECOND for one in limits):
        raise Untranslatable(f"the time range can't be compared with `{column.name}`")
    made = between(sql, start, end)
    assert made is not None, "there is a limit"
    return (made,)


def _events_within(files: Files, start: int | None, end: int | None) -> tuple[exp.Expr, ...]:
    held = files.find(EVENT_TIME)
    if held is None:
        return (exp.false(),)
    if held.type in WHOLE_TYPES:
        return _between_milliseconds(held.sql, start, end)
    if held.type != "VARCHAR":
        raise Untranslatable(
            f"`{EVENT_TIME}` is neither a number nor a text, so the time range can't be compared with it"
        )
    number = matches(held.sql, _MILLISECONDS)
    inside = exp.and_(*_between_milliseconds(exp.cast(held.sql, "BIGINT"), start, end))
    unsure = exp.cast(exp.func("error", exp.Literal.string("a time of an unusual form")), "BOOLEAN")
    otherwise = exp.Case().when(matches(held.sql, _MAYBE_MILLISECONDS), unsure).else_(exp.false())
    return (exp.Case().when(number, inside).else_(otherwise),)


def _between_milliseconds(sql: exp.Expr, start: int | None, end: int | None) -> tuple[exp.Expr, ...]:
    low = exp.GTE(this=sql, expression=_milliseconds(0 if start is None else start))
    return (low,) if end is None else (low, exp.LT(this=sql.copy(), expression=_milliseconds(end)))


_MILLISECONDS = r"\A-?[0-9]{1,15}\z"
_MAYBE_MILLISECONDS = r"[0-9]|[^\x00-\x7f]"
"""What a text has that Python may read as a whole number."""


def _milliseconds(ticks: int) -> exp.Expr:
    """The first whole millisecond since 1970 that is not before a moment."""
    return exp.convert(-((UNIX_EPOCH - ticks) // TICKS_PER_MILLISECOND))
