"""Scenario files: the corpus loads, and what is wrong in a file is said where it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.diagnostics import QueryError
from emulator.events.scenarios.folder import find_scenario, load_scenarios
from emulator.events.scenarios.reading import read_scenario
from emulator.events.scenarios.template import Fault, parse_template
from emulator.events.sensors import Sensor
from emulator.source import Source, Span

HERE = Path(__file__).parent
BAD = (HERE / "bad_files.yaml.txt").read_text("utf-8").split("=== ")[1:]
TEMPLATES = yaml.safe_load((HERE / "templates.yaml").read_text("utf-8"))
CORPUS = HERE.parents[2] / "corpus" / "scenarios"
MARK = re.compile(r"^(.*?)  #! (EVT\d{4}) ?(.*)$", re.MULTILINE)
MINIMAL = """\
name: {name}
title: t
description: d
techniques: []
parameters: {{}}
activities: [{{process_started: {{host: h, process: kernel}}, at: 0}}]
"""


@pytest.mark.parametrize("text", BAD, ids=lambda text: text.partition("\n")[0])
def test_errors_stand_beside_their_lines(text: str) -> None:
    body = text.partition("\n")[2]
    wanted = [(body.count("\n", 0, mark.start()) + 1, mark[2], mark[3]) for mark in MARK.finditer(body)]
    with pytest.raises(QueryError) as caught:
        read_scenario(Source("bad.yaml", MARK.sub(r"\1", body)))
    found = sorted((one.line, one.code.id, one.help) for one in caught.value.diagnostics)
    assert [one[:2] for one in found] == [one[:2] for one in wanted]
    assert all(part in help for (*_, help), (*_, part) in zip(found, wanted, strict=True))


@pytest.mark.parametrize("case", TEMPLATES, ids=lambda case: case["text"])
def test_templates(case: dict[str, object]) -> None:
    template = parse_template(str(case["text"]))
    if isinstance(template, Fault):
        assert case["refused"] in template.message
    else:
        assert repr(template.fill(case.get("values", {}))) == repr(case["becomes"])


@settings(max_examples=60)
@given(
    text=st.sampled_from([path.read_text("utf-8") for path in sorted(CORPUS.glob("*.yaml"))]),
    start=st.floats(0, 1),
    length=st.integers(0, 40),
    new=st.text("${}|[]:-,'\n a0é\0", max_size=6)
    | st.sampled_from(["null", "true", "1e9", "${host}", "-1", "x" * 300]),
)
def test_any_edit_gives_diagnostics_or_a_scenario_that_renders(text: str, start: float, length: int, new: str) -> None:
    at, found = int(start * len(text)), None
    try:
        edited = read_scenario(Source("edited.yaml", text[:at] + new + text[at + length :]))
        assert all(edited.render({}, start=10**17, sensor=sensor) is not None for sensor in Sensor)
    except QueryError as error:
        found = error.diagnostics
    assert found is None or all(one.help for one in found)


def test_a_fault_points_into_the_text() -> None:
    text = MINIMAL.format(name="one").replace("host: h", "host: 'h-${up}'")
    with pytest.raises(QueryError) as caught:
        read_scenario(Source("one.yaml", text))
    (found,) = caught.value.diagnostics
    assert text[found.span.start : found.span.end] == "${up}"


def test_names_are_unique_in_a_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(MINIMAL.format(name="same"), "utf-8")
    with pytest.raises(QueryError) as caught:
        load_scenarios(tmp_path)
    assert [(one.code.id, one.source.name, one.line, one.column) for one in caught.value.diagnostics] == [
        ("EVT2102", "b.yaml", 1, 7)
    ]


def test_every_bad_file_of_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: [", "utf-8")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    with pytest.raises(QueryError) as caught:
        load_scenarios(tmp_path)
    assert [one.code.id for one in caught.value.diagnostics] == ["EVT1205", "EVT1204"]


@pytest.mark.parametrize(
    ("name", "help"),
    [("net_use_shares", "did you mean `net_use_share`?"), ("zzz", "the scenarios are admin_file_copy")],
)
def test_an_unknown_scenario_is_named_where_it_is_mentioned(name: str, help: str, corpus: dict[str, object]) -> None:
    case = Source("case.yaml", f"scenario: {name}")
    with pytest.raises(QueryError) as caught:
        find_scenario(name, corpus, mentioned_in=case, at=Span(10, 10 + len(name)))
    (found,) = caught.value.diagnostics
    assert (found.code.id, found.column, found.help[: len(help)]) == ("EVT2103", 11, help)


def test_an_empty_corpus_has_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="the corpus has no scenario"):
        find_scenario("any", load_scenarios(tmp_path))
