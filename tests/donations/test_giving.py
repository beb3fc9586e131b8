"""From the form to the money: amounts, ways it can end, and what is kept where."""

import email
import email.policy
import threading
from collections.abc import Callable
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from core.database import db
from donations.models import Donation
from payments.models import JournalLine, PaymentAttempt
from tests.admin.reading import rows
from tests.processor import Processor
from tests.site import (
    LiveSite,
    hidden_fields,
    session_of,
    status_of,
    to_processor,
    to_review,
)
from tests.staff.people import add_account, signed_in


def lines(app: Flask) -> list[tuple[str, int, str]]:
    """The whole journal: account, signed minor units, currency."""
    with app.app_context():
        rows = db.session.execute(
            sa.select(JournalLine.account, JournalLine.amount_minor, JournalLine.currency).order_by(
                JournalLine.id
            )
        )
        return [(account, minor, currency) for account, minor, currency in rows]


def count(app: Flask, model: type[Donation] | type[PaymentAttempt]) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def letters(folder: Path) -> list[EmailMessage]:
    """The mails that went out."""
    found = []
    for path in sorted(folder.glob("*.eml")) if folder.exists() else []:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def pdf_text(content: bytes) -> str:
    """The text of a PDF, its no-break spaces as plain ones."""
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("lang", "currency", "typed", "minor", "fee", "shown"),
    [
        ("en", "EUR", "19.99", 1999, 55, "€19.99"),
        ("en", "JPY", "500", 500, None, "¥500"),
        ("ru", "EUR", "1 234,50", 123450, None, "1 234,50 €"),
        ("ru", "RUB", "1 500", 150000, None, "1 500,00 ₽"),
    ],
)
def test_amounts_arrive_exact(
    app: Flask,
    client: FlaskClient,
    processor: Processor,
    lang: str,
    currency: str,
    typed: str,
    minor: int,
    fee: int | None,
    shown: str,
) -> None:
    checkout = to_processor(client, lang, currency=currency, other_amount=typed)
    processor.pay(session_of(checkout))

    books = processor.books()
    assert [(c["amount"], c["currency"]) for c in books["charges"]] == [(minor, currency.lower())]
    [transaction] = books["balance_transactions"]
    returned = client.get(books["sessions"][0]["success_url"])
    assert returned.status_code == 303
    page = client.get(returned.location)
    assert status_of(page) == "paid"
    assert shown in page.text.replace("\u00a0", " ")
    there = transaction["fee"]
    assert fee is None or there == fee
    assert lines(app) == [
        ("clearing", minor, currency),
        ("donation_income", -minor, currency),
        ("fees", there, currency),
        ("clearing", -there, currency),
    ]
    receipt = client.get(returned.location + "/receipt.pdf")
    assert shown in pdf_text(receipt.data)
    add_account(app)
    panel = signed_in(app)
    [listed] = rows(panel.get("/admin/donations").text)
    staff_sees = {"¥500": "¥500", "€19.99": "€19.99", "1 234,50 €": "€1,234.50"}
    assert staff_sees.get(shown, "RUB 1,500.00") in " ".join(listed).replace("\u00a0", " ")


def test_the_covered_fee_is_named_and_charged(client: FlaskClient, processor: Processor) -> None:
    review = client.get(to_review(client, other_amount="15", cover_fees="y").location)
    # (15.00 + 0.25) / (1 − 1.5 %) = 15.4822…, rounded up
    assert "€15.49" in review.text
    assert "€0.49" in review.text
    checkout = client.post("/en/donate/review", data=hidden_fields(review.text)).location
    processor.pay(session_of(checkout))
    [transaction] = processor.books()["balance_transactions"]
    assert transaction["amount"] == 1549
    assert transaction["net"] >= 1500


def test_a_receipt_goes_out_once(
    app: Flask,
    client: FlaskClient,
    processor: Processor,
    run_jobs: Callable[[], None],
    mail_dir: Path,
) -> None:
    checkout = to_processor(client, "ru", other_amount="1 234,50", email="vera@example.org")
    processor.pay(session_of(checkout))
    back = processor.books()["sessions"][0]["success_url"]
    own_page = client.get(back).location
    for _ in range(3):
        assert status_of(client.get(own_page)) == "paid"
        run_jobs()
    [letter] = letters(mail_dir)
    assert letter["To"] == "vera@example.org"
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\u00a0", " ")
    assert "1 234,50 €" in text
    assert own_page in text
    assert "иностранным агентом" in text
    [attachment] = letter.iter_attachments()
    assert "1 234,50 €" in pdf_text(attachment.get_content())


