"""extend, project and its variants, serialize, print, range, getschema, as, invoke, evaluate and other small ones."""

from __future__ import annotations

from emulator.kql.lexer import Token
from emulator.kql.parser.lists import direction, expressions, optional_items, target, targets
from emulator.kql.parser.literals import output_schema, table_type
from emulator.kql.parser.names import accept_wildcard, expect_name, name_reference
from emulator.kql.parser.operands import call, required_call
from emulator.kql.parser.parameters import parameters, settings
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import operator
from emulator.kql.syntax import (
    As,
    AssertSchema,
    Call,
    Consume,
    Evaluate,
    ExecuteAndCache,
    Extend,
    GetSchema,
    Invoke,
    MemberCall,
    NameRef,
    Print,
    Project,
    ProjectAway,
    ProjectByNames,
    ProjectKeep,
    ProjectRename,
    ProjectReorder,
    Range,
    ReorderItem,
    Serialize,
    WildcardRef,
)

_EVALUATE = settings("hint.distribution hint.remote")


@operator("extend")
def extend(parser: Parser, keyword: Token) -> Extend:
    """`extend name = value, …`."""
    found = targets(parser)
    return Extend(parser.cursor.span_from(keyword.start), keyword.span, found)


@operator("project")
def project(parser: Parser, keyword: Token) -> Project:
    """`project name = value, …`."""
    found = optional_items(parser, target)
    return Project(parser.cursor.span_from(keyword.start), keyword.span, found)


def _column(parser: Parser) -> NameRef | WildcardRef:
    return accept_wildcard(parser.cursor) or name_reference(parser.cursor, "a column")


@operator("project-away")
def project_away(parser: Parser, keyword: Token) -> ProjectAway:
    """`project-away column, pattern*, …`."""
    found = optional_items(parser, _column)
    return ProjectAway(parser.cursor.span_from(keyword.start), keyword.span, found)


@operator("project-keep")
def project_keep(parser: Parser, keyword: Token) -> ProjectKeep:
    """`project-keep column, pattern*, …`."""
    found = optional_items(parser, _column)
    return ProjectKeep(parser.cursor.span_from(keyword.start), keyword.span, found)


@operator("project-rename")
def project_rename(parser: Parser, keyword: Token) -> ProjectRename:
    """`project-rename new = old, …`."""
    found = optional_items(parser, target)
    return ProjectRename(parser.cursor.span_from(keyword.start), keyword.span, found)


def _reorder_item(parser: Parser) -> ReorderItem:
    cursor = parser.cursor
    start = cursor.next.start
    column = _column(parser)
    way = direction(cursor)
    return ReorderItem(cursor.span_from(start), column, way)


@operator("project-reorder")
def project_reorder(parser: Parser, keyword: Token) -> ProjectReorder:
    """`project-reorder column, pattern* asc, …`."""
    found = optional_items(parser, _reorder_item)
    return ProjectReorder(parser.cursor.span_from(keyword.start), keyword.span, found)


@operator("project-by-names")
def project_by_names(parser: Parser, keyword: Token) -> ProjectByNames:
    """`project-by-names expression, …`."""
    found = expressions(parser)
    return ProjectByNames(parser.cursor.span_from(keyword.start), keyword.span, found)


@operator("serialize")
def serialize(parser: Parser, keyword: Token) -> Serialize:
    """`serialize name = value, …`, or `serialize` alone."""
    options = parameters(parser)
    found = optional_items(parser, target)
    return Serialize(parser.cursor.span_from(keyword.start), keyword.span, options, found)


@operator("print")
def print_(parser: Parser, keyword: Token) -> Print:
    """`print name = value, …`."""
    found = targets(parser)
    return Print(parser.cursor.span_from(keyword.start), keyword.span, found)


@operator("range")
def range_(parser: Parser, keyword: Token) -> Range:
    """`range name from start to stop step size`."""
    cursor = parser.cursor
    name = expect_name(cursor, "the name of the column")
    cursor.expect("from", "after the name of the column")
    start = parser.expression()
    cursor.expect("to", "after the first value")
    stop = parser.expression()
    cursor.expect("step", "after the last value")
    step = parser.expression()
    return Range(cursor.span_from(keyword.start), keyword.span, name, start, stop, step)


@operator("getschema")
def getschema(parser: Parser, keyword: Token) -> GetSchema:
    """`getschema`."""
    options = parameters(parser, settings("kind"))
    return GetSchema(parser.cursor.span_from(keyword.start), keyword.span, options)


@operator("consume")
def consume(parser: Parser, keyword: Token) -> Consume:
    """`consume`."""
    options = parameters(parser)
    return Consume(parser.cursor.span_from(keyword.start), keyword.span, options)


@operator("__executeAndCache")
def execute_and_cache(parser: Parser, keyword: Token) -> ExecuteAndCache:
    """`__executeAndCache`."""
    return ExecuteAndCache(parser.cursor.span_from(keyword.start), keyword.span)


@operator("as")
def as_(parser: Parser, keyword: Token) -> As:
    """`as name`."""
    options = parameters(parser)
    name = expect_name(parser.cursor, "a name for the rows")
    return As(parser.cursor.span_from(keyword.start), keyword.span, options, name)


@operator("invoke")
def invoke(parser: Parser, keyword: Token) -> Invoke:
    """`invoke function(argument, …)`."""
    cursor = parser.cursor
    start = cursor.next.start
    called: Call | MemberCall = required_call(parser, "function")
    while cursor.next.text == "." and cursor.ahead(2).text == "(":
        cursor.take()
        last = call(parser)
        called = MemberCall(cursor.span_from(start), called, last)
        cursor.grow()
    return Invoke(cursor.span_from(keyword.start), keyword.span, called)


@operator("evaluate")
def evaluate(parser: Parser, keyword: Token) -> Evaluate:
    """`evaluate plugin(argument, …) : (column: type, …)`."""
    cursor = parser.cursor
    options = parameters(parser, _EVALUATE)
    called = required_call(parser, "plugin")
    schema = output_schema(cursor) if cursor.accept(":") else None
    return Evaluate(cursor.span_from(keyword.start), keyword.span, options, called, schema)


@operator("assert-schema")
def assert_schema(parser: Parser, keyword: Token) -> AssertSchema:
    """`assert-schema (column: type, …)`."""
    schema = table_type(parser.cursor, "after `assert-schema`")
    return AssertSchema(parser.cursor.span_from(keyword.start), keyword.span, schema)
