"""`/api/v1/donations`: making a donation and following it."""

import hashlib
import json
from typing import Any

from flask import g, request
from flask_babel import gettext as _
from flask_babel import refresh
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser, abort, is_json_request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from core.access import by_link, public
from core.content import LOCALES
from core.database import release, transaction
from core.urls import site_url_for
from donations.current_standing import current_standing
from donations.errors import TokenUsed
from donations.models import Donation, Frequency
from donations.schemas import DonationHeaders, DonationMade, DonationState, NewDonation, Wish
from donations.services import gifts
from donations.services.status import Standing, standing
from payments import flows
from payments.errors import GatewayError

#: Bytes of a request: ten times what a right one can need.
MAX_BODY = 64 * 1024
#: Seconds after which repeating a request makes sense when the processor did not answer.
RETRY_AFTER = 5

_KEY_HEADER = "Idempotency-Key"
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
_LOCATION = {"Location": {"description": "`status_url`", "schema": {"type": "string"}}}
_MADE = {
    "reference": "D-7K3M-9QXT",
    "status": "checking",
    "amount": "19.99",
    "fee_cover": "0.56",
    "total": "20.55",
    "currency": "EUR",
    "checkout_url": "https://checkout.stripe.com/c/pay/cs_test_a1B2",
    "page_url": "https://example.org/en/donations/TOKEN",
    "status_url": "https://example.org/api/v1/donations/TOKEN",
}
_STATE = {
    **{name: _MADE[name] for name in ("reference", "amount", "fee_cover", "total", "currency")},
    "status": "paid",
    "fund": "general",
    "frequency": "once",
    "paid_at": "2026-11-22T12:00:00+00:00",
}


class _Parser(FlaskParser):
    """JSON bodies read strictly: right type, right JSON, each name once."""

    def load_json(self, req: Any, schema: Any) -> Any:
        if not is_json_request(req):
            raise UnsupportedMediaType
        try:
            found = json.loads(req.get_data(cache=True), object_pairs_hook=_each_once)
        except (ValueError, RecursionError) as error:
            raise BadRequest from error
        _speak(found)
        return found


class _Blueprint(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    ARGUMENTS_PARSER = _Parser()


blueprint = _Blueprint(
    "donations-api", __name__, url_prefix="/api/v1", description="Making donations, following them"
)


@blueprint.before_request  # type: ignore[untyped-decorator]  # flask-smorest has no types
def limit_body() -> None:
    """A form may be large enough to be answered on the page; this need not."""
    request.max_content_length = MAX_BODY


@blueprint.route("/donations", methods=["POST"])  # type: ignore[untyped-decorator]
@public
@blueprint.arguments(DonationHeaders, location="headers", error_status_code=400)  # type: ignore[untyped-decorator]
@blueprint.arguments(  # type: ignore[untyped-decorator]
    NewDonation,
    examples={
        "short": {"value": {"amount": "19.99", "currency": "EUR"}},
        "full": {
            "value": {
                "amount": "500",
                "currency": "JPY",
                "frequency": "once",
                "fund": "general",
                "cover_fees": True,
                "email": "name@example.org",
                "keep_email": True,
                "public_name": "A. Donor",
                "message": "Go on!",
                "locale": "en",
            }
        },
    },
)
@blueprint.response(  # type: ignore[untyped-decorator]
    201,
    DonationMade,
    description="The donation is made. Send the donor to `checkout_url`.",
    example=_MADE,
    headers=_LOCATION,
)
@blueprint.alt_response(  # type: ignore[untyped-decorator]
    200,
    schema=DonationMade,
    description="The donation that this key made before.",
    headers=_LOCATION,
    success=True,
)
@blueprint.doc(  # type: ignore[untyped-decorator]
    operationId="makeDonation",
    responses={
        "400": {"description": "No right Idempotency-Key, or no JSON.", "content": _ERROR},
        "413": {"description": f"More than {MAX_BODY} bytes.", "content": _ERROR},
        "415": {"description": "The body is not application/json.", "content": _ERROR},
        "422": {
            "description": "A field cannot be taken, or the key was used with other content: then "
            "`errors` names `Idempotency-Key`.",
            "content": _ERROR,
        },
        "503": {
            "description": "The payment processor did not answer. Repeat the same request with the "
            "same key: that is safe.",
            "headers": {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}},
            "content": _ERROR,
        },
    },
)
def make_donation(
    headers: dict[str, str], wish: Wish
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a donation

    Nothing is charged by this: the donor pays on the processor’s page. Repeating a request with its
    key gives the same donation; after a payment page ended unpaid, a new one for the same donation.
    """
    digest = _token_digest(headers["key"])
    try:
        with transaction():
            given = gifts.give(wish.gift, token_digest=digest, locale=wish.locale)
    except TokenUsed:
        problem = _(
            "This key was used before with other content. Make a new key for a new donation."
        )
        abort(422, message=problem, errors={_KEY_HEADER: [problem]})
    donation, attempt = given.donation, given.attempt
    if attempt is not None:
        try:
            flows.open_checkout(attempt)
        except GatewayError:
            abort(
                503,
                message=_(
                    "The payment processor does not answer. Nothing was charged. Send the same "
                    "request with the same Idempotency-Key again: that is safe and makes no second "
                    "donation."
                ),
                headers={"Retry-After": str(RETRY_AFTER)},
            )
    now = standing(donation)
    release()
    token = gifts.private_token(donation)
    status_url = site_url_for("donations-api.donation_state", token=token)
    made = _sums(now) | {
        "checkout_url": now.attempt.redirect_url if now.attempt and now.can_go_on else None,
        "page_url": site_url_for("donations.shown", lang=donation.locale, token=token),
        "status_url": status_url,
    }
    return made, 201 if given.is_new else 200, {"Location": status_url}


@blueprint.route(  # type: ignore[untyped-decorator]
    "/donations/<token>",
    parameters=[
        {
            "name": "token",
            "in": "path",
            "description": "The secret of the private link, as `status_url` has it.",
        }
    ],
)
@by_link
@blueprint.response(200, DonationState, description="The state.", example=_STATE)  # type: ignore[untyped-decorator]
@blueprint.doc(  # type: ignore[untyped-decorator]
    operationId="donationState",
    responses={"404": {"description": "No donation has this token.", "content": _ERROR}},
)
def donation_state(token: str) -> dict[str, Any]:
    """A donation’s state

    While it is `checking`, the processor is asked, at most every four seconds.
    """
    donation = gifts.find_by_link(token)
    now = current_standing(donation, ask=request.method != "HEAD")
    release()
    return _sums(now) | {
        "fund": donation.fund,
        "frequency": Frequency(donation.frequency),
        "paid_at": now.paid_at,
    }


def _sums(now: Standing) -> dict[str, Any]:
    donation: Donation = now.donation
    return {
        "reference": donation.reference,
        "status": now.status,
        "amount": donation.gift.plain(),
        "fee_cover": donation.fee_cover.plain(),
        "total": donation.total.plain(),
        "currency": donation.currency,
    }


def _token_digest(key: str) -> bytes:
    """What is stored of a key. A form token's digest begins with its form's name and `|`, so none is
    ever equal to one of these.
    """
    return hashlib.sha256(f"api-idempotency-key|{key}".encode()).digest()


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice: programs differ in which one they take")
    return found


def _speak(body: object) -> None:
    """Answer in the language that the body asks for."""
    wanted = body.get("locale") if isinstance(body, dict) else None
    if isinstance(wanted, str) and wanted in LOCALES:
        g.lang = wanted
        refresh()
