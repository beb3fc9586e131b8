"""The panel's blueprint; its modules add their routes to it."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

from admin import audit, donations, home, jobs, sign_in  # noqa: E402, F401  they need `blueprint`
