"""What the API does not take, in the one shape that errors have."""

import json
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core.database import db
from core.errors import Conflict, TooMany
from donations.api import MAX_BODY
from donations.models import Donation
from tests.api.calls import DONATIONS, give, new_key, refused, wish
from tests.site import to_review


@pytest.fixture
def nothing_made(app: Flask) -> Iterator[None]:
    """However it was refused, no donation is there afterwards."""
    yield
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Donation)) == 0


def _each(field: str, *values: object) -> list[tuple[str, object]]:
    return [(field, value) for value in values]


WRONG_AMOUNTS = [
    *("-1", "0", "0.00", "0.99", "1e9", "1e309", "1000000000", "5000.01", "NaN", "Infinity", "abc"),
    *("٣", "１９", "", " ", "19.999", "1,50", "1 000", "+5", "5.", ".5", "0x10", "5\n", "9" * 400),
]


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize("amount", WRONG_AMOUNTS)
def test_wrong_amounts(client: FlaskClient, amount: str) -> None:
    assert list(refused(give(client, wish(amount=amount)), 422)) == ["amount"]


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize("amount", [19.99, 5, -1, 0, 10**400, True, float("nan"), float("inf")])
def test_numbers_of_json_are_refused_clearly(client: FlaskClient, amount: object) -> None:
    errors = refused(give(client, wish(amount=amount)), 422)
    assert "as a string" in errors["amount"][0]


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *_each("currency", "XXX", "eur", "", "KWD", " EUR", 978, None, ["EUR"]),
        *_each("frequency", "monthly", "yearly", "", 1, None, {}),
        *_each("fund", "nothing", "", "General", 1, None),
        *_each("cover_fees", "true", "yes", 1, 0, None, []),
        *_each("keep_email", "on", 1, None),
        *_each("email", "a", "a@b", "a@example.org, b@example.org", 1, None),
        ("email", "a@example.org\r\nBcc: b@example.org"),
        ("email", "a@example.org\r\n"),
        ("email", "\na@example.org"),
        ("email", "a\x00@example.org"),
        ("email", "a\ud800@example.org"),
        ("email", "a" * 250 + "@example.org"),
        ("public_name", "two\nlines"),
        ("public_name", "zero\x00"),
        ("public_name", "\u202eeman"),
        ("public_name", "\ud800"),
        ("public_name", "n" * 81),
        ("public_name", None),
        ("message", "zero\x00"),
        ("message", "\udfff"),
        ("message", "m" * 301),
        ("message", ["hello"]),
        *_each("locale", "de", "", "EN", 1, None),
    ],
)
def test_wrong_fields(client: FlaskClient, field: str, value: object) -> None:
    assert list(refused(give(client, wish(**{field: value})), 422)) == [field]


@pytest.mark.usefixtures("nothing_made")
def test_all_that_is_wrong_is_said_at_once(client: FlaskClient) -> None:
    answer = give(client, {"currency": "XXX", "fund": "?", "email": "a", "role": "admin"})
    assert set(refused(answer, 422)) == {"amount", "currency", "fund", "email", "role"}


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize(
    "field",
    ["role", "status", "price", "id", "reference", "token_digest", "fee_cover", "__proto__"],
)
def test_fields_that_are_not_there(client: FlaskClient, field: str) -> None:
    errors = refused(give(client, wish(**{field: "paid"})), 422)
    assert errors == {field: ["There is no such field."]}


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize("body", [[], "text", 5, None, True, [wish()]])
def test_json_that_is_no_object(client: FlaskClient, body: object) -> None:
    assert list(refused(give(client, body), 422)) == ["_schema"]


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'amount': '5'}",
        b"\xff\xfe",
        b"[" * 30_000,
        b'{"a":' * 10_000,
        b'{"amount": ' + b"9" * 5_000 + b"}",
        b'{"amount": "5", "amount": "500", "currency": "EUR"}',
    ],
)
def test_what_is_no_json(client: FlaskClient, body: bytes) -> None:
    answer = client.post(
        DONATIONS,
        data=body,
        content_type="application/json",
        headers={"Idempotency-Key": new_key()},
    )
    assert refused(answer, 400) == {}


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""],
)
def test_other_content_types(client: FlaskClient, content_type: str) -> None:
    answer = client.post(
        DONATIONS,
        data=json.dumps(wish()),
        content_type=content_type,
        headers={"Idempotency-Key": new_key()},
    )
    refused(answer, 415)


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize(
    "key", [None, "", "k" * 15, "k" * 129, "k" * 16 + " k", "k" * 16 + "é", " " * 20]
)
def test_keys_that_are_none(client: FlaskClient, key: str | None) -> None:
    answer = client.post(
        DONATIONS, json=wish(), headers={} if key is None else {"Idempotency-Key": key}
    )
    assert list(refused(answer, 400)) == ["Idempotency-Key"]


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize(
    "field", ["amount", "email", "message", "public_name", "currency", "other"]
)
def test_a_megabyte_in_a_field(client: FlaskClient, field: str) -> None:
    refused(give(client, wish(**{field: "m" * 1024 * 1024})), 413)


