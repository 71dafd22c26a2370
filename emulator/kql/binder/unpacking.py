"""`evaluate bag_unpack(…)`: the keys of bags become columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions, functions, steps
from emulator.kql.binder.constants import constant
from emulator.kql.binder.scope import Scope, Stream
from emulator.nodes import record
from emulator.plan.expressions import Const, Expression, Field
from emulator.source import Span
from emulator.types import Column, Scalar, ScalarType

WRONG_UNPACK = code(
    "KQL3030",
    "`bag_unpack` is called wrongly",
    "`evaluate bag_unpack(Column, prefix, columnsConflict = …, ignoredProperties = …)` takes a column of type dynamic "
    "and constants.",
)
SAME_NAMES = code(
    "KQL3031",
    "an unpacked column has the name of another",
    "A key of the bags has the name of a column of the table. Say which one to keep: "
    "`columnsConflict = 'replace_source'` or `'keep_source'`.",
)
_T = ScalarType
NOTHING_UNPACKED = assumption(
    "columns-of-nothing",
    "kql",
    "where no rows come to `bag_unpack` or `pivot`, the columns that the query names are taken to be there; the "
    "product, which finds columns in rows alone, would not know them",
)


@record
class _Options:
    """The constant arguments of a call."""

    prefix: str = ""
    conflict: str = "error"
    ignored: frozenset[str] = frozenset()


def bind_bag_unpack(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """With a schema the columns are known; else they are those that the rows have."""
    targets = node.call.arguments
    bag = scope.context.expression(targets[0].value, scope.over(stream)) if targets else None
    if not isinstance(bag, Field) or bag.type is not _T.DYNAMIC:
        span = targets[0].span if targets else node.call.span
        help = "write the name of a column of type dynamic"
        raise scope.context.fail(WRONG_UNPACK, "a dynamic column is expected", span, help)
    options = _options(targets[1:], scope)
    source = [column for column in stream.visible if column.name != bag.name]
    if node.schema is not None:
        declared = declared_columns(node.schema, scope)
        wanted = [*source, *declared] if node.schema.open else declared
        return _unpacked(bag, wanted, source, options, stream, node.span)
    rows = scope.context.rows_of(steps.projected(stream.relation, [(bag.name, bag)], bag.span))
    if rows is None:
        return Stream(steps.kept(stream.relation, source, node.span), history=stream.history, open=True)
    shape = _shape(rows, options) if rows else of_nothing(stream, scope)
    clash = [column for column in source if column.name in shape]
    if clash and options.conflict == "error":
        message = f"a key of the bags is called `{clash[0].name}`, as a column of the table is"
        help = "add `columnsConflict = 'replace_source'` or `columnsConflict = 'keep_source'`"
        raise scope.context.fail(SAME_NAMES, message, node.call.span, help)
    replaced = set(shape) if options.conflict == "replace_source" else set()
    kept = [column for column in source if column.name not in replaced]
    known = {column.name for column in source}
    wanted = [Column(one.name, shape[one.name]) if one.name in replaced else one for one in source]
    wanted += [Column(name, kind) for name, kind in sorted(shape.items()) if name not in known]
    return replace(_unpacked(bag, wanted, kept, options, stream, node.span), open=not rows)


def declared_columns(schema: syntax.TableType, scope: Scope) -> list[Column]:
    """The columns of an output schema."""
    return [Column(one.name.text, functions.declared_type(one.type, scope)) for one in schema.columns]


def _options(targets: Iterable[syntax.Target], scope: Scope) -> _Options:
    given: dict[str, object] = {}
    order = iter(("outputcolumnprefix", "columnsconflict", "ignoredproperties"))
    for target in targets:
        name = target.name.text.lower() if target.name is not None else next(order, "")
        value = constant(scope.context.expression(target.value, scope.over(None)))
        if value is None or name not in ("outputcolumnprefix", "columnsconflict", "ignoredproperties"):
            raise scope.context.fail(WRONG_UNPACK, "this is no argument of it", target.span, "give constants by name")
        given[name] = value.value
    ignored = given.get("ignoredproperties")
    return _Options(
        str(given.get("outputcolumnprefix", "")),
        str(given.get("columnsconflict", "error")),
        frozenset(map(str, ignored)) if isinstance(ignored, list) else frozenset(),
    )


def of_nothing(stream: Stream, scope: Scope) -> dict[str, ScalarType]:
    """The columns that rows would give of which there are none: those that the query names."""
    if scope.context.invented:
        scope.context.rests_on(NOTHING_UNPACKED.name)
    known = {column.name for column in stream.columns}
    return {name: kind for name, kind in sorted(scope.context.invented.items()) if name not in known}


def _shape(rows: Sequence[tuple[object, ...]], options: _Options) -> dict[str, ScalarType]:
    """The columns that the bags of the rows give, with their types."""
    kinds: dict[str, set[ScalarType]] = {}
    for (value,) in rows:
        if isinstance(value, dict):
            for key, item in value.items():
                if key not in options.ignored:
                    kinds.setdefault(f"{options.prefix}{key}", set()).update(_type_of(item))
    return {name: found.pop() if len(found) == 1 else _T.DYNAMIC for name, found in kinds.items()}


def _type_of(value: object) -> Sequence[ScalarType]:
    """The type of a value in a bag; none for a null, which fits all."""
    match value:
        case None:
            return ()
        case bool():
            return (_T.BOOL,)
        case int():
            return (_T.LONG,)
        case float():
            return (_T.REAL,)
        case str():
            return (_T.STRING,)
        case Scalar(type=kind):
            return (kind,)
        case _:
            return (_T.DYNAMIC,)


def _unpacked(
    bag: Field, wanted: Sequence[Column], source: Sequence[Column], options: _Options, stream: Stream, span: Span
) -> Stream:
    """The rows with source columns as they are and the other wanted ones read from the bag."""
    known = {column.name for column in source}
    values: list[tuple[str, Expression]] = []
    for column in wanted:
        if column.name in known:
            values.append((column.name, Field(column.name, column.type, span)))
        else:
            key = Const(column.name.removeprefix(options.prefix), _T.DYNAMIC, span)
            item = conversions.named("_member", bag, key, gives=_T.DYNAMIC, span=span)
            values.append((column.name, conversions.convert(item, column.type)))
    return Stream(steps.projected(stream.relation, values, span), stream.broken, stream.history)
