"""Aggregates: what `stats()`, `groupBy()` and their relatives compute over the events of a relation or of a group.

Most are states that one loop steps. A function of another kind (a nested groupBy(), sort(), `{count() | x := 1}`)
is a small pipeline over the same events; the rows of all functions are then combined, each with each.
"""

from __future__ import annotations

from dataclasses import replace

from emulator.assumptions import assumption
from emulator.cql import library, syntax
from emulator.cql.binder.arguments import Arguments, match_arguments
from emulator.cql.binder.calls import argument_of, find_function, value_parameters
from emulator.cql.binder.context import Context
from emulator.cql.binder.expressions import operate, operator
from emulator.cql.binder.flow import Flow
from emulator.diagnostics import code
from emulator.functions import Function, Kind
from emulator.plan.expressions import Expression, Field, Row
from emulator.plan.relations import (
    Aggregate,
    AggregateCall,
    Apply,
    GroupRows,
    Key,
    MissingKeys,
    Relation,
    Segment,
    Share,
    TableFunction,
)
from emulator.plan.steps import Branch, Expand, Filter, Step
from emulator.source import Span
from emulator.types import OPEN, ScalarType

NOT_AN_AGGREGATE = code(
    "CQL3005",
    "not an aggregate function",
    "Here only functions that aggregate events can stand: count(), sum(), collect() …",
)
MISSING_KEY = assumption(
    "groupby-missing-key",
    "cql",
    "groupBy() leaves out events that lack one of its fields; one documented example shows a row `<no value>` instead",
)
GROUP_ORDER = assumption(
    "group-order",
    "cql",
    "groupBy() gives its rows in the order in which their groups began, and a limit keeps the first of them: no order "
    "is documented, and of a limit both that counts are lower bounds and that groups with the greatest numbers stay",
)


def functions_of(value: syntax.Value) -> tuple[syntax.Value, ...]:
    """The functions of an argument: one, or the items of an array, which may hold arrays."""
    if not isinstance(value, syntax.Array):
        return (value,)
    return tuple(one for item in value.items for one in functions_of(item))


def aggregated(
    context: Context, source: Relation, functions: tuple[syntax.Value, ...], span: Span
) -> tuple[Relation, tuple[str, ...]]:
    """What some functions give over all rows of a relation, and the fields that results show first.

    `source` is read once for each function that is no simple aggregate.
    """
    calls = [simple_call(context, one) for one in functions]
    simple = _separate(calls)
    if simple is not None:
        return Aggregate(source, (), simple, MissingKeys.GROUP, OPEN, span), columns_of(simple)
    parts: list[Relation] = []
    shown: list[str] = []
    for function, call in zip(functions, calls, strict=True):
        if call is not None:
            shown += columns_of((call,))
            parts.append(Aggregate(source, (), (call,), MissingKeys.GROUP, OPEN, span))
        else:
            flow = _sub_pipeline(context, source, function)
            shown += flow.columns
            parts.append(flow.relation(span))
    _refuse_sequences(context, functions, parts)
    return TableFunction(operator("combine"), tuple(parts), (), OPEN, span), tuple(dict.fromkeys(shown))


def _separate(calls: list[AggregateCall | None]) -> tuple[AggregateCall, ...] | None:
    """The calls when all of them are states whose fields have different names."""
    simple = tuple(call for call in calls if call is not None)
    columns = columns_of(simple)
    return simple if len(simple) == len(calls) and len(set(columns)) == len(columns) else None


def columns_of(calls: tuple[AggregateCall, ...]) -> tuple[str, ...]:
    """The fields that aggregates give; a state that names its own tells them as its `columns`."""
    columns: list[str] = []
    for call in calls:
        columns += call.names or getattr(call.function.python(*call.constants), "columns", ())
    return tuple(columns)


def _refuse_sequences(context: Context, functions: tuple[syntax.Value, ...], parts: list[Relation]) -> None:
    """Report a function of events in an order beside another function that gives several events."""
    several = [one for one, part in zip(functions, parts, strict=True) if not gives_one(part)]
    sequences = [one for one in several if isinstance(one, syntax.Call) and one.name.lower() in _SEQUENCES]
    if sequences and len(several) > 1:
        help = "give it a step of its own"
        message = f"`{sequences[0].name}()` can't stand beside another function that gives several events"
        context.error(NOT_AN_AGGREGATE, message, sequences[0].span, help)


_SEQUENCES = frozenset({"accumulate", "neighbor", "partition", "slidingtimewindow", "slidingwindow"})


def gives_one(part: AggregateCall | Relation) -> bool:
    """True when an aggregate, or the relation that aggregates give, has one row at most whatever it is made from."""
    match part:
        case AggregateCall(function=function, constants=constants):
            return not getattr(function.python(*constants), "gives_rows", False)
        case Aggregate(keys=(), aggregates=calls):
            return all(map(gives_one, calls))
        case Segment(input=source, steps=steps):
            return gives_one(source) and not any(map(multiplies, steps))
        case TableFunction(function=function, inputs=several):
            return function is operator("combine") and all(map(gives_one, several))
        case _:
            return False


