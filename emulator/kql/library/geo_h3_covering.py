"""The H3 cells that stand for a polygon, for which the package `h3` has to be there."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.kql.library.geo_h3 import h3
from emulator.kql.library.geo_polygons import area, perimeter
from emulator.kql.library.geo_shapes import corners, parts, polygons
from emulator.kql.library.hash_order import gathered

LIBRARY = Library("kql", "geo_h3_covering")
COVERING = code(
    "KQL4077",
    "a polygon whose H3 cells can't be had",
    "How the product enlarges a polygon by a radius is not published, nor which cells it takes for one that spans half "
    "the world or is very long for the size of the cells.",
)
COVERING_ORDER = assumption(
    "h3-covering-order",
    "kql",
    "geo_polygon_to_h3cells gives the cells in the order of one recorded answer, of thirteen cells: that of a hash "
    "table into which the library's cells go from the last to the first",
)
_FINEST = 15
_MOST = 61680
_LONGEST = 250_000
"""So many edges of cells are the longest outline that is followed."""
_ROOM = 2
"""Cells are at most so many times smaller or larger than the average."""
_HALF_WORLD = 180


def _cells(polygon: object, resolution: int) -> Iterator[str]:
    """The cells whose centres are in the polygon, as the library finds them."""
    library = h3()
    for rings in parts(polygon, "Polygon", "MultiPolygon") or ():
        assert isinstance(rings, list)
        outlines = [[(latitude, longitude) for longitude, latitude in corners(ring) or ()] for ring in rings]
        longitudes = [longitude for _, longitude in outlines[0]]
        if max(longitudes) - min(longitudes) >= _HALF_WORLD:
            raise MeaningError(COVERING, "a polygon spans half the world", "cut it in two")
        yield from library.polygon_to_cells(library.LatLngPoly(outlines[0], *outlines[1:]), resolution)


@LIBRARY.scalar(
    "geo_polygon_to_h3cells(polygon: dynamic, resolution: integer = 6, radius: real = 0.0) -> dynamic",
    doc="geo-polygon-to-h3cells-function",
    assumes=(COVERING_ORDER.name,),
    examples="""
    geo_polygon_to_h3cells(dynamic({"type":"Polygon","coordinates":[[[0,0],[1,1]]]})) => dynamic(null)   [docs]
    """,
)
def cells(polygon: object, resolution: int = 6, radius: float = 0.0) -> list[str] | None:
    """The cells of a resolution whose centres are in a polygon; null for too many. Raises MeaningError."""
    if polygons(polygon) is None or not 0 <= resolution <= _FINEST or not radius >= 0:
        return None
    if radius > 0:
        raise MeaningError(COVERING, "a polygon enlarged by a radius", "leave the radius out")
    whole, around = area(polygon) or 0.0, perimeter(polygon) or 0.0
    if whole > _MOST * _ROOM * h3().average_hexagon_area(resolution, "m^2"):
        return None
    if around > _LONGEST * h3().average_hexagon_edge_length(resolution, "m"):
        raise MeaningError(COVERING, "the outline is very long for cells of this size", "ask for larger cells")
    found = list(_cells(polygon, resolution))
    return gathered(found[::-1]) if len(found) <= _MOST else None
