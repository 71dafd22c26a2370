"""The free parameters of a scenario: their kinds, what each may hold, and how given values are checked."""

from __future__ import annotations

import ipaddress
import re
import string
from collections.abc import Callable, Mapping

from emulator.diagnostics import Code, code, did_you_mean
from emulator.events.scenarios.template import Template, Value, as_text
from emulator.nodes import record

UNKNOWN_PARAMETER = code(
    "EVT2101",
    "unknown parameter of a scenario",
    "A case gives a value to a parameter that the scenario does not have. "
    "The scenario's file lists its parameters; the nearest name is suggested.",
)
BAD_VALUE = code(
    "EVT3101",
    "a value that a scenario's parameter can't hold",
    "Each parameter has a kind (`host`, `port`, `choice`, …) and may list its values or a range. "
    "A value outside would render an event that no sensor records.",
)


@record
class Drawn:
    """How properties draw a text: at most `longest` characters of an alphabet, brought into `shape`.

    What is drawn is plainer than what is accepted, but has every length and every character that a rule may stumble on.
    """

    alphabet: str
    longest: int
    shape: Callable[[str], str] = str


@record
class Kind:
    """What the values of a parameter are like; text kinds have a pattern that a given value must match in full."""

    name: str
    description: str
    accepts: re.Pattern[str] | None = None
    drawn: Drawn | None = None


def _inside(edges: str, otherwise: str, ending: str = "") -> Callable[[str], str]:
    """A shape without the characters of `edges` at either end, or a fixed text when nothing is left."""
    return lambda text: (text.strip(edges) or otherwise) + ending


def _full_path(ending: str) -> Callable[[str], str]:
    """A shape with a drive letter, folders that neither begin nor end with a space, and an extension."""
    return lambda text: "C:\\" + "\\".join(part.strip(" ") or "x" for part in text.split("\\")) + ending


def _share_name(text: str) -> str:
    """A shape whose only dollar sign is its last character."""
    return (text.replace("$", "") or "s") + ("$" if "$" in text else "")


_LOWER, _DIGITS = string.ascii_lowercase, string.digits
_ALPHANUMERIC = string.ascii_letters + _DIGITS
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL}){{0,5}}"
_FILE = r'[^\\/:*?"<>|\x00-\x1f]{1,200}'
_PATH = rf"(?:[A-Za-z]:|\\\\{_NAME}\\{_FILE})(?:\\{_FILE}){{1,40}}"
_PRINTABLE = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]"
_ASCII = "".join(map(chr, range(32, 127)))
_HOST_DRAWN = Drawn(_LOWER + _DIGITS + "-", 15, _inside("-", "h"))


def _text(name: str, description: str, accepts: str, drawn: Drawn) -> Kind:
    return Kind(name, description, re.compile(accepts), drawn)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _text("host", "a computer's name, short or full", _NAME, _HOST_DRAWN),
        _text("target", "a computer's name or IPv4 address", _NAME, _HOST_DRAWN),
        _text(
            "user",
            "an account name without its domain",
            r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\$?",
            Drawn(_LOWER + _DIGITS + "._-", 18, _inside("._-", "u")),
        ),
        _text(
            "domain",
            "the NetBIOS name of a domain",
            r"[A-Za-z0-9][A-Za-z0-9-]{0,14}",
            Drawn(string.ascii_uppercase + _DIGITS, 15),
        ),
        _text("path", "a full path, local or on a share", _PATH, Drawn(_ALPHANUMERIC + " _\\", 30, _full_path(".dat"))),
        _text("image", "the full path of an executable", _PATH, Drawn(_ALPHANUMERIC + " _\\", 30, _full_path(".exe"))),
        _text(
            "file", "a file name without a folder", _FILE, Drawn(_ALPHANUMERIC + " _-", 20, _inside(" ", "f", ".exe"))
        ),
        _text("share", "the name of a share", _FILE, Drawn(_ALPHANUMERIC + "_$", 12, _share_name)),
        _text("command", "a command line", rf"{_PRINTABLE}{{1,8191}}", Drawn(_ASCII, 60)),
        _text("text", "any printable text", rf"{_PRINTABLE}{{0,8191}}", Drawn(_ASCII, 60)),
        Kind("ip4", "an IPv4 address"),
        Kind("ip6", "an IPv6 address"),
        Kind("address", "an IPv4 or IPv6 address"),
        Kind("port", "a TCP port, 0 to 65535"),
        Kind("integer", "a whole number"),
        Kind("choice", "one of the listed values"),
        Kind("boolean", "true or false"),
    )
}
"""Every kind of parameter, by name."""

