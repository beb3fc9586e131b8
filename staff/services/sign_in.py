"""Signing in, in three steps between which no database connection is held:

`begin` counts the try, `check` spends the time on the password, `succeed` or `fail` notes the end.
The answer, the statements and the time are the same for a known and an unknown e-mail.
"""

from dataclasses import dataclass

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


def begin(email: str, device: str | None) -> Try:
    """Count a try and look the account up. Raises Throttled, before any password is looked at."""
    try:
        cleaned = clean_email(email)
    except BadEmail:
        # Counted and looked for like any other; PostgreSQL takes no NUL.
        cleaned = email.replace("\x00", "").strip().lower()[:320]
    bucket = throttle.bucket_of(cleaned, device)
    tries = throttle.count_try(bucket)
    account = db.session.scalar(sa.select(StaffAccount).where(StaffAccount.email == cleaned))
    return Try(cleaned, bucket, tries, account)


def begin_again(account: StaffAccount, device: str | None) -> Try:
    """The same for somebody who is signed in and types the password once more."""
    bucket = throttle.bucket_of(account.email, device)
    return Try(account.email, bucket, throttle.count_try(bucket), account)


def check(attempt: Try, password: str) -> bool:
    """Whether the password is right and the account in use. Takes its 75 ms in any case."""
    account = attempt.account
    right = passwords.fits(password, account.password_hash if account else None)
    return right and account is not None and account.disabled_at is None


def succeed(attempt: Try, password: str) -> tuple[str, StaffSession]:
    """Open a session: its token and row. Raises WrongCredentials if the account changed meanwhile."""
    account = _unchanged(attempt)
    throttle.take_back(attempt.bucket)
    if passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.rehash(password)
    token, session = sessions.open_session(account)
    session.account = account
    audit.record(
        actor=actor_of(account.id),
        action="staff.signed_in",
        subject=account.audit_subject,
        details={"known_device": attempt.bucket.known_device, "failures_before": attempt.tries - 1},
    )
    return token, session


def confirm(attempt: Try, session: StaffSession) -> None:
    """The password was typed again: the session is fresh. Raises WrongCredentials as `succeed`."""
    account = _unchanged(attempt)
    throttle.take_back(attempt.bucket)
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


def _unchanged(attempt: Try) -> StaffAccount:
    """The account under a lock, with the password that was checked: a change meanwhile wins."""
    account = attempt.account
    if account is None:
        raise WrongCredentials("no account")
    checked = account.password_hash
    lock(account)
    if account.password_hash != checked or account.disabled_at is not None:
        raise WrongCredentials("changed meanwhile")
    return account
