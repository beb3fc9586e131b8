"""The audit trail in the panel: looking through it, and verifying its chain."""

from http import HTTPStatus

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import Form, IntegerField, StringField
from wtforms.validators import Optional

from admin.checks import at_most, entry_number, visible
from admin.panel import blueprint
from core import audit as trail
from core.audit import Verification
from core.audit_search import TrailPage, find_entries
from core.errors import NotFound
from donations.services.filters import read_reference
from donations.services.timeline import find_donation
from staff.access import requires
from staff.permissions import Permission
from staff.services.accounts import names_behind

_MAX_TEXT = 100


def _strip(text: str | None) -> str:
    return (text or "").strip()


class AuditFilterForm(Form):  # type: ignore[misc]  # WTForms has no types
    """What of the trail to show."""

    actor = StringField(_l("Who"), [at_most(_MAX_TEXT), visible], filters=[_strip])
    action = StringField(_l("What"), [at_most(_MAX_TEXT), visible], filters=[_strip])
    subject = StringField(_l("About"), [at_most(_MAX_TEXT), visible], filters=[_strip])
    older = IntegerField(_l("Page"), [Optional(), entry_number])
    newer = IntegerField(_l("Page"), [Optional(), entry_number])

    @property
    def query(self) -> dict[str, str]:
        """The filter without the page, for links."""
        return {n: self[n].data for n in ("actor", "action", "subject") if self[n].data}


@blueprint.get("/audit")
@requires(Permission.AUDIT_READ)
def audit() -> ResponseReturnValue:
    """The trail, newest first."""
    return _page(AuditFilterForm(request.args))


@blueprint.post("/audit/verify")
@requires(Permission.AUDIT_READ)
def verify_audit() -> ResponseReturnValue:
    """Recompute the whole chain, and say what that showed."""
    return _page(AuditFilterForm(), verification=trail.verify())


def _page(
    form: AuditFilterForm, *, verification: Verification | None = None
) -> ResponseReturnValue:
    if not form.validate():
        return _render(form, None, {}, None), HTTPStatus.UNPROCESSABLE_ENTITY
    page = find_entries(
        actor=form.actor.data,
        action=form.action.data,
        subject=_subject(form.subject.data),
        older_than=form.older.data,
        newer_than=form.newer.data,
    )
    return _render(
        form,
        page,
        names_behind(label for entry in page.entries for label in (entry.actor, entry.subject)),
        verification,
    )


def _render(
    form: AuditFilterForm,
    page: TrailPage | None,
    names: dict[str, str],
    verification: Verification | None,
) -> str:
    return render_template(
        "admin/audit.html", form=form, page=page, names=names, verification=verification
    )


def _subject(text: str) -> str:
    """A subject as the trail names it; a donation's reference stands for the donation."""
    try:
        return find_donation(read_reference(text)).audit_subject
    except (ValueError, NotFound):
        return text
