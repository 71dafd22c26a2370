"""Functions of geohashes: cells of a grid of longitudes and latitudes, halved again and again, written in base 32."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.kql.library.hash_order import gathered
from emulator.nodes import record

LIBRARY = Library("kql", "geo_geohash")
POLES = code(
    "KQL4071",
    "the neighbors of a geohash at a pole",
    "Which cells the product names beyond the poles is not published.",
)
_DIGITS = "0123456789bcdefghjkmnpqrstuvwxyz"
_BITS = 5
_LONGEST = 18
_AROUND = ((-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0))
"""The steps across and up to the neighbors, clockwise from the north-west."""


@record
class Cell:
    """A cell of a grid of 2**across columns and 2**up rows."""

    column: int
    row: int
    across: int
    up: int

    def corner(self, column: float, row: float) -> list[float]:
        """The coordinates of a point, in columns and rows from the south-west of the cell."""
        return [(self.column + column) * 360 / 2**self.across - 180, (self.row + row) * 180 / 2**self.up - 90]


def _write(cell: Cell) -> str:
    bits = 0
    for number in range(cell.across + cell.up):
        # The first bit is one of the longitude.
        left = cell.across - 1 - number // 2 if number % 2 == 0 else cell.up - 1 - number // 2
        bits = bits * 2 + ((cell.column if number % 2 == 0 else cell.row) >> left & 1)
    digits = (cell.across + cell.up) // _BITS
    return "".join(_DIGITS[bits >> _BITS * (digits - 1 - place) & 31] for place in range(digits))


def _read(geohash: str) -> Cell | None:
    if not 1 <= len(geohash) <= _LONGEST or any(digit not in _DIGITS for digit in geohash):
        return None
    bits = "".join(f"{_DIGITS.index(digit):05b}" for digit in geohash)
    return Cell(int(bits[::2], 2), int(bits[1::2] or "0", 2), len(bits[::2]), len(bits[1::2]))


@LIBRARY.scalar(
    "geo_point_to_geohash(longitude: real, latitude: real, accuracy: integer = 5) -> string",
    doc="geo-point-to-geohash-function",
    examples="""
    geo_point_to_geohash(-80.195829, 25.802215, 8) => "dhwfz15h"   [recorded]
    geo_point_to_geohash(-122.303404, 47.570482) => "c23n8"   [recorded]
    geo_point_to_geohash(180, 90, 1) => "z"   [reasoned]
    geo_point_to_geohash(200, 1, 8) => ""   [docs]
    geo_point_to_geohash(1, 1, 0) => ""   [docs]
    geo_point_to_geohash(1, 1, 19) => ""   [docs]
    geo_point_to_geohash(1, 1, int(null)) => ""   [docs]
    """,
)
def geohash(longitude: float, latitude: float, accuracy: int = 5) -> str:
    """The geohash of a point, of so many characters."""
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90 and 1 <= accuracy <= _LONGEST):
        return ""
    across, up = (accuracy * _BITS + 1) // 2, accuracy * _BITS // 2
    column = min(int((longitude + 180) / 360 * 2**across), 2**across - 1)
    row = min(int((latitude + 90) / 180 * 2**up), 2**up - 1)
    return _write(Cell(column, row, across, up))


@LIBRARY.scalar(
    "geo_geohash_to_central_point(geohash: string) -> dynamic",
    doc="geo-geohash-to-central-point-function",
    examples="""
    geo_geohash_to_central_point("sv8wzvy7").coordinates[1] => dynamic(32.15620994567871)   [recorded]
    geo_geohash_to_central_point("a") => dynamic(null)   [docs]
    geo_geohash_to_central_point("") => dynamic(null)   [reasoned]
    geo_geohash_to_central_point("0000000000000000000") => dynamic(null)   [docs]
    """,
)
def central_point(geohash: str) -> dict[str, object] | None:
    """The point in the middle of a cell."""
    cell = _read(geohash)
    return None if cell is None else {"type": "Point", "coordinates": cell.corner(0.5, 0.5)}


@LIBRARY.scalar(
    "geo_geohash_to_polygon(geohash: string) -> dynamic",
    doc="geo-geohash-to-polygon-function",
    examples="""
    geo_geohash_to_polygon("a") => dynamic(null)   [docs]
    """,
)
def polygon(geohash: str) -> dict[str, object] | None:
    """The rectangle of a cell."""
    cell = _read(geohash)
    if cell is None:
        return None
    corners = [cell.corner(*corner) for corner in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
    return {"type": "Polygon", "coordinates": [corners]}


@LIBRARY.scalar(
    "geo_geohash_neighbors(geohash: string) -> dynamic",
    doc="geo-geohash-neighbors-function",
    examples="""
    geo_geohash_neighbors("a") => dynamic(null)   [docs]
    """,
)
def neighbors(geohash: str) -> list[str] | None:
    """The eight cells around a cell. Raises MeaningError at the poles."""
    cell = _read(geohash)
    if cell is None:
        return None
    if not 0 < cell.row < 2**cell.up - 1:
        raise MeaningError(POLES, f"`{geohash}` is a cell at a pole", "ask for cells away from the poles")
    return gathered(
        [
            _write(Cell((cell.column + column) % 2**cell.across, cell.row + row, cell.across, cell.up))
            for column, row in _AROUND
        ]
    )
