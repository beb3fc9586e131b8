"""Who may use a route. Every route declares it; the factory and a test refuse one that does not."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

V = TypeVar("V", bound=Callable[..., object])
_ATTRIBUTE = "__access__"


class Kind(StrEnum):
    """What opens a route."""

    PUBLIC = "public"
    LINK = "link"  # a secret link's token in the path
    SIGNATURE = "signature"  # a signed body, such as a processor's webhook
    SIGNED_IN = "signed_in"  # any staff account
    PERMISSION = "permission"  # a staff account that holds `permission`


@dataclass(frozen=True, slots=True)
class Access:
    """A route's declaration."""

    kind: Kind
    permission: str = ""
    fresh: bool = False


def declare(access: Access) -> Callable[[V], V]:
    """Mark a view with its declaration."""

    def mark(view: V) -> V:
        setattr(view, _ATTRIBUTE, access)
        return view

    return mark


def declared(view: Callable[..., object]) -> Access | None:
    """The declaration of a view function, or None."""
    found = getattr(view, _ATTRIBUTE, None)
    return found if isinstance(found, Access) else None


public = declare(Access(Kind.PUBLIC))
by_link = declare(Access(Kind.LINK))
by_signature = declare(Access(Kind.SIGNATURE))
