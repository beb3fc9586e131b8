"""The embedded server survives the death of anything around it, and nothing outlives its stop."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import psutil
import psycopg
import pytest

from app.supervisor.orphans import lives

PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Holder:
    """A running holder and what it said."""

    process: subprocess.Popen[str]
    said: str
    output: str

    @property
    def url(self) -> str:
        return self.said.split()[1]

    @property
    def postmaster(self) -> int:
        return int(self.said.split()[2])

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(15)


@pytest.fixture(scope="module")
def made_home() -> Iterator[Path]:
    """A server's folder with one row in it, made once: making one takes most of a start."""
    # Not under pytest's folder: as root the server's user must be able to pass, and its name is
    # long enough to move the socket elsewhere.
    with tempfile.TemporaryDirectory(prefix="made-") as folder:
        home = Path(folder) / "home"
        holder = _start(home)
        with psycopg.connect(holder.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (id int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        assert holder.stop() == 0
        yield home


@pytest.fixture
def home(made_home: Path) -> Iterator[Path]:
    """A copy of it for one test; no process of it may be left at the end."""
    with tempfile.TemporaryDirectory(prefix="held-") as folder:
        home = Path(folder) / "home"
        shutil.copytree(made_home, home)
        for path in [home / "data", *(home / "data").rglob("*"), home / "socket"]:
            owner = (made_home / "data").stat()
            os.chown(path, owner.st_uid, owner.st_gid)
        yield home
        left = _processes_of(home)
        for process in left:
            process.kill()
        assert left == []


@pytest.fixture
def start(home: Path) -> Iterator[Callable[[], Holder]]:
    """Starts holders of the home; those still running at the end are stopped."""
    holders: list[Holder] = []

    def start() -> Holder:
        holders.append(_start(home))
        return holders[-1]

    yield start
    for holder in holders:
        if holder.process.poll() is None:
            holder.stop()


def _start(home: Path) -> Holder:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.supervisor.holder", str(home)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("ready"):
            break
    process.stdout.close()
    return Holder(process, lines[-1] if lines else "", "".join(lines))


def _processes_of(home: Path) -> list[psutil.Process]:
    """Every process whose command line or working folder lies in the home."""
    found = []
    for process in psutil.process_iter():
        try:
            where = [*process.cmdline(), process.cwd()]
        except psutil.Error:
            continue
        if any(part.startswith(str(home)) for part in where):
            found.append(process)
    return found


def _rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
        assert row is not None
        return int(row[0])


def _add_row(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")


def _wait_gone(process: psutil.Process) -> None:
    end = time.monotonic() + 10
    while lives(process):
        assert time.monotonic() < end, f"{process} is still there"
        time.sleep(0.02)


def test_a_killed_holder_takes_the_server_along_and_the_data_is_kept(
    start: Callable[[], Holder],
) -> None:
    first = start()
    postmaster = psutil.Process(first.postmaster)
    _add_row(first.url)
    first.process.kill()
    first.process.wait()
    _wait_gone(postmaster)
    assert _rows(start().url) == 2


def test_a_server_that_outlived_its_holder_is_stopped_and_the_data_is_kept(
    start: Callable[[], Holder],
) -> None:
    first = start()
    _add_row(first.url)
    # Stopped, it cannot obey the leash: as a server left behind without one.
    os.kill(first.postmaster, signal.SIGSTOP)
    first.process.kill()
    first.process.wait()
    os.kill(first.postmaster, signal.SIGCONT)
    second = start()
    assert second.postmaster != first.postmaster
    assert _rows(second.url) == 2


def test_after_all_server_processes_were_killed_at_once_the_data_is_kept(
    home: Path, start: Callable[[], Holder]
) -> None:
    first = start()
    _add_row(first.url)
    for process in [psutil.Process(first.postmaster), *_processes_of(home), first.process]:
        process.kill()
    first.process.wait()
    assert _rows(start().url) == 2


def test_after_the_postmaster_alone_was_killed_the_data_is_kept(
    start: Callable[[], Holder],
) -> None:
    first = start()
    connection = psycopg.connect(first.url)
    _add_row(first.url)
    os.kill(first.postmaster, signal.SIGKILL)
    first.process.kill()
    first.process.wait()
    assert _rows(start().url) == 2
    connection.close()


def test_a_recorded_pid_that_now_is_another_program_is_left_alone(
    home: Path, start: Callable[[], Holder]
) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        lines = [str(stranger.pid), str(home / "data"), "1", "5432", "", "", "", "ready   ", ""]
        (home / "data" / "postmaster.pid").write_text("\n".join(lines))
        (home / "socket" / ".s.PGSQL.5432.lock").write_text("\n".join(lines))
        assert _rows(start().url) == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_second_holder_is_refused_and_the_first_goes_on(start: Callable[[], Holder]) -> None:
    first = start()
    second = start()
    assert second.process.wait(10) == 1
    assert f"already running here (process {first.process.pid})" in second.output
    assert _rows(first.url) == 1


def test_a_stop_leaves_no_process_and_no_pid_file(home: Path, start: Callable[[], Holder]) -> None:
    assert start().stop() == 0
    assert _processes_of(home) == []
    assert not (home / "data" / "postmaster.pid").exists()


def test_a_path_too_long_for_a_socket_and_with_a_space_works(home: Path) -> None:
    deep = home / ("long folder " * 9).strip() / "home"
    deep.parent.mkdir()
    for part in ("data", "socket"):
        (deep / part).parent.mkdir(exist_ok=True)
        shutil.move(home / part, deep / part)
    holder = _start(deep)
    try:
        sockets = Path(unquote(holder.url.partition("?host=")[2]))
        assert not sockets.is_relative_to(home)
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert _rows(holder.url) == 1
    finally:
        holder.stop()
    shutil.rmtree(sockets)
