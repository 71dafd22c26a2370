"""Lines of text for people: wrapped between words with a hanging indent, paths whole, nothing behind the last word."""

from __future__ import annotations

import textwrap

from rich.console import Console, RenderableType
from rich.text import Text


def put(console: Console, text: str, style: str = "", indent: int = 0, hang: int = 2) -> None:
    """Print a paragraph, its further lines indented by `hang` more; a word longer than a line stands out."""
    lines = textwrap.wrap(
        text,
        console.width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_long_words=False,
        break_on_hyphens=False,
    )
    for line in lines:
        put_whole(console, line, style)


def put_whole(console: Console, text: str, style: str = "") -> None:
    """Print text as it is, however long its lines are."""
    console.print(Text(text, style=style), soft_wrap=True)


def put_trimmed(console: Console, renderable: RenderableType) -> None:
    """Print a table or a page without the spaces that fill its lines."""
    with console.capture() as captured:
        console.print(renderable)
    for line in captured.get().splitlines():
        console.out(line.rstrip(), highlight=False)
