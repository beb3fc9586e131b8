"""The stand-in processor as tests use it: a real process with its own books, over real HTTP."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import requests

from tests.stripe_spec.checker import check_event, check_exchanges

Json = dict[str, Any]

ROOT = Path(__file__).parent.parent
KEY = "sk_test_standin"
SECRET = "whsec_standin"


class Processor:
    """Starts `python -m sandbox` on a free port with a store of its own, and ends it.

    It ends only its own process, and the process ends itself should this one be killed.
    """

    def __init__(
        self,
        *,
        key: str = KEY,
        secret: str = SECRET,
        webhook_url: str | None = None,
        retry_base: float = 0.05,
    ) -> None:
        self.key = key
        self.secret = secret
        self._webhook_url = webhook_url
        self._retry_base = retry_base
        self._folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
        self.store = self._folder / "books.sqlite3"
        self._http = requests.Session()
        self._http.trust_env = False
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[str] | None = None
        self.url = ""
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self, port: int = 0) -> None:
        """Start the process on the books that are there; waits until it listens."""
        command = [
            *(sys.executable, "-m", "sandbox", "--port", str(port), "--stop-with-stdin"),
            *("--store", str(self.store)),
            *("--retry-base", str(self._retry_base)),
            *(("--webhook-url", self._webhook_url) if self._webhook_url else ()),
        ]
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("SITE_URL", "APP_ENV", "SANDBOX_PORT", "SANDBOX_STORE")
        }
        environment |= {"STRIPE_SECRET_KEY": self.key, "STRIPE_WEBHOOK_SECRET": self.secret}
        self._errors = (self._folder / "errors.txt").open("a+", encoding="utf-8")
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("sandbox ready "):
            raise RuntimeError(f"the stand-in did not start: {self.errors()}")
        self.url = line.split()[-1]

    def kill(self) -> None:
        """SIGKILL, as a crash would; the books stay for the next `start()`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._reap()

    def restart(self) -> None:
        """Kill and start again on the same port and books."""
        port = int(self.url.rsplit(":", 1)[1])
        self.kill()
        self.start(port)

    def errors(self) -> str:
        """What the process has written to standard error so far."""
        return (self._folder / "errors.txt").read_text(encoding="utf-8")

    def close(self) -> None:
        """Stop the process and remove its books. Safe to call twice."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._reap()
        if self._errors is not None:
            self._errors.close()
            self._errors = None
        self._http.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _reap(self) -> None:
        assert self._process is not None
        self._process.wait(15)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    # What the control API gives

    def get(self, path: str, **query: str | int) -> Json:
        """GET /control/<path>; raises requests.HTTPError for anything but 200."""
        answer = self._http.get(f"{self.url}/control/{path}", params=query, timeout=30)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def post(self, path: str, told: Json | None = None) -> Json:
        """POST /control/<path> with JSON; raises requests.HTTPError for anything but 200."""
        answer = self._http.post(f"{self.url}/control/{path}", json=told or {}, timeout=30)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def books(self) -> Json:
        """sessions, payment_intents, charges, balance_transactions, balance per currency, now."""
        return self.get("books")

    def requests(self, after: int = 0) -> list[Json]:
        """Exchanges over the API with an id above `after`, oldest first."""
        found: list[Json] = self.get("requests", after=after)["requests"]
        return found

    def events(self) -> list[Json]:
        """Every event, oldest first."""
        found: list[Json] = self.get("events")["events"]
        return found

    def deliveries(self) -> list[Json]:
        """Every attempt to deliver a webhook, oldest first."""
        found: list[Json] = self.get("deliveries")["deliveries"]
        return found

    def pay(
        self,
        session_id: str,
        card: str = "4242424242424242",
        *,
        email: str | None = None,
        approve: bool | None = None,
    ) -> Json:
        """Pay as the hosted page would: {"state": complete | declined | asks, "session": …}.

        `approve` answers a card that asks for authentication; None leaves the question open.
        """
        told: Json = {"card": card, "email": email}
        return self.post(
            f"sessions/{session_id}/pay", told if approve is None else {**told, "approve": approve}
        )

    def settle(self, intent_id: str, outcome: str | None = None) -> Json:
        """Give a bank debit its outcome (succeeded, failed, or what its number stands for)."""
        return self.post(f"debits/{intent_id}/settle", {"outcome": outcome})

    def advance(self, seconds: int) -> int:
        """Move the stand-in's clock forward; returns its time."""
        return int(self.post("clock", {"advance_seconds": seconds})["now"])

    def real_time(self) -> int:
        """Put the stand-in's clock back to real time; returns it."""
        return int(self.post("clock", {"real_time": True})["now"])

    def set_webhook_target(self, url: str | None) -> None:
        """Send webhooks there from now on; None sends and queues none."""
        self.post("webhook_target", {"url": url})

    def pause_webhooks(self, paused: bool) -> None:
        """Hold deliveries back, or let them go."""
        self.post("webhooks", {"paused": paused})

    def send(self, event_id: str) -> None:
        """Deliver an event once more."""
        self.post(f"events/{event_id}/send")

    def reset(self) -> None:
        """Forget everything, the webhook target set since the start included."""
        self.post("reset")

    def wait_idle(self, timeout: float = 10) -> bool:
        """Wait until no delivery is pending; False when some still are after `timeout` seconds."""
        until = time.monotonic() + timeout
        while self.get("deliveries", after=10**9)["pending"]:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def check_spec(self, after: int = 0) -> None:
        """Every recorded exchange and every event is valid by Stripe's description."""
        problems = check_exchanges(self.requests(after))
        for event in self.events():
            problems += check_event(event)
        assert not problems, "\n".join(problems)
