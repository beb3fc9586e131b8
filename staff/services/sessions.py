"""Sessions of staff: opened at sign-in, seen at each request, ended by time, sign-out or demotion."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from core import clock
from core.database import db
from staff.models import StaffAccount, StaffSession

IDLE = timedelta(minutes=30)
TOTAL = timedelta(hours=8)
#: How long after typing the password the dangerous things are open.
FRESH = timedelta(minutes=5)
_TOUCH_EVERY = timedelta(minutes=1)


def digest(token: str) -> bytes:
    """What is kept of a token: 32 bytes. A token has 256 random bits, so a plain hash does."""
    return hashlib.sha256(token.encode()).digest()


def open_session(account: StaffAccount) -> tuple[str, StaffSession]:
    """A new session and its token, which is kept nowhere else than in the caller's cookie."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session = StaffSession(
        id=uuid.uuid4(),
        token_digest=digest(token),
        account_id=account.id,
        created_at=now,
        last_seen_at=now,
        authenticated_at=now,
    )
    db.session.add(session)
    db.session.flush()
    return token, session


def find(token: str) -> StaffSession | None:
    """The session of a token, with its account, in one statement; None unless it is in force."""
    now = clock.now()
    return db.session.scalar(
        sa.select(StaffSession)
        .join(StaffSession.account)
        .options(contains_eager(StaffSession.account))
        .where(
            StaffSession.token_digest == digest(token),
            StaffSession.revoked_at.is_(None),
            StaffSession.last_seen_at > now - IDLE,
            StaffSession.created_at > now - TOTAL,
            StaffAccount.disabled_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )


def is_to_touch(session: StaffSession) -> bool:
    """Whether the last visit is long enough ago to be noted again."""
    return clock.now() - session.last_seen_at > _TOUCH_EVERY


def touch(session: StaffSession) -> None:
    """Note a visit: the idle time begins anew."""
    session.last_seen_at = clock.now()


def is_fresh(session: StaffSession) -> bool:
    """Whether the password was typed within FRESH."""
    return clock.now() - session.authenticated_at < FRESH


def confirm(session: StaffSession) -> None:
    """The password was typed again."""
    session.authenticated_at = session.last_seen_at = clock.now()


def revoke(session_id: uuid.UUID) -> None:
    """End one session."""
    _revoke(StaffSession.id == session_id)


def revoke_all(account_id: uuid.UUID, *, keep: uuid.UUID | None = None) -> None:
    """End every session of an account, but for `keep`."""
    theirs = StaffSession.account_id == account_id
    _revoke(theirs if keep is None else sa.and_(theirs, StaffSession.id != keep))


def _revoke(which: sa.ColumnElement[bool]) -> None:
    db.session.execute(
        sa.update(StaffSession)
        .where(which, StaffSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def forget_sessions(now: datetime, dry_run: bool) -> int:
    """Retention rule: destroy sessions that no cookie can use any more."""
    dead = sa.or_(
        StaffSession.revoked_at.is_not(None),
        StaffSession.last_seen_at <= now - IDLE,
        StaffSession.created_at <= now - TOTAL,
    )
    if dry_run:
        count = sa.select(sa.func.count()).select_from(StaffSession).where(dead)
        return db.session.scalar(count) or 0
    result = db.session.execute(sa.delete(StaffSession).where(dead))
    assert isinstance(result, sa.CursorResult)
    return int(result.rowcount)