def multiplies(step: Step) -> bool:
    """True for a step that may make several events of one."""
    match step:
        case Expand():
            return True
        case Branch(clauses=clauses):
            return any(multiplies(one) for clause in clauses for one in clause)
        case _:
            return False


def simple_call(context: Context, value: syntax.Value) -> AggregateCall | None:
    """`count()`, `x := sum(y)` or `sum(y, as=x)` as a state to step; None when it is something else, or wrong."""
    target: str | None = None
    if isinstance(value, syntax.Assign):
        target, value = value.target.text, value.value
    if not isinstance(value, syntax.Call):
        return None
    function = library.lookup(value.name)
    if function is None or function.kind is not Kind.AGGREGATE:
        return None
    arguments = match_arguments(context, function, value)
    return _FAILED if arguments is None else aggregate_call(context, function, arguments, target)


def _failed() -> AggregateCall:
    """Stands for an aggregate that an error was reported for: binding goes on, the query does not run."""
    return AggregateCall((), Function("cql", "", Kind.AGGREGATE, "", object), (), (), Span(0, 0))


_FAILED = _failed()


def aggregate_call(context: Context, function: Function, arguments: Arguments, target: str | None) -> AggregateCall:
    """Values of the row are stepped, everything else makes the state; the names of several fields do both."""
    constants: list[object] = []
    steps: list[Expression] = []
    for parameter in value_parameters(function):
        value = arguments.values.get(parameter.name)
        if parameter.type in ("event", "time") or (parameter.type in ("field", "expression") and value is not None):
            bound = argument_of(context, parameter, arguments)
            steps += [] if bound is None else [bound]
        elif parameter.type == "fields":
            span = arguments.span(parameter.name)
            steps.extend(Field(name, ScalarType.TEXT, span) for name in value or ())
            constants.append(value)
        else:
            constants.append(value)
    name = target or arguments.values.get("as")
    if function.signature.returns == "fields":
        constants.append(name)
        return AggregateCall((), function, tuple(constants), tuple(steps), arguments.call.span)
    return AggregateCall((str(name),), function, tuple(constants), tuple(steps), arguments.call.span)


def _sub_pipeline(context: Context, source: Relation, value: syntax.Value) -> Flow:
    """A function that is a pipeline of its own over the rows of a relation."""
    from emulator.cql.binder.pipeline import bind_pipeline, bind_step, call_step

    flow = Flow(context, source)
    match value:
        case syntax.Subquery(pipeline=pipeline):
            bind_pipeline(flow, pipeline)
        case syntax.Assign(value=syntax.Call() as call, target=target) if _is_aggregator(context, call):
            call_step(flow, call, target.text, None)
        case syntax.Call() if _is_aggregator(context, value):
            bind_step(flow, value)
        case syntax.Call() | syntax.Assign(value=syntax.Call()):
            pass  # reported
        case _:
            help = "write a call such as count(), or a pipeline in braces"
            context.error(NOT_AN_AGGREGATE, "this is no aggregate function", value.span, help)
    return flow


def _is_aggregator(context: Context, call: syntax.Call) -> bool:
    """True for functions of many events; others are reported."""
    function = find_function(context, call)
    if function is None:
        return False
    if function.kind is not Kind.TABLE or function.signature.returns != "aggregate":
        help = "use an aggregate such as count(), or put the function behind the grouping"
        context.error(NOT_AN_AGGREGATE, f"`{function.name}()` does not aggregate", call.span, help)
        return False
    return True


def stats(flow: Flow, functions: tuple[syntax.Value, ...], span: Span) -> None:
    """Aggregates over all events: one event with a field for each, or more where a function gives more."""
    if flow.in_clause:
        flow.refuse_in_clause("stats", span)
        return
    before = flow.relation(span)
    source = Share(before, flow.context.fresh_key(), before.row, span)
    relation, columns = aggregated(flow.context, source, functions, span)
    if isinstance(relation, Aggregate):
        relation = replace(relation, input=before)
    flow.put(relation, columns)
    flow.context.ordered = True
    if not any(isinstance(one, syntax.Call) and one.name.lower() == "count" for one in functions):
        flow.add(Filter(operate("not_empty", Row(span), span=span, kind=ScalarType.BOOL), span))


def grouped(
    flow: Flow, names: tuple[str, ...], functions: tuple[syntax.Value, ...], limit: int | None, span: Span
) -> None:
    """The functions over the events of each group with equal fields; events that lack one of them are left out."""
    before = flow.relation(span)
    fields = tuple(Field(name, ScalarType.TEXT, span) for name in names)
    simple = _separate([simple_call(flow.context, one) for one in functions])
    if simple is not None:
        keys = tuple(Key(field.name, field) for field in fields)
        made = Aggregate(before, keys, simple, MissingKeys.DROP, OPEN, span, limit)
        flow.put(made, (*names, *columns_of(simple)))
        return
    number = flow.context.fresh_key()
    body, inner = aggregated(flow.context, GroupRows(number, before.row, span), functions, span)
    exist = tuple(Filter(operate("exists", field, span=span, kind=ScalarType.BOOL), span) for field in fields)
    present = Segment(before, exist, before.row, span)
    flow.put(Apply(present, fields, body, number, names, OPEN, span, limit), (*names, *inner))
