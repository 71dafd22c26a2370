"""Pipelines: their steps bound one after the other into a flow."""

from __future__ import annotations

from typing import assert_never

from emulator.assumptions import EMPTY_STAND_INS, assumption
from emulator.cql import library, patterns, syntax
from emulator.cql.binder.aggregation import functions_of, stats
from emulator.cql.binder.arguments import MISSING_ARGUMENT, match_arguments
from emulator.cql.binder.calls import NOT_A_FILTER, bind_filter_call, call_of, find_function, find_step
from emulator.cql.binder.constants import NotOfType, text_of
from emulator.cql.binder.context import Context
from emulator.cql.binder.expressions import bind_expression, operate, operator
from emulator.cql.binder.filters import bind_filter, matches, original_event, regex, rest_on_precedence
from emulator.cql.binder.flow import Flow
from emulator.diagnostics import QueryError, Reporter, code
from emulator.functions import Function, Kind
from emulator.plan.drawings import Drawing
from emulator.plan.expressions import Const, Expression, Field, Not, fields
from emulator.plan.steps import Assign, Assignment, Branch, Extract, Filter, Step
from emulator.source import Source, Span
from emulator.types import ScalarType

MISSING_QUERY = code(
    "CQL5003",
    "a saved query that nobody gave",
    '`$name()` stands for a saved query of the repository. Give its text with the run as `given={"query:name": '
    '"…"}`, or beside the rule as `queries/name.cql`. Under the assumption `empty-stand-ins` it lets every event pass.',
)
ENDLESS_QUERY = code(
    "CQL3010", "a saved query that uses itself", "Saved queries are put in place of their names; a circle never ends."
)
_MOST_EXPANSIONS = 1000
DRAWN = frozenset({"sankey", "table", "timeChart", "worldMap"})
"""Functions that say how their rows are drawn. Later steps that only choose or order the rows keep the drawing."""
SAME_FIELD = "same"
"""The default of `as` where a function puts its value back into the field that it read."""
DROPEVENT_IN_CASE = assumption(
    "dropevent-in-case",
    "cql",
    "dropEvent() in a clause of a search makes the clause emit nothing, so the next clause is tried",
)
NULL_KEEPS_FIELD = assumption(
    "null-keeps-field",
    "cql",
    "an assignment whose expression has no value leaves the field and keeps the event, as the page on expressions "
    "says; the page of default() says that the event is dropped",
)
CLAUSES_START_AFRESH = assumption(
    "clauses-start-afresh",
    "cql",
    "each clause of a case or match starts from the event as it came: what a clause assigned before it dropped the "
    "event is not kept",
)


def bind_pipeline(flow: Flow, pipeline: syntax.Pipeline) -> None:
    """Append the steps of a pipeline to a flow."""
    for step in pipeline.steps:
        bind_step(flow, step)


def bind_step(flow: Flow, step: syntax.Step) -> None:
    """Append one step to a flow."""
    match step:
        case syntax.Assign():
            _assign(flow, step)
        case syntax.Case(clauses=clauses, span=span):
            _branch(flow, [(None, clause) for clause in clauses], span)
        case syntax.Match():
            _match(flow, step)
        case syntax.Stats(functions=functions, span=span):
            stats(flow, functions_of(functions), span)
        case syntax.Call():
            call_step(flow, step, None, None)
        case syntax.SavedQuery():
            _saved_query(flow, step)
        case syntax.Apply(field=field, call=call, negated=negated):
            call_step(flow, call, None, field, negated=negated)
        case syntax.Not(operand=syntax.Call() as call) if _is_step_alone(call):
            call_step(flow, call, None, None, negated=True)
        case _:
            filter_step(flow, step)


def filter_step(flow: Flow, node: syntax.Filter) -> None:
    """A filter: conditions at its top level that name groups extract fields as well.

    Where the last of several is a function of another kind, it is a step although no `|` stands before it.
    """
    operands = node.operands if isinstance(node, syntax.And) else (node,)
    rest_on_precedence(flow.context, operands if len(operands) > 1 else ())
    for number, one in enumerate(operands, start=1):
        call = one.call if isinstance(one, syntax.Apply) else one
        if isinstance(call, syntax.Call) and (number == len(operands) or library.internal(f"step:{call.name}")):
            bind_step(flow, one)
            continue
        extract = _extraction(flow.context, one)
        flow.add(extract if extract is not None else Filter(bind_filter(flow.context, one), one.span))


def _is_step_alone(call: syntax.Call) -> bool:
    """True for a function that is no condition, so that even its negation is a step."""
    function = library.lookup(call.name)
    return function is not None and function.kind is Kind.TABLE


