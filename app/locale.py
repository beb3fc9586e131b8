"""Language: in the path of public pages (`/en/…`, `/ru/…`), by the browser's wish elsewhere."""

from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel

from core.content import LOCALES

DEFAULT = LOCALES[0]


def best_locale() -> str:
    """What fits the browser's Accept-Language best."""
    return request.accept_languages.best_match(LOCALES) or DEFAULT


def current_locale() -> str:
    """The language of this page."""
    if not has_request_context():
        return DEFAULT
    if "lang" not in g:
        # A page that is not there has no route, but its path still says the language.
        first = request.path.split("/", 2)[1]
        g.lang = first if first in LOCALES else best_locale()
    return str(g.lang)


def init_locale(app: Flask) -> None:
    """Read `lang` from the path and put it into every address built on such a page."""
    Babel(app, locale_selector=current_locale, default_translation_directories="translations")

    @app.url_value_preprocessor
    def take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and "lang" in values:
            g.lang = values.pop("lang")

    @app.url_defaults
    def add_language(endpoint: str, values: dict[str, Any]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values["lang"] = current_locale()
