"""What `top-nested` does with rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from emulator.nodes import record

Row = tuple[Any, ...]


@record
class TopOfGroups:
    """Keeps the first rows of each group in an order, the groups by their first `keys` columns, nulls last.

    Rows end with the value to order by, which stays.
    """

    keys: int
    descending: bool

    def __call__(self, rows: Iterable[Row], *limit: int | None) -> Iterator[Row]:
        """At most `limit` rows of each group, all without one; groups in order of appearance."""
        groups: dict[Row, list[Row]] = {}
        for row in rows:
            groups.setdefault(row[: self.keys], []).append(row)
        for members in groups.values():
            known = [row for row in members if row[-1] is not None]
            known.sort(key=lambda row: row[-1], reverse=self.descending)
            ordered = [*known, *(row for row in members if row[-1] is None)]
            yield from ordered[: max(0, limit[0] or 0)] if limit else ordered
