"""What each leg of a plan looks for in a table's files, and which columns of them it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from emulator.columnar.many.conditions import Anything, Condition, Nothing, Test, every, necessary
from emulator.columnar.many.forms import EVENT_TIME_TYPE, Table
from emulator.columnar.many.passes import Sought
from emulator.columnar.many.probes import Absent, Bound, Probe, Probes, Source, Unknown
from emulator.columnar.many.sources import Sources
from emulator.columnar.plans.legs import Leg, split
from emulator.interpreter.context import Run
from emulator.interpreter.ranges import EVENT_TIME, TIME_COLUMNS
from emulator.interpreter.segments import live_before
from emulator.nodes import node, parts
from emulator.plan.expressions import Comparison, Const, Field
from emulator.plan.reads import Read, read_before, read_of_input, read_of_join
from emulator.plan.relations import Aggregate, Join, Limit, Relation, Scan, Segment, Sort, Union, inputs
from emulator.types import Column, ScalarType


@node
class Prepared:
    """A plan whose legs read what was found for them, and what each of them looks for, by name."""

    root: Relation
    legs: Mapping[str, tuple[str, Sought]]
    """For each leg its table and what it looks for."""


def prepared(
    root: Relation, tables: Mapping[str, Table], others: AbstractSet[str], probes: Mapping[str, Probes], run: Run
) -> Prepared | str:
    """What a plan looks for in some tables; or why it can't be told, as when it reads others besides."""
    rewritten, legs = split(root, tables.__contains__)
    whole = scanned(rewritten)
    if inside := sorted(whole & tables.keys()):
        return f"a sub-plan inside an expression reads `{inside[0]}`"
    if unlike := sorted(whole & others):
        return f"`{unlike[0]}` is not in Parquet files of one form"
    reads = dict(_reads(rewritten, None))
    made = {}
    for leg in legs:
        table = tables[leg.scan.table]
        sought = _sought(leg, table, probes[leg.scan.table], run, reads.get(leg.name))
        if isinstance(sought.condition, Anything):
            return f"nothing is known that a row of `{leg.scan.table}` must hold"
        if isinstance(sought.range, Anything):
            return f"the time of `{leg.scan.table}` is not in a form that can be compared"
        made[leg.name] = (leg.scan.table, sought)
    return Prepared(rewritten, made)


def _sought(leg: Leg, table: Table, probes: Probes, run: Run, read: Read) -> Sought:
    first = Sources(lambda name: _source(leg, table, name), {})
    condition = necessary(leg.segment.steps, first, probes)
    in_range = _range(leg, table, probes, run)
    if isinstance(condition, Anything):  # a range of time alone is no condition of the rule's own
        return Sought(condition, in_range, frozenset())
    return Sought(every([in_range or Anything(), condition]), in_range, _columns(leg, table, run, read))


def _column(leg: Leg, table: Table, name: str) -> tuple[str, ScalarType] | None:
    """The column of the files that a name stands for before the first step, and the type of its values."""
    held = table.schema.names
    if leg.is_open:
        return (name, ScalarType.TEXT) if name in held else None
    column = leg.scan.row.find(name)
    if column is None:  # a name that steps make
        return None
    return next(((one, column.type) for one in (column.name, column.same_as) if one in held), None)


def _source(leg: Leg, table: Table, name: str) -> Source:
    if leg.is_open and leg.scan.row.find(name) is not None:  # the event as a whole
        return Unknown()
    found = _column(leg, table, name)
    if found is None:
        return Absent()
    return found[0] if table.held(*found) is not None else Unknown()


