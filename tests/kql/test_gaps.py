"""The file of gaps and the libraries agree: every function of the product is implemented or listed, never both."""

from __future__ import annotations

import pytest

import emulator
from emulator.functions import Kind
from emulator.kql import library, names
from emulator.kql.binder.evaluating import PLUGINS
from emulator.kql.binder.forms import FORMS
from emulator.kql.binder.graph_functions import GRAPH_FUNCTIONS
from emulator.kql.binder.stand_ins import ROW_FUNCTIONS

WINDOWS = frozenset(library.names(Kind.TABLE))
IMPLEMENTED = {
    Kind.SCALAR: {*library.names(Kind.SCALAR), *FORMS, *GRAPH_FUNCTIONS, *WINDOWS, *ROW_FUNCTIONS},
    Kind.AGGREGATE: {*library.names(Kind.AGGREGATE)},
    Kind.TABLE: {*PLUGINS},
}
LISTED = {kind: {name for listed, name in names.gaps() if listed is kind} for kind in IMPLEMENTED}


@pytest.mark.parametrize("kind", IMPLEMENTED)
def test_what_is_not_implemented_is_listed(kind: Kind) -> None:
    assert names.known(kind) - IMPLEMENTED[kind] - LISTED[kind] == set()


@pytest.mark.parametrize("kind", IMPLEMENTED)
def test_what_is_listed_is_known_and_not_implemented(kind: Kind) -> None:
    assert LISTED[kind] & IMPLEMENTED[kind] == set()
    assert LISTED[kind] <= names.known(kind)


def test_every_gap_has_a_reason() -> None:
    assert all(len(reason.split()) > 3 for reason in names.gaps().values())


def test_a_gap_says_its_reason() -> None:
    (found,) = emulator.check("print current_principal()", language="kql")
    assert str(found.code) == "KQL4010"
    assert "only a cluster knows it" in found.help
