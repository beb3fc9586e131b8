"""The programs under test: started on a leash, measured, stopped; only those started here."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from app.supervisor.processes import PROJECT, leashed
from bench.client import LOOPBACK, drive, http_request
from bench.errors import BenchError

_READY_SECONDS = 30.0


class Program:
    """One program; its output goes to a file, as a service manager would keep it."""

    def __init__(
        self, name: str, command: Sequence[str], environ: Mapping[str, str], logs: Path
    ) -> None:
        self.name = name
        self._command = list(command)
        self._environ = dict(environ)
        self._log = logs / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Call from the main thread: the leash is tied to the thread."""
        self._started_at = time.perf_counter()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                leashed(self._command, on_death=signal.SIGTERM),
                cwd=PROJECT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, seconds: float = 60.0) -> None:
        """Run a command that ends by itself. Raises BenchError with the end of its output."""
        self.start()
        assert self._process is not None
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            self.stop()
            raise BenchError(f"{self.name} took longer than {seconds:g} s") from error
        if code != 0:
            raise BenchError(f"{self.name} failed:\n{self.words()}")

    def wait_until_ready(self, port: int, path: str, host: str) -> float:
        """Seconds from the start until `path` was answered with 200."""
        request = [http_request("GET", path, host)]
        while time.perf_counter() - self._started_at < _READY_SECONDS:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            if _listens(port):
                drive(port, request, expect=200, connections=1)
                return time.perf_counter() - self._started_at
            time.sleep(0.005)
        raise BenchError(f"{self.name} did not get ready:\n{self.words()}")

    def words(self) -> str:
        """The end of what it said."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])

    def processes(self) -> list[psutil.Process]:
        """The program and its children."""
        mine = psutil.Process(self.pid)
        return [mine, *mine.children(recursive=True)]

    def stop(self) -> None:
        """Ask it to end, then kill what is left of its session. Harmless when it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
        # The session's id is our child's pid, so this reaches nobody else.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def web(name: str, application: str, port: int, environ: Mapping[str, str], logs: Path) -> Program:
    """An application behind gunicorn, as `make run` starts it (app/supervisor/run_site.py)."""
    command = [sys.executable, "-m", "gunicorn", application, "--preload"]
    command += ["--bind", f"{LOOPBACK}:{port}", "--no-control-socket"]
    command += ["--workers", "2", "--worker-class", "gthread", "--threads", "4"]
    command += ["--graceful-timeout", "2", "--log-level", "warning"]
    return Program(name, command, environ, logs)


def free_ports(number: int) -> list[int]:
    """Ports that were free a moment ago."""
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind((LOOPBACK, 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def proportional_memory(program: Program) -> list[int]:
    """Bytes of each process, the first one the master; shared pages count by their share (PSS).

    Empty where the kernel does not tell (it is Linux's).
    """
    try:
        return [int(process.memory_full_info().pss) for process in program.processes()]
    except (AttributeError, psutil.Error):
        return []


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
