"""Profile files: what is wrong in one is said, with the way to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.diagnostics import QueryError
from emulator.events.organisation.profile_reading import read_profile
from emulator.rules.checking import schema_text
from emulator.source import Source

HERE = Path(__file__).parent
SMALL = (HERE / "small.yaml").read_text("utf-8")
EDITS = (HERE / "bad_profiles.txt").read_text("utf-8").splitlines()[1:]


@pytest.mark.parametrize("edit", EDITS)
def test_edits_are_refused_on_their_line(edit: str) -> None:
    old, new, code, help = (part.replace("\\n", "\n") for part in edit.split(" => "))
    assert old in SMALL
    with pytest.raises(QueryError) as caught:
        read_profile(Source("small.yaml", SMALL.replace(old, new, 1)))
    first = caught.value.diagnostics[0]
    assert first.code.id == code
    assert help in first.help


@settings(max_examples=60)
@given(start=st.floats(0, 1), length=st.integers(0, 40), new=st.text("${}|[]:-,'\n a0é\0", max_size=6))
def test_any_edit_gives_diagnostics_or_a_profile(start: float, length: int, new: str) -> None:
    at, found = int(start * len(SMALL)), None
    try:
        read_profile(Source("edited.yaml", SMALL[:at] + new + SMALL[at + length :]))
    except QueryError as error:
        found = error.diagnostics
    assert found is None or all(one.help for one in found)


@pytest.mark.parametrize("name", ["scenario", "profile"])
def test_every_part_of_the_schemas_says_what_it_is_for(name: str) -> None:
    silent = [part for part in parts(json.loads(schema_text(name))) if "description" not in part]
    assert not silent


def parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    inner = [schema[key] for key in ("items", "additionalProperties", "propertyNames") if schema.get(key)]
    for part in (*inner, *schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        yield from parts(part)


def test_a_profile_has_its_own_name() -> None:
    profile = read_profile(Source("small.yaml", SMALL))
    assert SMALL[profile.place.start : profile.place.end] == profile.name == "small"
