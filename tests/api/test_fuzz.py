"""Whatever is sent, the API answers in its own words and never breaks."""

from typing import Any

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.calls import DONATIONS, new_key, refused, send
from tests.processor import Processor

TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.sampled_from(["19.99", "EUR"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXTS, inner)), max_leaves=5
)
NAMES = ["amount", "currency", "frequency", "fund", "cover_fees", "email", "keep_email"]
BODIES = st.one_of(
    VALUES,
    st.dictionaries(st.one_of(st.sampled_from(NAMES), TEXTS), VALUES),
    st.fixed_dictionaries(
        {"amount": st.sampled_from(["5", "19.99", "1e5"]), "currency": st.just("EUR")},
        optional={
            "email": st.one_of(TEXTS, st.emails(), st.builds("{}@example.org".format, TEXTS)),
            "public_name": TEXTS,
            "message": TEXTS,
            "locale": st.sampled_from(["en", "ru"]),
            "cover_fees": st.booleans(),
        },
    ),
)


@settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=BODIES)
def test_no_body_breaks_it(client: FlaskClient, processor: Processor, body: Any) -> None:
    answer = send(client, body, {"Idempotency-Key": new_key()})
    assert answer.status_code in {201, 400, 422}, answer.text
    if answer.status_code != 201:
        refused(answer, answer.status_code)


@settings(
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    body=st.binary(max_size=200),
    key=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])),
)
def test_no_bytes_break_it(client: FlaskClient, body: bytes, key: str) -> None:
    answer = client.post(
        DONATIONS, data=body, content_type="application/json", headers={"Idempotency-Key": key}
    )
    refused(answer, answer.status_code)
    assert answer.status_code in {400, 422}
