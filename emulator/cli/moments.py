"""Moments that users give on the command line."""

from __future__ import annotations

from datetime import datetime

import click


def moment(text: str | None) -> datetime | None:
    """The moment that --now names. Ends with a hint when it is none, or has no zone."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--now takes a moment such as 2026-03-01T12:00:00Z, not {text!r}") from None
    if found.tzinfo is None:
        raise click.UsageError("--now needs a zone: end it with Z for UTC")
    return found
