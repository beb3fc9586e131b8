"""What is measured, in which order, and what comes out of it.

A round measures every series once, each group between two measurements of its floor; every other
round goes the other way. A ratio is taken inside a round, so what the machine does meanwhile
touches both sides, and its median over the rounds is what counts.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psutil

from bench.client import Load, drive

#: Names in the order of a round. A floor stands before and after what is compared with it.
ORDER = (
    *("bare", "static", "bare"),
    *("select", "landing", "donate", "staff list", "select"),
    *("commit", "submit", "webhook", "commit"),
    *("commit alone", "submit alone", "commit alone"),
)


@dataclass(frozen=True, slots=True)
class Series:
    """One thing to measure: `requests` gives what to send in a round."""

    name: str
    port: int
    requests: Callable[[], Iterable[bytes]]
    expect: int = 200
    connections: int = 8


@dataclass(slots=True)
class Round:
    """One round: loads by series; two of a floor that stands on both sides."""

    loads: dict[str, list[Load]] = field(default_factory=dict)
    load_average: float = 0.0
    #: Percent of all cores that others used just before, while ours stood idle.
    others: float = 0.0

    def rate(self, name: str, *, own: bool = False) -> float:
        """Requests per second; `own` without the time inside the processor's call."""
        return statistics.mean(
            load.rate_without_gateway if own else load.rate for load in self.loads[name]
        )


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with its extremes."""

    median: float
    low: float
    high: float


def spread(values: Iterable[float]) -> Spread:
    """The median, least and greatest of `values`."""
    found = sorted(values)
    return Spread(statistics.median(found), found[0], found[-1])


def go_round(
    series: Iterable[Series], *, rounds: int, seconds: float, deadline: float
) -> list[Round]:
    """Measure; ends early rather than begin a round that could end after `deadline` (monotonic)."""
    by_name = {one.name: one for one in series}
    done: list[Round] = []
    longest = 0.0
    # The first round warms up and is thrown away.
    for number in range(rounds + 1):
        begun = time.monotonic()
        if number > 1 and begun + longest > deadline:
            break
        now = Round(load_average=os.getloadavg()[0], others=psutil.cpu_percent(min(0.3, seconds)))
        for name in ORDER if number % 2 else reversed(ORDER):
            one = by_name[name]
            load = drive(
                one.port,
                one.requests(),
                expect=one.expect,
                connections=one.connections,
                seconds=seconds if number else seconds / 3,
            )
            now.loads.setdefault(name, []).append(load)
        longest = max(longest, time.monotonic() - begun)
        if number:
            done.append(now)
    return done
