"""Staff accounts, their sessions and the counters that slow guessing down.

No address and no user agent of anybody: a session is told from another by its token alone.
"""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import clock
from core.content import LOCALES
from core.database import Base
from staff.permissions import Role

_ROLES = ", ".join(f"'{role.value}'" for role in Role)
_LOCALES = ", ".join(f"'{locale}'" for locale in LOCALES)


class StaffAccount(Base):
    """Somebody who works here. `email` is kept in lower case; `disabled_at` ends every access."""

    __tablename__ = "staff_account"
    __table_args__ = (
        sa.CheckConstraint("email = lower(email)", name="email_lower"),
        sa.CheckConstraint(f"roles <@ ARRAY[{_ROLES}]::text[]", name="roles_known"),
        sa.CheckConstraint(f"locale IN ({_LOCALES})", name="locale_known"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(postgresql.ARRAY(sa.Text()))
    locale: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def audit_subject(self) -> str:
        return f"staff:{self.id}"


class StaffSession(Base):
    """A signed-in browser. The token lives in its cookie only; here is its SHA-256."""

    __tablename__ = "staff_session"
    __table_args__ = (
        sa.Index("ix_staff_session_account_id", "account_id"),
        sa.Index("ix_staff_session_created_at", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("staff_account.id", ondelete="CASCADE")
    )
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    last_seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    authenticated_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None]

    account: Mapped[StaffAccount] = relationship(lazy="raise")


class SignInThrottle(Base):
    """Failures of one bucket in one window. `bucket` is a digest that names nobody (see `throttle`)."""

    __tablename__ = "sign_in_throttle"
    __table_args__ = (
        sa.CheckConstraint("failures >= 0", name="failures_not_negative"),
        sa.Index("ix_sign_in_throttle_window_start", "window_start"),
    )

    bucket: Mapped[bytes] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(default=clock.now)
    failures: Mapped[int] = mapped_column(sa.Integer(), default=0)
