"""`join` and `lookup`: pairs of rows with equal keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from emulator.diagnostics import code
from emulator.kql import names, syntax
from emulator.kql.binder import conversions, settings
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.rows import matching
from emulator.kql.binder.scope import Scope, Stream
from emulator.plan.expressions import Expression, Field
from emulator.plan.relations import Join, JoinKind
from emulator.types import Column, RowType, ScalarType

WRONG_CONDITION = code(
    "KQL3023",
    "a condition that can't join",
    "`on` takes columns that both sides have, or equalities of the form `$left.a == $right.b`.",
)
KEY_TYPES = code(
    "KQL3024",
    "keys of different types",
    "The keys of a join must be of one type, and not dynamic: convert them in an `extend` before the join.",
)
_T = ScalarType
_KINDS = {
    "inner": JoinKind.INNER,
    "innerunique": JoinKind.INNER_UNIQUE,
    "leftouter": JoinKind.LEFT_OUTER,
    "rightouter": JoinKind.RIGHT_OUTER,
    "fullouter": JoinKind.FULL_OUTER,
    "leftsemi": JoinKind.LEFT_SEMI,
    "rightsemi": JoinKind.RIGHT_SEMI,
    "leftanti": JoinKind.LEFT_ANTI,
    "anti": JoinKind.LEFT_ANTI,
    "leftantisemi": JoinKind.LEFT_ANTI,
    "rightanti": JoinKind.RIGHT_ANTI,
    "rightantisemi": JoinKind.RIGHT_ANTI,
}
_LEFT_ALONE = frozenset({JoinKind.LEFT_SEMI, JoinKind.LEFT_ANTI})
_RIGHT_ALONE = frozenset({JoinKind.RIGHT_SEMI, JoinKind.RIGHT_ANTI})
_Pair = tuple[Expression, Expression]


def bind_join(node: syntax.Join, stream: Stream, scope: Scope) -> Stream:
    """`join`: innerunique unless its kind says otherwise."""
    given = settings.read(node.parameters, {"kind"}, scope)
    kind = _KINDS[settings.word(given.get("kind"), _KINDS, "innerunique", scope)]
    if node.where is not None:
        raise scope.context.fail(
            WRONG_CONDITION, "`where` can't join", node.where.span, "write `on` and the key columns"
        )
    return _join(node, kind, stream, scope, drop_right_keys=False)


def bind_lookup(node: syntax.Lookup, stream: Stream, scope: Scope) -> Stream:
    """`lookup`: leftouter unless its kind says inner; the right keys are dropped."""
    given = settings.read(node.parameters, {"kind"}, scope)
    kind = _KINDS[settings.word(given.get("kind"), {"inner", "leftouter"}, "leftouter", scope)]
    return _join(node, kind, stream, scope, drop_right_keys=True)


def _join(
    node: syntax.Join | syntax.Lookup, kind: JoinKind, left: Stream, scope: Scope, drop_right_keys: bool
) -> Stream:
    right = scope.context.table(node.right, scope.over(None))
    pairs = _pairs(node.on, left, right, scope)
    dropped = {key.name for _, key in pairs if isinstance(key, Field)} if drop_right_keys else set()
    left_columns: list[Column] = [] if kind in _RIGHT_ALONE else list(left.columns)
    right_columns: list[Column] = [] if kind in _LEFT_ALONE else _visible_first(right, dropped)
    named = unique_names(left_columns, right_columns)
    row = RowType(
        (*left_columns, *(Column(name, column.type, column.hidden, column.same_as) for column, name in named))
    )
    relation = Join(
        left.relation,
        right.relation,
        kind,
        tuple(_comparable(key) for key, _ in pairs),
        tuple(_comparable(key) for _, key in pairs),
        tuple((column.name, column.name) for column in left_columns),
        tuple((column.name, name) for column, name in named),
        row,
        node.span,
    )
    return Stream(relation, left.broken | right.broken, left.history, left.open or right.open)


def unique_names(left: Sequence[Column], right: Sequence[Column]) -> list[tuple[Column, str]]:
    """The right columns with names that the left side lacks; a new name is none that any column has already."""
    own = {column.name for column in left}
    taken = own | {column.name for column in right}
    named: list[tuple[Column, str]] = []
    for column in right:
        name = names.unique(column.name, taken) if column.name in own else column.name
        taken.add(name)
        named.append((column, name))
    return named


def _visible_first(right: Stream, dropped: Iterable[str]) -> list[Column]:
    """The right columns that the result has; hidden ones behind, so that they never take a visible one's name."""
    gone = set(dropped)
    shown = [column for column in right.columns if column.name not in gone and not column.hidden]
    return [*shown, *(column for column in right.columns if column.hidden)]


def _comparable(key: Expression) -> Expression:
    """Keys of type dynamic compare by their text: columns that only rows would show are of that type until then."""
    return conversions.text(key) if key.type is _T.DYNAMIC else key


def _pairs(on: Sequence[syntax.Expression], left: Stream, right: Stream, scope: Scope) -> list[_Pair]:
    pairs: list[_Pair] = []
    failed = False
    for condition in _flat(on):
        try:
            pairs.append(_pair(condition, left, right, scope))
        except UnbindableError:
            failed = True
    if failed:
        raise UnbindableError
    return pairs


def _flat(conditions: Iterable[syntax.Expression]) -> Iterable[syntax.Expression]:
    for condition in conditions:
        if isinstance(condition, syntax.Logical) and condition.operator is syntax.LogicalOperator.AND:
            yield from condition.operands
        else:
            yield condition


def _pair(condition: syntax.Expression, left: Stream, right: Stream, scope: Scope) -> _Pair:
    if isinstance(condition, syntax.NameRef):
        pair = (_key(condition, left, scope), _key(condition, right, scope))
    elif isinstance(condition, syntax.Binary) and condition.operator is syntax.BinaryOperator.EQUAL:
        pair = (_side(condition.left, "$left", left, scope), _side(condition.right, "$right", right, scope))
    else:
        help = "write `on Column`, or `on $left.a == $right.b`"
        raise scope.context.fail(WRONG_CONDITION, "this can't join", condition.span, help)
    kinds = [side.type for side in pair]
    if _T.DYNAMIC in kinds and not (left.open or right.open):
        help = "convert both in an `extend` before the join: `tostring(…)`"
        raise scope.context.fail(KEY_TYPES, "keys of type dynamic can't be compared", condition.span, help)
    if kinds[0] is not kinds[1] and set(kinds) != {_T.INT, _T.LONG}:
        message = f"the keys are of types {kinds[0].value} and {kinds[1].value}"
        raise scope.context.fail(
            KEY_TYPES, message, condition.span, "convert one of them in an `extend` before the join"
        )
    return pair


def _side(node: syntax.Expression, side: str, stream: Stream, scope: Scope) -> Expression:
    """`$left.column`."""
    if isinstance(node, syntax.Member) and isinstance(node.value, syntax.NameRef) and node.value.name == side:
        return _key(syntax.NameRef(node.span, node.name.text), stream, scope)
    message = f"a column of the form `{side}.column` is expected"
    raise scope.context.fail(WRONG_CONDITION, message, node.span, "write `$left.a == $right.b`")


def _key(node: syntax.NameRef, stream: Stream, scope: Scope) -> Expression:
    found = matching(node, stream, scope)
    if not found:
        raise UnbindableError
    return Field(found[0].name, found[0].type, node.span)
