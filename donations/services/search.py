"""Donations as staff look for them: filters, pages, counts and totals. Never an e-mail.

Each function is one statement (`totals` two), whatever the number of donations.
"""

import base64
import binascii
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core.database import db
from core.money import Money
from donations.models import Donation, DonationStatus
from donations.services.filters import Filter, filtered, of_donation
from donations.services.status import deciding_attempt, status_of
from payments.models import Payment, PaymentAttempt

PAGE_SIZE = 50
#: A tab says "1,000+" beyond: a count that stops is quick at any size.
COUNT_CAP = 1000


class Sort(StrEnum):
    """The orders of the list. `LARGEST` compares gifts of one currency: name it in the filter."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a sorted list: what the row is sorted by, and its id."""

    key: datetime | int
    id: uuid.UUID

    def to_text(self) -> str:
        """For an address; says no more than the list itself does."""
        key = self.key.isoformat() if isinstance(self.key, datetime) else str(self.key)
        return base64.urlsafe_b64encode(f"{key}|{self.id.hex}".encode()).decode().rstrip("=")

    @classmethod
    def from_text(cls, text: str, sort: Sort) -> "Position":
        """The inverse for a list sorted by `sort`. Raises ValueError for anything else."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
        except binascii.Error as error:
            raise ValueError("no position") from error
        key, _, hexed = raw.partition("|")
        place = uuid.UUID(hexed)
        if sort is Sort.LARGEST:
            if not (key.isascii() and key.isdecimal() and len(key) < 19):
                raise ValueError("no amount")
            return cls(int(key), place)
        moment = datetime.fromisoformat(key)
        if moment.tzinfo is None:
            raise ValueError("no moment")
        return cls(moment, place)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list."""

    id: uuid.UUID
    reference: str
    created_at: datetime
    status: DonationStatus
    fund: str
    frequency: str
    gift: Money
    fee_cover: Money

    @property
    def charged(self) -> Money:
        return self.gift + self.fee_cover

    def position(self, sort: Sort) -> Position:
        return Position(self.gift.minor if sort is Sort.LARGEST else self.created_at, self.id)


@dataclass(frozen=True, slots=True)
class Page:
    """Up to PAGE_SIZE rows, and where the pages before and after begin, if there are any."""

    lines: Sequence[Line]
    before: Position | None
    after: Position | None


@dataclass(frozen=True, slots=True)
class Total:
    """What the paid donations of a filter come to in one currency."""

    count: int
    gifts: Money
    fee_covers: Money
    received: Money


def find_page(
    wanted: Filter,
    sort: Sort = Sort.NEWEST,
    *,
    before: Position | None = None,
    after: Position | None = None,
) -> Page:
    """The page that follows `after`, or ends before `before`, or is the first."""
    key: orm.InstrumentedAttribute[Any] = Donation.created_at
    if sort is Sort.LARGEST:
        key = Donation.amount_minor
    place = sa.tuple_(key, Donation.id)
    down = sort is not Sort.OLDEST
    start = before or after
    backwards = before is not None
    # Going back is reading the list in the opposite order and turning the page around.
    descending = down is not backwards
    deciding = deciding_attempt()
    statement = filtered(
        sa.select(
            Donation.id,
            Donation.reference,
            Donation.created_at,
            Donation.fund,
            Donation.frequency,
            Donation.currency,
            Donation.amount_minor,
            Donation.fee_cover_minor,
            deciding.c.state,
        )
        .select_from(Donation)
        .outerjoin(deciding, sa.true()),
        wanted,
    )
    if start is not None:
        edge = sa.tuple_(sa.literal(start.key), sa.literal(start.id))
        statement = statement.where(place < edge if descending else place > edge)
    order = (key.desc(), Donation.id.desc()) if descending else (key, Donation.id)
    rows = db.session.execute(statement.order_by(*order).limit(PAGE_SIZE + 1)).all()
    lines = [_line(row) for row in rows[:PAGE_SIZE]]
    more = len(rows) > PAGE_SIZE
    if backwards:
        lines.reverse()
    has_before = more if backwards else start is not None
    has_after = backwards or more
    return Page(
        lines,
        before=lines[0].position(sort) if lines and has_before else None,
        after=lines[-1].position(sort) if lines and has_after else None,
    )


def counts(wanted: Filter) -> dict[DonationStatus | None, int]:
    """How many there are by status (None: all) with the rest of the filter; COUNT_CAP + 1 is "more"."""
    statuses: list[DonationStatus | None] = [None, *DonationStatus]
    columns = []
    for status in statuses:
        found = filtered(
            sa.select(sa.literal(1)).select_from(Donation), replace(wanted, status=status)
        )
        capped = found.limit(COUNT_CAP + 1).subquery()
        columns.append(sa.select(sa.func.count()).select_from(capped).scalar_subquery())
    row = db.session.execute(sa.select(*columns)).one()
    return dict(zip(statuses, row, strict=True))


def totals(wanted: Filter) -> list[Total]:
    """What the paid ones among the filtered come to, by currency. Two statements, or none."""
    if wanted.status not in {None, DonationStatus.PAID}:
        return []
    paid = replace(wanted, status=DonationStatus.PAID)
    gifts = db.session.execute(
        filtered(
            sa.select(
                Donation.currency,
                sa.func.count(),
                sa.func.sum(Donation.amount_minor),
                sa.func.sum(Donation.fee_cover_minor),
            ).select_from(Donation),
            paid,
        )
        .group_by(Donation.currency)
        .order_by(Donation.currency)
    ).all()
    received = {
        currency: int(minor)
        for currency, minor in db.session.execute(
            filtered(
                sa.select(Payment.currency, sa.func.sum(Payment.amount_minor))
                .select_from(Donation)
                .join(PaymentAttempt, of_donation())
                .join(Payment, Payment.attempt_id == PaymentAttempt.id),
                paid,
            ).group_by(Payment.currency)
        )
    }
    return [
        Total(
            count,
            Money(int(gift), currency),
            Money(int(cover), currency),
            Money(received.get(currency, 0), currency),
        )
        for currency, count, gift, cover in gifts
    ]


def _line(row: sa.Row[*tuple[Any, ...]]) -> Line:
    return Line(
        id=row.id,
        reference=row.reference,
        created_at=row.created_at,
        status=status_of(row.state),
        fund=row.fund,
        frequency=row.frequency,
        gift=Money(row.amount_minor, row.currency),
        fee_cover=Money(row.fee_cover_minor, row.currency),
    )
