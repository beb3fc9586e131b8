"""What the processes of the site write down: enough to run it, and nobody's trace.

The web server and the worker are real processes here, so that what libraries write counts too.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
import requests
from flask import Flask

from app.logs import format_error
from tests.core.workers import wait_for
from tests.database import PROJECT
from tests.giving import everything, execute, is_in, rows
from tests.processor import Processor
from tests.site import free_port, gift, hidden_fields, session_of, status_of, test_environ

EMAIL = "canary-vera@example.org"
CANARIES = {
    "email": EMAIL,
    "its first half": "canary-vera",
    "public name": "Canary Bird",
    "message": "canary sings",
    "user agent": "CanaryBrowser",
    "address": "203.0.113.77",
    "query": "canaryquery",
    "made-up path": "canarypath",
}
HEADERS = {"User-Agent": "CanaryBrowser/1.0", "X-Forwarded-For": "203.0.113.77"}


@contextmanager
def serving(environ: dict[str, str], port: int, log: IO[bytes]) -> Iterator[str]:
    """The site under gunicorn; its address."""
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    process = subprocess.Popen(
        [*command, "--no-control-socket", "wsgi:app"],
        cwd=PROJECT,
        env=os.environ | environ,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    url = f"http://localhost:{port}"

    def answers() -> bool:
        assert process.poll() is None, "the web server ended"
        try:
            return requests.get(f"{url}/healthz", timeout=2).ok
        except requests.ConnectionError:
            return False

    try:
        wait_for(answers, seconds=20)
        yield url
    finally:
        process.terminate()
        process.wait(15)


class Browser:
    """Follows by hand: a Secure cookie over http is for real browsers on loopback only."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cookie = ""

    def ask(self, method: str, path: str, **data: str) -> requests.Response:
        answer = requests.request(
            method,
            path if path.startswith("http") else self._url + path,
            data=data or None,
            headers=HEADERS | {"Cookie": self._cookie},
            allow_redirects=False,
            timeout=20,
        )
        if "Set-Cookie" in answer.headers:
            self._cookie = answer.headers["Set-Cookie"].split(";")[0]
        return answer


def fill_in(browser: Browser) -> requests.Response:
    page = browser.ask("GET", "/en/donate?amount=7&source=canaryquery")
    words = gift(email=EMAIL, public_name="Canary Bird", message="canary sings")
    answer = browser.ask("POST", "/en/donate", **(hidden_fields(page.text) | words))
    review = browser.ask("GET", answer.headers["Location"])
    return browser.ask("POST", "/en/donate/review", **hidden_fields(review.text))


def test_a_donation_leaves_no_trace_of_its_giver(
    app: Flask, processor: Processor, database_url: str, mail_dir: Path, tmp_path: Path
) -> None:
    port = free_port()
    environ = test_environ(database_url, mail_dir, processor.url)
    environ |= {"SITE_URL": f"http://localhost:{port}"}
    path = tmp_path / "log"
    with path.open("wb") as log:
        with serving(environ, port, log) as url:
            processor.set_webhook_target(f"http://127.0.0.1:{port}/webhooks/stripe")
            browser = Browser(url)
            checkout = fill_in(browser).headers["Location"]
            processor.pay(session_of(checkout))
            returned = processor.books()["sessions"][0]["success_url"]
            own_page = browser.ask("GET", returned).headers["Location"]
            assert status_of(browser.ask("GET", own_page)) == "paid"
            assert browser.ask("GET", own_page + "/receipt.pdf").status_code == 200
            assert browser.ask("GET", own_page[:-3] + "AAA").status_code == 404
            assert browser.ask("GET", "/en/canarypath?canaryquery").status_code == 404
            assert browser.ask("POST", "/en/donate", email=EMAIL).status_code == 400
            assert processor.wait_idle()
            # A database that refuses a row tells the whole of it.
            execute(app, "ALTER TABLE donation ADD CHECK (message <> 'canary sings') NOT VALID")
            assert fill_in(Browser(url)).status_code == 500
        work(environ, log)
    written = path.read_text(encoding="utf-8")
    secret = own_page.rsplit("/", 1)[1]
    state = returned.rsplit("/", 1)[1]
    for name, canary in (CANARIES | {"token": secret, "state": state}).items():
        assert canary.lower() not in written.lower(), f"{name}: {line_with(canary, written)}"
    assert '"route": "/<any(en, ru):lang>/donations/<token>"' in written
    assert "donation_message_check" in written, "the error is there, with what was broken"
    assert rows(app, "SELECT state FROM mail_message") == [("sent",)]
    dump = everything(app)
    assert is_in("Canary Bird", dump), "the search finds what is there"
    for name in ("email", "its first half", "user agent", "address", "query"):
        assert not is_in(CANARIES[name], dump), name
    assert not is_in(secret, dump)


def work(environ: dict[str, str], log: IO[bytes]) -> None:
    """Let a worker process do what is due."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "--once"]
    subprocess.run(
        command,
        cwd=PROJECT,
        env=os.environ | environ,
        stdout=log,
        stderr=log,
        check=True,
        timeout=60,
    )


def line_with(text: str, written: str) -> str:
    return next(line for line in written.splitlines() if text.lower() in line.lower())


def test_an_error_is_written_with_its_causes_and_without_rows(app: Flask) -> None:
    def broken() -> None:
        try:
            execute(app, "INSERT INTO sign_in_throttle VALUES ('canary', now(), -1)")
        except Exception as error:
            raise RuntimeError("could not be kept") from error

    with pytest.raises(RuntimeError) as caught:
        broken()
    text = format_error(caught._excinfo or (RuntimeError, RuntimeError(), None))
    assert "canary" not in text.replace("VALUES ('canary'", "")
    for part in (
        "23514",
        "ck_sign_in_throttle_failures_not_negative",
        "could not be kept",
        "then:",
    ):
        assert part in text
    groups = ExceptionGroup("several", [ValueError("one"), caught.value])
    grouped = format_error((type(groups), groups, None))
    assert "ValueError: one" in grouped
    assert "23514" in grouped


def test_every_line_is_json(capfd: pytest.CaptureFixture[str]) -> None:
    code = (
        "import logging, structlog; from app.logs import configure_logs; configure_logs();"
        "structlog.get_logger().info('ours', a=1); logging.getLogger('lib').error('theirs %s', 2);"
        "logging.getLogger('urllib3').warning('hidden')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True, timeout=30)
    lines: list[dict[str, Any]] = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("ours", "info"),
        ("theirs 2", "error"),
    ]
