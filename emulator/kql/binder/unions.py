"""`union`: columns by name, the rows of one input after those of the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Function, Kind, Nulls
from emulator.kql import names, syntax
from emulator.kql.binder import settings, steps
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.functions import gives_rows
from emulator.kql.binder.scope import Binding, FunctionBinding, Scope, Stream
from emulator.nodes import record
from emulator.plan.expressions import Const, Expression, Field
from emulator.plan.relations import Relation, TableFunction, Union
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

NO_TABLE = code(
    "KQL2007",
    "no table matches",
    "A name with `*` in `union` stands for the tables that match, and there is none, or `isfuzzy` leaves out all.",
)
_T = ScalarType
_MANY = 64
_FEW = 2
FIRST_TYPE = assumption(
    "types-of-first-tables",
    "kql",
    "in a union of the tables that match a name with `*`, a column whose first two tables agree on its type has that "
    "type, as in the product's editor; it is empty for tables that give it another",
)


@record
class Leg:
    """An input of a union and what `withsource` calls it; a `matched` one comes from a name with `*`."""

    stream: Stream
    source: str
    matched: bool = False


def bind_union(node: syntax.Union, scope: Scope) -> Stream:
    """`union` at the head of a pipeline."""
    return _bind(node, [], scope)


def bind_union_with(node: syntax.Union, stream: Stream, scope: Scope) -> Stream:
    """`union` behind other rows, which come first."""
    return _bind(node, [stream], scope)


def _bind(node: syntax.Union, before: list[Stream], scope: Scope) -> Stream:
    given = settings.read(node.parameters, {"kind", "withsource", "isfuzzy"}, scope)
    fuzzy = settings.flag(given.get("isfuzzy"), scope)
    legs = [Leg(stream, _source_name(stream, position)) for position, stream in enumerate(before)]
    failed = False
    for table in node.tables:
        try:
            for stream in _streams(table, fuzzy, scope):
                legs.append(Leg(stream, _source_name(stream, len(legs)), isinstance(table, syntax.WildcardRef)))
        except UnbindableError:
            failed = True
    if failed:
        raise UnbindableError
    if not legs:
        help = "correct the names, or add the tables to the schema"
        raise scope.context.fail(NO_TABLE, "none of these tables exists", node.keyword, help)
    inner = settings.word(given.get("kind"), {"inner", "outer"}, "outer", scope) == "inner"
    with_source = given.get("withsource")
    label = settings.name(with_source, scope) if with_source is not None else ""
    return combine(legs, label, inner, node.span, scope)


def _streams(table: syntax.Expression, fuzzy: bool, scope: Scope) -> list[Stream]:
    if isinstance(table, syntax.WildcardRef):
        found = tables_like(table.pattern, scope)
        if not found and fuzzy:
            return []
        if not found:
            message = f"no table matches `{table.pattern}`"
            raise scope.context.fail(
                NO_TABLE, message, table.span, "correct the pattern, or add the tables to the schema"
            )
        return [scope.context.table(syntax.NameRef(table.span, name), scope) for name in found]
    if fuzzy and _is_missing(table, scope):
        return []
    return [scope.context.table(table, scope.over(None))]


def tables_like(pattern: str, scope: Scope) -> list[str]:
    """The names of the tables, and of the views that the query declares, that match a pattern with `*`."""
    regex = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    views = [name for name in scope.environment if _is_view(scope.environment.find(name))]
    return [name for name in (*views, *sorted(scope.context.catalogue.names())) if regex.fullmatch(name)]


def _is_view(binding: Binding | None) -> bool:
    return isinstance(binding, FunctionBinding) and binding.function.view


def _is_missing(table: syntax.Expression, scope: Scope) -> bool:
    """True for a table that does not exist, which `isfuzzy` leaves out."""
    while isinstance(table, syntax.Pipeline) and not isinstance(table.source, syntax.Keyworded):
        table = table.source
    if not isinstance(table, syntax.NameRef) or gives_rows(table, scope.environment):
        return False
    return scope.environment.find(table.name) is None and scope.context.catalogue.table(table.name) is None


def _source_name(stream: Stream, position: int) -> str:
    return stream.name or f"union_arg{position}"


def combine(legs: Sequence[Leg], source: str, inner: bool, span: Span, scope: Scope) -> Stream:
    """The union of inputs; a name with several types becomes several columns."""
    columns = _columns(legs, inner)
    if all(leg.matched for leg in legs) and len(legs) > _FEW:
        columns = _settled(columns, legs, scope)
    if source:
        columns = _without(source, columns)
    row: list[Column] = [column for column, _ in columns]
    if source:
        row.insert(0, Column(source, _T.STRING))
    relation: Relation
    if len(legs) > _MANY:
        relation = _stacked(legs, columns, source, RowType(tuple(row)), span)
    else:
        inputs = tuple(_padded(leg, columns, source, span) for leg in legs)
        relation = inputs[0] if len(inputs) == 1 else Union(inputs, RowType(tuple(row)), span)
    broken = frozenset(name for leg in legs for name in leg.stream.broken)
    history = legs[0].stream.history
    return Stream(relation, broken, history, any(leg.stream.open for leg in legs))


def _columns(legs: Sequence[Leg], inner: bool) -> list[tuple[Column, str]]:
    """The columns of the union, each with the name that it has in the inputs; first appearance first."""
    kinds: dict[str, dict[ScalarType, None]] = {}
    for leg in legs:
        for column in leg.stream.columns:
            kinds.setdefault(column.name, {}).setdefault(column.type)
    shown = {column.name for leg in legs for column in leg.stream.visible}
    aliases = {column.name: column.same_as for leg in legs for column in leg.stream.columns if column.hidden}
    if inner:
        common = set.intersection(*({(column.name, column.type) for column in leg.stream.columns} for leg in legs))
        kinds = {name: of for name, of in kinds.items() if len(of) == 1 and (name, next(iter(of))) in common}
    result: list[tuple[Column, str]] = []
    used = {name for name, of in kinds.items() if len(of) == 1}
    for name, of in kinds.items():
        for kind in of:
            final = name if len(of) == 1 else names.unique(f"{name}_{kind.value}", used)
            used.add(final)
            hidden = name not in shown
            same_as = aliases[name] if hidden else ""
            result.append((Column(final, kind, hidden, same_as), name))
    return result


def _without(source: str, columns: list[tuple[Column, str]]) -> list[tuple[Column, str]]:
    """The columns with other names for those called as the column that names the source."""
    used = {source, *(column.name for column, _ in columns)}
    return [
        (replace(column, name=names.unique(source, used)) if column.name == source else column, name)
        for column, name in columns
    ]


def _settled(columns: list[tuple[Column, str]], legs: Sequence[Leg], scope: Scope) -> list[tuple[Column, str]]:
    """One column for a name with several types, where the first two tables agree on its type.

    The catalogue has tables that no workspace has together, so that nearly every name would be split.
    """
    seen: dict[str, list[ScalarType]] = {}
    for leg in legs:
        for column in leg.stream.columns:
            seen.setdefault(column.name, []).append(column.type)
    several = {name: kinds[0] for name, kinds in seen.items() if len(kinds) > 1 and kinds[0] is kinds[1]}
    split = {name for column, name in columns if column.name != name}
    if split & several.keys():
        scope.context.rests_on(FIRST_TYPE.name)
    settled: list[tuple[Column, str]] = []
    for column, name in columns:
        if column.name == name or name not in several:
            settled.append((column, name))
        elif column.type is several[name]:
            settled.append((replace(column, name=name), name))
    return settled


@record
class _Stack:
    """Puts rows of many tables below each other: `places` says which cell of a row goes where."""

    blank: tuple[object, ...]
    places: tuple[tuple[tuple[int, int], ...], ...]
    labels: tuple[str, ...]

    def __call__(self, *tables: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        """The rows of all tables, as wide as the union."""
        for rows, places, label in zip(tables, self.places, self.labels, strict=True):
            for row in rows:
                cells = list(self.blank)
                if label:
                    cells[0] = label
                for source, target in places:
                    cells[target] = row[source]
                yield tuple(cells)


def _stacked(
    legs: Sequence[Leg], columns: Sequence[tuple[Column, str]], source: str, row: RowType, span: Span
) -> Relation:
    """The same union, for so many tables that a projection for each would be a waste."""
    first = 1 if source else 0
    target = {(name, column.type): position for position, (column, name) in enumerate(columns, first)}
    places = tuple(
        tuple(
            (position, target[column.name, column.type])
            for position, column in enumerate(leg.stream.columns)
            if (column.name, column.type) in target
        )
        for leg in legs
    )
    blank = tuple(column.type.null for column in row)
    stack = _Stack(blank, places, tuple(leg.source if source else "" for leg in legs))
    function = Function("kql", "_stack", Kind.TABLE, "_stack(...tables: rows) -> rows", stack, Nulls.TOTAL)
    return TableFunction(function, tuple(leg.stream.relation for leg in legs), (), row, span)


def _padded(leg: Leg, columns: Sequence[tuple[Column, str]], source: str, span: Span) -> Relation:
    """An input with exactly the columns of the union."""
    values: list[tuple[str, Expression]] = []
    if source:
        values.append((source, Const(leg.source, _T.STRING, span)))
    present = {column.name: column for column in leg.stream.columns}
    for column, name in columns:
        own = present.get(name)
        fits = own is not None and own.type is column.type
        values.append((column.name, Field(name, column.type, span) if fits else steps.null(column, span)))
    relation = leg.stream.relation
    hidden = {column.name: column for column, _ in columns}
    projected = steps.projected(relation, values, span)
    row = [hidden.get(column.name, column) for column in projected.row]
    return steps.after(projected, [], row, span)
