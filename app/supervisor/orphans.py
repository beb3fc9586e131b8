"""PostgreSQL processes that a killed supervisor left behind, and how to tell that they are ours."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.supervisor.errors import SupervisorError


@dataclass(frozen=True, slots=True)
class Family:
    """One server's processes, recognised by two marks that only our own start gives them.

    The postmaster's command line names the data folder; its children carry the cluster's name, a
    hash of that folder, in their titles. Both can be read without special rights, and neither
    depends on a pid that another program may have got since.
    """

    data: Path
    cluster: str
    uid: int

    def recorded_postmaster(self) -> int | None:
        """The pid in the data folder's postmaster.pid, or None when there is no such file."""
        try:
            first = (self.data / "postmaster.pid").read_text().split("\n", 1)[0]
            return int(first)
        except (FileNotFoundError, ValueError):
            return None

    def postmaster(self) -> psutil.Process | None:
        """The running postmaster that the data folder records, if it provably is ours."""
        pid = self.recorded_postmaster()
        if pid is None:
            return None
        try:
            process = psutil.Process(pid)
            line = process.cmdline()
            ours = (
                process.uids().real == self.uid
                and Path(line[0]).name == "postgres"
                and line[1:3] == ["-D", str(self.data)]
            )
        except (psutil.Error, IndexError):
            return None
        return process if ours else None

    def children(self) -> list[psutil.Process]:
        """Server processes of this cluster, with or without a postmaster."""
        found = []
        for process in psutil.process_iter():
            try:
                title = " ".join(process.cmdline())
                ours = process.uids().real == self.uid
            except psutil.Error:
                continue
            if ours and title.startswith(f"postgres: {self.cluster}: "):
                found.append(process)
        return found

    def stop(self) -> bool:
        """Stop what is left over, gently first. Returns whether there was anything.

        Raises SupervisorError if something cannot be stopped: starting beside it would harm the
        data.
        """
        postmaster = self.postmaster()
        orphans = self.children()
        if postmaster is not None:
            # SIGINT is PostgreSQL's fast shutdown, SIGQUIT its emergency exit: both keep the data.
            for number, patience in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0)):
                with suppress(psutil.NoSuchProcess):
                    postmaster.send_signal(number)
                if _wait_until(lambda: not lives(postmaster), patience):
                    break
            else:
                raise SupervisorError(
                    f"An earlier PostgreSQL (process {postmaster.pid}) does not stop."
                )
        # Without a postmaster they end by themselves; one that hangs holds the shared memory.
        if not _wait_until(lambda: not self.children(), 3.0):
            for process in self.children():
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            if not _wait_until(lambda: not self.children(), 3.0):
                raise SupervisorError("Processes of an earlier PostgreSQL do not stop.")
        return postmaster is not None or bool(orphans)


def lives(process: psutil.Process) -> bool:
    """Whether the process still runs. One that nobody has buried does not (a container's first
    process may never do so).
    """
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
