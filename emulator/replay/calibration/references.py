"""References: files that tell the marginals of a recording as facts, so that the recording need not be here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from emulator.diagnostics import Reporter, code
from emulator.events.description_files import DESCRIPTION_FILE
from emulator.replay.calibration.marginals import MARGINALS
from emulator.replay.calibration.observing import Observed
from emulator.rules.checking import violations
from emulator.rules.document import Node, parse_document
from emulator.rules.files import read_text

REFERENCE_FILE = replace(DESCRIPTION_FILE, name="reference")
UNKNOWN_MARGINAL = code(
    "EVT2106",
    "a reference tells of a marginal that there is none of",
    "`ruleproof events compare` lists the marginals that are compared, such as `programs` and `ports`; hours are those "
    "of a day.",
)


def read_reference(path: Path) -> Observed:
    """The reference in a file. Raises QueryError with everything that is wrong with it."""
    source = read_text(path, path.parent, REFERENCE_FILE)
    root = parse_document(source, REFERENCE_FILE)
    reporter = Reporter(source)
    reporter.found.extend(violations(root, "reference", source, REFERENCE_FILE))
    reporter.stop_if_failed()
    known = {one.name: one for one in MARGINALS}
    for name, entry in root["shares"].entries().items():
        if name not in known:
            message = f"there is no marginal `{name}`"
            reporter.error(UNKNOWN_MARGINAL, message, entry.key, f"there are {', '.join(known)}")
        elif known[name].turns:
            for key, hour in entry.node.entries().items():
                if not (key.isdecimal() and int(key) < known[name].turns):
                    message = f"`{key}` is no hour of a day"
                    reporter.error(UNKNOWN_MARGINAL, message, hour.key, "write 0 to 23")
    reporter.stop_if_failed()
    return _observed(root)


def _observed(root: Node) -> Observed:
    plain = root.plain()
    about = f"{plain['about'].strip()} {plain['source'].strip()}"
    rates = {table: tuple(sorted(map(float, rates))) for table, rates in plain["per_host_day"].items()}
    shares = {name: dict(counts) for name, counts in plain["shares"].items()}
    limits, computers = str(plain.get("limits", "")).strip(), str(plain.get("computers", "all"))
    return Observed(plain["name"], about, plain["hosts"], plain["events"], shares, rates, limits, computers)
