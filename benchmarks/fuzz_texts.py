"""Query texts to try the front ends and the interpreter with: shaped by the grammar, or real texts with edits.

Everything is drawn by Hypothesis, so that a failure shrinks and repeats.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from hypothesis import strategies as st

from emulator.cql.library import functions as cql_functions
from emulator.functions import Function, Kind, Parameter
from emulator.kql import library as kql_library

ROOT = Path(__file__).parents[1]
Text = st.SearchStrategy[str]

_WORDS = {
    "kql": '| where == =~ in~ !in ( ) [ ] { } let = ; , . .. " \' @" ``` union project extend summarize by join '
    "kind=inner on mv-expand parse with * ! null => ago(1d) dynamic( datetime( 1 -1 1.5 1h true and or not( has "
    "between $left.a T a //x to typeof(long) toscalar( materialize( evaluate serialize sort asc step range print "
    "datatable( # \\ ` é",
    "cql": '| case { } ; := =~ != in ( ) [ ] * / /i "a" groupBy( ?p $q not or and <= => , # @ \\ field= function= as= '
    "{*} a.b a[0] 1 -1 1.5 1h * !( true eval( match { default => } table([a]) select([a]) /x/ /(?<y>x)/ ` // x é",
}
_PLACES = {"kql": "**/*.yaml", "cql": "*.yaml"}


def texts(language: str) -> Text:
    """Query texts of all kinds."""
    words = st.lists(st.sampled_from(_WORDS[language].split()), max_size=25).map(" ".join)
    shaped = _KQL if language == "kql" else _CQL
    return st.one_of(*[shaped] * 5, *[edited(language)] * 3, edited(language, shaped), words, st.text())


@cache
def real_queries(language: str) -> tuple[str, ...]:
    """Queries of the detections, and of the cases that say what queries give."""
    found = [path.read_text("utf-8") for path in sorted((ROOT / "detections").glob(f"*/*/*.{language}"))]
    for path in sorted((ROOT / "tests" / "conformance" / language).glob(_PLACES[language])):
        cases = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        found += [one["query"] for one in cases if isinstance(one, dict) and "query" in one]
    return tuple(dict.fromkeys(found))


@st.composite
def edited(draw: st.DrawFn, language: str, source: Text | None = None) -> str:
    """A query with a few pieces cut, repeated, moved, or replaced by words, characters and pieces of another query."""
    real = st.sampled_from(real_queries(language))
    text = draw(real if source is None else source)
    other = draw(real)
    pieces = st.sampled_from(_WORDS[language].split()) | st.characters()
    for _ in range(draw(st.integers(1, 4))):
        start, end = _piece(draw, text)
        first, last = _piece(draw, other)
        put = draw(pieces | st.just(text[start:end] * 2) | st.just("") | st.just(other[first:last]))
        text = text[:start] + put + text[end:]
    return text


def _piece(draw: st.DrawFn, text: str) -> tuple[int, int]:
    """A place in a text, with a few characters or up to the end of a word or of a line."""
    start = draw(st.integers(0, len(text)))
    ends = [start + draw(st.integers(0, 12)), *(text.find(mark, start) for mark in " \n" if mark in text[start:])]
    return start, min(len(text), draw(st.sampled_from(ends)))


def _joined(*parts: Text | str) -> Text:
    """The parts one after the other."""
    return st.tuples(*(st.just(one) if isinstance(one, str) else one for one in parts)).map("".join)


def _word(*choices: str) -> Text:
    return st.sampled_from(choices)


def _listed(item: Text, least: int = 1, most: int = 3) -> Text:
    return st.lists(item, min_size=least, max_size=most).map(", ".join)


_COLUMNS = _word("s", "n", "r", "t", "d", "b", "g", "k", "missing")
_LITERALS = {
    "string": [
        "s",
        "s",
        '"a"',
        "'x y'",
        '""',
        '@"C:\\\\x"',
        '"10.0.0.1"',
        '"2024-01-01"',
        '"{\\"a\\": [1]}"',
        '"éß"',
        '"(a+)(b)?"',
    ],
    "long": ["n", "n", "0", "1", "-3", "9223372036854775807", "long(null)", "64"],
    "int": ["int(1)", "int(null)", "int(-2147483648)"],
    "real": ["r", "r", "1.5", "-0.0", "real(nan)", "real(+inf)", "1e308", "real(null)"],
    "decimal": ["decimal(1.5)", "decimal(null)"],
    "bool": ["b", "b", "true", "false", "bool(null)"],
    "datetime": ["t", "t", "datetime(2024-01-31 10:00)", "now()", "datetime(null)", "datetime(0001-01-01)", "ago(1d)"],
    "timespan": ["k", "k", "1d", "1tick", "time(null)", "-3h", "10675199d"],
    "guid": ["g", "g", "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "guid(null)"],
    "dynamic": [
        "d",
        "d",
        'dynamic([1, "a", null])',
        'dynamic({"a": {"b": [1]}})',
        "dynamic(null)",
        "dynamic([])",
        "dynamic([1.5, 2, 3])",
    ],
    "type": ["typeof(long)", "typeof(string)"],
}
_ANY_LITERAL = st.sampled_from([one for kind in _LITERALS for one in _LITERALS[kind] if kind != "type"])


def _kql_call(functions: dict[str, tuple[Function, ...]], inner: Text) -> Text:
    """A call with arguments that mostly are of the declared types."""

    def call(name: str) -> Text:
        parameters = functions[name][0].signature.parameters
        given = [_kql_argument(one, inner) for one in parameters for _ in range(2 if one.rest else 1)]
        least = sum(not one.optional for one in parameters)
        counts = st.sampled_from([*range(least, len(given) + 1), len(given)])
        return counts.flatmap(lambda count: _joined(name, "(", st.tuples(*given[:count]).map(", ".join), ")"))

    return st.sampled_from(sorted(functions)).flatmap(call)


def _kql_argument(parameter: Parameter, inner: Text) -> Text:
    fitting = [literal for word in parameter.type.split("|") for literal in _LITERALS.get(word, ())]
    return st.one_of(*[st.sampled_from(fitting)] * 5, inner) if fitting else inner


def _named(kind: Kind) -> dict[str, tuple[Function, ...]]:
    return {name: kql_library.lookup(name, kind) for name in kql_library.names(kind) if not name.startswith("_")}


def _of(kind: str) -> Text:
    return st.sampled_from(_LITERALS[kind])


def _kql_expressions() -> Text:
    any_operator = _word("==", "!=", "<", ">=", "+", "-", "*", "/", "%", "=~", "has", "or", "and")
    textual = st.sampled_from(
        [
            "==",
            "=~",
            "!~",
            "has",
            "!has",
            "has_cs",
            "contains",
            "!contains_cs",
            "startswith",
            "endswith_cs",
            "hasprefix",
            "hassuffix",
        ]
    )
    number = _word("+", "-", "*", "/", "%", "<", ">=", "==", "!=")

    def larger(inner: Text) -> Text:
        return st.one_of(
            st.tuples(inner, any_operator, inner).map(" ".join).map("({})".format),
            st.tuples(_of("string"), textual, _of("string")).map(" ".join).map("({})".format),
            st.tuples(_of("long") | _of("real"), number, _of("long") | _of("dynamic")).map(" ".join).map("({})".format),
            _joined("s ", _word("has_any", "has_all", "in~", "!in"), " (", _listed(_of("string")), ")"),
            _kql_call(_named(Kind.SCALAR), inner),
            _joined("not(", inner, ")"),
            _joined(inner, " in~ (", _listed(inner), ")"),
            _joined(inner, " between (", inner, " .. ", inner, ")"),
            _joined("d", _word(".a", "[0]", '["x y"]', "[-1]", "[n]")),
            _joined("iff(", inner, ", ", inner, ", ", inner, ")"),
            _joined("tostring(", inner, ")"),
            _joined("toscalar(T | summarize max(", inner, "))"),
        )

    return st.recursive(_COLUMNS | _ANY_LITERAL, larger, max_leaves=6)


_TABLE = (
    "let T = datatable(s:string, n:long, r:real, t:datetime, d:dynamic, b:bool, g:guid, k:timespan) ["
    '"a b", 1, 1.5, datetime(2024-01-01), dynamic({"a": 1}), true, guid(null), 1h, '
    '"", long(null), real(nan), datetime(null), dynamic([1, [2]]), bool(null), guid(null), time(null), '
    '"10.0.0.1/24", -5, -0.0, datetime(9999-12-31), dynamic("x"), false, guid(null), -1d];\nT'
)


def _kql_operators(inner: Text) -> Text:
    aggregate = _kql_call(_named(Kind.AGGREGATE), inner)
    window = _kql_call(_named(Kind.TABLE), inner)
    target = inner | _joined("x = ", inner) | window
    number = _word("0", "1", "2", "n", "-1", "toscalar(T | count)")
    return st.one_of(
        _joined("where ", inner),
        _joined("extend ", _listed(target)),
        _joined("project ", _listed(target)),
        _joined("project-away ", _listed(_COLUMNS | st.just("s*"))),
        _joined("project-rename z = ", _COLUMNS),
        _joined("summarize ", _listed(aggregate | _joined("y = ", aggregate)), " by ", _listed(target)),
        _joined("sort by ", _listed(inner), _word(" asc", " desc nulls first", "")),
        _joined("top ", number, " by ", inner),
        _joined("take ", number),
        _joined("distinct ", _listed(inner) | st.just("*")),
        _joined(
            "join kind=", _word("inner", "leftouter", "leftanti", "fullouter", "innerunique"), " (T) on ", _COLUMNS
        ),
        _joined("union ", _word("T", "(print q = 1)", "withsource=w T", "kind=inner T")),
        _joined("mv-expand ", _listed(_COLUMNS | _joined("m = ", inner)), _word("", " to typeof(long)", " limit 2")),
        _joined("mv-apply d on (", _word("where d == 1", "summarize count()", "take 1"), ")"),
        _joined('parse s with "a" p:', _word("string", "long", "datetime"), ' " " *'),
        _joined("make-series c = ", aggregate, " on ", _word("t", "n"), " step ", _word("1d", "1", "0")),
        _joined("evaluate ", _word("bag_unpack(d)", "pivot(s)", "narrow()", "rolling_percentile(n, 50, t, 1d, 3)")),
        _joined("serialize ", _joined("w = ", window)),
        _joined("top-nested ", number, " of ", _COLUMNS, " by ", aggregate),
        _joined("partition by ", _COLUMNS, " (", _word("take 1", "count", "top 1 by n"), ")"),
        _joined("search ", inner),
        _word("count", "getschema", "as A", "consume", "render timechart", "parse-kv s as (a:long)", "lookup T on s"),
    )


def _kql() -> Text:
    inner = _kql_expressions()
    steps = st.lists(_kql_operators(inner), min_size=1, max_size=4).map(
        lambda found: "".join(f"\n| {one}" for one in found)
    )
    source = st.one_of(st.just(_TABLE), _joined("let f = (x: long) { x + 1 };\n", _TABLE))
    return _joined(source, steps) | _joined("print ", _listed(inner))


_FIELDS = _word("a", "b", "@timestamp", "x.y", "arr[0]", "#event_simpleName", "missing", "aip")
_VALUES = st.sampled_from(
    [
        '"a"',
        "a*",
        "1",
        "-1",
        "0.5",
        "/a(?<y>.)/i",
        "*",
        '""',
        "1h",
        "true",
        "null",
        '"10.0.0.1"',
        "9e99",
        '"%d %s"',
        "x",
    ]
)
_OF_TYPES = {
    "field": ["a", "b", "@timestamp", "missing"],
    "fields": ["[a, b]", "a", "[]"],
    "number": ["1", "0", "-1", "2.5", "1000"],
    "limit": ["1", "max", "20000"],
    "text": ['"x"', '""', '","', '"%s %d"', '"yyyy-MM-dd"'],
    "duration": ["1h", "1s", "0s", "5min"],
    "bool": ["true", "false"],
    "zone": ["UTC", '"Europe/Berlin"', '"+02:00"'],
    "regex": ["/a/", '"(a)(?<n>.)"', "/(/"],
    "functions": ["count()", "[count(), max(a)]", "{ a=* | count() }"],
    "query": ["{ a=* }", "{ count() }", "{ b := a }"],
    "expression": ["a + 1", 'a == "b"', "if(a == 1, then=2, else=b)"],
}


def _cql_argument(parameter: Parameter) -> Text:
    word, _, listed = parameter.type.partition("[")
    fitting = _OF_TYPES.get(word) or _OF_TYPES.get(word.removesuffix("s")) or []
    if listed:
        fitting = [*fitting, *listed.rstrip("]").split("|")]
    value = st.sampled_from(fitting) | _VALUES if fitting else _VALUES | _FIELDS
    return _joined(f"{parameter.name}=", value)


def _cql_call() -> Text:
    functions = {name: one for name, one in cql_functions().items() if ":" not in name}

    def call(name: str) -> Text:
        wanted = functions[name].signature.parameters
        asked = [_cql_argument(one) for one in wanted if not one.optional and one.name]
        free = [_cql_argument(one) for one in wanted if one.optional and one.name]
        some = (
            st.lists(st.sampled_from(free), max_size=2, unique_by=id).flatmap(lambda more: st.tuples(*asked, *more))
            if free
            else st.tuples(*asked)
        )
        return _joined(name, "(", some.map(", ".join), ")")

    return st.sampled_from(sorted(functions)).flatmap(call)


def _cql() -> Text:
    call = _cql_call()
    operator = _word("=", "!=", "<", ">=", "=~", "=", "like ")
    condition = st.recursive(
        st.one_of(
            _joined(_FIELDS, operator, _VALUES),
            call,
            _VALUES,
            _joined("in(", _FIELDS, ", values=[", _listed(_VALUES), "])"),
        ),
        lambda inner: st.one_of(
            _joined("(", inner, _word(" and ", " or ", " "), inner, ")"),
            _joined("not ", inner),
            _joined("!(", inner, ")"),
        ),
        max_leaves=4,
    )
    number = st.recursive(
        _FIELDS | _VALUES,
        lambda inner: _joined("(", inner, _word(" + ", " - ", " * ", " / ", " % ", " == ", " < "), inner, ")"),
        max_leaves=4,
    )
    assigned = st.one_of(_joined("n := ", number), _joined("n := ", call), _joined("eval(n = ", number, ")"))
    step = st.recursive(
        st.one_of(condition, assigned, call),
        lambda inner: st.one_of(
            _joined("case { ", condition, " | ", inner, "; * | ", inner, "; }"),
            _joined("groupBy([", _listed(_FIELDS), "], function={ ", inner, " })"),
            _joined("a match { ", _VALUES, " => ", inner, "; * => ", inner, "; }"),
            _joined("join({ ", inner, " }, field=a, include=[b])"),
        ),
        max_leaves=3,
    )
    return st.lists(step, min_size=1, max_size=4).map(" | ".join)


_KQL = _kql()
_CQL = _cql()
