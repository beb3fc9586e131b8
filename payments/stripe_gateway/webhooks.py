"""Stripe's webhooks: the signature, and which object an event is about."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import stripe

from payments.errors import BadSignature
from payments.gateway import WebhookEvent

#: Seconds between signing and receiving, either way. Stripe's own default, for the past only.
TOLERANCE = 300

#: Objects we fetch when an event speaks of them, by the event's prefix.
_KINDS = {"checkout.session.": "checkout"}


def parse(raw: bytes, headers: Mapping[str, str], secrets: tuple[str, ...]) -> WebhookEvent:
    """Check the signature by any of `secrets` and read the event. Raises BadSignature.

    Guards what stripe 16.1.0 leaves open: bodies that are not UTF-8, signatures from the future, and
    signed JSON that is no event.
    """
    header = headers.get("Stripe-Signature", "")
    try:
        body = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadSignature("not UTF-8") from error
    event = None
    for secret in secrets:
        try:
            event = stripe.Webhook.construct_event(body, header, secret, tolerance=TOLERANCE)
            break
        except (
            stripe.SignatureVerificationError,
            ValueError,
            TypeError,
            AttributeError,
            RecursionError,
        ):
            continue
    if event is None:
        raise BadSignature("signature")
    if _signed_at(header) > time.time() + TOLERANCE:
        raise BadSignature("signed in the future")
    try:
        return _read(event.to_dict())
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise BadSignature("no event") from error


def _read(found: dict[str, Any]) -> WebhookEvent:
    """Raises ValueError and its kin for what is no event."""
    event_type, event_id = str(found["type"]), str(found["id"])
    kind = next((k for prefix, k in _KINDS.items() if event_type.startswith(prefix)), "")
    ref = str(found["data"]["object"].get("id", ""))
    (event_id + event_type + ref).encode()  # a lone surrogate is a ValueError: it is no id
    if found["object"] != "event" or type(found["livemode"]) is not bool:
        raise ValueError("object")
    if not event_id or (kind and not ref) or "\x00" in event_id + event_type + ref:
        raise ValueError("id")
    return WebhookEvent(
        event_id=event_id,
        type=event_type,
        kind=kind,
        ref=ref,
        occurred_at=datetime.fromtimestamp(int(found["created"]), UTC),
        livemode=found["livemode"],
    )


def _signed_at(header: str) -> int:
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and value.isdecimal():
            return int(value)
    raise BadSignature("no time")
