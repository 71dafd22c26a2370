"""SQL gives the values that the interpreter gives, to the last bit, whatever a table holds."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emulator.columnar.expressions.cells import from_json, to_json
from emulator.functions import Kind
from emulator.kql.library import functions as kql_functions
from emulator.types import Scalar, ScalarType

pytestmark = pytest.mark.once
SHOWN = yaml.safe_load(Path(__file__).with_name("scalars.yaml").read_text("utf8"))
EXAMPLES = [
    line.partition(" => ")[0].strip()
    for function in kql_functions()
    if function.kind is Kind.SCALAR
    for line in function.examples.splitlines()
    if line.strip()
]
PLACE = re.compile(r"\{(\w+)\}")
FORMS = {ScalarType(kind): forms for kind, forms in SHOWN["forms"].items()}
PIECES = SHOWN["texts"]
TEXTS = st.none() | st.sampled_from(PIECES) | st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
WHOLE = (
    st.none()
    | st.sampled_from([0, 1, -1, 2, 3, 7, 445, 2**62, 2**63 - 1, -(2**63), 36 * 10**9])
    | st.integers(-(2**63), 2**63 - 1)
)
SMALL = st.none() | st.sampled_from([0, 1, -1, 5, 2**31 - 1, -(2**31)])
REAL = st.none() | st.sampled_from([0.0, -0.0, 1.5, -2.5, 1e308, math.nan, math.inf, -math.inf, 5e-324, 0.1, 3.0])
INSTANTS = st.none() | st.sampled_from(
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2024, 2, 29, 13, 14, 15, tzinfo=UTC),
    ]
)
INSTANTS |= st.integers(-3, 3).map(lambda ago: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=ago))
ROWS = {
    "kql": {"S": TEXTS, "U": TEXTS, "N": WHOLE, "M": WHOLE, "I": SMALL, "R": REAL, "Q": REAL}
    | {"B": st.none() | st.booleans(), "T": INSTANTS, "V": INSTANTS, "D": TEXTS},
    "cql": {"S": TEXTS, "U": TEXTS, "N": TEXTS | WHOLE.map(lambda n: None if n is None else str(n))},
}
DYNAMIC = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text()
    | st.just(Scalar(ScalarType.DATETIME, 7)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just("\0real"), inner, max_size=3)
    ),
)


@pytest.mark.parametrize("language", list(ROWS))
def test_sql_gives_the_values_of_the_interpreter(language: str) -> None:
    from tests.columnar.scalars_agreeing import Agreement, expression

    asked = {text: expression(language, text) for text in SHOWN[language]}
    conditions = {text: one for text, one in asked.items() if one.type is ScalarType.BOOL}

    # Each example evaluates every expression: few of them, and too long to shrink.
    @settings(max_examples=settings.default.max_examples // 10, phases=[Phase.generate])
    @given(st.lists(st.fixed_dictionaries(ROWS[language]), min_size=20, max_size=60))
    def law(rows: list[dict[str, Any]]) -> None:
        agreement = Agreement(language, rows)
        wanted = {text: agreement.interpreted(one) for text, one in asked.items()}
        for text, found in zip(asked, agreement.valued(list(asked.values())), strict=True):
            assert list(map(repr, found)) == list(map(repr, wanted[text])), text
        for text, kept in zip(conditions, agreement.kept(list(conditions.values())), strict=True):
            assert kept == [value is True for value in wanted[text]], text
        agreement.close()

    law()


def composed(by_type: dict[ScalarType, list[str]]) -> st.SearchStrategy[str]:
    """Texts of expressions made of others: of shown ones, and of composed ones again."""
    shown = {kind: st.sampled_from(texts) for kind, texts in by_type.items()}

    def of(kind: ScalarType, depth: int) -> st.SearchStrategy[str]:
        if depth == 0:
            return shown[kind]
        forms = [*FORMS.get(kind, ()), "iff({bool}, {same}, {same})", "coalesce({same}, {same})"]
        forms += ["case({bool}, {same}, {bool}, {same}, {same})"]

        def filled(form: str) -> st.SearchStrategy[str]:
            kinds = [kind if name == "same" else ScalarType(name) for name in PLACE.findall(form)]
            parts = st.tuples(*(shown[one] | of(one, depth - 1) for one in kinds))
            return parts.map(lambda given: PLACE.sub("({})", form).format(*given))

        return st.sampled_from(forms).flatmap(filled)

    return st.sampled_from(sorted(FORMS, key=str)).flatmap(lambda kind: of(kind, 2))


def test_sql_gives_the_values_of_composed_expressions() -> None:
    from tests.columnar.scalars_agreeing import Agreement, expression

    by_type: dict[ScalarType, list[str]] = {}
    for text in SHOWN["kql"]:
        by_type.setdefault(expression("kql", text).type, []).append(text)

    @settings(max_examples=settings.default.max_examples // 10, phases=[Phase.generate])
    @given(st.lists(st.fixed_dictionaries(ROWS["kql"]), min_size=20), st.lists(composed(by_type), min_size=10))
    def law(rows: list[dict[str, Any]], texts: list[str]) -> None:
        agreement = Agreement("kql", rows)
        for text in texts:
            one = expression("kql", text)
            wanted = agreement.interpreted(one)
            assert list(map(repr, agreement.valued([one])[0])) == list(map(repr, wanted)), text
            if one.type is ScalarType.BOOL:
                assert agreement.kept([one]) == [[value is True for value in wanted]], text
        agreement.close()

    law()


def test_examples_of_functions_hold_in_sql() -> None:
    from tests.columnar.scalars_agreeing import Agreement, expression, from_columns

    calls = {call: from_columns(call) for call in EXAMPLES}
    spoken = {call: found for call, found in calls.items() if found is not None}
    assert len(spoken) > 50
    agreement = Agreement("kql", [dict.fromkeys(ROWS["kql"])])
    for call, (one, columns) in spoken.items():
        agreement.values.update(columns)
        (expected,) = agreement.interpreted(expression("kql", call))
        ((found,),) = agreement.valued([one])
        assert repr(found) == repr(expected), call
    agreement.close()


@given(DYNAMIC)
def test_dynamic_values_come_back_as_they_were(value: object) -> None:
    assert repr(from_json(to_json(value))) == repr(value)
