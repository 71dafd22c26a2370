"""Every operator and statement of the product is emulated, or refused and listed with its reason, never both."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml

import emulator
from emulator.kql import syntax
from emulator.kql.parser.registry import OPERATORS
from emulator.support import gaps

pytestmark = pytest.mark.once

SAMPLES = yaml.safe_load(Path(__file__).with_name("keywords.yaml").read_text("utf8"))
LISTED = {key: reason for key, reason in gaps("kql").items() if key[0] in SAMPLES}
TABLES = {"T": {"n": "long", "s2": "long", "s": "string", "d": "dynamic"}}
ELSEWHERE = {"__contextual_datatable", "materialized-view-combine"}
"""Keywords that begin a table, not an operator."""


@pytest.mark.parametrize("key", [(kind, name) for kind, names in SAMPLES.items() for name in names], ids=" ".join)
def test_a_keyword_is_emulated_or_listed(key: tuple[str, str]) -> None:
    found = emulator.check(SAMPLES[key[0]][key[1]], language="kql", schemas=TABLES)
    assert [str(one.code)[:4] for one in found] == (["KQL4"] if key in LISTED else [])


def test_every_keyword_has_a_sample() -> None:
    assert set(SAMPLES["operator"]) == OPERATORS.keys() | ELSEWHERE
    assert len(SAMPLES["statement"]) == len(get_args(syntax.Statement)) - 1  # the expression has no keyword


def test_what_is_listed_is_a_keyword_of_the_product() -> None:
    assert {name for kind, name in LISTED} <= {*SAMPLES["operator"], *SAMPLES["statement"]}


def test_a_gap_says_its_reason() -> None:
    (found,) = emulator.check("T | assert-schema (n: long)", language="kql", schemas=TABLES)
    assert LISTED["operator", "assert-schema"] in found.help
