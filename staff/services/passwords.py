"""Passwords: what is taken, how they are kept, and checking them at one pace.

Argon2id with 46 MiB and two passes (OWASP's Password Storage Cheat Sheet asks for 46 MiB and one):
about 75 ms on one core of 2024. The lane count is 1, so that a sign-in never takes several cores,
and a process works on two at a time, so that many at once take neither all cores nor the memory.
"""

import secrets
import threading
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from staff.errors import WeakPassword

MIN_LENGTH = 15
MAX_LENGTH = 200
#: `aaaaaaaaaaaaaaa` is long and no secret.
_MIN_DISTINCT = 6

#: How many hashes a process works on at once; the others wait.
AT_ONCE = 2
_room = threading.BoundedSemaphore(AT_ONCE)
_hasher = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)


def hash_password(password: str) -> str:
    """The Argon2id hash to keep. Raises WeakPassword."""
    password = _normal(password)
    if len(password) < MIN_LENGTH:
        raise WeakPassword("too_short")
    if len(password) > MAX_LENGTH:
        raise WeakPassword("too_long")
    if len(set(password)) < _MIN_DISTINCT:
        raise WeakPassword("too_simple")
    return _hash(password)


def rehash(password: str) -> str:
    """The hash of a password that is in use already, by today's parameters."""
    return _hash(_normal(password))


def fits(password: str, kept: str | None) -> bool:
    """Whether `password` belongs to the hash. Without one (`None`) a stand-in is verified and the
    answer is no, after the same work: how long it takes tells nothing of whether an account exists.
    """
    decoy = _decoy()
    password = _normal(password)[:MAX_LENGTH]
    try:
        with _room:
            _hasher.verify(kept or decoy, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def generate() -> str:
    """A random password of 26 letters and digits, 130 bits, without look-alikes."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    body = "".join(secrets.choice(alphabet) for _ in range(26))
    return "-".join(body[n : n + 7] for n in range(0, 26, 7))


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _hash(secrets.token_urlsafe(32))


def _hash(password: str) -> str:
    with _room:
        return _hasher.hash(password)


def _normal(password: str) -> str:
    """One form for what keyboards and systems encode differently (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
