"""`scan`: steps that match rows in their order, and remember."""

from __future__ import annotations

from dataclasses import replace

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Function, Kind, Nulls
from emulator.kql import syntax
from emulator.kql.binder import conversions, functions, settings
from emulator.kql.binder.constants import constant
from emulator.kql.binder.expressions import bind_condition
from emulator.kql.binder.ordering import sort_key
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.library.scanning import Output, Scanner, Step, evaluator
from emulator.plan.expressions import And, Call, Compare, Conditional, Const, Expression, Field, Not, Or, is_fixed
from emulator.plan.relations import Apply, GroupRows, Relation, Sort, TableFunction
from emulator.types import Column, RowType, ScalarType

SCAN_GAP = code(
    "KQL4021",
    "a form of `scan` that is not emulated",
    "The product's parser knows optional steps, `kind` and `with_step_name`, and its documentation does not say what "
    "they do.",
)
WRONG_STEP = code(
    "KQL3035",
    "a step that assigns to no column",
    "Steps of `scan` assign to the columns that `declare (…)` names, and to those of its rows.",
)
LAST_IN_ORDER = assumption(
    "scan-output-last",
    "kql",
    "a step with `output=last` gives the last row of a series once the series ends; where it then stands is not "
    "documented: rows are taken to come in the order of the rows that they are made of",
)
_UNDOCUMENTED = frozenset({"kind", "with_step_name"})
_UNEXPLAINED = "leave it out: the documentation does not say what it does"
_T = ScalarType


def bind_scan(node: syntax.Scan, stream: Stream, scope: Scope) -> Stream:
    """Order, partition, then the steps."""
    relation: Relation = stream.relation
    if node.order:
        keys = tuple(sort_key(key, stream, scope) for key in node.order)
        relation = Sort(relation, keys, relation.row, node.span)
    if not node.partition:
        return _steps(node, replace(stream, relation=relation), scope)
    partition = tuple(scope.context.expression(key, scope.over(stream)) for key in node.partition)
    key = scope.context.number()
    body = _steps(node, replace(stream, relation=GroupRows(key, relation.row, node.span)), scope)
    row = RowType(body.relation.row.columns)
    return replace(body, relation=Apply(relation, partition, body.relation, key, (), row, node.span))


def _steps(node: syntax.Scan, stream: Stream, scope: Scope) -> Stream:
    given = settings.read(node.parameters, {"with_match_id", *_UNDOCUMENTED}, scope)
    for setting in given.keys() & _UNDOCUMENTED:
        raise scope.context.fail(SCAN_GAP, f"`{setting}` is not emulated", given[setting].span, _UNEXPLAINED)
    number = settings.name(given["with_match_id"], scope) if "with_match_id" in given else ""
    declared = [_declared(one, scope) for one in node.declarations]
    fixed: dict[str, Expression] = {}
    steps = tuple(_step(step, node, declared, stream, scope, fixed) for step in node.steps)
    columns = stream.relation.row.columns
    scanner = Scanner(
        tuple(column.name for column in columns),
        {column.name: default.value for column, default in declared},
        tuple(fixed),
        steps,
        numbered=bool(number),
    )
    function = Function("kql", "_scan", Kind.TABLE, "_scan(rows: rows, ...fixed: scalar) -> rows", scanner, Nulls.TOTAL)
    added = [*(column for column, _ in declared), *([Column(number, _T.LONG)] if number else [])]
    row = RowType((*columns, *added))
    relation = TableFunction(function, (stream.relation,), tuple(fixed.values()), row, node.span)
    return replace(stream, relation=relation)


def _declared(node: syntax.FunctionParameter, scope: Scope) -> tuple[Column, Const]:
    """A declared column and its value where no step sets it."""
    assert isinstance(node.type, syntax.TypeName)
    kind = functions.declared_type(node.type, scope)
    default = Const(kind.null, kind, node.span)
    if node.default is not None:
        value = constant(conversions.convert(scope.context.expression(node.default, scope.over(None)), kind))
        assert value is not None  # the parser takes literals alone
        default = value
    return Column(node.name.text, kind), default


def _step(
    step: syntax.ScanStep,
    node: syntax.Scan,
    declared: list[tuple[Column, Const]],
    stream: Stream,
    scope: Scope,
    fixed: dict[str, Expression],
) -> Step:
    if step.optional:
        raise scope.context.fail(SCAN_GAP, "optional steps are not emulated", step.span, _UNEXPLAINED)
    inner = _scope(node, declared, stream, scope)
    condition = bind_condition(step.condition, inner, "the condition of a step")
    kinds = {column.name: column.type for column in (*stream.visible, *(column for column, _ in declared))}
    assignments = []
    for one in step.assignments:
        if one.name.text not in kinds:
            help = f"declare it: `declare ({one.name.text}: long)`"
            raise scope.context.fail(WRONG_STEP, f"there is no column `{one.name.text}`", one.name.span, help)
        value = conversions.convert(scope.context.expression(one.value, inner), kinds[one.name.text])
        assignments.append((one.name.text, evaluator(_hoisted(value, fixed, scope))))
    output = Output.ALL if step.output is None else Output(step.output.value)
    if output is Output.LAST:
        scope.context.rests_on(LAST_IN_ORDER.name)
    return Step(step.name.text, evaluator(_hoisted(condition, fixed, scope)), tuple(assignments), output)


def _scope(node: syntax.Scan, declared: list[tuple[Column, Const]], stream: Stream, scope: Scope) -> Scope:
    """The scope of a step: the row's columns, the declared ones, and those that each step remembers."""
    known = {column.name for column in stream.columns}
    own = (*stream.columns, *(column for column, _ in declared if column.name not in known))
    remembered = tuple(
        Column(f"{step.name.text}.{column.name}", column.type, hidden=True) for step in node.steps for column in own
    )
    row = RowType((*own, *remembered))
    relation = TableFunction(_NOTHING, (stream.relation,), (), row, node.span)
    return scope.over(replace(stream, relation=relation))


_NOTHING = Function("kql", "_step", Kind.TABLE, "_step(rows: rows) -> rows", iter, Nulls.TOTAL)


def _hoisted(value: Expression, fixed: dict[str, Expression], scope: Scope) -> Expression:
    """The expression with what the run fixes read by name."""
    if isinstance(value, Const | Field):
        return value
    if is_fixed(value):
        name = scope.context.fresh()
        fixed[name] = value
        return Field(name, value.type, value.span)
    match value:
        case Call(arguments=operands):
            return replace(value, arguments=tuple(_hoisted(one, fixed, scope) for one in operands))
        case And(operands=operands) | Or(operands=operands):
            return replace(value, operands=tuple(_hoisted(one, fixed, scope) for one in operands))
        case Compare(left=left, right=right):
            return replace(value, left=_hoisted(left, fixed, scope), right=_hoisted(right, fixed, scope))
        case Not(operand=operand):
            return replace(value, operand=_hoisted(operand, fixed, scope))
        case Conditional(branches=branches, otherwise=otherwise):
            hoisted = tuple((_hoisted(test, fixed, scope), _hoisted(one, fixed, scope)) for test, one in branches)
            return replace(value, branches=hoisted, otherwise=_hoisted(otherwise, fixed, scope))
        case _:
            return value
