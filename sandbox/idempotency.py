"""Idempotency keys: the same key with the same request is answered with what was answered first
(docs.stripe.com/api/idempotent_requests).
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .errors import ApiError
from .store import Books, Json

KEPT_SECONDS = 24 * 3600
LONGEST = 255


@dataclass(frozen=True)
class Kept:
    """An answer given before."""

    status: int
    body: Json
    request_id: str


class InFlight:
    """The keys whose request is being worked on in this process. They are not in the books: a
    killed process works on nothing any more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[str] = set()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Have the key for oneself; ApiError 409 while another request has it."""
        with self._lock:
            if key in self._keys:
                raise ApiError(
                    "There is currently another in-progress request using this Idempotent Key"
                    " (that probably means you submitted twice, and the other request is still"
                    f" going through): {key}. Please try again later.",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


def check_key(key: str) -> None:
    """ApiError for a key that is too long."""
    if len(key) > LONGEST:
        raise ApiError(f"Idempotency keys can be at most {LONGEST} characters long.")


def fingerprint(params: Json) -> str:
    """What tells requests apart; the order of parameters does not matter."""
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()


def recall(books: Books, key: str, endpoint: str, mark: str) -> Kept | None:
    """The kept answer for this key, or None; ApiError when the key was used for something else."""
    books.run("DELETE FROM idempotency WHERE kept_until < ?", (time.time(),))
    rows = books.run("SELECT * FROM idempotency WHERE key = ?", (key,))
    if not rows:
        return None
    row = rows[0]
    if row["endpoint"] != endpoint:
        raise ApiError(
            "Keys for idempotent requests can only be used for the same endpoint they were first"
            f" used for ('{endpoint}' vs '{row['endpoint']}'). Try using a key other than '{key}'"
            " if you meant to execute a different request.",
            kind="idempotency_error",
        )
    if row["fingerprint"] != mark:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were"
            f" first used with. Try using a key other than '{key}' if you meant to execute a"
            " different request.",
            kind="idempotency_error",
        )
    return Kept(row["status"], json.loads(row["body"]), row["request_id"])


def keep(books: Books, key: str, endpoint: str, mark: str, answer: Kept) -> None:
    """Keep an answer, in the transaction of its effect."""
    books.run(
        "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            key,
            mark,
            endpoint,
            answer.request_id,
            answer.status,
            json.dumps(answer.body),
            time.time() + KEPT_SECONDS,
        ),
    )
