"""The browser tests' own guard: a page that asks somewhere else is noticed."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.pages import PageMaker

_PAGE = b"""<!doctype html><html lang="en"><head><title>A page</title>
<link rel="stylesheet" href="http://stranger.invalid/style.css"><script src="/on.js"></script>
</head><body><main><h1>Heading</h1><img src="data:," alt=""><noscript><p>Without</p></noscript>
</main></body></html>"""
_SCRIPT = b"document.documentElement.dataset.script = 'on'"
_POLICY = "default-src 'self' data:; style-src http://stranger.invalid; script-src 'self'"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        script = self.path == "/on.js"
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if script else "text/html")
        self.send_header("Content-Security-Policy", _POLICY)
        self.end_headers()
        self.wfile.write(_SCRIPT if script else _PAGE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    """A page under a strict policy that asks one stranger for its style."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def pages(browser: Browser) -> Iterator[PageMaker]:
    """As `new_page`, without its verdict at the end."""
    maker = PageMaker(browser)
    yield maker
    maker.close()


def test_a_request_to_a_stranger_is_noticed(pages: PageMaker, site: str) -> None:
    pages().goto(site)
    assert pages.requests_elsewhere(frozenset({site})) == ["http://stranger.invalid/style.css"]
    allowed = frozenset({site, "http://stranger.invalid"})
    assert pages.requests_elsewhere(allowed) == []


def test_javascript_is_on_off_or_blocked(pages: PageMaker, site: str) -> None:
    def state(page: Page) -> tuple[bool, bool]:
        page.goto(site)
        html = page.content()
        return 'data-script="on"' in html, page.locator("noscript p").count() == 1

    assert state(pages()) == (True, False)
    assert state(pages(javascript=False)) == (False, True)
    assert state(pages(block_scripts=True)) == (False, False)


def test_axe_works_under_a_strict_policy(pages: PageMaker, site: str, axe: Axe) -> None:
    page = pages(block_scripts=True, locale="ru-RU", color_scheme="dark", viewport=(320, 600))
    page.goto(site)
    assert axe.run(page).violations_count == 0
    page.evaluate("document.documentElement.removeAttribute('lang')")
    violations = axe.run(page).response["violations"]
    assert [violation["id"] for violation in violations] == ["html-has-lang"]
