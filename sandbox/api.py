"""The one path that every API request takes: read, check, answer, keep, record."""

from __future__ import annotations

import hmac
import json
import re
import time
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass, field

from flask import Blueprint, Request, Response, current_app, request

from . import form, idempotency, params
from .errors import ApiError, unrecognized_path
from .expand import expand
from .idempotency import Kept
from .payments import sweep
from .request_log import RequestLog
from .routes import ROUTES, Call, Route
from .settings import ACCEPTED_VERSIONS, API_VERSION, Settings
from .store import Cause, Json, Store, new_id

blueprint = Blueprint("api", __name__)


@dataclass
class Answer:
    """What goes back to the client."""

    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)


class Api:
    """Answers requests from the books."""

    def __init__(self, settings: Settings, store: Store, log: RequestLog) -> None:
        self._settings = settings
        self._store = store
        self._log = log
        self._in_flight = idempotency.InFlight()

    def serve(self, asked: Request, raw: str, page: str) -> Answer:
        """Answer one request and put both on record, whatever comes of it."""
        request_id = new_id("req_", 14)
        started = time.time()
        told: Json | None = None
        try:
            self._authenticate(asked)
            told = form.decode(raw)
            answer = self._answer(asked, told, request_id, page)
        except ApiError as refused:
            answer = Answer(refused.status, refused.body)
        answer.headers["Request-Id"] = request_id
        answer.headers["Stripe-Version"] = asked.headers.get("Stripe-Version", API_VERSION)
        self._log.add(
            {
                "at": started,
                "request_id": request_id,
                "method": asked.method,
                "path": asked.path,
                "raw": raw,
                "params": told,
                "idempotency_key": asked.headers.get("Idempotency-Key"),
                "stripe_version": asked.headers.get("Stripe-Version"),
                "status": answer.status,
                "body": answer.body,
                "replayed": "Idempotent-Replayed" in answer.headers,
            }
        )
        return answer

    def _authenticate(self, asked: Request) -> None:
        kind, _, credentials = asked.headers.get("Authorization", "").partition(" ")
        key = credentials.strip()
        if kind.lower() == "basic":
            try:
                key = b64decode(key, validate=True).decode().partition(":")[0]
            except (NotBase64, UnicodeDecodeError):
                key = ""
        if not key:
            raise ApiError(
                "You did not provide an API key. You need to provide your API key in the"
                " Authorization header, using Bearer auth.",
                status=401,
            )
        if not hmac.compare_digest(key.encode(), self._settings.api_key.encode()):
            shown = re.sub(r"(?<=.{8}).(?=.{4})", "*", key)
            raise ApiError(f"Invalid API Key provided: {shown}", status=401)
        version = asked.headers.get("Stripe-Version", API_VERSION)
        if version not in ACCEPTED_VERSIONS:
            raise ApiError(
                f"Invalid Stripe API version: {version}. The stand-in takes"
                f" {' and '.join(ACCEPTED_VERSIONS)}."
            )

    def _answer(self, asked: Request, told: Json, request_id: str, page: str) -> Answer:
        route, ids = _find(asked.method, asked.path)
        key = asked.headers.get("Idempotency-Key", "") if asked.method == "POST" else ""
        if not key:
            return self._once(route, ids, told, Cause(request_id), page)
        idempotency.check_key(key)
        with self._in_flight.hold(key):
            return self._once(route, ids, told, Cause(request_id, key), page, asked.path)

    def _once(
        self,
        route: Route,
        ids: tuple[str, ...],
        told: Json,
        cause: Cause,
        page: str,
        endpoint: str = "",
    ) -> Answer:
        """Do it in one transaction, unless the key says that it was done; keep what is answered."""
        key, mark = cause.idempotency_key, idempotency.fingerprint(told)
        with self._store.transaction() as books:
            sweep(books)
        with self._store.transaction(cause) as books:
            if key is not None:
                kept = idempotency.recall(books, key, endpoint, mark)
                if kept is not None:
                    return Answer(
                        kept.status,
                        kept.body,
                        {"Idempotent-Replayed": "true", "Original-Request": kept.request_id},
                    )
            checked = params.check(told, route.known)
            try:
                body = route.answer(Call(books, checked, ids, page))
                answer = Answer(200, expand(books, body, checked.get("expand", [])))
            except ApiError as refused:
                if not refused.executed:
                    raise
                answer = Answer(refused.status, refused.body)
            if key is not None:
                answer.headers["Idempotency-Key"] = key
                result = Kept(answer.status, answer.body, str(cause.request_id))
                idempotency.keep(books, key, endpoint, mark, result)
        return answer


def _find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    for route in ROUTES:
        ids = route.ids(path)
        if ids is not None and route.method == method:
            return route, ids
    raise unrecognized_path(method, path)


@blueprint.route("/v1/", defaults={"rest": ""}, methods=["GET", "POST", "DELETE"])
@blueprint.route("/v1/<path:rest>", methods=["GET", "POST", "DELETE"])
def v1(rest: str) -> Response:
    """Every API path; `rest` is only how Flask hands over the part behind /v1/."""
    del rest
    api: Api = current_app.extensions["standin.api"]
    raw = request.query_string if request.method == "GET" else request.get_data()
    # What is not UTF-8 is kept visible in the record and refused by the decoder.
    answer = api.serve(request, raw.decode("utf-8", "surrogateescape"), f"{request.host_url}c/pay/")
    return Response(
        json.dumps(answer.body, indent=2),
        status=answer.status,
        content_type="application/json",
        headers=answer.headers,
    )
