"""Filters: what keeps an event. Every condition is true or false; a missing field fails all of them but `!=`."""

from __future__ import annotations

import re
from typing import assert_never

from emulator.assumptions import assumption
from emulator.cql import library, patterns, syntax
from emulator.cql.binder.arguments import BAD_PATTERN, PATTERN_GAP
from emulator.cql.binder.calls import NOT_A_FILTER, bind_filter_call
from emulator.cql.binder.constants import NotOfType, text_of
from emulator.cql.binder.context import EVENT, Context
from emulator.cql.binder.expressions import operate
from emulator.diagnostics import code
from emulator.plan.expressions import And, Call, Compare, Comparison, Const, Expression, Field, Not, Or
from emulator.regular import regular
from emulator.source import Span
from emulator.types import ScalarType

INFIX_IN = code(
    "CQL2101",
    "`field in […]` is not part of the language",
    "`in` is a function: `in(field, values=[…])`. A rule that was published with the infix form can opt in to the "
    "assumption `infix-in`, under which it means that call.",
)
NOT_A_NUMBER = code(
    "CQL3008",
    "an ordering comparison with something that is no number",
    "`<`, `<=`, `>` and `>=` compare numbers; write a number on the right. To compare two fields use `test(a < b)`.",
)
GROUP_UNDER_OR = code(
    "CQL3009",
    "a named group under `or` or `not`",
    "A regular expression extracts fields only when it stands at the top level of a filter step.",
)
ALLOW_INFIX_IN = assumption(
    "infix-in",
    "cql",
    "`field in [values]` means `in(field, values=[values])`; the product rejects it",
    opt_in=True,
)
NUMBER_EQUALITY = assumption(
    "number-equality",
    "cql",
    "`field = 400` also matches a text that reads as the same number, such as 400.0; the documentation leaves it open",
)
ORDER_OF_TEXT = assumption(
    "order-of-text",
    "cql",
    "`field < 5` and the other orderings hold for no event whose field is missing or reads as no number",
)
OR_FIRST = assumption(
    "or-before-and",
    "cql",
    "`or` binds tighter than `and`, as the published grammar says; the page on operators says the opposite",
)

