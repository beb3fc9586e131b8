"""Secret links. A token is the row's public id and an HMAC under a key outside the database.

A mail sent later can rebuild it, a leaked database cannot, and raising the row's version kills it.
"""

import base64
import binascii
import hashlib
import hmac
import uuid

from core.errors import NotFound
from core.settings import settings

_MAC_BYTES = 32


def make_token(kind: str, public_id: uuid.UUID, version: int) -> str:
    """The token of a private link: 64 URL-safe characters, 256 bits of them secret."""
    return base64.urlsafe_b64encode(public_id.bytes + _mac(kind, public_id, version)).decode()


def token_id(token: str) -> uuid.UUID:
    """The public id that a token claims. Proves nothing: `check_token` with the row's version does.

    Raises NotFound for what cannot be a token.
    """
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotFound("no token") from error
    if len(raw) != 16 + _MAC_BYTES:
        raise NotFound("no token")
    return uuid.UUID(bytes=raw[:16])


def check_token(token: str, kind: str, public_id: uuid.UUID, version: int) -> None:
    """Raises NotFound unless `token` is the one of this kind, id and version."""
    if not hmac.compare_digest(token.encode(), make_token(kind, public_id, version).encode()):
        raise NotFound("wrong token")


def _mac(kind: str, public_id: uuid.UUID, version: int) -> bytes:
    message = f"{kind}|{public_id}|{version}".encode()
    return hmac.digest(settings().link_key, message, hashlib.sha256)
