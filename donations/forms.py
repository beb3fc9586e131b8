"""The donation form: what may be typed, and what to say when it cannot be taken."""

import re
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField, ValidationError

from core import form_tokens
from core.content import LOCALES
from core.money import AmountError, Money, parse_amount
from donations.offer import CurrencyOffer, offer
from donations.services.gifts import GiftRequest

TOKEN_PURPOSE = "donate"
MAX_NAME = 80
MAX_MESSAGE = 300
MAX_EMAIL = 254
OTHER = "other"

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")
_CONTROLS_BUT_NEWLINE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]"
)


def _strip(text: str | None) -> str:
    """Blanks off both ends, but no line break: one in an e-mail is an attack, not a slip."""
    return (text or "").strip(" \t\u00a0")


def _newlines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


class DonateForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The fields of interface.md. Nothing is ticked before the donor does it."""

    currency = SelectField(_l("Currency"))
    frequency = RadioField(_l("How often"))
    amount = RadioField(_l("Amount"), validate_choice=False)
    other_amount = StringField(_l("Other amount"), filters=[_strip])
    fund = RadioField(_l("What for"))
    cover_fees = BooleanField(_l("Cover the processor’s fee"))
    email = StringField(_l("E-mail for the receipt"), filters=[_strip])
    keep_email = BooleanField(_l("Keep my e-mail from the campaign’s staff"))
    public_name = StringField(_l("Name to show publicly"), filters=[_strip])
    message = TextAreaField(_l("Message to show publicly"), filters=[_newlines])
    form_token = StringField()

    def __init__(self, *args: Any, locale: str = LOCALES[0], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.locale = locale
        self.money: Money | None = None
        self.token_digest: bytes | None = None
        terms = offer()
        self.currency.choices = [(code, code) for code in terms.currencies]
        self.frequency.choices = [(name, name) for name in terms.frequencies]
        self.fund.choices = [(fund.id, fund.name[locale]) for fund in terms.funds.values()]
        for field, only in ((self.frequency, terms.frequencies[0]), (self.fund, terms.default_fund)):
            if field.data is None:
                field.data = only
        if not self.currency.data:
            self.currency.data = terms.default_currency
        self.amount.choices = [(p.plain(), p.format(locale)) for p in self.terms.presets]

    @property
    def terms(self) -> CurrencyOffer:
        """The offer in the chosen currency; in the first one when that is not offered."""
        currencies = offer().currencies
        return currencies.get(self.currency.data or "", currencies[offer().default_currency])

    def validate_currency(self, field: SelectField) -> None:
        if field.data not in offer().currencies:
            raise ValidationError(_("Choose one of the currencies in the list."))

    def validate_amount(self, field: RadioField) -> None:
        if self.currency.data not in offer().currencies:
            return
        presets = {p.plain(): p for p in self.terms.presets}
        # `5` and `5.00` are the same preset: the address of a link may say either.
        presets.update({text.partition(".")[0]: p for text, p in presets.items() if _whole(p)})
        if field.data in presets:
            self.money = presets[field.data]
            field.data = self.money.plain()
        elif not field.data and not self.other_amount.data:
            raise ValidationError(_("Choose an amount, or write another one."))
        elif field.data not in {None, "", OTHER}:
            raise ValidationError(
                _("Choose one of the amounts in %(currency)s, or write another one.",
                  currency=self.currency.data)
            )

    def validate_other_amount(self, field: StringField) -> None:
        # A typed amount counts when `other` is chosen, or when nothing is: without JavaScript people
        # type a number and forget the radio beside it.
        if self.amount.data not in {None, "", OTHER} or (not self.amount.data and not field.data):
            return
        if self.currency.data not in offer().currencies:
            return
        terms = self.terms
        try:
            money = parse_amount(field.data[:64], terms.code)
        except AmountError as error:
            raise ValidationError(_amount_problem(error.reason, terms, self.locale)) from error
        if money < terms.minimum:
            raise ValidationError(
                _("The least amount is %(amount)s.", amount=terms.minimum.format(self.locale))
            )
        if terms.maximum < money:
            raise ValidationError(
                _(
                    "The most that can be given here at once is %(amount)s. Write to us for more.",
                    amount=terms.maximum.format(self.locale),
                )
            )
        self.amount.data = OTHER
        self.money = money

    def validate_frequency(self, field: RadioField) -> None:
        if field.data not in offer().frequencies:
            raise ValidationError(_("Only one-off donations can be made at present."))

    def validate_fund(self, field: RadioField) -> None:
        if field.data not in offer().funds:
            raise ValidationError(_("Choose one of the purposes in the list."))

    def validate_email(self, field: StringField) -> None:
        if not field.data:
            return
        try:
            if len(field.data) > MAX_EMAIL or _CONTROLS.search(field.data):
                raise EmailNotValidError("controls")
            # Whether the domain exists is not asked: that look-up would tell a name server.
            found = validate_email(field.data, check_deliverability=False)
        except EmailNotValidError as error:
            raise ValidationError(
                _("Write one e-mail address, such as name@example.org, or leave the field empty.")
            ) from error
        field.data = found.normalized

    def validate_public_name(self, field: StringField) -> None:
        if len(field.data) > MAX_NAME:
            raise ValidationError(_("At most %(count)d characters.", count=MAX_NAME))
        if _CONTROLS.search(field.data):
            raise ValidationError(_("Write the name on one line, without special characters."))

    def validate_message(self, field: TextAreaField) -> None:
        if len(field.data) > MAX_MESSAGE:
            raise ValidationError(_("At most %(count)d characters.", count=MAX_MESSAGE))
        if _CONTROLS_BUT_NEWLINE.search(field.data):
            raise ValidationError(_("Take out the invisible special characters."))

    def validate_form_token(self, field: StringField) -> None:
        try:
            self.token_digest = form_tokens.digest(TOKEN_PURPOSE, field.data or "")
        except form_tokens.BadFormToken as error:
            field.data = form_tokens.issue(TOKEN_PURPOSE)
            raise ValidationError(
                _("This form was open for too long. Check what is in it and send it again.")
            ) from error

    def gift_request(self) -> GiftRequest:
        """What was asked for. Only after `validate()` said yes."""
        assert self.money is not None
        return GiftRequest(
            amount_minor=self.money.minor,
            currency=self.money.currency,
            frequency=self.frequency.data,
            fund=self.fund.data,
            cover_fees=self.cover_fees.data,
            email=self.email.data,
            keep_email=bool(self.email.data) and self.keep_email.data,
            public_name=self.public_name.data,
            message=self.message.data,
        )


def _whole(money: Money) -> bool:
    return money.major == int(money.major)


def _amount_problem(reason: str, terms: CurrencyOffer, locale: str) -> str:
    if reason == "decimals" and terms.minimum.plain().isdecimal():
        return _("Write a whole number: %(currency)s has no decimals.", currency=terms.code)
    if reason in {"decimals", "ambiguous"}:
        return _("Write at most two decimals, such as 12.50 or 1234.50.")
    if reason == "too_large":
        return _(
            "The most that can be given here at once is %(amount)s. Write to us for more.",
            amount=terms.maximum.format(locale),
        )
    return _("Write the amount in digits, such as 12.50.")