def _extraction(context: Context, node: syntax.Filter) -> Extract | None:
    """A comparison with a regular expression that has named groups, as an extraction that must succeed."""
    match node:
        case syntax.Comparison(operator=syntax.FilterOperator.EQUAL, value=syntax.Regex() as value, field=field):
            subject: Expression = Field(field.text, ScalarType.TEXT, field.span)
        case syntax.FreeText(value=syntax.Regex() as value):
            subject = original_event(context, node.span)
        case _:
            return None
    pattern = regex(context, value)
    if pattern is None or not pattern.group_names:
        return None
    return extraction(subject, pattern, node.span)


def extraction(subject: Expression, pattern: patterns.Pattern, span: Span) -> Extract:
    """Sets a field for each named group that takes part in the first match; no match drops the event."""
    name = "text_groups" if subject.type is ScalarType.DYNAMIC else "groups"
    arguments = (subject, Const(pattern, ScalarType.VALUE, span))
    return Extract(operator(name), arguments, (), required=True, span=span)


def _assign(flow: Flow, step: syntax.Assign) -> None:
    """`field := expression`; of a call that is no plain value, the call with `as=field`."""
    target = step.target.text
    if isinstance(step.value, syntax.Call):
        function = find_function(flow.context, step.value)
        if function is not None and function.kind in (Kind.AGGREGATE, Kind.TABLE, Kind.ASSIGN):
            call_step(flow, step.value, target, None)
            return
        if function is None:
            return
    value = bind_expression(flow.context, step.value)
    if value is not None:
        if fields(value):
            flow.context.rest_on(NULL_KEEPS_FIELD)
        flow.add(assign(target, value, step.span))


def assign(target: str, value: Expression, span: Span) -> Assign:
    """Sets a field to the text of a value; null leaves it as it was."""
    text = operate("print", value, span=span, kind=ScalarType.TEXT)
    return Assign((Assignment(target, text, span),), span, keep_on_null=True)


def call_step(
    flow: Flow, call: syntax.Call, target: str | None, field: syntax.Name | None, *, negated: bool = False
) -> None:
    """A call as a step: a filter, an assignment to its `as` field, an aggregate, or a lowering of its own."""
    function = find_function(flow.context, call) if negated else find_step(flow.context, call)
    if function is None:
        return
    match function.kind:
        case Kind.FILTER:
            condition = bind_filter_call(flow.context, call, field)
            if condition is not None:
                flow.add(Filter(Not(condition, call.span) if negated else condition, call.span))
        case _ if negated and function.signature.returns != "filter":
            help = "remove the `!`: only functions that filter events can be negated"
            flow.context.error(NOT_A_FILTER, f"`{function.name}()` can't be negated", call.span, help)
        case Kind.AGGREGATE:
            named = syntax.Assign(syntax.Word(target, call.span), call, call.span, call.span) if target else call
            stats(flow, (named,), call.span)
        case Kind.SCALAR | Kind.ASSIGN:
            _scalar_step(flow, function, call, target, field)
        case Kind.TABLE:
            arguments = match_arguments(flow.context, function, call, field)
            if arguments is not None:
                arguments.values["as"] = target or arguments.values.get("as")
                arguments.negated = negated
                function.python(flow, arguments)
                if function.name in DRAWN:
                    flow.drawing = _drawing(flow.context, function, call)
                flow.context.ordered |= function.signature.returns == "aggregate"
        case _:
            assert_never(function.kind)


def _drawing(context: Context, function: Function, call: syntax.Call) -> Drawing:
    """What a call says of its chart; the argument without a name is that of the first parameter."""
    first = function.signature.parameters[0].name
    options = []
    for one in call.arguments:
        try:
            text = text_of(context, one.value)
        except NotOfType:
            text = context.source.slice(one.value.span)
        options.append((one.name.text if one.name else first, text))
    return Drawing(function.name, tuple(options))


def _scalar_step(
    flow: Flow, function: Function, call: syntax.Call, target: str | None, field: syntax.Name | None
) -> None:
    arguments = match_arguments(flow.context, function, call, field)
    if arguments is None:
        return
    if target is not None:
        arguments.values["as"] = target
    value = call_of(flow.context, function, arguments, ScalarType.VALUE)
    if value is None:
        return
    if function.kind is Kind.ASSIGN:
        flow.add(Extract(function, value.arguments, (), required=False, span=call.span))
    else:
        name = arguments["field"] if arguments["as"] == SAME_FIELD else arguments["as"]
        if name is None:
            message = f"`{function.name}()` needs the name of the field to set"
            help = f"write name := {function.name}(…), or add as=name"
            flow.context.error(MISSING_ARGUMENT, message, call.span, help)
            return
        flow.add(assign(name, value, call.span))


