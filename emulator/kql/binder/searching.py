"""`search` and `find`: a condition over the columns of many tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions, settings, steps, unions
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.expressions import bind_condition, bind_operand, unknown_column
from emulator.kql.binder.functions import declared_type
from emulator.kql.binder.operations import ASCII_CASE, any_column
from emulator.kql.binder.packing import packed
from emulator.kql.binder.row_search import searched, term
from emulator.kql.binder.scope import Scope, Stream
from emulator.plan.expressions import And, Const, Expression, Field, Not, Or
from emulator.plan.steps import Filter
from emulator.source import Span
from emulator.types import Column, ScalarType

NO_TABLES = code(
    "KQL2011",
    "`search` or `find` without a table",
    "None of the tables has the columns that the condition names, or no table was named.",
)
_T = ScalarType
_PACK = "pack_"
"""The column that holds the columns which are not shown."""
_WIDE = 512
"""From so many columns on, one function looks through a row: an expression for each would take longer to compile."""


def bind_search(node: syntax.Search, stream: Stream, scope: Scope) -> Stream:
    """`rows | search "term"`: the rows in which some column has the term."""
    settings.read(node.parameters, {"kind"}, scope)
    return _labelled(node, [("", stream)], scope)


def bind_search_tables(node: syntax.Search, scope: Scope) -> Stream:
    """`search in (tables) "term"`; without tables, all tables of the schema."""
    settings.read(node.parameters, {"kind"}, scope)
    return _labelled(node, _tables(node.tables, node.span, scope), scope)


def _labelled(node: syntax.Search, tables: list[tuple[str, Stream]], scope: Scope) -> Stream:
    """The union of the rows that satisfy the condition, after the name of their table."""
    predicate, span = node.predicate, node.span
    many = len(tables) > 1
    matched = all(isinstance(table, syntax.WildcardRef | syntax.Star) for table in node.tables)
    if _is_terms(predicate):
        every = [unions.Leg(stream, name, matched) for name, stream in tables]
        together = unions.combine(every, "$table", inner=False, span=span, scope=scope)
        scope.context.rests_on(ASCII_CASE.name)
        if len(together.columns) > _WIDE:
            return replace(together, relation=searched(together.relation, predicate, span))
        found = Filter(_test(predicate, scope.over(_without_label(together))), span)
        relation = steps.after(together.relation, [found], together.columns, span)
        return replace(together, relation=relation)
    legs = []
    for name, stream in tables:
        test = _condition(predicate, stream, scope, lenient=many)
        if test is not None:
            relation = steps.after(stream.relation, [Filter(test, span)], stream.columns, span)
            legs.append(unions.Leg(replace(stream, relation=relation), name, matched))
    if not legs:
        raise scope.context.fail(NO_TABLES, "no table has these columns", predicate.span, "name tables that have them")
    scope.context.rests_on(ASCII_CASE.name)
    return unions.combine(legs, "$table", inner=False, span=span, scope=scope)


def _is_terms(node: syntax.Expression) -> bool:
    """True for a condition that names no column: it means the same over each table and over all together."""
    match node:
        case syntax.Star():
            return True
        case syntax.Literal(value=value):
            return isinstance(value, str)
        case syntax.Logical(operands=operands):
            return all(map(_is_terms, operands))
        case syntax.Call(name=name, arguments=arguments):
            return name.text == "not" and all(_is_terms(target.value) for target in arguments)
        case _:
            return False


def _without_label(stream: Stream) -> Stream:
    """The rows as the condition sees them: the name of their table is no column of theirs."""
    columns = tuple(column for column in stream.columns if column.name != "$table")
    return replace(stream, relation=steps.after(stream.relation, [], columns, stream.relation.span))


def _tables(named: tuple[syntax.Expression, ...], span: Span, scope: Scope) -> list[tuple[str, Stream]]:
    wanted: list[syntax.Expression] = list(named) or [syntax.WildcardRef(span, "*")]
    found: list[tuple[str, Stream]] = []
    for table in wanted:
        if isinstance(table, syntax.Star):
            table = syntax.WildcardRef(table.span, "*")
        if isinstance(table, syntax.WildcardRef):
            references = [syntax.NameRef(table.span, name) for name in unions.tables_like(table.pattern, scope)]
            found.extend((one.name, scope.context.table(one, scope.over(None))) for one in references)
        else:
            stream = scope.context.table(table, scope.over(None))
            found.append((stream.name or scope.context.source.slice(table.span), stream))
    return found


def _condition(node: syntax.Expression, stream: Stream, scope: Scope, *, lenient: bool) -> Expression | None:
    """The condition over one table; with `lenient`, None for a table that lacks a column."""
    before = len(scope.context.reporter.found)
    try:
        return _test(node, scope.over(stream))
    except UnbindableError:
        if not lenient:
            raise
        del scope.context.reporter.found[before:]
        return None


def _test(node: syntax.Expression, scope: Scope) -> Expression:
    """A text alone is looked for in every column; anything else is an ordinary condition."""
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        return _in_any_column(node, scope)
    if isinstance(node, syntax.Star):
        return Const(value=True, type=_T.BOOL, span=node.span)
    if isinstance(node, syntax.Logical):
        joined = And if node.operator is syntax.LogicalOperator.AND else Or
        tests = [_test(one, scope) if _has_terms(one) else bind_operand(one, node, scope) for one in node.operands]
        return joined(tuple(tests), node.span)
    if isinstance(node, syntax.Call) and _has_terms(node):
        return Not(_test(node.arguments[0].value, scope), node.span)
    return bind_condition(node, scope, "a condition on all columns")


def _has_terms(node: syntax.Expression) -> bool:
    """True for a text alone and for what may hold one."""
    match node:
        case syntax.Literal(value=value):
            return isinstance(value, str)
        case syntax.Call(name=name, arguments=arguments):
            return name.text == "not" and len(arguments) == 1
        case _:
            return isinstance(node, syntax.Logical | syntax.Star)


def _in_any_column(node: syntax.Literal, scope: Scope) -> Expression:
    """A term of `search` in some column; other types than strings are read as text."""
    operator, text = term(str(node.value))
    part = syntax.Literal(node.span, node.kind, text)
    test = syntax.Binary(node.span, operator, node.span, syntax.Star(node.span), part)
    return any_column(test, scope, everything=True)


def bind_find(node: syntax.Find, scope: Scope) -> Stream:
    """`find in (tables) where … project …`: the rows of all tables with some columns, after the name of their table."""
    given = settings.read(node.parameters, {"withsource", "datascope"}, scope)
    label = settings.name(given["withsource"], scope) if "withsource" in given else "source_"
    found: list[tuple[str, Stream]] = []
    tables = _tables(node.tables, node.span, scope)
    for name, stream in tables:
        test = _condition(node.predicate, stream, scope, lenient=len(tables) > 1)
        if test is not None:
            relation = steps.after(stream.relation, [Filter(test, node.span)], stream.columns, node.span)
            found.append((name, replace(stream, relation=relation)))
    if not found:
        raise scope.context.fail(NO_TABLES, "no table has these columns", node.predicate.span, "name other tables")
    _require_known(node, [stream for _, stream in found], scope)
    wanted = _wanted(node, [stream for _, stream in found])
    legs = [unions.Leg(_projected(node, stream, wanted, scope), name) for name, stream in found]
    return _ordered(node, unions.combine(legs, label, inner=False, span=node.span, scope=scope))


def _require_known(node: syntax.Find, streams: Sequence[Stream], scope: Scope) -> None:
    """A column that is asked for is one of some table."""
    for item in node.project:
        if isinstance(item, syntax.FindColumn) and not any(one.open or one.find(item.name.text) for one in streams):
            unknown_column(item.name.text, item.name.span, scope.over(streams[0]))


def _wanted(node: syntax.Find, streams: Sequence[Stream]) -> list[syntax.FindItem]:
    """What `find` shows: what is asked for, else the columns of the condition, those of all tables, and the others."""
    if node.project:
        return list(node.project)
    common = set.intersection(*({(one.name, one.type) for one in stream.visible} for stream in streams))
    names = _columns_of(node.predicate) | {name for name, _ in common}
    every = dict.fromkeys(one.name for stream in streams for one in stream.visible)
    shown = [one for one in every if one in names]
    items: list[syntax.FindItem] = [syntax.FindColumn(node.span, syntax.Name(node.span, name), None) for name in shown]
    return items if len(shown) == len(every) else [*items, syntax.PackColumn(node.span)]


def _projected(node: syntax.Find, stream: Stream, wanted: Sequence[syntax.FindItem], scope: Scope) -> Stream:
    """The columns of a table that `find` shows, and a bag of the others."""
    values: list[tuple[str, Expression]] = []
    for item in wanted:
        match item:
            case syntax.FindColumn(name=name, type=type_):
                column = stream.find(name.text)
                if column is not None:
                    value: Expression = Field(column.name, column.type, item.span)
                    kind = column.type if type_ is None else declared_type(type_, scope)
                    values.append((name.text, conversions.convert(value, kind)))
            case syntax.Star():
                values.extend((one.name, Field(one.name, one.type, item.span)) for one in stream.visible)
    if any(isinstance(item, syntax.PackColumn) for item in wanted):
        shown = {name for name, _ in values}
        rest = [column for column in stream.visible if column.name not in shown]
        values.append((_PACK, packed(rest, node.span)))
    return replace(stream, relation=steps.projected(stream.relation, values, node.span))


def _ordered(node: syntax.Find, stream: Stream) -> Stream:
    """The columns in the order in which they are asked for, the bag of the others last."""
    label, *columns = stream.columns
    places = [item.name.text for item in node.project if isinstance(item, syntax.FindColumn)]
    if any(isinstance(item, syntax.Star) for item in node.project):
        places = []

    def place(column: Column) -> int:
        if column.name == _PACK:
            return len(places) + 1
        names = (column.name, column.name.removesuffix(f"_{column.type.value}"))
        return next((number for number, name in enumerate(places) if name in names), len(places))

    ordered = [label, *sorted(columns, key=place)]
    return replace(stream, relation=steps.kept(stream.relation, ordered, node.span))


def _columns_of(node: syntax.Expression) -> set[str]:
    """The names that a condition mentions."""
    found: set[str] = set()
    pending: list[object] = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, syntax.NameRef):
            found.add(one.name)
        elif isinstance(one, tuple):
            pending.extend(one)
        elif isinstance(one, syntax.Node):
            pending.extend(getattr(one, name) for name in type(one).__dataclass_fields__)
    return found
