"""Markdown that shows texts as texts."""

from __future__ import annotations


def cell(text: str) -> str:
    """Text from rules is shown as text: it can't end the cell of a table or become markup."""
    escaped = text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace("`", "\\`").replace("[", "\\[")
