"""LogScale packages among what users name on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.interpreter.context import Limits
    from emulator.replay.parser_tests import ParserVerdict
    from emulator.rules import Detection


def is_package_path(name: str) -> bool:
    """Whether a name is the path of a package's folder, or of a file of one."""
    path = Path(name)
    if not path.exists():
        return False
    from emulator.rules.packages import is_packaged

    return is_packaged(path)


def detections_of(names: Iterable[str]) -> list[Detection]:
    """The rules of packages as detections without cases. Raises QueryError with what is wrong in their files."""
    from emulator.rules.package_rules import detection_of
    from emulator.rules.packages import open_packaged

    packages = [open_packaged(Path(name)) for name in names]
    return [detection_of(rule, package) for package in packages for rule in package.queries]


def parser_verdicts(names: Iterable[str], limits: Limits) -> list[ParserVerdict]:
    """Every test of the parsers in packages, once their queries are known to be right. Raises QueryError."""
    from emulator.diagnostics import QueryError, Severity
    from emulator.proof.static_check import check_package
    from emulator.replay.parser_tests import run_parser_tests
    from emulator.rules.packages import open_packaged

    verdicts = []
    for name in names:
        package = open_packaged(Path(name))
        errors = [one for one in check_package(package) if one.severity is Severity.ERROR]
        if errors:
            raise QueryError(errors)
        for parser in package.parsers:
            verdicts += run_parser_tests(parser, package.given, limits)
    return verdicts
