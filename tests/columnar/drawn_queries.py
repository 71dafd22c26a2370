"""Queries of both languages: stages one after the other, over the columns of one small table."""

# ruff: noqa: E501 - lists of texts are read by columns

from __future__ import annotations

from hypothesis import strategies as st

SCHEMA = {
    "S": "string",
    "U": "string",
    "N": "long",
    "I": "int",
    "B": "bool",
    "R": "real",
    "T": "datetime",
    "D": "dynamic",
}

KQL_CONDITIONS = (
    'S has "use"', 'S == "use"', 'S =~ "USE"', 'S contains "e"', 'S startswith "n"', "isempty(S)", 'U in ("a", "K")',
    "N > 1", "N == 2 or B", "not(B)", "isnull(N)", "N between (0 .. 2)", "T > datetime(2024-01-01T00:00:00.00003)",
    'tostring(N) == "2"', "strlen(S) > 3", 'S matches regex "u.e"', "R > 1.0", 'N in ((V | project N))', "S < U",
    "N > toscalar(V | summarize min(N))",
)  # fmt: skip
KQL_VALUES = (
    'S = strcat(S, "-", U)', "N = N + 1", "N = iff(B, N, 7)", 'S = tolower(S)', "I = toint(N)", "B = N > I", "T = bin(T, 10microsecond)",
    "R = todouble(N)", 'U = case(N > 1, "big", B, "flag", "none")', "D = todynamic(S)", "N = strlen(U)", "S = substring(S, 0, 2)",
)  # fmt: skip
KQL_KEYS = ("S", "U", "N", "B", "I", "T", "S, U", "U, B", "bin(N, 10)", "tolower(S)")
KQL_AGGREGATES = (
    "count()", "countif(N > 1)", "dcount(S)", "sum(N)", "max(N)", "min(T)", "max(S)", "avg(N)", "take_any(S)", "take_any(N, U)",
    "arg_max(N, S, U)", "arg_min(T, *)", "make_set(S)", "make_list(N)", "count_distinct(U)", "min(R)", "sum(R)", "percentile(N, 50)",
)  # fmt: skip
JOINS = (
    "inner",
    "innerunique",
    "leftouter",
    "rightouter",
    "fullouter",
    "leftsemi",
    "leftanti",
    "rightsemi",
    "rightanti",
)
ORDERS = ("S asc", "N desc", "T desc, S asc", "R asc", "B desc", "N asc nulls last, U desc", "I desc nulls first")


def kql() -> st.SearchStrategy[str]:
    """A query over the tables T and V; a stage may name a column that an earlier one took away."""
    condition = st.sampled_from(KQL_CONDITIONS)
    stage = st.one_of(
        condition.map("where {}".format),
        condition.map("where {}".format),
        st.sampled_from(KQL_VALUES).map("extend {}".format),
        st.sampled_from(("S, N", "N, U, T", "S, U, B, R")).map("project {}".format),
        st.sampled_from(("S", "N, D")).map("project-away {}".format),
        st.just("project-rename Z = S"),
        st.sampled_from(("S", "N, U", "B", "T, I")).map("distinct {}".format),
        st.tuples(st.lists(st.sampled_from(KQL_AGGREGATES), max_size=3, unique=True), st.sampled_from(KQL_KEYS)).map(
            lambda made: f"summarize {', '.join(made[0])} by {made[1]}"
        ),
        st.sampled_from(KQL_AGGREGATES).map("summarize {}".format),
        st.sampled_from(ORDERS).map("sort by {}".format),
        st.integers(0, 9).map("take {}".format),
        st.tuples(st.integers(1, 9), st.sampled_from(ORDERS[:5])).map(
            lambda made: f"top {made[0]} by {made[1].split(',')[0]}"
        ),
        st.just('mv-expand X = split(S, " ")'),
        st.just("serialize R2 = row_number()"),
        st.tuples(st.sampled_from(JOINS), condition, st.sampled_from(("S", "N", "U, B", "$left.N == $right.I"))).map(
            lambda made: f"join kind={made[0]} (V | where {made[1]}) on {made[2]}"
        ),
        condition.map("union (V | where {})".format),
        condition.map("union (T | where {} | project S, N)".format),
        st.just("as A | union A"),
        st.just("count"),
    )
    return st.lists(stage, min_size=1, max_size=5).map(lambda stages: " | ".join(["T", *stages]))


CQL_FILTERS = (
    "S=use", "S=/use/i", "S=*", "N>1", "N=2", "U!=a", "not S=use", "S=u*e", "U=a or N=2", "in(U, values=[a, K])", "test(N > I)",
)  # fmt: skip
CQL_STEPS = (
    "X := U", "N := N + 1", "X := lower(S)", "rename(S, as=Q)", "drop([U])", "default(field=S, value=none)", 'X := format("%s-%s", field=[S, U])',
    "X := if(N > 1, then=S, else=U)", "S := U", "regex(\"(?<X>u.)\", field=S)", "X := length(S)",
    "case { U=a | X := one ; N>1 | X := S | Y := two ; * | X := U }", "case { S=use | drop([N]) ; B=true }",
)  # fmt: skip
CQL_ENDS = (
    "table([S, U, N])", "table([S, N], limit=5)", "table([N, S], sortby=N, order=asc, limit=7)", "select([S, X])", "groupBy([S])",
    "groupBy([S, U], function=count(as=n)) | n > 1", "groupBy(U, function=[count(), max(N)])", "count()", "count(S, distinct=true)",
    "sort(N, limit=6)", "head(4)", "tail(3)", "groupBy(U, function=collect(S))", "groupBy(S) | sort(_count)", "sort([U, S], type=string)",
)  # fmt: skip


def cql() -> st.SearchStrategy[str]:
    """A query over a stream of events."""
    filters = st.lists(st.sampled_from(CQL_FILTERS), max_size=2)
    steps = st.lists(st.sampled_from(CQL_STEPS) | st.sampled_from(CQL_FILTERS), max_size=3)
    ends = st.lists(st.sampled_from(CQL_ENDS), max_size=2)
    return st.tuples(filters, steps, ends).map(lambda made: " | ".join([*made[0], *made[1], *made[2]]) or "*")
