"""Browser pages for tests, each in a context of its own, with all their requests on record."""

from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request

#: Nothing here may take longer: a slow page is a failure, not a reason to wait.
_TIMEOUT_MS = 10_000

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class PageMaker:
    """Makes pages and remembers every address they asked for, blocked and failed ones included."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.requests: list[str] = []

    def __call__(
        self,
        *,
        javascript: bool = True,
        locale: str = "en-GB",
        viewport: tuple[int, int] = (1280, 900),
        color_scheme: Literal["light", "dark"] = "light",
        block_scripts: bool = False,
    ) -> Page:
        """A page as a person with these settings has it.

        `block_scripts` lets none of the site's script files through while JavaScript itself stays
        on: axe, which hangs with JavaScript off, can so check the page that a person without
        JavaScript sees.
        """
        context = self._browser.new_context(
            java_script_enabled=javascript,
            locale=locale,
            viewport={"width": viewport[0], "height": viewport[1]},
            color_scheme=color_scheme,
        )
        self._contexts.append(context)
        context.set_default_timeout(_TIMEOUT_MS)
        context.on("request", self._record)
        if block_scripts:
            context.route("**/*.js", lambda route: route.abort())
        return context.new_page()

    def _record(self, request: Request) -> None:
        self.requests.append(request.url)

    def requests_elsewhere(self, allowed: frozenset[str]) -> list[str]:
        """The recorded addresses on the network whose origin is not in `allowed`."""
        origins = {_origin(address) for address in allowed}
        return [url for url in self.requests if _origin(url) not in {None, *origins}]

    def close(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what is not on a network, such as `data:`."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS:
        return None
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    return scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
