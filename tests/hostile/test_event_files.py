"""Hostile event files: each is answered with one diagnostic that names file, line and column, or with rows."""

import gzip
from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator

CASES = yaml.safe_load(Path(__file__).with_name("files.yaml").read_text("utf8"))


def content(case: dict[str, Any]) -> bytes:
    parts = case.get("text", [])
    text = "".join(part["of"] * part["times"] if isinstance(part, dict) else part for part in parts)
    data = bytes.fromhex(case["bytes"]) if "bytes" in case else text.encode()
    return gzip.compress(data) if case.get("packed") else data


def outcome(path: Path) -> str:
    try:
        emulator.run("*", language="cql", tables={"events": path}).to_json()
        emulator.run("T", language="kql", schemas={"T": {"a": "dynamic"}}, tables={"T": path}).to_json()
    except emulator.QueryError as error:
        (found,) = error.diagnostics
        assert (found.source.name, found.line >= 1, found.column) == (str(path), True, 1)
        return str(found.code)
    return "rows"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_hostile_file(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / case["name"]
    path.write_bytes(content(case))
    assert outcome(path) == case["gives"]
