"""The pytest plugin: in a repository with `detections/`, every case is a test of every query, and a property of it.

It minds nothing but `detections/<tactic>/<rule>/cases/*.yaml` of the repository that pytest runs in, and imports the
emulator only for these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.replay.corpus import Material
    from emulator.replay.judging import Verdict
    from emulator.replay.rulebook import Rule
    from emulator.rules import Case, Detection, QueryName

FEW = 5
"""Draws for each property unless the command line says otherwise: a look, no proof."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare how many values each property tries."""
    parser.getgroup("ruleproof").addoption(
        "--ruleproof-properties",
        type=int,
        default=FEW,
        metavar="N",
        help=f"values that each property of a detection's case tries; 0 leaves properties out (default: {FEW})",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the case files of the repository's detections."""
    root = _root_of(file_path)
    here = parent.config.rootpath
    if root is None or not (root == here or root in here.parents):
        return None
    return CaseFile.from_parent(parent, path=file_path, root=root)


def _root_of(path: Path) -> Path | None:
    """The repository of a case file; None for any other file."""
    if path.suffix != ".yaml" or path.parent.name != "cases" or len(path.parents) < 5:
        return None
    is_rule = path.parents[3].name == "detections" and (path.parents[1] / "detection.yaml").is_file()
    return path.parents[4] if is_rule else None


@dataclass(slots=True)
class Book:
    """What is read once a session: the material of a repository, its detections, their compiled rules."""

    root: Path
    material: Material
    detections: dict[Path, Detection] = field(default_factory=dict)
    rules: dict[tuple[str, QueryName], Rule] = field(default_factory=dict)

    def detection(self, folder: Path) -> Detection:
        """The detection of a folder. Raises QueryError for what is wrong in it."""
        from emulator.rules import load_detection

        if folder not in self.detections:
            self.detections[folder] = load_detection(folder, self.root)
        return self.detections[folder]

    def rule(self, detection: Detection, query: QueryName) -> Rule:
        """A compiled query. Raises QueryError for what is wrong in it."""
        from emulator.replay.rulebook import compile_rule

        key = (detection.folder, query)
        if key not in self.rules:
            self.rules[key] = compile_rule(detection, query, self.root)
        return self.rules[key]


_BOOKS = pytest.StashKey[dict[Path, Book]]()


def _book(config: pytest.Config, root: Path) -> Book:
    from emulator.replay.corpus import load_material

    books = config.stash.setdefault(_BOOKS, {})
    if root not in books:
        books[root] = Book(root, load_material(root))
    return books[root]


class CaseFile(pytest.File):
    """One case file: an item for each query, and one for its property where the case leaves something open."""

    def __init__(self, *, root: Path, **options: Any) -> None:
        super().__init__(**options)
        self.root = root

    def collect(self) -> Iterator[pytest.Item]:
        """The items of the file, in the order of reports."""
        from emulator.diagnostics import QueryError, render
        from emulator.proof.properties import open_parameters
        from emulator.replay.rulebook import query_names

        try:
            book = _book(self.config, self.root)
            detection = book.detection(self.path.parents[1])
        except QueryError as error:
            raise self.CollectError("\n\n".join(map(render, error.diagnostics))) from None
        name = self.path.relative_to(self.root).as_posix()
        case = next(one for one in detection.cases if one.file.name == name)
        queries = query_names(detection)
        for query in queries:
            yield CaseItem.from_parent(self, name=f"{case.id}[{query}]", book=book, case=case, query=query)
        examples = self.config.getoption("--ruleproof-properties")
        if examples > 0 and open_parameters(detection, case, book.material) is not None:
            for query in queries:
                yield PropertyItem.from_parent(
                    self, name=f"{case.id}[{query}-property]", book=book, case=case, query=query
                )


class FailedCaseError(Exception):
    """A verdict or a property that failed; its text is all that people need to see."""


class CaseItem(pytest.Item):
    """One query judged on one case."""

    parent: CaseFile

    def __init__(self, *, book: Book, case: Case, query: QueryName, **options: Any) -> None:
        super().__init__(**options)
        self.book, self.case, self.query = book, case, query

    @property
    def line(self) -> int:
        """Where the case says what it expects of the query."""
        return self.case.file.position(self.case.expect[self.query].span.start)[0]

    def rule(self) -> Rule:
        """The compiled query; an emulator gap skips the test."""
        from emulator.diagnostics import QueryError

        try:
            return self.book.rule(self.book.detection(self.path.parents[1]), self.query)
        except QueryError as error:
            if all(one.code.is_gap for one in error.diagnostics):
                pytest.skip(f"the emulator can't run it yet: {error.diagnostics[0].message}")
            raise

    def runtest(self) -> None:
        """Judge the case; known misses are expected failures, and what nothing can measure is skipped."""
        from emulator.proof.blame import blame
        from emulator.replay.judging import Outcome, judge_case
        from emulator.replay.staging import stage

        rule = self.rule()
        staged = stage(self.case, self.query.language, self.book.material)
        verdict = judge_case(rule, self.case, staged)
        match verdict.outcome:
            case Outcome.PASS:
                return
            case Outcome.KNOWN_MISS:
                pytest.xfail(f"known miss: {verdict.reason}")
            case Outcome.UNMEASURED | Outcome.GAP:
                pytest.skip(f"{verdict.outcome}: {verdict.reason}")
            case Outcome.FAIL:
                raise FailedCaseError("\n".join((self.text_of(verdict), *blame(rule, self.case, staged))))

    def text_of(self, verdict: Verdict) -> str:
        """A failed verdict on one line, with its place."""
        text = f"{self.case.file.name}:{self.line}: {self.query}: expected {verdict.expected}, got {verdict.actual}"
        return f"{text}: {verdict.reason}" if verdict.reason else text

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Failures and diagnostics as text, without the emulator's own frames."""
        from emulator.diagnostics import QueryError, render

        if isinstance(excinfo.value, FailedCaseError):
            return str(excinfo.value)
        if isinstance(excinfo.value, QueryError):
            return "\n\n".join(map(render, excinfo.value.diagnostics))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The expectation's place; pytest counts lines from 0."""
        return self.path, self.line - 1, self.name


class PropertyItem(CaseItem):
    """One query judged on what a case leaves open."""

    def runtest(self) -> None:
        """Look for values with which the verdict fails."""
        from emulator.proof.properties import falsify

        found = falsify(self.rule(), self.case, self.book.material, self.config.getoption("--ruleproof-properties"))
        if found is not None:
            raise FailedCaseError(
                f"{self.text_of(found.verdict)}\n"
                f"The case does not hold for all values that it leaves open. This one shows it:\n\n{found.case_text}"
            )
