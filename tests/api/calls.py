"""Calls of the API as the tests make them, each answer held against the API's own description."""

import json
import uuid
from functools import cache
from http import HTTPStatus
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.settings import PROJECT

Json = dict[str, Any]
DONATIONS = "/api/v1/donations"
ERROR_FIELDS = {"code", "status", "message", "errors"}


def new_key() -> str:
    return str(uuid.uuid4())


def wish(**changes: object) -> Json:
    """A right body, with `changes`."""
    return {"amount": "19.99", "currency": "EUR", **changes}


def give(client: FlaskClient, body: object, key: str | None = None, **headers: str) -> TestResponse:
    """POST a donation."""
    answer = send(client, body, {"Idempotency-Key": key or new_key(), **headers})
    conform(client, answer, "/api/v1/donations", "post")
    return answer


def send(client: FlaskClient, body: object, headers: dict[str, str]) -> TestResponse:
    """POST what may be anything JSON can say, `null` and lone surrogates included."""
    return client.post(
        DONATIONS, data=json.dumps(body), content_type="application/json", headers=headers
    )


def body_of(answer: TestResponse) -> Json:
    """The JSON object of an answer."""
    found = answer.json
    assert isinstance(found, dict), answer.text
    return found


def state(client: FlaskClient, made: Json) -> Json:
    """GET what `status_url` of a made donation says."""
    answer = client.get(path_of(made["status_url"]))
    assert answer.status_code == 200, answer.text
    conform(client, answer, "/api/v1/donations/{token}", "get")
    return body_of(answer)


def path_of(url: str) -> str:
    """The path of one of our addresses."""
    assert url.startswith("http://localhost:8000/"), url
    return url.removeprefix("http://localhost:8000")


def refused(answer: TestResponse, status: int) -> dict[str, list[str]]:
    """The errors of an answer that must have the one shape of errors."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    body = body_of(answer)
    assert set(body) == ERROR_FIELDS
    assert body["code"] == status
    assert body["status"] == HTTPStatus(status).phrase
    assert isinstance(body["message"], str)
    assert body["message"]
    for messages in body["errors"].values():
        assert isinstance(messages, list)
        assert messages
        assert all(isinstance(message, str) and message for message in messages)
    assert answer.headers["Cache-Control"] == "no-store"
    errors: dict[str, list[str]] = body["errors"]
    return errors


def description(client: FlaskClient) -> Json:
    """The OpenAPI document."""
    return body_of(client.get("/api/v1/openapi.json"))


@cache
def openapi_schema() -> Json:
    """What the OpenAPI Initiative says of documents of version 3.0 (Apache License 2.0)."""
    file = PROJECT / "tests" / "api" / "openapi_3_0" / "schema.json"
    found: Json = json.loads(file.read_text(encoding="utf-8"))
    return found


def conform(client: FlaskClient, answer: TestResponse, path: str, method: str) -> None:
    """The answer is one that the description of the API announces."""
    document = description(client)
    responses = document["paths"][path][method]["responses"]
    response = responses.get(str(answer.status_code), responses["default"])
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    schema = response["content"]["application/json"]["schema"]
    check(document, schema, answer.json)


def check(document: Json, schema: Json, value: object) -> None:
    """`value` fits a schema of the document. Raises jsonschema.ValidationError."""
    root = {"components": _plain(document["components"]), "allOf": [_plain(schema)]}
    jsonschema.Draft4Validator(root).validate(value)


def _plain(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _plain(item) for name, item in schema.items() if name != "nullable"}
    if schema.get("nullable") is True:
        return {"anyOf": [{"type": "null"}, found]}
    return found
