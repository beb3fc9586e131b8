"""The public pages that belong to no other room."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import public
from core.content import LOCALES
from donations.offer import offer

blueprint = Blueprint("campaign", __name__)


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
    """Who asks for what, and a way to give."""
    return render_template("campaign/landing.html", offer=offer())


@blueprint.get("/<any(en, ru):lang>/privacy")
@public
def privacy() -> ResponseReturnValue:
    """What is stored, why, and until when."""
    return render_template("campaign/privacy.html")
