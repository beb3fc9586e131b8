"""What was asked of the API and answered, for checks from outside.

It has a file of its own, so that a request whose transaction is rolled back, or is still waiting,
is on record all the same.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path

from .store import Json

KEPT = 5000


class RequestLog:
    """The last KEPT exchanges over /v1, in the order in which they were answered."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS exchange (id INTEGER PRIMARY KEY AUTOINCREMENT, told TEXT)"
        )

    def add(self, exchange: Json) -> None:
        """Keep one exchange, and let go of the oldest beyond KEPT."""
        with self._lock:
            cursor = self._connection.execute(
                "INSERT INTO exchange (told) VALUES (?)", (json.dumps(exchange),)
            )
            self._connection.execute(
                "DELETE FROM exchange WHERE id <= ?", ((cursor.lastrowid or 0) - KEPT,)
            )

    def after(self, last_seen: int) -> list[Json]:
        """Exchanges with an id above `last_seen`, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, told FROM exchange WHERE id > ? ORDER BY id", (last_seen,)
            ).fetchall()
        return [{"id": row[0], **json.loads(row[1])} for row in rows]

    def wipe(self) -> None:
        """Forget every exchange; ids go on counting."""
        with self._lock:
            self._connection.execute("DELETE FROM exchange")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
