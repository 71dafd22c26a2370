"""Functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from emulator.assumptions import assumption
from emulator.cql.library.values import Value, number, show
from emulator.functions import Library, Nulls

LIBRARY = Library("cql", "mathematics")

HALF_UP = assumption("round-half-up", "cql", "`round()` rounds halves up (2.5 gives 3, -2.5 gives -2), as Java's does")


_MOST_DIGITS = 64


def tidy(value: float) -> float | int | None:
    """A result as a number: whole where it is whole, none where it is undefined."""
    value = float(value)
    if math.isnan(value):
        return None
    return int(value) if math.isfinite(value) and value.is_integer() else value


@LIBRARY.scalar(
    "round(field: field, how: choice[round|ceil|floor] = round, as: text = same) -> number",
    assumes=(f"{HALF_UP.name} where how=round",),
    nulls=Nulls.TOTAL,
    doc="round",
    examples="""
        round(a) of a=2.5 => 3   [docs]
        round(a) of a=-2.5 => -2   [reasoned]
        round(a, how=floor) of a=10.8 => 10   [docs]
        round(a, how=ceil) of a=10.1 => 11   [docs]
        round(a) of a=x => null   [reasoned]
    """,
)
def round_number(text: str | None, how: str) -> int | None:
    """The nearest whole number."""
    found = number(text)
    if found is None or not math.isfinite(found):
        return None
    exact = Fraction(found)
    match how:
        case "floor":
            return math.floor(exact)
        case "ceil":
            return math.ceil(exact)
        case _:
            return math.floor(exact + Fraction(1, 2))


def _unary(name: str, compute: Callable[[float], float], *, example: str = "") -> None:
    @LIBRARY.scalar(
        f"math:{name}(field: field, as: text = _{name}) -> number",
        nulls=Nulls.TOTAL,
        doc=f"math-{name}",
        examples=example,
    )
    def meaning(text: str | None) -> float | int | None:
        """A function of one number; nothing where it is undefined."""
        found = number(text)
        try:
            return None if found is None else tidy(compute(found))
        except (ValueError, OverflowError):
            return None


_unary("abs", abs, example="math:abs(a) of a=-3 => 3   [docs]")
_unary("ceil", math.ceil, example="math:ceil(a) of a=1.2 => 2   [docs]")
_unary("floor", math.floor, example="math:floor(a) of a=-1.2 => -2   [docs]")
_unary("sqrt", math.sqrt, example="math:sqrt(a) of a=-1 => null   [reasoned]")
_unary("exp", math.exp, example="math:exp(a) of a=0 => 1   [docs]")
_unary("expm1", math.expm1)
_unary("log", math.log, example="math:log(a) of a=0 => null   [reasoned]")
_unary("log2", math.log2, example="math:log2(a) of a=8 => 3   [docs]")
_unary("log10", math.log10, example="math:log10(a) of a=1000 => 3   [docs]")
_unary("log1p", math.log1p)
_unary("sin", math.sin)
_unary("cos", math.cos)
_unary("tan", math.tan)
_unary("sinh", math.sinh)
_unary("cosh", math.cosh)
_unary("tanh", math.tanh)
_unary("arcsin", math.asin)
_unary("arccos", math.acos)
_unary("arctan", math.atan)
_unary("deg2rad", math.radians)
_unary("rad2deg", math.degrees)


def _binary(declaration: str, compute: Callable[[float, float], float], doc: str, example: str) -> None:
    @LIBRARY.scalar(declaration, nulls=Nulls.TOTAL, doc=doc, examples=example)
    def meaning(left: Value, right: Value) -> float | int | None:
        """A function of two numbers; nothing where it is undefined."""
        a, b = number(left), number(right)
        try:
            return None if a is None or b is None else tidy(compute(a, b))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None


_binary(
    "math:pow(field: field, exponent: number, as: text = _pow) -> number",
    lambda a, b: math.pow(a, b),
    "math-pow",
    "math:pow(a, exponent=3) of a=2 => 8   [docs]",
)
_binary(
    "math:mod(field: field, divisor: number, as: text = _mod) -> number",
    lambda a, b: math.fmod(a, b),
    "math-mod",
    "math:mod(a, divisor=5) of a=12 => 2   [docs]",
)
_binary(
    "math:arctan2(x: field, y: field, as: text = _arctan2) -> number",
    lambda x, y: math.atan2(y, x),
    "math-arctan2",
    "math:arctan2(x=a, y=b) of a=1 b=0 => 0   [reasoned]",
)


SPHERICAL = assumption(
    "spherical-degrees",
    "cql",
    "`math:spherical2cartesian()` takes angles in degrees, and quarter turns exactly, as its documented results need; "
    "the documentation calls the function not available yet",
)


def _circle(degrees: float) -> tuple[float, float]:
    """Sine and cosine of an angle in degrees; exact for quarter turns."""
    turns, rest = divmod(degrees % 360, 90)
    if rest == 0:
        return ((0, 1), (1, 0), (0, -1), (-1, 0))[int(turns)]
    return math.sin(math.radians(degrees)), math.cos(math.radians(degrees))


@LIBRARY.assign(
    "math:spherical2cartesian(azimuth: field, polar: field, radius: expression = none,"
    " as: text = _spherical2cartesian) -> fields",
    doc="math-spherical2cartesian",
    assumes=(SPHERICAL.name,),
)
def spherical_to_cartesian(
    azimuth: str | None, polar: str | None, radius: Value, name: str
) -> dict[str, str | None] | None:
    """The point on a sphere at an angle in the plane and one above it, as `.x`, `.y` and `.z`."""
    around, above, far = number(azimuth), number(polar), 1 if radius is None else number(radius)
    if around is None or above is None or far is None:
        return None
    (sine, cosine), (up, out) = _circle(around), _circle(above)
    point = {"x": far * out * cosine, "y": far * out * sine, "z": far * up}
    return {f"{name}.{axis}": show(tidy(value)) for axis, value in point.items()}


@LIBRARY.scalar(
    "parseInt(field: field, as: text = same, radix: number = 16, endian: choice[big|little] = big) -> number",
    nulls=Nulls.TOTAL,
    doc="parseint",
    examples="""
        parseInt(a) of a=0xFF => 255   [docs]
        parseInt(a, radix="16", endian="little") of a=8001 => 384   [docs]
        parseInt(a, radix="2") of a=00011001 => 25   [docs]
        parseInt(a) of a=x => null   [reasoned]
    """,
)
def parse_int(text: str | None, radix: int, endian: str) -> int | None:
    """A whole number written with some radix; little endian texts of hexadecimal digits have the last byte first."""
    if text is None or not 2 <= radix <= 36 or len(text) > _MOST_DIGITS:
        return None
    if radix == 16:
        text = text.removeprefix("0x").removeprefix("0X").removeprefix("16#")
        if endian == "little":
            padded = text if len(text) % 2 == 0 else f"0{text}"
            text = "".join(reversed([padded[at : at + 2] for at in range(0, len(padded), 2)]))
    try:
        return int(text, int(radix)) if text.isascii() and text.isalnum() else None
    except ValueError:
        return None


@LIBRARY.assign(
    "bitfield:extractFlags(field: field, output: pairs, onlyTrue: bool = false) -> fields", doc="bitfield-extractflags"
)
def extract_flags(text: str | None, output: tuple[tuple[str, ...], ...], only_true: bool) -> dict[str, str] | None:
    """A field for each bit: `true` or `false`."""
    found = number(text)
    if not isinstance(found, int):
        return None
    bits = found & ((1 << 64) - 1)
    flags = {name: bits >> int(index) & 1 for index, name in output if index.isascii() and index.isdecimal()}
    return {name: "true" if bit else "false" for name, bit in flags.items() if bit or not only_true}


def _names_of(text: str | None, output: tuple[tuple[str, ...], ...]) -> list[str] | None:
    flags = extract_flags(text, output, True)  # noqa: FBT003 - only those that are set
    return None if flags is None else list(flags)


@LIBRARY.scalar(
    "bitfield:extractFlagsAsString(field: field, output: pairs, separator: text = ', ', as: text = _flags) -> text",
    nulls=Nulls.TOTAL,
    doc="bitfield-extractflagsasstring",
)
def flags_as_string(text: str | None, output: tuple[tuple[str, ...], ...], separator: str) -> str | None:
    """The names of the bits that are set, joined."""
    names = _names_of(text, output)
    return None if names is None else separator.join(names)


@LIBRARY.assign(
    "bitfield:extractFlagsAsArray(field: field, output: pairs, as: text = _flags) -> fields",
    doc="bitfield-extractflagsasarray",
)
def flags_as_array(text: str | None, output: tuple[tuple[str, ...], ...], name: str) -> dict[str, str] | None:
    """The names of the bits that are set, as an array."""
    names = _names_of(text, output)
    return None if names is None else {f"{name.removesuffix('[]')}[{at}]": one for at, one in enumerate(names)}
