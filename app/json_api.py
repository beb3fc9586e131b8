"""The JSON API: `/api/v1`, described by its own OpenAPI document, and its one shape of an error.

No request to it reads or sets a cookie, so there is nothing that a foreign page could make a browser
send along: that is why its blueprints need no form token.
"""

from http import HTTPStatus
from typing import Any, cast

import marshmallow as ma
from flask import Flask, Request, Response, jsonify, render_template
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_smorest import Api
from flask_wtf import CSRFProtect
from marshmallow import fields
from werkzeug.exceptions import HTTPException

from app.api_docs import read_description
from campaign.api import blueprint as campaign_api
from core.access import public
from core.content import Content
from core.settings import Settings
from donations.api import blueprint as donations_api

PREFIX = "/api/"
_DESCRIPTION_AGE = 300

_ABOUT = """\
Make donations from a program of your own, and follow them.

Amounts are strings in major units, such as `19.99`. Nobody signs in: whoever makes a donation gets its
private link, and nobody else does. A donation needs an `Idempotency-Key`; repeating a request with its
key is always safe. Every error has the same shape, and its words come in the language of the field
`locale` or of the header `Accept-Language`.
"""


class ErrorSchema(ma.Schema):
    """What every error of this API looks like."""

    code = fields.Integer(
        required=True, metadata={"description": "The HTTP status.", "example": 422}
    )
    status = fields.String(
        required=True, metadata={"description": "Its name.", "example": "Unprocessable Entity"}
    )
    message = fields.String(
        required=True,
        metadata={"description": "What is wrong.", "example": "Some of it cannot be taken."},
    )
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata={
            "description": "What is wrong with which field or header; `_schema` is the whole body.",
            "example": {"amount": ["The least amount is €1.00."]},
        },
    )


class _Api(Api):  # type: ignore[misc]  # flask-smorest has no types
    ERROR_SCHEMA = ErrorSchema

    def _register_pagination_header(self) -> None:
        """Nothing here has pages, so the document does not speak of them."""


class _NoCookies(SecureCookieSessionInterface):
    """Sessions for pages; under /api/ there is none to read or to write."""

    def open_session(self, app: Flask, request: Request) -> Any:
        if request.path.startswith(PREFIX):
            return self.make_null_session(app)
        return super().open_session(app, request)


def init_api(app: Flask, csrf: CSRFProtect) -> None:
    """Register the API's blueprints, its description and the page made of that."""
    content: Content = app.extensions["content"]
    settings: Settings = app.extensions["settings"]
    app.session_interface = _NoCookies()
    app.config.update(
        API_TITLE=content.name["en"],
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": _ABOUT},
            "servers": [{"url": settings.site_url}],
        },
    )
    api = _Api(app)
    for blueprint in (campaign_api, donations_api):
        api.register_blueprint(blueprint)
        csrf.exempt(blueprint)
    description = app.view_functions["api-docs.openapi_json"]

    # A bound method takes no mark, so it is wrapped.
    @public
    def openapi() -> Response:
        answer = cast("Response", description())
        answer.headers["Cache-Control"] = f"public, max-age={_DESCRIPTION_AGE}"
        return answer

    @public
    def docs() -> ResponseReturnValue:
        """The description as a page to read."""
        return render_template("api/docs.html", api=read_description(api.spec.to_dict()))

    app.view_functions["api-docs.openapi_json"] = openapi
    app.add_url_rule("/api/docs", "api-docs.page", docs)


def error_answer(status: int, error: HTTPException | None = None) -> Response:
    """The answer of the API to a request that failed; `error` may carry words and fields of its own."""
    data: dict[str, Any] = getattr(error, "data", None) or {}
    body = {
        "code": status,
        "status": HTTPStatus(status).phrase,
        "message": str(data.get("message") or _message(status)),
        "errors": _errors(data),
    }
    answer = jsonify(body)
    answer.status_code = status
    for name, value in (data.get("headers") or {}).items():
        answer.headers[name] = value
    return answer


def _errors(data: dict[str, Any]) -> dict[str, list[str]]:
    """Messages per field. webargs puts them below the place they came from: `json`, `headers`."""
    found: dict[str, Any] = dict(data.get("errors") or {})
    for fields_of_place in (data.get("messages") or {}).values():
        found.update(fields_of_place)
    return {name: [str(message) for message in messages] for name, messages in found.items()}


def _message(status: int) -> str:
    sentences: dict[int, str] = {
        HTTPStatus.BAD_REQUEST: _("This request cannot be read: see “errors”, or check the JSON."),
        HTTPStatus.FORBIDDEN: _("This is not allowed."),
        HTTPStatus.NOT_FOUND: _("There is nothing at this address."),
        HTTPStatus.METHOD_NOT_ALLOWED: _("This address does not take this method: see “Allow”."),
        HTTPStatus.CONFLICT: _("Something changed meanwhile. Look at its state again."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("This request is too large."),
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: _("Send JSON, with Content-Type: application/json."),
        HTTPStatus.UNPROCESSABLE_ENTITY: _("Some of this cannot be taken: see “errors”."),
        HTTPStatus.TOO_MANY_REQUESTS: _("Too many requests. Wait as long as “Retry-After” says."),
        HTTPStatus.SERVICE_UNAVAILABLE: _("Something that is needed does not answer. Try again."),
    }
    if status in sentences:
        return str(sentences[status])
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return str(_("This request cannot be answered."))
    return str(
        _("Something broke on our side, and was noted. Repeating with the same key is safe.")
    )
