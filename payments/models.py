"""Attempts, payments, calls, the inbox and the journal. Nothing here names a person."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import clock
from core.database import Base, state_check
from core.money import Money
from core.states import Transitions


class AttemptState(StrEnum):
    """Where one try to pay is. Refunded and disputed are sums over the ledger, not states."""

    CREATED = "created"
    OPEN = "open"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NEEDS_REVIEW = "needs_review"


_A = AttemptState
#: A fetched success overrides any earlier end; nothing leaves `succeeded`.
ATTEMPT_TRANSITIONS = Transitions(
    AttemptState,
    {
        _A.CREATED: frozenset(set(_A) - {_A.CREATED}),
        _A.OPEN: frozenset(set(_A) - {_A.CREATED, _A.OPEN}),
        _A.PROCESSING: frozenset({_A.SUCCEEDED, _A.FAILED, _A.EXPIRED, _A.NEEDS_REVIEW}),
        _A.FAILED: frozenset({_A.SUCCEEDED, _A.NEEDS_REVIEW}),
        _A.EXPIRED: frozenset({_A.SUCCEEDED, _A.NEEDS_REVIEW}),
        _A.CANCELLED: frozenset({_A.SUCCEEDED, _A.NEEDS_REVIEW}),
        _A.NEEDS_REVIEW: frozenset({_A.SUCCEEDED, _A.CANCELLED}),
        _A.SUCCEEDED: frozenset(),
    },
)

#: Attempts that money may still come from without anybody's new decision.
UNDER_WAY = (_A.CREATED, _A.OPEN, _A.PROCESSING)


class PaymentAttempt(Base):
    """One try to pay for one purpose at one processor."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        state_check("state", AttemptState),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_code"),
        sa.UniqueConstraint("gateway", "livemode", "provider_ref"),
        sa.Index(
            "uq_payment_attempt_under_way",
            "purpose_type",
            "purpose_id",
            unique=True,
            postgresql_where=sa.text("state IN ('created', 'open', 'processing')"),
        ),
        sa.Index("ix_payment_attempt_purpose", "purpose_type", "purpose_id", "created_at"),
        sa.Index("ix_payment_attempt_state", "purpose_type", "state", "purpose_id"),
    )
    transitions: ClassVar[Transitions[AttemptState]] = ATTEMPT_TRANSITIONS

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    gateway: Mapped[str]
    livemode: Mapped[bool]
    purpose_type: Mapped[str]
    purpose_id: Mapped[uuid.UUID]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    state: Mapped[str] = mapped_column(default=AttemptState.CREATED)
    provider_ref: Mapped[str | None]
    redirect_url: Mapped[str] = mapped_column(default="")
    failure: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    processing_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    payments: Mapped[list["Payment"]] = relationship(back_populates="attempt", lazy="raise")

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def audit_subject(self) -> str:
        return f"payment_attempt:{self.id}"


class Payment(Base):
    """Money that a processor received for us."""

    __tablename__ = "payment"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_code"),
        sa.UniqueConstraint("gateway", "livemode", "charge_ref"),
        sa.Index(
            "ix_payment_unsettled",
            "received_at",
            postgresql_where=sa.text("settlement_ref IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    attempt_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("payment_attempt.id"), index=True)
    gateway: Mapped[str]
    livemode: Mapped[bool]
    charge_ref: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    settlement_ref: Mapped[str | None]

    attempt: Mapped[PaymentAttempt] = relationship(back_populates="payments", lazy="raise")

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)


class CallResult(StrEnum):
    """How a call to a processor ended; `pending` that lasts means: killed in between."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ProviderCall(Base):
    """A call that moves something at a processor: written before it is made."""

    __tablename__ = "provider_call"
    __table_args__ = (state_check("result", CallResult),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    attempt_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("payment_attempt.id"), index=True)
    operation: Mapped[str]
    request_hash: Mapped[bytes]
    result: Mapped[str] = mapped_column(default=CallResult.PENDING)
    error: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]


class InboxState(StrEnum):
    """What became of an event. `received` with a failed job behind it is what staff must look at."""

    RECEIVED = "received"
    DONE = "done"
    IGNORED = "ignored"  # of a kind that changes nothing here
    UNMATCHED = "unmatched"  # about an object that is not ours: kept and shown, never dropped


class InboxEvent(Base):
    """A webhook's event, kept once. No payload: the object is fetched, and payloads name people."""

    __tablename__ = "inbox_event"
    __table_args__ = (
        state_check("state", InboxState),
        sa.UniqueConstraint("gateway", "livemode", "event_id"),
        sa.Index("ix_inbox_event_ref", "ref"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    gateway: Mapped[str]
    livemode: Mapped[bool]
    event_id: Mapped[str]
    type: Mapped[str]
    kind: Mapped[str]
    ref: Mapped[str]
    state: Mapped[str] = mapped_column(default=InboxState.RECEIVED)
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    done_at: Mapped[datetime | None]


class Account(StrEnum):
    """The ledger's accounts. Debits are positive, credits negative."""

    CLEARING = "clearing"  # what the processor holds for us
    BANK = "bank"
    FEES = "fees"
    DONATION_INCOME = "donation_income"
    PREORDER_LIABILITY = "preorder_liability"
    REFUNDS = "refunds"
    DISPUTE_HOLD = "dispute_hold"
    SUSPENSE = "suspense"  # received, but not understood: to be looked at
    EXCHANGE = "exchange"  # the two sides of a conversion made by the processor


class JournalEntry(Base):
    """One booking. Its lines sum to zero per currency (trigger); UPDATE and DELETE are refused."""

    __tablename__ = "journal_entry"
    __table_args__ = (sa.UniqueConstraint("source_type", "source_id", "kind"),)

    id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(), primary_key=True)
    source_type: Mapped[str]
    source_id: Mapped[str]
    kind: Mapped[str]
    gateway: Mapped[str]
    booked_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)

    lines: Mapped[list["JournalLine"]] = relationship(lazy="raise", order_by="JournalLine.id")


class JournalLine(Base):
    """One leg of an entry, in signed minor units."""

    __tablename__ = "journal_line"
    __table_args__ = (
        state_check("account", Account),
        sa.CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_code"),
        sa.Index("ix_journal_line_account_currency", "account", "currency"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(), primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("journal_entry.id"), index=True)
    account: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)
