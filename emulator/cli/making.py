"""A synthetic organisation's events as files: what commands that make them share."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.output_files import whole_file
from emulator.cli.progress import progress

if TYPE_CHECKING:
    from emulator.events.organisation.files.writing import Written
    from emulator.events.organisation.organisation import Organisation
    from emulator.replay.tables.corpus import TableCorpus

SENSORS = ("defender", "falcon:ng-siem", "falcon:fdr")
BOTH = SENSORS[:2]
"""One sensor for each language of rules."""
LONGEST = 100_000
"""Days that events are looked for in."""
_FACTORS = {"": 1, "K": 1_000, "M": 1_000_000}


def amount(text: str) -> int:
    """A whole number from 1 on, which may be written `500k` or `10M`. Ends with a hint for anything else."""
    found = re.fullmatch(r"([0-9][0-9_]{0,17})([kKmM]?)", text)
    number = int(found[1].replace("_", "")) * _FACTORS[found[2].upper()] if found else 0
    if number < 1:
        raise click.BadParameter(f"{text!r} is no amount: write a number such as 500000, 500k or 10M")
    return number


def organisation_of(profile: Path, seed: int, hosts: int, days: int | None, start: datetime | None) -> Organisation:
    """The organisation of a profile, of so many days or as many as events are looked for in. Raises QueryError."""
    from emulator.events.organisation.organisation import MONDAY, Organisation

    begins = MONDAY if start is None else start.replace(tzinfo=UTC)
    return Organisation.from_profile(profile, seed, hosts, days or LONGEST, start=begins)


def write_events(organisation: Organisation, names: tuple[str, ...], folder: Path, events: int | None) -> Written:
    """Write what sensors record into a folder, which is made. Raises QueryError without the package that writes."""
    from emulator.events.sensors import Sensor

    try:
        from emulator.events.organisation.files.writing import write
    except ImportError:
        from emulator.interpreter.lines import needs_pyarrow

        raise needs_pyarrow(str(folder)) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{folder} can't be made: {error.strerror}") from None
    sensors: list[Sensor] = [Sensor(name) for name in dict.fromkeys(names)]
    with progress("per cent", 100) as advance:
        return write(
            organisation,
            sensors,
            lambda table: whole_file(folder / f"{table}.parquet"),
            events=events,
            advance=_percents(advance),
        )


def _percents(advance: Callable[[], None]) -> Callable[[float], None]:
    """Tells a bar of a hundred the share that is done."""
    told = 0

    def tell(share: float) -> None:
        nonlocal told
        while told < int(share * 100):
            told += 1
            advance()

    return tell


@contextmanager
def made_tables(profile: Path, seed: int, hosts: int, days: int | None, events: int | None) -> Iterator[TableCorpus]:
    """A corpus of the tables of both sensors, on disk while the block runs. Raises QueryError."""
    from emulator.replay.parts.synthetic import LABEL, synthetic_name
    from emulator.replay.tables.corpus import find_tables

    organisation = organisation_of(profile, seed, hosts, days, None)
    with tempfile.TemporaryDirectory(prefix="ruleproof-made-") as name:
        written = write_events(organisation, BOTH, Path(name), events)
        found = find_tables(Path(name))
        assert found is not None  # A day has events.
        yield replace(found, name=synthetic_name(profile, hosts, written.days, seed), label=LABEL)
