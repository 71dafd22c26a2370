"""The registry: files found by their bytes, fetched from a server on this machine, and nothing written elsewhere."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from emulator.diagnostics import QueryError
from emulator.events.recordings.downloading import download
from emulator.events.recordings.lists import COLUMNS
from emulator.events.recordings.manifests import load_manifests
from emulator.events.recordings.registry import Found, Published, Standing, Stores, chosen, obtain, published

CONTENT = b"an event\n"
LISTED = {
    "attacks/one & more.evtx": {},
    "longer.evtx": {"bytes": "3"},
    "other.evtx": {"sha256": "0" * 64},
    "absent.evtx": {},
    "moved.evtx": {},
    "sizeless.evtx": {"bytes": ""},
    "rows.csv": {"here": "rows.csv.gz"},
    "made.jsonl": {"derived": "the rows of a pickle"},
}


class Server(BaseHTTPRequestHandler):
    """Answers with one content, or sends on."""

    def do_GET(self) -> None:
        status = 404 if "absent" in self.path else 302 if "moved" in self.path else 200
        self.server.asked.append(self.path)  # type: ignore[attr-defined]  # the server is the test's
        self.send_response(status)
        self.send_header("Location", "/upstream/attacks/one%20%26%20more.evtx")
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    found.asked = []  # type: ignore[attr-defined]  # what it was asked for
    threading.Thread(target=found.serve_forever, args=[0.01], daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def files(server: ThreadingHTTPServer, tmp_path: Path) -> list[Published]:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "some.yaml").write_text(
        "name: some\nlabel: benign\nnote: made up\norigin: {repository: r, commit: c, licence: none, folder: "
        f"upstream/, here: mine/, address: 'http://127.0.0.1:{server.server_port}/{{path}}'}}\n"
    )
    facts = {"bytes": str(len(CONTENT)), "sha256": hashlib.sha256(CONTENT).hexdigest(), "label": "benign"}
    lines = [{"recording": name, **facts, **other} for name, other in LISTED.items()]
    rows = ["\t".join(line.get(column, "") for column in COLUMNS) for line in ({c: c for c in COLUMNS}, *lines)]
    (folder / "some.tsv").write_text("\n".join(rows) + "\n")
    return published(load_manifests(folder, tmp_path))


def obtained(files: list[Published], stores: Stores, name: str) -> Found:
    (found,) = obtain(chosen(files, [f"some/{name}"]), stores, download, lambda: None)
    return found


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def test_a_file_is_fetched_once(files: list[Published], server: ThreadingHTTPServer, tmp_path: Path) -> None:
    stores = Stores(None, tmp_path / "cache")
    server.asked.clear()  # type: ignore[attr-defined]  # what it was asked for
    found = [obtained(files, stores, "attacks/*") for _ in range(2)]
    assert [one.standing for one in found] == [Standing.FETCHED, Standing.CACHED]
    assert found[0].place == found[1].place == tmp_path / "cache/some/attacks/one & more.evtx"
    assert left(stores.cache) == ["some/attacks/one & more.evtx"]
    assert server.asked == ["/upstream/attacks/one%20%26%20more.evtx"]  # type: ignore[attr-defined]  # as above


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("longer.evtx", "the server sends more bytes than the manifest says"),
        ("other.evtx", "what the server sent has another sha256"),
        ("absent.evtx", "the server answers 404"),
        ("moved.evtx", "the server sends on to another address, which the manifest does not name"),
        ("sizeless.evtx", "the manifest does not tell its size"),
    ],
)
def test_what_is_not_the_file_is_not_kept(files: list[Published], tmp_path: Path, name: str, problem: str) -> None:
    stores = Stores(None, tmp_path / "cache")
    found = obtained(files, stores, name)
    assert (found.standing, found.place, found.problem) == (Standing.FAILED, None, problem)
    assert left(stores.cache) == []


def test_a_damaged_file_of_the_cache_is_fetched_again(files: list[Published], tmp_path: Path) -> None:
    stores = Stores(None, tmp_path / "cache")
    place = stores.cached(files[0])
    place.parent.mkdir(parents=True)
    place.write_bytes(b"damaged")
    assert stores.look(files[0]).standing is Standing.MISSING
    assert obtained(files, stores, "attacks/*").standing is Standing.FETCHED
    assert place.read_bytes() == CONTENT


def test_the_folder_of_recordings_comes_first(files: list[Published], tmp_path: Path) -> None:
    mine = tmp_path / "recordings" / "mine"
    (mine / "attacks").mkdir(parents=True)
    (mine / "attacks" / "one & more.evtx").write_bytes(CONTENT)
    (mine / "other.evtx").write_bytes(CONTENT)
    (mine / "rows.csv.gz").write_bytes(gzip.compress(CONTENT))
    stores = Stores(tmp_path / "recordings", tmp_path / "cache")
    found = list(obtain(files, stores, None, lambda: None))
    assert [one.file.name for one in found if one.is_here] == ["attacks/one & more.evtx", "rows.csv"]
    assert {one.standing for one in found if one.is_here} == {Standing.FOLDER}
    assert not stores.cache.exists()


PACKED = {"more": gzip.compress(CONTENT * 1000), "cut off": gzip.compress(CONTENT)[:-9], "damaged": b"damaged"}


@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED)
def test_a_packed_file_of_other_content_is_none(files: list[Published], tmp_path: Path, packed: bytes) -> None:
    mine = tmp_path / "recordings" / "mine"
    mine.mkdir(parents=True)
    (mine / "rows.csv.gz").write_bytes(packed)
    (file,) = chosen(files, ["some/rows.csv"])
    assert not Stores(tmp_path / "recordings", tmp_path / "cache").look(file).is_here


def test_what_is_not_published_says_what_it_was_made_from(files: list[Published], tmp_path: Path) -> None:
    found = obtained(files, Stores(None, tmp_path / "cache"), "made.jsonl")
    assert (found.standing, found.problem) == (Standing.UNPUBLISHED, "made here from the rows of a pickle")
    assert found.to_json()["address"] is None


def test_a_link_does_not_lead_out_of_the_cache(files: list[Published], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "some").symlink_to(tmp_path / "elsewhere")
    found = obtained(files, Stores(None, tmp_path / "cache"), "attacks/*")
    assert found.problem == "a link in the cache leads out of it"
    assert left(tmp_path / "elsewhere") == []


def test_a_server_that_does_not_answer(files: list[Published], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Published, "address", "http://127.0.0.1:9/x")
    found = obtained(files, Stores(None, tmp_path / "cache"), "attacks/*")
    assert found.problem == "127.0.0.1:9 does not answer as expected (ConnectionError)"


def test_names_choose_files(files: list[Published]) -> None:
    assert chosen(files, ["some/"]) == chosen(files, []) == files
    assert [one.name for one in chosen(files, ["some/m*", "some/rows.csv"])] == ["moved.evtx", "rows.csv", "made.jsonl"]
    with pytest.raises(QueryError) as caught:
        chosen(files, ["some/moved.evt"])
    assert caught.value.diagnostics[0].help == "did you mean `some/moved.evtx`?"


def test_the_corpus_is_published_on_the_web() -> None:
    root = Path(__file__).parents[3]
    files = published(load_manifests(root / "corpus" / "recorded", root))
    assert all(
        file.address.startswith(f"https://raw.githubusercontent.com/{file.manifest.repository}/") for file in files
    )
    assert all(file.facts.bytes for file in files)


@pytest.mark.once
def test_the_folder_of_recordings_holds_every_file(recordings: Path, tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    files = published(load_manifests(root / "corpus" / "recorded", root))
    assert [
        one.file.title for one in obtain(files, Stores(recordings, tmp_path), None, lambda: None) if not one.is_here
    ] == []
