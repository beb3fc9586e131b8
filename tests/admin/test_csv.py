import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core import clock
from core.audit import AuditEntry
from core.database import db
from core.money import Money
from core.spreadsheet import cell, csv_text
from donations.services import export
from tests.admin.books import START, add_gift, add_many
from tests.admin.reading import link, rows
from tests.staff.people import add_account, signed_in


@pytest.fixture
def panel(app: Flask) -> FlaskClient:
    """A browser of somebody in finance, freshly signed in."""
    add_account(app, roles=["finance"])
    return signed_in(app)


def table(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/admin/donations.csv{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_file_as_a_whole(app: Flask, panel: FlaskClient) -> None:
    add_gift(
        app,
        reference="D-AAAA-0001",
        amount=123456,
        cover=78,
        states=("failed", "succeeded"),
        fee=Money(1850, "EUR"),
        email="canary@example.org",
        public_name="canary",
        message="canary",
        created_at=START,
    )
    add_gift(
        app,
        reference="D-AAAA-0002",
        amount=500,
        currency="JPY",
        states=("open",),
        created_at=START + timedelta(days=1),
    )
    add_gift(
        app,
        reference="D-AAAA-0003",
        amount=1000,
        states=("needs_review",),
        received=Money(700, "USD"),
        created_at=START + timedelta(days=2),
    )
    answer = panel.get("/admin/donations.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    name = f"donations-{clock.now():%Y-%m-%d}.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.data.startswith(b"\xef\xbb\xbfreference,created,status,")
    assert b"canary" not in answer.data
    lines = answer.data.decode("utf-8-sig").split("\r\n")
    charge = lines[3].rpartition(",")[2]
    assert charge.startswith("ch_")
    assert lines[0] == (
        "reference,created,status,fund,frequency,currency,gift,fee_cover,charged,received,"
        "processor_fee,processor_fee_currency,charge_ref"
    )
    assert lines[1].startswith(
        "D-AAAA-0003,2026-03-03T12:00:00+00:00,needs_review,general,once,EUR,10.00,0.00,10.00,7.00 USD,,,ch_"
    )
    assert lines[2] == (
        "D-AAAA-0002,2026-03-02T12:00:00+00:00,checking,general,once,JPY,500,0,500,,,,"
    )
    assert lines[3] == (
        "D-AAAA-0001,2026-03-01T12:00:00+00:00,paid,general,once,EUR,1234.56,0.78,1235.34,1235.34,"
        f"18.50,EUR,{charge}"
    )
    assert lines[4:] == [""]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?status=paid",
        "?status=checking&currency=USD",
        "?currency=EUR&minimum=20&maximum=60&sort=largest",
        "?fund=legal&since=2026-01-01&until=2026-01-01",
        "?q=D-0003-BBBB",
        "?currency=JPY&status=needs_review",
    ],
)
def test_the_file_holds_the_rows_of_the_list(app: Flask, panel: FlaskClient, query: str) -> None:
    add_many(app, 240)
    listed: list[tuple[str, str]] = []
    address = f"/admin/donations{query}"
    while address:
        page = panel.get(address).text
        listed += [(row[0], row[1]) for row in rows(page)]
        address = link(page, "Next page")
    exported = [
        (row["reference"], row["created"][:16].replace("T", " ")) for row in table(panel, query)
    ]
    assert sorted(exported) == sorted(listed)
    assert exported == sorted(exported, key=lambda row: row[1], reverse=True)
    if listed:
        assert link(panel.get(f"/admin/donations{query}").text, "as CSV") == (
            f"/admin/donations.csv{query}"
        )


def test_the_sums_of_the_file_are_the_totals_of_the_list(app: Flask, panel: FlaskClient) -> None:
    add_many(app, 300)
    paid = table(panel, "?status=paid&currency=EUR")
    total = rows(panel.get("/admin/donations?currency=EUR").text, "totals")[0]
    assert total[1] == str(len(paid))
    assert total[2] == Money(sum(int(row["gift"].replace(".", "")) for row in paid), "EUR").format(
        "en"
    )
    assert total[4] == Money(
        sum(int(row["received"].replace(".", "")) for row in paid), "EUR"
    ).format("en")


def test_an_export_is_on_the_trail_before_its_first_byte(
    app: Flask, panel: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_many(app, 30)
    seen: list[dict[str, object]] = []
    real = export._cells

    def watched(row: object) -> tuple[str, ...]:
        if not seen:
            with app.app_context():
                trail = sa.select(AuditEntry).where(AuditEntry.action == "donation.exported")
                seen.extend(entry.content for entry in db.session.scalars(trail))
        return real(row)  # type: ignore[arg-type]

    monkeypatch.setattr(export, "_cells", watched)
    found = table(panel, "?currency=EUR&status=paid&role=administrator")
    (entry,) = seen
    assert entry["details"] == {
        "filter": {"currency": "EUR", "status": "paid"},
        "permission": "finance:export",
        "rows": len(found),
    }
    assert str(entry["actor"]).startswith("staff:")


def test_what_is_counted_is_what_leaves_though_gifts_come_in(app: Flask) -> None:
    from donations.services.filters import Filter

    add_many(app, 20)
    with app.app_context(), export.snapshot(Filter()) as (number, cells):
        add_gift(app)
        assert number == 20
        assert len(list(cells)) == 20


def test_a_stale_sign_in_exports_nothing(app: Flask, panel: FlaskClient) -> None:
    add_gift(app)
    with clock.shifted(timedelta(minutes=6)):
        answer = panel.get("/admin/donations.csv?currency=EUR")
        assert answer.status_code == 303
        assert answer.location == "/admin/sign-in/again?next=/admin/donations.csv?currency%3DEUR"
    with app.app_context():
        actions = set(db.session.scalars(sa.select(AuditEntry.action)))
    assert "donation.exported" not in actions


def test_a_wrong_filter_exports_nothing(app: Flask, panel: FlaskClient) -> None:
    add_gift(app)
    assert panel.get("/admin/donations.csv?currency=XXX").status_code == 422
    assert panel.get("/admin/donations.csv?since=soon").status_code == 422


def exports(app: Flask) -> list[dict[str, object]]:
    """What the trail says of exports."""
    with app.app_context():
        trail = sa.select(AuditEntry).where(AuditEntry.action == "donation.exported")
        return [entry.content for entry in db.session.scalars(trail)]


def test_the_connection_is_given_back_also_when_the_reader_goes(
    app: Flask, panel: FlaskClient
) -> None:
    add_many(app, 50)
    with app.app_context():
        pool = db.engine.pool
        before = pool.status()
        for _ in range(15):
            answer = panel.get("/admin/donations.csv", buffered=False)
            assert answer.status_code == 200
            answer.close()
        assert "Current Checked out connections: 0" in pool.status(), (before, pool.status())


def test_a_head_exports_nothing(
    app: Flask, panel: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_gift(app)
    given = panel.get("/admin/donations.csv")
    assert len(exports(app)) == 1

    def read(_wanted: object) -> None:
        raise AssertionError("read for a HEAD")

    monkeypatch.setattr(export, "snapshot", read)
    told = panel.head("/admin/donations.csv")
    assert told.status_code == 200
    assert told.data == b""
    for name in ("Content-Type", "Content-Disposition", "Cache-Control"):
        assert told.headers[name] == given.headers[name]
    assert panel.head("/admin/donations.csv?since=soon").status_code == 422
    assert len(exports(app)) == 1


@pytest.mark.parametrize("said", ["cross-site", "same-site"])
def test_another_site_cannot_lead_to_an_export(app: Flask, panel: FlaskClient, said: str) -> None:
    add_gift(app)
    for shift in (timedelta(), timedelta(minutes=6)):
        with clock.shifted(shift):
            page = panel.get("/admin/donations.csv", headers={"Sec-Fetch-Site": said})
            assert page.status_code == 403
            assert page.mimetype == "text/html"
            assert "Another site led here." in page.text
            assert "D-" not in page.text
    assert exports(app) == []


@pytest.mark.parametrize("said", ["same-origin", "none", None])
def test_the_link_of_the_panel_works_in_every_browser(
    app: Flask, panel: FlaskClient, said: str | None
) -> None:
    add_gift(app)
    address = link(panel.get("/admin/donations?currency=EUR").text, "as CSV")
    answer = panel.get(address, headers={"Sec-Fetch-Site": said} if said else {})
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert len(exports(app)) == 1


@pytest.mark.parametrize(
    "query",
    [
        "?currency=EUR&minimum=1" + "+" * 63 + "%00",
        "?currency=EUR&minimum=1" + "%20" * 63 + "canary",
        "?currency=EUR&maximum=1" + "+" * 64 + "%E2%80%AE",
        "?q=%00",
    ],
)
def test_what_was_not_read_is_no_filter(app: Flask, panel: FlaskClient, query: str) -> None:
    add_gift(app)
    assert panel.get(f"/admin/donations.csv{query}").status_code == 422
    assert exports(app) == []


def test_the_trail_gets_what_was_read_not_what_was_typed(app: Flask, panel: FlaskClient) -> None:
    query = (
        "?q=+d-+7k3m9qx%C5%BF&status=paid&currency=EUR&fund=general&since=20260301&until=2026-W12-1"
        "&minimum=1%E2%80%89000&maximum=2.000,5&sort=largest"
    )
    table(panel, query)
    (entry,) = exports(app)
    assert entry["details"] == {
        "filter": {
            "q": "D-7K3M-9QXS",
            "status": "paid",
            "currency": "EUR",
            "fund": "general",
            "since": "2026-03-01",
            "until": "2026-03-16",
            "minimum": "1000.00",
            "maximum": "2000.50",
            "sort": "largest",
        },
        "permission": "finance:export",
        "rows": 0,
    }


def test_the_number_of_statements_does_not_grow(app: Flask, panel: FlaskClient) -> None:
    def count() -> int:
        seen: list[str] = []
        with app.app_context():
            engine = db.engine

        def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        table(panel)
        sa.event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    add_many(app, 10)
    few = count()
    for _ in range(40):
        add_gift(app, fee=Money(50, "EUR"))
    assert count() == few <= 5


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://e")']
)
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert cell(text) == "'" + text
    (line,) = list(csv.reader(io.StringIO("".join(csv_text(["h"], [[text]]))[1:], newline="")))[1:]
    assert line == ["'" + text]


def test_other_cells_stay_as_they_are() -> None:
    for text in ("D-AAAA-0001", "12.50", "", "a=b", " =1", "ё"):
        assert cell(text) == text


def test_a_formula_as_a_fund_is_quoted_in_the_file(app: Flask, panel: FlaskClient) -> None:
    add_gift(app, fund="=cmd|' /C calc'!A0")
    assert table(panel)[0]["fund"] == "'=cmd|' /C calc'!A0"
