"""Java finds, of a pattern, at least what RE2 does; of one taken over as it stands, the same."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlglot import exp

from emulator.columnar.expressions.relaxed import relaxed, relaxed_literal
from emulator.columnar.spark.conditions import Conditions
from emulator.columnar.spark.patterns import exact
from emulator.columnar.spark.sessions import session_for
from emulator.columnar.spark.settings import Spark

pytestmark = pytest.mark.slow
CASES = yaml.safe_load(Path(__file__).with_name("patterns.yaml").read_text("utf8"))
LETTERS = [
    "a",
    "b",
    "K",
    "k",
    "s",
    "i",
    "x",
    "0",
    "9",
    "\n",
    "\r",
    "\u2028",
    "é",
    "ſ",
    "\u212a",
    "İ",
    "ı",
    " ",
    "$",
    "\\",
    "𝕦",
]
PIECES = [
    "a",
    "K",
    "s",
    "i",
    "[a-k]",
    "[ksI]",
    "x?",
    "b+",
    "(?:a|b)",
    "(?:is|x)",
    "^",
    "$",
    ".",
    "0{2}",
    r"\$",
    r"\\",
    "[^a]",
    r"\b",
    "(?:ab)*",
]


def drawn() -> tuple[list[str], list[str]]:
    """Patterns in RE2's syntax, and texts."""
    draw = random.Random(7)  # noqa: S311 - texts of a test
    made = ["".join(draw.choices(PIECES, k=draw.randrange(1, 5))) for _ in range(150)]
    patterns = [one for text in made for fold in (False, True) if (one := relaxed(text, ignore_case=fold))]
    for fold in (False, True):
        patterns += [relaxed_literal("".join(draw.choices(LETTERS, k=3)), ignore_case=fold) for _ in range(20)]
    patterns += [f"(?i){re.escape(one)}" for one in ("ksi", "a b", "$\\")]
    patterns += [case["pattern"] for case in CASES if not any(bad in case["pattern"] for bad in ("(?x)", "a("))]
    return patterns, ["", *("".join(draw.choices(LETTERS, k=draw.randrange(1, 8))) for _ in range(1500))]


def test_java_finds_what_re2_finds(spark: Spark) -> None:
    import duckdb

    patterns, texts = drawn()
    session = session_for(spark)
    session.createDataFrame(
        [(number, text) for number, text in enumerate(texts)], "n int, c0 string"
    ).createOrReplaceTempView("texts")
    with duckdb.connect() as ours:
        ours.execute(
            "CREATE TABLE texts AS SELECT * FROM (SELECT unnest(?) AS n, unnest(?) AS c0)",
            [list(range(len(texts))), texts],
        )
        for pattern in patterns:
            test = exp.RegexpLike(this=exp.column("c0"), expression=exp.Literal.string(pattern))
            expected = {
                n for (n,) in ours.execute("SELECT n FROM texts WHERE regexp_matches(c0, ?)", [pattern]).fetchall()
            }
            conditions = Conditions()
            found = asked(session, conditions.weaker(test), conditions.parameters)
            assert expected <= found, pattern
            if exact(pattern) is not None:
                assert expected == found, pattern
                found = asked(session, conditions.weaker(exp.not_(test)), conditions.parameters)
                assert found == set(range(len(texts))) - expected, pattern


def asked(session: Any, condition: exp.Expr, parameters: dict[str, str]) -> set[int]:
    query = exp.select("n").from_("texts").where(condition).sql("spark")
    return {row.n for row in session.sql(query, args=parameters).collect()}
