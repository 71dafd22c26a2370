"""Queries that stand inside of a YAML file: their text as a source that knows its lines there."""

from __future__ import annotations

from emulator.rules.document import Node
from emulator.source import Source


def embedded(node: Node, file: Source) -> Source:
    """The text of a scalar, with the lines and columns of the file where every line stands there as it is.

    That holds for block texts after `|` and for texts on one line. Quoted and folded texts of several lines, and those
    with escapes, are sources of their own, named after the file.
    """
    text = str(node.value)
    first, _ = file.position(node.span.start)
    if file.text[node.span.start : node.span.start + 1] == "|":
        first += 1
    indent = _indent(text, file, first)
    return Source(f"{file.name} (text)", text) if indent is None else Source(file.name, text, first, indent)


def _indent(text: str, file: Source, first: int) -> int | None:
    """How far all lines of a text are indented from a line of the file on; None when they don't stand there so."""
    lines = text.rstrip("\n").split("\n")
    last, _ = file.position(len(file.text))
    if first + len(lines) - 1 > last:
        return None
    written = [file.line(first + number) for number in range(len(lines))]
    whole = next(((own, line) for own, line in zip(lines, written, strict=True) if own.strip()), None)
    if whole is None:
        return None
    indent = whole[1].find(whole[0])
    fits = indent >= 0 and all(
        line[indent:].startswith(own) if own else not line.strip() for own, line in zip(lines, written, strict=True)
    )
    return indent if fits else None
