import base64
import re
import uuid
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from admin.donation_filter import DonationFilterForm
from core.database import db
from core.money import Money
from donations.models import Donation, DonationStatus
from donations.services import search
from donations.services.filters import Filter
from donations.services.search import Position
from donations.services.status import standing
from tests.admin.books import START, add_gift
from tests.admin.reading import link, rows, text
from tests.staff.people import add_account, signed_in


@pytest.fixture
def panel(app: Flask) -> FlaskClient:
    """A browser of somebody in finance."""
    add_account(app, roles=["finance"])
    return signed_in(app)


def _forged(moment: str) -> str:
    """The address of a page that no list has."""
    raw = f"{moment}|{uuid.UUID(int=1).hex}".encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def references(client: FlaskClient, query: str = "") -> list[str]:
    page = client.get(f"/admin/donations{query}")
    assert page.status_code == 200, text(page.text)
    return [row[0] for row in rows(page.text)]


def at(day: int, hour: int = 12) -> datetime:
    return START.replace(day=day, hour=hour)


def test_without_donations_it_says_so(panel: FlaskClient) -> None:
    page = panel.get("/admin/donations")
    assert "There are no donations yet." in page.text
    assert "No donation matches" not in page.text


def test_a_filter_without_a_match_says_so_and_offers_to_clear_it(
    app: Flask, panel: FlaskClient
) -> None:
    add_gift(app)
    page = panel.get("/admin/donations?currency=JPY")
    assert "No donation matches this filter." in page.text
    assert "There are no donations yet." not in page.text
    assert link(page.text, "Clear the filter") == "/admin/donations"


def test_without_the_permission_it_says_that(app: Flask) -> None:
    add_account(app, "pack@example.org", ["fulfilment"])
    page = signed_in(app, "pack@example.org").get("/admin/donations")
    assert page.status_code == 403
    assert "Your roles do not open this page." in page.text
    assert "There are no donations yet." not in page.text


def test_a_row_says_what_was_given(app: Flask, panel: FlaskClient) -> None:
    add_gift(
        app,
        reference="D-AAAA-0001",
        amount=123456,
        cover=78,
        fund="legal",
        email="canary@example.org",
        public_name="canary name",
        created_at=at(3, 9),
    )
    page = panel.get("/admin/donations")
    assert rows(page.text) == [
        [
            "D-AAAA-0001",
            "2026-03-03 09:00",
            "Paid",
            "Lawyers for people who were wrongly matched",
            "Once",
            "€1,234.56",
            "€0.78",
            "€1,235.34",
        ]
    ]
    assert "canary" not in page.text


def test_totals_are_of_exactly_what_is_filtered_and_paid(app: Flask, panel: FlaskClient) -> None:
    add_gift(app, amount=1000, cover=50, created_at=at(1))
    add_gift(app, amount=2500, created_at=at(2))
    # Paid twice by two attempts: one gift, and both amounts came in.
    add_gift(app, amount=700, states=("succeeded", "succeeded"), created_at=at(3))
    # Failed first, then paid.
    add_gift(app, amount=300, states=("failed", "succeeded"), created_at=at(4), fund="legal")
    add_gift(app, amount=500, currency="JPY", created_at=at(5))
    # None of these is paid; the last brought money that nobody understands yet.
    for state in ("open", "failed", "expired", "cancelled"):
        add_gift(app, amount=99999, states=(state,))
    add_gift(app, amount=88888, states=("needs_review",), received=Money(77777, "EUR"))

    def totals(query: str = "") -> list[list[str]]:
        return rows(panel.get(f"/admin/donations{query}").text, "totals")

    assert totals() == [
        ["EUR", "4", "€45.00", "€0.50", "€52.50"],
        ["JPY", "1", "¥500", "¥0", "¥500"],
    ]
    assert totals("?status=paid") == totals()
    assert totals("?status=needs_review") == []
    assert totals("?currency=EUR&fund=general") == [["EUR", "3", "€42.00", "€0.50", "€49.50"]]
    assert totals("?since=2026-03-02&until=2026-03-04") == [
        ["EUR", "3", "€35.00", "€0.00", "€42.00"]
    ]
    assert totals("?currency=EUR&minimum=7&maximum=10.00") == [
        ["EUR", "2", "€17.00", "€0.50", "€24.50"]
    ]