@pytest.mark.usefixtures("nothing_made")
def test_what_is_just_not_too_large_is_refused_by_its_field(client: FlaskClient) -> None:
    answer = give(client, wish(message="m" * (MAX_BODY - 200)))
    assert list(refused(answer, 422)) == ["message"]


def test_addresses_and_methods_that_are_not_there(client: FlaskClient) -> None:
    for path in ("/api/", "/api/nothing", "/api/v1/", "/api/v1/donations/a/b", "/api/v2/campaign"):
        refused(client.get(path), 404)
    for method, path in (
        ("GET", DONATIONS),
        ("PUT", DONATIONS),
        ("POST", "/api/v1/campaign"),
        ("DELETE", f"{DONATIONS}/token"),
        ("POST", "/api/v1/openapi.json"),
        ("POST", "/api/docs"),
    ):
        answer = client.open(path, method=method)
        refused(answer, 405)
        assert "OPTIONS" in answer.headers["Allow"]


def test_a_forged_host(client: FlaskClient) -> None:
    for path in ("/api/v1/campaign", "/api/v1/donations/token"):
        refused(client.get(path, headers={"Host": "evil.example"}), 400)


def test_domain_errors_and_our_own_mistakes_have_the_same_shape(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    app.testing = False

    def fail(name: str) -> str:
        if name == "many":
            raise TooMany(retry_after=7)
        if name == "conflict":
            raise Conflict
        raise RuntimeError("canary@example.org")

    app.add_url_rule("/api/v1/fail/<name>", "fail", fail)
    client = app.test_client()
    many = client.get("/api/v1/fail/many")
    assert refused(many, 429) == {}
    assert many.headers["Retry-After"] == "7"
    refused(client.get("/api/v1/fail/conflict"), 409)
    broken = client.get("/api/v1/fail/otherwise")
    refused(broken, 500)
    assert "canary" not in broken.text


def test_words_in_the_language_of_the_request(client: FlaskClient) -> None:
    """By the amounts' notation, which comes from CLDR: it does not wait for a translator."""
    low = wish(amount="0.10")
    by_field = refused(give(client, {**low, "locale": "ru"}), 422)
    by_header = refused(give(client, low, **{"Accept-Language": "ru"}), 422)
    english = refused(give(client, {**low, "locale": "en"}, **{"Accept-Language": "ru"}), 422)
    assert "1,00\u00a0€" in by_field["amount"][0]
    assert by_header == by_field
    assert "€1.00" in english["amount"][0]


@pytest.mark.parametrize(
    ("api_field", "form_field", "value"),
    [
        ("amount", "other_amount", "0.99"),
        ("amount", "other_amount", "5000.01"),
        ("amount", "other_amount", "abc"),
        ("amount", "other_amount", "1.999"),
        ("currency", "currency", "XXX"),
        ("fund", "fund", "nothing"),
        ("frequency", "frequency", "monthly"),
        ("email", "email", "a@b"),
        ("public_name", "public_name", "n" * 81),
        ("public_name", "public_name", "a\x07b"),
        ("message", "message", "m" * 301),
        ("message", "message", "a\u202eb"),
    ],
)
def test_the_form_says_the_same(
    client: FlaskClient, api_field: str, form_field: str, value: str
) -> None:
    (message,) = refused(give(client, wish(**{api_field: value})), 422)[api_field]
    page = to_review(client, **{form_field: value})
    assert page.status_code == 422
    assert message in page.text
