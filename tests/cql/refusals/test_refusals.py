"""Classes of refusals met in public collections, with the reason of each: an example of every class is refused so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator

CLASSES = yaml.safe_load((Path(__file__).parent / "classes.yaml").read_text("utf-8"))


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one["class"])
def test_refused(one: dict[str, Any]) -> None:
    assert one["verdict"] in ("author", "not a query", "ours")
    assert one["reason"]
    with pytest.raises(emulator.QueryError) as caught:
        emulator.run(one["example"], language="cql", tables={}, given=one.get("given", {}), assume=["empty-stand-ins"])
    first = caught.value.diagnostics[0]
    assert str(first.code) == one["code"]
    assert first.line >= 1
    assert first.column >= 1
    assert first.help
    assert (one["code"][3] == "4") == (one["verdict"] == "ours")
