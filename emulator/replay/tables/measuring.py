"""Measuring on a corpus of tables: many rules at once on its files, which are never held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from emulator.clock import TICKS_PER_MICROSECOND, to_datetime
from emulator.diagnostics import Diagnostic, QueryError
from emulator.interpreter.context import LimitReached, Limits
from emulator.many import run_many
from emulator.nodes import record
from emulator.query import Query
from emulator.replay.cache.recall import content_of, kept, recall
from emulator.replay.cache.results import ResultCache, digest
from emulator.replay.cache.software import software
from emulator.replay.measuring import Columns, Measurement, Part, count
from emulator.replay.rulebook import Rule
from emulator.replay.tables.corpus import TOO_LARGE, TableCorpus, TableFiles
from emulator.replay.tables.exposure import Seen, filled_columns, look
from emulator.replay.tables.ready import as_parquet, tell_left_out
from emulator.replay.windows import Exposure, Window, windows
from emulator.result import Result
from emulator.rules import Language
from emulator.source import NOWHERE, Source

MANY_ROWS = 20_000
"""Rows above which `auto` takes the engine `duckdb`; below, the interpreter has read them sooner."""
LOOKING = 86_400.0
"""Seconds that counting the events of a corpus may take: it is no run of a rule."""


@record
class Replay:
    """How a corpus of tables is replayed; `tell` hears what was left out, `advance` of each rule that is done."""

    engine: str
    limits: Limits
    cache: ResultCache
    tell: Callable[[str], None]
    advance: Callable[[], None]


def measure_tables(rules: Sequence[Rule], corpus: TableCorpus, how: Replay) -> list[Measurement]:
    """Measure each rule; those that were measured before on the same content are not run. Raises QueryError."""
    part = Part(corpus.name, corpus.label, _nothing)
    found = {id(rule): Measurement(rule, part, Exposure()) for rule in rules}
    for language in Language:
        members = [found[id(rule)] for rule in rules if rule.name.language is language]
        if members:
            _measure(members, corpus.of(language), how)
    how.cache.prune()
    return list(found.values())


def _nothing(_: Language) -> Iterable[Any]:
    return ()


def _measure(members: Sequence[Measurement], tables: Mapping[str, TableFiles], how: Replay) -> None:
    content = {name: [how.cache.digest_of(path) for path in files.paths] for name, files in tables.items()}
    ground = digest([content, software(how.cache)])
    seen_key = digest(["seen", ground])
    known = how.cache.get(seen_key)
    keys = {id(one): digest(["rule", ground, how.engine, content_of(one.rule, how.cache)]) for one in members}
    left = [one for one in members if known is None or not _recalled(one, how, keys[id(one)])]
    if known is not None and not left:
        _expose(members, Seen.of_json(known))
        tell_left_out(tables, how.cache, how.tell)
        return
    with as_parquet(tables, how.cache, how.tell) as ready:
        seen = _look(ready, how.limits) if known is None else Seen.of_json(known)
        if known is None:
            how.cache.put(seen_key, seen.to_json())
            left = [one for one in members if not _recalled(one, how, keys[id(one)])]
        _expose(members, seen)
        _run(left, ready, seen, how, digest(["filled", ground]))
    for one in left:
        if not one.stopped:
            how.cache.put(keys[id(one)], kept(one))


def _look(tables: Mapping[str, TableFiles], limits: Limits) -> Seen:
    try:
        return look(tables, replace(limits, seconds=LOOKING))
    except (LimitReached, MemoryError) as error:
        message = str(error) or "counting its events needs more memory than there is"
        help = "raise --memory, or replay a part of the corpus"
        raise QueryError([Diagnostic(TOO_LARGE, message, NOWHERE, help, Source("corpus", ""))]) from None


def _expose(members: Iterable[Measurement], seen: Seen) -> None:
    for one in members:
        one.exposure = seen.exposure


def _recalled(one: Measurement, how: Replay, key: str) -> bool:
    """Fill a measurement with what was measured before; False when nothing was."""
    known = how.cache.get(key)
    if known is None:
        return False
    recall(one, known)
    how.cache.hits += 1
    how.advance()
    return True


def _run(
    members: Sequence[Measurement], tables: Mapping[str, TableFiles], seen: Seen, how: Replay, filled_key: str
) -> None:
    engine = how.engine
    if engine == "auto":
        engine = "duckdb" if sum(seen.exposure.events.values()) > MANY_ROWS else "interpreter"
    patterns = {name: files.pattern for name, files in tables.items()}
    _judge_columns(members, tables, seen, how, filled_key)
    by_lookback: dict[timedelta, list[Measurement]] = {}
    for one in members:
        one.engine = engine
        by_lookback.setdefault(one.rule.detection.lookback(one.rule.name.language), []).append(one)
    for lookback, group in by_lookback.items():
        width = int(lookback.total_seconds() * 1_000_000) * TICKS_PER_MICROSECOND
        for window in windows(*seen.span, width) if seen.span else []:
            _window([one for one in group if not one.stopped], patterns, window, engine)
    for one in members:
        one.stop()
        how.advance()


def _judge_columns(
    members: Sequence[Measurement], tables: Mapping[str, TableFiles], seen: Seen, how: Replay, key: str
) -> None:
    """Say of each rule what it needs and the corpus lacks; which columns are filled is kept."""
    columns = [(one, Columns(one.rule)) for one in members]
    known: dict[str, dict[str, bool]] = {**(how.cache.get(key) or {})}
    unknown = False
    for name, files in tables.items():
        needed = {column for _, own in columns for column in own.missing.get(name, ())}
        new = sorted(needed - known.setdefault(name, {}).keys())
        if new:
            filled = filled_columns(files, new, replace(how.limits, seconds=LOOKING))
            known[name].update((column, column in filled) for column in new)
            unknown = True
        for _, own in columns:
            own.missing.get(name, set()).difference_update(column for column in needed if known[name][column])
    if unknown:
        how.cache.put(key, known)
    for one, own in columns:
        one.unmeasured, one.partly = own.verdict(seen.exposure)


def _window(members: Sequence[Measurement], tables: Mapping[str, str], window: Window, engine: str) -> None:
    """Run rules over a window; what ends one is said of it alone."""
    queries = {str(place): one.rule.query for place, one in enumerate(members)}
    span = to_datetime(window.start), to_datetime(window.end)
    options: dict[str, Any] = {"now": to_datetime(window.now), "time_range": span, "final_limit": False}
    outcomes: Mapping[str, Result | QueryError]
    if engine == "duckdb":
        outcomes = run_many(queries, tables, **options)
    else:
        outcomes = {name: _alone(query, tables, options) for name, query in queries.items()}
    for one, found in zip(members, outcomes.values(), strict=True):
        if isinstance(found, QueryError):
            one.stopped = found.diagnostics[0].message
        elif _own_interval(one.rule):
            one.stopped = "it sets a time interval of its own, which windows can't hold"
        else:
            count(one, found, window)


def _alone(query: Query, tables: Mapping[str, str], options: Mapping[str, Any]) -> Result | QueryError:
    try:
        return query.run(tables, engine="interpreter", **options)
    except QueryError as error:
        return error


def _own_interval(rule: Rule) -> bool:
    return rule.query.plan.time_range is not None
