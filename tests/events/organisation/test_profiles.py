"""Profile files: what is wrong in one is said, with the way to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.diagnostics import QueryError
from emulator.events.organisation.profile_reading import read_profile
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


def test_a_profile_has_its_own_name() -> None:
    profile = read_profile(Source("small.yaml", SMALL))
    assert SMALL[profile.place.start : profile.place.end] == profile.name == "small"
