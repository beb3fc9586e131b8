"""A donation's standing as it is now: for the page and the API, which both reload themselves."""

from datetime import timedelta

from core import clock
from donations.models import Donation
from donations.services.status import Standing, standing
from payments import flows
from payments.errors import GatewayError
from payments.models import UNDER_WAY

#: Who reloads makes us ask the processor at most this often.
ASK_AGAIN = timedelta(seconds=4)


def current_standing(donation: Donation, *, ask: bool = True) -> Standing:
    """The standing, after asking the processor if it is open and was not asked just now.

    Not to be called inside a transaction, because it talks to the processor; `ask=False` never does.
    """
    now = standing(donation)
    attempt = now.attempt
    if attempt is None or attempt.state not in UNDER_WAY or not ask:
        return now
    if attempt.checked_at is not None and clock.now() - attempt.checked_at < ASK_AGAIN:
        return now
    try:
        flows.check(attempt, quick=True)
    except GatewayError:
        # `checking` stays true; the next one asks again.
        return now
    return standing(donation)
