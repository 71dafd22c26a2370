"""Which deletions in a rule its cases notice, and which survive: what no case asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from emulator.diagnostics import QueryError
from emulator.nodes import record
from emulator.proof.mutation import Mutant, mutants
from emulator.replay.corpus import Material
from emulator.replay.judging import Outcome, Verdict, judge_case
from emulator.replay.rulebook import Rule, compile_rule, query_names
from emulator.replay.staging import Staged, stage
from emulator.rules import Detection, Language
from emulator.source import Source


@record
class Trial:
    """A mutant before its cases. `verdict` is the first that failed; `refusal` says why the mutant does not compile."""

    language: Language
    mutant: Mutant
    rule: Rule | None = None
    verdict: Verdict | None = None
    refusal: str = ""

    @property
    def survived(self) -> bool:
        """True when nothing noticed the deletion."""
        return self.verdict is None and not self.refusal


def trials(detection: Detection, root: Path, material: Material) -> Iterator[Trial]:
    """Every deletion in every query of a detection, put before all cases of that language until one fails."""
    for language, query in detection.queries.items():
        staged = {case.id: stage(case, language, material) for case in detection.cases}
        for mutant in mutants(query.source.text, language):
            yield _trial(mutated(detection, language, mutant), language, mutant, staged, root)


def mutated(detection: Detection, language: Language, mutant: Mutant) -> Detection:
    """The detection with a mutant in place of the query of a language."""
    query = detection.queries[language]
    changed = replace(query, source=Source(query.source.name, mutant.text))
    return replace(detection, queries={**detection.queries, language: changed})


def _trial(detection: Detection, language: Language, mutant: Mutant, staged: Mapping[str, Staged], root: Path) -> Trial:
    for name in query_names(detection):
        if name.language is not language:
            continue
        try:
            rule = compile_rule(detection, name, root)
        except QueryError as error:
            return Trial(language, mutant, refusal=error.diagnostics[0].message)
        for case in detection.cases:
            verdict = judge_case(rule, case, staged[case.id])
            if verdict.outcome is Outcome.FAIL:
                return Trial(language, mutant, rule, verdict)
    return Trial(language, mutant)
