"""Laws over all inputs: whatever a file holds, it is read or answered with diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.diagnostics import Diagnostic, QueryError, render
from emulator.rules import document, load_detections
from emulator.rules.case_file import read_case

GOOD = Path(__file__).parent / "good"
CASE = (GOOD / "detections/execution/T1059_full/cases/attack.yaml").read_bytes()
DETECTION = (GOOD / "detections/execution/T1059_full/detection.yaml").read_bytes()
PIECES = st.sampled_from(
    [b"\n", b": ", b"- ", b"{", b"}", b"[", b"]", b"'", b'"', b"\\", b"&a ", b"*a", b"!!x ", b"|\n", b"\xff"]
)
SCRAPS = st.binary(max_size=20) | PIECES | st.text("abc:-[]{}\n\"'#&*!|>%@` ", max_size=30).map(str.encode)


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """A good file with a stretch of it replaced."""
    start = draw(st.integers(0, len(good)))
    end = draw(st.integers(start, min(len(good), start + 60)))
    return good[:start] + draw(SCRAPS) + good[end:]


@given(st.binary(max_size=200) | damaged(CASE), st.sampled_from([yaml.CSafeLoader, yaml.SafeLoader]))
@example(b'a: "\\UFFFFFFFF"', yaml.SafeLoader)
@example(b'a: "\\UFFFFFFFF"', yaml.CSafeLoader)
@example(b"a: \xef\xbb\xbfb", yaml.SafeLoader)
@example(b"a: \xef\xbb\xbfb", yaml.CSafeLoader)
@example(b"? ? ? ? a", yaml.CSafeLoader)
@example(b"%YAML 9.9\n---\na: b", yaml.CSafeLoader)
@example(b"\xef\xbb\xbfid: a", yaml.CSafeLoader)
def test_any_bytes_as_a_case(data: bytes, loader: type) -> None:
    with TemporaryDirectory() as folder, patch.object(document, "_LOADER", loader):
        (Path(folder) / "any.yaml").write_bytes(data)
        found = diagnostics(lambda: read_case(Path(folder) / "any.yaml", Path(folder)))
        assert all(render(one) and one.code.id.startswith("CAS") for one in found)


@given(damaged(DETECTION))
def test_any_bytes_as_a_detection(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder) / "detections/execution/T1059_full"
        home.mkdir(parents=True)
        (home / "detection.yaml").write_bytes(data)
        for name in ("rule.kql", "better.kql", "rule.cql", "sigma.yml"):
            (home / name).write_text("x", "utf-8")
        found = diagnostics(lambda: load_detections(Path(folder)))
        assert all(render(one) and one.code.id.startswith("RUL") for one in found)


def diagnostics(load: Callable[[], object]) -> list[Diagnostic]:
    """What is wrong with what is loaded; any other exception fails the test."""
    try:
        load()
    except QueryError as refused:
        return refused.diagnostics
    return []
