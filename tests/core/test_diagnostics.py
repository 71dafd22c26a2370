"""Codes, diagnostics, and how people see them."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator import diagnostics
from emulator.diagnostics import Diagnostic, Label, QueryError, Reporter
from emulator.source import Source, Span

CASES = yaml.safe_load(Path(__file__).with_name("diagnostics.yaml").read_text("utf8"))
CODE = diagnostics.Code("KQL9901", "a code of tests", "What it means.")


def told(case: dict[str, Any]) -> Diagnostic:
    also = tuple(Label(Span(start, end), text) for start, end, text in case.get("also", ()))
    reporter = Reporter(Source("rule.kql", case["text"]))
    return reporter.error(CODE, "no such thing", Span(*case["span"]), "do this", case.get("label", ""), also)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_rendering(case: dict[str, Any]) -> None:
    assert str(told(case)) + "\n" == case["shown"]


def test_long_lines_are_cut_around_the_place() -> None:
    shown = str(told({"text": "x" * 500 + "!" + "y" * 500, "span": [500, 501]}))
    assert max(map(len, shown.splitlines())) < 180
    assert shown.splitlines()[3].index("!") == shown.splitlines()[4].index("^")


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_any_place_of_any_text_can_be_shown(text: str, start: int, length: int) -> None:
    assert "= help: do this" in str(told({"text": text, "span": [start, start + length]}))


@given(st.text(alphabet="ab\n\r"), st.integers(0, 40))
def test_positions_point_into_their_lines(text: str, offset: int) -> None:
    source = Source("s", text)
    line, column = source.position(offset)
    before = "".join(source.text.splitlines(keepends=True)) if "\r" not in text else text
    assert 1 <= line <= text.count("\n") + 1
    assert text[: min(offset, len(text))].count("\n") == line - 1
    assert before == text
    assert column >= 1


@pytest.mark.parametrize(("identifier", "message"), [("KQL1", "four digits"), ("KQL9902", "declared twice")])
def test_declarations_are_checked(identifier: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnostics, "_CODES", {"KQL9902": CODE})
    with pytest.raises(ValueError, match=message):
        diagnostics.code(identifier, "title", "page")


def test_an_error_needs_a_diagnostic() -> None:
    with pytest.raises(ValueError, match="at least one"):
        QueryError([])


def test_a_stage_reports_each_finding_once_and_warnings_do_not_stop() -> None:
    reporter = Reporter(Source("s", "text"))
    reporter.warning(CODE, "careful", Span(0, 1), "look")
    reporter.warning(CODE, "careful", Span(0, 1), "look")
    reporter.stop_if_failed()
    reporter.error(CODE, "wrong", Span(1, 2), "mend it")
    with pytest.raises(QueryError) as raised:
        reporter.stop_if_failed()
    assert [one.message for one in raised.value.diagnostics] == ["careful", "wrong"]


def test_json_form() -> None:
    found = told(CASES[0]).to_json()
    assert (found["line"], found["column"], found["end_column"], found["code"]) == (2, 9, 13, "KQL9901")


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [("Tmestamp", ["Timestamp", "Type"], "did you mean `Timestamp`?"), ("zzz", ["Timestamp"], "look it up")],
)
def test_nearest_names(name: str, known: list[str], hint: str) -> None:
    assert diagnostics.did_you_mean(name, known, "look it up") == hint
