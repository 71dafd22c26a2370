"""Workflow commands of GitHub Actions: lines on standard output that mark lines of files."""

from __future__ import annotations

MOST_ANNOTATIONS = 10
"""GitHub shows ten errors of a step; more would hide the worst."""


def workflow_command(kind: str, file: str, place: tuple[int, int], title: str, text: str) -> str:
    """A command that marks a line and column of a file; `kind` is error, warning or notice."""
    line, column = place
    return f"::{kind} file={_property(file)},line={line},col={column},title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
