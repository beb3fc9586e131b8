"""How many statements a page costs: a number, whatever the number of rows."""

from flask import Flask
from flask.testing import FlaskClient

from tests.processor import Processor
from tests.site import session_of, status_of, to_processor, to_review
from tests.statements import Statements

MOST = 4


def test_public_pages_cost_few_statements(
    app: Flask, client: FlaskClient, processor: Processor, statements: Statements
) -> None:
    review = to_review(client).location
    for path in ("/en/", "/en/privacy", "/en/donate", review, "/healthz"):
        with statements() as sent:
            assert client.get(path).status_code == 200
        assert len(sent) <= MOST, f"{path}: {sent}"
    checkout = to_processor(client)
    processor.pay(session_of(checkout))
    back = processor.books()["sessions"][0]["success_url"]
    own_page = client.get(back).location
    with statements() as sent:
        first = client.get(own_page)
    assert status_of(first) == "paid"
    with statements() as sent:
        assert status_of(client.get(own_page)) == "paid"
    assert 1 <= len(sent) <= MOST, sent
    with statements() as sent:
        assert client.get(f"{own_page}/receipt.pdf").status_code == 200
    assert 1 <= len(sent) <= MOST, sent


def test_the_counter_counts(app: Flask, statements: Statements) -> None:
    from sqlalchemy import text

    from core.database import db

    with statements() as sent, app.app_context():
        for _ in range(3):
            db.session.execute(text("SELECT 1"))
    assert len([statement for statement in sent if statement == "SELECT 1"]) == 3
