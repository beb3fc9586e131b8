"""The campaign's answer, the OpenAPI document, the page made of it, and what browsers may do."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from flask import Flask, session
from flask.sessions import NullSession
from flask.testing import FlaskClient

from core.access import Kind, declared
from tests.api.calls import (
    DONATIONS,
    Json,
    body_of,
    check,
    conform,
    description,
    give,
    openapi_schema,
    path_of,
    refused,
    wish,
)
from tests.processor import Processor
from tests.site import SITE, to_review

CAMPAIGN = "/api/v1/campaign"


def test_campaign(client: FlaskClient) -> None:
    answer = client.get(CAMPAIGN)
    conform(client, answer, CAMPAIGN, "get")
    body = body_of(answer)
    assert body["name"] == {"en": "Moratorium", "ru": "Мораторий"}
    assert [currency["code"] for currency in body["currencies"]] == [
        *("EUR", "USD", "GBP", "RUB", "JPY")
    ]
    assert body["currencies"][0] == {
        "code": "EUR",
        "decimals": 2,
        "presets": ["5.00", "15.00", "50.00", "100.00"],
        "minimum": "1.00",
        "maximum": "5000.00",
        "fee": {"percent": "1.5", "fixed": "0.25"},
    }
    assert body["currencies"][4]["presets"][0] == "500"
    assert body["frequencies"] == ["once"]
    assert [fund["id"] for fund in body["funds"]] == ["general", "legal", "research"]
    assert set(body["funds"][1]["name"]) == {"en", "ru"}
    assert body["statement_text"] == "FDRS* CONTRIBUTION"
    assert "foreign agent" in body["legal_label"]["en"]


def test_campaign_may_be_kept_and_read_by_any_site(client: FlaskClient) -> None:
    answer = client.get(CAMPAIGN, headers={"Origin": "https://other.example"})
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    unchanged = client.get(CAMPAIGN, headers={"If-None-Match": answer.headers["ETag"]})
    assert unchanged.status_code == 304
    assert unchanged.data == b""
    assert unchanged.headers["Access-Control-Allow-Origin"] == "*"
    changed = client.get(CAMPAIGN, headers={"If-None-Match": 'W/"other"'})
    assert changed.status_code == 200
    in_russian = client.get(CAMPAIGN, headers={"Accept-Language": "ru"})
    assert in_russian.headers["ETag"] == answer.headers["ETag"]


def test_no_other_answer_is_for_other_sites(client: FlaskClient, processor: Processor) -> None:
    origin = {"Origin": "https://other.example"}
    made = give(client, wish(), **origin)
    preflight = client.options(
        DONATIONS,
        headers={
            **origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,idempotency-key",
        },
    )
    assert preflight.status_code == 200
    assert set(preflight.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    state = client.get(path_of(body_of(made)["status_url"]), headers=origin)
    for answer in (
        made,
        preflight,
        state,
        client.get("/api/v1/openapi.json", headers=origin),
        client.get("/api/docs", headers=origin),
        client.get("/api/v1/nothing", headers=origin),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers
    for answer in (made, state):
        assert answer.headers["Cache-Control"] == "no-store"


def test_no_cookie_is_read_or_set(client: FlaskClient, processor: Processor) -> None:
    to_review(client)  # now this browser has a session
    made = give(client, wish())
    answers = [
        made,
        client.get(path_of(body_of(made)["status_url"])),
        client.get(CAMPAIGN),
        client.get("/api/v1/openapi.json"),
        client.get("/api/docs"),
        client.get("/api/nothing"),
        give(client, {}),
    ]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
    assert client.get("/en/donate/review").status_code == 200  # the session is as it was


def test_under_api_there_is_no_session(app: Flask, client: FlaskClient) -> None:
    to_review(client)
    cookie = client.get_cookie("__Host-session", domain="localhost")
    assert cookie is not None
    headers = {"Cookie": f"{cookie.key}={cookie.value}"}
    with app.test_request_context("/api/v1/campaign", base_url=SITE, headers=headers):
        assert isinstance(session, NullSession)
        assert not session
    with app.test_request_context("/en/donate", base_url=SITE, headers=headers):
        assert "draft" in session


def test_only_the_api_goes_without_a_form_token(app: Flask, client: FlaskClient) -> None:
    exempt = {blueprint.name for blueprint in app.extensions["csrf"]._exempt_blueprints}
    assert exempt == {"payments", "campaign-api", "donations-api"}
    assert client.post("/en/donate/review").status_code == 400


def test_every_route_of_the_api_says_who_may_use_it(app: Flask) -> None:
    found = {
        rule.rule: access.kind
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        and (access := declared(app.view_functions[rule.endpoint])) is not None
    }
    assert found == {
        "/api/docs": Kind.PUBLIC,
        "/api/v1/campaign": Kind.PUBLIC,
        "/api/v1/donations": Kind.PUBLIC,
        "/api/v1/donations/<token>": Kind.LINK,
        "/api/v1/openapi.json": Kind.PUBLIC,
    }


def test_the_document_is_valid(client: FlaskClient) -> None:
    document = description(client)
    assert document["openapi"] == "3.0.3"
    jsonschema.Draft4Validator(openapi_schema()).validate(document)
    for reference in _references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    identifiers = [operation["operationId"] for _path, operation in _operations(document)]
    assert len(identifiers) == len(set(identifiers))


def test_a_broken_document_would_be_noticed(client: FlaskClient) -> None:
    document = description(client)
    document["paths"][DONATIONS]["post"]["requestBody"]["contents"] = {}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(openapi_schema()).validate(document)


def test_the_document_tells_what_is_needed(client: FlaskClient) -> None:
    document = description(client)
    post = document["paths"][DONATIONS]["post"]
    (key,) = post["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)
    assert (key["schema"]["minLength"], key["schema"]["maxLength"]) == (16, 128)
    assert {"200", "201", "400", "413", "415", "422", "503", "default"} == set(post["responses"])
    body = document["components"]["schemas"]["NewDonation"]
    assert body["required"] == ["amount", "currency"]
    assert body["additionalProperties"] is False
    for _path, operation in _operations(document):
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")):
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}


def test_the_examples_are_right(client: FlaskClient, processor: Processor) -> None:
    document = description(client)
    for _path, operation in _operations(document):
        for content in _contents(operation):
            for example in _examples(content):
                check(document, content["schema"], example)
    post = document["paths"][DONATIONS]["post"]
    for example in _examples(post["requestBody"]["content"]["application/json"]):
        assert give(client, example).status_code == 201


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_is_plain_and_whole(client: FlaskClient, language: str) -> None:
    page = client.get("/api/docs", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert "`" not in page.text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert all(a.startswith(("/", "#", "mailto:", "data:,")) for a in addresses), addresses
    identifiers = re.findall(r' id="([^"]+)"', page.text)
    assert len(identifiers) == len(set(identifiers))
    for path, operation in _operations(description(client)):
        assert f'id="{operation["operationId"]}"' in page.text
        assert path in page.text
        for status in operation["responses"]:
            assert f"<strong>{status}</strong>" in page.text
    for word in ("Idempotency-Key", "cover_fees", "currencies[].fee.percent", "checkout_url"):
        assert word in page.text


def test_the_page_ends_where_it_is_asked_wrongly(client: FlaskClient) -> None:
    refused(client.get("/api/docs/"), 404)


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, operation


def _contents(operation: Json) -> Iterator[Json]:
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for response in operation["responses"].values():
        yield from response.get("content", {}).values()


def _examples(content: Json) -> list[Any]:
    named = [example["value"] for example in content.get("examples", {}).values()]
    return [content["example"], *named] if "example" in content else named


def _references(thing: Any) -> Iterator[str]:
    if isinstance(thing, dict):
        if "$ref" in thing:
            yield thing["$ref"]
        for value in thing.values():
            yield from _references(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from _references(value)
