"""Random numbers in columns: each depends on what it is for alone, so that any part can be drawn by itself.

Numbers are the outputs of SplitMix64's mixing function (public domain, https://prng.di.unimi.it/splitmix64.c) of a key.
They are the same on every machine and in every release of numpy, whatever is drawn before or beside them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
States: TypeAlias = NDArray[np.uint64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

_STEP = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_TERMS = 12
"""Uniform numbers whose sum, less its mean, stands for a normal one: exact on every machine, as logarithms are not."""


def key_of(seed: int) -> int:
    """The key of a seed of any size."""
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:8], "big")


def states(key: int, purpose: int, first: Integers, second: Integers) -> States:
    """What numbers are drawn from for pairs of whole numbers; a purpose has its own for the same pairs."""
    begun = np.full(first.shape, (key + purpose * _STEP) & _MASK, dtype=np.uint64)
    return _mixed(_mixed(_mixed(begun) + first.astype(np.uint64)) + second.astype(np.uint64))


def further(state: States, number: Integers) -> States:
    """States of the parts of something, by their numbers."""
    return _mixed(state + _times(number.astype(np.uint64) + np.uint64(1)))


def uniform(state: States, purpose: int) -> Floats:
    """Numbers from 0 to less than 1, other ones for another purpose."""
    return (_drawn(state, purpose) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def below(state: States, purpose: int, limit: Integers | int) -> Integers:
    """Whole numbers from 0 to less than a limit."""
    return (uniform(state, purpose) * limit).astype(np.int64)


def normal(state: States, purpose: int, mean: float, spread: float) -> Floats:
    """Numbers around a mean, at most six times the spread away."""
    total = sum((uniform(state, purpose + term) for term in range(_TERMS)), np.zeros(state.shape))
    return mean + spread * (total - _TERMS / 2)


def poisson_sums(rate: float) -> Floats:
    """The chances that something of a rate happens at most 0, 1, 2, … times; the last one is 1."""
    chances: list[float] = []
    # By logarithms, since the chance of none is too small for a float where much happens.
    while len(chances) < rate or chances[-1] > 1e-12:
        count = len(chances)
        chances.append(math.exp(count * math.log(rate) - rate - math.lgamma(count + 1)))
    return running_sums(chances)


def running_sums(weights: Sequence[float]) -> Floats:
    """Where the shares of weights end between 0 and 1."""
    sums: Floats = np.cumsum(np.array(weights, dtype=np.float64))
    shares: Floats = sums / sums[-1]
    return shares


def chosen(sums: Floats, numbers: Floats) -> Integers:
    """Which share each number falls into."""
    return np.searchsorted(sums, numbers, side="right").astype(np.int64)


def within(counts: Integers) -> Integers:
    """0, 1, … for each thing that is there so many times: the places of repeated rows among their like."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)


def _drawn(state: States, purpose: int) -> States:
    return _mixed(state + np.uint64(purpose * _STEP & _MASK))


def _times(numbers: States) -> States:
    return numbers * np.uint64(_STEP)


def _mixed(state: States) -> States:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
