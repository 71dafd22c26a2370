"""How often intervals of rates hold the rate, over made-up organisations whose hosts raise alerts more or less alike.

    python benchmarks/interval_coverage.py --runs 1000

prints the table of docs/measurement.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from emulator.replay.rates.clustering import per_host_day
from emulator.replay.rates.intervals import Rate, per_exposure

MEAN = 0.5
"""Alerts per host-day in every organisation."""
SEED = 20261123
Means = Callable[[np.random.Generator, int], NDArray[np.float64]]


def alike(_: np.random.Generator, hosts: int) -> NDArray[np.float64]:
    """Every host raises as many."""
    return np.full(hosts, MEAN)


def clustered(shape: float) -> Means:
    """Means from a gamma distribution: the smaller its shape, the fewer hosts raise nearly all."""
    return lambda draws, hosts: draws.gamma(shape, MEAN / shape, size=hosts)


def servers(draws: np.random.Generator, hosts: int) -> NDArray[np.float64]:
    """One host in twenty raises fifty times as much as the others, and may be missing from a small organisation."""
    noisy = draws.random(hosts) < 0.05
    return np.where(noisy, 50, 1) * MEAN / (1 + 0.05 * 49)


KINDS: dict[str, Means] = {
    "all hosts alike": alike,
    "somewhat clustered (gamma, shape 1)": clustered(1),
    "clustered (gamma, shape 0.2)": clustered(0.2),
    "very clustered (gamma, shape 0.05)": clustered(0.05),
    "one host in 20 raises 50 times as much": servers,
}


def covered(means: Means, hosts: int, runs: int, draws: np.random.Generator) -> tuple[float, float, float]:
    """The shares of runs whose exact interval, and whose interval by host, holds the rate, and that have no latter."""
    exact = measured = held = 0
    for _ in range(runs):
        days = {f"h{number}": int(draws.integers(3, 8)) for number in range(hosts)}
        counts = draws.poisson(means(draws, hosts) * np.array(list(days.values())))
        alerts = {host: int(count) for host, count in zip(days, counts, strict=True)}
        one = per_exposure(sum(alerts.values()), sum(days.values()), "host-day")
        exact += one is not None and one.low <= MEAN <= one.high
        found = per_host_day(alerts, days)
        if isinstance(found, Rate):
            measured += 1
            held += found.low <= MEAN <= found.high
    return exact / runs, held / max(1, measured), 1 - measured / runs


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    draws = np.random.default_rng(SEED)
    print("| Alerts | Hosts | Exact | By host | Unmeasured by host |\n|---|---:|---:|---:|---:|")
    for name, means in KINDS.items():
        for hosts in (10, 30, 100, 300):
            exact, by_host, without = covered(means, hosts, runs, draws)
            print(f"| {name} | {hosts} | {exact:.1%} | {by_host:.1%} | {without:.1%} |", flush=True)


if __name__ == "__main__":
    main()
