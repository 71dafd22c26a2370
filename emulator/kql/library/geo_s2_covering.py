"""The S2 cells of one level that cover a polygon: all that it meets, those that it only touches too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.kql.library.geo_s2cells import Cell, token_of
from emulator.kql.library.geo_shapes import Edge, Polygon, polygons
from emulator.kql.library.geo_sphere import Vector, angle, cross, dot, normal, plus, unit

LIBRARY = Library("kql", "geo_s2_covering")
ENLARGED = code(
    "KQL4078",
    "the S2 cells of an enlarged polygon",
    "Exactly which cells the product takes for a polygon with a radius around it is not published. Leave it out.",
)
COVERING_ORDER = assumption(
    "s2-covering-order",
    "kql",
    "geo_polygon_to_s2cells gives the cells in the order of their numbers: the product's order is not published",
)
_FINEST, _FACES = 30, 6
_MOST = 65536
_WIDEST = 2.44
"""The longest diagonal of a cell at level 0, in radians; it is halved at each level."""
_PADDING = 4e-15
"""So far from a cell, in sides of a face, edges still touch it: about what rounding moves them."""


_Sided = tuple[Edge, Vector]
"""An edge, and the unit vector that is square to its plane."""


def _corners(cell: Cell) -> list[Vector]:
    before, behind = -_PADDING * 2**cell.level, 1 + _PADDING * 2**cell.level
    return [cell.point(*one) for one in ((before, before), (behind, before), (behind, behind), (before, behind))]


def _met(cell: Cell, edges: Sequence[_Sided]) -> list[_Sided]:
    """The edges that have a point in a cell."""
    around = _corners(cell)
    sides = list(zip(around, (*around[1:], around[0]), strict=True))
    inward = [cross(*side) for side in sides]
    return [one for one in edges if _meets(one, around, sides, inward)]


def _meets(one: _Sided, around: Sequence[Vector], sides: Sequence[Edge], inward: Sequence[Vector]) -> bool:
    edge, up = one
    heights = [dot(up, corner) for corner in around]
    if min(heights) > 0 or max(heights) < 0:
        return False
    if all(dot(away, edge[0]) >= 0 for away in inward):
        return True
    return any(
        low * high <= 0 and _crosses(one, side, away)
        for side, away, low, high in zip(sides, inward, heights, (*heights[1:], heights[0]), strict=True)
    )


def _crosses(one: _Sided, side: Edge, away: Vector) -> bool:
    """Whether an edge crosses a side of a cell whose ends lie on different sides of it; padding outweighs rounding."""
    edge, up = one
    if dot(away, edge[0]) * dot(away, edge[1]) > 0:
        return False
    there = cross(up, away)
    return dot(there, plus(*side)) * dot(there, plus(*edge)) > 0


def _quarters(cell: Cell) -> Iterator[Cell]:
    for column in (0, 1):
        for row in (0, 1):
            yield Cell(cell.face, cell.column * 2 + column, cell.row * 2 + row, cell.level + 1)


def _covering(shapes: Sequence[Polygon], level: int) -> list[Cell] | None:
    """The cells of a level that shapes meet; None for too many. Level by level, so that these are soon known."""
    edges = [(edge, unit(normal(*edge))) for shape in shapes for edge in shape.edges]
    waiting = [(Cell(face, 0, 0, 0), edges) for face in range(_FACES)]
    inside: list[Cell] = []
    for depth in range(level + 1):
        crossed = []
        for cell, near in waiting:
            met = _met(cell, near)
            if met:
                crossed.append((cell, met))
            elif any(shape.contains(cell.point(0.5, 0.5)) for shape in shapes):
                inside.append(cell)
        if len(crossed) + sum(4 ** (level - cell.level) for cell in inside) > _MOST:
            return None
        if depth == level:
            waiting = crossed
        else:
            waiting = [(quarter, met) for cell, met in crossed for quarter in _quarters(cell)]
    found = inside
    while any(cell.level < level for cell in found):
        found = [one for cell in found for one in (_quarters(cell) if cell.level < level else (cell,))]
    return [*(cell for cell, _ in waiting), *found]


@LIBRARY.scalar(
    "geo_polygon_to_s2cells(polygon: dynamic, level: integer = 11, radius: real = 0.0) -> dynamic",
    doc="geo-polygon-to-s2cells-function",
    assumes=(COVERING_ORDER.name,),
    examples="""
    geo_polygon_to_s2cells(dynamic({"type":"Polygon","coordinates":[[[0,0],[1,1]]]})) => dynamic(null)   [docs]
    """,
)
def cells(polygon: object, level: int = 11, radius: float = 0.0) -> list[str] | None:
    """The tokens of the cells of a level that a polygon meets; null for more than 65,536 of them."""
    shapes = polygons(polygon)
    if shapes is None or not 0 <= level <= _FINEST or not radius >= 0:
        return None
    if radius > 0:
        raise MeaningError(ENLARGED, "a polygon enlarged by a radius", "leave the radius out")
    if max(angle(*edge) for shape in shapes for edge in shape.edges) > _MOST * _WIDEST / 2**level:
        return None
    found = _covering(shapes, level)
    return None if found is None else sorted(map(token_of, found), key=lambda token: token.ljust(16, "0"))
