"""Tables written into the query: `datatable` and `externaldata`."""

from __future__ import annotations

from emulator.kql.parser.literals import accept_literal, table_type
from emulator.kql.parser.parameters import parameters, property_list
from emulator.kql.parser.protocol import Parser
from emulator.kql.syntax import DataTable, Expression, ExternalData, Parameter


def data_table(parser: Parser) -> DataTable:
    """`datatable (a: string, b: long) ["x", 1, …]`; only literals may stand in it."""
    cursor = parser.cursor
    start = cursor.take().start
    options = parameters(parser)
    schema = table_type(cursor, "after `datatable`")
    opened = cursor.open("[", "before the values", "write the values row after row in `[…]`")
    cursor.accept(",")
    values: list[Expression] = []
    while cursor.next.text != "]":
        value = accept_literal(cursor)
        if value is None:
            cursor.fail("expected a literal in `datatable`", "compute values with `| extend` after the `datatable`")
        values.append(value)
        if not cursor.accept(","):
            break
    cursor.close(opened)
    return DataTable(cursor.span_from(start), options, schema.columns, tuple(values))


def external_data(parser: Parser) -> ExternalData:
    """`externaldata (a: string) ["address", …] with (format = "csv")`."""
    cursor = parser.cursor
    start = cursor.take().start
    options = parameters(parser)
    schema = table_type(cursor, "after `externaldata`")
    opened = cursor.open("[", "before the addresses", 'write the addresses in brackets, as in `["https://…"]`')
    addresses: list[Expression] = []
    while cursor.next.text != "]":
        addresses.append(parser.pipeline())
        if not cursor.accept(","):
            break
    cursor.close(opened)
    properties: tuple[Parameter, ...] = property_list(parser) if cursor.accept("with") else ()
    return ExternalData(cursor.span_from(start), options, schema.columns, tuple(addresses), properties)
