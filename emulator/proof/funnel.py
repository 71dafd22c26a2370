"""The funnel of a rule: how many rows each stage met, and how many it let through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from emulator.interpreter.tables import Raw
from emulator.plan.steps import Step
from emulator.proof.why import Leg, legs_of, line_of, traced_run
from emulator.query import Query


@dataclass(slots=True)
class Gate:
    """One stage of a leg: rows that met it and rows that it kept."""

    line: int
    text: str
    met: int = 0
    kept: int = 0


@dataclass(slots=True)
class Way:
    """One leg or branch with its gates in order."""

    leg: Leg
    gates: list[Gate]

    @property
    def last_gate(self) -> Gate | None:
        """The gate that dropped the last rows; None when some rows passed all gates, or no row came."""
        met = [gate for gate in self.gates if gate.met]
        return met[-1] if met and not met[-1].kept else None


def funnel(
    query: Query, tables: Mapping[str, Sequence[Mapping[str, object]]], now: datetime, given: Mapping[str, object]
) -> list[Way]:
    """Count what every stage of a query did with the rows of some tables."""
    root = query.bound(given).root
    ways = [(Way(leg, [_gate(query, step) for step in steps]), steps) for leg, steps in legs_of(root, query)]
    by_step = {id(step): gate for way, steps in ways for step, gate in zip(steps, way.gates, strict=True)}

    def record(step: Step, _: Mapping[str, object], values: tuple[object, ...]) -> bool:
        gate = by_step[id(step)]
        kept = all(value is True for value in values)
        gate.met += 1
        gate.kept += kept
        return kept

    traced_run(query, root, {name: Raw(rows) for name, rows in tables.items()}, now, record)
    return [way for way, _ in ways if any(gate.met for gate in way.gates)]


def _gate(query: Query, step: Step) -> Gate:
    return Gate(line_of(query, step.span), " ".join(query.source.slice(step.span).split()))


def why_nothing(ways: Sequence[Way]) -> Iterator[str]:
    """For each leg that rows came to and none left: where the last ones went."""
    for way in ways:
        gate = way.last_gate
        if gate is not None:
            branch = f"branch {'.'.join(map(str, way.leg.branch))}" if way.leg.branch else way.leg.table
            rows = "the last row" if gate.met == 1 else f"the last {gate.met} rows"
            yield f"{branch}: line {gate.line} dropped {rows}: {_short(gate.text)}"


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
