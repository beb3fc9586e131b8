"""Reading the audit trail: by what it is about, or page by page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from core.audit import AuditEntry
from core.database import db

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Up to PAGE_SIZE entries, newest first; the ids that the pages around it count from."""

    entries: Sequence[AuditEntry]
    newer: int | None
    older: int | None


def entries_about(subjects: Iterable[str]) -> Sequence[AuditEntry]:
    """The entries about these subjects, oldest first. One statement."""
    return db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.subject.in_(list(subjects))).order_by(AuditEntry.id)
    ).all()


def find_entries(
    *,
    actor: str = "",
    action: str = "",
    subject: str = "",
    older_than: int | None = None,
    newer_than: int | None = None,
) -> TrailPage:
    """A page of the trail, newest first. `action` also finds what begins with it and a dot."""
    statement = sa.select(AuditEntry)
    if actor:
        statement = statement.where(AuditEntry.actor == actor)
    if action:
        begins = AuditEntry.action.startswith(f"{action}.", autoescape=True)
        statement = statement.where(sa.or_(AuditEntry.action == action, begins))
    if subject:
        statement = statement.where(AuditEntry.subject == subject)
    backwards = newer_than is not None
    if newer_than is not None:
        statement = statement.where(AuditEntry.id > newer_than).order_by(AuditEntry.id)
    else:
        statement = statement.order_by(AuditEntry.id.desc())
        if older_than is not None:
            statement = statement.where(AuditEntry.id < older_than)
    rows = list(db.session.scalars(statement.limit(PAGE_SIZE + 1)))
    more = len(rows) > PAGE_SIZE
    entries = rows[:PAGE_SIZE]
    if backwards:
        entries.reverse()
    has_newer = more if backwards else older_than is not None
    has_older = backwards or more
    return TrailPage(
        entries,
        newer=entries[0].id if entries and has_newer else None,
        older=entries[-1].id if entries and has_older else None,
    )


def count_since(*, actor: str, action: str, since: str) -> int:
    """How often an actor did something since a moment (ISO 8601 in UTC, as the trail writes it)."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(AuditEntry)
            .where(AuditEntry.actor == actor, AuditEntry.action == action, AuditEntry.at >= since)
        )
        or 0
    )
