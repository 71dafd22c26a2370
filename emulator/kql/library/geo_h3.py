"""Functions of H3 cells, for which the package `h3` has to be there."""

from __future__ import annotations

import importlib
from itertools import pairwise
from types import ModuleType

from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.kql.library.hash_order import gathered

LIBRARY = Library("kql", "geo_h3")
NO_H3 = code(
    "KQL4072",
    "H3 cells need the package `h3`",
    "It is not installed with the rest. `pip install 'ruleproof[geo]'` brings it.",
)
PENTAGON = code(
    "KQL4073",
    "rings of H3 cells around a pentagon",
    "In which order the product gives cells near one of the twelve pentagons is not published.",
)
_FINEST = 15
_FARTHEST = 142
_GENERATIONS = 5


def h3() -> ModuleType:
    """The library. Raises MeaningError where it is not installed."""
    try:
        return importlib.import_module("h3")
    except ImportError:
        raise MeaningError(NO_H3, "H3 cells need a package", "run `pip install 'ruleproof[geo]'`") from None


def _level(cell: str) -> int | None:
    """The resolution of a cell; None for what is no cell."""
    library = h3()
    return library.get_resolution(cell) if library.is_valid_cell(cell) else None


@LIBRARY.scalar(
    "geo_point_to_h3cell(longitude: real, latitude: real, resolution: integer = 6) -> string",
    doc="geo-point-to-h3cell-function",
    examples="""
    geo_point_to_h3cell(-74.04450446039874, 40.689250859314974, 6) => "862a1072fffffff"   [recorded]
    geo_point_to_h3cell(-74.04450446039874, 40.689250859314974) => "862a1072fffffff"   [docs]
    geo_point_to_h3cell(300, 1, 8) => ""   [docs]
    geo_point_to_h3cell(1, 1, 16) => ""   [docs]
    geo_point_to_h3cell(1, 1, int(null)) => ""   [docs]
    """,
)
def cell(longitude: float, latitude: float, resolution: int = 6) -> str:
    """The cell that a point is in."""
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90 and 0 <= resolution <= _FINEST):
        return ""
    return str(h3().latlng_to_cell(latitude, longitude, resolution))


@LIBRARY.scalar(
    "geo_h3cell_level(h3cell: string) -> int",
    doc="geo-h3cell-level-function",
    examples="""
    geo_h3cell_level("862a1072fffffff") => int(6)   [docs]
    geo_h3cell_level("abc") => int(null)   [docs]
    """,
)
def level(h3cell: str) -> int | None:
    """The resolution of a cell."""
    return _level(h3cell)


@LIBRARY.scalar(
    "geo_h3cell_parent(h3cell: string, resolution: integer = null) -> string",
    doc="geo-h3cell-parent-function",
    examples="""
    geo_h3cell_parent("862a1072fffffff") => "852a1073fffffff"   [docs]
    geo_h3cell_level(geo_h3cell_parent(geo_point_to_h3cell(1, 1, 10), 3)) => int(3)   [docs]
    geo_h3cell_parent("123") => ""   [docs]
    geo_h3cell_parent("862a1072fffffff", 15) => ""   [docs]
    geo_h3cell_parent(geo_point_to_h3cell(1, 1, 0)) => ""   [reasoned]
    """,
)
def parent(h3cell: str, resolution: int | None = None) -> str:
    """The coarser cell that a cell belongs to: the next one, or that of a resolution."""
    own = _level(h3cell)
    if own is None:
        return ""
    wanted = own - 1 if resolution is None else resolution
    return str(h3().cell_to_parent(h3cell, wanted)) if 0 <= wanted < own else ""


