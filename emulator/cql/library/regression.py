"""`linReg()`: the straight line that lies closest to some points."""

from __future__ import annotations

from fractions import Fraction

from emulator.assumptions import assumption
from emulator.cql.library.values import Value, number, show
from emulator.functions import Library

LIBRARY = Library("cql", "regression")

EXACT_LINE = assumption(
    "linreg-exact",
    "cql",
    "`linReg()` computes exactly and rounds its results once; those of the product differ from the twelfth digit on, "
    "as its documented results do; with two points it gives no `_r2`",
)


@LIBRARY.aggregate("linReg(x: field, y: field, prefix: text = _) -> fields", doc="linreg", assumes=(EXACT_LINE.name,))
class LinearRegression:
    """Slope, intercept and fit of the line through events with two numbers; nothing where one of them never changes."""

    def __init__(self, prefix: str, *_: object) -> None:
        self.names = [f"{prefix}{name}" for name in ("slope", "intercept", "r2", "n")]
        self.count = 0
        self.x = self.y = self.xx = self.yy = self.xy = Fraction()

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields it gives."""
        return tuple(self.names)

    def step(self, x: Value, y: Value) -> None:
        """Add one event's point."""
        one, other = number(x), number(y)
        if one is None or other is None:
            return
        a, b = Fraction(one), Fraction(other)
        self.count += 1
        self.x, self.y = self.x + a, self.y + b
        self.xx, self.yy, self.xy = self.xx + a * a, self.yy + b * b, self.xy + a * b

    def merge(self, other: LinearRegression) -> None:
        """Take in another part."""
        self.count += other.count
        self.x, self.y = self.x + other.x, self.y + other.y
        self.xx, self.yy, self.xy = self.xx + other.xx, self.yy + other.yy, self.xy + other.xy

    def finish(self) -> dict[str, str | None]:
        """The line, its adjusted coefficient of determination, and the number of points."""
        n = self.count
        across, up, both = (n * self.xx - self.x**2, n * self.yy - self.y**2, n * self.xy - self.x * self.y)
        if not across or not up:
            return {}
        slope = both / across
        fit = None if n < 3 else 1 - (1 - both**2 / (across * up)) * (n - 1) / (n - 2)
        values = (slope, (self.y - slope * self.x) / n, fit, Fraction(n))
        return {name: _shown(value) for name, value in zip(self.names, values, strict=True)}


def _shown(value: Fraction | None) -> str | None:
    return None if value is None else show(value.numerator if value.denominator == 1 else float(value))
