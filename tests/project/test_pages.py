"""Pages of the documentation that are made from the code say what the code says."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from emulator.reports.function_list import functions_page

pytestmark = pytest.mark.once


@pytest.mark.parametrize("language", ["kql", "cql"])
def test_the_page_of_functions_is_current(root: Path, language: str) -> None:
    page = functions_page([*importlib.import_module(f"emulator.{language}.support").functions()])
    written = (root / "docs" / "functions" / f"{language}.md").read_text("utf-8")
    assert written == page, f"ruleproof functions -l {language} --format markdown > docs/functions/{language}.md"
