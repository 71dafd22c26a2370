"""Names: plain, in brackets, keywords that serve as names, and names with wildcards."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.kql.keywords import COLUMN_WORDS, KEYWORDS, NameUse
from emulator.kql.lexer import Token, TokenKind
from emulator.kql.parser.constants import NoSuchValueError, decoded
from emulator.kql.parser.cursor import Cursor
from emulator.kql.syntax import Name, NameRef, WildcardRef

NEEDS_BRACKETS = code(
    "KQL1023",
    "a keyword where a name belongs",
    "Some keywords can't be names as they are. Write `['kind']` to mean a column or variable of that name.",
)
_AFTER_NAMES = frozenset(
    (
        *("and", "or", "==", "!=", "=~", "!~", ">", ">=", "<", "<=", "*", "/", "%", ")", "]", "}", ".", ",", ":", "|"),
        *("in", "in~", "!in", "!in~", "has_any", "has_all", "between", "!between"),
    )
)
"""What only follows a name: a keyword before it was probably meant as one."""
_OPERATOR_WORDS = ("has", "contains", "startswith", "endswith", "matches", "like")


def is_name(token: Token, *, declared: bool = False) -> bool:
    """Whether a token may be a name as it stands; more keywords may where a name is declared."""
    if token.kind is TokenKind.NAME:
        return True
    if token.kind is not TokenKind.KEYWORD:
        return False
    use = KEYWORDS[token.text]
    return use is NameUse.ANYWHERE or (declared and use is NameUse.WHERE_NAMED)


def bracketed_length(cursor: Cursor, offset: int = 0) -> int:
    """How many tokens a name such as `['a b']` takes from here; 0 when there is none."""
    if cursor.ahead(offset).text != "[":
        return 0
    count = 1
    while cursor.ahead(offset + count).kind is TokenKind.STRING:
        count += 1
    return count + 1 if count > 1 and cursor.ahead(offset + count).text == "]" else 0


def name_length(cursor: Cursor, offset: int = 0, *, declared: bool = False) -> int:
    """How many tokens a name takes from here; 0 when there is none."""
    if is_name(cursor.ahead(offset), declared=declared):
        return 1
    return bracketed_length(cursor, offset)


def accept_name(cursor: Cursor, *, declared: bool = False) -> Name | None:
    """A name when one is next."""
    token = cursor.next
    if is_name(token, declared=declared):
        cursor.take()
        return Name(token.span, token.text)
    count = bracketed_length(cursor)
    return _bracketed(cursor, count) if count else None


def _bracketed(cursor: Cursor, count: int) -> Name:
    start = cursor.take().start
    try:
        text = "".join(decoded(cursor.take().text) for _ in range(count - 2))
    except NoSuchValueError as problem:
        cursor.fail(f"this name is malformed: {problem}", "write the name's characters as they are")
    cursor.take()
    return Name(cursor.span_from(start), text)


def expect_name(cursor: Cursor, what: str, *, declared: bool = False) -> Name:
    """A name, which must be next; `what` says of what."""
    name = accept_name(cursor, declared=declared)
    return name if name is not None else fail_at_name(cursor, what)


def fail_at_name(cursor: Cursor, what: str) -> Name:
    """Report that a name is missing, and whether the keyword that is there needs brackets."""
    token = cursor.next
    if token.kind is TokenKind.KEYWORD and token.text[0].isalpha():
        cursor.fail(
            f"`{token.text}` is a keyword, not {what}",
            f"write `['{token.text}']` if it is meant as a name",
            NEEDS_BRACKETS,
        )
    cursor.fail(f"expected {what}", "write a name here; one with spaces or signs needs brackets, as in `['a b']`")


def name_reference(cursor: Cursor, what: str = "a name") -> NameRef:
    """A name that refers to something."""
    name = expect_name(cursor, what)
    return NameRef(name.span, name.text)


def is_column_word(token: Token) -> bool:
    """Keywords such as `kind` that may refer to a column although they are no names elsewhere."""
    return token.kind is TokenKind.KEYWORD and token.text in COLUMN_WORDS


def looks_like_name(cursor: Cursor) -> bool:
    """A keyword followed by what only follows names: the author meant a column."""
    following = cursor.ahead()
    is_operator = following.kind is TokenKind.KEYWORD and following.text.lstrip("!").startswith(_OPERATOR_WORDS)
    return cursor.next.kind is TokenKind.KEYWORD and (following.text in _AFTER_NAMES or is_operator)


def wildcard_length(cursor: Cursor, offset: int = 0) -> int:
    """How many tokens a name with `*` takes from here; 0 when there is none. `*` alone counts."""
    first = cursor.ahead(offset)
    if first.text == "*":
        count = 1
    elif is_name(first, declared=True) and cursor.ahead(offset + 1).text == "*" and not cursor.ahead(offset + 1).spaced:
        count = 2
    else:
        return 0
    while _continues_wildcard(cursor.ahead(offset + count)):
        count += 1
    return count


def _continues_wildcard(token: Token) -> bool:
    return not token.spaced and (token.text == "*" or token.kind is TokenKind.LONG or is_name(token, declared=True))


def accept_wildcard(cursor: Cursor) -> WildcardRef | None:
    """A name with `*`, perhaps in brackets (`[Device*]`), when one is next."""
    brackets = cursor.next.text == "["
    count = wildcard_length(cursor, 1 if brackets else 0)
    if not count or (brackets and cursor.ahead(count + 1).text != "]"):
        return None
    opened = cursor.take() if brackets else cursor.next
    pattern = "".join(cursor.take().text for _ in range(count))
    if brackets:
        cursor.take()
    return WildcardRef(cursor.span_from(opened.start), pattern)


def dashed_length(cursor: Cursor) -> int:
    """How many tokens a name with dashes, such as `a-b`, takes from here: not allowed, but often written before `=`."""
    count = 1 if cursor.next.kind in (TokenKind.NAME, TokenKind.KEYWORD) else 0
    while count:
        token = cursor.ahead(count)
        if token.spaced or not (token.text == "-" or token.kind in (TokenKind.NAME, TokenKind.KEYWORD)):
            break
        count += 1
    return count if count > 1 else 0
