"""Child processes: on a leash, in a session of their own, their output under their name."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.supervisor.errors import SupervisorError

#: The folder of the project, from which every child runs.
PROJECT = Path(__file__).resolve().parent.parent.parent

_LEASH = Path(__file__).with_name("leash.py")
#: Where each child's whole output goes; the terminal shows what is not routine.
LOGS = PROJECT / "var" / "log"

_LAST_LINES = 30
_LARGEST_LOG = 5_000_000
_printing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Account:
    """The system user a child becomes."""

    name: str
    uid: int
    gid: int


def leashed(
    command: Sequence[str], *, on_death: signal.Signals, account: Account | None = None
) -> list[str]:
    """The command line that runs `command` and signals it when this process dies."""
    uid, gid = ("-", "-") if account is None else (str(account.uid), str(account.gid))
    launcher = [sys.executable, "-I", "-S", str(_LEASH)]
    return [*launcher, str(os.getpid()), str(int(on_death)), uid, gid, *command]


def say(text: str, *, name: str = "") -> None:
    """Print one line at once, under the name of the child it comes from."""
    line = f"{name:<8}| {text}\n" if name else f"{text}\n"
    with _printing:
        try:
            sys.stdout.write(line)
            sys.stdout.flush()
        except OSError:
            # The terminal or the pipe is gone. Its owner cannot read this, but still wants an
            # orderly stop, so the supervisor goes on.
            pass


class Child:
    """One program that is started, watched, started again and stopped."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], *, patience: float
    ) -> None:
        """`patience`: seconds it is given to end after SIGTERM."""
        self.name = name
        self.patience = patience
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self.started_at = 0.0
        self._command = list(command)
        self._environment = dict(environment)
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Start the program. Call from the main thread: the leash is tied to the thread."""
        self.last_lines.clear()
        self.started_at = time.monotonic()
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then
        # stops its children in order.
        self._process = subprocess.Popen(
            leashed(self._command, on_death=signal.SIGTERM),
            cwd=PROJECT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        output = self._process.stdout
        assert output is not None
        self._reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        self._reader.start()

    def _read(self, stream: IO[str]) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        path = LOGS / f"{self.name}.log"
        grown = path.exists() and path.stat().st_size > _LARGEST_LOG
        with path.open("w" if grown else "a", encoding="utf-8") as log:
            for line in stream:
                text = line.rstrip("\n")
                self.last_lines.append(text)
                log.write(line)
                log.flush()
                # A line for each request would carry the demo's sign-in off the screen.
                if '"level": "info"' not in text:
                    say(text, name=self.name)

    def exit_code(self) -> int | None:
        """The exit code, negative for a signal, or None while it runs or was never started."""
        return None if self._process is None else self._process.poll()

    def finish(self) -> None:
        """Read the output that is left of a child that ended, and end what it left behind."""
        if self._process is None:
            return
        self._signal_session(signal.SIGKILL)
        if self._reader is not None:
            self._reader.join(timeout=1)

    def stop(self) -> None:
        """Ask it to end, wait for as long as its patience, then kill all of its session."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(self.patience)
            except subprocess.TimeoutExpired:
                say(f"{self.name} did not stop in {self.patience:g} s: killed")
                self._process.kill()
                self._process.wait()
        self.finish()

    def _signal_session(self, number: signal.Signals) -> None:
        assert self._process is not None
        try:
            # The session's id is our child's pid, so this reaches nobody else; it is still the
            # child's while any process of its session lives.
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass
        except PermissionError as error:
            # macOS answers so for a group of zombies; anything else is a real surprise.
            if sys.platform != "darwin":
                raise SupervisorError(f"{self.name} could not be stopped: {error}") from error


def exit_words(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
