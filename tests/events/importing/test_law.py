"""Nothing is lost: whatever the lines are and however they are packed, what was read was kept or rejected."""

import bz2
import gzip
import io
import json
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.events.importing.importing import Wanted, import_events
from emulator.events.importing.problems import Limits
from emulator.events.importing.provenance import REJECTED
from tests.events.importing import reading_back

pytestmark = pytest.mark.once
EVENT = '{"event_simpleName":"DnsRequest","aid":"a1","timestamp":"1700000000123"}'
LIMITS = Limits(line=4096, fields=20)
lines = st.lists(
    st.one_of(
        st.sampled_from(
            [
                EVENT,
                '{"EventID":1,"Channel":"Security","Hostname":"h","TimeCreated":"2024-05-01T10:00:00Z"}',
                '{"winlog":{"event_id":4}}',
                '{"event_simpleName":"X","aid":"a","timestamp":-5}',
                '{"records":[1,{"aid":"a","event_simpleName":"Y"},[]]}',
                "x" * 5000,
                "{",
                "[]",
                "",
                '{"a":' * 300,
            ]
        ),
        st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=30),
        st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=30).map(json.dumps),
    ),
    max_size=12,
)


def zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", data)
    return made.getvalue()


def taped(data: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.json")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


PACKINGS = {
    "not": bytes,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "zip": zipped,
    "tar": taped,
}


def expected(line: str) -> int:
    """Records of a line: none of an empty one, those of its list where it holds one alone."""
    return 0 if not line.encode().strip() else 3 if line.startswith('{"records"') else 1


@given(lines, st.sampled_from(sorted(PACKINGS)))
@example(["", "\x0b", "\r"], "gzip")
def test_what_is_read_is_kept_or_rejected(given_lines: list[str], packing: str) -> None:
    given_lines = [*(EVENT for _ in range(20)), *given_lines]
    data = PACKINGS[packing]("\n".join(given_lines).encode())
    with tempfile.TemporaryDirectory() as folder:
        path, to = Path(folder, "a"), Path(folder, "made")
        path.write_bytes(data)
        done = import_events([path], to, Wanted(), limits=LIMITS)
        written = sum(map(len, reading_back.tables(to).values()))
        aside = len((to / REJECTED).read_text("utf8").splitlines()) if (to / REJECTED).exists() else 0
    assert (written, aside) == (done.counts.kept, done.counts.rejected.total())
    assert written + aside == done.counts.read == sum(map(expected, given_lines))
