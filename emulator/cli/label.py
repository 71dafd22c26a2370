"""`ruleproof label`: walk through the alerts on a corpus and say which are true."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.output_files import write_whole
from emulator.cli.progress import progress
from emulator.cli.replay import DEFAULT_PROFILE, measure_corpus_of_tables, tables_at
from emulator.cli.repository import (
    OVER_CORPUS,
    choose,
    find_root,
    format_option,
    limit_options,
    print_json,
    reporting_errors,
    root_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.interpreter.context import Limits
    from emulator.replay.labelling import Session
    from emulator.replay.measuring import Measurement
    from emulator.rules import Detection
    from emulator.rules.labels import CorpusLabels

ANSWERS = {"t": "true", "f": "false", "s": "skip", "u": "undo", "q": "quit"}


@click.command("label", short_help="walk through alerts on a corpus and say which are true")
@click.argument("corpora", nargs=-1, metavar="[CORPUS]...", type=click.Path(exists=True, path_type=Path))
@click.option("--detection", "-d", "names", multiple=True, help="Only this: a detection's name, folder or technique.")
@click.option("--tuned", is_flag=True, help="The alerts of the tuned queries only; those as deployed unless given.")
@click.option("--hosts", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="Synthetic hosts.")
@click.option("--days", type=click.IntRange(1, 3650), default=2, show_default=True, help="Synthetic days.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the synthetic organisation.")
@click.option("--again", is_flag=True, help="Also alerts that have a label.")
@click.option("--renew", is_flag=True, help="Of stale labels, keep those whose alert is raised still; drop the others.")
@click.option("--attack-start", help="When the attack in the corpus began, such as 2026-03-02T09:30:00Z.")
@click.option("--list", "listing", is_flag=True, help="Print the alerts and their labels, and ask nothing.")
@format_option("text", "json")
@root_option
@reporting_errors
@limit_options(OVER_CORPUS)
def command(
    corpora: tuple[Path, ...],
    names: tuple[str, ...],
    tuned: bool,
    hosts: int,
    days: int,
    seed: int,
    again: bool,
    renew: bool,
    attack_start: str | None,
    listing: bool,
    form: str,
    root: Path | None,
    limits: Limits,
) -> None:
    """Show each alert that the rules raise on each CORPUS, and ask whether it is true, and why.

    Answers are kept after each one in `labels.yaml` beside the detection's own file, for review; what is labelled is
    not asked again. `replay` tells precision and recall of them. A corpus is what `replay` takes.
    """
    from emulator.replay.labelling import session
    from emulator.rules import load_detections
    from emulator.rules.labels import read_labels

    if form == "json" and not listing:
        raise click.UsageError("--format json goes with --list")
    where = find_root(root)
    start = None if attack_start is None else _moment(attack_start)
    chosen = choose(load_detections(where), names)
    by_detection = _measured(chosen, where, corpora or (where / DEFAULT_PROFILE,), (hosts, days, seed), tuned, limits)
    if not any(one.events for members in by_detection for one in members):
        click.echo("nothing was read: no event of the corpus reached a rule", err=True)
        sys.exit(1)
    listed: list[object] = []
    for detection, measurements in zip(chosen, by_detection, strict=True):
        for one in measurements:
            if one.stopped:
                _tell(f"{detection.name} {one.rule.name.value} on {one.part.name} was not measured: {one.stopped}")
        path = where / detection.folder / "labels.yaml"
        labels = _fresh(read_labels(path.parent, where), measurements, path, renew=renew)
        if start is not None:
            labels = _started(labels, measurements, start)
            _save(path, labels)
        if listing:
            listed += _listed(detection, measurements, labels, form)
        elif not _walk(session(measurements, labels, again=again), detection, path):
            break
    if form == "json":
        print_json(listed)


def _measured(
    chosen: Sequence[Detection],
    root: Path,
    corpora: tuple[Path, ...],
    size: tuple[int, int, int],
    tuned: bool,
    limits: Limits,
) -> list[list[Measurement]]:
    """What the queries of each detection raise."""
    from emulator.cli.schedule import corpus_parts
    from emulator.replay.cache.results import ResultCache
    from emulator.replay.corpus import load_material
    from emulator.replay.measuring import measure
    from emulator.replay.rulebook import compile_rule, query_names

    rules = [
        compile_rule(one, name, root, limits) for one in chosen for name in query_names(one) if name.tuned is tuned
    ]
    if not rules:
        raise click.UsageError("no detection here has tunings: leave --tuned out" if tuned else "there is no detection")
    tables = {path: held for path in corpora if (held := tables_at(path)) is not None}
    parts = corpus_parts(tuple(path for path in corpora if path not in tables), load_material(root), *size)
    found: list[Measurement] = []
    with progress("replaying", len(parts)) as advance:
        for part in parts:
            found += measure(rules, part)
            advance()
    for corpus in tables.values():
        found += measure_corpus_of_tables(rules, corpus, "auto", limits, ResultCache(None, _tell))
    return [[one for one in found if one.rule.detection is detection] for detection in chosen]


def _tell(text: str) -> None:
    click.echo(text, err=True)


def _moment(text: str) -> int:
    from emulator.clock import parse_iso

    ticks = parse_iso(text)
    if ticks is None:
        raise click.UsageError(f"--attack-start takes a moment such as 2026-03-02T09:30:00Z, not {text!r}")
    return ticks


def _fresh(
    labels: list[CorpusLabels], measurements: Sequence[Measurement], path: Path, *, renew: bool
) -> list[CorpusLabels]:
    """Labels of the corpora as they are. Ends with a hint when some are stale and are not to be renewed."""
    from emulator.replay.labelling import renewed, stale_labels

    stale = stale_labels(measurements, labels)
    if stale and not renew:
        for one in stale:
            told = f"{one.matching} of {len(one.group.labels)} match an alert still"
            click.echo(f"the labels of {one.group.corpus} ({one.group.language}) are stale: {told}", err=True)
        click.echo("the corpus held other events when they were given; --renew keeps those that match", err=True)
        sys.exit(1)
    if stale:
        labels = renewed(measurements, labels)
        _save(path, labels)
    return labels


def _started(labels: list[CorpusLabels], measurements: Sequence[Measurement], start: int) -> list[CorpusLabels]:
    """Labels that know when the attack began."""
    from dataclasses import replace

    from emulator.replay.labelling import session
    from emulator.rules.labels import CorpusLabels

    seen = session(measurements, labels).seen
    if len({corpus for corpus, _ in seen}) > 1:
        raise click.UsageError("--attack-start is about one corpus; name a single recording")
    places = {(group.corpus, group.language): group for group in labels}
    for (corpus, language), digest in seen.items():
        known = places.get((corpus, language)) or CorpusLabels(corpus, language, digest, None, ())
        places[corpus, language] = replace(known, attack_start=start)
    return list(places.values())


def _save(path: Path, labels: Sequence[CorpusLabels]) -> None:
    from emulator.rules.labels import labels_text

    if labels or path.exists():
        write_whole(path, labels_text(labels))


def _listed(
    detection: Detection, measurements: Sequence[Measurement], labels: Sequence[CorpusLabels], form: str
) -> list[object]:
    from emulator.replay.labelling import questions
    from emulator.reports.alert_lines import listed_alert, plain_alert

    known = {(group.corpus, group.language, label.alert): label for group in labels for label in group.labels}
    found: list[object] = []
    for one in questions(measurements):
        label = known.get((one.corpus, one.language, one.alert.key))
        if form == "json":
            found.append(plain_alert(detection.name, one, label))
        else:
            click.echo("\n".join(listed_alert(detection.name, one, label)))
    return found


def _walk(walk: Session, detection: Detection, path: Path) -> bool:
    """Ask about each alert; False when the person leaves. Each answer is kept at once."""
    from emulator.reports.alert_lines import alert_lines

    total = walk.left
    if not total:
        click.echo(f"{detection.name}: no alert is left to label")
        return True
    reason = ""
    while (question := walk.question) is not None:
        click.echo(f"{detection.name}, alert {total - walk.left + 1} of {total}")
        click.echo("\n".join(alert_lines(question)))
        answer = _asked("[t]rue, [f]alse, [s]kip, [u]ndo or [q]uit", "")
        match ANSWERS.get(answer[:1].lower()) if answer is not None else "quit":
            case "true" | "false" as verdict:
                given = _asked("why", reason)
                if given is None:
                    return False
                reason = given
                walk.answer(reason, is_true=verdict == "true")
                _save(path, walk.groups)
            case "skip":
                walk.skip()
            case "undo" if walk.undo():
                _save(path, walk.groups)
            case "undo":
                click.echo("there is nothing to undo")
            case "quit":
                return False
            case _:
                click.echo("answer with one of the letters t, f, s, u and q")
        click.echo()
    return True


def _asked(what: str, usual: str) -> str | None:
    """An answer that is not empty; None at the end of the input."""
    try:
        while True:
            given = str(click.prompt(what, default=usual, show_default=bool(usual))).strip()
            if given and given.isprintable() and len(given) <= MOST_CHARACTERS:
                return given
    except click.Abort:
        click.echo()
        return None


MOST_CHARACTERS = 2000
