"""The panel's door: in, again, out."""

from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from admin.forms import ConfirmForm, SignInForm
from admin.panel import blueprint
from core.access import public
from core.database import transaction
from staff.access import safe_next, signed_in, staff
from staff.errors import Throttled, WrongCredentials
from staff.services import sessions
from staff.services import sign_in as service
from staff.sessions import device, end_session, remember_device, start_session, who

_READING = {"GET", "HEAD"}


@blueprint.route("/sign-in", endpoint="sign_in", methods=["GET", "POST"])
@public
def show_sign_in() -> ResponseReturnValue:
    """Sign in. The answer to a wrong password, an unknown e-mail and a closed account is one."""
    form = SignInForm()
    if request.method in _READING:
        form.next.data = safe_next(request.args.get("next"))
        if who() is not None:
            return redirect(form.next.data, code=303)
        return _sign_in_page(form)
    if not form.validate():
        return _sign_in_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            attempt = service.begin(form.email.data, device())
    except Throttled as refused:
        form.password.errors = [_wait_words(refused)]
        return _throttled(_sign_in_page(form, HTTPStatus.TOO_MANY_REQUESTS), refused)
    checked = service.check(attempt, form.password.data)
    before = who()
    try:
        with transaction():
            token, session = service.succeed(checked)
            if before is not None:
                sessions.revoke(before.session.id)
    except WrongCredentials:
        with transaction():
            service.fail(attempt)
        form.password.errors = [_("The e-mail or the password is not right.")]
        return _sign_in_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    start_session(token, session)
    response = redirect(safe_next(form.next.data), code=303)
    remember_device(response, session.account)
    return response


@blueprint.route("/sign-in/again", endpoint="sign_in_again", methods=["GET", "POST"])
@signed_in
def show_sign_in_again() -> ResponseReturnValue:
    """The password once more, before what asks for a fresh sign-in; the session stays."""
    form = ConfirmForm()
    if request.method in _READING:
        form.next.data = safe_next(request.args.get("next"))
        return _again_page(form)
    if not form.validate():
        return _again_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    user = staff()
    try:
        with transaction():
            attempt = service.begin_again(user.account, device())
    except Throttled as refused:
        form.password.errors = [_wait_words(refused)]
        return _throttled(_again_page(form, HTTPStatus.TOO_MANY_REQUESTS), refused)
    checked = service.check(attempt, form.password.data)
    try:
        with transaction():
            service.confirm(checked, user.session)
    except WrongCredentials:
        with transaction():
            service.fail(attempt)
        form.password.errors = [_("The password is not right.")]
        return _again_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    response = redirect(safe_next(form.next.data), code=303)
    remember_device(response, user.account)
    return response


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End the session: a copy of its cookie opens nothing any more."""
    with transaction():
        service.sign_out(staff().session)
    return end_session(redirect(url_for("admin.sign_in", signed_out=1), code=303))


def _sign_in_page(form: SignInForm, status: int = HTTPStatus.OK) -> tuple[str, int]:
    return render_template("admin/sign_in.html", form=form), status


def _again_page(form: ConfirmForm, status: int = HTTPStatus.OK) -> tuple[str, int]:
    return render_template("admin/sign_in_again.html", form=form), status


def _wait_words(refused: Throttled) -> str:
    minutes = -(-refused.retry_after // 60)
    return str(
        ngettext(
            "Too many tries. Try again in %(num)d minute.",
            "Too many tries. Try again in %(num)d minutes.",
            minutes,
        )
    )


def _throttled(page: tuple[str, int], refused: Throttled) -> ResponseReturnValue:
    return *page, {"Retry-After": str(refused.retry_after)}
