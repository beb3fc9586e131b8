"""A donation: what was given for what, and as little about the giver as possible."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Base, state_check
from core.money import Money

PURPOSE = "donation"


class Frequency(StrEnum):
    """How often a gift repeats. Only `once` is offered until recurring gifts exist."""

    ONCE = "once"
    MONTHLY = "monthly"
    YEARLY = "yearly"


class DonationStatus(StrEnum):
    """What the pages say of a donation. Derived from its attempts and payments, never stored."""

    CHECKING = "checking"
    PAID = "paid"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NEEDS_REVIEW = "needs_review"


class Donation(Base):
    """A gift that somebody set out to make.

    `amount_minor` is the gift without the covered fee. The e-mail is sealed (`privacy.vault`);
    public name and message are what the donor asks to be shown, and are kept as typed.
    """

    __tablename__ = "donation"
    __table_args__ = (
        state_check("frequency", Frequency),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("fee_cover_minor >= 0", name="fee_cover_not_negative"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_code"),
        sa.Index("ix_donation_created", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_donation_email_index", "email_index"),
        sa.Index(
            "ix_donation_largest", "currency", sa.text("amount_minor DESC"), sa.text("id DESC")
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    reference: Mapped[str] = mapped_column(unique=True)
    link_version: Mapped[int] = mapped_column(sa.Integer(), default=1)
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    content_digest: Mapped[bytes]
    amount_minor: Mapped[int]
    fee_cover_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    frequency: Mapped[str] = mapped_column(default=Frequency.ONCE)
    fund: Mapped[str]
    locale: Mapped[str]
    email_sealed: Mapped[bytes | None]
    email_index: Mapped[bytes | None]
    email_kept_from_staff: Mapped[bool] = mapped_column(default=False)
    public_name: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def gift(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fee_cover(self) -> Money:
        return Money(self.fee_cover_minor, self.currency)

    @property
    def total(self) -> Money:
        """What is charged: the gift and the covered fee."""
        return self.gift + self.fee_cover

    @property
    def audit_subject(self) -> str:
        return f"donation:{self.id}"