def test_a_declined_card_can_be_tried_again(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    checkout = to_processor(client)
    assert processor.pay(session_of(checkout), "4000000000000002")["state"] == "declined"
    session = processor.books()["sessions"][0]
    own_page = client.get(session["cancel_url"]).location
    page = client.get(own_page)
    assert status_of(page) == "declined"
    assert lines(app) == []

    again = client.post(own_page + "/pay", data=hidden_fields(page.text))
    assert again.status_code == 303
    assert session_of(again.location) != session_of(checkout)
    processor.pay(session_of(again.location))
    assert status_of(client.get(own_page)) == "paid"
    assert sum(minor for account, minor, _ in lines(app) if account == "donation_income") == -1999


def test_a_payer_who_goes_back_has_cancelled(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    to_processor(client)
    back = processor.books()["sessions"][0]["cancel_url"]
    own_page = client.get(back).location
    assert status_of(client.get(own_page)) == "cancelled"
    assert processor.books()["sessions"][0]["status"] == "expired"


def test_a_closed_tab_expires(live_site: LiveSite) -> None:
    client = live_site.app.test_client()
    checkout = to_processor(client)
    own_page = own_page_of(live_site.app)
    assert status_of(client.get(own_page)) == "checking"
    live_site.processor.advance(3 * 3600)
    live_site.work_off()
    page = client.get(own_page)
    assert status_of(page) == "expired"
    assert lines(live_site.app) == []
    assert session_of(checkout)


def test_a_payer_who_never_comes_back_is_booked(live_site: LiveSite, mail_dir: Path) -> None:
    client = live_site.app.test_client()
    checkout = to_processor(client, email="a@example.org")
    live_site.processor.pay(session_of(checkout))
    live_site.work_off()
    assert [line[:2] for line in lines(live_site.app)][:2] == [
        ("clearing", 1999),
        ("donation_income", -1999),
    ]
    assert len(letters(mail_dir)) == 1


def test_without_any_webhook_the_processor_is_asked(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    from datetime import timedelta

    from core import clock
    from payments.tasks import check_attempts

    checkout = to_processor(client)
    processor.pay(session_of(checkout))
    with app.app_context():
        check_attempts()
        assert lines(app) == []
    with clock.shifted(timedelta(minutes=6)), app.app_context():
        check_attempts()
    assert ("donation_income", -1999, "EUR") in lines(app)


def test_a_double_click_makes_one(live_site: LiveSite) -> None:
    """Two equal posts at the same moment, over real HTTP, with the same cookies."""
    client = live_site.app.test_client()
    review = client.get(to_review(client).location)
    fields = hidden_fields(review.text)
    cookie = client.get_cookie("__Host-session")
    assert cookie is not None
    start = threading.Barrier(4)
    places: list[str] = []

    def click() -> None:
        start.wait()
        answer = requests.post(
            f"{live_site.url}/en/donate/review",
            data=fields,
            headers={"Cookie": f"__Host-session={cookie.value}"},
            allow_redirects=False,
            timeout=30,
        )
        places.append(answer.headers["Location"])

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(places) == 4
    assert len(set(places)) == 1, places
    assert count(live_site.app, Donation) == 1
    assert count(live_site.app, PaymentAttempt) == 1
    assert len(live_site.processor.books()["sessions"]) == 1


def test_a_forged_return_proves_nothing(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    to_processor(client)
    back = processor.books()["sessions"][0]["success_url"]
    own_page = client.get(back).location
    assert status_of(client.get(own_page)) == "checking"
    assert lines(app) == []
    forged = back[:-2] + ("AA" if not back.endswith("AA") else "BB")
    assert client.get(forged).status_code == 404


def test_the_processors_address_does_not_lead_to_the_private_page(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    """Who holds only the return address (the processor, its logs) sees a status and no links."""
    checkout = to_processor(client, email="vera@example.org")
    processor.pay(session_of(checkout))
    stranger = app.test_client().get(processor.books()["sessions"][0]["success_url"])
    assert status_of(stranger) == "paid"
    assert "/donations/" not in stranger.text
    assert "vera" not in stranger.text


def test_a_bank_debit_that_fails_days_later_is_told(live_site: LiveSite, mail_dir: Path) -> None:
    client = live_site.app.test_client()
    checkout = to_processor(client, email="vera@example.org")

    live_site.processor.pay(session_of(checkout), "DE62370400440532013001")
    live_site.work_off()
    own_page = own_page_of(live_site.app)
    page = client.get(own_page)
    assert status_of(page) == "checking"
    assert "several days" in page.text
    assert lines(live_site.app) == []
    live_site.processor.settle(live_site.processor.books()["payment_intents"][0]["id"])
    live_site.work_off()
    assert status_of(client.get(own_page)) == "declined"
    assert lines(live_site.app) == []
    assert len(letters(mail_dir)) == 1


def test_when_the_processor_is_down_nothing_is_lost(make_app: Callable[..., Flask]) -> None:
    app = make_app(STRIPE_API_BASE="http://127.0.0.1:9")
    client = app.test_client()
    review = client.get(to_review(client).location)
    answer = client.post("/en/donate/review", data=hidden_fields(review.text))
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert status_of(page) == "checking"
    assert count(app, Donation) == 1


def own_page_of(app: Flask) -> str:
    """The private page of the only donation there is."""
    from donations.services.gifts import private_token

    with app.app_context():
        donation = db.session.scalars(sa.select(Donation)).one()
        return f"/{donation.locale}/donations/{private_token(donation)}"
