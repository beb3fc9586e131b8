"""Donations in the panel: the list, one donation's history, its e-mail, the export."""

from collections.abc import Iterable
from contextlib import ExitStack
from http import HTTPStatus

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from admin.checks import invisible_words
from admin.donation_filter import DonationFilterForm
from admin.panel import blueprint
from admin.words import (
    frequency_words,
    fund_name,
    mail_state_words,
    reason_words,
    status_words,
)
from core import audit, clock
from core.database import transaction
from core.spreadsheet import csv_text
from donations.models import Donation
from donations.services import export, reveals, search
from donations.services.filters import read_reference
from donations.services.timeline import find_donation, timeline
from staff.access import requires, staff
from staff.permissions import Permission
from staff.services.accounts import names_behind


class RevealForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why the donor's e-mail is to be shown."""

    reason = RadioField()
    note = StringField(filters=[lambda text: (text or "").strip()])

    def __init__(self) -> None:
        super().__init__()
        self.reason.label.text = _("Reason")
        self.note.label.text = _("In your own words")
        self.reason.choices = [SelectChoice(code, words) for code, words in reason_words().items()]
        self.reason.validators = [InputRequired(_("Choose a reason."))]


def _list_form() -> DonationFilterForm:
    return DonationFilterForm(request.args, locale=str(get_locale()))


@blueprint.get("/donations")
@requires(Permission.FINANCE_READ)
def donations() -> ResponseReturnValue:
    """The list of what the address filters, with totals of exactly that."""
    form = _list_form()
    words = {"form": form, "statuses": status_words(), "frequencies": frequency_words()}
    if not form.validate():
        page = render_template("admin/donations.html", page=None, **words)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    wanted = form.wanted
    return render_template(
        "admin/donations.html",
        page=search.find_page(wanted, form.sorting, **form.edges),
        counts=search.counts(wanted),
        totals=search.totals(wanted),
        cap=search.COUNT_CAP,
        fund_name=fund_name,
        **words,
    )


@blueprint.get("/donations.csv")
@requires(Permission.FINANCE_EXPORT, fresh=True)
def donations_csv() -> ResponseReturnValue:
    """The filtered donations as a file; on the audit trail, with their number, before it begins.

    A HEAD tells what a GET would bring: nothing is read for it, and nothing noted.
    """
    form = _list_form()
    if not form.validate():
        abort(HTTPStatus.UNPROCESSABLE_ENTITY)
    if request.method == "HEAD":
        return _csv_answer(())
    with ExitStack() as opening:
        number, rows = opening.enter_context(export.snapshot(form.wanted))
        with transaction():
            audit.record(
                actor=staff().actor,
                action="donation.exported",
                subject="export:donations",
                details={"filter": form.noted, "rows": number, "permission": "finance:export"},
            )
        sending = opening.pop_all()
    response = _csv_answer(piece.encode() for piece in csv_text(export.COLUMNS, rows))
    # Also for a reader that goes away in the middle.
    response.call_on_close(sending.close)
    return response


def _csv_answer(pieces: Iterable[bytes]) -> Response:
    response = Response(pieces, mimetype="text/csv")
    name = f"donations-{clock.now():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/donations/<reference>")
@requires(Permission.FINANCE_READ)
def donation(reference: str) -> ResponseReturnValue:
    """One donation and all that happened to it."""
    return _donation_page(_find(reference), RevealForm())


@blueprint.post("/donations/<reference>/email")
@requires(Permission.EMAIL_REVEAL, fresh=True)
def reveal_email(reference: str) -> ResponseReturnValue:
    """Show the donor's e-mail, once, in this answer, after the audit trail has the reason."""
    found = _find(reference)
    form = RevealForm()
    if not form.validate():
        return _donation_page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with transaction():
            reveals.note_reveal(
                found,
                by=staff().account,
                reason=reveals.Reason(form.reason.data),
                note=form.note.data,
            )
    except reveals.InvisibleNote:
        form.note.errors = [invisible_words()]
        return _donation_page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
    except reveals.BadNote:
        form.note.errors = [
            _(
                "Write at least %(count)d characters, and no address or name.",
                count=reveals.MIN_NOTE,
            )
        ]
        return _donation_page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
    return _donation_page(found, form, email=reveals.open_email(found))


def _find(reference: str) -> Donation:
    try:
        return find_donation(read_reference(reference))
    except ValueError:
        abort(HTTPStatus.NOT_FOUND)


def _donation_page(found: Donation, form: RevealForm, *, email: str = "") -> str:
    history = timeline(found)
    return render_template(
        "admin/donation.html",
        timeline=history,
        names=names_behind(entry.actor for entry in history.trail),
        donation=found,
        form=form,
        email=email,
        statuses=status_words(),
        frequencies=frequency_words(),
        mail_states=mail_state_words(),
        reasons=reason_words(),
        fund=fund_name(found.fund, str(get_locale())),
    )
