"""Budgets: what exceeds them, what is not shown to keep them, and what would show it."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.replay.measuring import Measurement, Part
from emulator.replay.raised import Raised
from emulator.replay.rates.budgets import exceeded
from emulator.replay.windows import Exposure
from emulator.rules import Language
from emulator.rules.detection import Budget
from tests.replay.test_measuring import rule

RULE = rule(Language.KQL, "DeviceProcessEvents")


def measured(
    budget: Budget, alerts: dict[str, int], hosts: int = 40, *, label: str = "benign", unmeasured: str = ""
) -> Measurement:
    """A query with alerts by host, on hosts that were seen for five days each, with a hundred events a day."""
    held = replace(RULE, detection=replace(RULE.detection, budgets={RULE.name: budget}))
    days = {(f"h{host}", day) for host in range(hosts) for day in range(5)}
    raised = Raised(by_host_day=Counter({(host, 1): count for host, count in alerts.items()}))
    part = Part("made up", label, lambda _: ())
    count = sum(alerts.values())
    exposure = Exposure({"t": 500 * hosts}, host_days=days)
    return Measurement(held, part, exposure, alerts=count, raised=raised, unmeasured=unmeasured)


ALERTS: dict[str, dict[str, int]] = {"each": {f"h{host}": 1 for host in range(20)}, "none": {}}
CASES = yaml.safe_load(Path(__file__).with_name("budgets.yaml").read_text("utf8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["told"][:60] or "kept")
def test_budgets(case: dict[str, Any]) -> None:
    how = {name: case[name] for name in ("hosts", "label", "unmeasured") if name in case}
    found = exceeded([measured(Budget(**case["budget"]), ALERTS[case["alerts"]], **how)])
    assert found == ([f"T1033_whoami kql on made up: {case['told']}"] if case["told"] else [])


def test_the_wider_interval_counts() -> None:
    clustered = {"h1": 30, "h2": 20, "h3": 8, "h4": 8, "h5": 9, "h6": 5}
    spread = {f"h{host}": 2 for host in range(40)}
    assert sum(clustered.values()) == sum(spread.values())
    budget = Budget(0.55, confidence=0.95)
    assert exceeded([measured(budget, spread)]) == []
    (text,) = exceeded([measured(budget, clustered)])
    assert "0.4 per host-day may be" in text
    certain = Budget(0.25)  # The exact interval lies above it, the one by host does not.
    assert exceeded([measured(certain, spread)])
    assert exceeded([measured(certain, clustered)]) == []


def test_parts_are_held_against_a_budget_together() -> None:
    budget = Budget(0.01, confidence=0.95)
    days = {(f"h{host}", day) for host in range(40) for day in range(5, 15)}
    more = replace(measured(budget, {}), exposure=Exposure({"t": 9}, host_days=days))
    assert exceeded([measured(budget, {})])
    assert exceeded([measured(budget, {}), more]) == []
