"""Light or dark: a form and a cookie, because the safest browsers know no other way."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from campaign.blueprint import blueprint
from core.access import public
from core.pages import THEME_COOKIE, THEMES, is_local_path

_YEAR = 365 * 24 * 3600


@blueprint.post("/<any(en, ru):lang>/theme")
@public
def choose_theme() -> ResponseReturnValue:
    """Keep the choice in a cookie and go back to the page it came from.

    It carries no form token: the pages that hold it are the same for everybody, and a stranger who
    sends it for you changes colours.
    """
    back = request.form.get("page", "")
    answer = redirect(back if is_local_path(back) else url_for("campaign.landing"), 303)
    chosen = request.form.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie(
            THEME_COOKIE,
            chosen,
            max_age=_YEAR,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
    else:
        answer.delete_cookie(THEME_COOKIE, secure=True, httponly=True, samesite="Lax")
    return answer
