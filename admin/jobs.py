"""Jobs and mails that did not go through."""

import uuid

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from admin.panel import blueprint
from admin.words import mail_state_words
from core import job_list
from core.database import transaction
from staff.access import requires, staff
from staff.permissions import Permission

#: The largest id of PostgreSQL's bigint: an address with more digits is no job's.
_ID = "int(min=1, max=9223372036854775807)"


@blueprint.get("/jobs")
@requires(Permission.JOBS_MANAGE)
def jobs() -> ResponseReturnValue:
    """What failed, what waits for another try."""
    return render_template(
        "admin/jobs.html",
        jobs=job_list.troubled_jobs(),
        mails=job_list.troubled_mails(),
        mail_states=mail_state_words(),
    )


@blueprint.post(f"/jobs/<{_ID}:job_id>/run")
@requires(Permission.JOBS_MANAGE)
def run_job_again(job_id: int) -> ResponseReturnValue:
    """Let a job run now."""
    with transaction():
        job_list.run_again(job_id, actor=staff().actor)
    return redirect(url_for("admin.jobs"), code=303)


@blueprint.post("/jobs/mails/<uuid:mail_id>/send")
@requires(Permission.JOBS_MANAGE)
def send_mail_again(mail_id: uuid.UUID) -> ResponseReturnValue:
    """Send a mail again that was given up, or whose fate is unknown."""
    with transaction():
        job_list.send_again(mail_id, actor=staff().actor)
    return redirect(url_for("admin.jobs"), code=303)
