"""The API's paths: what each takes and who answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from . import balance, currencies, events, lists, params, sessions
from .clock import now
from .errors import ApiError, no_such
from .store import Books, Json

EVENT_DAYS = 30
"""Events can be listed this far back (docs.stripe.com/api/events)."""


@dataclass(frozen=True)
class Call:
    """One request to answer: checked parameters, the ids of its path, the hosted page's address."""

    books: Books
    params: Json
    ids: tuple[str, ...]
    page: str


@dataclass(frozen=True)
class Route:
    """One method and path. `{}` in the path stands for an id."""

    method: str
    path: str
    answer: Callable[[Call], Json]
    known: dict[str, params.Rule] = field(default_factory=dict)

    def ids(self, path: str) -> tuple[str, ...] | None:
        """The ids in a path of this route, or None when it is another's."""
        matched = re.fullmatch(self.path.replace("{}", "([^/]+)"), path)
        return matched.groups() if matched else None


ONE: dict[str, params.Rule] = {"expand": params.EXPAND}


def _found(call: Call, kind: str, param: str) -> Json:
    body = call.books.get(kind, call.ids[0])
    if body is None:
        raise no_such(kind, call.ids[0], param)
    return body


def _line_items(call: Call) -> Json:
    session = sessions.find(call.books, call.ids[0])
    lines = call.books.private(session["id"])["lines"]
    known = [line["id"] for line in lines]
    start = 0
    if "starting_after" in call.params:
        if call.params["starting_after"] not in known:
            raise ApiError(
                f"No such item: '{call.params['starting_after']}'",
                code="resource_missing",
                param="starting_after",
            )
        start = known.index(call.params["starting_after"]) + 1
    end = start + call.params.get("limit", 10)
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return lists.wrap(lines[start:end], url, has_more=len(lines) > end)


def _transactions(call: Call) -> Json:
    listed = lists.page(
        call.books,
        "balance_transaction",
        call.params,
        "/v1/balance_transactions",
        ("source", "type", "currency"),
    )
    listed["data"] = [balance.shown(call.books, entry) for entry in listed["data"]]
    return listed


def _events(call: Call) -> Json:
    not_before = now(call.books) - EVENT_DAYS * 86_400
    wanted = events.wanted_types(call.params)
    listed = lists.events_page(call.books, call.params, wanted, not_before)
    listed["data"] = [events.shown(call.books, event) for event in listed["data"]]
    return listed


ROUTES = (
    Route(
        "POST",
        "/v1/checkout/sessions",
        lambda call: sessions.create(call.books, call.params, call.page),
        sessions.CREATE,
    ),
    Route(
        "GET",
        "/v1/checkout/sessions",
        lambda call: lists.page(
            call.books,
            "checkout.session",
            call.params,
            "/v1/checkout/sessions",
            ("payment_intent", "status"),
        ),
        sessions.LIST,
    ),
    Route(
        "GET",
        "/v1/checkout/sessions/{}",
        lambda call: sessions.find(call.books, call.ids[0]),
        ONE,
    ),
    Route(
        "POST",
        "/v1/checkout/sessions/{}/expire",
        lambda call: sessions.expire(call.books, sessions.find(call.books, call.ids[0])),
        ONE,
    ),
    Route(
        "GET",
        "/v1/checkout/sessions/{}/line_items",
        _line_items,
        {"limit": params.integer(1, 100), "starting_after": params.text(), **ONE},
    ),
    Route(
        "GET",
        "/v1/payment_intents",
        lambda call: lists.page(call.books, "payment_intent", call.params, "/v1/payment_intents"),
        params.PAGING,
    ),
    Route(
        "GET",
        "/v1/payment_intents/{}",
        lambda call: _found(call, "payment_intent", "intent"),
        ONE,
    ),
    Route(
        "GET",
        "/v1/payment_methods/{}",
        lambda call: _found(call, "payment_method", "payment_method"),
        ONE,
    ),
    Route(
        "GET",
        "/v1/charges",
        lambda call: lists.page(
            call.books, "charge", call.params, "/v1/charges", ("payment_intent",)
        ),
        {**params.PAGING, "payment_intent": params.text()},
    ),
    Route("GET", "/v1/charges/{}", lambda call: _found(call, "charge", "charge"), ONE),
    Route("GET", "/v1/balance", lambda call: balance.balance(call.books), ONE),
    Route(
        "GET",
        "/v1/balance_transactions",
        _transactions,
        {
            **params.PAGING,
            "currency": currencies.currency,
            "source": params.text(),
            "type": params.text(),
        },
    ),
    Route(
        "GET",
        "/v1/balance_transactions/{}",
        lambda call: balance.shown(call.books, _found(call, "balance_transaction", "id")),
        ONE,
    ),
    Route(
        "GET",
        "/v1/events",
        _events,
        {
            **params.PAGING,
            "type": params.text(),
            "types": params.list_of(params.text(), 20),
            "delivery_success": params.boolean,
        },
    ),
    Route(
        "GET",
        "/v1/events/{}",
        lambda call: events.shown(call.books, _found(call, "event", "id")),
        ONE,
    ),
)
