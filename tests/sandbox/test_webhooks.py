"""Webhooks over real HTTP, checked with stripe's own code."""

from __future__ import annotations

import json
import time
from itertools import pairwise

import pytest
import stripe

from tests.processor import Processor
from tests.sandbox.conftest import Create, Receiver
from tests.stripe_spec.checker import check_event


def kinds(receiver: Receiver) -> list[str]:
    return [json.loads(body)["type"] for body, _ in receiver.got]


def test_each_event_arrives_signed(
    processor: Processor, create: Create, receiver: Receiver
) -> None:
    processor.set_webhook_target(receiver.url)
    session = create()
    processor.pay(session.id)
    assert processor.wait_idle()

    assert kinds(receiver) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    for body, signature in receiver.got:
        event = stripe.Webhook.construct_event(body, signature, processor.secret)
        assert not event.livemode
        assert check_event(json.loads(body)) == []
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body + b" ", signature, processor.secret)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, "whsec_other")


def test_the_signature_is_of_real_time_whatever_the_clock_says(
    processor: Processor, create: Create, receiver: Receiver
) -> None:
    create()
    processor.set_webhook_target(receiver.url)
    processor.advance(40 * 86_400)
    assert processor.wait_idle()
    (body, signature) = receiver.got[0]
    event = stripe.Webhook.construct_event(body, signature, processor.secret)
    assert event.created > time.time() + 39 * 86_400


@pytest.mark.parametrize("answer", [500, 404, 302])
def test_what_is_not_taken_is_sent_again(
    processor: Processor, create: Create, receiver: Receiver, answer: int
) -> None:
    processor.set_webhook_target(receiver.url)
    receiver.answers = [answer, answer]
    create_and_expire(create, processor)
    assert processor.wait_idle()

    assert len({body for body, _ in receiver.got}) == 1
    tries = processor.deliveries()
    assert [one["status"] for one in tries] == [answer, answer, 200]
    waits = [later["at"] - earlier["at"] for earlier, later in pairwise(tries)]
    assert waits[0] >= 0.05
    assert waits[1] >= 0.1, "the wait doubles"


def create_and_expire(create: Create, processor: Processor) -> None:
    create()
    processor.advance(4000)


def test_a_receiver_that_is_down_gets_them_when_it_is_back(
    processor: Processor, create: Create, receiver: Receiver
) -> None:
    processor.set_webhook_target("http://127.0.0.1:9/webhooks/stripe")
    create_and_expire(create, processor)
    assert not processor.wait_idle(0.3)
    assert processor.deliveries()[0]["error"]
    assert processor.deliveries()[0]["status"] is None

    processor.set_webhook_target(receiver.url)

    assert processor.wait_idle()
    assert kinds(receiver) == ["checkout.session.expired"]


def test_paused_webhooks_wait(processor: Processor, create: Create, receiver: Receiver) -> None:
    processor.set_webhook_target(receiver.url)
    processor.pause_webhooks(True)
    create_and_expire(create, processor)
    assert not processor.wait_idle(0.2)
    assert receiver.got == []
    assert processor.events()[0]["pending_webhooks"] == 1

    processor.pause_webhooks(False)

    assert processor.wait_idle()
    assert len(receiver.got) == 1
    assert processor.events()[0]["pending_webhooks"] == 0


def test_an_event_can_be_sent_again(
    processor: Processor, create: Create, receiver: Receiver
) -> None:
    processor.set_webhook_target(receiver.url)
    create_and_expire(create, processor)
    assert processor.wait_idle()
    processor.send(processor.events()[0]["id"])
    assert processor.wait_idle()

    assert len(receiver.got) == 2
    assert receiver.got[0][0] == receiver.got[1][0]


def test_without_a_target_nothing_is_queued(processor: Processor, create: Create) -> None:
    create_and_expire(create, processor)
    assert processor.wait_idle(0)
    assert processor.events()[0]["pending_webhooks"] == 0


def test_a_kill_does_not_lose_a_webhook(receiver: Receiver) -> None:
    with Processor(webhook_url="http://127.0.0.1:9/") as processor:
        client = stripe.StripeClient(processor.key, base_addresses={"api": processor.url})
        session = client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "success_url": "http://127.0.0.1:9/",
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": "eur",
                            "unit_amount": 500,
                            "product_data": {"name": "Donation"},
                        },
                    }
                ],
            }
        )
        processor.pay(session.id)
        processor.restart()
        processor.set_webhook_target(receiver.url)
        assert processor.wait_idle()

    assert sorted(set(kinds(receiver))) == [
        "charge.succeeded",
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.succeeded",
    ]
