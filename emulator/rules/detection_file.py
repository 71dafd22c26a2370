"""Reads one detection's file and the query and Sigma files that it names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING
from uuid import UUID

from emulator.diagnostics import Label, QueryError, Reporter, did_you_mean
from emulator.rules.case import Variant
from emulator.rules.checking import violations
from emulator.rules.detection import (
    Attack,
    AttackTest,
    Budget,
    Detection,
    Entity,
    Level,
    Recommended,
    Related,
    RuleQuery,
    Schedule,
    Signal,
)
from emulator.rules.document import Node, parse_document
from emulator.rules.files import MAX_BYTES, Mention, read_text, relative_name
from emulator.rules.kinds import DUPLICATE_ID, RULE_FILE, UNKNOWN_REFERENCE, WRONG_LANGUAGE
from emulator.rules.names import Language, QueryName
from emulator.rules.tuning_file import read_tuning
from emulator.source import Source

if TYPE_CHECKING:
    from emulator.rules.package_rules import PackageRule

DETECTION_FILE = "detection.yaml"


def read_detection(folder: Path, root: Path, max_bytes: int = MAX_BYTES) -> Detection:
    """The detection of a folder inside the repository `root`, without its cases.

    Raises QueryError with everything that is wrong in `detection.yaml` and the files that it names.
    """
    source = read_text(folder / DETECTION_FILE, root, RULE_FILE, max_bytes)
    node = parse_document(source, RULE_FILE)
    found = violations(node, "detection", source, RULE_FILE)
    if found:
        raise QueryError(found)
    reader = _DetectionReader(folder, root, max_bytes, source)
    detection = reader.detection(node)
    reader.report.stop_if_failed()
    return detection


class _DetectionReader:
    """Builds a detection from a document that fits the schema, and reads the files it names."""

    def __init__(self, folder: Path, root: Path, max_bytes: int, source: Source) -> None:
        self.folder = folder
        self.root = root
        self.max_bytes = max_bytes
        self.source = source
        self.report = Reporter(source)

    def detection(self, node: Node) -> Detection:
        """The detection, as far as it can be built; what can't be is reported."""
        given = node["queries"].entries()
        queries = {Language(name): self._query(entry.node, Language(name)) for name, entry in given.items()}
        signals = tuple(map(_signal, node.list("signals")))
        tunings = tuple(read_tuning(tuning, queries, self.report) for tuning in node.list("tunings"))
        self._check_unique(node.list("signals"), "signal")
        self._check_unique(node.list("tunings"), "tuning")
        self._check_tests(node, {signal.id for signal in signals})
        sigma = node.get("sigma")
        return Detection(
            folder=relative_name(self.folder, self.root),
            source=self.source,
            span=node["id"].span,
            id=UUID(node.text("id")),
            title=node.text("title"),
            description=node.text("description"),
            attack=_attack(node["attack"]),
            severity=Level(node.text("severity")),
            confidence=Level(node.text("confidence")),
            actors=node.texts("actors"),
            references=node.texts("references"),
            related=_related(node.get("related")),
            schedule=_schedule(node["schedule"]),
            entities=tuple(map(_entity, node.list("entities"))),
            budgets=_budgets(node.get("budgets")),
            queries=queries,
            signals=signals,
            tests=tuple(map(_test, node.list("tests"))),
            tunings=tunings,
            cases=(),
            sigma=self._sigma(sigma) if sigma is not None else None,
        )

    def _query(self, node: Node, language: Language) -> RuleQuery:
        better = node.get("recommended")
        source = self._file(node["file"])
        rule = self._packaged(node["file"], source, language)
        return RuleQuery(
            language=language,
            source=source if rule is None else rule.source,
            given={} if rule is None else rule.given,
            lookback=None if rule is None else rule.lookback,
            title=node.text("title"),
            product=node.text("product"),
            page=node.text("page"),
            summary=node.text("summary"),
            data_sources=node.texts("data_sources"),
            tables=node.texts("tables"),
            false_positives=node.texts("false_positives"),
            assumptions=node.texts("assumptions"),
            recommended=self._recommended(better) if better is not None else None,
            variant=Variant(node.text("variant")) if node.get("variant") is not None else None,
        )

    def _packaged(self, node: Node, source: Source, language: Language) -> PackageRule | None:
        """The rule of a LogScale package's file that a query names; what can't be used is reported."""
        if not source.text or Path(str(node.value)).suffix.lower() not in (".yaml", ".yml"):
            return None
        if language is not Language.CQL:
            self.report.error(WRONG_LANGUAGE, "LogScale packages hold no KQL", node.span, "name it under `cql`")
            return None
        from emulator.rules.package_rules import package_rule  # few detections name one

        try:
            return package_rule(replace(source, name=normpath(source.name)), self.folder / str(node.value), self.root)
        except QueryError as error:
            self.report.found.extend(error.diagnostics)
            return None

    def _recommended(self, node: Node) -> Recommended:
        return Recommended(self._file(node["file"]), node.texts("assumptions"), node.texts("changes"))

    def _file(self, node: Node) -> Source:
        """A file that the detection names; a file that can't be read is reported and stands empty."""
        path = self.folder / str(node.value)
        try:
            return read_text(path, self.root, RULE_FILE, self.max_bytes, Mention(self.source, node.span))
        except QueryError as error:
            self.report.found.extend(error.diagnostics)
            return Source(relative_name(path, self.root), "")

    def _sigma(self, node: Node) -> Source:
        """The Sigma rule, which must at least be a readable document; an empty source was reported already."""
        source = self._file(node)
        try:
            if source.text:
                parse_document(source, RULE_FILE)
        except QueryError as error:
            self.report.found.extend(error.diagnostics)
        return source

    def _check_unique(self, nodes: Iterable[Node], what: str) -> None:
        first: dict[str, Node] = {}
        for node in nodes:
            name = node["id"]
            earlier = first.setdefault(node.text("id"), name)
            if earlier is not name:
                also = (Label(earlier.span, "first here"),)
                message = f"two {what}s are called `{node.text('id')}`"
                self.report.error(DUPLICATE_ID, message, name.span, "rename one of them", also=also)

    def _check_tests(self, node: Node, signals: set[str]) -> None:
        for test in node.list("tests"):
            for name in test.list("signals"):
                if name.value not in signals:
                    hint = did_you_mean(str(name.value), sorted(signals), "describe it under `signals`")
                    self.report.error(UNKNOWN_REFERENCE, f"no signal is called `{name.value}`", name.span, hint)


