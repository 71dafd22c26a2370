"""Labels: what people found the alerts of a detection to be, in `labels.yaml` beside its `detection.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from emulator.clock import format_datetime, parse_iso
from emulator.diagnostics import Diagnostic, QueryError, Reporter, code
from emulator.nodes import record
from emulator.rules.checking import violations
from emulator.rules.document import Node, parse_document
from emulator.rules.files import FileKind, read_text
from emulator.rules.names import Language
from emulator.source import Source

NAME = "labels.yaml"
MOST_BYTES = 16 << 20
LABEL_FILE = FileKind(
    "file of labels",
    unreadable=code("RUL1501", "a file of labels can't be read", "The file is a folder, or may not be read."),
    outside=code("RUL1502", "a file of labels lies outside the repository", "Copy the file into the repository."),
    too_large=code("RUL1503", "a file of labels is too large", "Files above 16 MiB are not read. Drop old labels."),
    not_text=code("RUL1504", "a file of labels is not UTF-8 text", "Save it as UTF-8 without control characters."),
    not_yaml=code("RUL1505", "a file of labels is not YAML", "The text breaks YAML's grammar at the place shown."),
    refused=code("RUL1506", "a file of labels uses YAML that is refused", "Write it without anchors and tags."),
    duplicate_key=code("RUL1507", "a key of a file of labels is repeated", "One of two would be lost. Remove one."),
    unknown_key=code("RUL2501", "a file of labels has an unknown key", "It would have no effect. Remove it."),
    missing_key=code("RUL2502", "a file of labels lacks a key", "The format needs this key. Add it."),
    wrong_value=code("RUL2503", "a value of a file of labels is of the wrong kind", "Give a value of the form shown."),
)
LABELLED_TWICE = code(
    "RUL3109",
    "an alert is labelled twice",
    "An alert of a corpus has one label; two branches that were merged may both have given it one. Remove one of them. "
    "A corpus has one list of labels a language, too.",
)
BAD_START = code(
    "RUL3110",
    "the start of an attack does not exist",
    "`attack_start` is a real moment of the calendar in UTC, such as `2026-03-02T09:30:00Z`.",
)
_VERDICTS = {"true positive": True, "false positive": False}
_HEADING = "# What people found the alerts of this detection to be; `ruleproof label` writes it.\n"


@record
class Label:
    """What an alert is: `is_true` when it tells of what the detection is after. Time and entities are for readers."""

    alert: str
    is_true: bool
    reason: str
    time: str = ""
    entities: Mapping[str, str] = field(default_factory=dict)


@record
class CorpusLabels:
    """The labels of a corpus for the queries of a language; `seen` is a digest of what the corpus held then.

    `attack_start` is in ticks, where an attack in the corpus is known to begin.
    """

    corpus: str
    language: Language
    seen: str
    attack_start: int | None
    labels: tuple[Label, ...]


def read_labels(folder: Path, root: Path) -> list[CorpusLabels]:
    """The labels beside a detection of the repository `root`; none without a file. Raises QueryError."""
    path = folder / NAME
    if not path.exists() and not path.is_symlink():
        return []
    source = read_text(path, root, LABEL_FILE, MOST_BYTES)
    document = parse_document(source, LABEL_FILE)
    wrong = violations(document, "labels", source, LABEL_FILE) or _contradictions(document, source)
    if wrong:
        raise QueryError(wrong)
    return [_corpus(one) for one in document.list("labels")]


def _contradictions(document: Node, source: Source) -> list[Diagnostic]:
    found = []
    reporter = Reporter(source)
    corpora: set[tuple[str, str]] = set()
    for one in document.list("labels"):
        name = one.text("corpus"), one.text("language")
        if name in corpora:
            found.append(reporter.error(LABELLED_TWICE, "the corpus has labels above", one["corpus"].span, "join them"))
        corpora.add(name)
        if one.get("attack_start") and parse_iso(one.text("attack_start")) is None:
            span = one["attack_start"].span
            found.append(reporter.error(BAD_START, "there is no such moment", span, "correct day or time"))
        known: set[str] = set()
        for alert in one.list("alerts"):
            if alert.text("alert") in known:
                span = alert["alert"].span
                found.append(reporter.error(LABELLED_TWICE, "the alert has a label above", span, "keep one of them"))
            known.add(alert.text("alert"))
    return found


def _corpus(node: Node) -> CorpusLabels:
    labels = tuple(_label(one) for one in node.list("alerts"))
    start = parse_iso(node.text("attack_start")) if node.get("attack_start") else None
    return CorpusLabels(str(node["corpus"].value), Language(node.text("language")), node.text("seen"), start, labels)


def _label(node: Node) -> Label:
    entities = node.get("entities")
    return Label(
        node.text("alert"),
        _VERDICTS[node.text("verdict")],
        node.text("reason"),
        node.text("time"),
        {} if entities is None else entities.plain(),
    )


def labels_text(corpora: Iterable[CorpusLabels]) -> str:
    """The text of a file of labels: the same for the same labels, one alert under the other in order of time."""
    import yaml

    ordered = sorted(corpora, key=lambda one: (one.corpus, one.language))
    document = {"labels": [_plain_corpus(one) for one in ordered]}
    return _HEADING + yaml.dump(document, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=110)


def _plain_corpus(one: CorpusLabels) -> dict[str, Any]:
    start = {} if one.attack_start is None else {"attack_start": format_datetime(one.attack_start)}
    labels = sorted(one.labels, key=lambda label: (label.time, label.alert))
    found: dict[str, Any] = {"corpus": one.corpus, "language": one.language.value, "seen": one.seen, **start}
    return {**found, "alerts": [_plain_label(label) for label in labels]}


def _plain_label(one: Label) -> dict[str, Any]:
    verdict = next(word for word, is_true in _VERDICTS.items() if is_true is one.is_true)
    readable = {"time": one.time, "entities": dict(one.entities)}
    shown = {name: value for name, value in readable.items() if value}
    return {"alert": one.alert, **shown, "verdict": verdict, "reason": one.reason}


def _dumper() -> Any:
    """Writes what the reader of rule files takes: no aliases, and quotes around anything that is not plainly text."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature of yaml
            return True

    return Dumper
