"""What the API answers about donations: never an e-mail, a name or a message."""

import marshmallow as ma
from marshmallow import fields

from donations.models import DonationStatus, Frequency


def _described(text: str, example: str) -> dict[str, str]:
    return {"description": text, "example": example}


class _Sums(ma.Schema):
    """What both answers say of a donation."""

    reference = fields.String(
        required=True, metadata=_described("To quote in letters; opens nothing.", "D-7K3M-9QXT")
    )
    status = fields.Enum(
        DonationStatus,
        by_value=True,
        required=True,
        metadata={
            "type": "string",
            "description": "`checking` until the processor confirmed an end.",
        },
    )
    amount = fields.String(required=True, metadata=_described("The gift.", "19.99"))
    fee_cover = fields.String(
        required=True, metadata=_described("What was added to cover the fee.", "0.56")
    )
    total = fields.String(required=True, metadata=_described("What is charged.", "20.55"))
    currency = fields.String(required=True, metadata=_described("ISO 4217.", "EUR"))


class DonationMade(_Sums):
    """The donation that was made, and where to go on."""

    checkout_url = fields.URL(
        required=True,
        allow_none=True,
        metadata={
            "format": "uri",
            "description": "Send the donor’s browser there to pay. It changes when a payment page "
            "expired and the request is repeated; null when nothing is to be paid any more.",
        },
    )
    page_url = fields.URL(
        required=True,
        metadata={
            "format": "uri",
            "description": "The donor’s private page. Whoever has the address sees it.",
        },
    )
    status_url = fields.URL(
        required=True,
        metadata={"format": "uri", "description": "The donation’s state in this API; as private."},
    )


class DonationState(_Sums):
    """A donation’s state. Neither e-mail nor name nor message."""

    fund = fields.String(required=True, metadata=_described("The fund’s id.", "general"))
    frequency = fields.Enum(Frequency, by_value=True, required=True, metadata={"type": "string"})
    paid_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When the money came in, UTC."}
    )
