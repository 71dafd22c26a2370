"""Settings of operators: `kind = inner`, `hint.strategy = shuffle`, `withsource = T`, `with (title = "…", …)`."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from emulator.diagnostics import code, did_you_mean
from emulator.kql.lexer import TokenKind
from emulator.kql.parser.cursor import Cursor
from emulator.kql.parser.literals import accept_literal, constant, identifier
from emulator.kql.parser.names import accept_name, is_name
from emulator.kql.parser.protocol import Parser
from emulator.kql.syntax import Expression, Literal, LiteralKind, Name, NameList, NameRef, Parameter

UNKNOWN_SETTING = code(
    "KQL1026",
    "a setting that the operator does not have",
    "What stands in the brackets after `with` are settings of the operator by name. The help names the nearest one.",
)


class Value(enum.Enum):
    """What a setting takes: a word, name or constant, names in a row, a computed text, or a real number."""

    PLAIN = "plain"
    NAMES = "names"
    COMPUTED = "computed"
    REAL = "real"


Settings = Mapping[str, Value]
"""The settings of an operator by their names."""


def settings(plain: str = "", *, names: str = "", computed: str = "", real: str = "") -> Settings:
    """Settings of each kind, as words apart by spaces."""
    kinds = ((plain, Value.PLAIN), (names, Value.NAMES), (computed, Value.COMPUTED), (real, Value.REAL))
    return {word: kind for words, kind in kinds for word in words.split()}


KNOWN = settings(
    "bagexpansion bin_legacy __crossCluster __crossDB cycles decodeblocks expandoutput force_remote hint.concurrency "
    "hint.distribution hint.materialized hint.num_partitions hint.pass_filters hint.pass_filters_column "
    "hint.progressive_top hint.remote hint.shufflekey hint.spread hint.strategy __id isfuzzy __isFuzzy kind "
    "__noWithSource __packedColumn __sourceColumnIndex with_itemindex with_match_id with_source with_step_name "
    "withsource"
)
"""What every operator with settings takes, for the engine ignores hints that do not concern it."""
_PIECES = ("hint.pass_filters_column", "hint.pass_filters")
_WORDS = frozenset({"simple", "relaxed", "nooptimization"})
"""Keywords that are values of settings although they are no names."""


def _setting_name(cursor: Cursor, own: Settings) -> tuple[str, int] | None:
    """The name of a setting before `=` and how many tokens it takes, when one is next."""
    token = cursor.next
    if token.kind in (TokenKind.NAME, TokenKind.KEYWORD) and (token.text in own or token.text in KNOWN):
        return (token.text, 1) if cursor.ahead().text == "=" else None
    for spelt in _PIECES if token.text == "hint" else ():
        count = cursor.adjacent(spelt)
        if count and cursor.ahead(count).text == "=":
            return spelt, count
    return None


def parameters(parser: Parser, own: Settings = KNOWN) -> tuple[Parameter, ...]:
    """The settings before an operator's operands, as many as there are."""
    cursor = parser.cursor
    found: list[Parameter] = []
    while (named := _setting_name(cursor, own)) is not None:
        text, count = named
        start = cursor.next.start
        for _ in range(count):
            cursor.take()
        name = Name(cursor.span_from(start), text)
        cursor.take()
        value = _value(parser, own.get(text, Value.PLAIN))
        found.append(Parameter(cursor.span_from(start), name, value))
    return tuple(found)


def bracketed_parameters(parser: Parser, own: Settings, context: str) -> tuple[Parameter, ...]:
    """`(name = value, …)` of the settings that the operator declares."""
    cursor = parser.cursor
    opened = cursor.open("(", context)
    cursor.accept(",")
    found = listed_parameters(parser, own)
    cursor.close(opened)
    return found


def listed_parameters(parser: Parser, own: Settings) -> tuple[Parameter, ...]:
    """`name = value, …` of the settings that the operator declares."""
    cursor = parser.cursor
    found: list[Parameter] = []
    while cursor.next.kind in (TokenKind.NAME, TokenKind.KEYWORD):
        token = cursor.next
        if token.text not in own and token.text not in KNOWN:
            cursor.report(
                UNKNOWN_SETTING,
                f"there is no setting `{token.text}` here",
                token.span,
                did_you_mean(token.text, own, f"the settings are {', '.join(own)}"),
            )
        cursor.take()
        cursor.expect("=", "after the name of a setting")
        value = _value(parser, own.get(token.text, Value.PLAIN))
        found.append(Parameter(cursor.span_from(token.start), Name(token.span, token.text), value))
        if not cursor.accept(","):
            break
    return tuple(found)


def _value(parser: Parser, kind: Value) -> Expression:
    cursor = parser.cursor
    if kind is Value.COMPUTED:
        return parser.invocation()
    if kind is Value.NAMES:
        return name_list(cursor)
    return plain_value(cursor, real=kind is Value.REAL)


def plain_value(cursor: Cursor, *, real: bool = False) -> Expression:
    """A constant, or a word."""
    literal = accept_literal(cursor)
    if isinstance(literal, Literal) and real and literal.kind is LiteralKind.LONG and literal.value is not None:
        return Literal(literal.span, LiteralKind.REAL, float(str(literal.value)))
    if literal is not None:
        return literal
    token = cursor.next
    if is_name(token) or token.text in _WORDS:
        cursor.take()
        return NameRef(token.span, token.text)
    name = accept_name(cursor)
    if name is None:
        cursor.fail("expected a value", "write a word, a number, true, false or a string in quotes")
    return NameRef(name.span, name.text)


def name_list(cursor: Cursor) -> NameList:
    """Names apart by commas, up to one that begins the next setting."""
    start = cursor.next.start
    names = [identifier(cursor, "a column")]
    while cursor.next.text == "," and cursor.ahead(2).text != "=":
        cursor.take()
        names.append(identifier(cursor, "a column"))
    return NameList(cursor.span_from(start), tuple(names))


def property_list(parser: Parser) -> tuple[Parameter, ...]:
    """`(name = value, …)` with any names, as `externaldata` takes."""
    cursor = parser.cursor
    opened = cursor.open("(", "after `with`")
    found: list[Parameter] = []
    while cursor.next.text != ")":
        name = identifier(cursor, "the name of a property")
        cursor.expect("=", "after the name of a property")
        value = _property_value(cursor)
        found.append(Parameter(cursor.span_from(name.span.start), name, value))
        if not cursor.accept(","):
            break
    cursor.close(opened)
    return tuple(found)


def _property_value(cursor: Cursor) -> Expression:
    if cursor.next.kind in (
        TokenKind.STRING,
        TokenKind.LONG,
        TokenKind.REAL,
        TokenKind.BOOL,
        TokenKind.DATETIME,
        TokenKind.GUID,
    ):
        return constant(cursor)
    word = identifier(cursor, "a value")
    return NameRef(word.span, word.text)
