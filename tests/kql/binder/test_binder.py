"""Names and types that queries give, and what is said about those that can't be bound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.diagnostics import QueryError
from emulator.kql.binder import bind
from emulator.kql.parser import parse
from emulator.plan.relations import Plan
from emulator.schema import BUILT_IN
from emulator.source import Source

HERE = Path(__file__).parent


def cases(pattern: str) -> list[Any]:
    """The cases of the files of a name, each with its file and number as name."""
    loaded = [(path, yaml.safe_load(path.read_text("utf8"))) for path in sorted(HERE.glob(pattern))]
    return [
        pytest.param(case, id=f"{path.stem}-{number}") for path, found in loaded for number, case in enumerate(found)
    ]


def bound(text: str, **options: Any) -> Plan:
    """The plan of a query over the built-in tables."""
    source = Source("query.kql", text)
    return bind(parse(source), source, BUILT_IN, **options)


@pytest.mark.parametrize("case", cases("[!r]*.yaml"))
def test_columns(case: dict[str, str]) -> None:
    plan = bound(case["query"])
    assert ", ".join(f"{column.name}: {column.type.value}" for column in plan.root.row.visible) == case["columns"]


@pytest.mark.parametrize("case", cases("refused_*.yaml"))
def test_refused(case: dict[str, str]) -> None:
    with pytest.raises(QueryError) as caught:
        bound(case["query"])
    assert str(caught.value) == case["error"]
