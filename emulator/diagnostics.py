"""What is wrong, where, and what to do: codes, diagnostics and the errors that carry them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from emulator.nodes import record
from emulator.regular import regular
from emulator.source import NOWHERE, Source, Span


class Severity(enum.Enum):
    """How much a diagnostic weighs: an error stops, a warning is a lint, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@record
class Code:
    """A kind of diagnostic: its identifier, its title, and a page that `ruleproof explain` prints."""

    id: str
    title: str
    page: str

    def __str__(self) -> str:
        return self.id

    @property
    def is_gap(self) -> bool:
        """True when the emulator, not the author, has to act."""
        return self.id[3] == "4" and self.id[:3] in ("KQL", "CQL")


_CODES: dict[str, Code] = {}
_FORM = regular(r"(KQL|CQL|RUL|CAS|EVT)\d{4}")


def code(identifier: str, title: str, page: str) -> Code:
    """Declare a code beside the place that raises it.

    `page` says in Markdown what the code means, why it matters and how to mend it.
    Raises ValueError for a malformed identifier or one that is taken by another declaration.
    """
    if not _FORM.fullmatch(identifier):
        raise ValueError(f"a code is three letters of a subject and four digits, not {identifier!r}")
    declared = Code(identifier, title, page)
    if _CODES.setdefault(identifier, declared) != declared:
        raise ValueError(f"{identifier} is declared twice")
    return declared


def declared_codes() -> dict[str, Code]:
    """Every code of the modules imported so far, by identifier."""
    return dict(sorted(_CODES.items()))


@record
class Label:
    """A second place that explains a diagnostic."""

    span: Span
    text: str


@record
class Diagnostic:
    """One finding about one place of one source."""

    code: Code
    message: str
    span: Span
    help: str
    source: Source
    severity: Severity = Severity.ERROR
    label: str = ""
    also: tuple[Label, ...] = ()

    @property
    def line(self) -> int:
        """Line of the span's start, counted from 1."""
        return self.source.position(self.span.start)[0]

    @property
    def column(self) -> int:
        """Column of the span's start, counted from 1."""
        return self.source.position(self.span.start)[1]

    def to_json(self) -> dict[str, object]:
        """A mapping of plain values, for `--format json`."""
        end_line, end_column = self.source.position(self.span.end)
        return {
            "code": self.code.id,
            "severity": self.severity.value,
            "message": self.message,
            "help": self.help,
            "file": self.source.name,
            "line": self.line,
            "column": self.column,
            "end_line": end_line,
            "end_column": end_column,
        }

    def __str__(self) -> str:
        return render(self)


class QueryError(Exception):
    """A query, rule, case or event file that can't be used; `diagnostics` says why, in source order."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        if not diagnostics:
            raise ValueError("an error needs at least one diagnostic")
        self.diagnostics: list[Diagnostic] = sorted(diagnostics, key=lambda found: (found.source.name, found.span))
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(map(render, self.diagnostics))


class Reporter:
    """Collects the diagnostics of one stage over one source, so that all of them are reported at once."""

    __slots__ = ("found", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Diagnostic] = []

    def error(
        self, what: Code, message: str, span: Span, help: str, label: str = "", also: Iterable[Label] = ()
    ) -> Diagnostic:
        """Add an error and return it, so that a caller may also `raise QueryError([…])` with it."""
        return self._add(Diagnostic(what, message, span, help, self.source, Severity.ERROR, label, tuple(also)))

    def warning(
        self, what: Code, message: str, span: Span, help: str, label: str = "", also: Iterable[Label] = ()
    ) -> Diagnostic:
        """Add a warning and return it."""
        return self._add(Diagnostic(what, message, span, help, self.source, Severity.WARNING, label, tuple(also)))

    def _add(self, diagnostic: Diagnostic) -> Diagnostic:
        if diagnostic not in self.found:
            self.found.append(diagnostic)
        return diagnostic

    @property
    def failed(self) -> bool:
        """True when an error was added."""
        return any(found.severity is Severity.ERROR for found in self.found)

    def stop_if_failed(self) -> None:
        """Raise QueryError with everything found so far when an error is among it."""
        if self.failed:
            raise QueryError(self.found)


def nearest(name: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known names closest to a misspelt one, best first, case ignored; empty when none is close."""
    from difflib import get_close_matches  # only a mistake needs it

    by_fold: dict[str, str] = {}
    for candidate in known:
        by_fold.setdefault(candidate.casefold(), candidate)
    return [by_fold[match] for match in get_close_matches(name.casefold(), by_fold, n=most, cutoff=0.6)]


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """The help line for an unknown name: the nearest known one, or what else to do."""
    close = nearest(name, known)
    return f"did you mean `{close[0]}`?" if close else otherwise


_WIDEST = 160


def render(diagnostic: Diagnostic) -> str:
    """The diagnostic as people read it: heading, place, excerpt with carets, help."""
    source, span = diagnostic.source, diagnostic.span
    marks = sorted([(span, "^", diagnostic.label), *((extra.span, "-", extra.text) for extra in diagnostic.also)])
    numbers = [source.position(mark[0].start)[0] for mark in marks]
    margin = " " * len(str(max(numbers)))
    lines = [f"{diagnostic.severity.value}[{diagnostic.code}]: {diagnostic.message}"]
    lines.append(f"{margin}--> {source.name}:{diagnostic.line}:{diagnostic.column}")
    if source.text or span != NOWHERE:
        lines.append(f"{margin} |")
        shown = 0
        for number, (where, sign, text) in zip(numbers, marks, strict=True):
            excerpt, carets = _excerpt(source, number, where, sign)
            if number != shown:
                lines.append(f"{number:>{len(margin)}} | {excerpt}".rstrip())
                shown = number
            lines.append(f"{margin} | {carets} {text}".rstrip())
    lines.append(f"{margin} = help: {diagnostic.help}")
    return "\n".join(lines)


def _excerpt(source: Source, number: int, span: Span, sign: str) -> tuple[str, str]:
    """A line and the signs under it, cut around the span when the line is very long."""
    text = source.line(number).expandtabs(1)
    start = source.position(span.start)[1] - 1
    end_line, end_column = source.position(span.end)
    end = end_column - 1 if end_line == number else len(text)
    cut = max(0, start - 60) if len(text) > _WIDEST else 0
    excerpt = _printable(text[cut : cut + _WIDEST])
    length = max(1, min(end, cut + _WIDEST) - start)
    return excerpt, " " * (start - cut) + sign * length


def _printable(text: str) -> str:
    """Control characters of hostile input must not reach a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
