"""Rewrites a CQL pattern into the syntax of the `regex` module, construct by construct.

Only what the product documents passes; what it leaves open is refused, as are constructs of other engines.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.cql.pattern_classes import NAMED, WORD, Piece, bracket, character, named_class
from emulator.cql.pattern_scanner import Scanner
from emulator.nodes import record

_DEEPEST = 50
_LONGEST_COUNT = 1000  # nested counts multiplied: the `regex` module's memory grows with them
_MANY = 1 << 40
_ASSERTIONS = {"?=": "(?=", "?!": "(?!", "?<=": "(?<=", "?<!": "(?<!"}
_BOUNDARY = f"(?-i:(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}])))"
_NO_BOUNDARY = f"(?-i:(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}])))"
# Before the last line terminator, or at the very end; a carriage return and its line feed are one terminator.
_LAST_LINE_END = r"(?=(?:\r\n|[\n\r\x85\u2028\u2029])?\Z)(?!(?<=\r)\n)"
_PLACES = {
    "A": Piece(r"\A", r"\A"),
    "z": Piece(r"\Z", r"\Z"),
    "Z": Piece(_LAST_LINE_END, _LAST_LINE_END),
    "b": Piece(r"\b", _BOUNDARY),
    "B": Piece(r"\B", _NO_BOUNDARY),
}


@record
class Rewritten:
    """A pattern in the syntax of the `regex` module, its groups, and what matching may cost.

    A search of n characters tries at most `ways` times n to the power of `power` paths; 0 `ways`: no such bound.
    """

    pieces: tuple[Piece, ...]
    groups: int
    names: dict[str, int]
    ways: int
    power: int


@dataclass(slots=True)
class _Frame:
    """A group that is open. `inner` counts the flag groups opened since the last alternative began."""

    offset: int
    ignore_case: bool
    dot_all: bool
    lookaround: str = ""
    inner: list[str] = field(default_factory=list)
    unbounded: bool = False
    alternatives: int = 1
    chooses: bool = False
    count: int = 1


class _Parser(Scanner):
    def __init__(self, text: str, *, ignore_case: bool, dot_all: bool) -> None:
        super().__init__(text)
        self.pieces: list[Piece] = []
        self.ignore_case = ignore_case
        self.dot_all = dot_all
        self.frames = [_Frame(0, ignore_case, dot_all)]
        self.groups = 0
        self.names: dict[str, int] = {}
        self.ways = 1
        self.power = 1
        self.closed: _Frame | None = None  # the group that ends right here
        self.repeatable: bool | None = False  # None behind a place, such as an anchor

    def parse(self) -> Rewritten:
        while self.char:
            self._element()
        if len(self.frames) > 1:
            raise self.fail("the group is not closed", self.frames[-1].offset)
        self._leave_flags(self.frames[0])
        self._multiply(self.frames[0].alternatives)
        return Rewritten(tuple(self.pieces), self.groups, self.names, self.ways, self.power)

    def _emit(self, text: str, *, repeatable: bool | None = False) -> None:
        self.pieces.append(Piece(text, text))
        self.repeatable = repeatable
        self.closed = None

    def _atom(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self.repeatable = True
        self.closed = None

    def _element(self) -> None:
        match self.char:
            case "(":
                self._open()
            case ")":
                self._close()
            case "|":
                self._alternative()
            case "*":
                self._repetition("*", 0, None, self.at)
            case "+":
                self._repetition("+", 1, None, self.at)
            case "?":
                self._repetition("?", 0, 1, self.at)
            case "{":
                self._brace()
            case "[":
                self._atom(bracket(self))
            case "\\":
                self._escape()
            case ".":
                self.at += 1
                self._emit("(?s:.)" if self.dot_all else "[^\\n]", repeatable=True)
            case "^" | "$":
                self._emit(self.char, repeatable=None)
                self.at += 1
            case _:
                self._emit(character(ord(self.char)), repeatable=True)
                self.at += 1

    def _open(self) -> None:
        offset = self.at
        self.at += 1
        frame = _Frame(offset, self.ignore_case, self.dot_all)
        opener = self._opener(frame)
        if opener is None:
            return
        if len(self.frames) > _DEEPEST:
            raise self.fail(f"groups nest deeper than {_DEEPEST}", offset, gap=True)
        self.frames.append(frame)
        self._emit(opener)

    def _opener(self, frame: _Frame) -> str | None:
        """What opens the group; None when flags were set instead."""
        for written, rewritten in _ASSERTIONS.items():
            if self.take(written):
                frame.lookaround = written
                return rewritten
        if self.take("?<") or self.take("?P<"):
            self._name()
        elif self.take("?:"):
            return "(?:"
        elif self.take("?"):
            return self._flags(frame.offset)
        self.groups += 1
        return "("

    def _name(self) -> None:
        start = self.at
        name, closed, _ = self.text[start:].partition(">")
        if not closed:
            raise self.fail("the group's name is not closed", start)
        if not name or any(char.isspace() or char in "<()" for char in name):
            raise self.fail("a group's name is a field's name: no space, no bracket", start)
        if name in self.names:
            raise self.fail(
                f"two groups are called `{name}`; which one fills the field is undocumented", start, gap=True
            )
        self.names[name] = self.groups + 1
        self.at += len(name) + 1

    def _flags(self, offset: int) -> str | None:
        """Flags: for the group that they open, or for the rest of the open one."""
        on = True
        ignore_case, dot_all = self.ignore_case, self.dot_all
        while self.char not in (":", ")"):
            if self.char == "-" and on:
                on = False
            elif self.char == "i":
                ignore_case = on
            elif self.char == "s":
                dot_all = on
            elif self.char == "m" and on:
                pass  # lines are always on
            elif not self.char:
                raise self.fail("the flag group is not closed", offset)
            else:
                raise self.fail(
                    f"`(?{self.char}` can't be emulated: only the flags i, m and s are known", offset, gap=True
                )
            self.at += 1
        self.ignore_case, self.dot_all = ignore_case, dot_all
        opener = "(?i:" if ignore_case else "(?-i:"
        self.at += 1
        if self.text[self.at - 1] == ":":
            return opener
        self.frames[-1].inner.append(opener)
        self._emit(opener)
        return None

    def _leave_flags(self, frame: _Frame) -> None:
        if frame.inner:
            self._emit(")" * len(frame.inner))

    def _alternative(self) -> None:
        """An alternative: flags set in the one before hold in it too, as in PCRE2 and Java."""
        self.at += 1
        frame = self.frames[-1]
        frame.alternatives += 1
        self._leave_flags(frame)
        self._emit("|")
        if frame.inner:
            frame.inner = frame.inner[-1:]
            self._emit(frame.inner[0])

    def _close(self) -> None:
        if len(self.frames) == 1:
            raise self.fail("no group is open here")
        frame = self.frames.pop()
        self._leave_flags(frame)
        self._multiply(frame.alternatives)
        if frame.unbounded and frame.lookaround.startswith("?<"):
            raise self.fail("a repetition without end inside a look-behind", frame.offset, gap=True)
        outer = self.frames[-1]
        outer.unbounded |= frame.unbounded
        frame.chooses |= frame.alternatives > 1
        outer.chooses |= frame.chooses
        outer.count = max(outer.count, frame.count)
        self.at += 1
        self.ignore_case, self.dot_all = frame.ignore_case, frame.dot_all
        self._emit(")", repeatable=None if frame.lookaround else True)
        self.closed = frame

    def _brace(self) -> None:
        """A count, or a brace that stands for itself."""
        start = self.at
        inside, closed, _ = self.text[start + 1 :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not _is_count(low) or not (_is_count(high) or high == ""):
            if closed and low == "" and _is_count(high):
                raise self.fail("a count without a lower bound is undocumented; write `{0,…}`", gap=True)
            self._emit(r"\{", repeatable=True)
            self.at += 1
            return
        self.at += len(inside) + 1
        most = int(high) if high else None if comma else int(low)
        if most is not None and most < int(low):
            raise self.fail("the repetition count ends before it starts", start)
        self._repetition(f"{{{low}{comma}{high}}}", int(low), most, start)

    def _repetition(self, operator: str, low: int, high: int | None, start: int) -> None:
        """Repeat what stands before; `high` is None without an upper bound."""
        if self.repeatable is None:
            raise self.fail("repeating a place (an anchor, a boundary, a look-around) is undocumented", start, gap=True)
        if not self.repeatable:
            raise self.fail("nothing to repeat before this operator", start)
        frame, group = self.frames[-1], self.closed
        count = max(low, high or 0, 1) * (group.count if group else 1)
        if count > _LONGEST_COUNT:
            raise self.fail(f"repetition counts beyond {_LONGEST_COUNT}, nested ones multiplied", start, gap=True)
        frame.count = max(frame.count, count)
        frame.unbounded |= high is None
        self._weigh(group, low, high)
        self.at += 1
        if self.take("+"):
            raise self.fail("possessive repetition is undocumented", start, gap=True)
        self._emit(operator + ("?" if self.take("?") else ""))

    def _weigh(self, group: _Frame | None, low: int, high: int | None) -> None:
        """Count the paths that a repetition adds."""
        if group and group.chooses and high != 1:
            self.ways = 0  # choices within a repetition multiply with every turn
        if high is None:
            self.power += 1
        else:
            self._multiply(high - low + 1)
        self.frames[-1].chooses |= low != high

    def _multiply(self, ways: int) -> None:
        self.ways = min(self.ways * ways, _MANY)

    def _escape(self) -> None:
        start = self.at
        self.at += 1
        char = self.char
        if char in _PLACES:
            self.at += 1
            if char in ("b", "B") and self.char == "{":
                raise self.fail("a repeated or named word boundary", start, gap=True)
            self.pieces.append(_PLACES[char])
            self.repeatable = None
        elif char in NAMED:
            self.at += 1
            self._atom(named_class(char))
        elif char == "Q":
            self._quoted()
        else:
            self._emit(character(self.escaped_character(start)), repeatable=True)

    def _quoted(self) -> None:
        r"""Everything up to `\E`, or to the end, stands for itself."""
        self.at += 1
        quoted, closed, _ = self.text[self.at :].partition(r"\E")
        self.at += len(quoted) + len(closed)
        for char in quoted:
            self._emit(character(ord(char)), repeatable=True)


def _is_count(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) <= 9


def parse(text: str, *, ignore_case: bool, dot_all: bool) -> Rewritten:
    """Read a pattern; raises PatternError with the place of its first fault."""
    return _Parser(text, ignore_case=ignore_case, dot_all=dot_all).parse()
