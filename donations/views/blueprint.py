"""The blueprint that the pages below register on."""

from flask import Blueprint

blueprint = Blueprint("donations", __name__, url_prefix="/<any(en, ru):lang>")
