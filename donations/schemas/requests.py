"""What a request that makes a donation holds. The rules are those of the form (`services.wishes`)."""

from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.content import LOCALES
from core.money import Money
from donations.offer import offer
from donations.schemas.fields import Amount, IdempotencyKey, Text, YesOrNo
from donations.services import wishes
from donations.services.gifts import GiftRequest
from donations.words import say


def _email(text: str) -> str:
    return wishes.check_email(wishes.strip_blanks(text))


def _public_name(text: str) -> str:
    return wishes.check_public_name(wishes.strip_blanks(text))


def _message(text: str) -> str:
    return wishes.check_message(wishes.unify_newlines(text))


def _locale(text: str) -> str:
    if text not in LOCALES:
        raise ma.ValidationError(
            str(_("This should be one of: %(list)s.", list=", ".join(LOCALES)))
        )
    return text


@dataclass(frozen=True, slots=True)
class Wish:
    """A checked request: what to give, and the language of the donor's page, mail and payment page."""

    gift: GiftRequest
    locale: str


class DonationHeaders(ma.Schema):
    """Headers of a request that makes a donation."""

    key = IdempotencyKey(
        required=True,
        data_key="Idempotency-Key",
        metadata={
            "description": "Made by you, random, new for each donation: a UUID of version 4 is right. "
            "Whoever repeats key and content gets the same donation, private link included, so "
            "it must not be guessable. Repeating a request with its key never makes a second donation.",
            "minLength": 16,
            "maxLength": 128,
            "pattern": "^[!-~]{16,128}$",
            "example": "7d0f5a52-9a3e-4b1c-8f0e-2f6f1c1d9b7a",
        },
    )


class NewDonation(ma.Schema):
    """What to give. Fields that are not listed are refused."""

    error_messages = {  # noqa: RUF012  read by marshmallow from the class
        "unknown": _l("There is no such field."),
        "type": _l("This should be a JSON object."),
    }

    class Meta:
        """Marshmallow's options."""

        unknown = ma.RAISE

    amount = Amount(
        required=True,
        metadata={
            "description": "The gift in major units, a string: digits and a dot, at most the "
            "decimals of the currency. Bounds: see `GET /campaign`.",
            "pattern": r"^[0-9]{1,16}(\.[0-9]{1,8})?$",
            "example": "19.99",
        },
    )
    currency = Text(
        wishes.check_currency,
        required=True,
        metadata={"description": "One that `GET /campaign` lists.", "example": "EUR"},
    )
    frequency = Text(
        wishes.check_frequency,
        load_default=lambda: offer().frequencies[0],
        metadata={
            "description": "One that `GET /campaign` lists. Left out: `once`.",
            "example": "once",
        },
    )
    fund = Text(
        wishes.check_fund,
        load_default=lambda: offer().default_fund,
        metadata={
            "description": "The id of a fund that `GET /campaign` lists. Left out: the first.",
            "example": "general",
        },
    )
    cover_fees = YesOrNo(
        load_default=False,
        metadata={
            "description": "Add what the processor will keep, so that the gift arrives whole."
        },
    )
    email = Text(
        _email,
        load_default="",
        metadata={
            "description": "For the receipt. Stored encrypted, destroyed 30 days after the payment, "
            "never part of an answer.",
            "maxLength": wishes.MAX_EMAIL,
            "example": "name@example.org",
        },
    )
    keep_email = YesOrNo(
        load_default=False,
        metadata={"description": "Keep the e-mail from the campaign’s staff too."},
    )
    public_name = Text(
        _public_name,
        load_default="",
        metadata={"description": "To be shown publicly, one line.", "maxLength": wishes.MAX_NAME},
    )
    message = Text(
        _message,
        load_default="",
        metadata={"description": "To be shown publicly.", "maxLength": wishes.MAX_MESSAGE},
    )
    locale = Text(
        _locale,
        load_default=lambda: str(get_locale()),
        metadata={
            "description": "The language of the donor’s page and mail, and of this answer. Left out: "
            "what Accept-Language prefers. Not compared when a key is used again.",
            "enum": list(LOCALES),
        },
    )

    @ma.validates_schema(skip_on_field_errors=False)
    def _within_bounds(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if "amount" not in data or "currency" not in data:
            return
        try:
            _money(data)
        except wishes.Refused as refused:
            raise ma.ValidationError(say(refused, str(get_locale())), "amount") from refused

    @ma.post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> Wish:
        money = _money(data)
        gift = GiftRequest(
            amount_minor=money.minor,
            currency=money.currency,
            frequency=data["frequency"],
            fund=data["fund"],
            cover_fees=data["cover_fees"],
            email=data["email"],
            keep_email=bool(data["email"]) and data["keep_email"],
            public_name=data["public_name"],
            message=data["message"],
        )
        return Wish(gift, data["locale"])


def _money(data: dict[str, Any]) -> Money:
    return wishes.check_amount(data["amount"], offer().currencies[data["currency"]])
