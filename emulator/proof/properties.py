"""Properties over a case's parameters: whatever values the case leaves open, every query keeps its verdict.

A malicious activity still raises alerts outside of every allow-list, a benign one inside its tuning's allow-list stays
silent once tuned, and a known miss stays one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from random import Random

import yaml
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from emulator.events.scenarios.folder import find_scenario
from emulator.events.scenarios.scenario import Scenario
from emulator.events.scenarios.strategies import strategy
from emulator.events.scenarios.template import Value
from emulator.nodes import record
from emulator.proof.blame import blame
from emulator.replay.corpus import Material
from emulator.replay.judging import Outcome, Verdict, judge_case
from emulator.replay.rulebook import Rule
from emulator.replay.staging import stage
from emulator.rules import Case, Detection, Kind, QueryName, ScenarioEvents, Tuning
from emulator.rules.document import parse_document
from emulator.rules.kinds import CASE_FILE

EXAMPLES = 20
_SEED = 20260302
_DRAWN_FROM = {
    "host": ("hosts",),
    "target": ("addresses",),
    "user": ("accounts",),
    "ip4": ("addresses",),
    "ip6": ("addresses",),
    "address": ("addresses",),
}
"""The allow-lists from which values of a kind of parameter are drawn; a target is no host that acts."""
_LISTED_AS = {**_DRAWN_FROM, "target": ("hosts", "addresses")}
"""The allow-lists that may hold values of a kind of parameter."""

Parameters = Mapping[int, Mapping[str, Value]]
"""Values of parameters by the position of their events in the case."""


@record
class Counterexample:
    """The simplest values found that change a verdict; `case_text` is a whole case file with them, ready to paste."""

    verdict: Verdict
    parameters: Parameters
    case_text: str


def falsify(rule: Rule, case: Case, material: Material, examples: int = EXAMPLES) -> Counterexample | None:
    """Look for values of the case's open parameters with which a query fails it; the same every time.

    Raises QueryError for a scenario or parameter that does not exist.
    """
    drawn = open_parameters(rule.detection, case, material)
    if drawn is None:
        return None

    def fails(parameters: Parameters) -> bool:
        return _verdict(rule, case, material, parameters).outcome is Outcome.FAIL

    limits = settings(
        max_examples=examples, database=None, deadline=None, phases=(Phase.generate, Phase.shrink), derandomize=False
    )
    try:
        found = find(drawn, fails, settings=limits, random=Random(_SEED))  # noqa: S311 - draws examples, no secrets
    except NoSuchExample:
        return None
    verdict = _verdict(rule, case, material, found)
    because = blame(rule, case, stage(case, rule.name.language, material, found))
    return Counterexample(verdict, found, _case_text(case, found, verdict, because))


def _verdict(rule: Rule, case: Case, material: Material, parameters: Parameters) -> Verdict:
    return judge_case(rule, case, stage(case, rule.name.language, material, parameters))


def open_parameters(detection: Detection, case: Case, material: Material) -> st.SearchStrategy[Parameters] | None:
    """Draws of everything that the scenarios of a case leave open; None for a case that fixes all."""
    drawn: dict[int, st.SearchStrategy[dict[str, Value]]] = {}
    inside = _inside(detection, case)
    for position, events in enumerate(case.events):
        if isinstance(events, ScenarioEvents):
            scenario = find_scenario(events.scenario, dict(material.scenarios), mentioned_in=case.file, at=events.span)
            open_ones = [
                name for name, one in scenario.parameters.items() if one.free and name not in events.parameters
            ]
            if open_ones:
                among = {} if inside is None else _allowed(scenario, open_ones, inside)
                others = [name for name in open_ones if name not in among]
                excluding = _listed(scenario, others, detection.tunings)
                drawn[position] = strategy(scenario, events.parameters, among=among, excluding=excluding)
    return st.fixed_dictionaries(drawn) if drawn else None


def _inside(detection: Detection, case: Case) -> Tuning | None:
    """The tuning within whose allow-lists a case stays: what it excuses, and the attacks known to hide there."""
    if not case.tuning:
        return None
    hides = any(case.expect[name].known_miss for name in QueryName if name.tuned and name in case.expect)
    return detection.tuning(case.tuning) if case.kind is Kind.BENIGN or hides else None


def _allowed(scenario: Scenario, names: Collection[str], tuning: Tuning) -> dict[str, list[Value]]:
    """For each parameter that an allow-list speaks of, the values of the list that it can hold."""
    found: dict[str, list[Value]] = {}
    for name in names:
        parameter = scenario.parameters[name]
        lists = ("tools",) if parameter.values else _DRAWN_FROM.get(parameter.kind.name, ())
        listed = {value.casefold(): value for each in lists for value in tuning.allow.get(each, ())}
        values: list[Value] = [value for value in parameter.values if str(value).casefold() in listed]
        if not parameter.values:
            values = [value for value in listed.values() if parameter.refusal(value) is None]
        if values:
            found[name] = values
    return found


def _listed(scenario: Scenario, names: Collection[str], tunings: Collection[Tuning]) -> dict[str, list[Value]]:
    """For each parameter of names or addresses, all that some allow-list holds; hosts with and without their domain."""
    found: dict[str, list[Value]] = {}
    for name in names:
        lists = _LISTED_AS.get(scenario.parameters[name].kind.name, ())
        values = [value for tuning in tunings for each in lists for value in tuning.allow.get(each, ())]
        if values:
            found[name] = [*values, *(value.partition(".")[0] for value in values)]
    return found


def _case_text(case: Case, parameters: Parameters, verdict: Verdict, because: Collection[str]) -> str:
    """The case with the values written out, under a comment that says what they show."""
    document = parse_document(case.file, CASE_FILE).plain()
    document["id"] = f"{case.id}-falsified"
    for position, values in parameters.items():
        document["events"][position]["with"] = dict(values)
    lines = [f"{verdict.query.value}: expected {verdict.expected}, got {verdict.actual} {verdict.reason}", *because]
    comment = "".join(f"# {' '.join(line.split())}\n" for line in lines)
    return comment + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
