"""Delivering events: signed like Stripe's, over real HTTP, at least once, retried with backoff."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass

import requests

from . import events
from .settings import Settings
from .store import Json, Store

TIMEOUT = (3, 10)
"""Seconds to connect and to wait for the answer."""

PAUSED = "webhooks_paused"


def sign(body: bytes, secret: str, at: int) -> str:
    """The Stripe-Signature header: HMAC-SHA256 over `t.body` (docs.stripe.com/webhooks/signature).

    `at` is real Unix time, not the stand-in's clock: receivers refuse what is minutes old.
    """
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def written(event: Json) -> bytes:
    """The bytes that are sent, indented as Stripe's are."""
    return json.dumps(event, indent=2, ensure_ascii=False).encode()


@dataclass(frozen=True)
class _Due:
    delivery: int
    attempts: int
    event: Json
    url: str


class Deliverer(threading.Thread):
    """One thread that delivers what is due, first queued first. One receiver, one at a time: a
    receiver that fails is tried again later, and meanwhile others go on.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        super().__init__(name="deliverer", daemon=True)
        self._settings = settings
        self._store = store
        self._stopping = threading.Event()
        self._session = requests.Session()
        # The receiver is on this machine; a proxy from the environment must not see its webhooks.
        self._session.trust_env = False

    def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopping.is_set():
            self._store.queued.clear()
            due = self._due()
            if due is None:
                self._store.queued.wait(self._until_next())
            else:
                self._deliver(due)

    def stop(self) -> None:
        """Finish the delivery under way and end."""
        self._stopping.set()
        self._store.queued.set()
        self.join(sum(TIMEOUT) + 1)
        self._session.close()

    def _due(self) -> _Due | None:
        with self._store.transaction() as books:
            if books.knob(PAUSED, "no") == "yes" or not books.webhook_target:
                return None
            rows = books.run(
                "SELECT id, event_id, attempts FROM delivery"
                " WHERE state = 'pending' AND next_at <= ? ORDER BY next_at, id LIMIT 1",
                (time.time(),),
            )
            if not rows:
                return None
            event = events.shown(books, books.must("event", rows[0]["event_id"]))
            return _Due(rows[0]["id"], rows[0]["attempts"], event, books.webhook_target)

    def _until_next(self) -> float:
        """Seconds to sleep: until the next retry, and never long, since time may be set back."""
        with self._store.transaction() as books:
            rows = books.run("SELECT min(next_at) AS at FROM delivery WHERE state = 'pending'")
            paused = books.knob(PAUSED, "no") == "yes" or not books.webhook_target
        if paused or rows[0]["at"] is None:
            return 1.0
        return min(1.0, max(0.005, float(rows[0]["at"]) - time.time()))

    def _deliver(self, due: _Due) -> None:
        body = written(due.event)
        started = time.time()
        status, error = None, None
        try:
            answered = self._session.post(
                due.url,
                data=body,
                headers={
                    "Content-Type": "application/json; charset=utf-8",
                    "Stripe-Signature": sign(body, self._settings.webhook_secret, int(started)),
                    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
                },
                timeout=TIMEOUT,
                allow_redirects=False,
            )
            status = answered.status_code
        except requests.RequestException as failed:
            error = f"{type(failed).__name__}: {failed}"
        took = int((time.time() - started) * 1000)
        self._record(due, started, took, status, error)

    def _record(
        self, due: _Due, started: float, took: int, status: int | None, error: str | None
    ) -> None:
        attempts = due.attempts + 1
        if status is not None and 200 <= status < 300:
            state, wait = "delivered", 0.0
        elif attempts >= self._settings.retry_attempts:
            state, wait = "given_up", 0.0
        else:
            state = "pending"
            wait = min(self._settings.retry_cap, self._settings.retry_base * 2**due.attempts)
        with self._store.transaction() as books:
            books.run(
                "UPDATE delivery SET state = ?, attempts = ?, next_at = ? WHERE id = ?",
                (state, attempts, time.time() + wait, due.delivery),
            )
            books.run(
                "INSERT INTO attempt (delivery_id, event_id, event_type, url, at, status, error,"
                " milliseconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    due.delivery,
                    due.event["id"],
                    due.event["type"],
                    due.url,
                    started,
                    status,
                    error,
                    took,
                ),
            )
