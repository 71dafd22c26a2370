"""How pictures look and are written: colours that colour-blind people tell apart, and no trace of when and where."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from emulator.nodes import record
from emulator.rules.files import shown

WIDTH = 8.0
"""Inches; a page of 80 columns."""
BLUE, ORANGE, GREEN, GREY, INK = "#0072b2", "#d55e00", "#009e73", "#999999", "#222222"
"""Colours of Okabe and Ito's palette."""
_LOOK: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "text.hinting": "no_hinting",  # so that text is as wide in both formats
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "white",
    "savefig.dpi": 110,
    "svg.fonttype": "path",
    "svg.hashsalt": "ruleproof",
}


@record
class Picture:
    """A drawn picture: a name for its files, what it shows in a sentence, and how it is written."""

    name: str
    title: str
    svg: bytes
    png: bytes


@contextmanager
def drawing() -> Iterator[None]:
    """While the block runs, pictures look the same whatever the person's own settings are."""
    with mpl.rc_context(), warnings.catch_warnings():
        # A name may have characters that the font lacks: they are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        mpl.rcdefaults()
        mpl.rcParams.update(_LOOK)
        yield


def figure(height: float) -> Figure:
    """An empty figure of the usual width."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def picture(name: str, title: str, drawn: Figure) -> Picture:
    """A figure as bytes of both formats; call it while `drawing`."""
    svg, png = io.BytesIO(), io.BytesIO()
    drawn.savefig(svg, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
    drawn.set_layout_engine("none")  # It is laid out; doing it again takes as long.
    drawn.savefig(png, format="png", metadata={"Software": None, "Title": title})
    return Picture(name, title, svg.getvalue(), png.getvalue())


def wrapped(text: str, width: int, most_lines: int = 2) -> str:
    """A text from a rule or a corpus as a label of a few short lines; of a long one the middle is cut."""
    text = shown(text, 300)
    most = width * most_lines - width // 4 * (most_lines - 1)
    if len(text) > most:
        text = f"{text[: most * 2 // 3]}…{text[len(text) - (most - most * 2 // 3 - 1) :]}"
    return "\n".join(_lines(text, width))


def _lines(text: str, width: int) -> list[str]:
    found: list[str] = []
    while len(text) > width:
        breaks = [place + 1 for place in range(width * 2 // 3, width) if text[place] in " _-,./\\…"]
        place = breaks[-1] if breaks else width
        found.append(text[:place].rstrip(" "))
        text = text[place:].lstrip(" ")
    return [*found, text]


def several(count: int, one: str) -> str:
    """A count with its noun."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"
