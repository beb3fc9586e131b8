"""`make test`: a database server, a browser, then pytest."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

from app.supervisor.errors import AlreadyRunningError, SupervisorError
from app.supervisor.lock import InstanceLock
from app.supervisor.postgres import PostgresServer, server_home
from app.supervisor.processes import PROJECT, leashed, say

#: Each run has a server of its own, so that several can go on at once; folders are used again.
_SLOTS = 8
#: Longer than any sound run takes; a hanging one ends by itself.
_LONGEST_SECONDS = 3000.0
_INTERRUPT_PATIENCE = 20.0


class _StopRequest(Exception):
    def __init__(self, number: int) -> None:
        self.number = number


def _raise_stop(number: int, _frame: FrameType | None) -> None:
    raise _StopRequest(number)


def run_tests(arguments: Sequence[str]) -> int:
    """Run pytest with `arguments` on a PostgreSQL server; returns pytest's exit code.

    Uses the server that DATABASE_URL names, or starts one for the time of the run.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stop)
    server: PostgresServer | None = None
    lock: InstanceLock | None = None
    try:
        _install_browser()
        environment = dict(os.environ)
        if not environment.get("DATABASE_URL"):
            lock, server = _free_server()
            server.start()
            environment["DATABASE_URL"] = server.url()
        return _pytest(arguments, environment)
    except _StopRequest as request:
        return 128 + request.number
    finally:
        # From here on a second Ctrl-C must not leave the server behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if server is not None:
            server.stop()
        if lock is not None:
            lock.__exit__(None, None, None)


def _free_server() -> tuple[InstanceLock, PostgresServer]:
    for slot in range(1, _SLOTS + 1):
        home = server_home("test-postgres" if slot == 1 else f"test-postgres-{slot}")
        lock = InstanceLock(home.with_name(f"{home.name}.lock"), "make test")
        try:
            lock.__enter__()
        except AlreadyRunningError:
            continue
        return lock, PostgresServer(home, durable=False)
    raise SupervisorError(f"{_SLOTS} runs of make test are going on already.")


def _install_browser() -> None:
    """Bring the browser and what is checked in it; a program of its own, with its own output."""
    command = [sys.executable, "-m", "tests.browser.install"]
    if subprocess.run(command, cwd=PROJECT, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise SupervisorError("The browser for the tests could not be installed: see above.")


def _pytest(arguments: Sequence[str], environment: dict[str, str]) -> int:
    process = subprocess.Popen(
        leashed([sys.executable, "-m", "pytest", *arguments], on_death=signal.SIGTERM),
        cwd=PROJECT,
        env=environment,
        stdin=None if _has_terminal() else subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(_LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        say(f"The tests did not end in {_LONGEST_SECONDS:g} s: stopped.")
        return 124
    except _StopRequest:
        # As Ctrl-C would: pytest then reports what it has and ends its fixtures.
        process.send_signal(signal.SIGINT)
        _wait(process, _INTERRUPT_PATIENCE)
        raise
    finally:
        _end_session(process)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        try:
            time.sleep(0.1)
        except _StopRequest:
            return


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """End pytest and whatever a test left running in its session."""
    # Both say that nothing is left of it; the second one is macOS's answer for zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
