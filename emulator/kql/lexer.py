"""KQL text to tokens: exact positions, comments skipped, every lexical error reported at once.

The lexical grammar is the official parser's: keywords are case-sensitive and may hold `-`, `.`, `~` or a space; a
type's name right before `(` begins a literal that runs to `)` on the same line; letters are ASCII.
"""

from __future__ import annotations

import enum
import re
from typing import NamedTuple

from emulator.diagnostics import QueryError, Reporter, code
from emulator.kql.keywords import KEYWORDS
from emulator.regular import regular
from emulator.source import Span

STRAY_CHARACTER = code(
    "KQL1001",
    "a character that KQL does not know",
    "Outside of strings and comments KQL is written in ASCII. Text copied from documents and chats often brings curly "
    "quotes, long dashes or letters that only look like ASCII. Type them again on the keyboard.",
)
OPEN_STRING = code(
    "KQL1002",
    "a string literal without its end",
    "A string opened with `\"` or `'` ends on its own line with the same quote. Write `\\n` for a line break, or "
    "enclose the text in three backticks, which may span lines.",
)
BAD_ESCAPE = code(
    "KQL1003",
    "an escape sequence that KQL does not know",
    r"""In `"…"` and `'…'` a backslash begins an escape: `\\`, `\'`, `\"`, `\a`, `\b`, `\f`, `\n`, `\r`, `\t`, `\v`,
`\xHH`, `\uHHHH`, `\UHHHHHHHH` or octal. Double the backslash, or write a verbatim string such as `@"C:\dir"`.""",
)
OPEN_LITERAL = code(
    "KQL1004",
    "a typed literal without its end",
    "A literal such as `datetime(2024-01-01)` runs from its `(` to the next `)` on the same line.",
)


MOST_ERRORS = 20
"""Nobody reads more at once, and hostile text could hold a million."""


def stop_if_many(reporter: Reporter) -> None:
    """Give up on a text with so many errors. Raises QueryError with those found."""
    if len(reporter.found) >= MOST_ERRORS:
        raise QueryError(reporter.found)


class TokenKind(enum.Enum):
    """What a token is; for keywords and punctuation its text says the rest."""

    NAME = "name"
    KEYWORD = "keyword"
    PUNCTUATION = "punctuation"
    STRING = "string"
    BOOL = "bool"
    LONG = "long"
    INT = "int"
    REAL = "real"
    DECIMAL = "decimal"
    DATETIME = "datetime"
    TIMESPAN = "timespan"
    GUID = "guid"
    RAW_GUID = "bare guid"
    DIRECTIVE = "directive"
    STRAY = "stray"
    """Characters that were reported already: the parser adds nothing about them."""
    END = "end"


_WIDEST = 60


class Token(NamedTuple):
    """A piece of text; `spaced` when white space or a comment precedes it."""

    kind: TokenKind
    text: str
    start: int
    end: int
    spaced: bool

    @property
    def span(self) -> Span:
        """Where the token stands."""
        return Span(self.start, self.end)

    @property
    def shown(self) -> str:
        """The text for a message, cut when it is long."""
        return self.text if len(self.text) <= _WIDEST else f"{self.text[: _WIDEST - 1]}…"


SPACES = "\t \r\n\f\u00a0\u1680\u180e\u2000-\u200b\u202f\u205f\u3000\ufeff"
_END_OF_WORD = "(?![A-Za-z0-9_])"
_ESCAPE = r"\\(?:[\\'\"abfnrtv0-7]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2})"
_SUFFIXES = (
    "milliseconds|millisecond|millisec|millis|milli|microseconds|microsecond|microsec|micros|micro|nanoseconds|nanosecond"
    "|nanosec|nanos|nano|minutes|minute|min|ms|m|seconds|second|sec|s|days|day|d|hours|hour|hrs|hr|h|ticks|tick"
)
_HEX = "[0-9A-Fa-f]"


