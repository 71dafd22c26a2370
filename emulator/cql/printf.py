"""The patterns of `format()`: `%[index$][flags][width][.precision][length]type`.

Types, flags and lengths are documented (library.humio.com, functions-format). Numbers are rounded half up, as its
example on rounding says. `%g` is refused: the documentation leaves open which zeros it prints.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from emulator.assumptions import Assumption, assumption
from emulator.cql.numbers import parse_integer, parse_number
from emulator.cql.timeformat import SPECIFIERS, FormatError, moment, specifier_text
from emulator.cql.timezones import UTC_ZONE, Zone
from emulator.nodes import record
from emulator.regular import regular

MISSING_TEXT: Final = "null"
MISSING_PRINTS_NULL = assumption(
    "format-missing-field",
    "cql",
    "`format()` prints `null` for a field that is missing, or that is no number where its code needs one: the "
    "documentation says the output is null, not whether that is the part or the whole",
)
OVER_A_BILLION = assumption(
    "format-over-a-billion",
    "cql",
    "`%f` and `%e` print numbers above 1e9 like smaller ones: the documentation says only that they work up to there",
)
DECIMAL_AS_INTEGER = assumption(
    "format-decimal-as-integer",
    "cql",
    "`%d`, `%x` and `%o` cut off what follows the decimal point: the documentation doesn't say what they do with it",
)

_CODE = regular(
    r"%(?:(?P<index>\d+)\$|(?P<again><))?(?P<flags>[-+ #0,]*)(?P<width>\d+)?(?:\.(?P<precision>\d*))?"
    r"(?P<length>h(?=[A-Za-z]))?(?P<type>.)?(?P<modifier>(?<=[tT]).)?",
    re.DOTALL,
)
_INTEGERS, _FLOATS, _TIMES, _TEXTS, _FIXED = "dioxX", "fFeE", "tT", "bBcCs", {"n": "\n", "%": "%"}
_REMOVED = frozenset("aAS")
_DEFAULT_PRECISION, _MOST_PRECISION = 6, 9
_MOST_WIDTH = 10_000
_EXACT = Context(prec=800)


@record
class Code:
    """One code: which field it prints, counted from 0, and how. `precision` None means none was given."""

    field: int
    flags: str
    width: int
    precision: int | None
    short: bool
    type: str
    modifier: str

    def text(self, value: str | None, zone: Zone) -> str:
        """The text of a field's value."""
        shown = self._shown(value, zone)
        if shown is None:
            return self._padded("", MISSING_TEXT, zeros=False)
        sign, digits = shown
        zeros = "0" in self.flags and self.type in _INTEGERS + _FLOATS
        if self.type in _INTEGERS and self.precision is not None:
            zeros = False
        return self._padded(sign, digits, zeros=zeros)

    def _padded(self, sign: str, text: str, *, zeros: bool) -> str:
        lacking = max(0, self.width - len(sign) - len(text))
        if "-" in self.flags:
            return sign + text + " " * lacking
        return sign + "0" * lacking + text if zeros else " " * lacking + sign + text

    def _shown(self, value: str | None, zone: Zone) -> tuple[str, str] | None:
        """Sign and text without padding; None for null."""
        if self.type in _INTEGERS:
            return self._integer(value)
        if self.type in _FLOATS:
            return self._float(value)
        if self.type in _TIMES:
            at = None if value is None else parse_integer(value)
            text = "" if at is None else specifier_text(self.modifier, moment(at, zone))
            return None if at is None else ("", text.upper() if self.type == "T" else text)
        if self.type in "bB":
            text = "false" if value == "false" else "true"
            return "", text.upper() if self.type == "B" else text
        if value is None:
            return None
        if self.type in "cC":
            return "", value[:1].upper() if self.type == "C" else value[:1]
        return "", value if self.precision is None else value[: self.precision]

    def _integer(self, value: str | None) -> tuple[str, str] | None:
        number = None if value is None else parse_number(value)
        if number is None:
            return None
        bits = 32 if self.short else 64
        unsigned = int(number) & ((1 << bits) - 1)
        whole = unsigned - (1 << bits) if unsigned >> (bits - 1) else unsigned
        if self.type in "di":
            digits = str(abs(whole)).rjust(self.precision or 0, "0")
            if "," in self.flags:
                digits = _grouped(digits)
            sign = self._sign(negative=whole < 0)
        else:
            digits = format(unsigned, self.type).rjust(self.precision or 0, "0")
            sign = {"o": "0", "x": "0x", "X": "0X"}[self.type] if "#" in self.flags and unsigned else ""
        return sign, "" if self.precision == 0 and not whole else digits

    def _float(self, value: str | None) -> tuple[str, str] | None:
        if value is None or parse_number(value) is None:
            return None
        number = Decimal(value)
        precision = min(_DEFAULT_PRECISION if self.precision is None else self.precision, _MOST_PRECISION)
        digits = _fixed(abs(number), precision) if self.type in "fF" else _exponent(abs(number), precision, self.type)
        whole, point, rest = digits.partition(".")
        if "," in self.flags and self.type in "fF":
            whole = _grouped(whole)
        if "#" in self.flags and self.type in "fF":
            point = "."
        return self._sign(negative=number.is_signed() and bool(number)), whole + point + rest

    def _sign(self, *, negative: bool) -> str:
        if negative:
            return "-"
        return "+" if "+" in self.flags else " " if " " in self.flags else ""


