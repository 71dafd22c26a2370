"""The queries of a detection, compiled: as deployed, and with every tuning applied."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.query import Query, compile
from emulator.rules import Detection, QueryName, tuned_text


@dataclass(frozen=True, slots=True)
class Rule:
    """One query of a detection, ready to run with the stand-ins of the rule's folder."""

    detection: Detection
    name: QueryName
    query: Query
    given: Mapping[str, object]


def query_text(detection: Detection, name: QueryName) -> str:
    """The text that a query of a detection runs as."""
    if name.tuned:
        return tuned_text(detection, name.language)
    return detection.queries[name.language].source.text


def compile_rule(detection: Detection, name: QueryName, root: Path) -> Rule:
    """Compile a query of a detection. Raises QueryError."""
    rule = detection.queries[name.language]
    where = rule.source.name + (" (tuned)" if name.tuned else "")
    query = compile(query_text(detection, name), language=name.language.value, assume=rule.assumptions, name=where)
    return Rule(detection, name, query, stand_ins(root / detection.folder))


def query_names(detection: Detection) -> list[QueryName]:
    """The queries that a detection has, in the order of reports; tuned ones where it has tunings."""
    return [name for name in QueryName if name.language in detection.queries and (detection.tunings or not name.tuned)]


def stand_ins(folder: Path) -> dict[str, object]:
    """What the rule's folder gives: `watchlists/NAME.csv`, `lookups/FILE.csv` and `queries/NAME.cql`."""
    given: dict[str, object] = {}
    for path in sorted((folder / "watchlists").glob("*.csv")):
        given[f"watchlist:{path.stem}"] = _rows(path)
    for path in sorted((folder / "lookups").glob("*.csv")):
        given[f"lookup:{path.name}"] = _rows(path)
    for path in sorted((folder / "queries").glob("*.cql")):
        given[f"query:{path.stem}"] = path.read_text("utf8")
    return given


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf8", newline="") as lines:
        return list(csv.DictReader(lines))
