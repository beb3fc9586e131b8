"""The donor's own page: status, receipt, another try; and the ways back from the processor."""

from datetime import timedelta

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import clock
from core.access import by_link
from core.database import release, transaction
from core.errors import Conflict
from core.pages import allow_form_target
from donations.letters import receipt_pdf
from donations.models import Donation, DonationStatus
from donations.offer import offer
from donations.services import gifts
from donations.services.status import Standing, standing
from donations.views import draft as drafts
from donations.views.blueprint import blueprint
from payments import flows
from payments.errors import GatewayError
from payments.gateways import gateway
from payments.models import UNDER_WAY

#: A page that reloads itself asks the processor at most this often.
_ASK_AGAIN = timedelta(seconds=4)


@blueprint.get("/donations/<token>")
@by_link
def shown(token: str) -> ResponseReturnValue:
    """The private page of a donation."""
    donation = gifts.find_by_link(token)
    return _page(_up_to_date(donation), token=token)


@blueprint.post("/donations/<token>/pay")
@by_link
def pay_again(token: str) -> ResponseReturnValue:
    """Go on with the open checkout, or begin another try. Raises Conflict when it is paid."""
    with transaction():
        donation = gifts.find_by_link(token)
        if gifts.is_settled(donation):
            raise Conflict("nothing is to be paid")
        attempt = gifts.begin_payment(donation)
    drafts.remember_mine(donation.id)
    try:
        address = flows.open_checkout(attempt)
    except GatewayError:
        address = ""
    return redirect(address or url_for("donations.shown", token=token), 303)


@blueprint.get("/donations/<token>/receipt.pdf")
@by_link
def receipt(token: str) -> ResponseReturnValue:
    """The receipt. 404 until the money came in."""
    donation = gifts.find_by_link(token)
    now = standing(donation)
    release()
    if now.status is not DonationStatus.PAID or now.paid_at is None:
        raise gifts.NotFound("no receipt yet")
    return Response(
        receipt_pdf(donation, now.paid_at),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="receipt-{donation.reference}.pdf"'},
    )


@blueprint.get("/donate/return/<token>")
@by_link
def returned(token: str) -> ResponseReturnValue:
    """Back from the processor. What happened there, only the processor is asked: never the address."""
    donation, _attempt = gifts.find_by_return(token)
    return _on_from_processor(donation)


@blueprint.get("/donate/back/<token>")
@by_link
def came_back(token: str) -> ResponseReturnValue:
    """Back by the processor's own way out: its page is closed, so that it cannot be paid later."""
    donation, attempt = gifts.find_by_return(token)
    try:
        flows.cancel(attempt)
    except GatewayError:
        # Still open there; it ends by itself, and the page says that it is being checked.
        pass
    return _on_from_processor(donation)


def _on_from_processor(donation: Donation) -> ResponseReturnValue:
    """The private page for the browser that gave; for any other holder of the address a page
    without private links, since the processor knows that address too."""
    if drafts.is_mine(donation.id):
        drafts.drop()
        release()
        return redirect(url_for("donations.shown", token=gifts.private_token(donation)), 303)
    return _page(_up_to_date(donation), token=None)


def _up_to_date(donation: Donation) -> Standing:
    """The standing, after asking the processor if it is open and was not asked just now."""
    now = standing(donation)
    attempt = now.attempt
    if attempt is None or attempt.state not in UNDER_WAY or request.method == "HEAD":
        return now
    if attempt.checked_at is not None and clock.now() - attempt.checked_at < _ASK_AGAIN:
        return now
    try:
        flows.check(attempt, quick=True)
    except GatewayError:
        # The page says that it is being checked, which is true; the next load asks again.
        return now
    return standing(donation)


def _page(now: Standing, *, token: str | None) -> str:
    if token is not None:
        allow_form_target(gateway("stripe").redirect_origin())
    release()
    return render_template(
        "donations/status.html",
        standing=now,
        donation=now.donation,
        fund=offer().funds.get(now.donation.fund),
        offer=offer(),
        token=token,
    )
