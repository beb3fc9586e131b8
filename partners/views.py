"""Public pages of the organizations."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from core.access import public
from core.database import release
from partners.services.organizations import shown_organizations

blueprint = Blueprint("partners", __name__, url_prefix="/<any(en, ru):lang>")


@blueprint.get("/organizations")
@public
def organizations() -> ResponseReturnValue:
    """The founder and everyone who joined, in the order they joined."""
    found = shown_organizations()
    release()
    return render_template("partners/organizations.html", organizations=found)
