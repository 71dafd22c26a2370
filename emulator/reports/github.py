"""Verdicts for GitHub Actions: annotations on the worst lines, and the job's summary in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from emulator.diagnostics import Diagnostic
from emulator.replay.judging import Judgement, Outcome, Verdict
from emulator.replay.measuring import Measurement
from emulator.reports.markdown import cell
from emulator.reports.workflow_commands import MOST_ANNOTATIONS, workflow_command


def error_commands(judgement: Judgement) -> list[str]:
    """Workflow commands that mark the failing lines: problems of files first, then failed verdicts."""
    marks = [*map(_problem, judgement.problems), *map(_failure, _failed(judgement.verdicts))]
    return marks[:MOST_ANNOTATIONS]


def _failed(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Failures, with missed attacks before false alarms."""
    failed = [one for one in verdicts if one.outcome in (Outcome.FAIL, Outcome.GAP)]
    return sorted(failed, key=lambda one: one.case.kind.value, reverse=True)


def _problem(problem: Diagnostic) -> str:
    text = f"{problem.message}\n{problem.help}"
    return workflow_command("error", problem.source.name, (problem.line, problem.column), f"{problem.code}", text)


def _failure(verdict: Verdict) -> str:
    line, column = verdict.case.file.position(verdict.expectation_span_start)
    text = "\n".join((f"expected {verdict.expected}, got {verdict.actual}. {verdict.reason}".strip(), *verdict.because))
    title = f"{verdict.case.id} [{verdict.query.value}]"
    return workflow_command("error", verdict.case.file.name, (line, column), title, text)


def verdict_summary(judgement: Judgement) -> str:
    """Markdown with the totals of every query and every verdict that is not a pass."""
    lines = ["## Detection tests", "", "| detection | query | " + " | ".join(one.value for one in Outcome) + " |"]
    lines.append("|---|---|" + "---:|" * len(Outcome))
    groups: dict[tuple[str, str], Counter[Outcome]] = {}
    for verdict in judgement.verdicts:
        groups.setdefault((verdict.detection.name, verdict.query.value), Counter())[verdict.outcome] += 1
    for (name, query), counts in groups.items():
        cells = " | ".join(str(counts[one]) for one in Outcome)
        lines.append(f"| {cell(name)} | {query} | {cells} |")
    rest = [one for one in judgement.verdicts if one.outcome is not Outcome.PASS]
    if rest:
        lines += ["", "| verdict | case | query | expected | got | why |", "|---|---|---|---|---|---|"]
        for one in sorted(rest, key=lambda verdict: list(_WORST).index(verdict.outcome)):
            texts = [one.outcome.value, one.case.id, one.query.value, one.expected, one.actual, _why(one)]
            lines.append("| " + " | ".join(map(cell, texts)) + " |")
    for problem in judgement.problems:
        place = f"{problem.source.name}:{problem.line}"
        lines += ["", f"- `{cell(place)}` **{problem.code}** {cell(problem.message)}"]
    return "\n".join(lines) + "\n"


def _why(verdict: Verdict) -> str:
    return "; ".join(text for text in (verdict.reason, *verdict.because) if text)


_WORST = (Outcome.FAIL, Outcome.GAP, Outcome.UNMEASURED, Outcome.KNOWN_MISS, Outcome.PASS)


def rate_summary(measurements: Iterable[Measurement]) -> str:
    """Markdown with what each query raised on a corpus, its denominators and its rates."""
    headings = ["corpus", "detection", "query", "alerts", "events", "hosts", "host-days"]
    headings += ["per host-day", "by host", "per million events"]
    lines = [
        "## How often the rules fire",
        "",
        f"| {' | '.join(headings)} |",
        "|---|---|---|---:|---:|---:|---:|---|---|---|",
    ]
    for one in measurements:
        rates: list[object] = [f"unmeasured: {one.unmeasured}", "", ""]
        if not one.unmeasured:
            rates = [one.per_host_day, one.by_host() if one.alerts else "", one.per_million]
        counts = [one.alerts, one.events, len(one.exposure.hosts), len(one.exposure.host_days)]
        texts = [one.part.name, one.rule.detection.name, one.rule.name.value, *counts, *(rate or "" for rate in rates)]
        lines.append("| " + " | ".join(cell(str(text)) for text in texts) + " |")
    return "\n".join(lines) + "\n"
