"""One supervisor at a time for one folder, and a note of how the last one ended."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from app.supervisor.errors import AlreadyRunningError


class InstanceLock:
    """A lock held while the `with` block runs, or until the process dies in whatever way.

    `left_over` is true when the last holder did not come to a proper end, so that its children may
    still be on their way out.
    """

    def __init__(self, path: Path, what: str) -> None:
        self._path = path
        self._what = what
        self._file: int | None = None
        self.left_over = False

    def __enter__(self) -> "InstanceLock":
        """Take the lock. Raises AlreadyRunningError at once when another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Python opens it close-on-exec: a child that outlives us must not keep the lock.
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(file, 32).decode(errors="replace").strip()
            os.close(file)
            process = f" (process {holder})" if holder else ""
            raise AlreadyRunningError(
                f"{self._what} is already running here{process}. Stop it first with Ctrl-C."
            ) from error
        self.left_over = bool(os.read(file, 32).strip())
        self._write(file, f"{os.getpid()}\n")
        self._file = file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go, and note a proper end."""
        if self._file is not None:
            self._write(self._file, "")
            os.close(self._file)
            self._file = None

    @staticmethod
    def _write(file: int, text: str) -> None:
        os.ftruncate(file, 0)
        os.pwrite(file, text.encode(), 0)
