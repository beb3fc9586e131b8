"""Fields of JSON that is read: strict about types, with the rules and the words of the form."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import marshmallow as ma
from flask_babel import get_locale
from flask_babel import gettext as _
from marshmallow import fields

from donations.services import wishes
from donations.words import say

#: Visible ASCII without blanks; 16 is the least that can be random enough.
_KEY = re.compile(r"[!-~]{16,128}\Z")
#: For machines: a dot, no sign, no grouping, no exponent, ASCII digits. Nothing is left to guess.
_AMOUNT = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,8})?\Z")


class _Worded(fields.Field[Any]):
    """Marshmallow's own complaints in our words and in the language of the request."""

    def make_error(self, key: str, **kwargs: Any) -> ma.ValidationError:
        return ma.ValidationError(self._words(key))

    def _words(self, key: str) -> str:
        if key == "required":
            return str(_("This field is needed."))
        if key == "null":
            return str(_("Leave the field out instead of sending null."))
        return self._wrong_type()

    def _wrong_type(self) -> str:
        return str(_("This should be a string."))


class Text(_Worded, fields.String):
    """A string that a rule of `services.wishes` accepts, in the form that the rule gives it."""

    def __init__(self, rule: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._rule = rule

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        assert isinstance(text, str)
        try:
            return self._rule(text)
        except wishes.Refused as refused:
            raise ma.ValidationError(say(refused, str(get_locale()))) from refused


class Amount(_Worded, fields.String):
    """An amount in major units, as a string. The bounds depend on the currency: see `NewDonation`."""

    def _wrong_type(self) -> str:
        return str(
            _(
                "Write the amount as a string, such as “19.99”: a number in JSON is a binary "
                "fraction to many programs, and would not arrive exact."
            )
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        assert isinstance(text, str)
        if not _AMOUNT.match(text):
            raise ma.ValidationError(str(_("Write the amount in digits, such as 12.50.")))
        return text


class YesOrNo(_Worded, fields.Boolean):
    """`true` or `false`; not the words and numbers that marshmallow would take for them."""

    def _wrong_type(self) -> str:
        return str(_("This should be true or false."))

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid")
        return value


class IdempotencyKey(_Worded, fields.String):
    """The header's value."""

    def _words(self, key: str) -> str:
        return str(
            _(
                "Send the header Idempotency-Key with 16 to 128 visible ASCII characters: random "
                "ones, new for each donation, and the same when you repeat a request."
            )
        )

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> str:
        # One that is guessed, with the content, leads to somebody's private page.
        if not isinstance(value, str) or not _KEY.match(value) or len(set(value)) < 8:
            raise self.make_error("invalid")
        return value
