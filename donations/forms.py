"""The donation form: what may be typed, and what to say when it cannot be taken."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.i18n import DummyTranslations

from core import form_tokens
from core.content import LOCALES
from core.money import Money
from donations.offer import CurrencyOffer, offer
from donations.services import wishes
from donations.services.gifts import GiftRequest
from donations.words import say

P = ParamSpec("P")
T = TypeVar("T")

TOKEN_PURPOSE = "donate"  # noqa: S105  a name, no secret
OTHER = "other"


class DonateForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The fields of interface.md. Nothing is ticked before the donor does it."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF has no types
        """Every message here is our own, so WTForms' catalogue need not be read for each form."""

        def get_translations(self, _form: object) -> DummyTranslations:
            return DummyTranslations()

    currency = SelectField(_l("Currency"))
    frequency = RadioField(_l("How often"))
    amount = RadioField(_l("Amount"), validate_choice=False)
    other_amount = StringField(_l("Other amount"), filters=[wishes.strip_blanks])
    fund = RadioField(_l("Purpose"))
    cover_fees = BooleanField(_l("Cover the processor’s fee"))
    email = StringField(_l("E-mail for the receipt"), filters=[wishes.strip_blanks])
    keep_email = BooleanField(_l("Do not show my e-mail to the campaign’s staff"))
    public_name = StringField(_l("Name to show publicly"), filters=[wishes.strip_blanks])
    message = TextAreaField(_l("Message to show publicly"), filters=[wishes.unify_newlines])
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
        for field, only in (
            (self.frequency, terms.frequencies[0]),
            (self.fund, terms.default_fund),
        ):
            if field.data is None:
                field.data = only
        if not self.currency.data:
            self.currency.data = terms.default_currency
        self.amount.choices = [
            (p.plain(), p.format(locale, short=True)) for p in self.terms.presets
        ]

    @property
    def terms(self) -> CurrencyOffer:
        """The offer in the chosen currency; in the first one when that is not offered."""
        currencies = offer().currencies
        return currencies.get(self.currency.data or "", currencies[offer().default_currency])

    def chose_in_another_currency(self, shown: str) -> bool:
        """Whether a preset of the currency that the page showed was chosen, and then another currency."""
        currencies = offer().currencies
        if shown not in currencies or shown == self.currency.data:
            return False
        return self.currency.data in currencies and any(
            self.amount.data in {p.plain(), p.plain().partition(".")[0]}
            for p in currencies[shown].presets
        )

    def validate_currency(self, field: SelectField) -> None:
        self._taken(wishes.check_currency, field.data)

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
                _(
                    "Choose one of the amounts in %(currency)s, or write another one.",
                    currency=self.currency.data,
                )
            )

    def validate_other_amount(self, field: StringField) -> None:
        # A typed amount counts when `other` is chosen, or when nothing is: without JavaScript people
        # type a number and forget the radio beside it.
        if self.currency.data not in offer().currencies:
            return
        if not field.data and self.amount.data != OTHER:
            return
        chosen = self.money
        money = self._taken(wishes.check_amount, field.data[:64], self.terms)
        if chosen is not None and chosen != money:
            # Either could be meant, and one of them would be charged unseen.
            raise ValidationError(
                _(
                    "You chose %(chosen)s and also wrote %(written)s. Keep one: empty this field, or "
                    "choose “Other amount”.",
                    chosen=chosen.format(self.locale, short=True),
                    written=money.format(self.locale, short=True),
                )
            )
        if chosen is None:
            self.amount.data = OTHER
            self.money = money

    def validate_frequency(self, field: RadioField) -> None:
        self._taken(wishes.check_frequency, field.data)

    def validate_fund(self, field: RadioField) -> None:
        self._taken(wishes.check_fund, field.data)

    def validate_email(self, field: StringField) -> None:
        field.data = self._taken(wishes.check_email, field.data)

    def validate_public_name(self, field: StringField) -> None:
        self._taken(wishes.check_public_name, field.data)

    def validate_message(self, field: TextAreaField) -> None:
        self._taken(wishes.check_message, field.data)

    def validate_form_token(self, field: StringField) -> None:
        try:
            self.token_digest = form_tokens.digest(TOKEN_PURPOSE, field.data or "")
        except form_tokens.BadFormToken as error:
            field.data = form_tokens.issue(TOKEN_PURPOSE)
            raise ValidationError(
                _("This form was open for too long. Check it and send it again.")
            ) from error

    def _taken(self, rule: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the rule makes of it. Raises ValidationError in its words."""
        try:
            return rule(*args, **kwargs)
        except wishes.Refused as refused:
            raise ValidationError(say(refused, self.locale)) from refused

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
