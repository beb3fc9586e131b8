"""Webhooks as a processor posts them, signed by hand."""

import hashlib
import hmac
import json
import time
from typing import Any

import requests

from tests.processor import SECRET
from tests.site import LiveSite

Event = dict[str, Any]


def event(ref: str, *, event_id: str = "evt_1", **changes: Any) -> Event:
    """An event about a checkout session, with `changes`."""
    return {
        "id": event_id,
        "object": "event",
        "type": "checkout.session.completed",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": {"id": ref, "object": "checkout.session"}},
    } | changes


def signature(body: bytes, *, secret: str = SECRET, age: int = 0) -> str:
    """Stripe's signature header (https://docs.stripe.com/webhooks#verify-manually)."""
    signed_at = int(time.time()) - age
    signed = f"{signed_at}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={signed_at},v1={digest}"


def post(site: LiveSite, body: bytes | Event, header: str | None = None) -> int:
    """POST over HTTP, rightly signed unless a header is given; the status of the answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = requests.post(
        f"{site.url}/webhooks/stripe",
        data=raw,
        headers={"Stripe-Signature": signature(raw) if header is None else header},
        timeout=10,
    )
    return answer.status_code
