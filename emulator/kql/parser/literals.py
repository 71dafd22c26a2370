"""Literals, `dynamic(…)`, types and schemas."""

from __future__ import annotations

from emulator.diagnostics import code, did_you_mean
from emulator.kql.lexer import Token, TokenKind
from emulator.kql.parser.constants import BAD_CONSTANT, KINDS, NoSuchValueError, decoded, value_of
from emulator.kql.parser.cursor import Cursor
from emulator.kql.parser.names import accept_name, expect_name, is_name
from emulator.kql.syntax import (
    Column,
    DynamicArray,
    DynamicBag,
    DynamicLiteral,
    DynamicNull,
    DynamicValue,
    Literal,
    LiteralKind,
    Name,
    TableType,
    TypeName,
    TypeOf,
)
from emulator.source import Span

UNKNOWN_TYPE = code(
    "KQL1024",
    "a type that KQL does not have",
    "Columns and parameters have one of the types bool, datetime, decimal, dynamic, guid, int, long, real, string and "
    "timespan, or an alias: boolean, date, double, int64, time, uniqueid.",
)
BARE_GUID = code(
    "KQL1025",
    "an identifier without `guid(…)`",
    "Write an identifier as `guid(12345678-90ab-cdef-1234-567890abcdef)`, or as a string in quotes to compare text.",
)

TYPES = frozenset(
    (
        *("bool", "boolean", "date", "datetime", "decimal", "double", "dynamic", "guid", "int"),
        *("int64", "int8", "long", "real", "string", "time", "timespan", "uniqueid"),
    )
)
WIDER_TYPES = TYPES | {"float", "int16", "int32", "uint", "uint16", "uint32", "uint64", "uint8", "ulong"}
"""What `typeof(…)` and `find` take besides."""
_KNOWN_AS = {
    "varchar": "string",
    "text": "string",
    "str": "string",
    "integer": "long",
    "bigint": "long",
    "number": "real",
    "json": "dynamic",
    "timestamp": "datetime",
}
_SIGNED = frozenset({TokenKind.LONG, TokenKind.REAL, TokenKind.TIMESPAN})


def constant(cursor: Cursor, *, sign: Token | None = None) -> Literal:
    """The literal that is next; strings that follow each other are one. `sign` was taken right before."""
    token = cursor.take()
    start = sign.start if sign else token.start
    try:
        value = value_of(token, negative=sign is not None and sign.text == "-")
        if token.kind is TokenKind.STRING and cursor.next.kind is TokenKind.STRING:
            value = f"{value}{_adjacent_strings(cursor)}"
    except NoSuchValueError as problem:
        cursor.report(BAD_CONSTANT, f"`{token.shown}` is no {KINDS[token.kind].value}", token.span, str(problem))
        value = None
    return Literal(cursor.span_from(start), KINDS[token.kind], value)


def is_moment_of_run(token: Token) -> bool:
    """Whether a literal is `datetime()`, which is another word for `now()`."""
    return token.text.partition("(")[2].strip() == ")"


def _adjacent_strings(cursor: Cursor) -> str:
    """The strings that follow a string belong to it. Raises NoSuchValueError."""
    parts: list[str] = []
    while cursor.next.kind is TokenKind.STRING:
        parts.append(decoded(cursor.take().text))
    return "".join(parts)


def is_digits(token: Token) -> bool:
    """Whether a token is a number or a duration in digits, to which a sign before it belongs."""
    return token.kind in _SIGNED and token.text[0].isdigit()


def accept_literal(cursor: Cursor) -> Literal | DynamicLiteral | TypeOf | None:
    """A literal of any kind, with its sign, when one is next."""
    token = cursor.next
    if token.kind in KINDS:
        return constant(cursor)
    if token.kind is TokenKind.RAW_GUID:
        return bare_guid(cursor)
    if token.text in ("-", "+") and is_digits(cursor.ahead()) and not cursor.ahead().spaced:
        return constant(cursor, sign=cursor.take())
    if token.text == "dynamic" and cursor.ahead().text == "(":
        return dynamic_literal(cursor)
    return type_of(cursor) if is_type_of(cursor) else None


def bare_guid(cursor: Cursor) -> Literal:
    """An identifier without `guid(…)`: reported, and read as one."""
    token = cursor.next
    cursor.report(
        BARE_GUID,
        "an identifier needs `guid(…)` or quotes",
        token.span,
        f'write `guid({token.text})` or `"{token.text}"`',
    )
    cursor.take()
    return Literal(token.span, LiteralKind.GUID, None)


def dynamic_literal(cursor: Cursor) -> DynamicLiteral:
    """`dynamic(…)`."""
    start = cursor.take().start
    opened = cursor.open("(", "after `dynamic`")
    value = _dynamic_value(cursor)
    cursor.close(opened)
    return DynamicLiteral(cursor.span_from(start), value)


def _dynamic_value(cursor: Cursor) -> DynamicValue:
    """A JSON value; literals of KQL may stand in it too."""
    token = cursor.next
    if token.text == "[":
        return _dynamic_array(cursor)
    if token.text == "{":
        return _dynamic_bag(cursor)
    if token.text == "null":
        return DynamicNull(cursor.take().span)
    if token.text == "dynamic":
        return dynamic_literal(cursor).value
    if token.kind is TokenKind.RAW_GUID:
        return bare_guid(cursor)
    if token.text == "-" and cursor.ahead().kind in (TokenKind.LONG, TokenKind.REAL):
        return constant(cursor, sign=cursor.take())
    if token.kind in KINDS and token.kind is not TokenKind.INT:
        return constant(cursor)
    return cursor.fail(
        "expected a JSON value in `dynamic(…)`",
        "write a string in quotes, a number, true, false, null, `[…]`, `{…}` or a literal such as `1d`",
    )


