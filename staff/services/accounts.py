"""Accounts of staff: made, changed and switched off; each change is on the audit trail."""

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from sqlalchemy.dialects.postgresql import insert

from core import audit, clock
from core.content import LOCALES
from core.database import db
from core.states import lock
from staff.errors import BadEmail, EmailTaken, UnknownAccount, UnknownRole
from staff.models import StaffAccount
from staff.permissions import Role
from staff.services import passwords, sessions

SYSTEM = "system"
_UUID_LENGTH = 36


def actor_of(account_id: uuid.UUID) -> str:
    """How the audit trail names a member of staff."""
    return f"staff:{account_id}"


def clean_email(text: str) -> str:
    """The address as it is kept and looked for: normal form, lower case. Raises BadEmail."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise BadEmail("no e-mail address") from error
    return found.normalized.lower()


def add_account(
    *, email: str, name: str, password: str, roles: Iterable[str], actor: str = SYSTEM
) -> StaffAccount:
    """Make an account. Raises BadEmail, WeakPassword, UnknownRole and EmailTaken."""
    held = _checked(roles)
    account_id = db.session.scalar(
        insert(StaffAccount)
        .values(
            id=uuid.uuid4(),
            email=clean_email(email),
            name=name.strip(),
            password_hash=passwords.hash_password(password),
            roles=held,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(StaffAccount.id)
    )
    if account_id is None:
        raise EmailTaken("another account has this e-mail")
    account = db.session.get_one(StaffAccount, account_id)
    _record(account, "added", actor, roles=held)
    return account


def ensure_demo_account(email: str, name: str, password: str) -> StaffAccount:
    """The demo's administrator: made if missing, else left as it is but for its password.

    Harmless to call at every start.
    """
    try:
        account = find_by_email(email)
    except UnknownAccount:
        return add_account(email=email, name=name, password=password, roles=[Role.ADMINISTRATOR])
    if not passwords.fits(password, account.password_hash):
        change_password(account, password)
    return account


def find_by_email(email: str) -> StaffAccount:
    """The account of an address. Raises UnknownAccount and BadEmail."""
    wanted = clean_email(email)
    account = db.session.scalar(sa.select(StaffAccount).where(StaffAccount.email == wanted))
    if account is None:
        raise UnknownAccount("no such account")
    return account


def names_behind(labels: Iterable[str]) -> dict[str, str]:
    """The names behind the trail's `staff:<id>`, for pages; other labels are left out. One statement."""
    ids = set()
    for label in labels:
        kind, _, text = label.partition(":")
        # `staff:all` and `staff:unknown` stand in the trail, too.
        if kind == "staff" and len(text) == _UUID_LENGTH:
            ids.add(uuid.UUID(text))
    found = db.session.scalars(sa.select(StaffAccount).where(StaffAccount.id.in_(ids)))
    return {account.audit_subject: account.name for account in found}


def list_accounts() -> Sequence[StaffAccount]:
    """Every account, by e-mail."""
    return db.session.scalars(sa.select(StaffAccount).order_by(StaffAccount.email)).all()


def change_password(
    account: StaffAccount,
    password: str,
    *,
    actor: str = SYSTEM,
    keep_session: uuid.UUID | None = None,
) -> None:
    """Set a new password and end every session but `keep_session`. Raises WeakPassword."""
    kept = passwords.hash_password(password)
    lock(account)
    account.password_hash = kept
    sessions.revoke_all(account.id, keep=keep_session)
    _record(account, "password_changed", actor)


def set_roles(account: StaffAccount, roles: Iterable[str], *, actor: str = SYSTEM) -> None:
    """Give an account these roles instead of those it has; its sessions end at once.

    Raises UnknownRole.
    """
    held = _checked(roles)
    lock(account)
    before = list(account.roles)
    account.roles = held
    sessions.revoke_all(account.id)
    _record(account, "roles_changed", actor, roles=held, before=before)


def disable(account: StaffAccount, *, actor: str = SYSTEM) -> None:
    """Switch an account off; its sessions end at once. Harmless when it is off already."""
    lock(account)
    if account.disabled_at is not None:
        return
    account.disabled_at = clock.now()
    sessions.revoke_all(account.id)
    _record(account, "disabled", actor)


def set_locale(account: StaffAccount, locale: str) -> None:
    """The language in which the panel speaks to this account; others than the site's are ignored."""
    if locale in LOCALES:
        account.locale = locale


def _checked(roles: Iterable[str]) -> list[str]:
    wanted = set(roles)
    unknown = wanted - {role.value for role in Role}
    if unknown:
        raise UnknownRole(", ".join(sorted(unknown)))
    return sorted(str(role) for role in wanted)


def _record(account: StaffAccount, change: str, actor: str, **details: object) -> None:
    audit.record(
        actor=actor, action=f"staff.{change}", subject=account.audit_subject, details=details
    )
