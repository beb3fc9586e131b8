"""The hosted page: plain HTML that takes listed test cards, without JavaScript."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from . import cards, payments, sessions, words
from .currencies import written
from .errors import ApiError
from .params import email as email_rule
from .payments import Closed, Result
from .store import Json, Store

blueprint = Blueprint("hosted", __name__, url_prefix="/c", template_folder="pages")


def _store() -> Store:
    store: Store = current_app.extensions["standin.store"]
    return store


@blueprint.get("/style.css")
def style() -> Response:
    """The page's one stylesheet."""
    return Response(render_template("style.css"), content_type="text/css; charset=utf-8")


@blueprint.get("/pay/<session_id>")
def show(session_id: str) -> AnyResponse:
    """The page of a session; `?card=` fills in a listed number."""
    session = _current(session_id)
    if session["status"] == "complete":
        return redirect(_success(session), 303)
    return _page(session, card=request.args.get("card", ""))


@blueprint.post("/pay/<session_id>")
def pay(session_id: str) -> AnyResponse:
    """Pay. Paying what is paid already leads on to where the first payment led."""
    session = _current(session_id)
    number, email = request.form.get("card", "").strip(), request.form.get("email", "").strip()
    error = None
    if session["status"] == "open" and not number:
        error = "card_empty"
    elif email:
        try:
            email_rule(email, "email")
        except ApiError:
            error = "email"
    if error is not None:
        return _page(session, card=number, email=email, error=error)
    try:
        with _store().transaction() as books:
            result = payments.pay(
                books,
                session_id,
                number,
                email or None,
                url_for(".show", session_id="", _external=True),
            )
    except cards.UnknownCard:
        return _page(session, card=number, email=email, error="card_unknown")
    except cards.NoDebitInCurrency:
        return _page(session, card=number, email=email, error="no_debit")
    except Closed:
        return _page(_current(session_id))
    return _after(result, email)


@blueprint.get("/pay/<session_id>/authenticate")
def ask(session_id: str) -> AnyResponse:
    """The bank's question, for cards that ask."""
    session = _current(session_id)
    with _store().transaction() as books:
        asked = "asked" in books.private(session_id)
    if session["status"] != "open" or not asked:
        return redirect(url_for(".show", session_id=session_id), 303)
    return _render("authenticate.html", session, 200)


@blueprint.post("/pay/<session_id>/authenticate")
def answer(session_id: str) -> AnyResponse:
    """The donor's answer to the bank: `action` is approve, and anything else refuses."""
    approved = request.form.get("action") == "approve"
    try:
        with _store().transaction() as books:
            payments.sweep(books)
            result = payments.answer(books, session_id, approved=approved)
    except Closed:
        return _page(_current(session_id))
    return _after(result, "")


def _current(session_id: str) -> Json:
    """The session as time has left it."""
    with _store().transaction() as books:
        payments.sweep(books)
        try:
            return sessions.find(books, session_id)
        except ApiError:
            abort(404)


def _after(result: Result, email: str) -> AnyResponse:
    session = result.session
    if result.state == "complete":
        return redirect(_success(session), 303)
    if result.state == "asks":
        return redirect(url_for(".ask", session_id=session["id"]), 303)
    if result.refusal is None:
        return redirect(url_for(".show", session_id=session["id"]), 303)
    return _page(session, email=email, error=result.refusal.decline_code or result.refusal.code)


def _success(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _page(
    session: Json, *, card: str = "", email: str = "", error: str | None = None
) -> AnyResponse:
    if session["status"] == "expired":
        return _render("closed.html", session, 410)
    return _render(
        "pay.html",
        session,
        200 if error is None else 422,
        card=card,
        email=email or session["customer_email"] or "",
        error=error,
        listed=cards.listed(session["currency"]),
    )


def _render(template: str, session: Json | None, status: int, **values: object) -> Response:
    language, said = words.choose(session, request.accept_languages.best_match(["en", "ru"]))
    amount = written(session["amount_total"], session["currency"]) if session else ""
    lines: list[Json] = []
    if session:
        with _store().transaction() as books:
            lines = books.private(session["id"])["lines"]
    page = render_template(
        template,
        language=language,
        said={name: text.replace("{amount}", amount) for name, text in said.items()},
        session=session,
        lines=[
            (line["description"], written(line["amount_total"], line["currency"])) for line in lines
        ],
        amount=amount,
        **values,
    )
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = _policy(session)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _policy(session: Json | None) -> str:
    """Nothing but our own stylesheet. Browsers hold a form's redirect to form-action as well, so
    the site that the donor goes back to is named.
    """
    back = {"'self'"}
    for name in ("success_url", "cancel_url"):
        if session and session[name]:
            parts = urlsplit(session[name])
            back.add(f"{parts.scheme}://{parts.netloc}")
    return (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none';"
        f" frame-ancestors 'none'; form-action {' '.join(sorted(back))}"
    )


@blueprint.errorhandler(404)
def missing(_: Exception) -> Response:
    """There is no such session."""
    return _render("closed.html", None, 404)
