"""The blueprint that the public pages register on."""

from flask import Blueprint

blueprint = Blueprint("campaign", __name__)
