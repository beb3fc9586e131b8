"""Events: what happened, with the object as it was then, kept and queued for delivery."""

from __future__ import annotations

import time
from typing import Any

from .clock import now
from .settings import API_VERSION
from .store import Books, Json, new_id


def emit(books: Books, kind: str, about: Json, previous: Json | None = None) -> Json:
    """Keep an event with a snapshot of `about`, and queue its webhook if there is a target."""
    data: Json = {"object": about}
    if previous is not None:
        data["previous_attributes"] = previous
    event: Json = {
        "id": new_id("evt_"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now(books),
        "data": data,
        "livemode": False,
        "pending_webhooks": 1 if books.webhook_target else 0,
        "request": {
            "id": books.cause.request_id,
            "idempotency_key": books.cause.idempotency_key,
        },
        "type": kind,
    }
    books.insert(event)
    if books.webhook_target:
        queue(books, event["id"])
    return event


def queue(books: Books, event_id: str) -> int:
    """Queue one delivery of an event, at once; returns the delivery's id."""
    rows = books.run(
        "INSERT INTO delivery (event_id, state, next_at) VALUES (?, 'pending', ?) RETURNING id",
        (event_id, time.time()),
    )
    books.queued = True
    return int(rows[0]["id"])


def shown(books: Books, event: Json) -> Json:
    """The event as the API shows it: `pending_webhooks` counts what is not delivered yet."""
    rows = books.run(
        "SELECT count(*) AS n FROM delivery WHERE event_id = ? AND state = 'pending'",
        (event["id"],),
    )
    return {**event, "pending_webhooks": rows[0]["n"]}


def wanted_types(params: Json) -> list[Any]:
    """The event types that a list request names, by `type` or `types`."""
    return list(params.get("types", [])) + ([params["type"]] if "type" in params else [])