@LIBRARY.scalar(
    "geo_h3cell_children(h3cell: string, resolution: integer = null) -> dynamic",
    doc="geo-h3cell-children-function",
    examples="""
    geo_h3cell_children("862a1072fffffff")[0] => dynamic("872a10728ffffff")   [recorded]
    array_length(geo_h3cell_children("862a1072fffffff", 9)) => 343   [recorded]
    geo_h3cell_children("abc") => dynamic(null)   [docs]
    geo_h3cell_children("862a1072fffffff", 6) => dynamic(null)   [docs]
    geo_h3cell_children(geo_point_to_h3cell(1, 1, 15)) => dynamic(null)   [reasoned]
    geo_h3cell_children(geo_point_to_h3cell(1, 1, 9), 15) => dynamic(null)   [docs]
    """,
)
def children(h3cell: str, resolution: int | None = None) -> list[str] | None:
    """The finer cells of a cell: the next ones, or those of a resolution up to five levels below."""
    own = _level(h3cell)
    if own is None:
        return None
    wanted = own + 1 if resolution is None else resolution
    if not own < wanted <= min(own + _GENERATIONS, _FINEST):
        return None
    return list(h3().cell_to_children(h3cell, wanted))


@LIBRARY.scalar(
    "geo_h3cell_rings(h3cell: string, distance: integer) -> dynamic",
    doc="geo-h3cell-rings-function",
    examples="""
    geo_h3cell_rings("861f8894fffffff", 0) => dynamic([["861f8894fffffff"]])   [docs]
    array_length(geo_h3cell_rings("861f8894fffffff", 2)[2]) => 12   [docs]
    geo_h3cell_rings("abc", 3) => dynamic(null)   [docs]
    geo_h3cell_rings("861f8894fffffff", 150) => dynamic(null)   [docs]
    """,
)
def rings(h3cell: str, distance: int) -> list[list[str]] | None:
    """The cell, the cells around it, those around these, and so on. Raises MeaningError near pentagons."""
    if _level(h3cell) is None or not 0 <= distance <= _FARTHEST:
        return None
    cells = list(h3().grid_disk(h3cell, distance))
    if len(cells) != 1 + 3 * distance * (distance + 1) or any(map(h3().is_pentagon, cells)):
        raise MeaningError(PENTAGON, f"a pentagon is near `{h3cell}`", "ask for fewer rings")
    starts = [0, *(1 + 3 * number * (number + 1) for number in range(distance + 1))]
    return [cells[start:end] for start, end in pairwise(starts)]


@LIBRARY.scalar(
    "geo_h3cell_neighbors(h3cell: string) -> dynamic",
    doc="geo-h3cell-neighbors-function",
    examples="""
    geo_h3cell_neighbors("862a1072fffffff")[0] => dynamic("862a10777ffffff")   [recorded]
    geo_h3cell_neighbors("abc") => dynamic(null)   [docs]
    """,
)
def neighbors(h3cell: str) -> list[str] | None:
    """The cells around a cell. Raises MeaningError near pentagons."""
    found = rings(h3cell, 1)
    return None if found is None else gathered(found[1])


@LIBRARY.scalar(
    "geo_h3cell_to_central_point(h3cell: string) -> dynamic",
    doc="geo-h3cell-to-central-point-function",
    examples="""
    geo_h3cell_to_central_point("1") => dynamic(null)   [docs]
    """,
)
def central_point(h3cell: str) -> dict[str, object] | None:
    """The point in the middle of a cell."""
    if _level(h3cell) is None:
        return None
    latitude, longitude = h3().cell_to_latlng(h3cell)
    return {"type": "Point", "coordinates": [longitude, latitude]}


@LIBRARY.scalar(
    "geo_h3cell_to_polygon(h3cell: string) -> dynamic",
    doc="geo-h3cell-to-polygon-function",
    examples="""
    geo_h3cell_to_polygon("a") => dynamic(null)   [docs]
    """,
)
def polygon(h3cell: str) -> dict[str, object] | None:
    """The outline of a cell."""
    if _level(h3cell) is None:
        return None
    corners = [[longitude, latitude] for latitude, longitude in h3().cell_to_boundary(h3cell)]
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
