"""The control API: what a test or a person may do to the stand-in that nobody can do to Stripe."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request

from . import balance, cards, clock, currencies, events, payments
from .errors import ApiError
from .params import url as url_rule
from .request_log import RequestLog
from .store import Books, Json, Store
from .webhooks import PAUSED

blueprint = Blueprint("control", __name__, url_prefix="/control")


def _store() -> Store:
    store: Store = current_app.extensions["standin.store"]
    return store


def _log() -> RequestLog:
    log: RequestLog = current_app.extensions["standin.log"]
    return log


def _told() -> Json:
    told = request.get_json()
    if not isinstance(told, dict):
        abort(400, "A JSON object is expected.")
    return told


def _number(told: Json, name: str) -> int:
    value = told.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        abort(400, f"{name} must be a whole number.")
    return value


def _after() -> int:
    return request.args.get("after", 0, type=int)


@blueprint.before_request
def only_from_here() -> None:
    """Keep web pages out: their requests carry a foreign Host, or a body that is not JSON."""
    if request.host.rsplit(":", 1)[0] not in ("127.0.0.1", "localhost"):
        abort(403, "The control API answers only to 127.0.0.1 and localhost.")
    if request.method == "POST" and not request.is_json:
        abort(415, "Send JSON.")


@blueprint.get("/books")
def show_books() -> Response:
    """Everything that was charged, in minor units, for comparing with other books."""
    with _store().transaction() as books:
        payments.sweep(books)
        return jsonify(
            now=clock.now(books),
            sessions=books.all("checkout.session"),
            payment_intents=books.all("payment_intent"),
            charges=books.all("charge"),
            balance_transactions=[
                balance.shown(books, entry) for entry in books.all("balance_transaction")
            ],
            balance=_totals(books),
        )


def _totals(books: Books) -> dict[str, dict[str, int]]:
    totals: dict[str, dict[str, int]] = {}
    for entry in books.all("balance_transaction"):
        total = totals.setdefault(entry["currency"], {"amount": 0, "fee": 0, "net": 0})
        for name in total:
            total[name] += entry[name]
    return totals


@blueprint.get("/requests")
def show_requests() -> Response:
    """The API's exchanges with an id above `?after=`."""
    return jsonify(requests=_log().after(_after()))


@blueprint.get("/events")
def show_events() -> Response:
    """Every event, oldest first, as the API shows it."""
    with _store().transaction() as books:
        payments.sweep(books)
        return jsonify(events=[events.shown(books, event) for event in books.all("event")])


@blueprint.get("/deliveries")
def show_deliveries() -> Response:
    """Every attempt at delivering with an id above `?after=`, and how many are still to come."""
    with _store().transaction() as books:
        attempts = books.run("SELECT * FROM attempt WHERE id > ? ORDER BY id", (_after(),))
        counts = books.run("SELECT state, count(*) AS n FROM delivery GROUP BY state")
        states = {row["state"]: row["n"] for row in counts}
        return jsonify(
            deliveries=[dict(row) for row in attempts],
            pending=states.get("pending", 0),
            delivered=states.get("delivered", 0),
            given_up=states.get("given_up", 0),
            paused=books.knob(PAUSED, "no") == "yes",
            target=books.webhook_target or None,
        )


@blueprint.get("/clock")
def show_clock() -> Response:
    """What time it is here."""
    with _store().transaction() as books:
        return jsonify(now=clock.now(books))


@blueprint.post("/clock")
def move_clock() -> Response:
    """Advance by `advance_seconds`, or go back with `{"real_time": true}`; what is due is done."""
    told = _told()
    with _store().transaction() as books:
        if told.get("real_time") is True:
            moment = clock.back_to_real_time(books)
        else:
            seconds = _number(told, "advance_seconds")
            if seconds < 0:
                abort(400, "advance_seconds cannot be negative.")
            moment = clock.advance(books, seconds)
        return jsonify(now=moment, done=payments.sweep(books))


