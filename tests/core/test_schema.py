"""Catalogues of tables."""

import pytest

from emulator.schema import BUILT_IN, GivenCatalogue, SchemaError, scalar_type
from emulator.types import ScalarType


def test_every_built_in_table_reads() -> None:
    tables = {name: BUILT_IN.table(name) for name in BUILT_IN.names()}
    assert len(tables) == 1943
    assert all(row is not None and len(row) == len(set(row.names)) for row in tables.values())


def test_defender_tables_have_both_time_columns_and_show_one() -> None:
    row = BUILT_IN.table("DeviceNetworkEvents")
    assert row is not None
    times = {name: row.find(name) for name in ("Timestamp", "TimeGenerated")}
    assert {name: (one.hidden, one.same_as) for name, one in times.items() if one} == {
        "Timestamp": (True, "TimeGenerated"),
        "TimeGenerated": (False, "Timestamp"),
    }


def test_an_unknown_table_is_none() -> None:
    assert BUILT_IN.table("NoSuchTable") is None
    assert GivenCatalogue({}).table("T") is None


def test_given_schemas_are_read_when_asked() -> None:
    catalogue = GivenCatalogue({"T": {"a": "double"}, "Bad": {"a": "varchar"}})
    row = catalogue.table("T")
    assert row is not None
    assert [column.type for column in row] == [ScalarType.REAL]
    assert list(catalogue.names()) == ["T", "Bad"]
    with pytest.raises(SchemaError, match="varchar"):
        catalogue.table("Bad")


@pytest.mark.parametrize(("name", "kind"), [("boolean", "bool"), (" Date ", "datetime"), ("TIME", "timespan")])
def test_synonyms_of_types(name: str, kind: str) -> None:
    assert scalar_type(name) is ScalarType(kind)
    assert ScalarType(kind).null is None
    assert not ScalarType.STRING.is_nullable
    assert ScalarType.DECIMAL.is_number
