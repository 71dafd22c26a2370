"""What binding a query carries along: diagnostics, assumptions, parameters, and stand-ins that a caller gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.assumptions import Assumption
from emulator.cql import syntax
from emulator.diagnostics import Code, Label, Reporter, code
from emulator.plan.relations import Relation
from emulator.source import Source, Span

MISSING_PARAMETER = code(
    "CQL5002",
    "a parameter of the query was not given",
    'The query asks for a parameter (`?name`) that has no default. Give it: `parameters={"name": "value"}`, or in a '
    "case under `parameters:`. Under the assumption `empty-stand-ins` it stands for `*`.",
)

EVENT = "\0event"
"""The hidden field that holds the event as it came, for free-text filters."""


@dataclass(slots=True)
class Context:
    """The state of binding one text; saved queries that it uses share it."""

    source: Source
    reporter: Reporter
    assume: frozenset[str]
    parameters: Mapping[str, object]
    given: Mapping[str, object]
    used: dict[str, None] = field(default_factory=dict)
    saved: tuple[str, ...] = ()
    keys: int = 0
    tables: dict[str, Relation] = field(default_factory=dict)
    """The tables that the query defined so far, by name."""
    stream: Relation | None = None
    """The events, for subqueries."""
    reads_original: bool = False
    """True once a filter searches the event as it came."""
    unknown: list[Span] = field(default_factory=list)
    """Where parameters stand that nobody gave."""
    expansions: dict[str, int] = field(default_factory=dict)
    """How often each saved query was put in the place of its name."""
    ordered: bool = False
    """True once an aggregate came, whose events have an order."""

    def rest_on(self, assumption: Assumption) -> None:
        """Note that the plan rests on an assumption."""
        self.used[assumption.name] = None

    def allows(self, assumption: Assumption) -> bool:
        """True when the caller opted in to an assumption; it is then noted."""
        if assumption.name not in self.assume:
            return False
        self.rest_on(assumption)
        return True

    def error(
        self, what: Code, message: str, span: Span, help: str, label: str = "", also: tuple[Label, ...] = ()
    ) -> None:
        """Report an error and go on binding, to find the others."""
        self.reporter.error(what, message, span, help, label, also)

    def parameter(self, node: syntax.Parameter) -> str:
        """The text that a parameter stands for."""
        if node.name in self.parameters:
            return str(self.parameters[node.name])
        if node.default is not None:
            return node.default.text
        if "empty-stand-ins" in self.assume:
            self.used["empty-stand-ins"] = None
            self.unknown.append(node.span)
            return "*"
        self.error(
            MISSING_PARAMETER,
            f"no value for the parameter `?{node.name}`",
            node.span,
            f'give it with the run: parameters={{"{node.name}": "…"}}, or write a default: ?{{{node.name}=…}}',
        )
        self.unknown.append(node.span)
        return "*"

    def holds_unknown(self, span: Span) -> bool:
        """True when a parameter that nobody gave stands in a part of the text: what it says is not known yet."""
        return any(span.start <= one.start and one.end <= span.end for one in self.unknown)

    def holds_missing(self, span: Span) -> bool:
        """True when such a parameter was reported as missing, so that more need not be said of that part."""
        return "empty-stand-ins" not in self.assume and self.holds_unknown(span)

    def fresh_key(self) -> int:
        """A number that no other shared relation of the plan has."""
        self.keys += 1
        return self.keys
