"""What authors write instead of KQL, and the exact fix: other languages' words, case, signs and missing separators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from emulator.diagnostics import code, did_you_mean, nearest
from emulator.kql.keywords import KEYWORDS
from emulator.kql.lexer import Token, TokenKind
from emulator.kql.parser.cursor import UNEXPECTED, Cursor, SyntaxFailure

NOT_COMPARISON = code(
    "KQL1030",
    "`=` where a comparison belongs",
    "`=` gives a name to a value; `==` compares, and `=~` compares without regard to case.",
)
MISSING_PIPE = code(
    "KQL1031",
    "a pipe is missing between operators",
    "Every operator after the first table is preceded by `|`.",
)
UNKNOWN_OPERATOR = code(
    "KQL1032",
    "there is no such operator",
    "After `|` stands one of KQL's tabular operators, in lower case, such as `where`, `extend`, `project`, "
    "`summarize`, `join`, `sort by` or `take`.",
)
NO_TABLE = code(
    "KQL1036",
    "an operator without a table before it",
    "A query begins with a table, or with an operator that makes its own rows: `print`, `range`, `union`, `search`, "
    "`find`, `datatable`, `externaldata`. Every other operator follows a `|`.",
)
MISSING_SEMICOLON = code(
    "KQL1033",
    "a statement without its `;`",
    "Statements (`let …`, `set …`, `declare …`) are separated by `;`, also from the query that follows them.",
)
WRONG_CASE = code(
    "KQL1034",
    "a keyword in the wrong case",
    "KQL's keywords are written in lower case: `and`, `or`, `in`, `has`, `where`, `by`.",
)
FOREIGN_WORD = code(
    "KQL1035",
    "a word of another query language",
    "The word or sign belongs to SQL, Splunk or another language; the help names what KQL has in its place.",
)

_FOREIGN_OPERATORS = {
    "select": "write `project` to choose columns: `Table | project A, B`",
    "from": "begin with the table's name: `Table | where … | project …`",
    "having": "write `where` after `summarize`",
    "group": "write `summarize … by …`",
    "groupby": "write `summarize … by …`",
    "orderby": "write `sort by …` or `order by …`",
    "head": "write `take 10`, or `top 10 by Column` for the greatest",
    "tail": "write `top 10 by Column asc`",
    "stats": "write `summarize … by …`",
    "eval": "write `extend name = …`",
    "table": "write `project A, B`",
    "fields": "write `project A, B`, or `project-away` to drop columns",
    "rename": "write `project-rename new = old`",
    "dedup": "write `distinct A, B`, or `summarize take_any(*) by A` to keep whole rows",
    "unique": "write `distinct A, B`",
    "drop": "write `project-away A, B`",
    "keep": "write `project-keep A, B`",
    "expand": "write `mv-expand A`",
    "explode": "write `mv-expand A`",
    "unnest": "write `mv-expand A`",
    "rex": 'write `parse A with …`, or `extend name = extract("…", 1, A)`',
    "lookup_table": "write `lookup (table) on key`",
    "group-by": "write `summarize … by …`",
    "and": "write `| where …` for another condition, or join the conditions with `and` and no `|`",
    "or": "join the conditions with `or` and no `|`",
    "by": "`by` belongs to the operator before: remove the `|`",
    "on": "`on` belongs to `join` or `lookup`: remove the `|`",
    "asc": "`asc` belongs to `sort by`: remove the `|`",
    "desc": "`desc` belongs to `sort by`: remove the `|`",
    "let": "`let` is a statement: it stands before the query and ends with `;`",
    "with": "`with` belongs to the operator before: remove the `|`",
    "datatable": "begin the query with it, or put it in brackets: `union (datatable …)`",
    "count(": "write `summarize count()`, or `count` without brackets for the number of rows",
}
_FOREIGN_WORDS = {
    "not": "write `not(…)`: it is a function; for single operators there are `!=`, `!in`, `!has`, `!contains`",
    "is": "write `isnull(Column)`, `isempty(Column)` or `== value`",
    "like": "write `contains`, `startswith`, `endswith` or `matches regex`",
    "rlike": "write `matches regex`",
    "regexp": "write `matches regex`",
    "matches": 'write `matches regex "…"`, with one space',
    "null": "write `isnull(Column)`; an empty string is tested with `isempty(Column)`",
    "elif": "write `case(condition, value, …, otherwise)`",
    "case": "write `case(condition, value, …, otherwise)`",
    "when": "write `case(condition, value, …, otherwise)`",
    "limit": "put `| ` before it: `| take 10`",
    "from": "begin with the table's name: `Table | where … | project …`",
    "startwith": "write `startswith`",
    "endwith": "write `endswith`",
    "contain": "write `contains`",
    "equals": "write `==`, or `=~` to ignore case",
    "having": "put `| where ` in its place",
}
_NEAR = 1000
"""How many tokens back an operator is looked for when something does not belong to it."""
_WORD_OPERATORS = tuple(
    word
    for word in KEYWORDS
    if word in ("and", "or", "in", "between") or word.startswith(("has", "contains", "starts", "ends", "matches"))
)


def expected_expression(cursor: Cursor) -> NoReturn:
    """An operand is missing: say what stands in its place."""
    token, before = cursor.next, cursor.before
    text = token.text
    if text in ("=", "==") and before.text in ("=", "==", "!"):
        cursor.fail(f"`{before.text}{text}` is no operator", "write `==` to compare", NOT_COMPARISON)
    if text == ";" and before.text in (";", ""):
        cursor.fail("there is nothing before this `;`", "remove the `;`")
    if token.kind is TokenKind.END or text in ("|", ")", "]", "}", ";", ","):
        after = f" after `{before.text}`" if before.text else ""
        cursor.fail(f"expected an expression{after}", _missing_help(before))
    if text == "." and not before.text:
        cursor.fail("control commands are no queries", "a rule is a query: it begins with a table")
    if text == "*":
        cursor.fail("`*` can't stand here", "name the column; `count()` takes nothing, `arg_max(Time, *)` all columns")
    if text in ("and", "or"):
        cursor.fail("expected an expression", f"remove the `{text}`, or write the condition before it")
    if token.kind is TokenKind.KEYWORD:
        cursor.fail("expected an expression", f"write `['{text}']` if the keyword is meant as a name")
    cursor.fail("expected an expression", "write a column, a value or a call here")


def _missing_help(before: Token) -> str:
    if before.text == ",":
        return "remove the `,`, or write what it separates"
    if before.text in ("and", "or"):
        return f"remove the `{before.text}`, or write the condition that follows it"
    if before.text == "{":
        return "write what the function gives"
    return "write a column, a value or a call here"


def unknown_operator(cursor: Cursor, known: Iterable[str]) -> NoReturn:
    """After `|` stands no operator."""
    token = cursor.next
    text = token.text
    if token.kind is TokenKind.END:
        cursor.fail("expected an operator after `|`", "write an operator such as `where`, or remove the last `|`")
    if text == "|" and not token.spaced:
        cursor.report(FOREIGN_WORD, "`||` is no operator", token.span, "write `or`, within the same `where`")
        cursor.take()
        raise SyntaxFailure
    if text == "|":
        cursor.fail("expected an operator between two `|`", "remove one `|`")
    if token.kind not in (TokenKind.NAME, TokenKind.KEYWORD):
        cursor.fail("expected an operator after `|`", "write an operator such as `where`, `extend` or `summarize`")
    known = sorted(known)
    lower = text.lower()
    if lower in known:
        cursor.report(WRONG_CASE, f"`{text}` is not in lower case", token.span, f"write `{lower}`")
    elif lower in _FOREIGN_OPERATORS:
        cursor.report(FOREIGN_WORD, f"there is no operator `{text}`", token.span, _FOREIGN_OPERATORS[lower])
    else:
        spelt = text
        if cursor.ahead().text == "-" and not cursor.ahead().spaced:
            spelt += f"-{cursor.ahead(2).text}"
        help = _operator_help(spelt, known)
        cursor.report(UNKNOWN_OPERATOR, f"there is no operator `{spelt}`", token.span, help)
    raise SyntaxFailure


def _operator_help(spelt: str, known: list[str]) -> str:
    dashed = spelt.replace("_", "-").lower()
    if dashed in known:
        return f"write `{dashed}`"
    return did_you_mean(spelt, known, "write an operator such as `where`, `extend`, `project` or `summarize`")


def unexpected(cursor: Cursor, operators: Iterable[str]) -> None:
    """A complete operator or statement is followed by what does not belong to it: report it, stepping over nothing."""
    token, before, text = cursor.next, cursor.before, cursor.next.text
    lower = text.lower()
    first = cursor.tokens[0]
    if first.text.lower() == "select":
        cursor.report(FOREIGN_WORD, "KQL is not SQL", first.span, _FOREIGN_OPERATORS["from"])
    elif text == "=":
        _misplaced_equals(cursor, operators)
    elif text != lower and lower in KEYWORDS and token.kind is TokenKind.NAME:
        cursor.report(WRONG_CASE, f"`{text}` is not in lower case", token.span, f"write `{lower}`")
    elif lower == "not" and f"!{cursor.ahead().text}" in KEYWORDS:
        help = f"write `!{cursor.ahead().text}`"
        cursor.report(FOREIGN_WORD, f"unexpected `{text}`", token.span, help)
    elif lower in _FOREIGN_WORDS:
        cursor.report(FOREIGN_WORD, f"unexpected `{text}`", token.span, _FOREIGN_WORDS[lower])
    elif before.text.lower() == "not":
        cursor.report(FOREIGN_WORD, "`not` is a function", token.span, _FOREIGN_WORDS["not"])
    elif before.text in operators and before.kind is TokenKind.KEYWORD and cursor.second:
        help = f"begin with a table: `Table | {before.text} …`"
        cursor.report(NO_TABLE, f"there is no table before `{before.text}`", before.span, help)
    elif text in operators:
        help = f"write `| {text}`"
        cursor.report(MISSING_PIPE, f"a `|` is missing before `{text}`", token.span, help)
    elif misspelt := _misspelt_operator(cursor, operators):
        spelt, within = misspelt
        help = did_you_mean(spelt, operators, "")
        cursor.report(UNKNOWN_OPERATOR, f"there is no operator `{spelt}`", within.span, help)
    else:
        cursor.report(UNEXPECTED, f"unexpected `{token.shown}`", token.span, _unexpected_help(token))


def _misplaced_equals(cursor: Cursor, operators: Iterable[str]) -> None:
    """`=` after something that is no name, or where nothing takes a name."""
    token, within = cursor.next, cursor.tokens[_operator_of(cursor, operators)]
    if within.text in ("project", "extend", "summarize", "print", "distinct", "serialize", "project-rename"):
        help = "name a value as in `Name = value`; a path or call can't be a name"
        cursor.report(UNEXPECTED, "`=` needs a plain name before it", token.span, help)
    elif within.text.startswith("project-"):
        help = "list columns by their names; `project` and `extend` compute"
        cursor.report(UNEXPECTED, f"`{within.text}` gives no names", token.span, help)
    else:
        cursor.report(NOT_COMPARISON, "`=` does not compare", token.span, "write `==`, or `=~` to ignore case")


def _operator_of(cursor: Cursor, operators: Iterable[str]) -> int:
    """Where the keyword of the operator stands that the cursor is in; some token before when none is near."""
    index, farthest = cursor.index, max(0, cursor.index - _NEAR)
    while index > farthest:
        index -= 1
        if cursor.tokens[index].text in operators and cursor.tokens[index].kind is TokenKind.KEYWORD:
            break
    return index


def _misspelt_operator(cursor: Cursor, operators: Iterable[str]) -> tuple[str, Token] | None:
    """`project-awy` reads as `project -awy`: the name with its dashes when it looks like an operator's."""
    index = _operator_of(cursor, operators)
    pieces = cursor.tokens[index : index + 5]
    spelt = pieces[0].text
    for piece in pieces[1:]:
        if piece.spaced or not (piece.text == "-" or piece.kind in (TokenKind.NAME, TokenKind.KEYWORD)):
            break
        spelt += piece.text
    return (spelt, pieces[0]) if spelt != pieces[0].text and nearest(spelt, operators) else None


def _unexpected_help(token: Token) -> str:
    text = token.text
    if token.kind is TokenKind.NAME:
        close = nearest(text, _WORD_OPERATORS)
        if close:
            return f"did you mean `{close[0]}`?"
    if text in ("<", "<=", ">", ">=", "==", "!=", "<>") or text in _WORD_OPERATORS or text.startswith(("!", "=~")):
        return "comparisons do not chain: put one in brackets, or join two with `and`"
    if text in ("-", "+", "*", "/", "%", "."):
        return "remove it, or write the operand that it belongs to"
    if text == "?":
        return "write `iff(condition, value, otherwise)`"
    if text == "{":
        return "a function begins with its typed parameters: `let f = (a: string) { … }`"
    if text in ("on", "by", "with", "limit", "from", "to", "step"):
        return f"a `)` may be missing before `{text}`, or the operator that it belongs to"
    return "an operator such as `and`, or a `,` or `|`, is missing before it"
