"""`parse_path`, `parse_command_line` and `parse_version`: texts that operating systems give a form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from emulator.functions import Library
from emulator.regular import regular

LIBRARY = Library("kql", "paths")
_SCHEME = regular(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://")
_LONG = "\\\\?\\"
_ROOT = regular(r"[A-Za-z]:[\\/]")
_VERSION = regular(r"\d{1,8}(?:\.\d{1,8}){0,3}", re.ASCII)
_PARTS, _DIGITS = 4, 8


def _last(text: str, separators: str) -> int:
    return max(text.rfind(separator) for separator in separators)


@LIBRARY.scalar(
    "parse_path(path: string) -> dynamic",
    doc="parse-path-function",
    examples=r"""
    parse_path(@"C:\temp\file.txt").RootPath => dynamic(@"C:\")   [recorded]
    parse_path(@"C:\temp\file.txt").DirectoryPath => dynamic(@"C:\temp")   [recorded]
    parse_path("file://C:/temp/file.txt:some.exe").AlternateDataStreamName => dynamic("some.exe")   [recorded]
    parse_path("file://C:/temp/file.txt:some.exe").Scheme => dynamic("file")   [recorded]
    parse_path(@"\\shared\users\temp\file.txt.gz").Filename => dynamic("file.txt.gz")   [recorded]
    parse_path(@"\\shared\users\temp\file.txt.gz").Extension => dynamic("gz")   [recorded]
    parse_path("/usr/lib/temp/file.txt").DirectoryName => dynamic("temp")   [recorded]
    parse_path(@"\\?\C:\temp\x").RootPath => dynamic(@"C:\")   [reasoned]
    parse_path("file").DirectoryPath => dynamic("")   [reasoned]
    """,
)
def parse_path(path: str) -> dict[str, object]:
    """The parts of a file's path."""
    scheme = _SCHEME.match(path)
    rest = (path[scheme.end() :] if scheme else path).removeprefix(_LONG)
    root = _ROOT.match(rest)
    cut = _last(rest, "\\/")
    directory, name = (rest[:cut], rest[cut + 1 :]) if cut >= 0 else ("", rest)
    file, _, stream = name.partition(":")
    stem, dot, extension = file.rpartition(".")
    return {
        "Scheme": scheme["scheme"] if scheme else "",
        "RootPath": root[0] if root else "",
        "DirectoryPath": directory,
        "DirectoryName": directory[_last(directory, "\\/") + 1 :],
        "Filename": file,
        "Extension": extension if dot and stem else "",
        "AlternateDataStreamName": stream,
    }


@LIBRARY.scalar(
    "parse_command_line(command: text, parser: string) -> dynamic",
    doc="parse-command-line-function",
    examples=r"""
    parse_command_line('echo "hello world!"', "windows") => dynamic(["echo", "hello world!"])   [recorded]
    parse_command_line(@'"C:\a b\x.exe" a\\b', "windows") => dynamic([@"C:\a b\x.exe", @"a\\b"])   [reasoned]
    parse_command_line(@'x "c\"d" e"f g"h ""', "Windows") => dynamic(["x", 'c"d', "ef gh", ""])  [reasoned]
    parse_command_line(@'x a\\"b c" "d\\" ', "windows") => dynamic(["x", @"a\b c", @"d\"])   [reasoned]
    parse_command_line(" ", "windows") => dynamic([])   [reasoned]
    parse_command_line("a  b", "windows") => dynamic(["a", "b"])   [reasoned]
    parse_command_line("a", "unix") => dynamic(null)   [docs]
    """,
)
def parse_command_line(command: str, parser: str) -> list[str] | None:
    """The arguments of a command line as Windows' CommandLineToArgvW finds them."""
    return list(_arguments(command)) if parser.lower() == "windows" else None


def _arguments(command: str) -> Iterator[str]:
    """The program's name, where backslashes are plain, then the arguments."""
    rest = command.strip(" \t")
    if not rest:
        return
    if rest[0] == '"':
        name, _, rest = rest[1:].partition('"')
    else:
        match = re.match(r"[^ \t]*", rest)
        assert match is not None
        name, rest = match[0], rest[match.end() :]
    yield name
    yield from _quoted_arguments(rest)


def _quoted_arguments(text: str) -> Iterator[str]:
    """2n backslashes before a quote are n and the quote counts, one more is the quote itself; others are plain."""
    argument: list[str] = []
    started = inside = False
    at = 0
    while at < len(text):
        character = text[at]
        if character in " \t" and not inside:
            if started:
                yield "".join(argument)
            argument, started = [], False
            at += 1
            continue
        started = True
        if character == "\\":
            at, written, toggles = _backslashes(text, at)
            argument.append(written)
            inside ^= toggles
        elif character == '"':
            doubled = inside and text[at + 1 : at + 2] == '"'
            argument.append('"' if doubled else "")
            inside ^= not doubled
            at += 2 if doubled else 1
        else:
            argument.append(character)
            at += 1
    if started:
        yield "".join(argument)


def _backslashes(text: str, at: int) -> tuple[int, str, bool]:
    """Where a run of backslashes ends, what it stands for, and whether it lets a quote count."""
    end = at
    while end < len(text) and text[end] == "\\":
        end += 1
    count = end - at
    if text[end : end + 1] != '"':
        return end, "\\" * count, False
    if count % 2:
        return end + 1, "\\" * (count // 2) + '"', False
    return end + 1, "\\" * (count // 2), True


@LIBRARY.scalar(
    "parse_version(version: string) -> decimal",
    doc="parse-version-function",
    examples="""
    parse_version("1.2.3.4") => decimal(1000000020000000300000004)   [docs]
    parse_version("0.2") => decimal(20000000000000000)   [docs]
    parse_version("1.2.3.4.5") => decimal(null)   [docs]
    parse_version("1.a") => decimal(null)   [docs]
    """,
)
def parse_version(version: str) -> Decimal | None:
    """A number that orders versions: up to four parts of up to eight digits."""
    if not _VERSION.fullmatch(version.strip()):
        return None
    parts = version.strip().split(".")
    parts += ["0"] * (_PARTS - len(parts))
    return Decimal(int("".join(part.zfill(_DIGITS) for part in parts)))


@LIBRARY.scalar(
    "parse_csv(text: string) -> dynamic",
    doc="parse-csv-function",
    examples=r'''
    parse_csv('aa,"b,b",cc,"Quotes: ""T"""') => dynamic(["aa", "b,b", "cc", 'Quotes: "T"'])   [docs]
    parse_csv('record1,a\nrecord2,x') => dynamic(["record1", "a"])   [docs]
    parse_csv('"line1\nline2",b') => dynamic(["line1\nline2", "b"])   [docs]
    parse_csv('a,') => dynamic(["a", ""])   [reasoned]
    ''',
)
def parse_csv(text: str) -> list[str]:
    """The values of the first record of comma-separated values."""
    values: list[str] = []
    at = 0
    while True:
        value, at = _quoted_value(text, at) if text[at : at + 1] == '"' else _plain_value(text, at)
        values.append(value)
        if text[at : at + 1] != ",":
            return values
        at += 1


_PLAIN = regular(r"[^,\r\n]*")
_QUOTED = regular(r'"((?:[^"]|"")*)"?')


def _plain_value(text: str, at: int) -> tuple[str, int]:
    match = _PLAIN.match(text, at)
    assert match is not None
    return match[0], match.end()


def _quoted_value(text: str, at: int) -> tuple[str, int]:
    match = _QUOTED.match(text, at)
    assert match is not None
    tail, end = _plain_value(text, match.end())
    return match[1].replace('""', '"') + tail, end
