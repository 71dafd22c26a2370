"""The tokens of a text with a place in them: looking ahead, taking, failing and going on after a failure."""

from __future__ import annotations

from typing import NoReturn

from emulator.diagnostics import Code, Label, QueryError, Reporter, code
from emulator.kql.lexer import Token, TokenKind, stop_if_many
from emulator.source import Span

UNEXPECTED = code(
    "KQL1020",
    "something else belongs here",
    "The text does not continue as the grammar of its operator or statement demands. The message names what was found "
    "and the help what belongs in its place.",
)
UNCLOSED = code(
    "KQL1021",
    "a bracket that is never closed",
    "Every `(`, `[` and `{` needs its partner. The label shows the bracket that is still open where the parser had to "
    "give up, which is often a few lines further down than the place where the partner was forgotten.",
)
TOO_DEEP = code(
    "KQL1022",
    "the query is nested too deeply",
    "Brackets within brackets, chains of members and chains of arithmetic count as nesting; `and` and `or` do not. "
    "Give inner parts a name with `let`.",
)

CLOSERS = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(CLOSERS.values())
_ENDS = _CLOSING | {"|", ";"}


class SyntaxFailure(Exception):  # noqa: N818 - it never leaves the parser: whoever catches it goes on after the failure
    """The construct at hand can't be parsed any further; the reporter knows why."""


