"""Everything that can be said of rules without running them: errors of queries and cases, and lints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.diagnostics import Diagnostic, QueryError
from emulator.proof.lints import lint
from emulator.query import Language as LanguageName
from emulator.query import Query, compile, has_errors
from emulator.replay.corpus import Material
from emulator.replay.rulebook import compile_rule, query_names, stand_ins
from emulator.rules import Case, Detection, RuleQuery, ScenarioEvents

if TYPE_CHECKING:
    from emulator.rules.packages import Package


def check_query(text: str, language: LanguageName, name: str, assume: Sequence[str] = ()) -> list[Diagnostic]:
    """What is wrong with a query on its own, or else its lints."""
    try:
        return lint(compile(text, language=language, assume=assume, name=name), assume=assume)
    except QueryError as error:
        return error.diagnostics


def check_detection(detection: Detection, material: Material, root: Path) -> list[Diagnostic]:
    """What is wrong with the queries and cases of a detection whose files were read, and the lints of its queries.

    The queries are those deployed and those recommended; of tuned ones only errors are told, since tunings change
    nothing that a lint looks at.
    """
    try:
        given = stand_ins(root / detection.folder, root)
    except QueryError as error:
        return error.diagnostics
    found = [
        one for query in detection.queries.values() for one in _rule_query(detection, query, {**query.given, **given})
    ]
    if not has_errors(found):
        found += _tuned(detection, root)
    found += [one for case in detection.cases for one in _case(case, detection, material)]
    return list(dict.fromkeys(found))


def _rule_query(detection: Detection, query: RuleQuery, given: Mapping[str, object]) -> Iterator[Diagnostic]:
    sources = [(query.source, query.assumptions)]
    if query.recommended is not None:
        sources.append((query.recommended.source, query.recommended.assumptions))
    for source, assume in sources:
        try:
            compiled = compile(source, language=query.language.value, assume=assume, given=given)
            _bind(compiled, given)
        except QueryError as error:
            yield from error.diagnostics
        else:
            yield from lint(compiled, assume=assume, given=given, detection=detection)


def check_package(package: Package, assume: Sequence[str] = ()) -> list[Diagnostic]:
    """What is wrong with the queries and scripts of a package whose files were read, and what is odd in its files."""
    from emulator.rules.package_rules import detection_of

    found = list(package.notes)
    for rule in package.queries:
        detection = detection_of(rule, package, assume)
        for query in detection.queries.values():
            found += _rule_query(detection, query, package.given)
    for parser in package.parsers:
        try:
            script = compile(parser.script, language="cql", assume=assume)
            _bind(script, package.given)
        except QueryError as error:
            found += error.diagnostics
    return list(dict.fromkeys(found))


def _bind(query: Query, given: Mapping[str, object]) -> None:
    """Raises QueryError when a stand-in that the query needs is not in the rule's folder."""
    query.bound(given)


def _tuned(detection: Detection, root: Path) -> Iterator[Diagnostic]:
    for name in query_names(detection):
        if name.tuned:
            try:
                rule = compile_rule(detection, name, root)
                _bind(rule.query, rule.given)
            except QueryError as error:
                yield from error.diagnostics


def _case(case: Case, detection: Detection, material: Material) -> Iterator[Diagnostic]:
    """What is wrong with the scenarios that a case names and the parameters that it gives them."""
    from emulator.replay.staging import stage  # a rule without cases needs no events

    named = replace(case, events=tuple(one for one in case.events if isinstance(one, ScenarioEvents)))
    for language in detection.queries:
        try:
            stage(named, language, material)
        except QueryError as error:
            yield from error.diagnostics
