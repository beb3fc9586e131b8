"""Organizations and announced products, for the start page; indexes of the staff's list.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("description", postgresql.JSONB(), nullable=False),
        sa.Column("country", sa.CHAR(2), nullable=False),
        sa.Column("city", postgresql.JSONB(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "role IN ('founder', 'joining')", name=op.f("ck_organization_role_known")
        ),
        sa.CheckConstraint(
            "state IN ('active', 'suspended', 'former')", name=op.f("ck_organization_state_known")
        ),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_organization_country_code")),
        sa.CheckConstraint("website ~ '^https?://'", name=op.f("ck_organization_website_address")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("slug", name=op.f("uq_organization_slug")),
    )
    op.create_index("ix_organization_shown", "organization", ["state", "role", "joined_on"])
    op.create_table(
        "product",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("description", postgresql.JSONB(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("sizes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'announced')", name=op.f("ck_product_state_known")),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_product_price_positive")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_product_currency_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("slug", name=op.f("uq_product_slug")),
    )

    op.create_index(
        "ix_payment_attempt_state", "payment_attempt", ["purpose_type", "state", "purpose_id"]
    )
    op.create_index("ix_inbox_event_ref", "inbox_event", ["ref"])
    op.create_index(
        "ix_donation_largest",
        "donation",
        ["currency", sa.text("amount_minor DESC"), sa.text("id DESC")],
    )


def downgrade() -> None:
    op.drop_index("ix_donation_largest", "donation")
    op.drop_index("ix_inbox_event_ref", "inbox_event")
    op.drop_index("ix_payment_attempt_state", "payment_attempt")
    op.drop_table("product")
    op.drop_table("organization")
