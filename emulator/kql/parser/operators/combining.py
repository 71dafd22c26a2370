"""join, lookup, union, partition, fork, facet and macro-expand."""

from __future__ import annotations

from emulator.kql.lexer import Token
from emulator.kql.parser.lists import expressions, items
from emulator.kql.parser.literals import accept_literal, dynamic_literal
from emulator.kql.parser.names import expect_name, name_length, name_reference
from emulator.kql.parser.operands import entity, entity_group, parenthesized, required_call, simple_path
from emulator.kql.parser.parameters import parameters, settings
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import OPERATORS, operator
from emulator.kql.syntax import (
    Expression,
    Facet,
    Fork,
    ForkBranch,
    Join,
    Lookup,
    MacroExpand,
    Partition,
    PartitionBy,
    Subpipeline,
    Union,
)

_UNION = settings(
    "kind withsource with_source isfuzzy __isFuzzy best_effort hint.concurrency hint.spread __packedColumn "
    "__sourceColumnIndex __crossCluster __crossDB"
)


@operator("join")
def join(parser: Parser, keyword: Token) -> Join:
    """`join kind = … (right) on condition, …`."""
    cursor = parser.cursor
    options = parameters(parser)
    right = parser.expression()
    on: tuple[Expression, ...] = ()
    condition = None
    if cursor.accept("on"):
        on = expressions(parser)
    elif cursor.accept("where"):
        condition = parser.expression()
    else:
        cursor.fail("expected the keys of the `join`", "write `on Key`, or `on $left.A == $right.B`, after it")
    return Join(cursor.span_from(keyword.start), keyword.span, options, right, on, condition)


@operator("lookup")
def lookup(parser: Parser, keyword: Token) -> Lookup:
    """`lookup kind = … (right) on condition, …`."""
    cursor = parser.cursor
    options = parameters(parser)
    right = parser.expression()
    cursor.expect("on", "after the right side of the `lookup`", "write `on Key`, or `on $left.A == $right.B`")
    on = expressions(parser)
    return Lookup(cursor.span_from(keyword.start), keyword.span, options, right, on)


def _union_leg(parser: Parser) -> Expression:
    return parenthesized(parser) if parser.cursor.next.text == "(" else entity(parser)


@operator("union")
def union(parser: Parser, keyword: Token) -> Union:
    """`union kind = … withsource = … table, (pipeline), pattern*, …`."""
    cursor = parser.cursor
    options = parameters(parser, _UNION)
    tables = items(parser, _union_leg)
    return Union(cursor.span_from(keyword.start), keyword.span, options, tables)


@operator("partition")
def partition(parser: Parser, keyword: Token) -> Partition:
    """`partition by key in scope (subpipeline)`, or `… { pipeline }`."""
    cursor = parser.cursor
    options = parameters(parser)
    cursor.expect("by", "after `partition`")
    key = simple_path(parser)
    scope: Expression | None = None
    if cursor.accept("in"):
        scope = dynamic_literal(cursor) if cursor.next.text == "dynamic" else required_call(parser, "function")
    body: Subpipeline | Expression
    if cursor.next.text == "{":
        opened = cursor.open("{", "here")
        body = parser.pipeline()
    else:
        opened = cursor.open("(", "before the subquery")
        body = parser.subpipeline()
    cursor.close(opened)
    return Partition(cursor.span_from(keyword.start), keyword.span, options, key, scope, body)


@operator("__partitionby")
def partition_by(parser: Parser, keyword: Token) -> PartitionBy:
    """`__partitionby key id literal (subpipeline)`."""
    cursor = parser.cursor
    options = parameters(parser)
    key = simple_path(parser)
    identifier = accept_literal(cursor) if cursor.accept("id") else None
    opened = cursor.open("(", "before the subquery")
    body = parser.subpipeline()
    cursor.close(opened)
    return PartitionBy(cursor.span_from(keyword.start), keyword.span, options, key, identifier, body)


def _branch_body(parser: Parser) -> Subpipeline | Expression:
    return parser.subpipeline() if parser.cursor.next.text in OPERATORS else parser.pipeline()


def _branch(parser: Parser) -> ForkBranch:
    cursor = parser.cursor
    start = cursor.next.start
    name = None
    if cursor.next.text != "(":
        name = expect_name(cursor, "a name for the branch, or `(`")
        cursor.expect("=", "after the name of a branch")
    opened = cursor.open("(", "before a branch")
    body = _branch_body(parser)
    cursor.close(opened)
    return ForkBranch(cursor.span_from(start), name, body)


@operator("fork")
def fork(parser: Parser, keyword: Token) -> Fork:
    """`fork (subpipeline) name = (subpipeline) …`."""
    cursor = parser.cursor
    branches = [_branch(parser)]
    while cursor.next.text == "(" or ((length := name_length(cursor)) and cursor.ahead(length).text == "="):
        branches.append(_branch(parser))
    return Fork(cursor.span_from(keyword.start), keyword.span, tuple(branches))


@operator("facet")
def facet(parser: Parser, keyword: Token) -> Facet:
    """`facet by column, … with (subpipeline)`, or `… with operator`."""
    cursor = parser.cursor
    cursor.expect("by", "after `facet`")
    columns = items(parser, simple_path)
    body = _facet_body(parser) if cursor.accept("with") else None
    return Facet(cursor.span_from(keyword.start), keyword.span, columns, body)


def _facet_body(parser: Parser) -> Subpipeline:
    cursor = parser.cursor
    if cursor.next.text == "(":
        opened = cursor.open("(", "here")
        body = parser.subpipeline()
        cursor.close(opened)
        return body
    start = cursor.next.start
    cursor.enter()
    only = parser.operator()
    cursor.leave()
    return Subpipeline(cursor.span_from(start), (only,))


def _group(parser: Parser) -> Expression:
    """An entity group in brackets, by call, by path or by name; a `(` after a name begins the query already."""
    cursor = parser.cursor
    if cursor.next.text == "entity_group" and cursor.ahead().text == "[":
        return entity_group(parser)
    if cursor.next.text in ("entity_group", "database", "cluster"):
        return entity(parser)
    return name_reference(cursor, "an entity group")


@operator("macro-expand")
def macro_expand(parser: Parser, keyword: Token) -> MacroExpand:
    """`macro-expand group as name (statements)`."""
    cursor = parser.cursor
    options = parameters(parser, _UNION)
    group = _group(parser)
    name = expect_name(cursor, "a name for the group's members") if cursor.accept("as") else None
    opened = cursor.open("(", "before the query of each member")
    inner = parser.statements(")")
    cursor.close(opened)
    return MacroExpand(cursor.span_from(keyword.start), keyword.span, options, group, name, inner)