class Cursor:
    """A place in the tokens; `next` is the token there, `last_end` where the one before it ended."""

    __slots__ = ("_enclosing", "_reported", "height", "index", "last_end", "max_depth", "next", "reporter", "tokens")

    def __init__(self, tokens: list[Token], reporter: Reporter, max_depth: int) -> None:
        self.tokens = tokens
        self.reporter = reporter
        self.max_depth = max_depth
        self.index = 0
        self.next = tokens[0]
        self.last_end = 0
        self.height = 0
        self._enclosing: list[int] = []
        self._reported = -1

    def ahead(self, count: int = 1) -> Token:
        """The token `count` after the next one."""
        return self.tokens[min(self.index + count, len(self.tokens) - 1)]

    @property
    def before(self) -> Token:
        """The token before the next one; at the beginning an empty one."""
        return self.tokens[self.index - 1] if self.index else Token(TokenKind.END, "", 0, 0, spaced=False)

    @property
    def second(self) -> bool:
        """Whether the token before the next one begins a statement or a bracket."""
        return self.index == 1 or self.tokens[self.index - 2].text in (";", "(", "{")

    @property
    def on_new_line(self) -> bool:
        """Whether a line ends between the last token and the next."""
        return "\n" in self.reporter.source.text[self.last_end : self.next.start]

    def take(self) -> Token:
        """The next token, stepping over it; at the end it stays."""
        token = self.next
        if self.index + 1 < len(self.tokens):
            self.index += 1
            self.next = self.tokens[self.index]
            self.last_end = token.end
        return token

    def accept(self, *texts: str) -> Token | None:
        """The next token when it is one of these keywords or signs."""
        return self.take() if self.next.text in texts else None

    def expect(self, text: str, context: str, help: str = "") -> Token:
        """The next token, which must be this keyword or sign; `context` names what it belongs to."""
        if self.next.text == text:
            return self.take()
        return self.fail(f"expected `{text}` {context}", help or f"write `{text}` here")

    def span_from(self, start: int) -> Span:
        """From an offset to the end of the last token taken."""
        return Span(start, max(start, self.last_end))

    def adjacent(self, *texts: str) -> int:
        """How many of the next tokens spell one of these signs without a space between; 0 for none."""
        for text in texts:
            spelt, count = self.next.text, 1
            while len(spelt) < len(text) and text.startswith(spelt) and self._goes_on(count):
                spelt += self.ahead(count).text
                count += 1
            if spelt == text and self.next.kind is not TokenKind.END:
                return count
        return 0

    def _goes_on(self, count: int) -> bool:
        """True when the token `count` after the next one is there and follows without a space."""
        token = self.ahead(count)
        return token.kind is not TokenKind.END and not token.spaced

    def accept_adjacent(self, *texts: str) -> str | None:
        """The first of these signs that the next tokens spell, stepping over it."""
        for text in texts:
            count = self.adjacent(text)
            if count:
                for _ in range(count):
                    self.take()
                return text
        return None

    def report(self, what: Code, message: str, span: Span, help: str, also: tuple[Label, ...] = ()) -> None:
        """Add an error, unless this very token has one already: one mistake gives one diagnostic."""
        if self.index != self._reported and self.next.kind is not TokenKind.STRAY:
            self.reporter.error(what, message, span, help, also=also)
            stop_if_many(self.reporter)
        self._reported = self.index

    def fail(self, message: str, help: str, what: Code = UNEXPECTED, also: tuple[Label, ...] = ()) -> NoReturn:
        """Report an error at the next token and give up on the construct."""
        token = self.next
        if message.startswith("expected"):
            message += ", the text ends here" if token.kind is TokenKind.END else f", found `{token.shown}`"
        self.report(what, message, token.span, help, also)
        raise SyntaxFailure

    def open(self, bracket: str, context: str, help: str = "") -> Token:
        """Take an opening bracket and go one level deeper."""
        token = self.expect(bracket, context, help)
        self.enter()
        return token

    def close(self, opened: Token) -> None:
        """Take the bracket that closes `opened`, and come back from its level."""
        partner = CLOSERS[opened.text]
        if self.next.text != partner:
            if self.next.kind is TokenKind.END or self.next.text in _ENDS:
                label = Label(opened.span, f"this `{opened.text}` is still open")
                place = "the text ends" if self.next.kind is TokenKind.END else f"`{self.next.text}` follows"
                self.fail(
                    f"`{opened.text}` is not closed, but {place}", f"close it with `{partner}`", UNCLOSED, (label,)
                )
            if self.next.text == ",":
                self.fail(f"expected `{partner}`", f"write `{partner}` before the `,`, or remove the `,`")
            self.fail(f"expected `{partner}` or `,`", f"write `{partner}`, or `,` before the next item")
        self.take()
        self.leave()

    @property
    def depth(self) -> int:
        """How many brackets enclose the place."""
        return len(self._enclosing)

    def enter(self) -> None:
        """One level deeper. Raises QueryError when that is too deep: nothing sensible can follow."""
        self._enclosing.append(self.height)
        self.height = 0
        self.check_depth()

    def leave(self) -> None:
        """One level up; `height` is then the greatest of what stands at this level so far."""
        self.height = max(self._enclosing.pop(), self.height + 1)

    def grow(self) -> None:
        """A link of a left-leaning chain: what was parsed so far is one level deeper in the tree."""
        self.height += 1
        self.check_depth()

    def check_depth(self) -> None:
        """Stop with one diagnostic when the tree would be too deep for those who walk it."""
        if len(self._enclosing) + self.height > self.max_depth:
            raise QueryError(
                [
                    self.reporter.error(
                        TOO_DEEP,
                        f"more than {self.max_depth} levels of nesting",
                        self.next.span,
                        "name inner parts with `let`, or write long alternatives as `in (…)` or `has_any (…)`",
                    )
                ]
            )

    def recover(self, depth: int) -> None:
        """After a failure: on to the `|` or `;` that ends the broken stage, or to the bracket that encloses it.

        `depth` is how many brackets enclosed the stage when it began. A `|` at the start of a line ends the stage even
        where brackets are open, for one of them was probably forgotten.
        """
        within = len(self._enclosing) - depth
        del self._enclosing[depth:]
        while self.next.kind is not TokenKind.END:
            text = self.next.text
            if text == ";" or (text == "|" and (not within or self.on_new_line)):
                return
            if text in CLOSERS:
                within += 1
            elif text in _CLOSING:
                if not within:
                    return
                within -= 1
            self.take()
