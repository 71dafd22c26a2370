"""Functions of numbers: powers, logarithms, angles, signs and the numbers that are none."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from emulator.functions import Library
from emulator.kql.library.operators import wrap

LIBRARY = Library("kql", "mathematics")
Curve = Callable[[float], float]


def _real(curve: Curve, *, undefined: float | None) -> Callable[[float], float | None]:
    """The function where Python knows it; `undefined` where it has no value, infinite where it is too large."""

    def compute(number: float) -> float | None:
        try:
            return curve(number)
        except ValueError:
            return undefined
        except OverflowError:
            return math.inf

    return compute


def _declare(name: str, curve: Curve, examples: str, undefined: float | None = math.nan) -> None:
    LIBRARY.scalar(f"{name}(number: real) -> real", doc=f"{name}-function", examples=examples)(
        _real(curve, undefined=undefined)
    )


def _logarithm(curve: Curve) -> Curve:
    return lambda number: -math.inf if number == 0 else curve(number)


def _cotangent(number: float) -> float:
    tangent = math.tan(number)
    return 1 / tangent if tangent else math.inf


_declare("sqrt", math.sqrt, "sqrt(9) => 3.0   [docs]\nsqrt(-1) => real(null)   [docs]", None)
_declare("exp", math.exp, "exp(2) => 7.38905609893065   [recorded]\nexp(1000) => real(+inf)   [reasoned]")
_declare("exp2", lambda number: 2.0**number, "exp2(3) => 8.0   [docs]")
_declare("exp10", lambda number: 10.0**number, "exp10(2) => 100.0   [docs]")
_declare(
    "log",
    _logarithm(math.log),
    "log(5) => 1.6094379124341003   [recorded]\nlog(-1) => real(null)   [docs]\nlog(0) => real(-inf)   [reasoned]",
    None,
)
_declare("log2", _logarithm(math.log2), "log2(5) => 2.321928094887362   [recorded]", None)
_declare("log10", _logarithm(math.log10), "log10(5) => 0.6989700043360189   [recorded]", None)
_declare("sin", math.sin, "sin(1) => 0.8414709848078965   [recorded]\nsin(real(+inf)) => real(nan)   [reasoned]")
_declare("cos", math.cos, "cos(1) => 0.5403023058681398   [recorded]")
_declare("tan", math.tan, "tan(0) => 0.0   [reasoned]")
_declare("cot", _cotangent, "cot(1) => 0.6420926159343306   [docs]\ncot(0) => real(+inf)   [reasoned]")
_declare("asin", math.asin, "asin(0.5) => 0.5235987755982989   [docs]\nasin(2) => real(null)   [docs]", None)
_declare("acos", math.acos, "acos(1) => 0.0   [docs]\nacos(2) => real(null)   [docs]", None)
_declare("atan", math.atan, "atan(0.5) => 0.4636476090008061   [docs]")
_declare("degrees", math.degrees, "degrees(pi() / 4) => 45.0   [docs]")
_declare("radians", math.radians, "radians(180) => 3.141592653589793   [docs]")
_declare("gamma", math.gamma, "gamma(5) => 24.0   [recorded]\ngamma(-1) => real(nan)   [reasoned]")
_declare("loggamma", math.lgamma, "loggamma(1) => 0.0   [docs]")
_declare("erf", math.erf, "erf(0) => 0.0   [docs]")
_declare("erfc", math.erfc, "erfc(0) => 1.0   [recorded]")


@LIBRARY.scalar(
    "atan2(y: real, x: real) -> real",
    doc="atan2-function",
    examples="""
    atan2(1, 1) => 0.7853981633974483   [recorded]
    atan2(-1, 0) => -1.5707963267948966   [recorded]
    """,
)
def atan2(y: float, x: float) -> float:
    """The angle of the ray to a point."""
    return math.atan2(y, x)


@LIBRARY.scalar(
    "pow(base: real, exponent: real) -> real",
    doc="pow-function",
    examples="""
    pow(2, 3) => 8.0   [docs]
    pow(0, -1) => real(+inf)   [reasoned]
    pow(-1, 0.5) => real(nan)   [reasoned]
    pow(10, 1000) => real(+inf)   [reasoned]
    """,
)
def power(base: float, exponent: float) -> float:
    """The base to the power of the exponent."""
    try:
        return math.pow(base, exponent)
    except ValueError:
        return math.inf if base == 0 else math.nan
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf


@LIBRARY.scalar("pi() -> real", doc="pi-function", examples="pi() => 3.141592653589793   [docs]")
def pi() -> float:
    """The ratio of a circle's circumference to its diameter."""
    return math.pi


@LIBRARY.scalar(
    "abs(number: integer) -> long",
    doc="abs-function",
    examples="abs(-5) => 5   [docs]",
)
@LIBRARY.scalar("abs(number: timespan) -> timespan", doc="abs-function", examples="abs(-1h) => 1h   [reasoned]")
def absolute(number: int) -> int:
    """The number without its sign."""
    return wrap(abs(number))


@LIBRARY.scalar("abs(number: real) -> real", doc="abs-function", examples="abs(-5.5) => 5.5   [docs]")
def absolute_real(number: float) -> float:
    """The same of a real."""
    return abs(number)


@LIBRARY.scalar(
    "abs(number: decimal) -> decimal", doc="abs-function", examples="abs(decimal(-5)) => decimal(5)   [reasoned]"
)
def absolute_decimal(number: Decimal) -> Decimal:
    """The same of a decimal."""
    return abs(number)


@LIBRARY.scalar(
    "sign(number: real) -> real",
    doc="sign-function",
    examples="""
    sign(-42) => -1.0   [docs]
    sign(0) => 0.0   [docs]
    sign(11.2) => 1.0   [docs]
    """,
)
def sign(number: float) -> float:
    """-1, 0 or 1."""
    return float((number > 0) - (number < 0))


@LIBRARY.scalar(
    "isnan(number: real) -> bool",
    doc="isnan-function",
    examples="isnan(0.0 / 0.0) => true   [docs]\nisnan(1) => false   [docs]",
)
def is_nan(number: float) -> bool:
    """True for what is not a number."""
    return math.isnan(number)


@LIBRARY.scalar(
    "isinf(number: real) -> bool",
    doc="isinf-function",
    examples="isinf(1.0 / 0.0) => true   [docs]\nisinf(0.0 / 0.0) => false   [docs]",
)
def is_infinite(number: float) -> bool:
    """True for the infinities."""
    return math.isinf(number)


@LIBRARY.scalar(
    "isfinite(number: real) -> bool",
    doc="isfinite-function",
    examples="isfinite(1.0) => true   [docs]\nisfinite(-1.0 / 0.0) => false   [docs]",
)
def is_finite(number: float) -> bool:
    """True for numbers that are neither infinite nor NaN."""
    return math.isfinite(number)
