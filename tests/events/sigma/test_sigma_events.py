"""Events from Sigma rules: each satisfies its rule, and the rule tells it from what it does not mean."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.diagnostics import QueryError
from emulator.events.sigma import piped_events, sigma_events
from emulator.events.sigma.conditions import (
    Fields,
    Matches,
    Ordered,
    SameAs,
    TooSlowError,
    Wanted,
    Within,
    fits,
    holds,
)
from emulator.events.sigma.reading import conditions
from emulator.rules import Language
from emulator.rules.sigma import convert, read_sigma
from emulator.source import Source

pytestmark = pytest.mark.once
CASES = yaml.safe_load((Path(__file__).parent / "events.yaml").read_text("utf8"))


def rule(case: dict[str, Any]) -> Source:
    place = {"category": case.get("category", "process_creation"), "product": "windows"}
    return Source("rule.yml", yaml.safe_dump({"title": "t", "logsource": place, "detection": case["detection"]}))


@pytest.mark.parametrize("case", [each for each in CASES if "refused" not in each], ids=lambda case: case["name"])
def test_events(case: dict[str, Any]) -> None:
    source = rule(case)
    asked = conditions(read_sigma(source), source)
    made = [{name: str(value) for name, value in event.data.items()} for event in sigma_events(source)]
    assert all(holds(asked, event) for event in made)
    assert {name: made[0].get(name) for name in case.get("event", {})} == case.get("event", {})
    assert [one for one in case.get("yes", ()) if not holds(asked, made[0] | one)] == []
    assert [one for one in case.get("no", ()) if holds(asked, made[0] | one)] == []


@pytest.mark.parametrize("case", [each for each in CASES if "refused" in each], ids=lambda case: case["name"])
def test_no_events(case: dict[str, Any]) -> None:
    with pytest.raises(QueryError) as refused:
        list(sigma_events(rule(case)))
    assert [one.code.id for one in refused.value.diagnostics] == [case["refused"]]


def test_an_event_in_the_fields_of_the_converted_query() -> None:
    source = rule({"detection": {"a": {"Image|endswith": "\\a.exe", "IntegrityLevel": "High"}, "condition": "a"}})
    assert next(piped_events(source, Language.CQL)) == {
        "#event_simpleName": "ProcessRollup2",
        "event_platform": "Win",
        "ImageFileName": "\\a.exe",
        "IntegrityLevel": "12288",
    }


def test_no_event_in_the_fields_of_a_query_that_there_is_not() -> None:
    with pytest.raises(QueryError) as refused:
        list(piped_events(rule({"detection": {"a": {"Description": "x"}, "condition": "a"}}), Language.CQL))
    assert [one.code.id for one in refused.value.diagnostics] == ["RUL1303"]


@pytest.mark.parametrize(
    ("value", "wanted", "fields", "expected"),
    [
        ("1", Ordered("!=", 1), {}, False),
        ("2", Ordered("!=", 1), {}, True),
        ("two", Ordered("<", 3), {}, False),
        ("a", Matches("("), {}, False),
        ("server", Within(ip_network("10.0.0.0/8")), {}, False),
        ("a", SameAs("Other"), {}, False),
        ("a b", SameAs("Other", ends=True), {"Other": "B"}, True),
        (None, Ordered("<", 3), {}, False),
    ],
)
def test_values_that_fit(value: str | None, wanted: Wanted, fields: Fields, *, expected: bool) -> None:
    assert fits(value, wanted, fields) is expected


def test_a_search_that_would_not_end() -> None:
    with pytest.raises(TooSlowError):
        fits("a" * 60, Matches("^(a|aa)+$b|^(a|aa)+c"), {})


def test_a_rule_of_many_values() -> None:
    lines = [f"part{number} " for number in range(300)]
    event = next(sigma_events(rule({"detection": {"a": {"CommandLine|contains|all": lines}, "condition": "a"}})))
    assert str(event.data["CommandLine"]).startswith("part0 part1 part2 ")


def test_a_slash_in_a_pattern_does_not_end_it_and_a_quote_stays() -> None:
    source = rule({"detection": {"a": {"CommandLine|re": r'a/b\/c[/]\"d"'}, "condition": "a"}})
    assert r'/a\/b\/c[\/]\"d"/' in convert(source, Language.CQL).text
