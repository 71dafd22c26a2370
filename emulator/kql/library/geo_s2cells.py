"""Functions of S2 cells: the faces of a cube around the Earth, quartered again and again along a Hilbert curve.

A cell's number has its face in three bits, two bits for each quarter, and a one that ends it; its token is that number
in hexadecimal without the zeros at the end.
"""

from __future__ import annotations

import math

from emulator.functions import Library
from emulator.kql.library.geo_sphere import Vector, degrees, largest, place, point_shape, unit
from emulator.kql.library.hash_order import gathered
from emulator.nodes import record
from emulator.regular import regular

LIBRARY = Library("kql", "geo_s2cells")
_AROUND = ((-1, -1), (1, -1), (0, -1), (0, 1), (-1, 0), (1, 0), (-1, 1), (1, 1))
"""The steps across and up to the neighbors, in the order in which the library that the product uses finds them."""
_BEYOND = math.nextafter(1, 2)
_FINEST = 30
_FACES = 6
_SIDE = 1 << _FINEST
_TOKEN = regular("[0-9a-fA-F]{1,16}")
_SWAP, _INVERT = 1, 2
_QUARTERS = ((0, 1, 3, 2), (0, 2, 3, 1), (3, 2, 0, 1), (3, 1, 0, 2))
"""By orientation: the quarter (twice its column, plus its row) at each place along the curve."""
_AXES = (
    ((1, 1), (2, 1)),
    ((0, -1), (2, 1)),
    ((0, -1), (1, -1)),
    ((2, 1), (1, 1)),
    ((2, 1), (0, -1)),
    ((1, -1), (0, -1)),
)
"""By face: the axes of the point that run across and up, and which way."""
_TURNS = (_SWAP, 0, 0, _INVERT | _SWAP)
"""How the orientation changes in the quarter at each place along the curve."""


@record
class Cell:
    """A cell: its face, and its column and row among those of the level."""

    face: int
    column: int
    row: int
    level: int

    def point(self, across: float, up: float) -> Vector:
        """A point, in columns and rows from the cell's first corner."""
        side = 1 << self.level
        u, v = _stretch((self.column + across) / side), _stretch((self.row + up) / side)
        return unit(_on_face(self.face, u, v))


def _stretch(share: float) -> float:
    """From a share of a face's side to the place on the face: makes cells of one level about equally large."""
    return (4 * share * share - 1) / 3 if share >= 1 / 2 else (1 - 4 * (1 - share) * (1 - share)) / 3


def _shrink(place: float) -> float:
    """The inverse of `_stretch`."""
    return 0.5 * math.sqrt(1 + 3 * place) if place >= 0 else 1 - 0.5 * math.sqrt(1 - 3 * place)


def _on_face(face: int, u: float, v: float) -> Vector:
    return ((1, u, v), (-u, 1, v), (-u, -v, 1), (-1, -v, -u), (v, -1, -u), (v, u, -1))[face]


def _face(point: Vector) -> tuple[int, float, float]:
    """The face that a point is on, and where."""
    axis = largest(point)
    face = axis + 3 if point[axis] < 0 else axis
    (first, u), (second, v) = _AXES[face]
    return face, u * point[first] / point[axis], v * point[second] / point[axis]


def _leaf(place: float) -> int:
    return min(_SIDE - 1, math.floor(_SIDE * _shrink(place)))


def token_of(cell: Cell) -> str:
    orientation = cell.face & _SWAP
    number = cell.face
    for left in range(cell.level - 1, -1, -1):
        quarter = (cell.column >> left & 1) * 2 + (cell.row >> left & 1)
        along = _QUARTERS[orientation].index(quarter)
        number = number * 4 + along
        orientation ^= _TURNS[along]
    number = (number * 2 + 1) << 2 * (_FINEST - cell.level)
    return f"{number:016x}".rstrip("0")


