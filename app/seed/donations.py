"""The demo's donations, which went through the stand-in for real.

Nothing is written into our books by hand: each gift is checked out, paid at the stand-in's control
API with one of its test cards, and booked from what the gateway fetches.
"""

import random
import time
from collections.abc import Iterator
from datetime import timedelta

import requests
import sqlalchemy as sa

from core import clock, form_tokens
from core.database import db, release, transaction
from core.settings import settings
from donations.models import Donation
from donations.offer import offer
from donations.services import gifts
from donations.services.gifts import GiftRequest
from payments import flows
from payments.models import PaymentAttempt

SIZES = {"small": 40, "large": 1000}

_CARDS = (
    *["4242424242424242"] * 8,
    "4000000000000002",  # declined
    "",  # left the page
    "DE89370400440532013000",  # a bank debit that takes days
)
_NAMES = ("", "", "", "Anna K.", "Сергей", "A neighbour", "Марина и Олег", "J. Weber", "")
_MESSAGES = {
    "en": (
        "",
        "",
        "Keep going!",
        "For my sister, who was stopped in the metro.",
        "A face is not a ticket.",
    ),
    "ru": ("", "", "Держитесь!", "Лицо — не пропуск.", "Спасибо, что не молчите."),
}


def seed_donations(size: str) -> int:
    """Make SIZES[size] donations unless there are some; returns how many were made.

    Raises requests' errors when the stand-in does not answer.
    """
    there = db.session.scalar(sa.select(sa.func.count()).select_from(Donation)) or 0
    release()
    if there:
        return 0
    _wait_for_stand_in()
    chance = random.Random(20261122)  # noqa: S311  the same demo on every machine
    ages = sorted((chance.uniform(0.02, 45.0) for _ in range(SIZES[size])), reverse=True)
    for days, wanted, locale in zip(ages, _wishes(chance), _locales(chance), strict=False):
        _give(wanted, locale, age=timedelta(days=days), card=chance.choice(_CARDS))
    return SIZES[size]


def _wait_for_stand_in() -> None:
    for pause in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2):
        try:
            requests.get(f"{settings().stripe_api_base}/control/clock", timeout=5)
        except requests.ConnectionError:
            time.sleep(pause)
        else:
            return


def _locales(chance: random.Random) -> Iterator[str]:
    while True:
        yield chance.choice(("en", "ru"))


def _wishes(chance: random.Random) -> Iterator[GiftRequest]:
    terms = offer()
    while True:
        money = terms.currencies[chance.choice((*["EUR"] * 5, *terms.currencies))]
        name = chance.choice(_NAMES)
        language = "ru" if any("а" <= c <= "я" for c in name.lower()) else "en"
        number = chance.randint(100, 999)
        yield GiftRequest(
            amount_minor=chance.choice(money.presets).minor,
            currency=money.code,
            frequency="once",
            fund=chance.choice((*[terms.default_fund] * 3, *terms.funds)),
            cover_fees=chance.random() < 0.4,
            email=f"donor{number}@donors.example" if chance.random() < 0.5 else "",
            keep_email=chance.random() < 0.2,
            public_name=name,
            message=chance.choice(_MESSAGES[language]) if name else "",
        )


def _give(wanted: GiftRequest, locale: str, *, age: timedelta, card: str) -> None:
    digest = form_tokens.digest("seed", form_tokens.issue("seed"))
    with transaction():
        donation = gifts.make_donation(wanted, token_digest=digest, locale=locale)
        attempt = gifts.begin_payment(donation)
    flows.open_checkout(attempt)
    with transaction() as session:
        # The checkout had to be made now; for the demo's calendar it was made some days ago.
        moment = clock.now() - age
        session.execute(
            sa.update(Donation).where(Donation.id == donation.id).values(created_at=moment)
        )
        session.execute(
            sa.update(PaymentAttempt)
            .where(PaymentAttempt.id == attempt.id)
            .values(created_at=moment)
        )
    if card.startswith("DE") and wanted.currency not in {"EUR", "GBP", "USD"}:
        card = "4242424242424242"
    if card:
        answer = requests.post(
            f"{settings().stripe_api_base}/control/sessions/{attempt.provider_ref}/pay",
            json={"card": card, "email": None},
            timeout=10,
        )
        answer.raise_for_status()
    with clock.shifted(-age + timedelta(minutes=2)):
        if card in {"", "4000000000000002"}:
            flows.cancel(attempt)
        else:
            flows.check(attempt)
