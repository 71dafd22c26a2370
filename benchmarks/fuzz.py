"""Try either language with many query texts: each gives rows or diagnostics, soon, and nothing else.

    python benchmarks/fuzz.py kql [--cases 20000] [--seed 1] [--write texts.jsonl]

Texts are shaped by the grammar or real ones with edits (see fuzz_texts.py). Each is compiled and run over a few rows.
Prints each way to fail with the shortest text that shows it. `--write` keeps every text with how it ended, a JSON list
a line, to compare with another parser.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzz_texts import texts
from hypothesis import HealthCheck, given, seed, settings

import emulator
from emulator.diagnostics import QueryError, render
from emulator.interpreter.context import Limits

LONGEST = 20
"""Seconds for one text, from its first character to its last row; the limits of a run end it long before."""
_LIMITS = Limits(seconds=3, memory=256 << 20)
_EVENTS = [
    {"a": "1", "b": "x y", "@timestamp": 1704103200000, "#event_simpleName": "ProcessRollup2", "aip": "10.0.0.1"},
    {"a": "-2.5", "x.y": "é", "arr[0]": "p", "arr[1]": "", "@rawstring": '{"k": [1, {"m": null}]}'},
    {"b": "", "@timestamp": 1704103201000},
]
_TABLES: dict[str, dict[str, Any]] = {
    "kql": {"DeviceProcessEvents": [{"FileName": "a.exe", "ProcessId": 5, "Timestamp": "2024-01-01T10:00:00Z"}]},
    "cql": {"events": _EVENTS},
}


class HungError(BaseException):
    """A text that took too long; no Exception, so that nothing under test can swallow it."""


@dataclass(slots=True)
class Outcomes:
    """How texts ended, and for each way to fail the shortest text that shows it."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    def fail(self, text: str, what: str) -> None:
        """Keep a text that failed, unless a shorter one failed in the same way."""
        self.counts["failed"] += 1
        self.failures[what] = min(self.failures.get(what, text), text, key=len)


@contextmanager
def bounded(seconds: int) -> Iterator[None]:
    """Raise HungError in what takes longer."""

    def stop(*_: object) -> None:
        raise HungError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)  # again and again: what runs in a destructor is swallowed
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def code_of(language: Any, text: str) -> str:
    """The code of the first diagnostic, or "rows"; every diagnostic can be shown."""
    try:
        query = emulator.compile(text, language=language, assume=("empty-stand-ins",))
        query.run(_TABLES[language], limits=_LIMITS).to_json()
    except QueryError as error:
        found = error.diagnostics
    else:
        return "rows"
    assert found
    assert all(str(one.code) in render(one) for one in found)
    return str(found[0].code)


def attempt(language: str, text: str, outcomes: Outcomes) -> str:
    """The outcome of one text, counted."""
    try:
        with bounded(LONGEST):
            ended = code_of(language, text)
    except HungError:
        ended = ""
        outcomes.fail(text, f"more than {LONGEST} s")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        ended = ""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        outcomes.fail(text, f"{type(error).__name__}: {error!s:.80} ({Path(frame.filename).name}:{frame.lineno})")
    else:
        outcomes.counts[ended if ended == "rows" else f"{ended[:4]}xxx"] += 1
    return ended


def fuzz(language: str, cases: int, start: int = 1, tell: Callable[[str, str], None] | None = None) -> Outcomes:
    """Try so many texts; `tell` hears of each text and its outcome."""
    outcomes = Outcomes()

    @seed(start)
    @settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(texts(language))
    def try_one(text: str) -> None:
        ended = attempt(language, text, outcomes)
        if tell is not None:
            tell(text, ended)

    try_one()
    return outcomes


def main() -> None:
    """Try texts as the arguments ask, print how they ended, and leave with 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=["kql", "cql"])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    written: list[str] = []
    tell = None if options.write is None else lambda text, ended: written.append(json.dumps([text, ended]))
    outcomes = fuzz(options.language, options.cases, options.seed, tell)
    if options.write is not None:
        options.write.write_text("\n".join(written) + "\n", "utf-8")
    for what, text in outcomes.failures.items():
        print(f"{what}\n{text}\n")
    counted = ", ".join(f"{count} {ended}" for ended, count in outcomes.counts.most_common())
    print(f"{outcomes.counts.total()} texts: {counted}")
    sys.exit(bool(outcomes.failures))


if __name__ == "__main__":
    main()
