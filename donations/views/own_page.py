"""The donor's own page: status, receipt, another try; and the ways back from the processor."""

from contextlib import suppress

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import by_link
from core.database import release, transaction
from core.errors import Conflict, NotFound
from core.pages import allow_form_target
from donations.current_standing import current_standing
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


@blueprint.get("/donations/<token>")
@by_link
def shown(token: str) -> ResponseReturnValue:
    """The private page of a donation."""
    donation = gifts.find_by_link(token)
    return _page(_now(donation), token=token)


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
        raise NotFound("no receipt yet")
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
    if request.method == "HEAD":
        # A look ahead is no decision to stop.
        return _on_from_processor(donation)
    # If it cannot be closed it ends there by itself, and the page says that it is being checked.
    with suppress(GatewayError):
        flows.cancel(attempt, quick=True)
    return _on_from_processor(donation)


def _on_from_processor(donation: Donation) -> ResponseReturnValue:
    """The private page for the browser that gave; for any other holder of the address a page
    without private links, since the processor knows that address too.
    """
    if drafts.is_mine(donation.id):
        drafts.drop()
        release()
        return redirect(url_for("donations.shown", token=gifts.private_token(donation)), 303)
    return _page(_now(donation), token=None)


def _now(donation: Donation) -> Standing:
    return current_standing(donation, ask=request.method != "HEAD")


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
