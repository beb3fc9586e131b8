"""The site as it is, with a stopwatch around the one call to the processor that a donor waits for.

The time goes out in a Server-Timing header, so that the client can tell it from ours per request.
"""

import time
from typing import Any

from flask import Response, g

from payments.gateway import CheckoutHandle, CheckoutRequest
from wsgi import app

HEADER = "Server-Timing"


class _Watched:
    """A gateway that notes how long its checkouts take to open."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def create_checkout(self, request: CheckoutRequest, *, idempotency_key: str) -> CheckoutHandle:
        begun = time.perf_counter()
        try:
            handle: CheckoutHandle = self._gateway.create_checkout(
                request, idempotency_key=idempotency_key
            )
            return handle
        finally:
            g.gateway_ms = (time.perf_counter() - begun) * 1000


@app.after_request
def _tell(response: Response) -> Response:
    if "gateway_ms" in g:
        response.headers[HEADER] = f"gateway;dur={g.gateway_ms:.3f}"
    return response


_gateways = app.extensions["gateways"]
_gateways["stripe"] = _Watched(_gateways["stripe"])
