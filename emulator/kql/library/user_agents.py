"""What the name that a program gives itself tells of program, system and device, by the rules of uap-core."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.regular import regular

LIBRARY = Library("kql", "user_agents")
USER_AGENT_RULES = assumption(
    "user-agent-rules",
    "kql",
    "parse_user_agent reads by the rules of the installed release of uap-core, and calls Other what they don't know; "
    "which release the product uses is not published",
)
UNKNOWN_PART = code(
    "KQL3070",
    "a part of a user agent that does not exist",
    '`parse_user_agent` looks for "browser", "os" or "device", or for several of them in an array.',
)
_PARTS = {
    "browser": ("Browser", ("Family", "MajorVersion", "MinorVersion", "Patch")),
    "os": ("OperatingSystem", ("Family", "MajorVersion", "MinorVersion", "Patch", "PatchMinor")),
    "device": ("Device", ("Family", "Brand", "Model")),
}
"""The parts by the word that asks for them: their names in the result, and those of their fields."""
_PLACE = regular(r"\$(\d)")
_NOTHING = {"Family": "Other"}


class _Rules:
    """The rules for one part, in order; the first that matches counts. All of them run in time linear in the text."""

    def __init__(self, part: str) -> None:
        import re2  # type: ignore[import-untyped]  # google-re2 ships no types
        from ua_parser.loaders import load_lazy_builtins
        from ua_parser.utils import fa_simplifier

        self._rules: Sequence[Any] = load_lazy_builtins()[list(_PARTS).index(part)]
        self._compile = re2.compile
        self._filter = re2.Filter()
        for rule in self._rules:
            self._filter.Add(_flags(rule) + fa_simplifier(rule.regex))
        self._filter.Compile()

    def read(self, agent: str) -> Iterator[str]:
        """The fields of the part, of the first rule that matches; nothing where none does."""
        # The filter runs simplified patterns, which match a little more than the rules do.
        for place in sorted(self._filter.Match(agent) or ()):
            rule = self._rules[place]
            match = self._compile(_flags(rule) + rule.regex).search(agent)
            if match is not None:
                groups = dict(enumerate(match.groups(), 1))
                yield from (_filled(template, groups) for template in _templates(rule))
                return


def _flags(rule: Any) -> str:
    return "(?i)" if getattr(rule, "flags", 0) & re.IGNORECASE else ""


def _templates(rule: Any) -> tuple[str, ...]:
    """What a rule writes into each field; `$n` stands for a group."""
    if hasattr(rule, "brand"):
        return rule.family, rule.brand, rule.model
    versions = (rule.major, rule.minor, rule.patch, rule.patch_minor)
    return (rule.family, *(version or f"${number}" for number, version in enumerate(versions, 2)))


def _filled(template: str, groups: dict[int, str | None]) -> str:
    return _PLACE.sub(lambda place: groups.get(int(place[1])) or "", template).strip()


@lru_cache(maxsize=len(_PARTS))
def _rules(part: str) -> _Rules:
    return _Rules(part)


@lru_cache(maxsize=4096)
def _read(part: str, agent: str) -> dict[str, str]:
    fields = _PARTS[part][1]
    found = zip(fields, _rules(part).read(agent.encode("utf-8", "replace").decode()), strict=False)
    return {**dict.fromkeys(fields, ""), **_NOTHING, **dict(found)}


@LIBRARY.scalar(
    "parse_user_agent(agent: string, look_for: string|array) -> dynamic",
    doc="parse-user-agent-function",
    assumes=(USER_AGENT_RULES.name,),
    examples="""
    tostring(parse_user_agent("curl/7.68.0", "browser").Browser.MajorVersion) => "7"   [reasoned]
    tostring(parse_user_agent("", "os").OperatingSystem.Family) => "Other"   [reasoned]
    """,
)
def parse_user_agent(agent: str, look_for: object) -> dict[str, dict[str, str]]:
    """What is looked for, as bags of texts; a field that the name does not tell is empty."""
    wanted = {str(word).lower() for word in (look_for if isinstance(look_for, list) else [look_for])}
    for word in sorted(wanted - _PARTS.keys()):
        raise MeaningError(UNKNOWN_PART, f"there is no part `{word}`", 'write "browser", "os" or "device"')
    return {name: dict(_read(part, agent)) for part, (name, _) in _PARTS.items() if part in wanted}
