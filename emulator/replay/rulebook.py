"""The queries of a detection, compiled: as deployed, and with every tuning applied."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from emulator.diagnostics import QueryError, Reporter, code
from emulator.interpreter.context import Limits
from emulator.nodes import record
from emulator.query import Query, compile
from emulator.rules import Detection, Language, QueryName, tuned_text
from emulator.rules.files import inside, read_text
from emulator.rules.kinds import RULE_FILE
from emulator.schema import SchemaError, scalar_type
from emulator.source import Source, Span

BAD_CSV = code(
    "RUL1201",
    "a file of a rule is not CSV",
    "Watchlists and lookup files are CSV: a heading with the names of the columns, then lines with as many cells. "
    "Cells with commas, quotes or line ends stand in double quotes, and a quote inside of them is doubled.",
)
BAD_SCHEMA = code(
    "RUL1202",
    "a file that describes no table",
    "`schemas/NAME.csv` says which columns a table has: a line each under the headings `ColumnName` and `ColumnType`, "
    "as `NAME | getschema | project ColumnName, ColumnType` gives them in the workspace. Types are those of KQL.",
)
MOST_BYTES = 16 << 20
"""The largest watchlist or lookup file that is read."""


@record
class Rule:
    """One query of a detection, ready to run with the stand-ins of the rule's folder."""

    detection: Detection
    name: QueryName
    query: Query
    given: Mapping[str, object]


def query_text(detection: Detection, name: QueryName) -> str:
    """The text that a query of a detection runs as."""
    if name.tuned:
        return tuned_text(detection, name.language)
    return detection.queries[name.language].source.text


def compile_rule(
    detection: Detection, name: QueryName, root: Path, limits: Limits | None = None, *, when_needed: bool = False
) -> Rule:
    """Compile a query of a detection, at once or when it is first needed, to run within some limits.

    Raises QueryError, as the query does that is compiled when needed.
    """
    rule = detection.queries[name.language]
    given = {**rule.given, **stand_ins(root / detection.folder, root)}
    language = _language(name)
    source = rule.source
    if name.tuned:
        source = Source(f"{source.name} (tuned)", query_text(detection, name))
    query = compile(
        source,
        language=language,
        assume=rule.assumptions,
        given=given,
        limits=limits,
        when_needed=when_needed,
    )
    return Rule(detection, name, query, given)


def _language(name: QueryName) -> Literal["kql", "cql"]:
    return "kql" if name.language is Language.KQL else "cql"


def query_names(detection: Detection) -> list[QueryName]:
    """The queries that a detection has, in the order of reports; tuned ones where it has tunings."""
    return [name for name in QueryName if name.language in detection.queries and (detection.tunings or not name.tuned)]


def stand_ins(folder: Path, root: Path) -> dict[str, object]:
    """What the rule's folder gives: watchlists, lookup files, stored queries and functions, and other stand-ins.

    `watchlists/NAME.csv`, `lookups/FILE.csv`, `queries/NAME.cql`, `functions/NAME.kql` (parsers and other functions
    that the workspace stores), `external/FILE` (what `externaldata` reads from an address that ends so) and
    `stand_ins/NAME.csv` (`geo`, `fileprofile`, `seenby`), or `stand_ins/geo.mmdb`, a database in MaxMind's format.
    `schemas/NAME.csv` describes a table, for this rule or, below the repository's root, for all.

    Only files inside the repository `root` are opened. Raises QueryError for one that can't be read.
    """
    given: dict[str, object] = {}
    for path in (*sorted((root / "schemas").glob("*.csv")), *sorted((folder / "schemas").glob("*.csv"))):
        given[f"schema:{path.stem}"] = _columns(path, root)
    for path in sorted((folder / "watchlists").glob("*.csv")):
        given[f"watchlist:{path.stem}"] = _rows(path, root)
    for path in sorted((folder / "lookups").glob("*.csv")):
        given[f"lookup:{path.name}"] = _rows(path, root)
    for path in sorted((folder / "queries").glob("*.cql")):
        given[f"query:{path.stem}"] = read_text(path, root, RULE_FILE).text
    for path in sorted((folder / "functions").glob("*.kql")):
        given[f"function:{path.stem}"] = read_text(path, root, RULE_FILE).text
    for path in sorted(path for path in (folder / "external").glob("*.*") if path.is_file()):
        given[f"externaldata:{path.name}"] = read_text(path, root, RULE_FILE, MOST_BYTES).text
    for path in sorted((folder / "stand_ins").glob("*.csv")):
        given[path.stem] = _rows(path, root)
    for path in (folder / "stand_ins").glob("geo.mmdb"):
        given["geo"] = inside(path, root, RULE_FILE)
    return given


def _rows(path: Path, root: Path) -> list[dict[str, str]]:
    source = read_text(path, root, RULE_FILE, MOST_BYTES)
    reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    rows: list[dict[str, str]] = []
    try:
        heading = next(reader, [])
        for cells in reader:
            if len(cells) not in (0, len(heading)):
                raise _bad_csv(source, reader.line_num, f"{len(cells)} cells under {len(heading)} headings")
            if cells:
                rows.append(dict(zip(heading, cells, strict=True)))
    except csv.Error as error:
        raise _bad_csv(source, reader.line_num, str(error)) from None
    return rows


def _columns(path: Path, root: Path) -> dict[str, str]:
    """The columns of a table and their types."""
    columns = {row.get("ColumnName", ""): row.get("ColumnType", "") for row in _rows(path, root)}
    problem = "" if columns and all(columns) else "no columns stand under `ColumnName` and `ColumnType`"
    try:
        for kind in columns.values():
            scalar_type(kind)
    except SchemaError as error:
        problem = problem or str(error)
    if problem:
        source = read_text(path, root, RULE_FILE, MOST_BYTES)
        help = "write a type of KQL: bool, datetime, decimal, dynamic, guid, int, long, real, string or timespan"
        raise QueryError([Reporter(source).error(BAD_SCHEMA, problem, Span(0, min(1, len(source.text))), help)])
    return columns


def _bad_csv(source: Source, line: int, message: str) -> QueryError:
    start = sum(map(len, source.text.splitlines(keepends=True)[: line - 1]))
    return QueryError([Reporter(source).error(BAD_CSV, message, Span(start, start + 1), "check quotes and commas")])
