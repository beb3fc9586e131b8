"""The gift between form and review: in the donor's own session cookie, sealed; nothing on the server."""

import base64
import binascii
import json
from dataclasses import asdict, dataclass

from flask import session

from donations.offer import offer
from donations.services import wishes
from donations.services.gifts import GiftRequest
from privacy import vault

_KEY = "draft"
_MINE = "gifts"
_CONTEXT = "donation.draft"
#: How many donations of one browser session find the way back to their private page.
_MAX_MINE = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked gift that waits for the donor's yes, and the form it came from."""

    wanted: GiftRequest
    form_token: str


def keep(draft: Draft) -> None:
    """Put the draft into the cookie in place of an earlier one."""
    text = json.dumps([asdict(draft.wanted), draft.form_token], ensure_ascii=False)
    session[_KEY] = base64.b85encode(vault.seal(text, context=_CONTEXT)).decode()


def current() -> Draft | None:
    """The draft of this browser; None when there is none, or it is of an older version or key."""
    try:
        text = vault.unseal(base64.b85decode(session[_KEY]), context=_CONTEXT)
        values, form_token = json.loads(text)
        wanted = GiftRequest.from_mapping(values)
        # The offer may have changed since the form was checked.
        terms = offer().currencies[wishes.check_currency(wanted.currency)]
        wishes.check_frequency(wanted.frequency)
        wishes.check_fund(wanted.fund)
        wishes.check_amount(wanted.gift.plain(), terms)
        return Draft(wanted, str(form_token))
    except (KeyError, TypeError, ValueError, binascii.Error, vault.CannotOpen):
        return None


def drop() -> None:
    """Forget the draft."""
    session.pop(_KEY, None)


def remember_mine(donation_id: object) -> None:
    """This browser made the donation: on the way back from the processor it may see the private page."""
    session[_MINE] = [*session.get(_MINE, []), str(donation_id)][-_MAX_MINE:]


def is_mine(donation_id: object) -> bool:
    """Whether this browser session made the donation."""
    return str(donation_id) in session.get(_MINE, [])