@blueprint.post("/webhooks")
def pause_webhooks() -> Response:
    """`{"paused": true}` holds deliveries back; false lets them go."""
    paused = _told().get("paused")
    if not isinstance(paused, bool):
        abort(400, "paused must be true or false.")
    with _store().transaction() as books:
        books.turn(PAUSED, "yes" if paused else "no")
        books.queued = True
    return jsonify(paused=paused)


@blueprint.post("/webhook_target")
def set_webhook_target() -> Response:
    """`{"url": …}` points the webhooks elsewhere; null stops them and queues no more."""
    url = _told().get("url")
    if url is not None:
        try:
            url_rule(url, "url")
        except ApiError as wrong:
            abort(400, str(wrong))
    with _store().transaction() as books:
        books.turn("webhook_target", url or "")
        books.queued = True
    return jsonify(url=url)


@blueprint.post("/events/<event_id>/send")
def send_event(event_id: str) -> Response:
    """Deliver an event once more."""
    with _store().transaction() as books:
        if books.get("event", event_id) is None:
            abort(404, "There is no such event.")
        return jsonify(delivery_id=events.queue(books, event_id))


@blueprint.post("/sessions/<session_id>/pay")
def pay_session(session_id: str) -> Response:
    """Pay as the hosted page would, with `card` (a listed number or label) and `email`; an
    authentication that the card asks for is answered by `approve` (true unless told otherwise).
    """
    told = _told()
    page = f"{request.host_url}c/pay/"
    with _store().transaction() as books:
        payments.sweep(books)
        result = payments.pay(
            books, session_id, str(told.get("card", "")), told.get("email") or None, page
        )
        if result.state == "asks" and "approve" in told:
            result = payments.answer(books, session_id, approved=bool(told["approve"]))
        answer: dict[str, Any] = {"state": result.state, "session": result.session}
        if result.refusal is not None:
            answer["message"] = result.refusal.message
        return jsonify(answer)


@blueprint.post("/debits/<intent_id>/settle")
def settle_debit(intent_id: str) -> Response:
    """Give a bank debit its `outcome` now: succeeded, failed, or, left out, what it stands for."""
    outcome = _told().get("outcome")
    if outcome not in (None, "succeeded", "failed"):
        abort(400, "outcome must be succeeded or failed.")
    with _store().transaction() as books:
        return jsonify(payments.settle(books, intent_id, outcome))


@blueprint.post("/reset")
def reset() -> Response:
    """Forget everything: books, keys, clock, requests, and what the control API had set."""
    with _store().transaction() as books:
        books.wipe()
    _log().wipe()
    return jsonify(reset=True)


@blueprint.errorhandler(payments.Closed)
def closed(_: payments.Closed) -> tuple[Response, int]:
    """The session has expired."""
    return jsonify(error="This session has expired."), 409


@blueprint.errorhandler(cards.UnknownCard)
def unknown_card(_: cards.UnknownCard) -> tuple[Response, int]:
    """Not a listed card."""
    numbers = {card.label: card.number for card in cards.CARDS}
    return jsonify(error="This is none of the listed cards.", cards=numbers), 422


@blueprint.errorhandler(cards.NoDebitInCurrency)
def no_debit(_: cards.NoDebitInCurrency) -> tuple[Response, int]:
    """No bank debit in this currency."""
    return jsonify(error="There is no bank debit in this currency.", debits=cards.DEBITS), 422


@blueprint.errorhandler(ApiError)
def refused(error: ApiError) -> tuple[Response, int]:
    """What the books refuse, in the API's shape."""
    return jsonify(error.body), error.status


@blueprint.errorhandler(400)
@blueprint.errorhandler(403)
@blueprint.errorhandler(404)
@blueprint.errorhandler(415)
def in_words(error: Any) -> tuple[Response, int]:
    """Errors as JSON."""
    return jsonify(error=error.description), error.code


@blueprint.get("/fees")
def show_fees() -> Response:
    """The fee schedule and smallest amounts per currency, in minor units."""
    return jsonify(
        card_basis_points=currencies.CARD_BASIS_POINTS,
        currencies={
            code: {"minimum": known.minimum, "fixed_fee": known.fixed_fee}
            for code, known in currencies.CURRENCIES.items()
        },
    )
