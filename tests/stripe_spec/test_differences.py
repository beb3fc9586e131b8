"""The known differences are real, and there are no others where we send anything."""

from __future__ import annotations

import re
from typing import Any

import pytest
import stripe
from stripe.params.checkout import _session_create_params as client

from sandbox import expand, sessions, settings
from tests.stripe_spec.description import (
    VERSION,
    by_object,
    description,
    differences,
    resolve,
    schemas,
)

CREATE = "POST /v1/checkout/sessions"
# Options of the client's call, not parameters of the request.
NOT_SENT = set(stripe.RequestOptions.__annotations__) | {"content_type"}


def described(*names: str) -> set[str]:
    """Parameter names of the description's session creation, under a parameter."""
    body = description()["paths"]["/v1/checkout/sessions"]["post"]["requestBody"]
    schema: dict[str, Any] = body["content"]["application/x-www-form-urlencoded"]["schema"]
    for name in names:
        schema = schema["properties"][name]
        schema = schema.get("items", schema)
    return set(schema["properties"])


def listed(change: str, within: tuple[str, ...]) -> set[str]:
    names = [
        str(one["name"])
        for one in differences()
        if one["operation"] == CREATE and one["change"] == change
    ]
    parts = [re.findall(r"[^\[\]]+", name) for name in names]
    return {part[-1] for part in parts if tuple(part[:-1]) == within}


@pytest.mark.parametrize(
    ("types", "names"),
    [
        (client.SessionCreateParams, ()),
        (client.SessionCreateParamsLineItem, ("line_items",)),
        (client.SessionCreateParamsLineItemPriceData, ("line_items", "price_data")),
        (
            client.SessionCreateParamsLineItemPriceDataProductData,
            ("line_items", "price_data", "product_data"),
        ),
        (client.SessionCreateParamsPaymentIntentData, ("payment_intent_data",)),
    ],
)
def test_the_file_lists_exactly_the_differences_to_the_client(
    types: type, names: tuple[str, ...]
) -> None:
    known = set(types.__annotations__) - NOT_SENT

    assert known - described(*names) == listed("added", names)
    assert described(*names) - known == listed("removed", names)


def test_every_difference_has_its_source() -> None:
    for one in differences():
        assert one["source"]
        assert ("schema" in one) == (one["change"] == "added")


def test_the_stand_in_takes_only_parameters_that_the_client_can_send() -> None:
    assert set(sessions.CREATE) <= set(client.SessionCreateParams.__annotations__)
    assert set(sessions.LOCALES) == set(
        description()["paths"]["/v1/checkout/sessions"]["post"]["requestBody"]["content"][
            "application/x-www-form-urlencoded"
        ]["schema"]["properties"]["locale"]["enum"]
    )


def test_the_versions_are_those_of_the_description_and_of_the_client() -> None:
    assert settings.API_VERSION == VERSION
    assert stripe.api_version in settings.ACCEPTED_VERSIONS


def test_what_the_stand_in_expands_is_expandable_by_the_description() -> None:
    for kind, fields in expand._KINDS.items():
        schema = schemas()[by_object()[kind]]
        for name, target in fields.items():
            choices = [resolve(one) for one in schema["properties"][name]["anyOf"]]
            assert schemas()[by_object()[target]] in choices
