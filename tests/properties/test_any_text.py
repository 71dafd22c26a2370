"""Both front ends answer any text with a plan or with diagnostics, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.diagnostics import QueryError, render
from emulator.query import compile
from emulator.rules import Language

ROOT = Path(__file__).parents[2]
WORDS = {
    Language.KQL: '| where == in~ ( ) [ ] { } let ; , .. " \' @" union project by ago(1d) dynamic( * ! null =>',
    Language.CQL: '| case { } ; := =~ != in ( ) [ ] * / /i "a" groupBy( ?p $q not or <= => , # @ \\',
}


def real_queries(language: Language) -> list[str]:
    """Queries of the detections, and of the cases that say what queries give."""
    files = [path.read_text("utf-8") for path in sorted((ROOT / "detections").glob(f"*/*/*.{language}"))]
    cases = sorted((ROOT / "tests/conformance" / language).glob("*.yaml"))
    return files + [one["query"] for path in cases for one in yaml.safe_load(path.read_text("utf-8"))[:8]]


@st.composite
def edited(draw: st.DrawFn, language: Language) -> str:
    """A real query with a few pieces cut, repeated, or replaced by words and characters."""
    text = draw(st.sampled_from(real_queries(language)))
    pieces = st.sampled_from(WORDS[language].split(" ")) | st.characters()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(pieces | st.just(text[start:end] * 2)) + text[end:]
    return text


@pytest.mark.parametrize("language", Language)
@given(st.data())
def test_any_text_gives_a_plan_or_diagnostics(language: Language, data: st.DataObject) -> None:
    text = data.draw(st.text() | st.lists(st.sampled_from(WORDS[language].split(" "))).map(" ".join) | edited(language))
    try:
        compile(text, language=language.value)
    except QueryError as error:
        found = error.diagnostics
    else:
        return
    assert found
    assert all(str(one.code) in render(one) for one in found)
