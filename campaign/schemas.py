"""What the API tells of the campaign and of what can be given."""

import marshmallow as ma
from marshmallow import fields

from core.content import LOCALES

#: One text per language of the site.
Texts = ma.Schema.from_dict(
    {locale: fields.String(required=True) for locale in LOCALES}, name="Texts"
)


def _amount(text: str, example: str) -> fields.String:
    return fields.String(required=True, metadata={"description": text, "example": example})


class Fee(ma.Schema):
    """The processor’s price: `percent` of the total and `fixed`.

    A donation that covers it is raised to the least total from which the gift is left.
    """

    percent = _amount("Of the total.", "1.5")
    fixed = _amount("Per payment, in major units.", "0.25")


class CurrencyOffer(ma.Schema):
    """A currency to give in. Amounts are strings in major units."""

    code = fields.String(required=True, metadata={"description": "ISO 4217.", "example": "EUR"})
    decimals = fields.Integer(
        required=True, metadata={"description": "Of its amounts.", "example": 2}
    )
    presets = fields.List(
        fields.String(), required=True, metadata={"example": ["5.00", "15.00", "50.00"]}
    )
    minimum = _amount("The least gift.", "1.00")
    maximum = _amount("The largest gift.", "5000.00")
    fee = fields.Nested(Fee, required=True)


class Fund(ma.Schema):
    """A purpose to give for."""

    id = fields.String(required=True, metadata={"example": "general"})
    name = fields.Nested(Texts, required=True)


class Campaign(ma.Schema):
    """The campaign and what it offers to donors. The first of each list is the default."""

    name = fields.Nested(Texts, required=True)
    promise = fields.Nested(Texts, required=True)
    legal_label = fields.Nested(
        Texts,
        required=True,
        metadata={"description": "To be shown beside what you show of the campaign, unless empty."},
    )
    currencies = fields.List(fields.Nested(CurrencyOffer), required=True)
    frequencies = fields.List(fields.String(), required=True, metadata={"example": ["once"]})
    funds = fields.List(fields.Nested(Fund), required=True)
    statement_text = fields.String(
        required=True,
        metadata={
            "description": "What the donor’s statement shows.",
            "example": "FDRS* CONTRIBUTION",
        },
    )
