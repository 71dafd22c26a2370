"""The YAML reader and the file reader where no rule or case shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from emulator.diagnostics import QueryError
from emulator.rules import document
from emulator.rules.document import Node, parse_document
from emulator.rules.files import read_text, shown
from emulator.rules.kinds import CASE_FILE
from emulator.source import Source

HERE = Path(__file__).parent


def parse(text: str) -> Node:
    return parse_document(Source("any.yaml", text), CASE_FILE)


@pytest.mark.parametrize("case", yaml.safe_load((HERE / "scalars.yaml").read_text("utf-8")), ids=str)
@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_scalar(case: list[object], loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_LOADER", getattr(yaml, loader))
    written, value = case
    found = parse(str(written)).plain()
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_places(loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_LOADER", getattr(yaml, loader))
    source = Source("any.yaml", "é: 'ü'\r\nlist:\r\n  - {a: b,\r\n     c: d}\r\n  - |\r\n    text\r\n\r\nlast: 1\r\n")
    node = parse_document(source, CASE_FILE)
    places = {key: source.slice(entry.node.span) for key, entry in node.entries().items()}
    assert places["é"] == "'ü'"
    assert places["list"] == "- {a: b,\r\n     c: d}\r\n  - |\r\n    text"
    assert places["last"] == "1"
    assert source.slice(node.at(("list", 0, "c")).span) == "d"
    assert source.slice(node.entries()["last"].key) == "last"


def test_a_step_that_leads_nowhere() -> None:
    with pytest.raises(TypeError, match="does not lead into"):
        parse("- a")["key"]


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "any.yaml").write_text("a: b", "utf-8")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(QueryError, match="can't be read: Permission denied"):
        read_text(tmp_path / "any.yaml", tmp_path, CASE_FILE)


def test_a_path_elsewhere_keeps_its_whole_name(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"`/elsewhere/any\.yaml` leads out of the repository"):
        read_text(Path("/elsewhere/any.yaml"), tmp_path, CASE_FILE)


def test_text_in_messages_is_short_and_harmless() -> None:
    assert shown("a\x1b[31m\n" + "x" * 100) == "a\\x1b[31m\\n" + "x" * 66 + "..."
