"""What a profile says about an organisation: who there is, what runs, and who does what how often."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.events.activity import Direction, Integrity, LogonType, Transport
from emulator.events.scenarios.template import Template
from emulator.nodes import record
from emulator.source import Source, Span

HOLES = ("person", "sid", "target", "number")
"""What texts may hold: the person's account and SID, the other computer's name, and a number of five digits."""

PERSON = "person"
"""The account of whoever works at the computer."""

TARGET = "target"
"""The destination that stands for the computer that the program's command line names."""

WEB = "web"
"""The destination outside of the organisation."""

KERNEL = "kernel"
"""The program that every computer has and no profile declares."""


@record
class Identity:
    """What names and addresses look like; `ipv6_share` of the connections use the second network."""

    domain: str
    dns_suffix: str
    locale: str
    network4: str
    network6: str
    web_sites: int
    ipv6_share: float


@record
class Spread:
    """A normal distribution in hours."""

    mean: float
    spread: float


@record
class Calendar:
    """When people work: weekdays (Monday is 1), the share of them who are there, and their hours."""

    working_days: frozenset[int]
    present: float
    begins: Spread
    lasts: Spread


@record
class Marginal:
    """A rate or share that the events of the profile keep to, and where the figure comes from."""

    low: float
    high: float
    source: str


@record
class Role:
    """What a computer is for; the first role of a profile gets the computers that the others leave.

    Its computers have `prefix` and a number of at least `digits` as names, its persons `accounts`, then names of Faker.
    `department` says whose computers they are, for people; `source` where its share comes from.
    """

    name: str
    prefix: str
    digits: int
    accounts: tuple[str, ...]
    share: float
    at_least: int
    person: bool
    department: str
    source: str = ""


@record
class Program:
    """A program: `runs` says whether its process lives since boot, with the person's session, or begins each time.

    It is `installed` on a share of the computers whose habits use it, of those that have its parent.
    """

    name: str
    image: Template
    command_lines: tuple[Template, ...]
    account: str
    integrity: Integrity
    parent: str | None
    runs: str
    installed: float

    @property
    def needs_person(self) -> bool:
        """True when it can run only where somebody works."""
        return self.account == PERSON or self.runs == "with session"


@record
class Rate:
    """Now and then: `per_hour` on average, `always`, during a `session`, or at `night` (22 to 6 o'clock).

    With `for_each` a role's computers are served by those that have the habit: so often for each of them.
    """

    per_hour: float
    during: str
    for_each: str | None = None


@record
class Every:
    """At regular intervals, each computer at its own time."""

    minutes: int


@record
class AtLogon:
    """When a session begins, in a share of the sessions."""

    share: float


When = Rate | Every | AtLogon


@record
class Times:
    """How many times each time: `least`, and by `chance` once more."""

    least: int
    chance: float


@record
class Contact:
    """Connections that a habit makes: to a role, the web or the target."""

    times: Times
    to: str
    port: int
    by_kernel: bool
    transport: Transport
    direction: Direction


@record
class Visit:
    """Logons: of the person of another computer, of some role, or of an `account` as programs have one."""

    times: Times
    type: LogonType
    visitor: str | None
    account: str | None
    package: str


@record
class FileWrite:
    """Files that are written."""

    times: Times
    path: Template


@record
class RegistryWrite:
    """Values of the registry that are set."""

    times: Times
    key: Template
    name: Template
    data: Template


@record
class Load:
    """Modules that the program loads."""

    times: Times
    path: Template


@record
class ServiceSetUp:
    """Services that are registered."""

    times: Times
    name: Template
    image_path: Template


Effect = Contact | Visit | FileWrite | RegistryWrite | Load | ServiceSetUp
"""What comes of a habit."""


@record
class Habit:
    """What computers of some roles do: a program acts, on some occasion, and something comes of it."""

    name: str
    roles: frozenset[str]
    program: str
    when: When
    target: str | None
    effects: tuple[Effect, ...]


@record
class Profile:
    """A profile as its file describes it; `place` is where its name stands."""

    name: str
    title: str
    description: str
    identity: Identity
    calendar: Calendar
    marginals: Mapping[str, Marginal]
    roles: Mapping[str, Role]
    programs: Mapping[str, Program]
    habits: tuple[Habit, ...]
    source: Source
    place: Span