def _read(token: str) -> Cell | None:
    if not _TOKEN.fullmatch(token):
        return None
    number = int(token.ljust(16, "0"), 16)
    end = (number & -number).bit_length() - 1
    if number == 0 or end % 2 or end > 2 * _FINEST or number >> 61 >= _FACES:
        return None
    face, level = number >> 61, _FINEST - end // 2
    orientation, column, row = face & _SWAP, 0, 0
    for left in range(level - 1, -1, -1):
        along = number >> end + 1 + 2 * left & 3
        quarter = _QUARTERS[orientation][along]
        column, row = column * 2 + (quarter >> 1), row * 2 + (quarter & 1)
        orientation ^= _TURNS[along]
    return Cell(face, column, row, level)


@LIBRARY.scalar(
    "geo_point_to_s2cell(longitude: real, latitude: real, level: integer = 11) -> string",
    doc="geo-point-to-s2cell-function",
    examples="""
    geo_point_to_s2cell(10.1234, 53, 8) => "47b1d"   [recorded]
    geo_point_to_s2cell(10.6842, 53, 8) => "47ae3"   [recorded]
    geo_point_to_s2cell(-80.195829, 25.802215, 8) => "88d9b"   [docs]
    geo_point_to_s2cell(300, 1, 8) => ""   [docs]
    geo_point_to_s2cell(1, 1, 35) => ""   [docs]
    geo_point_to_s2cell(1, 1, -1) => ""   [docs]
    geo_point_to_s2cell(1, 1, int(null)) => ""   [docs]
    """,
)
def cell(longitude: float, latitude: float, level: int = 11) -> str:
    """The token of the cell that a point is in."""
    at = place(longitude, latitude)
    if at is None or not 0 <= level <= _FINEST:
        return ""
    face, u, v = _face(at.vector)
    coarser = _FINEST - level
    return token_of(Cell(face, _leaf(u) >> coarser, _leaf(v) >> coarser, level))


@LIBRARY.scalar(
    "geo_s2cell_to_central_point(s2cell: string) -> dynamic",
    doc="geo-s2cell-to-central-point-function",
    examples="""
    geo_s2cell_to_central_point("a") => dynamic(null)   [docs]
    geo_s2cell_to_central_point("x") => dynamic(null)   [reasoned]
    geo_s2cell_to_central_point("d") => dynamic(null)   [reasoned]
    """,
)
def central_point(s2cell: str) -> dict[str, object] | None:
    """The point in the middle of a cell."""
    cell = _read(s2cell)
    return None if cell is None else point_shape(cell.point(0.5, 0.5))


@LIBRARY.scalar(
    "geo_s2cell_to_polygon(s2cell: string) -> dynamic",
    doc="geo-s2cell-to-polygon-function",
    examples="""
    geo_s2cell_to_polygon("a") => dynamic(null)   [docs]
    """,
)
def polygon(s2cell: str) -> dict[str, object] | None:
    """The outline of a cell."""
    cell = _read(s2cell)
    if cell is None:
        return None
    corners = [degrees(cell.point(*corner)) for corner in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
    return {"type": "Polygon", "coordinates": [corners]}


def _beside(cell: Cell, column: int, row: int) -> Cell:
    """The cell of a place in the columns and rows of a cell's face, which may lie just off that face."""
    side = 1 << cell.level
    if 0 <= column < side and 0 <= row < side:
        return Cell(cell.face, column, row, cell.level)
    # Along the edge of a face, cells lie as on the next face, in whatever way they are stretched.
    u, v = (max(-_BEYOND, min(_BEYOND, (2 * number + 1) / side - 1)) for number in (column, row))
    face, u, v = _face(unit(_on_face(cell.face, u, v)))
    column, row = (min(side - 1, math.floor(side * (place + 1) / 2)) for place in (u, v))
    return Cell(face, column, row, cell.level)


@LIBRARY.scalar(
    "geo_s2cell_neighbors(s2cell: string) -> dynamic",
    doc="geo-s2cell-neighbors-function",
    examples="""
    geo_s2cell_neighbors("a") => dynamic(null)   [docs]
    """,
)
def neighbors(s2cell: str) -> list[str] | None:
    """The cells of the same level that share an edge or a corner with a cell: eight, and fewer where faces meet."""
    cell = _read(s2cell)
    if cell is None:
        return None
    return gathered([token_of(_beside(cell, cell.column + across, cell.row + up)) for across, up in _AROUND])
