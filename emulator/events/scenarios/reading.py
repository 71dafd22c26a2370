"""Scenario files: checked against their schema, then for what a schema can't say, and built."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from emulator.diagnostics import Code, Reporter, code, did_you_mean
from emulator.events.activity import Direction, Integrity, LogonType, Outcome
from emulator.events.addresses import parse_address
from emulator.events.description_files import DESCRIPTION_FILE
from emulator.events.instants import TICKS_PER_SECOND
from emulator.events.scenarios.activities import BUILDERS, KERNEL_NAME, ActivityTemplate, ProcessTemplate
from emulator.events.scenarios.parameters import KINDS, PORTS, Derived, Parameter
from emulator.events.scenarios.scenario import Scenario, Timing
from emulator.events.scenarios.template import FILTERS, Fault, Template, Value, as_text, parse_template
from emulator.rules.checking import violations
from emulator.rules.document import Node, parse_document
from emulator.source import Source, Span

BAD_TEMPLATE = code(
    "EVT1101",
    "a text with a malformed `${…}`",
    "Texts of a scenario may hold `${name}` and `${name|filter}`. Nothing is evaluated; `$${` is a literal `${`.",
)
UNKNOWN_NAME = code(
    "EVT2104",
    "a scenario refers to something that it does not have",
    "Templates refer to parameters, activities to processes, processes to their parents, all by names that the same "
    "file declares; parameters and processes come before what refers to them.",
)
BAD_PARAMETER = code(
    "EVT3103",
    "a parameter's declaration contradicts itself",
    "A default must be a value that the parameter may hold, a choice needs its values, a range needs whole "
    "numbers, and a derivation must have a value for whatever its source may hold.",
)
BAD_FIELD = code(
    "EVT3104",
    "a field that may get a value it can't hold",
    "Fields such as a port or an outcome have few values. A template in such a field must be one parameter whose every "
    "value fits, so that no choice of parameters can break the scenario.",
)

ALLOWED: Mapping[str, frozenset[str]] = {
    "direction": frozenset(each.value for each in Direction),
    "outcome": frozenset(each.value for each in Outcome),
    "type": frozenset(each.name.lower() for each in LogonType),
}
"""The fields of activities that hold one of few words."""

NUMBERS: Mapping[str, tuple[int, int]] = {
    "port": PORTS,
    "local_port": PORTS,
    "hours_before": (0, 87_600),
    "rounds": (1, 10_000),
    "minutes_between": (0, 527_040),
}
"""The fields that hold a whole number, with their limits."""


ADDRESSES = frozenset({"remote", "source", "request_from"})
"""The fields that hold an address."""


def read_scenario(source: Source) -> Scenario:
    """The scenario of a file. Raises QueryError with everything that is wrong with it."""
    root = parse_document(source, DESCRIPTION_FILE)
    reporter = Reporter(source)
    reporter.found.extend(violations(root, "scenario", source, DESCRIPTION_FILE))
    reporter.stop_if_failed()
    scenario = _Reader(root, reporter).scenario()
    reporter.stop_if_failed()
    return scenario


class _Reader:
    """Builds one scenario from a document that agrees with the schema, and reports what else is wrong."""

    def __init__(self, root: Node, reporter: Reporter) -> None:
        self.root = root
        self.reporter = reporter
        self.parameters: dict[str, Parameter] = {}
        self.processes: dict[str, ProcessTemplate] = {}

    def scenario(self) -> Scenario:
        """Everything in the file's order, since later parts refer to earlier ones."""
        for name, entry in self.root["parameters"].entries().items():
            self.parameters[name] = self._parameter(name, entry.node)
        processes = self.root.get("processes")
        for name, entry in (processes.entries() if processes else {}).items():
            self.processes[name] = self._process(name, entry.node)
        templates = tuple(self._activity(node) for node in self.root["activities"].items())
        return Scenario(
            name=_text(self.root["name"]),
            title=_text(self.root["title"]),
            description=_text(self.root["description"]),
            techniques=tuple(_text(node) for node in self.root["techniques"].items()),
            parameters=self.parameters,
            processes=self.processes,
            templates=templates,
            timing=self._timing(),
            source=self.reporter.source,
            place=self.root["name"].span,
        )

    def _timing(self) -> Timing:
        node = self.root.get("timing")
        fields = {} if node is None else {name: self._field(name, each.node) for name, each in node.entries().items()}
        return Timing(
            fields.get("hours_before", _literal("0")),
            fields.get("rounds", _literal("1")),
            fields.get("minutes_between", _literal("0")),
        )

    def _parameter(self, name: str, node: Node) -> Parameter:
        kind = KINDS[_text(node["kind"])]
        derived = node.get("derived")
        declared = Parameter(
            name,
            kind,
            _text(node["description"]),
            _value(node["default"]) if derived is None else self._derived(derived),
            tuple(_value(each) for each in values.items()) if (values := node.get("values")) else (),
            _whole(node.get("minimum")),
            _whole(node.get("maximum")),
        )
        self._check_parameter(declared, node)
        return declared

    def _check_parameter(self, declared: Parameter, node: Node) -> None:
        kind = declared.kind.name
        if kind == "choice" and not declared.values:
            self._error(BAD_PARAMETER, f"the choice `{declared.name}` has no values", node.span, "add `values: [...]`")
        if kind not in ("integer", "port") and not declared.minimum == declared.maximum == None:  # noqa: E711
            self._error(BAD_PARAMETER, f"a {kind} has no range", node.span, "remove `minimum` and `maximum`")
        low, high = declared.limits
        if low > high:
            self._error(BAD_PARAMETER, f"the range {low} to {high} is empty", node.span, "exchange the two limits")
            return
        for place in (*(node["values"].items() if "values" in node.entries() else ()), *_default(node)):
            refusal = declared.refusal(place.value)
            if refusal is not None:
                message = f"`{declared.name}` can't hold {place.value!r:.80}"
                self._error(BAD_PARAMETER, message, place.span, refusal)
        if isinstance(declared.default, Derived) and declared.values:
            self._check_derived_values(declared, declared.default, node["derived"].span)

    def _check_derived_values(self, declared: Parameter, derived: Derived, place: Span) -> None:
        for template in derived.templates:
            possible = self._values_of(template)
            if possible is None or not possible <= frozenset(map(as_text, declared.values)):
                message = f"`{template.text}` may be none of the values of `{declared.name}`"
                self._error(BAD_PARAMETER, message, place, "derive one of the values")

    def _derived(self, node: Node) -> Derived:
        source, table, otherwise = node.get("from"), node.get("table"), node.get("otherwise")
        filled = {key: self._template(entry.node) for key, entry in (table.entries() if table else {}).items()}
        known = self.parameters.get(_text(source)) if source else None
        if source is not None and known is None:
            self._unknown("parameter", source, self.parameters)
        if known is not None and table is not None and otherwise is None:
            self._check_total(known, filled, node.span)
        if table is not None and source is None:
            self._error(BAD_PARAMETER, "a table needs the parameter that it is about", node.span, "add `from: name`")
        if table is None and otherwise is None:
            self._error(BAD_PARAMETER, "nothing says what the value is", node.span, "add `otherwise: ...` or a table")
        return Derived(known.name if known else None, filled, self._template(otherwise) if otherwise else None)

    def _check_total(self, source: Parameter, table: Mapping[str, Template], place: Span) -> None:
        possible = _possible(source)
        missing = None if possible is None else sorted(possible - set(table))
        if missing is None or missing:
            what = "other values" if missing is None else ", ".join(f"`{value}`" for value in missing)
            message = f"the table has no row for {what} of `{source.name}`"
            self._error(BAD_PARAMETER, message, place, "add the rows, or `otherwise: ...`")

    def _process(self, name: str, node: Node) -> ProcessTemplate:
        if name == KERNEL_NAME:
            message = "every scenario has a process `kernel` already"
            self._error(BAD_PARAMETER, message, node.span, "choose another name")
        parent = node.get("parent")
        if parent is not None and _text(parent) not in self.processes:
            self._unknown("process", parent, self.processes)
        integrity = node.get("integrity")
        return ProcessTemplate(
            name,
            self._template(node["host"]),
            self._template(node["image"]),
            self._optional(node.get("command_line")),
            self._optional(node.get("account")),
            None if integrity is None else Integrity[_text(integrity).upper()],
            None if parent is None else _text(parent),
        )

    def _activity(self, node: Node) -> ActivityTemplate:
        kinds = [key for key in node.entries() if key in BUILDERS]
        if len(kinds) != 1:
            hint = f"write one of {', '.join(BUILDERS)}"
            self._error(BAD_FIELD, "an activity has exactly one kind", node.span, hint)
        kind = kinds[0] if kinds else next(iter(BUILDERS))
        given = node.get(kind)
        fields = {name: self._field(name, each.node) for name, each in (given.entries() if given else {}).items()}
        shows, when, at = node.get("shows"), node.get("when"), node["at"].value
        return ActivityTemplate(
            kind,
            fields,
            round(at * TICKS_PER_SECOND) if isinstance(at, int | float) else 0,
            self._conditions(when) if when else {},
            tuple(_text(each) for each in shows.items()) if shows else (),
        )

    def _conditions(self, node: Node) -> dict[str, Value]:
        conditions: dict[str, Value] = {}
        for name, entry in node.entries().items():
            parameter = self.parameters.get(name)
            if parameter is None:
                self._error(UNKNOWN_NAME, f"there is no parameter `{name}`", entry.key, self._names(name))
                continue
            if parameter.kind.name not in ("boolean", "choice"):
                message = f"`{name}` is a {parameter.kind.name}; a condition is about a choice or a boolean"
                self._error(BAD_FIELD, message, entry.key, "test another parameter")
            elif (refusal := parameter.refusal(entry.node.value)) is not None:
                message = f"`{name}` never has this value"
                self._error(BAD_FIELD, message, entry.node.span, refusal)
            conditions[name] = _value(entry.node)
        return conditions

    def _field(self, name: str, node: Node) -> Template:
        """The template of one field; words, numbers and names of processes are checked for every possible value."""
        template = self._template(node)
        if name == "process" and template.text not in (*self.processes, KERNEL_NAME):
            self._unknown("process", node, (*self.processes, KERNEL_NAME))
        if name in ALLOWED and not self._fits(template, ALLOWED[name]):
            hint = f"write one of {', '.join(sorted(ALLOWED[name]))}, or a parameter that holds only these"
            self._error(BAD_FIELD, f"`{name}` may get another value than those that it can hold", node.span, hint)
        if name in NUMBERS and not self._fits_range(template, *NUMBERS[name]):
            low, high = NUMBERS[name]
            hint = f"write a whole number from {low} to {high}, or a parameter that stays within"
            self._error(BAD_FIELD, f"`{name}` may get a value outside of its range", node.span, hint)
        if name in ADDRESSES and not self._is_address(template):
            hint = "write an address, a parameter that holds one, or `${name|address4}`"
            self._error(BAD_FIELD, f"`{name}` may get something that is no address", node.span, hint)
        return template

    def _is_address(self, template: Template) -> bool:
        """True when whatever the template becomes is an address, as far as its parameters are not given otherwise."""
        if not template.holes:
            return parse_address(template.text) is not None
        hole = template.holes[0]
        parameter = self.parameters.get(hole.name)
        if len(template.parts) > 1 or parameter is None:
            return False
        if hole.filters:
            return hole.filters[-1] in ("address4", "address6")
        if parameter.kind.name not in ("ip4", "ip6", "address"):
            return False
        return not isinstance(parameter.default, Derived) or all(map(self._is_address, parameter.default.templates))

    def _fits(self, template: Template, allowed: frozenset[str]) -> bool:
        possible = self._values_of(template)
        return possible is not None and possible <= allowed

    def _fits_range(self, template: Template, low: int, high: int) -> bool:
        match template.holes:
            case (hole,) if len(template.parts) == 1 and not hole.filters and hole.name in self.parameters:
                parameter = self.parameters[hole.name]
                if parameter.kind.name in ("integer", "port") and not parameter.values:
                    return low <= parameter.limits[0] and parameter.limits[1] <= high
        possible = self._values_of(template)
        return possible is not None and all(_is_whole(text) and low <= int(text) <= high for text in possible)

    def _values_of(self, template: Template) -> frozenset[str] | None:
        """Every text that a template can become, or None when they can't be listed."""
        if not template.holes:
            return frozenset({template.text})
        hole = template.holes[0]
        if len(template.parts) > 1 or hole.filters or hole.name not in self.parameters:
            return None
        return _possible(self.parameters[hole.name])

    def _optional(self, node: Node | None) -> Template | None:
        return None if node is None else self._template(node)

    def _template(self, node: Node) -> Template:
        text = as_text(_value(node))
        template = parse_template(text)
        if isinstance(template, Fault):
            self._error(BAD_TEMPLATE, template.message, self._inside(node, template.start, template.end), template.help)
            return _literal(text)
        for hole in template.holes:
            place = self._inside(node, hole.start, hole.end)
            if hole.name not in self.parameters:
                self._error(UNKNOWN_NAME, f"there is no parameter `{hole.name}`", place, self._names(hole.name))
            for name in hole.filters:
                if name not in FILTERS:
                    hint = did_you_mean(name, FILTERS, f"the filters are {', '.join(FILTERS)}")
                    self._error(UNKNOWN_NAME, f"there is no filter `{name}`", place, hint)
        return template

    def _inside(self, node: Node, start: int, end: int) -> Span:
        """A part of a text's value in the file; the whole text where escapes or folding moved it."""
        text, written = str(node.value), self.reporter.source.slice(node.span)
        offset = written.find(text)
        return node.span if offset < 0 else Span(node.span.start + offset + start, node.span.start + offset + end)

    def _names(self, name: str) -> str:
        return did_you_mean(name, self.parameters, f"the parameters so far are {', '.join(self.parameters)}")

    def _unknown(self, what: str, node: Node, known: Collection[str]) -> None:
        name = _text(node)
        hint = did_you_mean(name, known, f"declare it above; there are {', '.join(known) or 'none'}")
        self._error(UNKNOWN_NAME, f"there is no {what} `{name}`", node.span, hint)

    def _error(self, what: Code, message: str, place: Span, help: str) -> None:
        self.reporter.error(what, message, place, help)


def _possible(parameter: Parameter) -> frozenset[str] | None:
    """Every value of a parameter as text, or None when they can't be listed."""
    if parameter.values:
        return frozenset(map(as_text, parameter.values))
    return frozenset({"true", "false"}) if parameter.kind.name == "boolean" else None


def _default(node: Node) -> tuple[Node, ...]:
    return (node["default"],) if "default" in node.entries() else ()


def _text(node: Node) -> str:
    return str(node.value)


def _value(node: Node) -> Value:
    """A scalar; the schema has made sure that it is one of these."""
    return node.value if isinstance(node.value, str | int) else str(node.value)


def _whole(node: Node | None) -> int | None:
    return node.value if node is not None and isinstance(node.value, int) else None


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _literal(text: str) -> Template:
    return Template(text, (text,))
