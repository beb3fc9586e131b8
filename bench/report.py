"""The report: a table for the terminal, the same in Markdown beside a picture."""

import os
from datetime import UTC, datetime
from pathlib import Path

from bench.drawing import draw
from bench.run import Result
from bench.verdicts import (
    Bound,
    Verdict,
    bounds,
    client_seconds,
    floor_rates,
    gateway_seconds,
    verdicts,
)

_COLUMNS = ("figure", "per second", "floor", "ratio", "spread", "target", "median, p95 ms", "")


def write(result: Result, folder: Path) -> None:
    """Write report.md and report.png into `folder`, and print what the first one says."""
    found, limits = verdicts(result), bounds(result)
    draw(found, limits, folder / "report.png")
    rows = [_row(one) for one in found]
    parts = [
        "# Benchmark",
        "\n".join(_conditions(result)),
        "![Each figure as a share of its floor](report.png)",
        _table(_COLUMNS, rows),
        _table(("bound", "value", "target", "", ""), [_bound_row(one) for one in limits]),
        _table(("floor", "per second", "spread"), _floor_rows(result)),
        "\n".join(_notes(result)),
    ]
    text = "\n\n".join(parts) + "\n"
    (folder / "report.md").write_text(text, encoding="utf-8")
    print(text)


def _conditions(result: Result) -> list[str]:
    others = sorted(one.others for one in result.rounds)
    middle = others[len(others) // 2]
    quiet = "" if middle < 10 else " **The machine was not quiet: do not trust these figures far.**"
    loads = [one.load_average for one in result.rounds]
    return [
        (
            f"* {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, "
            f"{len(result.rounds)} rounds of {result.plan.seconds:g} s for each series, "
            f"{result.seconds:.0f} s in all; 8 keep-alive connections, 1 where it says alone."
        ),
        (
            f"* Load average {min(loads):.1f} to {max(loads):.1f}, ours included. Just before each "
            f"round, while ours stood idle, others used {others[0]:.0f} to {others[-1]:.0f} % of the "
            f"processor (median {middle:.0f} %).{quiet}"
        ),
        (
            "* A ratio is taken inside a round, between two measurements of its floor; the table has "
            "the median over the rounds, and the spread is from the least to the greatest. A mark with "
            "a question mark: some round says otherwise."
        ),
    ]


def _row(one: Verdict) -> tuple[str, ...]:
    ratio, target = one.ratio, one.figure.target
    return (
        one.figure.title,
        f"{one.rate.median:,.0f}",
        one.figure.floor,
        f"{ratio.median:.0%}",
        f"{ratio.low:.0%} to {ratio.high:.0%}",
        f"≥ {target:.0%}" if target else "",
        f"{one.milliseconds:.1f}, {one.slow_milliseconds:.1f}",
        one.mark,
    )


def _bound_row(one: Bound) -> tuple[str, ...]:
    digits = 2 if one.value < 10 else 0
    value = f"{one.value:.{digits}f} {one.unit}"
    return (one.title, value, f"≤ {one.target:g} {one.unit}", one.mark, one.beside)


def _floor_rows(result: Result) -> list[tuple[str, ...]]:
    words = {
        "bare": "bare: a Flask route",
        "select": "select: a page with one SELECT through a session",
        "commit": "commit: one INSERT and COMMIT",
        "commit alone": "commit alone: the same over one connection",
    }
    return [
        (words[name], f"{rate.median:,.0f}", f"{rate.low:,.0f} to {rate.high:,.0f}")
        for name, rate in floor_rates(result).items()
    ]


def _notes(result: Result) -> list[str]:
    cost = client_seconds(result)
    fastest = max(rate.high for rate in floor_rates(result).values())
    calls = [gateway_seconds(result, name) * 1000 for name in ("submit", "submit alone")]
    notes = [
        (
            f"* The call to the stand-in took {calls[0]:.1f} ms of a submit on average, {calls[1]:.1f} ms "
            "alone. Eight at once wait for the processor of this machine inside that call too, so the "
            "figure alone says more truly what is ours."
        ),
        (
            f"* The client takes {cost * 1e6:.0f} µs of processor time for a request, so it could send "
            f"{1 / cost:,.0f} in a second: {1 / cost / fastest:.0f} times the fastest floor. It runs on "
            "the same cores, which weighs more on fast series: ratios of slow ones to fast floors are "
            "a little flattered."
        ),
    ]
    if result.turns:
        ours = sorted(turn.ours / turn.wrk for turn in result.turns)
        told = ", ".join(f"{turn.ours:,.0f} / {turn.wrk:,.0f}" for turn in result.turns)
        notes.append(
            f"* Beside wrk on the bare floor (ours / wrk per second): {told}; "
            f"{ours[len(ours) // 2]:.0%} of its rate."
        )
    else:
        notes.append("* wrk is not installed, so the client was not compared with another one.")
    return notes


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[n]) for row in (heads, *rows)) for n in range(len(heads))]
    lines = [heads, tuple("-" * max(width, 3) for width in widths), *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    )
