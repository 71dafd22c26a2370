"""Several sets of conditions over one table: what one scan looks for, and what marks the rows of each."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.once
DEAR = "CASE WHEN c4 = 'x' THEN TRUE ELSE FALSE END"


@pytest.mark.parametrize(
    ("sets", "wanted", "marks"),
    [
        (
            [["c0 > 1", "c3 = 'a' AND c5 = 2"], ["c0 > 1", "c3 = 'b'", DEAR]],
            ["c0 > 1", "c3 = 'a' OR c3 = 'b'", f"(c3 = 'a' AND c5 = 2) OR (c3 = 'b' AND {DEAR})"],
            ["c3 = 'a' AND c5 = 2", f"CASE WHEN c3 = 'b' THEN {DEAR} ELSE FALSE END"],
        ),
        ([["c0 > 1"], ["c0 > 1", "c3 = 'b'"]], ["c0 > 1"], ["TRUE", "c3 = 'b'"]),
        ([["c0 > 1"], ["c3 = c4"]], ["c0 > 1 OR c3 = c4"], ["c0 > 1", "c3 = c4"]),
        ([[DEAR], [f"{DEAR} AND c1 = 2"]], [DEAR], ["TRUE", "c1 = 2"]),
    ],
)
def test_fused(sets: list[list[str]], wanted: list[str], marks: list[str]) -> None:
    import sqlglot

    from emulator.columnar.plans.fusing import fused

    found = fused([[sqlglot.parse_one(one, dialect="duckdb") for one in conditions] for conditions in sets])
    assert [[one.sql("duckdb") for one in part] for part in found] == [wanted, marks]
