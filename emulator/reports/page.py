"""Pages of HTML that need nothing beside them: no script, no other file, no network."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from emulator.reports.pictures.drawing import Picture
from emulator.shipped import shipped_text


def page(name: str, title: str, pictures: Sequence[Picture], **figures: Any) -> str:
    """A shipped page with its figures; texts stand in it as text, and pictures are images, which run nothing."""
    loader = FunctionLoader(lambda file: shipped_text(f"reports/pages/{file}"))
    pages = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, loader=loader)
    images = [{"title": one.title, "address": _address(one)} for one in pictures]
    return pages.get_template(f"{name}.html").render(title=title, pictures=images, **figures)


def _address(picture: Picture) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.svg).decode('ascii')}"
