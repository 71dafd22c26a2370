"""Files of the registry fetched with `pooch`: only those bytes, from that address, and no more of them."""

from __future__ import annotations

import logging
import urllib.parse
from pathlib import Path
from typing import Any

import pooch
import requests

from emulator.events.recordings.registry import Published

_SECONDS = 30
"""Time that a server may be silent for."""
_CHUNK = 1 << 16


def download(file: Published, place: Path) -> None:
    """Fetch a file to a place, which it takes once its sha256 is the manifest's; until then it has another name.

    Raises OSError or ValueError that say what went wrong.
    """
    pooch.get_logger().setLevel(logging.ERROR)
    facts = file.facts
    if facts.bytes is None:
        raise ValueError("the manifest does not tell its size")
    try:
        pooch.retrieve(
            file.address,
            known_hash=f"sha256:{facts.sha256}",
            fname=place.name,
            path=place.parent,
            downloader=_Bounded(facts.bytes),
        )
    except requests.RequestException as problem:
        if problem.response is not None:
            raise OSError(f"the server answers {problem.response.status_code}") from None
        host = urllib.parse.urlsplit(file.address).netloc
        raise OSError(f"{host} does not answer as expected ({type(problem).__name__})") from None
    except ValueError as problem:
        raise ValueError("what the server sent has another sha256") from problem


class _Bounded:
    """pooch's way to fetch over HTTP, without redirections, and with an end to what is taken."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._http = pooch.HTTPDownloader(
            chunk_size=_CHUNK, timeout=_SECONDS, allow_redirects=False, hooks={"response": _refuse_redirection}
        )

    def __call__(self, url: str, output_file: Any, keeper: Any) -> None:
        with Path(output_file).open("wb") as stream:
            self._http(url, _Counting(stream, self._most), keeper)


class _Counting:
    """A file that takes so many bytes and no more."""

    def __init__(self, stream: Any, most: int) -> None:
        self._stream = stream
        self._left = most

    def write(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise OSError("the server sends more bytes than the manifest says")
        self._stream.write(data)

    def flush(self) -> None:
        self._stream.flush()


def _refuse_redirection(response: requests.Response, **_: object) -> None:
    if response.is_redirect:
        raise OSError("the server sends on to another address, which the manifest does not name")
