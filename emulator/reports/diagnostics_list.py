"""Diagnostics as people read them in a terminal, and as annotations of GitHub Actions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from emulator.diagnostics import Diagnostic, Severity
from emulator.reports.workflow_commands import MOST_ANNOTATIONS, workflow_command

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def total(found: Iterable[Diagnostic], checked: str) -> str:
    """One line: what was checked, and how many diagnostics of each severity there are."""
    counts = Counter(one.severity for one in found)
    return f"{checked}: " + ", ".join(_counted(counts[severity], severity.value) for severity in Severity)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def github_marks(found: Sequence[Diagnostic]) -> list[str]:
    """Workflow commands that mark lines, the worst first and as many of each severity as GitHub shows."""
    return [
        workflow_command(kind, one.source.name, (one.line, one.column), str(one.code), f"{one.message}\n{one.help}")
        for severity, kind in _KINDS.items()
        for one in [one for one in found if one.severity is severity][:MOST_ANNOTATIONS]
    ]
