"""Signed tokens that mark one rendering of a form, so that sending it twice makes one record."""

import hashlib
import secrets

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from core.settings import settings

#: A form left open over night still works; a token found in an old page does not.
MAX_AGE_SECONDS = 24 * 3600


class BadFormToken(ValueError):
    """The token is forged, damaged or older than MAX_AGE_SECONDS."""


def issue(purpose: str) -> str:
    """A new token for the form named `purpose`."""
    return str(_serializer(purpose).dumps(secrets.token_urlsafe(16)))


def digest(purpose: str, token: str) -> bytes:
    """What to store of a token once it is used: 32 bytes. Raises BadFormToken."""
    try:
        nonce = _serializer(purpose).loads(token, max_age=MAX_AGE_SECONDS)
    except (BadSignature, SignatureExpired) as error:
        raise BadFormToken(purpose) from error
    return hashlib.sha256(f"{purpose}|{nonce}".encode()).digest()


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt=f"form:{purpose}")
