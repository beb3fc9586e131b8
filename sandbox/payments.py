"""Paying: what happens when a donor, a bank or the clock acts on a session. One transaction each,
so that a double click finds the session as the first click left it.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import cards, charges, events, intents, methods, sessions
from .cards import Card, Outcome, Refusal
from .clock import now
from .errors import ApiError, no_such
from .store import Books, Json

DEBIT_DAYS = 5
"""After so many days of the stand-in's clock a bank debit has its outcome by itself."""


class Closed(Exception):
    """The session has expired: there is nothing to pay any more."""


@dataclass(frozen=True)
class Result:
    """What the page has to do: `state` is complete, declined or asks; `refusal` says why not."""

    state: str
    session: Json
    refusal: Refusal | None = None


def pay(books: Books, session_id: str, number: str, email: str | None, page: str) -> Result:
    """Try to pay with a listed card; paying what is complete changes nothing.

    Raises cards.UnknownCard, cards.NoDebitInCurrency, Closed, or ApiError 404.
    """
    session = sessions.find(books, session_id)
    if session["status"] == "complete":
        return Result("complete", session)
    if session["status"] == "expired":
        raise Closed
    currency = str(session["currency"])
    card = cards.find(number, currency)
    intent = _intent(books, session)
    # A new try takes back a question that an earlier one left open.
    private = books.private(session_id)
    if private.pop("asked", None) is not None:
        books.remember(session_id, private)
    method = methods.create(books, card, currency, email or session["customer_email"])
    if card.outcome is Outcome.ASKS:
        url = f"{page}{session_id}/authenticate"
        intents.ask(books, intent, method["id"], url, page + session_id)
        books.remember(session_id, {**private, "asked": method["id"], "email": email})
        return Result("asks", session)
    if card.outcome is Outcome.DECLINED:
        assert card.refusal is not None
        charge = charges.create(books, intent, method, card, status="failed", refusal=card.refusal)
        events.emit(books, "charge.failed", charge)
        intents.fail(books, intent, method, card.refusal, charge)
        return Result("declined", session, card.refusal)
    if card.is_debit:
        charge = charges.create(books, intent, method, card, status="pending")
        events.emit(books, "charge.pending", charge)
        intents.process(books, intent, method["id"], charge)
        sessions.complete(books, session, paid=False, email=email)
        books.remember(intent["id"], {"session": session_id, "card": card.label})
        due = now(books) + DEBIT_DAYS * 86_400
        books.run("INSERT INTO due VALUES (?, 'debit_outcome', ?)", (intent["id"], due))
        return Result("complete", session)
    return _succeed(books, session, intent, method, card, email, asked=False)


def answer(books: Books, session_id: str, *, approved: bool) -> Result:
    """The donor's answer on the bank's page; without an open question nothing changes.

    Raises Closed when the session expired meanwhile, or ApiError 404.
    """
    session = sessions.find(books, session_id)
    if session["status"] == "complete":
        return Result("complete", session)
    if session["status"] == "expired":
        raise Closed
    private = books.private(session_id)
    method_id = private.pop("asked", None)
    if method_id is None:
        return Result("open", session)
    books.remember(session_id, private)
    intent = books.must("payment_intent", session["payment_intent"])
    method = books.must("payment_method", method_id)
    if not approved:
        refusal = cards.REFUSED_AUTHENTICATION
        intents.fail(books, intent, method, refusal, None)
        return Result("declined", session, refusal)
    card = next(card for card in cards.CARDS if card.outcome is Outcome.ASKS)
    return _succeed(books, session, intent, method, card, private.get("email"), asked=True)


def settle(books: Books, intent_id: str, outcome: str | None = None) -> Json:
    """The bank's word on a debit under way: `succeeded`, `failed`, or what its number stands for.

    Raises ApiError when there is no such intent, or none that is waiting.
    """
    intent = books.get("payment_intent", intent_id)
    if intent is None:
        raise no_such("payment_intent", intent_id, "intent")
    if intent["status"] != "processing":
        raise ApiError(f"This PaymentIntent is {intent['status']}: no debit is under way.")
    private = books.private(intent_id)
    card = next(card for card in cards.CARDS if card.label == private["card"])
    outcome = outcome or ("failed" if card.outcome is Outcome.FAILS_LATER else "succeeded")
    session = books.must("checkout.session", private["session"])
    charge = books.must("charge", intent["latest_charge"])
    method = books.must("payment_method", intent["payment_method"])
    books.run("DELETE FROM due WHERE object_id = ?", (intent_id,))
    if outcome == "succeeded":
        charges.succeed(books, charge)
        events.emit(books, "charge.succeeded", charge)
        intents.succeed(books, intent, method["id"], charge)
        session["payment_status"] = "paid"
        books.save(session)
        events.emit(books, "checkout.session.async_payment_succeeded", session)
    else:
        fails = next(card for card in cards.CARDS if card.outcome is Outcome.FAILS_LATER)
        assert fails.refusal is not None
        charges.fail(books, charge, fails.refusal)
        events.emit(books, "charge.failed", charge)
        intents.fail(books, intent, method, fails.refusal, charge)
        events.emit(books, "checkout.session.async_payment_failed", session)
    return intent


def sweep(books: Books) -> int:
    """Do what the clock has made due: expire sessions, give debits their outcome. How many."""
    rows = books.run("SELECT object_id, kind FROM due WHERE at <= ? ORDER BY at", (now(books),))
    for row in rows:
        if row["kind"] == "session_expiry":
            sessions.expire(books, sessions.find(books, row["object_id"]))
        else:
            settle(books, row["object_id"])
    return len(rows)


def _intent(books: Books, session: Json) -> Json:
    """The session's intent, made at the first try."""
    if session["payment_intent"] is not None:
        return books.must("payment_intent", session["payment_intent"])
    told = books.private(session["id"])["intent_data"]
    intent = intents.create(books, session, told, session["payment_method_types"])
    session["payment_intent"] = intent["id"]
    books.save(session)
    return intent


def _succeed(
    books: Books,
    session: Json,
    intent: Json,
    method: Json,
    card: Card,
    email: str | None,
    *,
    asked: bool,
) -> Result:
    charge = charges.create(books, intent, method, card, status="succeeded", asked=asked)
    events.emit(books, "charge.succeeded", charge)
    intents.succeed(books, intent, method["id"], charge)
    sessions.complete(books, session, paid=True, email=email)
    return Result("complete", session)
