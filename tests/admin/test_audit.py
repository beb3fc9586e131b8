import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from admin.audit import AuditFilterForm
from core import audit
from core.database import db, transaction
from donations.models import Donation
from tests.admin.books import add_gift
from tests.admin.reading import link, rows
from tests.staff.people import add_account, send, signed_in


@pytest.fixture
def panel(app: Flask) -> FlaskClient:
    """A browser of an auditor."""
    add_account(app, roles=["auditor"])
    return signed_in(app)


def record(app: Flask, number: int, **fields: str) -> None:
    with app.app_context(), transaction():
        for n in range(number):
            audit.record(
                actor=fields.get("actor", "system"),
                action=fields.get("action", "test.noted"),
                subject=fields.get("subject", f"thing:{n}"),
            )


def found(client: FlaskClient, query: str = "") -> list[list[str]]:
    page = client.get(f"/admin/audit{query}")
    assert page.status_code == 200
    return rows(page.text)


def test_the_newest_entries_come_first_with_names(panel: FlaskClient) -> None:
    shown = found(panel)
    assert [row[2:4] for row in shown] == [["Anna", "staff.signed_in"], ["system", "staff.added"]]
    assert [row[4] for row in shown] == ["Anna", "Anna"]
    assert [row[0] for row in shown] == ["2", "1"]


def test_filters_by_who_what_and_what_about(app: Flask, panel: FlaskClient) -> None:
    record(app, 1, actor="donor", action="gift.made", subject="donation:1")
    record(app, 1, actor="donor", action="gifted", subject="donation:2")
    record(app, 1, actor="processor:stripe", action="gift.made.late", subject="donation:2")
    assert len(found(panel, "?actor=donor")) == 2
    assert [row[3] for row in found(panel, "?action=gift")] == ["gift.made.late", "gift.made"]
    assert len(found(panel, "?action=gift.made")) == 2
    assert len(found(panel, "?subject=donation:2")) == 2
    assert len(found(panel, "?subject=donation:2&actor=donor")) == 1
    assert found(panel, "?action=%25") == []
    assert "No entry matches this filter." in panel.get("/admin/audit?actor=nobody").text


def test_a_reference_stands_for_its_donation(app: Flask, panel: FlaskClient) -> None:
    reference = add_gift(app)
    with app.app_context():
        subject = db.session.scalars(sa.select(Donation)).one().audit_subject
    record(app, 1, subject=subject)
    assert [row[4] for row in found(panel, f"?subject={reference}")] == [subject]


def test_pages_follow_each_other(app: Flask, panel: FlaskClient) -> None:
    record(app, 120)
    pages, address = [], "/admin/audit?action=test"
    while address:
        page = panel.get(address).text
        pages.append([int(row[0]) for row in rows(page)])
        last, address = address, link(page, "Older")
    assert [len(page) for page in pages] == [50, 50, 20]
    seen = [number for page in pages for number in page]
    assert seen == sorted(seen, reverse=True)
    before = panel.get(link(panel.get(last).text, "Newer")).text
    assert [int(row[0]) for row in rows(before)] == pages[1]
    assert "action=test" in link(before, "Newer")


@pytest.mark.parametrize(
    "query",
    [
        "?older=x",
        "?older=0",
        "?older=-1",
        "?older=1_0",
        "?newer=%2B1",
        "?older=%D9%A3",
        "?older=" + "9" * 3900,
        "?newer=" + "9" * 5000,
        "?newer=9223372036854775808",
        "?newer=99999999999999999999",
        "?older=1%00",
        "?actor=%00",
        "?action=a%00b",
        "?subject=a%E2%80%AEb",
        "?actor=x%C2%85x",
        "?subject=" + "x" * 101,
    ],
)
def test_wrong_values_are_answered_on_the_form(panel: FlaskClient, query: str) -> None:
    page = panel.get(f"/admin/audit{query}")
    assert page.status_code == 422
    assert 'id="errors"' in page.text
    # Nothing that WTForms says by itself, which stays English.
    for words in ("Not a valid", "Field ", "Number must"):
        assert words not in page.text


def test_html_in_a_reason_is_text(app: Flask, panel: FlaskClient) -> None:
    with app.app_context(), transaction():
        audit.record(
            actor="system",
            action="a.b",
            subject="c:1",
            reason="<script>alert(1)</script>",
            details={"x": "<b>", "y": {"z": ["<i>"]}},
        )
    page = panel.get("/admin/audit").text
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_a_whole_trail_verifies_and_a_changed_one_does_not(app: Flask, panel: FlaskClient) -> None:
    record(app, 5)
    page = send(panel, "/admin/audit/verify")
    assert page.status_code == 200
    assert "The trail is whole." in page.text
    with app.app_context():
        assert audit.verify().head in page.text
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        connection.execute(
            sa.text(
                "UPDATE audit_entry SET body = replace(body, 'thing:3', 'thing:9') WHERE id = 6"
            )
        )
    page = send(panel, "/admin/audit/verify")
    assert "The trail is not whole:" in page.text
    assert "entry 6 was changed" in page.text


def test_halves_of_characters_are_answered(panel: FlaskClient) -> None:
    for name in ("actor", "action", "subject", "older", "newer"):
        assert panel.get(f"/admin/audit?{name}=%ED%A0%80").status_code in {200, 422}
    assert panel.get(f"/admin/audit?older={2**63 - 1}").status_code == 200
    form = AuditFilterForm(MultiDict({"actor": "\ud83d", "older": "\udc00"}))
    with panel.application.test_request_context():
        assert not form.validate()
        assert set(form.errors) == {"actor", "older"}
