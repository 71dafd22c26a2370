"""`parse` and `parse-where`: columns out of a text by a pattern."""

from __future__ import annotations

from dataclasses import replace

from emulator.diagnostics import code
from emulator.functions import Function, Kind, Nulls
from emulator.kql import syntax
from emulator.kql.binder import conversions, functions, regexes, settings, steps
from emulator.kql.binder.regexes import BAD_PATTERN, PATTERN_GAP
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.targets import Names
from emulator.kql.library.extraction import Captured, Gap, Part, Text, extractor
from emulator.kql.patterns import PatternError
from emulator.plan.expressions import Const, Expression, Field
from emulator.plan.steps import Extract
from emulator.regular import regular
from emulator.types import Column, ScalarType

WRONG_PATTERN = code(
    "KQL3027",
    "a pattern of `parse` that can't be matched",
    "The pattern of `parse` is a row of texts, `*` and columns. A column ends where the next text begins, so a text "
    "has to stand between a column and what follows it.",
)
_T = ScalarType
_FLAGS = regular("[imsU]*")


def bind_parse(node: syntax.Parse, stream: Stream, scope: Scope) -> Stream:
    """Bind the text and the pattern; `parse-where` drops the rows that do not match."""
    given = settings.read(node.parameters, {"kind", "flags"}, scope)
    kind = settings.word(given.get("kind"), {"simple", "regex", "relaxed"}, "simple", scope)
    flags = _flags(given.get("flags"), scope)
    value = conversions.text(scope.context.expression(node.value, scope.over(stream)))
    columns = [part for part in node.pattern if isinstance(part, syntax.ParseColumn)]
    taken = Names(scope.context)
    targets = tuple(Column(taken.choose(part.name.text, part.span), _type(part, scope)) for part in columns)
    parts = _parts(node, dict(zip(columns, targets, strict=True)), kind, scope)
    try:
        matcher = extractor(parts, kind, flags)
    except PatternError as error:
        what = PATTERN_GAP if error.gap else BAD_PATTERN
        raise scope.context.fail(what, f"in the pattern: {error.message}", node.span, "correct the pattern") from None
    function = Function("kql", "_parse", Kind.SCALAR, "_parse(text: string) -> dynamic", matcher, Nulls.TOTAL)
    step = Extract(function, (value,), targets, node.only_matches, node.span)
    placeholders: list[tuple[str, Expression]] = [
        (column.name, Field(column.name, column.type, node.span)) for column in targets
    ]
    relation = steps.after(stream.relation, [step], steps.assigned(stream.columns, placeholders), node.span)
    return replace(stream, relation=relation)


def _type(part: syntax.ParseColumn, scope: Scope) -> ScalarType:
    return _T.STRING if part.type is None else functions.declared_type(part.type, scope)


def _flags(value: syntax.Expression | None, scope: Scope) -> str:
    if value is None:
        return ""
    text = settings.name(value, scope)
    if not _FLAGS.fullmatch(text):
        raise scope.context.fail(
            settings.WRONG_SETTING, f"`{text}` is no set of flags", value.span, "use the letters i, m, s and U"
        )
    return text


def _parts(node: syntax.Parse, columns: dict[syntax.ParseColumn, Column], kind: str, scope: Scope) -> tuple[Part, ...]:
    parts: list[Part] = []
    for position, part in enumerate(node.pattern):
        following = node.pattern[position + 1] if position + 1 < len(node.pattern) else None
        match part:
            case syntax.Literal(value=value):
                if kind == "regex":
                    regexes.check(Const(str(value), _T.STRING, part.span), part.span, scope)
                parts.append(Text(str(value)))
            case syntax.Star():
                parts.append(Gap())
            case syntax.ParseColumn():
                _require_end(part, columns[part], following, kind, scope)
                parts.append(Captured(columns[part].type, conversions.from_text(columns[part].type)))
    return tuple(parts)


def _require_end(
    part: syntax.ParseColumn, column: Column, following: syntax.Node | None, kind: str, scope: Scope
) -> None:
    """A column that is no number ends at a text or at the end."""
    open_ended = isinstance(following, syntax.Star | syntax.ParseColumn) and not column.type.is_number
    if open_ended and kind != "regex":
        message = f"nothing says where `{column.name}` ends"
        raise scope.context.fail(WRONG_PATTERN, message, part.span, "put a text behind the column")
