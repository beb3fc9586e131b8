"""Slowing down guesses without locking anybody out, after OWASP's "device cookies".

A browser that signed in once holds a device cookie and has a bucket of its own; all others share the
account's bucket for unknown devices. A stranger's failures fill the second, never the first. A try
is counted before its password is looked at, so that many at once cannot slip through together.

Each new address has a bucket of its own, and each try costs a password hash. So the tries of unknown
devices are counted all together as well: EVERYONES_LIMIT in EVERYONES_WINDOW, right ones included.

What remains: a browser without the device cookie (Tor Browser, a private window, a new machine) can
be held off by strangers' failures at its account, or by their tries at any, for as long as they go
on; devices that signed in before and browsers that are signed in are not. An operator empties the
buckets with `flask staff unlock` (decision 0010).
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core import audit, clock
from core.database import db
from privacy import vault
from staff.errors import Throttled
from staff.models import SignInThrottle, StaffAccount

LIMIT = 10
WINDOW = timedelta(minutes=15)
#: For all unknown devices together, whatever they type: a hash takes 75 ms of one core.
EVERYONES_LIMIT = 60
EVERYONES_WINDOW = timedelta(minutes=1)
#: It names nobody, so it needs no key.
EVERYONES_BUCKET = hashlib.sha256(b"sign-in: all unknown devices").digest()
_EVERYONES = SignInThrottle.bucket == EVERYONES_BUCKET

_NONCE_BYTES = 16
_UNKNOWN = "sign-in-unknown"


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
        return Bucket(vault.blind_index(email, purpose=_UNKNOWN), known_device=False)
    text = f"{email}|{nonce.hex()}"
    return Bucket(vault.blind_index(text, purpose="sign-in-device"), known_device=True)


def count_try(bucket: Bucket) -> int:
    """Count a try before it is checked; how many the window holds now. Raises Throttled."""
    return _count(bucket.digest, LIMIT, WINDOW)


def count_stranger(bucket: Bucket) -> None:
    """Count a try of an unknown device with those of all others. Raises Throttled.

    It is not taken back: a right password costs a hash, too. After `count_try`, which goes first so
    that a full bucket of one account uses nothing up here.
    """
    if not bucket.known_device:
        _count(EVERYONES_BUCKET, EVERYONES_LIMIT, EVERYONES_WINDOW)


def _count(digest: bytes, limit: int, window: timedelta) -> int:
    """One statement: of a hundred tries at once, `limit` are let through."""
    now = clock.now()
    expired = SignInThrottle.window_start <= now - window
    statement = insert(SignInThrottle).values(bucket=digest, window_start=now, failures=1)
    statement = statement.on_conflict_do_update(
        index_elements=["bucket"],
        set_={
            "failures": sa.case((expired, 1), else_=SignInThrottle.failures + 1),
            "window_start": sa.case((expired, now), else_=SignInThrottle.window_start),
        },
        where=sa.or_(expired, SignInThrottle.failures < limit),
    )
    failures: int | None = db.session.scalar(statement.returning(SignInThrottle.failures))
    if failures is None:
        start = db.session.scalar(
            sa.select(SignInThrottle.window_start).where(SignInThrottle.bucket == digest)
        )
        wait = (start or now) + window - now
        raise Throttled(retry_after=max(1, int(wait.total_seconds()) + 1))
    return failures


def take_back(bucket: Bucket) -> None:
    """The try that was counted was no failure."""
    db.session.execute(
        sa.update(SignInThrottle)
        .where(SignInThrottle.bucket == bucket.digest)
        .values(failures=sa.func.greatest(SignInThrottle.failures - 1, 0))
    )


def unlock(account: StaffAccount, *, actor: str = "system") -> int:
    """Empty an account's bucket for unknown devices, and the one of all of them; how many tries that
    forgets. Buckets of known devices stay: nothing kept here says whose they are.
    """
    own = vault.blind_indexes(account.email, purpose=_UNKNOWN)
    tries = [*_delete(SignInThrottle.bucket.in_(own)), *_delete(_EVERYONES)]
    audit.record(
        actor=actor,
        action="staff.unlocked",
        subject=account.audit_subject,
        details={"tries": sum(tries)},
    )
    return sum(tries)


def forget_windows(now: datetime, dry_run: bool) -> int:
    """Retention rule: destroy counters of windows that are over."""
    over = SignInThrottle.window_start <= now - WINDOW
    if dry_run:
        count = sa.select(sa.func.count()).select_from(SignInThrottle).where(over)
        return db.session.scalar(count) or 0
    # What all unknown devices share holds tries that are counted elsewhere already, and right ones.
    counted = sa.and_(over, ~_EVERYONES)
    failures = (
        db.session.scalar(sa.select(sa.func.sum(SignInThrottle.failures)).where(counted)) or 0
    )
    if failures:
        audit.record(
            actor="system",
            action="staff.sign_in_failures",
            subject="staff:all",
            details={"failures": int(failures)},
        )
    return len(_delete(sa.and_(over, ~_EVERYONES))) + len(_delete(sa.and_(over, _EVERYONES)))


def _delete(which: sa.ColumnElement[bool]) -> Sequence[int]:
    """Delete buckets; the tries each held. The common one last, as a try locks them: no deadlock."""
    statement = sa.delete(SignInThrottle).where(which).returning(SignInThrottle.failures)
    return db.session.scalars(statement).all()


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
