"""The application's factory: the one place that knows every room."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from flask_wtf import CSRFProtect
from whitenoise import WhiteNoise

from app import health, json_api, registrations
from app.cli import register_commands
from app.errors import init_errors
from app.headers import STATIC_HEADERS, init_headers
from app.locale import init_locale
from app.logs import configure_logs, init_request_log
from app.migrations import alembic, is_ours
from app.templating import init_templating
from campaign.texts import check_texts
from core import jobs
from core.access import declared
from core.content import load_content
from core.database import init_database
from core.settings import PROJECT, Settings, read_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: Room for a form with one overlong field, so that it can be answered on the form itself.
MAX_FORM_BYTES = 2 * 1024 * 1024


class UndeclaredRoute(RuntimeError):
    """A route does not say who may use it (`core.access`)."""


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """Build the application from the environment (or `environ`, for tests).

    Raises SettingsError and ContentError for settings that are not right, UndeclaredRoute for a route
    that does not say who may use it. Opens no connection.
    """
    settings = read_settings(os.environ if environ is None else environ)
    configure_logs()
    app = Flask("app", root_path=str(PROJECT), template_folder="templates", static_folder=None)
    _configure(app, settings)
    app.extensions["settings"] = settings
    app.extensions["content"] = load_content(settings.campaign_dir)
    check_texts(settings.campaign_dir)
    init_database(app)
    alembic.init_app(app)
    csrf = CSRFProtect(app)
    init_request_log(app)
    init_headers(app, settings)
    init_locale(app)
    init_templating(app)
    registrations.register_features(app, settings, csrf)
    json_api.init_api(app, csrf)
    app.register_blueprint(health.blueprint)
    init_errors(app)
    register_commands(app)
    jobs.bind(app)
    _refuse_undeclared(app)
    served = _Scheme(_static_files(app.wsgi_app), settings.scheme)
    app.wsgi_app = served  # type: ignore[method-assign,assignment]  # Flask's own way to wrap
    return app


def _configure(app: Flask, settings: Settings) -> None:
    hosts = {urlsplit(settings.site_url).hostname, urlsplit(settings.onion_location).hostname}
    if not settings.is_production:
        hosts |= {"localhost", "127.0.0.1"}
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_ENGINES={"default": settings.database_url},
        # Secure also on http loopback, where browsers and curl accept it.
        SESSION_COOKIE_NAME="__Host-session",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=sorted(filter(None, hosts)),
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        # A form may stay open for as long as its session: an hour would lose what people typed.
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="en",
        ALEMBIC={"script_location": "migrations/versions"},
        ALEMBIC_CONTEXT={
            "transaction_per_migration": True,
            "compare_type": True,
            "include_name": is_ours,
        },
    )


def _refuse_undeclared(app: Flask) -> None:
    missing = sorted(name for name, view in app.view_functions.items() if declared(view) is None)
    if missing:
        raise UndeclaredRoute(f"these routes do not say who may use them: {', '.join(missing)}")


def _static_files(wsgi_app: "WsgiApp") -> WhiteNoise:
    def add_headers(headers: object, _path: str, _url: str) -> None:
        assert hasattr(headers, "__setitem__")
        for name, value in STATIC_HEADERS.items():
            headers[name] = value

    # Addresses carry a hash of the content (`asset`, fonts.css), so a cache never shows an old file.
    # Ours are kept for a day; what is vendored lies in a folder named by its version, and for good.
    return WhiteNoise(
        wsgi_app,
        root=str(PROJECT / "static"),
        prefix="/static/",
        max_age=86400,
        add_headers_function=add_headers,
        allow_all_origins=False,
        immutable_file_test=r"^/static/vendor/.+/",
    )


class _Scheme:
    """Says `https` when SITE_URL does: no header of a request is believed for that."""

    def __init__(self, wsgi_app: "WsgiApp", scheme: str) -> None:
        self._app = wsgi_app
        self._scheme = scheme

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = self._scheme
        # gunicorn lets a request's header set this; it would stand before every link of the page.
        environ["SCRIPT_NAME"] = ""
        return self._app(environ, start)


if TYPE_CHECKING:
    WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
