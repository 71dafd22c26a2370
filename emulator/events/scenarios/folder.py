"""The scenarios of a folder, by name."""

from __future__ import annotations

from pathlib import Path

from emulator.diagnostics import Diagnostic, QueryError, code, did_you_mean
from emulator.events.description_files import DESCRIPTION_FILE
from emulator.events.scenarios.parameters import Problem
from emulator.events.scenarios.reading import read_scenario
from emulator.events.scenarios.scenario import Scenario, Shown
from emulator.rules.files import read_text
from emulator.source import NOWHERE, Source, Span

__all__ = ["Problem", "Scenario", "Shown", "find_scenario", "load_scenarios"]

DUPLICATE_NAME = code(
    "EVT2102",
    "two scenarios of the same name",
    "Cases refer to scenarios by name, so a name stands for one scenario only. Rename one of the two.",
)
UNKNOWN_SCENARIO = code(
    "EVT2103",
    "unknown scenario",
    "A case names a scenario that the corpus does not hold. Scenarios are the files of `corpus/scenarios/`.",
)


def load_scenarios(folder: Path, *, root: Path | None = None) -> dict[str, Scenario]:
    """Every scenario of a folder's `*.yaml` files, by name, in the order of names.

    Files that lie outside of `root` (the folder unless given) are refused. Raises QueryError with everything that is
    wrong in any of the files.
    """
    loaded: dict[str, Scenario] = {}
    found: list[Diagnostic] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            scenario = read_scenario(read_text(path, root or folder, DESCRIPTION_FILE))
        except QueryError as error:
            found.extend(error.diagnostics)
            continue
        first = loaded.setdefault(scenario.name, scenario)
        if first is not scenario:
            found.append(_duplicate(scenario, first))
    if found:
        raise QueryError(found)
    return dict(sorted(loaded.items()))


def _duplicate(second: Scenario, first: Scenario) -> Diagnostic:
    message = f"the scenario `{second.name}` is already in {first.source.name}"
    return Diagnostic(DUPLICATE_NAME, message, second.place, "give it a name of its own", second.source)


def find_scenario(
    name: str, scenarios: dict[str, Scenario], *, mentioned_in: Source | None = None, at: Span = NOWHERE
) -> Scenario:
    """The scenario of that name. Raises QueryError, pointing at the mention, when there is none."""
    if name in scenarios:
        return scenarios[name]
    known = f"the scenarios are {', '.join(scenarios)}" if scenarios else "the corpus has no scenario"
    hint = did_you_mean(name, scenarios, known)
    message = f"there is no scenario `{name}`"
    raise QueryError([Diagnostic(UNKNOWN_SCENARIO, message, at, hint, mentioned_in or Source("scenarios", name))])
