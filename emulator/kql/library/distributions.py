"""The beta distribution and Welch's test, by SciPy's special functions, which load when first used."""

from __future__ import annotations

import math

from emulator.functions import Library

LIBRARY = Library("kql", "distributions")
_LARGEST_SHAPE = 10_000


@LIBRARY.scalar(
    "beta_cdf(x: real, alpha: real, beta: real) -> real",
    doc="beta-cdf-function",
    examples="""
    round(beta_cdf(0.9, 10.0, 20.0), 12) => 1.0   [recorded]
    beta_cdf(1.5, 10.0, 20.0) => real(nan)   [docs]
    beta_cdf(0.1, -1.0, 20.0) => 1.0   [recorded]
    beta_cdf(0.1, 20000.0, 20.0) => real(nan)   [docs]
    """,
)
def beta_cdf(x: float, alpha: float, beta: float) -> float:
    """The probability of a value up to x; 1 for shapes that are not above zero (recorded)."""
    from scipy.special import betainc

    if not 0 <= x <= 1 or max(alpha, beta) > _LARGEST_SHAPE:
        return math.nan
    return float(betainc(alpha, beta, x)) if min(alpha, beta) > 0 else 1.0


@LIBRARY.scalar(
    "beta_inv(probability: real, alpha: real, beta: real) -> real",
    doc="beta-inv-function",
    examples="""
    round(beta_inv(0.1, 10.0, 20.0), 12) => 0.226415022389   [recorded]
    beta_inv(1.5, 10.0, 20.0) => real(null)   [recorded]
    beta_inv(0.1, -1.0, 20.0) => real(nan)   [recorded]
    """,
)
def beta_inv(probability: float, alpha: float, beta: float) -> float | None:
    """The value that has a cumulative probability."""
    from scipy.special import betaincinv

    if not 0 < probability <= 1:
        return None
    return float(betaincinv(alpha, beta, probability)) if min(alpha, beta) > 0 else math.nan


@LIBRARY.scalar(
    "beta_pdf(x: real, alpha: real, beta: real) -> real",
    doc="beta-pdf-function",
    examples="""
    round(beta_pdf(0.5, 10.0, 20.0), 12) => 0.746176019311   [recorded]
    beta_pdf(1.5, 10.0, 20.0) => real(nan)   [docs]
    beta_pdf(0.1, -1.0, 20.0) => real(nan)   [docs]
    """,
)
def beta_pdf(x: float, alpha: float, beta: float) -> float:
    """The density at x."""
    if not 0 < x < 1 or min(alpha, beta) <= 0:
        return math.nan
    logarithm = math.lgamma(alpha + beta) - math.lgamma(alpha) - math.lgamma(beta)
    return math.exp(logarithm + (alpha - 1) * math.log(x) + (beta - 1) * math.log1p(-x))


@LIBRARY.scalar(
    "welch_test(mean1: real, variance1: real, count1: real, mean2: real, variance2: real, count2: real) -> real",
    doc="welch-test-function",
    examples="""
    round(welch_test(20.82, 7.8674285714, 15, 22.98666666666667, 3.8126666667, 15), 6) => 0.021378   [recorded]
    welch_test(1, 0, 5, 2, 0, 5) => real(nan)   [reasoned]
    welch_test(1, 1, 1, 2, 1, 5) => real(nan)   [reasoned]
    """,
)
def welch_test(mean1: float, variance1: float, count1: float, mean2: float, variance2: float, count2: float) -> float:
    """How likely means so far apart are when both populations have the same."""
    from scipy.special import stdtr

    if min(count1, count2) <= 1:
        return math.nan
    first, second = variance1 / count1, variance2 / count2
    spread = first**2 / (count1 - 1) + second**2 / (count2 - 1) if first + second > 0 else 0.0
    if not spread > 0:
        return math.nan
    distance = abs(mean1 - mean2) / math.sqrt(first + second)
    freedom = (first + second) ** 2 / spread
    return 2 * float(stdtr(freedom, -distance))