def clause(flow: Flow, steps: tuple[Step, ...], pipeline: syntax.Pipeline) -> tuple[Step, ...]:
    """The steps of a clause: those given, then those of its pipeline."""
    inner = Flow(flow.context, None)
    inner.add(*steps)
    bind_pipeline(inner, pipeline)
    return inner.steps


def _branch(flow: Flow, clauses: list[tuple[Expression | None, syntax.Pipeline]], span: Span) -> None:
    made = []
    for guard, pipeline in clauses:
        first = () if guard is None else (Filter(guard, guard.span),)
        made.append(clause(flow, first, pipeline))
    if any(_drops(pipeline) for _, pipeline in clauses[:-1]):
        flow.context.rest_on(DROPEVENT_IN_CASE)
    if any(map(_changes_and_drops, made[:-1])):
        flow.context.rest_on(CLAUSES_START_AFRESH)
    flow.add(Branch(tuple(made), span, tuple(pipeline.span for _, pipeline in clauses)))


def _changes_and_drops(steps: tuple[Step, ...]) -> bool:
    """True when a step that may drop the event follows one that changes it."""
    changed = next((place for place, step in enumerate(steps) if not isinstance(step, Filter)), len(steps))
    return any(isinstance(step, Filter | Extract | Branch) for step in steps[changed + 1 :])


def _drops(pipeline: syntax.Pipeline) -> bool:
    return any(isinstance(step, syntax.Call) and step.name.lower() == "dropevent" for step in pipeline.steps)


def _match(flow: Flow, node: syntax.Match) -> None:
    field = Field(node.field.text, ScalarType.TEXT, node.field.span)
    clauses = [(_guard(flow.context, field, node.field, one.guard), one.pipeline) for one in node.clauses]
    _branch(flow, clauses, node.span)


def _guard(context: Context, field: Field, name: syntax.Name, guard: syntax.Guard) -> Expression | None:
    """`*` and `true` let everything through; a function is given the field; anything else is compared with it."""
    match guard:
        case syntax.Word(text="*"):
            return None
        case syntax.Boolean(value=value, span=span):
            return None if value else Not(Const(value=True, type=ScalarType.BOOL, span=span), span)
        case syntax.Call():
            return bind_filter_call(context, guard, name)
        case _:
            return matches(context, field, guard, guard.span)


def _saved_query(flow: Flow, node: syntax.SavedQuery) -> None:
    """Put the text of a saved query in the place of its name, with the call's arguments as its parameters."""
    from emulator.cql.parser import parse

    context = flow.context
    text = context.given.get(f"query:{node.name}")
    if not isinstance(text, str):
        if not context.allows(EMPTY_STAND_INS):
            help = f'give it with the run: given={{"query:{node.name}": "…"}}, or as queries/{node.name}.cql'
            context.error(MISSING_QUERY, f"the saved query `{node.name}` was not given", node.span, help)
        return
    context.expansions[node.name] = context.expansions.get(node.name, 0) + 1
    if sum(context.expansions.values()) > _MOST_EXPANSIONS:
        message = f"saved queries are put in place more than {_MOST_EXPANSIONS:,} times"
        context.error(ENDLESS_QUERY, message, node.span, "use fewer of them, or write them out once")
        return
    if node.name in context.saved:
        help = "take the circle out of the saved queries"
        context.error(ENDLESS_QUERY, f"the saved query `{node.name}` uses itself", node.span, help)
        return
    source = Source(f"query:{node.name}", text)
    inner = Context(
        source,
        Reporter(source),
        context.assume,
        {**context.parameters, **_given_arguments(context, node)},
        context.given,
        context.used,
        (*context.saved, node.name),
        context.keys,
        tables=context.tables,
        stream=context.stream,
        reads_original=context.reads_original,
        unknown=context.unknown,
        expansions=context.expansions,
        ordered=context.ordered,
    )
    try:
        tree = parse(source)
    except QueryError as error:
        context.reporter.found.extend(error.diagnostics)
        return
    flow.context = inner
    bind_pipeline(flow, tree.pipeline)
    flow.context = context
    context.keys, context.reads_original, context.ordered = inner.keys, inner.reads_original, inner.ordered
    context.reporter.found.extend(inner.reporter.found)


def _given_arguments(context: Context, node: syntax.SavedQuery) -> dict[str, object]:
    return {one.name.text: text_of(context, one.value) for one in node.arguments if one.name is not None}
