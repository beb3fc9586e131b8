"""Is it alive, and is it ready."""

import sqlalchemy as sa
from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.migrations import alembic
from core.access import public
from core.database import db

blueprint = Blueprint("health", __name__)

#: A job that waits longer than this says that no worker runs.
MAX_QUEUE_AGE_SECONDS = 300


def readiness() -> dict[str, str]:
    """What is not ready, by part; empty when all is. Parts: database, migrations, worker."""
    problems: dict[str, str] = {}
    try:
        current = set(db.session.scalars(sa.text("SELECT version_num FROM alembic_version")))
        age = db.session.scalar(
            sa.text(
                "SELECT extract(epoch FROM now() - min(coalesce(scheduled_at, event.at)))"
                " FROM procrastinate_jobs job"
                " JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'"
                " WHERE job.status = 'todo' AND coalesce(scheduled_at, now()) <= now()"
            )
        )
    except sa.exc.DBAPIError:
        db.session.rollback()
        return {"database": "does not answer, or is not migrated"}
    if current != set(alembic.script_directory.get_heads()):
        problems["migrations"] = "the database is at another revision than the code"
    if age is not None and float(age) > MAX_QUEUE_AGE_SECONDS:
        problems["worker"] = f"a job has waited for {int(age)} seconds"
    return problems


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers. Nothing else is asked."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Database, migrations and the age of the queue."""
    problems = readiness()
    return {"status": "ready" if not problems else "not ready", "problems": problems}, (
        503 if problems else 200
    )
