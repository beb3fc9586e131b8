"""`run` as a whole, on a copy of the supervisor with a tiny site in place of ours."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.supervisor.errors import SupervisorError
from app.supervisor.orphans import lives
from app.supervisor.ports import require_free

PROJECT = Path(__file__).resolve().parent.parent.parent

_SITE = """
import os, signal
import psycopg
from flask import Flask
from flask.cli import AppGroup

app = Flask(__name__)
database = AppGroup("db")
app.cli.add_command(database)

def run(statement):
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else None

database.command("upgrade")(lambda: run("CREATE TABLE IF NOT EXISTS visits (id int)"))
app.cli.command("seed")(lambda: run("INSERT INTO visits VALUES (1)"))

@app.cli.command("worker")
def worker():
    print("worker", os.getpid(), flush=True)
    signal.pause()

@app.get("/readyz")
def ready():
    return str(run("SELECT count(*) FROM visits")[0][0])
"""

_SANDBOX = """
import http.server, os
address = ("127.0.0.1", int(os.environ["SANDBOX_PORT"]))
http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
"""


class Run:
    """A supervisor in a folder of its own, with what it prints."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, sandbox_port = _free_ports()
        self._output = folder / "output"
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "SITE_URL"}
        }
        environment |= {"PORT": str(self.port), "SANDBOX_PORT": str(sandbox_port)}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.supervisor", "run"],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def output(self) -> str:
        return self._output.read_text()

    def wait_for(self, pattern: str, *, times: int = 1) -> list[str]:
        end = time.monotonic() + 30
        while len(found := re.findall(pattern, self.output())) < times:
            assert time.monotonic() < end, self.output()
            assert self.process.poll() is None, self.output()
            time.sleep(0.05)
        return found

    def answer(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as response:
            return str(response.read().decode())

    def family(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))


def _free_ports() -> tuple[int, int]:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        return one.getsockname()[1], two.getsockname()[1]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A project with the real supervisor and a tiny site."""
    with tempfile.TemporaryDirectory(prefix="run-") as name:
        folder = Path(name)
        (folder / "app").mkdir()
        (folder / "app" / "__init__.py").touch()
        shutil.copytree(PROJECT / "app" / "supervisor", folder / "app" / "supervisor")
        (folder / "sandbox").mkdir()
        (folder / "sandbox" / "__main__.py").write_text(_SANDBOX)
        (folder / "wsgi.py").write_text(_SITE)
        yield folder


@pytest.fixture
def run(folder: Path) -> Iterator[Run]:
    """A run that is ready; ended and waited for, whatever the test did."""
    run = Run(folder)
    try:
        run.wait_for("Ctrl-C stops all")
        yield run
    finally:
        if run.process.poll() is None:
            run.process.terminate()
        run.process.wait(20)


def _wait_until_gone(processes: list[psutil.Process], seconds: float) -> None:
    end = time.monotonic() + seconds
    while left := [process for process in processes if lives(process)]:
        assert time.monotonic() < end, left
        time.sleep(0.05)


def test_a_run_heals_and_stops_in_order_and_keeps_its_data(run: Run, folder: Path) -> None:
    assert run.answer() == "1"
    password = run.wait_for(r"password +(\S+)")[0]
    assert password in (folder / "var" / "demo.env").read_text()

    second = subprocess.run(
        [sys.executable, "-m", "app.supervisor", "run"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert second.returncode == 1
    assert f"already running here (process {run.process.pid})" in second.stderr

    worker = int(run.wait_for(r"worker +\| worker (\d+)")[0])
    os.kill(worker, signal.SIGKILL)
    run.wait_for("worker ended with signal SIGKILL: starting it again")
    run.wait_for(r"worker +\| worker \d+", times=2)

    everyone = run.family()
    started = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(12) == 0
    assert time.monotonic() - started < 10
    _wait_until_gone(everyone, 0.5)

    again = Run(folder)
    try:
        again.wait_for("Ctrl-C stops all")
        assert again.answer() == "2"
    finally:
        again.process.terminate()
    assert again.process.wait(12) == 0


def test_nothing_outlives_a_killed_supervisor(run: Run) -> None:
    everyone = run.family()
    assert len(everyone) > 8
    run.process.kill()
    _wait_until_gone(everyone, 8)


def test_a_taken_port_is_named_with_the_variable_to_set() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            SupervisorError, match=rf"Port {port} is taken.*make run SANDBOX_PORT=\d+"
        ):
            require_free({"SANDBOX_PORT": port})
    require_free({"SANDBOX_PORT": port})
