"""The empty donation form, rendered once for all who see the same, with tokens put in for each.

Rendering it costs five times what the rest of the request does. What differs between people is two
tokens: they are rendered as placeholders that no page can contain by chance, and replaced.
"""

import secrets
import threading
from collections.abc import Callable

from flask import current_app

from core.content import LOCALES
from core.pages import THEMES

CSRF_PLACEHOLDER = f"csrf-{secrets.token_hex(24)}"
FORM_PLACEHOLDER = f"form-{secrets.token_hex(24)}"


class FormCache:
    """One process's copies, by language and theme."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def page(
        self,
        locale: str,
        theme: str,
        render: Callable[[], str],
        *,
        csrf_token: str,
        form_token: str,
    ) -> str:
        """The form with this request's tokens; `render` draws it with the placeholders."""
        key = (locale, theme)
        if locale not in LOCALES or theme not in {"", *THEMES}:
            raise ValueError("a copy for each language and theme, and no more")
        page = self._pages.get(key)
        if page is None:
            with self._lock:
                page = self._pages.setdefault(key, render())
        if page.count(CSRF_PLACEHOLDER) != 1 or page.count(FORM_PLACEHOLDER) != 1:
            raise RuntimeError("the form has one place for each token")
        return page.replace(CSRF_PLACEHOLDER, csrf_token).replace(FORM_PLACEHOLDER, form_token)


def form_cache() -> FormCache:
    """The cache of the running application."""
    found = current_app.extensions.setdefault("donation_form_cache", FormCache())
    assert isinstance(found, FormCache)
    return found
