"""The public list of organizations."""

import uuid

import sqlalchemy as sa

from core.database import db
from partners.models import MemberRole, Organization, OrganizationState


def shown_organizations() -> list[Organization]:
    """Active organizations: founders first, then in the order they joined. One statement."""
    return list(
        db.session.scalars(
            sa.select(Organization)
            .where(Organization.state == OrganizationState.ACTIVE)
            .order_by(
                sa.case((Organization.role == MemberRole.FOUNDER, 0), else_=1),
                Organization.joined_on,
                Organization.slug,
            )
        )
    )


def is_shown(organization_id: uuid.UUID) -> bool:
    """Whether an active organization has this id."""
    found = db.session.scalar(
        sa.select(Organization.id).where(
            Organization.id == organization_id, Organization.state == OrganizationState.ACTIVE
        )
    )
    return found is not None
