"""Operands: literals, names, calls, paths, brackets and the expressions that begin with a word of their own."""

from __future__ import annotations

from emulator.kql.lexer import TokenKind
from emulator.kql.parser.constants import KINDS
from emulator.kql.parser.cursor import Cursor
from emulator.kql.parser.datasets import data_table, external_data
from emulator.kql.parser.gaps import accept_client_parameter, refuse
from emulator.kql.parser.literals import bare_guid, constant, dynamic_literal, is_moment_of_run, is_type_of, type_of
from emulator.kql.parser.mistakes import expected_expression
from emulator.kql.parser.names import (
    NEEDS_BRACKETS,
    accept_name,
    accept_wildcard,
    bracketed_length,
    is_column_word,
    is_name,
    looks_like_name,
    name_length,
)
from emulator.kql.parser.parameters import parameters, settings
from emulator.kql.parser.protocol import Parser
from emulator.kql.syntax import (
    Call,
    DataScope,
    Element,
    EntityGroup,
    Expression,
    Member,
    MemberCall,
    MemberWildcard,
    Name,
    NameRef,
    Star,
    Target,
    ToScalar,
    ToTable,
)

_KIND = settings("kind")


def operand(parser: Parser) -> Expression:
    """A primary expression and the members, calls and elements after it."""
    cursor = parser.cursor
    start = cursor.next.start
    if cursor.next.text == "totable":
        return _to_table(parser)
    value = _primary(parser)
    while cursor.next.text in (".", "["):
        value = _link(parser, value, start)
        cursor.grow()
    return value


def _link(parser: Parser, value: Expression, start: int) -> Expression:
    """One `.name`, `.call(…)` or `[index]` after an expression."""
    cursor = parser.cursor
    if cursor.next.text == "[":
        return _element(parser, value, start)
    cursor.take()
    if is_call(cursor):
        called = call(parser)
        return MemberCall(cursor.span_from(start), value, called)
    if cursor.next.text == "[" and not bracketed_length(cursor):
        return _element(parser, value, start)
    name = member_name(cursor)
    return Member(cursor.span_from(start), value, name)


def member_name(cursor: Cursor) -> Name:
    """The name after a dot."""
    token = cursor.next
    if is_column_word(token):
        cursor.take()
        return Name(token.span, token.text)
    name = accept_name(cursor)
    if name is not None:
        return name
    if token.kind is TokenKind.KEYWORD:
        help = f"write `['{token.text}']` in place of `.{token.text}`"
        cursor.fail(f"`{token.text}` is a keyword", help, NEEDS_BRACKETS)
    return cursor.fail("expected a name after `.`", "write the member's name; one with signs is written as `['a-b']`")


def _element(parser: Parser, value: Expression, start: int) -> Element:
    cursor = parser.cursor
    opened = cursor.open("[", "before an index")
    index = parser.expression()
    cursor.close(opened)
    return Element(cursor.span_from(start), value, index)


def _primary(parser: Parser) -> Expression:
    cursor = parser.cursor
    token = cursor.next
    if token.kind is TokenKind.DATETIME and is_moment_of_run(token):
        cursor.take()
        return Call(token.span, Name(token.span, "now"), ())
    if token.kind in KINDS:
        return constant(cursor)
    if token.kind is TokenKind.NAME:
        return call(parser) if cursor.ahead().text == "(" else _reference(cursor)
    if token.text == "(":
        return parenthesized(parser)
    if token.kind is TokenKind.RAW_GUID:
        return bare_guid(cursor)
    if token.kind is TokenKind.KEYWORD:
        return _worded(parser)
    if token.text == "[":
        return _bracketed(parser)
    if token.text == "@":
        return refuse(cursor, token)
    return accept_client_parameter(cursor) or expected_expression(cursor)


def _worded(parser: Parser) -> Expression:
    """What begins with a keyword: an expression of its own form, or a keyword used as a name."""
    cursor = parser.cursor
    token = cursor.next
    match token.text:
        case "dynamic" if cursor.ahead().text == "(":
            return dynamic_literal(cursor)
        case "datatable":
            return data_table(parser)
        case "externaldata" | "external_data":
            return external_data(parser)
        case "toscalar":
            return _to_scalar(parser)
        case "__contextual_datatable" | "materialized-view-combine":
            return refuse(cursor, token)
    if is_type_of(cursor):
        return type_of(cursor)
    if is_call(cursor):
        return call(parser)
    if is_name(token) or is_column_word(token):
        return _reference(cursor)
    if looks_like_name(cursor):
        cursor.fail(
            f"`{token.text}` is a keyword, not a name",
            f"write `['{token.text}']` if it is meant as a name",
            NEEDS_BRACKETS,
        )
    return expected_expression(cursor)


def _reference(cursor: Cursor) -> Expression:
    """A name, perhaps with the part of its data to read."""
    token = cursor.take()
    reference = NameRef(token.span, token.text)
    return _scoped(cursor, reference)


def _scoped(cursor: Cursor, reference: Expression) -> Expression:
    if not cursor.accept("datascope"):
        return reference
    cursor.expect("=", "after `datascope`")
    scope = cursor.next
    if scope.text not in ("all", "hotcache"):
        cursor.fail("expected a part of the data", "write `all` or `hotcache`")
    cursor.take()
    return DataScope(cursor.span_from(reference.span.start), reference, Name(scope.span, scope.text))


