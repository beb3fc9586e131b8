"""`/api/v1/campaign`: what the campaign is and what can be given, for other sites and programs."""

import hashlib
import json
from decimal import Decimal
from typing import Any

from flask import Response, jsonify, request
from flask_smorest import Blueprint

from campaign import schemas
from core.access import public
from core.content import content
from core.money import exponent
from donations.offer import CurrencyOffer, offer

MAX_AGE = 300

blueprint = Blueprint(
    "campaign-api", __name__, url_prefix="/api/v1", description="What can be given"
)


@blueprint.route("/campaign")  # type: ignore[untyped-decorator]  # no types there
@public
@blueprint.response(  # type: ignore[untyped-decorator]
    200,
    schemas.Campaign,
    description="The campaign. Any site may read this with a script, and keep it for five minutes.",
    headers={
        "ETag": {"description": "For If-None-Match.", "schema": {"type": "string"}},
        "Access-Control-Allow-Origin": {"description": "`*`", "schema": {"type": "string"}},
    },
)
@blueprint.doc(  # type: ignore[untyped-decorator]
    operationId="campaign",
    parameters=[
        {
            "name": "If-None-Match",
            "in": "header",
            "description": "The ETag of an earlier answer.",
            "schema": {"type": "string"},
        }
    ],
    responses={"304": {"description": "Nothing changed since the ETag that was sent."}},
)
def campaign() -> Response:
    """The campaign and its offer

    Names and words in every language of the site, so that one answer serves all.
    """
    body = _campaign()
    answer = jsonify(body)
    tag = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]
    answer.set_etag(tag, weak=True)
    answer.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.make_conditional(request)
    return answer


def _campaign() -> dict[str, Any]:
    words = content()
    terms = offer()
    found: dict[str, Any] = schemas.Campaign().dump(
        {
            "name": words.name,
            "promise": words.promise,
            "legal_label": words.legal_label,
            "currencies": [_currency(currency) for currency in terms.currencies.values()],
            "frequencies": terms.frequencies,
            "funds": [{"id": fund.id, "name": fund.name} for fund in terms.funds.values()],
            "statement_text": terms.statement_text,
        }
    )
    return found


def _currency(terms: CurrencyOffer) -> dict[str, Any]:
    percent = Decimal(terms.fee_basis_points) / 100
    return {
        "code": terms.code,
        "decimals": exponent(terms.code),
        "presets": [preset.plain() for preset in terms.presets],
        "minimum": terms.minimum.plain(),
        "maximum": terms.maximum.plain(),
        "fee": {"percent": f"{percent:f}", "fixed": terms.fee_fixed.plain()},
    }
