"""What a scenario does: templates of processes and activities, and how values turn them into activities."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from emulator.events.activity import (
    KERNEL,
    Account,
    Activity,
    ConnectionMade,
    Direction,
    Endpoint,
    FileCreated,
    Host,
    Integrity,
    LogonSucceeded,
    LogonType,
    Outcome,
    Process,
    ProcessStarted,
    ServiceInstalled,
    ShareAccessed,
    SmbRequest,
    Transport,
)
from emulator.events.identities import account
from emulator.events.instants import TICKS_PER_SECOND, Ticks
from emulator.events.scenarios.template import Template, Value, address4, address6, as_text
from emulator.nodes import record

KERNEL_NAME = "kernel"
"""The process name under which every scenario finds the kernel."""


@record
class ProcessTemplate:
    """A process by the name that activities and other processes use for it; `parent` is such a name."""

    name: str
    host: Template
    image: Template
    command_line: Template | None
    account: Template | None
    integrity: Integrity | None
    parent: str | None


@record
class ActivityTemplate:
    """One activity: `at` ticks after the scenario begins, on condition that each parameter of `when` has its value.

    `shows` names the signals that an author would look for, by the source that documents them (`Sysmon 1`).
    """

    kind: str
    fields: Mapping[str, Template]
    at: Ticks
    when: Mapping[str, Value]
    shows: tuple[str, ...]

    def applies(self, values: Mapping[str, Value]) -> bool:
        """True when every condition holds: equality only, of type and value."""
        return all(values[name] == wanted for name, wanted in self.when.items())


@record
class Round:
    """One run through a scenario's activities: when it begins, with which values, and which run it is."""

    begins: Ticks
    number: int
    values: Mapping[str, Value]
    processes: Mapping[str, ProcessTemplate]
    starts: Mapping[str, Ticks]
    """By process, how long after the beginning it starts; the others were running before."""

    def text(self, template: Template) -> str:
        """A template filled with this round's values."""
        return as_text(template.fill(self.values))

    def process(self, name: str) -> Process:
        """The process of that name with its ancestors."""
        if name == KERNEL_NAME:
            return KERNEL
        template = self.processes[name]
        host = self.text(template.host)
        started_here = name in self.starts
        return Process(
            image=self.text(template.image),
            pid=_process_id(host, name, self.number if started_here else 0),
            command_line=None if template.command_line is None else self.text(template.command_line),
            account=None if template.account is None else account(self.text(template.account)),
            integrity=template.integrity,
            started=self.begins + (self.starts[name] if started_here else -RUNNING_BEFORE),
            parent=None if template.parent is None else self.process(template.parent),
        )


RUNNING_BEFORE = 3600 * TICKS_PER_SECOND
"""How long before the scenario a process began that no activity of the scenario starts."""


def _process_id(host: str, name: str, number: int) -> int:
    """A process id (a multiple of four, as on Windows) that depends on host, process and round alone."""
    return 1024 + 4 * (zlib.crc32(f"{host}\n{name}\n{number}".encode()) % 16_000)


@record
class Fields:
    """The filled fields of one activity, read by the builder of its kind."""

    round: Round
    fields: Mapping[str, Template]
    at: Ticks

    def text(self, name: str) -> str:
        """A field that the kind requires."""
        return self.round.text(self.fields[name])

    def optional(self, name: str) -> str | None:
        """A field that may be left out."""
        return self.text(name) if name in self.fields else None

    def whole(self, name: str, otherwise: int) -> int:
        """A field that holds a whole number."""
        return int(self.text(name)) if name in self.fields else otherwise

    @property
    def host(self) -> Host:
        """Where the activity happens."""
        return Host(self.text("host"))

    @property
    def process(self) -> Process:
        """Who acts."""
        return self.round.process(self.text("process"))

    @property
    def account(self) -> Account:
        """In whose name."""
        return account(self.text("account"))


def _process_started(given: Fields) -> ProcessStarted:
    return ProcessStarted(given.at, given.host, given.process)


def _connection_made(given: Fields) -> ConnectionMade:
    remote, host = given.text("remote"), given.host
    local = (address6 if ":" in remote else address4)(host.name)
    ephemeral = 49_152 + zlib.crc32(f"{host.name}\n{remote}\n{given.at}".encode()) % 16_000
    return ConnectionMade(
        given.at,
        host,
        given.process,
        Endpoint(local, given.whole("local_port", ephemeral)),
        Endpoint(remote, given.whole("port", ephemeral)),
        Direction(given.optional("direction") or Direction.OUTBOUND.value),
        Outcome(given.optional("outcome") or Outcome.SUCCESS.value),
        Transport.TCP,
        given.optional("remote_name"),
    )


def _file_created(given: Fields) -> FileCreated:
    source = given.optional("request_from")
    request = None
    if source is not None:
        request = SmbRequest(account(given.text("request_account")), Endpoint(source), given.text("request_share"))
    return FileCreated(given.at, given.host, given.process, given.text("path"), request=request)


def _logon_succeeded(given: Fields) -> LogonSucceeded:
    source = given.optional("source")
    return LogonSucceeded(
        given.at,
        given.host,
        given.account,
        LogonType[(given.optional("type") or "network").upper()],
        source=None if source is None else Endpoint(source),
        source_name=given.optional("source_name"),
        package=given.optional("package"),
    )


def _share_accessed(given: Fields) -> ShareAccessed:
    source = Endpoint(given.text("source"))
    return ShareAccessed(
        given.at, given.host, given.text("share"), given.account, source, given.optional("target"),
        given.optional("local_path"),
    )  # fmt: skip


def _service_installed(given: Fields) -> ServiceInstalled:
    return ServiceInstalled(given.at, given.host, given.text("name"), given.text("image_path"), given.account)


BUILDERS: Mapping[str, Callable[[Fields], Activity]] = {
    "process_started": _process_started,
    "connection_made": _connection_made,
    "file_created": _file_created,
    "logon_succeeded": _logon_succeeded,
    "share_accessed": _share_accessed,
    "service_installed": _service_installed,
}
"""Every kind of activity that a scenario can hold, by its name in a scenario file."""


def build(template: ActivityTemplate, within: Round) -> Activity:
    """The activity that a template stands for in one round."""
    return BUILDERS[template.kind](Fields(within, template.fields, within.begins + template.at))
