"""Every domain error's status and page, said once."""

from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from app import json_api
from core.database import db
from core.errors import Conflict, DomainError, NotAllowed, NotFound, TooMany, Unavailable
from payments.errors import BadSignature

log = structlog.get_logger(__name__)

_STATUS: list[tuple[type[DomainError], HTTPStatus]] = [
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (BadSignature, HTTPStatus.BAD_REQUEST),
    (TooMany, HTTPStatus.TOO_MANY_REQUESTS),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (Conflict, HTTPStatus.CONFLICT),
    (DomainError, HTTPStatus.INTERNAL_SERVER_ERROR),
]


def _words(status: int) -> tuple[str, str]:
    """A heading and a sentence that says what to do."""
    if status == HTTPStatus.NOT_FOUND:
        return _("Page not found"), _(
            "There is nothing at this address. If you followed a private link, check that you copied "
            "all of it."
        )
    if status == HTTPStatus.FORBIDDEN:
        return _("Not allowed"), _("Your account has no permission for this. Ask an administrator.")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _("Too large"), _(
            "What you sent is too large. Go back, shorten it and send it again."
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _("Too many tries"), _(
            "There were too many tries. Wait a few minutes and try again."
        )
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return _("Temporarily unavailable"), _(
            "Part of this site does not answer. Wait a few minutes and try again. If you were paying, "
            "look at your private page before you pay again."
        )
    if status == HTTPStatus.CONFLICT:
        return _("Something has changed in the meantime"), _(
            "Go back, reload the page and check what it says now."
        )
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _("We could not read the request"), _(
            "Go back to the page you came from, reload it and try again."
        )
    return _("Our mistake"), _(
        "Something broke on our side, and we have a record of it. If you were paying, look at your "
        "private page before you pay again."
    )


def _page(
    status: int, *, heading: str = "", advice: str = "", error: HTTPException | None = None
) -> ResponseReturnValue:
    if request.path.startswith(json_api.PREFIX):
        return json_api.error_answer(status, error)
    if request.path.startswith("/webhooks/"):
        return {"code": status, "status": HTTPStatus(status).phrase}, status
    words = _words(status)
    try:
        page = render_template(
            "errors/error.html",
            status=status,
            heading=heading or words[0],
            advice=advice or words[1],
        )
    except Exception as problem:
        # What broke the page may break this one too: then plain words, with all headers.
        log.error("error page broken", error=type(problem).__name__, exc_info=problem)
        return Response(f"{words[0]}\n{words[1]}\n", status, mimetype="text/plain")
    return page, status


def init_errors(app: Flask) -> None:
    """Register the pages for all of them."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
    # Flask's own words of an error in a handler would name the path, which may be a private link.
    app.log_exception = _log_exception  # type: ignore[method-assign,assignment]  # made to be replaced


def _log_exception(_exc_info: object) -> None:
    rule = request.url_rule.rule if request.url_rule else "-"
    log.error("an error handler failed", route=rule, exc_info=True)


def _domain(error: DomainError) -> ResponseReturnValue:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("domain error", error=type(error).__name__, exc_info=error)
    db.session.rollback()
    response = current_app.make_response(_page(status))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return _page(
        HTTPStatus.BAD_REQUEST,
        heading=_("The form was not accepted"),
        advice=_(
            "The page was open for too long, or your browser did not keep this site’s cookie. Allow "
            "the cookie, go back, reload the page and send the form again."
        ),
    )


def _foreign_host(_error: SecurityError) -> ResponseReturnValue:
    # No page: no address of ours can be built on a host that is not ours.
    if request.path.startswith(json_api.PREFIX):
        return json_api.error_answer(HTTPStatus.BAD_REQUEST)
    return Response("The host of the request is not this site's.\n", 400, mimetype="text/plain")


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    response = current_app.make_response(_page(error.code or 500, error=error))
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unexpected", error=type(error).__name__, exc_info=error)
    db.session.rollback()
    if current_app.testing:
        raise error
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR)
