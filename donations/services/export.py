"""Donations as rows for a spreadsheet: no e-mail, no name, no message."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any

import sqlalchemy as sa

from core.database import db
from core.money import Money
from donations.models import PURPOSE, Donation
from donations.services.filters import Filter, filtered
from donations.services.status import deciding_attempt, status_of
from payments.models import Account, JournalEntry, JournalLine, Payment, PaymentAttempt

#: `charged` is what the donor was asked for, `received` what came in; the fee is in its own currency.
COLUMNS = (
    "reference",
    "created",
    "status",
    "fund",
    "frequency",
    "currency",
    "gift",
    "fee_cover",
    "charged",
    "received",
    "processor_fee",
    "processor_fee_currency",
    "charge_ref",
)


@contextmanager
def snapshot(wanted: Filter) -> Iterator[tuple[int, Iterator[tuple[str, ...]]]]:
    """The number of rows of the filter, and the rows themselves, newest first, by a server-side cursor.

    Both see the same moment (REPEATABLE READ, a connection of its own): what is counted, and written
    to the audit trail before the first row leaves, is what leaves.
    """
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        count = filtered(sa.select(sa.func.count()).select_from(Donation), wanted)
        number = connection.scalar(count) or 0
        with connection.execute(_rows(wanted), execution_options={"yield_per": 500}) as result:
            yield number, (_cells(row) for row in result)


def _rows(wanted: Filter) -> sa.Select[*tuple[Any, ...]]:
    deciding = deciding_attempt()
    money_in = (
        sa.select(
            sa.func.jsonb_agg(
                sa.func.jsonb_build_array(Payment.currency, Payment.amount_minor)
            ).label("received"),
            sa.func.string_agg(Payment.charge_ref, " ").label("charge_refs"),
            sa.func.array_agg(sa.cast(Payment.id, sa.Text())).label("payment_ids"),
        )
        .join(PaymentAttempt, PaymentAttempt.id == Payment.attempt_id)
        .where(PaymentAttempt.purpose_type == PURPOSE, PaymentAttempt.purpose_id == Donation.id)
        .correlate(Donation)
        .lateral("money_in")
    )
    fees = (
        sa.select(
            sa.func.jsonb_agg(
                sa.func.jsonb_build_array(JournalLine.currency, JournalLine.amount_minor)
            ).label("fees")
        )
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(
            JournalEntry.source_type == "payment",
            JournalEntry.source_id == sa.any_(money_in.c.payment_ids),
            JournalLine.account == Account.FEES,
        )
        .lateral("fees")
    )
    statement = (
        sa.select(
            Donation.reference,
            Donation.created_at,
            Donation.fund,
            Donation.frequency,
            Donation.currency,
            Donation.amount_minor,
            Donation.fee_cover_minor,
            deciding.c.state,
            money_in.c.received,
            money_in.c.charge_refs,
            fees.c.fees,
        )
        .select_from(Donation)
        .outerjoin(deciding, sa.true())
        .outerjoin(money_in, sa.true())
        .outerjoin(fees, sa.true())
    )
    return filtered(statement, wanted).order_by(Donation.created_at.desc(), Donation.id.desc())


def _cells(row: sa.Row[*tuple[Any, ...]]) -> tuple[str, ...]:
    received = _sums(row.received)
    fees = _sums(row.fees)
    gift = Money(row.amount_minor, row.currency)
    cover = Money(row.fee_cover_minor, row.currency)
    return (
        row.reference,
        row.created_at.astimezone(UTC).isoformat(timespec="seconds"),
        str(status_of(row.state)),
        row.fund,
        row.frequency,
        row.currency,
        gift.plain(),
        cover.plain(),
        (gift + cover).plain(),
        # Money in another currency than the gift's is under review; it must not look like the gift's.
        " ".join(
            m.plain() if m.currency == row.currency else f"{m.plain()} {m.currency}"
            for m in received
        ),
        " ".join(money.plain() for money in fees),
        " ".join(money.currency for money in fees),
        row.charge_refs or "",
    )


def _sums(pairs: list[tuple[str, int]] | None) -> list[Money]:
    sums: Counter[str] = Counter()
    for currency, minor in pairs or ():
        sums[currency] += minor
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]
