"""Some rows of a Parquet file with some of its columns: by DuckDB, which skips what lies between rows that are few."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from emulator.columnar.many.matching import Rows

if TYPE_CHECKING:
    import duckdb

_ALIKE = frozenset({pa.string(), pa.large_string(), pa.bool_(), pa.float64(), pa.float32()})
_WHOLE = frozenset({pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()})


def can_fetch(schema: Any) -> bool:
    """Whether DuckDB gives values of all columns as they are."""
    kinds = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in schema.types]
    return all(kind in _ALIKE | _WHOLE or _is_plain_instant(kind) for kind in kinds)


def _is_plain_instant(kind: Any) -> bool:
    return pa.types.is_timestamp(kind) and kind.unit in ("us", "ms") and kind.tz in (None, "UTC")


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """The database whose cursors fetch rows: to make one takes longer than to fetch a few rows."""
    import duckdb

    return duckdb.connect()


def fetched(path: Path, schema: Any, names: Sequence[str], rows: Rows) -> Any:
    """The rows of a file, counted from its first and in order, as an Arrow table."""
    import duckdb

    columns = [exp.to_identifier(f"c{place}") for place in range(len(schema))] + [exp.to_identifier("place")]
    options = [exp.Array(expressions=[exp.Literal.string(str(path))])]
    numbered = exp.PropertyEQ(this=exp.to_identifier("file_row_number"), expression=exp.true())
    read = exp.Anonymous(this="read_parquet", expressions=[*options, numbered])
    places = [schema.names.index(name) for name in names]
    table = exp.Table(this=read, alias=exp.TableAlias(this=exp.to_identifier("t"), columns=columns))
    wanted = exp.In(this=exp.column("place"), query=exp.select("place").from_("wanted").subquery())
    query = exp.select(*(f"c{place}" for place in places), "place").from_(table).where(wanted)
    with _database().cursor() as connection:
        connection.register("wanted", pa.table({"place": rows}))
        try:
            found = connection.sql(query.sql("duckdb")).to_arrow_table()
        except duckdb.Error as error:
            raise OSError(str(error)) from None
    order: NDArray[np.int64] = np.argsort(found.column("place").to_numpy(), kind="stable")
    kept = found.drop_columns(["place"]).take(pa.array(order)).rename_columns(list(names))
    kinds = [schema.field(name).type for name in names]
    plain = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in kinds]
    return kept.cast(pa.schema(list(zip(names, plain, strict=True))))
