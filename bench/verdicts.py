"""The figures with their floors, ratios and targets, out of the rounds."""

from dataclasses import dataclass

from bench.run import Result
from bench.series import Spread, spread

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Figure:
    """A rate as a share of its floor. `target` 0: none was set. `own`: without the processor's call."""

    title: str
    series: str
    floor: str
    target: float = 0.0
    own: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """A figure as measured: its rate, the ratio round by round, the time a request takes."""

    figure: Figure
    rate: Spread
    ratio: Spread
    milliseconds: float
    slow_milliseconds: float

    @property
    def mark(self) -> str:
        """By the median; with a question mark when a round says otherwise."""
        target = self.figure.target
        if not target:
            return ""
        doubt = "?" if self.ratio.low < target <= self.ratio.high else ""
        return ("pass" if self.ratio.median >= target else "MISS") + doubt


@dataclass(frozen=True, slots=True)
class Bound:
    """A size or time that should stay below `target`."""

    title: str
    value: float
    unit: str
    target: float
    beside: str

    @property
    def mark(self) -> str:
        return "pass" if self.value <= self.target else "MISS"


FIGURES = (
    Figure("static file", "static", "bare"),
    Figure("landing", "landing", "select", 0.75),
    Figure("donate form", "donate", "select", 0.30),
    Figure("staff's list, 10,000 donations", "staff list", "select"),
    Figure("submit, without the call", "submit", "commit", 0.20, own=True),
    Figure("submit, raw", "submit", "commit"),
    Figure("submit alone, without the call", "submit alone", "commit alone", 0.20, own=True),
    Figure("submit alone, raw", "submit alone", "commit alone"),
    Figure("webhook intake", "webhook", "commit"),
)


def verdicts(result: Result) -> list[Verdict]:
    """Every figure; a ratio is the median of the ratios inside each round."""
    found = []
    for figure in FIGURES:
        loads = [load for one in result.rounds for load in one.loads[figure.series]]
        taken = sorted(seconds for load in loads for seconds in load.latencies)
        found.append(
            Verdict(
                figure,
                spread(one.rate(figure.series, own=figure.own) for one in result.rounds),
                spread(
                    one.rate(figure.series, own=figure.own) / one.rate(figure.floor)
                    for one in result.rounds
                ),
                taken[len(taken) // 2] * 1000,
                taken[len(taken) * 95 // 100] * 1000,
            )
        )
    return found


def bounds(result: Result) -> list[Bound]:
    """Start and memory; memory only where the kernel tells it."""
    start, floor = result.start, result.floors_start
    found = [
        Bound(
            "start to first 200",
            start.median,
            "s",
            2.5,
            f"{start.low:.2f} to {start.high:.2f} s; floors' app {floor.median:.2f} s",
        )
    ]
    if result.memory:
        each = " + ".join(f"{size / MEGABYTE:.0f}" for size in result.memory)
        floors = sum(result.floors_memory) / MEGABYTE
        found.append(
            Bound(
                "memory after the load (PSS)",
                sum(result.memory) / MEGABYTE,
                "MiB",
                200,
                f"master + workers {each} MiB; floors' app {floors:.0f} MiB",
            )
        )
    return found


def floor_rates(result: Result) -> dict[str, Spread]:
    """The floors themselves, in requests per second."""
    names = dict.fromkeys(figure.floor for figure in FIGURES)
    return {name: spread(one.rate(name) for one in result.rounds) for name in names}


def client_seconds(result: Result) -> float:
    """The client's own processor time per request, on the series with the most requests."""
    loads = [load for one in result.rounds for load in one.loads["bare"]]
    return sum(load.cpu for load in loads) / sum(len(load.latencies) for load in loads)


def gateway_seconds(result: Result, name: str) -> float:
    """Mean time inside the processor's call per submit."""
    waits = [wait for one in result.rounds for load in one.loads[name] for wait in load.gateway]
    return sum(waits) / len(waits)
