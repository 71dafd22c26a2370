"""Rewrites a KQL pattern, which has the meaning of Rust's `regex` crate, into pieces that RE2 takes the same way.

The two engines share their matching rules (leftmost, first alternative, greedy before lazy) and differ in syntax and in
character classes. So a pattern becomes a flat sequence: RE2 syntax as text, and each class as a set of characters.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.kql.pattern_characters import NEWLINE, AnyOf, CharacterSet, Not, Run
from emulator.kql.pattern_classes import bracket, escaped_class, folded
from emulator.kql.pattern_errors import PatternError
from emulator.kql.pattern_scanner import Flags, Scanner
from emulator.nodes import record

Piece = str | CharacterSet
CAPTURE = "("

_LONGEST = 20_000  # characters; far beyond, RE2 gives up parts of its work with no more than a message
MOST_GROUPS = 16
"""Capture groups that an author may write in a pattern."""
_DEEPEST = 250
_LONGEST_COUNT = 1000  # RE2 takes no more, nested counts multiplied
_EVERYTHING = Run(0, 0x10FFFF)
_LINE_END = AnyOf((NEWLINE, Run(13, 13)))
_LOOKAROUND = ("?=", "?!", "?<=", "?<!")
_HALF_BOUNDARIES = ("start", "end", "start-half", "end-half")


@record
class Rewritten:
    """A pattern as RE2 syntax and sets of characters, with what the matcher has to know about it."""

    pieces: tuple[Piece, ...]
    groups: int
    names: dict[str, int]
    boundary: str  # "", "unicode" or "ascii": what `\b` takes for a word character
    line_anchors: bool


@dataclass(slots=True)
class _Frame:
    """A group that is open: its pieces so far, and what a repetition operator would repeat."""

    opener: str
    offset: int
    flags: Flags
    pieces: list[Piece] = field(default_factory=list)
    repeatable: int | None = None
    count: int = 1
    largest_count: int = 1


class _Parser(Scanner):
    def __init__(self, text: str, most_groups: int) -> None:
        super().__init__(text)
        self.most_groups = most_groups
        self.frames = [_Frame("", 0, self.flags)]
        self.groups = 0
        self.names: dict[str, int] = {}
        self.boundary = ""
        self.line_anchors = False

    def parse(self) -> Rewritten:
        while True:
            self.skip()
            if not self.char:
                break
            self._element()
        if len(self.frames) > 1:
            raise self.fail("the group is not closed", self.frames[-1].offset)
        pieces = tuple(self.frames[0].pieces)
        return Rewritten(pieces, self.groups, self.names, self.boundary, self.line_anchors)

    def _element(self) -> None:
        match self.char:
            case "(":
                self._open()
            case ")":
                self._close()
            case "|":
                self._alternative()
            case "*" | "+" | "?" | "{":
                self._repetition()
            case "[":
                self._atom(bracket(self))
            case "\\":
                self._escape()
            case "." | "^" | "$":
                self._dot_or_anchor()
            case _:
                self._literal(ord(self.char), self.at)
                self.at += 1

    def _atom(self, *pieces: Piece, count: int = 1) -> None:
        frame = self.frames[-1]
        frame.repeatable, frame.count = len(frame.pieces), count
        frame.largest_count = max(frame.largest_count, count)
        frame.pieces.extend(pieces)

    def _literal(self, code: int, offset: int) -> None:
        if code > 0x7F and self.flags.ignore_case and not self.flags.unicode:
            raise self.fail("without the flag `u` only ASCII letters have case", offset)
        one = Run(code, code)
        cased = code > 0x7F or chr(code).isalpha()
        self._atom(folded(self, one) if cased else one)

    def _alternative(self) -> None:
        frame = self.frames[-1]
        frame.pieces.append("|")
        frame.repeatable = None
        self.at += 1

    def _open(self) -> None:
        offset = self.at
        self.at += 1
        self.skip()
        for prefix in _LOOKAROUND:
            if self.text.startswith(prefix, self.at):
                raise self.fail("look-around is not supported", offset)
        flags = self.flags
        if self.take("?P<") or self.take("?<"):
            self._name()
            opener = self._capture(offset)
        elif self.take("?"):
            if not self._set_flags(offset):
                return
            opener = "(?:"
        else:
            opener = self._capture(offset)
        if len(self.frames) > _DEEPEST:
            raise self.fail(f"groups nest deeper than {_DEEPEST}", offset)
        self.frames.append(_Frame(opener, offset, flags))

    def _capture(self, offset: int) -> str:
        self.groups += 1
        if self.groups > self.most_groups:
            message = f"a pattern has at most {self.most_groups} capture groups; use `(?:…)` to group only"
            raise self.fail(message, offset)
        return CAPTURE

    def _name(self) -> None:
        start = self.at
        end = self.text.find(">", start)
        if end < 0:
            raise self.fail("the group's name is not closed", start)
        name = self.text[start:end]
        if not name or not (name[0] == "_" or name[0].isalpha()):
            raise self.fail("a group's name starts with a letter or `_`", start)
        for offset, char in enumerate(name, start):
            if not (char.isalnum() or char in "_.[]"):
                raise self.fail("a group's name has letters, digits, `_`, `.`, `[` and `]` only", offset)
        if name in self.names:
            raise self.fail(f"two groups are called `{name}`", start)
        self.names[name] = self.groups + 1
        self.at = end + 1

    def _set_flags(self, offset: int) -> bool:
        """Read flags; True when a group follows, False when they hold for the rest of the open group."""
        start = self.at
        wanted = self.flag_list()
        group = self.char == ":"
        if not group and self.at == start:
            raise self.fail("no flag between `(?` and `)`", offset)
        self.flags = wanted
        self.at += 1
        if not group:
            self.frames[-1].repeatable = None
        return group

    def _close(self) -> None:
        if len(self.frames) == 1:
            raise self.fail("no group is open here")
        frame = self.frames.pop()
        self.flags = frame.flags
        self.at += 1
        self._atom(frame.opener, *frame.pieces, ")", count=frame.largest_count)

    def _repetition(self) -> None:
        frame, offset = self.frames[-1], self.at
        if frame.repeatable is None:
            raise self.fail("nothing to repeat before this operator")
        if self.char == "{":
            operator, count = self._counts(offset)
        else:
            operator, count = self.char, 1
            self.at += 1
        lazy = self.take("?")
        suffix = "?" if lazy != self.flags.swap_greed else ""
        repeated = frame.pieces[frame.repeatable :]
        del frame.pieces[frame.repeatable :]
        if count == 0 and CAPTURE in repeated:
            raise self.fail("a capture group that is repeated zero times", offset, gap=True)
        total = frame.count * max(count, 1)
        if total > _LONGEST_COUNT:
            raise self.fail(f"repetition counts beyond {_LONGEST_COUNT}, nested ones multiplied", offset, gap=True)
        self._atom("(?:", *repeated, ")" + operator + suffix, count=total)

    def _counts(self, offset: int) -> tuple[str, int]:
        """A counted repetition as RE2 writes it, and its largest count."""
        self.step()
        low = self.decimal()
        high: int | None = low
        if self.char == ",":
            self.step()
            high = None if self.char == "}" else self.decimal()
        if self.char != "}":
            raise self.fail("the repetition count is not closed", offset)
        self.step()
        if high is None:
            return f"{{{low},}}", max(low, 1)
        if high < low:
            raise self.fail("the repetition count ends before it starts", offset)
        return f"{{{low},{high}}}", high

    def _dot_or_anchor(self) -> None:
        char, offset = self.char, self.at
        self.at += 1
        if char == ".":
            self._atom(self._dot(offset))
        elif not self.flags.multi_line:
            self._atom(r"\A" if char == "^" else r"\z")
        elif self.flags.crlf:
            raise self.fail(f"`{char}` with the flags `m` and `R` together", offset, gap=True)
        else:
            self.line_anchors = True
            self._atom(f"(?m:{char})")

    def _dot(self, offset: int) -> CharacterSet:
        if not self.flags.unicode:
            raise self.fail("without the flag `u` this can match bytes that are no text", offset)
        if self.flags.dot_all:
            return _EVERYTHING
        return Not(_LINE_END if self.flags.crlf else NEWLINE)

    def _escape(self) -> None:
        start = self.at
        self.at += 1
        char = self.char
        if not char:
            raise self.fail("the pattern ends inside an escape", start)
        if char in ("<", ">"):
            raise self.fail(f"the half word boundary `\\{char}`", start, gap=True)
        if char in ("b", "B"):
            self.at += 1
            self._word_boundary(char, start)
        elif char in ("A", "z"):
            self.at += 1
            self._atom(rf"\{char}")
        elif (code := self.literal_escape(start)) is not None:
            if 0x7F < code < 0x100 and not self.flags.unicode and char == "x" and self.text[start + 2] != "{":
                raise self.fail("without the flag `u` this is a byte that is no text", start)
            self._literal(code, start)
        elif (found := escaped_class(self, start)) is not None:
            self._atom(found)
        else:
            raise self.fail(f"`\\{char}` has no meaning; write `{char}` for the character itself", start)

    def _word_boundary(self, char: str, start: int) -> None:
        if char == "b" and self.char == "{":
            inside, closed, _ = self.text[self.at + 1 :].partition("}")
            if inside[:1].isalpha() or inside[:1] == "-":
                known = bool(closed) and inside in _HALF_BOUNDARIES
                message = f"the half word boundary `\\b{{{inside}}}`" if known else "no such word boundary"
                raise self.fail(message, start, gap=known)
        boundary = "unicode" if self.flags.unicode else "ascii"
        if self.boundary not in ("", boundary):
            raise self.fail("Unicode and ASCII word boundaries in one pattern", start, gap=True)
        self.boundary = boundary
        self._atom(rf"\{char}")


def parse(text: str, most_groups: int) -> Rewritten:
    """Read a pattern; raises PatternError with the place of its first fault."""
    if len(text) > _LONGEST:
        raise PatternError(f"a pattern of more than {_LONGEST} characters", _LONGEST, gap=True)
    return _Parser(text, most_groups).parse()
