"""Judging: every case against every query, with a verdict that says what was expected and what came."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from emulator.diagnostics import Diagnostic, QueryError
from emulator.interpreter.context import Limits
from emulator.nodes import record
from emulator.query import BAD_CELL
from emulator.replay.corpus import Material
from emulator.replay.rulebook import Rule, compile_rule, query_names
from emulator.replay.staging import Staged, stage
from emulator.result import Result
from emulator.rules import Case, Detection, Expectation, Language, QueryName, Value


class Outcome(enum.StrEnum):
    """What a verdict comes to."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    KNOWN_MISS = "known-miss"
    UNMEASURED = "unmeasured"
    GAP = "gap"


@record
class Verdict:
    """One query judged on one case. `reason` says why, where the outcome alone does not.

    `because` names the lines of the rule that made it fail, where somebody asked (`emulator.proof.blame`).
    """

    detection: Detection
    query: QueryName
    case: Case
    outcome: Outcome
    expected: str
    actual: str
    reason: str = ""
    notes: tuple[str, ...] = ()
    because: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """One object of `ruleproof test --format json`."""
        return {
            "detection": self.detection.name,
            "query": self.query.value,
            "case": self.case.id,
            "kind": self.case.kind.value,
            "verdict": self.outcome.value,
            "expected": self.expected,
            "actual": self.actual,
            "reason": self.reason,
            "notes": list(self.notes),
            "because": list(self.because),
            "file": self.case.file.name,
            "line": self.case.file.position(self.expectation_span_start)[0],
        }

    @property
    def expectation_span_start(self) -> int:
        """Where the case says what it expects of this query."""
        return self.case.expect[self.query].span.start if self.query in self.case.expect else self.case.span.start


@dataclass(slots=True)
class Judgement:
    """Everything that judging a set of detections gave."""

    verdicts: list[Verdict] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 pass, 1 a verdict failed, 2 a rule or file is wrong, 3 an emulator gap; the highest wins."""
        gap = any(one.code.is_gap for one in self.problems)
        gap = gap or any(one.outcome is Outcome.GAP for one in self.verdicts)
        if gap:
            return 3
        if self.problems:
            return 2
        return int(any(one.outcome is Outcome.FAIL for one in self.verdicts))


def judge(
    detections: Iterable[Detection],
    material: Material,
    root: Path,
    progress: Callable[[], None] = lambda: None,
    limits: Limits | None = None,
) -> Judgement:
    """Judge every case of some detections; what is wrong with one rule does not stop the others.

    `progress` is called after each verdict; `limits` bounds each run.
    """
    judgement = Judgement()
    for detection in detections:
        for name in query_names(detection):
            try:
                rule = compile_rule(detection, name, root, limits)
            except QueryError as error:
                judgement.problems.extend(error.diagnostics)
                judgement.verdicts.extend(_gaps(detection, name, error))
                continue
            for verdict in _judge_rule(rule, material, judgement.problems):
                judgement.verdicts.append(verdict)
                progress()
    return judgement


def _gaps(detection: Detection, name: QueryName, error: QueryError) -> Iterator[Verdict]:
    """A query that the emulator can't run leaves every case of it open."""
    if not all(one.code.is_gap for one in error.diagnostics):
        return
    for case in detection.cases:
        expected = str(case.expect[name])
        yield Verdict(detection, name, case, Outcome.GAP, expected, "not run", error.diagnostics[0].message)


def _judge_rule(rule: Rule, material: Material, problems: list[Diagnostic]) -> Iterator[Verdict]:
    for case in rule.detection.cases:
        try:
            yield judge_case(rule, case, stage(case, rule.name.language, material))
        except QueryError as error:
            found = [_in_case(one, case) for one in error.diagnostics]
            problems.extend(one for one in found if one not in problems)


def _in_case(problem: Diagnostic, case: Case) -> Diagnostic:
    """What is wrong with a cell of an event, told of the case that the event stands in."""
    if problem.code is not BAD_CELL:
        return problem
    message = f"{problem.source.name}: {problem.message}"
    return replace(problem, message=message, source=case.file, span=case.places["events"])


def judge_case(rule: Rule, case: Case, staged: Staged) -> Verdict:
    """Run a query over a staged case and compare. Raises QueryError for events that do not fit their tables."""
    expected = case.expect[rule.name]

    def verdict(outcome: Outcome, actual: str, reason: str = "", notes: tuple[str, ...] = ()) -> Verdict:
        return Verdict(rule.detection, rule.name, case, outcome, str(expected), actual, reason, notes)

    if staged.absent:
        return verdict(Outcome.UNMEASURED, "not run", staged.absent)
    result = rule.query.run(
        staged.tables, now=staged.now, time_range=search_interval(rule, staged.now), given=rule.given
    )
    alerts = len(result.rows)
    actual = f"{alerts} alert{'' if alerts == 1 else 's'}"
    if not expected.allows(alerts):
        return verdict(Outcome.FAIL, actual, "", result.notes)
    missing = _unmet_rows(expected, result)
    if missing:
        return verdict(Outcome.FAIL, actual, f"no alert holds {missing}", result.notes)
    if expected.known_miss:
        return verdict(Outcome.KNOWN_MISS, actual, expected.known_miss, result.notes)
    if alerts == 0 and not any(result.read.values()):
        reason = f"the sensor records nothing of it that the query reads ({staged.events} events)"
        return verdict(Outcome.UNMEASURED, actual, reason, result.notes)
    return verdict(Outcome.PASS, actual, "", result.notes)


def _unmet_rows(expected: Expectation, result: Result) -> str:
    """The first row that the expectation names and no alert agrees with, as text; "" when all are met."""
    if not expected.rows:
        return ""
    answer = result.to_json()
    columns: list[dict[str, str]] = answer["columns"]  # type: ignore[assignment]  # the shape is to_json's promise
    rows: list[list[object]] = answer["rows"]  # type: ignore[assignment]  # likewise
    alerts = [dict(zip((column["name"] for column in columns), row, strict=True)) for row in rows]
    for wanted in expected.rows:
        if not any(_agrees(wanted, alert) for alert in alerts):
            return ", ".join(f"{name}: {value}" for name, value in wanted.items())
    return ""


def _agrees(wanted: Mapping[str, Value], alert: Mapping[str, object]) -> bool:
    return all(name in alert and _same(value, alert[name]) for name, value in wanted.items())


def _same(wanted: Value, found: object) -> bool:
    """Equal, or equal as text where one of them is text: CQL knows nothing else."""
    if wanted == found:
        return True
    return isinstance(found, str) and not isinstance(wanted, str) and wanted is not None and str(wanted) == found


def search_interval(rule: Rule, now: datetime) -> tuple[datetime, None] | None:
    """How far back a run looks: a CQL search gets its interval from outside, a KQL rule says its time itself."""
    language = rule.name.language
    return (now - rule.detection.lookback(language), None) if language is Language.CQL else None
