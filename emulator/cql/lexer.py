"""The words of CQL: where the parser is in the text, and how to read the next string, word, pattern or number.

What a character means depends on where it stands (`/` starts a regular expression, divides, or is a letter of a bare
word), so that there is no list of tokens: the parser asks for what it expects. Character sets, comments and the
rules for slashes follow the grammar subset of the product's documentation and its appendix on quirks
(library.humio.com, lql-grammar).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from emulator.cql.syntax import Parameter, Quoted, Regex, Word
from emulator.diagnostics import Code, Label, Reporter, code
from emulator.regular import regular
from emulator.source import Source, Span

UNCLOSED_STRING = code(
    "CQL1002",
    "A string is not closed",
    'A quoted string ends on the line it starts on. Write a line break in it as `\\n`, a quote as `\\"`.',
)
UNCLOSED_REGEX = code(
    "CQL1003",
    "A regular expression is not closed",
    "A regular expression `/…/` ends on the line it starts on. Write a slash in it as `\\/`.",
)
UNCLOSED_COMMENT = code("CQL1004", "A comment is not closed", "A comment that `/*` opens needs its `*/`.")
SLASHES = code(
    "CQL1018",
    "A bare word holds slashes that could be a comment",
    "`//` and `/*` start comments only where a word could start. Inside a bare word they are letters in some places\n"
    "and an error in others (`https://` is refused by the product), so that they are refused here: quote the text, or\n"
    "put a space before the comment.",
)
PARAMETER = code(
    "CQL1020",
    "A parameter is malformed",
    "A parameter is written `?name`, or `?{name=default}` when it has a default; quote a default with spaces or signs.",
)
TOO_DEEP = code(
    "CQL1015",
    "The query is nested too deeply",
    "Brackets, calls, negations and chains of arithmetic may be nested 250 deep. Split the query into steps.",
)

_MOST_ERRORS = 20
_FIELD = r"#%&.0-9@A-Z\\^_a-z\u00a1-\u00ff"
_PATTERN = _FIELD + r"*+\-~"
_TRIVIA = regular(r"(?>(?:[\s\ufeff\u200b]+|//[^\n]*|/\*[\s\S]*?\*/)*)")
_NO_TRIVIA = frozenset((*map(chr, range(0x21, 0x2F)), *map(chr, range(0x30, 0x7F))))
"""What is surely neither white space nor the start of a comment: most characters of most texts."""
_INDEX = r"\[(?:\d+|\*)?\]"
_FIELD_NAME = regular(rf"(?:[{_FIELD}]|{_INDEX})+")
_PATTERN_WORD = regular(rf"(?:[{_PATTERN}]|:(?!=))(?>(?:[{_PATTERN}/]++|:(?!=)|{_INDEX})*)")
_NAME_CHARACTERS = _FIELD.replace("%", "")
_EXPRESSION_WORD = regular(rf"[{_NAME_CHARACTERS}](?>(?:[{_NAME_CHARACTERS}]++|{_INDEX})*)")
_FUNCTION_NAME = regular(r"[A-Za-z_]\w*+(?>(?::[A-Za-z_]\w*+)*)")
_TARGET = regular(
    rf'(?:"(?>(?:[^"\\\n]++|\\[^\n])*)"|(?>(?:[{_PATTERN}]++|:(?!=)|{_INDEX})+))[ \t\r\n]*(:=|=~|match[ \t\r\n]*\{{)'
)
_STRING = regular(r'"((?>(?:[^"\\\n]++|\\[^\n])*))"')
_STRING_OF_LINES = regular(r'"((?>(?:[^"\\]++|\\[\s\S])*))"')
_REGEX = regular(r"/((?>(?:[^/\\\n\[]++|\\[^\n]|\[\^?\]?(?>(?:[^\]\\\n]++|\\[^\n])*)\])+))/([A-Za-z]*)")
"""A slash inside a class such as `[/-]` ends nothing: a pattern that ended there would be malformed."""
_NUMBER = regular(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_PARAMETER_NAME = regular(r"[A-Za-z0-9_.@#:\-]*[A-Za-z0-9_]")
_LETTERS = regular(r"\w++")
_ESCAPE = regular(r"\\([\s\S])")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


class UnreadableError(Exception):
    """A part of the text can't be read; the diagnostic is already reported, the parser goes on at the next step."""


