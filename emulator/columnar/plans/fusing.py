"""Several sets of conditions over the rows of one table: what one scan looks for, and how each set finds its rows.

A scan skips what conditions of one column rule out before it reads the others, so that what all sets ask of a column
stands apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from emulator.columnar.expressions.texts import guarded
from emulator.columnar.plans.sifting import conjuncts

_DEAR = (exp.Case, exp.RegexpLike, exp.Anonymous)


def fused(sets: Sequence[Iterable[exp.Expr]]) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """What has to hold of a row for one of the sets to hold, and for each set what holds of its rows among these."""
    flat = [conjuncts(conditions) for conditions in sets]
    common = [one for one in flat[0] if all(one in others for others in flat[1:])]
    own = [[one for one in parts if one not in common] for parts in flat]
    if not all(own):
        return common, [_mark(parts) for parts in own]
    columns = [_by_column(parts) for parts in own]
    shared = [name for name in columns[0] if all(name in others for others in columns[1:])]
    apart = [exp.or_(*(exp.and_(*by_name[name], copy=False) for by_name in columns), copy=False) for name in shared]
    either = exp.or_(*(exp.and_(*parts, copy=False) for parts in own), copy=False)
    return [*common, *apart, either], [_mark(parts) for parts in own]


def _by_column(parts: Iterable[exp.Expr]) -> dict[str, list[exp.Expr]]:
    """The cheap conditions that read one column alone, by its name."""
    found: dict[str, list[exp.Expr]] = {}
    for part in parts:
        names = {column.name for column in part.find_all(exp.Column)}
        if len(names) == 1 and part.find(*_DEAR) is None:
            found.setdefault(names.pop(), []).append(part)
    return found


def _mark(parts: Sequence[exp.Expr]) -> exp.Expr:
    """All of them hold; the dear ones are looked at where the cheap ones hold."""
    dear = [one for one in parts if one.find(*_DEAR) is not None]
    cheap = [one for one in parts if not any(one is other for other in dear)]
    if not cheap or not dear:
        return exp.and_(*parts, copy=False) if parts else exp.true()
    return guarded(exp.and_(*cheap, copy=False), exp.and_(*dear, copy=False))
