"""`externaldata`: files that are never fetched; their text or rows come with the run or from the rule's folder."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions, functions
from emulator.kql.binder.constants import constant
from emulator.kql.binder.rows_given import WRONG_STAND_IN, listed
from emulator.kql.binder.scope import Scope
from emulator.kql.library.external_formats import FORMATS, Record, file_name, format_of
from emulator.types import Column, ScalarType

FORMAT_GAP = code(
    "KQL4030",
    "a file format that is not emulated",
    "The product reads more formats than the emulator: turn the file into CSV or JSON lines.",
)


def declared(node: syntax.ExternalData, scope: Scope) -> tuple[Column, ...]:
    """The columns that the query says the files have."""
    return tuple(Column(one.name.text, functions.declared_type(one.type, scope)) for one in node.columns)


def addresses(node: syntax.ExternalData, scope: Scope) -> list[str]:
    """The addresses of the files; one that is no constant is empty."""
    found = [constant(scope.context.expression(one, scope.over(None))) for one in node.addresses]
    return ["" if one is None else str(one.value) for one in found]


def records(node: syntax.ExternalData, address: str, columns: Sequence[Column], scope: Scope) -> list[Record] | None:
    """The records of one file, given under its address or its name; None when nobody gave it."""
    given = scope.context.given
    key = f"externaldata:{address}"
    found = given.get(key, given.get(f"externaldata:{file_name(address)}"))
    if found is None:
        return None
    if isinstance(found, str):
        return _read(found, node, address, columns, scope)
    names = [column.name for column in columns]
    return [{name: row.get(name) for name in names} for row in listed(key, found, node.span, scope)]


def _read(text: str, node: syntax.ExternalData, address: str, columns: Sequence[Column], scope: Scope) -> list[Record]:
    settings = {one.name.text.lower(): one.value for one in (*node.parameters, *node.properties)}
    kind = _setting(settings.get("format"), format_of(address), scope).lower()
    if kind not in FORMATS:
        help = f"give the rows themselves, or a text in one of: {', '.join(FORMATS)}"
        raise scope.context.fail(FORMAT_GAP, f"the format `{kind}` is not emulated", node.span, help)
    try:
        found = FORMATS[kind](text, [column.name for column in columns])
    except (ValueError, RecursionError) as error:
        message = f"the file of `externaldata` is no {kind}: {error}"
        raise scope.context.fail(WRONG_STAND_IN, message, node.span, "mend the file that stands in") from None
    skipped = _setting(settings.get("ignorefirstrecord"), "false", scope).lower() == "true"
    return [_typed(one, columns) for one in found[1 if skipped else 0 :]]


def _setting(node: syntax.Expression | None, otherwise: str, scope: Scope) -> str:
    """A property of the statement: a text, a word or true and false."""
    if node is None:
        return otherwise
    if isinstance(node, syntax.Literal):
        return str(node.value)
    return node.name if isinstance(node, syntax.NameRef) else scope.context.source.slice(node.span)


def _typed(record: Record, columns: Sequence[Column]) -> Record:
    """The record with the text of dynamic columns read as JSON."""
    read = conversions.from_text(ScalarType.DYNAMIC)
    dynamic = [one.name for one in columns if one.type is ScalarType.DYNAMIC and isinstance(record.get(one.name), str)]
    return {**record, **{name: read(str(record[name])) for name in dynamic}}
