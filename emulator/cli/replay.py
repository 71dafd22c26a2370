"""`ruleproof replay`: run rules over a corpus and measure how often they fire."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.making import amount, made_tables
from emulator.cli.measured import Output, exit_code, output_options, report
from emulator.cli.packages import detections_of, is_package_path
from emulator.cli.progress import progress
from emulator.cli.repository import (
    OVER_CORPUS,
    choose,
    find_root,
    limit_options,
    reporting_errors,
    root_option,
)

if TYPE_CHECKING:
    from emulator.events.recordings.mapped import Tally
    from emulator.interpreter.context import Limits
    from emulator.replay.cache.results import ResultCache
    from emulator.replay.corpus import Material
    from emulator.replay.measuring import Measurement
    from emulator.replay.parts.recordings import PartCorpus
    from emulator.replay.rulebook import Rule
    from emulator.replay.tables.corpus import TableCorpus
    from emulator.rules import Detection


@click.command("replay", short_help="run rules over a corpus and measure how often they fire")
@click.argument("corpora", nargs=-1, metavar="[CORPUS]...", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--detection",
    "-d",
    "names",
    multiple=True,
    help="Only this: a detection's name, folder or technique, or a LogScale package or a file of one.",
)
@click.option("--recordings", is_flag=True, help="Also the recordings in the folder that RULEPROOF_RECORDINGS names.")
@click.option("--hosts", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="Synthetic hosts.")
@click.option("--days", type=click.IntRange(1, 3650), help="Synthetic days; 2 unless given.")
@click.option("--events", type=amount, help="So many synthetic events of both sensors in place of days, such as 10M.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the synthetic organisation.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "interpreter", "duckdb"]),
    default="auto",
    show_default=True,
    help="What finds rows in tables; auto takes duckdb above 20,000 rows.",
)
@click.option(
    "--cache",
    "cache_folder",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="RULEPROOF_CACHE",
    help="Where to keep results; in the user's cache folder unless given.",
)
@click.option("--no-cache", is_flag=True, help="Measure everything again, and keep nothing.")
@root_option
@reporting_errors
@output_options
@limit_options(OVER_CORPUS)
def command(
    corpora: tuple[Path, ...],
    names: tuple[str, ...],
    recordings: bool,
    hosts: int,
    days: int | None,
    events: int | None,
    seed: int,
    engine: str,
    cache_folder: Path | None,
    no_cache: bool,
    output: Output,
    root: Path | None,
    limits: Limits,
) -> None:
    """Replay every rule over each CORPUS and measure how often it fires.

    A corpus is a profile of a synthetic organisation (.yaml; corpus/profiles/office.yaml unless given), a file of
    recorded events (.jsonl, .jsonl.gz) or a folder of them, or a folder of tables: TABLE.parquet or a folder TABLE of
    Parquet files, or JSON lines or CSV named for a table (the CQL stream is `events`). Results tell what was read: a
    rule whose tables had no rows is unmeasured, never clean. With --events or --engine duckdb a profile's events are
    made on disk first, in a temporary folder, so that memory stays bounded however many there are. A detection that is
    over its budget with certainty fails, or is not below it as certainly as the budget asks for; so does a rule that
    reached a limit, which is not measured.
    """
    from emulator.replay.corpus import load_material
    from emulator.rules import load_detections

    packaged = [name for name in names if is_package_path(name)]
    others = [name for name in names if name not in packaged]
    where = find_root(root)
    chosen: list[Detection] = choose(load_detections(where), others) if others or not packaged else []
    chosen += detections_of(packaged)
    material = load_material(where)
    results = _results(cache_folder, kept=not no_cache)
    corpora_of_parts = [_recorded(material, results)] if recordings else []
    paths = corpora or (() if recordings else (where / DEFAULT_PROFILE,))
    if events is not None and days is not None:
        raise click.UsageError("say how much: --events or --days")
    corpora_of_tables = []
    with ExitStack() as stack:
        for path in paths:
            if path.suffix in PROFILES and (events is not None or engine == "duckdb"):
                length = days if days or events else DAYS
                corpora_of_tables.append(stack.enter_context(made_tables(path, seed, hosts, length, events)))
            elif (tables := tables_at(path)) is None:
                corpora_of_parts.append(_parts(path, material, hosts, days or DAYS, seed, results))
            else:
                corpora_of_tables.append(tables)
        rules = _rules(chosen, where, limits)
        measurements = _measure(rules, corpora_of_parts, results)
        for tables in corpora_of_tables:
            measurements += measure_corpus_of_tables(rules, tables, engine, limits, results)
    report(measurements, output, where)
    sys.exit(exit_code(measurements))


PROFILES = (".yaml", ".yml")
DAYS = 2
DEFAULT_PROFILE = Path("corpus", "profiles", "office.yaml")


def _recorded(material: Material, results: ResultCache) -> PartCorpus:
    from emulator.events.recordings.mapped import Tally
    from emulator.replay.parts.recordings import recorded_corpus

    if material.recordings is None:
        click.echo("RULEPROOF_RECORDINGS is not set: only the samples of the repository are replayed", err=True)
    tally = Tally()
    found = recorded_corpus(material, tally, results)
    _tell_bad_lines(tally)
    return found


def _parts(path: Path, material: Material, hosts: int, days: int, seed: int, results: ResultCache) -> PartCorpus:
    from emulator.events.recordings.mapped import Tally
    from emulator.replay.parts.recordings import corpus_of_path
    from emulator.replay.parts.synthetic import synthetic_corpus

    if path.suffix in PROFILES:
        return synthetic_corpus(path, results, hosts=hosts, days=days, seed=seed)
    tally = Tally()
    found = corpus_of_path(path, material, tally, results)
    _tell_bad_lines(tally)
    return found


def _tell_bad_lines(tally: Tally) -> None:
    if tally.bad:
        click.echo(f"{tally.bad} of {tally.lines} lines were left out: they are no recorded events", err=True)


def tables_at(path: Path) -> TableCorpus | None:
    """The corpus of tables at a path; None when it is something else. Raises QueryError."""
    if path.suffix in PROFILES:
        return None
    from emulator.replay.parts.synthetic import labelled
    from emulator.replay.tables.corpus import find_tables

    found = find_tables(path)
    return None if found is None else labelled(found)


def _results(folder: Path | None, *, kept: bool) -> ResultCache:
    from emulator.replay.cache.results import ResultCache, default_folder

    return ResultCache((folder or default_folder()) if kept else None, _tell)


def _tell(text: str) -> None:
    click.echo(text, err=True)


def _rules(chosen: list[Detection], root: Path, limits: Limits) -> list[Rule]:
    from emulator.replay.rulebook import compile_rule, query_names

    return [compile_rule(one, name, root, limits, when_needed=True) for one in chosen for name in query_names(one)]


def _measure(rules: list[Rule], corpora: list[PartCorpus], results: ResultCache) -> list[Measurement]:
    from emulator.proof.missed import why_missed
    from emulator.replay.parts.measuring import measure_parts

    measurements: list[Measurement] = []
    with progress("replaying", sum(len(corpus.parts) for corpus in corpora)) as advance:
        for corpus in corpora:
            measurements += measure_parts(rules, corpus, results, why_missed, advance)
    return measurements


def measure_corpus_of_tables(
    rules: list[Rule], tables: TableCorpus, engine: str, limits: Limits, results: ResultCache
) -> list[Measurement]:
    """Measure rules on tables. Raises QueryError, also when the extra is missing that reads them."""
    from emulator.diagnostics import Diagnostic, QueryError
    from emulator.engines import NOT_INSTALLED
    from emulator.source import NOWHERE, Source

    try:
        from emulator.replay.tables.measuring import Replay, measure_tables
    except ImportError as error:
        message, help = f"a corpus of tables needs the package `{error.name}`", "pip install 'ruleproof[duckdb]'"
        raise QueryError([Diagnostic(NOT_INSTALLED, message, NOWHERE, help, Source("corpus", ""))]) from None
    with progress(f"rules on {tables.name}", len(rules)) as advance:
        return measure_tables(rules, tables, Replay(engine, limits, results, _tell, advance))
