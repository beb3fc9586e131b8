"""`expand[]`: the objects behind ids, in place (docs.stripe.com/api/expanding_objects)."""

from __future__ import annotations

from . import balance
from .errors import ApiError
from .lists import wrap
from .store import Books, Json

DEEPEST = 4

_KINDS: dict[str, dict[str, str]] = {
    "checkout.session": {"payment_intent": "payment_intent"},
    "payment_intent": {"latest_charge": "charge", "payment_method": "payment_method"},
    "charge": {"balance_transaction": "balance_transaction", "payment_intent": "payment_intent"},
    "balance_transaction": {"source": "charge"},
}
"""Which field of which object holds the id of which kind."""

_ALWAYS_NULL: dict[str, tuple[str, ...]] = {
    "checkout.session": ("customer", "invoice", "payment_link", "setup_intent", "subscription"),
    "payment_intent": ("application", "customer", "on_behalf_of", "review"),
    "charge": (
        "application",
        "application_fee",
        "customer",
        "failure_balance_transaction",
        "on_behalf_of",
        "review",
        "source_transfer",
    ),
    "payment_method": ("customer",),
}
"""Expandable at Stripe, and null here whatever is asked."""


def expand(books: Books, body: Json, paths: list[str]) -> Json:
    """`body` with each path filled in; ApiError for what cannot be expanded."""
    for path in paths:
        parts = path.split(".")
        if len(parts) - (body["object"] == "list") > DEEPEST:
            raise ApiError(
                f"You cannot expand more than {DEEPEST} levels of a property ({path}).",
                param="expand",
            )
        _along(books, body, parts, path)
    return body


def _along(books: Books, body: Json, parts: list[str], path: str) -> None:
    kind, name, rest = body["object"], parts[0], parts[1:]
    if kind == "list" and name == "data":
        for entry in body["data"]:
            if rest:
                _along(books, entry, rest, path)
        return
    if name in _ALWAYS_NULL.get(kind, ()):
        return
    if kind == "checkout.session" and name == "line_items":
        lines = books.private(body["id"])["lines"]
        body["line_items"] = wrap(lines, f"/v1/checkout/sessions/{body['id']}/line_items")
        return
    target = _KINDS.get(kind, {}).get(name)
    if target is None:
        raise ApiError(
            f"This property cannot be expanded ({path}). You may be able to expand another one.",
            param="expand",
        )
    if isinstance(body[name], str):
        found = books.must(target, body[name])
        if target == "balance_transaction":
            found = balance.shown(books, found)
        body[name] = found
    if rest and body[name] is not None:
        _along(books, body[name], rest, path)
