from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError

from core import audit, clock
from core.audit import AuditEntry
from core.database import db, transaction
from core.mail import MailMessage
from core.money import Money
from donations.models import Donation
from donations.services import gifts, reveals
from payments.models import InboxEvent, InboxState, PaymentAttempt
from tests.admin.books import add_gift
from tests.admin.reading import rows, text
from tests.staff.people import add_account, main_form, send, signed_in

ADDRESS = "canary@example.org"
WHY = {"reason": "donor_asked", "note": "answers letter number 42"}


@pytest.fixture
def panel(app: Flask) -> FlaskClient:
    """A browser of somebody who answers donors."""
    add_account(app, roles=["support"])
    return signed_in(app)


def reveal(client: FlaskClient, reference: str, **fields: str) -> str:
    answer = send(client, f"/admin/donations/{reference}/email", **(WHY | fields))
    return f"{answer.status_code} {answer.text}"


def entries(app: Flask, action: str = reveals.ACTION) -> list[dict[str, object]]:
    with app.app_context():
        found = db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        )
        return [entry.content for entry in found]


def test_the_page_tells_the_whole_story(app: Flask, panel: FlaskClient) -> None:
    reference = add_gift(
        app,
        amount=2000,
        cover=61,
        states=("failed", "succeeded"),
        fee=Money(56, "EUR"),
        email=ADDRESS,
        public_name="<b>Anna</b>",
        message="<script>alert(1)</script> & more",
    )
    with app.app_context(), transaction() as session:
        donation = session.scalars(sa.select(Donation)).one()
        attempt = session.scalars(
            sa.select(PaymentAttempt).where(PaymentAttempt.state == "succeeded")
        ).one()
        session.add(
            MailMessage(
                kind="donation_receipt",
                subject_id=str(donation.id),
                locale="en",
                state="failed",
                tries=8,
                last_error="SMTPServerDisconnected",
            )
        )
        session.add(
            InboxEvent(
                gateway="stripe",
                livemode=False,
                event_id="evt_1",
                kind="checkout",
                type="checkout.session.completed",
                ref=attempt.provider_ref or "",
                state=InboxState.DONE,
                occurred_at=clock.now(),
            )
        )
        audit.record(
            actor="processor:stripe",
            action="payment_attempt.succeeded",
            subject=attempt.audit_subject,
        )
        token = gifts.private_token(donation)
    page = panel.get(f"/admin/donations/{reference}")
    assert page.status_code == 200
    assert f'data-status="paid" data-reference="{reference}"' in page.text
    words = text(page.text)
    parts = (
        "€20.61|€0.56|clearing|donation_income|-€20.61|fees|failed|succeeded|Given up"
        "|SMTPServerDisconnected|checkout.session.completed|evt_1|payment_attempt.succeeded"
        "|processor:stripe|<script>alert(1)</script> & more|<b>Anna</b>"
    )
    for part in parts.split("|"):
        assert part in words, part
    assert "<script>" not in page.text
    assert "<b>Anna" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page.text
    assert ADDRESS not in page.text
    assert token not in page.text
    assert "/donations/" + token[:20] not in page.text


def test_the_page_takes_a_fixed_number_of_statements(app: Flask, panel: FlaskClient) -> None:
    def count(reference: str) -> int:
        seen: list[str] = []
        with app.app_context():
            engine = db.engine

        def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        panel.get(f"/admin/donations/{reference}")
        sa.event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    short = add_gift(app, states=("succeeded",))
    long = add_gift(app, states=("failed", "expired", "cancelled", "succeeded", "succeeded"))
    assert count(short) == count(long) <= 12


@pytest.mark.parametrize("reference", ["D-0000-0000", "hello", "D-AAAA-AAAA\x00", "..", "%00"])
def test_an_unknown_reference_is_not_found(panel: FlaskClient, reference: str) -> None:
    assert panel.get(f"/admin/donations/{reference}").status_code == 404
    assert send(panel, f"/admin/donations/{reference}/email", **WHY).status_code == 404


