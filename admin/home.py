"""The panel's first page, its language, and what every page of it shows."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin.forms import LanguageForm
from admin.panel import blueprint
from admin.words import role_words
from core import clock, job_list
from core.content import LOCALES
from core.database import db, transaction
from core.errors import NotAllowed
from donations.models import DonationStatus
from donations.services import search
from donations.services.filters import Filter
from staff.access import safe_next, signed_in, staff
from staff.errors import FromElsewhere
from staff.permissions import Permission
from staff.services import accounts
from staff.sessions import who

_PERIOD_DAYS = 30


@blueprint.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """Where the account may go, and a few figures of it."""
    user = staff()
    figures: dict[str, Any] = {}
    if user.may(Permission.FINANCE_READ):
        since = clock.now().date() - timedelta(days=_PERIOD_DAYS - 1)
        figures["totals"] = search.totals(Filter(since=since))
        figures["since"] = since
        figures["to_review"] = search.counts(Filter())[DonationStatus.NEEDS_REVIEW]
    if user.may(Permission.JOBS_MANAGE):
        figures["jobs"] = sum(job.failed for job in job_list.troubled_jobs())
        figures["mails"] = len(job_list.troubled_mails())
    return render_template("admin/home.html", figures=figures, roles=role_words())


@blueprint.post("/language")
@signed_in
def language() -> ResponseReturnValue:
    """Keep the account's language, and go back to the page the choice was made on."""
    form = LanguageForm()
    if form.validate():
        with transaction():
            accounts.set_locale(staff().account, form.locale.data)
    return redirect(safe_next(form.next.data), code=303)


@blueprint.errorhandler(NotAllowed)
def not_allowed(_error: NotAllowed) -> ResponseReturnValue:
    """No permission: said inside the panel, so that the way back is at hand."""
    db.session.rollback()
    return render_template("admin/not_allowed.html"), HTTPStatus.FORBIDDEN


@blueprint.errorhandler(FromElsewhere)
def from_elsewhere(_error: FromElsewhere) -> ResponseReturnValue:
    """Not a matter of roles: another site sent the browser here."""
    db.session.rollback()
    page = render_template(
        "errors/error.html",
        status=HTTPStatus.FORBIDDEN,
        heading=_("Not opened from another site"),
        advice=_("Another site led here. Open the panel yourself and follow its own link."),
    )
    return page, HTTPStatus.FORBIDDEN


@blueprint.context_processor
def of_every_page() -> dict[str, Any]:
    """The account, the places it may go to, the languages."""
    user = who()
    places = [
        ("admin.home", _("Overview"), None),
        ("admin.donations", _("Donations"), Permission.FINANCE_READ),
        ("admin.jobs", _("Jobs and mails"), Permission.JOBS_MANAGE),
        ("admin.audit", _("Audit trail"), Permission.AUDIT_READ),
    ]
    return {
        "user": user,
        "places": [
            (url_for(endpoint), label, request.endpoint == endpoint)
            for endpoint, label, permission in places
            if user is not None and (permission is None or user.may(permission))
        ],
        "locales": {code: {"en": "English", "ru": "Русский"}[code] for code in LOCALES},
        "here": request.full_path.rstrip("?") if request.method == "GET" else "",
    }
