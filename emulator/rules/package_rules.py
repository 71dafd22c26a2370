"""Package files as rules: what a detection takes of one, and detections made of those that have no folder of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from emulator.diagnostics import Diagnostic, QueryError
from emulator.nodes import record
from emulator.rules.detection import Attack, Detection, Level, Related, RuleQuery, Schedule
from emulator.rules.files import relative_name
from emulator.rules.kinds import WRONG_LANGUAGE
from emulator.rules.names import Language
from emulator.rules.packages import Package, PackagedQuery, package_of, packaged, read_package
from emulator.rules.parsers import Parser
from emulator.source import NOWHERE, Source

DEFAULT_LOOKBACK = timedelta(days=1)
"""How far back a search looks whose file leaves it to the view: filter alerts see each event, queries what is asked."""


@record
class PackageRule:
    """The query of a package's file with its place in it, its stand-ins, and how far back it looks, if it says."""

    source: Source
    given: Mapping[str, object]
    lookback: timedelta | None


def package_rule(source: Source, path: Path, root: Path) -> PackageRule:
    """The rule of a package file, read already, with what its package in the repository lends it.

    Raises QueryError for a parser, and for what is wrong in the package.
    """
    rule = packaged(source)
    if isinstance(rule, Parser):
        help = "name an alert, a search or a saved query of the package"
        raise QueryError([Diagnostic(WRONG_LANGUAGE, "a parser is no query", NOWHERE, help, Source(source.name, ""))])
    folder = package_of(path.resolve())
    inside = folder is not None and folder.is_relative_to(root.resolve())
    given = read_package(folder, relative_name(folder, root.resolve())).given if folder is not None and inside else {}
    return PackageRule(rule.query, given, rule.searched.start if rule.searched else None)


def detection_of(rule: PackagedQuery, package: Package, assume: Sequence[str] = ()) -> Detection:
    """A detection without cases, for a rule of a package that no folder of detections has.

    What such a file does not say is left empty: tactic and technique, page, confidence.
    """
    lookback = rule.searched.start if rule.searched else DEFAULT_LOOKBACK
    query = RuleQuery(
        language=Language.CQL,
        source=rule.query,
        title=rule.name,
        product="LogScale",
        page="",
        summary=rule.description,
        data_sources=(),
        tables=(),
        false_positives=(),
        assumptions=tuple(assume),
        given=package.given,
        lookback=lookback,
    )
    name = rule.name if not package.name else f"{package.name}:{rule.name}"
    return Detection(
        folder=name,
        source=rule.file,
        span=NOWHERE,
        id=uuid5(NAMESPACE_URL, f"{rule.kind}:{name}"),
        title=rule.name,
        description=rule.description,
        attack=Attack("", "", "", ""),
        severity=Level.INFORMATIONAL,
        confidence=Level.INFORMATIONAL,
        actors=(),
        references=(),
        related=Related(),
        schedule=Schedule(
            rule.every or lookback,
            lookback,
            throttle=rule.throttle or timedelta(),
            throttle_field=rule.throttle_field,
        ),
        entities=(),
        budgets={},
        queries={Language.CQL: query},
        signals=(),
        tests=(),
        tunings=(),
        cases=(),
    )
