"""Tests of parsers for people: one line a parser, then every failure where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from emulator.diagnostics import render
from emulator.replay.parser_tests import ParserVerdict
from emulator.reports.lines import put, put_whole


def print_parser_tests(console: Console, verdicts: Sequence[ParserVerdict]) -> None:
    """Print what the tests of each parser come to, and what fails."""
    by_parser: dict[str, list[ParserVerdict]] = {}
    for one in verdicts:
        by_parser.setdefault(one.parser.file.name, []).append(one)
    for file, tests in by_parser.items():
        asserted = sum(len(each.fields) for one in tests for each in one.test.assertions)
        failed = sum(bool(one.failures) for one in tests)
        put(console, f"{'FAIL' if failed else 'pass'}  parser {tests[0].parser.name}", "bold red" if failed else "bold")
        put(console, f"{file}: {_counted(tests, failed)}, {asserted} values asserted", indent=2)
        for one in tests:
            for failure in one.failures:
                console.print()
                put_whole(console, render(failure))
        console.print()
    failed = sum(bool(one.failures) for one in verdicts)
    put(console, f"{len(by_parser)} parser{'' if len(by_parser) == 1 else 's'}: {_counted(verdicts, failed)}", "bold")


def _counted(tests: Sequence[ParserVerdict], failed: int) -> str:
    parts = [f"{len(tests) - failed} pass", *([f"{failed} fail"] if failed else [])]
    return f"{len(tests)} test{'' if len(tests) == 1 else 's'}, {', '.join(parts)}"
