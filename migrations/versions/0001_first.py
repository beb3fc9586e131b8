"""The first schema: audit trail, jobs, mail, payments, ledger, donations.

Revision ID: 0001
"""

from importlib import resources

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: The newest of procrastinate's own migrations that this revision contains. A later version of the
#: library brings newer ones: they get a revision of ours each, so that every database is the same.
_PROCRASTINATE_UP_TO = "03.04.00_50"

_AUDIT = """
CREATE FUNCTION audit_append(bodies text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    one text;
    last_id bigint;
    last_hash bytea;
BEGIN
    -- One writer at a time, until its transaction ends: the chain has no forks and no gaps.
    PERFORM pg_advisory_xact_lock(7201002);
    SELECT id, hash INTO last_id, last_hash FROM audit_entry ORDER BY id DESC LIMIT 1;
    last_id := coalesce(last_id, 0);
    last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
    FOREACH one IN ARRAY bodies LOOP
        last_id := last_id + 1;
        last_hash := sha256(last_hash || convert_to(one, 'UTF8'));
        INSERT INTO audit_entry (id, body, hash) VALUES (last_id, one, last_hash);
    END LOOP;
    RETURN last_id;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

_BALANCED = """
CREATE FUNCTION journal_entry_is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM journal_line WHERE entry_id = NEW.entry_id
        GROUP BY currency HAVING sum(amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'journal entry % does not sum to zero', NEW.entry_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER journal_line_balanced AFTER INSERT ON journal_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_entry_is_balanced();
"""

_APPEND_ONLY = ("audit_entry", "journal_entry", "journal_line")


def upgrade() -> None:
    _run(_procrastinate())
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "at", sa.Text(), sa.Computed("((body::jsonb) ->> 'at')", persisted=True), nullable=False
        ),
        sa.Column(
            "actor",
            sa.Text(),
            sa.Computed("((body::jsonb) ->> 'actor')", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "action",
            sa.Text(),
            sa.Computed("((body::jsonb) ->> 'action')", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "subject",
            sa.Text(),
            sa.Computed("((body::jsonb) ->> 'subject')", persisted=True),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"], unique=False)
    op.create_table(
        "donation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("link_version", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_cover_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.LargeBinary(), nullable=True),
        sa.Column("email_kept_from_staff", sa.Boolean(), nullable=False),
        sa.Column("public_name", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_donation_currency_code")),
        sa.CheckConstraint(
            "frequency IN ('once', 'monthly', 'yearly')", name=op.f("ck_donation_frequency_known")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_donation_amount_positive")),
        sa.CheckConstraint("fee_cover_minor >= 0", name=op.f("ck_donation_fee_cover_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donation")),
        sa.UniqueConstraint("reference", name=op.f("uq_donation_reference")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_donation_token_digest")),
    )
    op.create_index(
        "ix_donation_created",
        "donation",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_donation_email_index", "donation", ["email_index"], unique=False)
    op.create_table(
        "inbox_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('received', 'done', 'ignored', 'unmatched')",
            name=op.f("ck_inbox_event_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_event")),
        sa.UniqueConstraint(
            "gateway", "livemode", "event_id", name=op.f("uq_inbox_event_gateway_livemode_event_id")
        ),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint(
            "source_type",
            "source_id",
            "kind",
            name=op.f("uq_journal_entry_source_type_source_id_kind"),
        ),
    )
    op.create_index(
        op.f("ix_journal_entry_booked_at"), "journal_entry", ["booked_at"], unique=False
    )
    op.create_table(
        "mail_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'unneeded')",
            name=op.f("ck_mail_message_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_message")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_mail_message_kind_subject_id")),
    )
    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("purpose_type", sa.Text(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("redirect_url", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("processing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "currency ~ '^[A-Z]{3}$'", name=op.f("ck_payment_attempt_currency_code")
        ),
        sa.CheckConstraint(
            "state IN ('created', 'open', 'processing', 'succeeded', 'failed', 'expired', 'cancelled', 'needs_review')",
            name=op.f("ck_payment_attempt_state_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_attempt_amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint(
            "gateway",
            "livemode",
            "provider_ref",
            name=op.f("uq_payment_attempt_gateway_livemode_provider_ref"),
        ),
    )
    op.create_index(
        "ix_payment_attempt_purpose",
        "payment_attempt",
        ["purpose_type", "purpose_id", "created_at"],
        unique=False,
    )
    op.create_index(
        "uq_payment_attempt_under_way",
        "payment_attempt",
        ["purpose_type", "purpose_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('created', 'open', 'processing')"),
    )
    op.create_table(
        "journal_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.CheckConstraint(
            "account IN ('clearing', 'bank', 'fees', 'donation_income', 'preorder_liability', 'refunds', 'dispute_hold', 'suspense', 'exchange')",
            name=op.f("ck_journal_line_account_known"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_journal_line_currency_code")),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_journal_line_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal_entry.id"], name=op.f("fk_journal_line_entry_id_journal_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_line")),
    )
    op.create_index(
        "ix_journal_line_account_currency", "journal_line", ["account", "currency"], unique=False
    )
    op.create_index(op.f("ix_journal_line_entry_id"), "journal_line", ["entry_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("charge_ref", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settlement_ref", sa.Text(), nullable=True),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_payment_currency_code")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_amount_positive")),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["payment_attempt.id"],
            name=op.f("fk_payment_attempt_id_payment_attempt"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "gateway", "livemode", "charge_ref", name=op.f("uq_payment_gateway_livemode_charge_ref")
        ),
    )
    op.create_index(op.f("ix_payment_attempt_id"), "payment", ["attempt_id"], unique=False)
    op.create_index(
        "ix_payment_unsettled",
        "payment",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("settlement_ref IS NULL"),
    )
    op.create_table(
        "provider_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "result IN ('pending', 'succeeded', 'failed', 'unknown')",
            name=op.f("ck_provider_call_result_known"),
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["payment_attempt.id"],
            name=op.f("fk_provider_call_attempt_id_payment_attempt"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_call")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_provider_call_idempotency_key")),
    )
    op.create_index(
        op.f("ix_provider_call_attempt_id"), "provider_call", ["attempt_id"], unique=False
    )

    _run(_AUDIT)
    _run(_BALANCED)
    for table in _APPEND_ONLY:
        _run(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in (
        "provider_call",
        "payment",
        "journal_line",
        "payment_attempt",
        "mail_message",
        "journal_entry",
        "inbox_event",
        "donation",
        "audit_entry",
    ):
        op.drop_table(table)
    for function in ("journal_entry_is_balanced()", "refuse_change()", "audit_append(text[])"):
        op.execute(f"DROP FUNCTION {function}")
    _run(_DROP_PROCRASTINATE)


_DROP_PROCRASTINATE = """
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT tablename AS name FROM pg_tables
        WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP TABLE %I CASCADE', found.name);
    END LOOP;
    FOR found IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', found.name);
    END LOOP;
    FOR found IN SELECT typname AS name FROM pg_type
        WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('e', 'c')
        AND typname LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP TYPE %I CASCADE', found.name);
    END LOOP;
END $$;
"""


def _procrastinate() -> str:
    """The library's own migrations up to the pinned one; they never change once released."""
    folder = resources.files("procrastinate.sql") / "migrations"
    names = sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.name.endswith(".sql") and entry.name[:11] <= _PROCRASTINATE_UP_TO
    )
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def _run(statements: str) -> None:
    """Several statements at once, percent signs and all, on the driver's own cursor."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(statements)
