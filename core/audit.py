"""The audit trail: append-only, chained by hash, written in the transaction of what it records.

Entries are collected on the session and appended as the last act before COMMIT: the lock that keeps
the chain in one line is then held for one statement, and never waits for another lock (no deadlock).
The database refuses UPDATE, DELETE and TRUNCATE (migration 0001); a cut tail shows against a head
that was noted elsewhere (`flask audit verify` prints it and takes one to compare with).
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Base, db

GENESIS = b"\x00" * 32
_PENDING = "audit_pending"
_MARKS = "audit_marks"


class AuditEntry(Base):
    """One line of the trail. `body` is the canonical JSON that `hash` covers; the rest is drawn from it."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    body: Mapped[str]
    hash: Mapped[bytes]
    at: Mapped[str] = mapped_column(
        sa.Text(), sa.Computed("((body::jsonb) ->> 'at')", persisted=True)
    )
    actor: Mapped[str] = mapped_column(
        sa.Text(), sa.Computed("((body::jsonb) ->> 'actor')", persisted=True)
    )
    action: Mapped[str] = mapped_column(
        sa.Text(), sa.Computed("((body::jsonb) ->> 'action')", persisted=True)
    )
    subject: Mapped[str] = mapped_column(
        sa.Text(), sa.Computed("((body::jsonb) ->> 'subject')", persisted=True), index=True
    )

    @property
    def content(self) -> dict[str, Any]:
        """The body as a mapping: at, actor, action, subject, reason, details."""
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


def record(
    *,
    actor: str,
    action: str,
    subject: str,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Append an entry when the running transaction commits, and only then.

    `actor` is `staff:<id>`, `donor`, `system` or `processor:<gateway>`; `subject` is
    `kind:<public id>`. Nothing personal goes in: the trail is never erased.
    """
    body = {
        "at": clock.now().isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "subject": subject,
        "reason": reason,
        "details": details or {},
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    session = db.session
    if not session.in_transaction():
        # Without a transaction there would be no rollback to drop the entry.
        session.begin()
    session.info.setdefault(_PENDING, []).append(text)
    # A transaction that only records must still be seen as one that writes.
    session.info["wrote_without_commit"] = True


@event.listens_for(orm.Session, "before_commit")
def _append_pending(session: orm.Session) -> None:
    if session.in_nested_transaction():
        return
    pending = session.info.pop(_PENDING, None)
    if pending:
        session.flush()
        session.execute(
            sa.select(sa.func.audit_append(sa.cast(pending, postgresql.ARRAY(sa.Text()))))
        )


@event.listens_for(orm.Session, "after_transaction_create")
def _mark_savepoint(session: orm.Session, started: orm.SessionTransaction) -> None:
    if started.nested:
        session.info.setdefault(_MARKS, {})[started] = len(session.info.get(_PENDING, ()))


@event.listens_for(orm.Session, "after_transaction_end")
def _forget_savepoint(session: orm.Session, ended: orm.SessionTransaction) -> None:
    session.info.get(_MARKS, {}).pop(ended, None)


@event.listens_for(orm.Session, "after_rollback")
def _drop_pending(session: orm.Session) -> None:
    savepoint = session.get_nested_transaction()
    if savepoint is None:
        session.info.pop(_PENDING, None)
    else:
        # Only what was recorded since the SAVEPOINT is undone.
        del session.info.get(_PENDING, [])[session.info[_MARKS][savepoint] :]


@dataclass(frozen=True, slots=True)
class Verification:
    """What reading the whole chain showed. `problem` is empty when it is whole."""

    count: int
    head: str
    problem: str


def verify(expected: tuple[int, str] | None = None) -> Verification:
    """Recompute the chain from its beginning.

    `expected` is a count and head hash noted earlier: a trail that was cut behind it, or rewritten
    before it, is noticed although it is whole in itself.
    """
    previous = GENESIS
    count = 0
    entries = sa.select(AuditEntry.id, AuditEntry.body, AuditEntry.hash).order_by(AuditEntry.id)
    with db.session.execute(entries.execution_options(yield_per=1000)) as rows:
        for row_id, body, digest in rows:
            count += 1
            if row_id != count:
                return Verification(count, previous.hex(), f"entry {count} is missing")
            previous = hashlib.sha256(previous + body.encode()).digest()
            if digest != previous:
                return Verification(count, previous.hex(), f"entry {row_id} was changed")
            if expected and expected[0] == count and expected[1] != previous.hex():
                problem = f"entry {count} or one before was rewritten"
                return Verification(count, previous.hex(), problem)
    if expected and count < expected[0]:
        return Verification(count, previous.hex(), f"cut: {expected[0]} entries were noted before")
    return Verification(count, previous.hex(), "")