@record
class Printf:
    """A pattern that was read: texts and codes in turn. `fields` is how many fields it prints."""

    parts: tuple[str | Code, ...]
    fields: int
    zone: Zone

    @property
    def assumes(self) -> tuple[Assumption, ...]:
        """The assumptions that its codes rest on."""
        types = {part.type for part in self.parts if isinstance(part, Code)}
        floats = (OVER_A_BILLION,) if types & set(_FLOATS) else ()
        return (*floats, DECIMAL_AS_INTEGER) if types & set(_INTEGERS) else floats

    def render(self, values: Sequence[str | None]) -> str:
        """The text for the fields' values, None for a missing one; there are at least `fields` of them."""
        return "".join(
            part if isinstance(part, str) else part.text(values[part.field], self.zone) for part in self.parts
        )


def compile_printf(pattern: str, zone: Zone = UTC_ZONE) -> Printf:
    """Read a pattern once. Raises FormatError for a code that is unknown, malformed or not known exactly."""
    parts: list[str | Code] = []
    position = following = last = 0
    while (start := pattern.find("%", position)) >= 0:
        parts.append(pattern[position:start])
        match = _CODE.match(pattern, start)
        assert match is not None
        position = match.end()
        if (kind := match["type"] or "") in _FIXED:
            parts.append(_FIXED[kind])
            continue
        _check(match)
        if match["index"]:
            last = int(match["index"]) - 1
        elif not match["again"]:
            last, following = following, following + 1
        parts.append(_code(match, last))
    parts.append(pattern[position:])
    fields = max((part.field + 1 for part in parts if isinstance(part, Code)), default=0)
    return Printf(tuple(part for part in parts if part != ""), fields, zone)


def _code(match: re.Match[str], field: int) -> Code:
    precision = match["precision"]
    return Code(
        field=field,
        flags=match["flags"],
        width=int(match["width"] or 0),
        precision=None if precision is None else int(precision or 0),
        short=bool(match["length"]),
        type=match["type"],
        modifier=match["modifier"] or "",
    )


def _check(match: re.Match[str]) -> None:
    """Raise FormatError for a code that can't be used."""
    text, kind, modifier, offset = match.group(), match["type"] or "", match["modifier"] or "", match.start()
    if not kind:
        raise FormatError(f"`{text}` is no complete code", "write `%%` for a percent sign", offset=offset)
    if kind in _REMOVED:
        raise FormatError(
            f"`%{kind}` was removed from the product in 1.70", "use `%s`, or `%e` for a number", offset=offset
        )
    if kind in "gG":
        message = f"what `%{kind}` prints is not known exactly"
        raise FormatError(message, "use `%f` or `%e` with a precision", is_gap=True, offset=offset)
    if kind not in _INTEGERS + _FLOATS + _TIMES + _TEXTS:
        fix = "types are d i o x X f F e E b B c C s t T n; write `%%` for a percent sign"
        raise FormatError(f"`{text}` has no type that `format()` knows", fix, offset=offset)
    if match["index"] is not None and int(match["index"]) == 0:
        raise FormatError("fields are counted from 1", "write `%1$` for the first one", offset=offset)
    if max(len(match["width"] or ""), len(match["precision"] or "")) > 5 or int(match["width"] or 0) > _MOST_WIDTH:
        raise FormatError(f"`{text}` pads to more than {_MOST_WIDTH} characters", "give a smaller width", offset=offset)
    if kind in _TIMES and (not modifier or modifier not in SPECIFIERS):
        fix = "a date or time needs a second letter, as in `%tH:%tM` or `%tF`"
        raise FormatError(f"`{text}` names no part of a date or time", fix, offset=offset)


def _grouped(digits: str) -> str:
    return f"{int(digits):,}" if not digits.startswith("0") else digits


def _fixed(number: Decimal, precision: int) -> str:
    return f"{number.quantize(Decimal(1).scaleb(-precision), rounding=ROUND_HALF_UP, context=_EXACT):f}"


def _exponent(number: Decimal, precision: int, kind: str) -> str:
    """`1.765400e+02`: one digit before the point, an exponent of two digits at least."""
    power = number.adjusted() if number else 0
    mantissa = _fixed(number.scaleb(-power, _EXACT), precision)
    if mantissa.startswith("10"):
        power += 1
        mantissa = _fixed(number.scaleb(-power, _EXACT), precision)
    return f"{mantissa}{kind}{'-' if power < 0 else '+'}{abs(power):02}"