def _alternatives(words: list[str]) -> str:
    """Longest first, so that `project-away` wins over `project`."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_TOKEN = regular(
    rf"""
      (?P<trivia>[{SPACES}]+|//[^\r\n]*+)
    | (?P<string>[hH]?(?:"(?>(?:[^"\\\r\n]++|{_ESCAPE})*)"|'(?>(?:[^'\\\r\n]++|{_ESCAPE})*)'
        |@"(?>(?:[^"\r\n]++|"")*)"|@'(?>(?:[^'\r\n]++|'')*)'|@?```(?>[\s\S]*?```)|@?~~~(?>[\s\S]*?~~~)))
    | (?P<broken>[hH]?@?(?:["']|```|~~~))
    | (?P<typed>(?P<type>long|int64|int32|int|real|double|decimal|bool|datetime|date|timespan|time|guid)\()
    | (?P<keyword>(?:{_alternatives([word for word in KEYWORDS if not word.isidentifier()])}){_END_OF_WORD})
    | (?P<guid>{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}})
    | (?P<real>[0-9]++(?:\.(?!\.(?!\.))[0-9]*+(?>(?:[eE][+-]?[0-9]++)?)|[eE][+-]?[0-9]++){_END_OF_WORD})
    | (?P<timespan>[0-9]++(?>(?:\.[0-9]++)?)(?:{_SUFFIXES}){_END_OF_WORD})
    | (?P<long>(?:0[xX]{_HEX}++|[0-9]++){_END_OF_WORD})
    | (?P<name>[A-Za-z_$][A-Za-z0-9_]*+|[0-9]++[A-Za-z_][A-Za-z0-9_]*+)
    | (?P<punctuation>\.\.|<=|<\||<>|>=|==|=>|=~|!=|!~|[()\[\]{{}}|.+\-*/%<>=:;,@?])
    | (?P<directive>\#[^\r\n]*+)
    """,
    re.VERBOSE,
)
_KINDS = {
    "string": TokenKind.STRING,
    "keyword": TokenKind.KEYWORD,
    "guid": TokenKind.RAW_GUID,
    "real": TokenKind.REAL,
    "timespan": TokenKind.TIMESPAN,
    "long": TokenKind.LONG,
    "punctuation": TokenKind.PUNCTUATION,
    "directive": TokenKind.DIRECTIVE,
}
_WORDS = {
    **dict.fromkeys(KEYWORDS, TokenKind.KEYWORD),
    **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), TokenKind.BOOL),
}
_TYPED_KINDS = {
    "long": TokenKind.LONG,
    "int64": TokenKind.LONG,
    "int": TokenKind.INT,
    "int32": TokenKind.INT,
    "real": TokenKind.REAL,
    "double": TokenKind.REAL,
    "decimal": TokenKind.DECIMAL,
    "bool": TokenKind.BOOL,
    "datetime": TokenKind.DATETIME,
    "date": TokenKind.DATETIME,
    "time": TokenKind.TIMESPAN,
    "timespan": TokenKind.TIMESPAN,
    "guid": TokenKind.GUID,
}
_TYPED_END = regular(r"[^)\r\n]*+\)")
_LINE_REST = regular(r"[^\r\n]*+")
_PART = regular(rf"{_ESCAPE}|[^\\\r\n]")
_KNOWN_START = regular(rf"[{SPACES}A-Za-z0-9_$()\[\]{{}}|.+\-*/%<>=:;,@?\"'`~#!]")
_SURROGATE = regular("[\ud800-\udfff]")
_LOOKALIKES = {
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", 'the straight quote `"`'),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4", "the straight quote `'`"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "the hyphen `-`"),
    **dict.fromkeys("\u2026", "`..`"),
    **dict.fromkeys("\uff5c\u00a6\u2502", "the pipe `|`"),
    "&": "`and`",
    "^": "`binary_xor(…)`, or `exp10(…)` and `pow(…)` for powers",
    "!": "`not(…)`, or an operator such as `!=`, `!has` or `!in` without a space",
    "\\": 'a string: backslashes belong in `@"…"`',
}


class _Lexer:
    """One run over one text."""

    def __init__(self, text: str, reporter: Reporter) -> None:
        self.text = text
        self.reporter = reporter
        self.tokens: list[Token] = []

    def run(self) -> list[Token]:
        """All tokens, ending with one of kind END."""
        text, tokens, position, spaced = self.text, self.tokens, 0, False
        match_at, kinds, words = _TOKEN.match, _KINDS, _WORDS
        while position < len(text):
            found = match_at(text, position)
            group = found.lastgroup if found else None
            if found is None or group is None:
                stop_if_many(self.reporter)
                end = self._stray(position)
                tokens.append(Token(TokenKind.STRAY, text[position:end], position, end, spaced))
                position, spaced = end, False
                continue
            end = found.end()
            if group == "trivia":
                position, spaced = end, True
                continue
            if group == "typed":
                stop_if_many(self.reporter)
                end = self._typed(position, found["type"], end, spaced=spaced)
            elif group == "broken":
                stop_if_many(self.reporter)
                end = self._broken_string(position, end, spaced=spaced)
            else:
                word = found[0]
                kind = words.get(word, TokenKind.NAME) if group == "name" else kinds[group]
                tokens.append(Token(kind, word, position, end, spaced))
            position, spaced = end, False
        tokens.append(Token(TokenKind.END, "", len(text), len(text), spaced))
        return tokens

    def _typed(self, start: int, type_name: str, inside: int, *, spaced: bool) -> int:
        """`datetime(…)` and its kin: everything up to `)` is one token."""
        closed = _TYPED_END.match(self.text, inside)
        end = closed.end() if closed else _end_of(_LINE_REST, self.text, inside)
        if not closed:
            self.reporter.error(
                OPEN_LITERAL,
                f"the literal `{type_name}(` is not closed on its line",
                Span(start, end),
                f"close it with `)`, as in `{type_name}(…)`, on one line",
            )
        kind = _TYPED_KINDS[type_name] if closed else TokenKind.STRAY
        self.tokens.append(Token(kind, self.text[start:end], start, end, spaced))
        return end

    def _broken_string(self, start: int, inside: int, *, spaced: bool) -> int:
        """A string that is not well formed: say what is wrong, and go on after where it probably ends."""
        quote = self.text[inside - 1]
        if self.text[inside - 3 : inside] in ("```", "~~~"):
            end = len(self.text)
            self._open_string(start, start + 3, self.text[inside - 3 : inside])
        elif "@" in self.text[start:inside]:
            end = _end_of(_LINE_REST, self.text, inside)
            self._open_string(start, end, quote)
        else:
            end = self._escaped_string(start, inside, quote)
        self.tokens.append(Token(TokenKind.STRING, quote * 2, start, end, spaced))
        return end

    def _escaped_string(self, start: int, position: int, quote: str) -> int:
        """Report each wrong escape up to the closing quote, or that there is none."""
        text = self.text
        wrong: list[Span] = []
        while position < len(text) and text[position] not in "\r\n":
            if text[position] == quote:
                for span in wrong[:MOST_ERRORS]:
                    self._bad_escape(span)
                return position + 1
            part = _PART.match(text, position)
            if part is None:
                wrong.append(Span(position, min(position + 2, len(text))))
            position = part.end() if part else position + 2
        position = min(position, len(text))
        if wrong:
            self._bad_escape(wrong[0])
        else:
            self._open_string(start, position, quote)
        return position

    def _open_string(self, start: int, end: int, quote: str) -> None:
        shown = f"`{quote}`" if len(quote) == 1 else "three backticks" if quote == "```" else "three tildes"
        many = "" if len(quote) > 1 else "; for text of several lines use three backticks at both ends"
        self.reporter.error(
            OPEN_STRING,
            f"this string is not closed: no {shown} after it" + ("" if len(quote) > 1 else " on its line"),
            Span(start, end),
            f"close the string with {shown}{many}",
        )

    def _bad_escape(self, span: Span) -> None:
        shown = self.text[span.start : span.end]
        self.reporter.error(
            BAD_ESCAPE,
            f"`{shown}` is no escape sequence",
            span,
            f"write `\\{shown}` for a backslash, or put `@` before the quote: "
            '`@"C:\\dir"` takes backslashes as they are',
        )

    def _stray(self, start: int) -> int:
        """A run of characters that begin no token: one diagnostic."""
        end = start + 1
        while end < len(self.text) and not _KNOWN_START.match(self.text, end):
            end += 1
        shown = self.text[start:end]
        meant = _LOOKALIKES.get(shown[0])
        self.reporter.error(
            STRAY_CHARACTER,
            f"unexpected {_described(shown)}",
            Span(start, end),
            f"write {meant}" if meant else "remove it; names that hold it need brackets, as in `['name']`",
        )
        return end


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


def _described(shown: str) -> str:
    if len(shown) > 1:
        return f"characters `{shown[:20]}`"
    return f"character `{shown}`" if shown.isprintable() else f"character U+{ord(shown):04X}"


def tokenize(text: str, reporter: Reporter) -> list[Token]:
    """The tokens of a text, the last of kind END; errors go to the reporter and the rest is still returned."""
    for lone in _SURROGATE.finditer(text):
        stop_if_many(reporter)
        reporter.error(
            STRAY_CHARACTER,
            f"half of a character, U+{ord(lone[0]):04X}",
            Span(lone.start(), lone.end()),
            "the text was cut or decoded wrongly; save it as UTF-8",
        )
    return _Lexer(text, reporter).run()
