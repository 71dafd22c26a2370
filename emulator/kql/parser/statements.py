"""Statements: `let`, `set`, `declare`, `alias`, `restrict` and the query itself."""

from __future__ import annotations

from emulator.kql.lexer import TokenKind
from emulator.kql.parser.cursor import UNCLOSED, Cursor, SyntaxFailure
from emulator.kql.parser.literals import accept_literal, column, table_type, type_name
from emulator.kql.parser.mistakes import MISSING_SEMICOLON
from emulator.kql.parser.names import expect_name, is_name, name_length
from emulator.kql.parser.operands import entity, entity_group
from emulator.kql.parser.parameters import property_list
from emulator.kql.parser.pipelines import begins_statement
from emulator.kql.parser.protocol import Parser
from emulator.kql.syntax import (
    Alias,
    Expression,
    ExpressionStatement,
    Function,
    FunctionParameter,
    Let,
    Literal,
    Materialize,
    NameRef,
    Pattern,
    PatternCase,
    QueryParameters,
    Restrict,
    SetOption,
    Statement,
    TableType,
    TypeName,
)


def statements(parser: Parser, closer: str) -> tuple[Statement, ...]:
    """Statements apart by `;`, up to a closing bracket or the end of the text."""
    cursor = parser.cursor
    found: list[Statement] = []
    while cursor.next.kind is not TokenKind.END and cursor.next.text != closer:
        depth, index = cursor.depth, cursor.index
        try:
            found.append(statement(parser))
            _separator(cursor, closer)
        except SyntaxFailure:
            _skip_statement(cursor, closer, depth)
        if cursor.index == index:
            cursor.take()
    return tuple(found)


def _separator(cursor: Cursor, closer: str) -> None:
    """The `;` after a statement, unless it is the last."""
    if cursor.accept(";") or cursor.next.kind is TokenKind.END or cursor.next.text == closer:
        return
    if begins_statement(cursor):
        cursor.report(
            MISSING_SEMICOLON,
            f"a `;` is missing before `{cursor.next.text}`",
            cursor.next.span,
            "end the statement before it with `;`",
        )
        return
    if cursor.next.text in (")", "]", "}"):
        cursor.fail("this bracket was never opened", "remove it, or add its partner before", UNCLOSED)
    cursor.fail(
        "expected `;` or `|`", "end the statement with `;`, or go on with `|` and an operator", MISSING_SEMICOLON
    )


def _skip_statement(cursor: Cursor, closer: str, depth: int) -> None:
    """On to the next statement."""
    while cursor.next.kind is not TokenKind.END:
        cursor.recover(depth)
        if cursor.accept(";") or (closer and cursor.next.text == closer):
            return
        cursor.take()


def statement(parser: Parser) -> Statement:
    """One statement."""
    cursor = parser.cursor
    following = cursor.ahead().text
    match cursor.next.text:
        case "let" if following == "=" or name_length(cursor, 1, declared=True):
            return let(parser)
        case "set":
            return _set_option(parser)
        case "declare" if following == "pattern":
            return _pattern(parser)
        case "declare" if following == "query_parameters":
            return _query_parameters(parser)
        case "alias" if following == "database":
            return _alias(parser)
        case "restrict" if following == "access":
            return _restrict(parser)
    start = cursor.next.start
    value = parser.pipeline()
    return ExpressionStatement(cursor.span_from(start), value)


def let(parser: Parser) -> Let:
    """`let name = value`, a function or a table."""
    cursor = parser.cursor
    keyword = cursor.take()
    name = expect_name(cursor, "the name of the variable")
    cursor.expect("=", "after the name of a variable")
    value: Expression | Function
    if cursor.next.text == "materialize":
        value = _materialize(parser)
        if cursor.next.text == "|":
            cursor.fail("nothing may follow `materialize(…)`", "put the operators into its brackets")
    elif cursor.next.text == "entity_group" and cursor.ahead().text == "[":
        value = entity_group(parser)
    elif _begins_function(cursor):
        value = _function(parser)
    else:
        value = parser.pipeline()
    return Let(cursor.span_from(keyword.start), keyword.span, name, value)


def _materialize(parser: Parser) -> Materialize:
    cursor = parser.cursor
    start = cursor.take().start
    opened = cursor.open("(", "after `materialize`")
    value = parser.pipeline()
    cursor.close(opened)
    return Materialize(cursor.span_from(start), (), value)


def _begins_function(cursor: Cursor) -> bool:
    """`()`, `(*` or `(name:` begin a function, perhaps after `view`."""
    offset = 1 if cursor.next.text == "view" else 0
    if cursor.ahead(offset).text != "(":
        return False
    if cursor.ahead(offset + 1).text in (")", "*"):
        return True
    length = name_length(cursor, offset + 1, declared=True)
    return bool(length) and cursor.ahead(offset + 1 + length).text == ":"


def _function(parser: Parser) -> Function:
    cursor = parser.cursor
    start = cursor.next.start
    view = cursor.accept("view") is not None
    parameters = function_parameters(parser)
    opened = cursor.open("{", "before the function's body")
    inner, result = body(parser)
    cursor.close(opened)
    return Function(cursor.span_from(start), view, parameters, inner, result)