class Cursor:
    """A place in a source. `end` is where the last thing read ended, so that spans leave out what follows it.

    `gave_up` is set when the rest of the text can't be read, so that each bracket around it isn't reported too.
    """

    __slots__ = (
        "_depth",
        "_max_depth",
        "brackets",
        "brackets_at_error",
        "end",
        "gave_up",
        "position",
        "reporter",
        "source",
        "text",
    )

    def __init__(self, source: Source, reporter: Reporter, max_depth: int) -> None:
        self.source = source
        self.text = source.text
        self.reporter = reporter
        self.position = 0
        self.end = 0
        self.brackets = self.brackets_at_error = 0
        self.gave_up = False
        self._depth = 0
        self._max_depth = max_depth

    # --- Errors ---

    def report(
        self, what: Code, message: str, span: Span, help: str, label: str = "", also: tuple[Label, ...] = ()
    ) -> None:
        """Report an error that reading can go on after; gives up the whole text when there are too many."""
        self.reporter.error(what, message, span, help, label, also)
        if len(self.reporter.found) >= _MOST_ERRORS:
            self.position = len(self.text)
            self.gave_up = True
            raise UnreadableError

    def refuse(
        self, what: Code, message: str, span: Span, help: str, label: str = "", also: tuple[Label, ...] = ()
    ) -> NoReturn:
        """Report an error and give up what is being read."""
        self.brackets_at_error = self.brackets
        self.report(what, message, span, help, label, also)
        raise UnreadableError

    @contextmanager
    def bracket(self) -> Iterator[None]:
        """Inside `(` or `[` while the body runs, so that whoever goes on after an error knows which to pass."""
        self.brackets += 1
        try:
            with self.nested():
                yield
        finally:
            self.brackets -= 1

    @contextmanager
    def nested(self, levels: int = 1) -> Iterator[None]:
        """One level deeper while the body runs; refuses what is deeper than the limit, and the rest of the text."""
        self._depth += levels
        try:
            if self._depth > self._max_depth:
                span = Span(self.position, min(self.position + 1, len(self.text)))
                self.position = len(self.text)
                self.gave_up = True
                self.refuse(
                    TOO_DEEP,
                    f"nested more than {self._max_depth} deep",
                    span,
                    "split the query into steps joined by `|`, or assign parts to fields first",
                )
            yield
        finally:
            self._depth -= levels

    # --- Characters ---

    def skip(self) -> None:
        """Pass white space and comments."""
        if self.text[self.position : self.position + 1] in _NO_TRIVIA:
            return
        match = _TRIVIA.match(self.text, self.position)
        self.position = match.end() if match else self.position
        if self.text.startswith("/*", self.position):
            span = Span(self.position, self.position + 2)
            self.position = len(self.text)
            self.refuse(UNCLOSED_COMMENT, "this comment never ends", span, "close it with `*/`")

    @property
    def finished(self) -> bool:
        """True at the end of the text."""
        return self.position >= len(self.text)

    def sees(self, sign: str) -> bool:
        """True when the text goes on with `sign`."""
        return self.text.startswith(sign, self.position)

    def sees_any(self, signs: str) -> bool:
        """True when the next character is one of `signs`; false at the end."""
        sign = self.text[self.position : self.position + 1]
        return sign != "" and sign in signs

    def looks_like(self, pattern: re.Pattern[str]) -> bool:
        """True when the text goes on with what `pattern` matches."""
        return pattern.match(self.text, self.position) is not None

    def take(self, length: int) -> Span:
        """Read that many characters."""
        start = self.position
        self.position = self.end = start + length
        return Span(start, self.position)

    def target_ahead(self) -> str:
        """What follows the name that is next: `:=`, `=~`, `match` before a brace, or nothing of these."""
        match = _TARGET.match(self.text, self.position)
        return "" if match is None else match.group(1).rstrip("{ \t\r\n")

    def accept(self, sign: str) -> Span | None:
        """Read `sign` when it is next, after white space and comments."""
        self.skip()
        return self.take(len(sign)) if self.sees(sign) else None

    def here(self) -> Span:
        """The next word or character, or the last character at the end of the text."""
        position = min(self.position, max(0, len(self.text) - 1))
        match = _LETTERS.match(self.text, position)
        return Span(position, match.end() if match else min(position + 1, len(self.text)))

    def since(self, start: int) -> Span:
        """From `start` to the end of the last thing read."""
        return Span(start, max(start, self.end))

    # --- Words ---

    def pattern_word(self) -> Word | None:
        """A bare word of a filter: field names, and patterns with `* + - : ~ /`."""
        match = _PATTERN_WORD.match(self.text, self.position)
        if match is None:
            return None
        text = match.group()
        span = self.take(len(text))
        if text.endswith("//") or "/*" in text:
            self.refuse(
                SLASHES,
                "it is not known whether these slashes start a comment",
                span,
                f'quote the text: `"{text}"`, or put a space before the comment',
            )
        return Word(text, span)

    def expression_word(self) -> Word | None:
        """A bare word of an expression or argument: a field, an option, a duration or digits."""
        match = _EXPRESSION_WORD.match(self.text, self.position)
        return None if match is None else Word(match.group(), self.take(len(match.group())))

    def function_name(self) -> Word | None:
        """A function's name, with its `:` parts, when `(` follows; else nothing is read."""
        match = _FUNCTION_NAME.match(self.text, self.position)
        if match is None or not self.text.startswith("(", match.end()):
            return None
        return Word(match.group(), self.take(len(match.group())))

    def quoted(self, *, lines: bool = False) -> Quoted:
        r"""A quoted string; the cursor is at its first quote. Unknown escapes such as `\d` stay as they are.

        With `lines` it may span lines: the grammar subset says no, the vendor's own content does so in arguments.
        """
        match = (_STRING_OF_LINES if lines else _STRING).match(self.text, self.position)
        if match is None:
            span = Span(self.position, self._line_end())
            self.take(len(self._rest_of_line()))
            self.refuse(
                UNCLOSED_STRING,
                "this string is not closed on its line",
                span,
                'add the closing `"`; a line break is written `\\n`, a quote `\\"`',
            )
        span = self.take(len(match.group()))
        return Quoted(_ESCAPE.sub(_unescape, match.group(1)), span)

    def regex(self) -> Regex:
        """A regular expression; the cursor is at its first slash."""
        match = _REGEX.match(self.text, self.position)
        if match is None:
            span = Span(self.position, self._line_end())
            self.take(len(self._rest_of_line()))
            self.refuse(
                UNCLOSED_REGEX,
                "this regular expression is not closed on its line",
                span,
                "add the closing `/`; a slash inside is written `\\/`; to search for the text, quote it",
            )
        start = self.position
        span = self.take(len(match.group()))
        body = match.group(1)
        pattern = _ESCAPE.sub(lambda escape: "/" if escape.group(1) == "/" else escape.group(), body)
        return Regex(pattern, match.group(2), span, Span(start + 1, start + 1 + len(body)))

    def parameter(self) -> Parameter:
        """`?name` or `?{name=default}`; the cursor is at the question mark."""
        start = self.take(1).start
        if not self.sees("{"):
            return Parameter(self._parameter_name(start), None, self.since(start))
        self.take(1)
        self.skip()
        name = self._parameter_name(start)
        default = None
        if self.accept("="):
            self.skip()
            default = self.quoted() if self.sees('"') else self.pattern_word()
            if default is None:
                self._malformed_parameter(start)
        if not self.accept("}"):
            self._malformed_parameter(start)
        return Parameter(name, default, self.since(start))

    def _parameter_name(self, start: int) -> str:
        if self.sees('"'):
            return self.quoted().text
        match = _PARAMETER_NAME.match(self.text, self.position)
        if match is None:
            self._malformed_parameter(start)
        self.take(len(match.group()))
        return match.group()

    def _malformed_parameter(self, start: int) -> NoReturn:
        self.refuse(
            PARAMETER,
            "this is not a parameter",
            Span(start, max(self.end, start + 1)),
            'write `?name` or `?{name="default"}`; to search for a question mark, quote the text',
        )

    def _rest_of_line(self) -> str:
        return self.text[self.position : self._line_end()]

    def _line_end(self) -> int:
        end = self.text.find("\n", self.position)
        return len(self.text) if end < 0 else end


def is_field_name(text: str) -> bool:
    """True when a bare word may name a field."""
    return _FIELD_NAME.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """True when a bare word reads as a number."""
    return _NUMBER.fullmatch(text) is not None


def _unescape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match.group(1), match.group())
