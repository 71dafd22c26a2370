"""The synthetic organisation as a part of a corpus."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from emulator.clock import TICKS_PER_DAY
from emulator.events.organisation import Organisation
from emulator.events.sensors import SensorEvent
from emulator.replay.cache.results import ResultCache, digest
from emulator.replay.measuring import Part
from emulator.replay.parts.recordings import SENSORS, PartCorpus
from emulator.replay.tables.corpus import TableCorpus
from emulator.rules import Language

LABEL = "benign, synthetic"


def synthetic_name(profile: Path, hosts: int, days: float, seed: int) -> str:
    """What reports call the organisation."""
    lasts = f"{days:,.2f}".removesuffix(".00")
    return f"{profile.stem}, {hosts:,} hosts, {lasts} days, seed {seed}"


def synthetic_part(profile: Path, *, hosts: int, days: int, seed: int, root: Path | None = None) -> Part:
    """The organisation that a profile describes. Raises QueryError for what is wrong with the file or the size."""
    organisation = Organisation.from_profile(profile, seed, hosts, days, root=root)

    def events(language: Language) -> Iterable[SensorEvent]:
        return organisation.events(SENSORS[language])

    first = organisation.start
    return Part(
        synthetic_name(profile, hosts, days, seed), LABEL, events, span=(first, first + days * TICKS_PER_DAY - 1)
    )


def synthetic_corpus(profile: Path, cache: ResultCache, *, hosts: int, days: int, seed: int) -> PartCorpus:
    """The organisation that a profile describes, with what its events depend on. Raises QueryError."""
    part = synthetic_part(profile, hosts=hosts, days=days, seed=seed)
    return PartCorpus((part,), digest([cache.digest_of(profile), hosts, days, seed]))


def labelled(corpus: TableCorpus) -> TableCorpus:
    """A corpus of tables as what its files say that they are: benign, if an organisation made every one of them."""
    paths = [path for files in corpus.tables.values() for path in files.paths]
    return replace(corpus, label=LABEL) if all(map(_is_made, paths)) else corpus


def _is_made(path: Path) -> bool:
    if path.suffix.lower() != ".parquet":
        return False
    try:
        import pyarrow.parquet as pq

        from emulator.events.conversion import METADATA

        told = json.loads((pq.read_metadata(path).metadata or {}).get(METADATA.encode(), b"{}"))
    except (ImportError, OSError, ValueError):  # What can't be read is told when it is replayed.
        return False
    return isinstance(told, dict) and "profile" in told
