"""Functions that give several values at once: what each is called behind the function's own name, and its type.

The function of the same name with `_` in front gives the values as a dynamic array, in this order.
"""

from __future__ import annotations

from emulator.kql.library.series_lines import LINE, POLYNOMIAL
from emulator.kql.library.series_totals import STATISTICS
from emulator.types import ScalarType

_R, _L, _D = ScalarType.REAL, ScalarType.LONG, ScalarType.DYNAMIC
_INDEXES = frozenset({"min_idx", "max_idx"})
_SERIES = frozenset({"line_fit", "poly_fit", "coefficients"})


def _typed(names: tuple[str, ...]) -> tuple[tuple[str, ScalarType], ...]:
    return tuple((name, _L if name in _INDEXES else _D if name in _SERIES else _R) for name in names)


_PARTS = (("baseline", _D), ("seasonal", _D), ("trend", _D), ("residual", _D))
SEVERAL: dict[str, tuple[tuple[str, ScalarType], ...]] = {
    "series_stats": _typed(STATISTICS),
    "series_fit_line": _typed(LINE),
    "series_fit_poly": _typed(POLYNOMIAL),
    "series_fft": (("real", _D), ("imag", _D)),
    "series_ifft": (("real", _D), ("imag", _D)),
    "series_decompose": _PARTS,
    "series_decompose_anomalies": (("ad_flag", _D), ("ad_score", _D), ("baseline", _D)),
    "series_decompose_forecast": _PARTS,
}
"""The values of each function, in order."""
