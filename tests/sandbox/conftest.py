"""One stand-in for a test module, emptied before each test, and a receiver for its webhooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe

from tests.processor import Processor

OURS = "http://127.0.0.1:9"
"""Where donors come from and go back to; nothing listens there."""


class Receiver:
    """Takes webhooks and answers with the statuses it is told, then with 200."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((body, self.headers["Stripe-Signature"]))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/stripe"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def running() -> Iterator[Processor]:
    with Processor() as processor:
        yield processor


@pytest.fixture
def processor(running: Processor) -> Processor:
    running.reset()
    return running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiving = Receiver()
    yield receiving
    receiving.close()


@pytest.fixture
def client(processor: Processor) -> stripe.StripeClient:
    return make_client(processor)


def make_client(processor: Processor) -> stripe.StripeClient:
    return stripe.StripeClient(
        processor.key,
        base_addresses={"api": processor.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(3, 20)),
    )


def told(**changes: Any) -> dict[str, Any]:
    """Parameters for a donation of 12.34 EUR, with changes; None leaves one out."""
    params: dict[str, Any] = {
        "mode": "payment",
        "success_url": OURS + "/paid?session={CHECKOUT_SESSION_ID}",
        "cancel_url": OURS + "/cancelled",
        "client_reference_id": "attempt-1",
        "expires_at": int(time.time()) + 3600,
        "submit_type": "donate",
        "metadata": {"attempt": "1"},
        "payment_intent_data": {
            "description": "Donation",
            "statement_descriptor_suffix": "MORATORIUM",
            "metadata": {"attempt": "1"},
        },
        "line_items": [line()],
        **changes,
    }
    return {name: value for name, value in params.items() if value is not None}


def line(amount: int = 1234, currency: str = "eur", quantity: int = 1) -> dict[str, Any]:
    return {
        "quantity": quantity,
        "price_data": {
            "currency": currency,
            "unit_amount": amount,
            "product_data": {"name": "Donation"},
        },
    }


Create = Callable[..., stripe.checkout.Session]


@pytest.fixture
def create(client: stripe.StripeClient) -> Create:
    """Makes a session; keyword arguments as for `told()`, and `key` for idempotency."""

    def create(key: str | None = None, **changes: Any) -> stripe.checkout.Session:
        options: stripe.RequestOptions = {} if key is None else {"idempotency_key": key}
        params: Any = told(**changes)
        return client.v1.checkout.sessions.create(params, options)

    return create