def _dynamic_array(cursor: Cursor) -> DynamicArray:
    opened = cursor.open("[", "to begin an array")
    items: list[DynamicValue] = []
    while cursor.next.text != "]":
        items.append(_dynamic_value(cursor))
        if not cursor.accept(","):
            break
        if cursor.next.text == "]":
            _trailing_comma(cursor)
    cursor.close(opened)
    return DynamicArray(cursor.span_from(opened.start), tuple(items))


def _dynamic_bag(cursor: Cursor) -> DynamicBag:
    opened = cursor.open("{", "to begin a property bag")
    entries: list[tuple[Name, DynamicValue]] = []
    while cursor.next.text != "}":
        entries.append(_dynamic_entry(cursor))
        if not cursor.accept(","):
            break
        if cursor.next.text == "}":
            _trailing_comma(cursor)
    cursor.close(opened)
    return DynamicBag(cursor.span_from(opened.start), tuple(entries))


def _trailing_comma(cursor: Cursor) -> None:
    cursor.fail("expected another value after `,`", "remove the last `,`: JSON does not allow one")


def _dynamic_entry(cursor: Cursor) -> tuple[Name, DynamicValue]:
    token = cursor.next
    if token.kind is not TokenKind.STRING:
        shown = token.text if is_name(token) else "key"
        cursor.fail("expected a key in quotes", f'write `"{shown}": value`: keys of a property bag are strings')
    cursor.take()
    try:
        key = Name(token.span, str(value_of(token)))
    except NoSuchValueError as problem:
        cursor.fail(f"this key is malformed: {problem}", "write the key's characters as they are")
    cursor.expect(":", "after a key")
    return key, _dynamic_value(cursor)


def is_type_of(cursor: Cursor) -> bool:
    """Whether `typeof(` is next."""
    return cursor.next.text == "typeof" and cursor.ahead().text == "("


def type_of(cursor: Cursor) -> TypeOf:
    """`typeof(…)`: one scalar type, or columns."""
    start = cursor.expect("typeof", "before a type", "write `typeof(long)` or another type").start
    opened = cursor.open("(", "after `typeof`")
    kind: TypeName | TableType
    if cursor.ahead().text == ")" and cursor.next.text != "*":
        kind = type_name(cursor, WIDER_TYPES)
    else:
        columns, is_open = _columns(cursor, opened)
        kind = TableType(Span(opened.end, cursor.last_end), columns, is_open)
    cursor.close(opened)
    return TypeOf(cursor.span_from(start), kind)


def type_name(cursor: Cursor, known: frozenset[str] = TYPES) -> TypeName:
    """The name of a scalar type."""
    token = cursor.next
    if token.text in known:
        cursor.take()
        return TypeName(token.span, token.text)
    if token.kind not in (TokenKind.NAME, TokenKind.KEYWORD):
        cursor.fail("expected a type", "write a type such as `string`, `long`, `datetime` or `dynamic`")
    known_as = {
        "varchar": "string",
        "text": "string",
        "str": "string",
        "bigint": "long",
        "number": "real",
        "json": "dynamic",
    }
    fix = known_as.get(token.text.lower())
    help = f"write `{fix}`" if fix else did_you_mean(token.text, sorted(TYPES), "write one of string, long, real, …")
    cursor.report(UNKNOWN_TYPE, f"`{token.text}` is no type", token.span, help)
    cursor.take()
    return TypeName(token.span, token.text)


def column(cursor: Cursor) -> Column:
    """`name: type`."""
    name = expect_name(cursor, "the name of a column", declared=True)
    cursor.expect(":", "between a column's name and its type", f"write a type, as in `{name.text}: string`")
    kind = type_name(cursor)
    return Column(cursor.span_from(name.span.start), name, kind)


def _columns(cursor: Cursor, opened: Token) -> tuple[tuple[Column, ...], bool]:
    """Columns up to the closing bracket; `*` among them stands for any others. Commas may lead and trail."""
    columns: list[Column] = []
    is_open = False
    cursor.accept(",")
    while cursor.next.text != ")":
        if cursor.accept("*"):
            is_open = True
        else:
            columns.append(column(cursor))
        if not cursor.accept(",") and cursor.next.text != ")":
            cursor.close(opened)
    return tuple(columns), is_open


def table_type(cursor: Cursor, context: str, *, may_be_open: bool = False) -> TableType:
    """`(a: string, b: long)`; `may_be_open` where `*` may stand for further columns."""
    opened = cursor.open("(", context, "write the columns, as in `(name: string, count: long)`")
    columns, is_open = _columns(cursor, opened)
    if is_open and not may_be_open:
        cursor.fail("`*` can't stand for columns here", "name every column with its type")
    cursor.close(opened)
    return TableType(cursor.span_from(opened.start), columns, is_open)


def output_schema(cursor: Cursor) -> TableType:
    """`(*, a: string)`: the columns that a plugin gives out, after those of its input where `*` says so."""
    opened = cursor.open("(", "after `:`")
    cursor.accept(",")
    is_open = cursor.accept("*") is not None
    columns, more = _columns(cursor, opened)
    if more:
        cursor.fail("`*` comes first", "write `(*, name: type, …)`")
    cursor.close(opened)
    return TableType(cursor.span_from(opened.start), columns, is_open)


def optional_type(cursor: Cursor) -> TypeName | None:
    """`: type` when it is there."""
    return type_name(cursor) if cursor.accept(":") else None


def identifier(cursor: Cursor, what: str) -> Name:
    """A name where any keyword that may be declared will do."""
    name = accept_name(cursor, declared=True)
    return name if name is not None else expect_name(cursor, what)
