"""What a detection could still use: the signals that its tests leave and no query reads."""

from __future__ import annotations

from emulator.diagnostics import Diagnostic, Severity
from emulator.rules.detection import Detection, Signal
from emulator.rules.kinds import UNREAD_SIGNAL


def unread_signal_notes(detection: Detection) -> list[Diagnostic]:
    """A note for each expected signal that no query of the detection reads, at the signal's place in its file."""
    return [_note(detection, signal) for signal in detection.unread_signals()]


def _note(detection: Detection, signal: Signal) -> Diagnostic:
    name = f"{signal.channel.capitalize()} {signal.event}"
    tables = [table for several in signal.tables.values() for table in several]
    hint = f"it is recorded in {', '.join(tables)}" if tables else "no sensor of the queries records it"
    message = f"no query reads the signal `{signal.id}` ({name}: {signal.text})"
    return Diagnostic(UNREAD_SIGNAL, message, signal.span, hint, detection.source, Severity.NOTE)
