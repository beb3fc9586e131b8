"""The start page, rendered once for all who see the same: by language and colours.

What it shows of the database may be five seconds old. Each process keeps its own copy: the page is
rendered again at most once in that time, and asking for it reads nothing.
"""

import gzip
import hashlib
import threading
import time
from dataclasses import dataclass

from flask import current_app, render_template

from campaign.texts import landing_text
from core.database import release
from core.pages import share_page
from donations.offer import offer
from partners.services.organizations import shown_organizations
from shop.services.products import announced_products

LIFETIME_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page's bytes, plain and compressed, their ETag, and until when they are shown (monotonic).

    Compressing is safe here and nowhere else on the site: the page holds nothing secret.
    """

    body: bytes
    gzipped: bytes
    etag: str
    until: float


class LandingCache:
    """The copies of one process."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, str], RenderedPage] = {}
        self._lock = threading.Lock()

    def page(self, locale: str, theme: str) -> RenderedPage:
        """The start page in a language and theme (`light`, `dark` or empty for the device's)."""
        found = self._pages.get((locale, theme))
        if found is not None and found.until > time.monotonic():
            return found
        # One thread renders; the others wait for it rather than do the same work.
        with self._lock:
            found = self._pages.get((locale, theme))
            if found is None or found.until <= time.monotonic():
                found = _render(locale)
                self._pages[(locale, theme)] = found
        return found

    def forget(self) -> None:
        """Drop every copy: the next visitor sees what is in the database now."""
        with self._lock:
            self._pages.clear()


def landing_cache() -> LandingCache:
    """The cache of the running application."""
    found = current_app.extensions.setdefault("landing_cache", LandingCache())
    assert isinstance(found, LandingCache)
    return found


def _render(locale: str) -> RenderedPage:
    share_page()
    html = render_template(
        "campaign/landing.html",
        offer=offer(),
        text=landing_text(locale),
        organizations=shown_organizations(),
        products=announced_products(),
    )
    release()
    body = html.encode()
    digest = hashlib.sha256(body).hexdigest()[:32]
    return RenderedPage(
        body, gzip.compress(body, 6, mtime=0), digest, time.monotonic() + LIFETIME_SECONDS
    )
