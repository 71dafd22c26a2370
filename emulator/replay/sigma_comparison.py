"""A detection's Sigma rule, converted by pySigma, beside the written queries: which of them fire on each case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from emulator.diagnostics import QueryError, Reporter, code
from emulator.interpreter.context import Limits
from emulator.nodes import record
from emulator.plan.needs import needed_columns
from emulator.query import compile
from emulator.replay.corpus import Material
from emulator.replay.rulebook import Rule, compile_rule
from emulator.replay.staging import Staged, stage
from emulator.rules import CQL_STREAM, Case, Detection, InlineEvents, Kind, Language, QueryName
from emulator.rules.sigma import convert
from emulator.source import Source

NO_SIGMA = code(
    "RUL3107",
    "a detection has no Sigma rule",
    "`sigma: sigma.yml` in `detection.yaml` names the Sigma rule of the folder. Without one there is nothing to "
    "compare the written queries with.",
)
_WRITTEN = {Language.KQL: QueryName.KQL, Language.CQL: QueryName.CQL}


@record
class Pair:
    """How often the written and the converted query of one language fire on a case.

    `unseen` says why neither can be judged, or is "". `lacking` are columns that the converted query reads and the
    case's rows, written by hand for another query, leave out: its silence then says nothing.
    """

    written: int
    converted: int
    unseen: str = ""
    lacking: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether one of the two fires and the other, which could have, does not."""
        return bool(self.written) is not bool(self.converted) and not self.lacking

    def to_json(self) -> dict[str, object]:
        """The alerts of both, whether they disagree, and what kept them from being judged."""
        return {
            "written": self.written,
            "converted": self.converted,
            "differs": self.differs,
            "unseen": self.unseen,
            "lacking": list(self.lacking),
        }


@record
class Compared:
    """One case with its pair for each language that the detection has."""

    case: Case
    pairs: Mapping[Language, Pair]

    @property
    def differs(self) -> bool:
        """Whether the two queries of some language disagree."""
        return any(pair.differs for pair in self.pairs.values())

    @property
    def lacking(self) -> bool:
        """Whether the case's rows leave out what a converted query reads, on which the written one fires."""
        return any(pair.lacking and pair.written for pair in self.pairs.values())


@record
class Comparison:
    """A detection's written queries compared with the conversions of its Sigma rule, case by case."""

    detection: Detection
    converted: Mapping[Language, Source]
    cases: tuple[Compared, ...]

    def count(self, language: Language, kind: Kind, *, written: bool) -> int:
        """Cases of a kind on which the written query alone fires, or the converted one alone."""
        pairs = [one.pairs[language] for one in self.cases if one.case.kind is kind and language in one.pairs]
        return sum(pair.differs and bool(pair.written) is written for pair in pairs)

    @property
    def alike(self) -> int:
        """Cases on which the queries of every language agree, as far as they can be judged."""
        return sum(not one.differs and not one.lacking for one in self.cases)

    @property
    def lacking(self) -> int:
        """Cases whose rows leave out what a converted query reads."""
        return sum(bool(one.lacking) for one in self.cases)

    @property
    def differs(self) -> bool:
        """Whether the queries disagree on some case."""
        return any(one.differs for one in self.cases)

    def to_json(self) -> dict[str, object]:
        """Everything as plain values."""
        return {
            "detection": self.detection.name,
            "sigma": self.detection.sigma.name if self.detection.sigma else "",
            "converted": {language.value: source.text for language, source in self.converted.items()},
            "cases": [
                {
                    "case": one.case.id,
                    "kind": one.case.kind.value,
                    **{language.value: pair.to_json() for language, pair in one.pairs.items()},
                }
                for one in self.cases
            ],
        }


def compare_with_sigma(
    detection: Detection, material: Material, root: Path, limits: Limits | None = None
) -> Comparison:
    """Run both queries of each language over every case.

    A converted query has no time of its own: like the written CQL query it sees the schedule's lookback. Raises
    QueryError when the detection has no Sigma rule, or a query or a case can't be used.
    """
    if detection.sigma is None:
        help = "add `sigma: sigma.yml`, and the rule beside it"
        report = Reporter(detection.source)
        raise QueryError([report.error(NO_SIGMA, "the detection has no Sigma rule", detection.span, help)])
    converted = {language: convert(detection.sigma, language) for language in detection.queries}
    rules = {
        language: (
            compile_rule(detection, _WRITTEN[language], root, limits),
            _compiled(detection, source, language, limits),
        )
        for language, source in converted.items()
    }
    cases = tuple(_compared(case, rules, material) for case in detection.cases)
    return Comparison(detection, converted, cases)


def _compiled(detection: Detection, source: Source, language: Language, limits: Limits | None) -> Rule:
    query = compile(source.text, language=language.value, name=source.name, limits=limits)
    return Rule(detection, _WRITTEN[language], query, {})


def _compared(case: Case, rules: Mapping[Language, tuple[Rule, Rule]], material: Material) -> Compared:
    return Compared(case, dict(_pairs(case, rules, material)))


def _pairs(
    case: Case, rules: Mapping[Language, tuple[Rule, Rule]], material: Material
) -> Iterator[tuple[Language, Pair]]:
    for language, (written, converted) in rules.items():
        staged = stage(case, language, material)
        if staged.absent:
            yield language, Pair(0, 0, staged.absent)
            continue
        (alerts, read), (others, also_read) = _run(written, staged), _run(converted, staged)
        unseen = "" if read or also_read else "the sensor records nothing of it that a query reads"
        yield language, Pair(alerts, others, unseen, () if others else _lacking(converted, case, language))


def _run(rule: Rule, staged: Staged) -> tuple[int, int]:
    """Alerts, and events that the query read."""
    lookback: tuple[datetime, None] = (staged.now - rule.detection.lookback(rule.name.language), None)
    result = rule.query.run(staged.tables, now=staged.now, time_range=lookback, given=rule.given)
    return len(result.rows), sum(result.read.values())


def _lacking(rule: Rule, case: Case, language: Language) -> tuple[str, ...]:
    """Columns that a query needs and no row that the case writes out fills; sensors' own rows are as they are."""
    rows: dict[str, list[Mapping[str, object]]] = {}
    for events in case.events:
        if isinstance(events, InlineEvents):
            for table, written in events.rows.items():
                if (table == CQL_STREAM) is (language is Language.CQL):
                    rows.setdefault(table, []).extend(written)
    needed = needed_columns(rule.query.plan.root)
    unfilled = {
        name for table, names in needed for name in names if table in rows and not any(map(_filled(name), rows[table]))
    }
    return tuple(sorted(unfilled))


def _filled(name: str) -> Callable[[Mapping[str, object]], bool]:
    return lambda row: row.get(name) not in (None, "")
