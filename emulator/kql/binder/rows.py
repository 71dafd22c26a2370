"""The operators that change rows one by one: where, extend, the project family, distinct, serialize."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import steps, unique_joins
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.expressions import bind_condition, unknown_column
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.targets import Names, bind_targets, broken, values
from emulator.kql.binder.windows import windowed
from emulator.plan.relations import Distinct
from emulator.plan.steps import Rename
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

NO_COLUMN = code(
    "KQL2006",
    "a pattern that no column matches",
    "A name with `*` stands for the columns it matches, and here it matches none.",
)
NOT_GROUPABLE = code(
    "KQL3014",
    "dynamic values can't be told apart",
    "`distinct`, `summarize … by`, `join` and `sort` compare values, and values of type dynamic can't be compared. "
    "Convert them, for example with `tostring(…)`.",
)
WRONG_RENAME = code(
    "KQL3015",
    "a renaming needs a new name and a column",
    "`project-rename` takes `new_name = column`.",
)


def bind_where(node: syntax.Where, stream: Stream, scope: Scope) -> Stream:
    """`where`: the rows for which the condition is true."""
    inner, windows = windowed(scope.over(stream))
    try:
        predicate = bind_condition(node.predicate, inner, "the condition of `where`")
    except UnbindableError:
        return stream
    relation = windows.over(stream.relation)
    relation = unique_joins.filtered(relation, predicate, node.span, scope)
    return replace(stream, relation=windows.away(relation, node.span))


def bind_extend(node: syntax.Extend | syntax.Serialize, stream: Stream, scope: Scope) -> Stream:
    """`extend`: columns set from the rows as they came; a known name keeps its place."""
    reserved = frozenset(column.name for column in stream.columns)
    taken = Names(scope.context, replaces=True, reserved=reserved)
    inner, windows = windowed(scope.over(stream))
    found = bind_targets(node.targets, inner, taken)
    relation = windows.away(steps.extended(windows.over(stream.relation), values(found), node.span), node.span)
    fixed = frozenset(one.name for one in found if one.value is not None)
    return replace(stream, relation=relation, broken=(stream.broken - fixed) | broken(found))


def bind_serialize(node: syntax.Serialize, stream: Stream, scope: Scope) -> Stream:
    """`serialize`: here the order of the rows is always defined; what is left is `extend`."""
    return bind_extend(node, stream, scope)


def bind_project(node: syntax.Project, stream: Stream, scope: Scope) -> Stream:
    """`project`: these columns alone."""
    inner, windows = windowed(scope.over(stream))
    found = bind_targets(node.targets, inner, Names(scope.context))
    relation = steps.projected(windows.over(stream.relation), values(found), node.span)
    return replace(stream, relation=relation, broken=broken(found))


def matching(column: syntax.NameRef | syntax.WildcardRef | syntax.Star, stream: Stream, scope: Scope) -> list[Column]:
    """The columns that a name or a pattern stands for."""
    if isinstance(column, syntax.NameRef):
        if column.name in stream.broken:
            return []
        found = stream.find(column.name)
        if found is None:
            unknown_column(column.name, column.span, scope.over(stream))
        return [found]
    pattern = column.pattern if isinstance(column, syntax.WildcardRef) else "*"
    regex = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    columns = [one for one in stream.visible if regex.fullmatch(one.name)]
    if not columns and not stream.open and isinstance(column, syntax.WildcardRef):
        shown = ", ".join(one.name for one in stream.visible[:12])
        raise scope.context.fail(
            NO_COLUMN, f"no column matches `{pattern}`", column.span, f"the columns here are: {shown}"
        )
    return columns


def named(column: syntax.NameRef, stream: Stream, scope: Scope) -> Column:
    """The column of a name. Raises UnbindableError for one that is unknown or whose expression was wrong."""
    found = matching(column, stream, scope)
    if not found:
        raise UnbindableError
    return found[0]


def _matching_all(
    columns: Iterable[syntax.NameRef | syntax.WildcardRef], stream: Stream, scope: Scope
) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for column in columns:
        try:
            found.update((one.name, one) for one in matching(column, stream, scope))
        except UnbindableError:
            continue
    return found


def _pick(stream: Stream, columns: Sequence[Column], node: syntax.Operator) -> Stream:
    shown = [Column(column.name, column.type, column.hidden, column.same_as) for column in columns]
    return replace(stream, relation=steps.kept(stream.relation, shown, node.span))


def bind_project_away(node: syntax.ProjectAway, stream: Stream, scope: Scope) -> Stream:
    """`project-away`: all columns but these."""
    gone = _matching_all(node.columns, stream, scope)
    return _pick(stream, [column for column in stream.columns if column.name not in gone], node)


def bind_project_keep(node: syntax.ProjectKeep, stream: Stream, scope: Scope) -> Stream:
    """`project-keep`: these columns, in the order they had."""
    found = _matching_all(node.columns, stream, scope)
    shown = [Column(column.name, column.type) for column in stream.columns if column.name in found]
    return replace(stream, relation=steps.kept(stream.relation, shown, node.span))


def bind_project_rename(node: syntax.ProjectRename, stream: Stream, scope: Scope) -> Stream:
    """`project-rename`: other names, the same places."""
    pairs: dict[str, str] = {}
    for target in node.targets:
        if target.name is None or not isinstance(target.value, syntax.NameRef):
            raise scope.context.fail(WRONG_RENAME, "not a renaming", target.span, "write `new_name = column`")
        column = named(target.value, stream, scope)
        taken = Names(scope.context)
        for other in stream.visible:
            if other.name != column.name:
                taken.choose(other.name, target.span)
        pairs[column.name] = taken.choose(target.name.text, target.name.span)
    columns = [
        Column(pairs[column.name], column.type) if column.name in pairs else column
        for column in stream.columns
        if column.name in pairs or column.name not in pairs.values()
    ]
    step = Rename(tuple(pairs.items()), node.span)
    return replace(stream, relation=steps.after(stream.relation, [step], columns, node.span))


def bind_project_reorder(node: syntax.ProjectReorder, stream: Stream, scope: Scope) -> Stream:
    """`project-reorder`: the named columns first, the others behind."""
    order: dict[str, Column] = {}
    for item in node.items:
        found = [one for one in matching(item.column, stream, scope) if one.name not in order]
        if item.direction is not None:
            natural = item.direction in (syntax.Direction.GRANNY_ASC, syntax.Direction.GRANNY_DESC)
            backwards = item.direction in (syntax.Direction.DESC, syntax.Direction.GRANNY_DESC)
            found.sort(key=lambda one: _order_of_name(one.name, natural), reverse=backwards)
        order.update((one.name, one) for one in found)
    rest = [column for column in stream.columns if column.name not in order]
    return _pick(stream, [*order.values(), *rest], node)


def _order_of_name(name: str, natural: bool) -> list[tuple[int, str]]:
    """Names as they sort; with `natural`, runs of digits as numbers."""
    if not natural:
        return [(0, name)]
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def bind_distinct(node: syntax.Distinct, stream: Stream, scope: Scope) -> Stream:
    """`distinct`: each combination of these columns once."""
    targets: list[syntax.Target] = []
    for target in node.targets:
        if isinstance(target.value, syntax.Star):
            names = [column.name for column in stream.visible]
            targets.extend(syntax.Target(target.span, (), syntax.NameRef(target.span, name)) for name in names)
        else:
            targets.append(target)
    found = bind_targets(targets, scope.over(stream), Names(scope.context))
    for one in found:
        if one.value is not None and one.value.type is ScalarType.DYNAMIC:
            require_groupable(one.name, one.value.span, scope)
    relation = steps.projected(stream.relation, values(found), node.span)
    row = RowType(relation.row.columns)
    return Stream(Distinct(relation, row, node.span), broken(found), stream.history)


def require_groupable(name: str, span: Span, scope: Scope) -> None:
    """Report a dynamic value where values are compared."""
    scope.context.reporter.error(NOT_GROUPABLE, f"`{name}` is of type dynamic", span, f"convert it: `tostring({name})`")
