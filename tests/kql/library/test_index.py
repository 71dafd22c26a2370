"""Which module declares a function stands in a file, so that a query loads only what it calls."""

from __future__ import annotations

from pathlib import Path

from emulator.kql import library


def test_the_index_is_current() -> None:
    written = Path(library.__file__).with_name("index.tsv").read_text("utf-8")
    make = "from emulator.kql.library import index_text; print(index_text(), end='')"
    assert written == library.index_text(), f'python -c "{make}" > emulator/kql/library/index.tsv'
