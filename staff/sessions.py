"""Flask-Login on top of our own sessions: the cookie holds a token and nothing else.

Flask-Login's own ways to recognise a browser are switched off: its session identifier hashes the
address and the user agent, and its remember-cookie outlives a sign-out.
"""

from datetime import timedelta

from flask import Flask, request
from flask import session as cookie
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug import Response

from core.database import transaction
from privacy import retention
from staff.models import StaffAccount, StaffSession
from staff.permissions import permissions_of
from staff.services import sessions, throttle

DEVICE_COOKIE = "__Host-device"
_DEVICE_AGE = timedelta(days=400)  # the longest that browsers keep a cookie


class SignedIn:
    """Who is signed in: the session, its account, and what it may do. Flask-Login's `current_user`."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, token: str, session: StaffSession) -> None:
        self._token = token
        self.session = session
        # Held here, because a rollback makes the session's row forget its relationship.
        self.account: StaffAccount = session.account
        self.permissions = permissions_of(session.account.roles)

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the token."""
        return self._token

    @property
    def actor(self) -> str:
        """How the audit trail names this account."""
        return self.account.audit_subject

    @property
    def is_fresh(self) -> bool:
        return sessions.is_fresh(self.session)

    def may(self, permission: str) -> bool:
        return permission in self.permissions


class _Manager(LoginManager):  # type: ignore[misc]  # Flask-Login ships no types
    def _load_user_from_remember_cookie(self, _cookie: str) -> None:
        """No cookie but the session's opens anything."""


def init_sign_in(app: Flask) -> None:
    """Wire sign-in to the application, with its guard on every request and its retention rules."""
    # Not imported above: the guard needs `who`, which is defined here.
    from staff.access import enforce

    # Without a context processor: it would load the session on public pages too.
    manager = _Manager(app, add_context_processor=False)
    manager.session_protection = None
    manager._session_identifier_generator = _no_identifier
    manager.user_loader(_load)
    app.before_request(enforce)
    retention.register("staff session", sessions.forget_sessions)
    retention.register("sign-in throttle", throttle.forget_windows)


def who() -> SignedIn | None:
    """Who is signed in on this request, or None. Reads the database once per request."""
    found = current_user._get_current_object()
    return found if isinstance(found, SignedIn) else None


def start_session(token: str, session: StaffSession) -> None:
    """Put a new session into the cookie. Whatever the cookie held before is gone: an attacker who
    planted it (session fixation), or its form token, gets nothing.
    """
    cookie.clear()
    login_user(SignedIn(token, session))


def end_session(response: Response) -> Response:
    """Empty the cookie after sign-out, and let the browser forget the pages it kept.

    `Clear-Site-Data` leaves cookies alone because it would take the device cookie too, which keeps
    this browser apart from strangers' failures; the session's cookie is emptied by itself.
    """
    logout_user()
    cookie.clear()
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def device() -> str | None:
    """The device cookie's value, if the browser has one."""
    return request.cookies.get(DEVICE_COOKIE)


def remember_device(response: Response, account: StaffAccount) -> None:
    """Give the browser a device cookie after a successful sign-in (see `services.throttle`)."""
    response.set_cookie(
        DEVICE_COOKIE,
        throttle.new_device(account.email),
        max_age=_DEVICE_AGE,
        secure=True,
        httponly=True,
        samesite="Lax",
    )


def _load(token: str) -> SignedIn | None:
    found = sessions.find(token)
    if found is None:
        return None
    if sessions.is_to_touch(found):
        with transaction():
            sessions.touch(found)
    return SignedIn(token, found)


def _no_identifier() -> str:
    return ""
