"""Conditions in the form in which a scan of files decides them before it reads further columns.

The engine hands a scan what reads one column. It decodes the other columns of the rows that are left, and asks a
dictionary of values once. Alternatives, lists and negations it hands on in a weaker form, or not at all, and decides
them behind the scan: as the condition of a choice they go along whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from emulator.columnar.expressions.texts import guarded

_WEAKENED = (exp.Or, exp.In, exp.Not)


def sifted(conditions: Iterable[exp.Expr]) -> list[exp.Expr]:
    """The conditions as a scan takes them."""
    return [sieve for one in conjuncts(conditions) for sieve in _sieves(one)]


def conjuncts(conditions: Iterable[exp.Expr]) -> list[exp.Expr]:
    """The conditions, those of conjunctions one by one."""
    made: list[exp.Expr] = []
    for one in conditions:
        bare = one.unnest()
        made += conjuncts([bare.left, bare.right]) if isinstance(bare, exp.And) else [bare]
    return made


def _sieves(condition: exp.Expr) -> list[exp.Expr]:
    """A condition, whole for a scan; a list that a column is compared with also as files know their extremes."""
    if not isinstance(condition, _WEAKENED) or len({column.name for column in condition.find_all(exp.Column)}) != 1:
        return [condition]
    whole = guarded(condition, exp.true())
    return [condition, whole] if isinstance(condition, exp.In) and isinstance(condition.this, exp.Column) else [whole]
