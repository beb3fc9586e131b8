"""A real browser, and pages that notice every request they make."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from tests.browser.install import AXE, find_chromium
from tests.browser.pages import PageMaker

_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Without these the browser asks its maker's hosts for updates and more.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The browser that `make test` has found or installed."""
    path = find_chromium()
    if path is None:
        pytest.fail("There is no Chromium: use `make test`, which installs one.", False)
    return path


# For this folder, not the session: while the browser is open, its event loop counts as running in
# this thread, and no other test could call asyncio.run.
@pytest.fixture(scope="package")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """One Chromium for all tests here; each page gets a fresh context, without cookies."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=_ARGUMENTS, headless=True
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> Axe:
    """The accessibility checker: `axe.run(page)`. It needs JavaScript on in the page."""
    if not AXE.is_file():
        pytest.fail("axe-core is not installed: use `make test`.", False)
    return Axe.from_file(AXE)


@pytest.fixture
def allowed_origins() -> frozenset[str]:
    """The origins a page may ask, such as `http://localhost:8000`; none unless overridden."""
    return frozenset()


@pytest.fixture
def new_page(browser: Browser, allowed_origins: frozenset[str]) -> Iterator[PageMaker]:
    """Makes pages: `new_page(javascript=False, locale="ru-RU")`.

    Fails the test at its end if any page asked an origin that is not in `allowed_origins`.
    """
    maker = PageMaker(browser)
    yield maker
    maker.close()
    strangers = maker.requests_elsewhere(allowed_origins)
    if strangers:
        pytest.fail("Requests left the site:\n" + "\n".join(strangers), False)
