"""The books: one SQLite file, one connection, one writer at a time, safe across SIGKILL."""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    private TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS object_by_type ON object (type, seq);
CREATE INDEX IF NOT EXISTS charge_by_intent ON object (json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS txn_by_source ON object (json_extract(body, '$.source'));
CREATE TABLE IF NOT EXISTS due (
    object_id TEXT PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS due_by_time ON due (at);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, endpoint TEXT NOT NULL,
    request_id TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, kept_until REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up')),
    attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS delivery_pending ON delivery (next_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS delivery_by_event ON delivery (event_id);
CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT, delivery_id INTEGER NOT NULL, event_id TEXT NOT NULL,
    event_type TEXT NOT NULL, url TEXT NOT NULL, at REAL NOT NULL, status INTEGER, error TEXT,
    milliseconds INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS knob (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
TABLES = ("object", "due", "idempotency", "delivery", "attempt", "knob")


@dataclass(frozen=True)
class Cause:
    """The API request behind a change; None when a person on the hosted page or time did it."""

    request_id: str | None = None
    idempotency_key: str | None = None


class Store:
    """All state. `transaction()` is the only door: what raises inside leaves nothing behind."""

    def __init__(self, path: Path, webhook_url: str | None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._webhook_url = webhook_url or ""
        self.queued = threading.Event()
        """Set when a transaction that queued a webhook has been committed."""
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None, timeout=30
        )
        self._connection.row_factory = sqlite3.Row
        # WAL with NORMAL outlives a killed process, which is what tests do; it may lose the last
        # commits when the machine itself loses power, which is harmless for play money.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self, cause: Cause | None = None) -> Iterator[Books]:
        """One at a time in this process, and all or nothing. `cause` is the API request that its
        events will name.
        """
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            books = Books(self._connection, self._webhook_url, cause or Cause())
            try:
                yield books
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        if books.queued:
            self.queued.set()

    def close(self) -> None:
        """Wait for the transaction under way, then close the file."""
        with self._lock:
            self._connection.close()


def new_id(prefix: str, length: int = 24) -> str:
    """A fresh id such as `pi_…`, as unguessable as Stripe's."""
    signs = string.ascii_letters + string.digits
    return prefix + "".join(secrets.choice(signs) for _ in range(length))


class Books:
    """Reading and writing inside a transaction. Bodies are what the API shows; `private` is not."""

    def __init__(self, connection: sqlite3.Connection, webhook_url: str, cause: Cause) -> None:
        self._connection = connection
        self._webhook_url = webhook_url
        self.cause = cause
        self.queued = False

    def run(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Any statement; the rows, if it has some."""
        return self._connection.execute(sql, values).fetchall()

    def insert(self, body: Json, private: Json | None = None) -> Json:
        """Keep a new object and give it back."""
        self.run(
            "INSERT INTO object (id, type, created, body, private) VALUES (?, ?, ?, ?, ?)",
            (body["id"], body["object"], body["created"], _dump(body), _dump(private or {})),
        )
        return body

    def save(self, body: Json) -> Json:
        """Write a changed object back."""
        self.run("UPDATE object SET body = ? WHERE id = ?", (_dump(body), body["id"]))
        return body

    def get(self, kind: str, object_id: str) -> Json | None:
        """The object of that kind and id, or None."""
        rows = self.run("SELECT body FROM object WHERE id = ? AND type = ?", (object_id, kind))
        return _load(rows[0]["body"]) if rows else None

    def must(self, kind: str, object_id: str) -> Json:
        """The object that another one names; LookupError would mean broken books."""
        body = self.get(kind, object_id)
        if body is None:
            raise LookupError(f"the books name {kind} {object_id}, which is not there")
        return body

    def private(self, object_id: str) -> Json:
        """What the stand-in remembers about an object beside what the API shows."""
        rows = self.run("SELECT private FROM object WHERE id = ?", (object_id,))
        return _load(rows[0]["private"]) if rows else {}

    def remember(self, object_id: str, private: Json) -> None:
        """Replace what is remembered beside an object."""
        self.run("UPDATE object SET private = ? WHERE id = ?", (_dump(private), object_id))

    def all(self, kind: str) -> list[Json]:
        """Every object of a kind, oldest first."""
        rows = self.run("SELECT body FROM object WHERE type = ? ORDER BY seq", (kind,))
        return [_load(row["body"]) for row in rows]

    def knob(self, name: str, default: str) -> str:
        """A setting that the control API turns; kept across a restart."""
        rows = self.run("SELECT value FROM knob WHERE name = ?", (name,))
        return str(rows[0]["value"]) if rows else default

    def turn(self, name: str, value: str) -> None:
        """Set a knob."""
        self.run("INSERT OR REPLACE INTO knob (name, value) VALUES (?, ?)", (name, value))

    @property
    def webhook_target(self) -> str:
        """Where webhooks go: what the control API said last, else what the start said, else ""."""
        return self.knob("webhook_target", self._webhook_url)

    def wipe(self) -> None:
        """Forget everything, knobs and idempotency keys included."""
        for table in TABLES:
            self.run(f"DELETE FROM {table}")  # noqa: S608 - the names above


def _dump(body: Json) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _load(text: str) -> Json:
    loaded: Json = json.loads(text)
    return loaded
