"""Regular expressions that wait for their first use."""

import importlib
import pkgutil
import re

import pytest

import emulator
from emulator.regular import regular


def test_a_regular_expression_is_what_re_compiles() -> None:
    found, compiled = regular("(?P<letter>[a-c])", re.IGNORECASE), re.compile("(?P<letter>[a-c])", re.IGNORECASE)
    assert found.findall("xAbZ") == compiled.findall("xAbZ") == ["A", "b"]
    assert (found.pattern, found.flags, found.groupindex) == (compiled.pattern, compiled.flags, compiled.groupindex)
    with pytest.raises(AttributeError, match="matches"):
        found.matches  # type: ignore[attr-defined]  # noqa: B018 - asked for, and not there


def test_it_is_compiled_when_it_is_first_used() -> None:
    wrong = regular("(")
    with pytest.raises(re.error, match="unterminated subpattern"):
        wrong.match("")


@pytest.mark.once  # imports the packages of every engine
def test_every_one_of_the_package_can_be_compiled() -> None:
    modules = [importlib.import_module(one.name) for one in pkgutil.walk_packages(emulator.__path__, "emulator.")]
    kept = [one for module in modules for one in vars(module).values() if type(one) is type(regular(""))]
    assert len(kept) > 100
    assert [one.pattern for one in kept if re.compile(one.pattern, one.flags).groups != one.groups] == []
