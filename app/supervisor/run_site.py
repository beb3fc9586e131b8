"""`make run`: the database, the demo's processes, and one orderly end."""

import http.client
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from types import FrameType

from app.supervisor.demo_env import STAFF_NAME, demo_environment
from app.supervisor.errors import SupervisorError
from app.supervisor.lock import InstanceLock
from app.supervisor.ports import LOOPBACK, read_port, require_free
from app.supervisor.postgres import PostgresServer, server_home
from app.supervisor.processes import LOGS, PROJECT, Child, exit_words, say

_VAR = PROJECT / "var"
_TICK = 0.1
#: Seconds to wait before each new start of a process that died; after the last one all stops.
_BACKOFF = (1.0, 2.0, 4.0)
#: A process that has run this long gets all its new starts back.
_STEADY_SECONDS = 60.0
_READY_SECONDS = 90.0


class Site:
    """All that `make run` starts, in the order of starting; stopped in the order web, worker,
    sandbox, database.
    """

    def __init__(self) -> None:
        self._stopping = False
        self._server: PostgresServer | None = None
        self._children: list[Child] = []
        self._starts: dict[str, int] = {}
        self._due: dict[str, float] = {}

    def run(self) -> int:
        """Run until asked to stop (0) or until something cannot go on (SupervisorError)."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup keeps its meaning
            signal.signal(signal.SIGHUP, self._ask_to_stop)
        with InstanceLock(_VAR / "run.lock", "make run") as lock, ExitStack() as stack:
            environment = demo_environment(os.environ, _VAR / "demo.env")
            ports = {name: read_port(name, environment[name]) for name in ("PORT", "SANDBOX_PORT")}
            require_free(ports, wait=6.0 if lock.left_over else 0.0)
            stack.callback(self._stop)
            if not environment.get("DATABASE_URL"):
                environment["DATABASE_URL"] = self._start_server()
            self._run_to_end(Child("migrate", _flask("db", "upgrade"), environment, patience=2.0))
            self._children = _children(environment)
            for child in self._children:
                if self._stopping:
                    return 0
                child.start()
                if child.name == "sandbox":
                    # The demo's donations are paid at the stand-in, before anybody sees the site.
                    self._run_to_end(Child("seed", _flask("seed"), environment, patience=2.0))
            self._watch(environment)
        return 0

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _start_server(self) -> str:
        self._server = PostgresServer(server_home("postgres"), durable=True)
        self._server.start()
        self._server.ensure_database("moratorium")
        return self._server.url("moratorium")

    def _run_to_end(self, child: Child) -> None:
        """Run a command that ends by itself. Raises SupervisorError if it fails."""
        child.start()
        while (code := child.exit_code()) is None:
            if self._stopping:
                child.stop()
                return
            time.sleep(_TICK / 4)
        child.finish()
        if code != 0:
            raise SupervisorError(f"{child.name} failed with {exit_words(code)}.")

    def _watch(self, environment: Mapping[str, str]) -> None:
        started, announced = time.monotonic(), False
        port = int(environment["PORT"])
        while not self._stopping:
            self._mend_server()
            for child in self._children:
                self._mend(child)
            if not announced:
                if _is_ready(port):
                    announced = True
                    say(_welcome(environment))
                elif time.monotonic() - started > _READY_SECONDS:
                    raise SupervisorError(
                        f"The site did not get ready in {_READY_SECONDS:g} s: "
                        f"http://localhost:{port}/readyz does not answer 200."
                    )
            time.sleep(_TICK)

    def _mend(self, child: Child) -> None:
        """Start a child again that ended, after a pause. Raises SupervisorError after the last."""
        now = time.monotonic()
        if child.name in self._due:
            if now >= self._due[child.name]:
                del self._due[child.name]
                child.start()
            return
        code = child.exit_code()
        if code is None:
            return
        child.finish()
        if now - child.started_at > _STEADY_SECONDS:
            self._starts[child.name] = 0
        tries = self._starts.get(child.name, 0)
        if tries == len(_BACKOFF):
            last = "\n".join(f"  {line}" for line in child.last_lines)
            raise SupervisorError(
                f"{child.name} ended with {exit_words(code)}, {tries + 1} times. "
                f"All stops. Its last output:\n{last}"
            )
        self._starts[child.name] = tries + 1
        self._due[child.name] = now + _BACKOFF[tries]
        say(
            f"{child.name} ended with {exit_words(code)}: "
            f"starting it again in {_BACKOFF[tries]:g} s ({tries + 1} of {len(_BACKOFF)})."
        )

    def _mend_server(self) -> None:
        """Start the database again if it died; it recovers what was committed."""
        server = self._server
        if server is None or (code := server.exit_code()) is None:
            return
        tries = self._starts.get("database", 0)
        if tries == len(_BACKOFF):
            raise SupervisorError(f"The database keeps ending. Its log ends:\n{server.log_end()}")
        self._starts["database"] = tries + 1
        say(f"The database ended with {exit_words(code)}: starting it again.")
        server.start()

    def _stop(self) -> None:
        running = [child for child in self._children if child.exit_code() is None]
        if running or self._server is not None:
            say("Stopping …")
        for child in sorted(self._children, key=lambda c: _STOP_ORDER.index(c.name)):
            child.stop()
        if self._server is not None:
            self._server.stop()
        if running:
            say("All stopped; the data is kept in var/.")


_STOP_ORDER = ("web", "worker", "sandbox")


def _flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def _children(environment: Mapping[str, str]) -> list[Child]:
    """The demo's processes. Their patience and the database's add up to less than 10 seconds."""
    web = [sys.executable, "-m", "gunicorn", "wsgi:app", "--preload"]
    web += ["--bind", f"{LOOPBACK}:{environment['PORT']}", "--no-control-socket"]
    web += ["--forwarded-allow-ips", "", "--forwarder-headers", ""]
    web += ["--workers", environment.get("WORKERS") or "2", "--worker-class", "gthread"]
    web += ["--threads", "4", "--graceful-timeout", "2", "--log-level", "warning"]
    sandbox = [sys.executable, "-m", "sandbox"]
    return [
        Child("sandbox", sandbox, environment, patience=1.0),
        Child("web", web, environment, patience=3.0),
        Child("worker", _flask("worker"), environment, patience=2.5),
    ]


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(environment: Mapping[str, str]) -> str:
    site = environment["SITE_URL"].rstrip("/")
    lines = {
        "Site": f"{site}/",
        "Admin": f"{site}/admin/",
        "  name": STAFF_NAME,
        "  password": environment["DEMO_STAFF_PASSWORD"],
        "Payments": "a stand-in processor: no money moves; pay with 4242 4242 4242 4242",
        "Mail": environment["MAIL_URL"].removeprefix("file://"),
        "Logs": str(LOGS),
    }
    block = "\n".join(f"  {name:<11} {value}" for name, value in lines.items())
    rule = "  " + "-" * 72
    head = "  Moratorium runs. It is a demo: nothing leaves this machine."
    return f"\n{rule}\n{head}\n\n{block}\n\n  Ctrl-C stops all.\n{rule}\n"