def _bracketed(parser: Parser) -> Expression:
    """`['a b']`, `['f'](…)` or `[Device*]` in front."""
    cursor = parser.cursor
    if is_call(cursor):
        return call(parser)
    wildcard = accept_wildcard(cursor)
    if wildcard is not None:
        return wildcard
    name = accept_name(cursor)
    if name is None:
        cursor.fail("expected an expression", "a list is written `dynamic([…])`, a name in brackets `['a b']`")
    return _scoped(cursor, NameRef(name.span, name.text))


def parenthesized(parser: Parser) -> Expression:
    """`( expression )` or `( pipeline )`: brackets leave no node of their own."""
    cursor = parser.cursor
    opened = cursor.open("(", "here")
    value = parser.pipeline()
    cursor.close(opened)
    return value


def is_call(cursor: Cursor) -> bool:
    """Whether `name(` is next."""
    length = name_length(cursor)
    return bool(length) and cursor.ahead(length).text == "("


def call(parser: Parser) -> Call:
    """`name(argument, …)`."""
    cursor = parser.cursor
    name = member_name(cursor)
    opened = cursor.open("(", "before the arguments")
    arguments = _arguments(parser)
    cursor.close(opened)
    return Call(cursor.span_from(name.span.start), name, arguments)


def required_call(parser: Parser, what: str) -> Call:
    """A call, which must be next; `what` is called."""
    cursor = parser.cursor
    if not is_call(cursor):
        cursor.fail(f"expected a {what} with its arguments", f"write `{what}(…)`, with brackets even if they are empty")
    return call(parser)


def _arguments(parser: Parser) -> tuple[Target, ...]:
    cursor = parser.cursor
    arguments: list[Target] = []
    while cursor.next.text != ")":
        if cursor.next.text == "*" and cursor.ahead().text in (")", ","):
            star = cursor.take()
            arguments.append(Target(star.span, (), Star(star.span)))
        else:
            arguments.append(parser.target())
        if not cursor.accept(","):
            break
        if cursor.next.text == ")":
            cursor.fail("expected another argument after `,`", "remove the last `,`, or write the argument")
    return tuple(arguments)


def _to_scalar(parser: Parser) -> ToScalar:
    cursor = parser.cursor
    start = cursor.take().start
    options = parameters(parser, _KIND)
    opened = cursor.open("(", "after `toscalar`")
    value = parser.pipeline()
    cursor.close(opened)
    return ToScalar(cursor.span_from(start), options, value)


def _to_table(parser: Parser) -> ToTable:
    cursor = parser.cursor
    start = cursor.take().start
    options = parameters(parser, _KIND)
    opened = cursor.open("(", "after `totable`")
    value = parser.pipeline()
    cursor.close(opened)
    return ToTable(cursor.span_from(start), options, value)


def entity(parser: Parser) -> Expression:
    """A table by name, pattern, call or path, as `union` and `find` list them."""
    cursor = parser.cursor
    wildcard = accept_wildcard(cursor)
    if wildcard is not None:
        return wildcard
    start = cursor.next.start
    value = _entity_part(parser)
    while cursor.accept("."):
        if cursor.next.text != "[" and (pattern := accept_wildcard(cursor)) is not None:
            return MemberWildcard(cursor.span_from(start), value, pattern.pattern)
        if is_call(cursor):
            called = call(parser)
            value = MemberCall(cursor.span_from(start), value, called)
        else:
            name = member_name(cursor)
            value = Member(cursor.span_from(start), value, name)
        cursor.grow()
    return value


def _entity_part(parser: Parser) -> Expression:
    """The first part of an entity's path."""
    cursor = parser.cursor
    if is_call(cursor):
        return call(parser)
    token = cursor.next
    if token.kind is TokenKind.KEYWORD and not is_name(token) and not is_column_word(token):
        cursor.fail(
            f"`{token.text}` is a keyword, not a table",
            f"write `['{token.text}']` for a table of that name; a pipeline needs brackets: `({token.text} …)`",
            NEEDS_BRACKETS,
        )
    name = accept_name(cursor)
    if name is not None:
        return NameRef(name.span, name.text)
    if is_column_word(token):
        cursor.take()
        return NameRef(token.span, token.text)
    return cursor.fail(
        "expected a table", "write a table's name, a pattern such as `Device*`, or a pipeline in brackets"
    )


def simple_path(parser: Parser) -> Expression:
    """`name`, `name.name` or `name['key']`, as `facet` and `partition` take."""
    cursor = parser.cursor
    start = cursor.next.start
    name = member_name(cursor)
    value: Expression = NameRef(name.span, name.text)
    while cursor.next.text in (".", "["):
        if cursor.next.text == "[":
            value = _element(parser, value, start)
        else:
            cursor.take()
            member = member_name(cursor)
            value = Member(cursor.span_from(start), value, member)
        cursor.grow()
    return value


def entity_group(parser: Parser) -> EntityGroup:
    """`entity_group [member, …]`."""
    cursor = parser.cursor
    start = cursor.take().start
    opened = cursor.open("[", "after `entity_group`")
    members = [parser.expression()]
    while cursor.accept(","):
        members.append(parser.expression())
    cursor.close(opened)
    return EntityGroup(cursor.span_from(start), tuple(members))
