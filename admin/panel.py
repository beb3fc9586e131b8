"""The panel's blueprint, for its modules to add their routes to, and its way to write times."""

from datetime import UTC, datetime

from babel.numbers import format_decimal
from flask import Blueprint
from flask_babel import get_locale

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.app_template_filter("minute")
def minute(value: datetime) -> str:
    """`2026-11-22 09:30`, in UTC: sorts as text and takes one width in a column."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


@blueprint.app_template_filter("number")
def number(value: int) -> str:
    """`1,234`, grouped by the page's language."""
    return str(format_decimal(value, locale=get_locale()))
