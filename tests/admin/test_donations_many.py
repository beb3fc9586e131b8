import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core.database import db
from donations.models import Donation
from donations.services.search import Position, Sort
from tests.admin.books import START, add_gift, add_many
from tests.admin.reading import link, rows, text
from tests.staff.people import add_account, signed_in


@pytest.fixture
def panel(app: Flask) -> FlaskClient:
    """A browser of somebody in finance."""
    add_account(app, roles=["finance"])
    return signed_in(app)


def test_pages_follow_each_other_in_every_order(app: Flask, panel: FlaskClient) -> None:
    add_many(app, 171)
    # Rows that a sort alone cannot tell apart.
    for _ in range(60):
        add_gift(app, amount=777, created_at=START)
    with app.app_context():
        everything = set(db.session.scalars(sa.select(Donation.reference)))
        euros = set(
            db.session.scalars(sa.select(Donation.reference).where(Donation.currency == "EUR"))
        )
    for query, wanted in (
        ("", everything),
        ("?sort=oldest", everything),
        ("?currency=EUR&sort=largest", euros),
    ):
        pages: list[list[str]] = []
        address = f"/admin/donations{query}"
        while address:
            page = panel.get(address).text
            pages.append([row[0] for row in rows(page)])
            last, address = address, link(page, "Next page")
        seen = [ref for page_refs in pages for ref in page_refs]
        assert len(seen) == len(set(seen)) == len(wanted)
        assert set(seen) == wanted
        assert [len(p) for p in pages[:-1]] == [50] * (len(pages) - 1)
        back: list[list[str]] = []
        address = last
        while address:
            page = panel.get(address).text
            back.append([row[0] for row in rows(page)])
            address = link(page, "Previous page")
        assert back[::-1][-len(pages) :] == pages


def test_a_page_keeps_its_filter(app: Flask, panel: FlaskClient) -> None:
    add_many(app, 600)
    page = panel.get("/admin/donations?currency=USD&status=paid&since=2026-01-01")
    following = link(page.text, "Next page")
    for part in ("currency=USD", "status=paid", "since=2026-01-01", "after="):
        assert part in following
    more = panel.get(following)
    assert {row[2] for row in rows(more.text)} == {"Paid"}
    assert '<input type="hidden" name="status" value="paid">' in more.text
    assert "after=" not in link(more.text, "Declined")


def test_counts_stop_at_a_thousand(app: Flask, panel: FlaskClient) -> None:
    add_many(app, 2100)
    page = panel.get("/admin/donations")
    tabs = re.search(r'<nav class="tabs".*?</nav>', page.text, re.S)
    assert tabs
    assert text(tabs[0]).startswith("All 1,000+ Paid 1,000+ Being checked 2")


def _statements(app: Flask, panel: FlaskClient, query: str) -> list[str]:
    with app.app_context():
        engine = db.engine
    seen: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert panel.get(f"/admin/donations{query}").status_code == 200
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return seen


def test_the_list_takes_as_many_statements_at_ten_as_at_ten_thousand(
    app: Flask, panel: FlaskClient
) -> None:
    queries = ("", "?status=checking", "?currency=EUR&sort=largest&minimum=1&since=2026-01-02")
    add_many(app, 10)
    few = [len(_statements(app, panel, query)) for query in queries]
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM payment"))
        connection.execute(sa.text("DELETE FROM payment_attempt"))
        connection.execute(sa.text("DELETE FROM donation"))
    add_many(app, 10_000)
    many = [len(_statements(app, panel, query)) for query in queries]
    assert few == many
    assert max(many) <= 8


def test_a_position_reads_back_and_nothing_else_does() -> None:
    place = uuid.uuid4()
    for key, sort in ((START, Sort.NEWEST), (START, Sort.OLDEST), (1234, Sort.LARGEST)):
        position = Position(key, place)
        assert Position.from_text(position.to_text(), sort) == position
    for bad in ("", "=", "AAAA", "ü", "MTIz", Position(5, place).to_text()):
        with pytest.raises(ValueError, match=r"."):
            Position.from_text(bad, Sort.NEWEST)
