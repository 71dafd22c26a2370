"""CQL6002: a condition for IPv4 without its counterpart for IPv6."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.cql import syntax as cql
from emulator.diagnostics import Diagnostic, Label, code
from emulator.proof.lints.falcon_catalogue import falcon_catalogue, ipv6_name
from emulator.proof.lints.subject import Subject
from emulator.proof.mutation_edits import nodes
from emulator.source import Span

IPV4_ALONE = code(
    "CQL6002",
    "a condition for IPv4 alone",
    "Falcon records connections over IPv6 as events and fields of their own. A rule that asks for IPv4 alone does not "
    "see the same act over IPv6, which Windows prefers.",
)


def ipv4_alone(subject: Subject) -> Iterator[Diagnostic]:
    """Each name for IPv4 in a condition, when the query does not mention its counterpart anywhere."""
    if subject.language != "cql":
        return
    mentions: dict[str, list[Span]] = {}
    for name, span in _mentions(subject):
        if ipv6_name(name) not in subject.source.text and span not in mentions.setdefault(name, []):
            mentions[name].append(span)
    events = {name: spans for name, spans in mentions.items() if name.startswith("Network")}
    for name, spans in (events or mentions).items():
        *others, last = sorted(spans)
        also = tuple(Label(one, "and here") for one in others)
        help = f'`in(#event_simpleName, values=["{name}", "{ipv6_name(name)}"])` takes both'
        if name not in events:
            help = f"ask the same of `{ipv6_name(name)}`"
        message = f"`{name}` without `{ipv6_name(name)}`: the same over IPv6 is not seen"
        yield subject.warning(IPV4_ALONE, message, last, help, also=also)


def _mentions(subject: Subject) -> Iterator[tuple[str, Span]]:
    """The names of the families that conditions mention, as field or as value; what is excluded does not count."""
    excluded = [span for node in subject.nodes for span in _excluded(node)]
    inside = [word for node in subject.nodes if _is_condition(node) for word in nodes(node)]
    words = [one for one in inside if isinstance(one, cql.Word | cql.Quoted)]
    for word in words:
        is_excluded = any(one.start <= word.span.start < one.end for one in excluded)
        if word.text in falcon_catalogue().families and not is_excluded:
            yield word.text, word.span


def _is_condition(node: object) -> bool:
    match node:
        case cql.Call(name=name):
            return name.lower() in ("in", "cidr")
        case _:
            return isinstance(node, cql.Comparison | cql.InfixIn | cql.Apply)


def _excluded(node: object) -> Iterator[Span]:
    match node:
        case (
            cql.Not(span=span)
            | cql.Comparison(operator=cql.FilterOperator.NOT_EQUAL, span=span)
            | cql.InfixIn(negated=True, span=span)
            | cql.Apply(negated=True, span=span)
        ):
            yield span
