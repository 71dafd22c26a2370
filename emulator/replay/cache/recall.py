"""What a measurement depends on, and measurements as plain values: those on the same content are not made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from emulator.replay.cache.results import ResultCache, text_digest
from emulator.replay.measuring import Measurement
from emulator.replay.rulebook import Rule
from emulator.replay.windows import Exposure

_NOT_KEPT = frozenset({"rule", "part", "exposure", "cached", "stopped"})


def content_of(rule: Rule, cache: ResultCache) -> list[object]:
    """What a rule's result depends on besides the corpus and the software: the query as it runs, and what it is given.

    All that the detection's file says belongs to it, so that nothing that a measurement comes to use is forgotten.
    """
    language = rule.name.language
    query = rule.detection.queries[language]
    given = {name: _plain(value, cache) for name, value in rule.given.items()}
    lookback = rule.detection.lookback(language).total_seconds()
    texts = [text_digest(text) for text in (rule.query.source.text, rule.detection.source.text)]
    return [rule.name.value, *texts, sorted(query.assumptions), sorted(query.tables), lookback, given]


def _plain(value: object, cache: ResultCache) -> object:
    return {"sha256": cache.digest_of(value)} if isinstance(value, Path) else value


def kept(one: Measurement) -> dict[str, Any]:
    """A measurement as plain values, without the rule, the part, what was seen, and what is as in a fresh one."""
    fresh = _values(Measurement(one.rule, one.part, Exposure()))
    return {name: value for name, value in _values(one).items() if value != fresh[name]}


def _values(one: Measurement) -> dict[str, Any]:
    values = {field.name: getattr(one, field.name) for field in fields(one) if field.name not in _NOT_KEPT}
    return {name: value.to_json() if hasattr(value, "to_json") else value for name, value in values.items()}


def recall(one: Measurement, known: Mapping[str, Any]) -> None:
    """Fill a fresh measurement with what `kept` gave."""
    for name, value in known.items():
        fresh = getattr(one, name)
        if hasattr(fresh, "of_json"):
            value = fresh.of_json(value)
        elif isinstance(fresh, tuple):
            value = tuple(value)
        setattr(one, name, value)
    one.cached = True


def plain_exposure(seen: Exposure) -> dict[str, Any]:
    """What was seen, as plain values."""
    days: dict[str, list[int]] = {}
    for host, day in sorted(seen.host_days):
        days.setdefault(host, []).append(day)
    return {
        "events": seen.events,
        "hosts": sorted(seen.hosts),
        "host_days": days,
        "untimed": seen.untimed,
        "unseen": seen.unseen,
    }


def exposure_of(known: Mapping[str, Any]) -> Exposure:
    """What `plain_exposure` gave."""
    days = {(host, day) for host, own in known["host_days"].items() for day in own}
    return Exposure(dict(known["events"]), set(known["hosts"]), days, known["untimed"], known["unseen"])