def test_filters_and_their_bounds(app: Flask, panel: FlaskClient) -> None:
    a = add_gift(app, amount=1000, created_at=at(1, 0))
    b = add_gift(app, amount=2000, created_at=at(1, 23), fund="legal")
    c = add_gift(app, amount=3000, created_at=at(2, 0), currency="USD")
    assert references(panel) == [c, b, a]
    assert references(panel, "?sort=oldest") == [a, b, c]
    assert references(panel, "?until=2026-03-01") == [b, a]
    assert references(panel, "?since=2026-03-02") == [c]
    assert references(panel, "?since=2026-03-01&until=2026-03-01") == [b, a]
    assert references(panel, "?currency=EUR&minimum=10&maximum=20") == [b, a]
    assert references(panel, "?currency=EUR&minimum=10%2C01") == [b]
    assert references(panel, "?currency=EUR&maximum=19.99") == [a]
    assert references(panel, "?currency=EUR&sort=largest") == [b, a]
    assert references(panel, "?fund=legal") == [b]
    for typed in (c, c.lower(), c[2:], f"  {c} ", c.replace("-", " ").replace("D ", "D-")):
        assert references(panel, f"?q={typed}".replace(" ", "+")) == [c], typed


def test_unknown_parameters_change_nothing(app: Flask, panel: FlaskClient) -> None:
    a = add_gift(app)
    assert references(panel, "?role=administrator&page=9&lang=xx&price=0") == [a]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?q=hello", "q"),
        ("?q=D-AAAA-AAAA%00", "q"),
        ("?q=%27+OR+1=1+--", "q"),
        ("?status=bogus", "status"),
        ("?currency=XXX", "currency"),
        ("?fund=%3Cscript%3E", "fund"),
        ("?since=yesterday", "since"),
        ("?since=2026-02-30", "since"),
        ("?until=9999-12-31", "until"),
        ("?until=0001-01-01", "until"),
        ("?since=2026-03-02&until=2026-03-01", "until"),
        ("?minimum=5", "minimum"),
        ("?currency=EUR&minimum=-5", "minimum"),
        ("?currency=EUR&minimum=NaN", "minimum"),
        ("?currency=EUR&maximum=1e309", "maximum"),
        ("?currency=EUR&maximum=%D9%A3", "maximum"),
        ("?currency=EUR&minimum=20&maximum=10", "maximum"),
        ("?currency=EUR&minimum=1" + "%2B" * 63 + "%00", "minimum"),
        ("?currency=EUR&minimum=" + "%20" * 2 + "0" * 65, "minimum"),
        ("?currency=EUR&maximum=1%00", "maximum"),
        ("?currency=%00", "currency"),
        ("?fund=general%00", "fund"),
        ("?since=2026-01-01%00", "since"),
        ("?q=D-7K3M-9QXP%00", "q"),
        ("?q=" + "D" * 41, "q"),
        ("?q=%ED%A0%80", "q"),
        ("?status=paid%00", "status"),
        ("?sort=newest%00", "sort"),
        ("?before=" + _forged("0001-01-01T00:00:00+23:59"), "before"),
        ("?after=" + _forged("9999-12-31T23:59:59-23:59"), "after"),
        ("?sort=largest", "sort"),
        ("?sort=bogus", "sort"),
        ("?after=AAAA", "after"),
        ("?after=%C3%BC", "after"),
        ("?before=%00", "before"),
        (
            "?currency=EUR&sort=largest&after=" + Position(START, uuid.UUID(int=1)).to_text(),
            "after",
        ),
    ],
)
def test_wrong_values_are_answered_on_the_form(
    app: Flask, panel: FlaskClient, query: str, field: str
) -> None:
    add_gift(app)
    page = panel.get(f"/admin/donations{query}")
    assert page.status_code == 422
    assert "<title>Error:" in page.text
    assert 'id="errors"' in page.text
    if field not in {"status", "before", "after"}:
        assert f'data-error="{field}"' in page.text
    assert "<script>" not in page.text
    assert "Not a valid" not in page.text
    assert "Field " not in page.text
    assert rows(page.text) == []


