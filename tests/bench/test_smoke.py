from pathlib import Path

import pytest

from bench import report
from bench.run import Plan, run
from bench.series import ORDER


@pytest.mark.timeout(110)
def test_a_short_run_measures_every_series_and_writes_the_report(
    empty_database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Says nothing about how fast: only that each visitor gets the answer that is measured."""
    plan = Plan(rounds=1, seconds=0.1, submits=12, webhooks=20, donations=60, starts=1, turns=0)
    result = run(empty_database_url, tmp_path, plan)
    (measured,) = result.rounds
    assert set(measured.loads) == set(ORDER)
    for name in ("submit", "submit alone"):
        assert all(len(load.gateway) == len(load.latencies) for load in measured.loads[name])
    report.write(result, tmp_path)
    told = capsys.readouterr().out
    assert (tmp_path / "report.md").read_text() in told
    for title in ("landing", "donate form", "submit, raw", "webhook intake", "start to first 200"):
        assert f"| {title}" in told
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")
