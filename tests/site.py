"""The application as tests use it: real database, real stand-in processor, real HTTP where it counts."""

import base64
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from app.factory import create_app
from core import jobs
from core.database import is_dirty
from tests.processor import KEY, SECRET, Processor

SITE = "http://localhost:8000"


class LeftOver(AssertionError):
    """A request ended with changes that nobody committed."""


class CheckedClient(FlaskClient):
    """A client that speaks to SITE and fails when a request leaves its session dirty."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if "base_url" not in kwargs:
            kwargs["base_url"] = self.application.extensions["settings"].site_url
        answer = super().open(*args, **kwargs)
        if self.application.extensions["left_over"]:
            self.application.extensions["left_over"].clear()
            raise LeftOver("a request left uncommitted changes behind")
        return answer


def guard_sessions(app: Flask) -> None:
    """Note every request whose session holds changes when it ends."""
    app.extensions["left_over"] = []

    # Teardown functions run last registered first, so this one comes before the session is closed.
    @app.teardown_appcontext
    def note(_error: BaseException | None) -> None:
        for session in g.get("_sqlalchemy_sessions", {}).values():
            if is_dirty(session):
                app.extensions["left_over"].append(session)


def test_environ(database_url: str, mail_dir: Path, processor_url: str) -> dict[str, str]:
    """Settings of a test application; literal keys, so that tokens are the same in every process."""
    return {
        "APP_ENV": "demo",
        "SITE_URL": SITE,
        "DATABASE_URL": database_url,
        "SECRET_KEY": "secret-key-of-the-tests-0123456789abcdef",
        "LINK_KEY": "link-key-of-the-tests-0123456789abcdefgh",
        "VAULT_KEYS": "t1:" + base64.b64encode(b"vault key of the tests, 32 bytes").decode(),
        "CAMPAIGN_DIR": "content/demo",
        "MAIL_URL": f"file://{mail_dir}",
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_API_BASE": processor_url or "http://127.0.0.1:9",
    }


test_environ.__test__ = False  # type: ignore[attr-defined]  # a helper, not a test


@pytest.fixture(scope="session")
def _processor() -> Iterator[Processor]:
    with Processor() as running:
        yield running


@pytest.fixture
def processor(_processor: Processor) -> Iterator[Processor]:
    """The stand-in with empty books; every exchange of the test is checked against the description."""
    _processor.reset()
    _processor.set_webhook_target(None)
    yield _processor
    _processor.check_spec()


@pytest.fixture
def mail_dir(tmp_path: Path) -> Path:
    """Where the test's mails land, as .eml files."""
    return tmp_path / "mail"


@pytest.fixture
def make_app(
    request: pytest.FixtureRequest, database_url: str, mail_dir: Path
) -> Iterator[Callable[..., Flask]]:
    """`make_app(**environ)`: an application on the test's database, and its stand-in if it has one."""
    made: list[Flask] = []

    def make(**environ: str) -> Flask:
        url = ""
        if "processor" in request.fixturenames:
            url = request.getfixturevalue("processor").url
        app = create_app(test_environ(database_url, mail_dir, url) | environ)
        app.testing = True
        app.test_client_class = CheckedClient
        guard_sessions(app)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The application on the test's database."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript: keeps cookies, speaks to SITE."""
    return app.test_client()


def work_off(app: Flask) -> None:
    """Run every due job of `app`'s database, in a thread of its own: a browser test has a loop running."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            jobs.bind(app)
            jobs.work_off()
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "the worker did not come to an end"
    if problems:
        raise problems[0]


@pytest.fixture
def run_jobs(app: Flask) -> Callable[[], None]:
    """`run_jobs()`: work off what is due, as the worker would."""
    return lambda: work_off(app)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class LiveSite:
    """The application behind a real HTTP server on loopback, with webhooks coming in."""

    app: Flask
    url: str
    processor: Processor

    def work_off(self) -> None:
        """Wait for the stand-in's webhooks, then run the jobs."""
        self.processor.wait_idle()
        work_off(self.app)


@pytest.fixture
def live_site(make_app: Callable[..., Flask], processor: Processor) -> Iterator[LiveSite]:
    """A served application, for browsers and webhooks."""
    port = free_port()
    app = make_app(SITE_URL=f"http://localhost:{port}")
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    processor.set_webhook_target(f"http://127.0.0.1:{port}/webhooks/stripe")
    yield LiveSite(app, f"http://localhost:{port}", processor)
    processor.set_webhook_target(None)
    server.shutdown()
    thread.join(10)
    server.server_close()


def hidden_fields(html: str) -> dict[str, str]:
    """The hidden fields of a page's forms: what a browser sends along without being asked."""
    found = re.findall(r'<input type="hidden" name="([^"]+)"[^>]* value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found}


def gift(**changes: str) -> dict[str, str]:
    """The fields of a right donation form, with `changes`."""
    fields = {
        "currency": "EUR",
        "amount": "other",
        "other_amount": "19.99",
        "frequency": "once",
        "fund": "general",
        "email": "",
        "public_name": "",
        "message": "",
    }
    return fields | changes


def to_review(client: FlaskClient, lang: str = "en", **changes: str) -> TestResponse:
    """Fill in the form and send it."""
    page = client.get(f"/{lang}/donate")
    fields = hidden_fields(page.text) | gift(**changes)
    return client.post(f"/{lang}/donate", data=fields)


def to_processor(client: FlaskClient, lang: str = "en", **changes: str) -> str:
    """Fill in the form, say yes on the review, and return the address of the processor's page."""
    answer = to_review(client, lang, **changes)
    assert answer.status_code == 303, answer.text
    review = client.get(answer.location)
    paying = client.post(f"/{lang}/donate/review", data=hidden_fields(review.text))
    assert paying.status_code == 303
    return str(paying.location)


def session_of(checkout_url: str) -> str:
    """The session's id in the address of the processor's page."""
    assert "/c/pay/" in checkout_url, checkout_url
    return checkout_url.rsplit("/", 1)[1].split("#", maxsplit=1)[0]


def status_of(page: TestResponse | requests.Response) -> str:
    """The `data-status` of a page's main element."""
    found = re.search(r'<main[^>]* data-status="([a-z_]+)"', page.text)
    assert found, page.text[:500]
    return found[1]
