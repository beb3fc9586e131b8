"""What every template can use: money, dates, the campaign's words, assets, the language switch."""

import hashlib
import uuid
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from babel.numbers import format_decimal, format_percent
from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import get_locale, get_translations
from jinja2 import StrictUndefined

from campaign.pictures import PICTURES_VERSION
from core.content import LOCALES, content
from core.dates import long_date, moment
from core.money import Money
from core.pages import chosen_theme, own_query
from core.settings import PROJECT, settings
from donations.offer import CurrencyOffer


def init_templating(app: Flask) -> None:
    """Strict undefined names, filters and globals."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        money=_money, short_money=_short_money, percent=_percent, day=_day, moment=_moment
    )
    # Jinja asks for a hundred translations a page; Flask-Babel looks its domain up for each.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of the i18n extension
        lambda text: _catalogue().ugettext(text),
        lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        asset=asset,
        language_links=language_links,
        fee_percent=fee_percent,
        picture_url=picture_url,
        mark_url=mark_url,
        page_address=page_address,
        this_page=this_page,
    )

    @app.context_processor
    def words() -> dict[str, Any]:
        return {
            "campaign": content(),
            "locale": _locale(),
            "theme": chosen_theme() if has_request_context() else "",
            "site_address": settings().site_url,
        }


def _catalogue() -> Any:
    """The translations of the present language, kept beside the language it was chosen by.

    `force_locale` empties the same place, so a letter in another language gets its own.
    """
    state = g.get("_flask_babel")
    found = getattr(state, "babel_translations", None)
    if found is None:
        found = get_translations()
        g._flask_babel.babel_translations = found
    return found


def _locale() -> str:
    return str(get_locale() or LOCALES[0])


def _money(value: Money) -> str:
    return value.format(_locale())


def _short_money(value: Money) -> str:
    """Whole amounts without decimals: `€15`, `15 €`."""
    return value.format(_locale(), short=True)


def _percent(value: int) -> str:
    """`35%`, `35 %`, by the page's language."""
    return format_percent(Decimal(value) / 100, locale=_locale())


def _day(value: date | datetime) -> str:
    """`22 November 2026`, by the page's language, in UTC."""
    return long_date(value, _locale())


def _moment(value: datetime) -> str:
    """Day and minute, in UTC, and saying so."""
    return moment(value, _locale())


def fee_percent(terms: CurrencyOffer) -> str:
    """The processor's share, `1.5` or `1,5`, by the page's language."""
    return format_decimal(Decimal(terms.fee_basis_points) / 100, locale=_locale())


@lru_cache(maxsize=64)
def asset(path: str) -> str:
    """The address of a file under static/, with a hash of its content."""
    digest = hashlib.sha256((PROJECT / "static" / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


def language_links() -> list[tuple[str, str, bool]]:
    """This page in each language: code, address, whether it is the present one. Keeps the query.

    A page that cannot be asked for by GET in the other language leads to the start page.
    """
    endpoint = "campaign.landing"
    values: dict[str, Any] = {}
    if has_request_context() and request.url_rule and "lang" in request.url_rule.arguments:
        adapter = current_app.url_map.bind("")
        if adapter.test(request.path, method="GET"):
            endpoint = request.url_rule.endpoint
            values = dict(request.view_args or {})
    values.pop("lang", None)
    # Never as arguments of url_for: a query of `_scheme` or `endpoint` would be taken for its own.
    query = urlencode({k: v for k, v in own_query().items() if k != "lang"})
    ending = f"?{query}" if query else ""
    return [
        (code, url_for(endpoint, lang=code, **values) + ending, code == _locale())
        for code in LOCALES
    ]


def this_page() -> str:
    """Path and query of this page, to come back to; the start page for what GET cannot show."""
    if request.method != "GET" or request.url_rule is None:
        return url_for("campaign.landing")
    query = urlencode(own_query())
    return request.path + (f"?{query}" if query else "")


def page_address(locale: str) -> str:
    """This page's full address in a language, without its query: the one search engines should keep."""
    assert request.endpoint is not None
    values: dict[str, Any] = {**(request.view_args or {}), "lang": locale}
    return settings().site_url + url_for(request.endpoint, **values)


def picture_url(name: str) -> str:
    """The address of one of the campaign's own pictures (`campaign.pictures`)."""
    return url_for("campaign.picture", name=name, v=PICTURES_VERSION)


def mark_url(owner: uuid.UUID, shape: str) -> str:
    """The address of the mask that stands for an organization or product without a picture."""
    return url_for("campaign.mark", owner=owner, shape=shape, v=PICTURES_VERSION)
