"""Mutants of a rule: its unmodified text with one thing deleted, which at least one case should notice."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.diagnostics import QueryError
from emulator.nodes import record
from emulator.proof.mutation_cql import cql_deletions
from emulator.proof.mutation_edits import Deletion
from emulator.proof.mutation_kql import kql_deletions
from emulator.rules import Language
from emulator.source import Source, Span


@record
class Mutant:
    """A rule's text without one of its parts. `span` and `line` are where the part stood; lines keep their numbers."""

    description: str
    line: int
    span: Span
    text: str


def mutants(text: str, language: Language) -> Iterator[Mutant]:
    """Every text that lacks one stage, condition, alternative, list value or branch and still parses, in text order.

    Raises QueryError for a text that does not parse itself.
    """
    source = Source("", text)
    deletions = kql_deletions(source) if language is Language.KQL else cql_deletions(source)
    seen: set[str] = set()
    for one in sorted(deletions, key=lambda one: (one.part, one.removed)):
        mutated = _without(text, one)
        if mutated not in seen and _parses(mutated, language):
            seen.add(mutated)
            yield Mutant(
                f"{one.kind} {_short(source.slice(one.part))}", source.position(one.part.start)[0], one.part, mutated
            )


def _short(text: str, most: int = 70) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _without(text: str, one: Deletion) -> str:
    """The text after a deletion; the line ends of what goes stay, so that every other line keeps its number."""
    removed = text[one.removed.start : one.removed.end]
    return text[: one.removed.start] + one.instead + "\n" * removed.count("\n") + text[one.removed.end :]


def _parses(text: str, language: Language) -> bool:
    from emulator.cql.parser import parse as parse_cql
    from emulator.kql.parser import parse as parse_kql

    try:
        (parse_kql if language is Language.KQL else parse_cql)(Source("", text))
    except QueryError:
        return False
    return True
