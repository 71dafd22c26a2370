"""Profile files: checked against their schema, then for names that refer to nothing, and built."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Sequence

from emulator.diagnostics import Reporter, code, did_you_mean
from emulator.events.activity import Direction, Integrity, LogonType, Transport
from emulator.events.description_files import DESCRIPTION_FILE
from emulator.events.organisation.profile import (
    HOLES,
    KERNEL,
    TARGET,
    WEB,
    AtLogon,
    Calendar,
    Contact,
    Effect,
    Every,
    FileWrite,
    Habit,
    Identity,
    Load,
    Marginal,
    Profile,
    Program,
    Rate,
    RegistryWrite,
    Role,
    ServiceSetUp,
    Spread,
    Times,
    Visit,
    When,
)
from emulator.events.scenarios.reading import BAD_TEMPLATE
from emulator.events.scenarios.template import FILTERS, Fault, Template, parse_template
from emulator.rules.checking import violations
from emulator.rules.document import Node, parse_document
from emulator.source import Source, Span

UNKNOWN_NAME = code(
    "EVT2105",
    "a profile refers to something that it does not have",
    "Habits name roles and programs, programs their parents (which stand above them), connections a role, `web` or "
    "`target`, and texts the person, the target or a number.",
)
CONTRADICTION = code(
    "EVT3105",
    "a profile contradicts itself",
    "A program of a person runs only during sessions at computers of persons; a program that begins each time is "
    "nobody's parent, since nothing says which of its processes; networks and marginals must be well-formed.",
)
MARGINALS = (
    "processes_per_host_day",
    "connections_per_host_day",
    "kernel_share_of_outbound_445",
    "web_share_of_outbound",
    "net_use_per_host_day",
    "psexec_per_thousand_host_days",
    "logons_per_host_day",
    "files_per_host_day",
    "registry_per_host_day",
    "loads_per_host_day",
)
"""The marginals that can be measured, by name."""


def read_profile(source: Source) -> Profile:
    """The profile of a file. Raises QueryError with everything that is wrong with it."""
    root = parse_document(source, DESCRIPTION_FILE)
    reporter = Reporter(source)
    reporter.found.extend(violations(root, "profile", source, DESCRIPTION_FILE))
    reporter.stop_if_failed()
    profile = _Reader(root, reporter).profile()
    reporter.stop_if_failed()
    return profile


class _Reader:
    """Builds one profile from a document that agrees with the schema, and reports what else is wrong."""

    def __init__(self, root: Node, reporter: Reporter) -> None:
        self.root = root
        self.reporter = reporter
        self.roles: dict[str, Role] = {}
        self.programs: dict[str, Program] = {}

    def profile(self) -> Profile:
        """Everything in the file's order, since later parts refer to earlier ones."""
        self.roles = {name: _role(name, entry.node) for name, entry in self.root["roles"].entries().items()}
        self._check_accounts(self.root["roles"])
        for name, entry in self.root["programs"].entries().items():
            self.programs[name] = self._program(name, entry.node)
        return Profile(
            name=_text(self.root["name"]),
            title=_text(self.root["title"]),
            description=_text(self.root["description"]),
            identity=self._identity(self.root["identity"]),
            calendar=_calendar(self.root["calendar"]),
            marginals=self._marginals(self.root["marginals"]),
            roles=self.roles,
            programs=self.programs,
            habits=tuple(self._habit(name, entry.node) for name, entry in self.root["habits"].entries().items()),
            source=self.reporter.source,
            place=self.root["name"].span,
        )

    def _check_accounts(self, node: Node) -> None:
        taken: set[str] = set()
        for entry in node.entries().values():
            accounts = entry.node.get("accounts")
            for each in accounts.items() if accounts else ():
                if _text(each) in taken:
                    message = f"the account `{each.value}` is of somebody else already"
                    self.reporter.error(CONTRADICTION, message, each.span, "choose another name")
                taken.add(_text(each))

    def _identity(self, node: Node) -> Identity:
        for key, version in (("network4", 4), ("network6", 6)):
            try:
                fits = ipaddress.ip_network(_text(node[key])).version == version
            except ValueError:
                fits = False
            if not fits:
                hint = f"write an IPv{version} network such as {'10.0.0.0/8' if version == 4 else 'fd00::/64'}"
                self.reporter.error(CONTRADICTION, f"this is no IPv{version} network", node[key].span, hint)
        return Identity(
            _text(node["domain"]),
            _text(node["dns_suffix"]),
            _text(node["locale"]),
            _text(node["network4"]),
            _text(node["network6"]),
            int(_number(node["web_sites"])),
            _number(node["ipv6_share"]),
        )

    def _marginals(self, node: Node) -> dict[str, Marginal]:
        found: dict[str, Marginal] = {}
        for name, entry in node.entries().items():
            low, high = (_number(each) for each in entry.node["between"].items())
            if name not in MARGINALS:
                self._unknown("marginal", name, entry.key, MARGINALS)
            if low > high:
                place = entry.node["between"].span
                self.reporter.error(CONTRADICTION, "the range is empty", place, "exchange the two limits")
            found[name] = Marginal(low, high, _text(entry.node["source"]))
        return found

    def _program(self, name: str, node: Node) -> Program:
        parent = node.get("parent")
        known = self.programs.get(_text(parent)) if parent else None
        integrity, installed = node.get("integrity"), node.get("installed")
        program = Program(
            name,
            self._template(node["image"]),
            tuple(self._template(each) for each in node["command_lines"].items()),
            _text(node["account"]),
            Integrity[_text(integrity).upper()] if integrity else _usual_integrity(_text(node["account"])),
            known.name if known else None,
            _text(node["runs"]),
            1.0 if installed is None else _number(installed),
        )
        if parent is not None and known is None:
            self._unknown("program", _text(parent), parent.span, self.programs)
        if parent is not None and known is not None and known.runs == "each time":
            message = f"`{known.name}` begins each time, so it can't be a parent"
            self.reporter.error(CONTRADICTION, message, parent.span, "choose one that runs since boot or with session")
        if known is not None and known.needs_person and not program.needs_person:
            message = f"`{known.name}` runs for a person, `{name}` does not"
            self.reporter.error(CONTRADICTION, message, node.span, "choose another parent")
        return program

    def _habit(self, name: str, node: Node) -> Habit:
        target, program = node.get("target"), _text(node["program"])
        roles = self._roles(node["roles"])
        if program != KERNEL and program not in self.programs:
            self._unknown("program", program, node["program"].span, (*self.programs, KERNEL))
        elif program != KERNEL and self.programs[program].needs_person:
            self._check_persons(program, roles, node)
        if target is not None and _text(target) not in self.roles:
            self._unknown("role", _text(target), target.span, self.roles)
        if target is None and program in self.programs and _names_target(self.programs[program]):
            message = f"`{program}` names a target, and this habit has none"
            self.reporter.error(CONTRADICTION, message, node["program"].span, "add `target: role`")
        return Habit(
            name,
            roles,
            program,
            self._when(node["when"]),
            None if target is None else _text(target),
            tuple(self._effects(node, roles)),
        )

    def _when(self, node: Node) -> When:
        for key, entry in node.entries().items():
            if key in ("during", "for_each") and node.get("per_hour") is None:
                message = f"`{key}` goes with `per_hour` alone"
                self.reporter.error(CONTRADICTION, message, entry.key, "write `per_hour`, or leave it out")
        if "every_minutes" in node.entries():
            return Every(int(_number(node["every_minutes"])))
        if "at_logon" in node.entries():
            return AtLogon(_number(node["at_logon"]))
        each = node.get("for_each")
        if each is not None and _text(each) not in self.roles:
            self._unknown("role", _text(each), each.span, self.roles)
            each = None
        return Rate(_number(node["per_hour"]), _text(node["during"]), None if each is None else _text(each))

    def _effects(self, node: Node, roles: frozenset[str]) -> Iterator[Effect]:
        """What comes of a habit, kind by kind."""
        target = node.get("target")
        for each in _items(node, "connections"):
            yield self._contact(each, target)
        for each in _items(node, "logons"):
            yield self._visit(each, roles)
        for each in _items(node, "files"):
            yield FileWrite(_times(each), self._text_of(each["path"], target))
        for each in _items(node, "registry"):
            texts = (self._text_of(each[key], target) for key in ("key", "name", "data"))
            yield RegistryWrite(_times(each), *texts)
        for each in _items(node, "loads"):
            yield Load(_times(each), self._text_of(each["path"], target))
        for each in _items(node, "services"):
            yield ServiceSetUp(_times(each), *(self._text_of(each[key], target) for key in ("name", "image_path")))

    def _text_of(self, node: Node, target: Node | None) -> Template:
        """A text of an effect, which names the target only where the habit has one."""
        template = self._template(node)
        if target is None and any(hole.name == "target" for hole in template.holes):
            message = "this names a target, and the habit has none"
            self.reporter.error(CONTRADICTION, message, node.span, "add `target: role`")
        return template

    def _visit(self, node: Node, roles: frozenset[str]) -> Visit:
        visitor, account, package = node.get("from"), node.get("account"), node.get("package")
        who = None if visitor is None else _text(visitor)
        if who is not None and who not in self.roles:
            self._unknown("role", who, node["from"].span, self.roles)
        lonely = {who} if who is not None else roles if account is not None and account.value == "person" else set()
        self._check_someone({role for role in lonely if role in self.roles}, node)
        return Visit(
            _times(node),
            LogonType[_text(node["type"]).replace(" ", "_").upper()],
            who,
            None if account is None else _text(account),
            "Negotiate" if package is None else _text(package),
        )

    def _check_someone(self, roles: set[str], node: Node) -> None:
        """Whoever logs on has to be somebody."""
        lonely = sorted(role for role in roles if not self.roles[role].person)
        if lonely:
            message = f"a person logs on, and nobody works at a {lonely[0]}"
            self.reporter.error(CONTRADICTION, message, node.span, "choose a role with `person: true`")

    def _check_persons(self, program: str, roles: frozenset[str], node: Node) -> None:
        lonely = sorted(role for role in roles if role in self.roles and not self.roles[role].person)
        if lonely:
            message = f"`{program}` runs for a person, and nobody works at a {lonely[0]}"
            self.reporter.error(CONTRADICTION, message, node["roles"].span, "choose roles with `person: true`")
        during = node["when"].get("during")
        if during is not None and during.value != "session":
            message = f"`{program}` runs for a person, who is there during sessions only"
            self.reporter.error(CONTRADICTION, message, during.span, "write `during: session`")

    def _roles(self, node: Node) -> frozenset[str]:
        if node.value == "all":
            return frozenset(self.roles)
        for each in node.items():
            if _text(each) not in self.roles:
                self._unknown("role", _text(each), each.span, self.roles)
        return frozenset(map(_text, node.items()))

    def _contact(self, node: Node, target: Node | None) -> Contact:
        to = _text(node["to"])
        known = (*self.roles, WEB, *(() if target is None else (TARGET,)))
        if to not in known:
            self._unknown("destination", to, node["to"].span, known)
        by, transport, direction = node.get("by"), node.get("transport"), node.get("direction")
        return Contact(
            _times(node),
            to,
            int(_number(node["port"])),
            by is not None,
            Transport[_text(transport).upper()] if transport else Transport.TCP,
            Direction(_text(direction)) if direction else Direction.OUTBOUND,
        )

    def _template(self, node: Node) -> Template:
        template = parse_template(_text(node))
        if isinstance(template, Fault):
            self.reporter.error(BAD_TEMPLATE, template.message, node.span, template.help)
            return Template("", ())
        for hole in template.holes:
            if hole.name not in HOLES:
                self._unknown("value", hole.name, node.span, HOLES)
            for name in hole.filters:
                if name not in FILTERS:
                    self._unknown("filter", name, node.span, FILTERS)
        return template

    def _unknown(self, what: str, name: str, place: Span, known: Collection[str]) -> None:
        hint = did_you_mean(name, known, f"there are {', '.join(known) or 'none'}")
        self.reporter.error(UNKNOWN_NAME, f"there is no {what} `{name}`", place, hint)


