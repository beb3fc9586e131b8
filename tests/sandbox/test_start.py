"""How the stand-in starts, refuses to start, and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.processor import ROOT, Processor

GOOD = {"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": "whsec_x"}


def environment(**changes: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, **GOOD, **changes}


def command(folder: Path) -> list[str]:
    store = str(folder / "books.sqlite3")
    return [sys.executable, "-m", "sandbox", "--port", "0", "--store", store]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"APP_ENV": "production"}, "APP_ENV"),
        ({"APP_ENV": " Production "}, "APP_ENV"),
        ({"STRIPE_SECRET_KEY": "sk_live_abc"}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_SECRET_KEY": "rk_live_abc"}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET"),
    ],
)
def test_it_refuses_to_start(tmp_path: Path, changes: dict[str, str], word: str) -> None:
    ended = subprocess.run(
        command(tmp_path),
        cwd=ROOT,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert word in ended.stderr
    assert "abc" not in ended.stderr
    assert "ready" not in ended.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly(tmp_path: Path, number: int) -> None:
    running = subprocess.Popen(
        command(tmp_path),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("sandbox ready http://127.0.0.1:")
        running.send_signal(number)
        out, errors = running.communicate(timeout=15)
    finally:
        running.kill()
    assert (running.returncode, out, errors) == (0, "", "")


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with Processor() as first:
        port = first.url.rsplit(":", 1)[1]
        ended = subprocess.run(
            [*command(tmp_path), "--port", port],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 2
    assert port in ended.stderr


def test_it_ends_when_whoever_started_it_is_gone() -> None:
    processor = Processor()
    url = processor.url
    processor.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_the_control_api_keeps_web_pages_out(processor: Processor) -> None:
    url = processor.url + "/control"
    foreign = requests.get(url + "/books", headers={"Host": "evil.example"}, timeout=30)
    assert foreign.status_code == 403
    form = requests.post(url + "/reset", data={"a": "b"}, timeout=30)
    assert form.status_code == 415
    wrong = requests.post(url + "/clock", json={"advance_seconds": "1"}, timeout=30)
    assert (wrong.status_code, "advance_seconds" in wrong.json()["error"]) == (400, True)


def test_the_room_imports_nothing_of_the_others() -> None:
    allowed = {"flask", "jinja2", "requests", "werkzeug", *sys.stdlib_module_names}
    for path in (ROOT / "sandbox").glob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "from ")) and not line.startswith("from ."):
                assert line.split()[1].split(".")[0] in allowed, f"{path.name}: {line}"
