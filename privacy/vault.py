"""Personal fields, encrypted under a key that is not in the database.

AES-256-GCM-SIV (RFC 8452: a repeated nonce does not break it), bound to the row by its associated
data, so that swapped rows do not open. A keyed hash beside it (blind index) finds equal values.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.settings import settings

_NONCE = 12
#: Values are padded to a multiple of this many bytes: the length of an address tells about it too.
_BLOCK = 64


class CannotOpen(Exception):
    """The key is not among VAULT_KEYS, or the value was changed or moved from another row."""


def seal(text: str, *, context: str) -> bytes:
    """Encrypt `text` for `context` (`table.column:public id`) under the newest key.

    The result: key id, a zero byte, 12 bytes of nonce, ciphertext with tag.
    """
    key_id, master = settings().vault_keys[0]
    nonce = os.urandom(_NONCE)
    plain = text.encode()
    plain = len(plain).to_bytes(4, "big") + plain
    plain += b"\x00" * (-len(plain) % _BLOCK)
    header = key_id.encode() + b"\x00"
    cipher = AESGCMSIV(_derive(master, b"field"))
    return header + nonce + cipher.encrypt(nonce, plain, header + context.encode())


def unseal(sealed: bytes, *, context: str) -> str:
    """The text that `seal` was given for the same context. Raises CannotOpen."""
    key_id, _, rest = sealed.partition(b"\x00")
    master = dict(settings().vault_keys).get(key_id.decode("ascii", "replace"))
    if master is None:
        raise CannotOpen("its key is not among VAULT_KEYS")
    header = key_id + b"\x00"
    cipher = AESGCMSIV(_derive(master, b"field"))
    try:
        plain = cipher.decrypt(rest[:_NONCE], rest[_NONCE:], header + context.encode())
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("changed, or another row's") from error
    length = int.from_bytes(plain[:4], "big")
    return plain[4 : 4 + length].decode()


def blind_index(text: str, *, purpose: str) -> bytes:
    """What to store beside a sealed value to find it again: 32 bytes under the newest key."""
    return _index(settings().vault_keys[0][1], text, purpose)


def blind_indexes(text: str, *, purpose: str) -> list[bytes]:
    """What to look for: the index under each key in force, since old rows keep theirs."""
    return [_index(master, text, purpose) for _, master in settings().vault_keys]


def _index(master: bytes, text: str, purpose: str) -> bytes:
    message = f"{purpose}|{text.strip().casefold()}".encode()
    return hmac.digest(_derive(master, b"index"), message, hashlib.sha256)


def _derive(master: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"moratorium vault " + use).derive(master)