def test_a_forged_page_with_an_offset_that_the_database_does_not_know(
    app: Flask, panel: FlaskClient
) -> None:
    add_gift(app)
    for offset in ("+23:59", "-23:59", "+00:00:01"):
        forged = _forged(f"2026-03-01T12:00:00{offset}")
        assert panel.get(f"/admin/donations?after={forged}").status_code == 200


def test_halves_of_characters_in_a_filter_are_errors(app: Flask) -> None:
    names = ("q", "status", "currency", "fund", "since", "until", "sort", "before", "after")
    with app.test_request_context():
        for name in names:
            form = DonationFilterForm(MultiDict({name: "\ud83d"}), locale="en")
            assert not form.validate()
            assert set(form.errors) == {name}
        form = DonationFilterForm(
            MultiDict({"currency": "EUR", "minimum": "1\ud83d", "maximum": "2\x00"}), locale="en"
        )
        assert not form.validate()
        assert set(form.errors) == {"minimum", "maximum"}


def test_values_are_kept_with_the_error(panel: FlaskClient) -> None:
    page = panel.get("/admin/donations?q=%3Cb%3Ehello&currency=USD&since=soon&minimum=12")
    assert 'value="&lt;b&gt;hello"' in page.text
    assert '<option value="USD" selected>' in page.text
    assert 'value="soon"' in page.text
    assert 'value="12"' in page.text


def test_tabs_count_each_status_with_the_rest_of_the_filter(app: Flask, panel: FlaskClient) -> None:
    for states in (
        ("succeeded",),
        ("failed", "succeeded"),
        ("succeeded", "expired"),
        ("open",),
        ("expired", "processing"),
        (),
        ("needs_review",),
        ("needs_review", "failed"),
        ("failed",),
        ("expired", "failed"),
        ("expired",),
        ("cancelled",),
    ):
        add_gift(app, states=states)
        add_gift(app, states=states, currency="USD")
    page = panel.get("/admin/donations?currency=USD")
    tabs = re.search(r'<nav class="tabs".*?</nav>', page.text, re.S)
    assert tabs
    assert text(tabs[0]) == (
        "All 12 Paid 3 Being checked 3 Needs review 2 Declined 2 Expired 1 Cancelled 1"
    )
    assert link(page.text, "Declined") == "/admin/donations?currency=USD&status=declined"
    for status in DonationStatus:
        listed = references(panel, f"?currency=USD&status={status}")
        tab = re.search(rf'status={status}"[^>]*>.*?class="count">(\d+)<', tabs[0], re.S)
        assert tab
        assert len(listed) == int(tab[1])


def test_the_status_of_the_list_is_the_one_of_the_donors_page(app: Flask) -> None:
    """`standing` decides for the donor's page; filter, list and count must say the same."""
    states = ["open", "processing", "succeeded", "failed", "expired", "cancelled", "needs_review"]
    ended = ["succeeded", "failed", "expired", "cancelled", "needs_review"]
    cases = [(), *((one,) for one in states), *((one, two) for one in ended for two in states)]
    for case in cases:
        add_gift(app, states=case)
    with app.app_context():
        truth = {
            donation.reference: standing(donation).status
            for donation in db.session.scalars(sa.select(Donation))
        }
        shown = {line.reference: line.status for line in search.find_page(Filter()).lines}
        assert shown == truth
        counts = search.counts(Filter())
        for status in DonationStatus:
            listed = {line.reference for line in search.find_page(Filter(status=status)).lines}
            assert listed == {ref for ref, its in truth.items() if its is status}, status
            assert counts[status] == len(listed)
        assert counts[None] == len(cases)
