"""`convert_length` and its kin: a number in one unit as a number in another.

The product converts with the factors of the UnitsNet library, some of which are rounded (an acre-foot in recorded
answers); the table beside this module holds them.
"""

from __future__ import annotations

import math
from functools import lru_cache

from emulator.functions import Library
from emulator.shipped import shipped_text

LIBRARY = Library("kql", "units")
Scale = tuple[float, float]
_QUANTITIES = {
    "angle": "convert_angle(1.2, 'Degree', 'Arcminute') => 72.0   [docs]",
    "energy": "round(convert_energy(1.2, 'Joule', 'BritishThermalUnit'), 15) => 0.001137380544376   [recorded]",
    "force": "convert_force(1.2, 'Newton', 'Decanewton') => 0.12   [recorded]",
    "length": "round(convert_length(1.2, 'Meter', 'Foot'), 12) => 3.937007874016   [recorded]",
    "mass": "round(convert_mass(1.2, 'Kilogram', 'Pound'), 10) => 2.6455471462   [recorded]",
    "speed": "round(convert_speed(1.2, 'MeterPerSecond', 'CentimeterPerHour'), 6) => 432000.0   [docs]",
    "temperature": """
    convert_temperature(1.2, 'Kelvin', 'DegreeCelsius') => -271.95   [recorded]
    convert_temperature(1.2, 'Kelvin', 'Metre') => real(null)   [docs]
    """,
    "volume": "round(convert_volume(1.2, 'CubicMeter', 'AcreFoot'), 15) => 0.0009728568   [recorded]",
}
_TILT = "tilt"


@lru_cache(maxsize=1)
def _scales() -> dict[tuple[str, str], Scale]:
    """Factor and offset of each unit, by quantity and name in small letters."""
    text = shipped_text("kql/library/units.tsv")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {
        (quantity, unit.lower()): (float(factor), float(offset[0]) if offset else 0.0)
        for quantity, unit, factor, *offset in rows
    }


def _to_base(quantity: str, unit: str, value: float) -> float | None:
    if quantity == "angle" and unit == _TILT:
        return math.degrees(math.asin(value)) if -1 <= value <= 1 else math.nan
    scale = _scales().get((quantity, unit))
    return None if scale is None else value * scale[0] + scale[1]


def _from_base(quantity: str, unit: str, value: float) -> float | None:
    if quantity == "angle" and unit == _TILT:
        return math.sin(math.radians(value))
    scale = _scales().get((quantity, unit))
    return None if scale is None else (value - scale[1]) / scale[0]


def _declare(quantity: str, examples: str) -> None:
    def convert(value: float, source: str, target: str) -> float | None:
        base = _to_base(quantity, source.lower(), value)
        return None if base is None else _from_base(quantity, target.lower(), base)

    LIBRARY.scalar(
        f"convert_{quantity}(value: real, source: string, target: string) -> real",
        doc=f"convert-{quantity}-function",
        examples=examples,
    )(convert)


for _quantity, _examples in _QUANTITIES.items():
    _declare(_quantity, _examples)
