"""The processors' door: webhooks."""

from flask import Blueprint, request

from core.access import by_signature
from core.database import transaction
from payments.gateways import gateway
from payments.services import inbox
from payments.tasks import process_event

blueprint = Blueprint("payments", __name__)

#: Stripe's events are a few kilobytes; its largest objects stay far below this.
MAX_BODY_BYTES = 512 * 1024


@blueprint.post("/webhooks/stripe")
@by_signature
def stripe_webhook() -> tuple[str, int]:
    """Keep the event and its job in one transaction, then answer 200: never 200 for what is not kept."""
    request.max_content_length = MAX_BODY_BYTES
    rail = gateway("stripe")
    event = rail.parse_webhook(request.get_data(), dict(request.headers))
    with transaction():
        event_id = inbox.keep_event(rail.name, event)
        if event_id is not None and event.kind:
            process_event.defer(event_id=str(event_id))
    return "", 200
