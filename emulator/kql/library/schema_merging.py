"""What the plugin `schema_merge` does with the rows of several `getschema`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from emulator.diagnostics import code
from emulator.functions import Library, MeaningError

LIBRARY = Library("kql", "schema_merging")
UNMERGEABLE = code(
    "KQL4023",
    "schemas that can't be merged exactly",
    "The documentation of `schema_merge` shows schemas whose columns agree in type, and of which at most the places "
    "differ. How it brings together types, or columns that claim one place, is not published.",
)
_Row = tuple[str, int, str, str]
_OUT_OF_ORDER = "ERROR(columns are out of order)"


@dataclass(slots=True)
class _Merged:
    """A column with its types, as .NET and as KQL names them, and the places that it has."""

    name: str
    types: tuple[str, str]
    places: list[int]


@LIBRARY.table("_schema_merge(rows: rows, preserve_order: bool) -> rows", doc="schema-merge-plugin")
def schema_merge(rows: Iterable[_Row], preserve_order: bool) -> Iterator[_Row]:
    """One row for each column of some schemas, by its place; with `preserve_order` a place that differs is an error.

    Raises MeaningError for types that differ, and for two columns that claim one place.
    """
    merged: dict[str, _Merged] = {}
    for name, place, *types in rows:
        column = merged.setdefault(name, _Merged(name, (types[0], types[1]), []))
        if column.types != (types[0], types[1]):
            raise _unmergeable(f"`{name}` is of several types")
        column.places.append(place)
    moved = [one for one in merged.values() if preserve_order and len(set(one.places)) > 1]
    kept = sorted((one for one in merged.values() if one not in moved), key=lambda one: max(one.places))
    for before, behind in pairwise(kept):
        if max(before.places) == max(behind.places):
            raise _unmergeable(f"`{before.name}` and `{behind.name}` claim one place")
    for number, one in enumerate(kept):
        yield (one.name, max(one.places) if preserve_order else number, *one.types)
    for one in moved:
        yield (one.name, -1, f"ERROR(unknown CSL type:{_OUT_OF_ORDER})", _OUT_OF_ORDER)


def _unmergeable(message: str) -> MeaningError:
    return MeaningError(UNMERGEABLE, message, "merge them in the query: `union` and `summarize`")
