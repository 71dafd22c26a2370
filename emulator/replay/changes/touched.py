"""The queries that a change touches, each in both versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from emulator.interpreter.context import Limits
from emulator.replay.changes.differences import Versions
from emulator.replay.changes.versions import digest
from emulator.replay.rulebook import Rule, compile_rule, query_names
from emulator.rules import Detection, QueryName, load_detections


def touched(base: Path, head: Path, limits: Limits | None = None) -> list[Versions]:
    """The queries of detections whose files differ between two repositories.

    A change below `schemas/` touches every detection. Raises QueryError for rules that can't be read or compiled.
    """
    old = {one.folder: one for one in load_detections(base)}
    new = {one.folder: one for one in load_detections(head)}
    shared_differ = digest(base / "schemas") != digest(head / "schemas")
    found: list[Versions] = []
    for folder in sorted({**old, **new}):
        if folder in old and folder in new and not shared_differ and digest(base / folder) == digest(head / folder):
            continue
        before = _rules(old.get(folder), base, limits)
        after = _rules(new.get(folder), head, limits)
        name = folder.rpartition("/")[2]
        found += [
            Versions(f"{name} {query.value}", before.get(query), after.get(query))
            for query in QueryName
            if query in before or query in after
        ]
    return found


def tuned(detections: Iterable[Detection], root: Path, limits: Limits | None = None) -> list[Versions]:
    """The queries of some detections as deployed and with every tuning applied. Raises QueryError."""
    return [one for detection in detections for one in _tuned(detection, root, limits)]


def _tuned(detection: Detection, root: Path, limits: Limits | None) -> Iterator[Versions]:
    rules = _rules(detection, root, limits)
    for query, rule in rules.items():
        if query.tuned:
            plain = QueryName(query.language.value)
            yield Versions(f"{detection.name} {plain.value} tuned", rules[plain], rule)


def _rules(detection: Detection | None, root: Path, limits: Limits | None) -> Mapping[QueryName, Rule]:
    if detection is None:
        return {}
    return {name: compile_rule(detection, name, root, limits) for name in query_names(detection)}
