"""Worker processes of tests, killed as a crash would, and the clock of the queue."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from tests.database import PROJECT
from tests.giving import execute


@contextmanager
def worker(environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A `flask worker` of its own; SIGKILLed at the end of the block, with nothing tidied up."""
    command = [sys.executable, "-m", "flask", "--app", "tests.core.sample_jobs:make_app"]
    process = subprocess.Popen(
        [*command, "worker", "--once"],
        cwd=PROJECT,
        env=os.environ | environ,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def wait_for(seen: Callable[[], bool], *, seconds: float = 15) -> None:
    """Wait until `seen()`; fails when it never comes."""
    until = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def let_workers_die(app: Flask) -> None:
    """Let every worker's heartbeat look as old as it would be half a minute after a kill."""
    execute(app, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 s'")


def make_due(app: Flask) -> None:
    """Let the waiting time of every job that failed be over."""
    execute(app, "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")


def exists(path: Path) -> Callable[[], bool]:
    return path.exists
