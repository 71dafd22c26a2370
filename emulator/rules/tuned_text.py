"""The query that people deploy: the exclusions of tunings, put before the unmodified text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from emulator.rules.detection import PLACEHOLDER, Detection, Exclusion, Tuning
from emulator.rules.names import Language


def tuned_text(
    detection: Detection, language: Language, tunings: Sequence[Tuning] | None = None, *, recommended: bool = False
) -> str:
    """The deployable query: exclusions at its source, then the query's own text, unmodified.

    `tunings` are all of the detection unless given; `recommended` tunes the corrected query when there is one.
    """
    query = detection.queries[language]
    better = query.recommended if recommended else None
    chosen = detection.tunings if tunings is None else tunings
    exclusions = [(tuning, one) for tuning in chosen for one in tuning.exclusions.get(language, ())]
    prefix = _kql_prefix(exclusions) if language is Language.KQL else _cql_prefix(exclusions)
    return prefix + (better or query).source.text


def _kql_prefix(exclusions: Sequence[tuple[Tuning, Exclusion]]) -> str:
    """One `let` a table, of the table's own name: what follows then reads the table without the excluded rows.

    A condition must be true or false: `not` of a null would exclude the row.
    """
    by_table: dict[str, list[str]] = {}
    for tuning, exclusion in exclusions:
        stage = f"    {_comment(tuning)}\n    | where not({_filled(tuning, exclusion)})\n"
        by_table.setdefault(exclusion.table, []).append(stage)
    return "".join(f"let {table} = {table}\n{''.join(stages)}    ;\n" for table, stages in by_table.items())


def _cql_prefix(exclusions: Sequence[tuple[Tuning, Exclusion]]) -> str:
    """One filter step a tuning. An event that lacks a compared field does not match, so it is not excluded."""
    return "".join(f"{_comment(tuning)}\nnot ({_filled(tuning, exclusion)}) |\n" for tuning, exclusion in exclusions)


def _filled(tuning: Tuning, exclusion: Exclusion) -> str:
    """The condition with every allow-list written out as quoted names, which both languages quote alike."""

    def names(match: re.Match[str]) -> str:
        given = tuning.allow[match[1]]
        return ", ".join(_quoted(name.partition(".")[0] if match[2] else name) for name in given)

    return PLACEHOLDER.sub(names, exclusion.text)


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _comment(tuning: Tuning) -> str:
    """What a tuning is, on one line."""
    return f"// {tuning.id}: {' '.join(tuning.title.split())}"
