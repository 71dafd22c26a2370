"""Declarations of functions."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.functions import Kind, Library, Nulls, SignatureError, parse_signature

CASES = yaml.safe_load(Path(__file__).with_name("signatures.yaml").read_text("utf8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["declaration"])
def test_signature(case: dict[str, Any]) -> None:
    if "wrong" in case:
        with pytest.raises(SignatureError, match=case["wrong"]):
            parse_signature(case["declaration"])
        return
    found = parse_signature(case["declaration"])
    parameters = [[one.name, one.type, one.mode.value, one.rest, one.default] for one in found.parameters]
    assert (found.name, parameters, found.returns) == (case["name"], case["parameters"], case["returns"])


def test_a_parameter_with_a_default_or_rest_is_optional() -> None:
    parameters = parse_signature("f(a: T, b: T = 1, ...c: T) -> T").parameters
    assert [one.optional for one in parameters] == [False, True, True]


def test_a_library_keeps_what_its_decorators_are_told() -> None:
    library = Library("kql", "tests")

    @library.filter("keep(value: string) -> bool", doc="page")
    @library.scalar("twice(value: long) -> long", nulls=Nulls.TOTAL)
    def meaning(value: int) -> int:
        return value * 2

    scalar, keep = library.functions
    assert (scalar.kind, scalar.nulls, scalar.identity, scalar.python(2)) == (Kind.SCALAR, Nulls.TOTAL, "kql.twice", 4)
    assert (keep.kind, keep.nulls, keep.doc, keep.library) == (Kind.FILTER, Nulls.TOTAL, "page", "tests")
    assert repr(scalar) == "<kql.twice: twice(value: long) -> long>"
    assert scalar.signature.returns == "long"
    assert meaning(3) == 6