def _columns(leg: Leg, table: Table, run: Run, read: Read) -> frozenset[str]:
    """The columns of the files that a leg reads."""
    held = frozenset(table.schema.names)
    steps, row = leg.segment.steps, leg.segment.row
    if leg.is_open:
        has_original = any(column.hidden for column in leg.scan.row)
        names = None if has_original else read_before(steps, read)
        return held if names is None else held & (names | {EVENT_TIME} | table.untold)
    names = live_before(steps, frozenset(row.names))[0] | (read_before(steps, frozenset(row.names)) or frozenset())
    if run.start is not None or run.end is not None:
        names |= frozenset(TIME_COLUMNS)
    wanted = [_column(leg, table, column.name) for column in leg.scan.row if column.name in names]
    return frozenset(one[0] for one in wanted if one is not None)


def _range(leg: Leg, table: Table, probes: Probes, run: Run) -> Condition | None:
    """The rows of a leg that lie in the run's range, as the interpreter counts them; None when all do."""
    if leg.is_open:
        interval = leg.scan.interval
        start, end = (run.start, run.end) if interval is None else interval(run.now, run.start, run.end)
        column: Column | None = Column(EVENT_TIME, EVENT_TIME_TYPE)
    else:
        start, end = run.start, run.end
        column = next((found for name in TIME_COLUMNS if (found := leg.scan.row.find(name))), None)
    if (start is None and end is None) or column is None:
        return None
    if not leg.is_open and column.type is not ScalarType.DATETIME:
        return None
    held = _column(leg, table, column.name)
    if held is None:
        return Nothing()
    low = Bound(Comparison.GREATER_OR_EQUAL, 0 if start is None else start)
    bounds = [low] if end is None else [low, Bound(Comparison.LESS, end)]
    if table.held(held[0], column.type) is None:
        return Anything()
    return every(Test(probes.own(_of_time(held[0], column.type, bound)), wanted=True) for bound in bounds)


def _of_time(column: str, kind: ScalarType, bound: Bound) -> Probe:
    def holds(ticks: int | None) -> bool:
        if ticks is None:
            return False
        return ticks < bound.constant if bound.operator is Comparison.LESS else ticks >= bound.constant

    return Probe(column, kind, bound.operator.value, (bound.constant,), lambda: holds, bound)


def _reads(relation: Relation, read: Read) -> Iterator[tuple[str, Read]]:
    """For each scan, which fields of what its segment gives are looked at."""
    match relation:
        case Segment(input=Scan(table=table)) | Scan(table=table):
            yield table, read
        case Join(left=left, right=right):
            for one, own in zip((left, right), read_of_join(relation, read), strict=True):
                yield from _reads(one, own)
        case Union() | Segment() | Aggregate() | Sort() | Limit():
            own = read_of_input(relation, read)
            for one in inputs(relation):
                yield from _reads(one, own)
        case _:
            for one in inputs(relation):
                yield from _reads(one, None)


def scanned(relation: Relation) -> set[str]:
    """The names of all tables that a plan reads, sub-plans inside expressions included."""
    names: set[str] = set()
    met: set[int] = set()
    stack: list[object] = [relation]
    while stack:
        one = stack.pop()
        if isinstance(one, tuple):
            stack.extend(one)
        elif id(one) not in met:
            met.add(id(one))
            if isinstance(one, Scan):
                names.add(one.table)
            for name in _inside(type(one)):
                held = getattr(one, name)
                if type(held) not in _LEAVES:
                    stack.append(held)
    return names


_LEAVES = frozenset({str, int, bool, type(None), Const, Field})
"""What holds no table, which most of a plan is made of."""
_INSIDE: dict[type, tuple[str, ...]] = {}


def _inside(kind: type) -> tuple[str, ...]:
    """What nodes of a plan hold that may be nodes of a plan; nothing of other classes and of leaves."""
    if kind not in _INSIDE:
        _INSIDE[kind] = _looked_into(kind)
    return _INSIDE[kind]


def _looked_into(kind: type) -> tuple[str, ...]:
    if not kind.__module__.startswith("emulator.plan.") or kind in (Const, Field):
        return ()
    return tuple(name for name in parts(kind) or () if name not in ("span", "row", "function", "type"))
