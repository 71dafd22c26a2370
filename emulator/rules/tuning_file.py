"""Reads the tunings of a detection's file."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.diagnostics import Reporter, did_you_mean
from emulator.rules.detection import PLACEHOLDER, Exclusion, RuleQuery, Tuning
from emulator.rules.document import Node
from emulator.rules.kinds import BAD_PLACEHOLDER, NO_EXCLUSION, UNKNOWN_REFERENCE
from emulator.rules.names import Language, Origin, parse_origin


def read_tuning(node: Node, queries: Mapping[Language, RuleQuery], report: Reporter) -> Tuning:
    """One entry of `tunings`; what refers to nothing is reported."""
    allow = {name: node["allow"].texts(name) for name in node["allow"].entries()}
    answers = tuple(_origin(item, queries, report) for item in node.list("answers"))
    exclusions = _exclusions(node)
    _check_placeholders(node, exclusions, allow, report)
    if not exclusions.keys() & queries.keys():
        hint = f"add a condition under `{'` or `'.join(queries)}`"
        report.error(NO_EXCLUSION, f"the tuning `{node.text('id')}` excludes nothing", node["id"].span, hint)
    return Tuning(
        id=node.text("id"),
        title=node.text("title"),
        rationale=node.text("rationale"),
        answers=answers,
        allow=allow,
        exclusions=exclusions,
        span=node["id"].span,
    )


def _origin(item: Node, queries: Mapping[Language, RuleQuery], report: Reporter) -> Origin:
    origin = parse_origin(str(item.value))
    query = queries.get(origin.page)
    if origin.part != "false positive" or query is None or origin.number > len(query.false_positives):
        hint = "name one of the `false_positives`, such as `kql false positive 1`"
        report.error(UNKNOWN_REFERENCE, f"the detection has no {origin}", item.span, hint)
    return origin


def _exclusions(node: Node) -> dict[Language, tuple[Exclusion, ...]]:
    """The conditions by language: one a table for KQL, one for the stream of CQL."""
    found: dict[Language, tuple[Exclusion, ...]] = {}
    if (kql := node.get("kql")) is not None:
        tables = kql.entries()
        found[Language.KQL] = tuple(Exclusion(kql.text(table), table, tables[table].node.span) for table in tables)
    if (cql := node.get("cql")) is not None:
        found[Language.CQL] = (Exclusion(node.text("cql"), "", cql.span),)
    return found


def _check_placeholders(
    node: Node,
    exclusions: Mapping[Language, tuple[Exclusion, ...]],
    allow: Mapping[str, tuple[str, ...]],
    report: Reporter,
) -> None:
    """Every placeholder has its allow-list, and every allow-list has its placeholder."""
    unused = set(allow)
    for exclusion in (one for several in exclusions.values() for one in several):
        for match in PLACEHOLDER.finditer(exclusion.text):
            unused.discard(match[1])
            if match[1] not in allow:
                hint = did_you_mean(match[1], allow, f"add the allow-list `{match[1]}` under `allow`")
                report.error(BAD_PLACEHOLDER, f"`{match[0]}` has no allow-list", exclusion.span, hint)
            elif match[2] and match[1] != "hosts":
                hint = f"write `{{{match[1]}}}`; only `{{hosts|label}}` cuts a domain off"
                report.error(BAD_PLACEHOLDER, f"`{match[0]}` has no domain to cut off", exclusion.span, hint)
    for name in sorted(unused):
        hint = f"write `{{{name}}}` in a condition, or remove the list"
        key = node["allow"].entries()[name].key
        report.error(BAD_PLACEHOLDER, f"no condition uses the allow-list `{name}`", key, hint)