def function_parameters(parser: Parser) -> tuple[FunctionParameter, ...]:
    """`(name: type = default, T: (column: type), …)`."""
    cursor = parser.cursor
    opened = cursor.open("(", "before the parameters")
    found: list[FunctionParameter] = []
    while cursor.next.text != ")":
        found.append(_function_parameter(cursor))
        if not cursor.accept(","):
            break
        if cursor.next.text == ")":
            cursor.fail("expected another parameter after `,`", "remove the last `,`")
    cursor.close(opened)
    return tuple(found)


def _function_parameter(cursor: Cursor) -> FunctionParameter:
    name = expect_name(cursor, "the name of a parameter", declared=True)
    cursor.expect(":", "between a parameter's name and its type", f"write its type, as in `{name.text}: string`")
    tabular = cursor.next.text == "("
    kind: TypeName | TableType = table_type(cursor, "here", may_be_open=True) if tabular else type_name(cursor)
    default = _default(cursor) if cursor.accept("=") else None
    return FunctionParameter(cursor.span_from(name.span.start), name, kind, default)


def _default(cursor: Cursor) -> Expression:
    """A default is a literal or a word."""
    literal = accept_literal(cursor)
    if literal is not None:
        return literal
    token = cursor.next
    if not is_name(token) or cursor.ahead().text == "(":
        cursor.fail("expected a literal as default", 'a default is a constant such as `5`, `1d` or `"text"`')
    cursor.take()
    return NameRef(token.span, token.text)


def body(parser: Parser) -> tuple[tuple[Statement, ...], Expression | None]:
    """The statements of a function's body and the expression that it gives."""
    cursor = parser.cursor
    inner: list[Statement] = []
    while (cursor.next.text == "let" and name_length(cursor, 1)) or (
        cursor.next.text == "declare" and cursor.ahead().text == "query_parameters"
    ):
        inner.append(statement(parser))
        cursor.expect(";", "after a statement", "end the statement with `;`")
    result = parser.pipeline() if cursor.next.text not in ("}", ";") else None
    cursor.accept(";")
    return tuple(inner), result


def _set_option(parser: Parser) -> SetOption:
    cursor = parser.cursor
    start = cursor.take().start
    name = expect_name(cursor, "the name of an option")
    value = parser.expression() if cursor.accept("=") else None
    return SetOption(cursor.span_from(start), name, value)


def _query_parameters(parser: Parser) -> QueryParameters:
    cursor = parser.cursor
    start = cursor.take().start
    cursor.take()
    parameters = function_parameters(parser)
    return QueryParameters(cursor.span_from(start), parameters)


def _alias(parser: Parser) -> Alias:
    cursor = parser.cursor
    start = cursor.take().start
    cursor.take()
    name = expect_name(cursor, "the name of the database")
    cursor.expect("=", "after the name of the database")
    value = parser.expression()
    return Alias(cursor.span_from(start), name, value)


def _restrict(parser: Parser) -> Restrict:
    cursor = parser.cursor
    start = cursor.take().start
    cursor.take()
    cursor.expect("to", "after `restrict access`")
    opened = cursor.open("(", "before the tables")
    tables = [entity(parser)]
    while cursor.accept(","):
        tables.append(entity(parser))
    cursor.close(opened)
    properties = property_list(parser) if cursor.accept("with") else ()
    return Restrict(cursor.span_from(start), tuple(tables), properties)


def _pattern(parser: Parser) -> Pattern:
    """`declare pattern name`, or with parameters, path and cases."""
    cursor = parser.cursor
    start = cursor.take().start
    cursor.take()
    name = expect_name(cursor, "the name of the pattern")
    if not cursor.accept("="):
        return Pattern(cursor.span_from(start), name, (), None, ())
    schema = table_type(cursor, "before the pattern's parameters")
    path = None
    if cursor.next.text == "[":
        opened = cursor.open("[", "before the pattern's path")
        path = column(cursor)
        cursor.close(opened)
    opened = cursor.open("{", "before the pattern's cases")
    cases = [_pattern_case(parser)]
    while cursor.next.text == "(":
        cases.append(_pattern_case(parser))
    cursor.close(opened)
    return Pattern(cursor.span_from(start), name, schema.columns, path, tuple(cases))


def _pattern_case(parser: Parser) -> PatternCase:
    cursor = parser.cursor
    opened = cursor.open("(", "before the values of a case")
    values = [parser.expression()]
    while cursor.accept(","):
        values.append(parser.expression())
    cursor.close(opened)
    path = _path_value(cursor) if cursor.accept(".") else None
    cursor.expect("=", "before the body of a case")
    braces = cursor.open("{", "before the body of a case")
    inner, result = body(parser)
    cursor.close(braces)
    cursor.expect(";", "after a case")
    return PatternCase(cursor.span_from(opened.start), tuple(values), path, inner, result)


def _path_value(cursor: Cursor) -> Literal:
    opened = cursor.open("[", "before the path of a case")
    value = accept_literal(cursor)
    if not isinstance(value, Literal):
        cursor.fail("expected a literal as path", 'write a string in quotes, as in `.["path"]`')
    cursor.close(opened)
    return value