def _items(node: Node, key: str) -> Sequence[Node]:
    found = node.get(key)
    return () if found is None else found.items()


def _times(node: Node) -> Times:
    mean = _number(node["mean"])
    return Times(int(mean), mean - int(mean))


def _names_target(program: Program) -> bool:
    return any(hole.name == "target" for text in (program.image, *program.command_lines) for hole in text.holes)


def _usual_integrity(account: str) -> Integrity:
    return Integrity.MEDIUM if account == "person" else Integrity.SYSTEM


def _role(name: str, node: Node) -> Role:
    digits, accounts = node.get("digits"), node.get("accounts")
    return Role(
        name,
        _text(node["name"]),
        2 if digits is None else int(_number(digits)),
        () if accounts is None else tuple(map(_text, accounts.items())),
        _number(node["share"]),
        int(_number(node["at_least"])),
        node["person"].value is True,
        node.text("department"),
        node.text("source"),
    )


def _calendar(node: Node) -> Calendar:
    days = frozenset(int(_number(each)) for each in node["working_days"].items())
    return Calendar(days, _number(node["present"]), _spread(node["begins"]), _spread(node["lasts"]))


def _spread(node: Node) -> Spread:
    return Spread(_number(node["mean"]), _number(node["spread"]))


def _text(node: Node) -> str:
    return str(node.value)


def _number(node: Node) -> float:
    return float(str(node.value))
