"""The journal: double entry, append-only, each cause booked once."""

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core import clock
from core.database import db
from core.money import Money
from payments.gateway import Settlement
from payments.models import Account, JournalEntry, JournalLine, Payment


class Unbalanced(ValueError):
    """The lines of an entry do not sum to zero in each currency: a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A line to book: positive debits the account, negative credits it."""

    account: Account
    money: Money


def post(*, source_type: str, source_id: str, kind: str, gateway: str, legs: list[Leg]) -> bool:
    """Book an entry; False when this cause (`source_type`, `source_id`, `kind`) was booked before.

    Legs of zero are left out. Raises Unbalanced.
    """
    sums: dict[str, int] = defaultdict(int)
    for leg in legs:
        sums[leg.money.currency] += leg.money.minor
    if any(sums.values()):
        raise Unbalanced(f"{source_type} {kind}")
    entry_id = db.session.scalar(
        insert(JournalEntry)
        .values(
            source_type=source_type,
            source_id=source_id,
            kind=kind,
            gateway=gateway,
            booked_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(JournalEntry.id)
    )
    if entry_id is None:
        return False
    lines = [
        {
            "entry_id": entry_id,
            "account": leg.account,
            "amount_minor": leg.money.minor,
            "currency": leg.money.currency,
        }
        for leg in legs
        if leg.money.minor
    ]
    if lines:
        db.session.execute(sa.insert(JournalLine), lines)
    return True


def book_received(payment: Payment, account: Account) -> bool:
    """A payment came in: clearing grows, `account` is credited."""
    return post(
        source_type="payment",
        source_id=str(payment.id),
        kind="received",
        gateway=payment.gateway,
        legs=[Leg(Account.CLEARING, payment.money), Leg(account, -payment.money)],
    )


def fits(payment: Payment, settlement: Settlement) -> bool:
    """Whether a settlement can be of this payment: its sums agree, and in one currency its gross too."""
    agrees = settlement.gross == settlement.net + settlement.fee
    same_currency = settlement.gross.currency == payment.currency
    return agrees and (settlement.gross == payment.money or not same_currency)


def book_settlement(payment: Payment, settlement: Settlement) -> bool:
    """The processor's own booking of the charge is known: its fee, and a conversion if it made one."""
    legs = [Leg(Account.FEES, settlement.fee), Leg(Account.CLEARING, -settlement.fee)]
    if settlement.gross.currency != payment.currency:
        legs += [
            Leg(Account.EXCHANGE, payment.money),
            Leg(Account.CLEARING, -payment.money),
            Leg(Account.CLEARING, settlement.gross),
            Leg(Account.EXCHANGE, -settlement.gross),
        ]
    return post(
        source_type="payment",
        source_id=str(payment.id),
        kind="settled",
        gateway=payment.gateway,
        legs=legs,
    )


def balances() -> dict[tuple[str, str], int]:
    """Minor units by (account, currency) over the whole journal."""
    rows = db.session.execute(
        sa.select(
            JournalLine.account, JournalLine.currency, sa.func.sum(JournalLine.amount_minor)
        ).group_by(JournalLine.account, JournalLine.currency)
    )
    return {(account, currency): int(total) for account, currency, total in rows}
