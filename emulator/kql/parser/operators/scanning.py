"""scan."""

from __future__ import annotations

from emulator.kql.lexer import Token
from emulator.kql.parser.lists import items, ordered
from emulator.kql.parser.names import expect_name
from emulator.kql.parser.parameters import parameters, settings
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import operator
from emulator.kql.parser.statements import function_parameters
from emulator.kql.syntax import Expression, Ordered, Scan, ScanAssignment, ScanOutput, ScanStep

_SCAN = settings("kind with_match_id")
_OUTPUTS = {output.value: output for output in ScanOutput}


@operator("scan")
def scan(parser: Parser, keyword: Token) -> Scan:
    """`scan with_match_id = … order by … partition by … declare (…) with (step …)`."""
    cursor = parser.cursor
    options = parameters(parser, _SCAN)
    order: tuple[Ordered, ...] = ()
    partition: tuple[Expression, ...] = ()
    if cursor.accept("order"):
        cursor.expect("by", "after `order`")
        order = items(parser, ordered)
    if cursor.accept("partition"):
        cursor.expect("by", "after `partition`")
        partition = items(parser, lambda inner: inner.expression())
    declarations = function_parameters(parser) if cursor.accept("declare") else ()
    cursor.expect("with", "before the steps", "write `with (step name: condition => name = value; …)`")
    opened = cursor.open("(", "before the steps")
    steps: list[ScanStep] = []
    while cursor.next.text == "step":
        steps.append(_step(parser))
    cursor.close(opened)
    span = cursor.span_from(keyword.start)
    return Scan(span, keyword.span, options, order, partition, declarations, tuple(steps))


def _step(parser: Parser) -> ScanStep:
    cursor = parser.cursor
    keyword = cursor.take()
    name = expect_name(cursor, "the name of the step", declared=True)
    optional = cursor.accept("optional") is not None
    output = _output(parser) if cursor.accept("output") else None
    cursor.expect(":", "before the condition of a step")
    condition = parser.expression()
    assignments = items(parser, _assignment) if cursor.accept("=>") else ()
    cursor.expect(";", "after a step", "end each step with `;`, also the last")
    return ScanStep(cursor.span_from(keyword.start), name, optional, output, condition, assignments)


def _output(parser: Parser) -> ScanOutput:
    cursor = parser.cursor
    cursor.expect("=", "after `output`")
    output = _OUTPUTS.get(cursor.next.text)
    if output is None:
        cursor.fail("expected what the step gives out", "write `all`, `last` or `none`")
    cursor.take()
    return output


def _assignment(parser: Parser) -> ScanAssignment:
    cursor = parser.cursor
    name = expect_name(cursor, "the name of a declared column", declared=True)
    cursor.expect("=", "after the name")
    value = parser.expression()
    return ScanAssignment(cursor.span_from(name.span.start), name, value)
