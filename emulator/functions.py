"""The declaration of a function: signature, Python meaning, SQL, documentation and examples in one place.

A library module makes a `Library` and declares its functions with the library's decorators. The decorator stores
text; a signature is parsed when it is first asked for, and a test asks for all of them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

from emulator.diagnostics import Code
from emulator.nodes import record
from emulator.regular import regular

Meaning = Callable[..., Any]
Declared = TypeVar("Declared", bound=Callable[..., object])


class Kind(enum.Enum):
    """What a function is applied to."""

    SCALAR = "scalar"
    FILTER = "filter"
    ASSIGN = "assign"
    AGGREGATE = "aggregate"
    TABLE = "table"


class Nulls(enum.Enum):
    """What a null argument does: STRICT gives null without a call; TOTAL hands it to the function."""

    STRICT = "strict"
    TOTAL = "total"


class Mode(enum.Enum):
    """How an argument is given."""

    VALUE = "value"
    CONSTANT = "const"
    FIELD = "field"
    QUERY = "query"


@record
class Parameter:
    """One parameter of a signature; `type` and `default` are as written."""

    name: str
    type: str
    mode: Mode = Mode.VALUE
    rest: bool = False
    default: str | None = None

    @property
    def optional(self) -> bool:
        """True when a call may leave the argument out."""
        return self.rest or self.default is not None


@record
class Signature:
    """A parsed signature: `name([const|field|query] p: type = default, …rest: type) -> type`."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: str


class Aggregator(Protocol):
    """The state of an aggregate over one group; its class is the meaning of the function.

    The class is called with the constant arguments; `step` gets the values of one row. One with a limit has `cut`,
    which is true once a value was left out.
    """

    def step(self, *values: Any) -> None:
        """Take in one row."""

    def merge(self, other: Any) -> None:
        """Take in the state of another part of the group."""

    def finish(self) -> object:
        """The aggregate's value."""


class Options(TypedDict, total=False):
    """What a declaration may say beside its signature: the fields of `Function` of the same names."""

    nulls: Nulls
    pure: bool
    sql: str | None
    doc: str
    examples: str
    specialise: Callable[..., Meaning | None]
    assumes: tuple[str, ...]


class MeaningError(Exception):
    """A function that can't give its value for a row: the product refuses it too, or a limit was reached."""

    def __init__(self, what: Code, message: str, help: str) -> None:
        super().__init__(message)
        self.what = what
        self.message = message
        self.help = help


class Varying:
    """Stands for an argument that differs by row when a call is specialised."""


VARYING = Varying()
_SIGNATURE = regular(r"\s*(?P<name>[\w:]+)\s*\((?P<parameters>.*)\)\s*->\s*(?P<returns>.+?)\s*", re.DOTALL)
_PARAMETER = regular(
    r"(?P<rest>\.\.\.)?(?:(?P<mode>const|field|query)\s+)?(?P<name>\w+)\s*:\s*(?P<type>[\w|\[\]-]+)"
    r"(?:\s*=\s*(?P<default>.+))?",
    re.DOTALL,
)


class SignatureError(ValueError):
    """A declaration whose signature does not have the form that `Signature` describes."""


@dataclass(eq=False)
class Function:
    """A declared function: what it is called, takes, gives and means. Two declarations are never equal.

    `specialise(*arguments)`, where given, gets the constant arguments of a call and `VARYING` for the others, and
    returns a function of the varying ones alone, or None when these constants allow no shortcut. `assumes` names the
    assumptions that a plan with a call rests on.
    """

    language: str
    name: str
    kind: Kind
    declaration: str
    python: Meaning
    nulls: Nulls = Nulls.STRICT
    pure: bool = True
    sql: str | None = None
    doc: str = ""
    examples: str = ""
    library: str = ""
    specialise: Callable[..., Meaning | None] | None = None
    assumes: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """`kql.has`: the language and the name."""
        return f"{self.language}.{self.name}"

    @cached_property
    def signature(self) -> Signature:
        """The parsed declaration. Raises SignatureError when it has not the form of one."""
        return parse_signature(self.declaration)

    def __repr__(self) -> str:
        return f"<{self.identity}: {self.declaration}>"


def parse_signature(text: str) -> Signature:
    """Parse `name(a: type, const b: type = default, ...rest: type) -> type`. Raises SignatureError."""
    match = _SIGNATURE.fullmatch(text)
    if match is None:
        raise SignatureError(f"not a signature: {text}")
    parameters = tuple(_parameter(part, text) for part in _split(match["parameters"]))
    return Signature(match["name"], parameters, match["returns"])


def _parameter(text: str, whole: str) -> Parameter:
    match = _PARAMETER.fullmatch(text.strip())
    if match is None:
        raise SignatureError(f"not a parameter: {text.strip()!r} in {whole}")
    mode = Mode(match["mode"] or "value")
    return Parameter(match["name"], match["type"], mode, match["rest"] is not None, match["default"])


def _split(text: str) -> Iterator[str]:
    """The parts between commas outside quotes and brackets."""
    depth, quote, start = 0, "", 0
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            yield text[start:position]
            start = position + 1
    if text[start:].strip():
        yield text[start:]


class Library:
    """The functions of one module of a language, in order of declaration.

    A name that is declared more than once has overloads: the binder takes the first whose parameters fit.
    The decorators take the declaration, then the fields of `Function` by name.
    """

    def __init__(self, language: str, name: str) -> None:
        self.language = language
        self.name = name
        self.functions: list[Function] = []

    def scalar(self, declaration: str, **options: Unpack[Options]) -> Callable[[Declared], Declared]:
        """Declare a function of values."""
        return self._declare(Kind.SCALAR, declaration, options)

    def filter(self, declaration: str, **options: Unpack[Options]) -> Callable[[Declared], Declared]:
        """Declare a function that keeps or drops an event: it returns True or False."""
        return self._declare(Kind.FILTER, declaration, {"nulls": Nulls.TOTAL, **options})

    def assign(self, declaration: str, **options: Unpack[Options]) -> Callable[[Declared], Declared]:
        """Declare a function that adds fields to an event."""
        return self._declare(Kind.ASSIGN, declaration, {"nulls": Nulls.TOTAL, **options})

    def aggregate(self, declaration: str, **options: Unpack[Options]) -> Callable[[Declared], Declared]:
        """Declare a class with the form of `Aggregator`; STRICT leaves out rows with a null value."""
        return self._declare(Kind.AGGREGATE, declaration, options)

    def table(self, declaration: str, **options: Unpack[Options]) -> Callable[[Declared], Declared]:
        """Declare a function from relations to a relation."""
        return self._declare(Kind.TABLE, declaration, {"nulls": Nulls.TOTAL, **options})

    def _declare(self, kind: Kind, declaration: str, options: Options) -> Callable[[Declared], Declared]:
        name = declaration.partition("(")[0].strip()

        def keep(meaning: Declared) -> Declared:
            declared = Function(self.language, name, kind, declaration, meaning, library=self.name, **options)
            self.functions.append(declared)
            return meaning

        return keep
