"""Signing in, in three steps between which no database connection is held:

`begin` counts the try, `check` looks at the password, `succeed`, `confirm` or `fail` notes the end.
The answer, the statements and the time are the same for a known and an unknown e-mail.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from core import audit
from core.database import db
from core.states import lock
from staff.errors import BadEmail, WrongCredentials
from staff.models import StaffAccount, StaffSession
from staff.services import passwords, sessions, throttle
from staff.services.accounts import actor_of, clean_email


@dataclass(frozen=True, slots=True)
class Try:
    """A try to sign in: the address as typed (cleaned if it is one), its bucket, its account."""

    email: str
    bucket: throttle.Bucket
    tries: int
    account: StaffAccount | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A try whose password was looked at: `kept_hash` is what it fitted, None if it did not.

    `renewed_hash` replaces a hash that was made with older parameters.
    """

    attempt: Try
    kept_hash: str | None = field(repr=False)
    renewed_hash: str | None = field(repr=False)


def begin(email: str, device: str | None) -> Try:
    """Count a try and look the account up. Raises Throttled, before any password is looked at."""
    try:
        cleaned = clean_email(email)
    except BadEmail:
        # Counted and looked for like any other; PostgreSQL takes no NUL.
        cleaned = email.replace("\x00", "").strip().lower()[:320]
    bucket = throttle.bucket_of(cleaned, device)
    tries = throttle.count_try(bucket)
    throttle.count_stranger(bucket)
    account = db.session.scalar(sa.select(StaffAccount).where(StaffAccount.email == cleaned))
    return Try(cleaned, bucket, tries, account)


def begin_again(account: StaffAccount, device: str | None) -> Try:
    """The same for somebody who is signed in, whom no stranger holds off, and types it once more."""
    bucket = throttle.bucket_of(account.email, device)
    return Try(account.email, bucket, throttle.count_try(bucket), account)


def check(attempt: Try, password: str) -> Checked:
    """Look at the password. Takes its 75 ms whether or not there is such an account."""
    account = attempt.account
    kept = account.password_hash if account else None
    right = passwords.fits(password, kept) and account is not None
    renewed = None
    if right and kept is not None and passwords.is_outdated(kept):
        renewed = passwords.rehash(password)
    return Checked(attempt, kept if right else None, renewed)


def succeed(checked: Checked) -> tuple[str, StaffSession]:
    """Open a session: its token and row. Raises WrongCredentials, also for a closed account and for
    one whose password changed meanwhile.
    """
    account = _confirmed(checked)
    token, session = sessions.open_session(account)
    session.account = account
    attempt = checked.attempt
    audit.record(
        actor=actor_of(account.id),
        action="staff.signed_in",
        subject=account.audit_subject,
        details={"known_device": attempt.bucket.known_device, "failures_before": attempt.tries - 1},
    )
    return token, session


def confirm(checked: Checked, session: StaffSession) -> None:
    """The password was typed again: the session is fresh. Raises WrongCredentials as `succeed`."""
    account = _confirmed(checked)
    sessions.confirm(session)
    audit.record(
        actor=actor_of(account.id), action="staff.confirmed", subject=account.audit_subject
    )


def fail(attempt: Try) -> None:
    """Note a failure: the trail gets one line when a bucket is full, and nothing of what was typed."""
    if attempt.tries < throttle.LIMIT:
        return
    account = attempt.account
    audit.record(
        actor="system",
        action="staff.sign_in_throttled",
        subject=account.audit_subject if account else "staff:unknown",
        details={"failures": attempt.tries, "known_device": attempt.bucket.known_device},
    )


def sign_out(session: StaffSession) -> None:
    """End a session."""
    sessions.revoke(session.id)
    audit.record(
        actor=actor_of(session.account_id),
        action="staff.signed_out",
        subject=f"staff:{session.account_id}",
    )


def _confirmed(checked: Checked) -> StaffAccount:
    """The account under a lock, with the password that was checked: a change meanwhile wins."""
    account = checked.attempt.account
    if account is None or checked.kept_hash is None:
        raise WrongCredentials("not right")
    lock(account)
    if account.password_hash != checked.kept_hash or account.disabled_at is not None:
        raise WrongCredentials("changed meanwhile, or closed")
    throttle.take_back(checked.attempt.bucket)
    if checked.renewed_hash is not None:
        account.password_hash = checked.renewed_hash
    return account
