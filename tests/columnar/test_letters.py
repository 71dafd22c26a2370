"""What case-blind tests of texts rest on: which letters beyond ASCII are taken for one of ASCII, of all there are."""

from __future__ import annotations

import string

import pytest

from emulator.columnar.expressions.literals import literals
from emulator.cql.patterns import compile_pattern

pytestmark = pytest.mark.once
SURROGATES = range(0xD800, 0xE000)
PLANES = [
    "".join(chr(code) for code in range(first, first + 0x10000) if code not in SURROGATES)
    for first in range(0, 0x110000, 0x10000)
]
LETTERS = string.ascii_letters


@pytest.mark.parametrize("letter", [*LETTERS, "[iI]", "[kK]", "[sS]"])
def test_a_pattern_that_ignores_case_takes_the_letters_that_its_texts_name(letter: str) -> None:
    pattern = compile_pattern(letter, "i")
    found = literals(pattern.ascii_program, ignore_case=True)
    assert found is not None
    taken = {match.text for plane in PLANES for match in pattern.find_all(plane)}
    assert taken == set(found.patterns[0]) - set("[]")


def test_only_two_letters_beyond_ascii_have_small_ones_in_ascii() -> None:
    import duckdb

    with duckdb.connect() as connection:
        query = """SELECT chr(code::INTEGER) AS one, lower(one) FROM range(128, 1114112) AS t(code)
        WHERE code NOT BETWEEN 55296 AND 57343 AND strlen(lower(one)) <> strlen(one)
            AND regexp_matches(lower(one), '[\\x00-\\x7f]')"""
        assert connection.execute(query).fetchall() == [
            ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i"),
            ("\N{KELVIN SIGN}", "k"),
        ]
        same = query.replace("<>", "=")
        assert connection.execute(same).fetchall() == []
