"""Loads detections with their cases, and checks what holds only between files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from emulator.diagnostics import Diagnostic, QueryError, did_you_mean
from emulator.rules.case import Case, Kind
from emulator.rules.case_file import read_case
from emulator.rules.detection import Detection
from emulator.rules.detection_file import read_detection
from emulator.rules.files import MAX_BYTES, relative_name
from emulator.rules.kinds import (
    DUPLICATE_CASE,
    DUPLICATE_ID,
    INCOMPLETE,
    NOT_A_CASE,
    UNANSWERED,
    UNKNOWN_ITEM,
)
from emulator.rules.names import Language, Origin, QueryName
from emulator.source import NOWHERE, Source

FOLDER = "detections"


def load_detections(root: Path, *, max_bytes: int = MAX_BYTES) -> list[Detection]:
    """Every detection of a repository, by folder: `detections/<tactic>/<technique>_<name>/`.

    A folder there without a detection's file is an error too, since a rule would go untested without a word. Raises
    QueryError with everything that is wrong in all of their files.
    """
    found: list[Diagnostic] = []
    loaded: list[Detection] = []
    for folder in sorted((root / FOLDER).glob("*/[!.]*/")):
        try:
            loaded.append(load_detection(folder, root, max_bytes=max_bytes))
        except QueryError as error:
            found.extend(error.diagnostics)
    found.extend(_shared_identifiers(loaded))
    if found:
        raise QueryError(found)
    return loaded


def load_detection(folder: Path, root: Path, *, max_bytes: int = MAX_BYTES) -> Detection:
    """The detection of a folder with its cases, in order of their files' names.

    Only files inside the repository `root` are opened. Raises QueryError with everything that is wrong in its files.
    """
    found: list[Diagnostic] = []
    detection: Detection | None = None
    try:
        detection = read_detection(folder, root, max_bytes)
    except QueryError as error:
        found.extend(error.diagnostics)
    cases: list[Case] = []
    for file in sorted((folder / "cases").glob("*")):
        try:
            cases.append(_read_case(file, root, max_bytes))
        except QueryError as error:
            found.extend(error.diagnostics)
    found.extend(_repeated_cases(cases))
    if detection is not None:
        found.extend(_misfits(detection, cases))
    if detection is not None and not found:
        found.extend(_unanswered(detection, cases))
    if detection is None or found:
        raise QueryError(found)
    return replace(detection, cases=tuple(cases))


def _read_case(file: Path, root: Path, max_bytes: int) -> Case:
    if file.suffix != ".yaml":
        source = Source(relative_name(file, root), "")
        hint = f"rename it to `{file.stem}.yaml`, or move it out of the folder"
        raise QueryError([Diagnostic(NOT_A_CASE, f"`{file.name}` is not read as a case", NOWHERE, hint, source)])
    return read_case(file, root, max_bytes)


def _repeated_cases(cases: Iterable[Case]) -> list[Diagnostic]:
    """A diagnostic for each case whose identifier an earlier file has."""
    first: dict[str, Case] = {}
    found = []
    for case in cases:
        earlier = first.setdefault(case.id, case)
        if earlier is not case:
            message, hint = (
                f"the case `{case.id}` exists already",
                f"`{earlier.file.name}` has it; rename one of the two",
            )
            found.append(Diagnostic(DUPLICATE_CASE, message, case.span, hint, case.file))
    return found


def _shared_identifiers(detections: Iterable[Detection]) -> list[Diagnostic]:
    """A diagnostic for each detection whose identifier another has."""
    first: dict[UUID, Detection] = {}
    found = []
    for detection in detections:
        earlier = first.setdefault(detection.id, detection)
        if earlier is not detection:
            hint = f"`{earlier.source.name}` has it; `uuidgen` writes a new one"
            message = "another detection has this identifier"
            found.append(Diagnostic(DUPLICATE_ID, message, detection.span, hint, detection.source))
    return found


def _misfits(detection: Detection, cases: Iterable[Case]) -> list[Diagnostic]:
    """What cases refer to and their detection does not have, and what they leave unsaid."""
    found = []
    tunings = [tuning.id for tuning in detection.tunings]
    judged = _judged(detection)
    for case in cases:
        for origin in case.source:
            if origin.number > _count(detection, origin):
                message, hint = f"the detection has no {origin}", "correct the number, or describe it in the detection"
                found.append(Diagnostic(UNKNOWN_ITEM, message, case.places["source"], hint, case.file))
        if case.tuning and case.tuning not in tunings:
            hint = did_you_mean(case.tuning, tunings, "write it under `tunings` of the detection")
            message = f"no tuning is called `{case.tuning}`"
            found.append(Diagnostic(UNKNOWN_ITEM, message, case.places["tuning"], hint, case.file))
        missing = [name for name in judged if name not in case.expect]
        if missing:
            message = f"the case does not say what {_listed(missing)} must do"
            found.append(Diagnostic(INCOMPLETE, message, case.places["expect"], "add it to `expect`", case.file))
        for name, expectation in case.expect.items():
            if name not in judged:
                message, hint = f"the detection has no query `{name}`", f"the queries are {_listed(judged)}"
                found.append(Diagnostic(UNKNOWN_ITEM, message, expectation.span, hint, case.file))
    return found


def _judged(detection: Detection) -> list[QueryName]:
    """The queries that cases judge: those of the detection, and tuned when it has tunings."""
    return [name for name in QueryName if name.language in detection.queries and (not name.tuned or detection.tunings)]


def _count(detection: Detection, origin: Origin) -> int:
    """How many items of its part the page of an origin has."""
    query = detection.queries.get(origin.page)
    if query is None:
        return 0
    return len(detection.tests) if origin.part == "test" else len(query.false_positives)


def _unanswered(detection: Detection, cases: Sequence[Case]) -> list[Diagnostic]:
    """A diagnostic for each published test without a malicious case, and each false positive without a benign one."""
    answered = {(origin, case.kind) for case in cases for origin in case.source}
    wanted = [
        (origin, Kind.MALICIOUS if origin.part == "test" else Kind.BENIGN)
        for language in detection.queries
        for origin in _items(detection, language)
    ]
    return [
        Diagnostic(
            UNANSWERED,
            f"no {kind} case answers {origin}",
            detection.span,
            f"add a {kind} case whose `source` names `{origin}`",
            detection.source,
        )
        for origin, kind in wanted
        if (origin, kind) not in answered
    ]


def _items(detection: Detection, language: Language) -> list[Origin]:
    """Every numbered item of the page of one query."""
    tests = [Origin(language, "test", number + 1) for number in range(len(detection.tests))]
    count = len(detection.queries[language].false_positives)
    return tests + [Origin(language, "false positive", number + 1) for number in range(count)]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
