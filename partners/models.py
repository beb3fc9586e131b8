"""Organizations behind the campaign: the founder and those that joined."""

import uuid
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, state_check


class MemberRole(StrEnum):
    """How an organization stands behind the campaign."""

    FOUNDER = "founder"
    JOINING = "joining"


class OrganizationState(StrEnum):
    """Whether it stands there now. Only `active` ones are shown."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    FORMER = "former"


class Organization(Base):
    """An organization with its public profile; `name` and `description` hold a text per language."""

    __tablename__ = "organization"
    __table_args__ = (
        state_check("role", MemberRole),
        state_check("state", OrganizationState),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_code"),
        sa.CheckConstraint("website ~ '^https?://'", name="website_address"),
        sa.Index("ix_organization_shown", "state", "role", "joined_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    slug: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    state: Mapped[str] = mapped_column(default=OrganizationState.ACTIVE)
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    country: Mapped[str] = mapped_column(sa.CHAR(2))
    city: Mapped[dict[str, Any]]
    kind: Mapped[str]
    website: Mapped[str]
    joined_on: Mapped[date]
