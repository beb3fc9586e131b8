"""Line items: what a checkout session asks money for, with prices made on the spot."""

from __future__ import annotations

from . import currencies, params
from .clock import now
from .errors import ApiError
from .store import Books, Json, new_id

_PRODUCT = params.fields(
    {
        "name": params.text(),
        "description": params.text(40_000),
        "images": params.list_of(params.text(2048), 8),
        "metadata": params.metadata,
        "tax_code": params.text(),
        "unit_label": params.text(12),
    },
    ("name",),
)
_PRICE = params.fields(
    {
        "currency": currencies.currency,
        "product_data": _PRODUCT,
        "unit_amount": params.integer(0),
        "tax_behavior": params.one_of("exclusive", "inclusive", "unspecified"),
    },
    ("currency", "product_data", "unit_amount"),
)
LINE: params.Rule = params.fields(
    {"price_data": _PRICE, "quantity": params.integer(1, 999_999), "metadata": params.metadata},
    ("price_data", "quantity"),
)


def price(books: Books, told: Json) -> tuple[list[Json], str, int]:
    """The line items as API objects, their one currency and their sum in minor units.

    Raises ApiError when the prices are in different currencies.
    """
    moment = now(books)
    lines = []
    codes = {told["currency"]} if "currency" in told else set()
    for asked in told["line_items"]:
        told_price = asked["price_data"]
        codes.add(told_price["currency"])
        quantity = asked["quantity"]
        amount = told_price["unit_amount"] * quantity
        lines.append(
            {
                "id": new_id("li_"),
                "object": "item",
                "amount_discount": 0,
                "amount_subtotal": amount,
                "amount_tax": 0,
                "amount_total": amount,
                "currency": told_price["currency"],
                "description": told_price["product_data"]["name"],
                "metadata": asked.get("metadata", {}),
                "price": {
                    "id": new_id("price_"),
                    "object": "price",
                    "active": False,
                    "billing_scheme": "per_unit",
                    "created": moment,
                    "currency": told_price["currency"],
                    "custom_unit_amount": None,
                    "livemode": False,
                    "lookup_key": None,
                    "metadata": {},
                    "nickname": None,
                    "product": new_id("prod_", 14),
                    "recurring": None,
                    "tax_behavior": told_price.get("tax_behavior", "unspecified"),
                    "tiers_mode": None,
                    "transform_quantity": None,
                    "type": "one_time",
                    "unit_amount": told_price["unit_amount"],
                    "unit_amount_decimal": str(told_price["unit_amount"]),
                },
                "quantity": quantity,
            }
        )
    if len(codes) > 1:
        raise ApiError(
            "All prices in a Checkout Session must have the same currency:"
            f" {', '.join(sorted(codes))} were given.",
            param="line_items",
        )
    return lines, codes.pop(), sum(line["amount_total"] for line in lines)
