"""Short references that people read out, type and search for, such as `D-7K3M-9QXP`."""

import secrets

#: Crockford's base 32: no I, L, O or U, so nothing is mistaken for 1, 0 or a word.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference(prefix: str) -> str:
    """A random reference: the prefix and 40 bits. Not a secret, and tells no count or order."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{prefix}-{body[:4]}-{body[4:]}"


def clean_reference(text: str) -> str:
    """What a person typed, brought to the printed form: upper case, 0 for O, 1 for I and L."""
    prefix, _, body = text.strip().upper().replace(" ", "").partition("-")
    body = body.translate(str.maketrans("OIL", "011")).replace("-", "")
    return f"{prefix}-{body[:4]}-{body[4:]}"
