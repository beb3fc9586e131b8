"""Dates for people, in UTC: `22 November 2026`, `22 ноября 2026 г.`"""

from datetime import date, datetime

from babel.dates import format_date, format_datetime

#: `en` alone would be American to CLDR: November 22, 2026.
_FORMS = {"en": "en_GB"}


def long_date(value: date | datetime, locale: str) -> str:
    """Day, month in words, year."""
    return format_date(value, format="long", locale=_FORMS.get(locale, locale))


def moment(value: datetime, locale: str) -> str:
    """Day and minute, saying that they are in UTC."""
    return format_datetime(value, "d MMM y, HH:mm 'UTC'", locale=_FORMS.get(locale, locale))