@pytest.mark.parametrize(
    ("email", "kept", "words"),
    [
        ("", False, "none, or destroyed"),
        (ADDRESS, True, "given, kept from staff by the donor’s wish"),
        (ADDRESS, False, "given"),
    ],
)
def test_the_page_says_what_there_is_of_an_address(
    app: Flask, panel: FlaskClient, email: str, kept: bool, words: str
) -> None:
    reference = add_gift(app, email=email, email_kept_from_staff=kept)
    page = panel.get(f"/admin/donations/{reference}")
    assert f"<dd>{words}</dd>" in page.text
    assert ("Show the e-mail" in page.text) is (words == "given")
    assert ADDRESS not in page.text


def test_a_reveal_shows_the_address_once_and_is_on_the_trail(
    app: Flask, panel: FlaskClient
) -> None:
    reference = add_gift(app, email=ADDRESS)
    page = panel.get(f"/admin/donations/{reference}")
    fields = main_form(page.text) | WHY
    answer = panel.post(f"/admin/donations/{reference}/email", data=fields)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text.count(ADDRESS) == 1
    assert ADDRESS not in panel.get(f"/admin/donations/{reference}").text
    (entry,) = entries(app)
    with app.app_context():
        donation = db.session.scalars(sa.select(Donation)).one()
    assert entry["subject"] == f"donation:{donation.id}"
    assert entry["reason"] == WHY["note"]
    assert entry["details"] == {"code": "donor_asked", "permission": "email:reveal"}
    assert str(entry["actor"]).startswith("staff:")
    with app.app_context():
        assert ADDRESS not in "".join(db.session.scalars(sa.select(AuditEntry.body)))
        assert not audit.verify().problem
    # The page tells that it happened, and who did it.
    shown = rows(panel.get(f"/admin/donations/{reference}").text.partition('id="trail"')[2])
    assert [row[1:] for row in shown] == [["Anna", reveals.ACTION, WHY["note"]]]


def test_the_trail_is_committed_before_the_address_is_decrypted(
    app: Flask, panel: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = add_gift(app, email=ADDRESS)
    real = gifts.email_of

    def watched(donation: Donation) -> str | None:
        assert len(entries(app)) == 1, "decrypted before the trail was committed"
        return real(donation)

    monkeypatch.setattr(reveals, "email_of", watched)
    assert ADDRESS in reveal(panel, reference)


def test_without_a_trail_nothing_is_shown(app: Flask, panel: FlaskClient) -> None:
    reference = add_gift(app, email=ADDRESS)
    with app.app_context(), transaction() as session:
        session.execute(
            sa.text(
                "CREATE FUNCTION no_trail() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'planted'; END $$"
            )
        )
        session.execute(
            sa.text(
                "CREATE TRIGGER no_trail BEFORE INSERT ON audit_entry"
                " FOR EACH ROW EXECUTE FUNCTION no_trail()"
            )
        )
    with pytest.raises(DBAPIError, match="planted"):
        reveal(panel, reference)
    app.testing = False
    page = reveal(panel, reference)
    assert page.startswith("500 ")
    assert ADDRESS not in page
    assert entries(app) == []


def test_an_address_kept_from_staff_stays_so(app: Flask, panel: FlaskClient) -> None:
    reference = add_gift(app, email=ADDRESS, email_kept_from_staff=True)
    page = reveal(panel, reference)
    assert page.startswith("403 ")
    assert ADDRESS not in page
    assert entries(app) == []


def test_without_an_address_there_is_nothing_to_show(app: Flask, panel: FlaskClient) -> None:
    assert reveal(panel, add_gift(app)).startswith("409 ")
    assert entries(app) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "curiosity"}, "reason"),
        ({"note": ""}, "note"),
        ({"note": "too short"}, "note"),
        ({"note": "      a   b   c      "}, "note"),
        ({"note": "x" * 301}, "note"),
        ({"note": "abcdefghij\x00k"}, "note"),
        ({"note": "abcdefghij\x1bk"}, "note"),
        ({"note": "letter \u202e42 of today"}, "note"),
        ({"note": "letter \u206642\u2069 of today"}, "note"),
        ({"note": "she is canary@example.org herself"}, "note"),
    ],
)
def test_a_reveal_needs_a_reason(
    app: Flask, panel: FlaskClient, fields: dict[str, str], field: str
) -> None:
    reference = add_gift(app, email=ADDRESS)
    page = reveal(panel, reference, **fields)
    assert page.startswith("422 ")
    assert f'data-error="{field}"' in page
    assert page.count(ADDRESS) == fields.get("note", "").count(ADDRESS)
    assert entries(app) == []