PORTS = (0, 65_535)
_WHOLE = ("port", "integer")
_VERSIONS = {"ip4": (4,), "ip6": (6,), "address": (4, 6)}


@record
class Derived:
    """How a value follows from parameters declared above: by a table over one of them, else by a template."""

    source: str | None
    table: Mapping[str, Template]
    otherwise: Template | None

    def fill(self, values: Mapping[str, Value]) -> Value:
        """The value; the loader made sure that the table or `otherwise` has one."""
        found = None if self.source is None else self.table.get(as_text(values[self.source]))
        template = self.otherwise if found is None else found
        assert template is not None
        return template.fill(values)

    @property
    def templates(self) -> tuple[Template, ...]:
        """Everything that the value may be made of."""
        return (*self.table.values(), *(() if self.otherwise is None else (self.otherwise,)))


@record
class Parameter:
    """One parameter: free when it has a plain default, else derived from those above unless it is given."""

    name: str
    kind: Kind
    description: str
    default: Value | Derived
    values: tuple[Value, ...] = ()
    minimum: int | None = None
    maximum: int | None = None

    @property
    def free(self) -> bool:
        """True for a parameter that properties draw."""
        return not isinstance(self.default, Derived)

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the greatest whole number, for kinds that have them."""
        low, high = PORTS if self.kind.name == "port" else (-(2**31), 2**31 - 1)
        return (low if self.minimum is None else self.minimum, high if self.maximum is None else self.maximum)

    def refusal(self, value: object) -> str | None:
        """Why this parameter can't hold a value, or None when it can."""
        return _kind_refusal(self, value) or self._listed_refusal(value)

    def _listed_refusal(self, value: object) -> str | None:
        if not self.values or any(value == known and type(value) is type(known) for known in self.values):
            return None
        return f"it must be one of {', '.join(map(str, self.values))}"


def _kind_refusal(parameter: Parameter, value: object) -> str | None:
    kind = parameter.kind
    if kind.name == "choice":
        return None if isinstance(value, str | int) else "it must be one of the listed values"
    if kind.name == "boolean":
        return None if isinstance(value, bool) else "it must be true or false"
    if kind.name in _WHOLE:
        return _whole_refusal(parameter, value)
    if not isinstance(value, str):
        return f"it must be {kind.description}, in quotes"
    if kind.accepts is None:
        return None if _is_address(value, _VERSIONS[kind.name]) else f"it must be {kind.description}"
    return None if kind.accepts.fullmatch(value) else f"it must be {kind.description}"


def _whole_refusal(parameter: Parameter, value: object) -> str | None:
    low, high = parameter.limits
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        return f"it must be a whole number from {low} to {high}"
    return None


def _is_address(text: str, versions: tuple[int, ...]) -> bool:
    try:
        return ipaddress.ip_address(text).version in versions
    except ValueError:
        return False


@record
class Problem:
    """What is wrong with one given parameter; whoever knows its place in a file makes a diagnostic of it."""

    code: Code
    parameter: str
    message: str
    help: str


def problems(scenario: str, parameters: Mapping[str, Parameter], given: Mapping[str, object]) -> tuple[Problem, ...]:
    """Everything wrong with the given parameters, in their order; empty when they can be rendered."""
    found = (_problem(scenario, parameters, name, value) for name, value in given.items())
    return tuple(problem for problem in found if problem is not None)


def _problem(scenario: str, parameters: Mapping[str, Parameter], name: str, value: object) -> Problem | None:
    parameter = parameters.get(name)
    if parameter is None:
        known = f"the scenario has {', '.join(sorted(parameters))}"
        message = f"scenario `{scenario}` has no parameter `{name}`"
        return Problem(UNKNOWN_PARAMETER, name, message, did_you_mean(name, parameters, known))
    refusal = parameter.refusal(value)
    if refusal is None:
        return None
    return Problem(BAD_VALUE, name, f"parameter `{name}` can't hold {value!r:.80}", refusal)


def resolve(parameters: Mapping[str, Parameter], given: Mapping[str, Value]) -> dict[str, Value]:
    """The value of every parameter: given, else its default or derived from those above it."""
    values: dict[str, Value] = {}
    for name, parameter in parameters.items():
        default = parameter.default
        if name in given:
            values[name] = given[name]
        else:
            values[name] = default.fill(values) if isinstance(default, Derived) else default
    return values
