"""What staff may do, and the roles: named sets of it."""

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    """One thing a route may ask for."""

    ORDERS_READ = "orders:read"
    ORDERS_FULFIL = "orders:fulfil"
    ORDERS_REFUND = "orders:refund"
    EMAIL_REVEAL = "email:reveal"
    PARTNERS_DECIDE = "partners:decide"
    CONTENT_EDIT = "content:edit"
    FINANCE_READ = "finance:read"
    FINANCE_EXPORT = "finance:export"
    PRIVACY_ERASE = "privacy:erase"
    AUDIT_READ = "audit:read"
    JOBS_MANAGE = "jobs:manage"
    STAFF_MANAGE = "staff:manage"
    KEYS_ROTATE = "keys:rotate"


class Role(StrEnum):
    """A named set of permissions. An account may hold several."""

    ADMINISTRATOR = "administrator"
    FINANCE = "finance"
    FULFILMENT = "fulfilment"
    REVIEWER = "reviewer"
    SUPPORT = "support"
    OPERATOR = "operator"
    AUDITOR = "auditor"


_P = Permission
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.FINANCE: frozenset({_P.FINANCE_READ, _P.FINANCE_EXPORT, _P.ORDERS_REFUND}),
    Role.FULFILMENT: frozenset({_P.ORDERS_READ, _P.ORDERS_FULFIL}),
    Role.REVIEWER: frozenset({_P.PARTNERS_DECIDE, _P.CONTENT_EDIT}),
    Role.SUPPORT: frozenset({_P.ORDERS_READ, _P.FINANCE_READ, _P.EMAIL_REVEAL}),
    Role.OPERATOR: frozenset({_P.JOBS_MANAGE}),
    # Sees what was done and what came in, and changes nothing.
    Role.AUDITOR: frozenset({_P.AUDIT_READ, _P.FINANCE_READ}),
}


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """All permissions of these roles together; a role that no longer exists grants nothing."""
    known = {role.value: granted for role, granted in GRANTS.items()}
    return frozenset().union(*(known.get(role, frozenset()) for role in roles))
