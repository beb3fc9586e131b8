"""Slowing down guesses without locking anybody out, after OWASP's "device cookies".

A browser that signed in once holds a device cookie and has a bucket of its own; all others share the
account's bucket for unknown devices. A stranger's failures fill the second, never the first. A try
is counted before its password is looked at, so that many at once cannot slip through together.
"""

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core import audit, clock
from core.database import db
from privacy import vault
from staff.errors import Throttled
from staff.models import SignInThrottle

LIMIT = 10
WINDOW = timedelta(minutes=15)

_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the failures of a browser at an account are counted."""

    digest: bytes
    known_device: bool


def new_device(email: str) -> str:
    """The value of a device cookie: a random nonce, and a seal that ties it to this account.

    It does not name the account, and is worth nothing at another one.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + _seals(nonce, email)[0]).decode().rstrip("=")


def bucket_of(email: str, device: str | None) -> Bucket:
    """The bucket of a try: the device's own if its cookie belongs to this account."""
    nonce = _known_nonce(email, device or "")
    if nonce is None:
        return Bucket(vault.blind_index(email, purpose="sign-in-unknown"), known_device=False)
    text = f"{email}|{nonce.hex()}"
    return Bucket(vault.blind_index(text, purpose="sign-in-device"), known_device=True)


def count_try(bucket: Bucket) -> int:
    """Count a try before it is checked; how many the window holds now. Raises Throttled.

    One statement: of a hundred tries at once, ten are let through.
    """
    now = clock.now()
    expired = SignInThrottle.window_start <= now - WINDOW
    statement = insert(SignInThrottle).values(bucket=bucket.digest, window_start=now, failures=1)
    statement = statement.on_conflict_do_update(
        index_elements=["bucket"],
        set_={
            "failures": sa.case((expired, 1), else_=SignInThrottle.failures + 1),
            "window_start": sa.case((expired, now), else_=SignInThrottle.window_start),
        },
        where=sa.or_(expired, SignInThrottle.failures < LIMIT),
    )
    failures: int | None = db.session.scalar(statement.returning(SignInThrottle.failures))
    if failures is None:
        start = db.session.scalar(
            sa.select(SignInThrottle.window_start).where(SignInThrottle.bucket == bucket.digest)
        )
        wait = (start or now) + WINDOW - now
        raise Throttled(retry_after=max(1, int(wait.total_seconds()) + 1))
    return failures


def take_back(bucket: Bucket) -> None:
    """The try that was counted was no failure."""
    db.session.execute(
        sa.update(SignInThrottle)
        .where(SignInThrottle.bucket == bucket.digest)
        .values(failures=sa.func.greatest(SignInThrottle.failures - 1, 0))
    )


def forget_windows(now: datetime, dry_run: bool) -> int:
    """Retention rule: destroy counters of windows that are over."""
    over = SignInThrottle.window_start <= now - WINDOW
    if dry_run:
        count = sa.select(sa.func.count()).select_from(SignInThrottle).where(over)
        return db.session.scalar(count) or 0
    failures = db.session.scalar(sa.select(sa.func.sum(SignInThrottle.failures)).where(over)) or 0
    if failures:
        audit.record(
            actor="system",
            action="staff.sign_in_failures",
            subject="staff:all",
            details={"failures": int(failures)},
        )
    result = db.session.execute(sa.delete(SignInThrottle).where(over))
    assert isinstance(result, sa.CursorResult)
    return int(result.rowcount)


def _known_nonce(email: str, device: str) -> bytes | None:
    try:
        raw = base64.b64decode(device.encode() + b"=" * (-len(device) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    nonce, seal = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
    good = [hmac.compare_digest(seal, right) for right in _seals(nonce, email)]
    return nonce if any(good) else None


def _seals(nonce: bytes, email: str) -> list[bytes]:
    """The right seal under each key in force: a rotated key forgets no device."""
    return vault.blind_indexes(f"{nonce.hex()}|{email}", purpose="staff-device")
