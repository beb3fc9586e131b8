"""What the campaign offers to donors: currencies, amounts, funds and fees, from campaign.toml."""

from dataclasses import dataclass

from flask import current_app

from core.content import ContentError, Section
from core.money import AmountError, Money, parse_amount


@dataclass(frozen=True, slots=True)
class CurrencyOffer:
    """A currency: preset amounts, the bounds of a gift, and the processor's fee as a model.

    The fee of a total is `fee_basis_points` hundredths of a percent of it plus `fee_fixed`.
    """

    code: str
    presets: tuple[Money, ...]
    minimum: Money
    maximum: Money
    fee_basis_points: int
    fee_fixed: Money

    def fee_cover(self, gift: Money) -> Money:
        """What to add to `gift` so that it arrives whole: the least total whose fee leaves it.

        total − fee(total) ≥ gift, solved for the total and rounded up to a whole minor unit.
        """
        keep = 10_000 - self.fee_basis_points
        total = -(-(gift + self.fee_fixed).minor * 10_000 // keep)
        return Money(total - gift.minor, gift.currency)


@dataclass(frozen=True, slots=True)
class Fund:
    """What a gift can be given for."""

    id: str
    name: dict[str, str]
    description: dict[str, str]


@dataclass(frozen=True, slots=True)
class DonationOffer:
    """The whole offer. The first currency and the first fund are what the form shows first."""

    currencies: dict[str, CurrencyOffer]
    frequencies: tuple[str, ...]
    funds: dict[str, Fund]
    line_label: dict[str, str]
    statement_suffix: str
    statement_text: str

    @property
    def default_currency(self) -> str:
        return next(iter(self.currencies))

    @property
    def default_fund(self) -> str:
        return next(iter(self.funds))


def read_offer(section: Section) -> DonationOffer:
    """Read `[donations]` of campaign.toml. Raises ContentError."""
    table = section.section("currency")
    currencies = {
        code: _currency(code, table.section(code)) for code in section.texts("currencies")
    }
    funds = {
        fund.text("id"): Fund(
            fund.text("id"), fund.localized("name"), fund.localized("description", optional=True)
        )
        for fund in section.sections("funds")
    }
    if not currencies or not funds:
        raise ContentError("campaign.toml: donations needs at least one currency and one fund")
    suffix = str(section.values.get("statement_suffix", ""))
    if len(suffix) > 22:
        raise ContentError("campaign.toml: donations.statement_suffix is at most 22 characters")
    return DonationOffer(
        currencies=currencies,
        frequencies=("once",),
        funds=funds,
        line_label=section.localized("line_label"),
        statement_suffix=suffix,
        statement_text=section.text("statement_text"),
    )


def _currency(code: str, section: Section) -> CurrencyOffer:
    def money(text: str, key: str) -> Money:
        try:
            return parse_amount(text, code)
        except AmountError as error:
            raise ContentError(
                f"campaign.toml: {section.place}.{key}: {text!r}: {error}"
            ) from error

    offer = CurrencyOffer(
        code=code,
        presets=tuple(money(t, "presets") for t in section.texts("presets")),
        minimum=money(section.text("minimum"), "minimum"),
        maximum=money(section.text("maximum"), "maximum"),
        fee_basis_points=section.integer("fee_basis_points"),
        fee_fixed=money(section.text("fee_fixed"), "fee_fixed"),
    )
    if not (offer.minimum.minor > 0 and offer.minimum < offer.maximum):
        raise ContentError(
            f"campaign.toml: {section.place}: minimum must be above 0 and below maximum"
        )
    if any(p < offer.minimum or offer.maximum < p for p in offer.presets):
        raise ContentError(f"campaign.toml: {section.place}.presets must lie between the bounds")
    if not 0 <= offer.fee_basis_points < 2_000:
        raise ContentError(f"campaign.toml: {section.place}.fee_basis_points: 0 to 1999")
    return offer


def offer() -> DonationOffer:
    """The offer of the running application."""
    found = current_app.extensions["donation_offer"]
    assert isinstance(found, DonationOffer)
    return found
