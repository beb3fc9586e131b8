"""The public pages that belong to no other room."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from campaign import pictures, sitemap, styleguide, theme
from campaign.blueprint import blueprint
from campaign.landing_cache import landing_cache
from campaign.texts import PAGES, text_page
from core.access import public
from core.content import LOCALES
from core.pages import chosen_theme

__all__ = ["blueprint", "pictures", "sitemap", "styleguide", "theme"]


@blueprint.get("/")
@public
def root() -> ResponseReturnValue:
    """Send on to the language that the browser prefers."""
    best = request.accept_languages.best_match(LOCALES) or LOCALES[0]
    answer = redirect(url_for("campaign.landing", lang=best), 302)
    answer.headers["Vary"] = "Accept-Language"
    return answer


@blueprint.get("/<any(en, ru):lang>/")
@public
def landing() -> ResponseReturnValue:
    """Who asks for what, why, and a way to give: the same for everybody, so cached whole."""
    page = landing_cache().page(str(get_locale()), chosen_theme())
    if request.if_none_match.contains_weak(page.etag):
        answer = Response(status=304)
    elif request.accept_encodings.quality("gzip") > 0:
        answer = Response(page.gzipped, mimetype="text/html", headers={"Content-Encoding": "gzip"})
    else:
        answer = Response(page.body, mimetype="text/html")
    # Weak: the same page, compressed or not.
    answer.set_etag(page.etag, weak=True)
    # The browser asks each time whether it changed; only the chosen colours differ between people.
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Vary"] = "Cookie, Accept-Encoding"
    return answer


@blueprint.get(f"/<any(en, ru):lang>/<any({', '.join(PAGES)}):name>")
@public
def page(name: str) -> ResponseReturnValue:
    """A page of the campaign's own words."""
    return render_template("campaign/page.html", page=text_page(name, str(get_locale())), name=name)