def _attack(node: Node) -> Attack:
    return Attack(node.text("tactic"), node.text("technique"), node.text("name"), node.text("reference"))


def _related(node: Node | None) -> Related:
    if node is None:
        return Related()
    return Related(node.text("playbook"), node.text("guide"), node.text("hunting"), node.texts("detections"))


_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _schedule(node: Node) -> Schedule:
    trigger = re.fullmatch(r"(\D+?) ?(\d+)", node.text("trigger") or "> 0")
    assert trigger is not None  # the schema has checked its form
    return Schedule(
        frequency=_duration(node.text("frequency")),
        lookback=_duration(node.text("lookback")),
        near_real_time=node.text("kind") == "near-real-time",
        trigger=(trigger[1], int(trigger[2])),
        each=node.text("alerts") == "each",
        suppression=_duration(node.text("suppression") or "0m"),
        throttle=_duration(node.text("throttle") or "0m"),
        throttle_field=node.text("throttle_field"),
    )


def _duration(text: str) -> timedelta:
    """A duration such as `24h`, whose form the schema has checked."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def _entity(node: Node) -> Entity:
    return Entity(node.text("type"), {language: node.text(language) for language in Language if node.get(language)})


def _signal(node: Node) -> Signal:
    return Signal(
        id=node.text("id"),
        channel=node.text("channel"),
        event=int(node.text("event")),
        text=node.text("text"),
        tables={language: node.texts(language) for language in Language if node.get(language)},
        span=node["id"].span,
    )


def _test(node: Node) -> AttackTest:
    return AttackTest(node.text("title"), node.text("summary"), node.texts("signals"))


def _budgets(node: Node | None) -> dict[QueryName, Budget]:
    entries = node.entries() if node is not None else {}
    return {QueryName(name): Budget(**entry.node.plain()) for name, entry in entries.items()}