_NUMBER = regular(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_ORDER = {
    syntax.FilterOperator.LESS: "below",
    syntax.FilterOperator.LESS_EQUAL: "at_most",
    syntax.FilterOperator.GREATER: "above",
    syntax.FilterOperator.GREATER_EQUAL: "at_least",
}
TRUE = Const(True, ScalarType.BOOL, Span(0, 0))  # noqa: FBT003 - the value is the point


def bind_filter(context: Context, node: syntax.Filter) -> Expression:
    """A filter as a condition; what was reported as an error counts as true."""
    match node:
        case syntax.And(operands=operands, span=span):
            rest_on_precedence(context, operands)
            return And(tuple(bind_filter(context, one) for one in operands), span)
        case syntax.Or(operands=operands, span=span):
            return Or(tuple(bind_filter(context, one) for one in operands), span)
        case syntax.Not(operand=operand, span=span):
            return Not(bind_filter(context, operand), span)
        case syntax.Comparison():
            return _comparison(context, node)
        case syntax.FreeText(value=value, span=span):
            return _free_text(context, value, span)
        case syntax.Boolean(value=flag, span=span):
            return Const(flag, ScalarType.BOOL, span)
        case syntax.InfixIn():
            return _infix_in(context, node)
        case syntax.Apply(field=field, call=call, negated=negated, span=span):
            condition = bind_filter_call(context, call, field) or TRUE
            return Not(condition, span) if negated else condition
        case syntax.Call():
            return bind_filter_call(context, node) or TRUE
        case syntax.SavedQuery(span=span):
            help = "give the saved query a step of its own, between `|`"
            context.error(NOT_A_FILTER, "a saved query can't be combined with other filters", span, help)
            return TRUE
        case _:
            assert_never(node)


def rest_on_precedence(context: Context, operands: tuple[syntax.Filter, ...]) -> None:
    """Note which way `or` and `and` were read, where several filters stand side by side and no parentheses say it."""
    if any(isinstance(one, syntax.Or) and not _in_parentheses(context, one.span) for one in operands):
        context.rest_on(OR_FIRST)


def _in_parentheses(context: Context, span: Span) -> bool:
    text = context.source.text
    return text[: span.start].rstrip().endswith("(") and text[span.end :].lstrip().startswith(")")


def _comparison(context: Context, node: syntax.Comparison) -> Expression:
    field = Field(node.field.text, ScalarType.TEXT, node.field.span)
    match node.operator:
        case syntax.FilterOperator.EQUAL:
            return matches(context, field, node.value, node.span)
        case syntax.FilterOperator.NOT_EQUAL:
            return Not(matches(context, field, node.value, node.span), node.span)
        case syntax.FilterOperator.LIKE:
            return _like(context, field, node)
        case syntax.FilterOperator.LINK:
            context.error(NOT_A_NUMBER, "`<=>` has a meaning only inside correlate()", node.operator_span, "write `=`")
            return TRUE
        case _:
            return _order(context, field, node)


def matches(context: Context, field: Field, value: syntax.Pattern, span: Span) -> Expression:
    """`field = value`: a text, a text with wildcards, a number, a regular expression, or presence."""
    if isinstance(value, syntax.Regex):
        pattern = regex(context, value)
        return TRUE if pattern is None else operate("regex", field, _const(pattern, value.span), span=span, kind=_BOOL)
    text = context.parameter(value) if isinstance(value, syntax.Parameter) else value.text
    if text == "*" and not isinstance(value, syntax.Quoted):
        return operate("exists", field, span=span, kind=_BOOL)
    if "*" in text:
        return operate("wildcard", field, _const(text, value.span), span=span, kind=_BOOL)
    if isinstance(value, syntax.Word) and _NUMBER.fullmatch(text):
        context.rest_on(NUMBER_EQUALITY)
        return operate("number_equal", field, _const(text, value.span), span=span, kind=_BOOL)
    return Compare(
        Comparison.EQUAL, field, Const(text, ScalarType.STRING, value.span), one_null=False, both_null=None, span=span
    )


_BOOL = ScalarType.BOOL


def _const(value: object, span: Span) -> Const:
    return Const(value, ScalarType.VALUE, span)


def regex(context: Context, value: syntax.Regex) -> patterns.Pattern | None:
    """The compiled pattern, or None after an error was reported at its place in the pattern."""
    try:
        return patterns.compile_pattern(value.pattern, value.flags)
    except patterns.PatternError as error:
        start = min(value.pattern_span.start + error.offset, value.pattern_span.end)
        what = PATTERN_GAP if error.gap else BAD_PATTERN
        context.error(what, error.message, Span(start, value.pattern_span.end), "mend the pattern at the marked place")
        return None


def _like(context: Context, field: Field, node: syntax.Comparison) -> Expression:
    if isinstance(node.value, syntax.Regex):
        context.error(NOT_A_NUMBER, "`like` takes a text", node.value.span, "write `=` before a regular expression")
        return TRUE
    text = context.parameter(node.value) if isinstance(node.value, syntax.Parameter) else node.value.text
    return operate("wildcard", field, _const(f"*{text}*", node.value.span), span=node.span, kind=_BOOL)


def _order(context: Context, field: Field, node: syntax.Comparison) -> Expression:
    text = None
    if not isinstance(node.value, syntax.Regex):
        text = context.parameter(node.value) if isinstance(node.value, syntax.Parameter) else node.value.text
    if context.holds_unknown(node.value.span):
        return TRUE
    if text is None or not _NUMBER.fullmatch(text):
        help = "write a number, or compare two fields with test(a < b)"
        context.error(NOT_A_NUMBER, f"`{node.operator.value}` compares with a number", node.value.span, help)
        return TRUE
    context.rest_on(ORDER_OF_TEXT)
    return operate(_ORDER[node.operator], field, _const(text, node.value.span), span=node.span, kind=_BOOL)


def _free_text(context: Context, value: syntax.Pattern, span: Span) -> Expression:
    if isinstance(value, syntax.Regex):
        pattern = regex(context, value)
        event = original_event(context, span)
        return TRUE if pattern is None else operate("text_regex", event, _const(pattern, span), span=span, kind=_BOOL)
    text = context.parameter(value) if isinstance(value, syntax.Parameter) else value.text
    if text.strip("*") == "" and not isinstance(value, syntax.Quoted):
        return Const(value=True, type=ScalarType.BOOL, span=span)
    event = original_event(context, span)
    return operate("text_contains", event, _const(text, span), span=span, kind=_BOOL)


def original_event(context: Context, span: Span) -> Field:
    """The event as it came: free text searches there, whatever the steps before did to its fields."""
    context.reads_original = True
    return Field(EVENT, ScalarType.DYNAMIC, span)


def _infix_in(context: Context, node: syntax.InfixIn) -> Expression:
    field = node.field
    written = context.source.slice(field.span)
    if not context.allows(ALLOW_INFIX_IN):
        call = f"in({written}, values={context.source.slice(node.values_span)})"
        fix = f"write `{'!' if node.negated else ''}{call}`, or opt in to the assumption `infix-in`"
        context.error(INFIX_IN, "`in` is a function, not an operator", node.span, fix)
        return TRUE
    try:
        values = tuple(text_of(context, value) for value in node.values)
    except NotOfType as wrong:
        context.error(INFIX_IN, f"a list of `in` holds {wrong}s", node.values_span, "write texts or numbers")
        return TRUE
    subject = Field(field.text, ScalarType.TEXT, field.span)
    function = library.lookup("in")
    assert function is not None
    case_matters = Const(False, ScalarType.BOOL, node.span)  # noqa: FBT003 - the default of ignoreCase
    found = Call(function, (subject, _const(values, node.values_span), case_matters), _BOOL, node.span)
    return Not(found, node.span) if node.negated else found
