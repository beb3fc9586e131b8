"""Checks of what the panel's addresses and forms hold, with words that are translated.

WTForms' own messages are English in a plain `Form`, which is what filters are.
"""

from collections.abc import Callable

from flask_babel import gettext as _
from wtforms import Field, Form, SelectField, ValidationError
from wtforms.validators import StopValidation

_MAX_ID = 2**63 - 1


def at_most(count: int) -> Callable[[Form, Field], None]:
    """No more than `count` characters."""

    def check(_form: Form, field: Field) -> None:
        if len(field.data) > count:
            raise ValidationError(_("At most %(count)d characters.", count=count))

    return check


def visible(_form: Form, field: Field) -> None:
    """No control characters, none that turn the direction of writing, no halves of a character."""
    if not field.data.isprintable():
        raise ValidationError(invisible_words())


def invisible_words() -> str:
    """What is said of characters that cannot be seen."""
    return str(_("Take out the invisible special characters."))


def entry_number(_form: Form, field: Field) -> None:
    """The number of an entry, from what was sent: `int()` takes more than digits, and any length."""
    text = field.raw_data[0]
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and 1 <= int(text) <= _MAX_ID):
        # In place of the English words of a number that WTForms could not read.
        field.errors = []
        raise StopValidation(no_such_page_words())


def no_such_page_words() -> str:
    """What is said of a page that an address makes up."""
    return str(_("This page does not exist. Begin at the first one."))


class ListField(SelectField):  # type: ignore[misc]  # WTForms has no types
    """A choice from a list."""

    def pre_validate(self, form: Form) -> None:
        try:
            super().pre_validate(form)
        except ValidationError as error:
            raise ValidationError(_("Choose an entry of the list.")) from error