def test_a_stale_sign_in_reveals_nothing_and_leads_back(app: Flask, panel: FlaskClient) -> None:
    reference = add_gift(app, email=ADDRESS)
    token = main_form(panel.get(f"/admin/donations/{reference}").text)["csrf_token"]
    with clock.shifted(timedelta(minutes=6)):
        assert 'action="/admin/donations/' not in panel.get(f"/admin/donations/{reference}").text
        answer = panel.post(
            f"/admin/donations/{reference}/email",
            data={"csrf_token": token} | WHY,
            headers={"Referer": f"http://localhost:8000/admin/donations/{reference}"},
        )
        assert answer.location == f"/admin/sign-in/again?next=/admin/donations/{reference}"
        elsewhere = panel.post(
            f"/admin/donations/{reference}/email",
            data={"csrf_token": token} | WHY,
            headers={"Referer": "https://evil.example/admin/"},
        )
        assert elsewhere.location == "/admin/sign-in/again"
    assert entries(app) == []


def test_one_account_sees_twenty_addresses_a_day(
    app: Flask, panel: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveals, "DAILY_CAP", 3)
    references = [add_gift(app, email=ADDRESS) for _ in range(4)]
    pages = [reveal(panel, reference) for reference in references]
    assert [page[:3] for page in pages] == ["200", "200", "200", "429"]
    assert ADDRESS not in pages[3]
    assert len(entries(app)) == 3
    # Another account has its own, and a day later there is room again.
    add_account(app, "boris@example.org", ["support"], name="Boris")
    assert reveal(signed_in(app, "boris@example.org"), references[3]).startswith("200 ")
    with clock.shifted(timedelta(hours=24, minutes=1)):
        assert reveal(signed_in(app), references[3]).startswith("200 ")


def test_finance_may_look_at_the_money_but_not_at_the_address(app: Flask) -> None:
    reference = add_gift(app, email=ADDRESS)
    add_account(app, "fin@example.org", ["finance"])
    client = signed_in(app, "fin@example.org")
    page = client.get(f"/admin/donations/{reference}")
    assert page.status_code == 200
    assert "Show the e-mail" not in page.text
    assert reveal(client, reference).startswith("403 ")
    assert entries(app) == []


def test_an_invisible_character_in_the_note_is_named_and_what_was_typed_kept(
    app: Flask, panel: FlaskClient
) -> None:
    reference = add_gift(app, email=ADDRESS)
    page = reveal(panel, reference, note="answers\u202e letter 42")
    assert page.startswith("422 ")
    assert "Take out the invisible special characters." in page
    assert 'value="answers\u202e letter 42"' in page
    assert 'value="donor_asked" checked' in page
    assert ADDRESS not in page


def test_a_note_of_several_lines_is_joined(app: Flask, panel: FlaskClient) -> None:
    reference = add_gift(app, email=ADDRESS)
    assert reveal(panel, reference, note="answers\r\nletter\t42\u00a0today").startswith("200 ")
    (entry,) = entries(app)
    assert entry["reason"] == "answers letter 42 today"
